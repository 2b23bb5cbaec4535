/* canary.c - a fuzzer with one planted error: an input that begins with "toll" is read one byte too far.
 *
 * It must fail, by replay and by search: a fuzzing run in which the canary lives proves nothing. */
#include "tests/fuzz/fuzz.h"

static volatile uint8_t canary_seen;

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	if (n < 4 || bytes[0] != 't' || bytes[1] != 'o' || bytes[2] != 'l' || bytes[3] != 'l')
		return 0;
	canary_seen = bytes[n];
	return 0;
}
