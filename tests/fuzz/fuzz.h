/* fuzz.h - the one function that every fuzzer here defines; libFuzzer or replay.c calls it. */
#ifndef SP_TESTS_FUZZ_H
#define SP_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/* Tries one input. Returns 0; a finding is a crash, a sanitizer's report, or a failed assertion. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

#endif
