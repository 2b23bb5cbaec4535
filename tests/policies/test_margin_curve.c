/* test_margin_curve.c - the margin of a price worked by hand, the best price against every price, and the law in closed loops. */
#include <math.h>
#include <stdlib.h>

#include "base/math.h"
#include "policies/price/curve.h"
#include "policies/price/outlook.h"
#include "tests/policies/asked.h"

/* --- the margin of a price --- */

/* 1000 units/s owned; steps of 100 at 10 USD/s, up to 5; a unit costs 0.10 and sells for 1 at list. */
static sp_curve_supply shop(void)
{
	return (sp_curve_supply){
	    .list_usd = 1,
	    .variable_usd = 0.1,
	    .peak = 1,
	    .pool = {.owned = 1000,
	             .step = 100,
	             .most = 5,
	             .usd_per_s = 10,
	             .rent_at = 0.8,
	             .credits_from = 0.9,
	             .credits_full = 1.1,
	             .credit_share = 0.5,
	             .rejection_usd = 0.2},
	};
}

static void the_margin_is_what_a_person_works_out(void **state)
{
	(void)state;
	sp_curve_supply s = shop();
	check_near(sp_curve_margin(&s, 1, 0), 0, 1e-9);
	check_near(sp_curve_margin(&s, 1, 500), 0.9 * 500, 1e-9);
	/* 900 / 0.8 - 1000 = 125 lacks: 1.75 steps; 900 of 1175 is far from credits */
	check_near(sp_curve_margin(&s, 1, 900), 0.9 * 900 - 10 * 1.75, 1e-9);
	/* 2000 / 0.8 lacks 1500: all 5 steps, 1500 sold, 500 turned away, credits full */
	check_near(sp_curve_margin(&s, 1, 2000), (0.5 - 0.1) * 1500 - 0.2 * 500 - 50, 1e-9);
	/* half of what credits can be: 1500 x 1.0 */
	check_near(sp_curve_margin(&s, 1, 1500), (0.75 - 0.1) * 1500 - 50, 1e-9);
	s.peak = 1.2; /* 900 x 1.2 / 0.8 lacks 350: 4 steps */
	check_near(sp_curve_margin(&s, 1, 900), 0.9 * 900 - 40, 1e-9);
}

static void nothing_is_rented_that_earns_less_than_it_costs(void **state)
{
	(void)state;
	sp_curve_supply s = shop();
	s.pool.usd_per_s =
	    100; /* 1 USD a unit, and a unit earns 1.10 with what turning away costs, a quarter of it idle: 0.88 */
	check_near(sp_curve_margin(&s, 1, 1100), (0.5 - 0.1) * 1000 - 0.2 * 100, 1e-9);
	/* at 1.50 a unit earns 1.60, of which 1.28 is used: 4.25 steps; 1100 of 1425 is far from credits */
	check_near(sp_curve_margin(&s, 1.5, 1100), 1.4 * 1100 - 100 * 4.25, 1e-9);
}

/* --- the best price --- */

static sp_curve_demand known(double elasticity, double level)
{
	sp_curve_demand d = {0};
	for (int k = 0; k < SP_CURVE_BANK; k++)
		d.elasticity[k] = elasticity;
	d.weight[0] = 1;
	d.level[0] = log(level);
	d.errors[SP_CURVE_BINS / 2] = 0.5;
	d.errors[SP_CURVE_BINS / 2 - 1] = 0.5;
	return d;
}

/* e / (e - 1) times variable cost, where nothing else limits. */
static void the_best_price_of_an_empty_pool_is_lerners(void **state)
{
	(void)state;
	sp_curve_supply s = shop();
	s.variable_usd = 0.5;
	sp_curve_demand d = known(2.5, 10);
	double x = 0;
	for (int i = 0; i < 10; i++)
		x = sp_curve_best(&d, &s, x).x;
	check_near(exp(x), 0.5 * 2.5 / 1.5, 1e-3);
}

static sp_curve_demand random_demand(sp_rng *rng)
{
	sp_curve_demand d = {0};
	double weights = 0, errors = 0;
	for (int k = 0; k < SP_CURVE_BANK; k++) {
		d.elasticity[k] = 0.3 + 0.6 * k;
		weights += d.weight[k] = sp_rng_uniform(rng);
		d.level[k] = log(300 + 900 * sp_rng_uniform(rng));
	}
	for (int q = 15; q < 45; q++)
		errors += d.errors[q] = sp_rng_uniform(rng);
	for (int k = 0; k < SP_CURVE_BANK; k++)
		d.weight[k] /= weights;
	for (int q = 0; q < SP_CURVE_BINS; q++)
		d.errors[q] /= errors;
	return d;
}

