/* test_utilization_pi.c - the utilization loop: single answers by hand, and the law closed over a small market whose buyers
 * answer late, more or less than it was told. */
#include "tests/policies/asked.h"

#include <math.h>
#include <stdio.h>

#include "estimators/estimator.h"

/* --- single answers: capacity 1000, setpoint 0.7, load 700 --- */

static void start(asked *a, const char *lag, const char *delay)
{
	asked_start(a, "utilization_pi");
	asked_set(a, "response_lag", lag);
	asked_set(a, "delay_periods", delay);
}

static void load_is(asked *a, double load)
{
	a->input.readings[SP_READING_LOAD].estimate.value = load;
}

static void check_step(asked *a, double step, const char *reason)
{
	sp_wish wish = asked_decide(a);
	check_text(wish.reason, reason);
	check_true(!wish.terms[0].exact);
	check_near(wish.terms[0].log_ratio, step, 1e-12);
	check_true(wish.action == (step == 0 ? SP_LAW_HOLD : SP_LAW_MOVE));
	a->input.now_ns += a->input.period_ns;
}

static void an_error_is_removed_by_its_share_over_the_elasticity(void **state)
{
	(void)state;
	asked a;
	start(&a, "0s", "1");
	check_step(&a, 0, "at_setpoint");
	load_is(&a, 875);
	check_step(&a, log(1.25) / 1.5 / 7.2, "above_setpoint"); /* lambda = 2 + 2.6 x 2 */
	load_is(&a, 560);
	check_step(&a, log(0.8) / 1.5 / 7.2, "below_setpoint");
	asked_set(&a, "gain", "50%");
	asked_set(&a, "elasticity", "3");
	check_step(&a, log(0.8) / 3 / 14.4, "below_setpoint");
	start(&a, "10m", "0");
	load_is(&a, 875);
	check_step(&a, log(1.25) / 1.5 / 19.6, "above_setpoint"); /* 2 + 2.6 + 1.5 x 10 */
}

static void an_error_within_the_tolerance_moves_nothing(void **state)
{
	(void)state;
	asked a;
	start(&a, "0s", "1");
	load_is(&a, 701.3);
	check_step(&a, 0, "at_setpoint");
	load_is(&a, 698.7);
	check_step(&a, 0, "at_setpoint");
	load_is(&a, 701.5);
	check_text(asked_decide(&a).reason, "above_setpoint");
	asked_set(&a, "tolerance", "0%");
	load_is(&a, 700.0001);
	check_text(asked_decide(&a).reason, "above_setpoint");
}

static void an_idle_night_is_no_order_to_crash(void **state)
{
	(void)state;
	asked a;
	start(&a, "0s", "1");
	load_is(&a, 0);
	check_step(&a, -M_LN2 / 1.5 / 7.2, "below_setpoint");
	load_is(&a, 1e15);
	check_step(&a, M_LN2 / 1.5 / 7.2, "above_setpoint");
}

static void what_is_told_but_not_felt_is_not_asked_for_again(void **state)
{
	(void)state;
	asked a;
	start(&a, "1d", "1");
	check_step(&a, 0, "at_setpoint"); /* buyers know the price of now */
	load_is(&a, 875);
	/* announced: told, not even in force, and enough */
	a.input.told = a.input.own = (sp_index){1160397208}; /* 1.25^(1/1.5) */
	check_step(&a, 0, "at_setpoint");
	a.input.in_force = a.input.told;
	check_step(&a, 0, "at_setpoint");
	/* two days on buyers have felt 86 % of it, and the load stands where it was: the demand has risen again */
	a.input.now_ns += 2 * SP_DAY - SP_MIN;
	sp_wish wish = asked_decide(&a);
	check_text(wish.reason, "above_setpoint");
	check_near(wish.terms[0].log_ratio, (1 - exp(-2 - 1 / 1440.)) * log(1.25) / 1.5 / (7.2 + 1.5 * 1440), 1e-7);
}

static void the_delay_passes_before_a_price_is_felt(void **state)
{
	(void)state;
	asked a;
	start(&a, "0s", "3");
	check_step(&a, 0, "at_setpoint");
	load_is(&a, 875);
	a.input.told = a.input.own = a.input.in_force = (sp_index){1160397208};
	for (int i = 0; i < 3; i++)
		check_step(&a, 0, "at_setpoint");
	check_text(asked_decide(&a).reason, "above_setpoint"); /* by now it should have shown */
}

