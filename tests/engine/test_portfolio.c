/* test_portfolio.c - the rails over all families together: who goes first, what is left, and P10. */
#include <string.h>

#include "controller/engine/portfolio.h"
#include "controller/engine/spend.h"
#include "controller/engine/state.h"
#include "tests/engine/world.h"

#define POINT (SP_NANO / 100)

/* --- pure parts --- */

static void stakes_are_sorted_by_loss_and_then_by_family(void **state)
{
	sp_stake stakes[200];
	sp_rng rng;

	(void)state;
	sp_check_seed(__func__, &rng);
	for (uint32_t n = 0; n <= 200; n++) {
		uint64_t seen = 0;
		for (uint32_t i = 0; i < n; i++)
			stakes[i] = (sp_stake){.family = (i * 77 + n) % 201, .loss = (int64_t)sp_rng_below(&rng, 12), .place = i};
		sp_portfolio_sort(stakes, n);
		for (uint32_t i = 0; i < n; i++) {
			seen += stakes[i].place;
			if (i > 0)
				check_true(stakes[i - 1].loss > stakes[i].loss ||
				           (stakes[i - 1].loss == stakes[i].loss && stakes[i - 1].family < stakes[i].family));
		}
		check_u64(seen, n * (uint64_t)(n > 0 ? n - 1 : 0) / 2);
	}
}

static void room_budget_and_rate_are_worked_by_hand(void **state)
{
	(void)state;
	check_i64(sp_portfolio_room(1001, 40, 20 * POINT), 160);
	check_i64(sp_portfolio_room(100, 40, 20 * POINT), -20);
	check_i64(sp_portfolio_room(0, 0, 20 * POINT), 0);
	check_i64(sp_portfolio_room(100, 40, SP_PARAM_NONE), INT64_MAX);
	check_i64(sp_portfolio_room(10000 * SP_RATE_MAX, 0, SP_NANO), 10000 * SP_RATE_MAX);
	check_i64(sp_portfolio_budget(100, 30), 70);
	check_i64(sp_portfolio_budget(100, 130), -30);
	check_i64(sp_portfolio_budget(SP_PARAM_NONE, 30), INT64_MAX);
	check_i64(sp_portfolio_rate(1999, SP_NANO / 2), 999);
	check_i64(sp_portfolio_rate(1999, -SP_NANO), 0);
	check_i64(sp_portfolio_rate(SP_RATE_MAX, SP_NANO), SP_RATE_MAX);
	check_i64(sp_portfolio_rate(SP_RATE_MAX, SP_NANO + 1), SP_RATE_MAX);
	check_i64(sp_portfolio_rate(SP_RATE_MAX, SP_INDEX_MAX_PPB), SP_RATE_MAX);
}

#define ALL INT64_MAX

/* A day of one nano-USD a second below cost. */
#define DAY_BELOW INT64_C(86400)

