/* prune.c - drops recorded inputs and checkpoints that nobody needs any more; their hashes stay in the chain.
 *
 * Inputs go up to a *cut*: the last tick that is too old, or whose inputs are beyond the size, but never past the last
 * checkpoint, for a start needs all that came after it. A checkpoint before the cut is of no use; of those after it the last
 * day's stay, and of each day before that the first (R13). Freed pages are used again by what is added; the file does
 * not shrink. */
#include "base/assert.h"
#include "base/time.h"
#include "controller/log/store.h"

typedef struct prune_rule {
	int64_t before_ns, max_bytes;
	int64_t cut;    /* tick; 0: nothing goes */
	int64_t day_ns; /* a day before the last tick */
} prune_rule;

/* The last tick before a time, by halving: times rise with ticks, and there is no index on them. */
static int prune_by_age(sp_log_file *log, prune_rule *rule)
{
	int64_t low = log->segment_tick, high = log->now.tick + 1; /* low: before; high: not before */
	int rc = SQLITE_OK;

	while (high - low > 1 && rc == SQLITE_OK) {
		int64_t middle = low + (high - low) / 2, t_ns = 0;

		rc = sp_log_ask(log->db, "SELECT t_ns FROM tick WHERE tick = ?1", middle, &t_ns);
		if (t_ns < rule->before_ns)
			low = middle;
		else
			high = middle;
	}
	rule->cut = low;
	return rc;
}

/* The last tick whose inputs, with all that are newer, are more than max_bytes. */
static int prune_by_size(sp_log_file *log, prune_rule *rule)
{
	sqlite3_stmt *select = NULL;
	int64_t kept = 0;
	int rc = sqlite3_prepare_v2(
	    log->db, "SELECT tick, length(blob) FROM input WHERE blob IS NOT NULL ORDER BY pos DESC", -1, &select, NULL);

	while (rc == SQLITE_OK && (rc = sqlite3_step(select)) == SQLITE_ROW) {
		rc = SQLITE_OK;
		kept += sqlite3_column_int64(select, 1);
		if (kept <= rule->max_bytes)
			continue;
		if (sqlite3_column_int64(select, 0) > rule->cut)
			rule->cut = sqlite3_column_int64(select, 0);
		break;
	}
	sqlite3_finalize(select);
	return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static int prune_cut(sp_log_file *log, prune_rule *rule)
{
	int64_t checkpoint = 0;
	int rc = SQLITE_OK;

	if (rule->before_ns > 0)
		rc = prune_by_age(log, rule);
	if (rc == SQLITE_OK && rule->max_bytes > 0)
		rc = prune_by_size(log, rule);
	if (rc == SQLITE_OK)
		rc = sp_log_ask(log->db, "SELECT max(tick) FROM checkpoint WHERE blob IS NOT NULL", 0, &checkpoint);
	if (rule->cut > checkpoint)
		rule->cut = checkpoint;
	return rc;
}

static int prune_run(sp_log_file *log, const char *sql, const prune_rule *rule)
{
	sqlite3_stmt *update = NULL;
	int rc = sqlite3_prepare_v2(log->db, sql, -1, &update, NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_bind_int64(update, 1, rule->cut);
	if (rc == SQLITE_OK && sqlite3_bind_parameter_count(update) > 1)
		rc = sqlite3_bind_int64(update, 2, rule->day_ns);
	if (rc == SQLITE_OK)
		rc = sqlite3_step(update);
	sqlite3_finalize(update);
	return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static const char prune_inputs[] = "UPDATE input SET blob = NULL WHERE tick <= ?1 AND blob IS NOT NULL";

static const char prune_checkpoints[] =
    "UPDATE checkpoint SET blob = NULL WHERE blob IS NOT NULL"
    " AND tick < (SELECT max(tick) FROM checkpoint WHERE blob IS NOT NULL)"
    " AND (tick < ?1 OR (t_ns < ?2 AND EXISTS (SELECT 1 FROM checkpoint AS earlier WHERE earlier.tick < checkpoint.tick"
    " AND earlier.tick >= ?1 AND earlier.blob IS NOT NULL"
    " AND earlier.t_ns / 86400000000000 = checkpoint.t_ns / 86400000000000)))";

sp_status sp_log_prune(sp_log_file *log, int64_t before_ns, int64_t max_bytes, sp_message *message)
{
	prune_rule rule = {.before_ns = before_ns, .max_bytes = max_bytes};
	int rc;

	SP_ASSERT(log && !log->options.read_only);
	if (!log->db || log->closed) {
		sp_status status = sp_log_settle(log, message);

		if (status != SP_OK)
			return status;
	}
	rule.day_ns = log->now.t_ns - SP_DAY;
	rc = sp_log_begin(log);
	if (rc == SQLITE_OK)
		rc = prune_cut(log, &rule);
	if (rc == SQLITE_OK)
		rc = prune_run(log, prune_inputs, &rule);
	if (rc == SQLITE_OK)
		rc = prune_run(log, prune_checkpoints, &rule);
	rc = sp_log_end(log, rc);
	return rc == SQLITE_OK ? SP_OK : sp_log_fault(log, log->db, rc, "its inputs were not pruned", message);
}
