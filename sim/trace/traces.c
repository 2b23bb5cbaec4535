/* traces.c - see traces.h. A head per trace: its next record, shifted; the least head goes first. */
#include "sim/trace/traces.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/time.h"

typedef struct traces_head {
	sp_trace *trace;
	int64_t shift_ns;
	bool waits; /* `record` is next; else the trace has ended */
	sp_trace_record record;
	uint64_t given;
} traces_head;

struct sp_traces {
	sp_until until;
	int64_t period_ns, first_ns;
	int64_t end_ns; /* shortest: the earliest last record of an ended trace */
	uint32_t n;
	bool broken;
	uint32_t given; /* the head whose record was given last, to be advanced; SP_TRACES_MAX: none */
	traces_head heads[SP_TRACES_MAX];
};

sp_status sp_until_parse(const char *text, sp_until *until, sp_message *message)
{
	SP_ASSERT(text != NULL && until != NULL);
	int64_t t_ns = 0;
	if (strcmp(text, "shortest") == 0) {
		*until = (sp_until){SP_UNTIL_SHORTEST, 0};
	} else if (strcmp(text, "longest") == 0) {
		*until = (sp_until){SP_UNTIL_LONGEST, 0};
	} else if (sp_time_parse(text, strlen(text), &t_ns) == SP_OK) {
		*until = (sp_until){SP_UNTIL_TIME, t_ns};
	} else {
		return sp_message_set(message, SP_E_SYNTAX,
		                      "until '%s': expected shortest, longest or a time such as 2026-11-24T00:00:00Z", text);
	}
	return SP_OK;
}

/* --- heads --- */

static sp_status head_shift(traces_head *head, sp_message *message)
{
	int64_t t_ns = head->record.t_ns + head->shift_ns; /* both below 2^63 / 2 */
	if (t_ns < SP_TIME_MIN_NS || t_ns >= SP_TIME_MAX_NS)
		return sp_message_set(message, SP_E_RANGE, "%s: align=start shifts it out of the years 1970 to 2200",
		                      sp_trace_file_name(head->trace));
	head->record.t_ns = t_ns;
	return SP_OK;
}

static sp_status traces_advance(sp_traces *traces, traces_head *head, sp_message *message)
{
	int64_t last_ns = head->record.t_ns;
	sp_status status = sp_trace_next(head->trace, &head->record, message);
	head->waits = status == SP_OK;
	if (status == SP_OK)
		return head_shift(head, message);
	if (status == SP_E_END && last_ns < traces->end_ns)
		traces->end_ns = last_ns;
	return status == SP_E_END ? SP_OK : status;
}

/* The head to be given next; ties go to the earlier spec. NULL: every trace has ended. */
static traces_head *traces_least(sp_traces *traces)
{
	traces_head *least = NULL;
	for (uint32_t i = 0; i < traces->n; i++) {
		traces_head *head = &traces->heads[i];
		if (head->waits && (least == NULL || head->record.t_ns < least->record.t_ns))
			least = head;
	}
	return least;
}

static bool traces_is_over(const sp_traces *traces, const traces_head *least)
{
	if (least == NULL)
		return true;
	switch (traces->until.kind) {
	case SP_UNTIL_TIME:
		return least->record.t_ns >= traces->until.t_ns;
	case SP_UNTIL_SHORTEST:
		return least->record.t_ns > traces->end_ns;
	default:
		return false;
	}
}

/* --- open --- */

static sp_status traces_check_specs(const char *const *specs, uint32_t n, sp_message *message)
{
	uint32_t n_stdin = 0;
	if (n == 0 || n > SP_TRACES_MAX)
		return sp_message_set(message, SP_E_RANGE, "%u traces given; between 1 and %d can be read together", n,
		                      SP_TRACES_MAX);
	for (uint32_t i = 0; i < n; i++) {
		const char *file = strchr(specs[i], ':');
		n_stdin += file != NULL && (strcmp(file, ":-") == 0 || strncmp(file, ":-,", 3) == 0);
	}
	if (n_stdin > 1)
		return sp_message_set(message, SP_E_SYNTAX, "standard input (-) is given %u times; it can be read once",
		                      n_stdin);
	return SP_OK;
}

static sp_status traces_open_head(sp_traces *traces, const char *spec, const sp_setup *setup,
                                  const sp_traces_options *options, sp_message *message)
{
	traces_head *head = &traces->heads[traces->n];
	sp_trace_options one = {.skip_bad = options != NULL && options->skip_bad};
	sp_status status = sp_trace_open(spec, setup, &one, &head->trace, message);
	if (status != SP_OK)
		return status;
	traces->n++;
	status = sp_trace_next(head->trace, &head->record, message);
	if (status == SP_E_END) {
		sp_trace_counts counts;
		sp_trace_count(head->trace, &counts);
		return sp_message_set(message, SP_E_SYNTAX,
		                      "%s: gives no record: %llu rows, %llu of them filtered and %llu bad; look at the filters",
		                      sp_trace_file_name(head->trace), (unsigned long long)counts.rows,
		                      (unsigned long long)counts.filtered, (unsigned long long)counts.bad);
	}
	head->waits = status == SP_OK;
	return status;
}

