/* import.c - `setpoint signal import focus`: a cloud bill as signals of kind `cost`. All of the bill is read before the first signal
 * is printed: a file that is wrong anywhere gives none. */
#include "cli/import.h"

#include <argp.h>
#include <errno.h>
#include <string.h>

#include "base/assert.h"
#include "base/signal.h"
#include "base/time.h"
#include "cli/bill.h"
#include "cli/exchange.h"
#include "cli/exit.h"
#include "cli/verb.h"

#define FILES_MAX 256 /* what a shell's pattern names */

typedef struct import_asked {
	const char *files[FILES_MAX];
	int n_files;
	const char *rules, *source;
	sp_bill_options options;
	bool json;
} import_asked;

enum { KEY_RULES = 0x100, KEY_COST, KEY_FX, KEY_SOURCE, KEY_JSON };

static const struct argp_option import_options[] = {
    {"rules", KEY_RULES, "CSV", 0, "Which rows belong to which lot; without it every row is unmatched", 0},
    {"cost", KEY_COST, "COLUMN", 0,
     "Which cost becomes signals: BilledCost, EffectiveCost (default), ContractedCost, ListCost", 0},
    {"fx", KEY_FX, "CUR=RATE", 0, "What one of a currency is worth in USD, such as EUR=1.08; once for each", 0},
    {"source", KEY_SOURCE, "NAME", 0, "The signals' source (default focus)", 0},
    {"json", KEY_JSON, NULL, 0, "The sums as one object, in place of the signals", 0},
    {0},
};

static const char import_about[] =
    "Reads cost and usage files in the FinOps open format (FOCUS 1.0 to 1.3) and prints signals of kind `cost', one "
    "for each supply "
    "lot and charge period, as JSON Lines; the sums are on standard error. Several files make one bill."
    "\vThe rules are a CSV: the first column is `lot', the others are columns of the bill, or tag:KEY. A row's cells "
    "must all match, "
    "`*' stands for any characters, the first such row wins.\n\nAmounts are exact: what lands in lots and what is "
    "unmatched add up to "
    "the file to the last digit. Credits are counted beside the lots and are no signal.\n\n"
    "  setpoint signal import focus --rules lots-of-bill.csv bill.csv > cost.jsonl\n"
    "  setpoint replay -c setpoint.yaml --trace signals:cost.jsonl\n";

/* --- the command line --- */

static error_t take_cost(import_asked *asked, const char *name, const struct argp_state *state)
{
	for (uint32_t cost = 0; cost < SP_BILL_COSTS; cost++)
		if (strcmp(sp_bill_cost_names[cost], name) == 0) {
			asked->options.cost = cost;
			return 0;
		}
	argp_error(state, "--cost: '%s' is none of BilledCost, EffectiveCost, ContractedCost, ListCost", name);
	return EINVAL;
}

static error_t take_rate(import_asked *asked, const char *text, const struct argp_state *state)
{
	sp_bill_options *options = &asked->options;

	if (options->n_rates == SP_BILL_RATES_MAX)
		argp_error(state, "--fx: more than %d currencies", SP_BILL_RATES_MAX);
	if (sp_exchange_parse(text, &options->rates[options->n_rates]) != SP_OK)
		argp_error(state, "--fx: '%s' is not a currency and a rate such as EUR=1.08", text);
	options->n_rates++;
	return 0;
}

static error_t take_file(import_asked *asked, const char *file, const struct argp_state *state)
{
	if (asked->n_files == FILES_MAX)
		argp_error(state, "more than %d files", FILES_MAX);
	asked->files[asked->n_files++] = file;
	return 0;
}

