/* price.c - `setpoint price`: the prices that hold now and those to come, and every change as a gateway hears it. */
#include <argp.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/assert.h"
#include "base/time.h"
#include "cli/asking.h"
#include "cli/exit.h"
#include "cli/number.h"
#include "cli/table.h"
#include "cli/verb.h"
#include "cli/watch.h"
#include "controller/engine/setup.h"
#include "transport/feed/follow.h"

#define CLIENT    "price-watch" /* its name, to the feed */
#define WAIT_MS   5000          /* for the first word of a daemon */
#define LOOK_MS   1000          /* how often whoever waits looks at the time */
#define COUNT_MAX 1000000000

typedef struct price_asked {
	const char *pattern; /* of SKUs and families; NULL: all */
	const char *state, *prices, *book;
	bool json, all;
	int64_t for_ns, count; /* 0: without end */
} price_asked;

enum { KEY_STATE = 0x100, KEY_PRICES, KEY_BOOK, KEY_JSON, KEY_ALL, KEY_FOR, KEY_COUNT };

#define STATE_OPTION                                                                                        \
	{                                                                                                       \
		"state", KEY_STATE, "DIR", 0, "The daemon's state directory (default: as `setpoint run' has it)", 0 \
	}

static int64_t take_span(const char *what, const char *text, const struct argp_state *state)
{
	int64_t span_ns = 0;

	if (sp_span_parse(text, strlen(text), &span_ns) != SP_OK || span_ns <= 0)
		argp_error(state, "%s: '%s' is no span over 0 such as 30s or 1h30m", what, text);
	return span_ns;
}

static int64_t take_count(const char *text, const struct argp_state *state)
{
	char *end;
	long long n = strtoll(text, &end, 10);

	if (*text == '\0' || *end != '\0' || n < 1 || n > COUNT_MAX)
		argp_error(state, "--count: '%s' is not a whole number from 1 to %d", text, COUNT_MAX);
	return n;
}

static error_t check_asked(const price_asked *asked, const struct argp_state *state)
{
	if (!asked->prices != !asked->book)
		argp_error(state, "--prices and --book go together: changes come from one, the whole book from the other");
	if (asked->prices && asked->state)
		argp_error(state, "--state and --prices exclude one another");
	return 0;
}

static error_t take_argument(price_asked *asked, const char *value, const struct argp_state *state)
{
	if (asked->pattern)
		argp_error(state, "'%s' is one argument too many; a pattern with * is quoted", value);
	asked->pattern = value;
	return 0;
}

