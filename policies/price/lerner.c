/* lerner.c - the price at which a little more earns nothing more: (p - c) / p = 1 / e.
 *
 *     e         how many percent of demand a percent of price costs, measured at the price in force p0
 *     constant     demand ~ p^-e         p = c e / (e - 1)
 *     exponential  demand ~ exp(-b p)    p = c + 1 / b,               b = e / p0
 *     linear       demand ~ a - b p      p = (a / b + c) / 2,         a / b = p0 (1 + 1 / e)
 *
 * c is the *marginal* cost of the next unit, its share of scarce capacity included: low while the fleet is idle, high when it is
 * full. A markup rule on average cost does the reverse. e is measured, never told: the law refuses while nothing identifies it,
 * and while its 90 % interval reaches 1, where the formula has no answer.
 *
 * Two levels since the last told: what marginal cost has moved, at the markup that was told, and what is left to the goal.
 * Levels replace one another, so nothing winds up: after a price set by hand, outside, or cut by rails the law asks for what is
 * left from there. What rails kept of the cost term stays due (`cost_passed`), as in cost_plus. */
#include "policies/price/law.h"

#include "base/assert.h"
#include "base/math.h"

#define LERNER_USD_MAX 1e30  /* [USD/unit] beyond all there is, and products stay finite */
#define LERNER_90      1.645 /* standard deviations either way that hold 90 % */

typedef enum lerner_form { LERNER_CONSTANT, LERNER_EXPONENTIAL, LERNER_LINEAR } lerner_form;
static const char *const lerner_forms[] = {"constant", "exponential", "linear", NULL};

typedef struct lerner_params {
	uint32_t form, unused;
} lerner_params;

typedef struct lerner_state {
	double cost;    /* c, the last known [USD/unit] */
	double carried; /* c that the told price carries */
	int64_t known;  /* a cost was read */
} lerner_state;

static const sp_param lerner_rows[] = {
    {"demand", SP_PARAM_CHOICE, "", offsetof(lerner_params, form), 0, 0, "constant", lerner_forms,
     "How demand falls with price beyond what was measured: constant elasticity raises most, linear least."},
};

enum { TERM_COST, TERM_MARKUP };
static const sp_law_term lerner_terms[] = {
    {"marginal_cost", true, true, SP_CLOCK_COST},
    {"markup", true, false, SP_CLOCK_DEMAND},
};

enum { REASON_RAISE, REASON_LOWER, REASON_AT, REASON_NO_COST, REASON_NO_ELASTICITY, REASON_NEAR_ONE };
static const char *const lerner_reasons[] = {
    "below_goal",        "above_goal", "at_goal", "marginal_cost_unknown", "elasticity_not_identified",
    "elasticity_near_1", NULL,
};

static void lerner_init(void *state, const void *params)
{
	SP_ASSERT(state != NULL && params != NULL);
	*(lerner_state *)state = (lerner_state){0};
}

/* p = fixed + slope x c */
typedef struct lerner_line {
	double fixed, slope;
} lerner_line;

static lerner_line lerner_goal(lerner_form form, double e, double in_force)
{
	SP_ASSERT(e > 1);
	if (form == LERNER_EXPONENTIAL)
		return (lerner_line){in_force / e, 1};
	if (form == LERNER_LINEAR)
		return (lerner_line){in_force * (1 + 1 / e) / 2, 0.5};
	return (lerner_line){0, e / (e - 1)};
}

/* Does the interval end at or below 1? */
static bool lerner_near_one(const sp_estimate *elasticity)
{
	SP_ASSERT(sp_finite(elasticity->value) && elasticity->variance >= 0);
	return !(elasticity->value - LERNER_90 * sp_sqrt(elasticity->variance) > 1);
}

/* USD as billionths of the sheet, within the index's own range. */
static int64_t lerner_ppb(double usd, double list_usd)
{
	int64_t ppb = 0;
	double index = usd / list_usd * (double)SP_NANO, most = (double)SP_INDEX_MAX_PPB;
	sp_status status = sp_round_even(sp_clamp(index, -most, most), &ppb);
	SP_ASSERT(status == SP_OK);
	return ppb;
}

static int64_t lerner_within(int64_t ppb, int64_t low, int64_t high)
{
	return ppb < low ? low : ppb > high ? high : ppb;
}

