/* history.c - see history.h. */
#include "sim/forecast/history.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/time.h"
#include "sim/trace/column.h"

typedef struct history_reading {
	sp_spec spec;
	FILE *file;
	sp_csv csv;
	sp_column column;
	uint32_t n_filters, filters[SP_SPEC_KEYS_MAX]; /* columns of the file */
	const char *wanted[SP_SPEC_KEYS_MAX];
	size_t room;
	sp_history history;
} history_reading;

static sp_status history_open(history_reading *reading, sp_message *message)
{
	const char *path = reading->spec.file;
	if (reading->spec.preset != NULL)
		return sp_message_set(message, SP_E_UNKNOWN, "'%s:' is a preset's; a forecast takes FILE,value=COLUMN",
		                      reading->spec.preset);
	reading->file = fopen(path, "rbe");
	if (reading->file == NULL) {
		sp_status status = errno == ENOENT ? SP_E_ABSENT : errno == EACCES ? SP_E_PERMISSION : SP_E_IO;
		return sp_message_set(message, status, "%s: cannot be read: %s", path, strerror(errno));
	}
	return sp_csv_open(&reading->csv, reading->file);
}

static sp_status history_find_filters(history_reading *reading, sp_message *message)
{
	for (uint32_t i = 0; i < reading->spec.n_keys; i++) {
		const sp_spec_key *key = &reading->spec.keys[i];
		if (sp_column_takes(key->key))
			continue;
		uint32_t place = sp_csv_column(&reading->csv, key->key, strlen(key->key));
		if (place == SP_CSV_FIELDS_MAX)
			return sp_message_set(message, SP_E_UNKNOWN, "'%s' is no key and no column of the file", key->key);
		reading->filters[reading->n_filters] = place;
		reading->wanted[reading->n_filters++] = key->value;
	}
	return SP_OK;
}

/* A message about the file as a whole, or with a row's number. */
static sp_status history_complain(const history_reading *reading, uint64_t row, sp_status status,
                                  const sp_message *what, sp_message *message)
{
	if (status == SP_E_MEMORY)
		return status;
	if (row == 0)
		return sp_message_set(message, status, "%s: %s", reading->spec.file, what->text);
	return sp_message_set(message, status, "%s:%llu: %s", reading->spec.file, (unsigned long long)row, what->text);
}

static sp_status history_begin(history_reading *reading, sp_message *message)
{
	sp_message what = {""};
	sp_status status = sp_csv_header(&reading->csv, &what);
	if (status == SP_OK)
		status = sp_column_find(&reading->spec, &reading->csv, &reading->column, &what);
	if (status == SP_OK)
		status = history_find_filters(reading, &what);
	return status == SP_OK ? SP_OK : history_complain(reading, 0, status, &what, message);
}

static bool history_wants(const history_reading *reading)
{
	for (uint32_t i = 0; i < reading->n_filters; i++) {
		const sp_csv_field *field = &reading->csv.fields[reading->filters[i]];
		if (strlen(reading->wanted[i]) != field->n || memcmp(field->text, reading->wanted[i], field->n) != 0)
			return false;
	}
	return true;
}

static sp_status history_append(history_reading *reading, int64_t t_ns, double x)
{
	sp_history *history = &reading->history;
	if (history->n == SP_HISTORY_MAX)
		return SP_E_FULL;
	if (history->n == reading->room) {
		size_t room = reading->room > 0 ? 2 * reading->room : 1024;
		int64_t *times = realloc(history->t_ns, room * sizeof *times);
		history->t_ns = times != NULL ? times : history->t_ns;
		double *values = times != NULL ? realloc(history->x, room * sizeof *values) : NULL;
		history->x = values != NULL ? values : history->x;
		if (values == NULL)
			return SP_E_MEMORY;
		reading->room = room;
	}
	history->t_ns[history->n] = t_ns;
	history->x[history->n++] = x;
	return SP_OK;
}

static sp_status history_take(history_reading *reading, sp_message *what)
{
	sp_history *history = &reading->history;
	int64_t t_ns;
	double x;
	if (!history_wants(reading)) {
		history->filtered++;
		return SP_OK;
	}
	sp_status status = sp_column_read(&reading->column, &reading->csv, &t_ns, &x, what);
	if (status == SP_E_ABSENT) {
		history->missing++;
		return SP_OK;
	}
	if (status == SP_OK && history->n > 0 && t_ns < history->t_ns[history->n - 1])
		status = sp_message_set(what, SP_E_RANGE, "%s: before the row before it; sort the file by time",
		                        reading->csv.columns[reading->column.time]);
	if (status == SP_OK && (status = history_append(reading, t_ns, x)) == SP_E_FULL)
		sp_message_set(what, status, "more than %zu measurements", SP_HISTORY_MAX);
	return status;
}

static sp_status history_read_rows(history_reading *reading, sp_message *message)
{
	sp_status status = SP_OK;
	sp_message what = {""};
	while (status == SP_OK && (status = sp_csv_next(&reading->csv, &what)) == SP_OK) {
		reading->history.rows++;
		status = history_take(reading, &what);
	}
	return status == SP_E_END ? SP_OK : history_complain(reading, reading->csv.lines.row, status, &what, message);
}

static int history_order(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return (x > y) - (x < y);
}

static sp_status history_finish(history_reading *reading)
{
	sp_history *history = &reading->history;
	const char *column = reading->csv.columns[reading->column.value];
	size_t n = 0, size = strlen(reading->spec.file) + strlen(column) + 3;
	int64_t *gaps = malloc((history->n + 1) * sizeof *gaps);
	history->name = malloc(size);
	if (gaps == NULL || history->name == NULL) {
		free(gaps);
		return SP_E_MEMORY;
	}
	snprintf(history->name, size, "%s, %s", reading->spec.file, column);
	for (size_t i = 1; i < history->n; i++)
		if (history->t_ns[i] > history->t_ns[i - 1])
			gaps[n++] = history->t_ns[i] - history->t_ns[i - 1];
	qsort(gaps, n, sizeof *gaps, history_order);
	history->step_ns = n > 0 ? gaps[n / 2] : 0;
	free(gaps);
	return SP_OK;
}

sp_status sp_history_read(const char *spec, sp_history *history, sp_message *message)
{
	SP_ASSERT(spec != NULL && history != NULL);
	history_reading reading = {.n_filters = 0};
	sp_status status = sp_spec_parse(spec, &reading.spec, message);
	if (status == SP_OK)
		status = history_open(&reading, message);
	if (status == SP_OK)
		status = history_begin(&reading, message);
	if (status == SP_OK)
		status = history_read_rows(&reading, message);
	if (status == SP_OK)
		status = history_finish(&reading);
	sp_csv_close(&reading.csv);
	if (reading.file != NULL)
		fclose(reading.file);
	sp_spec_fini(&reading.spec);
	if (status == SP_OK)
		*history = reading.history;
	else
		sp_history_fini(&reading.history);
	return status;
}

void sp_history_fini(sp_history *history)
{
	free(history->name);
	free(history->t_ns);
	free(history->x);
	*history = (sp_history){0};
}
