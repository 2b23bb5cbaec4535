/* test_explain.c - why a decision is as it is: what is said is checked by doing it: a turning point by replaying with that
 * change, a waiting time by waiting. */
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/explain/explain.h"
#include "sim/explain/words.h"
#include "tests/drive/scribe.h"

#define UTILIZATION "load of east/h100"
#define SPOT        "GPU price of east/h100:spot"

/* One period of a plain tape: the load in one gauge, or as demand of one SKU; a GPU price every time; all just before the end. */
typedef struct plain {
	double load, price;
	bool by_demand, no_load, no_price;
} plain;

static void feed(sp_drive *drive, int64_t period, plain p)
{
	int64_t t_ns = tape_end(period) - 1;

	if (!p.no_load && p.by_demand)
		for (int i = 0; i < 4; i++)
			tape_send(drive, SP_KIND_demand,
			          (const char *const[]){"bulk/east/in", "chat/east/in", "chat/east/out", "list/east/in"}[i],
			          i == 1 ? p.load * 16000 : 0, t_ns);
	else if (!p.no_load)
		tape_send(drive, SP_KIND_utilization, "east/h100", p.load, t_ns);
	if (!p.no_price)
		tape_send(drive, SP_KIND_usd_per_gpu_h, "east/h100:spot", p.price, t_ns);
}

static plain usual(int64_t period)
{
	return (plain){.load = 0.70 + 0.10 * sin((double)period / 9), .price = period < 40 ? 2.0 : 2.2};
}

static sp_decision close_period(sp_drive *drive, int64_t period, const char *family)
{
	sp_drive_answer answer;
	sp_message message = {{0}};

	check_status(sp_drive_tick(drive, tape_end(period), &answer, &message), SP_OK);
	tape_check_sums(answer.tick);
	for (uint32_t i = 0; i < answer.tick->n_families; i++) {
		if (strcmp(answer.tick->decisions[i].family_id, family) == 0)
			return answer.tick->decisions[i];
	}
	fail();
	return (sp_decision){0};
}

/* --- a recording and its explanations --- */

static sp_log_file *open_log(const char *path)
{
	sp_log_options options = {.read_only = true};
	sp_log_file *log = NULL;
	sp_message message = {{0}};

	check_status(sp_log_open(path, &options, &log, &message), SP_OK);
	return log;
}

typedef struct row_sought {
	const char *outcome;
	int64_t after_tick, id, tick;
} row_sought;

static bool seek_row(void *context, const sp_log_decision_row *row)
{
	row_sought *sought = context;

	if (row->tick <= sought->after_tick || (sought->outcome && strcmp(row->outcome, sought->outcome) != 0))
		return true;
	sought->id = row->id;
	sought->tick = row->tick;
	return false;
}

/* The first decision of a family with an outcome after a tick. */
static row_sought seek(sp_log_file *log, const char *family, const char *outcome, int64_t after_tick)
{
	row_sought sought = {.outcome = outcome, .after_tick = after_tick};
	sp_message message = {{0}};

	check_status(sp_log_decisions(log, 1, family, seek_row, &sought, &message), SP_OK);
	check_true(sought.id > 0);
	return sought;
}

static char *as_text(sp_log_file *log, int64_t id)
{
	char *text;
	size_t n;
	FILE *out = open_memstream(&text, &n);
	sp_message message = {{0}};
	sp_status status = sp_explain_decision(log, id, false, out, &message);

	fclose(out);
	if (status != SP_OK)
		print_error("%s\n", message.text);
	check_status(status, SP_OK);
	return text;
}

static json_t *as_json(sp_log_file *log, int64_t id)
{
	char *text;
	size_t n;
	FILE *out = open_memstream(&text, &n);
	sp_message message = {{0}};
	json_t *json;

	check_status(sp_explain_decision(log, id, true, out, &message), SP_OK);
	fclose(out);
	json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(json);
	free(text);
	return json;
}

static void check_refused(sp_log_file *log, int64_t id, sp_status status, const char *says)
{
	sp_message message = {{0}};
	FILE *out = fopen("/dev/null", "w");

	check_status(sp_explain_decision(log, id, false, out, &message), status);
	check_contains(message.text, says);
	fclose(out);
}

