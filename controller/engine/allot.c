/* allot.c - the portfolio's rails in a tick: which of the families that are about to tell customers another price may (P10).
 *
 * Every family is asked first. What a family turns over is what its SKUs offer, at sheet prices; where nobody says that, it counts as
 * the mean of those that are known. The turns that would tell wait here, get a stake each (portfolio.h), are admitted in the order
 * of their stakes, and are decided in the order in which they were asked: a family whose prices another's bound after that one. What only observes or proposes tells nobody and takes no room. */
#include "base/assert.h"
#include "base/time.h"
#include "controller/engine/family.h"
#include "controller/engine/portfolio.h"

/* What a family turns over at this tick. */
typedef struct allot_takings {
	int64_t sheet;    /* at index 1 [nano-USD/s]; SP_PARAM_NONE: nobody says */
	int64_t marginal; /* marginal cost as a part of the sheet [ppb]; 0: not known */
} allot_takings;

struct sp_allot {
	uint32_t n_waiting;
	allot_takings *takings; /* [families] */
	sp_stake *stakes;       /* [families], of those that wait */
	sp_turn *waiting;       /* [families] */
};

/* --- memory: the three tables behind the head, the strictest alignment first --- */

_Static_assert(sizeof(struct sp_allot) % 8 == 0 && sizeof(sp_turn) % 8 == 0 && sizeof(sp_stake) % 8 == 0, "packed");

size_t sp_allot_size(const sp_setup *setup)
{
	if (!sp_setup_has_portfolio(setup))
		return 0;
	return sizeof(struct sp_allot) + setup->n_families * (sizeof(sp_turn) + sizeof(sp_stake) + sizeof(allot_takings));
}

struct sp_allot *sp_allot_init(void *memory, const sp_setup *setup)
{
	struct sp_allot *allot = memory;

	if (!sp_setup_has_portfolio(setup))
		return NULL;
	allot->n_waiting = 0;
	allot->waiting = (sp_turn *)(void *)(allot + 1);
	allot->stakes = (sp_stake *)(void *)(allot->waiting + setup->n_families);
	allot->takings = (allot_takings *)(void *)(allot->stakes + setup->n_families);
	return allot;
}

/* --- what a family turns over --- */

/* By SKU, else by the load of the family as a whole. */
static int64_t allot_sheet(const sp_turn *turn)
{
	const sp_sku_setup *skus = turn->engine->setup->skus;
	double usd_per_s = 0;
	int64_t nano;

	if (!turn->state->has_demand)
		return SP_PARAM_NONE;
	for (uint32_t i = turn->setup->first_sku; i < turn->setup->first_sku + turn->setup->n_skus; i++)
		usd_per_s += turn->engine->skus[i].offered / skus[i].quantity * ((double)skus[i].sheet.nano / (double)SP_NANO);
	if (!(usd_per_s > 0) && turn->fixed->units_per_usd > 0)
		usd_per_s = turn->state->load / turn->fixed->units_per_usd;
	if (sp_round_even(usd_per_s * (double)SP_NANO, &nano) != SP_OK || nano > SP_RATE_MAX)
		return SP_RATE_MAX;
	return nano;
}

/* Those of which nobody says what they sell count as the mean of the others; where nobody says anything, all count the same. */
static void allot_fill_unknown(struct sp_allot *allot, uint32_t n)
{
	int64_t total = 0, known = 0, mean;

	for (uint32_t i = 0; i < n; i++) {
		total += allot->takings[i].sheet != SP_PARAM_NONE ? allot->takings[i].sheet : 0;
		known += allot->takings[i].sheet != SP_PARAM_NONE;
	}
	mean = known > 0 ? total / known : SP_NANO;
	for (uint32_t i = 0; i < n; i++) {
		if (allot->takings[i].sheet == SP_PARAM_NONE)
			allot->takings[i] = (allot_takings){mean, 0}; /* nobody counted a loss either */
	}
}

/* What a family loses to selling below marginal cost at this index [nano-USD/s]. */
static int64_t allot_loss_at(const allot_takings *takings, int64_t index_ppb)
{
	return sp_portfolio_rate(takings->sheet, takings->marginal - index_ppb);
}

static bool allot_has_moved(const sp_engine *engine, uint32_t family, int64_t now_ns)
{
	int64_t moved_ns = engine->families[family].moved_ns;

	return moved_ns != SP_TIME_NEVER && now_ns - moved_ns < engine->setup->revenue_window_ns;
}

/* --- the room that is left --- */

