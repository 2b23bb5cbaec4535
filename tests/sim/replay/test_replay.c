/* test_replay.c - traces and logs through the engine: every row accounted for, the same digests every time, and under another
 * configuration others. */
#include <stdlib.h>
#include <string.h>

#include "sim/replay/replay.h"
#include "tests/drive/tape.h"

#define ROWS 400 /* periods of the trace */

/* Writes a signals trace of the tape's kind; bad: a row that is none, after the hundredth period. Returns its spec. */
static const char *trace(bool bad)
{
	static char specs[16][320];
	static unsigned n;
	char *spec = specs[n++ % 16];
	FILE *file;

	snprintf(spec, sizeof specs[0], "signals:%s/%u.csv", sp_check_scratch(), n);
	file = fopen(strchr(spec, ':') + 1, "w");
	assert_non_null(file);
	fprintf(file, "t,kind,subject,value,source\n");
	for (int64_t i = 0; i < ROWS; i++) {
		char t[SP_TIME_TEXT_MAX];
		double load = 0.6 + 0.3 * (double)(i * i % 37) / 37;
		sp_time_format(tape_end(i) - 20 * SP_SEC, t);
		if (i % 10 == 0)
			fprintf(file, "%s,usd_per_gpu_h,east/h100:spot,%.2f,feed\n", t, i < 200 ? 2.0 : 2.4);
		fprintf(file, "%s,utilization,east/h100,%.3f,prom\n", t, i == 300 ? 72.0 : load);
		if (bad && i == 100)
			fprintf(file, "%s,utilization,nowhere,0.5,prom\n", t);
	}
	fclose(file);
	return spec;
}

static sp_status run(const sp_config *config, const char *spec, const char *log_path, bool skip_bad,
                     sp_replay_result *result, sp_message *message)
{
	sp_replay_options options = {.specs = &spec, .n_specs = 1, .log_path = log_path, .traces = {.skip_bad = skip_bad}};

	return sp_replay_run(config, &options, result, message);
}

static void story_digest(const sp_config *config, const char *spec, const char *log_path, uint8_t digest[SP_HASH_SIZE])
{
	sp_replay_result result;
	sp_message message = {{0}};

	check_status(run(config, spec, log_path, false, &result, &message), SP_OK);
	memcpy(digest, sp_story_digest(result.story), SP_HASH_SIZE);
	sp_story_close(result.story);
}

static void a_trace_gives_the_same_digest_twice_with_a_log_and_without(void **state)
{
	sp_config *config = tape_config(tape_yaml), *calm = tape_config(tape_yaml_calm);
	const char *spec = trace(false);
	uint8_t a[SP_HASH_SIZE], b[SP_HASH_SIZE], c[SP_HASH_SIZE], other[SP_HASH_SIZE];

	(void)state;
	story_digest(config, spec, NULL, a);
	story_digest(config, spec, NULL, b);
	story_digest(config, spec, tape_path(), c);
	story_digest(calm, spec, NULL, other);
	check_bytes(b, a, sizeof a);
	check_bytes(c, a, sizeof a);
	check_true(memcmp(other, a, sizeof a) != 0);
	sp_config_close(config);
	sp_config_close(calm);
}

typedef struct watched {
	int calls;
	double last;
	int64_t now_ns;
} watched;

static void watch(void *context, double share, int64_t now_ns)
{
	watched *w = context;

	check_true(share >= w->last && share <= 1 && now_ns > w->now_ns);
	w->calls++;
	w->last = share;
	w->now_ns = now_ns;
}

static void every_row_is_accounted_for(void **state)
{
	sp_config *config = tape_config(tape_yaml);
	const char *spec = trace(false);
	watched w = {0};
	sp_replay_options options = {.specs = &spec, .n_specs = 1, .progress = watch, .context = &w};
	sp_replay_result result;
	sp_message message = {{0}};
	const sp_replay_trace *t = &result.traces[0];
	const uint64_t *refused;

	(void)state;
	check_status(sp_replay_run(config, &options, &result, &message), SP_OK);
	refused = sp_story_refused(result.story);
	check_u64(result.n_traces, 1);
	check_text(t->spec, spec);
	check_text(t->preset, "signals");
	check_u64(t->counts.rows, ROWS + ROWS / 10);
	check_u64(t->counts.rows, t->counts.used + t->counts.filtered + t->counts.bad);
	check_u64(t->given, t->counts.records);
	check_i64(t->shift_ns, 0);
	check_u64(refused[SP_REFUSED_out_of_range], 1);
	check_u64(sp_story_taken(result.story) + refused[SP_REFUSED_out_of_range], t->given);
	check_u64(sp_story_ticks(result.story), ROWS);
	check_i64(sp_story_first(result.story), tape_end(0));
	check_i64(sp_story_last(result.story), tape_end(ROWS - 1));
	check_i64(w.calls, ROWS);
	sp_story_close(result.story);
	sp_config_close(config);
}