/* Against every price a thousandth apart: what the search leaves on the table is less than a law would move for. */
static void the_best_price_is_found(void **state)
{
	(void)state;
	sp_rng rng;
	sp_check_seed("the_best_price_is_found", &rng);
	for (int i = 0; i < 60; i++) {
		sp_curve_demand d = random_demand(&rng);
		sp_curve_supply s = shop();
		s.variable_usd = 0.6 * sp_rng_uniform(&rng);
		s.pool.usd_per_s = 80 * sp_rng_uniform(&rng);
		double x = sp_rng_uniform(&rng) - 0.5, best = -1e300;
		for (double y = x - SP_CURVE_REACH; y <= x + SP_CURVE_REACH; y += 0.001)
			best = fmax(best, sp_curve_at(&d, &s, y));
		sp_curve_top top = sp_curve_best(&d, &s, x);
		check_true(fabs(top.x - x) <= SP_CURVE_REACH + 1e-12);
		check_true(top.earns >= best - 0.002 * fabs(best));
		check_near(top.earned, sp_curve_at(&d, &s, x), 0);
	}
}

/* The sum over a mixture is what the margin of each part says. */
static void the_curve_is_the_mean_of_margins(void **state)
{
	(void)state;
	sp_rng rng;
	sp_check_seed("the_curve_is_the_mean_of_margins", &rng);
	for (int i = 0; i < 100; i++) {
		sp_curve_demand d = random_demand(&rng);
		sp_curve_supply s = shop();
		double x = 0.4 * sp_rng_uniform(&rng) - 0.2, sum = 0;
		for (int k = 0; k < SP_CURVE_BANK; k++)
			for (int q = 0; q < SP_CURVE_BINS; q++) {
				double load = exp(d.level[k] - d.elasticity[k] * x + (q - 29.5) * SP_CURVE_BIN);
				if (d.weight[k] >= 1e-3)
					sum += d.weight[k] * d.errors[q] * sp_curve_margin(&s, exp(x), load);
			}
		check_near(sp_curve_at(&d, &s, x), sum, 1e-9 * fabs(sum) + 1e-9);
	}
}

/* What fills the pool is dear, whoever fills it. */
static void others_load_makes_a_unit_of_a_full_pool_dearer(void **state)
{
	(void)state;
	sp_curve_supply s = shop();
	s.pool.step = s.pool.most = 0;
	s.worth_usd = 1;
	sp_curve_demand d = known(3, 400);
	double alone = sp_curve_best(&d, &s, 0).x, crowded;
	s.others = 800;
	crowded = sp_curve_best(&d, &s, 0).x;
	check_true(alone < -0.05 && crowded > 0.05);
}

/* --- the loop closed --- */

/* Buyers of one elasticity, answering with a lag; noise if asked for; ten-minute periods, a change every four hours. */
typedef struct loop {
	asked a;
	double elasticity, lag_s, level, bill, offered;
	sp_rng rng;
	double noise, slow;
	int64_t ticks;
	uint32_t moves;
} loop;

static void loop_start(loop *l, const char *elasticity, const char *sd)
{
	memset(l, 0, sizeof *l);
	asked_start(&l->a, "margin_curve");
	asked_set(&l->a, "elasticity", elasticity);
	asked_set(&l->a, "elasticity_sd", sd);
	l->a.ops->init(l->a.state, l->a.params);
	l->a.input.period_ns = 10 * SP_MIN;
	l->a.input.list_usd = 1;
	l->a.input.variable_usd = 0.1;
	l->a.input.supply = shop().pool;
	l->a.input.readings[SP_READING_ELASTICITY].answer = (sp_answer){SP_NOT_IDENTIFIED, "no experiment"};
	l->elasticity = 2;
	l->lag_s = 86400;
	l->level = 700;
	l->bill = 1;
	sp_rng_init(&l->rng, 7);
}

static double loop_price(const loop *l)
{
	return (double)l->a.input.told.ppb * 1e-9;
}

/* As the engine books: a move of at most 5 %, between 40 % and 200 %. What was told of the cost is told to the law; the rest is in its own
 * price. */
