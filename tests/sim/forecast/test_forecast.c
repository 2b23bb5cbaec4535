/* test_forecast.c - histories read, and forecasts judged without a look ahead. */
#include "tests/check/check.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/time.h"
#include "sim/forecast/contest.h"

/* --- histories --- */

static const char *written(const char *text)
{
	static char path[512];
	snprintf(path, sizeof path, "%s/history.csv", sp_check_scratch());
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	return path;
}

static sp_status read_text(const char *text, const char *keys, sp_history *history, sp_message *message)
{
	char spec[800];
	snprintf(spec, sizeof spec, "%s%s", written(text), keys);
	return sp_history_read(spec, history, message);
}

static void a_history_is_a_column_with_its_usual_step(void **state)
{
	(void)state;
	sp_history history;
	sp_message message = {""};
	const char *text = "t,who,x\n0,a,1\n60,a,\n60,b,7\n120,a,0\n180,a,4\n600,a,5\n";
	check_status(read_text(text, ",value=x,who=a,missing=null", &history, &message), SP_OK);
	check_u64(history.n, 4);
	check_u64(history.missing, 1);
	check_u64(history.filtered, 1);
	check_u64(history.rows, 6);
	check_i64(history.step_ns, 2 * SP_MIN); /* of 2, 1 and 7 minutes */
	check_i64(history.t_ns[3], 10 * SP_MIN);
	check_near(history.x[1], 0, 0);
	check_contains(history.name, "history.csv, x");
	sp_history_fini(&history);
}

static void what_is_wrong_is_said_with_its_place(void **state)
{
	(void)state;
	static const struct {
		const char *text, *keys, *part;
		sp_status status;
	} cases[] = {
	    {"t,x\n1,2\n", "", "which column? Say value=COLUMN", SP_E_UNKNOWN},
	    {"t,x\n1,2\n", ",value=y", "value=y is no column of the file; it has: t, x", SP_E_UNKNOWN},
	    {"t,x\n1,2\n", ",value=x,y=1", "'y' is no key and no column of the file", SP_E_UNKNOWN},
	    {"t,x\n1,2\n2,\n", ",value=x", "history.csv:3: x: '' is no number; where it means", SP_E_SYNTAX},
	    {"t,x\n2,2\n1,2\n", ",value=x", "history.csv:3: t: before the row before it", SP_E_RANGE},
	    {"t,x\n1,2,3\n", ",value=x", "history.csv:2: row: has 3 columns", SP_E_SYNTAX},
	    {"", ",value=x", "no header", SP_E_SYNTAX},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		sp_history history;
		sp_message message = {""};
		check_status(read_text(cases[i].text, cases[i].keys, &history, &message), cases[i].status);
		check_contains(message.text, cases[i].part);
	}
	sp_history history;
	sp_message message = {""};
	check_status(sp_history_read("/nowhere/at/all.csv,value=x", &history, &message), SP_E_ABSENT);
	check_status(sp_history_read("usage:u.csv,value=x", &history, &message), SP_E_UNKNOWN);
}

/* --- contests --- */

#define N 400

typedef struct past {
	int64_t t_ns[N];
	double x[N];
	sp_history history;
} past;

static void past_make(past *p, double (*value)(int i))
{
	for (int i = 0; i < N; i++) {
		p->t_ns[i] = i * SP_HOUR;
		p->x[i] = value(i);
	}
	p->history = (sp_history){.n = N, .t_ns = p->t_ns, .x = p->x, .step_ns = SP_HOUR, .rows = N};
}

static double ramp(int i)
{
	return 3 * i;
}

static double daily(int i)
{
	return i % 24 < 12 ? 10 : 0;
}

static sp_estimator_setup entrant(const char *kind)
{
	sp_estimator_setup setup = {.ops = sp_estimator_find(kind, strlen(kind))};
	assert_non_null(setup.ops);
	sp_params_init(setup.ops->params, setup.ops->n_params, setup.params);
	return setup;
}