static void a_bad_row_ends_the_replay_at_its_place_or_is_counted(void **state)
{
	sp_config *config = tape_config(tape_yaml);
	const char *spec = trace(true);
	sp_replay_result result;
	sp_message message = {{0}};

	(void)state;
	check_status(run(config, spec, NULL, false, &result, &message), SP_E_UNKNOWN);
	check_contains(message.text, ".csv:114: ");
	check_contains(message.text, "nowhere");
	check_u64(result.traces[0].counts.bad, 1);
	check_true(result.story != NULL);
	sp_story_close(result.story);
	check_status(run(config, spec, NULL, true, &result, &message), SP_OK);
	check_u64(result.traces[0].counts.bad, 1);
	check_u64(result.traces[0].counts.rows, ROWS + ROWS / 10 + 1);
	check_u64(sp_story_ticks(result.story), ROWS);
	sp_story_close(result.story);
	sp_config_close(config);
}

static void what_cannot_begin_leaves_no_story(void **state)
{
	sp_config *config = tape_config(tape_yaml);
	const char *spec = trace(false);
	sp_replay_result result;
	sp_message message = {{0}};

	(void)state;
	check_status(run(config, "signals:/nowhere.csv", NULL, false, &result, &message), SP_E_ABSENT);
	check_true(result.story == NULL && result.n_traces == 0);
	check_status(run(config, spec, "/nowhere/a.db", false, &result, &message), SP_E_ABSENT);
	check_true(result.story == NULL);
	check_status(sp_replay_log(config, "/nowhere/a.db", &(sp_replay_options){0}, &result, &message), SP_E_ABSENT);
	check_true(result.story == NULL);
	sp_config_close(config);
}

/* Equal times in the order of the specs, ticks only when all records before them are in (R12). */
static void r12_records_before_a_tick_are_fed_first_and_ties_by_order(void **state)
{
	sp_config *config = tape_config(tape_yaml);
	char paths[2][300], specs[2][640];
	const char *ab[] = {specs[0], specs[1]}, *ba[] = {specs[1], specs[0]};
	sp_replay_options options = {.specs = ab, .n_specs = 2, .traces = {.until = {.kind = SP_UNTIL_LONGEST}}};
	sp_replay_result result;
	sp_message message = {{0}};
	double last[2];

	(void)state;
	for (int i = 0; i < 2; i++) {
		FILE *file;
		snprintf(paths[i], sizeof paths[i], "%s/tie%d.csv", sp_check_scratch(), i);
		snprintf(specs[i], sizeof specs[i], "signals:%s", paths[i]);
		file = fopen(paths[i], "w");
		/* of the same instant, on the tick itself: it belongs to the next period */
		fprintf(file, "t,kind,subject,value\n2026-11-24T00:01:00Z,utilization,east/h100,0.%d\n", 6 + i);
		fclose(file);
	}
	for (int i = 0; i < 2; i++) {
		const sp_story_point *points;
		uint32_t n;
		options.specs = i ? ba : ab;
		check_status(sp_replay_run(config, &options, &result, &message), SP_OK);
		check_u64(sp_story_ticks(result.story), 1);
		check_i64(sp_story_first(result.story), tape_end(1));
		points = sp_story_points(result.story, 0, &n);
		check_u64(n, 1);
		last[i] = points[0].load;
		sp_story_close(result.story);
	}
	check_near(last[0], 0.7, 1e-12);
	check_near(last[1], 0.6, 1e-12);
	sp_config_close(config);
}

/* --- a log as the trace --- */

