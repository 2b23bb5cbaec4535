/* log.c - `setpoint log`: read, explain, verify and copy a decision log. All of it may be done while a writer runs. */
#include <argp.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/time.h"
#include "cli/exit.h"
#include "cli/number.h"
#include "cli/progress.h"
#include "cli/tail.h"
#include "cli/verb.h"
#include "cli/wrap.h"
#include "sim/decide/line.h"
#include "sim/explain/explain.h"
#include "controller/drive/rerun.h"

#define TAIL_LINES 20
#define TAIL_MAX   100000000

typedef struct log_asked {
	const char *log;    /* the file */
	const char *second; /* explain: the id; backup: the copy */
	bool takes_second;
	const char *family, *head;
	int64_t lines;
	bool json, follow, rerun;
} log_asked;

enum { KEY_LOG = 0x100, KEY_JSON, KEY_FAMILY, KEY_HEAD, KEY_RERUN };

/* A whole number; what else was written is the command line's error. */
static int64_t take_number(const char *what, const char *text, int64_t most, struct argp_state *state)
{
	char *end;
	long long n = strtoll(text, &end, 10);

	if (*text == '\0' || *end != '\0' || n < 1 || n > most)
		argp_error(state, "%s: '%s' is not a whole number from 1 to %" PRId64, what, text, most);
	return n;
}

static error_t take_argument(log_asked *asked, char *value, struct argp_state *state)
{
	if (!asked->log)
		asked->log = value;
	else if (asked->takes_second && !asked->second)
		asked->second = value;
	else
		argp_error(state, "'%s' is one argument too many", value);
	return 0;
}

