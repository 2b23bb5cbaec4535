/* test_blend.c - several laws as one: weights, max and min by hand, and what every part hears. */
#include "tests/policies/asked.h"

#include "policies/price/blend.h"

enum { COST, TRIM, MARGINAL, MARKUP, MARKET, SCHEDULE, UTILIZATION, RECOVERY };

static void add(asked *a, const char *law, int64_t weight_ppb)
{
	sp_blend *blend = (sp_blend *)(void *)a->params;
	sp_message message = {""};
	check_status(sp_blend_set(&blend->parts[blend->n], sp_law_find(law, strlen(law)), &message), SP_OK);
	blend->parts[blend->n++].weight_ppb = weight_ppb;
}

static void part_set(asked *a, uint32_t part, const char *key, const char *text)
{
	sp_blend_part *p = &((sp_blend *)(void *)a->params)->parts[part];
	const sp_law_ops *law = sp_blend_law(p);
	const sp_param *row = sp_param_find(law->params, law->n_params, key, strlen(key));
	assert_non_null(row);
	check_status(sp_param_parse(row, text, strlen(text), p->params, NULL), SP_OK);
}

/* A cost of 0.4 in a price of 1, and a table that says 110 %. */
static void start(asked *a, const char *how, int64_t cost_weight)
{
	sp_message message = {""};
	asked_start(a, "blend");
	asked_set(a, "how", how);
	add(a, "cost_plus", cost_weight);
	add(a, "schedule", SP_NANO - cost_weight);
	part_set(a, 1, "level", "110%");
	check_status(a->ops->check(a->params, &message), SP_OK);
	a->ops->init(a->state, a->params);
	a->input.readings[SP_READING_COST].estimate.value = 0.4;
}

static void weights_scale_every_term(void **state)
{
	(void)state;
	asked a;
	start(&a, "weights", SP_NANO / 4);
	sp_wish wish = asked_decide(&a);
	check_i64(wish.terms[COST].amount.ppb, 0);
	check_i64(wish.terms[SCHEDULE].amount.ppb, 75000000); /* 3/4 of 0.10 */
	a.input.readings[SP_READING_COST].estimate.value = 0.44;
	wish = asked_decide(&a);
	check_i64(wish.terms[COST].amount.ppb, 10000000); /* 1/4 of 0.04 */
	check_text(wish.reason, "blend_above");
	check_true(wish.action == SP_LAW_MOVE);
}

static void of_several_the_one_that_wants_most_acts(void **state)
{
	(void)state;
	asked a;
	start(&a, "max", SP_NANO / 2);
	asked_decide(&a);
	a.input.readings[SP_READING_COST].estimate.value = 0.44; /* wants 1.04 */
	sp_wish wish = asked_decide(&a);
	check_i64(wish.terms[SCHEDULE].amount.ppb, 100000000);
	check_i64(wish.terms[COST].amount.ppb, 0);
	a.input.readings[SP_READING_COST].estimate.value = 0.6; /* wants 1.20 */
	wish = asked_decide(&a);
	check_i64(wish.terms[SCHEDULE].amount.ppb, 0);
	check_i64(wish.terms[COST].amount.ppb, 200000000);
	start(&a, "min", SP_NANO / 2);
	asked_decide(&a);
	a.input.readings[SP_READING_COST].estimate.value = 0.44;
	wish = asked_decide(&a);
	check_i64(wish.terms[COST].amount.ppb, 40000000);
	check_i64(wish.terms[SCHEDULE].amount.ppb, 0);
}

/* What a price that another part set grants of a cost is not asked for again, and what it does not stays due. */
static void each_part_hears_what_of_its_wish_was_granted(void **state)
{
	(void)state;
	asked a;
	start(&a, "max", SP_NANO / 2);
	asked_decide(&a);
	a.input.readings[SP_READING_COST].estimate.value = 0.44;
	asked_decide(&a);
	sp_told told = {a.input.now_ns, SP_TOLD_BY_LAW, {SP_NANO}, {1100000000}, 1};
	a.ops->told(&told, a.state, a.params);
	a.input.told = a.input.own = a.input.in_force = (sp_index){1100000000};
	check_true(asked_decide(&a).action == SP_LAW_HOLD); /* 1.10 covers the 1.04 */
	start(&a, "min", SP_NANO / 2);
	asked_decide(&a);
	a.input.readings[SP_READING_COST].estimate.value = 0.6; /* 1.20; the table's 1.10 is told */
	asked_decide(&a);
	a.ops->told(&told, a.state, a.params);
	a.input.told = a.input.own = a.input.in_force = (sp_index){1100000000};
	part_set(&a, 1, "level", "200%");
	check_i64(asked_decide(&a).terms[COST].amount.ppb, 100000000); /* the other half */
}

