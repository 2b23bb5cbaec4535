/* test_sources.c - demand and the gauge tell one load: while they agree nothing is different, and when they do not the safer one counts. */
#include <string.h>

#include "controller/engine/family.h"
#include "tests/engine/world.h"

/* 8 GPUs of 1,000 units/s, of which 70 % is the setpoint: 5,600. */
#define FULL 8000.0

static void watched(world *w, const char *law)
{
	world_init(w);
	if (law)
		world_use_law(w, 0, law);
	w->families[0].rails.min_interval_ns = 0;
	world_build(w);
}

/* A minute in which demand tells so much load, and the gauge so much; each wavers by a percent. */
static const sp_decision *tell(world *w, double demand, double gauge)
{
	double waver = (w->now_ns / SP_MIN) % 2 == 0 ? 1.01 : 0.99;

	world_send(w, SP_KIND_demand, "f/input", demand * waver);
	world_send(w, SP_KIND_utilization, "p", gauge / waver / FULL);
	return world_step(w);
}

static const sp_decision *tell_for(world *w, int minutes, double demand, double gauge)
{
	const sp_decision *d = NULL;

	for (int i = 0; i < minutes; i++)
		d = tell(w, demand, gauge);
	return d;
}

static int64_t own_of(const world *w)
{
	return sp_ledger_own(&w->engine->families[0], w->families[0].law);
}

