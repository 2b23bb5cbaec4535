/* blend.c - several laws as one: each is asked, and either all move the price by their weights, or the one that wants most.
 *
 *     weights    every term of every part, times the part's weight; weights add up to 100 %
 *     max, min   the index that the part wants that wants the highest (lowest) one; at the same index the first
 *
 * Terms keep their names and their kind, so the ledger says which cause moved the price, and cost keeps its own allowance. In
 * weights a part that goes to a goal (a table, a market) goes that share of the way with every change; a part that integrates is
 * that much slower and still arrives.
 *
 * In max and min a part that goes to a goal is compared by it, one that integrates by a step from where the price stands. So the
 * part that waits follows the price that the other one sets: it does not wind up, and takes over without a jump. When a goal takes
 * over, what was integrated before is taken back under the name `utilization`.
 *
 * Under max and min the load decides whose cost is the price's, so none of its terms is exogenous.
 *
 * told() reaches every part. In max and min a part hears, as `cost_passed`, what of its own wish the new price grants, whoever's
 * wish it was.
 *
 * While one part refuses, the blend does: nobody knows what the whole would be. A law that counts by changes cannot be a part. */
#include "policies/price/blend.h"

#include <string.h>

#include "base/assert.h"
#include "base/math.h"

enum {
	TERM_COST,
	TERM_TRIM,
	TERM_MARGINAL,
	TERM_MARKUP,
	TERM_MARKET,
	TERM_SCHEDULE,
	TERM_UTILIZATION,
	TERM_RECOVERY,
	TERMS,
	LEVELS = TERM_UTILIZATION /* so many are levels: the first */
};
static const sp_law_term blend_terms[TERMS] = {
    [TERM_COST] = {"cost", true, true, SP_CLOCK_COST},
    [TERM_TRIM] = {"trim", true, false, SP_CLOCK_COST},
    [TERM_MARGINAL] = {"marginal_cost", true, true, SP_CLOCK_COST},
    [TERM_MARKUP] = {"markup", true, false, SP_CLOCK_DEMAND},
    [TERM_MARKET] = {"market", true, false, SP_CLOCK_MARKET},
    [TERM_SCHEDULE] = {"schedule", true, false, SP_CLOCK_COST},
    [TERM_UTILIZATION] = {"utilization", false, false, SP_CLOCK_DEMAND},
    [TERM_RECOVERY] = {"recovery", false, false, SP_CLOCK_DEMAND},
};
_Static_assert(TERMS <= SP_LAW_TERMS_MAX, "a law has so many terms");

/* What a part wishes, by the blend's terms [ppb]. */
typedef struct blend_want {
	int64_t terms[TERMS];
	int64_t goal; /* the index */
	int64_t cost; /* of it, by cost terms */
} blend_want;

typedef struct blend_state {
	int64_t goal[SP_BLEND_PARTS], cost[SP_BLEND_PARTS];
	_Alignas(8) unsigned char parts[SP_BLEND_PARTS][SP_BLEND_STATE_MAX];
} blend_state;

static const char *const blend_hows[] = {"weights", "max", "min", NULL};
static const sp_param blend_rows[] = {
    {"how", SP_PARAM_CHOICE, "", offsetof(sp_blend, how), 0, 0, "weights", blend_hows,
     "Whether all laws move the price by their weights, or the one that wants the highest or the lowest."},
};

const sp_param sp_blend_part_params[] = {
    {"weight", SP_PARAM_RATIO, "", offsetof(sp_blend_part, weight_ppb), 0, 1, "0%", NULL,
     "The law's share of the move, with how: weights; they add up to 100%."},
};
const size_t sp_blend_part_n_params = sizeof sp_blend_part_params / sizeof *sp_blend_part_params;

enum { REASON_RAISE, REASON_LOWER, REASON_HOLD, REASON_REFUSED };
static const char *const blend_reasons[] = {
    "blend_above", "blend_below", "blend_holds", "first_refuses", "second_refuses", "third_refuses", NULL,
};

/* --- what a part may be --- */

