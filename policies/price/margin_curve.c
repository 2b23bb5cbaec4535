/* margin_curve.c - the price that is expected to earn most: the default of the `dynamic` profile.
 *
 * Every period the law learns how much is wanted, how far its forecasts miss and how buyers answer (outlook.h). Once an interval it
 * weighs the prices around its own by what each is expected to earn (curve.h) and goes a part of the way to the best of them. Cost,
 * capacity, what being too full costs, marginal cost and profit are all on the curve: no setpoint, no separate terms.
 *
 * Why the price moves is told by causes. The best price is found anew with one input after the other going from what it was at the
 * last move to what it is now:
 *
 *     cost        what more capacity costs, and what being too full does
 *     capacity    how much there is, and how much can be rented
 *     level       how much is wanted, of this family and of others in the pool, and of which SKUs
 *     spread      how far forecasts miss, and how demand peaks
 *     elasticity  how buyers are believed to answer
 *
 * Cost is passed at once and in full, as far as that leads toward the best price: nothing is to be learnt from waiting. It is a level,
 * so that what a rail cut stays due, and it counts against the room kept for cost. Of the others each keeps what it still owes, d_i,
 * and a change pays the part `gain` of it: d_i <- (1 - gain) d_i + what it moved the best price by. `approach` is what no input moved:
 * the way from the list price, from one set by hand, from a rail that let go, and what was not worth a move before. Together they are
 * the way from the law's own price to the best. */
#include "policies/price/law.h"

#include <string.h>

#include "base/assert.h"
#include "base/math.h"
#include "base/time.h"
#include "policies/price/outlook.h"

typedef struct curve_params {
	sp_outlook_params outlook;
	int64_t listen_ns, gain_ppb, threshold_ppb;
} curve_params;

enum { CAUSE_COST, CAUSE_CAPACITY, CAUSE_LEVEL, CAUSE_SPREAD, CAUSE_ELASTICITY, CAUSE_APPROACH, CAUSES };

/* All that a decision was made of. */
typedef struct curve_view {
	sp_curve_demand demand;
	sp_curve_supply supply;
} curve_view;

typedef struct curve_state {
	sp_outlook outlook;
	curve_view before; /* at the last move */
	double others;     /* at their level [resource units/s] */
	double due[CAUSES];
	int64_t asked_ns; /* SP_TIME_NEVER: not yet */
	int64_t weighed, has_others;
} curve_state;

_Static_assert(sizeof(curve_state) <= SP_LAW_STATE_MAX, "the state fits a slot");

#define AT(field) offsetof(curve_params, field)
static const sp_param curve_rows[] = {
    {"elasticity", SP_PARAM_REAL, "", AT(outlook.elasticity), 0.3, 10, "2", NULL,
     "By how many percent demand falls when the price rises by one, as far as you know; rather too large than too "
     "small."},
    {"elasticity_sd", SP_PARAM_REAL, "of its logarithm", AT(outlook.elasticity_sd), 0, 3, "0.7", NULL,
     "How sure that is: 0.7 is right within a factor of two, two times in three; 0: it is known, and nothing is "
     "learnt."},
    {"response_lag", SP_PARAM_SPAN, "s", AT(outlook.response_lag_ns), 0, 365 * 86400.0, "1d", NULL,
     "How long buyers take to answer a price: 63% of the answer is there after this time."},
    {"level_half_life", SP_PARAM_SPAN, "s", AT(outlook.level_half_life_ns), 60, 365 * 86400.0, "1d", NULL,
     "How quickly the level of demand is followed."},
    {"slow_half_life", SP_PARAM_SPAN, "s", AT(outlook.slow_half_life_ns), 60, 3650 * 86400.0, "7d", NULL,
     "How quickly the level that it returns to is followed."},
    {"level_mix", SP_PARAM_RATIO, "of the quick level", AT(outlook.level_mix_ppb), 0, 1, "70%", NULL,
     "The forecast lies so far from the slow level to the quick one."},
    {"spread_half_life", SP_PARAM_SPAN, "s", AT(outlook.spread_half_life_ns), 3600, 3650 * 86400.0, "7d", NULL,
     "How long the errors of forecasts, bursts above all, are remembered."},
    {"listen", SP_PARAM_SPAN, "s", AT(listen_ns), 0, 365 * 86400.0, "3d", NULL,
     "How long demand is only watched at first: the first move teaches most when the level before it is known."},
    {"gain", SP_PARAM_RATIO, "of the way", AT(gain_ppb), 0.01, 1, "25%", NULL,
     "How much of the way to the best price a change goes."},
    {"gain_threshold", SP_PARAM_RATIO, "of margin", AT(threshold_ppb), 0, 0.5, "0.3%", NULL,
     "A better price that earns less than this more is not worth a change."},
};
#undef AT