static const char *record_with_reload(void)
{
	sp_config *config = tape_config(tape_yaml), *wide = tape_config(tape_yaml_wide);
	const char *path = tape_path();
	sp_drive *drive = tape_open(config, path);
	sp_message message = {{0}};

	tape_play_all(drive, 0, 80, NULL);
	check_status(sp_drive_reload(drive, wide, false, &message), SP_OK);
	tape_play_all(drive, 80, 160, NULL);
	sp_drive_close(drive);
	sp_config_close(config);
	sp_config_close(wide);
	return path;
}

static tape_digests one, two;

static void r16_a_log_as_trace_under_its_own_configurations_repeats_itself(void **state)
{
	const char *path = record_with_reload(), *again = tape_path();
	sp_replay_options options = {.log_path = again};
	sp_replay_result result;
	sp_message message = {{0}};
	const sp_story_point *points;
	uint32_t n;

	(void)state;
	check_status(sp_replay_log(NULL, path, &options, &result, &message), SP_OK);
	check_u64(result.n_traces, 0);
	check_u64(sp_story_ticks(result.story), 160);
	tape_read_log(path, &one);
	tape_read_log(again, &two);
	tape_same(&one, &two);
	/* the family that came later comes last, with its own picture */
	check_u64(sp_story_n_families(result.story), 4);
	check_text(sp_story_family_at(result.story, 3)->id, "new/east");
	check_text(sp_story_family_at(result.story, 0)->id, "bulk/east");
	points = sp_story_points(result.story, 3, &n);
	check_u64(n, 80);
	check_i64(points[0].t_ns, tape_end(80));
	sp_story_points(result.story, 0, &n);
	check_u64(n, 160);
	check_u64(sp_story_family_at(result.story, 3)->outcomes[SP_OUTCOME_HELD] +
	              sp_story_family_at(result.story, 3)->outcomes[SP_OUTCOME_OBSERVED],
	          80);
	sp_story_close(result.story);
}

static void r16_a_log_under_another_configuration_is_that_ones_throughout(void **state)
{
	sp_config *calm = tape_config(tape_yaml_calm);
	const char *path = record_with_reload(), *again = tape_path();
	sp_drive *drive = tape_open(calm, NULL);
	sp_replay_options options = {.log_path = again};
	sp_replay_result result;
	sp_message message = {{0}};

	(void)state;
	check_status(sp_replay_log(calm, path, &options, &result, &message), SP_OK);
	check_u64(sp_story_n_families(result.story), 3);
	sp_story_close(result.story);
	two.n = 0;
	tape_play_all(drive, 0, 160, &two);
	tape_read_log(again, &one);
	tape_same(&one, &two);
	tape_read_log(path, &two);
	check_true(memcmp(one.of[120], two.of[120], SP_HASH_SIZE) != 0);
	sp_drive_close(drive);
	sp_config_close(calm);
}

/* A pool and a family by other names: every signal and command of the log is refused, and the replay goes on. */
static void a_log_under_a_configuration_of_other_names_refuses_and_goes_on(void **state)
{
	static const char yaml[] =
	    "version: 1\n"
	    "pools: [{id: p, units_per_gpu_s: 1, supply: [{id: a, term: owned, gpus: 1, usd_per_gpu_h: \"2\"}]}]\n"
	    "families: [{id: list/east, pool: p, guardrails: {floor: 99%, ceiling: 101%}, skus: "
	    "[{id: s, meter: m, unit: GPU-second, usd: \"1\", weight: 1}]}]\n";
	sp_config *config = tape_config(yaml);
	sp_replay_result result;
	sp_message message = {{0}};
	const uint64_t *refused;

	(void)state;
	check_status(sp_replay_log(config, record_with_reload(), &(sp_replay_options){0}, &result, &message), SP_OK);
	refused = sp_story_refused(result.story);
	check_u64(sp_story_ticks(result.story), 160);
	check_u64(sp_story_taken(result.story), 0);
	check_true(refused[SP_REFUSED_unknown_subject] > 160);
	check_u64(refused[SP_REFUSED_out_of_range], 2); /* the index set by hand, twice */
	sp_story_close(result.story);
	sp_config_close(config);
}

/* --- the real traces, cut at every tick --- */

