/* margins.c - see margins.h. Amounts for the eye are in whole cents, with the ends of their band; exact ones are in --json. */
#include "cli/margins.h"

#include <errno.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/time.h"
#include "cli/costs.h"
#include "cli/earned.h"
#include "cli/number.h"
#include "cli/table.h"
#include "cli/wrap.h"

#define NOTE_INDENT  2 /* [columns] */
#define BAND_MAX     96
#define SENTENCE_MAX 1024

/* What is shown, and where it is from. */
typedef struct margins_shown {
	const sp_margins *margins;
	const sp_view *view; /* of a recording; NULL: what was billed */
} margins_shown;

/* --- words --- */

static double usd_of(sp_money money)
{
	return (double)money.nano / (double)SP_NANO;
}

static const char *value_text(sp_amount amount, char text[BAND_MAX])
{
	snprintf(text, BAND_MAX, "%.2f", usd_of(amount.value));
	return text;
}

static bool is_banded(sp_amount amount)
{
	return amount.high.nano - amount.low.nano >= SP_NANO / 100;
}

static const char *band_text(sp_amount amount, char text[BAND_MAX])
{
	if (!is_banded(amount))
		snprintf(text, BAND_MAX, "%.2f", usd_of(amount.value));
	else
		snprintf(text, BAND_MAX, "%.2f (%.2f to %.2f)", usd_of(amount.value), usd_of(amount.low), usd_of(amount.high));
	return text;
}

static const char *sign_word(sp_amount amount)
{
	static const char *const words[] = {[SP_SIGN_UNKNOWN] = "unknown",
	                                    [SP_SIGN_NEGATIVE] = "loss",
	                                    [SP_SIGN_ZERO] = "nothing",
	                                    [SP_SIGN_POSITIVE] = "gain"};
	return words[sp_amount_sign(amount)];
}

static bool has_load(const sp_family_margin *family)
{
	return family->load_answer.knowledge == SP_KNOWN && family->load.value > 0;
}

static bool has_margin(const sp_family_margin *family)
{
	return family->answer.knowledge == SP_KNOWN && family->revenue_answer.knowledge == SP_KNOWN;
}

/* The first thing that is not known of it; NULL: nothing. */
static const char *why_unknown(const sp_family_margin *family)
{
	if (family->answer.knowledge != SP_KNOWN)
		return family->answer.reason;
	return family->revenue_answer.knowledge != SP_KNOWN ? family->revenue_answer.reason : NULL;
}

static const char *beside_text(const sp_family_margin *family, char text[BAND_MAX])
{
	if (family->support.nano == 0 && family->incidents.nano == 0)
		return "";
	snprintf(text, BAND_MAX, "%.2f", usd_of(family->support) + usd_of(family->incidents));
	return text;
}

/* The ends of what has some, below its row. */
static void note_bands(sp_table *table, sp_amount cost, sp_amount margin)
{
	char line[2 * BAND_MAX];

	if (!is_banded(cost) && !is_banded(margin))
		return;
	snprintf(line, sizeof line, "cost %.2f to %.2f, margin %.2f to %.2f", usd_of(cost.low), usd_of(cost.high),
	         usd_of(margin.low), usd_of(margin.high));
	sp_table_note(table, NOTE_INDENT, line);
}

static void note_booked(sp_table *table, sp_amount booked)
{
	char line[2 * BAND_MAX], band[BAND_MAX];

	snprintf(line, sizeof line, "as booked %s", band_text(booked, band));
	sp_table_note(table, NOTE_INDENT, line);
}

static void note_family(sp_table *table, const sp_family_margin *family, bool told)
{
	if (why_unknown(family))
		sp_table_note(table, NOTE_INDENT, why_unknown(family));
	if (!told)
		return;
	note_bands(table, family->cost, family->margin.ended);
	if (family->credits.nano != 0)
		note_booked(table, family->margin.booked);
}

