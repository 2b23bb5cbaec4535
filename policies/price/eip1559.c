/* eip1559.c - the base-fee rule as a price law, in exact integers: the index is the base fee, a change interval the block.
 *
 * used = the mean load since the last change, target = capacity x setpoint, both rounded to whole resource units/s. As
 * a block is never fuller than its limit of twice the target, a load above that counts as that: at most + 1/denominator a
 * change. Alternating + and - drifts down (+12.5 % -12.5 % = -1.6 %): that is the rule, not an error of ours. */
#include "policies/price/eip1559.h"

#include "base/assert.h"
#include "base/math.h"
#include "policies/price/law.h"

#define EIP1559_LIMIT 2 /* a full block is twice the target: ELASTICITY_MULTIPLIER */

typedef struct eip1559_params {
	int64_t denominator;
} eip1559_params;

static const sp_param eip1559_rows[] = {
    {"denominator", SP_PARAM_COUNT, "", offsetof(eip1559_params, denominator), 1, 1000000, "8", NULL,
     "The price moves by at most one part in this many per change; larger is calmer."},
};

static const sp_law_term eip1559_terms[] = {{"utilization", false, false, SP_CLOCK_DEMAND}};

enum { REASON_ABOVE, REASON_BELOW, REASON_AT, REASON_WAITING, REASON_FULL, REASON_NO_LOAD, REASON_NO_CAPACITY };
static const char *const eip1559_reasons[] = {
    "above_target", "below_target", "at_target", "waiting", "gauge_full", "load_unknown", "capacity_unknown", NULL,
};

sp_status sp_eip1559_next(int64_t price, int64_t used, int64_t target, int64_t denominator, int64_t *next)
{
	SP_ASSERT(price >= 0 && used >= 0);
	SP_ASSERT(target > 0 && denominator > 0);
	if (used < target) {
		*next = price - (int64_t)((__int128)price * (target - used) / target / denominator);
		return SP_OK;
	}
	__int128 rise = (__int128)price * (used - target) / target / denominator;
	if (used > target && rise == 0)
		rise = 1;
	if (rise > INT64_MAX - price)
		return SP_E_OVERFLOW;
	*next = price + (int64_t)rise;
	return SP_OK;
}

static void eip1559_init(void *state, const void *params)
{
	(void)state;
	SP_ASSERT(params != NULL);
}

/* A rate as a whole number; one too large to be held counts as the largest whose double fits. */
static int64_t eip1559_whole(double rate)
{
	int64_t whole = 0;
	sp_status status = sp_round_even(sp_clamp(rate, 0, 1e18), &whole);
	SP_ASSERT(status == SP_OK);
	return whole;
}

static void eip1559_answer(sp_wish *wish, sp_law_action action, unsigned reason)
{
	wish->action = action;
	wish->reason = eip1559_reasons[reason];
}

static void eip1559_move(const sp_law_input *input, const eip1559_params *p, int64_t target, sp_wish *wish)
{
	int64_t used = eip1559_whole(input->load_mean), next = 0;
	if (used > EIP1559_LIMIT * target)
		used = EIP1559_LIMIT * target;
	if (input->censored && used < target) {
		eip1559_answer(wish, SP_LAW_HOLD, REASON_FULL);
		return;
	}
	sp_status status = sp_eip1559_next(input->own.ppb, used, target, p->denominator, &next);
	SP_ASSERT(status == SP_OK); /* an index is far from the end of int64, and at most doubles */
	unsigned reason = used > target ? REASON_ABOVE : used < target ? REASON_BELOW : REASON_AT;
	eip1559_answer(wish, next == input->own.ppb ? SP_LAW_HOLD : SP_LAW_MOVE, reason);
	wish->terms[0] = (sp_term_wish){.exact = true, .amount = {next - input->own.ppb}};
}

static void eip1559_decide(const sp_law_input *input, void *state, const void *params, sp_wish *wish)
{
	(void)state;
	SP_ASSERT(input->setpoint > 0 && input->own.ppb >= 0 && input->own.ppb <= SP_INDEX_MAX_PPB);
	int64_t target = eip1559_whole(input->capacity * input->setpoint);
	if (!input->change_due)
		eip1559_answer(wish, SP_LAW_HOLD, REASON_WAITING);
	else if (input->readings[SP_READING_LOAD].answer.knowledge != SP_KNOWN || input->load_mean_count <= 0)
		eip1559_answer(wish, SP_LAW_REFUSE, REASON_NO_LOAD);
	else if (target == 0)
		eip1559_answer(wish, SP_LAW_REFUSE, REASON_NO_CAPACITY);
	else
		eip1559_move(input, params, target, wish);
}

static void eip1559_steers(const void *params, int64_t period_ns, int64_t interval_ns, sp_law_loop *loop)
{
	const eip1559_params *p = params;
	loop->gain = 1 / (double)p->denominator;
	loop->step_ns = interval_ns > period_ns ? interval_ns : period_ns;
	loop->keys[0] = "denominator";
	loop->inverse = true;
}

extern const sp_law_ops sp_eip1559;
const sp_law_ops sp_eip1559 = {
    .name = "eip1559",
    .version = 1,
    .formula = "index += index (load - target) / target / denominator, once a change; load at most 2 target",
    .source = "EIP-1559, base fee",
    .help = "Ethereum's base-fee rule: for machine buyers who know it and answer within a change interval.",
    .params = eip1559_rows,
    .n_params = sizeof eip1559_rows / sizeof *eip1559_rows,
    .params_size = sizeof(eip1559_params),
    .needs = SP_NEEDS(LOAD),
    .per_change = true,
    .terms = eip1559_terms,
    .n_terms = sizeof eip1559_terms / sizeof *eip1559_terms,
    .reasons = eip1559_reasons,
    .init = eip1559_init,
    .decide = eip1559_decide,
    .steers = eip1559_steers,
};