static void skipped_periods_count_for_delay_and_lag(void **state)
{
	(void)state;
	static const int skipped[] = {1, 3, 9, 15, 16, 17, 40};
	for (size_t i = 0; i < sizeof skipped / sizeof *skipped; i++) {
		asked one;
		start(&one, "10m", "4");
		load_is(&one, 750);
		asked_decide(&one);
		one.input.told = one.input.own = one.input.in_force = (sp_index){1200000000};
		asked other = one;
		for (int k = 0; k < skipped[i]; k++) {
			one.input.now_ns += SP_MIN;
			asked_decide(&one);
		}
		other.input.now_ns += skipped[i] * SP_MIN;
		double step = asked_decide(&other).terms[0].log_ratio; /* all at once */
		check_true(step != 0);
		one.input.now_ns += SP_MIN;
		other.input.now_ns += SP_MIN;
		check_near(asked_decide(&other).terms[0].log_ratio, asked_decide(&one).terms[0].log_ratio, 1e-12);
	}
}

static void while_the_change_waits_half_of_it_is_the_goal(void **state)
{
	(void)state;
	asked a;
	start(&a, "0s", "1");
	a.input.change_due = false;
	load_is(&a, 875);
	check_step(&a, log(1.25) / 1.5 / 7.2 / 2, "above_setpoint");
	for (int i = 0; i < 200; i++) {
		a.input.own.ppb = (int64_t)((double)a.input.own.ppb * exp(asked_decide(&a).terms[0].log_ratio));
		a.input.now_ns += SP_MIN;
	}
	check_near(log((double)a.input.own.ppb / 1e9), log(1.25) / 1.5 / 2, 1e-6);
}

static void a_full_gauge_never_lowers(void **state)
{
	(void)state;
	asked a;
	start(&a, "1d", "1");
	asked_decide(&a);
	a.input.censored = true;
	load_is(&a, 985);
	a.input.now_ns += SP_MIN;
	check_text(asked_decide(&a).reason, "above_setpoint");
	a.input.told = a.input.own = (sp_index){1400000000}; /* told more than enough */
	check_step(&a, 0, "gauge_full");
	a.input.censored = false;
	check_text(asked_decide(&a).reason, "below_setpoint");
}

static void what_is_unknown_is_refused_and_the_model_goes_on(void **state)
{
	(void)state;
	asked a;
	start(&a, "0s", "0");
	a.input.capacity = 0;
	sp_wish wish = asked_decide(&a);
	check_true(wish.action == SP_LAW_REFUSE);
	check_text(wish.reason, "capacity_unknown");
	a.input.capacity = 1000;
	a.input.readings[SP_READING_LOAD].answer = (sp_answer){SP_TOO_LITTLE, "no observation yet"};
	a.input.in_force = a.input.told = a.input.own = (sp_index){1160397208};
	a.input.now_ns += SP_MIN;
	wish = asked_decide(&a);
	check_true(wish.action == SP_LAW_REFUSE);
	check_text(wish.reason, "load_unknown");
	/* the price of that period has been felt meanwhile */
	a.input.readings[SP_READING_LOAD].answer = (sp_answer){SP_KNOWN, NULL};
	load_is(&a, 875);
	a.input.now_ns += SP_MIN;
	check_step(&a, log(1.25) / 1.5 / 4.6, "above_setpoint");
}

static void a_reading_that_is_not_new_is_not_undone_twice(void **state)
{
	(void)state;
	asked a;
	start(&a, "0s", "1");
	asked_decide(&a);
	sp_estimate *load = &a.input.readings[SP_READING_LOAD].estimate;
	load->lag_s = 60;
	load->value = 710;
	a.input.now_ns += SP_MIN;
	double step = log(720.0 / 700) / 1.5 / 7.2; /* 710 + 60/60 x 10 */
	check_near(asked_decide(&a).terms[0].log_ratio, step, 1e-12);
	a.input.now_ns += SP_MIN;
	load->age_ns = SP_MIN; /* the same observation, a minute older */
	check_near(asked_decide(&a).terms[0].log_ratio, step, 1e-12);
}

/* --- the market: one pool, one price, buyers who answer late --- */

typedef struct market {
	/* the truth */
	double elasticity, lag; /* lag in periods */
	int delay;              /* periods from a decision to the load it shows in, >= 1 */
	double demand;          /* factor, at the base price */
	/* what the law is told */
	double told_elasticity, told_lag;
	int told_delay;
	double tolerance;
	/* estimator and rails */
	int64_t half_life_ns;
	double max_step, dead_band; /* [1]; 0: none */
	int interval;               /* periods between changes, >= 1 */
	/* state */
	asked law;
	const sp_estimator_ops *load;
	_Alignas(8) unsigned char load_params[SP_ESTIMATOR_PARAMS_MAX], load_state[SP_ESTIMATOR_STATE_MAX];
	double told[64]; /* log index told, newest first */
	double felt;
	int since;
} market;

