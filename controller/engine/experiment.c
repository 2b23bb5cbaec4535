/* experiment.c - blocks of an experiment in a family's turn, and what they teach; see experiment.h. */
#include "controller/engine/experiment.h"

#include "base/assert.h"
#include "base/math.h"
#include "base/rng.h"
#include "base/time.h"
#include "controller/engine/family.h"

#define EXPERIMENT_LOW      1.0 /* elasticities that are believed until one is measured */
#define EXPERIMENT_HIGH     3.0
#define EXPERIMENT_HIGHEST  10.0
#define EXPERIMENT_90       1.645 /* standard deviations either way that hold 90 % */
#define EXPERIMENT_LOSS_MAX 1e5   /* [USD/s]: SP_RATE_MAX of the portfolio */

static const char *const experiment_ends[] = {"runs", "done", "spent", "known", "interrupted", "stuck"};
_Static_assert(sizeof experiment_ends / sizeof *experiment_ends == SP_EXPERIMENT_ENDS, "a name for each end");

const char *sp_experiment_end_name(unsigned end)
{
	return end < SP_EXPERIMENT_ENDS ? experiment_ends[end] : NULL;
}

void sp_experiment_init(sp_experiment *experiment)
{
	SP_ASSERT(experiment != NULL);
	*experiment = (sp_experiment){.first_ns = SP_TIME_NEVER, .began_ns = SP_TIME_NEVER};
	sp_lag_init(&experiment->answer);
}

bool sp_experiment_is_on(const sp_experiment_setup *setup)
{
	return setup->size_ppb != SP_PARAM_NONE && setup->size_ppb > 0;
}

/* --- pure parts --- */

/* FNV-1a, 64 bits. */
static uint64_t experiment_hash(const char *text)
{
	uint64_t hash = UINT64_C(14695981039346656037);

	for (; *text; text++)
		hash = (hash ^ (uint8_t)*text) * UINT64_C(1099511628211);
	return hash;
}

int sp_experiment_sign(const char *family, uint32_t block)
{
	sp_rng rng;

	SP_ASSERT(family && block > 0);
	sp_rng_init(&rng, experiment_hash(family) ^ (UINT64_C(0x9e3779b97f4a7c15) * block));
	return sp_rng_next(&rng) >> 63 ? 1 : -1;
}

uint32_t sp_experiment_block(const sp_experiment_setup *setup, int64_t began_ns, int64_t now_ns)
{
	int64_t number;

	SP_ASSERT(now_ns >= began_ns && setup->block_ns > 0);
	number = (now_ns - began_ns) / setup->block_ns;
	return number < setup->blocks ? (uint32_t)number + 1 : 0;
}

int64_t sp_experiment_offset(int64_t base_ppb, int64_t size_ppb, int sign)
{
	int64_t offset = 0;
	sp_status status;

	SP_ASSERT(base_ppb > 0 && size_ppb > 0 && size_ppb < SP_NANO);
	status = sp_muldiv_floor(base_ppb, size_ppb, SP_NANO, &offset);
	SP_ASSERT(status == SP_OK);
	return sign * offset;
}

int64_t sp_experiment_room(int64_t term, int64_t law, int64_t step_low, int64_t step_high)
{
	int64_t up = step_high - law, down = step_low - law;

	SP_ASSERT(step_low <= 0 && step_high >= 0);
	if (term > 0)
		return up <= 0 ? 0 : term < up ? term : up;
	return down >= 0 ? 0 : term > down ? term : down;
}

int64_t sp_experiment_left(int64_t term, int64_t cut)
{
	int64_t left = term - cut;

	if (term >= 0)
		return left < 0 ? 0 : left > term ? term : left;
	return left > 0 ? 0 : left < term ? term : left;
}

static double experiment_loss_at(const sp_experiment_trade *t, double e)
{
	double at_base = t->demand * sp_exp(sp_clamp(e * sp_log(t->price / t->base), -50, 50));

	return (t->base - t->cost) * at_base - (t->price - t->cost) * t->demand;
}

/* In e it is convex or monotone: no e between the ends loses more. */
double sp_experiment_loss(const sp_experiment_trade *trade)
{
	double low, high;

	SP_ASSERT(trade->price > 0 && trade->base > 0 && trade->demand >= 0 && trade->low <= trade->high);
	low = experiment_loss_at(trade, trade->low);
	high = experiment_loss_at(trade, trade->high);
	return sp_clamp(low > high ? low : high, 0, EXPERIMENT_LOSS_MAX);
}

