/* files.c - price lists, price maps and bills, as they are, into a draft. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/assert.h"
#include "sim/draft/draft.h"
#include "sim/import/focus.h"
#include "sim/trace/csv.h"

#define FILES_CELLS_MAX 8
#define FILES_MAP_MAX   (64u << 20) /* [bytes] of a price map: some 30 times today's */
#define FILES_GPU_USD_H 2.5         /* what a GPU-hour is taken to cost where a bill does not say how many there are */

/* --- CSV: known columns as texts --- */

typedef struct files_row {
	char *cells[FILES_CELLS_MAX]; /* owned; "" where there is no such column */
} files_row;

typedef struct files_form {
	const char *columns[FILES_CELLS_MAX];
	uint32_t n, n_required; /* the first are required */
	sp_status (*take)(sp_draft *draft, const files_row *row);
} files_form;

static sp_status files_complain(const sp_csv *csv, const char *name, sp_status status, const char *what,
                                sp_message *message)
{
	return sp_message_set(message, status, "%s:%llu: %.800s", name, (unsigned long long)csv->lines.row,
	                      what[0] != '\0' ? what : sp_status_text(status));
}

static sp_status files_take_row(sp_draft *draft, const sp_csv *csv, const files_form *form, sp_message *what)
{
	files_row row = {{NULL}};
	sp_status status = SP_OK;
	for (uint32_t i = 0; i < form->n; i++) {
		uint32_t at = sp_csv_column(csv, form->columns[i], strlen(form->columns[i]));
		row.cells[i] = at < SP_CSV_FIELDS_MAX ? strndup(csv->fields[at].text, csv->fields[at].n) : strdup("");
		if (row.cells[i] == NULL)
			status = SP_E_MEMORY;
		else if (i < form->n_required && row.cells[i][0] == '\0')
			status = sp_message_set(what, SP_E_SYNTAX, "%s: empty", form->columns[i]);
		else if (strpbrk(row.cells[i], "\",#\n\r{}") != NULL)
			status = sp_message_set(what, SP_E_SYNTAX, "%s: a quote, comma, brace, # or line end in a name or number",
			                        form->columns[i]);
	}
	if (status == SP_OK)
		status = form->take(draft, &row);
	for (uint32_t i = 0; i < form->n; i++)
		free(row.cells[i]);
	return status;
}

/* Rows after a header that was read. */
static sp_status files_take_rows(sp_draft *draft, sp_csv *csv, const files_form *form, sp_message *what)
{
	sp_status status = SP_OK;
	for (uint32_t i = 0; i < form->n_required; i++)
		if (sp_csv_column(csv, form->columns[i], strlen(form->columns[i])) == SP_CSV_FIELDS_MAX)
			return sp_message_set(what, SP_E_SYNTAX, "%s: no such column", form->columns[i]);
	while (status == SP_OK) {
		status = sp_csv_next(csv, what);
		if (status == SP_OK)
			status = files_take_row(draft, csv, form, what);
	}
	return status == SP_E_END ? SP_OK : status;
}

static sp_status files_take_sku(sp_draft *draft, const files_row *row)
{
	char *const *cells = row->cells;
	return sp_draft_add_sku(draft, &(sp_draft_sku){cells[0], cells[2], cells[3], cells[4], cells[1], cells[5]});
}

static sp_status files_take_lot(sp_draft *draft, const files_row *row)
{
	char *const *cells = row->cells;
	return sp_draft_add_lot(
	    draft, &(sp_draft_lot){cells[2], cells[3], cells[4], cells[0], cells[1], cells[5], cells[6], false});
}

static const files_form files_prices = {{"sku", "usd", "family", "meter", "unit", "weight"}, 6, 2, files_take_sku};
static const files_form files_lots = {
    {"gpus", "usd_per_gpu_h", "pool", "id", "term", "ends", "credits_until"}, 7, 2, files_take_lot};

/* --- a LiteLLM price map --- */

static const struct {
	const char *key, *meter;
} files_meters[] = {{"input_cost_per_token", "input"},
                    {"output_cost_per_token", "output"},
                    {"cache_read_input_token_cost", "cached"},
                    {"cache_creation_input_token_cost", "cache_write"},
                    {"output_cost_per_reasoning_token", "reasoning"}};

/* JSON with every number as a string: then a price is what was written, not the nearest double. */
static char *files_quote_numbers(const char *text, size_t n, size_t *n_quoted)
{
	char *out = malloc(3 * n + 1);
	size_t at = 0;
	bool quoted = false;
	for (size_t i = 0; out != NULL && i < n; i++) {
		if (quoted || text[i] == '"') {
			quoted = text[i] == '"' ? !quoted : quoted;
			out[at++] = text[i];
			if (quoted && text[i] == '\\' && i + 1 < n)
				out[at++] = text[++i];
			continue;
		}
		size_t digits = text[i] == '-' || (text[i] >= '0' && text[i] <= '9') ? 1 : 0;
		while (digits > 0 && i + digits < n && strchr("0123456789+-.eE", text[i + digits]) != NULL)
			digits++;
		if (digits == 0) {
			out[at++] = text[i];
			continue;
		}
		out[at++] = '"';
		memcpy(out + at, text + i, digits);
		at += digits;
		out[at++] = '"';
		i += digits - 1;
	}
	*n_quoted = at;
	return out;
}