/* The trap: the part that waits follows the price, so it takes over at once. */
static void no_wind_up_of_the_part_that_waits(void **state)
{
	(void)state;
	asked a;
	asked_start(&a, "blend");
	asked_set(&a, "how", "max");
	add(&a, "utilization_pi", 0);
	add(&a, "schedule", 0);
	part_set(&a, 0, "response_lag", "0s");
	a.ops->init(a.state, a.params);
	a.input.readings[SP_READING_LOAD].estimate.value = 300; /* far below 700: the law alone would go down and down */
	for (int i = 0; i < 500; i++) {
		a.input.now_ns += a.input.period_ns;
		check_true(asked_decide(&a).action == SP_LAW_HOLD); /* the table holds it at 1 */
	}
	a.input.readings[SP_READING_LOAD].estimate.value = 1200;
	a.input.now_ns += a.input.period_ns;
	sp_wish wish = asked_decide(&a);
	check_true(wish.terms[UTILIZATION].amount.ppb > 10000000);
}

/* The engine's sum stays whole when the lead changes: own = told + levels + steps. */
static void a_goal_that_takes_over_takes_back_what_was_integrated(void **state)
{
	(void)state;
	asked a;
	asked_start(&a, "blend");
	asked_set(&a, "how", "max");
	add(&a, "utilization_pi", 0);
	add(&a, "schedule", 0);
	part_set(&a, 0, "response_lag", "0s");
	a.ops->init(a.state, a.params);
	a.input.readings[SP_READING_LOAD].estimate.value = 900;
	for (int i = 0; i < 20; i++) {
		a.input.now_ns += a.input.period_ns;
		a.input.own.ppb += asked_decide(&a).terms[UTILIZATION].amount.ppb;
	}
	int64_t integrated = a.input.own.ppb - SP_NANO;
	check_true(integrated > 0);
	part_set(&a, 1, "level", "300%");
	sp_wish wish = asked_decide(&a);
	check_i64(wish.terms[SCHEDULE].amount.ppb, 2000000000);
	check_i64(wish.terms[UTILIZATION].amount.ppb, -integrated);
	a.input.own.ppb = 3 * SP_NANO;
	a.input.booked[SCHEDULE].ppb = 2 * SP_NANO;
	wish = asked_decide(&a);
	check_i64(wish.terms[UTILIZATION].amount.ppb, 0);
}

/* The trap: of a level that the engine damped, or that waits for its clock, the missing part does not come back as a step. */
static void of_what_was_not_booked_nothing_is_taken_back(void **state)
{
	(void)state;
	asked a;
	start(&a, "max", SP_NANO / 2);
	check_i64(asked_decide(&a).terms[SCHEDULE].amount.ppb, 100000000);
	for (int64_t booked = 0; booked <= 100000000; booked += 50000000) {
		a.input.booked[SCHEDULE].ppb = booked;
		a.input.own.ppb = SP_NANO + booked;
		sp_wish wish = asked_decide(&a);
		check_i64(wish.terms[SCHEDULE].amount.ppb, 100000000);
		check_true(!wish.terms[SCHEDULE].stays);
		check_i64(wish.terms[UTILIZATION].amount.ppb, 0);
	}
}

/* A step that takes the lead leaves levels as they are booked, not as they were wished. */
static void a_step_leaves_levels_as_they_are_booked(void **state)
{
	(void)state;
	asked a;
	asked_start(&a, "blend");
	asked_set(&a, "how", "max");
	add(&a, "utilization_pi", 0);
	add(&a, "schedule", 0);
	part_set(&a, 0, "response_lag", "0s");
	part_set(&a, 1, "level", "110%");
	a.ops->init(a.state, a.params);
	asked_decide(&a);
	a.input.booked[SCHEDULE].ppb = 50000000; /* half of its 0.10 */
	a.input.own.ppb = SP_NANO + 50000000;
	part_set(&a, 1, "level", "90%");
	sp_wish wish = asked_decide(&a);
	check_true(wish.terms[SCHEDULE].stays && !wish.terms[UTILIZATION].stays);
	check_i64(wish.terms[SCHEDULE].amount.ppb, 50000000);
	check_true(wish.action == SP_LAW_MOVE);
}

