/* cost_plus.c - dollars for dollars: what a unit costs more, its price rises by, times the share that is passed on (R23).
 *
 *     level = pass_through x (c - c0) x units_per_usd        [1], booked as an exact index amount
 *
 * c is the pool's sellable-capacity cost [USD/resource unit], c0 what of it the told price already carries, and
 * units_per_usd what a USD of sheet price buys, so that cost x units_per_usd is a part of the sheet. pass_through is `up` when
 * c > c0, `down` when c < c0.
 *
 * c0 is the first reading, and moves when customers are told another price:
 *   by this law            toward c by the part that the rails let pass: what they cut stays due and is asked for again. Only in
 *                          a direction that is passed on: with `down` 0 a fall does not lower c0, so that a return to the old cost
 *                          raises nothing;
 *   by hand or outside     to c: whoever set that price set it at today's cost;
 *   withdrawn              back to what it was before the withdrawn price was told.
 *
 * A raise that customers were told and that is not in force yet follows cost back down at the rate at which it went up, whatever `down`
 * says: down to the index in force nobody pays less than before (docs/decisions/0012). `down` is for what lies below.
 *
 * The trim brings back, slowly, what pass-through leaves of the margin: with `up` at 80 % every rise costs a fifth of itself for good,
 * with `down` 0 every fall widens the margin for good.
 *
 *     trim = (1 - 2^(-t / trim)) x (m + c x units_per_usd - told - level)
 *
 * t is the time since the last told, m what the price was above cost (as a part of the sheet) when it was first seen or last set
 * by a person or outside. It is measured from the told price, so nothing winds up: what rails cut, or people withdrew, is still
 * there to be asked for, and no more than that. Without `trim` there is none. */
#include "policies/price/law.h"

#include "base/assert.h"
#include "base/math.h"

/* [USD/resource unit] Beyond every cost there is, and small enough that no product overflows. */
#define COST_PLUS_LARGEST 1e100

typedef struct cost_plus_params {
	int64_t up_ppb, down_ppb, trim_ns;
} cost_plus_params;

typedef struct cost_plus_state {
	double cost;           /* c, the last known */
	double carried;        /* c0 */
	double carried_before; /* c0 before the last change, for one that is withdrawn */
	double share;          /* of c - c0, what the last wish answers to [1] */
	double margin;         /* m [ppb of the sheet] */
	double units_per_usd;  /* the last */
	int64_t since_ns;      /* of the last told, or the first reading */
	int64_t known;         /* a cost was read */
} cost_plus_state;

static const sp_param cost_plus_rows[] = {
    {"pass_through.up", SP_PARAM_RATIO, "of a rise in cost", offsetof(cost_plus_params, up_ppb), 0, 2, "100%", NULL,
     "Share of a rise in cost per unit that the price follows."},
    {"pass_through.down", SP_PARAM_RATIO, "of a fall in cost", offsetof(cost_plus_params, down_ppb), 0, 2, "100%", NULL,
     "Share of a fall in cost per unit that the price follows; 0% keeps it."},
    {"trim", SP_PARAM_SPAN, "s", offsetof(cost_plus_params, trim_ns), 86400, 10 * 365 * 86400.0, "none", NULL,
     "Within this time half of what pass_through left of the margin is brought back, either way; none: never."},
};

enum { TERM_COST, TERM_TRIM };
static const sp_law_term cost_plus_terms[] = {
    {"cost", true, true, SP_CLOCK_COST},
    {"trim", true, false, SP_CLOCK_COST},
};

enum { REASON_ROSE, REASON_FELL, REASON_STEADY, REASON_ROSE_KEPT, REASON_FELL_KEPT, REASON_UNKNOWN, REASON_TRIM };
static const char *const cost_plus_reasons[] = {
    "cost_rose",    "cost_fell", "cost_steady", "cost_rose_not_passed", "cost_fell_not_passed",
    "cost_unknown", "trim",      NULL,
};

static void cost_plus_init(void *state, const void *params)
{
	SP_ASSERT(state != NULL && params != NULL);
	*(cost_plus_state *)state = (cost_plus_state){0};
}

/* The level of the cost term [ppb of the sheet], held within the index's own range. */
static int64_t cost_plus_level(const cost_plus_state *s, int64_t pass_ppb, double units_per_usd)
{
	double level = (double)pass_ppb / (double)SP_NANO * (s->cost - s->carried) * units_per_usd * (double)SP_NANO;
	int64_t ppb = 0;
	sp_status status = sp_round_even(sp_clamp(level, -(double)SP_INDEX_MAX_PPB, (double)SP_INDEX_MAX_PPB), &ppb);
	SP_ASSERT(status == SP_OK);
	return ppb;
}

/* Cost as a part of the sheet [ppb]. */
static double cost_plus_of_sheet(const cost_plus_state *s)
{
	return s->cost * s->units_per_usd * (double)SP_NANO;
}

/* The level of the trim [ppb of the sheet], beside that of the cost term. */
static int64_t cost_plus_trim(const cost_plus_state *s, const cost_plus_params *p, const sp_law_input *input,
                              int64_t level)
{
	int64_t ppb = 0;
	if (p->trim_ns == SP_PARAM_NONE)
		return 0;
	double left = s->margin + cost_plus_of_sheet(s) - (double)input->told.ppb - (double)level;
	double part = 1 - sp_exp2(-(double)(input->now_ns - s->since_ns) / (double)p->trim_ns);
	double most = (double)SP_INDEX_MAX_PPB;
	sp_status status = sp_round_even(sp_clamp(sp_clamp(part, 0, 1) * left, -most, most), &ppb);
	SP_ASSERT(status == SP_OK);
	return ppb;
}

