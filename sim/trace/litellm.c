/* litellm.c - requests that a LiteLLM proxy logged (its table SpendLogs, exported as CSV), as demand of SKUs and revenue of families.
 *
 *     demand [meter quantity/s] = tokens of the hour / 3600,   by the family's SKUs with the meters input, cached, cache_write, output
 *     revenue [USD] = the hour's sum of spend,                 by family
 *
 * An hour's values are dated at its last nanosecond (R12); from its first row on a family has values in every hour of the trace. Rows
 * must be in order of startTime, as ORDER BY "startTime" gives them.
 *
 * A model is the family of that name, else of its model_group's (what customers ask for), else of its name without what stands before a
 * slash ("hosted_vllm/chat"); subject=FAMILY takes all rows into one (with model=NAME to choose them). `spend` is what the proxy
 * booked by its own price map: revenue only where its prices are yours. It was held as a double there, so places beyond 10^-18 USD are
 * dropped; the hour's sum is rounded once. Prompt tokens count those read from a cache and written to one, too; how many says the
 * row's metadata, which docs/imports.md exports as two columns. Without these, or without such SKUs, all of them are input. */
#include "sim/trace/preset.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/ids.h"
#include "base/time.h"
#include "sim/import/exact.h"
#include "sim/trace/stretch.h"
#include "sim/trace/subject.h"
#include "sim/trace/whole.h"

enum {
	LITELLM_TIME,
	LITELLM_MODEL,
	LITELLM_PROMPT,
	LITELLM_COMPLETION,
	LITELLM_SPEND,
	LITELLM_GROUP,
	LITELLM_CACHE_READ,
	LITELLM_CACHE_WRITTEN
};
enum { LITELLM_INPUT, LITELLM_OUTPUT, LITELLM_CACHED, LITELLM_WRITTEN, LITELLM_METERS };
#define LITELLM_REVENUE LITELLM_METERS /* the item after the meters' demand */
#define LITELLM_ITEMS   (LITELLM_METERS + 1)

#define LITELLM_TOKENS_MAX UINT64_C(1000000000) /* in one request; more is no request */

typedef struct litellm_sum {
	bool seen;
	uint32_t skus[LITELLM_METERS]; /* SP_NO_SLOT: the family has none */
	uint64_t tokens[LITELLM_METERS];
	sp_exact spend;
} litellm_sum;

typedef struct litellm_row {
	int64_t t_ns;
	uint32_t family;
	uint64_t tokens[LITELLM_METERS];
	sp_exact spend;
} litellm_row;

typedef struct litellm_state {
	sp_stretch stretch;
	litellm_sum *sums; /* owned; by family */
	uint32_t chosen;   /* family that takes all rows; SP_NO_SLOT: by model */
	bool holds;
	litellm_row held;
} litellm_state;

static bool litellm_fits(const sp_setup *setup, uint32_t family)
{
	(void)setup;
	(void)family;
	return true;
}

static const sp_trace_choice litellm_choice = {SP_SUBJECT_FAMILY, "a family", litellm_fits};

static void litellm_find_skus(const sp_setup *setup, uint32_t family, litellm_sum *sum)
{
	static const char *const meters[LITELLM_METERS] = {"input", "output", "cached", "cache_write"};
	const sp_family_setup *from = &setup->families[family];
	for (uint32_t m = 0; m < LITELLM_METERS; m++) {
		sum->skus[m] = SP_NO_SLOT;
		for (uint32_t i = from->first_sku; i < from->first_sku + from->n_skus; i++)
			if (strcmp(setup->skus[i].meter, meters[m]) == 0)
				sum->skus[m] = i;
	}
}

static sp_status litellm_begin(sp_trace *trace, sp_message *message)
{
	litellm_state *state = trace->state;
	state->stretch.width_ns = SP_HOUR;
	state->chosen = SP_NO_SLOT;
	state->sums = calloc(trace->setup->n_families + 1, sizeof *state->sums);
	if (state->sums == NULL)
		return SP_E_MEMORY;
	for (uint32_t i = 0; i < trace->setup->n_families; i++)
		litellm_find_skus(trace->setup, i, &state->sums[i]);
	if (sp_spec_find(&trace->spec, "subject") == NULL)
		return SP_OK;
	return sp_trace_choose(trace, &litellm_choice, &state->chosen, message);
}

static void litellm_fini(sp_trace *trace)
{
	free(((litellm_state *)trace->state)->sums);
}

/* --- a row --- */

static uint32_t litellm_find(const sp_setup *setup, const char *name, size_t n)
{
	uint32_t subject = sp_ids_find(setup->names, name, n);
	bool family = subject != SP_NO_SLOT && setup->subjects[subject].type == SP_SUBJECT_FAMILY;
	return family ? setup->subjects[subject].slot : SP_NO_SLOT;
}

/* Without the provider, and whatever else stands before a slash. */
static uint32_t litellm_find_bare(const sp_setup *setup, const sp_csv_field *model)
{
	uint32_t found = SP_NO_SLOT;
	for (size_t i = 0; found == SP_NO_SLOT && i + 1 < model->n; i++)
		if (model->text[i] == '/')
			found = litellm_find(setup, model->text + i + 1, model->n - i - 1);
	return found;
}

