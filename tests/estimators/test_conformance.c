/* test_conformance.c - what every estimator in the registry must do, whatever it estimates. */
#include "tests/check/check.h"

#include <math.h>
#include <string.h>

#include "base/math.h"
#include "estimators/estimator.h"
#include "tests/estimators/corners.h"

#define START INT64_C(1764000000000000000)

typedef struct slot {
	_Alignas(8) unsigned char state[SP_ESTIMATOR_STATE_MAX];
} slot;

typedef struct block {
	_Alignas(8) unsigned char params[SP_ESTIMATOR_PARAMS_MAX];
} block;

/* Calls body for every estimator with every corner of its parameters that its check accepts. */
static void for_each_corner(void (*body)(const sp_estimator_ops *ops, const block *params, sp_rng *rng), sp_rng *rng)
{
	for (size_t i = 0; sp_estimators[i] != NULL; i++) {
		const sp_estimator_ops *ops = sp_estimators[i];
		for (size_t corner = 0; corner < corner_count(ops->n_params); corner++) {
			block params = {{0}};
			corner_params(ops->params, ops->n_params, corner, params.params);
			if (ops->check == NULL || ops->check(params.params, NULL) == SP_OK)
				body(ops, &params, rng);
		}
	}
}

/* A kind with a season must have seen one: at an observation an hour a year takes so many, and chance some more. */
#define PATIENCE 20000

/* What a subject that has been watched for `i` observations may wait for the next: a minute at first, then up to two hours. */
static int64_t patient_gap(int i, sp_rng *rng)
{
	return i < 10 ? SP_MIN : (int64_t)sp_rng_below(rng, 2 * SP_HOUR);
}

/* Feeds x from t_ns on until the estimator knows; returns the time of the newest observation. */
static int64_t feed_until_known(const sp_estimator_ops *ops, const block *params, slot *s, double x, int64_t t_ns,
                                sp_rng *rng)
{
	sp_estimate out;
	for (int i = 0; ops->read(s->state, params->params, t_ns, &out).knowledge != SP_KNOWN; i++) {
		check_true(i < PATIENCE);
		t_ns += patient_gap(i, rng);
		ops->update(s->state, params->params, t_ns, x, 0);
	}
	return t_ns;
}

static void the_registry_is_sound(void **state)
{
	(void)state;
	sp_message message = {""};
	check_status(sp_estimators_check(&message), SP_OK);
	check_true(sp_estimators[0] != NULL);
}

/* A planted error in each entry is found. */
static void a_table_that_is_not_whole_is_refused(void **state)
{
	(void)state;
	static const sp_param twice[] = {
	    {"x", SP_PARAM_COUNT, "", 0, 0, 9, "1", NULL, "One."},
	    {"x", SP_PARAM_COUNT, "", 0, 0, 9, "1", NULL, "The same."},
	};
	const sp_estimator_ops good = *sp_estimators[0];
	sp_estimator_ops bad[10];
	for (int i = 0; i < 10; i++) {
		bad[i] = good;
		bad[i].name = "another";
	}
	sp_message message = {""};
	check_status(sp_estimator_check(&bad[0], &message), SP_OK);
	bad[0].name = NULL;
	bad[1].version = 0;
	bad[2].source = "";
	bad[3].help = NULL;
	bad[4].update = NULL;
	bad[5].state_size = SP_ESTIMATOR_STATE_MAX + 8;
	bad[6].state_size = 12;
	bad[7].params_size = SP_ESTIMATOR_PARAMS_MAX + 1;
	bad[8].params = twice;
	bad[8].n_params = 2;
	bad[9].formula = "";
	for (int i = 0; i < 10; i++) {
		check_true(sp_estimator_check(&bad[i], &message) != SP_OK);
		check_true(message.text[0] != '\0');
	}
	bad[0] = good; /* the name of one that is there */
	check_status(sp_estimator_check(&bad[0], &message), SP_E_DUPLICATE);
}