/* The place of a part's term among the blend's; TERMS: none like it. */
static size_t blend_term(const sp_law_term *term)
{
	size_t i = 0;
	while (i < TERMS && (strcmp(blend_terms[i].name, term->name) != 0 || blend_terms[i].level != term->level ||
	                     blend_terms[i].cost != term->cost || blend_terms[i].clock != term->clock))
		i++;
	return i;
}

static sp_status blend_takes(const sp_law_ops *law, sp_message *message)
{
	if (law->asks != NULL)
		return sp_message_set(message, SP_E_RANGE, "a blend cannot be a part of a blend: list its laws here");
	if (law->per_change)
		return sp_message_set(message, SP_E_RANGE, "%s counts by changes of its own: it cannot be a part of a blend",
		                      law->name);
	if (law->params_size > SP_BLEND_PARAMS_MAX || law->state_size > SP_BLEND_STATE_MAX)
		return sp_message_set(message, SP_E_RANGE, "%s is too large to be a part of a blend", law->name);
	for (size_t i = 0; i < law->n_terms; i++)
		if (blend_term(&law->terms[i]) == TERMS)
			return sp_message_set(message, SP_E_RANGE,
			                      "%s cannot be a part of a blend: it has no place for the term %s", law->name,
			                      law->terms[i].name);
	return SP_OK;
}

const sp_law_ops *sp_blend_law(const sp_blend_part *part)
{
	SP_ASSERT(part->law > 0);
	for (uint32_t i = 0; i < part->law; i++)
		SP_ASSERT(sp_laws[i] != NULL);
	return sp_laws[part->law - 1];
}

sp_status sp_blend_set(sp_blend_part *part, const sp_law_ops *law, sp_message *message)
{
	sp_status status = blend_takes(law, message);
	if (status != SP_OK)
		return status;
	*part = (sp_blend_part){.law = 1};
	while (sp_laws[part->law - 1] != law) {
		SP_ASSERT(sp_laws[part->law - 1] != NULL);
		part->law++;
	}
	sp_params_init(law->params, law->n_params, part->params);
	return SP_OK;
}

static sp_status blend_check(const void *params, sp_message *message)
{
	const sp_blend *p = params;
	int64_t weights = 0;
	if (p->n < 2 || p->n > SP_BLEND_PARTS)
		return sp_message_set(message, SP_E_RANGE, "blend takes 2 to %d laws: list them under laws:", SP_BLEND_PARTS);
	for (uint32_t i = 0; i < p->n; i++) {
		const sp_law_ops *law = sp_blend_law(&p->parts[i]);
		sp_status status = blend_takes(law, message);
		if (status == SP_OK && law->check != NULL)
			status = law->check(p->parts[i].params, message);
		if (status != SP_OK)
			return status;
		weights += p->parts[i].weight_ppb;
	}
	if (p->how == SP_BLEND_WEIGHTS && weights != SP_NANO)
		return sp_message_set(message, SP_E_RANGE, "the weights of the blend's laws must add up to 100%%, not %g%%",
		                      (double)weights / 1e7);
	return SP_OK;
}

static uint32_t blend_asks(const void *params)
{
	const sp_blend *p = params;
	uint32_t needs = 0;
	for (uint32_t i = 0; i < p->n; i++)
		needs |= sp_law_needs(sp_blend_law(&p->parts[i]), p->parts[i].params);
	return needs;
}

static void blend_init(void *state, const void *params)
{
	const sp_blend *p = params;
	blend_state *s = state;
	SP_ASSERT(state != NULL && p->n <= SP_BLEND_PARTS);
	memset(s, 0, sizeof *s);
	for (uint32_t i = 0; i < p->n; i++)
		sp_blend_law(&p->parts[i])->init(s->parts[i], p->parts[i].params);
}

/* --- asking --- */

static int64_t blend_within(int64_t ppb)
{
	return ppb < -SP_INDEX_MAX_PPB ? -SP_INDEX_MAX_PPB : ppb > SP_INDEX_MAX_PPB ? SP_INDEX_MAX_PPB : ppb;
}

