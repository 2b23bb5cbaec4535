/* What goes into the log comes out of it, in one piece and in the same words. */
#include "tests/log/sample.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "controller/log/store.h"
#include "tests/log/crash_vfs.h"

typedef struct seen {
	int64_t n, last;
	sp_log_tick_row ticks[16];
	int64_t pruned;
	size_t bytes;
	int64_t stop_after;
} seen;

static bool see_tick(void *context, const sp_log_tick_row *row)
{
	seen *s = context;

	s->ticks[s->n++] = *row;
	return s->n != s->stop_after;
}

static bool see_decision(void *context, const sp_log_decision_row *row)
{
	seen *s = context;

	s->n++;
	s->last = row->id;
	return s->n != s->stop_after;
}

static bool see_inputs(void *context, int64_t tick, const uint8_t *bytes, size_t n)
{
	seen *s = context;

	s->n++;
	s->last = tick;
	s->pruned += bytes == NULL;
	s->bytes += n;
	return s->n != s->stop_after;
}

static void a_tick_comes_back_as_it_was_committed(void **state)
{
	const char *path = sample_path("a.db");
	sp_log_file *log = sample_open(path, NULL);
	sp_log_receipt receipt;
	sp_log_tick_row row;
	sample s;
	uint8_t digest[SP_HASH_SIZE];

	(void)state;
	sample_config_put(log);
	receipt = sample_commit(log, 1, 5);
	check_i64(receipt.tick, 5);
	check_status(sp_log_tick_find(log, 5, &row, NULL), SP_OK);
	check_i64(row.t_ns, sample_time(5));
	check_u64(row.skipped, 2);
	check_u64(row.families, SAMPLE_FAMILIES);
	check_u64(row.recorded, 2);
	check_i64(row.first_id, receipt.first_id);
	check_u64(row.taken, 50);
	check_u64(row.refused[SP_REFUSED_jump], 5);
	check_u64(row.refused[SP_REFUSED_source], 2);
	check_u64(row.refused[SP_REFUSED_older], 0);
	check_u64(row.engine_version, 1);
	check_bytes(row.config, sample_config, SP_HASH_SIZE);
	check_bytes(row.digest, receipt.digest, SP_HASH_SIZE);
	check_bytes(row.head, receipt.head, SP_HASH_SIZE);
	sample_make(&s, 5);
	check_status(sp_log_digest(s.decisions, SAMPLE_FAMILIES, digest), SP_OK);
	check_bytes(digest, receipt.digest, SP_HASH_SIZE);
	check_status(sp_log_tick_find(log, 6, &row, NULL), SP_E_ABSENT);
	sp_log_close(log);
}

static void r19_a_decision_comes_back_in_the_words_of_decide(void **state)
{
	const char *path = sample_path("a.db");
	sp_log_file *log = sample_open(path, NULL);
	sp_log_receipt receipt = sample_commit(log, 1, 1);
	sp_log_decision_row row;
	sp_writer writer;
	uint8_t body[4096];
	sample s;

	(void)state;
	check_i64(receipt.first_id, 1);
	check_status(sp_log_decision_find(log, 1, &row, NULL), SP_OK);
	check_i64(row.tick, 1);
	check_i64(row.t_ns, sample_time(1));
	check_text(row.family, "llama-70b/us-east");
	check_text(row.policy, "utilization_pi");
	check_text(row.mode, "observe");
	check_text(row.outcome, "observed");
	check_text(row.reason, "above_setpoint");
	check_text(row.offer, "open");
	check_index(row.before, SP_INDEX_ONE);
	check_i64(row.wish.ppb, SP_NANO + 90000001);
	check_i64(row.index.ppb, SP_NANO + 50000000);
	check_index(row.in_force, SP_INDEX_ONE);
	check_u64(row.binds, SP_RAIL_BIT(step));
	check_text(
	    row.terms,
	    "[{\"name\":\"utilization\",\"index\":\"0.090000000\"},{\"name\":\"rail.step\",\"index\":\"-0.040000000\"}]");
	check_text(row.prices,
	           "[{\"sku\":\"llama-70b/us-east/in\",\"unit\":\"1M tokens\",\"version\":1,\"before_usd\":\"0.450000000\","
	           "\"usd\":\"0.450000001\",\"not_before\":\"2026-05-28T20:28:40Z\",\"not_before_existing\":"
	           "\"2026-05-28T20:29:40Z\"},{\"sku\":\"llama-70b/us-east/out\",\"unit\":\"1M tokens\",\"version\":1,"
	           "\"before_usd\":\"0.450000000\",\"usd\":\"0.450000001\",\"not_before\":\"2026-05-28T20:28:40Z\","
	           "\"not_before_existing\":null}]");
	check_text(row.activated, "[{\"sku\":\"llama-70b/us-east/out\",\"version\":7,\"usd\":\"0.440000000\"}]");
	check_text(row.clocks,
	           "{\"cost\":{\"state\":\"fresh\",\"age_s\":12},\"demand\":{\"state\":\"stale\",\"age_s\":3600.5},"
	           "\"reliability\":{\"state\":\"absent\"},\"market\":{\"state\":\"absent\"}}");
	check_bytes(row.config, sample_config, SP_HASH_SIZE);
	sample_make(&s, 1);
	writer = (sp_writer){.at = body, .size = sizeof body};
	sp_decision_encode(&s.decisions[0], &writer);
	check_u64(row.n_body, writer.n);
	check_bytes(row.body, body, writer.n);
	check_status(sp_log_decision_find(log, 3, &row, NULL), SP_E_ABSENT);
	check_status(sp_log_decision_find(log, -5, &row, NULL), SP_E_ABSENT);
	sp_log_close(log);
}

