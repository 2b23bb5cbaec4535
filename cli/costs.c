/* costs.c - see costs.h. */
#include "cli/costs.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/time.h"
#include "cli/bars.h"
#include "cli/number.h"
#include "cli/table.h"
#include "cli/wrap.h"

#define SMALL_USD 0.01 /* below it six places hide too much */
#define MOST_SOLD 1e18 /* a day; more is no count that anybody reads */

#define INDENT        2 /* [columns] a step below */
#define NAMES_SHOWN   4
#define LACK_LINE_MAX 2048

char *sp_costs_usd(double usd, char text[SP_COSTS_TEXT_MAX])
{
	int places = usd > -SMALL_USD && usd < SMALL_USD ? 9 : 6;

	snprintf(text, SP_COSTS_TEXT_MAX, "%.*f", usd > 0 || usd < 0 ? places : 0, usd);
	return text;
}

void sp_costs_when(const char *before, const sp_scene *scene, const sp_screen *screen, FILE *out)
{
	char line[1024], moment[SP_NUMBER_MAX], span[SP_NUMBER_MAX];
	int64_t span_ns = sp_tally_span(scene->tally);

	sp_number_moment(scene->t_ns / SP_SEC * SP_SEC, moment);
	if (scene->source == SP_SCENE_CONFIG)
		snprintf(line, sizeof line, "%sas of %s, from %.500s alone%s", before, moment, scene->name,
		         *before ? "" : ": " SP_COSTS_CONFIGURED);
	else if (span_ns > 0)
		snprintf(line, sizeof line, "%sas of %s, from %.500s; sold over the %s before", before, moment, scene->name,
		         sp_number_span(span_ns, span));
	else
		snprintf(line, sizeof line, "%sas of %s, from %.500s; of what was sold before nothing is recorded", before,
		         moment, scene->name);
	sp_wrap_line(out, screen, line, 0, (int)strlen(before));
}

/* --- one cost --- */

/* A cost with its name, whether it is known or not. */
typedef struct named_cost {
	const char *name;
	sp_answer answer;
	sp_figure usd;
} named_cost;

static void three_costs(const sp_costing *costing, named_cost costs[3])
{
	costs[0] = (named_cost){"sellable", costing->sellable_answer, costing->sellable.usd};
	costs[1] = (named_cost){"realised", costing->realised_answer, costing->realised.usd};
	costs[2] = (named_cost){"marginal", costing->marginal_answer, costing->marginal.usd};
}

static const char *value_text(const named_cost *cost, char text[SP_COSTS_TEXT_MAX])
{
	return cost->answer.knowledge == SP_KNOWN ? sp_costs_usd(cost->usd.value, text) : "unknown";
}

static const char *about_cost(const sp_costing *costing, const named_cost *cost)
{
	if (cost->answer.knowledge != SP_KNOWN)
		return cost->answer.reason;
	if (strcmp(cost->name, "marginal") == 0 && costing->full)
		return "at least: the pool is full";
	return "";
}

static void add_cost(sp_table *table, const sp_costing *costing, const named_cost *cost)
{
	bool known = cost->answer.knowledge == SP_KNOWN;
	char value[SP_COSTS_TEXT_MAX], low[SP_COSTS_TEXT_MAX], high[SP_COSTS_TEXT_MAX];

	sp_table_add(table, SP_COLOUR_PLAIN,
	             (const char *const[]){cost->name, value_text(cost, value),
	                                   known ? sp_costs_usd(cost->usd.low, low) : "",
	                                   known ? sp_costs_usd(cost->usd.high, high) : "",
	                                   known ? sp_basis_name(cost->usd.basis) : "", about_cost(costing, cost)});
}

static sp_status print_costs(const sp_costing *costing, const sp_screen *screen, FILE *out)
{
	static const sp_table_column columns[] = {{"cost", SP_TABLE_LEFT},
	                                          {"USD", SP_TABLE_POINT},
	                                          {"low", SP_TABLE_POINT},
	                                          {"high", SP_TABLE_POINT},
	                                          {"basis", SP_TABLE_LEFT},
	                                          {"", SP_TABLE_LEFT},
	                                          {0}};
	sp_table *table = sp_table_open(columns);
	named_cost costs[3];
	sp_status status;

	if (!table)
		return SP_E_MEMORY;
	three_costs(costing, costs);
	for (int i = 0; i < 3; i++)
		add_cost(table, costing, &costs[i]);
	status = sp_table_print(table, screen, out);
	sp_table_close(table);
	return status;
}