static void an_estimator_is_found_by_its_whole_name_only(void **state)
{
	(void)state;
	for (size_t i = 0; sp_estimators[i] != NULL; i++)
		check_true(sp_estimator_find(sp_estimators[i]->name, strlen(sp_estimators[i]->name)) == sp_estimators[i]);
	check_true(sp_estimator_find("ewm", 3) == NULL);
	check_true(sp_estimator_find("ewma", 3) == NULL);
	check_true(sp_estimator_find("ewmax", 5) == NULL);
	check_true(sp_estimator_find("", 0) == NULL);
}

static void total_on(const sp_estimator_ops *ops, const block *params, sp_rng *rng)
{
	slot s;
	ops->init(s.state, params->params);
	int64_t t_ns = START;
	for (int i = 0; i < 400; i++) {
		ops->update(s.state, params->params, t_ns, corner_value(rng), corner_value(rng));
		int64_t now_ns = corner_time(rng, t_ns);
		sp_estimate out;
		memset(&out, 0xA5, sizeof out);
		sp_answer answer = ops->read(s.state, params->params, now_ns, &out);
		t_ns = corner_time(rng, t_ns);
		if (answer.knowledge != SP_KNOWN)
			continue;
		check_true(sp_finite(out.value) && sp_finite(out.variance) && sp_finite(out.slope));
		check_true(sp_finite(out.noise) && sp_finite(out.count) && sp_finite(out.lag_s));
		check_true(out.variance >= 0 && out.noise >= 0 && out.count > 0 && out.age_ns >= 0);
	}
}

static void every_answer_is_finite_whatever_comes_in(void **state)
{
	(void)state;
	sp_rng rng;
	sp_check_seed("every_answer_is_finite_whatever_comes_in", &rng);
	for_each_corner(total_on, &rng);
}

static void check_known_is_finite(const sp_estimator_ops *ops, const block *params, const slot *s, int64_t now_ns)
{
	sp_estimate out;
	if (ops->read(s->state, params->params, now_ns, &out).knowledge != SP_KNOWN)
		return;
	check_true(sp_finite(out.value) && sp_finite(out.variance) && sp_finite(out.slope));
	check_true(out.variance >= 0 && out.lag_s >= 0 && out.age_ns >= 0);
}

/* The first and the last permitted time, there and back, with everyday values and with the largest. */
static void ends_of_time_on(const sp_estimator_ops *ops, const block *params, sp_rng *rng)
{
	static const int64_t ends_ns[] = {SP_TIME_MIN_NS, SP_TIME_MAX_NS};
	static const double values[] = {100, 1e300, -1e300, 5e-324};
	slot s;
	ops->init(s.state, params->params);
	for (int i = 0; i < 64; i++) {
		ops->update(s.state, params->params, ends_ns[i / 4 % 2], values[i < 16 ? 0 : sp_rng_below(rng, 4)], 0);
		check_known_is_finite(ops, params, &s, SP_TIME_MIN_NS);
		check_known_is_finite(ops, params, &s, SP_TIME_MAX_NS);
	}
}

static void the_years_1970_and_2200_are_times_like_others(void **state)
{
	(void)state;
	sp_rng rng;
	sp_check_seed("the_years_1970_and_2200_are_times_like_others", &rng);
	for_each_corner(ends_of_time_on, &rng);
}

/* One observation that is none. */
typedef struct mistake {
	const sp_estimator_ops *ops;
	int64_t t_ns;
	double x;
} mistake;

static void make_mistake(void *argument)
{
	const mistake *m = argument;
	block params;
	slot s;
	corner_params(m->ops->params, m->ops->n_params, 0, params.params);
	m->ops->init(s.state, params.params);
	m->ops->update(s.state, params.params, START, 1, 0);
	m->ops->update(s.state, params.params, m->t_ns, m->x, 0);
}