/* --- walks --- */

typedef struct told_alarms {
	sp_log_alarm_row rows[8];
	uint32_t n, stop_after;
} told_alarms;

static bool see_alarm(void *context, const sp_log_alarm_row *row)
{
	told_alarms *told = context;

	check_text(row->change.alarm.code, "stale_cost");
	check_text(row->change.alarm.subject, "us-east/h100");
	check_text(row->change.alarm.text, "no cost for 2 h");
	check_text(row->change.alarm.cure, "look at the scraper");
	told->rows[told->n++] = *row;
	return told->n < told->stop_after;
}

/* Every 4th tick has none. */
static void alarms_are_walked_from_a_tick_on(void **state)
{
	sp_log_file *log = sample_open(sample_path("a.db"), NULL);
	told_alarms told = {.stop_after = 8}, all = {.stop_after = 2};
	sample s;

	(void)state;
	check_status(sp_log_alarms(log, 1, see_alarm, &told, NULL), SP_OK);
	check_u64(told.n, 0);
	sample_commit(log, 1, 10);
	check_status(sp_log_alarms(log, 7, see_alarm, &told, NULL), SP_OK);
	check_u64(told.n, 3);
	check_i64(told.rows[0].tick, 7);
	check_i64(told.rows[1].tick, 9);
	check_i64(told.rows[1].t_ns, sample_time(9));
	sample_make(&s, 9);
	check_i64(told.rows[1].change.alarm.since_ns, s.alarms[0].alarm.since_ns);
	check_true(told.rows[1].change.raised == s.alarms[0].raised);
	check_status(sp_log_alarms(log, -3, see_alarm, &all, NULL), SP_OK);
	check_u64(all.n, 2);
	check_i64(all.rows[0].tick, 1);
	sp_log_close(log);
}

static void rows_are_walked_in_order_from_anywhere_and_ended_early(void **state)
{
	const char *path = sample_path("a.db");
	sp_log_file *log = sample_open(path, NULL);
	seen all = {.n = 0}, some = {.stop_after = 3}, family = {.n = 0};

	(void)state;
	sample_commit(log, 1, 600);
	check_status(sp_log_ticks(log, 590, see_tick, &all, NULL), SP_OK);
	check_i64(all.n, 11);
	check_i64(all.ticks[0].tick, 590);
	check_i64(all.ticks[10].tick, 600);
	check_status(sp_log_ticks(log, -7, see_tick, &some, NULL), SP_OK);
	check_i64(some.n, 3);
	check_i64(some.ticks[2].tick, 3);
	all = (seen){.n = 0};
	check_status(sp_log_decisions(log, 0, NULL, see_decision, &all, NULL), SP_OK); /* more than a slice */
	check_i64(all.n, 900);
	check_i64(all.last, 900);
	check_status(sp_log_decisions(log, 0, "mixtral/eu-west", see_decision, &family, NULL), SP_OK);
	check_i64(family.n, 300);
	family = (seen){.n = 0};
	check_status(sp_log_decisions(log, 0, "no/such", see_decision, &family, NULL), SP_OK);
	check_i64(family.n, 0);
	some = (seen){.stop_after = 2};
	check_status(sp_log_decisions(log, 899, NULL, see_decision, &some, NULL), SP_OK);
	check_i64(some.last, 900);
	some = (seen){.stop_after = 1};
	check_status(sp_log_inputs(log, 3, see_inputs, &some, NULL), SP_OK);
	check_i64(some.last, 3);
	sp_log_close(log);
}

