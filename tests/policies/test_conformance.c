/* test_conformance.c - what every price law in the registry must do, whatever it wishes. */
#include "tests/check/check.h"

#include <string.h>

#include "base/math.h"
#include "policies/price/law.h"
#include "tests/estimators/corners.h"
#include "tests/policies/asked.h"

typedef struct slot {
	_Alignas(8) unsigned char state[SP_LAW_STATE_MAX];
} slot;

static void for_each_corner(void (*body)(asked *a, sp_rng *rng), sp_rng *rng)
{
	for (size_t i = 0; sp_laws[i] != NULL; i++)
		for (size_t corner = 0; corner < corner_count(sp_laws[i]->n_params); corner++) {
			asked a;
			asked_start(&a, sp_laws[i]->name);
			corner_params(a.ops->params, a.ops->n_params, corner, a.params);
			if (a.ops->check != NULL && a.ops->check(a.params, NULL) != SP_OK)
				continue;
			a.ops->init(a.state, a.params);
			body(&a, rng);
		}
}

static double one_of(sp_rng *rng, const double *list, size_t n)
{
	return list[sp_rng_below(rng, n)];
}

static sp_index random_index(sp_rng *rng)
{
	static const double list[] = {1e3, 1e12, 1e9, 1e9 + 1, 999999999, 5e8, 2e9, 1234567890};
	return (sp_index){(int64_t)one_of(rng, list, sizeof list / sizeof *list)};
}

static sp_reading random_reading(sp_rng *rng)
{
	static const double values[] = {0, 5e-324, 1e-12, 0.3, 700, 2000, 1e15, 1e100, 1.7e308};
	sp_reading reading = {.answer = {(sp_knowledge)sp_rng_below(rng, 3), "a reason"},
	                      .clock = (sp_clock_state)sp_rng_below(rng, SP_CLOCK_STATES)};
	reading.estimate.value = one_of(rng, values, sizeof values / sizeof *values);
	reading.estimate.lag_s = one_of(rng, values, sizeof values / sizeof *values - 2);
	reading.estimate.age_ns = (int64_t)sp_rng_below(rng, 3) * SP_MIN / 2;
	reading.estimate.count = 1;
	return reading;
}

/* Anything the engine could ever give. */
static void random_input(asked *a, sp_rng *rng)
{
	static const double capacities[] = {0, 1e-9, 0.4, 1000, 1000, 1e15, 1e30};
	static const double setpoints[] = {0.01, 0.7, 0.7, 1};
	static const double prices[] = {1e-18, 1e-6, 1, 1, 1e15};
	sp_law_input *in = &a->input;
	in->now_ns += (int64_t)(1 + sp_rng_below(rng, 3)) * in->period_ns;
	in->own = random_index(rng);
	in->told = random_index(rng);
	in->in_force = random_index(rng);
	in->change_due = sp_rng_below(rng, 2) == 1;
	in->censored = sp_rng_below(rng, 4) == 0;
	in->capacity = one_of(rng, capacities, sizeof capacities / sizeof *capacities);
	in->setpoint = one_of(rng, setpoints, sizeof setpoints / sizeof *setpoints);
	in->units_per_usd = one_of(rng, capacities, sizeof capacities / sizeof *capacities);
	in->load_mean = one_of(rng, capacities, sizeof capacities / sizeof *capacities);
	in->load_mean_count = (double)sp_rng_below(rng, 3);
	in->list_usd = one_of(rng, prices, sizeof prices / sizeof *prices);
	in->variable_usd = one_of(rng, capacities, sizeof capacities / sizeof *capacities);
	in->bound = (uint32_t)sp_rng_next(rng);
	for (int i = 0; i < SP_READINGS; i++)
		in->readings[i] = random_reading(rng);
}

static void tell_now_and_then(asked *a, sp_rng *rng)
{
	if (sp_rng_below(rng, 3) == 0)
		asked_told(a, (sp_told_by)sp_rng_below(rng, SP_TOLD_WITHDRAWN + 1), sp_rng_uniform(rng));
}

static bool reason_is_listed(const sp_law_ops *ops, const char *reason)
{
	for (size_t i = 0; ops->reasons[i] != NULL; i++)
		if (strcmp(ops->reasons[i], reason) == 0)
			return true;
	return false;
}

