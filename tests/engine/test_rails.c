/* test_rails.c - the rails of one family that know dates, other families and the pool: max_changes, no_raise_before, relation,
 * marginal cost, incident; and what they make of the offer. */
#include <string.h>

#include "controller/engine/offer.h"
#include "controller/engine/state.h"
#include "policies/price/blend.h"
#include "tests/engine/world.h"

#define POINT (SP_NANO / 100)

/* --- max_changes --- */

static void changing_world(world *w, int64_t most)
{
	world_init(w);
	w->families[0].rails.max_changes = most;
	w->families[0].rails.changes_window_ns = SP_HOUR;
	world_build(w);
	world_step(w);
}

static void r7_max_changes_counts_what_was_told_in_a_rolling_window(void **state)
{
	world w;
	const sp_decision *d;
	int64_t first;

	(void)state;
	changing_world(&w, 2);
	check_i64(world_push(&w, POINT)->outcome, SP_OUTCOME_PUBLISHED);
	first = w.now_ns;
	check_i64(world_push(&w, -POINT)->outcome, SP_OUTCOME_PUBLISHED);
	d = world_push(&w, POINT);
	check_i64(d->outcome, SP_OUTCOME_HELD);
	check_u64(d->binds, SP_RAIL_BIT(max_changes));
	check_i64(world_term(d, "rail.max_changes"), -POINT);
	check_i64(d->wish.ppb, SP_NANO + POINT);
	d = world_tick(&w, first + SP_HOUR - 1);
	check_u64(d->binds, SP_RAIL_BIT(max_changes));
	d = world_tick(&w, first + SP_HOUR); /* the law's own index waited (R3) */
	check_i64(d->outcome, SP_OUTCOME_PUBLISHED);
	check_i64(d->index.ppb, SP_NANO + POINT);
	world_fini(&w);
}

/* As many as are remembered: the oldest of 32 opens the way, not the 31st. */
static void r7_max_changes_remembers_as_many_as_it_may_be(void **state)
{
	world w;
	int64_t first = 0;

	(void)state;
	changing_world(&w, SP_CHANGES_MAX);
	for (int i = 0; i < SP_CHANGES_MAX + 3; i++) {
		const sp_decision *d = world_push(&w, i % 2 ? -POINT : POINT);
		first = i == 0 ? w.now_ns : first;
		check_i64(d->outcome, i < SP_CHANGES_MAX ? SP_OUTCOME_PUBLISHED : SP_OUTCOME_HELD);
	}
	world_says.push_ppb = POINT;
	check_i64(world_tick(&w, first + SP_HOUR)->outcome, SP_OUTCOME_PUBLISHED);
	world_says.push_ppb = POINT;
	check_i64(world_tick(&w, first + SP_HOUR + 1)->outcome, SP_OUTCOME_HELD); /* the second is a minute younger */
	world_fini(&w);
}

static void r1_a_raise_that_waits_is_taken_back_however_many_changes_there_were(void **state)
{
	world w;
	const sp_decision *d;

	(void)state;
	changing_world(&w, 1);
	w.families[0].rails.notice_ns = 10 * SP_DAY;
	check_i64(world_push(&w, 4 * POINT)->outcome, SP_OUTCOME_ANNOUNCED);
	d = world_push(&w, POINT);
	check_u64(d->binds, SP_RAIL_BIT(max_changes));
	check_i64(d->index.ppb, 104 * POINT);
	check_i64(world_push(&w, -3 * POINT)->index.ppb, 102 * POINT); /* lowered; the point that was held counts */
	d = world_push(&w, -5 * POINT);
	check_i64(d->index.ppb, SP_NANO); /* back to what is in force, no further */
	check_u64(d->binds, SP_RAIL_BIT(max_changes));
	world_fini(&w);
}

static void a_change_by_hand_waits_for_no_other_and_counts(void **state)
{
	world w;

	(void)state;
	changing_world(&w, 1);
	check_i64(world_push(&w, POINT)->outcome, SP_OUTCOME_PUBLISHED);
	world_set_index(&w, 0, 103 * POINT);
	check_i64(world_step(&w)->outcome, SP_OUTCOME_PUBLISHED);
	world_says.push_ppb = POINT;
	check_i64(world_tick(&w, w.now_ns + SP_HOUR - 1)->outcome, SP_OUTCOME_HELD);
	check_i64(world_tick(&w, w.now_ns + 1)->outcome, SP_OUTCOME_PUBLISHED);
	world_fini(&w);
}

