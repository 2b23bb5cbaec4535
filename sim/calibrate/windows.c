/* windows.c - records into means of windows, and windows into rows; see windows.h. */
#include "sim/calibrate/windows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/time.h"
#include "estimators/total.h"

#define WINDOWS_FIRST   256   /* rows at first; doubled as they come */
#define WINDOWS_TRAFFIC 1e-12 /* [meter quantity/s] a mean below it is no traffic */

/* One stream of records: a SKU's demand, a pool's utilization. */
typedef struct windows_stream {
	double sum;
	uint32_t n;
	int64_t last_ns, apart_ns; /* the last record; the least time between two, 0 before there are two */
	uint32_t subject, kind;
	sp_total total; /* where the kind arrives as a running total */
} windows_stream;

/* The rows of a pool: load, GPUs, and every SKU of the pool; NAN where a window has no value. */
typedef struct windows_table {
	bool heard;      /* in the window that is open */
	uint32_t n_skus; /* of the pool; a row is n_skus + 2 long */
	size_t n, room;
	int64_t *at;
	double *cells;
	double *x, *load, *room_gpus; /* rows made by sp_windows_of */
	int64_t *row_at;
} windows_table;

struct sp_windows {
	const sp_setup *setup;
	int64_t width_ns, at;                         /* the window that is open */
	windows_table *tables;                        /* by pool */
	windows_stream *served, *demand, *use, *gpus; /* by SKU, SKU, pool, lot */
	double *running;                              /* by lot: last told */
	uint32_t *columns;                            /* by SKU: which of its pool */
};

/* --- open and close --- */

static void windows_table_clear(windows_table *table)
{
	free(table->x);
	free(table->load);
	free(table->room_gpus);
	free(table->row_at);
	table->x = table->load = table->room_gpus = NULL;
	table->row_at = NULL;
}

void sp_windows_close(sp_windows *windows)
{
	if (!windows)
		return;
	for (uint32_t i = 0; windows->tables && i < windows->setup->n_pools; i++) {
		free(windows->tables[i].at);
		free(windows->tables[i].cells);
		windows_table_clear(&windows->tables[i]);
	}
	free(windows->tables);
	free(windows->served);
	free(windows->demand);
	free(windows->use);
	free(windows->gpus);
	free(windows->running);
	free(windows->columns);
	free(windows);
}

static uint32_t windows_pool_of(const sp_setup *setup, uint32_t sku)
{
	return setup->families[setup->skus[sku].family].pool;
}

static sp_windows *windows_open(const sp_setup *setup, int64_t width_ns)
{
	sp_windows *w = calloc(1, sizeof *w);

	if (!w)
		return NULL;
	*w = (sp_windows){.setup = setup, .width_ns = width_ns};
	w->tables = calloc(setup->n_pools + 1, sizeof *w->tables);
	w->served = calloc(setup->n_skus + 1, sizeof *w->served);
	w->demand = calloc(setup->n_skus + 1, sizeof *w->demand);
	w->use = calloc(setup->n_pools + 1, sizeof *w->use);
	w->gpus = calloc(setup->n_lots + 1, sizeof *w->gpus);
	w->running = calloc(setup->n_lots + 1, sizeof *w->running);
	w->columns = calloc(setup->n_skus + 1, sizeof *w->columns);
	if (!w->tables || !w->served || !w->demand || !w->use || !w->gpus || !w->running || !w->columns) {
		sp_windows_close(w);
		return NULL;
	}
	for (uint32_t i = 0; i < setup->n_skus; i++)
		w->columns[i] = w->tables[windows_pool_of(setup, i)].n_skus++;
	return w;
}

/* --- records --- */

static windows_stream *windows_stream_of(sp_windows *w, const sp_trace_record *record)
{
	const sp_subject *subject = &w->setup->subjects[record->subject];

	if (record->kind == SP_KIND_utilization)
		return &w->use[subject->slot];
	if (record->kind == SP_KIND_gpus_running)
		return &w->gpus[subject->slot];
	if (subject->type != SP_SUBJECT_SKU)
		return NULL;
	if (record->kind == SP_KIND_served)
		return &w->served[subject->slot];
	return record->kind == SP_KIND_demand ? &w->demand[subject->slot] : NULL;
}

