/* doctor.c - `setpoint doctor`: everything that may be wrong with a daemon and its machine, looked at once, each with its cure. */
#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/assert.h"
#include "base/time.h"
#include "cli/asking.h"
#include "cli/complain.h"
#include "cli/exit.h"
#include "cli/finding.h"
#include "cli/machine.h"
#include "cli/number.h"
#include "cli/verb.h"
#include "controller/log/log.h"

#define SILENT_NS    (10 * SP_MIN) /* a source that sent, and has not for so long */
#define REFUSED_MUCH 0.1           /* of a source's records */
#define PERIODS_LATE 3             /* a tick that is so many periods overdue is none */

typedef struct doctor_asked {
	const char *config, *state;
	bool json;
} doctor_asked;

enum { KEY_STATE = 0x100, KEY_JSON };

static const struct argp_option doctor_options[] = {
    {"config", 'c', "FILE", 0, "Check this configuration, too (default: the running daemon's)", 0},
    {"state", KEY_STATE, "DIR", 0, "The daemon's state directory (default: as `setpoint run' has it)", 0},
    {"json", KEY_JSON, NULL, 0, "One object instead of text", 0},
    {0},
};

static error_t take_option(int key, char *value, struct argp_state *state)
{
	doctor_asked *asked = state->input;

	switch (key) {
	case 'c':
		asked->config = value;
		return 0;
	case KEY_STATE:
		asked->state = value;
		return 0;
	case KEY_JSON:
		asked->json = true;
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "'%s': give a configuration with -c FILE", value);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* --- the configuration --- */

static void find_config(sp_findings *findings, const char *path)
{
	sp_complaints complaints = {0};
	sp_config *config = NULL;
	sp_status status = sp_config_read(path, &config, &complaints);
	char families[2 * SP_NUMBER_MAX], skus[2 * SP_NUMBER_MAX], more[2 * SP_NUMBER_MAX];
	size_t n = complaints.n + complaints.more;

	if (config)
		sp_finding_add(findings, SP_FINDING_OK, "configuration", "", "%s: %s, %s", path,
		               sp_number_plural(sp_config_setup(config)->n_families, "family", families),
		               sp_number_plural(sp_config_setup(config)->n_skus, "SKU", skus));
	else
		sp_finding_add(findings, SP_FINDING_BAD, "configuration", "`setpoint config check' lists them all", "%s%s%s%s",
		               n > 0 ? complaints.list[0].text : sp_status_text(status), n > 1 ? "; and " : "",
		               n > 1 ? sp_number_plural(n - 1, "more complaint", more) : "", n > 0 ? "" : ": the file");
	sp_config_close(config);
	sp_complaints_fini(&complaints);
}

/* --- the log --- */

static int64_t wall_clock(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec * SP_SEC + now.tv_nsec;
}

static void find_last_tick(sp_findings *findings, const sp_log_file *log)
{
	int64_t t_ns = 0, tick = sp_log_last_tick(log, &t_ns), past_ns = wall_clock() - t_ns;
	char moment[SP_NUMBER_MAX], span[SP_NUMBER_MAX];

	if (tick == 0)
		sp_finding_add(findings, SP_FINDING_OK, "log", "", "schema %d, no tick yet", SP_LOG_SCHEMA);
	else if (past_ns < -SP_MIN)
		sp_finding_add(findings, SP_FINDING_BAD, "log", "set the clock right: until then no tick can come",
		               "its last tick (%lld) is %s ahead of the wall clock", (long long)tick,
		               sp_number_span(-past_ns, span));
	else
		sp_finding_add(findings, SP_FINDING_OK, "log", "", "schema %d, last tick %lld at %s, %s ago", SP_LOG_SCHEMA,
		               (long long)tick, sp_number_moment(t_ns, moment), sp_number_span(past_ns, span));
}

static const char *log_cure(sp_status status)
{
	switch (status) {
	case SP_E_DAMAGED:
		return "put a backup in its place; `setpoint log verify' says where it is damaged";
	case SP_E_PERMISSION:
		return "look as the daemon's user";
	case SP_E_NEWER:
		return "use the newer version of setpoint";
	default:
		return "move it away, or give another directory with --state";
	}
}

static void find_log(sp_findings *findings, const char *path)
{
	sp_log_options options = {.read_only = true};
	sp_log_file *log = NULL;
	sp_message message = {{0}};
	sp_status status = sp_log_open(path, &options, &log, &message);

	if (status == SP_OK)
		find_last_tick(findings, log);
	else if (status == SP_E_ABSENT)
		sp_finding_add(findings, SP_FINDING_OK, "log", "", "none yet; the first start makes it");
	else
		sp_finding_add(findings, SP_FINDING_BAD, "log", log_cure(status), "%s", message.text);
	sp_log_close(log);
}

/* --- the daemon --- */

/* A value of the last answer by its name; "" where there is none. */
static const char *value_of(const sp_asking *asking, const char *name)
{
	for (uint32_t row = 0; row < asking->table.n_rows; row++)
		if (strcmp(sp_asking_cell(asking, row, SP_ASK_NAME), name) == 0)
			return sp_asking_cell(asking, row, SP_ASK_VALUE);
	return "";
}

static int64_t time_of(const sp_asking *asking, const char *name)
{
	const char *text = value_of(asking, name);
	int64_t t_ns;

	return sp_time_parse(text, strlen(text), &t_ns) == SP_OK ? t_ns : 0;
}

static void find_ticking(sp_findings *findings, const sp_asking *asking)
{
	int64_t last_ns = time_of(asking, "last_tick"), now_ns = time_of(asking, "tick_time");
	int64_t period_ns = strtoll(value_of(asking, "period_ms"), NULL, 10) * SP_MS;
	int64_t since_ns = now_ns - (last_ns > 0 ? last_ns : time_of(asking, "started"));
	bool late = period_ns > 0 && since_ns > PERIODS_LATE * period_ns;
	char span[SP_NUMBER_MAX], period[SP_SPAN_TEXT_MAX];

	sp_finding_add(findings, late ? SP_FINDING_BAD : SP_FINDING_OK, "daemon",
	               late ? "see its alarms below, and what it says on standard error" : "",
	               "answers; epoch %s, frame %s; %s %s ago, period %s", value_of(asking, "epoch"),
	               value_of(asking, "seq"), last_ns > 0 ? "last tick" : "no tick yet, started",
	               sp_number_span(since_ns, span), sp_span_format(period_ns, period));
}

static char *plural_of(const char *number, const char *noun, char text[2 * SP_NUMBER_MAX])
{
	return sp_number_plural(strtoull(number, NULL, 10), noun, text);
}

static void find_flow(sp_findings *findings, const sp_asking *asking)
{
	char senders[2 * SP_NUMBER_MAX], subscribers[2 * SP_NUMBER_MAX];

	if (strcmp(value_of(asking, "commit_failing"), "yes") == 0)
		sp_finding_add(findings, SP_FINDING_BAD, "daemon", "see the disk above",
		               "it cannot commit: prices hold, and senders wait");
	else if (strcmp(value_of(asking, "held"), "yes") == 0)
		sp_finding_add(findings, SP_FINDING_WARN, "daemon", "send less often, or in larger messages",
		               "its ring is full (%s messages): senders wait", value_of(asking, "waiting"));
	sp_finding_add(findings, SP_FINDING_OK, "daemon", "", "connected: %s, %s",
	               plural_of(value_of(asking, "senders"), "sender", senders),
	               plural_of(value_of(asking, "subscribers"), "subscriber", subscribers));
}

static void find_frozen(sp_findings *findings, sp_asking *asking)
{
	sp_message message = {{0}};

	if (sp_asking_try(asking, SP_CONTROL_frozen, NULL, NULL, &message) != SP_OK)
		return;
	for (uint32_t row = 0; row < asking->table.n_rows; row++) {
		char since[SP_NUMBER_MAX], cure[2 * SP_CONTROL_TEXT_MAX];
		const char *scope = sp_asking_cell(asking, row, SP_ASK_SCOPE), *by = sp_asking_cell(asking, row, SP_ASK_BY);
		snprintf(cure, sizeof cure, "`setpoint thaw %s' when it is over", scope);
		sp_finding_add(findings, SP_FINDING_WARN, "frozen", cure, "%s since %s%s%s", scope,
		               sp_asking_moment(asking, row, SP_ASK_FROZEN_SINCE, since), by[0] ? " by " : "", by);
	}
}

/* --- who sends --- */

static void find_source(sp_findings *findings, const sp_asking *asking, uint32_t row)
{
	const char *name = sp_asking_cell(asking, row, SP_ASK_SOURCE),
	           *refused = sp_asking_cell(asking, row, SP_ASK_REFUSED);
	const char *last = sp_asking_cell(asking, row, SP_ASK_LAST);
	double records = strtod(sp_asking_cell(asking, row, SP_ASK_RECORDS), NULL);
	double taken = strtod(sp_asking_cell(asking, row, SP_ASK_TAKEN), NULL);
	char count[2 * SP_NUMBER_MAX], since[SP_NUMBER_MAX];
	int64_t t_ns;

	(void)sp_asking_since(asking, row, SP_ASK_LAST, since);
	if (records > 0 ? records - taken > REFUSED_MUCH * records : refused[0])
		sp_finding_add(findings, SP_FINDING_WARN, "source",
		               "`setpoint signal send' tells rows that are none; `sources:' says who may send what",
		               "%s: %.0f %% of %s refused: %s", name, records > 0 ? 100 * (records - taken) / records : 100,
		               sp_number_plural((uint64_t)records, "record", count), refused);
	else if (last[0] == '\0')
		sp_finding_add(findings, SP_FINDING_WARN, "source", "start it; it is named under `sources:'",
		               "%s: nothing since the daemon was started", name);
	else if (sp_time_parse(last, strlen(last), &t_ns) == SP_OK && wall_clock() - t_ns > SILENT_NS)
		sp_finding_add(findings, SP_FINDING_WARN, "source", "see whether it still runs", "%s: silent for %s", name,
		               since);
	else
		sp_finding_add(findings, SP_FINDING_OK, "source", "", "%s: %s, the last %s ago", name,
		               sp_number_plural((uint64_t)records, "record", count), since);
}

static void find_sources(sp_findings *findings, sp_asking *asking)
{
	sp_message message = {{0}};
	sp_status status = sp_asking_try(asking, SP_CONTROL_sources, NULL, NULL, &message);

	if (status != SP_OK)
		sp_finding_add(findings, SP_FINDING_WARN, "source", "", "%s", message.text);
	else if (asking->table.n_rows == 0)
		sp_finding_add(findings, SP_FINDING_WARN, "source", "`setpoint signal send' sends the first one",
		               "nobody has sent a signal since the daemon was started");
	for (uint32_t row = 0; status == SP_OK && row < asking->table.n_rows; row++)
		find_source(findings, asking, row);
}

static void find_alarms(sp_findings *findings, sp_asking *asking)
{
	sp_message message = {{0}};
	sp_status status = sp_asking_try(asking, SP_CONTROL_alarms, NULL, NULL, &message);

	if (status != SP_OK)
		sp_finding_add(findings, SP_FINDING_WARN, "alarm", "", "%s", message.text);
	else if (asking->table.n_rows == 0)
		sp_finding_add(findings, SP_FINDING_OK, "alarm", "", "none");
	for (uint32_t row = 0; status == SP_OK && row < asking->table.n_rows; row++) {
		char since[SP_NUMBER_MAX];
		const char *subject = sp_asking_cell(asking, row, SP_ASK_SUBJECT);
		sp_finding_add(findings, SP_FINDING_BAD, "alarm", sp_asking_cell(asking, row, SP_ASK_CURE), "%s%s%s for %s: %s",
		               sp_asking_cell(asking, row, SP_ASK_CODE), subject[0] ? " " : "", subject,
		               sp_asking_since(asking, row, SP_ASK_ALARM_SINCE, since),
		               sp_asking_cell(asking, row, SP_ASK_ALARM_TEXT));
	}
}

/* Asks a daemon for all that it knows; its configuration's path where it has said so. */
static void find_daemon(sp_findings *findings, sp_asking *asking, char config[SP_CONTROL_TEXT_MAX + 1])
{
	sp_message message = {{0}};
	sp_status status = sp_asking_try(asking, SP_CONTROL_status, NULL, NULL, &message);

	if (status != SP_OK) {
		sp_finding_add(findings, SP_FINDING_WARN, "daemon",
		               status == SP_E_UNREACHABLE ? "start it with `setpoint run -c FILE', where it should run" : "",
		               "%s", message.text);
		return;
	}
	snprintf(config, SP_CONTROL_TEXT_MAX + 1, "%s", value_of(asking, "config"));
	find_ticking(findings, asking);
	find_flow(findings, asking);
	find_frozen(findings, asking);
	find_sources(findings, asking);
	find_alarms(findings, asking);
}

static sp_exit examine(const doctor_asked *asked, sp_asking *asking)
{
	sp_findings findings = {0};
	char config[SP_CONTROL_TEXT_MAX + 1] = "";
	sp_screen screen = sp_screen_of(stdout);
	sp_exit code;

	sp_machine_clock(&findings);
	sp_machine_state(&findings, asking->home.path);
	sp_machine_sync(&findings, asking->home.path);
	find_log(&findings, asking->home.db);
	find_daemon(&findings, asking, config);
	if (asked->config || config[0] == '/') /* another's relative path means nothing here */
		find_config(&findings, asked->config ? asked->config : config);
	if (asked->json)
		sp_findings_json(&findings, stdout);
	else
		sp_findings_words(&findings, &screen, stdout);
	code = findings.failed                                  ? sp_exit_with(SP_E_MEMORY, NULL)
	       : sp_findings_worst(&findings) == SP_FINDING_BAD ? SP_EXIT_NEGATIVE
	                                                        : SP_EXIT_OK;
	sp_findings_fini(&findings);
	return code;
}

int sp_noun_doctor(int argc, char **argv)
{
	static const struct argp argp = {
	    doctor_options,
	    take_option,
	    "",
	    "Looks at all that may be wrong and says what to do: the machine's clock and disk, the state directory, the "
	    "decision log, "
	    "the running daemon with its sources and alarms, the configuration."
	    "\vNothing is changed. Exits with 2 when something is bad, 0 when there are doubts at most.\n\n"
	    "  setpoint doctor\n  setpoint doctor -c setpoint.yaml --state /var/lib/setpoint\n",
	    NULL,
	    NULL,
	    NULL};
	doctor_asked asked = {0};
	sp_asking asking;
	sp_exit code;

	argp_parse(&argp, argc, argv, 0, NULL, &asked);
	code = sp_asking_open(asked.state, &asking);
	if (code != SP_EXIT_OK)
		return code;
	code = examine(&asked, &asking);
	sp_asking_close(&asking);
	return code;
}
