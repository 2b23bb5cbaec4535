/* calibrate.c - `setpoint calibrate`: resource weights and capacity measured from recorded load, instead of assumed. */
#include <argp.h>
#include <jansson.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "cli/complain.h"
#include "cli/exit.h"
#include "cli/number.h"
#include "cli/progress.h"
#include "cli/table.h"
#include "cli/verb.h"
#include "cli/wrap.h"
#include "sim/calibrate/calibrate.h"

#define WEIGHT_LEAST 1e-9 /* that a configuration takes: 0 would say that a SKU is free */
#define WORDS_MAX    640

typedef struct calibrate_asked {
	const char *config;
	const char *specs[SP_TRACES_MAX];
	uint32_t n_specs;
	sp_traces_options traces;
	int64_t window_ns;
	bool json;
} calibrate_asked;

enum { KEY_TRACE = 0x100, KEY_WINDOW, KEY_UNTIL, KEY_SKIP_BAD, KEY_JSON };

static const struct argp_option calibrate_options[] = {
    {"config", 'c', "FILE", 0, "The configuration whose weights are in question; it is not written to", 0},
    {"trace", KEY_TRACE, "SPEC", 0,
     "PRESET:FILE[,key=value...]; several are merged by time (replay --presets lists them)", 0},
    {"window", KEY_WINDOW, "SPAN", 0, "Load and traffic are compared by means over so long (default 1m)", 0},
    {"until", KEY_UNTIL, "END", 0, "Where to end: with the `shortest' trace (default), the `longest', or at a TIME", 0},
    {"skip-bad", KEY_SKIP_BAD, NULL, 0, "Count bad rows and go on; without it the first one ends the run", 0},
    {"json", KEY_JSON, NULL, 0, "One object instead of text", 0},
    {0},
};

static const char calibrate_about[] =
    "Measures what a unit of every SKU takes of its pool, and what a GPU serves: load (utilization x GPUs) against the "
    "traffic of each SKU (served, else demand), window by window."
    "\vWeights are relative: that of a pool's first SKU with a clear load of its own is fixed to 1. What a trace "
    "cannot tell is "
    "`not identified', with what would tell it. docs/calibrate.md says how, and what is taken for granted.\n\n"
    "  setpoint calibrate -c setpoint.yaml --trace signals:week.csv\n"
    "  setpoint calibrate -c setpoint.yaml --window 1h \\\n"
    "      --trace usage:usage.csv --trace signals:load.csv\n";

/* --- what was asked --- */

static void take_trace(calibrate_asked *asked, const char *spec, struct argp_state *state)
{
	const char *path;

	if (asked->n_specs == SP_TRACES_MAX)
		argp_error(state, "more than %d traces", SP_TRACES_MAX);
	if (sp_trace_names_log(spec, &path))
		argp_error(state, "%s is a decision log; give the traces that its signals came from", path);
	asked->specs[asked->n_specs++] = spec;
}

static void take_window(calibrate_asked *asked, const char *text, struct argp_state *state)
{
	if (sp_span_parse(text, strlen(text), &asked->window_ns) != SP_OK || asked->window_ns < SP_SEC ||
	    asked->window_ns > 7 * SP_DAY)
		argp_error(state, "--window: '%s' is no span from 1s to 7d, such as 5m", text);
}

static void take_until(calibrate_asked *asked, const char *text, struct argp_state *state)
{
	sp_message message = {{0}};

	if (sp_until_parse(text, &asked->traces.until, &message) != SP_OK)
		argp_error(state, "%s", message.text);
}