/* --- the waterfall --- */

#define BARS_MAX (SP_STEPS + 3)

static size_t add_total(sp_bar *bars, size_t n, const char *name, sp_money total)
{
	bars[n] = (sp_bar){name, 0, total.nano, true};
	return n + 1;
}

static size_t waterfall_bars(const sp_waterfall *fall, sp_bar bars[BARS_MAX])
{
	int last = fall->beside_known ? SP_STEPS : SP_STEP_MIX + 1;
	int64_t level = 0;
	size_t n = 0;

	for (int step = 0; step < last; step++) {
		int64_t before = level;
		level += fall->steps[step].nano;
		bars[n++] = (sp_bar){sp_waterfall_step_name((sp_waterfall_step)step), before, level, false};
		if (step == SP_STEP_MIX)
			n = add_total(bars, n, "= sellable", fall->sellable);
		if (step == SP_STEP_IDLE)
			n = add_total(bars, n, "= realised", fall->realised);
	}
	return fall->beside_known ? add_total(bars, n, "= booked", fall->booked) : n;
}

static void print_title(const sp_stock *stock, const sp_costing *costing, const sp_screen *screen, FILE *out)
{
	char line[1024], sold[SP_NUMBER_MAX];
	bool told = costing->sold_known && costing->sold_per_day < MOST_SOLD;

	snprintf(line, sizeof line, "%s%s%s, USD per %s%s%s%s", costing->id,
	         costing->type == SP_SUBJECT_POOL ? "" : " of pool ",
	         costing->type == SP_SUBJECT_POOL ? "" : stock->scene->setup->pools[stock->pool].id, costing->unit,
	         told ? "; " : "", told ? sp_number_count((uint64_t)(costing->sold_per_day + 0.5), sold) : "",
	         told ? " sold a day" : "");
	sp_wrap_line(out, screen, line, 0, 2);
	putc('\n', out);
}

sp_status sp_costs_one(const sp_stock *stock, const sp_costing *costing, bool drawn, const sp_screen *screen, FILE *out)
{
	sp_bar bars[BARS_MAX];
	sp_status status;

	print_title(stock, costing, screen, out);
	status = print_costs(costing, screen, out);
	if (costing->sellable_answer.knowledge != SP_KNOWN || status != SP_OK)
		return status;
	putc('\n', out);
	sp_bars_draw(bars, waterfall_bars(&costing->fall, bars), drawn, screen, out);
	return SP_OK;
}

/* --- many --- */

/* What most rows have alike: it is said once below the table, and of a row only where that one differs. */
typedef struct costs_alike {
	const char *units[SP_SUBJECT_SKU + 1]; /* by sp_subject_type; NULL: none is listed */
	int basis;                             /* sp_basis; -1: no cost is known */
	uint32_t top;                          /* sp_subject_type of the first row: it stands at the margin */
} costs_alike;

static bool is_known(const sp_costing *costing)
{
	return costing->sellable_answer.knowledge == SP_KNOWN;
}

static costs_alike alike_of(const sp_costing *costings, size_t n)
{
	costs_alike alike = {.basis = -1, .top = n > 0 ? costings[0].type : SP_SUBJECT_POOL};

	for (size_t i = 0; i < n; i++) {
		const char **unit = &alike.units[costings[i].type];
		*unit = *unit ? *unit : costings[i].unit;
		if (alike.basis < 0 && is_known(&costings[i]))
			alike.basis = (int)costings[i].sellable.usd.basis;
	}
	return alike;
}

static int depth_of(uint32_t type)
{
	return type == SP_SUBJECT_POOL ? 0 : type == SP_SUBJECT_FAMILY ? 1 : 2;
}

/* Below its row: what is not as the others have it. */
static void note_row(sp_table *table, const sp_costing *costing, const costs_alike *alike, int indent)
{
	char line[SP_COSTING_UNIT_MAX + 16];

	if (strcmp(costing->unit, alike->units[costing->type]) != 0) {
		snprintf(line, sizeof line, "per %s", costing->unit);
		sp_table_note(table, indent, line);
	}
	if (is_known(costing) && (int)costing->sellable.usd.basis != alike->basis)
		sp_table_note(table, indent, sp_basis_name(costing->sellable.usd.basis));
}

