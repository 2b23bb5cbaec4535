/* unit.h - the unit that a SKU is billed in: "1M tokens", "1k images", "GPU-second". */
#ifndef SP_CONFIG_UNIT_H
#define SP_CONFIG_UNIT_H

#include <stddef.h>

#include "base/status.h"

#define SP_UNIT_TEXT_MAX 64 /* [bytes] */

/* sp_unit_parse - reads `[number][k|M|G] noun`.
 *
 *     quantity = number x 10^3, 10^6 or 10^9; without a number 1
 *
 * out    *quantity > 0 [of the noun in one unit]; written only on SP_OK
 * fails  SP_E_SYNTAX, SP_E_RANGE; the message says what is expected */
sp_status sp_unit_parse(const char *text, size_t n, double *quantity, sp_message *message);

#endif
