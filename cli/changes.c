/* changes.c - causes in print and as JSON; see causes.h. */
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "cli/bars.h"
#include "cli/causes.h"
#include "cli/costs.h"
#include "cli/number.h"
#include "cli/table.h"

/* The waterfall's order, for what stands beside. */
static const sp_waterfall_step besides[] = {SP_STEP_IDLE, SP_STEP_CREDITS, SP_STEP_SUPPORT, SP_STEP_INCIDENTS};

#define BESIDES  (sizeof besides / sizeof besides[0])
#define BARS_MAX (SP_CAUSES + BESIDES + 4)

/* With its sign, as a change has one; none is 0 and no row of them. */
static const char *signed_usd(int64_t nano, char text[SP_COSTS_TEXT_MAX])
{
	char digits[SP_DECIMAL_TEXT_MAX];

	snprintf(text, SP_COSTS_TEXT_MAX, "%s%s", nano > 0 ? "+" : "", nano == 0 ? "0" : sp_decimal_format(nano, digits));
	return text;
}

/* What a change of a unit's cost comes to in a day, in cents. */
static const char *usd_a_day(const sp_causes *causes, int64_t nano, char text[SP_COSTS_TEXT_MAX])
{
	text[0] = '\0';
	if (causes->sold_known && nano != 0)
		snprintf(text, SP_COSTS_TEXT_MAX, "%+.2f", (double)nano / (double)SP_NANO * causes->sold_per_day);
	else if (causes->sold_known)
		strcpy(text, "0");
	return text;
}

static int64_t beside_change(const sp_causes *causes)
{
	int64_t sum = 0;

	for (size_t i = 0; i < BESIDES; i++)
		sum += causes->beside[besides[i]].nano;
	return sum;
}

/* --- one --- */

static void add_change(sp_table *table, const sp_causes *causes, const char *name, int64_t nano, sp_colour colour)
{
	char usd[SP_COSTS_TEXT_MAX], day[SP_COSTS_TEXT_MAX];

	sp_table_add(table, colour, (const char *const[]){name, signed_usd(nano, usd), usd_a_day(causes, nano, day)});
}

static void add_level(sp_table *table, const char *name, int64_t nano)
{
	char usd[SP_DECIMAL_TEXT_MAX];

	sp_table_add(table, SP_COLOUR_BOLD, (const char *const[]){name, sp_decimal_format(nano, usd), ""});
}

static void add_shifts(sp_table *table, const sp_causes *causes)
{
	char name[SP_ID_MAX + 8];

	for (uint32_t i = 0; i < causes->n_shifts; i++) {
		if (causes->shifts[i].nano == 0)
			continue;
		snprintf(name, sizeof name, "    by %s", causes->skus[i]);
		add_change(table, causes, name, causes->shifts[i].nano, SP_COLOUR_DIM);
	}
}

static void add_causes(sp_table *table, const sp_causes *causes)
{
	char name[128];

	add_level(table, "sellable before", causes->before.nano);
	for (int i = 0; i < SP_CAUSES; i++) {
		if (causes->parts[i].nano == 0)
			continue;
		snprintf(name, sizeof name, "  %s", sp_cause_words((sp_cause)i));
		add_change(table, causes, name, causes->parts[i].nano, SP_COLOUR_PLAIN);
		if (i == SP_CAUSE_mix)
			add_shifts(table, causes);
	}
	add_level(table, "sellable after", causes->after.nano);
}

static void add_beside(sp_table *table, const sp_causes *causes)
{
	int64_t booked_before = causes->booked.nano - (causes->after.nano - causes->before.nano) - beside_change(causes);
	char name[64];

	add_level(table, "booked before", booked_before);
	add_change(table, causes, "  sellable: all of the above", causes->after.nano - causes->before.nano,
	           SP_COLOUR_PLAIN);
	for (size_t i = 0; i < BESIDES; i++) {
		if (causes->beside[besides[i]].nano == 0)
			continue;
		snprintf(name, sizeof name, "  %s", sp_waterfall_step_name(besides[i]));
		add_change(table, causes, name, causes->beside[besides[i]].nano, SP_COLOUR_PLAIN);
	}
	add_level(table, "booked after", causes->booked.nano);
}

