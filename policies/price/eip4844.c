/* eip4844.c - the blob fee as a price law: the index is `least` x e^(excess / fraction), a change interval the block.
 *
 * One target's worth a change is 1 here, in billionths: used = the mean load since the last change / (capacity x setpoint),
 * never more than `most`, as a block is never fuller than its limit. The excess is the only memory, so the way there does not
 * matter: a load above the target for so long and below it for as long ends where it began (eip1559 ends lower).
 *
 * No wind-up: the excess is what the law's own index says. When a rail, a person or the market outside has set another index
 * than the law wished, the excess is taken from that one: fraction x log(own / least), and goes on from there. So a floor
 * or ceiling of the family stops it as its own bounds do, and hours at the floor cost no hours to leave it.
 *
 * reserve (EIP-7918): while that share of the cost of a unit lies above the price, the excess does not run down. */
#include "policies/price/eip4844.h"

#include "base/assert.h"
#include "base/math.h"
#include "policies/price/law.h"

typedef unsigned __int128 eip4844_wide;

typedef struct eip4844_params {
	int64_t least_ppb, fraction_ppb, most_ppb, reserve_ppb;
} eip4844_params;

typedef struct eip4844_state {
	int64_t index_ppb; /* what the excess stands for; 0: nothing yet */
	int64_t excess;    /* [1e-9 of a change's target] */
} eip4844_state;

/* 3338477 / 393216, of the blob fee's first schedule: at most + 12.5 % a change. */
static const sp_param eip4844_rows[] = {
    {"least", SP_PARAM_RATIO, "of the sheet", offsetof(eip4844_params, least_ppb), 0.001, 100, "50%", NULL,
     "The price without any excess; it never goes below."},
    {"fraction", SP_PARAM_RATIO, "of a change's target", offsetof(eip4844_params, fraction_ppb), 0.1, 1000, "8.490186",
     NULL, "So much excess multiplies the price by 2.718; larger is calmer."},
    {"most", SP_PARAM_RATIO, "of the target", offsetof(eip4844_params, most_ppb), 1, 10, "200%", NULL,
     "A load beyond this counts as this."},
    {"reserve", SP_PARAM_RATIO, "of the cost of a unit", offsetof(eip4844_params, reserve_ppb), 0, 10, "none", NULL,
     "While this lies above the price, idle capacity does not lower it further."},
};

static const sp_law_term eip4844_terms[] = {{"utilization", false, false, SP_CLOCK_DEMAND}};

enum { REASON_ABOVE, REASON_BELOW, REASON_AT, REASON_WAITING, REASON_FULL, REASON_RESERVE };
enum { REASON_NO_LOAD = REASON_RESERVE + 1, REASON_NO_CAPACITY, REASON_NO_COST };
static const char *const eip4844_reasons[] = {
    "above_target", "below_target", "at_target",        "waiting",      "gauge_full",
    "reserve",      "load_unknown", "capacity_unknown", "cost_unknown", NULL,
};

sp_status sp_eip4844_price(int64_t factor, int64_t excess, int64_t fraction, int64_t *price)
{
	SP_ASSERT(factor >= 0 && excess >= 0 && fraction > 0);
	eip4844_wide part = (eip4844_wide)factor * (eip4844_wide)fraction, sum = 0;
	for (int64_t i = 1; part > 0; i++) {
		if (__builtin_add_overflow(sum, part, &sum) || __builtin_mul_overflow(part, (eip4844_wide)excess, &part))
			return SP_E_OVERFLOW;
		part /= (eip4844_wide)fraction * (eip4844_wide)i;
	}
	sum /= (eip4844_wide)fraction;
	if (sum > INT64_MAX)
		return SP_E_OVERFLOW;
	*price = (int64_t)sum;
	return SP_OK;
}

int64_t sp_eip4844_excess(int64_t excess, int64_t used, const sp_eip4844_room *room, bool reserve_binds)
{
	SP_ASSERT(excess >= 0 && used >= 0);
	SP_ASSERT(room->target > 0 && room->target <= room->most);
	__int128 next = (__int128)excess + used;
	if (next < room->target)
		return 0;
	if (reserve_binds)
		next = excess + (__int128)used * (room->most - room->target) / room->most;
	else
		next -= room->target;
	return next > INT64_MAX ? INT64_MAX : (int64_t)next;
}

static void eip4844_init(void *state, const void *params)
{
	SP_ASSERT(state != NULL && params != NULL);
	*(eip4844_state *)state = (eip4844_state){0};
}

static void eip4844_answer(sp_wish *wish, sp_law_action action, unsigned reason)
{
	wish->action = action;
	wish->reason = eip4844_reasons[reason];
}

/* The excess that stands for an index: the inverse, to the nearest billionth of a target. */
static void eip4844_follow(eip4844_state *s, const eip4844_params *p, int64_t own_ppb)
{
	double ratio = (double)own_ppb / (double)p->least_ppb;
	if (own_ppb == s->index_ppb)
		return;
	sp_status status = sp_round_even(ratio > 1 ? (double)p->fraction_ppb * sp_log(ratio) : 0, &s->excess);
	SP_ASSERT(status == SP_OK && s->excess >= 0);
	s->index_ppb = own_ppb;
}