static error_t take_option(int key, char *value, struct argp_state *state)
{
	import_asked *asked = state->input;

	switch (key) {
	case KEY_RULES:
		asked->rules = value;
		return 0;
	case KEY_COST:
		return take_cost(asked, value, state);
	case KEY_FX:
		return take_rate(asked, value, state);
	case KEY_SOURCE:
		if (sp_id_check(value, strlen(value)) != SP_OK)
			argp_error(state, "--source: '%s' is no name: 1-128 of A-Z a-z 0-9 . _ : / @ + -", value);
		asked->source = value;
		return 0;
	case KEY_JSON:
		asked->json = true;
		return 0;
	case ARGP_KEY_ARG:
		return take_file(asked, value, state);
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "no FILE is given; `-' is standard input");
		return EINVAL;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* --- the files --- */

static sp_status open_file(const char *path, FILE **file, sp_message *message)
{
	*file = strcmp(path, "-") == 0 ? stdin : fopen(path, "rbe");
	if (*file)
		return SP_OK;
	return sp_message_set(message,
	                      errno == ENOENT   ? SP_E_ABSENT
	                      : errno == EACCES ? SP_E_PERMISSION
	                                        : SP_E_IO,
	                      "%s: cannot be read: %s", path, strerror(errno));
}

static void close_file(FILE *file)
{
	if (file != stdin)
		fclose(file);
}

static sp_status read_rules(const char *path, sp_lot_rules *rules, sp_message *message)
{
	FILE *file;
	sp_status status;

	if (!path)
		return SP_OK;
	status = open_file(path, &file, message);
	if (status != SP_OK)
		return status;
	status = sp_lot_rules_read(file, path, rules, message);
	close_file(file);
	return status;
}

static sp_status read_bill(const import_asked *asked, sp_bill *bill, sp_message *message)
{
	sp_status status = SP_OK;

	for (int i = 0; status == SP_OK && i < asked->n_files; i++) {
		FILE *file;
		status = open_file(asked->files[i], &file, message);
		if (status != SP_OK)
			return status;
		status = sp_bill_read(file, file == stdin ? "standard input" : asked->files[i], bill, message);
		close_file(file);
	}
	return status == SP_OK ? sp_bill_sort(bill) : status;
}

/* --- the signals --- */

/* Checks and adds up all of them, before the first one is printed. */
static sp_status count_signals(const sp_bill *bill, sp_bill_signals *signals, sp_message *message)
{
	for (size_t i = 0; i < bill->n_bookings; i++) {
		const sp_bill_booking *booking = &bill->bookings[i];
		sp_exact residue, whole;
		sp_money usd;

		if (sp_exact_money(booking->usd, &usd, &residue) != SP_OK ||
		    sp_kind_check(SP_KIND_cost, (sp_value){.nano = usd.nano}) != SP_OK)
			return sp_message_set(message, SP_E_RANGE, "%s: more than 1000000000 USD in one charge period",
			                      sp_ids_name(bill->rules->lots, booking->lot));
		whole.atto = booking->usd.atto - residue.atto;
		signals->n++;
		if (sp_exact_add(signals->usd, whole, &signals->usd) != SP_OK ||
		    sp_exact_add(signals->residue, residue, &signals->residue) != SP_OK)
			return SP_E_OVERFLOW;
	}
	return SP_OK;
}

/* A period's cost is known at its end: dated at its last nanosecond, as every aggregate (R12). */
static void print_signals(const sp_bill *bill, const char *source)
{
	char t[SP_TIME_TEXT_MAX], value[SP_DECIMAL_TEXT_MAX];

	for (size_t i = 0; i < bill->n_bookings; i++) {
		const sp_bill_booking *booking = &bill->bookings[i];
		sp_exact residue;
		sp_money usd = {0};
		sp_status status = sp_exact_money(booking->usd, &usd, &residue);

		SP_ASSERT(status == SP_OK);
		printf("{\"t\":\"%s\",\"kind\":\"cost\",\"subject\":\"%s\",\"value\":\"%s\",\"source\":\"%s\"}\n",
		       sp_time_format(booking->end_ns - 1, t), sp_ids_name(bill->rules->lots, booking->lot),
		       sp_decimal_format_short(usd.nano, value), source);
	}
}

static sp_status import_bill(const import_asked *asked, sp_bill *bill, sp_message *message)
{
	sp_bill_signals signals = {0};
	sp_status status = read_bill(asked, bill, message);

	if (status == SP_OK)
		status = count_signals(bill, &signals, message);
	if (status != SP_OK)
		return status;
	if (asked->json)
		sp_bill_json(bill, &signals);
	else
		print_signals(bill, asked->source);
	return asked->json ? SP_OK : sp_bill_words(bill, &signals);
}

static int run_focus(int argc, char **argv)
{
	static const struct argp argp = {import_options, take_option, "FILE...", import_about, NULL, NULL, NULL};
	import_asked asked = {.source = "focus", .options.cost = SP_BILL_EFFECTIVE};
	sp_lot_rules rules = {0};
	sp_bill bill = {0};
	sp_message message = {""};
	sp_status status;

	argp_parse(&argp, argc, argv, 0, NULL, &asked);
	status = read_rules(asked.rules, &rules, &message);
	if (status == SP_OK)
		status = sp_bill_init(&rules, &asked.options, &bill);
	if (status == SP_OK)
		status = import_bill(&asked, &bill, &message);
	sp_bill_fini(&bill);
	sp_lot_rules_fini(&rules);
	return sp_exit_with(status == SP_E_UNKNOWN ? SP_E_SYNTAX : status, &message); /* an unknown currency is bad input */
}

int sp_import_run(int argc, char **argv)
{
	static const sp_verb list[] = {
	    {"focus", "a cloud bill in the FinOps open format, as cost of supply lots", run_focus},
	    {0},
	};
	static const sp_verbs verbs = {list, "What others keep, as signals.", ""};

	return sp_verb_run(&verbs, argc, argv);
}
