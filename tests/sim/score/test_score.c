/* test_score.c - laws against what could have been made: list is 0 of the way, the same whoever lived the worlds, and nothing is said of a
 * gap too small to measure in. */
#include "sim/score/tally.h"

#include <string.h>

#include "tests/check/check.h"

#define ENTRANTS 3

static const char *const SHORT[] = {"length=6d", "tail=1d"};

typedef struct scored {
	sp_entrant entrants[ENTRANTS];
	sp_score score;
} scored;

static void score_them(scored *s, uint32_t jobs)
{
	static const char *const laws[ENTRANTS] = {"fixed", "utilization_pi", "eip1559"};
	static const uint32_t kinds[] = {0, 3, 17};
	const sp_score_plan plan = {
	    .entrants = s->entrants,
	    .n_entrants = ENTRANTS,
	    .kinds = kinds,
	    .n_kinds = 3,
	    .first_seed = 5,
	    .n_seeds = 2,
	    .moves = 40,
	    .jobs = jobs,
	    .options = {.settings = SHORT, .n_settings = 2},
	};
	sp_message message = {""};

	for (int i = 0; i < ENTRANTS; i++)
		check_status(sp_entrant_parse(laws[i], &s->entrants[i], &message), SP_OK);
	sp_status status = sp_score_run(&plan, &s->score, &message);
	check_text(message.text, "");
	check_status(status, SP_OK);
}

static void fixed_has_made_nothing_of_the_way(void **unused)
{
	scored s;
	(void)unused;
	score_them(&s, 1);
	for (uint32_t w = 0; w < s.score.n_worlds; w++) {
		check_money(s.score.rows[w * ENTRANTS].margin, s.score.worlds[w].list);
		check_near(sp_score_share(&s.score.worlds[w], &s.score.rows[w * ENTRANTS]).value, 0, 0);
	}
	const sp_score_tally t = sp_score_add_up(&s.score, 0, sp_score_of_group, SP_WORLD_MAIN);
	check_u64(t.n, 4);
	check_near(t.share.value, 0, 0);
	check_near(t.mean_list, 0, 0);
	check_near(t.moves_a_day, 0, 0);
	sp_score_close(&s.score);
}

static void nobody_is_better_than_the_clairvoyant(void **unused)
{
	scored s;
	(void)unused;
	score_them(&s, 2);
	for (uint32_t w = 0; w < s.score.n_worlds; w++)
		for (uint32_t i = 0; i < ENTRANTS; i++) {
			const sp_score_row *row = &s.score.rows[w * ENTRANTS + i];
			check_true(row->clairvoyant.nano >= row->margin.nano);
			check_true(row->clairvoyant.nano >= s.score.worlds[w].clairvoyant.nano);
			check_true(sp_score_share(&s.score.worlds[w], row).value <= 1);
		}
	sp_score_close(&s.score);
}

static void one_job_and_two_make_the_same_bytes(void **unused)
{
	scored one, two;
	(void)unused;
	memset(&one, 0, sizeof one);
	memset(&two, 0, sizeof two);
	score_them(&one, 1);
	score_them(&two, 2);
	check_bytes(two.score.worlds, one.score.worlds, one.score.n_worlds * sizeof *one.score.worlds);
	check_bytes(two.score.rows, one.score.rows, (size_t)one.score.n_worlds * ENTRANTS * sizeof *one.score.rows);
	check_true(one.score.worlds[0].seed == 5 && one.score.worlds[1].seed == 6);
	check_true(one.score.worlds[5].kind == 17);
	check_true(one.score.worlds[0].reserved.nano > 0);
	sp_score_close(&one.score);
	sp_score_close(&two.score);
}

/* --- sums by hand --- */

static sp_money usd(int64_t whole)
{
	return (sp_money){whole * SP_NANO};
}

static void shares_are_pooled_in_dollars_and_percents_are_of_static(void **unused)
{
	sp_score_world worlds[] = {
	    {.group = SP_WORLD_MAIN, .list = usd(100), .fixed = usd(180), .clairvoyant = usd(200), .reserved = usd(50)},
	    {.group = SP_WORLD_NOTICE, .list = usd(10), .fixed = usd(10), .clairvoyant = usd(1000)},
	    {.group = SP_WORLD_MAIN, .list = usd(900), .fixed = usd(1000), .clairvoyant = usd(1100), .reserved = usd(70)},
	};
	sp_score_row rows[] = {
	    {.margin = usd(190), .clairvoyant = usd(200), .offered = 10, .rejected = 1, .moves_a_day = 2, .below = usd(3)},
	    {.margin = usd(20), .clairvoyant = usd(1000)},
	    {.margin = usd(870), .clairvoyant = usd(1100), .offered = 90, .rejected = 4, .moves_a_day = 4, .at_rail = 0.5},
	};
	const sp_score score = {3, 1, worlds, rows};
	const sp_score_tally t = sp_score_add_up(&score, 0, sp_score_of_group, SP_WORLD_MAIN);
	(void)unused;
	check_u64(t.n, 2);
	check_true(t.share.known && t.of_static.known);
	check_near(t.share.value, (90.0 - 30) / (100 + 200), 1e-15);
	check_near(t.of_static.value, (90.0 - 30) / (80 + 100), 1e-15);
	check_near(t.mean_static, (10 / 180.0 - 130 / 1000.0) / 2, 1e-15);
	check_near(t.worst_static, -130 / 1000.0, 1e-15);
	check_near(t.mean_list, (90 / 180.0 - 30 / 1000.0) / 2, 1e-15);
	check_near(t.worst_list, -30 / 1000.0, 1e-15);
	check_near(t.moves_a_day, 3, 1e-15);
	check_near(t.at_rail, 0.25, 1e-15);
	check_near(t.refused, 0.05, 1e-15);
	check_near(t.below_usd, 3, 1e-12);
	check_near(t.reserved_usd, 120, 1e-12);
}