/* Elasticity 1.5, one period of delay, told so: what the others are variations of. */
static market market_of(double told_elasticity)
{
	return (market){.elasticity = 1.5,
	                .delay = 2,
	                .demand = 1,
	                .told_elasticity = told_elasticity,
	                .told_delay = 1,
	                .tolerance = 0.002,
	                .max_step = 0.05,
	                .interval = 1};
}

static void market_open(market *m)
{
	char text[64];
	asked_start(&m->law, "utilization_pi");
	snprintf(text, sizeof text, "%.9f", m->told_elasticity);
	asked_set(&m->law, "elasticity", text);
	snprintf(text, sizeof text, "%dms", (int)(m->told_lag * 60000 + 0.5));
	asked_set(&m->law, "response_lag", text);
	snprintf(text, sizeof text, "%d", m->told_delay);
	asked_set(&m->law, "delay_periods", text);
	snprintf(text, sizeof text, "%.9f", m->tolerance);
	asked_set(&m->law, "tolerance", text);
	m->load = sp_estimator_find("ewma", 4);
	sp_params_init(m->load->params, m->load->n_params, m->load_params);
	memcpy(m->load_params, &m->half_life_ns, sizeof m->half_life_ns); /* ewma's one row */
	m->load->init(m->load_state, m->load_params);
}

/* One period of buying at what is felt; returns utilization. */
static double market_buy(market *m)
{
	double left = m->lag > 0 ? exp(-1 / m->lag) : 0;
	m->felt = left * m->felt + (1 - left) * m->told[m->delay - 1];
	return 0.7 * m->demand * exp(-m->elasticity * m->felt);
}

static int64_t market_clip(const market *m, double own, int64_t told)
{
	int64_t step = m->max_step > 0 ? (int64_t)((double)told * m->max_step) : told;
	int64_t ppb = (int64_t)floor(own + 0.5);
	return ppb > told + step ? told + step : ppb < told - step ? told - step : ppb;
}

/* The rails that matter to a loop: step saturates, interval and dead band let the own index run on. */
static void market_price(market *m, const sp_wish *wish)
{
	sp_law_input *in = &m->law.input;
	int64_t own = market_clip(m, (double)in->own.ppb * exp(wish->terms[0].log_ratio), in->told.ppb);
	in->own.ppb = own;
	int64_t move = own > in->told.ppb ? own - in->told.ppb : in->told.ppb - own;
	bool tell = in->change_due && move > 0 && move > (int64_t)((double)in->told.ppb * m->dead_band);
	m->since = tell ? 1 : m->since + 1;
	if (tell)
		in->told = in->in_force = in->own;
	in->change_due = m->since >= m->interval;
	memmove(&m->told[1], &m->told[0], sizeof m->told - sizeof m->told[0]);
	m->told[0] = log((double)in->told.ppb / 1e9);
}

/* One period: buyers buy, the load is seen, the law is asked, the price is told. Returns utilization. */
static double market_period(market *m)
{
	sp_law_input *in = &m->law.input;
	double utilization = market_buy(m);
	in->now_ns += in->period_ns;
	m->load->update(m->load_state, m->load_params, in->now_ns, utilization * in->capacity, 0);
	in->readings[SP_READING_LOAD].answer =
	    m->load->read(m->load_state, m->load_params, in->now_ns, &in->readings[SP_READING_LOAD].estimate);
	sp_wish wish = asked_decide(&m->law);
	market_price(m, &wish);
	return utilization;
}

#define PERIODS 140

/* `warm` calm periods, then demand + 25 %; the utilization of every period after it. */
static void market_step(market *m, int warm, double utilization[PERIODS])
{
	market_open(m);
	for (int i = 0; i < warm; i++)
		check_near(market_period(m), 0.7, 1e-9);
	m->demand = 1.25;
	for (int i = 0; i < PERIODS; i++)
		utilization[i] = market_period(m);
}

/* The first period from which it stays within 0.01 for ten; PERIODS when there is none. */
static int settled(const double utilization[PERIODS])
{
	int inside = 0;
	for (int i = 0; i < PERIODS; i++) {
		inside = fabs(utilization[i] - 0.7) <= 0.01 ? inside + 1 : 0;
		if (inside == 10)
			return i - 9;
	}
	return PERIODS;
}

static int sign_changes(const double *utilization, int from, int to)
{
	int changes = 0, last = 0;
	for (int i = from; i < to; i++) {
		int sign = utilization[i] > 0.7 ? 1 : utilization[i] < 0.7 ? -1 : 0;
		changes += sign != 0 && last != 0 && sign != last;
		last = sign != 0 ? sign : last;
	}
	return changes;
}