static sp_status litellm_read_family(const sp_trace *trace, uint32_t *family, sp_message *message)
{
	const litellm_state *state = trace->state;
	const sp_csv_field *model = sp_trace_field(trace, LITELLM_MODEL), *group = NULL;
	char shown[SP_EXCERPT_MAX];
	*family = state->chosen;
	if (*family != SP_NO_SLOT)
		return SP_OK;
	if (trace->columns[LITELLM_GROUP] != SP_CSV_FIELDS_MAX)
		group = sp_trace_field(trace, LITELLM_GROUP);
	*family = litellm_find(trace->setup, model->text, model->n);
	if (*family == SP_NO_SLOT && group != NULL)
		*family = litellm_find(trace->setup, group->text, group->n);
	if (*family == SP_NO_SLOT)
		*family = litellm_find_bare(trace->setup, model);
	if (*family != SP_NO_SLOT)
		return SP_OK;
	return sp_message_set(
	    message, SP_E_UNKNOWN,
	    "model: no family '%s' in the configuration; choose rows with model=NAME and name theirs with "
	    "subject=FAMILY",
	    sp_excerpt(model->text, model->n, shown));
}

static sp_status litellm_read_tokens(const sp_trace *trace, uint32_t column, uint64_t *tokens, sp_message *message)
{
	const sp_csv_field *field = sp_trace_field(trace, column);
	char shown[SP_EXCERPT_MAX];
	sp_status status = sp_whole_parse(field->text, field->n, LITELLM_TOKENS_MAX, tokens);
	if (status == SP_OK)
		return SP_OK;
	return sp_message_set(message, status, "%s: '%s' is no count of tokens", trace->preset->columns[column],
	                      sp_excerpt(field->text, field->n, shown));
}

/* Tokens of a prompt that have a meter of their own; an empty cell tells of none. */
static sp_status litellm_read_part(const sp_trace *trace, uint32_t column, uint32_t sku, uint64_t *tokens,
                                   sp_message *message)
{
	*tokens = 0;
	if (sku == SP_NO_SLOT || trace->columns[column] == SP_CSV_FIELDS_MAX || sp_trace_field(trace, column)->n == 0)
		return SP_OK;
	return litellm_read_tokens(trace, column, tokens, message);
}

static sp_status litellm_read_prompt(const sp_trace *trace, litellm_row *row, sp_message *message)
{
	const litellm_state *state = trace->state;
	const uint32_t *skus = state->sums[row->family].skus;
	uint64_t *tokens = row->tokens, whole, parts;
	sp_status status = litellm_read_tokens(trace, LITELLM_PROMPT, &whole, message);
	if (status == SP_OK)
		status = litellm_read_part(trace, LITELLM_CACHE_READ, skus[LITELLM_CACHED], &tokens[LITELLM_CACHED], message);
	if (status == SP_OK)
		status =
		    litellm_read_part(trace, LITELLM_CACHE_WRITTEN, skus[LITELLM_WRITTEN], &tokens[LITELLM_WRITTEN], message);
	if (status != SP_OK)
		return status;
	parts = tokens[LITELLM_CACHED] + tokens[LITELLM_WRITTEN];
	tokens[LITELLM_INPUT] = whole > parts ? whole - parts : 0; /* some providers count the parts beside the whole */
	return SP_OK;
}

static sp_status litellm_read_spend(const sp_trace *trace, sp_exact *spend, sp_message *message)
{
	const sp_csv_field *field = sp_trace_field(trace, LITELLM_SPEND);
	char shown[SP_EXCERPT_MAX];
	sp_status status = sp_exact_parse_rounded(field->text, field->n, spend);
	if (status == SP_OK && spend->atto >= 0)
		return SP_OK;
	return sp_message_set(message, status == SP_OK ? SP_E_RANGE : status,
	                      "spend: '%s' is no amount; expected USD such as 0.0125",
	                      sp_excerpt(field->text, field->n, shown));
}

/* Checks the sum before it is kept: a row that cannot be taken in changes nothing. */
static sp_status litellm_fold(litellm_state *state, const litellm_row *row, sp_message *message)
{
	litellm_sum *sum = &state->sums[row->family];
	sp_exact spend, residue;
	sp_money money;
	if (sp_exact_add(sum->spend, row->spend, &spend) != SP_OK || sp_exact_money(spend, &money, &residue) != SP_OK ||
	    sp_kind_check(SP_KIND_revenue, (sp_value){.nano = money.nano}) != SP_OK)
		return sp_message_set(message, SP_E_RANGE, "spend: the hour's sum is beyond 1000000000 USD");
	sum->spend = spend;
	for (uint32_t m = 0; m < LITELLM_METERS; m++)
		sum->tokens[m] += row->tokens[m];
	sum->seen = true;
	return SP_OK;
}