static error_t take_option(int key, char *value, struct argp_state *state)
{
	log_asked *asked = state->input;

	switch (key) {
	case KEY_LOG:
		asked->log = value;
		return 0;
	case KEY_JSON:
		asked->json = true;
		return 0;
	case KEY_FAMILY:
		asked->family = value;
		return 0;
	case KEY_HEAD:
		asked->head = value;
		return 0;
	case KEY_RERUN:
		asked->rerun = true;
		return 0;
	case 'f':
		asked->follow = true;
		return 0;
	case 'n':
		asked->lines = take_number("-n", value, TAIL_MAX, state);
		return 0;
	case ARGP_KEY_ARG:
		return take_argument(asked, value, state);
	case ARGP_KEY_END:
		if (!asked->log)
			argp_error(state, "which decision log? Give its file (as `replay --log FILE` made it)");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static sp_exit open_log(const char *path, sp_log_file **log)
{
	sp_log_options options = {.read_only = true};
	sp_message message = {{0}};

	return sp_exit_with(sp_log_open(path, &options, log, &message), &message);
}

/* --- tail --- */

static const struct argp_option tail_options[] = {
    {"log", KEY_LOG, "FILE", 0, "The decision log; the same as the argument", 0},
    {"lines", 'n', "N", 0, "So many of the last decisions (default 20)", 0},
    {"family", KEY_FAMILY, "FAMILY", 0, "Only this family's decisions, and the alarms of itself", 0},
    {"json", KEY_JSON, NULL, 0, "JSON Lines: the whole row, spelt as `decide' does; `schema' says decision or alarm",
     0},
    {"follow", 'f', NULL, 0, "Go on as decisions are committed, until interrupted", 0},
    {0},
};

static int run_tail(int argc, char **argv)
{
	static const struct argp argp = {
	    tail_options,
	    take_option,
	    "FILE",
	    "Shows the last decisions of a log: id, time, family, move, outcome, reason, and the rails that bound; and the "
	    "alarms raised and cleared among them. A family has a row when something moved, or when its reason, binding "
	    "rails or freshness changed."
	    "\vExits with 2 when there is nothing to show.\n\n"
	    "  setpoint log tail a.db -n 50\n  setpoint log tail a.db --family chat/us-east --json | jq .index\n",
	    NULL,
	    NULL,
	    NULL};
	log_asked asked = {.lines = TAIL_LINES};
	sp_tail tail;
	sp_log_file *log = NULL;
	sp_message message = {{0}};
	sp_status status;
	sp_exit code;

	argp_parse(&argp, argc, argv, 0, NULL, &asked);
	code = open_log(asked.log, &log);
	if (code != SP_EXIT_OK)
		return code;
	tail = (sp_tail){.path = asked.log,
	                 .family = asked.family,
	                 .lines = asked.lines,
	                 .json = asked.json,
	                 .screen = sp_screen_of(stdout)};
	status = sp_tail_show(&tail, log, &message);
	while (status == SP_OK && asked.follow && !sp_exit_reader_gone() && fflush(stdout) == 0)
		status = sp_tail_follow(&tail, &log, &message);
	sp_log_close(log);
	sp_tail_fini(&tail);
	if (status == SP_OK && tail.seen == 0) {
		fprintf(stderr, "setpoint: %s: no decision %s%s\n", asked.log, asked.family ? "of " : "yet",
		        asked.family ? asked.family : "");
		return SP_EXIT_NEGATIVE;
	}
	return sp_exit_with(status, &message);
}

/* --- explain --- */

/* As text it is wrapped to the screen; JSON stays as it is. */
static sp_status explain(sp_log_file *log, int64_t id, bool json, sp_message *message)
{
	sp_screen screen = sp_screen_of(stdout);
	char *text = NULL;
	size_t n = 0;
	FILE *out = json ? stdout : open_memstream(&text, &n);
	sp_status status;

	if (!out)
		return sp_message_set(message, SP_E_MEMORY, "out of memory");
	status = sp_explain_decision(log, id, json, out, message);
	if (out == stdout)
		return status;
	fclose(out);
	if (text)
		sp_wrap_text(stdout, &screen, text);
	free(text);
	return status;
}

static const struct argp_option explain_options[] = {
    {"log", KEY_LOG, "FILE", 0, "The decision log; the same as the first argument", 0},
    {"json", KEY_JSON, NULL, 0, "One object instead of text", 0},
    {0},
};

static int run_explain(int argc, char **argv)
{
	static const struct argp argp = {explain_options,
	                                 take_option,
	                                 "FILE ID",
	                                 "Explains one decision: why this price, what the law wanted, what held it back, "
	                                 "and the smallest change of one input that would have given another "
	                                 "answer, found by asking the engine."
	                                 "\vIds are the first column of `setpoint log tail'. Exits with 2 when there is no "
	                                 "such decision, or its inputs are pruned.\n\n  setpoint log explain a.db 42\n",
	                                 NULL,
	                                 NULL,
	                                 NULL};
	log_asked asked = {.takes_second = true};
	sp_log_file *log = NULL;
	sp_message message = {{0}};
	char *end = NULL;
	long long id;
	sp_status status;
	sp_exit code;

	argp_parse(&argp, argc, argv, 0, NULL, &asked);
	if (!asked.second)
		return sp_exit_usage(argv[0], "which decision? Give its id, the first column of `setpoint log tail %s'",
		                     asked.log);
	id = strtoll(asked.second, &end, 10);
	if (*end != '\0' || id < 1)
		return sp_exit_usage(argv[0], "'%s' is no id: a whole number, the first column of `setpoint log tail'",
		                     asked.second);
	code = open_log(asked.log, &log);
	if (code != SP_EXIT_OK)
		return code;
	status = explain(log, id, asked.json, &message);
	sp_log_close(log);
	code = sp_exit_with(status, &message);
	return status == SP_E_ABSENT || status == SP_E_MISMATCH ? SP_EXIT_NEGATIVE : code;
}

/* --- verify --- */

/* Everything that was asked, and what came of it. */
typedef struct verification {
	sp_log_verdict chain;
	bool rerun_asked, rerun_made;
	sp_rerun_verdict rerun;
	const char *unreadable; /* why the file could not be read to the end; NULL: it could */
} verification;

static void show_share(void *context, double share)
{
	sp_progress_show(context, share, "");
}

static sp_status verify_chain(const log_asked *asked, const uint8_t *head, verification *v, sp_message *message)
{
	sp_progress progress;
	sp_status status;

	sp_progress_begin(&progress, "chain");
	status = sp_log_verify_files(asked->log, head, show_share, &progress, &v->chain, message);
	sp_progress_end(&progress);
	return status;
}

static sp_status verify_digests(const log_asked *asked, verification *v, sp_message *message)
{
	sp_log_options options = {.read_only = true};
	sp_log_file *log = NULL;
	sp_progress progress;
	sp_status status = sp_log_open(asked->log, &options, &log, message);

	if (status != SP_OK)
		return status;
	sp_progress_begin(&progress, "re-run");
	status = sp_rerun_log(log, show_share, &progress, &v->rerun, message);
	sp_progress_end(&progress);
	sp_log_close(log);
	v->rerun_made = status == SP_OK;
	return status;
}

static bool verification_sound(const verification *v)
{
	return !v->unreadable && v->chain.sound && (!v->rerun_asked || (v->rerun_made && v->rerun.sound));
}

static void print_rerun(const sp_rerun_verdict *rerun)
{
	char ticks[2 * SP_NUMBER_MAX];

	if (!rerun->sound)
		printf("not the same: tick %" PRId64 " decides differently when its inputs are run again\n",
		       rerun->first_wrong);
	else if (rerun->ticks == 0 && rerun->skipped == 0)
		printf("re-run: no ticks yet\n");
	else
		printf("re-run: %s decided the same again, byte for byte%s\n",
		       sp_number_plural((uint64_t)rerun->ticks, "tick", ticks), rerun->from_tick > 1 ? "" : ", from the first");
	if (rerun->from_tick > 1)
		printf("re-run: began at tick %" PRId64 ": the inputs before it are pruned or in an archived file\n",
		       rerun->from_tick);
	if (rerun->skipped > 0)
		printf("re-run: %s of another engine version not compared\n",
		       sp_number_plural((uint64_t)rerun->skipped, "tick", ticks));
}

static void print_verification(const verification *v)
{
	char ticks[2 * SP_NUMBER_MAX], rows[2 * SP_NUMBER_MAX], files[2 * SP_NUMBER_MAX], head[SP_HASH_TEXT_MAX];

	if (v->chain.sound)
		printf("sound: %s, %s%s%s\nhead %s\n", sp_number_plural((uint64_t)v->chain.ticks, "tick", ticks),
		       sp_number_plural((uint64_t)v->chain.rows, "row", rows), v->chain.files > 1 ? ", " : "",
		       v->chain.files > 1 ? sp_number_plural((uint64_t)v->chain.files, "file", files) : "",
		       sp_hash_text(v->chain.head, head));
	else
		printf("not sound: %s: %s\n", v->chain.where, v->chain.what);
	if (v->rerun_made)
		print_rerun(&v->rerun);
}

static void print_finding(const char *where, const char *what)
{
	fputs(",\"where\":", stdout);
	sp_line_text(stdout, where);
	fputs(",\"what\":", stdout);
	sp_line_text(stdout, what);
}

static void print_chain_json(const verification *v)
{
	char anchor[SP_HASH_TEXT_MAX], head[SP_HASH_TEXT_MAX];
	const sp_log_verdict *chain = &v->chain;

	printf(",\"chain\":{\"sound\":%s,\"files\":%" PRId64 ",\"ticks\":%" PRId64 ",\"rows\":%" PRId64,
	       chain->sound ? "true" : "false", chain->files, chain->ticks, chain->rows);
	if (chain->files > 0)
		printf(",\"anchor\":\"%s\",\"head\":\"%s\"", sp_hash_text(chain->anchor, anchor),
		       sp_hash_text(chain->head, head));
	if (!chain->sound)
		print_finding(v->unreadable ? "the file" : chain->where, v->unreadable ? v->unreadable : chain->what);
	fputs("}", stdout);
}

static void print_rerun_json(const sp_rerun_verdict *rerun)
{
	printf(",\"rerun\":{\"sound\":%s,\"ticks\":%" PRId64 ",\"from_tick\":%" PRId64 ",\"first_wrong\":%" PRId64
	       ",\"skipped\":%" PRId64 "}",
	       rerun->sound ? "true" : "false", rerun->ticks, rerun->from_tick, rerun->first_wrong, rerun->skipped);
}

static void print_verification_json(const verification *v)
{
	printf("{\"schema\":\"setpoint.verify/v1\",\"sound\":%s", verification_sound(v) ? "true" : "false");
	print_chain_json(v);
	if (v->rerun_made) {
		print_rerun_json(&v->rerun);
	} else if (v->unreadable && v->chain.sound) {
		fputs(",\"rerun\":{\"sound\":false", stdout);
		print_finding("the file", v->unreadable);
		fputs("}", stdout);
	}
	fputs("}\n", stdout);
}

/* A file so damaged that it cannot be opened as a log has answered the question. */
static sp_exit verified(sp_status status, const sp_message *message, const log_asked *asked, verification *v)
{
	if (status == SP_E_DAMAGED)
		v->unreadable = message->text;
	if (status != SP_OK && !(v->unreadable && asked->json)) {
		sp_exit code = sp_exit_with(status, message);
		return v->unreadable ? SP_EXIT_NEGATIVE : code;
	}
	if (asked->json)
		print_verification_json(v);
	else
		print_verification(v);
	return verification_sound(v) ? SP_EXIT_OK : SP_EXIT_NEGATIVE;
}

static const struct argp_option verify_options[] = {
    {"log", KEY_LOG, "FILE", 0, "The decision log; the same as the argument", 0},
    {"head", KEY_HEAD, "HEX", 0,
     "A head seen earlier: the chain must come by it, so that nothing up to there was changed or cut", 0},
    {"rerun", KEY_RERUN, NULL, 0,
     "Also run the recorded inputs through the engine again and compare every tick's digest", 0},
    {"json", KEY_JSON, NULL, 0, "One object instead of text", 0},
    {0},
};

static int run_verify(int argc, char **argv)
{
	static const struct argp argp = {
	    verify_options,
	    take_option,
	    "FILE",
	    "Recomputes the hash chain over every row of a decision log and of its archived files, and says the first row "
	    "that is wrong."
	    "\vExits with 0 when it is sound, 2 when it is not, 65 when the file is no decision log.\n\n"
	    "  setpoint log verify a.db\n  setpoint log verify a.db --rerun --head \"$(cat noted-last-week)\"\n",
	    NULL,
	    NULL,
	    NULL};
	log_asked asked = {0};
	verification v = {0};
	uint8_t head[SP_HASH_SIZE];
	sp_message message = {{0}};
	sp_status status;

	argp_parse(&argp, argc, argv, 0, NULL, &asked);
	if (asked.head && sp_hash_parse(asked.head, head) != SP_OK)
		return sp_exit_usage(argv[0], "--head: '%s' is no head: 64 hexadecimal digits, as `log verify' prints them",
		                     asked.head);
	v.rerun_asked = asked.rerun;
	status = verify_chain(&asked, asked.head ? head : NULL, &v, &message);
	if (status == SP_OK && asked.rerun && v.chain.sound)
		status = verify_digests(&asked, &v, &message);
	return verified(status, &message, &asked, &v);
}

/* --- backup --- */

static const struct argp_option backup_options[] = {
    {"log", KEY_LOG, "FILE", 0, "The decision log; the same as the first argument", 0},
    {0},
};

static int run_backup(int argc, char **argv)
{
	static const struct argp argp = {
	    backup_options,
	    take_option,
	    "FILE COPY",
	    "Copies a decision log, consistently, while it is in use. An existing file is not written over."
	    "\v  setpoint log backup a.db backups/a-2026-11-24.db\n",
	    NULL,
	    NULL,
	    NULL};
	log_asked asked = {.takes_second = true};
	sp_message message = {{0}};
	sp_status status;

	argp_parse(&argp, argc, argv, 0, NULL, &asked);
	if (!asked.second)
		return sp_exit_usage(argv[0], "where to? Give the copy's file as the second argument");
	status = sp_log_backup(asked.log, asked.second, &message);
	if (status == SP_OK)
		fprintf(stderr, "copied to %s; `setpoint log verify %s` checks it\n", asked.second, asked.second);
	return sp_exit_with(status, &message);
}

int sp_noun_log(int argc, char **argv)
{
	static const sp_verb list[] = {
	    {"tail", "the last decisions, one a line; or follow them", run_tail},
	    {"explain", "why one decision is as it is, and what would have changed it", run_explain},
	    {"verify", "is every row as it was written? Does a re-run decide the same?", run_verify},
	    {"backup", "a consistent copy of a log in use", run_backup},
	    {0},
	};
	static const sp_verbs verbs = {list, "The decision log: everything that went in and came out of the engine.", ""};

	return sp_verb_run(&verbs, argc, argv);
}