static bool read_within(void *context, const sp_log_decision_row *row)
{
	sp_log_file *log = context;
	sp_log_tick_row tick;

	check_status(sp_log_tick_find(log, row->tick, &tick, NULL), SP_OK);
	check_true(tick.first_id <= row->id && row->id < tick.first_id + tick.recorded);
	return true;
}

static void a_callback_may_ask_the_same_log(void **state)
{
	sp_log_file *log = sample_open(sample_path("a.db"), NULL);

	(void)state;
	sample_commit(log, 1, 9);
	check_status(sp_log_decisions(log, 1, NULL, read_within, log, NULL), SP_OK);
	sp_log_close(log);
}

/* --- inputs, configurations, checkpoints --- */

static void r12_early_inputs_belong_to_the_next_tick(void **state)
{
	const char *path = sample_path("a.db");
	sp_log_file *log = sample_open(path, NULL);
	const uint8_t early[] = {1, 2, 3, 4, 5};
	seen inputs = {.n = 0};
	uint8_t head[SP_HASH_SIZE], after[SP_HASH_SIZE];

	(void)state;
	sample_commit(log, 1, 1);
	sp_log_head(log, head);
	check_status(sp_log_append(log, early, 5, NULL), SP_OK);
	sp_log_head(log, after);
	check_true(memcmp(head, after, SP_HASH_SIZE) != 0);
	check_status(sp_log_append(log, early, 0, NULL), SP_OK); /* nothing: no row */
	check_status(sp_log_inputs(log, 2, see_inputs, &inputs, NULL), SP_OK);
	check_i64(inputs.n, 1);
	check_i64(inputs.last, 2); /* last + 1 */
	check_u64(inputs.bytes, 5);
	sp_log_close(log);

	log = sample_open(path, NULL);
	check_i64(sp_log_last_tick(log, NULL), 1);
	check_status(sp_log_append(log, early, 5, NULL), SP_OK);
	sample_commit(log, 2, 3);
	inputs = (seen){.n = 0};
	check_status(sp_log_inputs(log, 2, see_inputs, &inputs, NULL), SP_OK);
	check_i64(inputs.n, 3); /* twice early for tick 2, and those of tick 3 */
	check_i64(inputs.last, 3);
	sp_log_close(log);
	check_true(sample_verdict(path, NULL).sound);
}

static void r16_a_configuration_is_stored_once_with_its_texts(void **state)
{
	const char *path = sample_path("a.db");
	sp_log_file *log = sample_open(path, NULL);
	uint8_t other[SP_HASH_SIZE] = {7};
	void *yaml = NULL, *sheet = NULL;
	size_t n_yaml = 0, n_sheet = 0;
	sp_message message;

	(void)state;
	sample_config_put(log);
	sample_config_put(log);
	check_status(sp_log_config_find(log, sample_config, &yaml, &n_yaml, &sheet, &n_sheet, &message), SP_E_ABSENT);
	check_contains(message.text, "c0ffee010203");
	sample_commit(log, 1, 1);
	sample_config_put(log);
	check_status(sp_log_config(log, other, "", 0, NULL, 0, NULL), SP_OK);
	sample_commit(log, 2, 2);
	check_status(sp_log_config_find(log, sample_config, &yaml, &n_yaml, &sheet, &n_sheet, NULL), SP_OK);
	check_u64(n_yaml, strlen(sample_yaml));
	check_text(yaml, sample_yaml);
	check_u64(n_sheet, strlen(sample_sheet));
	check_text(sheet, sample_sheet);
	free(yaml), free(sheet);
	check_status(sp_log_config_find(log, other, &yaml, &n_yaml, &sheet, &n_sheet, NULL), SP_OK);
	check_u64(n_yaml + n_sheet, 0);
	free(yaml), free(sheet);
	sp_log_close(log);
	check_i64(sample_ask(path, "SELECT count(*) FROM config"), 2);
}