static void what_is_only_observed_keeps_the_same_count(void **state)
{
	world w;

	(void)state;
	changing_world(&w, 1);
	w.families[0].mode = SP_MODE_OBSERVE;
	check_i64(world_push(&w, POINT)->outcome, SP_OUTCOME_OBSERVED);
	check_u64(world_push(&w, POINT)->binds, SP_RAIL_BIT(max_changes));
	world_fini(&w);
}

/* --- no_raise_before --- */

static void a_raise_may_take_effect_on_the_date_promised_and_not_a_nanosecond_before(void **state)
{
	(void)state;
	for (int64_t early = 0; early <= 1; early++) {
		world w;
		const sp_decision *d;
		world_init(&w);
		w.families[0].rails.notice_ns = 10 * SP_DAY;
		w.families[0].rails.no_raise_before_ns = WORLD_START + SP_MIN + 10 * SP_DAY + early;
		world_build(&w);
		d = world_push(&w, 3 * POINT);
		check_i64(d->outcome, early ? SP_OUTCOME_HELD : SP_OUTCOME_ANNOUNCED);
		check_u64(d->binds, early ? SP_RAIL_BIT(no_raise_before) : SP_RAIL_BIT(notice));
		check_i64(d->wish.ppb, 103 * POINT);
		world_step(&w);
		check_i64(world_says.input.own.ppb, early ? SP_NANO : 103 * POINT); /* a promise sends it back (R3) */
		world_fini(&w);
	}
}

static void a_promise_to_raise_nothing_lets_cuts_and_lowered_raises_through(void **state)
{
	world w;

	(void)state;
	world_init(&w);
	w.families[0].rails.notice_ns = 10 * SP_DAY;
	world_build(&w);
	check_i64(world_push(&w, 4 * POINT)->outcome, SP_OUTCOME_ANNOUNCED);
	w.families[0].rails.no_raise_before_ns = WORLD_START + 1000 * SP_DAY;
	check_u64(world_push(&w, POINT)->binds, SP_RAIL_BIT(no_raise_before));
	check_i64(world_push(&w, -2 * POINT)->index.ppb, 102 * POINT);
	check_i64(world_push(&w, -5 * POINT)->index.ppb, 97 * POINT);
	check_i64(world_price(&w, 0), 97000000);
	world_set_index(&w, 0, 99 * POINT);
	check_u64(world_step(&w)->binds, SP_RAIL_BIT(no_raise_before)); /* a person has promised as well */
	world_fini(&w);
}

/* --- incident --- */

static void no_price_rises_in_a_pool_in_incident(void **state)
{
	world w;

	(void)state;
	world_init(&w);
	world_add_pool(&w, "q");
	world_add_lot(&w, "other", 1);
	w.pools[1].first_lot = 1;
	world_build(&w);
	world_step(&w);
	world_send(&w, SP_KIND_incident, "q", 1);
	check_i64(world_push(&w, POINT)->outcome, SP_OUTCOME_PUBLISHED);
	world_send(&w, SP_KIND_incident, "p", 0.5);
	check_u64(world_push(&w, POINT)->binds, SP_RAIL_BIT(incident));
	world_step(&w);
	check_i64(world_says.input.own.ppb, 101 * POINT);
	check_i64(world_push(&w, -2 * POINT)->outcome, SP_OUTCOME_PUBLISHED);
	world_set_index(&w, 0, 100 * POINT);
	check_u64(world_step(&w)->binds, SP_RAIL_BIT(incident));
	world_send(&w, SP_KIND_incident, "p", 0);
	check_i64(world_push(&w, POINT)->index.ppb, 100 * POINT);
	world_fini(&w);
}

/* The world charges more than was announced: up to what it charges is no raise for anybody. */
static void what_customers_pay_already_is_no_raise(void **state)
{
	world w;

	(void)state;
	world_init(&w);
	w.families[0].rails.notice_ns = 10 * SP_DAY;
	world_build(&w);
	check_i64(world_push(&w, 5 * POINT)->outcome, SP_OUTCOME_ANNOUNCED);
	w.families[0].mode = SP_MODE_OBSERVE;
	world_send(&w, SP_KIND_list_price, "f/input", 0.11);
	world_send(&w, SP_KIND_list_price, "f/output", 0.44);
	world_send(&w, SP_KIND_incident, "p", 1);
	check_i64(world_step(&w)->in_force.ppb, 110 * POINT);
	check_i64(world_push(&w, 5 * POINT)->outcome, SP_OUTCOME_OBSERVED);
	check_u64(world_push(&w, 5 * POINT + 1)->binds, SP_RAIL_BIT(incident));
	world_fini(&w);
}

