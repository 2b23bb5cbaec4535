/* replay.c - `setpoint replay`: recorded signals, or a decision log, through the very engine that runs in production. */
#include <argp.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/time.h"
#include "cli/complain.h"
#include "cli/exit.h"
#include "cli/number.h"
#include "cli/picture.h"
#include "cli/progress.h"
#include "cli/summary.h"
#include "cli/verb.h"
#include "controller/drive/recording.h"
#include "sim/replay/replay.h"

typedef struct replay_asked {
	const char *config, *log;
	const char *specs[SP_TRACES_MAX];
	uint32_t n_specs;
	sp_traces_options traces;
	bool json, plot;
} replay_asked;

enum { KEY_TRACE = 0x100, KEY_LOG, KEY_JSON, KEY_UNTIL, KEY_SKIP_BAD, KEY_PLOT, KEY_PRESETS };

static const struct argp_option replay_options[] = {
    {"config", 'c', "FILE", 0, "The configuration; not needed for a decision log, which holds its own", 0},
    {"trace", KEY_TRACE, "SPEC", 0, "PRESET:FILE[,key=value...], or a decision log; several are merged by time", 0},
    {"until", KEY_UNTIL, "END", 0, "Where to end: with the `shortest' trace (default), the `longest', or at a TIME", 0},
    {"skip-bad", KEY_SKIP_BAD, NULL, 0, "Count bad rows and go on; without it the first one ends the run", 0},
    {"log", KEY_LOG, "DB", 0, "Record inputs and decisions in a new decision log", 0},
    {"plot", KEY_PLOT, NULL, 0, "Draw load, cost, and every family's index between its bounds", 0},
    {"json", KEY_JSON, NULL, 0, "One object instead of text", 0},
    {"presets", KEY_PRESETS, NULL, 0, "List the presets of traces, with their columns and options", 1},
    {0},
};

static const char replay_about[] =
    "Runs recorded signals through the engine and says what it would have decided."
    "\vThe loop is open: recorded demand does not answer to these prices. `setpoint sim' closes it over a market.\n\n"
    "  setpoint replay -c examples/inference.yaml \\\n"
    "      --trace azure-llm:requests.csv --trace gpu-spot:prices.csv,align=start \\\n"
    "      --log a.db --plot\n"
    "  setpoint replay --trace a.db                under its own configurations\n"
    "  setpoint replay -c other.yaml --trace a.db  what would another have done?\n"
    "  zstdcat requests.csv.zst | setpoint replay -c x.yaml --trace azure-llm:-\n";

static error_t take_trace(replay_asked *asked, const char *spec, struct argp_state *state)
{
	if (asked->n_specs == SP_TRACES_MAX)
		argp_error(state, "more than %d traces", SP_TRACES_MAX);
	asked->specs[asked->n_specs++] = spec;
	return 0;
}

static error_t check_asked(const replay_asked *asked, struct argp_state *state)
{
	const char *path;

	if (asked->n_specs == 0)
		argp_error(state, "which trace? Give --trace PRESET:FILE; --presets lists what there is");
	for (uint32_t i = 0; asked->n_specs > 1 && i < asked->n_specs; i++)
		if (sp_trace_names_log(asked->specs[i], &path))
			argp_error(state, "%s is a decision log, and holds all its signals: replay it alone", path);
	if (!asked->config && !sp_trace_names_log(asked->specs[0], &path))
		argp_error(state, "which configuration? Give -c FILE; only a decision log needs none, and %s is not one",
		           asked->specs[0]);
	return 0;
}

static error_t take_until(replay_asked *asked, const char *value, struct argp_state *state)
{
	sp_message message = {{0}};

	if (sp_until_parse(value, &asked->traces.until, &message) != SP_OK)
		argp_error(state, "%s", message.text);
	return 0;
}