static void the_latest_checkpoint_at_or_before_a_tick_is_found(void **state)
{
	sp_log_file *log = sample_open(sample_path("a.db"), NULL);
	uint8_t *bytes = NULL;
	sp_message message;
	int64_t tick = 0;
	size_t n = 0;
	sample s;

	(void)state;
	sample_commit(log, 1, 8);
	check_status(sp_log_checkpoint_find(log, 2, &tick, &bytes, &n, &message), SP_E_ABSENT);
	check_contains(message.text, "no checkpoint at or before tick 2");
	check_status(sp_log_checkpoint_find(log, 5, &tick, &bytes, &n, NULL), SP_OK);
	check_i64(tick, 3);
	sample_make(&s, 3);
	check_u64(n, sizeof s.checkpoint);
	check_bytes(bytes, s.checkpoint, n);
	free(bytes);
	check_status(sp_log_checkpoint_find(log, INT64_MAX, &tick, &bytes, &n, NULL), SP_OK);
	check_i64(tick, 6);
	free(bytes);
	sp_log_close(log);
}

static void stored_bytes_that_were_changed_are_not_handed_out(void **state)
{
	const char *path = sample_path("a.db");
	void *yaml, *sheet;
	size_t n_yaml, n_sheet, n;
	sp_log_file *log;
	sp_log_decision_row row;
	sp_log_tick_row tick;
	sp_message message;
	uint8_t *bytes;
	int64_t at;
	seen inputs = {.n = 0};

	(void)state;
	sample_log(path, 4, NULL);
	sample_sql(path, "DROP TRIGGER input_kept; UPDATE input SET blob = x'28b52ffd00' WHERE tick = 3;"
	                 "DROP TRIGGER checkpoint_kept; UPDATE checkpoint SET blob = x'';"
	                 "DROP TRIGGER config_kept; UPDATE config SET yaml = x'0102';"
	                 "DROP TRIGGER decision_kept; UPDATE decision SET binds = -1 WHERE id = 2;"
	                 "UPDATE decision SET config = x'00' WHERE id = 3;"
	                 "DROP TRIGGER tick_kept; UPDATE tick SET refused = '{\"jump\":x}' WHERE tick = 2");
	log = sample_open(path, &(sp_log_options){.read_only = true});
	check_status(sp_log_inputs(log, 1, see_inputs, &inputs, &message), SP_E_DAMAGED);
	check_i64(inputs.n, 1);
	check_contains(message.text, "input");
	check_status(sp_log_checkpoint_find(log, 4, &at, &bytes, &n, &message), SP_E_DAMAGED);
	check_contains(message.text, "checkpoint of tick 3");
	check_status(sp_log_config_find(log, sample_config, &yaml, &n_yaml, &sheet, &n_sheet, &message), SP_E_DAMAGED);
	check_contains(message.text, "c0ffee");
	check_status(sp_log_decision_find(log, 2, &row, &message), SP_E_DAMAGED);
	check_contains(message.text, "decision 2 is not what was written");
	check_status(sp_log_decision_find(log, 3, &row, NULL), SP_E_DAMAGED);
	check_status(sp_log_tick_find(log, 2, &tick, NULL), SP_E_DAMAGED);
	sp_log_close(log);
}

/* --- order and sameness --- */

static void a_tick_that_is_not_later_is_refused_with_what_to_do(void **state)
{
	sp_log_file *log = sample_open(sample_path("a.db"), NULL);
	sp_log_receipt receipt;
	sp_message message;
	sample s;

	(void)state;
	sample_commit(log, 1, 3);
	sample_make(&s, 3);
	check_status(sp_log_commit(log, &s.tick, &receipt, &message), SP_E_RANGE);
	check_contains(message.text, "2026-05-28T20:29:40Z");
	check_contains(message.text, "another file");
	sample_commit(log, 4, 4);
	sp_log_close(log);
}

static void p7_the_same_ticks_give_the_same_head_whatever_stood_between(void **state)
{
	const char *a = sample_path("a.db"), *b = sample_path("a.db");
	uint8_t head_a[SP_HASH_SIZE], head_b[SP_HASH_SIZE];
	sp_log_file *log;

	(void)state;
	sample_log(a, 12, head_a);
	for (int64_t i = 1; i <= 12; i++) { /* opened for each tick anew */
		log = sample_open(b, NULL);
		sample_config_put(log);
		if (i == 1)
			sample_epoch(log);
		sample_commit(log, i, i);
		sp_log_head(log, head_b);
		sp_log_close(log);
	}
	check_bytes(head_b, head_a, SP_HASH_SIZE);
}