static const sp_law_term curve_terms[] = {
    {"cost", true, true, SP_CLOCK_COST},           {"capacity", false, false, SP_CLOCK_COST},
    {"level", false, false, SP_CLOCK_DEMAND},      {"spread", false, false, SP_CLOCK_DEMAND},
    {"elasticity", false, false, SP_CLOCK_DEMAND}, {"approach", false, false, SP_CLOCK_DEMAND},
};
_Static_assert(sizeof curve_terms / sizeof *curve_terms == CAUSES, "a term for each cause");

enum {
	REASON_HIGHER,
	REASON_LOWER,
	REASON_BEST,
	REASON_WAITING,
	REASON_LISTENING,
	REASON_NO_DEMAND,
	REASON_NO_COST,
	REASON_NO_CAPACITY
};
static const char *const curve_reasons[] = {
    "earns_more_higher", "earns_more_lower", "best_enough",      "waiting", "listening",
    "demand_unknown",    "cost_unknown",     "capacity_unknown", NULL,
};

/* Below an elasticity of one, dearer always earns more: nobody may be that sure of it. */
static sp_status curve_check(const void *params, sp_message *message)
{
	const curve_params *p = params;
	if (p->outlook.elasticity_sd <= 0 && p->outlook.elasticity <= 1)
		return sp_message_set(
		    message, SP_E_RANGE,
		    "an elasticity of at most 1 that is known for sure has no best price: write elasticity_sd: "
		    "0.7, or an elasticity above 1");
	return SP_OK;
}

static void curve_init(void *state, const void *params)
{
	const curve_params *p = params;
	curve_state *s = state;
	SP_ASSERT(state != NULL && params != NULL);
	*s = (curve_state){.asked_ns = SP_TIME_NEVER};
	sp_outlook_init(&s->outlook, &p->outlook);
}

/* --- every period --- */

static double curve_log(sp_index index)
{
	SP_ASSERT(index.ppb > 0);
	return sp_log((double)index.ppb / (double)SP_NANO);
}

static void curve_follow_others(curve_state *s, const curve_params *p, double others, double span_s)
{
	double share = 1 - sp_exp2(-span_s * 1e9 / (double)p->outlook.level_half_life_ns);
	s->others = s->has_others ? s->others + share * (others - s->others) : others;
	s->has_others = 1;
}

static void curve_learn(curve_state *s, const curve_params *p, const sp_law_input *input)
{
	const sp_reading *demand = &input->readings[SP_READING_DEMAND];
	const sp_reading *elasticity = &input->readings[SP_READING_ELASTICITY];
	double span_s = s->asked_ns == SP_TIME_NEVER ? 0 : (double)(input->now_ns - s->asked_ns) / 1e9;
	SP_ASSERT(span_s >= 0);
	sp_outlook_feel(&s->outlook, &p->outlook, curve_log(input->in_force), span_s);
	s->asked_ns = input->now_ns;
	if (demand->answer.knowledge != SP_KNOWN || demand->clock == SP_CLOCK_STALE)
		return;
	sp_outlook_see(&s->outlook, &p->outlook, input->now_ns, demand->estimate.value, input->censored);
	if (elasticity->answer.knowledge == SP_KNOWN)
		sp_outlook_measure(&s->outlook, elasticity->estimate.value, elasticity->estimate.variance);
	curve_follow_others(s, p, sp_clamp(input->others, 0, 1e30), span_s);
}

/* --- once an interval --- */

