/* test_agree.c - two sources of one quantity: when they disagree is said, and the safer one is used. */
#include "tests/check/check.h"

#include <math.h>

#include "base/math.h"
#include "estimators/agree.h"

static sp_estimate known(double value, double sd)
{
	return (sp_estimate){.value = value, .variance = sd * sd, .count = 10};
}

#define HOLD  SP_DIRECTION_HOLD
#define RAISE SP_DIRECTION_RAISE
#define CUT   SP_DIRECTION_CUT

static void the_table_holds(void **state)
{
	(void)state;
	static const struct {
		double a, a_sd, b, b_sd, tolerance;
		bool falling;
		sp_direction direction;
		bool agree;
		double z;
		int used;
	} rows[] = {
	    /* within their error: the better known one, whatever the direction */
	    {2.00, 0.05, 2.10, 0.05, 0, false, RAISE, true, -0.1 / 0.0707106781186548, 0},
	    {2.00, 0.05, 2.10, 0.04, 0, false, RAISE, true, -0.1 / 0.0640312423743285, 1},
	    {2.00, 0.05, 2.10, 0.04, 0, true, CUT, true, -0.1 / 0.0640312423743285, 1},
	    {2, 0, 2, 0, 0, false, HOLD, true, 0, 0},
	    /* a cost that two bills tell differently: raise by the smaller, cut by the larger, hold by the larger */
	    {2.00, 0.01, 3.00, 0.01, 0, false, RAISE, false, -70.7106781186548, 0},
	    {2.00, 0.01, 3.00, 0.01, 0, false, CUT, false, -70.7106781186548, 1},
	    {2.00, 0.01, 3.00, 0.01, 0, false, HOLD, false, -70.7106781186548, 1},
	    {3.00, 0.01, 2.00, 0.01, 0, false, RAISE, false, 70.7106781186548, 1},
	    {3.00, 0.01, 2.00, 0.01, 0, false, CUT, false, 70.7106781186548, 0},
	    /* the worse known one is used where it is the safer */
	    {3.00, 1e-6, 2.00, 0.10, 0, false, RAISE, false, 10, 1},
	    /* a margin speaks the other way */
	    {0.30, 0.01, 0.10, 0.01, 0, true, RAISE, false, 14.1421356237310, 0},
	    {0.30, 0.01, 0.10, 0.01, 0, true, CUT, false, 14.1421356237310, 1},
	    {0.30, 0.01, 0.10, 0.01, 0, true, HOLD, false, 14.1421356237310, 1},
	    /* what they always differ by is no disagreement */
	    {100, 0, 104, 0, 0.02, false, RAISE, true, -4 / 2.08, 0},
	    {100, 0, 104, 0, 0.01, false, RAISE, false, -4 / 1.04, 0},
	    /* certain and different */
	    {1, 0, 2, 0, 0, false, CUT, false, -1e6, 1},
	    /* held within +-10^150: the tolerance counts there, too */
	    {1e300, 0, -1e300, 0, 0.01, false, CUT, false, 200, 0},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		sp_estimate a = known(rows[i].a, rows[i].a_sd), b = known(rows[i].b, rows[i].b_sd);
		sp_agree_rule rule = {3, rows[i].tolerance, rows[i].falling};
		sp_agreement said = sp_agree(&a, &b, &rule, rows[i].direction);
		check_i64(said.agree, rows[i].agree);
		check_i64(said.used, rows[i].used);
		check_near(said.z, rows[i].z, 1e-6 * (1 + fabs(rows[i].z)));
	}
}

static void the_limit_itself_agrees(void **state)
{
	(void)state;
	sp_estimate a = known(3, 0.6), b = known(0, 0.8);
	sp_agree_rule rule = {3, 0, false};
	check_true(sp_agree(&a, &b, &rule, SP_DIRECTION_RAISE).agree);
	a.value = 3.0001;
	check_true(!sp_agree(&a, &b, &rule, SP_DIRECTION_RAISE).agree);
}

