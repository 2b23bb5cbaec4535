/* files.c - price lists and bills, as they are, into a draft. What is wrong is told by the place in the file that was given, not by that
 * in the configuration it would have become. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/real.h"
#include "sim/draft/draft.h"
#include "sim/import/focus.h"
#include "sim/trace/csv.h"

#define FILES_CELLS_MAX 8
#define FILES_GPU_USD_H 2.5 /* what a GPU-hour is taken to cost where a bill does not say how many there are */

/* --- cells --- */

typedef enum files_kind {
	FILES_NAME,
	FILES_USD,
	FILES_WEIGHT,
	FILES_UNIT,
	FILES_GPUS,
	FILES_TERM,
	FILES_DATE
} files_kind;

static const struct {
	const char *what, *expected;
} files_kinds[] = {
    [FILES_NAME] = {"name", "1 to 128 of A-Z a-z 0-9 . _ : / @ + -"},
    [FILES_USD] = {"price", "USD, from 0.000000001 to 1000000, such as 2.40"},
    [FILES_WEIGHT] = {"weight", "a number from 1e-9 to 1e12, such as 4"},
    [FILES_UNIT] = {"unit", "what one price buys, such as 1M tokens, without quotes, commas and #"},
    [FILES_GPUS] = {"count of GPUs", "a whole number from 1 to 10000000, such as 16"},
    [FILES_TERM] = {"term", "owned, reserved, on_demand or spot"},
    [FILES_DATE] = {"date", "one such as 2027-03-31, or none"},
};

static bool files_is_between(const char *text, size_t n, int64_t least_nano, int64_t most)
{
	int64_t nano;
	return sp_decimal_parse(text, n, &nano) == SP_OK && nano >= least_nano && nano <= most * SP_NANO;
}

static bool files_is_term(const char *text, size_t n)
{
	static const char *const terms[] = {"owned", "reserved", "on_demand", "spot"};
	for (size_t i = 0; i < sizeof terms / sizeof terms[0]; i++)
		if (n == strlen(terms[i]) && memcmp(text, terms[i], n) == 0)
			return true;
	return false;
}

/* Would the configuration take it? It checks again: this is for the place in the message. */
static bool files_is(files_kind kind, const char *text, size_t n)
{
	int64_t t_ns;
	double x;
	switch (kind) {
	case FILES_NAME:
		return sp_id_check(text, n) == SP_OK;
	case FILES_USD:
		return files_is_between(text, n, 1, 1000000);
	case FILES_WEIGHT:
		return sp_real_parse(text, n, &x) == SP_OK && x >= 1e-9 && x <= 1e12;
	case FILES_GPUS:
		return strspn(text, "0123456789") >= n && files_is_between(text, n, SP_NANO, 10000000);
	case FILES_TERM:
		return files_is_term(text, n);
	case FILES_DATE:
		return sp_time_parse(text, n, &t_ns) == SP_OK || (n == 4 && memcmp(text, "none", 4) == 0);
	case FILES_UNIT:
		break;
	}
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)text[i] < ' ' || strchr("\",#", text[i]) != NULL)
			return false;
	return true;
}

/* --- CSV: known columns as texts --- */

typedef struct files_row {
	char *cells[FILES_CELLS_MAX]; /* owned; "" where there is no such column, or nothing in it */
} files_row;

typedef struct files_column {
	const char *name;
	files_kind kind;
} files_column;

typedef struct files_form {
	files_column columns[FILES_CELLS_MAX];
	uint32_t n, n_required; /* the first are required */
	const char *expected;   /* the header, for a person */
	sp_status (*take)(sp_draft *draft, const files_row *row, sp_message *what);
} files_form;

static sp_status files_complain(const sp_csv *csv, const char *name, sp_status status, const char *what,
                                sp_message *message)
{
	return sp_message_set(message, status, "%s:%llu: %.800s", name, (unsigned long long)csv->lines.row,
	                      what[0] != '\0' ? what : sp_status_text(status));
}

/* "" and NULL, which exports write, are nothing. */
static sp_status files_take_cell(const sp_csv_field *field, const files_column *column, bool required, char **cell,
                                 sp_message *what)
{
	char shown[SP_EXCERPT_MAX];
	bool nothing = field == NULL || field->n == 0 || (field->n == 4 && memcmp(field->text, "NULL", 4) == 0);
	if (nothing && required)
		return sp_message_set(what, SP_E_SYNTAX, "%s: nothing in it; expected %s", column->name,
		                      files_kinds[column->kind].expected);
	if (!nothing && !files_is(column->kind, field->text, field->n))
		return sp_message_set(what, SP_E_SYNTAX, "%s: '%s' is no %s; expected %s", column->name,
		                      sp_excerpt(field->text, field->n, shown), files_kinds[column->kind].what,
		                      files_kinds[column->kind].expected);
	*cell = nothing ? strdup("") : strndup(field->text, field->n);
	return *cell != NULL ? SP_OK : SP_E_MEMORY;
}