/* The value, or the rate since the total before it, as the engine makes it; false where there is none. */
static bool windows_value(const sp_windows *w, const sp_trace_record *record, windows_stream *stream, double *x)
{
	sp_total_rate made;

	*x = record->value.real;
	if (!w->setup->kinds[record->kind].total)
		return true;
	if (sp_total_fold(&stream->total, record->t_ns, *x, &made) != SP_TOTAL_RATE)
		return false;
	*x = made.rate;
	return true;
}

static void windows_add(sp_windows *w, const sp_trace_record *record)
{
	windows_stream *stream = windows_stream_of(w, record);
	double x;

	if (!stream || sp_kind_check(record->kind, record->value) != SP_OK || !windows_value(w, record, stream, &x))
		return;
	int64_t apart_ns = record->t_ns - stream->last_ns;
	if (stream->last_ns > 0 && apart_ns > 0 && (stream->apart_ns == 0 || apart_ns < stream->apart_ns))
		stream->apart_ns = apart_ns;
	stream->last_ns = record->t_ns;
	stream->subject = record->subject;
	stream->kind = record->kind;
	stream->sum += x;
	stream->n++;
	uint32_t slot = w->setup->subjects[record->subject].slot;
	if (record->kind == SP_KIND_gpus_running)
		w->running[slot] = record->value.real;
	else
		w->tables[record->kind == SP_KIND_utilization ? slot : windows_pool_of(w->setup, slot)].heard = true;
}

/* --- closing a window --- */

static double windows_mean(const windows_stream *stream)
{
	return stream->n > 0 ? stream->sum / stream->n : (double)NAN;
}

static double windows_gpus(const sp_windows *w, const sp_pool_setup *pool)
{
	double gpus = 0;

	for (uint32_t i = pool->first_lot; i < pool->first_lot + pool->n_lots; i++) {
		const sp_lot_setup *lot = &w->setup->lots[i];
		bool over = lot->ends_ns != SP_PARAM_NONE && lot->ends_ns <= w->at * w->width_ns;
		bool rented = lot->kind == SP_LOT_ON_DEMAND || lot->kind == SP_LOT_SPOT;
		if (!over)
			gpus += !rented ? (double)lot->gpus : w->gpus[i].n > 0 ? windows_mean(&w->gpus[i]) : w->running[i];
	}
	return gpus;
}

static bool windows_grow(windows_table *table)
{
	size_t room = table->room > 0 ? 2 * table->room : WINDOWS_FIRST, row = table->n_skus + 2;
	int64_t *at = realloc(table->at, room * sizeof *at);

	if (at)
		table->at = at;
	double *cells = at ? realloc(table->cells, room * row * sizeof *cells) : NULL;
	if (!cells)
		return false;
	table->cells = cells;
	table->room = room;
	return true;
}

/* The window's row of a pool, all NAN. */
static double *windows_row(sp_windows *w, windows_table *table)
{
	uint32_t length = table->n_skus + 2;

	if (table->n == table->room && !windows_grow(table))
		return NULL;
	double *row = &table->cells[table->n * length];
	for (uint32_t i = 0; i < length; i++)
		row[i] = (double)NAN;
	table->at[table->n++] = w->at;
	return row;
}

/* A pool of which nothing was heard has no window. */
static sp_status windows_close_pool(sp_windows *w, uint32_t pool, sp_message *message)
{
	windows_table *table = &w->tables[pool];
	double *row;

	if (!table->heard)
		return SP_OK;
	if (table->n == SP_WINDOWS_MAX)
		return sp_message_set(message, SP_E_FULL, "more than %d windows: give a longer --window", SP_WINDOWS_MAX);
	row = windows_row(w, table);
	if (!row)
		return sp_message_set(message, SP_E_MEMORY, "out of memory");
	row[1] = windows_gpus(w, &w->setup->pools[pool]);
	row[0] = windows_mean(&w->use[pool]) * row[1];
	return SP_OK;
}

static void windows_close_sku(sp_windows *w, uint32_t sku)
{
	windows_table *table = &w->tables[windows_pool_of(w->setup, sku)];
	size_t length = table->n_skus + 2;

	if (table->heard)
		table->cells[(table->n - 1) * length + 2 + w->columns[sku]] =
		    windows_mean(w->served[sku].n > 0 ? &w->served[sku] : &w->demand[sku]);
}