static void what_is_no_number_or_no_time_stops_the_program(void **state)
{
	(void)state;
	for (size_t i = 0; sp_estimators[i] != NULL; i++) {
		mistake mistakes[] = {
		    {sp_estimators[i], START, NAN},
		    {sp_estimators[i], START, INFINITY},
		    {sp_estimators[i], START, -INFINITY},
		    {sp_estimators[i], SP_TIME_MIN_NS - 1, 1},
		    {sp_estimators[i], SP_TIME_MAX_NS + 1, 1},
		};
		for (size_t j = 0; j < sizeof mistakes / sizeof *mistakes; j++)
			check_true(sp_check_stopped(make_mistake, &mistakes[j]) != NULL);
	}
}

static void silent_until_known(const sp_estimator_ops *ops, const block *params, sp_rng *rng)
{
	slot s;
	sp_estimate out, before;
	memset(&out, 0xA5, sizeof out);
	memcpy(&before, &out, sizeof out);
	ops->init(s.state, params->params);
	sp_answer answer = ops->read(s.state, params->params, START, &out);
	check_true(answer.knowledge == SP_TOO_LITTLE);
	check_true(answer.reason != NULL && answer.reason[0] != '\0');
	check_bytes(&out, &before, sizeof out);
	/* after n observations it either knows, or says why not and writes nothing */
	int64_t t_ns = START;
	for (int i = 0; answer.knowledge != SP_KNOWN; i++) {
		check_true(i < PATIENCE);
		check_true(answer.reason != NULL && answer.reason[0] != '\0');
		check_bytes(&out, &before, sizeof out);
		t_ns += patient_gap(i, rng);
		ops->update(s.state, params->params, t_ns, 5, 0);
		answer = ops->read(s.state, params->params, t_ns, &out);
	}
}

static void read_writes_nothing_before_it_knows(void **state)
{
	(void)state;
	sp_rng rng;
	sp_check_seed("read_writes_nothing_before_it_knows", &rng);
	for_each_corner(silent_until_known, &rng);
}

static void constant_is_found(const sp_estimator_ops *ops, const block *params, sp_rng *rng)
{
	slot s;
	ops->init(s.state, params->params);
	int64_t t_ns = START;
	for (int i = 0; i < 50; i++, t_ns += (int64_t)sp_rng_below(rng, 3 * SP_MIN))
		ops->update(s.state, params->params, t_ns, 42.5, 0);
	t_ns = feed_until_known(ops, params, &s, 42.5, t_ns, rng);
	sp_estimate out;
	check_true(ops->read(s.state, params->params, t_ns + SP_HOUR, &out).knowledge == SP_KNOWN);
	check_near(out.value, 42.5, 1e-9);
	check_near(out.slope, 0, 1e-9);
}

static void a_constant_is_estimated_as_itself(void **state)
{
	(void)state;
	sp_rng rng;
	sp_check_seed("a_constant_is_estimated_as_itself", &rng);
	for_each_corner(constant_is_found, &rng);
}

static void copy_continues(const sp_estimator_ops *ops, const block *params, sp_rng *rng)
{
	slot one, other, copy;
	memset(&one, 0, sizeof one);
	memset(&other, 0, sizeof other);
	ops->init(one.state, params->params);
	ops->init(other.state, params->params);
	int64_t t_ns = START;
	for (int i = 0; i < 60; i++) {
		ops->update(one.state, params->params, t_ns, corner_value(rng), 0);
		t_ns = corner_time(rng, t_ns);
	}
	/* what happened to one did nothing to the other */
	slot fresh;
	memset(&fresh, 0, sizeof fresh);
	ops->init(fresh.state, params->params);
	check_bytes(&other, &fresh, sizeof other);
	memset(&copy, 0, sizeof copy);
	memcpy(copy.state, one.state, ops->state_size);
	for (int i = 0; i < 60; i++) {
		double x = corner_value(rng), y = corner_value(rng);
		ops->update(one.state, params->params, t_ns, x, 0);
		ops->update(other.state, params->params, t_ns, y, 0);
		ops->update(copy.state, params->params, t_ns, x, 0);
		t_ns = corner_time(rng, t_ns);
		check_bytes(copy.state, one.state, ops->state_size);
	}
}

