/* What goes into the log comes out of it, in one piece and in the same words. */
#include "tests/log/sample.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/time.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_tick_comes_back_as_it_was_committed),
	    cmocka_unit_test(r19_a_decision_comes_back_in_the_words_of_decide),
	};

	(void)see_tick, (void)see_decision, (void)see_inputs;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