/* --- a family's --- */

sp_experiment *sp_experiment_of(const sp_engine *engine, uint32_t family)
{
	uint32_t slot = engine->fixed[family].experiment;

	return slot == SP_NO_SLOT ? NULL : &engine->experiments[slot];
}

static int64_t experiment_base(const sp_turn *turn)
{
	int64_t base = turn->state->book.told_ppb - turn->state->book.told_experiment_ppb;

	SP_ASSERT(base > 0);
	return base;
}

/* What elasticities the loss is counted at. */
static void experiment_believe(const sp_turn *turn, sp_experiment_trade *trade)
{
	const sp_reading *e = &turn->input->readings[SP_READING_ELASTICITY];
	double half;

	trade->low = EXPERIMENT_LOW;
	trade->high = EXPERIMENT_HIGH;
	if (e->answer.knowledge != SP_KNOWN)
		return;
	half = EXPERIMENT_90 * sp_sqrt(e->estimate.variance);
	trade->low = sp_clamp(e->estimate.value - half, 0, EXPERIMENT_HIGHEST);
	trade->high = sp_clamp(e->estimate.value + half, 0, EXPERIMENT_HIGHEST);
}

/* What an index costs each second, compared with one that is `offset` less [nano-USD/s]; 0 while demand is not known. */
static int64_t experiment_rate(const sp_turn *turn, int64_t index_ppb, int64_t offset_ppb)
{
	const sp_law_input *input = turn->input;
	const sp_reading *demand = &input->readings[SP_READING_DEMAND], *marginal = &input->readings[SP_READING_MARGINAL];
	sp_experiment_trade trade;
	int64_t nano = 0;
	sp_status status;

	if (offset_ppb == 0 || demand->answer.knowledge != SP_KNOWN || index_ppb <= offset_ppb)
		return 0;
	trade.demand = sp_clamp(demand->estimate.value, 0, 1e30);
	trade.price = sp_clamp((double)index_ppb / (double)SP_NANO * input->list_usd, 1e-30, 1e30);
	trade.base = sp_clamp((double)(index_ppb - offset_ppb) / (double)SP_NANO * input->list_usd, 1e-30, 1e30);
	trade.cost = marginal->answer.knowledge == SP_KNOWN ? sp_clamp(marginal->estimate.value, 0, 1e30) : 0;
	experiment_believe(turn, &trade);
	status = sp_round_even(sp_experiment_loss(&trade) * (double)SP_NANO, &nano);
	SP_ASSERT(status == SP_OK);
	return nano;
}

/* A rate over a time, and no more than a bucket of the ledger of dollars holds. */
static int64_t experiment_dollars(int64_t rate, int64_t span_ns)
{
	__int128 nano = (__int128)rate * span_ns / SP_SEC;

	return nano > SP_SPEND_BUCKET_MAX ? SP_SPEND_BUCKET_MAX : (int64_t)nano;
}

/* What was lost since the last tick is spent, whatever the mode: a reload may have left the price off its base. */
static void experiment_spend(sp_turn *turn, sp_experiment *x)
{
	const sp_family_book *book = &turn->state->book;
	sp_head *head = turn->engine->head;
	int64_t nano;

	if (!head->ticked || book->told_experiment_ppb == 0)
		return;
	nano = experiment_dollars(experiment_rate(turn, book->in_force_ppb, book->told_experiment_ppb),
	                          turn->now_ns - head->now_ns);
	if (x != NULL) /* a reload may have taken the experiment away, and what it left is off its base all the same */
		x->spent_nano = x->spent_nano > SP_SPEND_BUCKET_MAX ? x->spent_nano : x->spent_nano + nano;
	sp_spend_add(&head->explored, SP_BUDGET_SPAN_NS, turn->now_ns, nano);
}

/* --- what is learnt --- */

/* The part of the log price in force that demand did not cause: the experiment's, and what cost terms passed on, unless the law
 * reads marginal cost, which follows demand. */