static void add_row(sp_table *table, const sp_costing *costing, const costs_alike *alike)
{
	int indent = INDENT * (depth_of(costing->type) - depth_of(alike->top));
	char name[SP_ID_MAX + 8], texts[5][SP_COSTS_TEXT_MAX];
	named_cost costs[3];

	SP_ASSERT(indent >= 0);
	three_costs(costing, costs);
	snprintf(name, sizeof name, "%*s%s", indent, "", costing->id);
	sp_table_add(table, SP_COLOUR_PLAIN,
	             (const char *const[]){name, value_text(&costs[0], texts[0]),
	                                   is_known(costing) ? sp_costs_usd(costs[0].usd.low, texts[1]) : "",
	                                   is_known(costing) ? sp_costs_usd(costs[0].usd.high, texts[2]) : "",
	                                   value_text(&costs[1], texts[3]), value_text(&costs[2], texts[4])});
	note_row(table, costing, alike, indent + INDENT);
}

static void say_alike(const costs_alike *alike, const sp_screen *screen, FILE *out)
{
	static const struct {
		uint32_t type;
		const char *word;
	} types[] = {{SP_SUBJECT_POOL, "a pool's"}, {SP_SUBJECT_FAMILY, "a family's"}, {SP_SUBJECT_SKU, "a SKU's"}};
	char line[4 * SP_COSTING_UNIT_MAX] = "";
	int n = 0;

	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
		if (alike->units[types[i].type])
			n += snprintf(line + n, sizeof line - (size_t)n, "%s %s per %s", n > 0 ? ";" : "USD:", types[i].word,
			              alike->units[types[i].type]);
	if (alike->basis >= 0)
		snprintf(line + n, sizeof line - (size_t)n, ". Weights and capacity: %s",
		         sp_basis_name((sp_basis)alike->basis));
	sp_wrap_line(out, screen, line, 0, 2);
}

sp_status sp_costs_list(const sp_costing *costings, size_t n, const sp_screen *screen, FILE *out)
{
	static const sp_table_column columns[] = {{"", SP_TABLE_LEFT},
	                                          {"sellable", SP_TABLE_POINT},
	                                          {"low", SP_TABLE_POINT},
	                                          {"high", SP_TABLE_POINT},
	                                          {"realised", SP_TABLE_POINT},
	                                          {"marginal", SP_TABLE_POINT},
	                                          {0}};
	sp_table *table = sp_table_open(columns);
	costs_alike alike = alike_of(costings, n);
	sp_status status;

	if (!table)
		return SP_E_MEMORY;
	for (size_t i = 0; i < n; i++)
		add_row(table, &costings[i], &alike);
	status = sp_table_print(table, screen, out);
	sp_table_close(table);
	if (n > 0)
		say_alike(&alike, screen, out);
	return status;
}

/* --- what is not known --- */

/* Whom a lack is of: the pool, or one of its lots. */
static const char *lack_subject(const sp_stock *stock, sp_lack lack)
{
	const sp_setup *setup = stock->scene->setup;

	if (lack == SP_LACK_price || lack == SP_LACK_running)
		return sp_ids_name(setup->names, setup->lots[stock->lot_lack[lack == SP_LACK_running]].subject);
	return setup->pools[stock->pool].id;
}

/* All that lack it: a few by name, the rest by their number. 0: none does. */
static uint32_t name_lack(const sp_view *view, const uint32_t *lacks, sp_lack lack, FILE *out)
{
	char more[2 * SP_NUMBER_MAX];
	uint32_t n = 0;

	for (uint32_t i = 0; i < view->n_stocks; i++) {
		if (!(lacks[i] >> lack & 1))
			continue;
		if (n < NAMES_SHOWN)
			fprintf(out, "%s%s", n > 0 ? ", " : "", lack_subject(&view->stocks[i], lack));
		n++;
	}
	if (n > NAMES_SHOWN)
		fprintf(out, " and %s", sp_number_plural(n - NAMES_SHOWN, "other", more));
	return n;
}