static sp_status traces_align(sp_traces *traces, sp_message *message)
{
	const int64_t period = traces->period_ns, first = traces->heads[0].record.t_ns;
	for (uint32_t i = 1; i < traces->n; i++) {
		traces_head *head = &traces->heads[i];
		if (!sp_trace_aligned(head->trace))
			continue;
		head->shift_ns = (first / period - head->record.t_ns / period) * period;
		sp_status status = head_shift(head, message);
		if (status != SP_OK)
			return status;
	}
	traces->first_ns = traces_least(traces)->record.t_ns;
	return SP_OK;
}

sp_status sp_traces_open(const char *const *specs, uint32_t n, const sp_setup *setup, const sp_traces_options *options,
                         sp_traces **opened, sp_message *message)
{
	SP_ASSERT(specs != NULL && setup != NULL && opened != NULL);
	SP_ASSERT(setup->period_ns > 0);
	sp_status status = traces_check_specs(specs, n, message);
	if (status != SP_OK)
		return status;
	sp_traces *traces = calloc(1, sizeof *traces);
	if (traces == NULL)
		return sp_message_set(message, SP_E_MEMORY, "traces: out of memory");
	if (options != NULL)
		traces->until = options->until;
	traces->period_ns = setup->period_ns;
	traces->end_ns = SP_TIME_NEVER;
	traces->given = SP_TRACES_MAX;
	for (uint32_t i = 0; i < n && status == SP_OK; i++)
		status = traces_open_head(traces, specs[i], setup, options, message);
	if (status == SP_OK)
		status = traces_align(traces, message);
	if (status == SP_OK)
		*opened = traces;
	else
		sp_traces_close(traces);
	return status;
}

void sp_traces_close(sp_traces *traces)
{
	if (traces == NULL)
		return;
	for (uint32_t i = 0; i < traces->n; i++)
		sp_trace_close(traces->heads[i].trace);
	free(traces);
}

/* A head is advanced only when the next record is asked for: until then the given one's source lives in its trace. */
sp_status sp_traces_next(sp_traces *traces, sp_trace_record *record, sp_message *message)
{
	SP_ASSERT(traces != NULL && record != NULL && !traces->broken);
	if (traces->given < SP_TRACES_MAX) {
		sp_status status = traces_advance(traces, &traces->heads[traces->given], message);
		traces->given = SP_TRACES_MAX;
		traces->broken = status != SP_OK;
		if (status != SP_OK)
			return status;
	}
	traces_head *least = traces_least(traces);
	if (traces_is_over(traces, least))
		return SP_E_END;
	*record = least->record;
	least->given++;
	traces->given = (uint32_t)(least - traces->heads);
	return SP_OK;
}

/* --- questions --- */

int64_t sp_traces_first(const sp_traces *traces)
{
	return traces->first_ns;
}

uint32_t sp_traces_n(const sp_traces *traces)
{
	return traces->n;
}

const sp_trace *sp_traces_trace(const sp_traces *traces, uint32_t i)
{
	SP_ASSERT(i < traces->n);
	return traces->heads[i].trace;
}

int64_t sp_traces_shift(const sp_traces *traces, uint32_t i)
{
	SP_ASSERT(i < traces->n);
	return traces->heads[i].shift_ns;
}

uint64_t sp_traces_given(const sp_traces *traces, uint32_t i)
{
	SP_ASSERT(i < traces->n);
	return traces->heads[i].given;
}

static double traces_share_of_time(const sp_traces *traces)
{
	double whole = (double)(traces->until.t_ns - traces->first_ns), now = whole;
	for (uint32_t i = 0; i < traces->n; i++)
		if (traces->heads[i].waits && (double)(traces->heads[i].record.t_ns - traces->first_ns) < now)
			now = (double)(traces->heads[i].record.t_ns - traces->first_ns);
	return whole > 0 && now > 0 ? now / whole : 0;
}

/* The shortest ends with the trace that is furthest, the longest with the one that is least far. */
double sp_traces_progress(const sp_traces *traces)
{
	bool longest = traces->until.kind == SP_UNTIL_LONGEST;
	double share = longest ? 1 : 0;
	if (traces->until.kind == SP_UNTIL_TIME)
		return traces_share_of_time(traces);
	for (uint32_t i = 0; i < traces->n; i++) {
		sp_trace_counts counts;
		sp_trace_count(traces->heads[i].trace, &counts);
		if (counts.bytes_total == 0)
			return -1;
		double one = (double)counts.bytes / (double)counts.bytes_total;
		if (longest ? one < share : one > share)
			share = one;
	}
	return share < 1 ? share : 1;
}