static bool wish_moves(const sp_wish *wish, size_t i)
{
	return wish->terms[i].exact ? wish->terms[i].amount.ppb != 0 : wish->terms[i].log_ratio != 0;
}

/* A refused or held increment moves nothing; a move moves something; terms beyond the table are never written. */
static void check_wish(const asked *a, const sp_wish *wish)
{
	bool moves = false;
	check_true(wish->action <= SP_LAW_REFUSE);
	check_true(reason_is_listed(a->ops, wish->reason));
	for (size_t i = 0; i < SP_LAW_TERMS_MAX; i++) {
		const sp_term_wish *term = &wish->terms[i];
		check_true(sp_finite(term->log_ratio) && sp_abs(term->log_ratio) <= 1000);
		check_true(term->amount.ppb >= -SP_INDEX_MAX_PPB && term->amount.ppb <= SP_INDEX_MAX_PPB);
		check_true(i < a->ops->n_terms || !wish_moves(wish, i));
		moves = moves || wish_moves(wish, i);
	}
	check_true(moves == (wish->action == SP_LAW_MOVE));
}

static void the_registry_is_sound(void **state)
{
	(void)state;
	sp_message message = {""};
	check_status(sp_laws_check(&message), SP_OK);
	check_true(sp_laws[0] != NULL);
}

/* A planted error in each entry is found. */
static void a_table_that_is_not_whole_is_refused(void **state)
{
	(void)state;
	static const char *const no_reasons[] = {NULL};
	static const sp_law_term twice[] = {{"cost", true, true, SP_CLOCK_COST}, {"cost", true, false, SP_CLOCK_COST}};
	static const sp_law_term increment[] = {{"cost", false, true, SP_CLOCK_COST}};
	static const sp_law_term unnamed[] = {{NULL, false, false, SP_CLOCK_COST}};
	const sp_law_ops good = *sp_law_find("cost_plus", strlen("cost_plus"));
	sp_law_ops bad[13];
	for (int i = 0; i < 13; i++) {
		bad[i] = good;
		bad[i].name = "another";
	}
	sp_message message = {""};
	check_status(sp_law_check(&bad[0], &message), SP_OK);
	bad[0].name = NULL;
	bad[1].version = 0;
	bad[2].decide = NULL;
	bad[3].reasons = no_reasons;
	bad[4].state_size = SP_LAW_STATE_MAX + 8;
	bad[5].params_size = SP_LAW_PARAMS_MAX + 1;
	bad[6].n_terms = SP_LAW_TERMS_MAX + 1;
	bad[7].needs = 1u << SP_READINGS;
	bad[8].terms = twice;
	bad[8].n_terms = 2;
	bad[9].terms = increment;
	bad[10].terms = unnamed;
	bad[11].exogenous = 1u << good.n_terms; /* no term of its */
	bad[12] = *sp_law_find("utilization_pi", strlen("utilization_pi"));
	bad[12].name = "another";
	bad[12].exogenous = 1; /* follows demand */
	for (int i = 0; i < 13; i++) {
		check_true(sp_law_check(&bad[i], &message) != SP_OK);
		check_true(message.text[0] != '\0');
	}
	bad[0] = good; /* the name of one that is there */
	check_status(sp_law_check(&bad[0], &message), SP_E_DUPLICATE);
}

static void a_law_is_found_by_its_whole_name_only(void **state)
{
	(void)state;
	for (size_t i = 0; sp_laws[i] != NULL; i++)
		check_true(sp_law_find(sp_laws[i]->name, strlen(sp_laws[i]->name)) == sp_laws[i]);
	check_true(sp_law_find("fixe", 4) == NULL);
	check_true(sp_law_find("fixed", 4) == NULL);
	check_true(sp_law_find("fixedly", 7) == NULL);
	check_true(sp_law_find("", 0) == NULL);
}

static void answers_whatever_it_is_given(asked *a, sp_rng *rng)
{
	for (int i = 0; i < 500; i++) {
		random_input(a, rng);
		sp_wish wish = asked_decide(a);
		check_wish(a, &wish);
		tell_now_and_then(a, rng);
	}
}

