/* init.c - `setpoint init DIR`: from the files that a company has to a checked configuration that observes, and its first margin. Nothing
 * is written before all of it was read and the configuration's own check accepted it; nothing is overwritten. */
#include <argp.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/assert.h"
#include "cli/complain.h"
#include "cli/exchange.h"
#include "cli/margins.h"
#include "cli/number.h"
#include "cli/question.h"
#include "cli/screen.h"
#include "cli/verb.h"
#include "cli/wrap.h"
#include "sim/draft/draft.h"

#define PATH_MAX_BYTES SP_QUESTION_PATH_MAX
#define WORDS_MAX      640 /* of a line, beside a path */
#define BUSY_MORE      0.8 /* [1] as many a fleet is, to say what the guess of SP_DRAFT_BUSY is worth */

typedef struct init_asked {
	char *dir;
	const char *prices, *usage, *bill;
	sp_bill_options options;
} init_asked;

/* The two files, in memory until they are known to be right. */
typedef struct init_texts {
	char *yaml, *sheet; /* owned */
	size_t n_yaml, n_sheet;
} init_texts;

enum { KEY_PRICES = 0x100, KEY_USAGE, KEY_BILL, KEY_FX, KEY_HELP = '?' };

static const struct argp_option init_options[] = {
    {"prices", KEY_PRICES, "FILE", 0,
     "Prices: a CSV with sku,usd[,family,meter,unit,weight], or a LiteLLM price map (JSON)", 0},
    {"usage", KEY_USAGE, "CSV", 0, "What was billed: hour,sku,cohort,units,revenue", 0},
    {"bill", KEY_BILL, "CSV", 0,
     "What capacity costs: gpus,usd_per_gpu_h[,id,pool,term,ends,credits_until], or a FOCUS bill", 0},
    {"fx", KEY_FX, "CUR=RATE", 0, "What one of the bill's currency is worth in USD, such as EUR=1.08; once for each",
     0},
    {"help", KEY_HELP, NULL, 0, "Give this help list", -1},
    {0},
};

static const char init_about[] =
    "Writes DIR/setpoint.yaml and DIR/prices.csv from the files that a company has, and prints the margin by family. "
    "The configuration "
    "is checked and observes; every guess in it is marked `# guess:' with what to replace it with. Nothing is "
    "overwritten."
    "\vEach file may be missing: on a terminal it is asked for, and what it would have said is guessed or unknown.\n\n"
    "  setpoint init shop --prices prices.csv --usage usage.csv --bill lots.csv\n"
    "  grep -n guess: shop/setpoint.yaml\n";

static void take_rate(init_asked *asked, const char *text, const struct argp_state *state)
{
	sp_bill_options *options = &asked->options;

	if (options->n_rates == SP_BILL_RATES_MAX)
		argp_error(state, "--fx: more than %d currencies", SP_BILL_RATES_MAX);
	if (sp_exchange_parse(text, &options->rates[options->n_rates]) != SP_OK)
		argp_error(state, "--fx: '%s' is not a currency and a rate such as EUR=1.08", text);
	options->n_rates++;
}

static void take_dir(init_asked *asked, char *dir, const struct argp_state *state)
{
	size_t n = strlen(dir);

	if (asked->dir)
		argp_error(state, "more than one DIR");
	if (n == 0)
		argp_error(state, "DIR is empty");
	while (n > 1 && dir[n - 1] == '/')
		dir[--n] = '\0';
	asked->dir = dir;
}