static double experiment_moved(const sp_turn *turn)
{
	const sp_family_book *book = &turn->state->book;
	bool by_load = sp_law_needs(turn->setup->law, turn->setup->law_params) & SP_NEEDS(MARGINAL);
	int64_t rest = book->in_force_ppb - book->told_experiment_ppb - (by_load ? 0 : book->in_force_cost_ppb);

	if (rest < book->in_force_ppb / 100)
		rest = book->in_force_ppb / 100 > 0 ? book->in_force_ppb / 100 : 1;
	return sp_log((double)book->in_force_ppb / (double)rest);
}

/* Its own, measured, and not a gauge that is full. */
static bool experiment_sees(const sp_turn *turn)
{
	const sp_reading *demand = &turn->input->readings[SP_READING_DEMAND];

	return demand->answer.knowledge == SP_KNOWN && demand->clock != SP_CLOCK_STALE && !turn->input->censored &&
	       !turn->pool->apart && demand->estimate.variance <= 0 && demand->estimate.value > 0;
}

static void experiment_learn(sp_turn *turn, sp_experiment *x)
{
	const sp_family_book *book = &turn->state->book;
	double price = sp_log((double)book->in_force_ppb / (double)SP_NANO) + x->sheet;

	x->moved = experiment_moved(turn) + x->shift + x->sheet;
	if (!experiment_sees(turn)) {
		sp_lag_skip(&x->answer, turn->now_ns, price, x->moved);
		return;
	}
	if (x->first_ns == SP_TIME_NEVER)
		x->first_ns = turn->now_ns;
	sp_lag_see(&x->answer, turn->now_ns,
	           sp_log(sp_clamp(turn->input->readings[SP_READING_DEMAND].estimate.value, 1e-30, 1e30)), price, x->moved);
}

sp_reading sp_experiment_elasticity(const sp_turn *turn)
{
	const sp_experiment *x = sp_experiment_of(turn->engine, turn->family);
	sp_reading reading = {
	    .answer = {SP_NOT_IDENTIFIED, "nothing measures how buyers answer"},
	    .clock = turn->pool->clocks[SP_CLOCK_DEMAND].state,
	};

	if (x != NULL)
		reading.answer = sp_lag_elasticity(&x->answer, turn->now_ns, &reading.estimate);
	return reading;
}

/* --- when it begins and ends --- */

static bool experiment_may_run(const sp_turn *turn)
{
	return sp_experiment_is_on(&turn->setup->experiment) && turn->setup->mode == SP_MODE_AUTO &&
	       turn->setup->cuts == SP_CUTS_AUTO && turn->setup->rails.notice_ns == 0;
}

static bool experiment_known(const sp_turn *turn)
{
	const sp_reading *e = &turn->input->readings[SP_READING_ELASTICITY];
	double enough = turn->setup->experiment.enough;

	return e->answer.knowledge == SP_KNOWN && e->estimate.variance <= enough * enough;
}

/* The portfolio's budget holds what is left of the block at its wanted price. */
static bool experiment_is_paid(const sp_turn *turn, int64_t need_nano)
{
	int64_t budget = turn->engine->setup->explore_budget.nano;

	return budget == SP_PARAM_NONE ||
	       budget - sp_spend_sum(&turn->engine->head->explored, SP_BUDGET_SPAN_NS, turn->now_ns) > need_nano;
}

static void experiment_begin(const sp_turn *turn, sp_experiment *x)
{
	if (x->began_ns == SP_TIME_NEVER && x->first_ns != SP_TIME_NEVER && turn->state->book.n_pending == 0 &&
	    turn->now_ns - x->first_ns >= turn->setup->experiment.block_ns && experiment_sees(turn))
		x->began_ns = turn->now_ns;
}

/* What became of a block's draw: it might have moved the price and did not; it did. */
#define EXPERIMENT_STILL 1u
#define EXPERIMENT_MOVED 2u

static void experiment_enter(sp_experiment *x, uint32_t block)
{
	if (block != x->block)
		x->tried = 0;
	x->block = block;
}

static void experiment_finish(sp_experiment *x, sp_experiment_end end)
{
	SP_ASSERT(x->end == SP_EXPERIMENT_RUNS && end != SP_EXPERIMENT_RUNS);
	x->end = end;
	x->block = 0;
}

/* What is left of a block that runs [ns]. */
static int64_t experiment_ahead(const sp_turn *turn, const sp_experiment *x)
{
	int64_t block_ns = turn->setup->experiment.block_ns;

	return block_ns - (turn->now_ns - x->began_ns) % block_ns;
}

