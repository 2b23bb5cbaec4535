/* test_r15_bytes.c - what a tick's digest is over: every family's decision, quiet ones too, and nothing of where it ran (R15). */
#include <string.h>

#include "tests/engine/world.h"

#define POINT (SP_NANO / 100)

typedef struct bytes {
	uint8_t at[1 << 14];
	size_t n;
} bytes;

static void encode(bytes *b, const sp_decision *d)
{
	sp_writer writer = {.at = b->at, .size = sizeof b->at};

	sp_decision_encode(d, &writer);
	b->n = writer.n;
	check_true(b->n > 0 && b->n <= sizeof b->at);
}

static bool same(const bytes *a, const bytes *b)
{
	return a->n == b->n && memcmp(a->at, b->at, a->n) == 0;
}

/* A decision with everything in it: an activation, prices with dates, terms, clocks. */
static const sp_decision *full(world *w)
{
	world_init(w);
	w->families[0].rails.notice_ns = SP_MIN;
	w->families[0].rails.max_step_ppb = 5 * POINT;
	w->pools[0].clocks[SP_CLOCK_DEMAND].feed = SP_FEED_FED;
	world_build(w);
	world_send(w, SP_KIND_utilization, "p", 0.5);
	world_push(w, POINT);
	return world_push(w, 9 * POINT);
}

/* A copy of a decision with prices and activations of its own, one thing in it changed. */
typedef struct altered {
	sp_decision d;
	sp_price prices[2];
	sp_activation activated[2];
} altered;

static void copy(altered *to, const sp_decision *from)
{
	to->d = *from;
	memcpy(to->prices, from->prices, sizeof to->prices);
	memcpy(to->activated, from->activated, sizeof to->activated);
	to->d.prices = to->prices;
	to->d.activated = to->activated;
}

static void another_index(altered *a)
{
	a->d.index.ppb++;
	a->d.terms[0].index.ppb++;
}

static void another_before(altered *a)
{
	a->d.before.ppb++;
	a->d.index.ppb++;
}

static void another_split(altered *a)
{
	a->d.terms[0].index.ppb++;
	a->d.terms[1].index.ppb--;
}

/* clang-format off */
static void another_outcome(altered *a) { a->d.outcome = SP_OUTCOME_PROPOSED; }
static void another_wish(altered *a) { a->d.wish.ppb++; }
static void another_in_force(altered *a) { a->d.in_force.ppb++; }
static void another_term(altered *a) { a->d.terms[0].name = "cost"; }
static void another_bind(altered *a) { a->d.binds ^= SP_RAIL_BIT(grid); }
static void another_reason(altered *a) { a->d.reason = "refused"; }
static void another_offer(altered *a) { a->d.offer = SP_OFFER_CLOSED; }
static void another_clock(altered *a) { a->d.clocks[SP_CLOCK_DEMAND].state = SP_CLOCK_STALE; }
static void another_age(altered *a) { a->d.clocks[SP_CLOCK_DEMAND].age_ns++; }
static void another_amount(altered *a) { a->prices[1].amount.nano++; }
static void another_version(altered *a) { a->prices[1].version++; }
static void another_date(altered *a) { a->prices[0].not_before_ns++; }
static void another_date_existing(altered *a) { a->prices[0].not_before_existing_ns++; }
static void another_activation(altered *a) { a->activated[1].amount.nano++; }
static void one_activation_less(altered *a) { a->d.n_activated = 1; }
/* clang-format on */

static void (*const alterations[])(altered *) = {
    another_index,  another_before, another_split,   another_outcome,       another_wish,       another_in_force,
    another_term,   another_bind,   another_reason,  another_offer,         another_clock,      another_age,
    another_amount, another_date,   another_version, another_date_existing, another_activation, one_activation_less,
};

static void r15_whatever_a_decision_says_is_in_its_bytes(void **state)
{
	world w;
	static bytes want, got;
	const sp_decision *d = full(&w);
	altered other;

	(void)state;
	check_u64(d->n_prices, 2);
	check_u64(d->n_activated, 2);
	encode(&want, d);
	for (size_t i = 0; i < sizeof alterations / sizeof *alterations; i++) {
		copy(&other, d);
		alterations[i](&other);
		encode(&got, &other.d);
		check_true(!same(&got, &want));
	}
	world_fini(&w);
}

static void r15_what_says_only_where_it_ran_is_not(void **state)
{
	world w;
	static bytes want, got;

	(void)state;
	const sp_decision *d = full(&w);
	encode(&want, d);
	for (int i = 0; i < 4; i++) {
		sp_decision other = *d;
		switch (i) {
		case 0:
			other.recorded = !other.recorded;
			break;
		case 1:
			other.family_id = "g";
			break;
		case 2:
			other.policy = "fixed";
			break;
		default:
			other.mode = SP_MODE_PROPOSE;
		}
		encode(&got, &other);
		check_true(same(&got, &want));
	}
	world_fini(&w);
}

/* Another configuration hash, other alarms and refusals of a driver: the same bytes, tick by tick. */
static void r15_hash_alarms_and_refusals_change_no_byte(void **state)
{
	world w, other;
	static bytes want, got;
	sp_command alarm = {.kind = SP_COMMAND_ALARM, .alarm = SP_ALARM_clock, .raised = true};

	(void)state;
	world_init(&w);
	world_build(&w);
	world_init(&other);
	memset(other.setup.hash, 0x5a, sizeof other.setup.hash);
	world_build(&other);
	check_status(sp_engine_command(other.engine, &alarm), SP_OK);
	for (int i = 0; i < 20; i++) {
		world_says.push_ppb = i % 3 * POINT;
		world_send(&w, SP_KIND_utilization, "p", 0.5);
		world_send(&other, SP_KIND_utilization, "p", 0.5);
		world_send(&other, SP_KIND_utilization, "p", -1);
		sp_engine_refuse(other.engine, SP_REFUSED_malformed, 1);
		encode(&want, world_step(&w));
		encode(&got, world_step(&other));
		check_true(same(&got, &want));
	}
	world_fini(&w);
	world_fini(&other);
}

static void r15_every_family_is_there_in_bytewise_order_quiet_ones_too(void **state)
{
	world w;

	(void)state;
	world_init(&w);
	world_add_family(&w, "g", 0);
	world_add_family(&w, "g/batch", 0);
	w.families[1].law = sp_law_find("fixed", 5);
	world_build(&w);
	world_step(&w);
	world_push(&w, POINT);
	check_u64(w.tick->n_families, 3);
	for (uint32_t i = 0; i < 3; i++) {
		check_u64(w.tick->decisions[i].family, i);
		check_text(w.tick->decisions[i].family_id, w.families[i].id);
	}
	check_i64(w.tick->decisions[1].outcome, SP_OUTCOME_HELD);
	check_text(w.tick->decisions[1].reason, "fixed");
	check_true(!w.tick->decisions[1].recorded);
	check_u64(w.tick->n_recorded, 2);
	check_u64(w.tick->decisions[2].prices[0].sku, 4); /* each has prices of its own */
	world_fini(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(r15_whatever_a_decision_says_is_in_its_bytes),
	    cmocka_unit_test(r15_what_says_only_where_it_ran_is_not),
	    cmocka_unit_test(r15_hash_alarms_and_refusals_change_no_byte),
	    cmocka_unit_test(r15_every_family_is_there_in_bytewise_order_quiet_ones_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