static sp_status files_take_row(sp_draft *draft, const sp_csv *csv, const files_form *form, sp_message *what)
{
	files_row row = {{NULL}};
	sp_status status = SP_OK;
	for (uint32_t i = 0; status == SP_OK && i < form->n; i++) {
		const files_column *column = &form->columns[i];
		uint32_t at = sp_csv_column(csv, column->name, strlen(column->name));
		const sp_csv_field *field = at < SP_CSV_FIELDS_MAX ? &csv->fields[at] : NULL;
		status = files_take_cell(field, column, i < form->n_required, &row.cells[i], what);
	}
	if (status == SP_OK)
		status = form->take(draft, &row, what);
	for (uint32_t i = 0; i < form->n; i++)
		free(row.cells[i]);
	return status;
}

static sp_status files_check_header(const sp_csv *csv, const files_form *form, sp_message *what)
{
	char shown[SP_EXCERPT_MAX];
	const char *first = csv->columns[0];
	bool other = csv->n_columns == 1 && strpbrk(first, ";\t|") != NULL;
	for (uint32_t i = 0; i < form->n_required; i++) {
		const char *name = form->columns[i].name;
		if (sp_csv_column(csv, name, strlen(name)) == SP_CSV_FIELDS_MAX)
			return sp_message_set(what, SP_E_SYNTAX, "%s: no such column; expected %s; the header begins with '%s'%s",
			                      name, form->expected, sp_excerpt(first, strlen(first), shown),
			                      other ? ": save it with commas" : "");
	}
	return SP_OK;
}

/* Rows after a header that was read; one at least. */
static sp_status files_take_rows(sp_draft *draft, sp_csv *csv, const files_form *form, sp_message *what)
{
	sp_status status = files_check_header(csv, form, what);
	uint64_t n = 0;
	while (status == SP_OK) {
		status = sp_csv_next(csv, what);
		if (status == SP_OK)
			status = files_take_row(draft, csv, form, what);
		n += status == SP_OK;
	}
	if (status == SP_E_END && n == 0)
		return sp_message_set(what, SP_E_SYNTAX, "row: none below the header; expected %s", form->expected);
	return status == SP_E_END ? SP_OK : status;
}

static sp_status files_take_sku(sp_draft *draft, const files_row *row, sp_message *what)
{
	char *const *cells = row->cells;
	sp_status status =
	    sp_draft_add_sku(draft, &(sp_draft_sku){cells[0], cells[2], cells[3], cells[4], cells[1], cells[5]});
	if (status == SP_E_DUPLICATE)
		return sp_message_set(what, SP_E_SYNTAX, "sku: %s is given twice; keep one", cells[0]);
	return status;
}

static sp_status files_take_lot(sp_draft *draft, const files_row *row, sp_message *what)
{
	char *const *cells = row->cells;
	sp_status status = sp_draft_add_lot(
	    draft, &(sp_draft_lot){cells[2], cells[3], cells[4], cells[0], cells[1], cells[5], cells[6], false});
	if (status == SP_E_DUPLICATE)
		return sp_message_set(what, SP_E_SYNTAX, "id: %s is given twice in pool %s; keep one, or rename it",
		                      draft->lots[draft->n_lots - 1].id, draft->lots[draft->n_lots - 1].pool);
	return status;
}

static const files_form files_prices = {{{"sku", FILES_NAME},
                                         {"usd", FILES_USD},
                                         {"family", FILES_NAME},
                                         {"meter", FILES_NAME},
                                         {"unit", FILES_UNIT},
                                         {"weight", FILES_WEIGHT}},
                                        6,
                                        2,
                                        "sku,usd[,family,meter,unit,weight]",
                                        files_take_sku};
static const files_form files_lots = {{{"gpus", FILES_GPUS},
                                       {"usd_per_gpu_h", FILES_USD},
                                       {"pool", FILES_NAME},
                                       {"id", FILES_NAME},
                                       {"term", FILES_TERM},
                                       {"ends", FILES_DATE},
                                       {"credits_until", FILES_DATE}},
                                      7,
                                      2,
                                      "gpus,usd_per_gpu_h[,pool,id,term,ends,credits_until], or a FOCUS bill",
                                      files_take_lot};