void sp_costs_lacks(const sp_view *view, const uint32_t *lacks, const sp_screen *screen, FILE *out)
{
	bool any = false;

	for (int i = 0; i < SP_LACKS; i++) {
		char line[LACK_LINE_MAX];
		FILE *text = fmemopen(line, sizeof line, "w");
		uint32_t n = text ? name_lack(view, lacks, (sp_lack)i, text) : 0;
		if (text) {
			fprintf(text, ": %s; %s", sp_lack_what((sp_lack)i), sp_lack_cure((sp_lack)i));
			fclose(text);
		}
		if (n == 0)
			continue;
		fprintf(out, "%s  ", any ? "" : "\nNot known, and what to do:\n");
		sp_wrap_line(out, screen, line, 2, 4);
		any = true;
	}
}

/* --- JSON --- */

json_t *sp_costs_money_json(int64_t nano)
{
	char text[SP_DECIMAL_TEXT_MAX];

	return json_string(sp_decimal_format(nano, text));
}

static json_t *cost_json(const named_cost *cost)
{
	sp_amount amount;

	if (cost->answer.knowledge != SP_KNOWN)
		return json_pack("{s:s}", "unknown", cost->answer.reason);
	if (sp_amount_of(cost->usd, &amount) != SP_OK)
		return json_pack("{s:s}", "unknown", "more than can be held");
	return json_pack("{s:o,s:o,s:o,s:s}", "usd", sp_costs_money_json(amount.value.nano), "low_usd",
	                 sp_costs_money_json(amount.low.nano), "high_usd", sp_costs_money_json(amount.high.nano), "basis",
	                 sp_basis_name(amount.basis));
}

/* "raw GPU" as a key: "raw_gpu". */
static void step_key(const char *name, char key[SP_COSTS_TEXT_MAX])
{
	size_t i = 0;

	for (; name[i] && i + 1 < SP_COSTS_TEXT_MAX; i++)
		key[i] = (char)(name[i] == ' ' ? '_' : name[i] >= 'A' && name[i] <= 'Z' ? name[i] - 'A' + 'a' : name[i]);
	key[i] = '\0';
}

static json_t *waterfall_json(const sp_waterfall *fall)
{
	json_t *steps = json_array();
	int last = fall->beside_known ? SP_STEPS : SP_STEP_MIX + 1;
	char key[SP_COSTS_TEXT_MAX];

	for (int step = 0; step < last; step++) {
		step_key(sp_waterfall_step_name((sp_waterfall_step)step), key);
		json_array_append_new(steps,
		                      json_pack("{s:s,s:o}", "step", key, "usd", sp_costs_money_json(fall->steps[step].nano)));
	}
	return json_pack("{s:o,s:o,s:o,s:o}", "steps", steps, "sellable_usd", sp_costs_money_json(fall->sellable.nano),
	                 "realised_usd", fall->beside_known ? sp_costs_money_json(fall->realised.nano) : json_null(),
	                 "booked_usd", fall->beside_known ? sp_costs_money_json(fall->booked.nano) : json_null());
}

json_t *sp_costs_json(const sp_costing *costing)
{
	static const char *const types[] = {
	    [SP_SUBJECT_POOL] = "pool", [SP_SUBJECT_FAMILY] = "family", [SP_SUBJECT_SKU] = "sku"};
	bool known = costing->sellable_answer.knowledge == SP_KNOWN;
	named_cost costs[3];

	three_costs(costing, costs);
	return json_pack("{s:s,s:s,s:s,s:o,s:o,s:o,s:b,s:o,s:o}", "subject", costing->id, "type", types[costing->type],
	                 "unit", costing->unit, "sellable", cost_json(&costs[0]), "realised", cost_json(&costs[1]),
	                 "marginal", cost_json(&costs[2]), "full", costing->full, "waterfall",
	                 known ? waterfall_json(&costing->fall) : json_null(), "sold_per_day",
	                 costing->sold_known ? json_real(costing->sold_per_day) : json_null());
}

json_t *sp_costs_lacks_json(const sp_stock *stock, uint32_t lacks)
{
	json_t *list = json_array();

	for (int i = 0; i < SP_LACKS; i++) {
		sp_lack lack = (sp_lack)i;
		if (lacks >> i & 1)
			json_array_append_new(list, json_pack("{s:s,s:s,s:s,s:s}", "lack", sp_lack_name(lack), "subject",
			                                      lack_subject(stock, lack), "what", sp_lack_what(lack), "cure",
			                                      sp_lack_cure(lack)));
	}
	return list;
}
