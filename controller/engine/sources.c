/* sources.c - two tellings of one load: what customers ask for times its weight (demand), and how full the GPUs are (the gauge).
 *
 * While they agree, within their errors and the pool's load_tolerance, the law is asked by demand, as ever. When they do not, at least
 * one is wrong and nobody knows which (estimators/agree.h). Then the law is asked by both, each time from the state it had:
 *
 *     both answers raise     that by the smaller load counts
 *     both cut, or hold      that by the larger
 *     else                   the price holds, "sources_disagree", and the law has not been asked
 *
 * So a wrong source alone moves no price, and none moves further than the other one bears out. A refusal is a refusal.
 *
 * A full gauge says "at least this much": more demand than it shows is no disagreement. */
#include "controller/engine/sources.h"

#include <string.h>

#include "base/assert.h"
#include "controller/engine/ask.h"
#include "controller/engine/pool.h"
#include "estimators/agree.h"

/* Of z: one in 370 by chance. The tolerance is the whole of what they may differ by, so that a third of it is one z. */
#define SOURCES_LIMIT 3.0

/* Laws that read a load of any kind. */
#define READS_LOAD (SP_NEEDS(LOAD) | SP_NEEDS(DEMAND) | SP_NEEDS(MARGINAL))

static bool both_fresh(const sp_engine *engine, uint32_t pool, int64_t now_ns)
{
	const sp_gauge *gauge = sp_pool_gauge(engine, pool, SP_KIND_utilization);
	int64_t oldest;

	return gauge->seen && sp_clock_fresh(&engine->setup->pools[pool], SP_CLOCK_DEMAND, gauge->t_ns, now_ns) &&
	       sp_pool_demand(engine, pool, now_ns, &oldest);
}

static bool disagree(const sp_engine *engine, uint32_t pool, int64_t now_ns, bool *gauge_is_larger)
{
	const sp_agree_rule rule = {
	    .limit = SOURCES_LIMIT,
	    .tolerance = (double)engine->setup->pools[pool].load_tolerance_ppb / (double)SP_NANO / SOURCES_LIMIT,
	};
	sp_reading demand = sp_ask_estimator(engine, pool, SP_POOL_LOAD, now_ns);
	sp_reading gauge = sp_ask_estimator(engine, pool, SP_POOL_GAUGED, now_ns);

	if (demand.answer.knowledge != SP_KNOWN || gauge.answer.knowledge != SP_KNOWN)
		return false;
	*gauge_is_larger = gauge.estimate.value > demand.estimate.value;
	if (engine->pools[pool].gauge_full && !*gauge_is_larger)
		return false;
	return !sp_agree(&demand.estimate, &gauge.estimate, &rule, SP_DIRECTION_HOLD).agree;
}

void sp_sources_tick(sp_engine *engine, uint32_t pool, int64_t now_ns, sp_tick *tick)
{
	sp_pool_state *state = &engine->pools[pool];
	sp_pool_scratch *scratch = &engine->pool_scratch[pool];

	SP_ASSERT(pool < engine->setup->n_pools);
	scratch->gauge_is_larger = false;
	scratch->apart = both_fresh(engine, pool, now_ns) && disagree(engine, pool, now_ns, &scratch->gauge_is_larger);
	sp_alarm_state(tick, &state->alarm_since_ns[SP_ALARM_sources_disagree], scratch->apart, SP_ALARM_sources_disagree,
	               engine->setup->pools[pool].id, now_ns);
}

/* --- asking --- */

static void fill_by(sp_turn *turn, sp_pool_estimator source)
{
	sp_ask_load(turn->engine, turn->setup->pool, source, turn->now_ns);
	sp_ask_family(turn);
}

static void ask_by(sp_turn *turn, sp_pool_estimator source)
{
	const sp_law_ops *law = turn->setup->law;

	fill_by(turn, source);
	memset(&turn->wish, 0, sizeof turn->wish);
	law->decide(turn->input, sp_engine_law_state(turn->engine, turn->family), turn->setup->law_params, &turn->wish);
	SP_ASSERT(turn->wish.reason != NULL && turn->wish.action <= SP_LAW_REFUSE);
}

/* Nothing moves: levels stay what they are. */
static void hold(sp_turn *turn)
{
	const sp_law_ops *law = turn->setup->law;

	turn->unsure = true;
	turn->wish.action = SP_LAW_HOLD;
	for (size_t i = 0; i < law->n_terms; i++)
		turn->wish.terms[i] = (sp_term_wish){.exact = true, .stays = true};
}

static int sign(int64_t x)
{
	return (x > 0) - (x < 0);
}

/* What is left in the input is that of the answer which counts, and of the smaller load where the price holds: rails read marginal cost there,
 * and a floor that rises with a load is a raise, too. */
static void ask_by_both(sp_turn *turn, sp_pool_estimator by_smaller, sp_pool_estimator by_larger)
{
	const size_t size = turn->setup->law->state_size;
	void *law = sp_engine_law_state(turn->engine, turn->family);
	_Alignas(8) uint8_t before[SP_LAW_STATE_MAX], after_smaller[SP_LAW_STATE_MAX];
	int64_t own = sp_ledger_own(turn->state, turn->setup->law);

	memcpy(before, law, size);
	ask_by(turn, by_smaller);
	sp_wish smaller = turn->wish;
	int to = sign(sp_ledger_would(turn) - own);
	memcpy(after_smaller, law, size);
	memcpy(law, before, size);
	ask_by(turn, by_larger);
	bool same = to == sign(sp_ledger_would(turn) - own);
	if (turn->wish.action == SP_LAW_REFUSE || (same && to <= 0 && smaller.action != SP_LAW_REFUSE))
		return;
	fill_by(turn, by_smaller);
	if (smaller.action == SP_LAW_REFUSE || same) {
		turn->wish = smaller;
		memcpy(law, after_smaller, size);
		return;
	}
	memcpy(law, before, size);
	hold(turn);
}

/* A law that is asked per change weighs the whole time since the last one: it may have seen a disagreement that has ended. */
static bool is_apart(const sp_turn *turn)
{
	const sp_law_ops *law = turn->setup->law;

	if (!(sp_law_needs(law, turn->setup->law_params) & READS_LOAD))
		return false;
	return turn->pool->apart || (law->per_change && turn->state->load_apart != 0);
}

/* Which tells more: now, or on the whole since the last change. */
static bool gauge_is_larger(const sp_turn *turn)
{
	return turn->setup->law->per_change ? turn->state->load_apart > 0 : turn->pool->gauge_is_larger;
}

void sp_sources_ask(sp_turn *turn)
{
	SP_ASSERT(!turn->unsure && turn->setup->law->state_size <= SP_LAW_STATE_MAX);
	if (!is_apart(turn))
		ask_by(turn, SP_POOL_LOAD);
	else if (gauge_is_larger(turn))
		ask_by_both(turn, SP_POOL_LOAD, SP_POOL_GAUGED);
	else
		ask_by_both(turn, SP_POOL_GAUGED, SP_POOL_LOAD);
}