/* --- windows --- */

static void r6_the_windows_of_families_are_their_own_and_roll(void **state)
{
	world w;
	int64_t told;

	(void)state;
	world_init(&w);
	world_add_family(&w, "g", 0);
	w.families[1].rails.max_per_day_ppb = 10 * POINT;
	w.families[0].rails.max_per_day_ppb = 10 * POINT;
	world_build(&w);
	world_freeze(&w, SP_SCOPE_FAMILY, 1);
	world_step(&w);
	world_push(&w, 10 * POINT);
	told = w.now_ns;
	check_i64(w.tick->decisions[0].index.ppb, 110 * POINT);
	for (int hour = 1; hour <= 26; hour++) {
		world_tick(&w, told + hour * SP_HOUR);
		if (hour > 22)
			continue;
		world_push(&w, 20 * POINT);
		check_u64(w.tick->decisions[0].binds, SP_RAIL_BIT(rate_day));
	}
	world_push(&w, 20 * POINT);
	check_i64(w.tick->decisions[0].index.ppb, 121 * POINT);
	world_fini(&w);
}

static void r6_an_hours_rate_remembers_an_hour(void **state)
{
	world w;

	(void)state;
	world_init(&w);
	w.families[0].rails.max_per_hour_ppb = 10 * POINT;
	world_build(&w);
	world_step(&w);
	check_i64(world_push(&w, 10 * POINT)->index.ppb, 110 * POINT);
	for (int minute = 1; minute <= 58; minute++)
		check_u64(world_push(&w, POINT)->binds, SP_RAIL_BIT(rate_hour));
	world_steps(&w, 4);
	check_i64(world_push(&w, 20 * POINT)->index.ppb, 121 * POINT);
	world_fini(&w);
}

static void r6_a_rate_that_is_given_later_remembers_from_then_on(void **state)
{
	world w;

	(void)state;
	world_init(&w);
	world_build(&w);
	check_i64(world_push(&w, 50 * POINT)->index.ppb, 150 * POINT);
	w.families[0].rails.max_per_hour_ppb = 20 * POINT;
	w.families[0].rails.max_per_day_ppb = 10 * POINT;
	w.families[0].rails.cost_max_per_day_ppb = 2 * POINT;
	world_step(&w);
	world_tick(&w, w.now_ns + SP_HOUR);
	world_says.cost_ppb = 20 * POINT;
	check_i64(world_push(&w, 50 * POINT)->index.ppb, 168 * POINT); /* 10 % and 2 % of 1.5 */
	world_fini(&w);
}

/* A wish below what is told, and one above, within the window: neither is for sure, and nothing turns the move round. */
static void r7_worst_of_last_never_turns_a_move_round(void **state)
{
	(void)state;
	for (int64_t sign = -1; sign <= 1; sign += 2) {
		world w;
		world_init(&w);
		w.families[0].rails.worst_of_last_ns = 3 * SP_MIN;
		world_build(&w);
		world_step(&w);
		check_i64(world_push(&w, sign * 2 * POINT)->outcome, SP_OUTCOME_HELD);
		check_i64(world_push(&w, -sign * 4 * POINT)->outcome, SP_OUTCOME_HELD);
		check_i64(world_push(&w, sign * 4 * POINT)->index.ppb, SP_NANO);
		world_fini(&w);
	}
}

/* --- the relation to another family --- */

static void related_world(world *w, int64_t at_most)
{
	world_init(w);
	world_add_family(w, "standard", 0);
	w->families[0].relation = 1;
	w->families[0].rails.at_most_ppb = at_most;
	w->families[1].mode = SP_MODE_AUTO;
	world_build(w);
	world_step(w);
}

static void the_relation_compares_skus_of_one_meter_and_unit(void **state)
{
	world w;

	(void)state;
	related_world(&w, 60 * POINT);
	check_i64(sp_setup_relation(&w.setup, 0), 60 * POINT);
	w.skus[0].sheet.nano = 300000001; /* three times the other's: a third of the room, rounded down */
	check_i64(sp_setup_relation(&w.setup, 0), 199999999);
	w.skus[0].unit = "1k tokens";
	check_i64(sp_setup_relation(&w.setup, 0), 60 * POINT); /* output alone is left */
	w.skus[1].meter = "image";
	check_i64(sp_setup_relation(&w.setup, 0), 0);
	w.skus[0].unit = "1M tokens";
	w.skus[0].sheet.nano = 1;
	w.skus[2].sheet.nano = SP_PRICE_MAX_NANO;
	w.families[0].rails.at_most_ppb = 1000 * SP_NANO;
	check_i64(sp_setup_relation(&w.setup, 0), INT64_MAX); /* more than an index can be: no bound */
	world_fini(&w);
}

