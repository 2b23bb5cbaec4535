/* test_rollup.c - hours come back as they were written, from any tick on, and a damaged one is told. */
#include <stdio.h>

#include "tests/log/sample.h"

typedef struct told_hours {
	sp_log_rollup_row rows[8];
	char subjects[8][32];
	uint32_t n, stop_after;
} told_hours;

static bool see_hour(void *context, const sp_log_rollup_row *row)
{
	told_hours *told = context;

	snprintf(told->subjects[told->n], sizeof told->subjects[0], "%s", row->rollup.subject);
	told->rows[told->n++] = *row;
	return told->n < told->stop_after;
}

/* Every 3rd tick has two. */
static void hours_are_read_from_a_tick_on_and_as_they_were_written(void **state)
{
	sp_log_file *log = sample_open(sample_path("a.db"), NULL);
	told_hours told = {.stop_after = 8}, one = {.stop_after = 1};
	sample s;

	(void)state;
	check_status(sp_log_rollups(log, 1, see_hour, &told, NULL), SP_OK);
	check_u64(told.n, 0);
	sample_commit(log, 1, 10);
	check_status(sp_log_rollups(log, 4, see_hour, &told, NULL), SP_OK);
	check_u64(told.n, 4);
	sample_make(&s, 6);
	for (uint32_t i = 0; i < 4; i++) {
		const sp_rollup *got = &told.rows[i].rollup, *given = &s.rollups[i % 2];
		check_i64(told.rows[i].tick, i < 2 ? 6 : 9);
		check_text(told.subjects[i], given->subject);
		check_i64(got->hour_ns, given->hour_ns);
		check_u64(got->kind, given->kind);
		check_u64(got->count, i == 2 ? 9 : given->count);
	}
	check_near(told.rows[0].rollup.mean.real, 0.506, 0);
	check_near(told.rows[0].rollup.max.real, 1, 0);
	check_i64(told.rows[1].rollup.mean.nano, 2100000000);
	check_i64(told.rows[1].rollup.last.nano, 2100000006);
	check_status(sp_log_rollups(log, -3, see_hour, &one, NULL), SP_OK);
	check_u64(one.n, 1);
	check_i64(one.rows[0].tick, 3);
	sp_log_close(log);
}

static void a_damaged_hour_is_told_and_never_read(void **state)
{
	static const char *const damages[] = {"kind = 'nonsense'", "count = -1", "count = 5000000000",
	                                      "mean = 9e999, min = 9e999", "mean = 1, min = 1, max = 1, last = 1"};
	sp_log_options options = {.read_only = true};

	(void)state;
	for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
		const char *path = sample_path("d.db");
		told_hours told = {.stop_after = 8};
		sp_message message = {""};
		sp_log_file *log = NULL;
		char sql[256];

		sample_log(path, 3, NULL);
		snprintf(sql, sizeof sql, "DROP TRIGGER rollup_kept; UPDATE rollup SET %s WHERE kind = 'utilization'",
		         damages[i]);
		sample_sql(path, sql);
		check_status(sp_log_open(path, &options, &log, NULL), SP_OK);
		check_status(sp_log_rollups(log, 0, see_hour, &told, &message), SP_E_DAMAGED);
		check_contains(message.text, "rollup");
		check_u64(told.n, 0);
		sp_log_close(log);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(hours_are_read_from_a_tick_on_and_as_they_were_written),
	    cmocka_unit_test(a_damaged_hour_is_told_and_never_read),
	};

	sample_in_memory();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
