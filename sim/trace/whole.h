/* whole.h - whole numbers of a file, such as a count of tokens: digits only. */
#ifndef SP_SIM_TRACE_WHOLE_H
#define SP_SIM_TRACE_WHOLE_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/* sp_whole_parse - reads digits, up to `most` (at most 10^18).
 * fails  SP_E_SYNTAX; SP_E_RANGE over most; *whole written only on SP_OK */
sp_status sp_whole_parse(const char *text, size_t n, uint64_t most, uint64_t *whole);

#endif