static void r5_no_price_passes_its_share_of_the_other_familys(void **state)
{
	world w;
	const sp_decision *d;

	(void)state;
	related_world(&w, 104 * POINT);
	world_freeze(&w, SP_SCOPE_FAMILY, 1);
	d = world_push(&w, 6 * POINT);
	check_i64(d->index.ppb, 104 * POINT);
	check_u64(d->binds, SP_RAIL_BIT(ceiling) | SP_RAIL_BIT(relation));
	check_i64(world_term(d, "rail.ceiling"), -2 * POINT);
	world_thaw(&w, SP_SCOPE_FAMILY, 1);
	d = world_push(&w, 6 * POINT); /* the other one goes first, though its slot is the later */
	check_i64(w.tick->decisions[1].index.ppb, 106 * POINT);
	check_i64(d->index.ppb, 110 * POINT);
	check_u64(d->binds, 0);
	check_i64(world_push(&w, 0)->binds, 0);
	world_freeze(&w, SP_SCOPE_FAMILY, 1);
	check_i64(world_push(&w, 20 * POINT)->index.ppb, 1102400000); /* 1.04 x 1.06 */
	world_fini(&w);
}

/* One stands at 0.95 and wants 1.00, the other goes from 1.00 to 0.90 at that very tick. */
static void relate_at_once(uint32_t slot, bool portfolio, bool by_hand)
{
	world w;
	uint32_t other = 1 - slot;
	const sp_decision *d;

	world_init(&w);
	world_add_family(&w, "g", 0);
	w.families[slot].relation = other;
	w.families[slot].rails.at_most_ppb = SP_NANO;
	w.families[slot].rails.notice_ns = by_hand ? SP_HOUR : 0;
	if (portfolio)
		w.setup.below_cost_budget.nano = 1000000 * SP_NANO;
	world_build(&w);
	world_set_index(&w, slot, 95 * POINT);
	world_step(&w);
	world_set_index(&w, other, 90 * POINT);
	if (by_hand)
		world_set_index(&w, slot, 100 * POINT);
	world_push(&w, 5 * POINT);
	d = &w.tick->decisions[slot];
	check_i64(w.tick->decisions[other].index.ppb, 90 * POINT);
	check_true(d->binds >> SP_RAIL_relation & 1);
	check_true(!(d->binds >> SP_RAIL_notice & 1)); /* nothing is announced */
	check_i64(d->index.ppb, portfolio ? 95 * POINT : 90 * POINT);
	check_i64(world_term(d, "rail.relation"), portfolio ? -5 * POINT : 0);
	world_step(&w);
	check_i64(d->index.ppb, 90 * POINT);
	world_fini(&w);
}

static void r5_no_relation_is_broken_within_a_tick_whoever_comes_first(void **state)
{
	(void)state;
	for (int i = 0; i < 8; i++)
		relate_at_once(i & 1, i & 2, i & 4);
}

/* h is bounded by g, g by f: whatever their slots, f's cut reaches h at that tick. */
static void r5_relations_one_through_the_other_are_kept_in_their_order(void **state)
{
	static const uint32_t slots[][3] = {{0, 1, 2}, {2, 1, 0}, {1, 0, 2}, {1, 2, 0}};

	(void)state;
	for (size_t i = 0; i < sizeof slots / sizeof slots[0]; i++) {
		world w;
		world_init(&w);
		world_add_family(&w, "g", 0);
		world_add_family(&w, "h", 0);
		for (int j = 1; j < 3; j++) {
			w.families[slots[i][j]].relation = slots[i][j - 1];
			w.families[slots[i][j]].rails.at_most_ppb = SP_NANO;
		}
		world_build(&w);
		world_set_index(&w, slots[i][0], 90 * POINT);
		world_step(&w);
		for (int j = 0; j < 3; j++)
			check_i64(w.tick->decisions[j].index.ppb, 90 * POINT);
		world_fini(&w);
	}
}

/* Two that bound each other: no order is right, and none of them hangs. */
static void relations_that_go_round_are_followed_tick_by_tick(void **state)
{
	world w;

	(void)state;
	world_init(&w);
	world_add_family(&w, "g", 0);
	for (uint32_t i = 0; i < 2; i++) {
		w.families[i].relation = 1 - i;
		w.families[i].rails.at_most_ppb = SP_NANO;
	}
	world_build(&w);
	world_set_index(&w, 1, 90 * POINT);
	world_steps(&w, 2);
	check_i64(w.tick->decisions[0].index.ppb, 90 * POINT);
	check_i64(w.tick->decisions[1].index.ppb, 90 * POINT);
	world_fini(&w);
}