static sp_status litellm_read_row(const sp_trace *trace, litellm_row *row, sp_message *message)
{
	sp_status status = sp_trace_read_time(trace, LITELLM_TIME, &row->t_ns, message);
	if (status == SP_OK)
		status = litellm_read_family(trace, &row->family, message);
	if (status == SP_OK)
		status = litellm_read_prompt(trace, row, message);
	if (status == SP_OK)
		status = litellm_read_tokens(trace, LITELLM_COMPLETION, &row->tokens[LITELLM_OUTPUT], message);
	return status == SP_OK ? litellm_read_spend(trace, &row->spend, message) : status;
}

/* Bad it stays; but its dollars are not lost. */
static void litellm_note_unmatched(sp_trace *trace)
{
	const sp_csv_field *model = sp_trace_field(trace, LITELLM_MODEL);
	sp_trace_counts *counts = &trace->counts;
	sp_exact spend;
	sp_message what;
	if (litellm_read_spend(trace, &spend, &what) != SP_OK ||
	    sp_exact_add(counts->unmatched_usd, spend, &counts->unmatched_usd) != SP_OK)
		return;
	if (counts->unmatched++ == 0)
		sp_excerpt(model->text, model->n, counts->unmatched_name);
}

static sp_status litellm_take(sp_trace *trace, sp_message *message)
{
	litellm_state *state = trace->state;
	litellm_row row;
	sp_message what;
	sp_status status = litellm_read_row(trace, &row, message);
	if (status == SP_E_UNKNOWN)
		litellm_note_unmatched(trace);
	if (status != SP_OK)
		return status;
	if (litellm_fold(&(litellm_state){.sums = &(litellm_sum){0}}, &(litellm_row){.spend = row.spend}, &what) != SP_OK)
		return sp_message_set(message, SP_E_RANGE, "%s", what.text); /* so that a held row always fits */
	sp_stretch_place place = sp_stretch_take(&state->stretch, row.t_ns);
	if (place == SP_STRETCH_NOW)
		return litellm_fold(state, &row, message);
	if (place != SP_STRETCH_LATER)
		return sp_stretch_refuse(&state->stretch, place, trace->preset->columns[LITELLM_TIME], message);
	state->held = row;
	state->holds = true;
	return SP_OK;
}

/* --- the records --- */

/* False where the family has no such SKU. */
static bool litellm_make(const sp_trace *trace, uint32_t item, sp_trace_record *record)
{
	const litellm_state *state = trace->state;
	uint32_t family = item / LITELLM_ITEMS, what = item % LITELLM_ITEMS;
	const litellm_sum *sum = &state->sums[family];
	sp_exact residue;
	sp_money money = {0};
	if (!sum->seen || (what != LITELLM_REVENUE && sum->skus[what] == SP_NO_SLOT))
		return false;
	*record = (sp_trace_record){.t_ns = sp_stretch_stamp(&state->stretch), .source = trace->preset->name};
	if (what == LITELLM_REVENUE) {
		sp_status status = sp_exact_money(sum->spend, &money, &residue);
		SP_ASSERT(status == SP_OK);
		record->kind = SP_KIND_revenue;
		record->subject = trace->setup->families[family].subject;
		record->value.nano = money.nano;
		return true;
	}
	record->kind = SP_KIND_demand;
	record->subject = trace->setup->skus[sum->skus[what]].subject;
	record->value.real = (double)sum->tokens[what] / 3600.0;
	return true;
}

static void litellm_clear(litellm_state *state, uint32_t n_families)
{
	for (uint32_t i = 0; i < n_families; i++) {
		memset(state->sums[i].tokens, 0, sizeof state->sums[i].tokens);
		state->sums[i].spend = (sp_exact){0};
	}
}

static bool litellm_emit(sp_trace *trace, sp_trace_record *record)
{
	litellm_state *state = trace->state;
	sp_stretch *stretch = &state->stretch;
	while (stretch->closing) {
		while (stretch->item < trace->setup->n_families * LITELLM_ITEMS)
			if (litellm_make(trace, stretch->item++, record))
				return true;
		litellm_clear(state, trace->setup->n_families);
		sp_stretch_advance(stretch);
	}
	if (state->holds) {
		sp_status status = litellm_fold(state, &state->held, NULL); /* into sums of 0 */
		SP_ASSERT(status == SP_OK);
		state->holds = false;
	}
	return false;
}

static void litellm_end(sp_trace *trace)
{
	sp_stretch_end(&((litellm_state *)trace->state)->stretch);
}

const sp_trace_preset sp_preset_litellm_spendlogs = {
    .name = "litellm-spendlogs",
    .help = "Requests that a LiteLLM proxy logged, as demand of SKUs and revenue of families by hour; model names a "
            "family.",
    .columns = {"startTime", "model", "prompt_tokens", "completion_tokens", "spend", "model_group",
                "cache_read_input_tokens", "cache_creation_input_tokens"},
    .n_required = 5,
    .options = {"subject"},
    .state_size = sizeof(litellm_state),
    .begin = litellm_begin,
    .row = litellm_take,
    .emit = litellm_emit,
    .end = litellm_end,
    .fini = litellm_fini,
};