static const char *record(plain (*of)(int64_t), int64_t periods)
{
	sp_config *config = tape_config(tape_yaml);
	const char *path = tape_path();
	sp_drive *drive = tape_open(config, path);

	for (int64_t i = 0; i < periods; i++) {
		feed(drive, i, of(i));
		close_period(drive, i, "chat/east");
	}
	sp_drive_close(drive);
	sp_config_close(config);
	return path;
}

/* --- turning points --- */

/* The answer at a tick, had its load or GPU price been another: everything played from the start. */
static sp_decision replayed(plain (*of)(int64_t), int64_t tick, const char *family, double load, double price)
{
	sp_config *config = tape_config(tape_yaml);
	sp_drive *drive = tape_open(config, NULL);
	sp_decision decision = {0};

	for (int64_t i = 0; i < tick; i++) {
		plain p = of(i);
		p.load *= i == tick - 1 ? load : 1;
		p.price *= i == tick - 1 ? price : 1;
		feed(drive, i, p);
		decision = close_period(drive, i, family);
	}
	sp_drive_close(drive);
	sp_config_close(config);
	return decision;
}

static int way(const sp_decision *d)
{
	if (d->outcome == SP_OUTCOME_HELD)
		return 0;
	return (d->index.ppb > d->before.ppb) - (d->index.ppb < d->before.ppb);
}

/* At the factor the answer is the one that was told; 0.3 % short of it, it is still the old one. Returns how many were checked. */
static int check_turnings(plain (*of)(int64_t), sp_log_file *log, const char *family, row_sought row)
{
	json_t *json = as_json(log, row.id), *turning;
	sp_decision base = replayed(of, row.tick, family, 1, 1);
	char index[SP_DECIMAL_TEXT_MAX];
	size_t i;
	int n = 0;

	json_array_foreach(json_object_get(json, "another_answer"), i, turning)
	{
		const json_t *answer = json_object_get(turning, "answer");
		double factor = json_real_value(json_object_get(turning, "factor"));
		double near = factor > 1 ? factor * 0.997 : factor * 1.003;
		bool load = strcmp(json_string_value(json_object_get(turning, "input")), UTILIZATION) == 0;
		sp_decision there = replayed(of, row.tick, family, load ? factor : 1, load ? 1 : factor);
		sp_decision before = replayed(of, row.tick, family, load ? near : 1, load ? 1 : near);
		check_text(json_string_value(json_object_get(answer, "outcome")), sp_outcome_name(there.outcome));
		check_text(json_string_value(json_object_get(answer, "index")), sp_decimal_format(there.index.ppb, index));
		check_true(there.outcome != base.outcome || way(&there) != way(&base));
		check_true((before.outcome == base.outcome && way(&before) == way(&base)) || fabs(factor - 1) < 0.003);
		print_message("%s, tick %lld: %s x %.4f gives %s\n", family, (long long)row.tick, load ? "load" : "GPU price",
		              factor, sp_outcome_name(there.outcome));
		n++;
	}
	json_decref(json);
	return n;
}

static void a_turning_point_is_what_a_replay_with_that_change_gives(void **state)
{
	const char *path = record(usual, 70);
	sp_log_file *log = open_log(path);
	int n = 0;

	(void)state;
	n += check_turnings(usual, log, "chat/east", seek(log, "chat/east", "held", 0));
	n += check_turnings(usual, log, "chat/east", seek(log, "chat/east", "published", 0));
	n += check_turnings(usual, log, "chat/east", seek(log, "chat/east", "published", 30));
	n += check_turnings(usual, log, "list/east", seek(log, "list/east", "announced", 0));
	n += check_turnings(usual, log, "list/east", seek(log, "list/east", "held", 10));
	n += check_turnings(usual, log, "bulk/east", seek(log, "bulk/east", "observed", 0));
	check_true(n >= 6);
	sp_log_close(log);
}