static sp_status print_table(const sp_causes *causes, const sp_screen *screen, FILE *out)
{
	static const sp_table_column columns[] = {
	    {"", SP_TABLE_LEFT}, {"USD a unit", SP_TABLE_POINT}, {"USD a day", SP_TABLE_POINT}, {0}};
	sp_table *table = sp_table_open(columns);
	sp_status status;

	if (!table)
		return SP_E_MEMORY;
	add_causes(table, causes);
	if (causes->beside_known)
		add_beside(table, causes);
	status = sp_table_print(table, screen, out);
	sp_table_close(table);
	return status;
}

static void draw(const sp_causes *causes, const sp_screen *screen, FILE *out)
{
	sp_bar bars[BARS_MAX] = {{"before", 0, causes->before.nano, true}};
	int64_t level = causes->before.nano;
	size_t n = 1;

	for (int i = 0; i < SP_CAUSES; i++) {
		if (causes->parts[i].nano == 0)
			continue;
		bars[n++] = (sp_bar){sp_cause_name((sp_cause)i), level, level + causes->parts[i].nano, false};
		level += causes->parts[i].nano;
	}
	bars[n++] = (sp_bar){"after", 0, causes->after.nano, true};
	putc('\n', out);
	sp_bars_draw(bars, n, true, screen, out);
}

sp_status sp_causes_one(const sp_causes *causes, bool drawn, const sp_screen *screen, FILE *out)
{
	sp_status status;

	fprintf(out, "%s, USD per %s\n\n", causes->id, causes->unit);
	if (causes->answer.knowledge != SP_KNOWN) {
		fprintf(out, "the change is unknown: %s\n", causes->answer.reason);
		return SP_OK;
	}
	status = print_table(causes, screen, out);
	if (status == SP_OK && drawn)
		draw(causes, screen, out);
	if (!causes->mix_known)
		fprintf(out, "\nThe mix is not known on both sides: it is taken as unchanged.\n");
	if (!causes->beside_known)
		fprintf(out,
		        "\nWhat was served is not known on both sides: idle, credits, support and incidents are unknown.\n");
	return status;
}

/* --- many --- */

/* The cause that did most, either way; SP_CAUSES: none did anything. */
static int largest_cause(const sp_causes *causes)
{
	int largest = SP_CAUSES;
	int64_t most = 0;

	for (int i = 0; i < SP_CAUSES; i++) {
		int64_t part = causes->parts[i].nano < 0 ? -causes->parts[i].nano : causes->parts[i].nano;
		if (part > most) {
			most = part;
			largest = i;
		}
	}
	return largest;
}

/* For a row: in as many places as the costs beside it. */
static const char *short_change(int64_t nano, char text[SP_COSTS_TEXT_MAX])
{
	char digits[SP_COSTS_TEXT_MAX];

	snprintf(text, SP_COSTS_TEXT_MAX, "%s%s", nano > 0 ? "+" : "",
	         sp_costs_usd((double)nano / (double)SP_NANO, digits));
	return text;
}

/* Its words up to the colon: what they mean stands in the table of one. */
static const char *short_cause(int cause, char text[SP_COSTS_TEXT_MAX])
{
	const char *words = cause == SP_CAUSES ? "no change" : sp_cause_words((sp_cause)cause);

	snprintf(text, SP_COSTS_TEXT_MAX, "%.*s", (int)strcspn(words, ":"), words);
	return text;
}