static void add_family(sp_table *table, const sp_family_margin *family, bool one_basis)
{
	char revenue[BAND_MAX], cost[BAND_MAX], beside[BAND_MAX], margin[BAND_MAX];
	bool earned = family->revenue_answer.knowledge == SP_KNOWN, used = has_load(family);
	bool told = has_margin(family) && (used || family->margin.booked.value.nano != 0);
	const char *cells[] = {family->id, "", "", beside_text(family, beside), "", "", ""};

	cells[1] = !earned                                   ? "unknown"
	           : used || family->revenue.value.nano != 0 ? value_text(family->revenue, revenue)
	                                                     : "";
	if (used && family->answer.knowledge == SP_KNOWN) {
		cells[2] = value_text(family->cost, cost);
		cells[5] = one_basis ? "" : sp_basis_name(family->cost.basis);
	}
	if (told)
		cells[4] = value_text(family->margin.ended, margin);
	cells[6] = told ? sign_word(family->margin.ended) : why_unknown(family) ? "unknown" : used ? "" : "no usage";
	sp_table_add(table, SP_COLOUR_PLAIN, cells);
	note_family(table, family, told);
}

static void add_total(sp_table *table, const sp_margins *margins, bool one_basis)
{
	char revenue[BAND_MAX], cost[BAND_MAX], margin[BAND_MAX];
	const char *cells[] = {"all",
	                       value_text(margins->revenue, revenue),
	                       value_text(margins->cost, cost),
	                       "",
	                       value_text(margins->margin.ended, margin),
	                       one_basis ? "" : sp_basis_name(margins->cost.basis),
	                       sign_word(margins->margin.ended)};

	if (!margins->known || (margins->revenue.value.nano == 0 && margins->cost.high.nano == 0))
		return;
	sp_table_add(table, SP_COLOUR_BOLD, cells);
	note_bands(table, margins->cost, margins->margin.ended);
	if (margins->margin.ended.value.nano != margins->margin.booked.value.nano)
		note_booked(table, margins->margin.booked);
}

/* Said once below the table where every cost that it shows has the same. */
static bool has_one_basis(const sp_margins *margins)
{
	const sp_family_margin *first = NULL;

	for (uint32_t i = 0; i < margins->n_families; i++) {
		const sp_family_margin *family = &margins->families[i];
		if (!has_load(family) || family->answer.knowledge != SP_KNOWN)
			continue;
		if (first && first->cost.basis != family->cost.basis)
			return false;
		first = first ? first : family;
	}
	return true;
}

