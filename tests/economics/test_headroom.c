/* test_headroom.c - queues against tables, against sums done the long way, and against the square-root rule. */
#include "tests/check/check.h"

#include <math.h>

#include "controller/economics/headroom.h"

/* a^k / k! summed as the books write it, in logarithms. */
static double delayed_twin(uint32_t places, double load)
{
	double below = 0, at = 0;
	for (uint32_t k = 0; k <= places; k++) {
		double term = exp(k * log(load) - lgamma(k + 1.0) - load);
		if (k < places)
			below += term;
		else
			at = term * places / (places - load);
	}
	return at / (below + at);
}

static void waiting_is_as_the_tables_say(void **state)
{
	(void)state;
	/* M/M/1: rho. M/M/2: a^2 / (2 + a). 3 at 2: (8 / 6 x 3) / (1 + 2 + 2 + 4). 5 at 4: (1024 / 120 x 5) / (103 / 3 + 128 / 3). */
	check_near(sp_queue_delayed(1, 0.7), 0.7, 1e-15);
	check_near(sp_queue_delayed(2, 1.0), 1.0 / 3, 1e-15);
	check_near(sp_queue_delayed(2, 1.5), 2.25 / 3.5, 1e-15);
	check_near(sp_queue_delayed(3, 2.0), 4.0 / 9, 1e-15);
	check_near(sp_queue_delayed(5, 4.0), 128.0 / 231, 1e-15);
	check_near(sp_queue_delayed(10, 8.0), 0.4092, 5e-5); /* as printed tables of Erlang C have it */
	check_near(sp_queue_delayed(7, 0), 0, 0);
}

static void waiting_agrees_with_the_long_sum(void **state)
{
	(void)state;
	sp_rng rng;
	sp_check_seed("waiting_agrees_with_the_long_sum", &rng);
	for (int round = 0; round < 2000; round++) {
		uint32_t places = 1 + (uint32_t)sp_rng_below(&rng, 300);
		double load = places * (0.01 + 0.985 * sp_rng_uniform(&rng)), twin = delayed_twin(places, load);
		check_near(sp_queue_delayed(places, load), twin, 1e-11 + 1e-9 * twin);
	}
}

/* Halfin and Whitt: at a = c - beta sqrt(c) the chance to wait tends to 1 / (1 + beta Phi(beta) / phi(beta)). */
static double halfin_whitt(double beta)
{
	double phi = exp(-beta * beta / 2) / sqrt(2 * 3.14159265358979323846);
	return 1 / (1 + beta * (0.5 * erfc(-beta / sqrt(2))) / phi);
}

static void large_pools_keep_the_square_root_rule(void **state)
{
	(void)state;
	check_near(halfin_whitt(1), 0.2234, 5e-5); /* 1 / (1 + 0.84134 / 0.24197) */
	for (int i = 1; i <= 6; i++) {
		double beta = 0.5 * i, c = 1000000;
		check_near(sp_queue_delayed(1000000, c - beta * sqrt(c)), halfin_whitt(beta), 2e-3);
	}
	sp_queue queue = {.places = 10000, .service_s = 1, .wait_s = 0, .late = halfin_whitt(1), .variability = 1};
	double headroom = 0;
	check_true(sp_headroom_of_queue(&queue, &headroom).knowledge == SP_KNOWN);
	check_near(headroom, 0.01, 2e-4); /* beta / sqrt(c) */
}

static void one_place_keeps_what_can_be_worked_by_hand(void **state)
{
	(void)state;
	/* M/M/1, nobody's wait bounded: rho <= 0.2, so four fifths stay free. */
	sp_queue queue = {.places = 1, .service_s = 2, .wait_s = 0, .late = 0.2, .variability = 1};
	double headroom = 0;
	check_true(sp_headroom_of_queue(&queue, &headroom).knowledge == SP_KNOWN);
	check_near(headroom, 0.8, 1e-9);
	/* rho exp(-(1 - rho) x 4 / 2) <= 0.2 holds up to rho = 0.5 where late = 0.5 exp(-1). */
	queue = (sp_queue){.places = 1, .service_s = 2, .wait_s = 4, .late = 0.5 * exp(-1), .variability = 1};
	check_true(sp_headroom_of_queue(&queue, &headroom).knowledge == SP_KNOWN);
	check_near(headroom, 0.5, 1e-9);
}