static void every_wish_is_finite_and_has_a_listed_reason(void **state)
{
	(void)state;
	sp_rng rng;
	sp_check_seed("every_wish_is_finite_and_has_a_listed_reason", &rng);
	for_each_corner(answers_whatever_it_is_given, &rng);
}

static void refuses_without_what_it_needs(asked *a, sp_rng *rng)
{
	for (int i = 0; i < 100; i++) {
		random_input(a, rng);
		a->input.change_due = true;
		for (int role = 0; role < SP_READINGS; role++)
			if (a->ops->needs & (1u << role))
				a->input.readings[role].answer = (sp_answer){SP_TOO_LITTLE, "no observation yet"};
		sp_wish wish = asked_decide(a);
		check_true(a->ops->needs == 0 || wish.action == SP_LAW_REFUSE);
	}
}

static void p5_a_law_refuses_while_a_reading_that_it_needs_is_unknown(void **state)
{
	(void)state;
	sp_rng rng;
	sp_check_seed("p5_a_law_refuses_while_a_reading_that_it_needs_is_unknown", &rng);
	for_each_corner(refuses_without_what_it_needs, &rng);
}

static void waits_until_due(asked *a, sp_rng *rng)
{
	if (!a->ops->per_change)
		return;
	for (int i = 0; i < 100; i++) {
		random_input(a, rng);
		a->input.change_due = false;
		check_true(asked_decide(a).action == SP_LAW_HOLD);
	}
}

static void r8_a_per_change_law_holds_until_a_change_is_due(void **state)
{
	(void)state;
	sp_rng rng;
	sp_check_seed("r8_a_per_change_law_holds_until_a_change_is_due", &rng);
	for_each_corner(waits_until_due, &rng);
}

/* By fields: what lies between them is nobody's. */
static void check_same_wish(const sp_wish *one, const sp_wish *other)
{
	check_true(one->action == other->action);
	check_text(one->reason, other->reason);
	for (size_t i = 0; i < SP_LAW_TERMS_MAX; i++) {
		check_true(one->terms[i].exact == other->terms[i].exact);
		check_ulp(one->terms[i].log_ratio, other->terms[i].log_ratio, 0);
		check_index(one->terms[i].amount, other->terms[i].amount);
	}
}

static void copy_continues(asked *a, sp_rng *rng)
{
	asked idle = *a; /* a second slot that nobody asks */
	for (int i = 0; i < 40; i++) {
		random_input(a, rng);
		asked_decide(a);
		tell_now_and_then(a, rng);
	}
	slot fresh;
	memset(&fresh, 0, sizeof fresh);
	a->ops->init(fresh.state, a->params);
	check_bytes(idle.state, fresh.state, sizeof fresh);
	asked copy = *a;
	for (int i = 0; i < 40; i++) {
		random_input(a, rng);
		copy.input = a->input;
		sp_wish one = asked_decide(a), other = asked_decide(&copy);
		asked_told(a, SP_TOLD_BY_LAW, 0.5);
		asked_told(&copy, SP_TOLD_BY_LAW, 0.5);
		check_same_wish(&one, &other);
		check_bytes(a->state, copy.state, a->ops->state_size);
	}
}

static void slots_are_independent_and_a_copy_continues_the_same(void **state)
{
	(void)state;
	sp_rng rng;
	sp_check_seed("slots_are_independent_and_a_copy_continues_the_same", &rng);
	for_each_corner(copy_continues, &rng);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_registry_is_sound),
	    cmocka_unit_test(a_table_that_is_not_whole_is_refused),
	    cmocka_unit_test(a_law_is_found_by_its_whole_name_only),
	    cmocka_unit_test(every_wish_is_finite_and_has_a_listed_reason),
	    cmocka_unit_test(p5_a_law_refuses_while_a_reading_that_it_needs_is_unknown),
	    cmocka_unit_test(r8_a_per_change_law_holds_until_a_change_is_due),
	    cmocka_unit_test(slots_are_independent_and_a_copy_continues_the_same),
	};
	return cmocka_run_group_tests_name("price laws: conformance", tests, NULL, NULL);
}