static plain by_demand(int64_t period)
{
	plain p = usual(period);

	p.by_demand = true;
	return p;
}

static void all_demand_of_a_pool_is_turned_together(void **state)
{
	sp_log_file *log = open_log(record(by_demand, 40));

	(void)state;
	check_true(check_turnings(by_demand, log, "chat/east", seek(log, "chat/east", "published", 0)) >= 1);
	sp_log_close(log);
}

/* --- waiting --- */

static plain steady(int64_t period)
{
	(void)period;
	return (plain){.load = 0.78, .price = 2.0};
}

/* The waiting time of a held decision is the time that passes, when the same inputs go on. */
static void check_waiting(plain (*of)(int64_t), sp_log_file *log, const char *family, row_sought row)
{
	json_t *json = as_json(log, row.id);
	double waiting_s = json_real_value(json_object_get(json, "waiting_s"));
	sp_config *config = tape_config(tape_yaml);
	sp_drive *drive = tape_open(config, NULL);
	int64_t i;

	check_true(waiting_s > 0);
	for (i = 0; i < row.tick; i++) {
		feed(drive, i, of(i));
		close_period(drive, i, family);
	}
	do {
		feed(drive, i, of(row.tick - 1));
	} while (close_period(drive, i++, family).outcome == SP_OUTCOME_HELD && i < row.tick + 1500);
	print_message("%s, tick %lld: told %.0f s, waited %lld s\n", family, (long long)row.tick, waiting_s,
	              (long long)(i - row.tick) * 60);
	check_i64((int64_t)waiting_s, (i - row.tick) * 60);
	json_decref(json);
	sp_drive_close(drive);
	sp_config_close(config);
}

static void a_waiting_time_is_what_passes_with_the_same_inputs(void **state)
{
	sp_log_file *log = open_log(record(steady, 40));

	(void)state;
	check_waiting(steady, log, "chat/east", seek(log, "chat/east", "held", 0));
	check_waiting(steady, log, "chat/east", seek(log, "chat/east", "held", 5));
	check_waiting(steady, log, "bulk/east", seek(log, "bulk/east", "held", 0));
	sp_log_close(log);
}

static plain calm(int64_t period)
{
	(void)period;
	return (plain){.load = 0.70, .price = 2.0};
}

static void where_nothing_asks_for_a_move_waiting_is_no_use(void **state)
{
	sp_log_file *log = open_log(record(calm, 10));
	row_sought row = seek(log, "chat/east", "held", 0);
	char *text = as_text(log, row.id);
	json_t *json = as_json(log, row.id);

	(void)state;
	check_i64(row.tick, 1); /* of the very first tick */
	check_contains(text, "The price of chat/east stays at 1.0000 of the sheet: at setpoint.");
	check_contains(text, "nothing asks for a move");
	check_contains(text, "waiting: no, with everything as it is the answer stays the same for a day");
	check_true(json_object_get(json, "waiting_s") == NULL);
	json_decref(json);
	free(text);
	sp_log_close(log);
}

/* --- stale clocks --- */

static plain going_silent(int64_t period)
{
	return (plain){.load = 0.80, .price = 2.0, .no_load = period >= 20};
}

static void with_a_stale_clock_a_signal_at_all_is_the_turning_point(void **state)
{
	sp_log_file *log = open_log(record(going_silent, 60));
	char *text = as_text(log, seek(log, "bulk/east", "held", 44).id); /* its interval has passed, its load is stale */
	json_t *json = as_json(log, seek(log, "bulk/east", "held", 44).id), *turning;

	(void)state;
	check_contains(text, "stale_demand (no fresh load, so no move by it)");
	check_contains(text, "load of east/h100 sent again, as it was last: observed +");
	check_contains(text, "waiting: no");
	turning = json_array_get(json_object_get(json, "another_answer"), 0);
	check_near(json_real_value(json_object_get(turning, "factor")), 1, 0);
	json_decref(json);
	free(text);
	/* one that would have to last first changes nothing by coming once */
	text = as_text(log, seek(log, "chat/east", "held", 34).id);
	check_contains(text, "load of east/h100: no change up to fourfold, either way");
	free(text);
	sp_log_close(log);
}