static void slots_are_independent_and_a_copy_continues_the_same(void **state)
{
	(void)state;
	sp_rng rng;
	sp_check_seed("slots_are_independent_and_a_copy_continues_the_same", &rng);
	for_each_corner(copy_continues, &rng);
}

static void reading_changes_nothing(const sp_estimator_ops *ops, const block *params, sp_rng *rng)
{
	slot s, before;
	memset(&s, 0, sizeof s);
	ops->init(s.state, params->params);
	int64_t t_ns = feed_until_known(ops, params, &s, corner_value(rng), START, rng);
	for (int64_t i = 0; i < 5; i++)
		ops->update(s.state, params->params, t_ns + i * SP_SEC, corner_value(rng), 0);
	before = s;
	sp_estimate a, b;
	memset(&a, 0, sizeof a);
	memset(&b, 0, sizeof b);
	check_true(ops->read(s.state, params->params, t_ns + SP_DAY, &a).knowledge == SP_KNOWN);
	check_true(ops->read(s.state, params->params, t_ns + SP_DAY, &b).knowledge == SP_KNOWN);
	check_bytes(&a, &b, sizeof a);
	check_bytes(&s, &before, sizeof s);
}

static void reading_twice_gives_the_same_and_changes_nothing(void **state)
{
	(void)state;
	sp_rng rng;
	sp_check_seed("reading_twice_gives_the_same_and_changes_nothing", &rng);
	for_each_corner(reading_changes_nothing, &rng);
}

static void age_is_right(const sp_estimator_ops *ops, const block *params, sp_rng *rng)
{
	slot s;
	sp_estimate out;
	ops->init(s.state, params->params);
	int64_t t_ns = feed_until_known(ops, params, &s, 1, START, rng);
	ops->update(s.state, params->params, t_ns, 1, 0);
	ops->update(s.state, params->params, t_ns + SP_MIN, 2, 0);
	ops->update(s.state, params->params, t_ns, 3, 0); /* late: it does not make the newest older */
	check_true(ops->read(s.state, params->params, t_ns + 5 * SP_MIN, &out).knowledge == SP_KNOWN);
	check_i64(out.age_ns, 4 * SP_MIN);
	check_true(ops->read(s.state, params->params, t_ns, &out).knowledge == SP_KNOWN);
	check_i64(out.age_ns, 0);
}

static void age_counts_from_the_newest_observation(void **state)
{
	(void)state;
	sp_rng rng;
	sp_check_seed("age_counts_from_the_newest_observation", &rng);
	for_each_corner(age_is_right, &rng);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_registry_is_sound),
	    cmocka_unit_test(a_table_that_is_not_whole_is_refused),
	    cmocka_unit_test(an_estimator_is_found_by_its_whole_name_only),
	    cmocka_unit_test(every_answer_is_finite_whatever_comes_in),
	    cmocka_unit_test(the_years_1970_and_2200_are_times_like_others),
	    cmocka_unit_test(what_is_no_number_or_no_time_stops_the_program),
	    cmocka_unit_test(read_writes_nothing_before_it_knows),
	    cmocka_unit_test(a_constant_is_estimated_as_itself),
	    cmocka_unit_test(slots_are_independent_and_a_copy_continues_the_same),
	    cmocka_unit_test(reading_twice_gives_the_same_and_changes_nothing),
	    cmocka_unit_test(age_counts_from_the_newest_observation),
	};
	return cmocka_run_group_tests_name("estimators: conformance", tests, NULL, NULL);
}