static void each_rail_admits_up_to_its_room_and_takes_it(void **state)
{
	static const struct {
		sp_portfolio before;
		sp_stake stake;
		int rail;
		sp_portfolio after;
	} rows[] = {
	    {{ALL, ALL, ALL}, {.revenue = 5, .deepens = 1, .explores_nano = 1}, SP_RAILS, {ALL, ALL, ALL}},
	    {{5, ALL, ALL}, {.revenue = 5}, SP_RAILS, {0, ALL, ALL}},
	    {{4, ALL, ALL}, {.revenue = 5}, SP_RAIL_revenue_share, {4, ALL, ALL}},
	    {{-4, ALL, ALL}, {.revenue = 5, .moved = true}, SP_RAILS, {-4, ALL, ALL}},
	    {{-4, ALL, ALL}, {.revenue = 0}, SP_RAILS, {-4, ALL, ALL}},
	    {{-4, ALL, ALL}, {.revenue = 1}, SP_RAIL_revenue_share, {-4, ALL, ALL}},
	    {{ALL, 2 * DAY_BELOW, ALL}, {.deepens = 2}, SP_RAILS, {ALL, 0, ALL}},
	    {{ALL, 2 * DAY_BELOW - 1, ALL}, {.deepens = 2}, SP_RAIL_below_cost, {ALL, 2 * DAY_BELOW - 1, ALL}},
	    {{ALL, -1, ALL}, {.deepens = -2}, SP_RAILS, {ALL, -1, ALL}},
	    {{ALL, -1, ALL}, {.deepens = 0}, SP_RAILS, {ALL, -1, ALL}},
	    {{ALL, 0, ALL}, {.deepens = 1}, SP_RAIL_below_cost, {ALL, 0, ALL}},
	    {{ALL, ALL, 7}, {.explores_nano = 7}, SP_RAILS, {ALL, ALL, 0}},
	    {{ALL, ALL, 7}, {.explores_nano = 8}, SP_RAIL_exploration, {ALL, ALL, 7}},
	    {{ALL, ALL, -7}, {.explores_nano = 0}, SP_RAILS, {ALL, ALL, -7}},
	    {{ALL, ALL, 0}, {.explores_nano = 1}, SP_RAIL_exploration, {ALL, ALL, 0}},
	    {{0, 0, 0}, {.revenue = 1, .deepens = 1, .explores_nano = 1}, SP_RAIL_revenue_share, {0, 0, 0}},
	    {{1, 0, 0}, {.revenue = 1, .deepens = 1, .explores_nano = 1}, SP_RAIL_below_cost, {1, 0, 0}},
	    {{1, DAY_BELOW, 0}, {.revenue = 1, .deepens = 1, .explores_nano = 1}, SP_RAIL_exploration, {1, DAY_BELOW, 0}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		sp_portfolio p = rows[i].before;
		check_i64(sp_portfolio_admit(&p, &rows[i].stake), rows[i].rail);
		check_i64(p.revenue, rows[i].after.revenue);
		check_i64(p.below_nano, rows[i].after.below_nano);
		check_i64(p.explore_nano, rows[i].after.explore_nano);
	}
}

/* --- the ledger of spent dollars, against a list of everything --- */

static void what_was_spent_counts_for_the_whole_span_and_at_most_a_bucket_longer(void **state)
{
	const int64_t span = 63 * SP_HOUR; /* buckets of an hour */
	sp_spend spend = {0};

	(void)state;
	sp_spend_add(&spend, span, 100 * SP_HOUR, 5);
	sp_spend_add(&spend, span, 101 * SP_HOUR - 1, 2);
	check_i64(sp_spend_sum(&spend, span, 101 * SP_HOUR - 1), 7);
	sp_spend_add(&spend, span, 101 * SP_HOUR, 1);
	check_i64(sp_spend_sum(&spend, span, 101 * SP_HOUR), 8);
	check_i64(sp_spend_sum(&spend, span, 164 * SP_HOUR - 1), 8);
	check_i64(sp_spend_sum(&spend, span, 164 * SP_HOUR), 1);
	check_i64(sp_spend_sum(&spend, span, 165 * SP_HOUR), 0);
	sp_spend_add(&spend, span, 164 * SP_HOUR, 3); /* where the first stood */
	check_i64(sp_spend_sum(&spend, span, 164 * SP_HOUR), 4);
	sp_spend_add(&spend, span, 165 * SP_HOUR, INT64_MAX);
	sp_spend_add(&spend, span, 165 * SP_HOUR, INT64_MAX);
	check_i64(sp_spend_sum(&spend, span, 165 * SP_HOUR), SP_SPEND_BUCKET_MAX + 3);
	sp_spend_add(&spend, span, 166 * SP_HOUR, SP_SPEND_BUCKET_MAX - 5);
	sp_spend_add(&spend, span, 166 * SP_HOUR, 10);
	check_i64(sp_spend_sum(&spend, span, 166 * SP_HOUR), 2 * SP_SPEND_BUCKET_MAX + 3);
}

static void a_span_that_64_buckets_do_not_divide_is_never_forgotten_too_soon(void **state)
{
	struct {
		int64_t t_ns, nano;
	} all[600];
	sp_rng rng;

	(void)state;
	sp_check_seed(__func__, &rng);
	for (int round = 0; round < 50; round++) {
		int64_t span = 1 + (int64_t)sp_rng_below(&rng, 10000), now = 0;
		sp_spend spend = {0};
		for (int n = 0; n < 600; n++) {
			int64_t least = 0, most = 0, sum, width = (span + 62) / 63;
			now += (int64_t)sp_rng_below(&rng, (uint64_t)span / 10 + 2);
			all[n].t_ns = now;
			all[n].nano = (int64_t)sp_rng_below(&rng, 100);
			sp_spend_add(&spend, span, now, all[n].nano);
			for (int i = 0; i <= n; i++) {
				least += all[i].t_ns > now - span ? all[i].nano : 0;
				most += all[i].t_ns > now - SP_SPEND_BUCKETS * width ? all[i].nano : 0;
			}
			sum = sp_spend_sum(&spend, span, now);
			check_true(sum >= least && sum <= most);
		}
	}
}

/* --- in the engine --- */

/* Families a … f of two SKUs each, every one of which sells so much [1M tokens/s] of each. */
static const char *const family_ids[] = {"f", "g", "h", "i", "j"};
#define FAMILIES 5

static void portfolio_world(world *w, int64_t share_ppb, int64_t below_nano)
{
	world_init(w);
	for (int i = 1; i < FAMILIES; i++)
		world_add_family(w, family_ids[i], 0);
	w->lots[0].gpus = 1000000; /* all of it is believable */
	w->setup.revenue_share_ppb = share_ppb;
	w->setup.below_cost_budget.nano = below_nano;
	world_build(w);
}

static void sells(world *w, uint32_t family, double units)
{
	for (uint32_t i = 2 * family; i < 2 * family + 2; i++)
		check_i64(world_send(w, SP_KIND_demand, w->skus[i].id, units * 1e6), SP_REFUSED_none);
}

static uint32_t moved_families(const world *w)
{
	uint32_t moved = 0;

	for (uint32_t i = 0; i < w->tick->n_families; i++)
		moved |= (uint32_t)(w->tick->decisions[i].index.ppb != w->tick->decisions[i].before.ppb) << i;
	return moved;
}

static void p10_the_family_that_loses_most_by_waiting_goes_first(void **state)
{
	world w;
	const sp_decision *d;

	(void)state;
	portfolio_world(&w, 40 * POINT, SP_PARAM_NONE);
	for (uint32_t i = 0; i < FAMILIES; i++)
		sells(&w, i, (double[]){10, 30, 20, 5, 35}[i]); /* of 100 */
	world_step(&w);
	world_push(&w, POINT);
	check_u64(moved_families(&w), 1u << 4 | 1u << 3); /* 35, then 30, 20 and 10 do not fit, then 5 */
	d = &w.tick->decisions[1];
	check_u64(d->binds, SP_RAIL_BIT(revenue_share));
	check_i64(d->outcome, SP_OUTCOME_HELD);
	check_u64(d->n_prices, 0);
	check_i64(d->wish.ppb, 101 * POINT);
	check_i64(world_term(d, "rail.revenue_share"), -POINT);
	check_i64(w.engine->families[1].book.told_ppb, SP_NANO);
	world_push(&w, POINT);
	check_u64(moved_families(&w), 1u << 4 | 1u << 3); /* their revenue has moved already; nothing is left for others */
	check_i64(w.tick->decisions[1].wish.ppb, 101 * POINT); /* the own index went back (R3) */
	world_fini(&w);
}

static void p10_the_window_rolls(void **state)
{
	world w;
	int64_t told;

	(void)state;
	portfolio_world(&w, 35 * POINT, SP_PARAM_NONE);
	for (uint32_t i = 0; i < FAMILIES; i++)
		sells(&w, i, (double[]){10, 30, 20, 5, 35}[i]);
	world_step(&w);
	world_push(&w, POINT);
	told = w.now_ns;
	check_u64(moved_families(&w), 1u << 4);
	world_freeze(&w, SP_SCOPE_FAMILY, 4);
	world_says.push_ppb = POINT;
	world_tick(&w, told + SP_DAY - 1);
	check_u64(moved_families(&w), 0);
	world_tick(&w, told + SP_DAY);
	check_u64(moved_families(&w), 1u << 1 | 1u << 3);
	world_fini(&w);
}

static void what_tells_nobody_takes_no_room(void **state)
{
	world w;

	(void)state;
	portfolio_world(&w, 30 * POINT, SP_PARAM_NONE);
	for (uint32_t i = 0; i < FAMILIES; i++)
		sells(&w, i, 20);
	w.families[0].mode = SP_MODE_OBSERVE;
	w.families[1].mode = SP_MODE_PROPOSE;
	world_step(&w);
	world_push(&w, POINT);
	check_u64(moved_families(&w), 1u << 0 | 1u << 1 | 1u << 2); /* the first two are would-be moves */
	check_i64(w.tick->decisions[0].outcome, SP_OUTCOME_OBSERVED);
	world_fini(&w);
}

static void a_raise_taken_back_takes_no_room(void **state)
{
	world w;

	(void)state;
	portfolio_world(&w, 20 * POINT, SP_PARAM_NONE);
	for (uint32_t i = 0; i < FAMILIES; i++) {
		sells(&w, i, 20);
		w.families[i].rails.notice_ns = 10 * SP_DAY;
	}
	world_step(&w);
	world_push(&w, 2 * POINT);
	check_u64(moved_families(&w), 1u << 0);
	w.setup.revenue_share_ppb = 0;
	w.setup.revenue_window_ns = 1;                                       /* what it moved is over */
	check_u64(world_push(&w, POINT)->binds, SP_RAIL_BIT(revenue_share)); /* a further raise is one */
	check_i64(world_push(&w, -POINT)->outcome, SP_OUTCOME_ANNOUNCED);
	check_i64(w.tick->decisions[0].index.ppb, 101 * POINT);
	check_i64(w.engine->families[0].moved_ns, w.now_ns - 2 * SP_MIN);     /* nor does it count as a move */
	check_i64(world_push(&w, -POINT)->outcome, SP_OUTCOME_PUBLISHED);     /* to what is in force, to the digit */
	check_i64(world_push(&w, -POINT)->binds, SP_RAIL_BIT(revenue_share)); /* a cut is one */
	world_fini(&w);
}

static void what_nobody_counts_counts_as_the_mean_of_the_others(void **state)
{
	world w;

	(void)state;
	portfolio_world(&w, 20 * POINT, SP_PARAM_NONE);
	world_step(&w);
	world_push(&w, POINT);
	check_u64(moved_families(&w), 1); /* nothing is known: each is a fifth */
	world_fini(&w);
	portfolio_world(&w, 24 * POINT, SP_PARAM_NONE);
	for (uint32_t i = 0; i < 4; i++)
		sells(&w, i, 10 + i);
	world_step(&w);
	world_push(&w, POINT);
	check_u64(moved_families(&w), 1u << 3); /* 13 of 57.5; the fifth, at 11.5, would be over */
	world_fini(&w);
}

/* 40, 1, 1, 1 and the mean of them, 10.75: a fifth of all of it, to the nano-USD. */
static void the_mean_is_that_of_all_the_others(void **state)
{
	world w;

	(void)state;
	portfolio_world(&w, 20 * POINT, SP_PARAM_NONE);
	for (uint32_t i = 0; i < 4; i++)
		sells(&w, i, i == 0 ? 40 : 1);
	world_step(&w);
	world_push(&w, POINT);
	check_u64(moved_families(&w), 1u << 4);
	world_fini(&w);
}

static void where_nobody_says_anything_no_family_is_free(void **state)
{
	world w;

	(void)state;
	portfolio_world(&w, 10 * POINT, SP_PARAM_NONE);
	world_step(&w);
	world_push(&w, POINT);
	check_u64(moved_families(&w), 0);
	world_fini(&w);
}

/* Half a unit of the dear SKU is 0.2 USD/s, whatever the family's median SKU would bring; the other family turns over 0.1. */
static void what_each_sku_sells_counts_at_its_own_price(void **state)
{
	world w;

	(void)state;
	world_init(&w);
	world_add_family(&w, "g", 0);
	w.lots[0].gpus = 1000000;
	w.skus[1].weight = 1;
	w.setup.revenue_share_ppb = 50 * POINT;
	world_build(&w);
	check_i64(world_send(&w, SP_KIND_demand, "f/output", 5e5), SP_REFUSED_none);
	sells(&w, 1, 0.2);
	world_step(&w);
	world_push(&w, POINT);
	check_u64(moved_families(&w), 1u << 1);
	world_fini(&w);
}

/* One family is known, and all others count as that one. */
static void one_family_that_is_known_speaks_for_all(void **state)
{
	world w;

	(void)state;
	portfolio_world(&w, 20 * POINT, SP_PARAM_NONE);
	sells(&w, 4, 100);
	world_step(&w);
	world_push(&w, POINT);
	check_u64(moved_families(&w), 1u << 0);
	world_fini(&w);
}

static void a_revenue_beyond_what_is_counted_counts_as_the_most(void **state)
{
	world w;

	(void)state;
	portfolio_world(&w, 20 * POINT, SP_PARAM_NONE);
	w.skus[0].sheet.nano = w.engine->skus[0].book.told_nano = SP_PRICE_MAX_NANO;
	w.engine->skus[0].book.in_force_nano = SP_PRICE_MAX_NANO;
	for (uint32_t i = 0; i < FAMILIES; i++)
		sells(&w, i, 1);
	world_step(&w);
	world_push(&w, POINT);
	check_u64(moved_families(&w), 0x1e); /* all but the giant, which is more than a fifth */
	world_fini(&w);
}

/* By hand: a tenth of a revenue of 5 is more than a hundredth of one of 10. */
static void a_longer_move_loses_more_by_waiting(void **state)
{
	world w;

	(void)state;
	portfolio_world(&w, 26 * POINT, SP_PARAM_NONE);
	for (uint32_t i = 0; i < FAMILIES; i++)
		sells(&w, i, i == 1 ? 5 : 10);
	world_step(&w);
	world_set_index(&w, 1, 110 * POINT);
	world_push(&w, POINT);
	check_u64(moved_families(&w), 1u << 1);
	world_fini(&w);
}

/* What is announced brings nothing yet: 10 of 25 at today's prices are two fifths, to the nano-USD. */
static void revenue_is_counted_at_the_price_in_force(void **state)
{
	world w;

	(void)state;
	portfolio_world(&w, SP_PARAM_NONE, 0);
	for (uint32_t i = 0; i < FAMILIES; i++) {
		sells(&w, i, 5);
		w.families[i].rails.notice_ns = 10 * SP_DAY;
	}
	world_step(&w);
	world_set_index(&w, 2, 150 * POINT);
	world_step(&w);
	check_u64(moved_families(&w), 1u << 2);
	w.setup.revenue_share_ppb = 40 * POINT;
	w.setup.revenue_window_ns = 1;
	world_push(&w, POINT);
	check_u64(moved_families(&w), 1u << 0 | 1u << 1); /* all lose the same */
	w.setup.revenue_share_ppb = 20 * POINT;
	world_freeze(&w, SP_SCOPE_FAMILY, 0);
	world_freeze(&w, SP_SCOPE_FAMILY, 1);
	world_freeze(&w, SP_SCOPE_FAMILY, 3);
	world_freeze(&w, SP_SCOPE_FAMILY, 4);
	world_push(&w, POINT);
	check_u64(moved_families(&w), 1u << 2); /* a fifth, though half more is announced */
	world_fini(&w);
}

static void a_family_that_sends_its_load_as_a_whole_turns_over_that(void **state)
{
	world w;

	(void)state;
	world_init(&w);
	world_add_family(&w, "g", 0);
	w.skus[2].weight = w.skus[3].weight = 1;
	w.skus[3].sheet = w.skus[2].sheet;
	w.lots[0].gpus = 1000000;
	w.setup.revenue_share_ppb = 60 * POINT;
	world_build(&w);
	sells(&w, 0, 4);                                                       /* 2 USD/s */
	check_i64(world_send(&w, SP_KIND_demand, "g", 30e6), SP_REFUSED_none); /* 3 USD/s */
	world_step(&w);
	world_push(&w, POINT);
	check_u64(moved_families(&w), 1u << 1);
	world_fini(&w);
}

/* P10 over a random life: whenever a family moves that had not within the window, all that did are within the share. */
static void p10_no_more_than_the_share_of_revenue_moves_in_any_window(void **state)
{
	sp_rng rng;
	uint32_t held = 0, moves = 0;

	(void)state;
	sp_check_seed(__func__, &rng);
	for (int life = 0; life < 20; life++) {
		world w;
		int64_t told_ns[FAMILIES], window = (1 + (int64_t)sp_rng_below(&rng, 20)) * SP_MIN;
		double units[FAMILIES] = {0}, share = 0.2 + 0.1 * (double)sp_rng_below(&rng, 6);
		portfolio_world(&w, (int64_t)(share * 1e9 + 0.5), SP_PARAM_NONE);
		w.setup.revenue_window_ns = window;
		for (uint32_t i = 0; i < FAMILIES; i++)
			told_ns[i] = -window;
		for (int tick = 0; tick < 300; tick++) {
			double total = 0, moved = 0;
			bool fresh = false;
			for (uint32_t i = 0; i < FAMILIES; i++) {
				if (tick == 0 || sp_rng_below(&rng, 50) == 0)
					sells(&w, i, units[i] = 1 + (double)sp_rng_below(&rng, 100));
				w.families[i].mode = sp_rng_below(&rng, 3) ? SP_MODE_AUTO : SP_MODE_OBSERVE;
			}
			for (uint32_t i = 0; i < FAMILIES; i++)
				total += units[i] * 0.5 * (double)w.engine->families[i].book.in_force_ppb / 1e9;
			for (uint32_t i = 0; i < FAMILIES; i++)
				moved += w.now_ns + SP_MIN - told_ns[i] < window
				             ? units[i] * 0.5 * (double)w.engine->families[i].book.in_force_ppb / 1e9
				             : 0;
			world_push(&w, (int64_t)sp_rng_below(&rng, 3) * POINT - POINT);
			for (uint32_t i = 0; i < FAMILIES; i++) {
				const sp_decision *d = &w.tick->decisions[i];
				held += d->binds >> SP_RAIL_revenue_share & 1;
				if (d->outcome != SP_OUTCOME_PUBLISHED)
					continue;
				moves++;
				if (w.now_ns - told_ns[i] >= window) {
					fresh = true;
					moved += units[i] * 0.5 * (double)d->before.ppb / 1e9;
				}
				told_ns[i] = w.now_ns;
			}
			check_true(!fresh || moved <= share * total * (1 + 1e-9));
		}
		world_fini(&w);
	}
	check_true(held > 100 && moves > 100);
}

static void where_no_rail_holds_families_together_none_takes_memory(void **state)
{
	world w;

	(void)state;
	world_init(&w);
	check_u64(sp_allot_size(&w.setup), 0);
	w.setup.below_cost_budget.nano = SP_NANO;
	check_true(sp_allot_size(&w.setup) > 0);
}

/* --- below cost --- */

/* Variable costs of half the sheet; each family sells 2 units a second of each SKU: a USD/s at index 1. */
static void below_world(world *w, int64_t budget_nano)
{
	world_init(w);
	world_add_family(w, "g", 0);
	for (uint32_t i = 0; i < 4; i++)
		w->skus[i].variable_cost.nano = w->skus[i].sheet.nano / 2;
	for (uint32_t i = 0; i < 2; i++)
		w->families[i].rails.floor_ppb = 10 * POINT;
	w->lots[0].gpus = 1000000;
	w->setup.below_cost_budget.nano = budget_nano;
	world_build(w);
	sells(w, 0, 2);
	sells(w, 1, 2);
	world_step(w);
}

static void a_cut_below_cost_needs_a_day_of_it_in_the_budget(void **state)
{
	world w;

	(void)state;
	below_world(&w, 8640 * SP_NANO);
	check_i64(world_push(&w, -45 * POINT)->outcome, SP_OUTCOME_PUBLISHED); /* 0.55: above cost */
	world_push(&w, -15 * POINT); /* 0.40: 0.1 USD/s each, a day of one of them */
	check_i64(w.tick->decisions[0].index.ppb, 40 * POINT);
	check_i64(w.tick->decisions[1].outcome, SP_OUTCOME_HELD);
	check_u64(w.tick->decisions[1].binds, SP_RAIL_BIT(below_cost));
	check_i64(w.tick->decisions[1].wish.ppb, 40 * POINT);
	world_push(&w, 5 * POINT); /* a raise, though still below cost, loses less */
	check_i64(w.tick->decisions[0].index.ppb, 45 * POINT);
	world_fini(&w);
}

static void what_was_lost_below_cost_is_spent_for_thirty_days(void **state)
{
	world w;
	int64_t told;

	(void)state;
	below_world(&w, 2 * 8640 * SP_NANO);
	world_freeze(&w, SP_SCOPE_FAMILY, 1);
	world_push(&w, -60 * POINT); /* 0.40: 0.1 USD/s */
	told = w.now_ns;
	check_i64(w.tick->decisions[0].index.ppb, 40 * POINT);
	world_tick(&w, told + SP_DAY);
	check_i64(sp_spend_sum(&w.engine->head->below_cost, SP_BUDGET_SPAN_NS, w.now_ns), 8640 * SP_NANO);
	world_push(&w, 20 * POINT);
	check_i64(w.tick->decisions[0].index.ppb, 60 * POINT);
	world_push(&w, -20 * POINT); /* a day of it is left, but for the minute */
	check_u64(w.tick->decisions[0].binds, SP_RAIL_BIT(below_cost));
	world_tick(&w, told + 32 * SP_DAY); /* forgotten */
	world_push(&w, -20 * POINT);
	check_i64(w.tick->decisions[0].index.ppb, 40 * POINT);
	w.families[0].mode = SP_MODE_OBSERVE; /* then it is not Setpoint's loss */
	told = w.now_ns;
	world_tick(&w, w.now_ns + SP_DAY);
	check_i64(sp_spend_sum(&w.engine->head->below_cost, SP_BUDGET_SPAN_NS, w.now_ns), 0);
	world_fini(&w);
}

static void what_is_announced_loses_nothing_before_it_counts(void **state)
{
	world w;

	(void)state;
	below_world(&w, 100000 * SP_NANO);
	world_freeze(&w, SP_SCOPE_FAMILY, 1);
	world_push(&w, -60 * POINT); /* 0.40: 0.1 USD/s */
	w.families[0].rails.notice_ns = 10 * SP_DAY;
	check_i64(world_push(&w, 20 * POINT)->outcome, SP_OUTCOME_ANNOUNCED); /* 0.60: above cost, but not yet */
	world_tick(&w, w.now_ns + SP_DAY - SP_MIN);
	check_i64(sp_spend_sum(&w.engine->head->below_cost, SP_BUDGET_SPAN_NS, w.now_ns), 8640 * SP_NANO);
	world_fini(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(stakes_are_sorted_by_loss_and_then_by_family),
	    cmocka_unit_test(room_budget_and_rate_are_worked_by_hand),
	    cmocka_unit_test(each_rail_admits_up_to_its_room_and_takes_it),
	    cmocka_unit_test(what_was_spent_counts_for_the_whole_span_and_at_most_a_bucket_longer),
	    cmocka_unit_test(a_span_that_64_buckets_do_not_divide_is_never_forgotten_too_soon),
	    cmocka_unit_test(p10_the_family_that_loses_most_by_waiting_goes_first),
	    cmocka_unit_test(p10_the_window_rolls),
	    cmocka_unit_test(what_tells_nobody_takes_no_room),
	    cmocka_unit_test(a_raise_taken_back_takes_no_room),
	    cmocka_unit_test(what_nobody_counts_counts_as_the_mean_of_the_others),
	    cmocka_unit_test(the_mean_is_that_of_all_the_others),
	    cmocka_unit_test(where_nobody_says_anything_no_family_is_free),
	    cmocka_unit_test(what_each_sku_sells_counts_at_its_own_price),
	    cmocka_unit_test(one_family_that_is_known_speaks_for_all),
	    cmocka_unit_test(a_revenue_beyond_what_is_counted_counts_as_the_most),
	    cmocka_unit_test(a_longer_move_loses_more_by_waiting),
	    cmocka_unit_test(revenue_is_counted_at_the_price_in_force),
	    cmocka_unit_test(a_family_that_sends_its_load_as_a_whole_turns_over_that),
	    cmocka_unit_test(p10_no_more_than_the_share_of_revenue_moves_in_any_window),
	    cmocka_unit_test(where_no_rail_holds_families_together_none_takes_memory),
	    cmocka_unit_test(a_cut_below_cost_needs_a_day_of_it_in_the_budget),
	    cmocka_unit_test(what_was_lost_below_cost_is_spent_for_thirty_days),
	    cmocka_unit_test(what_is_announced_loses_nothing_before_it_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