/* How long the price is off its base at most once it is to go home, where no promise holds it: until the next tick, then a step a
 * tick, and what the rates make wait [ns]. */
static __int128 experiment_way_home(const sp_turn *turn, int64_t offset)
{
	const sp_guardrails *rails = &turn->setup->rails;
	int64_t size = turn->setup->experiment.size_ppb, steps = 1;
	__int128 span;

	if (rails->max_step_ppb != SP_PARAM_NONE) {
		__int128 step = (__int128)(experiment_base(turn) - offset) * rails->max_step_ppb / SP_NANO;
		steps = step > 0 ? (int64_t)((offset + step - 1) / step) : offset;
	}
	span = (__int128)(steps + 1) * turn->engine->setup->period_ns;
	if (rails->max_per_hour_ppb != SP_PARAM_NONE && rails->max_per_hour_ppb > 0)
		span += (__int128)(size / rails->max_per_hour_ppb) * SP_HOUR;
	if (rails->max_per_day_ppb != SP_PARAM_NONE && rails->max_per_day_ppb > 0)
		span += (__int128)(size / rails->max_per_day_ppb) * SP_DAY;
	return span;
}

/* Looked at before it is spent: a block that begins fits whole into what is left, and at each tick the way home does. */
static bool experiment_affords(const sp_turn *turn, const sp_experiment *x, uint32_t block)
{
	const sp_family_book *book = &turn->state->book;
	int64_t base = experiment_base(turn), left = turn->setup->experiment.budget.nano - x->spent_nano;
	int64_t offset = sp_experiment_offset(base, turn->setup->experiment.size_ppb, 1);
	int64_t up = experiment_rate(turn, base + offset, offset), down = experiment_rate(turn, base - offset, -offset);
	int64_t now = experiment_rate(turn, book->in_force_ppb, book->told_experiment_ppb), rate = up > down ? up : down;
	__int128 span = experiment_way_home(turn, offset) + (block != x->block ? experiment_ahead(turn, x) : 0);

	return left > 0 && left > (__int128)(rate > now ? rate : now) * span / SP_SEC;
}

/* Brings it to now: it begins, goes on to its next block, or ends. */
static void experiment_go_on(const sp_turn *turn, sp_experiment *x)
{
	uint32_t block;

	if (x->end != SP_EXPERIMENT_RUNS)
		return;
	experiment_begin(turn, x);
	if (x->began_ns == SP_TIME_NEVER)
		return;
	block = sp_experiment_block(&turn->setup->experiment, x->began_ns, turn->now_ns);
	if (block == 0)
		experiment_finish(x, SP_EXPERIMENT_DONE);
	else if (block != x->block && experiment_known(turn))
		experiment_finish(x, SP_EXPERIMENT_KNOWN);
	else if (block != x->block && x->tried == EXPERIMENT_STILL)
		experiment_finish(x, SP_EXPERIMENT_STUCK);
	else if (!experiment_affords(turn, x, block))
		experiment_finish(x, SP_EXPERIMENT_SPENT);
	else
		experiment_enter(x, block);
}

/* The part of the told index that it wants to be its own. */
static int64_t experiment_wanted(sp_turn *turn, sp_experiment *x, int sign)
{
	int64_t base = experiment_base(turn), offset;

	if (x == NULL || x->block == 0 || turn->state->book.n_pending > 0)
		return 0;
	offset = sp_experiment_offset(base, turn->setup->experiment.size_ppb, sign);
	turn->explores_nano = experiment_dollars(experiment_rate(turn, base + offset, offset), experiment_ahead(turn, x));
	return experiment_is_paid(turn, turn->explores_nano) ? offset : 0;
}

/* Where a term leads: nowhere when the dead band or the grid holds it. */
static int64_t experiment_reaches(sp_turn *turn, int64_t term)
{
	sp_move move = turn->move;

	move.levels += term;
	sp_guardrails_saturate(&move, &turn->rails);
	return sp_rails_is_small(turn, sp_move_index(&move)) ? move.told : sp_move_index(&move);
}

static sp_interval experiment_meet(sp_interval room, sp_interval other, int64_t at)
{
	room.low = other.low - at > room.low ? other.low - at : room.low;
	room.high = other.high - at < room.high ? other.high - at : room.high;
	return room;
}

