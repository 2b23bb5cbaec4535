/* prune.c - drops recorded inputs and checkpoints that nobody needs any more; their hashes stay in the chain.
 *
 * Inputs go from the oldest on, up to a *cut*: the last tick that is too old, or whose inputs are beyond the size, but never past
 * the last checkpoint, for a start needs all that came after it. A checkpoint before the cut is of no use; of those after it the
 * last day's stay, and of each day before that the first (R13). Freed pages are used again by what is added; the file does
 * not shrink.
 *
 * A live log is pruned between two ticks, so nothing here walks over what stays: what has gone is always the oldest, so its end is
 * found by halving, and the bytes there are, once counted, are kept count of (log->now.stored). */
#include "base/assert.h"
#include "base/failpoint.h"
#include "base/time.h"
#include "controller/log/store.h"

typedef struct prune_rule {
	int64_t before_ns, max_bytes;
	int64_t last;       /* the last tick whose inputs may go: that of the last checkpoint */
	int64_t old;        /* the last tick that is too old */
	int64_t cut;        /* tick; 0: nothing goes */
	int64_t first, end; /* pos of the inputs that go: from the first that is there, up to and without `end` */
	int64_t dropped;    /* bytes */
	int64_t day_ns;     /* a day before the last tick */
} prune_rule;

/* The last tick before a time, by halving: times rise with ticks, and there is no index on them. */
static int prune_find_old(sp_log_file *log, prune_rule *rule)
{
	int64_t low = log->segment_tick, high = log->now.tick + 1; /* low: before; high: not before */
	int rc = SQLITE_OK;

	while (high - low > 1 && rc == SQLITE_OK && rule->before_ns > 0) {
		int64_t middle = low + (high - low) / 2, t_ns = 0;

		rc = sp_log_ask(log->db, "SELECT t_ns FROM tick WHERE tick = ?1", middle, &t_ns);
		if (t_ns < rule->before_ns)
			low = middle;
		else
			high = middle;
	}
	rule->old = low;
	return rc;
}

/* Where the inputs begin that are there: those before have been pruned. By halving over places of the chain. */
static int prune_find_first(sp_log_file *log, prune_rule *rule)
{
	int64_t low = 0, high = log->now.pos + 1; /* low: all up to it are pruned; high: none from it on is */
	int rc = SQLITE_OK;

	while (high - low > 1 && rc == SQLITE_OK) {
		int64_t middle = low + (high - low) / 2, pruned = 0;

		rc =
		    sp_log_ask(log->db, "SELECT blob IS NULL FROM input WHERE pos >= ?1 ORDER BY pos LIMIT 1", middle, &pruned);
		if (pruned)
			low = middle;
		else
			high = middle;
	}
	rule->first = high;
	return rc;
}

/* A file that is smaller than the inputs may be needs no count. */
static int prune_count(sp_log_file *log, const prune_rule *rule)
{
	int64_t file = 0;
	int rc = SQLITE_OK;

	if (log->work.stored >= 0 || rule->max_bytes <= 0)
		return SQLITE_OK;
	rc = sp_log_ask(log->db, "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size", 0, &file);
	if (rc != SQLITE_OK || file <= rule->max_bytes)
		return rc;
	return sp_log_ask(log->db, "SELECT sum(length(blob)) FROM input WHERE pos >= ?1", rule->first, &log->work.stored);
}

/* Must the inputs of this tick go? A tick's go together: half of them are of no use. */
static bool prune_is_due(const sp_log_file *log, const prune_rule *rule, int64_t tick)
{
	if (tick > rule->last)
		return false;
	return tick <= rule->old || tick == rule->cut ||
	       (rule->max_bytes > 0 && log->work.stored - rule->dropped > rule->max_bytes);
}