static void a_quiet_tick_has_a_row_and_nothing_else(void **state)
{
	const char *path = sample_path("a.db");
	sp_log_file *log = sample_open(path, NULL);
	const uint32_t refused[SP_REFUSALS] = {0};
	const sp_log_tick quiet = {.t_ns = 5, .refused = refused};
	sp_log_receipt receipt;
	sp_log_tick_row row;

	(void)state;
	check_status(sp_log_commit(log, &quiet, &receipt, NULL), SP_OK);
	check_i64(receipt.first_id, 0);
	check_status(sp_log_tick_find(log, 1, &row, NULL), SP_OK);
	check_u64(row.recorded + row.families + row.skipped, 0);
	check_i64(row.pos, 2);
	sp_log_close(log);
}

/* A decision with more prices than any buffer held before, and a unit that JSON must escape. */
static void a_large_decision_with_odd_units_is_kept_whole(void **state)
{
	sp_log_file *log = sample_open(sample_path("a.db"), NULL);
	enum { MANY = 2000 };
	static sp_price prices[MANY];
	sp_log_receipt receipt;
	sp_log_decision_row row;
	uint8_t digest[SP_HASH_SIZE];
	sample s;

	(void)state;
	sample_make(&s, 1);
	for (int i = 0; i < MANY; i++)
		prices[i] = s.prices[0][0];
	prices[MANY - 1].unit = "a \"b\\\n\x01";
	s.decisions[0].prices = prices;
	s.decisions[0].n_prices = MANY;
	check_status(sp_log_commit(log, &s.tick, &receipt, NULL), SP_OK);
	check_status(sp_log_decision_find(log, 1, &row, NULL), SP_OK);
	check_true(strlen(row.prices) > 100 * MANY);
	check_contains(row.prices, "\"a \\u0022b\\u005c\\u000a\\u0001\"");
	check_status(sp_log_digest(s.decisions, SAMPLE_FAMILIES, digest), SP_OK);
	check_bytes(digest, receipt.digest, SP_HASH_SIZE);
	sp_log_close(log);
}

static void money_stays_an_integer_and_a_zero_has_no_sign(void **state)
{
	const char *path = sample_path("a.db");

	(void)state;
	sample_log(path, 3, NULL);
	check_i64(sample_ask(path, "SELECT last FROM rollup WHERE kind = 'usd_per_gpu_h'"), 2100000003);
	check_i64(sample_ask(path, "SELECT count(*) FROM rollup WHERE kind = 'usd_per_gpu_h' AND typeof(mean) = 'integer'"),
	          1);
	check_i64(sample_ask(path, "SELECT count(*) FROM rollup WHERE kind = 'utilization' AND typeof(max) = 'real'"), 1);
	check_true(sample_verdict(path, NULL).sound); /* with its -0.0 */
}

/* --- hashes --- */

static void hashes_go_to_text_and_back(void **state)
{
	uint8_t hash[SP_HASH_SIZE], back[SP_HASH_SIZE];
	char text[SP_HASH_TEXT_MAX];

	(void)state;
	for (int i = 0; i < SP_HASH_SIZE; i++)
		hash[i] = (uint8_t)(i * 37);
	check_u64(strlen(sp_hash_text(hash, text)), 64);
	check_contains(text, "00254a6f");
	check_status(sp_hash_parse(text, back), SP_OK);
	check_bytes(back, hash, SP_HASH_SIZE);
	for (char *c = text; *c; c++)
		if (*c >= 'a')
			*c = (char)(*c - 'a' + 'A');
	check_status(sp_hash_parse(text, back), SP_OK);
	check_bytes(back, hash, SP_HASH_SIZE);
	text[63] = 'g';
	check_status(sp_hash_parse(text, back), SP_E_SYNTAX);
	text[63] = 0;
	check_status(sp_hash_parse(text, back), SP_E_SYNTAX);
	check_status(sp_hash_parse("", back), SP_E_SYNTAX);
	check_status(sp_hash_parse("00000000000000000000000000000000000000000000000000000000000000000", back), SP_E_SYNTAX);
}