static const int64_t half_lives[] = {0, 10 * SP_SEC, SP_MIN, 2 * SP_MIN, 5 * SP_MIN};
static const double dead_bands[] = {0, 0.001, 0.005};
static const int warms[] = {1, 3, 10, 60};

/* Calls body for every combination of estimator, dead band, length of the calm before, and one period of delay counted
 * either way (a price shows in the next period's load, or one later). */
static void for_each_market(void (*body)(double told, market m, int warm), double told)
{
	for (size_t i = 0; i < 5; i++)
		for (size_t j = 0; j < 3; j++)
			for (size_t k = 0; k < 4; k++)
				for (int delay = 1; delay <= 2; delay++) {
					market m = market_of(told);
					m.half_life_ns = half_lives[i];
					m.dead_band = dead_bands[j];
					m.delay = delay;
					body(told, m, warms[k]);
				}
}

static int slowest, most_changes;

static void settles(double told, market m, int warm)
{
	(void)told;
	double utilization[PERIODS];
	market_step(&m, warm, utilization);
	int at = settled(utilization);
	slowest = at > slowest ? at : slowest;
	check_true(at <= 30);
	check_true(sign_changes(utilization, 0, PERIODS) <= 2);
}

static void told_right_it_settles_within_thirty_periods(void **state)
{
	(void)state;
	slowest = 0;
	for_each_market(settles, 1.5);
	print_message("slowest: %d periods\n", slowest);
}

static void does_not_ring(double told, market m, int warm)
{
	double utilization[PERIODS];
	market_step(&m, warm, utilization);
	int changes = sign_changes(utilization, 31, 131);
	most_changes = changes > most_changes ? changes : most_changes;
	check_true(changes <= 2);
	/* a dead band parks the price within itself: in utilization that is as much as the law believes it to be worth */
	check_true(fabs(log(utilization[PERIODS - 1] / 0.7)) <= told * m.dead_band + 0.004);
}

static void told_half_or_twice_the_elasticity_it_does_not_ring(void **state)
{
	(void)state;
	most_changes = 0;
	for_each_market(does_not_ring, 0.75);
	for_each_market(does_not_ring, 3);
	for_each_market(does_not_ring, 1);
	for_each_market(does_not_ring, 2);
	print_message("most sign changes in periods 31-130: %d\n", most_changes);
}

static void the_checks_of_ringing_can_fail(void **state)
{
	(void)state;
	double utilization[PERIODS];
	market m = market_of(0.1); /* told a fifteenth of the truth */
	market_step(&m, 10, utilization);
	check_true(settled(utilization) > 30);
	check_true(sign_changes(utilization, 31, 131) > 2);
}

static void the_estimators_smoothing_does_not_change_the_path(void **state)
{
	(void)state;
	double plain[PERIODS], smooth[PERIODS];
	market m = market_of(1.5), s = market_of(1.5);
	s.half_life_ns = 5 * SP_MIN;
	market_step(&m, 10, plain);
	market_step(&s, 200, smooth);
	for (int i = 0; i < PERIODS; i++)
		check_near(smooth[i], plain[i], 1e-6);
}

static void moving_seldom_on_half_the_true_elasticity_does_not_swing(void **state)
{
	(void)state;
	double utilization[PERIODS];
	market m = market_of(0.75);
	m.interval = 20;
	m.max_step = 0;
	market_step(&m, 10, utilization);
	/* one move of half the believed distance lands near the setpoint: past by less than a sixth of the step */
	for (int i = 25; i < PERIODS; i++)
		check_true(fabs(log(utilization[i] / 0.7)) <= log(1.25) / 6);
	check_true(sign_changes(utilization, 0, PERIODS) <= 2);
	m = market_of(3);
	m.interval = 20;
	market_step(&m, 10, utilization);
	check_true(sign_changes(utilization, 0, PERIODS) == 0);
}

/* --- the figures of the derivation, with the law itself: a small step, no rails, no tolerance --- */

typedef struct swing {
	double past, back; /* shares of the step */
} swing;

static swing market_swing(market *m)
{
	double reached[2] = {0, 0};
	int run = 0;
	double told_lambda = 2 + 2.6 * (1 + m->told_delay) + 1.5 * m->told_lag;
	int periods = (int)(12 * told_lambda + 10 * (m->lag + m->delay));
	market_open(m);
	for (int i = 0; i < 20; i++)
		market_period(m);
	m->demand = exp(0.01);
	for (int i = 0; i < periods; i++) {
		double y = log(market_period(m) / 0.7) / 0.01;
		if (fabs(y) < 1e-6) /* the index is a whole number */
			continue;
		if (run < 2 && (y > 0) == (run == 1))
			run++;
		if (run > 0)
			reached[run - 1] = fabs(y) > reached[run - 1] ? fabs(y) : reached[run - 1];
		if (run == 2 && y < 0)
			break;
	}
	return (swing){reached[0], reached[1]};
}