static void r5_what_the_other_family_has_announced_makes_no_room_before_it_counts(void **state)
{
	world w;

	(void)state;
	related_world(&w, SP_NANO);
	w.families[1].rails.notice_ns = SP_HOUR;
	world_freeze(&w, SP_SCOPE_FAMILY, 0);
	world_push(&w, 5 * POINT);
	check_i64(w.tick->decisions[1].outcome, SP_OUTCOME_ANNOUNCED);
	world_thaw(&w, SP_SCOPE_FAMILY, 0);
	world_freeze(&w, SP_SCOPE_FAMILY, 1);
	check_u64(world_push(&w, 3 * POINT)->binds & SP_RAIL_BIT(relation), SP_RAIL_BIT(relation));
	check_i64(w.tick->decisions[0].index.ppb, SP_NANO);
	world_says.push_ppb = 3 * POINT;
	world_tick(&w, w.now_ns + SP_HOUR); /* comes into force before this family's turn */
	check_i64(w.tick->decisions[0].index.ppb, 103 * POINT);
	world_fini(&w);
}

/* The world charges more for the other family than it has announced: what is announced will count. */
static void r5_what_the_other_family_has_announced_below_what_the_world_charges_counts(void **state)
{
	world w;

	(void)state;
	related_world(&w, SP_NANO);
	w.families[1].rails.notice_ns = 10 * SP_DAY;
	world_freeze(&w, SP_SCOPE_FAMILY, 0);
	world_push(&w, 5 * POINT);
	w.families[1].mode = SP_MODE_OBSERVE;
	world_send(&w, SP_KIND_list_price, "standard/input", 0.11);
	world_send(&w, SP_KIND_list_price, "standard/output", 0.44);
	world_freeze(&w, SP_SCOPE_FAMILY, 1);
	world_step(&w);
	check_i64(w.tick->decisions[1].in_force.ppb, 110 * POINT);
	world_thaw(&w, SP_SCOPE_FAMILY, 0);
	check_i64(world_push(&w, 20 * POINT)->index.ppb, 105 * POINT);
	world_fini(&w);
}

static void a_share_that_no_index_can_be_bounds_nothing(void **state)
{
	world w;

	(void)state;
	related_world(&w, SP_NANO);
	w.engine->fixed[0].relation_ppb = INT64_MAX;
	world_push(&w, POINT);
	check_i64(world_push(&w, 9 * POINT)->index.ppb, 110 * POINT);
	world_fini(&w);
}

static void r6_when_the_other_family_cuts_this_one_follows_at_once(void **state)
{
	world w;
	const sp_decision *d;

	(void)state;
	related_world(&w, SP_NANO);
	w.families[0].rails.max_step_ppb = 4 * POINT;
	w.families[0].rails.min_interval_ns = SP_DAY;
	w.families[0].rails.dead_band_ppb = 20 * POINT;
	world_set_index(&w, 1, 90 * POINT);
	d = world_step(&w);
	check_i64(w.tick->decisions[1].index.ppb, 90 * POINT);
	check_i64(d->index.ppb, 96 * POINT);
	check_i64(d->offer, SP_OFFER_RESTRICTED);
	check_u64(d->binds, SP_RAIL_BIT(ceiling) | SP_RAIL_BIT(step) | SP_RAIL_BIT(relation));
	check_true(world_alarmed(&w, "outside_bounds", "f"));
	world_steps(&w, 2);
	check_i64(w.tick->decisions[0].index.ppb, 90 * POINT);
	check_i64(w.tick->decisions[0].offer, SP_OFFER_OPEN);
	world_fini(&w);
}

/* --- marginal cost --- */

/* Variable costs are 3/4 of the sheet, and the pool idles: that is what the next unit costs. */
static void costly_world(world *w, int64_t least_margin)
{
	world_init(w);
	w->families[0].rails.least_margin_ppb = least_margin;
	w->skus[0].variable_cost.nano = 75000000;
	w->skus[1].variable_cost.nano = 300000000;
	world_build(w);
	world_send(w, SP_KIND_utilization, "p", 0.5);
	world_step(w);
}