/* Does the usage name a SKU of this model? Without usage every model counts. */
static bool files_model_used(const sp_draft *draft, const char *model)
{
	size_t n = strlen(model);
	if (!draft->has_usage)
		return true;
	for (uint32_t i = 0; i < sp_ids_count(draft->billed.skus); i++) {
		const char *sku = sp_ids_name(draft->billed.skus, i);
		if (strncmp(sku, model, n) == 0 && sku[n] == '/' && strchr(sku + n + 1, '/') == NULL)
			return true;
	}
	return false;
}

static sp_status files_take_price(sp_draft *draft, const char *model, const char *meter, const char *per_token)
{
	char text[SP_EXACT_TEXT_MAX], sku[SP_ID_MAX + 1], none[] = "", family[SP_ID_MAX + 1], name[16];
	sp_exact usd;
	if ((size_t)snprintf(sku, sizeof sku, "%s/%s", model, meter) >= sizeof sku ||
	    sp_id_check(sku, strlen(sku)) != SP_OK || sp_exact_parse_rounded(per_token, strlen(per_token), &usd) != SP_OK ||
	    usd.atto <= 0 || sp_exact_scale(usd, INT64_C(1000000) * SP_NANO, &usd) != SP_OK) {
		draft->n_skipped++;
		return SP_OK;
	}
	snprintf(family, sizeof family, "%.*s", SP_ID_MAX, model);
	snprintf(name, sizeof name, "%s", meter);
	sp_exact_format(usd, text);
	return sp_draft_add_sku(draft, &(sp_draft_sku){sku, family, name, none, text, none});
}

static sp_status files_take_model(sp_draft *draft, const char *model, const json_t *entry)
{
	sp_status status = SP_OK;
	for (size_t i = 0; status == SP_OK && i < sizeof files_meters / sizeof files_meters[0]; i++) {
		const char *price = json_string_value(json_object_get(entry, files_meters[i].key));
		if (price != NULL)
			status = files_take_price(draft, model, files_meters[i].meter, price);
	}
	return status;
}

static sp_status files_take_map(sp_draft *draft, FILE *file, const char *name, sp_message *message)
{
	char *text = malloc(FILES_MAP_MAX), *quoted = NULL;
	size_t n = text != NULL ? fread(text, 1, FILES_MAP_MAX, file) : 0, n_quoted = 0;
	json_error_t error;
	if (text != NULL)
		quoted = files_quote_numbers(text, n, &n_quoted);
	json_t *map = quoted != NULL ? json_loadb(quoted, n_quoted, JSON_REJECT_DUPLICATES, &error) : NULL;
	sp_status status = quoted == NULL || n == FILES_MAP_MAX ? SP_E_MEMORY : SP_OK;
	if (status == SP_OK && !json_is_object(map))
		status = sp_message_set(message, SP_E_SYNTAX, "%s:%d: no price map: %s", name, map == NULL ? error.line : 1,
		                        map == NULL ? error.text : "expected an object of models");
	const char *model;
	json_t *entry;
	if (status == SP_OK)
		json_object_foreach(map, model, entry) if (status == SP_OK && strcmp(model, "sample_spec") != 0 &&
		                                           files_model_used(draft, model)) status =
		    files_take_model(draft, model, entry);
	json_decref(map);
	free(text);
	free(quoted);
	return status;
}

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
		return files_take_map(draft, file, name, message);
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
static sp_status files_add_bill(sp_draft *draft, const sp_bill *bill, sp_message *message)
{
	double hours = (double)(bill->last_ns - bill->first_ns) / (double)SP_HOUR;
	double usd_per_h = (double)bill->lots[0].charges.usd[SP_BILL_EFFECTIVE].atto / 1e18 / hours;
	char gpus[32], usd[32], pool[] = "gpus", id[] = "bill", term[] = "", none[] = "";
	if (!(hours > 0) || !(usd_per_h > 0))
		return sp_message_set(message, SP_E_RANGE, "the bill has no charge over any time");
	double n = usd_per_h / FILES_GPU_USD_H;
	n = n < 1 ? 1 : (double)(int64_t)(n + 0.5);
	snprintf(gpus, sizeof gpus, "%.0f", n);
	snprintf(usd, sizeof usd, "%.6f", usd_per_h / n);
	return sp_draft_add_lot(draft, &(sp_draft_lot){pool, id, term, gpus, usd, none, none, true});
}

static sp_status files_take_bill(sp_draft *draft, FILE *file, const char *name, sp_message *message)
{
	static const char all[] = "lot\ngpus:bill\n"; /* one rule that every row matches */
	const sp_bill_options options = {.cost = SP_BILL_EFFECTIVE};
	sp_lot_rules rules = {0};
	sp_bill bill = {0};
	FILE *rule = fmemopen((void *)(uintptr_t)all, sizeof all - 1, "r");
	sp_status status = rule != NULL ? sp_lot_rules_read(rule, "rules", &rules, message) : SP_E_MEMORY;
	if (rule != NULL)
		fclose(rule);
	if (status == SP_OK)
		status = sp_bill_init(&rules, &options, &bill);
	if (status == SP_OK)
		status = sp_bill_read(file, name, &bill, message);
	if (status == SP_OK)
		status = files_add_bill(draft, &bill, message);
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