static void lerner_move(lerner_state *s, const lerner_params *p, const sp_law_input *input, sp_wish *wish)
{
	double in_force = sp_clamp((double)input->in_force.ppb / (double)SP_NANO * input->list_usd, 0, LERNER_USD_MAX);
	double e = sp_clamp(input->readings[SP_READING_ELASTICITY].estimate.value, 1 + 1e-9, LERNER_USD_MAX);
	lerner_line line = lerner_goal((lerner_form)p->form, e, in_force);
	double goal = sp_clamp(line.fixed + line.slope * s->cost, 0, LERNER_USD_MAX);
	int64_t goal_ppb = lerner_within(lerner_ppb(goal, input->list_usd), SP_INDEX_MIN_PPB, SP_INDEX_MAX_PPB);
	int64_t whole = goal_ppb - input->told.ppb, room = SP_INDEX_MAX_PPB / 2;
	int64_t by_cost = lerner_ppb(line.slope * (s->cost - s->carried), input->list_usd);

	by_cost = lerner_within(by_cost, -room, room);
	by_cost = s->cost == s->carried ? 0 : by_cost;
	int64_t rest = lerner_within(whole - by_cost, -SP_INDEX_MAX_PPB, SP_INDEX_MAX_PPB);
	wish->action = by_cost == 0 && rest == 0 ? SP_LAW_HOLD : SP_LAW_MOVE;
	wish->reason = lerner_reasons[whole > 0 ? REASON_RAISE : whole < 0 ? REASON_LOWER : REASON_AT];
	wish->terms[TERM_COST] = (sp_term_wish){.exact = true, .amount = {by_cost}};
	wish->terms[TERM_MARKUP] = (sp_term_wish){.exact = true, .amount = {rest}};
}

static void lerner_refuse(sp_wish *wish, unsigned reason)
{
	wish->action = SP_LAW_REFUSE;
	wish->reason = lerner_reasons[reason];
}

static void lerner_decide(const sp_law_input *input, void *state, const void *params, sp_wish *wish)
{
	lerner_state *s = state;
	const sp_reading *cost = &input->readings[SP_READING_MARGINAL], *e = &input->readings[SP_READING_ELASTICITY];
	SP_ASSERT(input->list_usd > 0);
	if (cost->answer.knowledge != SP_KNOWN) {
		lerner_refuse(wish, REASON_NO_COST);
		return;
	}
	SP_ASSERT(sp_finite(cost->estimate.value));
	s->cost = sp_clamp(cost->estimate.value, 0, LERNER_USD_MAX);
	s->carried = s->known ? s->carried : s->cost;
	s->known = 1;
	if (e->answer.knowledge != SP_KNOWN)
		lerner_refuse(wish, REASON_NO_ELASTICITY);
	else if (lerner_near_one(&e->estimate))
		lerner_refuse(wish, REASON_NEAR_ONE);
	else
		lerner_move(s, params, input, wish);
}

static void lerner_told(const sp_told *told, void *state, const void *params)
{
	lerner_state *s = state;
	(void)params;
	SP_ASSERT(told->cost_passed >= 0 && told->cost_passed <= 1);
	if (s->known && told->by != SP_TOLD_WITHDRAWN)
		s->carried += (told->by == SP_TOLD_BY_LAW ? told->cost_passed : 1) * (s->cost - s->carried);
}

extern const sp_law_ops sp_lerner;
const sp_law_ops sp_lerner = {
    .name = "lerner",
    .version = 1,
    .formula = "p = c e / (e - 1), or c + 1 / b (exponential demand), or (a / b + c) / 2 (linear); c marginal cost, e "
               "measured",
    .source = "Lerner 1934, The Concept of Monopoly",
    .help = "Goes to the price that earns most, where elasticity has been measured; refuses where it has not.",
    .params = lerner_rows,
    .n_params = sizeof lerner_rows / sizeof *lerner_rows,
    .params_size = sizeof(lerner_params),
    .state_size = sizeof(lerner_state),
    .needs = SP_NEEDS(MARGINAL) | SP_NEEDS(ELASTICITY),
    .terms = lerner_terms,
    .n_terms = sizeof lerner_terms / sizeof *lerner_terms,
    .reasons = lerner_reasons,
    .init = lerner_init,
    .decide = lerner_decide,
    .told = lerner_told,
};
