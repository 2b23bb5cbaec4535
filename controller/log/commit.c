/* commit.c - a tick into the log: one transaction, on the disk when it returns, or as if it had not been tried.
 *
 * The place in the chain moves in `work` and becomes `now` only with SQLite's commit; so a failed commit tried again gives the
 * same rows, ids and links, byte for byte. Rows of a tick stand in this order: configurations, inputs, decisions, alarms,
 * rollups, frames, checkpoint, tick; what was appended early stands before them. */
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "base/assert.h"
#include "base/failpoint.h"
#include "base/time.h"
#include "controller/log/store.h"

int sp_log_rollback(sp_log_file *log)
{
	/* SQLite has rolled back by itself after some failures. */
	if (sqlite3_get_autocommit(log->db))
		return SQLITE_OK;
	(void)sqlite3_step(log->rollback);
	return sqlite3_reset(log->rollback);
}

int sp_log_begin(sp_log_file *log)
{
	int rc;

	SP_ASSERT(!log->options.read_only && log->db);
	log->work = log->now;
	log->canon.failed = log->body.failed = log->text.failed = false;
	rc = sp_log_rollback(log);
	return rc == SQLITE_OK ? sqlite3_exec(log->db, "BEGIN IMMEDIATE", NULL, NULL, NULL) : rc;
}

int sp_log_end(sp_log_file *log, int rc)
{
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(log->db, "COMMIT", NULL, NULL, NULL);
	if (rc == SQLITE_OK) {
		log->now = log->work;
		return SQLITE_OK;
	}
	(void)sp_log_rollback(log); /* else sp_log_begin does */
	return rc;
}

