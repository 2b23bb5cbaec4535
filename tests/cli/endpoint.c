/* endpoint.c - the socket ends of a daemon without its engine, for tests of the commands that talk to one: what they ask is
 * answered from files, what they send is printed, what they follow is published on demand. The ends are the real ones.
 *
 *     endpoint DIR [SIGNALS_URL PRICES_URL]
 *
 * It listens in DIR/run/, and at the two urls besides. On stdout, a JSON line each: "ready", every question, every message. An answer is
 * DIR/answers/VERB: "STATUS<tab>TEXT", then rows of cells with tabs between. On stdin, a line each:
 *
 *     hold, go                                           reads signals no more, and again
 *     price FAMILY SKU VERSION BEFORE USD AFTER OFFER    gathers a price; it counts AFTER [s] from the program's start
 *     begin EPOCH                                        the gathered prices are the whole book
 *     publish [SKIP]                                     the gathered families change; SKIP frames are lost before */
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/time.h"
#include "sim/decide/line.h"
#include "transport/control/control.h"
#include "transport/feed/feed.h"
#include "transport/intake/intake.h"
#include "transport/wire/signals.h"

#define PRICES_MAX 2000
#define LOOK_MS    5

typedef struct endpoint {
	const char *dir;
	sp_control *control;
	sp_intake *intake;
	sp_feed *feed;
	sp_wire_decoder *decoder;
	bool holds;
	int64_t began_ns;
	uint64_t seq;
	/* gathered, in order */
	uint32_t n;
	char families[PRICES_MAX][SP_ID_MAX + 1], skus[PRICES_MAX][SP_ID_MAX + 1];
	sp_price prices[PRICES_MAX];
	sp_frame_group groups[PRICES_MAX];
} endpoint;

static sp_control_answer answer;

static int64_t clock_now(void *context)
{
	struct timespec now;

	(void)context;
	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec * SP_SEC + now.tv_nsec;
}

static void wake(void *context)
{
	(void)context;
}

static void must(sp_status status, const sp_message *message)
{
	if (status == SP_OK)
		return;
	fprintf(stderr, "endpoint: %s\n", message->text[0] ? message->text : sp_status_text(status));
	exit(1);
}

/* --- questions --- */

static void print_question(const sp_control_request *request)
{
	printf("{\"asked\":\"%s\",\"arguments\":[", sp_control_verb_name(request->verb));
	for (uint32_t i = 0; i < request->n_arguments; i++) {
		fputs(i > 0 ? "," : "", stdout);
		sp_line_text(stdout, request->arguments[i]);
	}
	puts("]}");
}

/* Prices are asked for page by page: of families after one. */
static bool is_before(const sp_control_request *request, const char *const *cells, uint32_t n_cells)
{
	return request->verb == SP_CONTROL_prices && n_cells > 6 && strcmp(cells[6], request->arguments[1]) <= 0;
}

static void answer_row(const sp_control_request *request, char *line, char last[SP_ID_MAX + 1])
{
	const char *cells[SP_CONTROL_CELLS_MAX];
	uint32_t n = 0;
	char *cell;

	while (n < SP_CONTROL_CELLS_MAX && (cell = strsep(&line, "\t")) != NULL)
		cells[n++] = cell;
	if (is_before(request, cells, n))
		return;
	if (request->verb == SP_CONTROL_prices && n > 6 && strcmp(cells[6], last) != 0) {
		sp_control_answer_group(&answer);
		snprintf(last, SP_ID_MAX + 1, "%s", cells[6]);
	}
	sp_control_answer_row(&answer, cells, n);
}

static void answer_from_file(const endpoint *e, const sp_control_request *request)
{
	char path[1024], line[8192], last[SP_ID_MAX + 1] = "";
	FILE *file;

	sp_control_answer_init(&answer);
	snprintf(path, sizeof path, "%s/answers/%s", e->dir, sp_control_verb_name(request->verb));
	file = fopen(path, "r");
	for (int i = 0; file && fgets(line, sizeof line, file); i++) {
		char *text;
		line[strcspn(line, "\n")] = '\0';
		if (i > 0) {
			answer_row(request, line, last);
			continue;
		}
		text = strchr(line, '\t');
		answer.status = (sp_status)atoi(line);
		sp_message_set(&answer.message, answer.status, "%s", text ? text + 1 : "");
	}
	if (file)
		fclose(file);
}

