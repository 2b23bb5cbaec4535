/* test_story.c - what a run leaves behind: counts that add up, and pictures that stay small however long it was. */
#include <stdlib.h>
#include <string.h>

#include "sim/replay/story.h"
#include "tests/drive/tape.h"

/* A thousand periods, counted beside the story by hand. */
static void a_story_counts_what_passed(void **state)
{
	sp_config *config = tape_config(tape_yaml);
	sp_drive *drive = tape_open(config, NULL);
	sp_story *story = sp_story_open(sp_config_setup(config));
	const sp_story_family *f;
	uint64_t raises = 0, cuts = 0, step = 0, recorded = 0, taken = 0, refused = 0, activated = 0;
	int64_t low = 0, high = 0, first = 0, last = 0;

	(void)state;
	for (int64_t i = 0; i < 1000; i++) {
		sp_drive_answer answer = tape_play(drive, i, NULL);
		const sp_decision *d = &answer.tick->decisions[1];
		sp_story_tick(story, sp_drive_engine(drive), &answer);
		raises += d->outcome == SP_OUTCOME_PUBLISHED && d->index.ppb > d->before.ppb;
		cuts += d->outcome == SP_OUTCOME_PUBLISHED && d->index.ppb < d->before.ppb;
		step += (d->binds & SP_RAIL_BIT(step)) != 0;
		activated += answer.tick->decisions[2].n_activated > 0;
		recorded += answer.tick->n_recorded;
		taken += answer.tick->taken;
		refused += answer.tick->refused[SP_REFUSED_out_of_range];
		if (i == 0)
			low = high = first = d->before.ppb;
		last = d->in_force.ppb;
		low = last < low ? last : low;
		high = last > high ? last : high;
	}
	f = sp_story_family_at(story, 1);
	check_text(f->id, "chat/east");
	check_text(f->policy, "utilization_pi");
	check_u64(f->mode, SP_MODE_AUTO);
	check_u64(f->raises, raises);
	check_u64(f->cuts, cuts);
	check_u64(f->binds[SP_RAIL_step], step);
	check_i64(f->first.ppb, first);
	check_i64(f->last.ppb, last);
	check_i64(f->low.ppb, low);
	check_i64(f->high.ppb, high);
	check_u64(f->outcomes[SP_OUTCOME_HELD] + f->outcomes[SP_OUTCOME_PUBLISHED], 1000);
	check_u64(sp_story_family_at(story, 2)->activated, activated);
	check_u64(sp_story_recorded(story), recorded);
	check_u64(sp_story_taken(story), taken);
	check_u64(sp_story_refused(story)[SP_REFUSED_out_of_range], refused);
	check_true(raises > 10 && cuts > 10 && activated > 0 && refused > 0);
	sp_story_close(story);
	sp_drive_close(drive);
	sp_config_close(config);
}

static void alarms_are_counted_by_code_and_subject(void **state)
{
	static const sp_alarm_change changes[] = {
	    {{"stale_cost", "east", 5, "old", "send"}, true},  {{"stale_cost", "west", 6, "old", "send"}, true},
	    {{"stale_cost", "east", 5, "old", "send"}, false}, {{"commit", "", 7, "full", "free"}, true},
	    {{"stale_cost", "east", 9, "old", "send"}, true},  {{"stale_cost", "west", 6, "old", "send"}, false}};
	sp_story_alarms alarms = {0};

	(void)state;
	for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++)
		check_true(sp_story_alarms_change(&alarms, &changes[i]));
	check_u64(alarms.n, 3);
	check_text(alarms.rows[0].subject, "east");
	check_u64(alarms.rows[0].raised, 2);
	check_true(alarms.rows[0].stands && !alarms.rows[1].stands && alarms.rows[2].stands);
	check_i64(alarms.rows[0].since_ns, 9);
	check_text(alarms.rows[2].cure, "free");
	free(alarms.rows);
}

static void a_picture_thins_itself_and_stays_even(void **state)
{
	sp_config *config = tape_config(tape_yaml);
	sp_drive *drive = tape_open(config, NULL);
	sp_story *story = sp_story_open(sp_config_setup(config));
	const sp_story_point *points;
	uint32_t n;

	(void)state;
	for (int64_t i = 0; i < 2 * SP_STORY_POINTS_MAX + 100; i++) {
		sp_drive_answer answer = tape_play(drive, i, NULL);
		sp_story_tick(story, sp_drive_engine(drive), &answer);
	}
	points = sp_story_points(story, 1, &n);
	check_u64(n, SP_STORY_POINTS_MAX / 2 + 25);
	for (uint32_t i = 0; i < n; i++)
		check_i64(points[i].t_ns, tape_end(4 * (int64_t)i));
	check_true(points[10].load > 0 && points[10].cost > 0 && points[10].in_force_ppb > 0);
	sp_story_close(story);
	sp_drive_close(drive);
	sp_config_close(config);
}

static void families_are_known_again_by_their_ids(void **state)
{
	sp_config *wide = tape_config(tape_yaml_wide), *config = tape_config(tape_yaml);
	sp_story *story = sp_story_open(sp_config_setup(config));
	sp_drive *drive = tape_open(wide, NULL);
	sp_drive_answer answer;

	(void)state;
	check_true(sp_story_setup(story, sp_config_setup(wide)));
	check_true(sp_story_setup(story, sp_config_setup(config)));
	check_true(sp_story_setup(story, sp_config_setup(wide)));
	check_u64(sp_story_n_families(story), 4);
	check_text(sp_story_family_at(story, 3)->id, "new/east");
	answer = tape_play(drive, 0, NULL);
	sp_story_tick(story, sp_drive_engine(drive), &answer);
	check_text(sp_story_family_at(story, 3)->policy, "utilization_pi");
	sp_story_close(story);
	sp_story_close(NULL);
	sp_drive_close(drive);
	sp_config_close(wide);
	sp_config_close(config);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_story_counts_what_passed),
	    cmocka_unit_test(alarms_are_counted_by_code_and_subject),
	    cmocka_unit_test(a_picture_thins_itself_and_stays_even),
	    cmocka_unit_test(families_are_known_again_by_their_ids),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