/* Its failure is no failure of the commit: the WAL stays longer and the next commit tries again. */
void sp_log_trim(sp_log_file *log)
{
	if (log->wal_pages < log->wal_limit)
		return;
	SP_FAILPOINT(wal_trim);
	(void)sqlite3_wal_checkpoint_v2(log->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
}

sp_status sp_log_ready(sp_log_file *log, sp_message *message)
{
	SP_ASSERT(log && !log->options.read_only);
	return log->db && !log->closed ? SP_OK : sp_log_settle(log, message);
}

/* --- configurations --- */

static void commit_pending_free(sp_log_pending *pending)
{
	free(pending->yaml);
	free(pending->sheet);
	free(pending);
}

void sp_log_pending_fini(sp_log_file *log)
{
	while (log->pending) {
		sp_log_pending *next = log->pending->next;

		commit_pending_free(log->pending);
		log->pending = next;
	}
}

static int commit_config_known(const sp_log_file *log, const uint8_t hash[SP_HASH_SIZE], bool *known)
{
	sqlite3_stmt *select = NULL;
	int rc;

	for (const sp_log_pending *p = log->pending; p; p = p->next)
		if (memcmp(p->hash, hash, SP_HASH_SIZE) == 0) {
			*known = true;
			return SQLITE_OK;
		}
	rc = sqlite3_prepare_v2(log->db, "SELECT 1 FROM config WHERE hash = ?1", -1, &select, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_bind_blob(select, 1, hash, SP_HASH_SIZE, SQLITE_STATIC);
	if (rc == SQLITE_OK)
		rc = sqlite3_step(select);
	sqlite3_finalize(select);
	*known = rc == SQLITE_ROW;
	return rc == SQLITE_ROW || rc == SQLITE_DONE ? SQLITE_OK : rc;
}

sp_status sp_log_config(sp_log_file *log, const uint8_t hash[SP_HASH_SIZE], const void *yaml, size_t n_yaml,
                        const void *sheet, size_t n_sheet, sp_message *message)
{
	sp_status status = sp_log_ready(log, message);
	sp_log_pending *pending, **end = &log->pending;
	bool known = false;
	int rc;

	if (status != SP_OK)
		return status;
	rc = commit_config_known(log, hash, &known);
	if (rc != SQLITE_OK)
		return sp_log_fault(log, log->db, rc, "its configurations cannot be read", message);
	memcpy(log->named, hash, SP_HASH_SIZE);
	if (known)
		return SP_OK;
	pending = calloc(1, sizeof *pending);
	status = pending ? sp_blob_pack(log->squeeze, yaml, n_yaml, &pending->yaml, &pending->n_yaml) : SP_E_MEMORY;
	if (status == SP_OK)
		status = sp_blob_pack(log->squeeze, sheet, n_sheet, &pending->sheet, &pending->n_sheet);
	if (status != SP_OK) {
		if (pending)
			commit_pending_free(pending);
		return sp_message_set(message, status, "%s: the configuration cannot be kept: out of memory", log->path);
	}
	memcpy(pending->hash, hash, SP_HASH_SIZE);
	pending->plain_yaml = n_yaml;
	pending->plain_sheet = n_sheet;
	while (*end)
		end = &(*end)->next;
	*end = pending;
	return SP_OK;
}

static int commit_config(sp_log_file *log, const sp_log_pending *pending)
{
	const void *cold[] = {pending->yaml, pending->sheet};
	const size_t n_cold[] = {pending->n_yaml, pending->n_sheet};
	uint8_t hash[2][SP_HASH_SIZE];
	sp_log_row row = sp_row_begin(log, SP_TABLE_CONFIG);

	sp_blob_hash(pending->yaml, pending->n_yaml, hash[0]);
	sp_blob_hash(pending->sheet, pending->n_sheet, hash[1]);
	sp_row_pos(&row);
	sp_row_int(&row, log->work.tick + 1);
	sp_row_bytes(&row, pending->hash, SP_HASH_SIZE);
	sp_row_int(&row, (int64_t)pending->plain_yaml);
	sp_row_int(&row, (int64_t)pending->plain_sheet);
	sp_row_bytes(&row, hash[0], SP_HASH_SIZE);
	sp_row_bytes(&row, hash[1], SP_HASH_SIZE);
	return sp_row_end(&row, cold, n_cold);
}

static int commit_configs(sp_log_file *log)
{
	int rc = SQLITE_OK;

	for (const sp_log_pending *p = log->pending; p && rc == SQLITE_OK; p = p->next)
		rc = commit_config(log, p);
	return rc;
}

/* --- inputs and checkpoints --- */

static int commit_input(sp_log_file *log, const uint8_t *bytes, size_t n)
{
	void *packed = NULL;
	size_t n_packed = 0;
	uint8_t hash[SP_HASH_SIZE];
	sp_log_row row;
	int rc;

	if (n == 0)
		return SQLITE_OK;
	if (sp_blob_pack(log->squeeze, bytes, n, &packed, &n_packed) != SP_OK)
		return SQLITE_NOMEM;
	sp_blob_hash(packed, n_packed, hash);
	row = sp_row_begin(log, SP_TABLE_INPUT);
	sp_row_pos(&row);
	sp_row_int(&row, log->work.tick + 1);
	sp_row_int(&row, (int64_t)n);
	sp_row_bytes(&row, hash, SP_HASH_SIZE);
	rc = sp_row_end(&row, (const void *[]){packed}, &n_packed);
	free(packed);
	if (log->work.stored >= 0)
		log->work.stored += (int64_t)n_packed;
	return rc;
}

/* The engine's state as of a tick: the one that is being committed, or the last. */
typedef struct commit_state {
	int64_t tick, t_ns;
	const uint8_t *bytes; /* NULL: none is to be stored */
	size_t n;
} commit_state;

static int commit_checkpoint(sp_log_file *log, const commit_state *of)
{
	void *packed = NULL;
	size_t n_packed = 0;
	uint8_t hash[SP_HASH_SIZE];
	sp_log_row row;
	int rc;

	if (!of->bytes)
		return SQLITE_OK;
	if (sp_blob_pack(log->squeeze, of->bytes, of->n, &packed, &n_packed) != SP_OK)
		return SQLITE_NOMEM;
	sp_blob_hash(packed, n_packed, hash);
	row = sp_row_begin(log, SP_TABLE_CHECKPOINT);
	sp_row_int(&row, of->tick);
	sp_row_pos(&row);
	sp_row_int(&row, of->t_ns);
	sp_row_int(&row, (int64_t)of->n);
	sp_row_bytes(&row, hash, SP_HASH_SIZE);
	SP_FAILPOINT(checkpoint_before);
	rc = sp_row_end(&row, (const void *[]){packed}, &n_packed);
	SP_FAILPOINT(checkpoint_after);
	free(packed);
	return rc;
}

/* --- decisions --- */

/* Encoded once, for the digest and for the row. */
static bool commit_encode(sp_log_file *log, const sp_decision *decision)
{
	sp_writer writer = {.at = log->body.at, .size = log->body.room};

	log->body.n = 0;
	sp_decision_encode(decision, &writer);
	if (writer.n > writer.size) {
		if (!sp_log_buffer_reserve(&log->body, writer.n))
			return false;
		writer = (sp_writer){.at = log->body.at, .size = log->body.room};
		sp_decision_encode(decision, &writer);
	}
	SP_ASSERT(writer.n <= writer.size);
	log->body.n = writer.n;
	return true;
}

enum { COMMIT_LISTS = 4 };

/* The four lists behind one another in log->text; ends[i] is where list i ends, its zero included. */
static bool commit_lists(sp_log_file *log, const sp_decision *decision, size_t ends[COMMIT_LISTS])
{
	static void (*const lists[COMMIT_LISTS])(sp_log_file *, const sp_decision *) = {sp_json_terms, sp_json_prices,
	                                                                                sp_json_activated, sp_json_clocks};

	log->text.n = 0;
	for (int i = 0; i < COMMIT_LISTS; i++) {
		lists[i](log, decision);
		ends[i] = log->text.n;
	}
	return !log->text.failed;
}

static int commit_decision(sp_log_file *log, const sp_log_tick *tick, const sp_decision *decision)
{
	size_t ends[COMMIT_LISTS], at = 0;
	sp_log_row row;

	if (!commit_lists(log, decision, ends))
		return SQLITE_NOMEM;
	row = sp_row_begin(log, SP_TABLE_DECISION);
	sp_row_int(&row, log->work.id + 1);
	sp_row_pos(&row);
	sp_row_int(&row, log->work.tick + 1);
	sp_row_int(&row, decision->t_ns);
	sp_row_text(&row, decision->family_id);
	sp_row_text(&row, decision->policy);
	sp_row_text(&row, sp_mode_name(decision->mode));
	sp_row_text(&row, sp_outcome_name(decision->outcome));
	sp_row_text(&row, decision->reason);
	sp_row_text(&row, sp_offer_name(decision->offer));
	sp_row_int(&row, decision->before.ppb);
	sp_row_int(&row, decision->wish.ppb);
	sp_row_int(&row, decision->index.ppb);
	sp_row_int(&row, decision->in_force.ppb);
	sp_row_int(&row, decision->binds);
	for (int i = 0; i < COMMIT_LISTS; at = ends[i++])
		sp_row_text_n(&row, (const char *)log->text.at + at, ends[i] - at - 1);
	sp_row_bytes(&row, log->body.at, log->body.n);
	sp_row_bytes(&row, tick->config, SP_HASH_SIZE);
	log->work.id++;
	return sp_row_end(&row, NULL, NULL);
}

/* The digest is over all, quiet ones too; rows are made of the recorded. */
static int commit_decisions(sp_log_file *log, const sp_log_tick *tick, uint8_t digest[SP_HASH_SIZE], uint32_t *recorded)
{
	crypto_generichash_state state;
	int rc = SQLITE_OK;

	*recorded = 0;
	crypto_generichash_init(&state, NULL, 0, SP_HASH_SIZE);
	for (uint32_t i = 0; i < tick->n_decisions && rc == SQLITE_OK; i++) {
		const sp_decision *decision = &tick->decisions[i];

		if (!commit_encode(log, decision))
			return SQLITE_NOMEM;
		crypto_generichash_update(&state, log->body.at, log->body.n);
		if (decision->recorded) {
			rc = commit_decision(log, tick, decision);
			++*recorded;
		}
	}
	crypto_generichash_final(&state, digest, SP_HASH_SIZE);
	return rc;
}

/* --- alarms, rollups, the tick --- */

static int commit_alarm(sp_log_file *log, const sp_alarm_change *change)
{
	sp_log_row row = sp_row_begin(log, SP_TABLE_ALARM);

	sp_row_pos(&row);
	sp_row_int(&row, log->work.tick + 1);
	sp_row_int(&row, change->raised ? 1 : 0);
	sp_row_text(&row, change->alarm.code);
	sp_row_text(&row, change->alarm.subject);
	sp_row_int(&row, change->alarm.since_ns);
	sp_row_text(&row, change->alarm.text);
	sp_row_text(&row, change->alarm.cure);
	return sp_row_end(&row, NULL, NULL);
}

static int commit_rollup(sp_log_file *log, const sp_rollup *rollup)
{
	sp_log_row row = sp_row_begin(log, SP_TABLE_ROLLUP);
	const sp_value values[] = {rollup->mean, rollup->min, rollup->max, rollup->last};

	SP_ASSERT(rollup->kind < SP_SIGNAL_KINDS);
	sp_row_pos(&row);
	sp_row_int(&row, log->work.tick + 1);
	sp_row_int(&row, rollup->hour_ns);
	sp_row_text(&row, rollup->subject);
	sp_row_text(&row, sp_kinds[rollup->kind].name);
	sp_row_int(&row, rollup->count);
	for (int i = 0; i < 4; i++) {
		if (sp_kinds[rollup->kind].money)
			sp_row_int(&row, values[i].nano);
		else
			sp_row_real(&row, values[i].real);
	}
	return sp_row_end(&row, NULL, NULL);
}

static int commit_tick(sp_log_file *log, const sp_log_tick *tick, sp_log_receipt *receipt, uint32_t recorded)
{
	sp_log_row row;

	log->text.n = 0;
	sp_json_refused(&log->text, tick->refused);
	if (log->text.failed)
		return SQLITE_NOMEM;
	row = sp_row_begin(log, SP_TABLE_TICK);
	sp_row_int(&row, receipt->tick);
	sp_row_pos(&row);
	sp_row_int(&row, tick->t_ns);
	sp_row_int(&row, tick->skipped);
	sp_row_int(&row, tick->n_decisions);
	sp_row_int(&row, recorded);
	sp_row_int(&row, receipt->first_id);
	sp_row_int(&row, tick->taken);
	sp_row_text_n(&row, (const char *)log->text.at, log->text.n - 1);
	sp_row_int(&row, log->options.engine_version);
	sp_row_bytes(&row, tick->config, SP_HASH_SIZE);
	sp_row_bytes(&row, receipt->digest, SP_HASH_SIZE);
	return sp_row_end(&row, NULL, NULL);
}

static int commit_put(sp_log_file *log, const sp_log_tick *tick, sp_log_receipt *receipt)
{
	uint32_t recorded = 0;
	int rc = commit_configs(log);

	receipt->tick = log->work.tick + 1;
	if (rc == SQLITE_OK)
		rc = commit_input(log, tick->inputs, tick->n_inputs);
	SP_FAILPOINT(commit_after_inputs);
	if (rc == SQLITE_OK)
		rc = commit_decisions(log, tick, receipt->digest, &recorded);
	receipt->first_id = recorded > 0 ? log->now.id + 1 : 0;
	for (uint32_t i = 0; i < tick->n_alarms && rc == SQLITE_OK; i++)
		rc = commit_alarm(log, &tick->alarms[i]);
	for (uint32_t i = 0; i < tick->n_rollups && rc == SQLITE_OK; i++)
		rc = commit_rollup(log, &tick->rollups[i]);
	if (rc == SQLITE_OK)
		rc = sp_epoch_publish(log, tick->frames, &receipt->first_seq);
	if (rc == SQLITE_OK)
		rc = commit_checkpoint(log, &(commit_state){receipt->tick, tick->t_ns, tick->checkpoint, tick->n_checkpoint});
	if (rc == SQLITE_OK)
		rc = commit_tick(log, tick, receipt, recorded);
	log->work.tick++;
	log->work.t_ns = tick->t_ns;
	memcpy(receipt->head, log->work.link, SP_HASH_SIZE);
	return rc;
}

static sp_status commit_too_early(const sp_log_file *log, int64_t t_ns, sp_message *message)
{
	char last[SP_TIME_TEXT_MAX], now[SP_TIME_TEXT_MAX];

	return sp_message_set(message, SP_E_RANGE,
	                      "%s: its last tick is of %s, this one of %s is not later; write to another file", log->path,
	                      sp_time_format(log->now.t_ns, last), sp_time_format(t_ns, now));
}

/* A file that has grown beyond its size is changed where a checkpoint begins the next one, so that it can be re-run by itself.
 * A reader that stands in the way only puts it off. */
static void commit_rotate_when_due(sp_log_file *log, const sp_log_tick *tick)
{
	int64_t pages = 0;

	if (log->options.rotate_bytes <= 0 || !tick->checkpoint || log->now.tick == log->segment_tick)
		return;
	if (sp_log_ask(log->db, "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size", 0, &pages) ==
	        SQLITE_OK &&
	    pages > log->options.rotate_bytes)
		(void)sp_log_rotate(log, NULL);
}

sp_status sp_log_commit(sp_log_file *log, const sp_log_tick *tick, sp_log_receipt *receipt, sp_message *message)
{
	sp_log_receipt made = {.tick = 0};
	sp_status status = sp_log_ready(log, message);
	int rc;

	SP_ASSERT(tick && receipt && tick->refused);
	SP_ASSERT((tick->decisions || tick->n_decisions == 0) && (tick->inputs || tick->n_inputs == 0));
	if (status != SP_OK)
		return status;
	if (log->now.tick > 0 && tick->t_ns <= log->now.t_ns)
		return commit_too_early(log, tick->t_ns, message);
	commit_rotate_when_due(log, tick);
	status = sp_log_ready(log, message);
	if (status != SP_OK)
		return status;
	SP_FAILPOINT(commit_before_begin);
	rc = sp_log_begin(log);
	if (rc == SQLITE_OK)
		rc = commit_put(log, tick, &made);
	SP_FAILPOINT(commit_before_commit);
	rc = sp_log_end(log, rc);
	if (rc != SQLITE_OK)
		return sp_log_fault(log, log->db, rc, "the tick was not committed", message);
	SP_FAILPOINT(commit_after_commit);
	sp_log_pending_fini(log);
	memcpy(log->config, tick->config, SP_HASH_SIZE);
	*receipt = made;
	sp_log_trim(log);
	return SP_OK;
}

sp_status sp_log_append(sp_log_file *log, const uint8_t *inputs, size_t n, sp_message *message)
{
	sp_status status = sp_log_ready(log, message);
	int rc;

	SP_ASSERT(inputs || n == 0);
	if (status != SP_OK)
		return status;
	rc = sp_log_begin(log);
	if (rc == SQLITE_OK)
		rc = commit_configs(log);
	if (rc == SQLITE_OK)
		rc = commit_input(log, inputs, n);
	SP_FAILPOINT(append_before_commit);
	rc = sp_log_end(log, rc);
	if (rc != SQLITE_OK)
		return sp_log_fault(log, log->db, rc, "the inputs were not appended", message);
	SP_FAILPOINT(append_after_commit);
	sp_log_pending_fini(log);
	sp_log_trim(log);
	return SP_OK;
}

sp_status sp_log_checkpoint(sp_log_file *log, const uint8_t *checkpoint, size_t n, sp_message *message)
{
	sp_status status = sp_log_ready(log, message);
	int64_t there = 0;
	int rc;

	SP_ASSERT(checkpoint && n > 0);
	if (status != SP_OK)
		return status;
	rc = sp_log_ask(log->db, "SELECT count(*) FROM checkpoint WHERE tick = ?1", log->now.tick, &there);
	if (rc == SQLITE_OK && (there > 0 || log->now.tick == log->segment_tick))
		return SP_OK; /* it was due at that tick, or there was none in this file */
	if (rc == SQLITE_OK)
		rc = sp_log_begin(log);
	if (rc == SQLITE_OK)
		rc = commit_checkpoint(log, &(commit_state){log->now.tick, log->now.t_ns, checkpoint, n});
	rc = sp_log_end(log, rc);
	return rc == SQLITE_OK ? SP_OK : sp_log_fault(log, log->db, rc, "the checkpoint was not stored", message);
}