static void windows_clear(windows_stream *streams, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		streams[i].sum = 0;
		streams[i].n = 0;
	}
}

static sp_status windows_close_window(sp_windows *w, sp_message *message)
{
	sp_status status = SP_OK;

	for (uint32_t i = 0; i < w->setup->n_pools && status == SP_OK; i++)
		status = windows_close_pool(w, i, message);
	for (uint32_t i = 0; i < w->setup->n_skus && status == SP_OK; i++)
		windows_close_sku(w, i);
	for (uint32_t i = 0; i < w->setup->n_pools; i++)
		w->tables[i].heard = false;
	windows_clear(w->served, w->setup->n_skus);
	windows_clear(w->demand, w->setup->n_skus);
	windows_clear(w->use, w->setup->n_pools);
	windows_clear(w->gpus, w->setup->n_lots);
	return status;
}

/* --- reading --- */

/* Do a stream's records come more rarely than windows? Then most windows would lack it, and the others hold another time's mean. */
static sp_status windows_check(const sp_windows *w, const windows_stream *streams, uint32_t n, sp_message *message)
{
	char apart[SP_SPAN_TEXT_MAX], width[SP_SPAN_TEXT_MAX], words[SP_SPAN_TEXT_MAX];

	for (uint32_t i = 0; i < n; i++)
		if (streams[i].apart_ns > w->width_ns + w->width_ns / 2)
			return sp_message_set(message, SP_E_RANGE,
			                      "%s of %s comes every %s at most, windows are %s: give --window %s",
			                      sp_kinds[streams[i].kind].name, sp_ids_name(w->setup->names, streams[i].subject),
			                      sp_span_words(streams[i].apart_ns, apart), sp_span_words(w->width_ns, width),
			                      sp_span_format((streams[i].apart_ns + SP_SEC - 1) / SP_SEC * SP_SEC, words));
	return SP_OK;
}

static sp_status windows_take(sp_windows *w, sp_traces *traces, const sp_windows_options *options, sp_message *message)
{
	sp_trace_record record;
	sp_status status;

	w->at = sp_traces_first(traces) / w->width_ns;
	while ((status = sp_traces_next(traces, &record, message)) == SP_OK) {
		if (record.t_ns / w->width_ns != w->at) {
			status = windows_close_window(w, message);
			if (status != SP_OK)
				return status;
			w->at = record.t_ns / w->width_ns;
			if (options->progress)
				options->progress(options->context, sp_traces_progress(traces), record.t_ns);
		}
		windows_add(w, &record);
	}
	return status == SP_E_END ? windows_close_window(w, message) : status;
}

sp_status sp_windows_read(sp_traces *traces, const sp_setup *setup, const sp_windows_options *options,
                          sp_windows **windows, sp_message *message)
{
	SP_ASSERT(options->width_ns > 0);
	sp_windows *w = windows_open(setup, options->width_ns);

	if (!w)
		return sp_message_set(message, SP_E_MEMORY, "out of memory");
	sp_status status = windows_take(w, traces, options, message);
	if (status == SP_OK)
		status = windows_check(w, w->served, setup->n_skus, message);
	if (status == SP_OK)
		status = windows_check(w, w->demand, setup->n_skus, message);
	if (status == SP_OK)
		status = windows_check(w, w->use, setup->n_pools, message);
	if (status == SP_OK)
		*windows = w;
	else
		sp_windows_close(w);
	return status;
}

/* --- rows --- */

/* The SKUs that have traffic, and the one that is missing most often. */
static void windows_choose(const sp_windows *w, const windows_table *table, sp_windows_pool *out)
{
	size_t missing_most = 0;

	for (uint32_t sku = 0; sku < w->setup->n_skus; sku++) {
		double sum = 0;
		size_t missing = 0;
		if (windows_pool_of(w->setup, sku) != out->pool)
			continue;
		for (size_t i = 0; i < table->n; i++) {
			double x = table->cells[i * (table->n_skus + 2) + 2 + w->columns[sku]];
			missing += isnan(x);
			sum += isnan(x) ? 0 : x;
		}
		if (!(sum > WINDOWS_TRAFFIC * (double)table->n))
			continue;
		if (out->n_skus < SP_NNLS_COLUMNS_MAX)
			out->skus[out->n_skus] = sku;
		out->n_skus++;
		if (missing > missing_most) {
			missing_most = missing;
			out->scarcest = sku;
		}
	}
}

