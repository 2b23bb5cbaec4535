/* draft.h - a first configuration from the files that a company has, with every guess marked.
 *
 * A price list, a rollup of usage and a bill rarely say what a token weighs, what a GPU serves, or which pool a family runs in. What they
 * do not say is guessed by one rule each, and stands in the draft with `# guess:` and what to put in its place. Modes are `observe`:
 * nothing that is guessed here moves a price. */
#ifndef SP_SIM_DRAFT_DRAFT_H
#define SP_SIM_DRAFT_DRAFT_H

#include <stdio.h>

#include "sim/import/billed.h"
#include "sim/import/focus.h"

#define SP_DRAFT_BUSY 0.5 /* how busy the GPUs are taken to have been [1] */

typedef struct sp_draft_sku {
	char *sku, *family, *meter, *unit, *usd, *weight; /* owned */
} sp_draft_sku;

typedef struct sp_draft_lot {
	char *pool, *id, *term, *gpus, *usd, *ends, *credits_until; /* owned; the last two "" for none */
	bool term_guessed;
} sp_draft_lot;

/* Where the lots come from. */
typedef enum sp_draft_supply { SP_DRAFT_NO_BILL, SP_DRAFT_LOTS, SP_DRAFT_FOCUS } sp_draft_supply;

typedef struct sp_draft {
	sp_draft_sku *skus; /* owned */
	sp_draft_lot *lots; /* owned */
	sp_ids *names;      /* owned: of the SKUs */
	uint32_t n_skus, room_skus, n_lots, room_lots;
	uint32_t n_families, n_meters, n_units, n_weights; /* SKUs of which each was guessed */
	uint32_t n_prices, n_skipped;                      /* prices made of revenue; entries of a map without a price */
	uint32_t n_variants;                               /* prices of a map on other terms, which are left out */
	sp_draft_supply supply;
	sp_billed billed;
	bool has_usage;
	sp_bill_options bill_options; /* set before a bill is read: rates of other currencies */
} sp_draft;

void sp_draft_fini(sp_draft *draft); /* accepts all zero */

/* sp_draft_add_sku, sp_draft_add_lot - takes a row whose texts may be "" where nothing is known; guesses the rest.
 * fails  SP_E_DUPLICATE a SKU, or a lot of a pool, that is there; SP_E_MEMORY */
sp_status sp_draft_add_sku(sp_draft *draft, const sp_draft_sku *given);
sp_status sp_draft_add_lot(sp_draft *draft, const sp_draft_lot *given);

/* sp_draft_prices - a CSV with the columns sku and usd and any of family, meter, unit, weight; or a price map. After the usage.
 * in     file: one that can be rewound, as for a bill
 * fails  SP_E_SYNTAX "file:row: column: what", also where there is no price in it, or one twice; SP_E_IO, SP_E_MEMORY */
sp_status sp_draft_prices(sp_draft *draft, FILE *file, const char *name, sp_message *message);

/* sp_draft_map - a LiteLLM price map; with usage only the models are taken that it names. Numbers are read as decimals, never through a
 * double. Fails as sp_draft_prices does. */
sp_status sp_draft_map(sp_draft *draft, FILE *file, const char *name, sp_message *message);

/* sp_draft_bill - lots.csv (gpus and usd_per_gpu_h, and any of id, pool, term, ends, credits_until), or a FOCUS bill. */
sp_status sp_draft_bill(sp_draft *draft, FILE *file, const char *name, sp_message *message);

/* sp_draft_settle - after the files: prices from revenue where there is no price list, a lot where there is no bill.
 * fails  SP_E_SYNTAX there is nothing to make SKUs of */
sp_status sp_draft_settle(sp_draft *draft, sp_message *message);

void sp_draft_sheet(const sp_draft *draft, FILE *out); /* prices.csv */
void sp_draft_yaml(const sp_draft *draft, FILE *out);  /* setpoint.yaml */

#endif