/* Does the floor that another cost sets lie above the price? */
static bool eip4844_reserve_binds(const eip4844_params *p, const sp_law_input *input)
{
	double cost = input->readings[SP_READING_COST].estimate.value;
	if (p->reserve_ppb == SP_PARAM_NONE)
		return false;
	SP_ASSERT(sp_finite(cost));
	return (double)p->reserve_ppb * (sp_clamp(cost, 0, 1e100) * input->units_per_usd) > (double)input->own.ppb;
}

/* [1e-9 of the target] */
static int64_t eip4844_used(const eip4844_params *p, const sp_law_input *input, double target)
{
	int64_t used = 0;
	double share = sp_clamp(input->load_mean, 0, 1e100) / target;
	sp_status status = sp_round_even(sp_clamp(share * (double)SP_NANO, 0, (double)p->most_ppb), &used);
	SP_ASSERT(status == SP_OK);
	return used;
}

static int64_t eip4844_index(const eip4844_params *p, int64_t excess)
{
	int64_t price = 0;
	if (sp_eip4844_price(p->least_ppb, excess, p->fraction_ppb, &price) != SP_OK || price > SP_INDEX_MAX_PPB)
		return SP_INDEX_MAX_PPB;
	return price;
}

static void eip4844_move(const sp_law_input *input, eip4844_state *s, const eip4844_params *p, sp_wish *wish)
{
	const sp_eip4844_room room = {SP_NANO, p->most_ppb};
	int64_t used = eip4844_used(p, input, input->capacity * input->setpoint);
	bool reserved = eip4844_reserve_binds(p, input);

	eip4844_follow(s, p, input->own.ppb);
	if (input->censored && used < SP_NANO) {
		eip4844_answer(wish, SP_LAW_HOLD, REASON_FULL);
		return;
	}
	int64_t excess = sp_eip4844_excess(s->excess, used, &room, reserved), next = eip4844_index(p, excess);
	if (next == SP_INDEX_MAX_PPB) /* beyond there is no index: nor does the excess go there */
		excess = s->excess < excess ? s->excess : excess;
	if (excess == s->excess && input->own.ppb >= p->least_ppb)
		next = input->own.ppb;
	s->excess = excess;
	s->index_ppb = next;
	unsigned reason = used > SP_NANO ? REASON_ABOVE : used < SP_NANO ? REASON_BELOW : REASON_AT;
	eip4844_answer(wish, next == input->own.ppb ? SP_LAW_HOLD : SP_LAW_MOVE, reserved ? REASON_RESERVE : reason);
	wish->terms[0] = (sp_term_wish){.exact = true, .amount = {next - input->own.ppb}};
}

static void eip4844_decide(const sp_law_input *input, void *state, const void *params, sp_wish *wish)
{
	const eip4844_params *p = params;
	SP_ASSERT(input->setpoint > 0 && input->own.ppb > 0);
	if (!input->change_due)
		eip4844_answer(wish, SP_LAW_HOLD, REASON_WAITING);
	else if (input->readings[SP_READING_LOAD].answer.knowledge != SP_KNOWN || input->load_mean_count <= 0)
		eip4844_answer(wish, SP_LAW_REFUSE, REASON_NO_LOAD);
	else if (!(input->capacity * input->setpoint > 0))
		eip4844_answer(wish, SP_LAW_REFUSE, REASON_NO_CAPACITY);
	else if (p->reserve_ppb != SP_PARAM_NONE && input->readings[SP_READING_COST].answer.knowledge != SP_KNOWN)
		eip4844_answer(wish, SP_LAW_REFUSE, REASON_NO_COST);
	else
		eip4844_move(input, state, p, wish);
}

/* Of a target's worth, a load that is a little over adds as much to the excess. */
static void eip4844_steers(const void *params, int64_t period_ns, int64_t interval_ns, sp_law_loop *loop)
{
	const eip4844_params *p = params;
	loop->gain = (double)SP_NANO / (double)p->fraction_ppb;
	loop->step_ns = interval_ns > period_ns ? interval_ns : period_ns;
	loop->keys[0] = "fraction";
	loop->inverse = true;
}

extern const sp_law_ops sp_eip4844;
const sp_law_ops sp_eip4844 = {
    .name = "eip4844",
    .version = 1,
    .formula = "index = least e^(excess / fraction); excess = max(0, excess + load / target - 1), once a change",
    .source = "EIP-4844, blob base fee; EIP-7918, reserve",
    .help = "Ethereum's blob-fee rule: for machine buyers; ends where it began when load does.",
    .params = eip4844_rows,
    .n_params = sizeof eip4844_rows / sizeof *eip4844_rows,
    .params_size = sizeof(eip4844_params),
    .state_size = sizeof(eip4844_state),
    .needs = SP_NEEDS(LOAD) | SP_NEEDS(COST),
    .per_change = true,
    .terms = eip4844_terms,
    .n_terms = sizeof eip4844_terms / sizeof *eip4844_terms,
    .reasons = eip4844_reasons,
    .init = eip4844_init,
    .decide = eip4844_decide,
    .steers = eip4844_steers,
};
