/* test_windows.c - records become windows: means, GPUs as they ran, what is missing and what is full left out. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "sim/calibrate/windows.h"
#include "tests/sim/trace/fixture.h"

#define DAY_NS (INT64_C(1795478400) * SP_SEC) /* 2026-11-24 */

typedef struct world {
	fixture f;
	char path[512];
	FILE *file;
	sp_windows *windows;
	sp_windows_pool pool;
	sp_message message;
} world;

static void world_open(world *w)
{
	memset(w, 0, sizeof *w);
	fixture_open(&w->f);
	snprintf(w->path, sizeof w->path, "%s/windows.jsonl", sp_check_scratch());
	w->file = fopen(w->path, "w");
	check_true(w->file != NULL);
}

static void world_close(world *w)
{
	sp_windows_close(w->windows);
	fixture_close(&w->f);
}

/* A record so many seconds into the day. */
static void tell(world *w, int second, const char *kind, const char *subject, double value)
{
	char t[SP_TIME_TEXT_MAX];
	fprintf(w->file, "{\"t\":\"%s\",\"kind\":\"%s\",\"subject\":\"%s\",\"value\":%.17g,\"source\":\"test\"}\n",
	        sp_time_format(DAY_NS + second * SP_SEC, t), kind, subject, value);
}

static sp_status world_read(world *w)
{
	char spec[600];
	const char *specs[] = {spec};
	sp_windows_options options = {.width_ns = SP_MIN};
	sp_traces *traces = NULL;
	fclose(w->file);
	snprintf(spec, sizeof spec, "signals:%s", w->path);
	check_status(sp_traces_open(specs, 1, &w->f.setup, NULL, &traces, &w->message), SP_OK);
	sp_status status = sp_windows_read(traces, &w->f.setup, &options, &w->windows, &w->message);
	sp_traces_close(traces);
	if (status == SP_OK)
		check_status(sp_windows_of(w->windows, 0, &w->pool), SP_OK);
	return status;
}

/* A whole window: utilization, input and output tokens a second. */
static void tell_window(world *w, int minute, double use, double input, double output)
{
	tell(w, 60 * minute + 10, "utilization", "east/h100", use);
	tell(w, 60 * minute + 20, "demand", "chat/east/input", input);
	tell(w, 60 * minute + 30, "demand", "chat/east/output", output);
}

static void a_window_is_the_mean_of_its_records_times_the_gpus(void **unused)
{
	(void)unused;
	world w;
	world_open(&w);
	tell_window(&w, 0, 0.25, 100, 10);
	tell(&w, 40, "utilization", "east/h100", 0.75);
	tell(&w, 50, "demand", "chat/east/input", 300);
	tell_window(&w, 1, 0.5, 80, 8);
	check_status(world_read(&w), SP_OK);
	check_u64(w.pool.n_seen, 2);
	check_u64(w.pool.n_missing, 0);
	check_u64(w.pool.n_skus, 2);
	check_u64(w.pool.rows.n, 2);
	check_near(w.pool.gpus, 16, 0); /* two lots of 8, both owned */
	check_near(w.pool.rows.y[0], 8, 1e-12);
	check_near(w.pool.rows.x[0], 200, 1e-12);
	check_near(w.pool.rows.x[1], 10, 1e-12);
	check_near(w.pool.rows.x[2], 80, 1e-12);
	check_i64(w.pool.rows.at[1] - w.pool.rows.at[0], 1);
	world_close(&w);
}

static void what_was_served_counts_before_what_was_asked_for(void **unused)
{
	(void)unused;
	world w;
	world_open(&w);
	tell_window(&w, 0, 0.5, 100, 10);
	tell(&w, 40, "served", "chat/east/input", 70);
	tell_window(&w, 1, 0.5, 100, 10);
	check_status(world_read(&w), SP_OK);
	check_near(w.pool.rows.x[0], 70, 1e-12);
	check_near(w.pool.rows.x[2], 100, 1e-12);
	world_close(&w);
}

static void zero_is_a_value_and_what_is_missing_leaves_its_window_out(void **unused)
{
	(void)unused;
	world w;
	world_open(&w);
	tell_window(&w, 0, 0.5, 100, 0);
	tell(&w, 50, "demand", "chat/east/output", 0); /* it comes often enough for minutes */
	tell(&w, 70, "utilization", "east/h100", 0.5); /* no output in it */
	tell(&w, 80, "demand", "chat/east/input", 90);
	tell_window(&w, 2, 0.5, 0, 10);
	tell(&w, 60 * 3 + 20, "demand", "chat/east/input", 1); /* neither load nor output */
	tell_window(&w, 5, 0.5, 50, 5);                        /* of minute 4 nothing was heard: it is no window */
	check_status(world_read(&w), SP_OK);
	check_u64(w.pool.n_seen, 5);
	check_u64(w.pool.n_missing, 2);
	check_u64(w.pool.rows.n, 3);
	check_near(w.pool.rows.x[1], 0, 0);
	check_near(w.pool.rows.x[2], 0, 0);
	check_text(w.f.setup.skus[w.pool.scarcest].id, "chat/east/output");
	check_i64(w.pool.rows.at[2] - w.pool.rows.at[0], 5);
	world_close(&w);
}