static void r5_the_floor_is_marginal_cost_and_the_least_margin(void **state)
{
	world w;
	const sp_decision *d;

	(void)state;
	costly_world(&w, 20 * POINT);
	d = world_push(&w, -30 * POINT);
	check_i64(d->index.ppb, 90 * POINT);
	check_u64(d->binds, SP_RAIL_BIT(floor));
	check_i64(world_term(d, "rail.floor"), 20 * POINT);
	check_true(!world_alarmed(&w, "below_cost", "f"));
	world_fini(&w);
}

/* A blend needs parts: of two that ask for no load. */
static void use_any_law(world *w, const char *name)
{
	sp_blend *blend = world_use_law(w, 0, name);
	sp_message message;

	if (strcmp(name, "blend") != 0)
		return;
	for (blend->n = 0; blend->n < 2; blend->n++) {
		check_status(sp_blend_set(&blend->parts[blend->n], sp_law_find("fixed", 5), &message), SP_OK);
		blend->parts[blend->n].weight_ppb = SP_NANO / 2;
	}
}

/* Only output sells, whose variable cost is 3/4 of its sheet price; input's is none: an even mix would say 3/8. */
static void r5_the_floor_is_that_of_what_is_sold_whatever_the_law(void **state)
{
	(void)state;
	for (size_t i = 0; sp_laws[i] != NULL; i++) {
		world w;
		world_init(&w);
		use_any_law(&w, sp_laws[i]->name);
		w.families[0].rails.least_margin_ppb = 0;
		w.families[0].rails.floor_ppb = POINT;
		w.skus[1].variable_cost.nano = 300000000;
		world_build(&w);
		world_send(&w, SP_KIND_demand, "f/input", 0);
		world_send(&w, SP_KIND_demand, "f/output", 100);
		world_step(&w);
		check_i64(w.engine->families[0].bounds.low, 75 * POINT);
		world_fini(&w);
	}
}

static void r5_marginal_cost_is_no_floor_unless_a_margin_is_given_or_while_nobody_knows_it(void **state)
{
	world w;

	(void)state;
	costly_world(&w, SP_PARAM_NONE);
	check_i64(world_push(&w, -30 * POINT)->index.ppb, 70 * POINT);
	world_fini(&w);
	world_init(&w);
	w.families[0].rails.least_margin_ppb = 0;
	w.skus[0].variable_cost.nano = 75000000;
	w.skus[1].variable_cost.nano = 300000000;
	world_build(&w);
	check_i64(world_push(&w, -30 * POINT)->index.ppb, 70 * POINT); /* no load yet: no shadow price */
	world_fini(&w);
}

static void r5_marginal_cost_lifts_no_floor_over_the_ceiling(void **state)
{
	world w;

	(void)state;
	costly_world(&w, SP_NANO); /* 1.5 */
	w.engine->fixed[0].ceiling.ppb = 120 * POINT;
	check_i64(world_push(&w, -30 * POINT)->index.ppb, 120 * POINT);
	check_true(world_alarmed(&w, "below_cost", "f"));
	check_i64(w.tick->decisions[0].offer, SP_OFFER_OPEN); /* it is inside its bounds */
	w.families[0].rails.least_margin_ppb = 60 * POINT;    /* 1.2: just the ceiling */
	world_step(&w);
	check_true(!world_alarmed(&w, "below_cost", "f"));
	world_fini(&w);
}

/* It moves every minute; were it a bound like the others, a price would move every minute as well. */
static void marginal_cost_is_followed_when_a_change_is_due(void **state)
{
	world w;
	const sp_decision *d;

	(void)state;
	costly_world(&w, SP_PARAM_NONE);
	w.families[0].rails.min_interval_ns = SP_HOUR;
	check_i64(world_push(&w, -30 * POINT)->index.ppb, 70 * POINT);
	w.families[0].rails.least_margin_ppb = 0;
	d = world_step(&w);
	check_u64(d->binds, SP_RAIL_BIT(floor) | SP_RAIL_BIT(min_interval));
	check_i64(d->index.ppb, 70 * POINT);
	check_i64(d->offer, SP_OFFER_RESTRICTED);
	check_i64(world_tick(&w, w.now_ns + SP_HOUR)->index.ppb, 75 * POINT);
	world_fini(&w);
}

