/* test_hours.c - the hour of every gauge: counted as it runs, written once when it ends (R24). */
#include <string.h>

#include "controller/engine/state.h"
#include "tests/engine/world.h"

static sp_refusal send_nano(world *w, sp_signal_kind kind, const char *name, int64_t nano)
{
	sp_signal signal = {.t_ns = w->now_ns, .kind = kind, .subject = sp_ids_find(w->names, name, strlen(name))};

	signal.value.nano = nano;
	return sp_engine_take(w->engine, &signal);
}

static const sp_rollup *row_of(const world *w, sp_signal_kind kind, const char *subject)
{
	for (uint32_t i = 0; i < w->tick->n_rollups; i++) {
		if (w->tick->rollups[i].kind == kind && strcmp(w->tick->rollups[i].subject, subject) == 0)
			return &w->tick->rollups[i];
	}
	return NULL;
}

/* The mean of the money sent in one hour. */
static int64_t mean_of(const int64_t *nano, int n)
{
	world w;
	const sp_rollup *row;
	int64_t mean;

	world_init(&w);
	world_build(&w);
	world_tick(&w, WORLD_START + SP_MIN);
	for (int i = 0; i < n; i++)
		check_i64(send_nano(&w, SP_KIND_revenue, "f/input", nano[i]), SP_REFUSED_none);
	world_tick(&w, WORLD_START + SP_HOUR);
	row = row_of(&w, SP_KIND_revenue, "f/input");
	check_true(row != NULL);
	check_u64(row->count, (uint64_t)n);
	check_i64(row->last.nano, nano[n - 1]);
	mean = row->mean.nano;
	world_fini(&w);
	return mean;
}

#define MEAN(...) mean_of((const int64_t[]){__VA_ARGS__}, sizeof((const int64_t[]){__VA_ARGS__}) / sizeof(int64_t))

static void r24_a_money_mean_is_exact_and_rounded_half_to_even(void **state)
{
	(void)state;
	check_i64(MEAN(1, 2), 2);
	check_i64(MEAN(2, 3), 2);
	check_i64(MEAN(-1, -2), -2);
	check_i64(MEAN(-2, -3), -2);
	check_i64(MEAN(-1, 0), 0);
	check_i64(MEAN(1, 0), 0);
	check_i64(MEAN(1, 1, 2), 1);
	check_i64(MEAN(-1, -1, -2), -1);
	check_i64(MEAN(1, 2, 2), 2);
	check_i64(MEAN(-5), -5);
	check_i64(MEAN(1000000000000000000, 999999999999999999), 1000000000000000000);
	check_i64(MEAN(-1000000000000000000, -999999999999999998, -999999999999999999), -999999999999999999);
}

/* A double would have lost the last digits long before. */
static void r24_a_sum_of_money_does_not_run_over(void **state)
{
	world w;
	uint32_t gauge;
	const sp_rollup *row;

	(void)state;
	world_init(&w);
	world_build(&w);
	world_tick(&w, WORLD_START + SP_MIN);
	gauge = sp_engine_gauge(w.engine, SP_SUBJECT_POOL, 0, SP_KIND_cash);
	for (int i = 0; i < 100001; i++)
		sp_hours_fold(w.engine, gauge, SP_KIND_cash, (sp_value){.nano = INT64_MAX - (i == 0)});
	gauge = sp_engine_gauge(w.engine, SP_SUBJECT_LOT, 0, SP_KIND_cost);
	for (int i = 0; i < 100001; i++)
		sp_hours_fold(w.engine, gauge, SP_KIND_cost, (sp_value){.nano = INT64_MIN});
	w.engine->hours[gauge].count = UINT32_MAX - 1; /* as after four billion of them */
	w.engine->hours[gauge].sum.nano = (__int128)INT64_MIN * (UINT32_MAX - 1);
	sp_hours_fold(w.engine, gauge, SP_KIND_cost, (sp_value){.nano = INT64_MIN});
	world_tick(&w, WORLD_START + SP_HOUR);
	row = row_of(&w, SP_KIND_cash, "p");
	check_i64(row->mean.nano, INT64_MAX);
	check_i64(row->min.nano, INT64_MAX - 1);
	check_u64(row->count, 100001);
	row = row_of(&w, SP_KIND_cost, "p:base");
	check_i64(row->mean.nano, INT64_MIN);
	check_u64(row->count, UINT32_MAX);
	world_fini(&w);
}