/* A sentence, as wide as the screen. */
static void say(const sp_screen *screen, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void say(const sp_screen *screen, const char *format, ...)
{
	char words[SENTENCE_MAX];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(words, sizeof words, format, arguments);
	va_end(arguments);
	sp_wrap_line(stdout, screen, words, 0, 2);
}

/* What the table's words mean, where it has them. */
static void say_signs(const sp_margins *margins, const sp_screen *screen)
{
	bool flips = false, beside = false;

	for (uint32_t i = 0; i < margins->n_families; i++) {
		const sp_family_margin *family = &margins->families[i];
		flips = flips || (has_margin(family) && sp_amount_sign(family->margin.ended) == SP_SIGN_UNKNOWN);
		beside = beside || family->support.nano != 0 || family->incidents.nano != 0;
	}
	if (flips)
		say(screen, "unknown: the sign flips inside the band of the margin");
	if (beside)
		say(screen, "beside: support and incidents");
}

static void say_pools(const sp_margins *margins, const sp_screen *screen)
{
	char paid[BAND_MAX], sold[BAND_MAX], credits[BAND_MAX];

	for (uint32_t i = 0; i < margins->n_pools; i++) {
		const sp_pool_margin *pool = &margins->pools[i];
		if (pool->left.nano != 0)
			say(screen, "%s: %.2f a day of support and incidents is in no line above: no load is known to bear it",
			    pool->id, usd_of(pool->left));
		if (pool->answer.knowledge != SP_KNOWN) {
			say(screen, "%s: what its lots are paid is unknown: %s", pool->id, pool->answer.reason);
			continue;
		}
		snprintf(credits, sizeof credits, "; credits pay %.2f of it, until they end", usd_of(pool->credits));
		say(screen, "%s: its lots cost %s a day, of which the load above takes %s%s", pool->id,
		    band_text(pool->paid, paid), band_text(pool->sold, sold), pool->credits.nano > 0 ? credits : "");
	}
}

/* Revenue of a pool that has no lot that costs anything is no gain: what serves it is not written down. */
static bool all_paid(const sp_margins *margins)
{
	for (uint32_t i = 0; i < margins->n_families; i++) {
		const sp_family_margin *family = &margins->families[i];
		if (family->revenue.value.nano != 0 && margins->pools[family->pool].paid.high.nano == 0)
			return false;
	}
	return margins->paid_known;
}

/* What no weight and no capacity is in. */
static void say_whole(const sp_margins *margins, const sp_screen *screen)
{
	char text[BAND_MAX];
	sp_amount left;

	if (margins->revenue_known && margins->paid_known && !all_paid(margins))
		say(screen,
		    "All revenue less all that the lots cost: unknown: a pool that earns has no lots that cost anything");
	else if (margins->revenue_known && margins->paid_known &&
	         sp_amount_difference(margins->revenue, margins->paid, &left) == SP_OK)
		say(screen, "All revenue less all that the lots cost: %s a day, whatever weights and capacity are: %s",
		    band_text(left, text), sign_word(left));
}

/* Of the whole recording up to the moment, for a row that is bad may have no time. */
static void say_passed(const sp_scene *scene, const sp_screen *screen)
{
	char usd[SP_EXACT_TEXT_MAX], bad[2 * SP_NUMBER_MAX], n[SP_NUMBER_MAX];

	if (scene->bad > 0)
		say(screen, "Passed over: %s", sp_number_plural(scene->bad, "bad row", bad));
	if (scene->unmatched > 0)
		say(screen, "Unknown: %s of these of no family here, %s USD in all, the first of '%s'; in no line above",
		    sp_number_count(scene->unmatched, n), sp_exact_format(scene->unmatched_usd, usd), scene->unmatched_name);
}

static void say_basis(const margins_shown *shown, const sp_screen *screen)
{
	const sp_margins *margins = shown->margins;
	const char *beside = margins->beside ? "" : "support, incidents, ";
	char usd[SP_EXACT_TEXT_MAX], skus[2 * SP_NUMBER_MAX];

	if (margins->n_strange > 0)
		say(screen, "Unknown: %s in the usage with no price, %s USD of revenue in all; in no line above",
		    sp_number_plural(margins->n_strange, "SKU", skus), sp_exact_format(margins->strange, usd));
	if (margins->cost.basis == SP_BASIS_ASSUMED)
		say(screen,
		    "Assumed: weights and units_per_gpu_s without measured ends, each taken to be within %.0f %%, which no "
		    "guess "
		    "promises; `setpoint calibrate' measures them. Not in it: %speople.",
		    100 * SP_BASIS_ASSUMED_WITHIN, beside);
	else
		say(screen, "Measured: weights and units_per_gpu_s, within their ends. Not in it: %speople.", beside);
}

static uint32_t lacks_of(const sp_view *view, uint32_t pool)
{
	const uint32_t shown = ~(1u << SP_LACK_load | 1u << SP_LACK_mix);

	return view->stocks[pool].lacks & shown;
}

static sp_status say_lacks(const sp_view *view, const sp_screen *screen)
{
	uint32_t *lacks = calloc((size_t)view->n_stocks + 1, sizeof *lacks);

	for (uint32_t i = 0; lacks && i < view->n_stocks; i++)
		lacks[i] = lacks_of(view, i);
	if (lacks)
		sp_costs_lacks(view, lacks, screen, stdout);
	free(lacks);
	return lacks ? SP_OK : SP_E_MEMORY;
}

static void say_from(const margins_shown *shown, const sp_screen *screen)
{
	char span[SP_NUMBER_MAX];

	if (shown->view) {
		sp_costs_when("", &shown->view->scene, screen, stdout);
		say(screen, "Margin in USD a day; costs at full price, credits stripped:");
	} else {
		say(screen, "Margin in USD a day, from the last %s of usage; costs at full price, credits stripped:",
		    sp_number_span(shown->margins->span_ns, span));
	}
	putchar('\n');
}

static sp_status show_words(const margins_shown *shown)
{
	static const sp_table_column columns[] = {
	    {"family", SP_TABLE_LEFT},  {"revenue", SP_TABLE_POINT}, {"cost", SP_TABLE_POINT}, {"beside", SP_TABLE_POINT},
	    {"margin", SP_TABLE_POINT}, {"basis", SP_TABLE_LEFT},    {"", SP_TABLE_LEFT},      {NULL, SP_TABLE_LEFT}};
	const sp_margins *margins = shown->margins;
	sp_screen screen = sp_screen_of(stdout);
	sp_table *table = sp_table_open(columns);
	sp_status status;

	if (!table)
		return SP_E_MEMORY;
	say_from(shown, &screen);
	for (uint32_t i = 0; i < margins->n_families; i++)
		add_family(table, &margins->families[i], has_one_basis(margins));
	add_total(table, margins, has_one_basis(margins));
	status = sp_table_print(table, &screen, stdout);
	sp_table_close(table);
	printf("\n");
	say_signs(margins, &screen);
	say_pools(margins, &screen);
	say_whole(margins, &screen);
	if (shown->view)
		say_passed(&shown->view->scene, &screen);
	say_basis(shown, &screen);
	return status == SP_OK && shown->view ? say_lacks(shown->view, &screen) : status;
}

/* --- an object --- */

static json_t *amount_object(sp_amount amount)
{
	char low[SP_DECIMAL_TEXT_MAX], value[SP_DECIMAL_TEXT_MAX], high[SP_DECIMAL_TEXT_MAX];

	return json_pack("{s:s, s:s, s:s, s:s}", "low_usd", sp_decimal_format_short(amount.low.nano, low), "usd",
	                 sp_decimal_format_short(amount.value.nano, value), "high_usd",
	                 sp_decimal_format_short(amount.high.nano, high), "basis", sp_basis_name(amount.basis));
}

static json_t *known_amount(bool known, sp_amount amount)
{
	return known ? amount_object(amount) : json_null();
}

static json_t *verdict_of(const sp_family_margin *family)
{
	static const char *const words[] = {[SP_SIGN_UNKNOWN] = "unknown",
	                                    [SP_SIGN_NEGATIVE] = "loss",
	                                    [SP_SIGN_ZERO] = "nothing",
	                                    [SP_SIGN_POSITIVE] = "gain"};

	return json_string(has_margin(family) ? words[sp_amount_sign(family->margin.ended)] : "unknown");
}

static json_t *family_object(const sp_margins *margins, const sp_family_margin *family)
{
	json_t *object =
	    json_pack("{s:s, s:b, s:o, s:o, s:o, s:o, s:o, s:s?}", "family", family->id, "usage", has_load(family),
	              "revenue", known_amount(family->revenue_answer.knowledge == SP_KNOWN, family->revenue), "cost",
	              known_amount(family->answer.knowledge == SP_KNOWN, family->cost), "margin",
	              known_amount(has_margin(family), family->margin.ended), "booked",
	              known_amount(has_margin(family), family->margin.booked), "verdict", verdict_of(family), "why",
	              why_unknown(family));

	if (margins->beside) {
		json_object_set_new(object, "support_usd", sp_costs_money_json(family->support.nano));
		json_object_set_new(object, "incidents_usd", sp_costs_money_json(family->incidents.nano));
	}
	return object;
}

static json_t *pool_object(const sp_pool_margin *pool)
{
	bool known = pool->answer.knowledge == SP_KNOWN;

	return json_pack("{s:s, s:o, s:o, s:o, s:o}", "pool", pool->id, "paid", known_amount(known, pool->paid), "sold",
	                 known_amount(known, pool->sold), "credits", known_amount(known, sp_amount_exact(pool->credits)),
	                 "unshared_usd", sp_costs_money_json(pool->left.nano));
}

static void add_scene(json_t *object, const sp_view *view)
{
	char t[SP_TIME_TEXT_MAX], usd[SP_EXACT_TEXT_MAX];
	json_t *lacks = json_array();

	for (uint32_t i = 0; i < view->n_stocks; i++) {
		json_t *some = sp_costs_lacks_json(&view->stocks[i], lacks_of(view, i));
		json_array_extend(lacks, some);
		json_decref(some);
	}
	json_object_set_new(object, "t", json_string(sp_time_format(view->scene.t_ns, t)));
	json_object_set_new(object, "from", json_string(view->scene.name));
	json_object_set_new(object, "lacks", lacks);
	json_object_set_new(object, "passed_over",
	                    json_pack("{s:I, s:I, s:s}", "bad", (json_int_t)view->scene.bad, "unmatched",
	                              (json_int_t)view->scene.unmatched, "unmatched_usd",
	                              sp_exact_format(view->scene.unmatched_usd, usd)));
}

static void show_json(const margins_shown *shown)
{
	const sp_margins *margins = shown->margins;
	json_t *families = json_array(), *pools = json_array(), *object;
	char usd[SP_EXACT_TEXT_MAX];

	for (uint32_t i = 0; i < margins->n_families; i++)
		json_array_append_new(families, family_object(margins, &margins->families[i]));
	for (uint32_t i = 0; i < margins->n_pools; i++)
		json_array_append_new(pools, pool_object(&margins->pools[i]));
	object = json_pack("{s:s, s:s, s:f, s:o, s:o, s:o, s:o, s:{s:i, s:s}}", "schema", "setpoint.margin/v1", "per",
	                   "day", "span_s", (double)margins->span_ns / (double)SP_SEC, "families", families, "pools", pools,
	                   "margin", known_amount(margins->known, margins->margin.ended), "booked",
	                   known_amount(margins->known, margins->margin.booked), "unknown", "skus", (int)margins->n_strange,
	                   "revenue_usd", sp_exact_format(margins->strange, usd));
	if (shown->view)
		add_scene(object, shown->view);
	json_dumpf(object, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(object);
}

static sp_status show(const margins_shown *shown, bool json)
{
	if (!json)
		return show_words(shown);
	show_json(shown);
	return SP_OK;
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
	return sp_margins_billed(config, NULL, billed, json);
}

sp_exit sp_margins_billed(const sp_config *config, const char *measured, const sp_billed *billed, bool json)
{
	const sp_setup *setup = sp_config_setup(config);
	sp_margins margins = {0};
	sp_beliefs beliefs;
	sp_message message = {""};
	sp_status status = sp_beliefs_open(setup, measured, &beliefs, &message);

	if (status == SP_OK)
		status = sp_margins_of(setup, &beliefs, billed, &margins);
	if (status == SP_OK)
		status = show(&(margins_shown){&margins, NULL}, json);
	sp_margins_fini(&margins);
	sp_beliefs_close(&beliefs);
	return sp_exit_with(status, &message);
}

sp_exit sp_margins_recorded(const sp_view *view, bool json)
{
	sp_margins margins;
	bool any = false;
	sp_status status = sp_earned_of(view, &margins);

	if (status == SP_OK)
		status = show(&(margins_shown){&margins, view}, json);
	for (uint32_t i = 0; status == SP_OK && i < margins.n_families; i++)
		any = any || has_margin(&margins.families[i]);
	sp_margins_fini(&margins);
	if (status != SP_OK)
		return sp_exit_with(status, NULL);
	return any ? SP_EXIT_OK : SP_EXIT_NEGATIVE;
}