static error_t take_option(int key, char *value, struct argp_state *state)
{
	init_asked *asked = state->input;

	switch (key) {
	case KEY_PRICES:
		asked->prices = value;
		return 0;
	case KEY_USAGE:
		asked->usage = value;
		return 0;
	case KEY_BILL:
		asked->bill = value;
		return 0;
	case KEY_FX:
		take_rate(asked, value, state);
		return 0;
	case KEY_HELP:
		argp_state_help(state, stdout, ARGP_HELP_STD_HELP);
		return 0;
	case ARGP_KEY_ARG:
		take_dir(asked, value, state);
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "no DIR is given: where the configuration goes, such as `shop'");
		return EINVAL;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* --- asking --- */

static void ask_what_is_missing(init_asked *asked)
{
	static char prices[PATH_MAX_BYTES], usage[PATH_MAX_BYTES], bill[PATH_MAX_BYTES];

	if (!sp_question_possible())
		return;
	if (!asked->prices)
		asked->prices = sp_question_file("Prices, a CSV with sku,usd or a LiteLLM price map", prices);
	if (!asked->usage)
		asked->usage = sp_question_file("Usage, a CSV with hour,sku,cohort,units,revenue", usage);
	if (!asked->bill)
		asked->bill = sp_question_file("What capacity costs, a CSV with gpus,usd_per_gpu_h or a FOCUS bill", bill);
}

/* --- reading --- */

/* A regular file or a device: its beginning is read twice. */
static sp_status check_file(FILE *file, const char *path, sp_message *message)
{
	struct stat about;

	if (fstat(fileno(file), &about) == 0 && S_ISDIR(about.st_mode))
		return sp_message_set(message, SP_E_IO, "%s: is a directory; give a file", path);
	if (fseek(file, 0, SEEK_SET) != 0)
		return sp_message_set(message, SP_E_IO, "%s: is a pipe; give a file, since its beginning is read twice", path);
	return SP_OK;
}

static sp_status read_file(const char *path, sp_draft *draft,
                           sp_status (*read)(sp_draft *, FILE *, const char *, sp_message *), sp_message *message)
{
	FILE *file;
	sp_status status;

	if (!path)
		return SP_OK;
	file = fopen(path, "rbe");
	if (!file)
		return sp_message_set(message,
		                      errno == ENOENT   ? SP_E_ABSENT
		                      : errno == EACCES ? SP_E_PERMISSION
		                                        : SP_E_IO,
		                      "%s: cannot be read: %s", path, strerror(errno));
	status = check_file(file, path, message);
	if (status == SP_OK)
		status = read(draft, file, path, message);
	fclose(file);
	return status;
}

static sp_status read_usage(sp_draft *draft, FILE *file, const char *name, sp_message *message)
{
	sp_status status = sp_billed_read(file, name, &draft->billed, message);

	draft->has_usage = true;
	if (status == SP_OK && draft->billed.end_ns <= draft->billed.first_ns)
		return sp_message_set(message, SP_E_SYNTAX, "%s: no row below the header; leave out --usage", name);
	return status;
}

static sp_status read_all(const init_asked *asked, sp_draft *draft, sp_message *message)
{
	sp_status status = read_file(asked->usage, draft, read_usage, message);

	if (status == SP_OK)
		status = read_file(asked->prices, draft, sp_draft_prices, message);
	if (status == SP_OK)
		status = read_file(asked->bill, draft, sp_draft_bill, message);
	return status == SP_OK ? sp_draft_settle(draft, message) : status;
}

/* --- writing --- */

static void place_of(const char *dir, const char *name, char path[PATH_MAX_BYTES])
{
	snprintf(path, PATH_MAX_BYTES, "%s/%s", dir, name);
}

static sp_status make_text(const sp_draft *draft, void (*write)(const sp_draft *, FILE *), char **text, size_t *n)
{
	FILE *out = open_memstream(text, n);

	if (!out)
		return SP_E_MEMORY;
	write(draft, out);
	return fclose(out) == 0 ? SP_OK : SP_E_MEMORY;
}

/* Would it be accepted? Complains about each thing that would not. */
static sp_exit check_texts(const init_asked *asked, const init_texts *texts, sp_config **config)
{
	char yaml[PATH_MAX_BYTES], sheet[PATH_MAX_BYTES];
	sp_complaints complaints = {0};
	sp_status status;

	place_of(asked->dir, "setpoint.yaml", yaml);
	place_of(asked->dir, "prices.csv", sheet);
	status =
	    sp_config_parse(yaml, texts->yaml, texts->n_yaml, sheet, texts->sheet, texts->n_sheet, config, &complaints);
	sp_complain_print(&complaints);
	sp_complaints_fini(&complaints);
	if (status == SP_OK)
		return SP_EXIT_OK;
	fprintf(stderr,
	        "setpoint: the configuration that your files make would be refused, as said above; nothing was written\n");
	return SP_EXIT_BAD_INPUT;
}

static sp_status write_file(const char *dir, const char *name, const char *text, size_t n, sp_message *message)
{
	char path[PATH_MAX_BYTES];
	FILE *file;
	bool written;

	place_of(dir, name, path);
	file = fopen(path, "wbxe");
	if (!file)
		return sp_message_set(message, SP_E_IO, "%s: cannot be made: %s", path, strerror(errno));
	written = fwrite(text, 1, n, file) == n;
	written = fclose(file) == 0 && written;
	if (!written)
		unlink(path);
	return written ? SP_OK : sp_message_set(message, SP_E_IO, "%s: cannot be written: %s", path, strerror(errno));
}

/* Both or none: a lone price sheet would be in the way of the next attempt. */
static sp_status write_files(const init_asked *asked, const init_texts *texts, sp_message *message)
{
	char sheet[PATH_MAX_BYTES];
	sp_status status;

	if (mkdir(asked->dir, 0777) != 0 && errno != EEXIST)
		return sp_message_set(message, SP_E_IO, "%s: cannot be made: %s", asked->dir, strerror(errno));
	status = write_file(asked->dir, "prices.csv", texts->sheet, texts->n_sheet, message);
	if (status != SP_OK)
		return status;
	status = write_file(asked->dir, "setpoint.yaml", texts->yaml, texts->n_yaml, message);
	place_of(asked->dir, "prices.csv", sheet);
	if (status != SP_OK)
		unlink(sheet);
	return status;
}

static sp_exit check_place(const init_asked *asked)
{
	static const char *const names[] = {"setpoint.yaml", "prices.csv"};
	char path[PATH_MAX_BYTES];
	sp_message message;

	if (strlen(asked->dir) > PATH_MAX_BYTES - 32)
		return sp_exit_with(SP_E_RANGE, NULL);
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		place_of(asked->dir, names[i], path);
		if (access(path, F_OK) != 0)
			continue;
		sp_message_set(&message, SP_E_IO, "%s is there already, and is not overwritten; give another DIR", path);
		return sp_exit_with(SP_E_IO, &message);
	}
	return SP_EXIT_OK;
}