/* --- what is said --- */

static void the_sentence_says_what_was_wanted_and_what_bound(void **state)
{
	sp_log_file *log = open_log(record(usual, 70));
	row_sought row = seek(log, "chat/east", "published", 0);
	char *text = as_text(log, row.id);
	sp_message message = {{0}};
	sp_log_decision_row stored;
	json_t *json = as_json(log, row.id);
	json_t *term;
	size_t i;
	int64_t sum = 0, ppb;

	(void)state;
	check_contains(text, "The price of chat/east is raised by ");
	check_contains(text, "above setpoint. The law utilization_pi wanted ");
	check_contains(text, "What bound: worst_of_last (the wish has not lasted long enough).");
	check_contains(text, "held back by worst_of_last");
	check_contains(text, "chat/east/in ");
	check_contains(text, "setpoint 70.0 %, fresh, of this period");
	check_contains(text, "Inputs since the tick before: 2, of which 2 reach this family");
	check_status(sp_log_decision_find(log, row.id, &stored, &message), SP_OK);
	check_text(json_string_value(json_object_get(json, "family")), "chat/east");
	check_i64(json_integer_value(json_object_get(json, "tick")), row.tick);
	json_array_foreach(json_object_get(json, "terms"), i, term)
	{
		const char *amount = json_string_value(json_object_get(term, "index"));
		check_status(sp_decimal_parse(amount, strlen(amount), &ppb), SP_OK);
		sum += ppb;
	}
	check_i64(sum, stored.index.ppb - stored.before.ppb);
	check_contains(text, json_string_value(json_object_get(json, "sentence")));
	json_decref(json);
	free(text);
	row = seek(log, "list/east", "announced", 0);
	text = as_text(log, row.id);
	check_contains(text, ", in force from 2026-11-24T");
	check_contains(text, "notice (customers are told ahead of a raise)");
	free(text);
	row = seek(log, "bulk/east", "observed", 0);
	text = as_text(log, row.id);
	check_contains(text, "would have been raised by");
	check_contains(text, "(observe mode: nothing was changed)");
	free(text);
	sp_log_close(log);
}

static void what_the_world_changed_is_said_to_be_so(void **state)
{
	sp_config *config = tape_config(tape_yaml);
	const char *path = tape_path();
	sp_drive *drive = tape_open(config, path);
	sp_log_file *log;
	char *text;

	(void)state;
	for (int64_t i = 0; i < 8; i++) {
		feed(drive, i, steady(i));
		if (i == 4)
			tape_send(drive, SP_KIND_list_price, "bulk/east/in", 0.12, tape_end(i) - 1);
		close_period(drive, i, "bulk/east");
	}
	sp_drive_close(drive);
	log = open_log(path);
	text = as_text(log, seek(log, "bulk/east", NULL, 4).id);
	check_contains(text, "The list price of bulk/east was changed outside, from 1.0000 to 1.2000 of the sheet");
	check_contains(text, " list_price     bulk/east/in ");
	check_contains(text, "of which 3 reach this family");
	free(text);
	sp_log_close(log);
	sp_config_close(config);
}

static void a_command_reaches_every_family(void **state)
{
	sp_config *config = tape_config(tape_yaml);
	const char *path = tape_path();
	sp_drive *drive = tape_open(config, path);
	sp_command freeze = {.kind = SP_COMMAND_FREEZE, .scope = SP_SCOPE_ALL, .by = "tester"};
	sp_message message = {{0}};
	sp_log_file *log;
	char *text;

	(void)state;
	for (int64_t i = 0; i < 12; i++) {
		feed(drive, i, steady(i));
		if (i == 3)
			check_status(sp_drive_command(drive, &freeze, "", &message), SP_OK);
		close_period(drive, i, "chat/east");
	}
	sp_drive_close(drive);
	log = open_log(path);
	text = as_text(log, seek(log, "chat/east", "held", 3).id);
	check_contains(text, ": frozen.");
	check_contains(text, "frozen (someone stopped price changes)");
	check_contains(text, "Inputs since the tick before: 3, of which 3 reach this family");
	check_contains(text, "and 1 more");
	free(text);
	sp_log_close(log);
	sp_config_close(config);
}