static bool curve_see(const curve_state *s, const curve_params *p, const sp_law_input *input, curve_view *view)
{
	view->supply = (sp_curve_supply){
	    .list_usd = input->list_usd,
	    .variable_usd = input->variable_usd,
	    .worth_usd = input->list_usd * ((double)input->in_force.ppb / (double)SP_NANO),
	    .others = s->others,
	    .peak = s->outlook.peak,
	    .pool = input->supply,
	};
	return sp_outlook_expect(&s->outlook, &p->outlook, &view->demand);
}

/* Lets one cause's inputs go from what they were to what they are; did that change anything? */
static bool curve_turn(curve_view *view, const curve_view *now, int cause)
{
	const sp_curve_supply was = view->supply;
	sp_law_supply pool = view->supply.pool, now_pool = now->supply.pool;
	switch (cause) {
	case CAUSE_COST:
		view->supply.pool = now_pool;
		view->supply.pool.owned = pool.owned;
		view->supply.pool.step = pool.step;
		view->supply.pool.most = pool.most;
		break;
	case CAUSE_CAPACITY:
		view->supply.pool = now_pool;
		break;
	case CAUSE_LEVEL:
		memcpy(view->demand.level, now->demand.level, sizeof view->demand.level);
		view->supply.others = now->supply.others;
		view->supply.list_usd = now->supply.list_usd;
		view->supply.variable_usd = now->supply.variable_usd;
		break;
	case CAUSE_SPREAD:
		memcpy(view->demand.errors, now->demand.errors, sizeof view->demand.errors);
		view->supply.peak = now->supply.peak;
		break;
	default:
		SP_ASSERT(cause == CAUSE_ELASTICITY);
		*view = *now;
	}
	return cause >= CAUSE_LEVEL || memcmp(&was, &view->supply, sizeof was) != 0;
}

/* How far one cause moved the best price from `at`; it is where `at` comes to. */
static double curve_shift(curve_view *view, const curve_view *now, int cause, double base, double *at)
{
	double was = *at;
	if (curve_turn(view, now, cause))
		*at = sp_curve_best(&view->demand, &view->supply, base).x;
	return *at - was;
}

/* What each cause owes: what is left of what it owed, and how far it moved the best price since; the rest is approach. The own price has
 * the cost that was due in it already. */
static void curve_owe(curve_state *s, const curve_params *p, const curve_view *now, double base, double best)
{
	double left = 1 - (double)p->gain_ppb / (double)SP_NANO, way = best - base, owed = 0, at = base;
	s->before.supply.worth_usd = now->supply.worth_usd; /* our own price: no cause of its moves */
	if (s->weighed) {
		at = sp_curve_best(&s->before.demand, &s->before.supply, base).x;
		owed = sp_clamp(curve_shift(&s->before, now, CAUSE_COST, base, &at), way < 0 ? way : 0, way > 0 ? way : 0);
		s->due[CAUSE_COST] += owed;
	}
	for (int cause = CAUSE_CAPACITY; cause < CAUSE_APPROACH; cause++) {
		double moved = s->weighed ? curve_shift(&s->before, now, cause, base, &at) : 0;
		s->due[cause] = left * s->due[cause] + moved;
		owed += s->due[cause];
	}
	s->due[CAUSE_APPROACH] = way - owed;
	s->before = *now;
	s->weighed = 1;
}

static void curve_answer(sp_wish *wish, sp_law_action action, unsigned reason)
{
	wish->action = action;
	wish->reason = curve_reasons[reason];
}

/* Pays a part of what is owed, and cost in full. */
static void curve_pay(const curve_state *s, const curve_params *p, sp_wish *wish)
{
	double gain = (double)p->gain_ppb / (double)SP_NANO, sum = 0;
	bool moves = false;
	for (int cause = 0; cause < CAUSES; cause++) {
		wish->terms[cause].log_ratio = cause == CAUSE_COST ? s->due[cause] : gain * s->due[cause];
		sum += wish->terms[cause].log_ratio;
		moves = moves || wish->terms[cause].log_ratio != 0;
	}
	curve_answer(wish, moves ? SP_LAW_MOVE : SP_LAW_HOLD,
	             !moves    ? REASON_BEST
	             : sum > 0 ? REASON_HIGHER
	                       : REASON_LOWER);
}