/* From Python: blake2b(len(a) as 8 bytes little-endian + a + len(b) + b, digest_size=32). */
static void r16_the_hash_of_two_texts_is_as_python_says(void **state)
{
	uint8_t hash[SP_HASH_SIZE], other[SP_HASH_SIZE];
	char text[SP_HASH_TEXT_MAX];

	(void)state;
	sp_log_hash("version: 1\n", 11, "sku\n", 4, hash);
	check_text(sp_hash_text(hash, text), "7318e848b1fed6d7ee8f368b14d57ba669eb7f67c7bdc75a45d2651a00288ee0");
	sp_log_hash("version: 1\ns", 12, "ku\n", 3, other);
	check_true(memcmp(hash, other, SP_HASH_SIZE) != 0);
	sp_log_hash(NULL, 0, NULL, 0, other);
	check_text(sp_hash_text(other, text), "94c1c088cc9453996779630ad3af45cbd92814828dd784cf2aa12df95d1b8afe");
}

/* --- readers beside a writer --- */

typedef struct peeking {
	const char *path;
	int64_t acked, peeks;
} peeking;

/* In the middle of a commit's writes: another connection sees whole ticks only, and the one in hand not at all. */
static void peek(void *context)
{
	peeking *p = context;
	sp_log_file *log = NULL;
	sp_log_tick_row row;
	seen rows = {.n = 0};

	if (p->acked == 0)
		return;
	check_status(sp_log_open(p->path, &(sp_log_options){.read_only = true}, &log, NULL), SP_OK);
	check_i64(sp_log_last_tick(log, NULL), p->acked);
	check_status(sp_log_tick_find(log, p->acked, &row, NULL), SP_OK);
	check_status(sp_log_decisions(log, 1, NULL, see_decision, &rows, NULL), SP_OK);
	check_i64(rows.n, row.first_id ? row.first_id + row.recorded - 1 : rows.n);
	sp_log_close(log);
	p->peeks++;
}

static void a_reader_never_sees_half_a_tick(void **state)
{
	peeking p = {.path = sample_path("a.db")};
	sp_log_options options = sample_options();
	sp_log_file *log;

	(void)state;
	crash_vfs_reset(1);
	crash_vfs_hook(peek, &p);
	options.vfs = CRASH_VFS;
	log = sample_open(p.path, &options);
	for (int64_t i = 1; i <= 6; i++) {
		sample_commit(log, i, i);
		p.acked = i;
	}
	crash_vfs_hook(NULL, NULL);
	sp_log_close(log);
	crash_vfs_reset(0);
	check_true(p.peeks > 20);
}

static void a_wal_that_grew_is_written_back_by_the_writer(void **state)
{
	sp_log_file *log = sample_open(sample_path("a.db"), NULL);
	char wal[300];
	struct stat entry;

	(void)state;
	log->wal_limit = 50;
	sample_commit(log, 1, 300);
	(void)snprintf(wal, sizeof wal, "%s-wal", log->path);
	check_i64(stat(wal, &entry), 0);
	check_true(entry.st_size < 100 * 4200);
	sp_log_close(log);
	check_i64(stat(wal, &entry), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_tick_comes_back_as_it_was_committed),
	    cmocka_unit_test(r19_a_decision_comes_back_in_the_words_of_decide),
	    cmocka_unit_test(alarms_are_walked_from_a_tick_on),
	    cmocka_unit_test(rows_are_walked_in_order_from_anywhere_and_ended_early),
	    cmocka_unit_test(a_callback_may_ask_the_same_log),
	    cmocka_unit_test(r12_early_inputs_belong_to_the_next_tick),
	    cmocka_unit_test(r16_a_configuration_is_stored_once_with_its_texts),
	    cmocka_unit_test(the_latest_checkpoint_at_or_before_a_tick_is_found),
	    cmocka_unit_test(stored_bytes_that_were_changed_are_not_handed_out),
	    cmocka_unit_test(a_tick_that_is_not_later_is_refused_with_what_to_do),
	    cmocka_unit_test(p7_the_same_ticks_give_the_same_head_whatever_stood_between),
	    cmocka_unit_test(a_quiet_tick_has_a_row_and_nothing_else),
	    cmocka_unit_test(a_large_decision_with_odd_units_is_kept_whole),
	    cmocka_unit_test(money_stays_an_integer_and_a_zero_has_no_sign),
	    cmocka_unit_test(hashes_go_to_text_and_back),
	    cmocka_unit_test(r16_the_hash_of_two_texts_is_as_python_says),
	    cmocka_unit_test(a_reader_never_sees_half_a_tick),
	    cmocka_unit_test(a_wal_that_grew_is_written_back_by_the_writer),
	};

	sample_in_memory();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
