/* margins.c - see margins.h. Amounts for the eye are in whole cents, with the ends of their band; exact ones are in --json. */
#include "cli/margins.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "cli/number.h"
#include "cli/table.h"

#define BAND_MAX 96

/* --- words --- */

static double usd_of(sp_money money)
{
	return (double)money.nano / (double)SP_NANO;
}

static const char *band_text(sp_amount amount, char text[BAND_MAX])
{
	if (amount.high.nano - amount.low.nano < SP_NANO / 100)
		snprintf(text, BAND_MAX, "%.2f", usd_of(amount.value));
	else
		snprintf(text, BAND_MAX, "%.2f (%.2f to %.2f)", usd_of(amount.value), usd_of(amount.low), usd_of(amount.high));
	return text;
}

static const char *sign_word(sp_amount amount)
{
	static const char *const words[] = {[SP_SIGN_UNKNOWN] = "unknown: the sign flips inside the band",
	                                    [SP_SIGN_NEGATIVE] = "loss",
	                                    [SP_SIGN_ZERO] = "nothing",
	                                    [SP_SIGN_POSITIVE] = "gain"};
	return words[sp_amount_sign(amount)];
}

static void add_family(sp_table *table, const sp_margins *margins, const sp_family_margin *family)
{
	char revenue[BAND_MAX], cost[BAND_MAX], margin[BAND_MAX], booked[BAND_MAX];
	const char *cells[] = {family->id, "", "", "", "", ""};

	if (family->load.value == 0) {
		cells[5] = "no usage";
	} else {
		cells[1] = margins->has_revenue ? band_text(family->revenue, revenue) : "unknown";
		cells[5] = "unknown: the usage has no revenue";
	}
	if (family->load.value > 0 && family->answer.knowledge == SP_KNOWN)
		cells[2] = band_text(family->cost, cost);
	else if (family->load.value > 0)
		cells[5] = family->answer.reason;
	if (cells[2][0] != '\0' && margins->has_revenue) {
		cells[3] = band_text(family->margin.ended, margin);
		cells[4] = family->credits.value.nano != 0 ? band_text(family->margin.booked, booked) : "";
		cells[5] = sign_word(family->margin.ended);
	}
	sp_table_add(table, SP_COLOUR_PLAIN, cells);
}

static void add_total(sp_table *table, const sp_margins *margins)
{
	char revenue[BAND_MAX], cost[BAND_MAX], margin[BAND_MAX], booked[BAND_MAX];
	bool credited = margins->margin.ended.value.nano != margins->margin.booked.value.nano;
	const char *cells[] = {"all",
	                       band_text(margins->revenue, revenue),
	                       band_text(margins->cost, cost),
	                       band_text(margins->margin.ended, margin),
	                       credited ? band_text(margins->margin.booked, booked) : "",
	                       sign_word(margins->margin.ended)};

	if (margins->known && margins->has_revenue)
		sp_table_add(table, SP_COLOUR_BOLD, cells);
}

static void say_pools(const sp_margins *margins)
{
	char paid[BAND_MAX], sold[BAND_MAX];

	for (uint32_t i = 0; i < margins->n_pools; i++) {
		const sp_pool_margin *pool = &margins->pools[i];
		if (pool->answer.knowledge != SP_KNOWN) {
			printf("%s: what its lots are paid is unknown: %s\n", pool->id, pool->answer.reason);
			continue;
		}
		printf("%s: its lots cost %s a day, of which the load above takes %s", pool->id, band_text(pool->paid, paid),
		       band_text(pool->sold, sold));
		if (pool->credits.value.nano > 0)
			printf("; credits pay %s of it, until they end", band_text(pool->credits, sold));
		printf("\n");
	}
}

/* What no weight and no capacity is in. */
static void say_whole(const sp_margins *margins)
{
	char text[BAND_MAX];
	sp_amount left;

	if (margins->has_revenue && margins->paid_known &&
	    sp_amount_difference(margins->revenue, margins->paid, &left) == SP_OK)
		printf("All revenue less all that the lots cost: %s a day, whatever weights and capacity are: %s\n",
		       band_text(left, text), sign_word(left));
}

static void say_unknown(const sp_margins *margins)
{
	char usd[SP_EXACT_TEXT_MAX], skus[2 * SP_NUMBER_MAX];

	if (margins->n_strange > 0)
		printf("Unknown: %s in the usage with no price, %s USD of revenue in all; in no line above\n",
		       sp_number_plural(margins->n_strange, "SKU", skus), sp_exact_format(margins->strange, usd));
	printf("Assumed: weights and units_per_gpu_s, each within %.0f %%. Not in it: support, incidents, people.\n",
	       100 * SP_BASIS_ASSUMED_WITHIN);
}