/* Of the margin that prices are weighed by, what is ours. */
static double curve_share(const curve_view *view, double x)
{
	double own = 0;
	for (int k = 0; k < SP_CURVE_BANK; k++)
		own += view->demand.weight[k] * sp_exp(view->demand.level[k] - view->demand.elasticity[k] * x);
	return own > 0 ? own / (own + view->supply.others) : 1;
}

static void curve_weigh(curve_state *s, const curve_params *p, const sp_law_input *input, sp_wish *wish)
{
	curve_view now;
	double base = curve_log(input->own), threshold = (double)p->threshold_ppb / (double)SP_NANO;
	bool known = curve_see(s, p, input, &now);
	SP_ASSERT(known);
	sp_curve_top top = sp_curve_best(&now.demand, &now.supply, base);
	if (top.earns - top.earned < threshold * curve_share(&now, base) * sp_abs(top.earned)) {
		curve_answer(wish, SP_LAW_HOLD, REASON_BEST);
		return;
	}
	curve_owe(s, p, &now, base, top.x);
	curve_pay(s, p, wish);
}

/* Who knows how buyers answer has nothing to learn from the first move. */
static bool curve_listens(const curve_state *s, const curve_params *p, int64_t now_ns)
{
	return p->outlook.elasticity_sd > 0 && sp_outlook_age_ns(&s->outlook, now_ns) < p->listen_ns;
}

static bool curve_can_serve(const sp_law_supply *supply)
{
	return supply->owned > 0 || (supply->step > 0 && supply->most > 0);
}

static void curve_decide(const sp_law_input *input, void *state, const void *params, sp_wish *wish)
{
	curve_state *s = state;
	SP_ASSERT(input->period_ns > 0 && input->list_usd > 0);
	curve_learn(s, params, input);
	wish->terms[CAUSE_COST].log_ratio = s->due[CAUSE_COST]; /* a level stays while the law waits */
	if (!input->change_due)
		curve_answer(wish, SP_LAW_HOLD, REASON_WAITING);
	else if (input->readings[SP_READING_DEMAND].answer.knowledge != SP_KNOWN || s->outlook.seen_ns == SP_TIME_NEVER)
		curve_answer(wish, SP_LAW_REFUSE, REASON_NO_DEMAND);
	else if (input->readings[SP_READING_COST].answer.knowledge != SP_KNOWN)
		curve_answer(wish, SP_LAW_REFUSE, REASON_NO_COST);
	else if (!curve_can_serve(&input->supply))
		curve_answer(wish, SP_LAW_REFUSE, REASON_NO_CAPACITY);
	else if (curve_listens(s, params, input->now_ns))
		curve_answer(wish, SP_LAW_HOLD, REASON_LISTENING);
	else
		curve_weigh(s, params, input, wish);
}

/* What customers were not told of a cost stays due; a price that was set otherwise is a new beginning. */
static void curve_told(const sp_told *told, void *state, const void *params)
{
	curve_state *s = state;
	(void)params;
	SP_ASSERT(told->cost_passed >= 0 && told->cost_passed <= 1);
	s->due[CAUSE_COST] *= told->by == SP_TOLD_BY_LAW ? 1 - told->cost_passed : 0;
}

extern const sp_law_ops sp_margin_curve;
const sp_law_ops sp_margin_curve = {
    .name = "margin_curve",
    .version = 2,
    .formula =
        "own x (best / own)^gain, and cost in full, where best has the greatest expected margin over elasticities "
        "and forecast errors",
    .source = "expected margin over a bank of elasticities; our own prototype",
    .help = "Goes to the price that is expected to earn most, from demand, cost and capacity: for prices that may move "
            "within hours.",
    .params = curve_rows,
    .n_params = sizeof curve_rows / sizeof *curve_rows,
    .params_size = sizeof(curve_params),
    .state_size = sizeof(curve_state),
    .needs = SP_NEEDS(DEMAND) | SP_NEEDS(COST),
    .per_change = true,
    .terms = curve_terms,
    .n_terms = sizeof curve_terms / sizeof *curve_terms,
    .reasons = curve_reasons,
    .check = curve_check,
    .init = curve_init,
    .decide = curve_decide,
    .told = curve_told,
};