/* What was lost below cost since the last tick is spent. */
static void allot_spend(sp_engine *engine, int64_t now_ns)
{
	const struct sp_allot *allot = engine->allot;
	__int128 lost = 0;

	if (!engine->head->ticked)
		return;
	for (uint32_t i = 0; i < engine->setup->n_families; i++) {
		if (engine->setup->families[i].mode == SP_MODE_AUTO)
			lost += allot_loss_at(&allot->takings[i], engine->families[i].book.in_force_ppb);
	}
	lost = lost * (now_ns - engine->head->now_ns) / SP_SEC;
	sp_spend_add(&engine->head->below_cost, SP_BUDGET_SPAN_NS, now_ns,
	             lost > SP_SPEND_BUCKET_MAX ? SP_SPEND_BUCKET_MAX : (int64_t)lost);
}

static sp_portfolio allot_portfolio(const sp_engine *engine, int64_t now_ns)
{
	const sp_setup *setup = engine->setup;
	int64_t total = 0, moved = 0;

	for (uint32_t i = 0; i < setup->n_families; i++) {
		int64_t revenue = sp_portfolio_rate(engine->allot->takings[i].sheet, engine->families[i].book.in_force_ppb);
		total += revenue;
		moved += allot_has_moved(engine, i, now_ns) ? revenue : 0;
	}
	return (sp_portfolio){
	    .revenue = sp_portfolio_room(total, moved, setup->revenue_share_ppb),
	    .below_nano = sp_portfolio_budget(setup->below_cost_budget.nano,
	                                      sp_spend_sum(&engine->head->below_cost, SP_BUDGET_SPAN_NS, now_ns)),
	    .explore_nano = sp_portfolio_budget(setup->explore_budget.nano,
	                                        sp_spend_sum(&engine->head->explored, SP_BUDGET_SPAN_NS, now_ns)),
	};
}

/* --- stakes --- */

static sp_stake allot_stake(const sp_turn *turn, uint32_t place)
{
	const allot_takings *takings = &turn->engine->allot->takings[turn->family];
	int64_t index = sp_move_index(&turn->move), told = turn->move.told, off = index - told;

	return (sp_stake){
	    .family = turn->family,
	    .place = place,
	    .loss = sp_portfolio_rate(takings->sheet, off < 0 ? -off : off),
	    .revenue = sp_portfolio_rate(takings->sheet, turn->state->book.in_force_ppb),
	    .explores_nano = turn->experiment != 0 ? turn->explores_nano : 0,
	    .deepens = allot_loss_at(takings, index) - allot_loss_at(takings, told),
	    .moved = allot_has_moved(turn->engine, turn->family, turn->now_ns),
	};
}

bool sp_allot_keeps(const sp_turn *turn)
{
	struct sp_allot *allot = turn->engine->allot;
	sp_outcome outcome;

	if (allot == NULL)
		return false;
	allot->takings[turn->family] = (allot_takings){allot_sheet(turn), turn->marginal_ppb};
	outcome = sp_family_outcome(turn);
	if ((outcome != SP_OUTCOME_ANNOUNCED && outcome != SP_OUTCOME_PUBLISHED) || sp_rails_withdraws(turn))
		return false;
	allot->waiting[allot->n_waiting++] = *turn;
	return true;
}

static void allot_hold(sp_turn *turn, sp_rail rail)
{
	turn->move.binds &= ~SP_RAIL_BIT(notice); /* nothing is announced */
	sp_rails_hold(turn, rail);
}

void sp_allot_decide(sp_engine *engine, sp_tick *tick)
{
	struct sp_allot *allot = engine->allot;
	sp_portfolio portfolio;

	if (allot == NULL)
		return;
	SP_ASSERT(allot->n_waiting <= tick->n_families);
	allot_fill_unknown(allot, tick->n_families);
	allot_spend(engine, tick->t_ns);
	portfolio = allot_portfolio(engine, tick->t_ns);
	for (uint32_t i = 0; i < allot->n_waiting; i++)
		allot->stakes[i] = allot_stake(&allot->waiting[i], i);
	sp_portfolio_sort(allot->stakes, allot->n_waiting);
	for (uint32_t i = 0; i < allot->n_waiting; i++) {
		sp_rail rail = sp_portfolio_admit(&portfolio, &allot->stakes[i]);
		if (rail != SP_RAILS)
			allot_hold(&allot->waiting[allot->stakes[i].place], rail);
	}
	for (uint32_t i = 0; i < allot->n_waiting; i++)
		sp_family_decide(&allot->waiting[i]);
	allot->n_waiting = 0;
}