static void add_row(sp_table *table, const sp_causes *causes)
{
	bool known = causes->answer.knowledge == SP_KNOWN;
	char name[SP_ID_MAX + 8], before[SP_COSTS_TEXT_MAX], after[SP_COSTS_TEXT_MAX], change[SP_COSTS_TEXT_MAX];
	char day[SP_COSTS_TEXT_MAX], mostly[SP_COSTS_TEXT_MAX];
	int64_t nano = causes->after.nano - causes->before.nano;

	snprintf(name, sizeof name, "%s%s", causes->type == SP_SUBJECT_POOL ? "" : "  ", causes->id);
	sp_table_add(table, SP_COLOUR_PLAIN,
	             (const char *const[]){
	                 name, known ? sp_costs_usd((double)causes->before.nano / (double)SP_NANO, before) : "unknown",
	                 known ? sp_costs_usd((double)causes->after.nano / (double)SP_NANO, after) : "",
	                 known ? short_change(nano, change) : "", known ? usd_a_day(causes, nano, day) : "",
	                 known ? short_cause(largest_cause(causes), mostly) : ""});
	if (!known)
		sp_table_note(table, 4, causes->answer.reason);
}

sp_status sp_causes_list(const sp_causes *list, size_t n, const sp_screen *screen, FILE *out)
{
	static const sp_table_column columns[] = {{"sellable cost", SP_TABLE_LEFT},
	                                          {"before", SP_TABLE_POINT},
	                                          {"after", SP_TABLE_POINT},
	                                          {"change", SP_TABLE_POINT},
	                                          {"USD a day", SP_TABLE_POINT},
	                                          {"mostly", SP_TABLE_LEFT},
	                                          {0}};
	sp_table *table = sp_table_open(columns);
	sp_status status;

	if (!table)
		return SP_E_MEMORY;
	for (size_t i = 0; i < n; i++)
		add_row(table, &list[i]);
	status = sp_table_print(table, screen, out);
	sp_table_close(table);
	return status;
}

/* --- JSON --- */

static json_t *change_json(const sp_causes *causes, const char *key, const char *name, int64_t nano)
{
	json_t *day = causes->sold_known ? json_real((double)nano / (double)SP_NANO * causes->sold_per_day) : json_null();

	return json_pack("{s:s,s:o,s:o}", key, name, "usd", sp_costs_money_json(nano), "usd_per_day", day);
}

static json_t *known_json(const sp_causes *causes)
{
	json_t *parts = json_array(), *shifts = json_array(), *beside = json_array();

	for (int i = 0; i < SP_CAUSES; i++)
		json_array_append_new(parts, change_json(causes, "cause", sp_cause_name((sp_cause)i), causes->parts[i].nano));
	for (uint32_t i = 0; i < causes->n_shifts; i++)
		json_array_append_new(shifts, change_json(causes, "sku", causes->skus[i], causes->shifts[i].nano));
	for (size_t i = 0; causes->beside_known && i < BESIDES; i++)
		json_array_append_new(
		    beside, change_json(causes, "step", sp_waterfall_step_name(besides[i]), causes->beside[besides[i]].nano));
	return json_pack("{s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:b}", "before_usd", sp_costs_money_json(causes->before.nano),
	                 "after_usd", sp_costs_money_json(causes->after.nano), "change_usd",
	                 sp_costs_money_json(causes->after.nano - causes->before.nano), "causes", parts, "mix_shifts",
	                 shifts, "beside", causes->beside_known ? beside : (json_decref(beside), json_null()),
	                 "booked_after_usd", causes->beside_known ? sp_costs_money_json(causes->booked.nano) : json_null(),
	                 "mix_known", causes->mix_known);
}

json_t *sp_causes_json(const sp_causes *causes)
{
	static const char *const types[] = {
	    [SP_SUBJECT_POOL] = "pool", [SP_SUBJECT_FAMILY] = "family", [SP_SUBJECT_SKU] = "sku"};
	json_t *one = json_pack("{s:s,s:s,s:s}", "subject", causes->id, "type", types[causes->type], "unit", causes->unit);

	if (causes->answer.knowledge != SP_KNOWN)
		json_object_set_new(one, "unknown", json_string(causes->answer.reason));
	else
		json_object_update_new(one, known_json(causes));
	return one;
}
