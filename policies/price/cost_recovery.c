/* cost_recovery.c - a ledger as the controller: what customers paid less what their units cost; the price brings it to zero.
 *
 *     due       (cost + variable_usd) (1 + markup)                           of a unit [USD]
 *     surplus  += units (in force x list_usd - due)
 *     want      -surplus / E, within +-cap x cost;  E = mean demand x settle
 *     have      own x list_usd - due
 *     own      += (want - have) / list_usd x units / (units + E / inertia)
 *
 * cost is that of *sellable* capacity, by the unit sold. What is not sold is not due: with realised cost an idle fleet would become
 * dearer, lose more buyers, and so on.
 *
 * Differs from Arbitrum's: a) `have` is what a unit would add at the law's own price, not what it added: a price that takes effect
 * weeks later would else be moved all that time; b) the cap is on what a unit may be charged or given back beyond its own cost,
 * and the surplus ends where that would settle it: hours at a floor or a ceiling are forgotten, not saved up.
 *
 * Only sales that were seen are booked: while demand is unknown the law refuses, and while its clock is stale it holds.
 *
 * The price itself is the engine's own index, which rails, people and the market outside set as they do: nothing winds up there.
 * The surplus is dollars and stays whoever sets the price. */
#include "policies/price/cost_recovery.h"

#include "base/assert.h"
#include "base/math.h"
#include "base/time.h"
#include "policies/price/law.h"

#define RECOVERY_RATE_MAX 1e30 /* [units/s], [USD/unit]: beyond all there is, and products stay finite */

typedef struct recovery_params {
	int64_t markup_ppb, settle_ns, cap_ppb;
	double inertia;
} recovery_params;

typedef struct recovery_state {
	double surplus;   /* [USD] */
	double mean;      /* demand, over `settle` [units/s] */
	int64_t asked_ns; /* SP_TIME_NEVER: not yet */
} recovery_state;

#define AT(field) offsetof(recovery_params, field)
static const sp_param recovery_rows[] = {
    {"markup", SP_PARAM_RATIO, "of the cost of a unit", AT(markup_ppb), 0, 10, "25%", NULL,
     "What a unit should earn beyond its cost."},
    {"settle", SP_PARAM_SPAN, "s", AT(settle_ns), 3600, 365 * 86400.0, "7d", NULL,
     "Within this time of mean demand a surplus or a debt should be gone."},
    {"inertia", SP_PARAM_REAL, "", AT(inertia), 0.1, 1000, "10", NULL,
     "The price turns within settle / inertia; larger is quicker."},
    {"cap", SP_PARAM_RATIO, "of the cost of a unit", AT(cap_ppb), 0, 1, "20%", NULL,
     "At most this much is charged, or given back, to settle the past."},
};
#undef AT

static const sp_law_term recovery_terms[] = {{"recovery", false, false, SP_CLOCK_DEMAND}};

enum { REASON_DEBT, REASON_SURPLUS, REASON_SETTLED, REASON_IDLE, REASON_NO_COST, REASON_NO_DEMAND };
static const char *const recovery_reasons[] = {
    "below_due", "above_due", "settled", "nothing_sold", "cost_unknown", "demand_unknown", NULL,
};

double sp_cost_recovery_step(const sp_recovery *r)
{
	SP_ASSERT(r->units >= 0 && r->equilibration > 0);
	SP_ASSERT(r->inertia > 0 && r->most >= 0);
	double want = sp_clamp(-r->surplus / r->equilibration, -r->most, r->most);
	return (want - r->have) * (r->units / (r->units + r->equilibration / r->inertia));
}

static void recovery_init(void *state, const void *params)
{
	SP_ASSERT(state != NULL && params != NULL);
	*(recovery_state *)state = (recovery_state){.asked_ns = SP_TIME_NEVER};
}

static double recovery_share(int64_t ppb)
{
	return (double)ppb / (double)SP_NANO;
}

static double recovery_cost(const sp_law_input *input)
{
	double cost = input->readings[SP_READING_COST].estimate.value;
	SP_ASSERT(sp_finite(cost) && sp_finite(input->variable_usd));
	return sp_clamp(sp_clamp(cost, 0, RECOVERY_RATE_MAX) + input->variable_usd, 0, RECOVERY_RATE_MAX);
}