static error_t take_option(int key, char *value, struct argp_state *state)
{
	price_asked *asked = state->input;

	switch (key) {
	case KEY_STATE:
		asked->state = value;
		return 0;
	case KEY_PRICES:
		asked->prices = value;
		return 0;
	case KEY_BOOK:
		asked->book = value;
		return 0;
	case KEY_JSON:
		asked->json = true;
		return 0;
	case KEY_ALL:
		asked->all = true;
		return 0;
	case KEY_FOR:
		asked->for_ns = take_span("--for", value, state);
		return 0;
	case KEY_COUNT:
		asked->count = take_count(value, state);
		return 0;
	case ARGP_KEY_ARG:
		return take_argument(asked, value, state);
	case ARGP_KEY_END:
		return check_asked(asked, state);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static bool chosen(const price_asked *asked, const char *sku, const char *family)
{
	return !asked->pattern || sp_pattern_match(asked->pattern, sku) || sp_pattern_match(asked->pattern, family);
}

/* --- get --- */

/* What is gathered of the daemon's answers. */
typedef struct price_list {
	const price_asked *asked;
	sp_table *table;
	json_t *prices;
	sp_ids *names; /* all there are, for "did you mean" */
	uint64_t n;    /* that were asked for */
} price_list;

static const sp_table_column price_columns[] = {
    {"SKU", SP_TABLE_LEFT},  {"USD", SP_TABLE_POINT},  {"a", SP_TABLE_LEFT},        {"", SP_TABLE_LEFT},
    {"from", SP_TABLE_LEFT}, {"offer", SP_TABLE_LEFT}, {"version", SP_TABLE_RIGHT}, {0},
};

static sp_colour row_colour(const char *state, const char *offer)
{
	if (strcmp(offer, "open") != 0)
		return SP_COLOUR_RED;
	return strcmp(state, "announced") == 0 ? SP_COLOUR_YELLOW : SP_COLOUR_PLAIN;
}

static void list_words(price_list *list, const sp_asking *asking, uint32_t row)
{
	const char *usd = sp_asking_cell(asking, row, SP_ASK_USD), *state = sp_asking_cell(asking, row, SP_ASK_STATE);
	const char *offer = sp_asking_cell(asking, row, SP_ASK_OFFER);
	const char *date = sp_asking_cell(asking, row, SP_ASK_NOT_BEFORE);
	char amount[SP_DECIMAL_TEXT_MAX], moment[SP_NUMBER_MAX];
	int64_t nano, t_ns;

	if (sp_decimal_parse(usd, strlen(usd), &nano) == SP_OK)
		usd = sp_decimal_format_short(nano, amount);
	if (sp_time_parse(date, strlen(date), &t_ns) == SP_OK)
		date = t_ns > 0 ? sp_number_moment(t_ns / SP_SEC * SP_SEC, moment) : ""; /* the sheet has held since ever */
	sp_table_add(list->table, row_colour(state, offer),
	             (const char *const[]){sp_asking_cell(asking, row, SP_ASK_SKU), usd,
	                                   sp_asking_cell(asking, row, SP_ASK_UNIT), state, date, offer,
	                                   sp_asking_cell(asking, row, SP_ASK_VERSION)});
}

static void list_json(price_list *list, const sp_asking *asking, uint32_t row)
{
	const char *not_before = sp_asking_cell(asking, row, SP_ASK_NOT_BEFORE);

	json_array_append_new(
	    list->prices,
	    json_pack("{s:s,s:s,s:s,s:I,s:s,s:s,s:s?,s:s}", "sku", sp_asking_cell(asking, row, SP_ASK_SKU), "family",
	              sp_asking_cell(asking, row, SP_ASK_FAMILY), "unit", sp_asking_cell(asking, row, SP_ASK_UNIT),
	              "version", (json_int_t)strtoll(sp_asking_cell(asking, row, SP_ASK_VERSION), NULL, 10), "usd",
	              sp_asking_cell(asking, row, SP_ASK_USD), "offer", sp_asking_cell(asking, row, SP_ASK_OFFER),
	              "not_before", not_before[0] ? not_before : NULL, "state", sp_asking_cell(asking, row, SP_ASK_STATE)));
}

static void list_row(price_list *list, const sp_asking *asking, uint32_t row)
{
	const char *sku = sp_asking_cell(asking, row, SP_ASK_SKU), *family = sp_asking_cell(asking, row, SP_ASK_FAMILY);
	uint32_t slot;

	sp_ids_add(list->names, sku, strlen(sku), &slot);
	sp_ids_add(list->names, family, strlen(family), &slot);
	if (!chosen(list->asked, sku, family))
		return;
	list->n++;
	if (list->asked->json)
		list_json(list, asking, row);
	else
		list_words(list, asking, row);
}

/* Asks until there are no more; the next question names the family that came last. */
static sp_exit list_of(price_list *list, sp_asking *asking, const char *pattern)
{
	char after[SP_CONTROL_TEXT_MAX + 1] = "";
	sp_exit code;

	do {
		code = sp_asking_ask(asking, SP_CONTROL_prices, pattern, after);
		for (uint32_t row = 0; code == SP_EXIT_OK && row < asking->table.n_rows; row++)
			list_row(list, asking, row);
		if (code == SP_EXIT_OK && asking->table.n_rows > 0)
			snprintf(after, sizeof after, "%s", sp_asking_cell(asking, asking->table.n_rows - 1, SP_ASK_FAMILY));
	} while (code == SP_EXIT_OK && asking->table.more && asking->table.n_rows > 0);
	return code;
}

/* Where nothing is found the names that there are are asked for, to name the nearest. */
static sp_exit list_all(price_list *list, sp_asking *asking)
{
	const char *pattern = list->asked->pattern ? list->asked->pattern : "*";
	sp_exit code = list_of(list, asking, pattern);

	if (code == SP_EXIT_OK && list->n == 0 && strcmp(pattern, "*") != 0)
		code = list_of(list, asking, "*");
	return code;
}

static void print_json(const price_list *list)
{
	json_t *whole = json_pack("{s:s,s:O}", "schema", "setpoint.prices/v1", "prices", list->prices);

	json_dumpf(whole, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(whole);
}

/* No price is there that was asked for: which one was meant? */
static sp_exit say_none(const price_list *list)
{
	const char *pattern = list->asked->pattern, *nearest = NULL;

	if (!pattern || sp_ids_count(list->names) == 0) {
		fprintf(stderr, "setpoint: no prices yet\n");
		return SP_EXIT_NEGATIVE;
	}
	if (!strchr(pattern, '*'))
		nearest = sp_ids_nearest(list->names, pattern, strlen(pattern));
	fprintf(stderr, "setpoint: no SKU or family %s '%s'%s%s%s\n", strchr(pattern, '*') ? "matches" : "is called",
	        pattern, nearest ? ": did you mean " : "; `setpoint price get' has them all", nearest ? nearest : "",
	        nearest ? "?" : "");
	return SP_EXIT_NEGATIVE;
}

static sp_exit show_list(const price_list *list)
{
	sp_screen screen = sp_screen_of(stdout);

	if (list->asked->json)
		print_json(list);
	if (list->n == 0)
		return say_none(list);
	return list->asked->json ? SP_EXIT_OK : sp_exit_with(sp_table_print(list->table, &screen, stdout), NULL);
}

static sp_exit get(const price_asked *asked, sp_asking *asking)
{
	price_list list = {
	    .asked = asked, .table = sp_table_open(price_columns), .prices = json_array(), .names = sp_ids_open()};
	sp_exit code = list.table && list.prices && list.names ? list_all(&list, asking) : sp_exit_with(SP_E_MEMORY, NULL);

	if (code == SP_EXIT_OK)
		code = show_list(&list);
	sp_table_close(list.table);
	json_decref(list.prices);
	sp_ids_close(list.names);
	return code;
}

static const struct argp_option get_options[] = {
    STATE_OPTION,
    {"json", KEY_JSON, NULL, 0, "One object instead of text", 0},
    {0},
};

static int run_get(int argc, char **argv)
{
	static const struct argp argp = {
	    get_options,
	    take_option,
	    "[SKU|PATTERN]",
	    "Shows prices in force and announced, as a running daemon has published them: of a SKU, of a family, or of all "
	    "that match a pattern ('*' stands for any run of characters)."
	    "\vExits with 2 when none matches, 69 when no daemon answers.\n\n"
	    "  setpoint price get\n  setpoint price get chat/us-east/output\n  setpoint price get '*/batch/*' --json\n",
	    NULL,
	    NULL,
	    NULL};
	price_asked asked = {0};
	sp_asking asking;
	sp_exit code;

	argp_parse(&argp, argc, argv, 0, NULL, &asked);
	code = sp_asking_open(asked.state, &asking);
	if (code != SP_EXIT_OK)
		return code;
	code = get(&asked, &asking);
	sp_asking_close(&asking);
	return code;
}

/* --- watch --- */

/* One watching: what it has seen, and until when it goes on. */
typedef struct price_watch {
	const price_asked *asked;
	sp_watch *seen;
	sp_screen screen;
	int64_t changes;
	int64_t until_ns;           /* monotonic; INT64_MAX: without end */
	int64_t heard_ns, lease_ns; /* when the feed was heard last, and how long what it said may be used */
	bool silent, introduced;
} price_watch;

static int64_t monotonic(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * SP_SEC + now.tv_nsec;
}

static bool watch_done(const price_watch *watch)
{
	return (watch->asked->count > 0 && watch->changes >= watch->asked->count) || sp_exit_reader_gone();
}

static void tell(void *context, const sp_watch_news *news)
{
	price_watch *watch = context;

	if (!chosen(watch->asked, news->price->sku_id, news->family) || watch_done(watch))
		return;
	if (news->event == SP_WATCH_SNAPSHOT && !watch->asked->all)
		return;
	watch->changes += news->event != SP_WATCH_SNAPSHOT;
	if (watch->asked->json)
		sp_watch_json(stdout, news);
	else
		sp_watch_words(stdout, &watch->screen, news);
	fflush(stdout);
}

/* Once, when the whole book has come for the first time. */
static void introduce(price_watch *watch, const sp_frame *frame)
{
	sp_watch_counts counts = sp_watch_count(watch->seen);
	char families[2 * SP_NUMBER_MAX], skus[2 * SP_NUMBER_MAX], announced[SP_NUMBER_MAX];

	watch->introduced = true;
	fprintf(stderr, "book of epoch %llu, frame %llu: %s, %s, %s announced; changes follow\n",
	        (unsigned long long)frame->epoch.counter, (unsigned long long)frame->seq,
	        sp_number_plural(counts.families, "family", families), sp_number_plural(counts.skus, "SKU", skus),
	        sp_number_count(counts.announced, announced));
}

static void hear(price_watch *watch, const sp_frame *frame)
{
	watch->heard_ns = monotonic();
	watch->lease_ns = frame->lease_ns;
	if (watch->silent)
		fprintf(stderr, "the feed is heard again\n");
	watch->silent = false;
}

static void listen_for_silence(price_watch *watch)
{
	char span[SP_SPAN_TEXT_MAX];

	if (watch->silent || watch->lease_ns == 0 || monotonic() - watch->heard_ns <= watch->lease_ns)
		return;
	watch->silent = true;
	fprintf(stderr, "nothing was heard for %s: the lease is over, and gateways fall back\n",
	        sp_span_words(watch->lease_ns, span));
}

static sp_status take_event(price_watch *watch, sp_follow_event event, const sp_frame *frame)
{
	sp_status status = SP_OK;

	if (event == SP_FOLLOW_FORKED) {
		fprintf(stderr, "a second publisher claims epoch %llu: left out; stop one of the two daemons\n",
		        (unsigned long long)frame->epoch.counter);
		return SP_OK;
	}
	hear(watch, frame);
	if (event == SP_FOLLOW_EPOCH)
		fprintf(stderr, "epoch %llu: the daemon has been started anew\n", (unsigned long long)frame->epoch.counter);
	if (event == SP_FOLLOW_BOOK || event == SP_FOLLOW_SNAPSHOT)
		status = sp_watch_take(watch->seen, frame);
	if (event == SP_FOLLOW_SNAPSHOT && frame->chunk + 1 == frame->chunks && !watch->introduced)
		introduce(watch, frame);
	return status;
}

static sp_status watch_on(price_watch *watch, sp_follow *follow, sp_message *message)
{
	sp_follow_event event;
	sp_frame frame = {0};
	sp_status status = SP_OK;
	int64_t left_ns;

	while (status == SP_OK && !watch_done(watch) && (left_ns = watch->until_ns - monotonic()) > 0) {
		int wait_ms = left_ns < LOOK_MS * SP_MS ? (int)(left_ns / SP_MS) + 1 : LOOK_MS;
		status = sp_follow_next(follow, wait_ms, &event, &frame, message);
		if (status == SP_OK)
			status = take_event(watch, event, &frame);
		else if (status == SP_E_END)
			status = SP_OK;
		listen_for_silence(watch);
	}
	return status;
}

static sp_exit watch(const price_asked *asked, const char *prices, const char *book)
{
	price_watch watch = {.asked = asked, .screen = sp_screen_of(stdout), .until_ns = INT64_MAX};
	sp_follow *follow = NULL;
	sp_message message = {{0}};
	sp_status status = SP_E_MEMORY;
	sp_exit code;

	if (asked->for_ns > 0)
		watch.until_ns = monotonic() + asked->for_ns;
	watch.seen = sp_watch_open(tell, &watch);
	if (watch.seen)
		status = sp_follow_open(prices, book, CLIENT, WAIT_MS, &follow, &message);
	if (status == SP_OK)
		status = watch_on(&watch, follow, &message);
	sp_follow_close(follow);
	sp_watch_close(watch.seen);
	if (status == SP_OK && watch.changes < asked->count && !sp_exit_reader_gone())
		return SP_EXIT_NEGATIVE; /* waited for so many, and they did not come */
	code = sp_exit_with(status, &message);
	return status == SP_E_ABSENT ? SP_EXIT_TEMPORARY : code; /* a daemon that has just started: no book yet */
}

static const struct argp_option watch_options[] = {
    STATE_OPTION,
    {"prices", KEY_PRICES, "URL", 0, "Where the feed sends changes, instead of --state", 0},
    {"book", KEY_BOOK, "URL", 0, "Where the feed gives its whole book, instead of --state", 0},
    {"all", KEY_ALL, NULL, 0, "Print the prices that hold at the beginning, too", 0},
    {"for", KEY_FOR, "SPAN", 0, "End after so long (default: never)", 0},
    {"count", KEY_COUNT, "N", 0, "End after so many changes", 0},
    {"json", KEY_JSON, NULL, 0, "JSON Lines instead of text", 0},
    {0},
};

static int run_watch(int argc, char **argv)
{
	static const struct argp argp = {
	    watch_options,
	    take_option,
	    "[PATTERN]",
	    "Follows the price feed as a gateway would: the whole book first, then each change as it comes, with gaps "
	    "repaired. PATTERN chooses SKUs and families ('*' stands for any run of characters)."
	    "\vA change is told once, when it is published or announced; once more when an announced price comes into "
	    "force or is "
	    "withdrawn. Exits with 2 when --for is over before --count changes came, 69 when no feed is there.\n\n"
	    "  setpoint price watch\n  setpoint price watch 'chat/*' --json | jq .usd\n"
	    "  setpoint price watch --count 1 --for 5m && echo moved\n",
	    NULL,
	    NULL,
	    NULL};
	price_asked asked = {0};
	sp_home home;
	sp_exit code;

	argp_parse(&argp, argc, argv, 0, NULL, &asked);
	if (asked.prices)
		return watch(&asked, asked.prices, asked.book);
	code = sp_asking_home(asked.state, &home);
	if (code != SP_EXIT_OK)
		return code;
	code = watch(&asked, home.prices, home.book);
	sp_home_fini(&home);
	return code;
}

int sp_noun_price(int argc, char **argv)
{
	static const sp_verb list[] = {
	    {"get", "prices in force and announced", run_get},
	    {"watch", "every change as it comes", run_watch},
	    {0},
	};
	static const sp_verbs verbs = {list, "The price book: what customers are charged, and what they were told.", ""};

	return sp_verb_run(&verbs, argc, argv);
}
