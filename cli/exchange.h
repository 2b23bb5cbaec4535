/* exchange.h - what one of a currency is worth, as it is given on a command line: EUR=1.08. */
#ifndef SP_CLI_EXCHANGE_H
#define SP_CLI_EXCHANGE_H

#include "sim/import/focus.h"

/* sp_exchange_parse - "EUR=1.08". fails  SP_E_SYNTAX; *rate written only on SP_OK */
sp_status sp_exchange_parse(const char *text, sp_bill_rate *rate);

#endif
