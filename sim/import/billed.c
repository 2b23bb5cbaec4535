/* billed.c - see billed.h. A SKU has one place for each of the last days; a later day takes the place of one a week before. */
#include "sim/import/billed.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/real.h"
#include "base/signal.h"
#include "sim/trace/csv.h"

enum { BILLED_HOUR, BILLED_SKU, BILLED_UNITS, BILLED_REVENUE, BILLED_COLUMNS };

static const char *const billed_columns[BILLED_COLUMNS] = {"hour", "sku", "units", "revenue"};

typedef struct billed_row {
	int64_t t_ns;
	double units;
	sp_exact revenue;
	sp_csv_field sku;
} billed_row;

static sp_status billed_find_columns(const sp_csv *csv, uint32_t columns[BILLED_COLUMNS], sp_message *what)
{
	for (uint32_t i = 0; i < BILLED_COLUMNS; i++) {
		columns[i] = sp_csv_column(csv, billed_columns[i], strlen(billed_columns[i]));
		if (columns[i] == SP_CSV_FIELDS_MAX && i != BILLED_REVENUE)
			return sp_message_set(what, SP_E_SYNTAX, "%s: no such column; expected hour,sku,cohort,units,revenue",
			                      billed_columns[i]);
	}
	return SP_OK;
}

static sp_status billed_read_row(const sp_csv *csv, const uint32_t columns[BILLED_COLUMNS], billed_row *row,
                                 sp_message *what)
{
	sp_csv_field hour = csv->fields[columns[BILLED_HOUR]], units = csv->fields[columns[BILLED_UNITS]];
	char shown[SP_EXCERPT_MAX];
	*row = (billed_row){.sku = csv->fields[columns[BILLED_SKU]]};
	sp_status status = sp_time_parse(hour.text, hour.n, &row->t_ns);
	if (status != SP_OK)
		return sp_message_set(what, status, "hour: '%s' is no time; expected one such as 2026-11-24T00:00:00Z",
		                      sp_excerpt(hour.text, hour.n, shown));
	if (sp_id_check(row->sku.text, row->sku.n) != SP_OK)
		return sp_message_set(what, SP_E_SYNTAX, "sku: '%s' is no name: 1-128 of A-Z a-z 0-9 . _ : / @ + -",
		                      sp_excerpt(row->sku.text, row->sku.n, shown));
	status = sp_real_parse(units.text, units.n, &row->units);
	if (status != SP_OK || sp_kind_check(SP_KIND_demand, (sp_value){.real = row->units / 3600}) != SP_OK)
		return sp_message_set(what, SP_E_RANGE,
		                      "units: '%s' is no quantity; expected a number, 0 or more, of meter quantities",
		                      sp_excerpt(units.text, units.n, shown));
	if (columns[BILLED_REVENUE] == SP_CSV_FIELDS_MAX)
		return SP_OK;
	sp_csv_field revenue = csv->fields[columns[BILLED_REVENUE]];
	status = sp_exact_parse_rounded(revenue.text, revenue.n, &row->revenue);
	if (status == SP_OK)
		return SP_OK;
	return sp_message_set(what, status, "revenue: '%s' is no amount; expected USD such as 12.50",
	                      sp_excerpt(revenue.text, revenue.n, shown));
}

static sp_status billed_grow(sp_billed *billed, uint32_t sku)
{
	if (sku < billed->room)
		return SP_OK;
	uint32_t room = billed->room > 0 ? 2 * billed->room : 64;
	sp_billed_day *days = realloc(billed->days, (size_t)room * SP_BILLED_DAYS * sizeof *days);
	if (days == NULL)
		return SP_E_MEMORY;
	memset(days + (size_t)billed->room * SP_BILLED_DAYS, 0,
	       (size_t)(room - billed->room) * SP_BILLED_DAYS * sizeof *days);
	billed->days = days;
	billed->room = room;
	return SP_OK;
}

