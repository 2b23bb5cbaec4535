/* prices.h - the list prices of a configuration, as sp_rate takes them: one row a SKU, together by family. */
#ifndef SP_CLI_PRICES_H
#define SP_CLI_PRICES_H

#include "controller/engine/setup.h"
#include "transport/client/rate.h"

typedef struct sp_prices {
	const sp_setup *setup;
	sp_rate_price *list; /* owned; by SKU */
} sp_prices;

/* sp_prices_open - in  setup: outlives the prices
 * fails  SP_E_SYNTAX a meter or unit that cannot be rated, with a message; SP_E_MEMORY. Close accepts either */
sp_status sp_prices_open(const sp_setup *setup, sp_prices *prices, sp_message *message);
void sp_prices_close(sp_prices *prices);

/* sp_prices_of - the rows of a family; empty where there is no such family. */
sp_rate_table sp_prices_of(const sp_prices *prices, const char *family);

/* sp_prices_unit - the unit of a row, as the sheet has it. */
const char *sp_prices_unit(const sp_prices *prices, const sp_rate_price *price);

#endif
