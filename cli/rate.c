/* rate.c - `setpoint rate`: requests to lines and totals, at the list prices of a configuration, as a gateway rates them. */
#include <argp.h>
#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "base/time.h"
#include "cli/complain.h"
#include "cli/exit.h"
#include "cli/prices.h"
#include "cli/table.h"
#include "cli/usage.h"
#include "cli/verb.h"
#include "sim/decide/line.h"
#include "sim/trace/lines.h"

#define REQUESTS_MAX  64 /* on a command line; any number on standard input */
#define QUANTITY_TEXT 32 /* [bytes] "9223372036854.775807" and room */

typedef struct rate_asked {
	const char *config, *requests[REQUESTS_MAX];
	int n_requests;
	bool json;
} rate_asked;

/* A run over requests. */
typedef struct rate_run {
	sp_prices prices;
	sp_screen screen;
	bool json;
	uint64_t rated, unrated;
} rate_run;

enum { KEY_JSON = 0x100 };

static const struct argp_option rate_options[] = {
    {"config", 'c', "FILE", 0, "The configuration whose list prices hold", 0},
    {"json", KEY_JSON, NULL, 0, "JSON Lines instead of tables", 0},
    {0},
};

static const char rate_about[] =
    "Rates requests: what was used of each meter, to lines and a total, exactly as a gateway does. REQUEST is a JSON "
    "object; without one, JSON Lines are read from standard input. The prices are the list prices of the "
    "configuration. What has no price is unrated, with a code, and never zero."
    "\vExits with 2 when a request is unrated, 65 when one is malformed, 78 when the configuration is refused.\n\n"
    "  setpoint rate -c setpoint.yaml --json <requests.jsonl\n"
    "  echo '{\"family\":\"chat\",\"t\":\"2026-11-24T09:00:00Z\",\"usage\":{\"input\":9}}' |\n"
    "    setpoint rate -c setpoint.yaml\n";