static plain unpriced(int64_t period)
{
	return (plain){.load = 0.8, .no_price = true, .no_load = period < 5};
}

static void what_is_not_known_is_said_with_its_reason(void **state)
{
	sp_log_file *log = open_log(record(unpriced, 10));
	char *text = as_text(log, seek(log, "list/east", NULL, 0).id);
	json_t *json = as_json(log, seek(log, "list/east", NULL, 0).id);
	const json_t *readings = json_object_get(json, "readings");

	(void)state;
	check_contains(text, "load       not known: ");
	check_contains(text, "cost       not known: ");
	check_contains(text, UTILIZATION ": nothing was ever sent");
	check_contains(text, SPOT ": nothing was ever sent");
	check_true(json_is_false(json_object_get(json_object_get(readings, "load"), "known")));
	json_decref(json);
	free(text);
	sp_log_close(log);
}

static void what_there_is_not_cannot_be_explained(void **state)
{
	const char *path = record(usual, 150);
	sp_log_options options = {.engine_version = SP_ENGINE_VERSION};
	sp_log_file *log = open_log(path);
	sp_message message = {{0}};
	row_sought early = seek(log, "chat/east", NULL, 20), late = seek(log, "chat/east", NULL, 121);

	(void)state;
	check_refused(log, 1000000, SP_E_ABSENT, "1000000");
	check_refused(log, 0, SP_E_ABSENT, "0");
	free(as_text(log, early.id));
	sp_log_close(log);
	check_status(sp_log_open(path, &options, &log, &message), SP_OK);
	check_status(sp_log_prune(log, tape_end(90), 0, &message), SP_OK);
	sp_log_close(log);
	log = open_log(path);
	check_refused(log, early.id, SP_E_ABSENT, "pruned");
	free(as_text(log, late.id));
	sp_log_close(log);
}

/* A log whose chain is sound and whose inputs are not what the engine was given. */
static void a_decision_that_its_inputs_do_not_give_is_not_explained_away(void **state)
{
	const char *path = tape_path();
	sp_log_file *log;
	scribe s;

	(void)state;
	scribe_open(&s, path, SP_ENGINE_VERSION);
	s.lie = 0.05;
	scribe_periods(&s, 0, 20);
	scribe_close(&s);
	log = open_log(path);
	check_refused(log, seek(log, "chat/east", "published", 0).id, SP_E_MISMATCH, "log verify --rerun");
	sp_log_close(log);
}

static void every_rail_has_its_words(void **state)
{
	(void)state;
	for (unsigned rail = 0; rail < SP_RAILS; rail++)
		check_true(sp_rail_words(rail)[0] != '\0');
	check_text(sp_rail_words(99), "an unknown rail");
	check_text(sp_term_words("rail.step"), "held back by step");
	check_text(sp_term_words("utilization"), "utilization");
	check_text(sp_reason_words("above_setpoint"), "above setpoint");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_turning_point_is_what_a_replay_with_that_change_gives),
	    cmocka_unit_test(all_demand_of_a_pool_is_turned_together),
	    cmocka_unit_test(a_waiting_time_is_what_passes_with_the_same_inputs),
	    cmocka_unit_test(where_nothing_asks_for_a_move_waiting_is_no_use),
	    cmocka_unit_test(with_a_stale_clock_a_signal_at_all_is_the_turning_point),
	    cmocka_unit_test(the_sentence_says_what_was_wanted_and_what_bound),
	    cmocka_unit_test(what_the_world_changed_is_said_to_be_so),
	    cmocka_unit_test(a_command_reaches_every_family),
	    cmocka_unit_test(what_is_not_known_is_said_with_its_reason),
	    cmocka_unit_test(what_there_is_not_cannot_be_explained),
	    cmocka_unit_test(a_decision_that_its_inputs_do_not_give_is_not_explained_away),
	    cmocka_unit_test(every_rail_has_its_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