static int64_t blend_whole(double x)
{
	int64_t whole = 0;
	sp_status status = sp_round_even(sp_clamp(x, -(double)SP_INDEX_MAX_PPB, (double)SP_INDEX_MAX_PPB), &whole);
	SP_ASSERT(status == SP_OK);
	return whole;
}

/* What a part's term adds to the index [ppb]. */
static int64_t blend_amount(const sp_term_wish *term, int64_t own_ppb)
{
	if (term->exact)
		return blend_within(term->amount.ppb);
	SP_ASSERT(sp_finite(term->log_ratio));
	return blend_whole((double)own_ppb * (sp_exp(sp_clamp(term->log_ratio, -50, 50)) - 1));
}

/* A part's wish in the blend's terms. Levels count on hold too. */
static blend_want blend_read(const sp_law_ops *law, const sp_wish *wish, const sp_law_input *input)
{
	blend_want want = {{0}, 0, 0};
	bool to_goal = false;
	int64_t levels = 0, steps = 0;
	for (size_t i = 0; i < law->n_terms; i++) {
		size_t at = blend_term(&law->terms[i]);
		SP_ASSERT(at < TERMS);
		to_goal = to_goal || law->terms[i].level;
		if (!law->terms[i].level && wish->action != SP_LAW_MOVE)
			continue;
		want.terms[at] = blend_amount(&wish->terms[i], input->own.ppb);
		levels += law->terms[i].level ? want.terms[at] : 0;
		steps += law->terms[i].level ? 0 : want.terms[at];
		want.cost += law->terms[i].cost ? want.terms[at] : 0;
	}
	want.goal = (to_goal ? input->told.ppb : input->own.ppb) + levels + steps;
	return want;
}

/* Asks every part; the place of the first that refuses, or n. All are asked, so that each knows what time it is. */
static uint32_t blend_ask(const sp_blend *p, blend_state *s, const sp_law_input *input,
                          blend_want wants[SP_BLEND_PARTS])
{
	uint32_t refused = p->n;
	for (uint32_t i = 0; i < p->n; i++) {
		const sp_law_ops *law = sp_blend_law(&p->parts[i]);
		sp_wish wish = {.action = SP_LAW_HOLD};
		law->decide(input, s->parts[i], p->parts[i].params, &wish);
		SP_ASSERT(wish.reason != NULL);
		if (wish.action == SP_LAW_REFUSE && refused == p->n)
			refused = i;
		wants[i] = blend_read(law, &wish, input);
	}
	return refused;
}

/* --- putting together --- */

static void blend_weigh(const sp_blend *p, const blend_want *wants, int64_t terms[TERMS])
{
	for (int t = 0; t < TERMS; t++) {
		double sum = 0;
		for (uint32_t i = 0; i < p->n; i++)
			sum += (double)p->parts[i].weight_ppb / (double)SP_NANO * (double)wants[i].terms[t];
		terms[t] = blend_whole(sum);
	}
}

static uint32_t blend_first(const sp_blend *p, const blend_want *wants)
{
	uint32_t best = 0;
	for (uint32_t i = 1; i < p->n; i++)
		if (p->how == SP_BLEND_MAX ? wants[i].goal > wants[best].goal : wants[i].goal < wants[best].goal)
			best = i;
	return best;
}

static bool blend_has_level(const sp_law_ops *law)
{
	bool level = false;
	for (size_t i = 0; i < law->n_terms; i++)
		level = level || law->terms[i].level;
	return level;
}

/* One part's wish alone: a goal takes back what others have integrated, a step leaves the levels of others where they are. Counted by what
 * is booked: of a level that the engine damped, or that waits, nothing was integrated against it. Returns whether levels stay. */
static bool blend_select(const sp_blend *p, const sp_law_input *input, const blend_want *wants, int64_t terms[TERMS])
{
	uint32_t best = blend_first(p, wants);
	int64_t integrated = input->own.ppb - input->told.ppb;
	memcpy(terms, wants[best].terms, sizeof wants[best].terms);
	for (int t = 0; t < LEVELS; t++)
		integrated -= input->booked[t].ppb;
	if (blend_has_level(sp_blend_law(&p->parts[best]))) {
		terms[TERM_UTILIZATION] = blend_within(terms[TERM_UTILIZATION] - integrated);
		return false;
	}
	for (int t = 0; t < LEVELS; t++)
		terms[t] = input->booked[t].ppb;
	return true;
}

