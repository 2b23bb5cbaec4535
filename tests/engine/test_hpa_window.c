/* test_hpa_window.c - worst_of_last against the two published examples of Kubernetes' stabilisation window (KEP-853), with replicas
 * as points of the index: one wish a minute.
 *
 * The autoscaler remembers ten (six) recommendations, this rail what was wished for during a span: nine and a half periods back a
 * wish was still held that is gone from the list of ten, so the span is one period and a half shorter than the list. */
#include "tests/engine/world.h"

#define POINT (SP_NANO / 100)

typedef struct minute {
	int64_t wished, told; /* replicas */
} minute;

/* Lets the law wish for so many replicas; `current` of them are the sheet. */
static void check_minutes(int64_t current, int64_t window_ns, const minute *minutes, size_t n)
{
	world w;

	world_init(&w);
	w.families[0].rails.worst_of_last_ns = window_ns;
	world_build(&w);
	world_step(&w); /* what the law is told in an input is of the tick before */
	int64_t own = SP_NANO, told = SP_NANO;
	for (size_t i = 0; i < n; i++) {
		int64_t wish = SP_NANO + (minutes[i].wished - current) * POINT;
		const sp_decision *d = world_push(&w, wish - own);
		check_i64(d->wish.ppb, wish);
		check_i64(d->index.ppb, SP_NANO + (minutes[i].told - current) * POINT);
		check_true((d->index.ppb != told) == (d->outcome == SP_OUTCOME_PUBLISHED));
		own = d->index.ppb != told ? d->index.ppb : wish;
		told = d->index.ppb;
	}
	world_fini(&w);
}

/* "Stabilization before scaling down", 600 s: ten recommendations, the largest counts. Then by hand: the last 9 leaves the list
 * at the 19th minute. */
static void lowering_follows_the_published_example(void **state)
{
	static const minute minutes[] = {
	    {10, 10}, {9, 10}, {8, 10}, {9, 10}, {9, 10}, {8, 10}, {9, 10}, {8, 10}, {9, 10}, {8, 10},
	    {7, 9},   {8, 9},  {8, 9},  {8, 9},  {8, 9},  {8, 9},  {8, 9},  {8, 9},  {8, 8},
	};

	(void)state;
	check_minutes(10, 10 * SP_MIN - 3 * SP_MIN / 2, minutes, sizeof minutes / sizeof *minutes);
}

/* "Avoid false positive signals for scaling up", 300 s: six recommendations, the smallest counts. */
static void raising_follows_the_published_example(void **state)
{
	static const minute minutes[] = {{2, 2}, {3, 2}, {19, 2}, {10, 2}, {3, 2}, {4, 2}, {7, 3}};

	(void)state;
	check_minutes(2, 6 * SP_MIN - 3 * SP_MIN / 2, minutes, sizeof minutes / sizeof *minutes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(lowering_follows_the_published_example),
	    cmocka_unit_test(raising_follows_the_published_example),
	};
	return cmocka_run_group_tests_name("worst_of_last and the autoscaler's window", tests, NULL, NULL);
}
