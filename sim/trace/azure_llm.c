/* azure_llm.c - LLM requests of a production service, one a row, as demand of a family's SKUs.
 *
 * source  AzurePublicDataset, AzureLLMInferenceTrace_*.csv (Patel et al., Splitwise, ISCA 2024): TIMESTAMP with seven
 *         fractional digits and no zone, ContextTokens, GeneratedTokens; \r\n, no end of the last line.
 *
 *     demand [tokens/s] = tokens of the period's rows / what the trace covers of the period,   dated at its last nanosecond (R12)
 *
 * subject= names a family; its SKUs' meters choose the columns (R21): `input` takes ContextTokens, `output` GeneratedTokens. A period
 * without rows inside the trace is 0. */
#include "sim/trace/preset.h"

#include <string.h>

#include "base/assert.h"
#include "base/time.h"
#include "sim/trace/whole.h"
#include "sim/trace/subject.h"
#include "sim/trace/stretch.h"

enum { AZURE_TIME, AZURE_INPUT, AZURE_OUTPUT };
#define AZURE_METERS 2 /* in the order of the columns from AZURE_INPUT on */

/* No request has a billion tokens; and a period's sum stays far inside the range of demand. */
#define AZURE_TOKENS_MAX UINT64_C(1000000000)
#define AZURE_PERIOD_MAX UINT64_C(1000000000000000)

typedef struct azure_row {
	int64_t t_ns;
	uint64_t tokens[AZURE_METERS];
} azure_row;

typedef struct azure_state {
	sp_stretch stretch;
	uint32_t n_meters, meters[AZURE_METERS]; /* those the family bills, 0: input */
	uint32_t subjects[AZURE_METERS];         /* of their SKUs */
	uint64_t sums[AZURE_METERS];
	azure_row held; /* the row that closed the period */
	bool holds;
} azure_state;

static const char *const azure_meters[AZURE_METERS] = {"input", "output"};

/* How many SKUs of the family bill this meter; *sku is the last. */
static uint32_t azure_bills(const sp_setup *setup, uint32_t family, uint32_t meter, uint32_t *sku)
{
	const sp_family_setup *row = &setup->families[family];
	uint32_t n = 0;
	for (uint32_t i = row->first_sku; i < row->first_sku + row->n_skus; i++)
		if (strcmp(setup->skus[i].meter, azure_meters[meter]) == 0) {
			*sku = i;
			n++;
		}
	return n;
}

static bool azure_fits(const sp_setup *setup, uint32_t family)
{
	uint32_t sku;
	return azure_bills(setup, family, 0, &sku) + azure_bills(setup, family, 1, &sku) > 0;
}

static const sp_trace_choice azure_choice = {SP_SUBJECT_FAMILY, "a family with an SKU of meter input or output",
                                             azure_fits};

static sp_status azure_begin(sp_trace *trace, sp_message *message)
{
	azure_state *state = trace->state;
	uint32_t family, sku;
	sp_status status = sp_trace_choose(trace, &azure_choice, &family, message);
	if (status != SP_OK)
		return status;
	for (uint32_t meter = 0; meter < AZURE_METERS; meter++) {
		uint32_t n = azure_bills(trace->setup, family, meter, &sku);
		if (n > 1)
			return sp_message_set(
			    message, SP_E_UNKNOWN,
			    "trace '%s': %u SKUs of family %s have the meter %s; a request's tokens can go to one only",
			    trace->spec_text, n, trace->setup->families[family].id, azure_meters[meter]);
		if (n == 0)
			continue;
		state->meters[state->n_meters] = meter;
		state->subjects[state->n_meters++] = trace->setup->skus[sku].subject;
	}
	state->stretch.width_ns = trace->setup->period_ns;
	return SP_OK;
}

static sp_status azure_read_tokens(const sp_trace *trace, uint32_t column, uint64_t *tokens, sp_message *message)
{
	const sp_csv_field *field = sp_trace_field(trace, column);
	char shown[SP_EXCERPT_MAX];
	sp_status status = sp_whole_parse(field->text, field->n, AZURE_TOKENS_MAX, tokens);
	if (status == SP_OK)
		return SP_OK;
	return sp_message_set(message, status, "%s: '%s' is no count of tokens; expected a whole number up to 1000000000",
	                      trace->preset->columns[column], sp_excerpt(field->text, field->n, shown));
}

static bool azure_fold(azure_state *state, const azure_row *row)
{
	for (uint32_t i = 0; i < AZURE_METERS; i++)
		if (state->sums[i] > AZURE_PERIOD_MAX - row->tokens[i])
			return false;
	for (uint32_t i = 0; i < AZURE_METERS; i++)
		state->sums[i] += row->tokens[i];
	return true;
}

static sp_status azure_take(sp_trace *trace, sp_message *message)
{
	azure_state *state = trace->state;
	azure_row row;
	sp_status status = sp_trace_read_time(trace, AZURE_TIME, &row.t_ns, message);
	if (status == SP_OK)
		status = azure_read_tokens(trace, AZURE_INPUT, &row.tokens[0], message);
	if (status == SP_OK)
		status = azure_read_tokens(trace, AZURE_OUTPUT, &row.tokens[1], message);
	if (status != SP_OK)
		return status;
	sp_stretch_place place = sp_stretch_take(&state->stretch, row.t_ns);
	if (place == SP_STRETCH_NOW)
		return azure_fold(state, &row) ? SP_OK
		                               : sp_message_set(message, SP_E_RANGE, "row: over 10^15 tokens in one period");
	if (place != SP_STRETCH_LATER)
		return sp_stretch_refuse(&state->stretch, place, trace->preset->columns[AZURE_TIME], message);
	state->held = row;
	state->holds = true;
	return SP_OK;
}

static bool azure_emit(sp_trace *trace, sp_trace_record *record)
{
	azure_state *state = trace->state;
	sp_stretch *stretch = &state->stretch;
	while (stretch->closing) {
		if (stretch->item < state->n_meters) {
			uint32_t i = stretch->item++;
			double tokens = (double)state->sums[state->meters[i]];
			*record = (sp_trace_record){.t_ns = sp_stretch_stamp(stretch),
			                            .kind = SP_KIND_demand,
			                            .subject = state->subjects[i],
			                            .value.real = tokens * 1e9 / (double)sp_stretch_covered(stretch),
			                            .source = trace->preset->name};
			return true;
		}
		memset(state->sums, 0, sizeof state->sums);
		sp_stretch_advance(stretch);
	}
	if (state->holds) {
		bool folded = azure_fold(state, &state->held); /* into sums of 0 */
		SP_ASSERT(folded);
		state->holds = false;
	}
	return false;
}

static void azure_end(sp_trace *trace)
{
	sp_stretch_end(&((azure_state *)trace->state)->stretch);
}

const sp_trace_preset sp_preset_azure_llm = {
    .name = "azure-llm",
    .help = "LLM requests, one a row, summed per period into demand of a family's input and output SKUs.",
    .columns = {"TIMESTAMP", "ContextTokens", "GeneratedTokens"},
    .n_required = 3,
    .options = {"subject"},
    .state_size = sizeof(azure_state),
    .begin = azure_begin,
    .row = azure_take,
    .emit = azure_emit,
    .end = azure_end,
};