/* Books what was sold since the law was last asked; returns how much that was. */
static double recovery_book(recovery_state *s, const recovery_params *p, const sp_law_input *input, double due)
{
	double demand = sp_clamp(input->readings[SP_READING_DEMAND].estimate.value, 0, RECOVERY_RATE_MAX);
	bool first = s->asked_ns == SP_TIME_NEVER;
	double dt_s = first ? 0 : (double)(input->now_ns - s->asked_ns) / 1e9;
	double gone = 1 - sp_exp(-dt_s * 1e9 / (double)p->settle_ns);
	double paid = sp_clamp(recovery_share(input->in_force.ppb) * input->list_usd, 0, RECOVERY_RATE_MAX);

	s->asked_ns = input->now_ns;
	s->mean = first ? demand : s->mean + gone * (demand - s->mean);
	s->surplus += demand * dt_s * (paid - due);
	return demand * dt_s;
}

/* How far the own index moves, as a part of the sheet. */
static double recovery_move(recovery_state *s, const recovery_params *p, const sp_law_input *input, double units)
{
	double cost = recovery_cost(input), due = cost * (1 + recovery_share(p->markup_ppb));
	sp_recovery r = {.have = recovery_share(input->own.ppb) * input->list_usd - due,
	                 .units = units,
	                 .equilibration = s->mean * ((double)p->settle_ns / 1e9),
	                 .inertia = p->inertia,
	                 .most = recovery_share(p->cap_ppb) * cost};

	s->surplus = sp_clamp(s->surplus, -r.most * r.equilibration, r.most * r.equilibration);
	r.surplus = s->surplus;
	return sp_cost_recovery_step(&r) / input->list_usd;
}

static void recovery_answer(sp_wish *wish, sp_law_action action, unsigned reason)
{
	wish->action = action;
	wish->reason = recovery_reasons[reason];
}

static void recovery_steer(recovery_state *s, const recovery_params *p, const sp_law_input *input, sp_wish *wish)
{
	double due = recovery_cost(input) * (1 + recovery_share(p->markup_ppb)), most = (double)SP_INDEX_MAX_PPB;
	double units = recovery_book(s, p, input, due);
	int64_t amount = 0;

	if (!(units > 0) || !(s->mean > 0)) {
		recovery_answer(wish, SP_LAW_HOLD, REASON_IDLE);
		return;
	}
	double move = recovery_move(s, p, input, units);
	sp_status status = sp_round_even(sp_clamp(move * (double)SP_NANO, -most, most), &amount);
	SP_ASSERT(status == SP_OK);
	recovery_answer(wish, amount == 0 ? SP_LAW_HOLD : SP_LAW_MOVE,
	                amount > 0   ? REASON_DEBT
	                : amount < 0 ? REASON_SURPLUS
	                             : REASON_SETTLED);
	wish->terms[0] = (sp_term_wish){.exact = true, .amount = {amount}};
}

static void recovery_decide(const sp_law_input *input, void *state, const void *params, sp_wish *wish)
{
	recovery_state *s = state;
	const sp_reading *demand = &input->readings[SP_READING_DEMAND];
	bool costed = input->readings[SP_READING_COST].answer.knowledge == SP_KNOWN;
	bool known = demand->answer.knowledge == SP_KNOWN, stale = demand->clock == SP_CLOCK_STALE;
	SP_ASSERT(input->list_usd > 0 && input->own.ppb > 0);
	if (costed && known && !stale) {
		recovery_steer(s, params, input, wish);
		return;
	}
	if (s->asked_ns != SP_TIME_NEVER)
		s->asked_ns = input->now_ns; /* what was sold meanwhile is not known, and not booked */
	recovery_answer(wish, costed && known ? SP_LAW_HOLD : SP_LAW_REFUSE, costed ? REASON_NO_DEMAND : REASON_NO_COST);
}

extern const sp_law_ops sp_cost_recovery;
const sp_law_ops sp_cost_recovery = {
    .name = "cost_recovery",
    .version = 2,
    .formula = "price += (want - have) units / (units + E / inertia); want = -surplus / E within +-cap cost; have = "
               "price - cost "
               "(1 + markup); E = mean demand x settle",
    .source = "Arbitrum Nitro, l1pricing UpdatePricingModel; differs in: have at the own price, the cap on want",
    .help = "Keeps what customers paid equal to what their units cost and a markup: for internal transfer prices.",
    .params = recovery_rows,
    .n_params = sizeof recovery_rows / sizeof *recovery_rows,
    .params_size = sizeof(recovery_params),
    .state_size = sizeof(recovery_state),
    .needs = SP_NEEDS(COST) | SP_NEEDS(DEMAND),
    .terms = recovery_terms,
    .n_terms = sizeof recovery_terms / sizeof *recovery_terms,
    .reasons = recovery_reasons,
    .init = recovery_init,
    .decide = recovery_decide,
};