static sp_status show_words(const sp_margins *margins)
{
	static const sp_table_column columns[] = {{"family", SP_TABLE_LEFT},     {"revenue", SP_TABLE_POINT},
	                                          {"cost", SP_TABLE_POINT},      {"margin", SP_TABLE_POINT},
	                                          {"as booked", SP_TABLE_POINT}, {"", SP_TABLE_LEFT},
	                                          {NULL, SP_TABLE_LEFT}};
	sp_screen screen = sp_screen_of(stdout);
	sp_table *table = sp_table_open(columns);
	char span[SP_NUMBER_MAX];
	sp_status status;

	if (!table)
		return SP_E_MEMORY;
	printf("Margin in USD a day, from the last %s of usage; costs at full price, credits stripped:\n\n",
	       sp_number_span(margins->span_ns, span));
	for (uint32_t i = 0; i < margins->n_families; i++)
		add_family(table, margins, &margins->families[i]);
	add_total(table, margins);
	status = sp_table_print(table, &screen, stdout);
	sp_table_close(table);
	printf("\n");
	say_pools(margins);
	say_whole(margins);
	say_unknown(margins);
	return status;
}

/* --- an object --- */

static json_t *amount_object(sp_amount amount)
{
	char low[SP_DECIMAL_TEXT_MAX], value[SP_DECIMAL_TEXT_MAX], high[SP_DECIMAL_TEXT_MAX];

	return json_pack("{s:s, s:s, s:s, s:s}", "low_usd", sp_decimal_format_short(amount.low.nano, low), "usd",
	                 sp_decimal_format_short(amount.value.nano, value), "high_usd",
	                 sp_decimal_format_short(amount.high.nano, high), "basis", sp_basis_name(amount.basis));
}

static json_t *verdict_of(const sp_margins *margins, sp_answer answer, sp_amount margin)
{
	static const char *const words[] = {[SP_SIGN_UNKNOWN] = "unknown",
	                                    [SP_SIGN_NEGATIVE] = "loss",
	                                    [SP_SIGN_ZERO] = "nothing",
	                                    [SP_SIGN_POSITIVE] = "gain"};
	bool known = margins->has_revenue && answer.knowledge == SP_KNOWN;

	return json_string(known ? words[sp_amount_sign(margin)] : "unknown");
}

static json_t *family_object(const sp_margins *margins, const sp_family_margin *family)
{
	bool known = family->answer.knowledge == SP_KNOWN, both = known && margins->has_revenue;

	return json_pack("{s:s, s:b, s:o, s:o, s:o, s:o, s:o}", "family", family->id, "usage", family->load.value > 0,
	                 "revenue", margins->has_revenue ? amount_object(family->revenue) : json_null(), "cost",
	                 known ? amount_object(family->cost) : json_null(), "margin",
	                 both ? amount_object(family->margin.ended) : json_null(), "booked",
	                 both ? amount_object(family->margin.booked) : json_null(), "verdict",
	                 verdict_of(margins, family->answer, family->margin.ended));
}

static json_t *pool_object(const sp_pool_margin *pool)
{
	bool known = pool->answer.knowledge == SP_KNOWN;

	return json_pack("{s:s, s:o, s:o, s:o}", "pool", pool->id, "paid", known ? amount_object(pool->paid) : json_null(),
	                 "sold", known ? amount_object(pool->sold) : json_null(), "credits",
	                 known ? amount_object(pool->credits) : json_null());
}

static void show_json(const sp_margins *margins)
{
	json_t *families = json_array(), *pools = json_array(), *object;
	bool both = margins->known && margins->has_revenue;
	char usd[SP_EXACT_TEXT_MAX];

	for (uint32_t i = 0; i < margins->n_families; i++)
		json_array_append_new(families, family_object(margins, &margins->families[i]));
	for (uint32_t i = 0; i < margins->n_pools; i++)
		json_array_append_new(pools, pool_object(&margins->pools[i]));
	object = json_pack("{s:s, s:s, s:f, s:o, s:o, s:o, s:o, s:{s:i, s:s}}", "schema", "setpoint.margin/v1", "per",
	                   "day", "span_s", (double)margins->span_ns / (double)SP_SEC, "families", families, "pools", pools,
	                   "margin", both ? amount_object(margins->margin.ended) : json_null(), "booked",
	                   both ? amount_object(margins->margin.booked) : json_null(), "unknown", "skus",
	                   (int)margins->n_strange, "revenue_usd", sp_exact_format(margins->strange, usd));
	json_dumpf(object, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(object);
}

/* --- both --- */

sp_exit sp_margins_read(const char *path, sp_billed *billed)
{
	sp_message message = {""};
	FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "rbe");
	sp_status status = errno == ENOENT ? SP_E_ABSENT : errno == EACCES ? SP_E_PERMISSION : SP_E_IO;

	*billed = (sp_billed){0};
	if (!file) {
		sp_message_set(&message, status, "%s: cannot be read: %s", path, strerror(errno));
		return sp_exit_with(status, &message);
	}
	status = sp_billed_read(file, file == stdin ? "standard input" : path, billed, &message);
	if (file != stdin)
		fclose(file);
	return sp_exit_with(status, &message);
}

sp_exit sp_margins_show(const sp_config *config, const sp_billed *billed, bool json)
{
	sp_margins margins;
	sp_status status = sp_margins_of(sp_config_setup(config), billed, &margins);

	if (status == SP_OK && json)
		show_json(&margins);
	else if (status == SP_OK)
		status = show_words(&margins);
	sp_margins_fini(&margins);
	return sp_exit_with(status, NULL);
}