static void a_gap_under_one_percent_of_margin_has_no_share(void **unused)
{
	sp_score_world world = {.list = usd(1000), .fixed = usd(1000), .clairvoyant = usd(1009)};
	sp_score_row row = {.margin = usd(1005), .clairvoyant = usd(1009)};
	const sp_score score = {1, 1, &world, &row};
	(void)unused;
	check_true(!sp_score_share(&world, &row).known);
	check_true(!sp_score_add_up(&score, 0, sp_score_of_group, SP_WORLD_MAIN).share.known);
	world.clairvoyant = row.clairvoyant = usd(1010);
	check_true(sp_score_share(&world, &row).known);
	check_near(sp_score_share(&world, &row).value, 0.5, 1e-15);
	check_true(!sp_score_add_up(&score, 0, sp_score_of_group, SP_WORLD_MAIN).of_static.known);
	check_u64(sp_score_add_up(&score, 0, sp_score_of_group, SP_WORLD_NOTICE).n, 0);
}

/* --- entrants --- */

static void entrants_are_read_as_written(void **unused)
{
	sp_entrant entrant;
	sp_hint hint;
	sp_message message = {""};
	(void)unused;
	check_status(sp_entrant_parse("utilization_pi={gain: 5%}", &entrant, &message), SP_OK);
	check_text(entrant.params, "gain: 5%");
	check_true(sp_entrant_listens(&entrant));
	check_status(sp_entrant_parse("utilization_pi=elasticity: 3", &entrant, &message), SP_OK);
	check_true(!sp_entrant_listens(&entrant));
	check_status(sp_entrant_parse("fixed", &entrant, &message), SP_OK);
	check_true(!sp_entrant_listens(&entrant));
	check_status(sp_entrant_parse("fixd", &entrant, &message), SP_E_UNKNOWN);
	check_text(message.text, "there is no law 'fixd': did you mean fixed?");
	check_status(sp_hint_parse("truth", &hint, &message), SP_OK);
	check_u64(hint.kind, SP_HINT_TRUTH);
	check_status(sp_hint_parse("1.5", &hint, &message), SP_OK);
	check_u64(hint.kind, SP_HINT_NUMBER);
	check_status(sp_hint_parse("-1", &hint, &message), SP_E_SYNTAX);
	check_status(sp_hint_parse("0", &hint, &message), SP_E_SYNTAX);
}

static double told_elasticity(const char *law, const char *told, const sp_world *world)
{
	sp_entrant entrant;
	sp_config *config = NULL;
	sp_message message = {""};
	double elasticity;

	check_status(sp_entrant_parse(law, &entrant, &message), SP_OK);
	check_status(sp_hint_parse(told, &entrant.told, &message), SP_OK);
	sp_status status = sp_entrant_config(&entrant, world, &config, &message);
	check_text(message.text, "");
	check_status(status, SP_OK);
	const sp_param *row = sp_param_find(entrant.law->params, entrant.law->n_params, "elasticity", 10);
	memcpy(&elasticity, (const char *)sp_config_setup(config)->families[0].law_params + row->offset, sizeof elasticity);
	sp_config_close(config);
	return elasticity;
}

static void the_truth_is_the_worlds_elasticity(void **unused)
{
	sp_world *world = NULL;
	(void)unused;
	check_status(sp_world_open(sp_world_kind_find("calm"), 2, NULL, &world, NULL), SP_OK);
	check_near(told_elasticity("utilization_pi", "truth", world), world->traits.elasticity, 1e-6);
	check_near(told_elasticity("utilization_pi", "2.5", world), 2.5, 0);
	check_true(world->traits.elasticity != 2.5);
	sp_world_close(world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(fixed_has_made_nothing_of_the_way),
	    cmocka_unit_test(nobody_is_better_than_the_clairvoyant),
	    cmocka_unit_test(one_job_and_two_make_the_same_bytes),
	    cmocka_unit_test(shares_are_pooled_in_dollars_and_percents_are_of_static),
	    cmocka_unit_test(a_gap_under_one_percent_of_margin_has_no_share),
	    cmocka_unit_test(entrants_are_read_as_written),
	    cmocka_unit_test(the_truth_is_the_worlds_elasticity),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