static void blend_answer(const sp_law_input *input, const int64_t terms[TERMS], bool levels_stay, sp_wish *wish)
{
	int64_t levels = input->told.ppb, before = input->told.ppb, steps = 0;
	bool moves = false;
	for (int t = 0; t < TERMS; t++) {
		wish->terms[t] = (sp_term_wish){.exact = true, .stays = levels_stay && t < LEVELS, .amount = {terms[t]}};
		moves = moves || terms[t] != 0;
		if (t < LEVELS) {
			levels += terms[t];
			before += input->booked[t].ppb;
		} else {
			steps += terms[t];
		}
	}
	int64_t whole = input->own.ppb + steps + (levels - before) - input->told.ppb;
	wish->action = moves ? SP_LAW_MOVE : SP_LAW_HOLD;
	wish->reason = blend_reasons[whole > 0 ? REASON_RAISE : whole < 0 ? REASON_LOWER : REASON_HOLD];
}

static void blend_decide(const sp_law_input *input, void *state, const void *params, sp_wish *wish)
{
	const sp_blend *p = params;
	blend_state *s = state;
	blend_want wants[SP_BLEND_PARTS];
	int64_t terms[TERMS] = {0};
	bool levels_stay = false;
	SP_ASSERT(p->n >= 1 && p->n <= SP_BLEND_PARTS);
	uint32_t refused = blend_ask(p, s, input, wants);
	if (refused < p->n) {
		wish->action = SP_LAW_REFUSE;
		wish->reason = blend_reasons[REASON_REFUSED + refused];
		return;
	}
	for (uint32_t i = 0; i < p->n; i++) {
		s->goal[i] = wants[i].goal;
		s->cost[i] = wants[i].cost;
	}
	if (p->how == SP_BLEND_WEIGHTS)
		blend_weigh(p, wants, terms);
	else
		levels_stay = blend_select(p, input, wants, terms);
	blend_answer(input, terms, levels_stay, wish);
}

/* Of what a part wished, how much the new price grants. */
static double blend_passed(const blend_state *s, const sp_blend *p, uint32_t part, const sp_told *told)
{
	if (p->how == SP_BLEND_WEIGHTS || told->by != SP_TOLD_BY_LAW)
		return told->cost_passed;
	if (s->cost[part] == 0 || s->goal[part] == told->before.ppb)
		return 1;
	return sp_clamp((double)(told->after.ppb - told->before.ppb) / (double)(s->goal[part] - told->before.ppb), 0, 1);
}

static void blend_told(const sp_told *told, void *state, const void *params)
{
	const sp_blend *p = params;
	blend_state *s = state;
	SP_ASSERT(told->cost_passed >= 0 && told->cost_passed <= 1);
	for (uint32_t i = 0; i < p->n; i++) {
		const sp_law_ops *law = sp_blend_law(&p->parts[i]);
		sp_told part = *told;
		part.cost_passed = blend_passed(s, p, i, told);
		if (law->told != NULL)
			law->told(&part, s->parts[i], p->parts[i].params);
	}
}

extern const sp_law_ops sp_blend_ops;
const sp_law_ops sp_blend_ops = {
    .name = "blend",
    .version = 2,
    .formula = "the sum of weight x move of every law, or the highest or lowest index that any of them wants",
    .source = "override control with external reset, Shinskey 1996",
    .help = "Several laws as one: a table and a cost, a market and a floor of cost, by weights, max or min.",
    .params = blend_rows,
    .n_params = sizeof blend_rows / sizeof *blend_rows,
    .params_size = sizeof(sp_blend),
    .state_size = sizeof(blend_state),
    .needs = (1u << SP_READINGS) - 1,
    .terms = blend_terms,
    .n_terms = TERMS,
    .reasons = blend_reasons,
    .check = blend_check,
    .asks = blend_asks,
    .init = blend_init,
    .decide = blend_decide,
    .told = blend_told,
};