/* The name of the sources does not matter: exchanged, the same one is used; and what is used is never the one that asks for more. */
static void exchanged_sources_give_the_same_answer(void **state)
{
	(void)state;
	sp_rng rng;
	sp_check_seed("exchanged_sources_give_the_same_answer", &rng);
	int disagreed = 0;
	for (int i = 0; i < 20000; i++) {
		sp_estimate a = known(sp_rng_normal(&rng), sp_rng_uniform(&rng)),
		            b = known(sp_rng_normal(&rng), sp_rng_uniform(&rng));
		sp_agree_rule rule = {0.5 + sp_rng_uniform(&rng), sp_rng_uniform(&rng) / 10, sp_rng_below(&rng, 2) == 1};
		sp_direction direction = (sp_direction)sp_rng_below(&rng, 3);
		sp_agreement one = sp_agree(&a, &b, &rule, direction), other = sp_agree(&b, &a, &rule, direction);
		check_i64(one.agree, other.agree);
		check_near(one.z, -other.z, 1e-12 * fabs(one.z));
		check_i64(one.used, 1 - other.used);
		if (one.agree)
			continue;
		disagreed++;
		double used = (one.used == 0 ? a : b).value, left = (one.used == 0 ? b : a).value;
		bool smaller = direction == SP_DIRECTION_RAISE;
		check_true((used < left) == (rule.falling ? !smaller : smaller));
	}
	check_true(disagreed > 2000);
}

static void by_chance_alone_one_in_370_disagree(void **state)
{
	(void)state;
	enum { WORLDS = 200000 };
	sp_rng rng;
	sp_check_seed("by_chance_alone_one_in_370_disagree", &rng);
	int disagreed = 0;
	for (int i = 0; i < WORLDS; i++) {
		sp_estimate a = known(10 + 0.3 * sp_rng_normal(&rng), 0.3), b = known(10 + 0.1 * sp_rng_normal(&rng), 0.1);
		sp_agree_rule rule = {3, 0, false};
		disagreed += !sp_agree(&a, &b, &rule, SP_DIRECTION_HOLD).agree;
	}
	check_near((double)disagreed / WORLDS, 0.0027, 0.0005);
}

static void every_answer_is_finite_whatever_comes_in(void **state)
{
	(void)state;
	static const double worst[] = {0, 5e-324, 1e-300, 1, -1, 1e150, 1e300, -1e300, 1.7e308, -1.7e308};
	sp_agree_rule rule = {3, 1, false};
	for (int i = 0; i < 10000; i++) {
		sp_estimate a = {.value = worst[i % 10], .variance = fabs(worst[i / 10 % 10])};
		sp_estimate b = {.value = worst[i / 100 % 10], .variance = fabs(worst[i / 1000])};
		sp_agreement said = sp_agree(&a, &b, &rule, (sp_direction)(i % 3));
		check_true(sp_finite(said.z) && (said.used == 0 || said.used == 1));
	}
}

static void compare_with_one(void *argument)
{
	sp_estimate one = known(1, 1);
	sp_agree_rule rule = {3, 0, false};
	sp_agree(argument, &one, &rule, HOLD);
}

static void what_is_no_estimate_stops_the_program(void **state)
{
	(void)state;
	sp_estimate none[] = {{.value = NAN, .variance = 1},
	                      {.value = INFINITY, .variance = 1},
	                      {.value = -INFINITY, .variance = 1},
	                      {.value = 1, .variance = NAN},
	                      {.value = 1, .variance = -1}};
	for (size_t i = 0; i < sizeof none / sizeof *none; i++)
		check_true(sp_check_stopped(compare_with_one, &none[i]) != NULL);
	sp_estimate unknown = {.value = 5, .variance = INFINITY};
	compare_with_one(&unknown); /* an error without bound agrees with everything */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_table_holds),
	    cmocka_unit_test(the_limit_itself_agrees),
	    cmocka_unit_test(exchanged_sources_give_the_same_answer),
	    cmocka_unit_test(by_chance_alone_one_in_370_disagree),
	    cmocka_unit_test(every_answer_is_finite_whatever_comes_in),
	    cmocka_unit_test(what_is_no_estimate_stops_the_program),
	};
	return cmocka_run_group_tests_name("estimators: agree", tests, NULL, NULL);
}