static error_t take_option(int key, char *value, struct argp_state *state)
{
	rate_asked *asked = state->input;

	switch (key) {
	case 'c':
		asked->config = value;
		return 0;
	case KEY_JSON:
		asked->json = true;
		return 0;
	case ARGP_KEY_ARG:
		if (asked->n_requests == REQUESTS_MAX)
			argp_error(state, "at most %d requests here; any number on standard input", REQUESTS_MAX);
		asked->requests[asked->n_requests++] = value;
		return 0;
	case ARGP_KEY_END:
		if (!asked->config)
			argp_error(state, "which prices? Give -c FILE");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* --- an answer --- */

/* All the places that there are, up to six. */
static char *quantity_text(int64_t micro, char text[QUANTITY_TEXT])
{
	int n = snprintf(text, QUANTITY_TEXT, "%lld.%06lld", (long long)(micro / SP_MICRO), (long long)(micro % SP_MICRO));

	while (text[n - 1] == '0')
		text[--n] = '\0';
	if (text[n - 1] == '.')
		text[--n] = '\0';
	return text;
}

static void json_text(const char *key, const char *text)
{
	printf(",\"%s\":", key);
	if (text)
		sp_line_text(stdout, text);
	else
		fputs("null", stdout);
}

static void json_money(const char *key, sp_money money)
{
	char text[SP_DECIMAL_TEXT_MAX];

	printf(",\"%s\":\"%s\"", key, sp_decimal_format(money.nano, text));
}

static void json_begin(const sp_usage *usage, const char *state)
{
	char text[SP_TIME_TEXT_MAX];

	fputs("{\"schema\":\"setpoint.rated/v1\"", stdout);
	json_text("id", usage->id[0] ? usage->id : NULL);
	json_text("family", usage->family);
	json_text("t", sp_time_format(usage->admission_ns, text));
	json_text("state", state);
}

static void json_rated(const rate_run *run, const sp_usage *usage, const sp_rated *rated)
{
	char text[QUANTITY_TEXT];

	json_begin(usage, "rated");
	fputs(",\"lines\":[", stdout);
	for (size_t i = 0; i < rated->n_lines; i++) {
		const sp_rate_line *line = &rated->lines[i];
		fputs(i > 0 ? ",{\"meter\":" : "{\"meter\":", stdout);
		sp_line_text(stdout, line->meter);
		json_text("sku", line->price->sku);
		json_text("quantity", quantity_text(line->micro, text));
		json_text("unit", sp_prices_unit(&run->prices, line->price));
		json_money("usd", line->price->usd);
		json_money("amount_usd", line->amount);
		putchar('}');
	}
	putchar(']');
	json_money("total_usd", rated->total);
	puts("}");
}

static void json_unrated(const sp_usage *usage, sp_rate_verdict verdict, const char *refused)
{
	json_begin(usage, "unrated");
	json_text("code", sp_rate_code(verdict));
	json_text("meter", refused);
	json_text("text", sp_rate_text(verdict));
	puts("}");
}

/* What a request is called above its lines. */
static void print_heading(const sp_screen *screen, const sp_usage *usage)
{
	char text[SP_TIME_TEXT_MAX];

	printf("%s%s%s%s, %s%s\n", sp_screen_paint(screen, SP_COLOUR_BOLD), usage->id, usage->id[0] ? ": " : "",
	       usage->family, sp_time_format(usage->admission_ns, text), sp_screen_paint(screen, SP_COLOUR_PLAIN));
}

static sp_status print_rated(const rate_run *run, const sp_usage *usage, const sp_rated *rated)
{
	static const sp_table_column columns[] = {
	    {"METER", SP_TABLE_LEFT}, {"SKU", SP_TABLE_LEFT},         {"QUANTITY", SP_TABLE_POINT}, {"UNIT", SP_TABLE_LEFT},
	    {"USD", SP_TABLE_POINT},  {"AMOUNT USD", SP_TABLE_POINT}, {NULL, SP_TABLE_LEFT}};
	char quantity[QUANTITY_TEXT], usd[SP_DECIMAL_TEXT_MAX], amount[SP_DECIMAL_TEXT_MAX];
	sp_table *table = sp_table_open(columns);
	sp_status status = SP_E_MEMORY;

	for (size_t i = 0; table && i < rated->n_lines; i++) {
		const sp_rate_line *line = &rated->lines[i];
		sp_table_add(table, SP_COLOUR_PLAIN,
		             (const char *[]){line->meter, line->price->sku, quantity_text(line->micro, quantity),
		                              sp_prices_unit(&run->prices, line->price),
		                              sp_decimal_format_short(line->price->usd.nano, usd),
		                              sp_decimal_format(line->amount.nano, amount)});
	}
	if (table) {
		print_heading(&run->screen, usage);
		status = sp_table_print(table, &run->screen, stdout);
		printf("total %s USD\n", sp_decimal_format(rated->total.nano, amount));
	}
	sp_table_close(table);
	return status;
}

static void print_unrated(const sp_screen *screen, const sp_usage *usage, sp_rate_verdict verdict, const char *refused)
{
	print_heading(screen, usage);
	printf("%sunrated%s: %s%s%s (%s)\n", sp_screen_paint(screen, SP_COLOUR_RED),
	       sp_screen_paint(screen, SP_COLOUR_PLAIN), refused ? refused : "", refused ? ": " : "", sp_rate_text(verdict),
	       sp_rate_code(verdict));
}

/* --- requests --- */

static sp_status rate_one(rate_run *run, const sp_usage *usage)
{
	sp_rate_usage list[SP_USAGE_METERS_MAX];
	sp_rate_request request = sp_usage_request(usage, list);
	sp_rate_table table = sp_prices_of(&run->prices, usage->family);
	const char *refused = NULL;
	sp_rated rated;
	sp_rate_verdict verdict = sp_rate(&request, &table, usage->admission_ns, &rated, &refused);
	sp_status status = SP_OK;

	if (verdict == SP_RATE_RATED && run->json)
		json_rated(run, usage, &rated);
	else if (verdict == SP_RATE_RATED)
		status = print_rated(run, usage, &rated);
	else if (run->json)
		json_unrated(usage, verdict, refused);
	else
		print_unrated(&run->screen, usage, verdict, refused);
	run->rated += verdict == SP_RATE_RATED;
	run->unrated += verdict != SP_RATE_RATED;
	if (status == SP_OK && (fflush(stdout) != 0 || ferror(stdout)))
		status = SP_E_IO;
	return status;
}

/* in  place: "standard input:3", for the message */
static sp_status rate_text(rate_run *run, const char *place, const char *text, size_t n, sp_message *message)
{
	sp_usage usage;
	sp_message why = {{0}};
	sp_status status = sp_usage_parse(text, n, &usage, &why);

	if (status != SP_OK)
		return sp_message_set(message, status, "%s: %s", place, why.text[0] ? why.text : sp_status_text(status));
	return rate_one(run, &usage);
}

static sp_status rate_arguments(rate_run *run, const rate_asked *asked, sp_message *message)
{
	sp_status status = SP_OK;
	char place[48];

	for (int i = 0; i < asked->n_requests && status == SP_OK; i++) {
		snprintf(place, sizeof place, "request %d", i + 1);
		status = rate_text(run, place, asked->requests[i], strlen(asked->requests[i]), message);
	}
	return status;
}

/* The first line that is no request ends it: what came after it might have been meant otherwise, too. */
static sp_status rate_lines(rate_run *run, sp_message *message)
{
	sp_lines lines = {0};
	sp_status status = sp_lines_open(&lines, stdin);
	char *text = NULL, place[48];
	size_t n = 0;

	while (status == SP_OK && (status = sp_lines_next(&lines, &text, &n)) == SP_OK) {
		snprintf(place, sizeof place, "stdin:%llu", (unsigned long long)lines.row);
		if (n > 0)
			status = rate_text(run, place, text, n, message);
	}
	if (status == SP_E_FULL && !message->text[0])
		sp_message_set(message, status, "stdin: a line is longer than %u bytes", SP_LINE_MAX);
	sp_lines_close(&lines);
	return status == SP_E_END ? SP_OK : status;
}

static sp_exit rate_config(const rate_asked *asked, const sp_setup *setup)
{
	rate_run run = {.screen = sp_screen_of(stdout), .json = asked->json};
	sp_message message = {{0}};
	sp_status status = sp_prices_open(setup, &run.prices, &message);
	sp_exit code;

	if (status != SP_OK) {
		sp_exit_with(status, &message);
		sp_prices_close(&run.prices);
		return status == SP_E_MEMORY ? SP_EXIT_FAILURE : SP_EXIT_CONFIG;
	}
	status = asked->n_requests > 0 ? rate_arguments(&run, asked, &message) : rate_lines(&run, &message);
	code = sp_exit_with(status, &message);
	if (run.unrated > 0)
		fprintf(stderr, "rate: %llu rated, %llu unrated\n", (unsigned long long)run.rated,
		        (unsigned long long)run.unrated);
	sp_prices_close(&run.prices);
	return code == SP_EXIT_OK && run.unrated > 0 ? SP_EXIT_NEGATIVE : code;
}

int sp_noun_rate(int argc, char **argv)
{
	static const struct argp argp = {rate_options, take_option, "[REQUEST…]", rate_about, NULL, NULL, NULL};
	rate_asked asked = {0};
	sp_config *config = NULL;
	sp_exit code;

	argp_parse(&argp, argc, argv, 0, NULL, &asked);
	code = sp_complain_read(asked.config, &config);
	if (code == SP_EXIT_OK)
		code = rate_config(&asked, sp_config_setup(config));
	sp_config_close(config);
	return code;
}