/* --- telling --- */

/* A line, broken where the terminal ends. */
static void __attribute__((format(printf, 1, 2))) say_line(const char *format, ...)
{
	sp_screen screen = sp_screen_of(stdout);
	char line[PATH_MAX_BYTES + WORDS_MAX];
	va_list values;

	va_start(values, format);
	vsnprintf(line, sizeof line, format, values);
	va_end(values);
	sp_wrap_line(stdout, &screen, line, 0, 2);
}

/* As a shell takes it. */
static void say_quoted(const char *text)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:/@+-";

	if (strspn(text, plain) == strlen(text)) {
		printf("%s", text);
		return;
	}
	putchar('\'');
	for (; *text; text++)
		if (*text == '\'')
			printf("'\\''");
		else
			putchar(*text);
	putchar('\'');
}

/* A command that can be copied, with what it is for: each text is said, quoted where it is a name. */
static void say_command(const char *why, const char *command, const char *config, const char *option, const char *file)
{
	printf("  # %s\n  %s", why, command);
	say_quoted(config);
	printf("%s", option);
	say_quoted(file);
	putchar('\n');
}

static unsigned count_guesses(const char *yaml)
{
	unsigned n = 0;

	for (const char *at = strstr(yaml, "# guess:"); at; at = strstr(at + 1, "# guess:"))
		n++;
	return n;
}

/* Has any SKU of the list been used? A list and a usage of other names have nothing to say to each other. */
static bool names_meet(const sp_draft *draft)
{
	for (uint32_t i = 0; i < sp_ids_count(draft->names); i++) {
		const char *sku = sp_ids_name(draft->names, i);
		if (draft->has_usage && sp_ids_find(draft->billed.skus, sku, strlen(sku)) != SP_NO_SLOT)
			return true;
	}
	return false;
}