static void while_one_part_refuses_so_does_the_blend(void **state)
{
	(void)state;
	asked a;
	start(&a, "weights", SP_NANO / 2);
	a.input.readings[SP_READING_COST].answer = (sp_answer){SP_TOO_LITTLE, "none"};
	check_true(asked_decide(&a).action == SP_LAW_REFUSE);
	check_text(asked_decide(&a).reason, "first_refuses");
	check_true(sp_law_needs(a.ops, a.params) == SP_NEEDS(COST));
}

static void what_cannot_be_a_part_is_refused_with_the_reason(void **state)
{
	(void)state;
	sp_blend_part part;
	sp_message message = {""};
	check_true(sp_blend_set(&part, sp_law_find("eip1559", 7), &message) != SP_OK);
	check_contains(message.text, "counts by changes");
	check_true(sp_blend_set(&part, sp_law_find("blend", 5), &message) != SP_OK);
	check_contains(message.text, "list its laws here");
	asked a;
	start(&a, "weights", SP_NANO / 2);
	((sp_blend *)(void *)a.params)->parts[0].weight_ppb = SP_NANO;
	check_true(a.ops->check(a.params, &message) != SP_OK);
	check_contains(message.text, "add up to 100%");
	((sp_blend *)(void *)a.params)->n = 1;
	check_true(a.ops->check(a.params, &message) != SP_OK);
	check_contains(message.text, "2 to 3 laws");
}

/* Every law that can be a part, in every way, on hostile inputs. */
static void every_pair_of_laws_is_total(void **state)
{
	(void)state;
	static const double values[] = {0, 1e-12, 0.3, 700, 1e15, 1.7e308};
	static const char *const hows[] = {"weights", "max", "min"};
	sp_rng rng;
	sp_check_seed("every_pair_of_laws_is_total", &rng);
	for (size_t i = 0; sp_laws[i] != NULL; i++)
		for (size_t j = 0; sp_laws[j] != NULL; j++) {
			sp_blend_part part;
			sp_message message = {""};
			if (sp_blend_set(&part, sp_laws[i], &message) != SP_OK ||
			    sp_blend_set(&part, sp_laws[j], &message) != SP_OK)
				continue;
			asked a;
			asked_start(&a, "blend");
			asked_set(&a, "how", hows[(i + j) % 3]);
			add(&a, sp_laws[i]->name, SP_NANO / 2);
			add(&a, sp_laws[j]->name, SP_NANO / 2);
			a.ops->init(a.state, a.params);
			for (int k = 0; k < 60; k++) {
				a.input.now_ns += a.input.period_ns;
				a.input.own.ppb = 1000 + (int64_t)sp_rng_below(&rng, 3 * SP_NANO);
				a.input.told.ppb = 1000 + (int64_t)sp_rng_below(&rng, 3 * SP_NANO);
				for (int r = 0; r < SP_READINGS; r++)
					a.input.readings[r].estimate.value = values[sp_rng_below(&rng, 6)];
				sp_wish wish = asked_decide(&a);
				for (size_t t = 0; t < SP_LAW_TERMS_MAX; t++)
					check_true(wish.terms[t].amount.ppb >= -SP_INDEX_MAX_PPB &&
					           wish.terms[t].amount.ppb <= SP_INDEX_MAX_PPB);
				asked_told(&a, (sp_told_by)sp_rng_below(&rng, 4), sp_rng_uniform(&rng));
			}
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(weights_scale_every_term),
	    cmocka_unit_test(of_several_the_one_that_wants_most_acts),
	    cmocka_unit_test(each_part_hears_what_of_its_wish_was_granted),
	    cmocka_unit_test(no_wind_up_of_the_part_that_waits),
	    cmocka_unit_test(a_goal_that_takes_over_takes_back_what_was_integrated),
	    cmocka_unit_test(of_what_was_not_booked_nothing_is_taken_back),
	    cmocka_unit_test(a_step_leaves_levels_as_they_are_booked),
	    cmocka_unit_test(while_one_part_refuses_so_does_the_blend),
	    cmocka_unit_test(what_cannot_be_a_part_is_refused_with_the_reason),
	    cmocka_unit_test(every_pair_of_laws_is_total),
	};
	return cmocka_run_group_tests_name("price laws: blend", tests, NULL, NULL);
}