static error_t take_option(int key, char *value, struct argp_state *state)
{
	calibrate_asked *asked = state->input;

	switch (key) {
	case 'c':
		asked->config = value;
		return 0;
	case KEY_TRACE:
		take_trace(asked, value, state);
		return 0;
	case KEY_WINDOW:
		take_window(asked, value, state);
		return 0;
	case KEY_UNTIL:
		take_until(asked, value, state);
		return 0;
	case KEY_SKIP_BAD:
		asked->traces.skip_bad = true;
		return 0;
	case KEY_JSON:
		asked->json = true;
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "'%s': name a trace with --trace PRESET:FILE", value);
		return 0;
	case ARGP_KEY_END:
		if (!asked->config)
			argp_error(state, "which configuration? Give -c FILE");
		if (asked->n_specs == 0)
			argp_error(state, "which trace? Give --trace PRESET:FILE; `setpoint replay --presets' lists what there is");
		return 0;
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

static sp_status read_windows(const calibrate_asked *asked, const sp_setup *setup, sp_progress *progress,
                              sp_windows **windows, sp_message *message)
{
	sp_windows_options options = {asked->window_ns, show_progress, progress};
	sp_traces *traces = NULL;
	sp_status status = sp_traces_open(asked->specs, asked->n_specs, setup, &asked->traces, &traces, message);

	if (status == SP_OK)
		status = sp_windows_read(traces, setup, &options, windows, message);
	sp_traces_close(traces);
	return status;
}

/* --- words --- */

#define FIGURE_MAX 32

static char *figure_text(double x, char text[FIGURE_MAX])
{
	snprintf(text, FIGURE_MAX, fabs(x) >= 1000 && fabs(x) < 1e15 ? "%.0f" : "%.4g", x);
	return text;
}

/* What is to be written into the sheet. */
static double weight_line(const sp_calibrated *c)
{
	return fmax(c->figure.value, WEIGHT_LEAST);
}

/* A reason that more than one row has is said once, below the table. */
static bool is_shared(const sp_calibration *c, const char *reason)
{
	int n = strcmp(c->capacity.reason, reason) == 0;

	for (uint32_t i = 0; i < c->n_weights; i++)
		n += strcmp(c->weights[i].reason, reason) == 0;
	return n > 1;
}

static void add_row(sp_table *table, const char *name, const sp_calibration *of, const sp_calibrated *c)
{
	char value[FIGURE_MAX], low[FIGURE_MAX], high[FIGURE_MAX], band[3 * FIGURE_MAX] = "", share[SP_NUMBER_MAX] = "";
	bool measured = c->word == SP_CALIBRATE_MEASURED;
	sp_colour colour = measured ? SP_COLOUR_PLAIN : c->word == SP_CALIBRATE_ASSUMED ? SP_COLOUR_DIM : SP_COLOUR_YELLOW;

	if (measured && c->figure.low < c->figure.high)
		snprintf(band, sizeof band, "%s to %s", figure_text(c->figure.low, low), figure_text(c->figure.high, high));
	if (measured && c->sku != SP_NO_SLOT)
		sp_number_share(c->share, share);
	sp_table_add(
	    table, colour,
	    (const char *const[]){name, figure_text(c->figure.value, value), band, share, sp_calibrate_word_name(c->word)});
	if (*c->reason && !is_shared(of, c->reason))
		sp_table_note(table, 2, c->reason);
}

static void print_line(const sp_screen *screen, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void print_line(const sp_screen *screen, const char *format, ...)
{
	char words[WORDS_MAX];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(words, sizeof words, format, arguments);
	va_end(arguments);
	sp_wrap_line(stdout, screen, words, 0, 2);
}

static void print_windows(const sp_calibration *c, const sp_setup *setup, const sp_screen *screen)
{
	const sp_windows_pool *windows = &c->windows;
	char seen[2 * SP_NUMBER_MAX];
	const char *scarce = windows->scarcest == SP_NO_SLOT ? "" : setup->skus[windows->scarcest].id;

	print_line(screen,
	           "%s: %s; left out %zu without a value%s%s%s, %zu with a full pool expected, %zu that lie far off",
	           setup->pools[windows->pool].id, sp_number_plural(windows->n_seen, "window", seen), windows->n_missing,
	           *scarce ? " (most often of " : "", scarce, *scarce ? ")" : "", windows->n_dropped, c->fit.n_outliers);
	if (c->fit.n_columns > 0)
		print_line(screen,
		           "  load %.4g of %.4g GPUs; noise %.2g %% of it, like the window before by %.2f; 90 %% intervals by "
		           "Newey and "
		           "West over %u windows, which hold under such noise and need no seed",
		           c->fit.mean_y, windows->gpus, 100 * c->fit.noise / fmax(c->fit.mean_y, 1e-300), c->fit.persistence,
		           c->fit.lag);
	if (c->idle_high > 0)
		print_line(
		    screen,
		    "  %.2g to %.2g %% of every GPU is busy without any traffic: counted apart, and not in what it can serve",
		    100 * c->idle_low, 100 * c->idle_high);
}

static bool is_first(const sp_calibration *c, uint32_t i)
{
	for (uint32_t before = 0; before < i; before++)
		if (strcmp(c->weights[before].reason, c->weights[i].reason) == 0)
			return false;
	return true;
}

static void print_shared(const sp_calibration *c, const sp_screen *screen)
{
	bool any = false;

	for (uint32_t i = 0; i < c->n_weights; i++) {
		const sp_calibrated *weight = &c->weights[i];
		if (!*weight->reason || !is_shared(c, weight->reason) || !is_first(c, i))
			continue;
		if (!any)
			putchar('\n');
		any = true;
		print_line(screen, "%s: %s", sp_calibrate_word_name(weight->word), weight->reason);
	}
}

/* What a pool lacks of which nothing can be told. A window without a value lacks load, or one SKU's traffic. */
static void print_send(const sp_calibration *c, const sp_setup *setup, const sp_screen *screen)
{
	const sp_windows_pool *windows = &c->windows;

	if (c->fit.n_columns > 0 || windows->n_skus > SP_NNLS_COLUMNS_MAX)
		return;
	if (windows->rows.n > 0)
		print_line(screen, "To send: a longer trace of the same, or with a shorter --window");
	else if (windows->n_skus == 0 || windows->scarcest != SP_NO_SLOT)
		print_line(screen,
		           "To send: served (or demand) for every SKU of %s, and utilization for the pool, at the same times",
		           setup->pools[windows->pool].id);
	else
		print_line(screen, "To send: utilization for %s, at the times of its traffic", setup->pools[windows->pool].id);
}

/* What makes it measured there. A weight that was fixed to 1 is one, and has none. */
static void print_ends(const char *key, const sp_calibrated *c)
{
	char low[FIGURE_MAX], high[FIGURE_MAX];

	if (c->word == SP_CALIBRATE_MEASURED && c->figure.low < c->figure.high)
		printf("    %s_low: %s\n    %s_high: %s\n", key, figure_text(c->figure.low, low), key,
		       figure_text(c->figure.high, high));
}

static void print_lines(const sp_calibration *c, const sp_setup *setup)
{
	char value[FIGURE_MAX];

	if (c->capacity.word != SP_CALIBRATE_MEASURED) {
		printf("\nNothing measured: nothing to change.\n");
		return;
	}
	printf("\nFor the configuration (nothing was written):\n");
	printf("  pool %s\n    units_per_gpu_s: %s\n", setup->pools[c->windows.pool].id,
	       figure_text(c->capacity.figure.value, value));
	print_ends("units_per_gpu_s", &c->capacity);
	for (uint32_t i = 0; i < c->n_weights && c->reference != SP_NO_SLOT; i++) {
		printf("  SKU %s\n    weight: %s%s\n", setup->skus[c->weights[i].sku].id,
		       figure_text(weight_line(&c->weights[i]), value),
		       c->weights[i].word == SP_CALIBRATE_MEASURED ? "" : "    # not measured: as before, in the new scale");
		print_ends("weight", &c->weights[i]);
	}
}

static sp_status print_pool(const sp_calibration *c, const sp_setup *setup)
{
	static const sp_table_column columns[] = {{"", SP_TABLE_LEFT},      {"weight", SP_TABLE_POINT},
	                                          {"90 %", SP_TABLE_LEFT},  {"of load", SP_TABLE_RIGHT},
	                                          {"basis", SP_TABLE_LEFT}, {NULL, SP_TABLE_LEFT}};
	sp_screen screen = sp_screen_of(stdout);
	sp_table *table = sp_table_open(columns);
	sp_status status;

	if (!table)
		return SP_E_MEMORY;
	print_windows(c, setup, &screen);
	putchar('\n');
	for (uint32_t i = 0; i < c->n_weights; i++)
		add_row(table, setup->skus[c->weights[i].sku].id, c, &c->weights[i]);
	add_row(table, "units_per_gpu_s", c, &c->capacity);
	status = sp_table_print(table, &screen, stdout);
	sp_table_close(table);
	print_shared(c, &screen);
	print_send(c, setup, &screen);
	print_lines(c, setup);
	return status;
}

/* --- JSON --- */

static json_t *figure_json(const sp_calibrated *c, const char *name)
{
	bool measured = c->word == SP_CALIBRATE_MEASURED;

	return json_pack("{s:s,s:f,s:o,s:o,s:s,s:f,s:s}", "name", name, "value", c->figure.value, "low",
	                 measured ? json_real(c->figure.low) : json_null(), "high",
	                 measured ? json_real(c->figure.high) : json_null(), "basis", sp_calibrate_word_name(c->word),
	                 "inflation", c->inflation, "reason", c->reason);
}

static json_t *pool_json(const sp_calibration *c, const sp_setup *setup)
{
	const sp_windows_pool *windows = &c->windows;
	json_t *weights = json_array();

	for (uint32_t i = 0; i < c->n_weights; i++)
		json_array_append_new(weights, figure_json(&c->weights[i], setup->skus[c->weights[i].sku].id));
	return json_pack("{s:s,s:s?,s:o,s:o,s:{s:I,s:I,s:I,s:I,s:I},s:{s:f,s:f,s:f,s:i},s:[f,f]}", "pool",
	                 setup->pools[windows->pool].id, "reference",
	                 c->reference == SP_NO_SLOT ? NULL : setup->skus[c->reference].id, "units_per_gpu_s",
	                 figure_json(&c->capacity, "units_per_gpu_s"), "weights", weights, "windows", "seen",
	                 (json_int_t)windows->n_seen, "missing", (json_int_t)windows->n_missing, "full",
	                 (json_int_t)windows->n_full, "far_off", (json_int_t)c->fit.n_outliers, "used",
	                 (json_int_t)c->fit.n_used, "fit", "load_gpus", c->fit.mean_y, "noise_gpus", c->fit.noise,
	                 "persistence", c->fit.persistence, "lag", (int)c->fit.lag, "idle", c->idle_low, c->idle_high);
}

/* --- all pools --- */

static sp_status answer_pools(const calibrate_asked *asked, const sp_setup *setup, sp_windows *windows,
                              sp_message *message)
{
	json_t *pools = json_array();
	sp_status status = SP_OK;

	for (uint32_t pool = 0; pool < setup->n_pools && status == SP_OK; pool++) {
		sp_calibration *calibration = NULL;
		status = sp_calibrate_pool(windows, setup, pool, &calibration);
		if (status == SP_OK && asked->json)
			json_array_append_new(pools, pool_json(calibration, setup));
		else if (status == SP_OK)
			status = print_pool(calibration, setup);
		if (!asked->json && pool + 1 < setup->n_pools)
			putchar('\n');
		sp_calibrate_close(calibration);
	}
	if (status == SP_E_MEMORY)
		sp_message_set(message, status, "out of memory");
	json_t *whole = json_pack("{s:s,s:I,s:f,s:o}", "schema", "setpoint.calibrate/v1", "window_ns",
	                          (json_int_t)asked->window_ns, "confidence", 0.9, "pools", pools);
	if (status == SP_OK && asked->json) {
		json_dumpf(whole, stdout, JSON_INDENT(2));
		putchar('\n');
	}
	json_decref(whole);
	return status;
}

int sp_noun_calibrate(int argc, char **argv)
{
	static const struct argp argp = {calibrate_options, take_option, NULL, calibrate_about, NULL, NULL, NULL};
	calibrate_asked asked = {.window_ns = SP_MIN};
	sp_config *config = NULL;
	sp_windows *windows = NULL;
	sp_progress progress;
	sp_message message = {{0}};
	sp_status status;
	sp_exit code;

	argp_parse(&argp, argc, argv, 0, NULL, &asked);
	code = sp_complain_read(asked.config, &config);
	if (code != SP_EXIT_OK)
		return code;
	sp_progress_begin(&progress, "calibrate");
	status = read_windows(&asked, sp_config_setup(config), &progress, &windows, &message);
	sp_progress_end(&progress);
	if (status == SP_OK)
		status = answer_pools(&asked, sp_config_setup(config), windows, &message);
	sp_windows_close(windows);
	sp_config_close(config);
	return sp_exit_with(status, &message);
}