static void take_question(endpoint *e)
{
	sp_control_request request;
	uid_t uid;

	if (sp_control_next(e->control, LOOK_MS, &request, &uid) != SP_OK)
		return;
	print_question(&request);
	answer_from_file(e, &request);
	sp_control_reply(e->control, &answer);
}

/* --- signals --- */

static void print_record(const sp_wire_record *record)
{
	printf("[%" PRId64 ",\"%s\",\"%.*s\",", record->t_ns, sp_kinds[record->kind].name, (int)record->n_subject,
	       record->subject);
	if (sp_kinds[record->kind].money)
		printf("%" PRId64 "]", record->value.nano);
	else
		printf("%.17g]", record->value.real);
}

static void print_message(endpoint *e, const sp_intake_message *bytes)
{
	sp_wire_message message;
	sp_wire_reason reason = sp_wire_decode(e->decoder, bytes->bytes, bytes->n, &message);

	if (reason != SP_WIRE_ok) {
		printf("{\"malformed\":\"%s\"}\n", sp_wire_reason_name(reason));
		return;
	}
	printf("{\"source\":\"%.*s\",\"seq\":%" PRId64 ",\"at\":%" PRId64 ",\"local\":%s,\"records\":[",
	       (int)message.n_source, message.source, message.seq, clock_now(NULL), bytes->local ? "true" : "false");
	for (uint32_t i = 0; i < message.n_records; i++) {
		fputs(i > 0 ? "," : "", stdout);
		if (message.records[i].refusal != SP_REFUSED_none)
			printf("\"%s\"", sp_refusal_name(message.records[i].refusal));
		else
			print_record(&message.records[i]);
	}
	puts("]}");
}

static void take_messages(endpoint *e)
{
	sp_intake_message message;

	while (!e->holds && sp_intake_next(e->intake, &message)) {
		print_message(e, &message);
		sp_intake_release(e->intake, &message);
	}
}

/* --- prices --- */

static void gather(endpoint *e, const char *line)
{
	char before[32], usd[32], offer[16];
	double after;
	uint64_t version;
	sp_price *price = &e->prices[e->n];

	SP_ASSERT(e->n < PRICES_MAX);
	if (sscanf(line, "price %128s %128s %" SCNu64 " %31s %31s %lf %15s", e->families[e->n], e->skus[e->n], &version,
	           before, usd, &after, offer) != 7) {
		fprintf(stderr, "endpoint: no price: %s\n", line);
		exit(1);
	}
	*price = (sp_price){.sku = SP_NO_SLOT,
	                    .sku_id = e->skus[e->n],
	                    .unit = "1M tokens",
	                    .version = version,
	                    .parent = version > 0 ? version - 1 : 0,
	                    .not_before_ns = e->began_ns + (int64_t)(after * SP_SEC)};
	price->not_before_existing_ns = price->not_before_ns;
	must(sp_decimal_parse(before, strlen(before), &price->before.nano), &(sp_message){{0}});
	must(sp_decimal_parse(usd, strlen(usd), &price->amount.nano), &(sp_message){{0}});
	for (int i = 0; i < SP_OFFERS; i++)
		price->offer = strcmp(sp_offer_name((sp_offer)i), offer) == 0 ? (sp_offer)i : price->offer;
	e->n++;
}

static uint32_t group(endpoint *e)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < e->n; i++) {
		if (n == 0 || strcmp(e->groups[n - 1].family, e->families[i]) != 0)
			e->groups[n++] = (sp_frame_group){.family = e->families[i], .prices = &e->prices[i]};
		e->groups[n - 1].n_prices++;
	}
	e->n = 0;
	return n;
}

static sp_feed_news news(endpoint *e)
{
	sp_feed_news made = {.groups = e->groups, .n_groups = group(e), .first_seq = e->seq + 1};

	e->seq += sp_feed_frames(made.groups, made.n_groups);
	made.last_seq = e->seq;
	return made;
}