static void the_headroom_of_a_queue_is_the_least_that_keeps_its_target(void **state)
{
	(void)state;
	sp_rng rng;
	sp_check_seed("the_headroom_of_a_queue_is_the_least_that_keeps_its_target", &rng);
	for (int round = 0; round < 300; round++) {
		sp_queue queue = {.places = 1 + (uint32_t)sp_rng_below(&rng, 200),
		                  .service_s = exp(6 * sp_rng_uniform(&rng) - 3),
		                  .wait_s = 3 * sp_rng_uniform(&rng),
		                  .late = 0.001 + 0.9 * sp_rng_uniform(&rng),
		                  .variability = 0.3 + 3 * sp_rng_uniform(&rng)};
		double headroom = -1;
		check_true(sp_headroom_of_queue(&queue, &headroom).knowledge == SP_KNOWN);
		double c = queue.places, a = c * (1 - headroom);
		for (int side = -1; side <= 1; side += 2) {
			double load = a + side * 1e-6 * c;
			if (load <= 0 || load >= c)
				continue;
			double late = delayed_twin(queue.places, load) *
			              exp(-(c - load) * queue.wait_s / (queue.service_s * queue.variability));
			check_true(side < 0 ? late <= queue.late : late > queue.late);
		}
	}
}

static void latency_says_how_much_may_be_sold(void **state)
{
	(void)state;
	double headroom = -1;
	/* 1.5 s at 60 %: an idle pool takes 0.6 s, so 2 s are kept up to 70 %. */
	check_true(sp_headroom_of_latency(0.6, 1.5, 2.0, &headroom).knowledge == SP_KNOWN);
	check_near(headroom, 0.3, 1e-15);
	check_true(sp_headroom_of_latency(0.7, 2.0, 2.0, &headroom).knowledge == SP_KNOWN);
	check_near(headroom, 0.3, 1e-15);
	headroom = -1;
	check_true(sp_headroom_of_latency(0.1, 3.0, 2.0, &headroom).knowledge == SP_NOT_IDENTIFIED);
	check_true(sp_headroom_of_latency(1.0, 3.0, 9.0, &headroom).knowledge == SP_NOT_IDENTIFIED);
	check_true(sp_headroom_of_latency(0.5, 1e300, 1e-300, &headroom).knowledge == SP_NOT_IDENTIFIED);
	check_near(headroom, -1, 0);
}

static void attainment_says_how_much_may_be_sold(void **state)
{
	(void)state;
	double headroom = -1;
	/* 90 % within it at 60 %; 99 % is twice as far down the tail, so twice as much stays free. */
	check_true(sp_headroom_of_slo(0.6, 0.9, 0.99, &headroom).knowledge == SP_KNOWN);
	check_near(headroom, 0.8, 1e-12);
	check_true(sp_headroom_of_slo(0.6, 0.99, 0.9, &headroom).knowledge == SP_KNOWN);
	check_near(headroom, 0.2, 1e-12);
	headroom = -1;
	check_true(sp_headroom_of_slo(0.6, 1, 0.99, &headroom).knowledge == SP_TOO_LITTLE);
	check_true(sp_headroom_of_slo(0.6, 0, 0.99, &headroom).knowledge == SP_TOO_LITTLE);
	check_true(sp_headroom_of_slo(0.6, 1e-300, 0.99, &headroom).knowledge == SP_TOO_LITTLE);
	check_true(sp_headroom_of_slo(0.6, 0.9, 1, &headroom).knowledge == SP_NOT_IDENTIFIED);
	check_true(sp_headroom_of_slo(0.6, 0.9, 0.9999999, &headroom).knowledge == SP_NOT_IDENTIFIED);
	check_true(sp_headroom_of_slo(1.2, 0.9, 0.5, &headroom).knowledge == SP_NOT_IDENTIFIED);
	check_near(headroom, -1, 0);
}

static void whatever_a_queue_is_its_headroom_is_a_share(void **state)
{
	(void)state;
	const double sizes[] = {4.9e-324, 1e-300, 1e-9, 1, 1e9, 1e300};
	for (size_t i = 0; i < 6 * 6 * 6; i++) {
		sp_queue queue = {.places = i % 2 ? 1 : 40,
		                  .service_s = sizes[i % 6],
		                  .wait_s = i % 5 ? sizes[i / 6 % 6] : 0,
		                  .late = i % 3 ? 1e-12 : 0.999999,
		                  .variability = sizes[i / 36]};
		double headroom = 0;
		sp_answer answer = sp_headroom_of_queue(&queue, &headroom);
		check_true(answer.knowledge == SP_KNOWN ? headroom >= 0 && headroom <= 1 : answer.reason != NULL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(waiting_is_as_the_tables_say),
	    cmocka_unit_test(waiting_agrees_with_the_long_sum),
	    cmocka_unit_test(large_pools_keep_the_square_root_rule),
	    cmocka_unit_test(one_place_keeps_what_can_be_worked_by_hand),
	    cmocka_unit_test(the_headroom_of_a_queue_is_the_least_that_keeps_its_target),
	    cmocka_unit_test(latency_says_how_much_may_be_sold),
	    cmocka_unit_test(attainment_says_how_much_may_be_sold),
	    cmocka_unit_test(whatever_a_queue_is_its_headroom_is_a_share),
	};
	return cmocka_run_group_tests_name("economics: headroom", tests, NULL, NULL);
}