/* What it has gives way to the law; what it wants fits into what is left. Outside its bounds a price is led back by the rails. */
static int64_t experiment_fit(int64_t wanted, int64_t own, sp_interval room)
{
	int64_t term = sp_experiment_room(wanted - own, 0, room.low < 0 ? room.low : 0, room.high > 0 ? room.high : 0);

	if (own > 0 && term > room.high)
		return room.high > -own ? room.high : -own;
	if (own < 0 && term < room.low)
		return room.low < -own ? room.low : -own;
	return term;
}

/* As much as every saturating rail leaves beside the law's move, which they have cut already. */
static int64_t experiment_term(const sp_turn *turn, int64_t wanted)
{
	const sp_move *law = &turn->move;
	const sp_rails *rails = &turn->rails;
	int64_t index = sp_move_index(law), rest = index - law->told_cost - law->cost;
	sp_interval room = experiment_meet(SP_EVERYTHING, rails->bounds, index);

	room = experiment_meet(room, rails->step, index);
	room = experiment_meet(room, rails->rate_hour, rest);
	room = experiment_meet(room, rails->rate_day, rest);
	return experiment_fit(wanted, turn->state->book.told_experiment_ppb, room);
}

/* The way home alone, as far as the saturating rails let it go; 0: it does not go home. From outside the bounds they lead further. */
int64_t sp_experiment_home(const sp_turn *turn)
{
	sp_move home = {.told = turn->move.told, .told_cost = turn->move.told_cost};
	int64_t term = -turn->state->book.told_experiment_ppb;

	if (!turn->homes)
		return 0;
	home.levels = term;
	sp_guardrails_saturate(&home, &turn->rails);
	return sp_experiment_left(term, term - (sp_move_index(&home) - home.told));
}

/* Nothing is learnt while demand is stale: the price stands where it is, and goes home when the blocks are over. */
static bool experiment_waits(const sp_turn *turn, const sp_experiment *x)
{
	return x != NULL && x->block > 0 && turn->input->readings[SP_READING_DEMAND].clock == SP_CLOCK_STALE;
}

void sp_experiment_see(sp_turn *turn)
{
	sp_experiment *x = sp_experiment_of(turn->engine, turn->family);

	experiment_spend(turn, x);
	if (x == NULL)
		return;
	experiment_learn(turn, x);
	if (experiment_may_run(turn))
		experiment_go_on(turn, x);
	else
		x->block = 0;
}

void sp_experiment_ask(sp_turn *turn)
{
	sp_experiment *x = sp_experiment_of(turn->engine, turn->family);
	int64_t own = turn->state->book.told_experiment_ppb, wanted;
	int sign;

	if ((x == NULL && own == 0) || turn->by_hand || turn->outside != 0)
		return;
	if (x != NULL && x->block > 0)
		turn->decision->block = x->block;
	if (experiment_waits(turn, x) || turn->withdrawn || sp_engine_frozen(turn->engine, turn->family))
		return;
	sign = turn->decision->block > 0 ? sp_experiment_sign(turn->setup->id, x->block) : 1;
	wanted = experiment_wanted(turn, x, sign);
	turn->homes = wanted == 0 && own != 0 && turn->setup->mode == SP_MODE_AUTO;
	if (wanted == 0)
		turn->explores_nano = 0;
	if (wanted == 0 && own == 0)
		return;
	sp_rails_cut(turn);
	turn->experiment = experiment_term(turn, wanted);
	if (wanted != 0) {
		turn->other_sign = experiment_reaches(turn, experiment_term(turn, experiment_wanted(turn, x, -sign)));
		experiment_wanted(turn, x, sign); /* what this sign may cost is what counts */
	}
	turn->move.levels += turn->experiment;
	turn->asked = sp_move_index(&turn->move);
	turn->decision->wish.ppb += turn->experiment;
}

/* Rails that hold a move whatever its sign; those on raises alone let the other sign go. */
#define EXPERIMENT_HOLDS                                                                                         \
	(SP_RAIL_BIT(min_interval) | SP_RAIL_BIT(max_changes) | SP_RAIL_BIT(blackout) | SP_RAIL_BIT(revenue_share) | \
	 SP_RAIL_BIT(exploration) | SP_RAIL_BIT(frozen) | SP_RAIL_BIT(stale_demand) | SP_RAIL_BIT(last_check))