static error_t take_option(int key, char *value, struct argp_state *state)
{
	replay_asked *asked = state->input;

	switch (key) {
	case 'c':
		asked->config = value;
		return 0;
	case KEY_TRACE:
		return take_trace(asked, value, state);
	case KEY_LOG:
		asked->log = value;
		return 0;
	case KEY_JSON:
		asked->json = true;
		return 0;
	case KEY_UNTIL:
		return take_until(asked, value, state);
	case KEY_SKIP_BAD:
		asked->traces.skip_bad = true;
		return 0;
	case KEY_PLOT:
		asked->plot = true;
		return 0;
	case KEY_PRESETS:
		sp_trace_presets(stdout);
		exit(SP_EXIT_OK);
	case ARGP_KEY_ARG:
		argp_error(state, "'%s': name a trace with --trace PRESET:FILE", value);
		return 0;
	case ARGP_KEY_END:
		return check_asked(asked, state);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* --- the run --- */

static void show_progress(void *context, double share, int64_t now_ns)
{
	char where[SP_NUMBER_MAX];

	sp_progress_show(context, share, sp_number_moment(now_ns, where));
}

/* What a run needs of a configuration for its pictures: the one given, or the last one that the log recorded. */
static sp_exit read_config(const replay_asked *asked, const char *log_path, sp_config **config)
{
	sp_log_options options = {.read_only = true};
	sp_log_file *log = NULL;
	sp_log_tick_row row;
	sp_message message = {{0}};
	int64_t t_ns;
	sp_status status;

	if (asked->config)
		return sp_complain_read(asked->config, config);
	status = sp_log_open(log_path, &options, &log, &message);
	if (status == SP_OK && sp_log_last_tick(log, &t_ns) == 0)
		status = sp_message_set(&message, SP_E_SYNTAX, "%s: has no ticks to replay", log_path);
	if (status == SP_OK)
		status = sp_log_tick_find(log, sp_log_last_tick(log, &t_ns), &row, &message);
	if (status == SP_OK)
		status = sp_recording_config(log, row.config, config, &message);
	sp_log_close(log);
	return sp_exit_with(status, &message);
}

static sp_status run(const replay_asked *asked, const char *log_path, const sp_config *config, sp_progress *progress,
                     sp_replay_result *result, sp_message *message)
{
	sp_replay_options options = {.specs = asked->specs,
	                             .n_specs = asked->n_specs,
	                             .traces = asked->traces,
	                             .log_path = asked->log,
	                             .progress = show_progress,
	                             .context = progress};

	if (log_path)
		return sp_replay_log(asked->config ? config : NULL, log_path, &options, result, message);
	return sp_replay_run(config, &options, result, message);
}

/* --- words --- */

static void print_shift(int64_t shift_ns)
{
	char words[SP_SPAN_TEXT_MAX];

	if (shift_ns != 0)
		printf(", moved %s %s to begin with the first (align=start)",
		       sp_span_words(shift_ns < 0 ? -shift_ns : shift_ns, words), shift_ns < 0 ? "back" : "ahead");
}

static void print_trace(const sp_replay_trace *trace)
{
	char rows[2 * SP_NUMBER_MAX], n[SP_NUMBER_MAX], records[2 * SP_NUMBER_MAX], usd[SP_EXACT_TEXT_MAX];

	printf("%s\n  %s read: %s used", trace->spec, sp_number_plural(trace->counts.rows, "row", rows),
	       sp_number_count(trace->counts.used, n));
	if (trace->counts.filtered > 0)
		printf(", %s filtered", sp_number_count(trace->counts.filtered, n));
	if (trace->counts.resets > 0)
		printf(", of them %s of a running total", sp_number_plural(trace->counts.resets, "reset", rows));
	if (trace->counts.bad > 0)
		printf(", %s bad and passed over", sp_number_count(trace->counts.bad, n));
	if (trace->counts.unmatched > 0)
		printf(", of them %s of no family here (%s USD; the first is '%s')",
		       sp_number_count(trace->counts.unmatched, n), sp_exact_format(trace->counts.unmatched_usd, usd),
		       trace->counts.unmatched_name);
	printf("; %s, %s of them given", sp_number_plural(trace->counts.records, "record", records),
	       sp_number_count(trace->given, n));
	print_shift(trace->shift_ns);
	putchar('\n');
}

static void print_words(const replay_asked *asked, const sp_replay_result *result, const sp_config *config,
                        double spent_s)
{
	sp_screen screen = sp_screen_of(stdout);

	for (uint32_t i = 0; i < result->n_traces; i++)
		print_trace(&result->traces[i]);
	printf("open loop: recorded demand does not answer to these prices\n\n");
	if (asked->plot) {
		sp_picture_draw(result->story, sp_config_setup(config), &screen, stdout);
		putchar('\n');
	}
	sp_summary_words(stdout, &screen, result->story);
	if (asked->log)
		printf("recorded in %s: see `setpoint log tail %s`\n", asked->log, asked->log);
	printf("%.2f s\n", spent_s);
}

/* --- JSON --- */

static json_t *time_json(int64_t t_ns, bool known)
{
	char text[SP_TIME_TEXT_MAX];

	return known ? json_string(sp_time_format(t_ns, text)) : json_null();
}

static json_t *trace_json(const sp_replay_trace *trace)
{
	const sp_trace_counts *counts = &trace->counts;
	bool any = counts->records > 0;
	char usd[SP_EXACT_TEXT_MAX];

	return json_pack("{s:s,s:s,s:I,s:I,s:I,s:I,s:I,s:{s:I,s:s},s:I,s:I,s:I,s:o,s:o}", "spec", trace->spec, "preset",
	                 trace->preset, "rows", (json_int_t)counts->rows, "used", (json_int_t)counts->used, "filtered",
	                 (json_int_t)counts->filtered, "resets", (json_int_t)counts->resets, "bad", (json_int_t)counts->bad,
	                 "unmatched", "rows", (json_int_t)counts->unmatched, "usd",
	                 sp_exact_format(counts->unmatched_usd, usd), "records", (json_int_t)counts->records, "given",
	                 (json_int_t)trace->given, "shift_ns", (json_int_t)trace->shift_ns, "first",
	                 time_json(counts->first_ns, any), "last", time_json(counts->last_ns, any));
}

static void print_json(const replay_asked *asked, const sp_replay_result *result, const sp_config *config,
                       double spent_s)
{
	char hash[SP_HASH_TEXT_MAX];
	json_t *traces = json_array(), *whole;

	for (uint32_t i = 0; i < result->n_traces; i++)
		json_array_append_new(traces, trace_json(&result->traces[i]));
	whole = json_pack("{s:s,s:b,s:s,s:s?,s:f,s:o}", "schema", "setpoint.replay/v1", "open_loop", true, "config",
	                  sp_hash_text(sp_config_setup(config)->hash, hash), "log", asked->log, "wall_s", spent_s, "traces",
	                  traces);
	json_object_update_new(whole, sp_summary_json(result->story));
	json_dumpf(whole, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(whole);
}

int sp_noun_replay(int argc, char **argv)
{
	static const struct argp argp = {replay_options, take_option, NULL, replay_about, NULL, NULL, NULL};
	replay_asked asked = {0};
	sp_replay_result result = {0};
	sp_config *config = NULL;
	sp_progress progress;
	sp_message message = {{0}};
	const char *log_path = NULL;
	sp_status status;
	sp_exit code;

	argp_parse(&argp, argc, argv, 0, NULL, &asked);
	if (!sp_trace_names_log(asked.specs[0], &log_path))
		log_path = NULL;
	code = read_config(&asked, log_path, &config);
	if (code != SP_EXIT_OK)
		return code;
	sp_progress_begin(&progress, "replay");
	status = run(&asked, log_path, config, &progress, &result, &message);
	sp_progress_end(&progress);
	code = sp_exit_with(status, &message);
	if (code == SP_EXIT_OK && asked.json)
		print_json(&asked, &result, config, sp_progress_spent(&progress));
	else if (code == SP_EXIT_OK)
		print_words(&asked, &result, config, sp_progress_spent(&progress));
	if (code == SP_EXIT_OK)
		sp_summary_warn(result.story);
	sp_story_close(result.story);
	sp_config_close(config);
	return code;
}