static void begin(endpoint *e, uint64_t counter)
{
	sp_epoch epoch = {.counter = counter, .random = {1, 2, 3}};
	sp_feed_news book = news(e);
	sp_message message = {{0}};

	must(sp_feed_begin(e->feed, &epoch, &book, &message), &message);
}

static void publish(endpoint *e, uint64_t skip)
{
	int64_t published_ns;
	sp_feed_news changes;
	sp_message message = {{0}};

	e->seq += skip;
	changes = news(e);
	must(sp_feed_publish(e->feed, &changes, &published_ns, &message), &message);
}

/* --- life --- */

static void obey(endpoint *e, const char *line)
{
	if (strcmp(line, "hold") == 0 || strcmp(line, "go") == 0)
		e->holds = line[0] == 'h';
	else if (strncmp(line, "begin", 5) == 0)
		begin(e, strtoull(line + 5, NULL, 10));
	else if (strncmp(line, "publish", 7) == 0)
		publish(e, strtoull(line + 7, NULL, 10));
	else
		gather(e, line);
	puts("{\"obeyed\":true}");
}

/* False: who drives it has gone. */
static bool take_orders(endpoint *e)
{
	static char text[65536];
	static size_t n;
	struct pollfd in = {.fd = STDIN_FILENO, .events = POLLIN};
	char *end;

	if (poll(&in, 1, 0) > 0) {
		ssize_t got = read(STDIN_FILENO, text + n, sizeof text - 1 - n);
		if (got <= 0)
			return false;
		n += (size_t)got;
	}
	while ((end = memchr(text, '\n', n)) != NULL) {
		size_t length = (size_t)(end - text) + 1;
		*end = '\0';
		obey(e, text);
		n -= length;
		memmove(text, text + length, n);
	}
	return true;
}

static void open_all(endpoint *e, const char *signals_too, const char *prices_too)
{
	static char signals[512], prices[512], book[512], control[512];
	const char *signals_urls[] = {signals, signals_too}, *prices_urls[] = {prices, prices_too}, *book_urls[] = {book};
	sp_intake_options intake = {.urls = signals_urls, .n_urls = signals_too ? 2 : 1, .wake = wake};
	sp_feed_options feed = {.prices = prices_urls,
	                        .n_prices = prices_too ? 2 : 1,
	                        .book = book_urls,
	                        .n_book = 1,
	                        .lease_ns = 2 * SP_SEC,
	                        .heartbeat_ns = SP_SEC / 2,
	                        .grace_ns = SP_HOUR,
	                        .now = clock_now};
	sp_message message = {{0}};

	snprintf(signals, sizeof signals, "ipc://%s/run/signals", e->dir);
	snprintf(prices, sizeof prices, "ipc://%s/run/prices", e->dir);
	snprintf(book, sizeof book, "ipc://%s/run/book", e->dir);
	snprintf(control, sizeof control, "ipc://%s/run/control", e->dir);
	must(sp_intake_open(&intake, &e->intake, &message), &message);
	must(sp_feed_open(&feed, &e->feed, &message), &message);
	must(sp_control_open(control, &e->control, &message), &message);
}

int main(int argc, char **argv)
{
	static endpoint e;
	char run[512];

	SP_ASSERT(argc == 2 || argc == 4);
	e.dir = argv[1];
	e.began_ns = clock_now(NULL);
	e.decoder = sp_wire_open();
	SP_ASSERT(e.decoder);
	snprintf(run, sizeof run, "%s/run", e.dir);
	mkdir(run, 0700);
	setvbuf(stdout, NULL, _IOLBF, 0);
	open_all(&e, argc == 4 ? argv[2] : NULL, argc == 4 ? argv[3] : NULL);
	puts("{\"ready\":true}");
	while (take_orders(&e)) {
		take_question(&e);
		take_messages(&e);
	}
	sp_control_close(e.control);
	sp_intake_close(e.intake);
	sp_feed_close(e.feed);
	sp_wire_close(e.decoder);
	return 0;
}