/* From the oldest on, as many as must go, or as one call may drop. */
static int prune_walk(sp_log_file *log, prune_rule *rule)
{
	sqlite3_stmt *select = NULL;
	bool due = true;
	int rc = sqlite3_prepare_v2(log->db, "SELECT pos, tick, length(blob) FROM input WHERE pos >= ?1 ORDER BY pos", -1,
	                            &select, NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_bind_int64(select, 1, rule->first);
	while (rc == SQLITE_OK && due && (rc = sqlite3_step(select)) == SQLITE_ROW) {
		int64_t tick = sqlite3_column_int64(select, 1);

		rc = SQLITE_OK;
		due = prune_is_due(log, rule, tick);
		if (due && tick != rule->cut && rule->dropped >= SP_LOG_PRUNE_BYTES) {
			rule->old = rule->cut; /* the next call goes on from here */
			due = false;
		}
		if (!due)
			break;
		rule->cut = tick;
		rule->end = sqlite3_column_int64(select, 0) + 1;
		rule->dropped += sqlite3_column_int64(select, 2);
	}
	sqlite3_finalize(select);
	return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static int prune_cut(sp_log_file *log, prune_rule *rule)
{
	int rc = sp_log_ask(log->db, "SELECT max(tick) FROM checkpoint WHERE blob IS NOT NULL", 0, &rule->last);

	if (rc == SQLITE_OK)
		rc = prune_find_old(log, rule);
	if (rc == SQLITE_OK)
		rc = prune_find_first(log, rule);
	if (rc == SQLITE_OK)
		rc = prune_count(log, rule);
	if (rc == SQLITE_OK)
		rc = prune_walk(log, rule);
	if (rule->old > rule->last)
		rule->old = rule->last;
	if (rule->old > rule->cut)
		rule->cut = rule->old;
	return rc;
}

static int prune_inputs(sp_log_file *log, const prune_rule *rule)
{
	sqlite3_stmt *update = NULL;
	int rc;

	if (rule->end <= rule->first)
		return SQLITE_OK;
	rc = sqlite3_prepare_v2(log->db, "UPDATE input SET blob = NULL WHERE pos >= ?1 AND pos < ?2 AND blob IS NOT NULL",
	                        -1, &update, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_bind_int64(update, 1, rule->first);
	if (rc == SQLITE_OK)
		rc = sqlite3_bind_int64(update, 2, rule->end);
	if (rc == SQLITE_OK)
		rc = sqlite3_step(update);
	sqlite3_finalize(update);
	return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

/* --- checkpoints --- */

static int prune_drop_checkpoint(sqlite3_stmt *update, int64_t tick)
{
	int rc = sqlite3_bind_int64(update, 1, tick);

	if (rc == SQLITE_OK)
		rc = sqlite3_step(update);
	sqlite3_reset(update);
	return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

/* In order of ticks: which go, is known from the one before that stays. */
static int prune_walk_checkpoints(prune_rule *rule, sqlite3_stmt *select, sqlite3_stmt *update)
{
	int64_t kept_day = -1;
	int rc = SQLITE_OK;

	while (rc == SQLITE_OK && rule->dropped < SP_LOG_PRUNE_BYTES && (rc = sqlite3_step(select)) == SQLITE_ROW) {
		int64_t tick = sqlite3_column_int64(select, 0), t_ns = sqlite3_column_int64(select, 1);

		rc = SQLITE_OK;
		if (tick >= rule->cut && t_ns >= rule->day_ns)
			break;
		if (tick >= rule->cut && t_ns / SP_DAY != kept_day) {
			kept_day = t_ns / SP_DAY;
			continue;
		}
		rule->dropped += sqlite3_column_int64(select, 2);
		rc = prune_drop_checkpoint(update, tick);
	}
	return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static int prune_checkpoints(sp_log_file *log, prune_rule *rule)
{
	sqlite3_stmt *select = NULL, *update = NULL;
	int rc = sqlite3_prepare_v2(log->db,
	                            "SELECT tick, t_ns, length(blob) FROM checkpoint INDEXED BY checkpoint_there"
	                            " WHERE blob IS NOT NULL AND tick < ?1 ORDER BY tick",
	                            -1, &select, NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_bind_int64(select, 1, rule->last);
	if (rc == SQLITE_OK)
		rc = sqlite3_prepare_v2(log->db, "UPDATE checkpoint SET blob = NULL WHERE tick = ?1", -1, &update, NULL);
	if (rc == SQLITE_OK)
		rc = prune_walk_checkpoints(rule, select, update);
	sqlite3_finalize(select);
	sqlite3_finalize(update);
	return rc;
}

sp_status sp_log_prune(sp_log_file *log, int64_t before_ns, int64_t max_bytes, sp_message *message)
{
	prune_rule rule = {.before_ns = before_ns, .max_bytes = max_bytes};
	sp_status status = sp_log_ready(log, message);
	int rc;

	if (status != SP_OK)
		return status;
	rule.day_ns = log->now.t_ns - SP_DAY;
	rc = sp_log_begin(log);
	if (rc == SQLITE_OK)
		rc = prune_cut(log, &rule);
	if (rc == SQLITE_OK)
		rc = prune_inputs(log, &rule);
	if (log->work.stored >= 0)
		log->work.stored -= rule.dropped;
	if (rc == SQLITE_OK)
		rc = prune_checkpoints(log, &rule);
	SP_FAILPOINT(prune_before_commit);
	rc = sp_log_end(log, rc);
	if (rc != SQLITE_OK)
		return sp_log_fault(log, log->db, rc, "its inputs were not pruned", message);
	SP_FAILPOINT(prune_after_commit);
	return SP_OK;
}
