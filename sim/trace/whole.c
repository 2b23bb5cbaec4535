/* whole.c - see whole.h. */
#include "sim/trace/whole.h"

#include "base/assert.h"

sp_status sp_whole_parse(const char *text, size_t n, uint64_t most, uint64_t *whole)
{
	SP_ASSERT(whole != NULL && most <= UINT64_C(1000000000000000000));
	uint64_t value = 0;
	if (n == 0)
		return SP_E_SYNTAX;
	for (size_t i = 0; i < n; i++) {
		if (text[i] < '0' || text[i] > '9')
			return SP_E_SYNTAX;
		if (value <= most) /* beyond, the digits are only checked */
			value = value * 10 + (uint64_t)(text[i] - '0');
	}
	if (value > most)
		return SP_E_RANGE;
	*whole = value;
	return SP_OK;
}