static void r24_a_row_is_written_once_in_the_first_tick_after_its_hour(void **state)
{
	world w;
	const sp_rollup *row;

	(void)state;
	world_init(&w);
	world_build(&w);
	world_tick(&w, WORLD_START + 10 * SP_MIN);
	check_u64(w.tick->n_rollups, 0);
	world_send(&w, SP_KIND_utilization, "p", 0.5);
	world_tick(&w, WORLD_START + 20 * SP_MIN);
	world_send(&w, SP_KIND_utilization, "p", 0.9);
	world_send(&w, SP_KIND_utilization, "p", 0.4);
	world_tick(&w, WORLD_START + 59 * SP_MIN);
	check_u64(w.tick->n_rollups, 0);
	world_tick(&w, WORLD_START + SP_HOUR); /* the period that ends here began in the hour before */
	check_u64(w.tick->n_rollups, 1);
	row = row_of(&w, SP_KIND_utilization, "p");
	check_i64(row->hour_ns, WORLD_START / SP_HOUR * SP_HOUR);
	check_u64(row->count, 3);
	check_near(row->mean.real, 0.6, 1e-15);
	check_near(row->min.real, 0.4, 0);
	check_near(row->max.real, 0.9, 0);
	check_near(row->last.real, 0.4, 0);
	world_tick(&w, WORLD_START + SP_HOUR + SP_MIN);
	check_u64(w.tick->n_rollups, 0);
	world_tick(&w, WORLD_START + 3 * SP_HOUR); /* hours without signals have no rows */
	check_u64(w.tick->n_rollups, 0);
	world_fini(&w);
}

static void r24_a_gap_of_ticks_closes_the_hour_that_was_open(void **state)
{
	world w;

	(void)state;
	world_init(&w);
	world_build(&w);
	world_send(&w, SP_KIND_utilization, "p", 0.5); /* before the first tick */
	world_tick(&w, WORLD_START + SP_HOUR);         /* which ends an hour */
	check_u64(w.tick->n_rollups, 1);
	check_i64(w.tick->rollups[0].hour_ns, WORLD_START / SP_HOUR * SP_HOUR);
	world_send(&w, SP_KIND_utilization, "p", 0.6);
	world_tick(&w, WORLD_START + 10 * SP_HOUR + SP_MIN);
	check_u64(w.tick->n_rollups, 1);
	check_i64(w.tick->rollups[0].hour_ns, WORLD_START / SP_HOUR * SP_HOUR + SP_HOUR);
	world_send(&w, SP_KIND_utilization, "p", 0.7);
	world_tick(&w, WORLD_START + 11 * SP_HOUR);
	check_i64(w.tick->rollups[0].hour_ns, WORLD_START / SP_HOUR * SP_HOUR + 10 * SP_HOUR);
	world_fini(&w);
}

static void r24_every_subject_has_its_own_row(void **state)
{
	world w;

	(void)state;
	world_init(&w);
	world_add_family(&w, "g", 0);
	world_build(&w);
	world_send(&w, SP_KIND_demand, "f/input", 3);
	world_send(&w, SP_KIND_demand, "g/input", 5);
	world_send(&w, SP_KIND_served, "g/input", 7);
	world_send(&w, SP_KIND_customers, "g", 11);
	world_send(&w, SP_KIND_gpus_running, "p:base", 13);
	world_tick(&w, WORLD_START + SP_HOUR);
	check_u64(w.tick->n_rollups, 5);
	check_near(row_of(&w, SP_KIND_demand, "f/input")->mean.real, 3, 0);
	check_near(row_of(&w, SP_KIND_demand, "g/input")->mean.real, 5, 0);
	check_near(row_of(&w, SP_KIND_served, "g/input")->mean.real, 7, 0);
	check_near(row_of(&w, SP_KIND_customers, "g")->mean.real, 11, 0);
	check_near(row_of(&w, SP_KIND_gpus_running, "p:base")->mean.real, 13, 0);
	world_fini(&w);
}

static void r24_a_refused_signal_counts_in_no_hour(void **state)
{
	world w;

	(void)state;
	world_init(&w);
	world_build(&w);
	check_i64(world_send(&w, SP_KIND_utilization, "p", -1), SP_REFUSED_out_of_range);
	world_tick(&w, WORLD_START + SP_HOUR);
	check_u64(w.tick->n_rollups, 0);
	world_fini(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(r24_a_money_mean_is_exact_and_rounded_half_to_even),
	    cmocka_unit_test(r24_a_sum_of_money_does_not_run_over),
	    cmocka_unit_test(r24_a_row_is_written_once_in_the_first_tick_after_its_hour),
	    cmocka_unit_test(r24_a_gap_of_ticks_closes_the_hour_that_was_open),
	    cmocka_unit_test(r24_every_subject_has_its_own_row),
	    cmocka_unit_test(r24_a_refused_signal_counts_in_no_hour),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