static sp_status billed_fold(sp_billed *billed, const billed_row *row)
{
	uint32_t sku;
	sp_status status = sp_ids_add(billed->skus, row->sku.text, row->sku.n, &sku);
	if (status == SP_OK)
		status = billed_grow(billed, sku);
	if (status != SP_OK)
		return status;
	int64_t day = row->t_ns / SP_DAY, end_ns = row->t_ns - row->t_ns % SP_HOUR + SP_HOUR;
	sp_billed_day *at = &billed->days[(size_t)sku * SP_BILLED_DAYS + (size_t)(day % SP_BILLED_DAYS)];
	if (day > at->day)
		*at = (sp_billed_day){.day = day};
	bool first = billed->first_ns == billed->end_ns;
	billed->first_ns = first || row->t_ns < billed->first_ns ? row->t_ns - row->t_ns % SP_HOUR : billed->first_ns;
	billed->end_ns = end_ns > billed->end_ns ? end_ns : billed->end_ns;
	if (day < at->day)
		return SP_OK; /* older than the last days */
	at->units += row->units;
	return sp_exact_add(at->revenue, row->revenue, &at->revenue);
}

static sp_status billed_read(sp_csv *csv, sp_billed *billed, sp_message *what)
{
	uint32_t columns[BILLED_COLUMNS];
	billed_row row;
	sp_status status = sp_csv_header(csv, what);
	if (status == SP_OK)
		status = billed_find_columns(csv, columns, what);
	if (status != SP_OK)
		return status;
	billed->has_revenue = columns[BILLED_REVENUE] != SP_CSV_FIELDS_MAX;
	while (status == SP_OK) {
		status = sp_csv_next(csv, what);
		if (status == SP_OK)
			status = billed_read_row(csv, columns, &row, what);
		if (status == SP_OK)
			status = billed_fold(billed, &row);
	}
	return status == SP_E_END ? SP_OK : status;
}

sp_status sp_billed_read(FILE *file, const char *name, sp_billed *billed, sp_message *message)
{
	sp_csv csv;
	sp_message what = {""};
	SP_ASSERT(file != NULL && name != NULL);
	*billed = (sp_billed){.skus = sp_ids_open()};
	sp_status status = sp_csv_open(&csv, file);
	if (status == SP_OK)
		status = billed->skus != NULL ? billed_read(&csv, billed, &what) : SP_E_MEMORY;
	if (status != SP_OK)
		sp_message_set(message, status, "%s:%llu: %.800s", name, (unsigned long long)csv.lines.row,
		               what.text[0] != '\0' ? what.text : sp_status_text(status));
	sp_csv_close(&csv);
	return status;
}

void sp_billed_fini(sp_billed *billed)
{
	sp_ids_close(billed->skus);
	free(billed->days);
	*billed = (sp_billed){0};
}

static int64_t billed_first_day(const sp_billed *billed)
{
	return (billed->end_ns - 1) / SP_DAY - (SP_BILLED_DAYS - 1);
}

int64_t sp_billed_span(const sp_billed *billed)
{
	if (billed->first_ns == billed->end_ns)
		return 0;
	int64_t from_ns = billed_first_day(billed) * SP_DAY;
	return billed->end_ns - (from_ns > billed->first_ns ? from_ns : billed->first_ns);
}

sp_status sp_billed_sum(const sp_billed *billed, uint32_t sku, double *units, sp_exact *revenue)
{
	SP_ASSERT(sku < sp_ids_count(billed->skus));
	*units = 0;
	*revenue = (sp_exact){0};
	for (uint32_t i = 0; i < SP_BILLED_DAYS; i++) {
		const sp_billed_day *day = &billed->days[(size_t)sku * SP_BILLED_DAYS + i];
		if (day->day < billed_first_day(billed))
			continue;
		*units += day->units;
		if (sp_exact_add(*revenue, day->revenue, revenue) != SP_OK)
			return SP_E_OVERFLOW;
	}
	return SP_OK;
}