static void last_value_trails_a_ramp_by_the_horizon_and_a_trend_does_not(void **state)
{
	(void)state;
	past p;
	sp_contest contest;
	past_make(&p, ramp);
	sp_estimator_setup kinds[] = {entrant("holt"), entrant("ewma")};
	((double *)kinds[0].params)[2] = 1; /* phi */
	check_status(sp_contest_run(&p.history, 0, kinds, 2, &contest), SP_OK);
	check_u64(contest.n_rows, 4);
	check_u64(contest.times, N - 24);
	check_near(contest.rows[SP_CONTEST_LAST].mae, 3, 1e-9);
	check_near(contest.rows[SP_CONTEST_YESTERDAY].mae, 72, 1e-9);
	check_text(contest.rows[2].name, "holt");
	check_true(contest.rows[2].mae < 1);
	check_status(sp_contest_run(&p.history, 2 * SP_HOUR, kinds, 2, &contest), SP_OK);
	check_near(contest.rows[SP_CONTEST_LAST].mae, 6, 1e-9);
	check_near(contest.rows[SP_CONTEST_YESTERDAY].mae, 72, 1e-9);
	check_true(contest.rows[2].mae < 2);
}

static void yesterday_foretells_what_comes_again(void **state)
{
	(void)state;
	past p;
	sp_contest contest;
	past_make(&p, daily);
	check_status(sp_contest_run(&p.history, 0, NULL, 0, &contest), SP_OK);
	check_near(contest.rows[SP_CONTEST_YESTERDAY].mae, 0, 0);
	check_near(contest.rows[SP_CONTEST_LAST].mae, 10 / 12.0, 0.05);
	check_true(contest.zeros > 180 && contest.zeros < 200);
}

/* The value that is foretold changes nothing but the error of its own time and of later ones. */
static void nothing_later_is_shown_to_a_forecaster(void **state)
{
	(void)state;
	past p;
	past_make(&p, daily);
	for (int64_t ahead_ns = 0; ahead_ns <= 3 * SP_HOUR; ahead_ns += SP_HOUR) {
		sp_contest before, after;
		sp_estimator_setup kinds[SP_CONTEST_MAX];
		size_t n = 0;
		for (size_t i = 0; sp_estimators[i] != NULL; i++)
			kinds[n++] = entrant(sp_estimators[i]->name);
		check_status(sp_contest_run(&p.history, ahead_ns, kinds, n, &before), SP_OK);
		p.x[N - 1] += 1e6;
		check_status(sp_contest_run(&p.history, ahead_ns, kinds, n, &after), SP_OK);
		p.x[N - 1] -= 1e6;
		check_true(before.times > 0 && before.n_rows == SP_CONTEST_BASELINES + n);
		for (size_t r = 0; r < before.n_rows; r++)
			if (before.rows[r].judged)
				check_near((after.rows[r].mae - before.rows[r].mae) * (double)before.times, 1e6, 25);
	}
}

static void who_has_no_forecast_for_half_of_the_times_is_left_out(void **state)
{
	(void)state;
	past p;
	sp_contest contest;
	past_make(&p, ramp);
	p.history.n = 30; /* a day and a quarter */
	check_status(sp_contest_run(&p.history, 0, NULL, 0, &contest), SP_OK);
	check_true(contest.rows[SP_CONTEST_LAST].judged && !contest.rows[SP_CONTEST_YESTERDAY].judged);
	check_u64(contest.rows[SP_CONTEST_YESTERDAY].known, 6);
	check_u64(contest.times, 29);
	p.history.n = 0;
	check_status(sp_contest_run(&p.history, 0, NULL, 0, &contest), SP_OK);
	check_u64(contest.times, 0);
	check_true(!contest.rows[SP_CONTEST_LAST].judged);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_history_is_a_column_with_its_usual_step),
	    cmocka_unit_test(what_is_wrong_is_said_with_its_place),
	    cmocka_unit_test(last_value_trails_a_ramp_by_the_horizon_and_a_trend_does_not),
	    cmocka_unit_test(yesterday_foretells_what_comes_again),
	    cmocka_unit_test(nothing_later_is_shown_to_a_forecaster),
	    cmocka_unit_test(who_has_no_forecast_for_half_of_the_times_is_left_out),
	};
	return cmocka_run_group_tests_name("forecast", tests, NULL, NULL);
}