/* The replay's own loop, with a checkpoint taken and restored at every tick when `cut`. */
static void play_traces(const sp_config *config, const char *const *specs, bool cut, tape_digests *digests)
{
	const sp_setup *setup = sp_config_setup(config);
	sp_traces *traces = NULL;
	sp_drive *drive = tape_open(config, NULL);
	uint8_t *bytes = malloc(sp_drive_save_max(drive));
	size_t n;
	sp_trace_record record;
	sp_drive_answer answer;
	sp_message message = {{0}};
	sp_status status;
	int64_t now;

	digests->n = 0;
	check_status(sp_traces_open(specs, 2, setup, NULL, &traces, &message), SP_OK);
	now = (sp_traces_first(traces) / setup->period_ns + 1) * setup->period_ns;
	do {
		status = sp_traces_next(traces, &record, &message);
		while (status == SP_E_END || record.t_ns >= now) {
			check_status(sp_drive_tick(drive, now, &answer, &message), SP_OK);
			tape_check_sums(answer.tick);
			memcpy(digests->of[digests->n++], answer.digest, SP_HASH_SIZE);
			now += setup->period_ns;
			if (cut) {
				n = sp_drive_save(drive, bytes);
				sp_drive_close(drive);
				drive = tape_open(config, NULL);
				check_status(sp_drive_resume(drive, digests->n, bytes, n, &message), SP_OK);
			}
			if (status == SP_E_END)
				break;
		}
		if (status == SP_OK) {
			sp_signal signal = {record.t_ns, record.kind, record.subject, 0, record.value};
			check_status(sp_drive_source(drive, record.source, &signal.source), SP_OK);
			check_status(sp_drive_take(drive, &signal, NULL, &message), SP_OK);
		}
	} while (status == SP_OK);
	check_status(status, SP_E_END);
	free(bytes);
	sp_traces_close(traces);
	sp_drive_close(drive);
}

static void r13_the_azure_trace_cut_at_every_tick_gives_the_same_digests(void **state)
{
	const char *azure = sp_check_data("azure_llm_2023/AzureLLMInferenceTrace_conv.csv");
	const char *spot = sp_check_data("gpu_spot/prices_30min.csv");
	char texts[2][600];
	const char *specs[2] = {texts[0], texts[1]};
	sp_config *config = NULL;
	sp_complaints complaints = {0};
	sp_replay_options options = {.specs = specs, .n_specs = 2, .log_path = tape_path()};
	sp_replay_result result;
	sp_message message = {{0}};

	(void)state;
	if (!azure || !spot)
		skip();
	snprintf(texts[0], sizeof texts[0], "azure-llm:%s", azure);
	snprintf(texts[1], sizeof texts[1], "gpu-spot:%s,gpu=H100_80GB,socket=SXM5,align=start", spot);
	check_status(sp_config_read("examples/inference.yaml", &config, &complaints), SP_OK);
	play_traces(config, specs, false, &one);
	play_traces(config, specs, true, &two);
	tape_same(&one, &two);
	check_status(sp_replay_run(config, &options, &result, &message), SP_OK);
	tape_read_log(options.log_path, &two);
	tape_same(&one, &two);
	print_message("%u ticks; %llu rows of requests, %llu of prices\n", one.n,
	              (unsigned long long)result.traces[0].counts.rows, (unsigned long long)result.traces[1].counts.rows);
	check_u64(result.traces[0].counts.rows, 19366);
	for (uint32_t i = 0; i < 2; i++) {
		const sp_trace_counts *c = &result.traces[i].counts;
		check_u64(c->rows, c->used + c->filtered + c->bad);
	}
	sp_story_close(result.story);
	sp_complaints_fini(&complaints);
	sp_config_close(config);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_trace_gives_the_same_digest_twice_with_a_log_and_without),
	    cmocka_unit_test(every_row_is_accounted_for),
	    cmocka_unit_test(a_bad_row_ends_the_replay_at_its_place_or_is_counted),
	    cmocka_unit_test(what_cannot_begin_leaves_no_story),
	    cmocka_unit_test(r12_records_before_a_tick_are_fed_first_and_ties_by_order),
	    cmocka_unit_test(r16_a_log_as_trace_under_its_own_configurations_repeats_itself),
	    cmocka_unit_test(r16_a_log_under_another_configuration_is_that_ones_throughout),
	    cmocka_unit_test(a_log_under_a_configuration_of_other_names_refuses_and_goes_on),
	    cmocka_unit_test(r13_the_azure_trace_cut_at_every_tick_gives_the_same_digests),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