/* The first cost: what the price is above it is the margin to keep. */
static void cost_plus_begin(cost_plus_state *s, const sp_law_input *input)
{
	s->carried = s->carried_before = s->cost;
	s->margin = (double)input->told.ppb - cost_plus_of_sheet(s);
	s->since_ns = input->now_ns;
	s->known = 1;
}

/* The level wished for, and in s->share the part of the change in cost that it answers to. */
static int64_t cost_plus_wish(cost_plus_state *s, const cost_plus_params *p, const sp_law_input *input)
{
	bool rose = s->cost > s->carried;
	int64_t pass_ppb = rose ? p->up_ppb : p->down_ppb, waiting = input->told.ppb - input->in_force.ppb;
	int64_t level = cost_plus_level(s, pass_ppb, input->units_per_usd), back;

	s->share = pass_ppb > 0;
	if (rose || waiting <= 0)
		return level;
	back = cost_plus_level(s, p->up_ppb, input->units_per_usd);
	if (-back <= waiting) {
		s->share = back < 0 || pass_ppb > 0;
		return back < level ? back : level;
	}
	if (pass_ppb == 0)
		s->share = (double)waiting / -(double)back;
	return -waiting + (int64_t)((double)level * (1 - (double)waiting / -(double)back));
}

static unsigned cost_plus_reason(const cost_plus_state *s, int64_t level_ppb, int64_t trim_ppb)
{
	if (level_ppb != 0)
		return level_ppb > 0 ? REASON_ROSE : REASON_FELL;
	if (trim_ppb != 0)
		return REASON_TRIM;
	if (s->share > 0 || s->cost == s->carried)
		return REASON_STEADY;
	return s->cost > s->carried ? REASON_ROSE_KEPT : REASON_FELL_KEPT;
}

static void cost_plus_decide(const sp_law_input *input, void *state, const void *params, sp_wish *wish)
{
	cost_plus_state *s = state;
	const sp_reading *cost = &input->readings[SP_READING_COST];
	SP_ASSERT(input->units_per_usd >= 0 && sp_finite(input->units_per_usd));
	if (cost->answer.knowledge != SP_KNOWN) {
		wish->action = SP_LAW_REFUSE;
		wish->reason = cost_plus_reasons[REASON_UNKNOWN];
		return;
	}
	SP_ASSERT(sp_finite(cost->estimate.value));
	s->cost = sp_clamp(cost->estimate.value, -COST_PLUS_LARGEST, COST_PLUS_LARGEST);
	s->units_per_usd = input->units_per_usd;
	if (!s->known)
		cost_plus_begin(s, input);
	int64_t level_ppb = cost_plus_wish(s, params, input), trim_ppb = cost_plus_trim(s, params, input, level_ppb);
	wish->action = level_ppb == 0 && trim_ppb == 0 ? SP_LAW_HOLD : SP_LAW_MOVE;
	wish->reason = cost_plus_reasons[cost_plus_reason(s, level_ppb, trim_ppb)];
	wish->terms[TERM_COST] = (sp_term_wish){.exact = true, .amount = {level_ppb}};
	wish->terms[TERM_TRIM] = (sp_term_wish){.exact = true, .amount = {trim_ppb}};
}

static void cost_plus_told(const sp_told *told, void *state, const void *params)
{
	cost_plus_state *s = state;
	(void)params;
	SP_ASSERT(told->cost_passed >= 0 && told->cost_passed <= 1);
	if (!s->known)
		return;
	s->since_ns = told->now_ns;
	if (told->by == SP_TOLD_BY_HAND || told->by == SP_TOLD_OUTSIDE)
		s->margin = (double)told->after.ppb - cost_plus_of_sheet(s);
	if (told->by == SP_TOLD_WITHDRAWN) {
		s->carried = s->carried_before;
		return;
	}
	s->carried_before = s->carried;
	if (told->by != SP_TOLD_BY_LAW)
		s->carried = s->cost;
	else
		s->carried += told->cost_passed * s->share * (s->cost - s->carried);
	SP_ASSERT(sp_finite(s->carried));
}

extern const sp_law_ops sp_cost_plus;
const sp_law_ops sp_cost_plus = {
    .name = "cost_plus",
    .version = 2,
    .formula = "level = pass_through (cost - cost told) units_per_usd; trim = (1 - 2^(-since told / trim)) x what is "
               "left of the margin",
    .source = "pass-through of sellable-capacity cost, R23",
    .help = "Follows what a unit costs: for list prices that must not fall behind their cost.",
    .params = cost_plus_rows,
    .n_params = sizeof cost_plus_rows / sizeof *cost_plus_rows,
    .params_size = sizeof(cost_plus_params),
    .state_size = sizeof(cost_plus_state),
    .needs = SP_NEEDS(COST),
    .terms = cost_plus_terms,
    .n_terms = sizeof cost_plus_terms / sizeof *cost_plus_terms,
    .exogenous = 1u << TERM_COST,
    .reasons = cost_plus_reasons,
    .init = cost_plus_init,
    .decide = cost_plus_decide,
    .told = cost_plus_told,
};