static void p5_a_stale_marginal_cost_raises_no_price(void **state)
{
	world w;

	(void)state;
	world_init(&w);
	w.lots[0].by_signal = true;
	w.pools[0].clocks[SP_CLOCK_COST].feed = SP_FEED_FED;
	w.skus[0].variable_cost.nano = 75000000;
	w.skus[1].variable_cost.nano = 300000000;
	world_build(&w);
	world_send(&w, SP_KIND_utilization, "p", 0.5);
	world_send(&w, SP_KIND_usd_per_gpu_h, "p:base", 2);
	world_step(&w);
	check_i64(world_push(&w, -40 * POINT)->index.ppb, 60 * POINT);
	w.families[0].rails.least_margin_ppb = 0;
	check_i64(world_tick(&w, w.now_ns + SP_HOUR)->outcome, SP_OUTCOME_HELD);
	check_i64(w.tick->decisions[0].offer, SP_OFFER_OPEN);
	world_send(&w, SP_KIND_usd_per_gpu_h, "p:base", 2);
	check_i64(world_step(&w)->index.ppb, 75 * POINT);
	world_fini(&w);
}

/* --- offers --- */

static void load_restricts_and_closes_the_offer_and_opens_it_well_below(void **state)
{
	static const struct {
		int64_t load, before, restrict_at, close_at, after;
	} rows[] = {
	    {89, SP_OFFER_OPEN, 90, 110, SP_OFFER_OPEN},
	    {90, SP_OFFER_OPEN, 90, 110, SP_OFFER_RESTRICTED},
	    {110, SP_OFFER_OPEN, 90, 110, SP_OFFER_CLOSED},
	    {109, SP_OFFER_RESTRICTED, 90, 110, SP_OFFER_RESTRICTED},
	    {105, SP_OFFER_CLOSED, 90, 110, SP_OFFER_CLOSED},
	    {104, SP_OFFER_CLOSED, 90, 110, SP_OFFER_RESTRICTED},
	    {86, SP_OFFER_RESTRICTED, 90, 110, SP_OFFER_RESTRICTED},
	    {85, SP_OFFER_RESTRICTED, 90, 110, SP_OFFER_OPEN},
	    {86, SP_OFFER_CLOSED, 90, 110, SP_OFFER_RESTRICTED},
	    {85, SP_OFFER_CLOSED, 90, 110, SP_OFFER_OPEN},
	    {200, SP_OFFER_OPEN, 0, 0, SP_OFFER_OPEN},
	    {200, SP_OFFER_OPEN, 90, 0, SP_OFFER_RESTRICTED},
	    {200, SP_OFFER_OPEN, 0, 110, SP_OFFER_CLOSED},
	    {1, SP_OFFER_CLOSED, 0, 0, SP_OFFER_OPEN},
	    {95, SP_OFFER_RESTRICTED, 100, 110, SP_OFFER_OPEN},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		int64_t restrict_at = rows[i].restrict_at ? rows[i].restrict_at * POINT : SP_PARAM_NONE;
		int64_t close_at = rows[i].close_at ? rows[i].close_at * POINT : SP_PARAM_NONE;
		check_i64(sp_offer_shed((sp_offer)rows[i].before, rows[i].load * POINT, restrict_at, close_at), rows[i].after);
	}
	check_i64(sp_offer_stricter(SP_OFFER_OPEN, SP_OFFER_CLOSED), SP_OFFER_CLOSED);
	check_i64(sp_offer_stricter(SP_OFFER_RESTRICTED, SP_OFFER_OPEN), SP_OFFER_RESTRICTED);
}

static void a_price_on_either_bound_is_inside_them(void **state)
{
	const sp_interval bounds = {90, 110};
	sp_family_setup f = {.rails = {.outside = SP_OUTSIDE_CLOSED}};

	(void)state;
	check_i64(sp_offer_outside(&f, bounds, 90), SP_OFFER_OPEN);
	check_i64(sp_offer_outside(&f, bounds, 110), SP_OFFER_OPEN);
	check_i64(sp_offer_outside(&f, bounds, 89), SP_OFFER_CLOSED);
	check_i64(sp_offer_outside(&f, bounds, 111), SP_OFFER_CLOSED);
	f.rails.outside = SP_OUTSIDE_RESTRICTED;
	check_i64(sp_offer_outside(&f, bounds, 111), SP_OFFER_RESTRICTED);
}

