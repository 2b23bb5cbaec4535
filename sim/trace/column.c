/* column.c - see column.h. */
#include "sim/trace/column.h"

#include <string.h>

#include "base/assert.h"
#include "base/math.h"
#include "base/real.h"
#include "base/time.h"

static const char *const column_keys[] = {"time", "value", "start", "unit", "covers", "missing", "scale"};

bool sp_column_takes(const char *key)
{
	for (size_t i = 0; i < sizeof column_keys / sizeof *column_keys; i++)
		if (strcmp(column_keys[i], key) == 0)
			return true;
	return false;
}

static sp_status column_place(const sp_spec *spec, const sp_csv *csv, const char *key, uint32_t *place,
                              sp_message *message)
{
	const char *name = sp_spec_find(spec, key);
	if (name == NULL)
		return SP_OK;
	*place = sp_csv_column(csv, name, strlen(name));
	if (*place != SP_CSV_FIELDS_MAX)
		return SP_OK;
	char list[300] = "";
	for (uint32_t i = 0; i < csv->n_columns && strlen(list) + strlen(csv->columns[i]) + 3 < sizeof list; i++)
		strcat(strcat(list, i > 0 ? ", " : ""), csv->columns[i]);
	return sp_message_set(message, SP_E_UNKNOWN, "%s=%s is no column of the file; it has: %s", key, name, list);
}

static sp_status column_span(const sp_spec *spec, const char *key, int64_t *span_ns, sp_message *message)
{
	const char *text = sp_spec_find(spec, key);
	int64_t read_ns = 0;
	sp_status status = text != NULL ? sp_span_parse(text, strlen(text), &read_ns) : SP_OK;
	if (status != SP_OK || (text != NULL && read_ns == 0))
		return sp_message_set(message, status != SP_OK ? status : SP_E_RANGE,
		                      "%s=%s is no duration; expected one such as 10m", key, text);
	*span_ns = text != NULL ? read_ns : *span_ns;
	return SP_OK;
}

static sp_status column_times(const sp_spec *spec, sp_column *column, sp_message *message)
{
	const char *start = sp_spec_find(spec, "start");
	sp_status status = start != NULL ? sp_time_parse(start, strlen(start), &column->start_ns) : SP_OK;
	if (status != SP_OK)
		return sp_message_set(message, status, "start=%s is no time; expected one such as 2026-11-24", start);
	status = column_span(spec, "unit", &column->unit_ns, message);
	return status == SP_OK ? column_span(spec, "covers", &column->covers_ns, message) : status;
}

sp_status sp_column_find(const sp_spec *spec, const sp_csv *csv, sp_column *column, sp_message *message)
{
	SP_ASSERT(spec != NULL && csv != NULL && csv->n_columns > 0 && column != NULL);
	sp_column found = {.value = SP_CSV_FIELDS_MAX, .unit_ns = SP_SEC, .scale = 1};
	const char *scale = sp_spec_find(spec, "scale");
	sp_status status = column_place(spec, csv, "time", &found.time, message);
	if (status == SP_OK)
		status = column_place(spec, csv, "value", &found.value, message);
	if (status == SP_OK && found.value == SP_CSV_FIELDS_MAX)
		status = sp_message_set(message, SP_E_UNKNOWN, "which column? Say value=COLUMN");
	if (status == SP_OK)
		status = column_times(spec, &found, message);
	if (status == SP_OK)
		status = sp_missing_parse(sp_spec_find(spec, "missing"), &found.missing, message);
	if (status == SP_OK && scale != NULL && sp_real_parse(scale, strlen(scale), &found.scale) != SP_OK)
		status = sp_message_set(message, SP_E_SYNTAX, "scale=%s is no number", scale);
	if (status == SP_OK)
		*column = found;
	return status;
}

/* The complaint about a cell with its column before it. */
static sp_status column_complain(const sp_csv *csv, uint32_t place, sp_status status, const sp_message *what,
                                 sp_message *message)
{
	return sp_message_set(message, status, "%s: %s", csv->columns[place], what->text);
}

sp_status sp_column_read(const sp_column *column, const sp_csv *csv, int64_t *t_ns, double *x, sp_message *message)
{
	SP_ASSERT(column->time < csv->n && column->value < csv->n);
	const sp_csv_field *time = &csv->fields[column->time], *value = &csv->fields[column->value];
	sp_message what = {""};
	int64_t from_ns;
	double read;
	const sp_cell_clock clock = {column->start_ns, column->unit_ns};
	sp_status status = sp_cell_time(time->text, time->n, &clock, &from_ns, &what);
	if (status == SP_OK && column->covers_ns > 0 && from_ns > SP_TIME_MAX_NS - column->covers_ns)
		status = sp_message_set(&what, SP_E_RANGE, "what the row covers ends after 2200");
	if (status != SP_OK)
		return column_complain(csv, column->time, status, &what, message);
	*t_ns = from_ns + (column->covers_ns > 0 ? column->covers_ns - 1 : 0);
	status = sp_cell_number(value->text, value->n, &column->missing, &read, &what);
	if (status == SP_OK && !sp_finite(read * column->scale))
		status = sp_message_set(&what, SP_E_OVERFLOW, "times scale is too large");
	if (status == SP_E_ABSENT)
		return status;
	if (status != SP_OK)
		return column_complain(csv, column->value, status, &what, message);
	*x = read * column->scale;
	return SP_OK;
}
