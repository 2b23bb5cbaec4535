/* init.c - `setpoint init DIR`: from the files that a company has to a checked configuration that observes, and its first margin. Nothing
 * is written before all of it was read and the configuration's own check accepted it; nothing is overwritten. */
#include <argp.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/assert.h"
#include "cli/complain.h"
#include "cli/margins.h"
#include "cli/screen.h"
#include "cli/verb.h"
#include "sim/draft/draft.h"

#define PATH_MAX_BYTES 4096
#define ANSWER_MAX     PATH_MAX_BYTES

typedef struct init_asked {
	const char *dir, *prices, *usage, *bill;
} init_asked;

/* The two files, in memory until they are known to be right. */
typedef struct init_texts {
	char *yaml, *sheet; /* owned */
	size_t n_yaml, n_sheet;
} init_texts;

enum { KEY_PRICES = 0x100, KEY_USAGE, KEY_BILL };

static const struct argp_option init_options[] = {
    {"prices", KEY_PRICES, "FILE", 0,
     "Prices: a CSV with sku,usd[,family,meter,unit,weight], or a LiteLLM price map (JSON)", 0},
    {"usage", KEY_USAGE, "CSV", 0, "What was billed: hour,sku,cohort,units,revenue", 0},
    {"bill", KEY_BILL, "CSV", 0,
     "What capacity costs: gpus,usd_per_gpu_h[,id,pool,term,ends,credits_until], or a FOCUS bill", 0},
    {0},
};

static const char init_about[] =
    "Writes DIR/setpoint.yaml and DIR/prices.csv from the files that a company has, and prints the margin by family. "
    "The configuration "
    "is checked and observes; every guess in it is marked `# guess:' with what to replace it with. Nothing is "
    "overwritten."
    "\vEach file may be missing: on a terminal it is asked for, and what it would have said is guessed or unknown.\n\n"
    "  setpoint init shop --prices prices.csv --usage usage.csv --bill lots.csv\n";

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
	case ARGP_KEY_ARG:
		if (asked->dir)
			argp_error(state, "more than one DIR");
		asked->dir = value;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "no DIR is given: where the configuration goes, such as `shop'");
		return EINVAL;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* --- asking --- */

/* The answer, or NULL for none. */
static const char *ask_for(const char *what, char answer[ANSWER_MAX])
{
	fprintf(stderr, "%s (Enter: none): ", what);
	if (!fgets(answer, ANSWER_MAX, stdin))
		return NULL;
	answer[strcspn(answer, "\n")] = '\0';
	return answer[0] != '\0' ? answer : NULL;
}

static void ask_what_is_missing(init_asked *asked)
{
	static char prices[ANSWER_MAX], usage[ANSWER_MAX], bill[ANSWER_MAX];

	if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO))
		return;
	if (!asked->prices)
		asked->prices = ask_for("Prices, a CSV with sku,usd or a LiteLLM price map", prices);
	if (!asked->usage)
		asked->usage = ask_for("Usage, a CSV with hour,sku,cohort,units,revenue", usage);
	if (!asked->bill)
		asked->bill = ask_for("What capacity costs, a CSV with gpus,usd_per_gpu_h or a FOCUS bill", bill);
}

/* --- reading --- */

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
	if (fseek(file, 0, SEEK_SET) != 0)
		status =
		    sp_message_set(message, SP_E_IO, "%s: is a pipe; give a file, since its beginning is read twice", path);
	else
		status = read(draft, file, path, message);
	fclose(file);
	return status;
}

static sp_status read_usage(sp_draft *draft, FILE *file, const char *name, sp_message *message)
{
	draft->has_usage = true;
	return sp_billed_read(file, name, &draft->billed, message);
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
	        "setpoint: your files make no configuration that can be accepted, as said above; nothing was written\n");
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
	return written ? SP_OK : sp_message_set(message, SP_E_IO, "%s: cannot be written: %s", path, strerror(errno));
}

static sp_status write_files(const init_asked *asked, const init_texts *texts, sp_message *message)
{
	sp_status status;

	if (mkdir(asked->dir, 0777) != 0 && errno != EEXIST)
		return sp_message_set(message, SP_E_IO, "%s: cannot be made: %s", asked->dir, strerror(errno));
	status = write_file(asked->dir, "prices.csv", texts->sheet, texts->n_sheet, message);
	return status == SP_OK ? write_file(asked->dir, "setpoint.yaml", texts->yaml, texts->n_yaml, message) : status;
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

static void say_what_is_unknown(const init_asked *asked, const sp_draft *draft)
{
	if (draft->n_skipped > 0)
		printf("Unknown: %u entries without a usable price were left out\n", draft->n_skipped);
	if (!asked->prices)
		printf("Unknown: list prices, since there was no price file: those in prices.csv are what was earned\n");
	if (!asked->usage)
		printf("Unknown: margin, since there was no usage: give --usage to `setpoint margin show'\n");
	if (!asked->bill)
		printf("Unknown: cost, since there was no bill: replace the made-up lot in setpoint.yaml, then `setpoint "
		       "margin show'\n");
}

static sp_exit tell(const init_asked *asked, const sp_draft *draft, const sp_config *config)
{
	sp_exit code = SP_EXIT_OK;

	printf("Written: %s/setpoint.yaml and %s/prices.csv, checked; it observes, and moves no price. Guesses in it:\n",
	       asked->dir, asked->dir);
	printf("  grep -n guess: %s/setpoint.yaml\n\n", asked->dir);
	if (asked->usage && asked->bill)
		code = sp_margins_show(config, &draft->billed, false);
	say_what_is_unknown(asked, draft);
	printf("\nNext:\n  setpoint config show -c %s/setpoint.yaml\n", asked->dir);
	if (asked->usage)
		printf("  setpoint margin show -c %s/setpoint.yaml --usage %s\n"
		       "  setpoint replay -c %s/setpoint.yaml --trace usage:%s\n",
		       asked->dir, asked->usage, asked->dir, asked->usage);
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
		code = tell(asked, draft, config);
	sp_config_close(config);
	free(texts.yaml);
	free(texts.sheet);
	return code;
}

int sp_noun_init(int argc, char **argv)
{
	static const struct argp argp = {init_options, take_option, "DIR", init_about, NULL, NULL, NULL};
	init_asked asked = {0};
	sp_draft draft = {0};
	sp_message message = {""};
	sp_exit code;

	argp_parse(&argp, argc, argv, 0, NULL, &asked);
	code = check_place(&asked);
	if (code != SP_EXIT_OK)
		return code;
	ask_what_is_missing(&asked);
	if (!asked.prices && !asked.usage)
		return sp_exit_usage(argv[0], "nothing to begin with: give --prices, --usage or both");
	code = sp_exit_with(read_all(&asked, &draft, &message), &message);
	if (code == SP_EXIT_OK)
		code = init_directory(&asked, &draft);
	sp_draft_fini(&draft);
	return code;
}