static void a_full_pool_sheds_load_by_the_offer_and_gateways_are_told(void **state)
{
	world w;
	const sp_decision *d;

	(void)state;
	world_init(&w);
	w.families[0].rails.restrict_at_ppb = 90 * POINT;
	world_build(&w);
	world_send(&w, SP_KIND_utilization, "p", 0.95);
	d = world_step(&w);
	check_i64(d->offer, SP_OFFER_RESTRICTED);
	check_true(d->recorded);
	check_i64(d->index.ppb, SP_NANO);
	check_i64(world_told(&w, 0).prices[0].offer, SP_OFFER_RESTRICTED);
	check_true(!world_step(&w)->recorded);
	d = world_push(&w, POINT);
	check_i64(d->prices[0].offer, SP_OFFER_RESTRICTED);
	w.families[0].rails.notice_ns = SP_DAY;
	d = world_push(&w, POINT);
	check_i64(d->prices[0].offer, SP_OFFER_OPEN); /* nobody knows how full the pool is tomorrow */
	world_send(&w, SP_KIND_utilization, "p", 0.1);
	d = world_tick(&w, w.now_ns + SP_HOUR);
	check_i64(d->offer, SP_OFFER_OPEN);
	check_true(d->recorded);
	check_i64(world_told(&w, 0).prices[0].offer, SP_OFFER_OPEN);
	world_fini(&w);
}

static void p5_a_stale_load_opens_and_closes_no_offer(void **state)
{
	world w;

	(void)state;
	world_init(&w);
	w.families[0].rails.restrict_at_ppb = 90 * POINT;
	w.pools[0].clocks[SP_CLOCK_DEMAND].feed = SP_FEED_FED;
	world_build(&w);
	world_send(&w, SP_KIND_utilization, "p", 0.95);
	check_i64(world_step(&w)->offer, SP_OFFER_RESTRICTED);
	w.families[0].rails.restrict_at_ppb = SP_PARAM_NONE;
	check_i64(world_tick(&w, w.now_ns + SP_HOUR)->offer, SP_OFFER_RESTRICTED);
	world_fini(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(r7_max_changes_counts_what_was_told_in_a_rolling_window),
	    cmocka_unit_test(r7_max_changes_remembers_as_many_as_it_may_be),
	    cmocka_unit_test(r1_a_raise_that_waits_is_taken_back_however_many_changes_there_were),
	    cmocka_unit_test(a_change_by_hand_waits_for_no_other_and_counts),
	    cmocka_unit_test(what_is_only_observed_keeps_the_same_count),
	    cmocka_unit_test(a_raise_may_take_effect_on_the_date_promised_and_not_a_nanosecond_before),
	    cmocka_unit_test(a_promise_to_raise_nothing_lets_cuts_and_lowered_raises_through),
	    cmocka_unit_test(no_price_rises_in_a_pool_in_incident),
	    cmocka_unit_test(what_customers_pay_already_is_no_raise),
	    cmocka_unit_test(r6_the_windows_of_families_are_their_own_and_roll),
	    cmocka_unit_test(r6_an_hours_rate_remembers_an_hour),
	    cmocka_unit_test(r6_a_rate_that_is_given_later_remembers_from_then_on),
	    cmocka_unit_test(r7_worst_of_last_never_turns_a_move_round),
	    cmocka_unit_test(the_relation_compares_skus_of_one_meter_and_unit),
	    cmocka_unit_test(r5_no_price_passes_its_share_of_the_other_familys),
	    cmocka_unit_test(r5_no_relation_is_broken_within_a_tick_whoever_comes_first),
	    cmocka_unit_test(r5_relations_one_through_the_other_are_kept_in_their_order),
	    cmocka_unit_test(relations_that_go_round_are_followed_tick_by_tick),
	    cmocka_unit_test(r5_what_the_other_family_has_announced_makes_no_room_before_it_counts),
	    cmocka_unit_test(r5_what_the_other_family_has_announced_below_what_the_world_charges_counts),
	    cmocka_unit_test(a_share_that_no_index_can_be_bounds_nothing),
	    cmocka_unit_test(r6_when_the_other_family_cuts_this_one_follows_at_once),
	    cmocka_unit_test(r5_the_floor_is_marginal_cost_and_the_least_margin),
	    cmocka_unit_test(r5_the_floor_is_that_of_what_is_sold_whatever_the_law),
	    cmocka_unit_test(r5_marginal_cost_is_no_floor_unless_a_margin_is_given_or_while_nobody_knows_it),
	    cmocka_unit_test(r5_marginal_cost_lifts_no_floor_over_the_ceiling),
	    cmocka_unit_test(marginal_cost_is_followed_when_a_change_is_due),
	    cmocka_unit_test(p5_a_stale_marginal_cost_raises_no_price),
	    cmocka_unit_test(load_restricts_and_closes_the_offer_and_opens_it_well_below),
	    cmocka_unit_test(a_price_on_either_bound_is_inside_them),
	    cmocka_unit_test(a_full_pool_sheds_load_by_the_offer_and_gateways_are_told),
	    cmocka_unit_test(p5_a_stale_load_opens_and_closes_no_offer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