static void loop_book(loop *l, const sp_wish *wish)
{
	double cost = wish->terms[0].log_ratio, sum = 0, before = (double)l->a.input.told.ppb, own = before * exp(cost);
	sp_told told = {.by = SP_TOLD_BY_LAW, .cost_passed = 1};
	if (wish->action == SP_LAW_MOVE) {
		for (size_t i = 0; i < l->a.ops->n_terms; i++)
			sum += wish->terms[i].log_ratio;
		double wished = fmin(fmax(before * exp(sum), 4e8), 2e9);
		own = fmin(fmax(wished, before * 0.95), before * 1.05);
		if (cost != 0 && own != wished)
			told.cost_passed = fmin(fmax(log(own / before) / cost, 0), 1);
		l->a.ops->told(&told, l->a.state, l->a.params);
		l->a.input.told.ppb = l->a.input.in_force.ppb = (int64_t)own;
		own *= exp((1 - told.cost_passed) * cost);
		l->moves++;
	}
	l->a.input.own.ppb = (int64_t)own;
}

static sp_wish loop_tick(loop *l)
{
	double dt = 600, price = loop_price(l);
	l->bill += (1 - exp(-dt / l->lag_s)) * (price - l->bill);
	l->slow += 0.007 * (0 - l->slow) + l->noise * 0.1 * (sp_rng_uniform(&l->rng) - 0.5) * 3.4;
	l->offered = l->level * pow(l->bill, -l->elasticity) * exp(l->slow + l->noise * (sp_rng_uniform(&l->rng) - 0.5));
	l->a.input.readings[SP_READING_DEMAND].estimate.value = l->offered;
	l->a.input.now_ns += l->a.input.period_ns;
	l->ticks++;
	l->a.input.change_due = l->ticks % 24 == 0;
	sp_wish wish = asked_decide(&l->a);
	loop_book(l, &wish);
	return wish;
}

static void loop_days(loop *l, double days)
{
	for (int i = 0; i < (int)(days * 144); i++)
		loop_tick(l);
}

/* What this world earns at a price for ever, and the best of all prices. */
static double settled_margin(const loop *l, double price)
{
	sp_curve_supply s = shop();
	s.pool = l->a.input.supply;
	s.variable_usd = l->a.input.variable_usd;
	return sp_curve_margin(&s, price, l->level * pow(price, -l->elasticity));
}

static double settled_best(const loop *l)
{
	double best = -1e300;
	for (double x = log(0.4); x <= log(2); x += 0.001)
		best = fmax(best, settled_margin(l, exp(x)));
	return best;
}

static void told_the_truth_it_finds_the_best_price_of_a_steady_world(void **state)
{
	(void)state;
	static const char *const truths[] = {"1.2", "2", "3.3"};
	for (int i = 0; i < 3; i++) {
		loop l;
		loop_start(&l, truths[i], "0");
		l.elasticity = atof(truths[i]);
		l.noise = 0.02;
		loop_days(&l, 30);
		check_true(settled_margin(&l, loop_price(&l)) > 0.98 * settled_best(&l));
	}
}

static void a_wrong_guess_is_outgrown(void **state)
{
	(void)state;
	static const char *const guesses[] = {"1", "4.5"};
	static const double truths[] = {3, 1.3};
	for (int i = 0; i < 2; i++) {
		loop l;
		loop_start(&l, guesses[i], "0.7");
		l.elasticity = truths[i];
		l.noise = 0.02;
		loop_days(&l, 56);
		check_true(settled_margin(&l, loop_price(&l)) > 0.93 * settled_best(&l));
	}
}

/* Inelastic buyers: dearer earns more, and no move leads below cost. */
static void trap_inelastic_buyers_are_not_sold_to_below_cost(void **state)
{
	(void)state;
	loop l;
	loop_start(&l, "2", "0.7");
	l.elasticity = 0.5;
	l.noise = 0.05;
	for (int day = 0; day < 56; day++) {
		loop_days(&l, 1);
		check_true(loop_price(&l) > 0.6);
	}
	check_true(loop_price(&l) >= 1);
}

static void it_never_plans_on_one_elasticity_of_at_most_one(void **state)
{
	(void)state;
	asked a;
	sp_message message = {""};
	asked_start(&a, "margin_curve");
	asked_set(&a, "elasticity", "1");
	asked_set(&a, "elasticity_sd", "0");
	check_status(a.ops->check(a.params, &message), SP_E_RANGE);
	check_true(strstr(message.text, "elasticity_sd") != NULL);
	asked_set(&a, "elasticity_sd", "0.7");
	check_status(a.ops->check(a.params, &message), SP_OK);
}