/* --- price lists --- */

/* The first character that is no blank, without moving in the file. */
static char files_first(FILE *file)
{
	char text[256];
	ssize_t n = pread(fileno(file), text, sizeof text, 0);
	for (ssize_t i = 0; i < n; i++)
		if (strchr(" \n\r\t", text[i]) == NULL)
			return text[i];
	return '\0';
}

static sp_status files_read(sp_draft *draft, FILE *file, const char *name, const files_form *form, sp_message *message)
{
	sp_csv csv;
	sp_message what = {""};
	sp_status status = sp_csv_open(&csv, file);
	if (status == SP_OK)
		status = sp_csv_header(&csv, &what);
	if (status == SP_OK)
		status = files_take_rows(draft, &csv, form, &what);
	if (status != SP_OK)
		files_complain(&csv, name, status, what.text, message);
	sp_csv_close(&csv);
	return status;
}

sp_status sp_draft_prices(sp_draft *draft, FILE *file, const char *name, sp_message *message)
{
	SP_ASSERT(file != NULL && name != NULL);
	if (files_first(file) == '{')
		return sp_draft_map(draft, file, name, message);
	return files_read(draft, file, name, &files_prices, message);
}

/* --- bills --- */

static bool files_is_focus(FILE *file)
{
	sp_csv csv;
	sp_message what = {""};
	bool focus = sp_csv_open(&csv, file) == SP_OK && sp_csv_header(&csv, &what) == SP_OK &&
	             sp_csv_column(&csv, "EffectiveCost", strlen("EffectiveCost")) != SP_CSV_FIELDS_MAX;
	sp_csv_close(&csv);
	lseek(fileno(file), 0, SEEK_SET); /* the reader stands on the descriptor */
	return focus;
}

/* All of a bill but its credits, as so many GPUs of a usual price. */
static sp_status files_add_bill(sp_draft *draft, const sp_bill *bill, const char *name, sp_message *message)
{
	double hours = (double)(bill->last_ns - bill->first_ns) / (double)SP_HOUR;
	double usd_per_h = (double)bill->lots[0].charges.usd[SP_BILL_EFFECTIVE].atto / 1e18 / hours;
	char gpus[32], usd[32], pool[] = "gpus", id[] = "bill", term[] = "", none[] = "";
	if (!(hours > 0) || !(usd_per_h > 0))
		return sp_message_set(
		    message, SP_E_RANGE,
		    "%s: no charge in it: the EffectiveCost of its rows, without credits, comes to nothing over "
		    "any time",
		    name);
	double n = usd_per_h / FILES_GPU_USD_H;
	n = n < 1 ? 1 : (double)(int64_t)(n + 0.5);
	snprintf(gpus, sizeof gpus, "%.0f", n);
	snprintf(usd, sizeof usd, "%.6f", usd_per_h / n);
	return sp_draft_add_lot(draft, &(sp_draft_lot){pool, id, term, gpus, usd, none, none, true});
}

static sp_status files_take_bill(sp_draft *draft, FILE *file, const char *name, sp_message *message)
{
	static const char all[] = "lot\ngpus:bill\n"; /* one rule that every row matches */
	sp_lot_rules rules = {0};
	sp_bill bill = {0};
	FILE *rule = fmemopen((void *)(uintptr_t)all, sizeof all - 1, "r");
	sp_status status = rule != NULL ? sp_lot_rules_read(rule, "rules", &rules, message) : SP_E_MEMORY;
	if (rule != NULL)
		fclose(rule);
	if (status == SP_OK)
		status = sp_bill_init(&rules, &draft->bill_options, &bill);
	if (status == SP_OK)
		status = sp_bill_read(file, name, &bill, message);
	if (status == SP_OK)
		status = files_add_bill(draft, &bill, name, message);
	sp_bill_fini(&bill);
	sp_lot_rules_fini(&rules);
	return status;
}

sp_status sp_draft_bill(sp_draft *draft, FILE *file, const char *name, sp_message *message)
{
	SP_ASSERT(file != NULL && name != NULL);
	bool focus = files_is_focus(file);
	draft->supply = focus ? SP_DRAFT_FOCUS : SP_DRAFT_LOTS;
	return focus ? files_take_bill(draft, file, name, message) : files_read(draft, file, name, &files_lots, message);
}
