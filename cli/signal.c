/* signal.c - `setpoint signal`: measurements to a running daemon, from files, from a pipe, or as they were recorded. */
#include <argp.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/assert.h"
#include "base/real.h"
#include "base/time.h"
#include "cli/asking.h"
#include "cli/exit.h"
#include "cli/import.h"
#include "cli/number.h"
#include "cli/progress.h"
#include "cli/records.h"
#include "cli/sending.h"
#include "cli/verb.h"

#define FILES_MAX    256 /* what a shell's pattern names */
#define COMPLAINTS   20  /* rows that are told one by one; the rest is counted */
#define LOOK_EVERY   256 /* rows between two looks at the progress bar */
#define DEFAULT_NAME "signal-send"

typedef struct signal_asked {
	const char *files[FILES_MAX];
	int n_files;
	const char *state;
	bool json;
	sp_sending_options sending;
} signal_asked;

/* What one run of it has come to. */
typedef struct signal_run {
	const signal_asked *asked;
	sp_sending *sending;
	sp_progress progress;
	const sp_records *records;          /* of the file that is read */
	uint64_t bytes_before, bytes_total; /* of the files read whole, and of all; 0: not known */
	uint64_t rows, refused;
} signal_run;

enum { KEY_STATE = 0x100, KEY_TO, KEY_SOURCE, KEY_RATE, KEY_PACE, KEY_NOW, KEY_TIMEOUT, KEY_JSON };

static const struct argp_option send_options[] = {
    {"state", KEY_STATE, "DIR", 0, "The daemon's state directory (default: as `setpoint run' has it)", 0},
    {"to", KEY_TO, "URL", 0, "Where its signals go instead: ipc:///PATH or tcp://HOST:PORT", 0},
    {"source", KEY_SOURCE, "NAME", 0, "Who measured what names no source (default " DEFAULT_NAME ")", 0},
    {"rate", KEY_RATE, "N[/s]", 0, "At most N records a second; also N/min, N/h", 0},
    {"pace", KEY_PACE, "FACTOR", 0,
     "As recorded, FACTOR times faster (60: an hour in a minute), with times moved to now", 0},
    {"now", KEY_NOW, NULL, 0, "Move all times so that the first one is now", 0},
    {"timeout", KEY_TIMEOUT, "SPAN", 0, "Give up when the daemon has read nothing for so long (default: wait)", 0},
    {"json", KEY_JSON, NULL, 0, "The counts as one object", 0},
    {0},
};

static const char send_about[] =
    "Sends signals to a running daemon: JSON Lines as `setpoint decide' reads them, or CSV with a header "
    "t,kind,subject,value[,source], from files or from standard input."
    "\v{\"kind\":\"utilization\",\"subject\":\"us-east/h100\",\"value\":0.72}\n\nA time `t' that is missing or \"now\" "
    "is the time of sending. When the daemon does not keep up, sending waits: "
    "nothing is "
    "lost. A row that is no signal is named on standard error and left out; the others are sent. What the daemon makes "
    "of them "
    "is in its counts.\n\n"
    "Exits with 0 when all was sent, 65 when a row was left out, 69 when no daemon is there, 75 after --timeout.\n\n"
    "  producer | setpoint signal send\n"
    "  setpoint signal send --to tcp://127.0.0.1:8421 --source prom-1 measured.csv\n"
    "  setpoint signal send --pace 60 yesterday.jsonl\n";

/* --- the command line --- */

static double take_factor(const char *what, const char *text, size_t n, const struct argp_state *state)
{
	double factor = 0;

	if (sp_real_parse(text, n, &factor) != SP_OK || !(factor > 0))
		argp_error(state, "%s: '%s' is no number over 0", what, text);
	return factor;
}

static double take_rate(const char *text, const struct argp_state *state)
{
	static const struct {
		const char *per;
		double s;
	} units[] = {{"", 1}, {"/s", 1}, {"/min", 60}, {"/h", 3600}};
	size_t n = strcspn(text, "/");

	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
		if (strcmp(text + n, units[i].per) == 0)
			return take_factor("--rate", text, n, state) / units[i].s;
	argp_error(state, "--rate: '%s' is not a number of records /s, /min or /h", text);
	return 0;
}