static void say_what_is_unknown(const init_asked *asked, const sp_draft *draft)
{
	char entries[2 * SP_NUMBER_MAX];

	if (draft->n_skipped > 0)
		say_line("Unknown: %s without a usable amount, or of an unusable name; left out",
		         sp_number_plural(draft->n_skipped, "price", entries));
	if (draft->n_variants > 0)
		say_line("Left out: %s on other terms (by the batch, flex, with priority, of long prompts)",
		         sp_number_plural(draft->n_variants, "price", entries));
	if (!asked->prices)
		say_line("Unknown: list prices, since there was no price file: those in prices.csv are what was earned");
	if (!asked->usage)
		say_line("Unknown: margin, since there was no usage");
	else if (!names_meet(draft))
		say_line("Unknown: margin, since no SKU of the usage is in the price list: the usage says '%s', the list '%s'",
		         sp_ids_name(draft->billed.skus, 0), sp_ids_name(draft->names, 0));
	if (!asked->bill)
		say_line("Unknown: cost and with it margin, since there was no bill: the lot in setpoint.yaml is made up");
	else if (asked->usage && names_meet(draft))
		say_line("Guessed: that GPUs were %.0f %% busy. Had they been %.0f %%, every cost above would be %.1f times as "
		         "high",
		         100 * SP_DRAFT_BUSY, 100 * BUSY_MORE, BUSY_MORE / SP_DRAFT_BUSY);
}

static void say_what_is_next(const init_asked *asked)
{
	char yaml[PATH_MAX_BYTES], state[PATH_MAX_BYTES];

	place_of(asked->dir, "setpoint.yaml", yaml);
	place_of(asked->dir, "state", state);
	printf("\nNext:\n");
	say_command("the guesses: replace them, what capacity costs and serves first", "grep -n guess: ", yaml, "", "");
	say_command("the margin again, with what was replaced", "setpoint margin show -c ", yaml, " --usage ",
	            asked->usage ? asked->usage : "usage.csv");
	say_command("every value, and where it comes from", "setpoint config show -c ", yaml, "", "");
	if (asked->usage)
		say_command("what would have been decided", "setpoint replay -c ", yaml, " --trace usage:", asked->usage);
	say_command("the daemon: it logs what it would decide, and moves no price", "setpoint run -c ", yaml, " --state ",
	            state);
}

static sp_exit tell(const init_asked *asked, const sp_draft *draft, const init_texts *texts, const sp_config *config)
{
	char guesses[2 * SP_NUMBER_MAX];
	sp_exit code = SP_EXIT_OK;

	say_line("Written: %s/setpoint.yaml and prices.csv, checked; %s marked in it. It observes, and moves no price.",
	         asked->dir, sp_number_plural(count_guesses(texts->yaml), "guessed value", guesses));
	putchar('\n');
	if (asked->usage && asked->bill && names_meet(draft))
		code = sp_margins_show(config, &draft->billed, false);
	say_what_is_unknown(asked, draft);
	say_what_is_next(asked);
	return code;
}

static sp_exit init_directory(const init_asked *asked, const sp_draft *draft)
{
	init_texts texts = {0};
	sp_config *config = NULL;
	sp_message message = {""};
	sp_exit code;
	sp_status status = make_text(draft, sp_draft_yaml, &texts.yaml, &texts.n_yaml);

	if (status == SP_OK)
		status = make_text(draft, sp_draft_sheet, &texts.sheet, &texts.n_sheet);
	code = sp_exit_with(status, NULL);
	if (code == SP_EXIT_OK)
		code = check_texts(asked, &texts, &config);
	if (code == SP_EXIT_OK)
		code = sp_exit_with(write_files(asked, &texts, &message), &message);
	if (code == SP_EXIT_OK)
		code = tell(asked, draft, &texts, config);
	sp_config_close(config);
	free(texts.yaml);
	free(texts.sheet);
	return code;
}

int sp_noun_init(int argc, char **argv)
{
	static const struct argp argp = {init_options, take_option, "DIR", init_about, NULL, NULL, NULL};
	init_asked asked = {.options.cost = SP_BILL_EFFECTIVE};
	sp_draft draft = {0};
	sp_message message = {""};
	sp_status status;
	sp_exit code;

	argp_parse(&argp, argc, argv, ARGP_NO_HELP, NULL, &asked); /* argp's own --usage would stand beside ours */
	code = check_place(&asked);
	if (code != SP_EXIT_OK)
		return code;
	ask_what_is_missing(&asked);
	if (!asked.prices && !asked.usage)
		return sp_exit_usage(argv[0], "nothing to begin with: give --prices, --usage or both");
	draft.bill_options = asked.options;
	status = read_all(&asked, &draft, &message);
	code = sp_exit_with(status == SP_E_UNKNOWN ? SP_E_SYNTAX : status, &message); /* an unknown currency is bad input */
	if (code == SP_EXIT_OK)
		code = init_directory(&asked, &draft);
	sp_draft_fini(&draft);
	return code;
}
