/* write.c - a draft as setpoint.yaml and prices.csv, every guess with its reason and its cure. */
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/real.h"
#include "sim/draft/draft.h"

#define WRITE_UNITS      1000 /* what a GPU is taken to serve where there is no usage */
#define WRITE_ANY_FAMILY "*"

void sp_draft_sheet(const sp_draft *draft, FILE *out)
{
	fputs("sku,family,meter,unit,usd,weight\n", out);
	for (uint32_t i = 0; i < draft->n_skus; i++) {
		const sp_draft_sku *sku = &draft->skus[i];
		fprintf(out, "%s,%s,%s,%s,%s,%s\n", sku->sku, sku->family, sku->meter, sku->unit, sku->usd, sku->weight);
	}
}

/* --- pools --- */

static bool write_first_of_pool(const sp_draft *draft, uint32_t lot)
{
	for (uint32_t i = 0; i < lot; i++)
		if (strcmp(draft->lots[i].pool, draft->lots[lot].pool) == 0)
			return false;
	return true;
}

static uint32_t write_count_pools(const sp_draft *draft)
{
	uint32_t n = 0;
	for (uint32_t i = 0; i < draft->n_lots; i++)
		n += write_first_of_pool(draft, i);
	return n;
}

/* Is a part of a family's name, between slashes, a part of the pool's too ("us-east")? */
static bool write_shares_part(const char *family, const char *pool)
{
	for (const char *at = family; at != NULL; at = strchr(at, '/')) {
		at += *at == '/';
		size_t n = strcspn(at, "/");
		for (const char *other = pool; n > 0 && other != NULL; other = strchr(other, '/')) {
			other += *other == '/';
			if (strcspn(other, "/") == n && strncmp(at, other, n) == 0)
				return true;
		}
	}
	return false;
}

static const char *write_pool_of(const sp_draft *draft, const char *family)
{
	for (uint32_t i = 0; i < draft->n_lots; i++)
		if (write_shares_part(family, draft->lots[i].pool))
			return draft->lots[i].pool;
	return draft->lots[0].pool;
}

/* --- capacity --- */

static double write_number(const char *text)
{
	double x = 0;
	return sp_real_parse(text, strlen(text), &x) == SP_OK ? x : 0;
}

/* Mean load of a pool's families in the last days [resource units/s]. */
static double write_load(const sp_draft *draft, const char *pool)
{
	double load = 0, units;
	sp_exact revenue;
	int64_t span_ns = draft->has_usage ? sp_billed_span(&draft->billed) : 0;
	for (uint32_t i = 0; span_ns > 0 && i < draft->n_skus; i++) {
		const sp_draft_sku *sku = &draft->skus[i];
		uint32_t slot = sp_ids_find(draft->billed.skus, sku->sku, strlen(sku->sku));
		if (slot == SP_NO_SLOT || strcmp(write_pool_of(draft, sku->family), pool) != 0)
			continue;
		if (sp_billed_sum(&draft->billed, slot, &units, &revenue) == SP_OK)
			load += units * write_number(sku->weight) / ((double)span_ns / (double)SP_SEC);
	}
	return load;
}

static double write_gpus(const sp_draft *draft, const char *pool)
{
	double gpus = 0;
	for (uint32_t i = 0; i < draft->n_lots; i++)
		if (strcmp(draft->lots[i].pool, pool) == 0)
			gpus += write_number(draft->lots[i].gpus);
	return gpus;
}

/* Six digits, and no exponent where people read none. */
static void write_units(double units, FILE *out)
{
	fprintf(out, units >= 1e6 && units < 1e15 ? "%.0f" : "%.6g", units);
}

static void write_capacity(const sp_draft *draft, const char *pool, FILE *out)
{
	double load = write_load(draft, pool), gpus = write_gpus(draft, pool);
	if (load <= 0 || gpus <= 0) {
		fprintf(
		    out,
		    "    units_per_gpu_s: %d   # guess: made up, no usage to judge by; replace with what a GPU is measured to "
		    "serve\n",
		    WRITE_UNITS);
		return;
	}
	fputs("    # The usage is ", out);
	write_units(load, out);
	fputs(" units/s, a token of weight 1 being one unit. Every cost is in proportion to how busy the GPUs were.\n"
	      "    units_per_gpu_s: ",
	      out);
	write_units(load / (gpus * SP_DRAFT_BUSY), out);
	fprintf(out, "   # guess: %.0f %s %.0f %% busy; replace with what one is measured to serve\n", gpus,
	        gpus > 1 ? "GPUs were" : "GPU was", 100 * SP_DRAFT_BUSY);
}