/* Half of what buyers want does not arrive for six hours: our outage. */
static void trap_own_outage_raises_no_price(void **state)
{
	(void)state;
	loop l;
	loop_start(&l, "2", "0");
	loop_days(&l, 20);
	double before = loop_price(&l), level = l.level;
	l.level /= 2;
	for (int i = 0; i < 36; i++) {
		loop_tick(&l);
		check_true(loop_price(&l) <= before * 1.003);
	}
	l.level = level;
	loop_days(&l, 3);
	check_true(loop_price(&l) <= before * 1.01);
}

/* A gauge at its end says "at least this much": nothing gets cheaper for it. */
static void a_full_gauge_is_no_reason_to_lower(void **state)
{
	(void)state;
	loop l;
	loop_start(&l, "2", "0");
	loop_days(&l, 20);
	double before = loop_price(&l);
	l.a.input.censored = true;
	l.level /= 2;
	loop_days(&l, 2);
	check_true(loop_price(&l) >= before * 0.999);
}

/* Rented capacity is most of what is sold: what it costs is on the curve at once, and told as cost. */
static void a_step_of_gpu_cost_is_in_the_next_wish_as_cost(void **state)
{
	(void)state;
	static const double factors[] = {1.3, 0.56};
	for (int i = 0; i < 2; i++) {
		loop l;
		loop_start(&l, "2", "0");
		l.a.input.supply.owned = 300;
		l.a.input.supply.usd_per_s = 40;
		l.a.input.supply.most = 20;
		loop_days(&l, 20);
		l.a.input.supply.usd_per_s *= factors[i];
		sp_wish wish = {0};
		for (int tick = 0; tick < 24; tick++)
			wish = loop_tick(&l);
		check_true(wish.action == SP_LAW_MOVE);
		check_text(l.a.ops->terms[0].name, "cost");
		check_true(factors[i] > 1 ? wish.terms[0].log_ratio > 0.005 : wish.terms[0].log_ratio < -0.005);
		for (size_t t = 1; t + 1 < l.a.ops->n_terms; t++) /* the last is approach: what was not worth a move before */
			check_true(fabs(wish.terms[t].log_ratio) < fabs(wish.terms[0].log_ratio) / 10);
	}
}

/* Cost is paid in full at the next change; what a rail cut of it is wished for until told; a hand's price settles all. */
static void r3_what_a_rail_cut_of_a_cost_stays_due(void **state)
{
	(void)state;
	loop l;
	loop_start(&l, "2", "0");
	l.a.input.supply.owned = 300;
	l.a.input.supply.usd_per_s = 40;
	l.a.input.supply.most = 20;
	loop_days(&l, 20);
	l.a.input.supply.usd_per_s *= 1.1;
	l.a.input.change_due = true;
	sp_wish wish = asked_decide(&l.a);
	double whole = wish.terms[0].log_ratio;
	check_true(wish.action == SP_LAW_MOVE && whole > 0.01 && whole < 0.1);
	check_true(l.a.ops->terms[0].level && l.a.ops->terms[0].cost);
	l.a.input.change_due = false;
	asked_told(&l.a, SP_TOLD_BY_LAW, 0.75);
	wish = asked_decide(&l.a);
	check_true(wish.action == SP_LAW_HOLD);
	check_near(wish.terms[0].log_ratio, whole / 4, 1e-12);
	asked_told(&l.a, SP_TOLD_BY_HAND, 0);
	check_near(asked_decide(&l.a).terms[0].log_ratio, 0, 0);
}

static double peak_after(double noise, double burst)
{
	sp_outlook o;
	sp_outlook_params p = {
	    .elasticity = 2, .elasticity_sd = 0.7, .response_lag_ns = SP_DAY, .level_half_life_ns = SP_DAY};
	sp_rng rng;
	p.slow_half_life_ns = p.spread_half_life_ns = 7 * SP_DAY;
	sp_rng_init(&rng, 3);
	sp_outlook_init(&o, &p);
	for (int i = 0; i < 7 * 144; i++) {
		double wave = 1 + 0.4 * sin(i / 144.0 * 6.283185307179586), now = i % 12 == 0 ? burst : 1;
		sp_outlook_see(&o, &p, i * 10 * SP_MIN, wave * now * (1 + noise * (sp_rng_uniform(&rng) - 0.5)), false);
	}
	return o.peak;
}

