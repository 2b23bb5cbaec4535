/* market_follow.c - the public market price, with a premium or an undercut, never for less than a unit costs.
 *
 *     goal   max(market x (1 + premium - undercut), marginal cost x (1 + least_margin) / list_usd)
 *
 * Off unless somebody asks for it, and the configuration is refused unless every source of market prices says that they are
 * public and where they come from (docs/legal.md says why).
 *
 * One level since the last told: it replaces its former value, so nothing winds up, whatever rails, people or the market do. A
 * stale market keeps the last level and lets it not grow: that is the engine's rule. */
#include "policies/price/law.h"

#include "base/assert.h"
#include "base/math.h"

#define MARKET_LARGEST 1e30 /* [1], [USD/unit]: beyond all there is, and products stay finite */

typedef struct market_params {
	int64_t premium_ppb, undercut_ppb, least_margin_ppb;
} market_params;

#define AT(field) offsetof(market_params, field)
static const sp_param market_rows[] = {
    {"premium", SP_PARAM_RATIO, "of the market price", AT(premium_ppb), 0, 5, "0%", NULL, "So much above the market."},
    {"undercut", SP_PARAM_RATIO, "of the market price", AT(undercut_ppb), 0, 0.5, "0%", NULL, "So much below it."},
    {"least_margin", SP_PARAM_RATIO, "of marginal cost", AT(least_margin_ppb), 0, 10, "20%", NULL,
     "Never below marginal cost and this much."},
};
#undef AT

static const sp_law_term market_terms[] = {{"market", true, false, SP_CLOCK_MARKET}};

enum { REASON_ABOVE, REASON_BELOW, REASON_AT, REASON_MARGIN, REASON_NO_MARKET, REASON_NO_COST };
static const char *const market_reasons[] = {
    "market_above", "market_below", "at_market", "least_margin", "market_unknown", "marginal_cost_unknown", NULL,
};

static sp_status market_check(const void *params, sp_message *message)
{
	const market_params *p = params;
	if (p->premium_ppb > 0 && p->undercut_ppb > 0)
		return sp_message_set(message, SP_E_RANGE, "market_follow takes a premium or an undercut: remove one of them");
	return SP_OK;
}

static void market_init(void *state, const void *params)
{
	(void)state;
	SP_ASSERT(params != NULL);
}

static int64_t market_ppb(double index)
{
	int64_t ppb = 0;
	sp_status status =
	    sp_round_even(sp_clamp(index * (double)SP_NANO, (double)SP_INDEX_MIN_PPB, (double)SP_INDEX_MAX_PPB), &ppb);
	SP_ASSERT(status == SP_OK);
	return ppb;
}

static void market_decide(const sp_law_input *input, void *state, const void *params, sp_wish *wish)
{
	const market_params *p = params;
	const sp_reading *market = &input->readings[SP_READING_MARKET], *cost = &input->readings[SP_READING_MARGINAL];
	(void)state;
	SP_ASSERT(input->list_usd > 0);
	if (market->answer.knowledge != SP_KNOWN || cost->answer.knowledge != SP_KNOWN) {
		wish->action = SP_LAW_REFUSE;
		wish->reason = market_reasons[market->answer.knowledge == SP_KNOWN ? REASON_NO_COST : REASON_NO_MARKET];
		return;
	}
	SP_ASSERT(sp_finite(market->estimate.value) && sp_finite(cost->estimate.value));
	double beside = 1 + (double)(p->premium_ppb - p->undercut_ppb) / (double)SP_NANO;
	double least = 1 + (double)p->least_margin_ppb / (double)SP_NANO;
	int64_t goal = market_ppb(sp_clamp(market->estimate.value, 0, MARKET_LARGEST) * beside);
	int64_t floor = market_ppb(sp_clamp(cost->estimate.value, 0, MARKET_LARGEST) * least / input->list_usd);
	int64_t level = (goal > floor ? goal : floor) - input->told.ppb;
	unsigned reason = level > 0 ? REASON_ABOVE : level < 0 ? REASON_BELOW : REASON_AT;
	wish->action = level == 0 ? SP_LAW_HOLD : SP_LAW_MOVE;
	wish->reason = market_reasons[floor > goal ? REASON_MARGIN : reason];
	wish->terms[0] = (sp_term_wish){.exact = true, .amount = {level}};
}

extern const sp_law_ops sp_market_follow;
const sp_law_ops sp_market_follow = {
    .name = "market_follow",
    .version = 1,
    .formula = "index = max(market (1 + premium - undercut), marginal cost (1 + least_margin) / list)",
    .source = "none: a rule of trade; docs/legal.md",
    .help = "Follows a public market price within margin: off unless asked for, and only with sources that say they "
            "are public.",
    .params = market_rows,
    .n_params = sizeof market_rows / sizeof *market_rows,
    .params_size = sizeof(market_params),
    .needs = SP_NEEDS(MARKET) | SP_NEEDS(MARGINAL),
    .terms = market_terms,
    .n_terms = sizeof market_terms / sizeof *market_terms,
    .reasons = market_reasons,
    .check = market_check,
    .init = market_init,
    .decide = market_decide,
};