static market swing_market(double ratio, int told_delay, int delay, double told_lag, double lag)
{
	market m = market_of(1.5 / ratio);
	m.tolerance = m.max_step = 0;
	m.told_delay = told_delay;
	m.delay = delay;
	m.told_lag = told_lag;
	m.lag = lag;
	return m;
}

static swing worse(swing a, swing b)
{
	return (swing){a.past > b.past ? a.past : b.past, a.back > b.back ? a.back : b.back};
}

static const int delays[] = {0, 1, 2, 4, 8, 15};
static const double lags[] = {0, 0.5, 1, 2, 5, 20, 100};

static void delay_and_lag_told_right_bound_the_swing(void **state)
{
	(void)state;
	swing lagged = {0, 0}, prompt = {0, 0};
	for (size_t i = 0; i < 6; i++)
		for (size_t j = 0; j < 7; j++) {
			market m = swing_market(2, delays[i], delays[i] + 1, lags[j], lags[j]);
			swing s = market_swing(&m);
			if (lags[j] > 0)
				lagged = worse(lagged, s);
			else
				prompt = worse(prompt, s);
			check_true(lags[j] > 0 || delays[i] > 2 || s.past < 1e-3);
			for (double ratio = 0.5; ratio <= 1; ratio *= 2) {
				m = swing_market(ratio, delays[i], delays[i] + 1, lags[j], lags[j]);
				check_true(market_swing(&m).past < 1e-3);
			}
		}
	print_message("elasticity twice the told one: past %.4f, back %.4f; with a lag past %.4f, back %.4f\n", prompt.past,
	              prompt.back, lagged.past, lagged.back);
	check_true(prompt.past <= 0.013 && prompt.back <= 0.001);
	check_true(lagged.past <= 0.048 && lagged.back <= 0.003);
}

static void all_wrong_at_once_bounds_the_swing(void **state)
{
	(void)state;
	swing all = {0, 0};
	for (size_t i = 0; i < 6; i++)
		for (size_t j = 0; j < 7; j++)
			for (double ratio = 0.5; ratio <= 2; ratio *= 4)
				for (double late = 0.5; late <= 2; late *= 4)
					for (int off = -1; off <= 1; off += 2) {
						if (delays[i] + 1 + off < 1)
							continue;
						market m = swing_market(ratio, delays[i], delays[i] + 1 + off, lags[j], lags[j] * late);
						all = worse(all, market_swing(&m));
					}
	print_message("all wrong at once: past %.3f, back %.3f\n", all.past, all.back);
	check_true(all.past <= 0.21 && all.back <= 0.041);
	check_true(all.past > 0.15); /* else the market is not as bad as it is meant to be */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_error_is_removed_by_its_share_over_the_elasticity),
	    cmocka_unit_test(an_error_within_the_tolerance_moves_nothing),
	    cmocka_unit_test(an_idle_night_is_no_order_to_crash),
	    cmocka_unit_test(what_is_told_but_not_felt_is_not_asked_for_again),
	    cmocka_unit_test(the_delay_passes_before_a_price_is_felt),
	    cmocka_unit_test(skipped_periods_count_for_delay_and_lag),
	    cmocka_unit_test(while_the_change_waits_half_of_it_is_the_goal),
	    cmocka_unit_test(a_full_gauge_never_lowers),
	    cmocka_unit_test(what_is_unknown_is_refused_and_the_model_goes_on),
	    cmocka_unit_test(a_reading_that_is_not_new_is_not_undone_twice),
	    cmocka_unit_test(told_right_it_settles_within_thirty_periods),
	    cmocka_unit_test(told_half_or_twice_the_elasticity_it_does_not_ring),
	    cmocka_unit_test(the_checks_of_ringing_can_fail),
	    cmocka_unit_test(the_estimators_smoothing_does_not_change_the_path),
	    cmocka_unit_test(moving_seldom_on_half_the_true_elasticity_does_not_swing),
	    cmocka_unit_test(delay_and_lag_told_right_bound_the_swing),
	    cmocka_unit_test(all_wrong_at_once_bounds_the_swing),
	};
	return cmocka_run_group_tests_name("price laws: utilization_pi", tests, NULL, NULL);
}
