/* test_trial.c - a law tried on a world lives on the very plant that a search over prices does: the same money, to the nano-USD. */
#include "sim/market/trial.h"

#include <string.h>

#include "tests/check/check.h"

#define LAW_PI  "{use: utilization_pi}"
#define SHORT_N 2

static const char *const SHORT[SHORT_N] = {"length=6d", "tail=1d"}; /* quick enough for every kind */

typedef struct lived {
	sp_world *world;
	sp_config *config;
	sp_trial_result result;
} lived;

static void live(lived *l, const char *name, uint64_t seed, const char *law, const sp_trial_options *options)
{
	const sp_world_kind *kind = sp_world_kind_find(name);
	const sp_world_options traits = {.settings = SHORT, .n_settings = SHORT_N};
	sp_message message = {""};
	check_true(kind != NULL);
	check_status(sp_world_open(kind, seed, &traits, &l->world, &message), SP_OK);
	check_status(sp_world_config(kind, law, &l->config, &message), SP_OK);
	sp_status status = sp_trial_run(l->world, l->config, options, &l->result, &message);
	check_text(message.text, "");
	check_status(status, SP_OK);
}

static void live_end(lived *l)
{
	sp_trial_close(&l->result);
	sp_config_close(l->config);
	sp_world_close(l->world);
}

static void the_loop_and_the_bare_plant_make_the_same_money(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < sp_world_n_kinds; i++) {
		lived l;
		sp_plant plant;
		live(&l, sp_world_kinds[i].name, 3, LAW_PI, NULL);
		sp_plant_init(l.world, &plant);
		for (uint32_t t = 0; t < l.world->n_periods; t++)
			sp_plant_step(l.world, &plant, l.result.path[t], NULL);
		check_bytes(&plant.total, &l.result.money, sizeof plant.total);
		check_true(l.result.money.margin.nano != 0);
		live_end(&l);
	}
}

static void a_fixed_price_is_the_list_price_all_along(void **unused)
{
	(void)unused;
	static const double list[] = {1};
	lived l;
	live(&l, "calm", 2, "{use: fixed}", NULL);
	check_money(l.result.money.margin, sp_plant_path(l.world, list, 1));
	check_u64(l.result.moves, 0);
	check_u64(l.result.at_rail, 0);
	live_end(&l);
}

static void the_same_seed_makes_the_same_decisions(void **unused)
{
	(void)unused;
	const sp_trial_options options = {.story = true};
	lived one, again, other;
	live(&one, "mixed", 4, LAW_PI, &options);
	live(&again, "mixed", 4, LAW_PI, &options);
	live(&other, "mixed", 5, LAW_PI, &options);
	check_bytes(sp_story_digest(again.result.story), sp_story_digest(one.result.story), 32);
	check_bytes(again.result.path, one.result.path, one.world->n_periods * sizeof(double));
	check_bytes(&again.result.money, &one.result.money, sizeof one.result.money);
	check_true(memcmp(sp_story_digest(other.result.story), sp_story_digest(one.result.story), 32) != 0);
	live_end(&one);
	live_end(&again);
	live_end(&other);
}

typedef struct watched {
	uint32_t answered, alone;
	double offered, served;
	int64_t margin_nano;
} watched;

static sp_status watch(void *context, const sp_engine *engine, const sp_drive_answer *answer, const sp_plant_flow *flow)
{
	watched *w = context;
	(void)engine;
	w->answered += answer != NULL;
	w->alone += answer == NULL;
	w->offered += flow->offered * 600;
	w->served += flow->served * 600;
	w->margin_nano += flow->money.margin.nano;
	return SP_OK;
}

static void the_tail_is_frozen_and_counts(void **unused)
{
	(void)unused;
	watched w = {0};
	const sp_trial_options options = {.look = watch, .context = &w};
	lived l;
	live(&l, "service_b", 1, LAW_PI, &options);
	check_u64(w.answered, 6 * 144);
	check_u64(w.alone, 144);
	check_i64(w.margin_nano, l.result.money.margin.nano);
	check_near(w.offered, l.result.offered, 1e-6 * w.offered);
	check_near(w.offered - w.served, l.result.rejected, 1e-6 * w.offered);
	for (uint32_t t = l.world->n_priced; t < l.world->n_periods; t++)
		check_near(l.result.path[t], l.result.path[l.world->n_priced - 1], 0);
	live_end(&l);
}

static void prices_move_every_four_hours_by_a_step_at_most(void **unused)
{
	(void)unused;
	lived l;
	live(&l, "daily", 8, LAW_PI, NULL);
	uint32_t since = 24, moves = 0;
	double before = 1;
	for (uint32_t t = 0; t < l.world->n_periods; t++, since++) {
		double ratio = l.result.path[t] / before;
		if (ratio != 1) {
			check_true(since >= 24);
			check_true(ratio > 0.9499 && ratio < 1.0501);
			since = 0;
			moves++;
		}
		before = l.result.path[t];
	}
	check_u64(moves, l.result.moves);
	check_true(moves > 10);
	live_end(&l);
}

/* Raises of the notice kind wait their 30 days: none comes into force in a week. */
static void raises_wait_for_their_notice(void **unused)
{
	(void)unused;
	lived l;
	live(&l, "notice", 2, LAW_PI, NULL);
	for (uint32_t t = 1; t < l.world->n_periods; t++)
		check_true(l.result.path[t] <= l.result.path[t - 1]);
	live_end(&l);
}

static void another_configuration_is_refused(void **unused)
{
	(void)unused;
	lived l;
	live(&l, "spot", 1, LAW_PI, NULL);
	sp_config *other = NULL;
	sp_trial_result result;
	sp_message message;
	check_status(sp_world_config(sp_world_kind_find("calm"), LAW_PI, &other, &message), SP_OK);
	check_status(sp_trial_run(l.world, other, NULL, &result, &message), SP_E_MISMATCH);
	check_text(message.text, "the configuration is not of world spot");
	sp_trial_close(&result);
	sp_config_close(other);
	check_status(sp_world_config(sp_world_kind_find("calm"), "{use: magic}", &other, &message), SP_E_SYNTAX);
	check_contains(message.text, "calm:16:19: no such law");
	live_end(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_loop_and_the_bare_plant_make_the_same_money),
	    cmocka_unit_test(a_fixed_price_is_the_list_price_all_along),
	    cmocka_unit_test(the_same_seed_makes_the_same_decisions),
	    cmocka_unit_test(the_tail_is_frozen_and_counts),
	    cmocka_unit_test(prices_move_every_four_hours_by_a_step_at_most),
	    cmocka_unit_test(raises_wait_for_their_notice),
	    cmocka_unit_test(another_configuration_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