void sp_experiment_log(sp_turn *turn)
{
	sp_experiment *x = sp_experiment_of(turn->engine, turn->family);
	bool held = !turn->due || (turn->move.binds & EXPERIMENT_HOLDS), draws = !held && turn->other_sign != 0;

	if (turn->decision->block == 0)
		return;
	if (turn->state->book.told_experiment_ppb != 0 || (turn->experiment != 0 && sp_turn_leads(turn)))
		x->tried |= EXPERIMENT_MOVED;
	else if (draws)
		x->tried |= EXPERIMENT_STILL;
	if (x->drawn != x->block) /* what stands is of no draw yet */
		x->propensity_ppb = SP_NANO;
	x->drawn = x->block;
	if (draws)
		x->propensity_ppb = turn->other_sign != sp_move_index(&turn->move) ? SP_NANO / 2 : SP_NANO;
	turn->decision->propensity_ppb = x->propensity_ppb;
}

/* What the rails cut of the move they cut of the experiment first; the base stays at least half of the price. */
int64_t sp_experiment_told(const sp_turn *turn)
{
	int64_t index = sp_move_index(&turn->move), own = turn->state->book.told_experiment_ppb;
	int64_t part =
	    own + (turn->homed ? index - turn->move.told : sp_experiment_left(turn->experiment, turn->asked - index));

	return part < -index ? -index : part > index / 2 ? index / 2 : part;
}

void sp_experiment_remember(const sp_turn *turn)
{
	sp_experiment *x = sp_experiment_of(turn->engine, turn->family);

	if (x == NULL)
		return;
	x->former_shift = x->shift;
	x->former_end = x->end;
}

/* Nobody was told it: what was set interrupted nothing. What ended by itself stays ended. */
void sp_experiment_bar(const sp_engine *engine, uint32_t family)
{
	sp_experiment *x = sp_experiment_of(engine, family);

	if (x == NULL)
		return;
	x->shift = x->former_shift;
	if (x->end == SP_EXPERIMENT_INTERRUPTED)
		x->end = x->former_end;
}

/* A price was set: it is the base from now on, and what it moved was nobody's draw. */
void sp_experiment_set(sp_turn *turn)
{
	sp_experiment *x = sp_experiment_of(turn->engine, turn->family);

	turn->state->book.told_experiment_ppb = 0;
	if (x == NULL)
		return;
	x->shift = x->moved - x->sheet - experiment_moved(turn);
	if (x->end == SP_EXPERIMENT_RUNS && x->began_ns != SP_TIME_NEVER)
		experiment_finish(x, SP_EXPERIMENT_INTERRUPTED);
}

/* Under another configuration it goes on where it was; another experiment begins anew, and what was learnt stays. */
void sp_experiment_carry(sp_experiment *to, const sp_experiment *from, bool same, double sheet)
{
	SP_ASSERT(to && from && sp_finite(sheet));
	*to = *from;
	to->sheet += sheet;
	to->moved += sheet;
	if (same)
		return;
	to->began_ns = SP_TIME_NEVER;
	to->spent_nano = 0;
	to->end = SP_EXPERIMENT_RUNS;
	to->block = to->drawn = to->tried = 0;
}

bool sp_engine_experiment(const sp_engine *engine, uint32_t family, sp_experiment_report *report)
{
	const sp_experiment *x;
	sp_estimate e = {0};
	double half;

	SP_ASSERT(family < engine->setup->n_families && report);
	x = sp_experiment_of(engine, family);
	if (x == NULL)
		return false;
	*report = (sp_experiment_report){
	    .block = x->block,
	    .end = x->end,
	    .began_ns = x->began_ns,
	    .spent_nano = x->spent_nano,
	    .part_ppb = engine->families[family].book.told_experiment_ppb,
	    .elasticity.answer = sp_lag_elasticity(&x->answer, engine->head->now_ns, &e),
	};
	if (report->elasticity.answer.knowledge != SP_KNOWN)
		return true;
	report->elasticity.value = e.value;
	report->elasticity.sd = sp_sqrt(e.variance);
	half = EXPERIMENT_90 * report->elasticity.sd;
	report->low = e.value - half;
	report->high = e.value + half;
	return true;
}