static void write_lot(const sp_draft *draft, const sp_draft_lot *lot, FILE *out)
{
	fprintf(out, "      - {id: %s, term: %s, gpus: %s, usd_per_gpu_h: \"%s\"", lot->id, lot->term, lot->gpus, lot->usd);
	if (lot->ends[0] != '\0')
		fprintf(out, ", ends: %s", lot->ends);
	if (lot->credits_until[0] != '\0')
		fprintf(out, ", credits_until: %s", lot->credits_until);
	fputs("}", out);
	if (draft->supply == SP_DRAFT_NO_BILL)
		fputs("   # guess: made up, no bill; replace with what you rent", out);
	else if (draft->supply == SP_DRAFT_FOCUS)
		fputs("   # guess: the bill without its credits, as so many GPUs; replace with your contracts", out);
	else if (lot->term_guessed)
		fputs("   # guess: reserved; replace with owned, reserved, on_demand or spot", out);
	fputs("\n", out);
}

static void write_pools(const sp_draft *draft, FILE *out)
{
	fputs("pools:\n", out);
	for (uint32_t i = 0; i < draft->n_lots; i++) {
		if (!write_first_of_pool(draft, i))
			continue;
		const char *pool = draft->lots[i].pool;
		fprintf(out, "  - id: %s\n", pool);
		write_capacity(draft, pool, out);
		fputs("    supply:\n", out);
		for (uint32_t lot = i; lot < draft->n_lots; lot++)
			if (strcmp(draft->lots[lot].pool, pool) == 0)
				write_lot(draft, &draft->lots[lot], out);
	}
}

/* --- families --- */

static bool write_first_of_family(const sp_draft *draft, uint32_t sku)
{
	for (uint32_t i = sku; i > 0; i--)
		if (strcmp(draft->skus[i - 1].family, draft->skus[sku].family) == 0)
			return false;
	return true;
}

static void write_families(const sp_draft *draft, FILE *out)
{
	fputs("\nfamilies:\n", out);
	if (write_count_pools(draft) == 1) {
		fprintf(out,
		        "  - {match: \"%s\", pool: %s}   # guess: one pool serves all; replace with an entry for each pool\n",
		        WRITE_ANY_FAMILY, draft->lots[0].pool);
		return;
	}
	for (uint32_t i = 0; i < draft->n_skus; i++) {
		const char *family = draft->skus[i].family;
		if (!write_first_of_family(draft, i))
			continue;
		const char *pool = write_pool_of(draft, family);
		fprintf(out, "  - {match: \"%s\", pool: %s}   # guess: %s; replace with the pool that serves it\n", family,
		        pool,
		        write_shares_part(family, pool) ? "their names share a part" : "the first pool, as no name says which");
	}
}

/* What prices.csv holds that no file said: a CSV has no place for remarks. */
static void write_sheet_guesses(const sp_draft *draft, FILE *out)
{
	const struct {
		uint32_t n;
		const char *what, *rule;
	} guesses[] = {
	    {draft->n_prices, "price", "what was earned per million, discounts included; replace with your list"},
	    {draft->n_weights, "weight",
	     "input 1, output and reasoning 4, cached 0.1, others 1, in models of any size; replace with measured ones"},
	    {draft->n_units, "unit", "1M tokens; replace with what one price buys"},
	    {draft->n_families, "family", "the name up to its last slash; replace with what should move together"},
	    {draft->n_meters, "meter", "the name after its last slash; replace with input, output, cached, …"}};
	for (size_t i = 0; i < sizeof guesses / sizeof guesses[0]; i++)
		if (guesses[i].n > 0)
			fprintf(out, "# guess: %s of %u %s in prices.csv: %s\n", guesses[i].what, guesses[i].n,
			        guesses[i].n > 1 ? "SKUs" : "SKU", guesses[i].rule);
}

void sp_draft_yaml(const sp_draft *draft, FILE *out)
{
	SP_ASSERT(draft->n_lots > 0 && draft->n_skus > 0);
	fputs("# A first configuration, made by `setpoint init`. What your files did not say is marked as a guess, with "
	      "what to put "
	      "in\n"
	      "# its place. It observes: decisions are logged and explained, and no price moves until `mode` says so. "
	      "Every key is "
	      "in\n"
	      "# docs/config.md.\n"
	      "version: 1\n",
	      out);
	write_sheet_guesses(draft, out);
	fputs(
	    "price_sheet: prices.csv\n"
	    "defaults: {mode: observe, profile: announced}   # guess: list prices; replace with dynamic where they follow "
	    "load\n\n",
	    out);
	write_pools(draft, out);
	write_families(draft, out);
}