static int64_t take_span(const char *what, const char *text, const struct argp_state *state)
{
	int64_t span_ns = 0;

	if (sp_span_parse(text, strlen(text), &span_ns) != SP_OK || span_ns <= 0)
		argp_error(state, "%s: '%s' is no span over 0 such as 30s or 1h30m", what, text);
	return span_ns;
}

static error_t take_file(signal_asked *asked, const char *file, const struct argp_state *state)
{
	if (asked->n_files == FILES_MAX)
		argp_error(state, "more than %d files", FILES_MAX);
	asked->files[asked->n_files++] = file;
	return 0;
}

static error_t check_asked(signal_asked *asked, const struct argp_state *state)
{
	const sp_sending_options *sending = &asked->sending;
	const char *name = sending->source;

	if (asked->n_files == 0)
		asked->files[asked->n_files++] = "-";
	if (sp_id_check(name, strlen(name)) != SP_OK)
		argp_error(state, "--source: '%s' is no name: 1-128 of A-Z a-z 0-9 . _ : / @ + -", name);
	if (sending->per_s > 0 && sending->pace > 0)
		argp_error(state, "--rate and --pace exclude one another");
	if (asked->state && sending->url)
		argp_error(state, "--state and --to exclude one another");
	return 0;
}

static error_t take_option(int key, char *value, struct argp_state *state)
{
	signal_asked *asked = state->input;
	sp_sending_options *sending = &asked->sending;

	switch (key) {
	case KEY_STATE:
		asked->state = value;
		return 0;
	case KEY_TO:
		sending->url = value;
		return 0;
	case KEY_SOURCE:
		sending->source = value;
		return 0;
	case KEY_RATE:
		sending->per_s = take_rate(value, state);
		return 0;
	case KEY_PACE:
		sending->pace = take_factor("--pace", value, strlen(value), state);
		return 0;
	case KEY_NOW:
		sending->now = true;
		return 0;
	case KEY_TIMEOUT:
		sending->timeout_ns = take_span("--timeout", value, state);
		return 0;
	case KEY_JSON:
		asked->json = true;
		return 0;
	case ARGP_KEY_ARG:
		return take_file(asked, value, state);
	case ARGP_KEY_END:
		return check_asked(asked, state);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* --- the run --- */

static void show_progress(void *context, bool pushed_back)
{
	signal_run *run = context;
	char records[2 * SP_NUMBER_MAX], where[4 * SP_NUMBER_MAX];
	double share = -1;

	if (run->bytes_total > 0 && run->records)
		share = (double)(run->bytes_before + sp_lines_bytes(&run->records->csv.lines)) / (double)run->bytes_total;
	snprintf(where, sizeof where, "%s%s", sp_number_plural(sp_sending_count(run->sending).records, "record", records),
	         pushed_back ? ", waiting for the daemon to read" : "");
	sp_progress_show(&run->progress, share, where);
}

/* The bytes of all files together; 0 when one of them is no file that has a length. */
static uint64_t files_bytes(const signal_asked *asked)
{
	uint64_t bytes = 0;
	struct stat found;

	for (int i = 0; i < asked->n_files; i++) {
		if (strcmp(asked->files[i], "-") == 0 || stat(asked->files[i], &found) != 0 || !S_ISREG(found.st_mode))
			return 0;
		bytes += (uint64_t)found.st_size;
	}
	return bytes;
}

static void refuse_row(signal_run *run, const sp_message *message)
{
	if (run->refused++ >= COMPLAINTS)
		return;
	sp_progress_end(&run->progress);
	fprintf(stderr, "%s\n", message->text);
}

static sp_status send_row(signal_run *run, const sp_records *records, const sp_signal_line *line, sp_message *message)
{
	sp_message what;
	sp_status status = sp_sending_add(run->sending, line, &what);

	if (status == SP_E_RANGE)
		sp_message_set(message, status, "%s:%llu: %.900s", records->name, (unsigned long long)records->csv.lines.row,
		               what.text);
	else if (status != SP_OK)
		*message = what;
	return status;
}

static sp_status send_rows(signal_run *run, sp_records *records, sp_message *message)
{
	sp_signal_line line;
	sp_status status = SP_OK;

	while (status == SP_OK) {
		if (sp_records_waiting(records))
			status = sp_sending_go(run->sending, message);
		if (status == SP_OK)
			status = sp_records_next(records, &line, message);
		if (status == SP_OK)
			status = send_row(run, records, &line, message);
		if (status == SP_E_SYNTAX || status == SP_E_RANGE) {
			refuse_row(run, message);
			status = SP_OK;
		}
		if (run->rows++ % LOOK_EVERY == 0)
			show_progress(run, false);
	}
	return status == SP_E_END ? SP_OK : status;
}

static sp_status send_file(signal_run *run, const char *file, sp_message *message)
{
	sp_records records;
	sp_status status = sp_records_open(file, &records, message);

	if (status == SP_OK) {
		run->records = &records;
		status = send_rows(run, &records, message);
		run->records = NULL;
		run->bytes_before += records.bytes_total;
	}
	sp_records_close(&records);
	return status;
}

static sp_status send_files(signal_run *run, sp_message *message)
{
	const signal_asked *asked = run->asked;
	sp_status status = SP_OK;

	for (int i = 0; status == SP_OK && i < asked->n_files; i++)
		status = send_file(run, asked->files[i], message);
	return status == SP_OK ? sp_sending_end(run->sending, message) : status;
}

/* --- what came of it --- */

static void print_json(const signal_run *run)
{
	sp_sending_counts counts = sp_sending_count(run->sending);

	printf("{\"schema\":\"setpoint.sent/v1\",\"records\":%llu,\"messages\":%llu,\"bytes\":%llu,\"refused\":%llu,"
	       "\"wall_s\":%.3f}\n",
	       (unsigned long long)counts.records, (unsigned long long)counts.messages, (unsigned long long)counts.bytes,
	       (unsigned long long)run->refused, sp_progress_spent(&run->progress));
}

static void print_words(const signal_run *run)
{
	sp_sending_counts counts = sp_sending_count(run->sending);
	char records[2 * SP_NUMBER_MAX], messages[2 * SP_NUMBER_MAX], rows[2 * SP_NUMBER_MAX];

	fprintf(stderr, "sent %s in %s", sp_number_plural(counts.records, "record", records),
	        sp_number_plural(counts.messages, "message", messages));
	if (run->refused > 0)
		fprintf(stderr, "; %s left out", sp_number_plural(run->refused, "row", rows));
	fprintf(stderr, "; %.2f s\n", sp_progress_spent(&run->progress));
}

static sp_exit send_all(const signal_asked *asked)
{
	signal_run run = {.asked = asked, .bytes_total = files_bytes(asked)};
	sp_sending_options options = asked->sending;
	sp_message message = {{0}};
	sp_status status;
	sp_exit code;

	options.waiting = show_progress;
	options.context = &run;
	status = sp_sending_open(&options, &run.sending, &message);
	if (status != SP_OK)
		return sp_exit_with(status, &message);
	sp_progress_begin(&run.progress, "send");
	status = send_files(&run, &message);
	sp_progress_end(&run.progress);
	code = sp_exit_with(status, &message);
	if (asked->json)
		print_json(&run);
	else
		print_words(&run);
	sp_sending_close(run.sending);
	return code == SP_EXIT_OK && run.refused > 0 ? SP_EXIT_BAD_INPUT : code;
}

static int run_send(int argc, char **argv)
{
	static const struct argp argp = {send_options, take_option, "[FILE...|-]", send_about, NULL, NULL, NULL};
	signal_asked asked = {.sending = {.source = DEFAULT_NAME}};
	sp_home home;
	sp_exit code;

	argp_parse(&argp, argc, argv, 0, NULL, &asked);
	if (asked.sending.url)
		return send_all(&asked);
	code = sp_asking_home(asked.state, &home);
	if (code != SP_EXIT_OK)
		return code;
	asked.sending.url = home.signals;
	code = send_all(&asked);
	sp_home_fini(&home);
	return code;
}

int sp_noun_signal(int argc, char **argv)
{
	static const sp_verb list[] = {
	    {"send", "measurements to a running daemon, from files or a pipe", run_send},
	    {"import", "what others keep, such as a cloud bill, as signals", sp_import_run},
	    {0},
	};
	static const sp_verbs verbs = {list, "Measurements: to a running daemon, or from what others keep.", ""};

	return sp_verb_run(&verbs, argc, argv);
}