static void what_differs_within_the_tolerance_agrees(void **state)
{
	static const struct {
		double demand, gauge;
		bool disagree;
	} table[] = {
	    {5000, 5000, false}, {5000, 4000, false}, {4000, 5000, false}, {5000, 3000, true}, {3000, 5000, true},
	    {9000, 7990, false}, {0, 0, false},       {0, 3000, true},     {3000, 0, true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		world w;
		watched(&w, NULL);
		tell_for(&w, 30, table[i].demand, table[i].gauge);
		check_i64(world_alarmed(&w, "sources_disagree", "p"), table[i].disagree);
		world_fini(&w);
	}
}

static void a_disagreement_is_said_and_cleared(void **state)
{
	world w;
	const sp_alarm_change *change = NULL;

	(void)state;
	watched(&w, NULL);
	tell_for(&w, 20, 5000, 5000);
	for (int i = 0; i < 30 && !change; i++) {
		tell(&w, 5000, 2000);
		change = world_alarm(&w, "sources_disagree");
	}
	check_true(change != NULL && change->raised);
	check_text(change->alarm.subject, "p");
	check_contains(change->alarm.cure, "load_tolerance");
	tell_for(&w, 60, 5000, 5000);
	check_true(!world_alarmed(&w, "sources_disagree", "p"));
	/* one that is sent no more cannot disagree */
	tell_for(&w, 30, 5000, 2000);
	check_true(world_alarmed(&w, "sources_disagree", "p"));
	for (int i = 0; i < 20; i++) {
		world_send(&w, SP_KIND_demand, "f/input", 5000);
		world_step(&w);
	}
	check_true(!world_alarmed(&w, "sources_disagree", "p"));
	world_fini(&w);
}

/* A full gauge is a lower bound; a tolerance of 100 % never disagrees; so does an estimator that knows no variance. */
static void what_cannot_be_compared_does_not_disagree(void **state)
{
	world w;

	(void)state;
	watched(&w, NULL);
	tell_for(&w, 30, 15000, FULL * 0.9899);
	check_true(!world_alarmed(&w, "sources_disagree", "p"));
	tell_for(&w, 60, 3000, FULL * 0.9899); /* but less demand than a full gauge shows is one */
	check_true(world_alarmed(&w, "sources_disagree", "p"));
	world_fini(&w);
	world_init(&w);
	w.pools[0].load_tolerance_ppb = SP_NANO;
	world_build(&w);
	tell_for(&w, 30, 5000, 100);
	check_true(!world_alarmed(&w, "sources_disagree", "p"));
	world_fini(&w);
}

/* What was turned away no GPU shows: R22 counts it as offered, and it is no disagreement. */
static void r22_what_was_turned_away_is_added_to_the_gauge(void **state)
{
	world w;

	(void)state;
	watched(&w, NULL);
	for (int i = 0; i < 30; i++) {
		world_send(&w, SP_KIND_served, "f/input", 3000);
		world_send(&w, SP_KIND_rejected, "f/input", 4000);
		world_send(&w, SP_KIND_utilization, "p", 3000 / FULL);
		world_step(&w);
	}
	check_near(w.engine->pools[0].gauged, 7000, 1e-9);
	check_true(!world_alarmed(&w, "sources_disagree", "p"));
	for (int i = 0; i < 30; i++) {
		world_send(&w, SP_KIND_demand, "f/input", 7000);
		world_send(&w, SP_KIND_served, "f/input", 3000);
		world_send(&w, SP_KIND_utilization, "p", 3000 / FULL);
		world_step(&w);
	}
	check_near(w.engine->pools[0].gauged, 7000, 1e-9);
	check_true(!world_alarmed(&w, "sources_disagree", "p"));
	world_fini(&w);
}

/* The setpoint lies at 5,600: who is above it raises, who is below cuts. */
static void the_price_moves_only_where_both_bear_it_out(void **state)
{
	static const struct {
		double demand, gauge;
		int direction; /* of the law's own index */
		double used;   /* the load by which it was asked */
	} table[] = {
	    {10000, 7000, 1, 7000}, {7000, 12000, 1, 7000}, /* both raise: the smaller */
	    {4000, 2000, -1, 4000}, {2000, 4000, -1, 4000}, /* both cut: the larger */
	    {8000, 3000, 0, 0},     {3000, 7000, 0, 0},     /* neither */
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		world w;
		const sp_decision *d;
		int64_t before;
		watched(&w, "utilization_pi");
		w.families[0].rails.min_interval_ns = SP_DAY; /* nothing is told: the own index shows what the law did */
		d = tell_for(&w, 40, table[i].demand, table[i].gauge);
		check_true(world_alarmed(&w, "sources_disagree", "p"));
		before = own_of(&w);
		d = tell(&w, table[i].demand, table[i].gauge);
		check_i64((own_of(&w) > before) - (own_of(&w) < before), table[i].direction);
		if (table[i].used > 0)
			check_near(sp_engine_readings(w.engine, 0)->readings[SP_READING_LOAD].estimate.value, table[i].used,
			           0.02 * table[i].used);
		if (table[i].direction == 0)
			check_text(d->reason, "sources_disagree");
		else
			check_text(d->reason, table[i].direction > 0 ? "above_setpoint" : "below_setpoint");
		world_fini(&w);
	}
}

/* The law that says what it was told: it raises by what its load is above 5,600, in millionths. */
static sp_law_input seen[4];
static uint32_t n_seen;

static void follow(const sp_law_input *input, void *state, const void *params, sp_wish *wish)
{
	(void)params;
	(*(int64_t *)state)++; /* how often it was asked, in the state that counts */
	if (n_seen < 4)
		seen[n_seen] = *input;
	n_seen++;
	wish->action = SP_LAW_MOVE;
	wish->reason = "moved";
	wish->terms[0] = (sp_term_wish){.exact = true, .amount = {7000}};
	wish->terms[1] = (sp_term_wish){.exact = true};
	wish->terms[1].amount.ppb = (int64_t)(input->readings[SP_READING_LOAD].estimate.value - 5600);
}

static void follow_init(void *state, const void *params)
{
	(void)params;
	*(int64_t *)state = 0;
}

static const sp_law_term follow_terms[] = {{"cost", true, true, SP_CLOCK_COST},
                                           {"load", false, false, SP_CLOCK_DEMAND}};
static const char *const follow_reasons[] = {"moved", NULL};
static const sp_law_ops follow_law = {
    .name = "follow",
    .version = 1,
    .source = "this test",
    .help = "Follows the load.",
    .state_size = 8,
    .needs = SP_NEEDS(LOAD) | SP_NEEDS(DEMAND),
    .terms = follow_terms,
    .n_terms = 2,
    .reasons = follow_reasons,
    .init = follow_init,
    .decide = follow,
};

static void a_law_is_asked_by_both_from_the_state_it_had(void **state)
{
	world w;
	const sp_decision *d;
	int64_t asked, own;

	(void)state;
	world_init(&w);
	w.families[0].law = &follow_law;
	w.families[0].rails.min_interval_ns = 30 * SP_DAY;
	world_build(&w);
	n_seen = 0;
	tell(&w, 6000, 6000);
	check_u64(n_seen, 1); /* they agree: once, by demand */
	tell_for(&w, 60, 8000, 3000);
	asked = *(int64_t *)sp_engine_law_state(w.engine, 0);
	own = own_of(&w);
	n_seen = 0;
	d = tell(&w, 8000, 3000);
	check_u64(n_seen, 2);
	check_near(seen[0].readings[SP_READING_LOAD].estimate.value, 3000, 60);
	check_near(seen[0].readings[SP_READING_DEMAND].estimate.value, 3000, 60);
	check_near(seen[1].readings[SP_READING_LOAD].estimate.value, 8000, 160);
	check_near(seen[1].readings[SP_READING_DEMAND].estimate.value, 8000, 160);
	check_near(seen[0].others, 0, 0);
	/* what rails may read is left by the smaller */
	check_near(sp_engine_readings(w.engine, 0)->readings[SP_READING_LOAD].estimate.value, 3000, 60);
	/* 3,000 would cut and 8,000 raise: nothing moves, the level of cost stays, and the law was not asked */
	check_text(d->reason, "sources_disagree");
	check_i64(own_of(&w), own);
	check_i64(*(int64_t *)sp_engine_law_state(w.engine, 0), asked);
	check_i64(w.engine->families[0].law_terms_ppb[0], 7000);
	tell_for(&w, 90, 12000, 7000);
	asked = *(int64_t *)sp_engine_law_state(w.engine, 0);
	own = own_of(&w);
	n_seen = 0;
	tell(&w, 12000, 7000);
	check_u64(n_seen, 2);
	check_near((double)(own_of(&w) - own), 7000 - 5600, 200);
	check_i64(*(int64_t *)sp_engine_law_state(w.engine, 0), asked + 1);
	world_fini(&w);
}

/* eip1559 weighs the mean of a whole block: a disagreement in the middle of it still counts at its end. */
static void a_law_that_is_asked_per_change_weighs_what_was_told_meanwhile(void **state)
{
	static const double gauges[] = {8000, 2000};

	(void)state;
	for (int i = 0; i < 2; i++) {
		world w;
		const sp_decision *d;
		world_init(&w);
		world_use_law(&w, 0, "eip1559");
		w.families[0].rails.min_interval_ns = 3 * SP_HOUR;
		world_build(&w);
		tell_for(&w, 200, 8000, 8000);
		while (w.engine->families[0].load_count > 1)
			tell(&w, 8000, 8000);
		tell_for(&w, 60, 8000, gauges[i]);
		d = tell_for(&w, 100, 8000, 8000);
		check_true(!world_alarmed(&w, "sources_disagree", "p"));
		check_i64(w.engine->families[0].load_apart < 0, i == 1);
		for (int k = 0; k < 40 && d->outcome == SP_OUTCOME_HELD; k++)
			d = tell(&w, 8000, 8000);
		check_i64(d->outcome, SP_OUTCOME_PUBLISHED);
		check_true(i == 0 ? d->index.ppb - d->before.ppb > 30000000 : d->index.ppb - d->before.ppb < 20000000);
		world_fini(&w);
	}
}

static void r13_a_checkpoint_holds_both(void **state)
{
	static uint8_t bytes[1 << 20];
	world w, to;

	(void)state;
	watched(&w, "utilization_pi");
	watched(&to, "utilization_pi");
	tell_for(&w, 40, 8000, 3000);
	sp_engine_save(w.engine, bytes, sizeof bytes);
	check_status(sp_engine_restore(to.engine, bytes, sp_engine_save_size(w.engine), NULL), SP_OK);
	to.now_ns = w.now_ns;
	tell_for(&w, 10, 8000, 7000);
	tell_for(&to, 10, 8000, 7000);
	check_bytes(to.engine->block, w.engine->block, w.engine->block_size);
	world_fini(&w);
	world_fini(&to);
}

static void r17_a_reload_carries_both_and_the_alarm(void **state)
{
	world w, to;

	(void)state;
	watched(&w, "utilization_pi");
	watched(&to, "utilization_pi");
	tell_for(&w, 40, 8000, 3000);
	check_status(world_carry(&to, &w, false, NULL), SP_OK);
	check_true(world_alarmed(&to, "sources_disagree", "p"));
	tell(&to, 8000, 3000);
	check_true(world_alarm(&to, "sources_disagree") == NULL && world_alarmed(&to, "sources_disagree", "p"));
	world_fini(&w);
	world_fini(&to);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_differs_within_the_tolerance_agrees),
	    cmocka_unit_test(a_disagreement_is_said_and_cleared),
	    cmocka_unit_test(what_cannot_be_compared_does_not_disagree),
	    cmocka_unit_test(r22_what_was_turned_away_is_added_to_the_gauge),
	    cmocka_unit_test(the_price_moves_only_where_both_bear_it_out),
	    cmocka_unit_test(a_law_is_asked_by_both_from_the_state_it_had),
	    cmocka_unit_test(a_law_that_is_asked_per_change_weighs_what_was_told_meanwhile),
	    cmocka_unit_test(r13_a_checkpoint_holds_both),
	    cmocka_unit_test(r17_a_reload_carries_both_and_the_alarm),
	};
	return cmocka_run_group_tests_name("engine: two sources of one load", tests, NULL, NULL);
}