static void rented_gpus_count_as_they_last_ran_and_ended_lots_do_not(void **unused)
{
	(void)unused;
	world w;
	world_open(&w);
	w.f.lots[1].kind = SP_LOT_ON_DEMAND;
	w.f.lots[0].ends_ns = DAY_NS + 4 * SP_MIN;
	tell_window(&w, 0, 1, 100, 10); /* nothing was told of rented ones: none */
	tell_window(&w, 1, 1, 100, 10);
	tell(&w, 100, "gpus_running", "east/h100:spot", 2);
	tell(&w, 110, "gpus_running", "east/h100:spot", 6);
	tell_window(&w, 2, 1, 100, 10); /* as told last */
	tell_window(&w, 4, 0.5, 100, 10);
	check_status(world_read(&w), SP_OK);
	check_u64(w.pool.rows.n, 4);
	check_near(w.pool.running[0], 8, 0);
	check_near(w.pool.running[1], 8 + 4, 0);
	check_near(w.pool.running[2], 8 + 6, 0);
	check_near(w.pool.running[3], 6, 0);
	check_near(w.pool.rows.y[3], 3, 0);
	world_close(&w);
}

static void a_sku_without_traffic_is_no_column_and_a_pool_without_has_no_rows(void **unused)
{
	(void)unused;
	world w;
	world_open(&w);
	tell_window(&w, 0, 0.5, 100, 0);
	tell_window(&w, 1, 0.5, 100, 0);
	check_status(world_read(&w), SP_OK);
	check_u64(w.pool.n_skus, 1);
	check_u64(w.pool.rows.n_columns, 1);
	world_close(&w);
	world_open(&w);
	tell(&w, 10, "utilization", "east/h100", 0.5);
	check_status(world_read(&w), SP_OK);
	check_u64(w.pool.n_skus, 0);
	check_u64(w.pool.rows.n_columns, 0);
	world_close(&w);
}

static void records_rarer_than_windows_are_refused_with_the_width_that_fits(void **unused)
{
	(void)unused;
	world w;
	world_open(&w);
	for (int i = 0; i < 12; i++)
		tell(&w, 60 * i + 10, "utilization", "east/h100", 0.5);
	tell(&w, 60 * 12, "demand", "chat/east/input", 1);
	tell(&w, 60 * 17, "demand", "chat/east/input", 1);
	check_status(world_read(&w), SP_E_RANGE);
	check_contains(w.message.text,
	               "demand of chat/east/input comes every 5 min at most, windows are 1 min: give --window 5m");
	world_close(&w);
}

static void rows_whose_traffic_lets_a_full_pool_be_expected_are_left_out(void **unused)
{
	(void)unused;
	world w;
	world_open(&w);
	for (int i = 0; i < 10; i++)
		tell_window(&w, i, i < 7 ? 0.5 : 1, i < 7 ? 100 : 200, 10);
	check_status(world_read(&w), SP_OK);
	check_u64(w.pool.n_full, 3);
	sp_fit *fit = calloc(1, sizeof *fit);
	*fit = (sp_fit){.n_columns = 2, .coefs = {0.08, 0}, .noise = 0.01};
	check_u64(sp_windows_unfill(w.windows, &w.pool, fit), 3); /* 16 GPUs of 16 are expected */
	check_u64(w.pool.rows.n, 7);
	check_u64(w.pool.n_dropped, 3);
	check_near(w.pool.rows.y[6], 8, 1e-12);
	check_near(w.pool.rows.x[12], 100, 1e-12);
	fit->coefs[0] = 1; /* now all are */
	check_u64(sp_windows_unfill(w.windows, &w.pool, fit), 7);
	check_u64(w.pool.rows.n, 0);
	free(fit);
	world_close(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_window_is_the_mean_of_its_records_times_the_gpus),
	    cmocka_unit_test(what_was_served_counts_before_what_was_asked_for),
	    cmocka_unit_test(zero_is_a_value_and_what_is_missing_leaves_its_window_out),
	    cmocka_unit_test(rented_gpus_count_as_they_last_ran_and_ended_lots_do_not),
	    cmocka_unit_test(a_sku_without_traffic_is_no_column_and_a_pool_without_has_no_rows),
	    cmocka_unit_test(records_rarer_than_windows_are_refused_with_the_width_that_fits),
	    cmocka_unit_test(rows_whose_traffic_lets_a_full_pool_be_expected_are_left_out),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