/* A window as a row, if it can be one. */
static void windows_fill(const sp_windows *w, windows_table *table, size_t window, sp_windows_pool *out)
{
	const double *cells = &table->cells[window * (table->n_skus + 2)];
	double *row = &table->x[out->rows.n * out->n_skus], n = (double)out->rows.n;
	bool missing = isnan(cells[0]) || !(cells[1] > 0);

	for (uint32_t i = 0; i < out->n_skus; i++) {
		row[i] = cells[2 + w->columns[out->skus[i]]];
		missing = missing || isnan(row[i]);
	}
	if (missing) {
		out->n_missing++;
		return;
	}
	table->load[out->rows.n] = cells[0];
	table->room_gpus[out->rows.n] = cells[1];
	table->row_at[out->rows.n++] = table->at[window];
	out->n_full += cells[0] >= SP_WINDOWS_FULL * cells[1];
	out->gpus = (out->gpus * n + cells[1]) / (n + 1);
}

/* A column may have lost all its traffic with the windows that were left out. */
static bool windows_sound(const sp_fit_rows *rows)
{
	for (uint32_t i = 0; i < rows->n_columns; i++) {
		double sum = 0;
		for (size_t row = 0; row < rows->n; row++)
			sum += rows->x[row * rows->n_columns + i];
		if (!(sum > WINDOWS_TRAFFIC))
			return false;
	}
	return rows->n_columns > 0;
}

sp_status sp_windows_of(sp_windows *windows, uint32_t pool, sp_windows_pool *out)
{
	windows_table *table = &windows->tables[pool];

	SP_ASSERT(pool < windows->setup->n_pools);
	memset(out, 0, sizeof *out);
	out->pool = pool;
	out->scarcest = SP_NO_SLOT;
	out->n_seen = table->n;
	windows_choose(windows, table, out);
	if (out->n_skus == 0 || out->n_skus > SP_NNLS_COLUMNS_MAX)
		return SP_OK;
	windows_table_clear(table);
	table->x = calloc(table->n * out->n_skus, sizeof *table->x);
	table->load = calloc(table->n, sizeof *table->load);
	table->room_gpus = calloc(table->n, sizeof *table->room_gpus);
	table->row_at = calloc(table->n, sizeof *table->row_at);
	if (!table->x || !table->load || !table->room_gpus || !table->row_at)
		return SP_E_MEMORY;
	for (size_t i = 0; i < table->n; i++)
		windows_fill(windows, table, i, out);
	out->rows = (sp_fit_rows){out->n_skus, out->rows.n, table->row_at, table->x, table->load};
	out->running = table->room_gpus;
	if (!windows_sound(&out->rows))
		out->rows.n_columns = 0;
	return SP_OK;
}

size_t sp_windows_unfill(sp_windows *windows, sp_windows_pool *out, const sp_fit *fit)
{
	windows_table *table = &windows->tables[out->pool];
	uint32_t k = out->n_skus;
	size_t kept = 0, n = out->rows.n;

	SP_ASSERT(fit->n_columns >= k && out->rows.x == table->x);
	for (size_t row = 0; row < n; row++) {
		double expected = 2 * fit->noise;
		for (uint32_t i = 0; i < k; i++)
			expected += fit->coefs[i] * table->x[row * k + i];
		if (fit->n_columns > k)
			expected += fit->coefs[k] * table->room_gpus[row];
		if (expected >= SP_WINDOWS_FULL * table->room_gpus[row])
			continue;
		memmove(&table->x[kept * k], &table->x[row * k], k * sizeof *table->x);
		table->load[kept] = table->load[row];
		table->room_gpus[kept] = table->room_gpus[row];
		table->row_at[kept++] = table->row_at[row];
	}
	out->rows.n = kept;
	out->n_dropped += n - kept;
	if (!windows_sound(&out->rows))
		out->rows.n = 0;
	return n - kept;
}