/* Lots are rented with room: a day's wave and a little noise find it, bursts do not. */
static void only_bursts_outrun_what_is_rented(void **state)
{
	(void)state;
	check_true(peak_after(0.08, 1) < 1.03);
	check_true(peak_after(0.08, 1.5) > 1.3);
}

static double believed(double elasticity, double variance)
{
	sp_outlook o;
	sp_outlook_params p = {
	    .elasticity = 2, .elasticity_sd = 0.7, .response_lag_ns = SP_DAY, .level_half_life_ns = SP_DAY};
	double sum = 0;
	p.slow_half_life_ns = p.spread_half_life_ns = 7 * SP_DAY;
	sp_outlook_init(&o, &p);
	sp_outlook_measure(&o, elasticity, variance);
	for (int i = 0; i < 4 * 144; i++)
		sp_outlook_see(&o, &p, i * 10 * SP_MIN, 100, false);
	for (int k = 0; k < SP_CURVE_BANK; k++)
		sum += o.weight[k] * log(o.elasticity[k]);
	return exp(sum);
}

static void what_an_experiment_measured_counts(void **state)
{
	(void)state;
	check_near(believed(4, 0.01), 4, 0.8);
	check_near(believed(0.8, 0.01), 0.8, 0.16);
	check_near(believed(4, 1e4), 2, 0.3);
}

/* Terms together are the part `gain` of the way to the best price, whatever they are called. */
static void the_terms_are_the_way_to_the_best_price(void **state)
{
	(void)state;
	loop l;
	loop_start(&l, "2", "0.7");
	l.noise = 0.1;
	for (int i = 0; i < 30 * 144; i++) {
		sp_wish wish = loop_tick(&l);
		double sum = 0;
		for (size_t t = 0; t < l.a.ops->n_terms; t++)
			sum += wish.terms[t].log_ratio;
		check_true(fabs(sum) <= 0.25 * SP_CURVE_REACH + 1e-12);
		check_true(wish.action != SP_LAW_MOVE || (sum > 0) == (strcmp(wish.reason, "earns_more_higher") == 0));
	}
	check_true(l.moves > 3);
}

static void it_listens_first_unless_it_is_sure(void **state)
{
	(void)state;
	loop l;
	loop_start(&l, "2", "0.7");
	loop_days(&l, 2.9);
	check_u64(l.moves, 0);
	loop_days(&l, 1);
	check_true(l.moves > 0);
	loop_start(&l, "2", "0");
	loop_days(&l, 0.5);
	check_true(l.moves > 0);
}

static void it_refuses_without_anything_to_sell(void **state)
{
	(void)state;
	asked a;
	asked_start(&a, "margin_curve");
	a.input.supply = (sp_law_supply){.rent_at = 0.8};
	sp_wish wish = asked_decide(&a);
	check_i64(wish.action, SP_LAW_REFUSE);
	check_text(wish.reason, "capacity_unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_margin_is_what_a_person_works_out),
	    cmocka_unit_test(nothing_is_rented_that_earns_less_than_it_costs),
	    cmocka_unit_test(the_best_price_of_an_empty_pool_is_lerners),
	    cmocka_unit_test(the_best_price_is_found),
	    cmocka_unit_test(the_curve_is_the_mean_of_margins),
	    cmocka_unit_test(others_load_makes_a_unit_of_a_full_pool_dearer),
	    cmocka_unit_test(told_the_truth_it_finds_the_best_price_of_a_steady_world),
	    cmocka_unit_test(a_wrong_guess_is_outgrown),
	    cmocka_unit_test(trap_inelastic_buyers_are_not_sold_to_below_cost),
	    cmocka_unit_test(it_never_plans_on_one_elasticity_of_at_most_one),
	    cmocka_unit_test(trap_own_outage_raises_no_price),
	    cmocka_unit_test(a_full_gauge_is_no_reason_to_lower),
	    cmocka_unit_test(a_step_of_gpu_cost_is_in_the_next_wish_as_cost),
	    cmocka_unit_test(r3_what_a_rail_cut_of_a_cost_stays_due),
	    cmocka_unit_test(only_bursts_outrun_what_is_rented),
	    cmocka_unit_test(what_an_experiment_measured_counts),
	    cmocka_unit_test(the_terms_are_the_way_to_the_best_price),
	    cmocka_unit_test(it_listens_first_unless_it_is_sure),
	    cmocka_unit_test(it_refuses_without_anything_to_sell),
	};
	return cmocka_run_group_tests_name("margin_curve", tests, NULL, NULL);
}
