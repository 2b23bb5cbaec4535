/* epoch.c - what the feed has given out (R24): each start's epoch with the frames of its whole book, and the frames of each tick.
 *
 * One number counts the frames through all epochs and files. It is given in the transaction of what the frames carry, so a
 * restart gives no number twice, and a number that a subscriber misses is a frame it has missed. The last rows of the two tables
 * hold the whole place; a rotation takes them along into the next file. */
#include <string.h>

#include "base/assert.h"
#include "base/failpoint.h"
#include "controller/log/store.h"

#define EPOCH_SEQ_MAX (INT64_C(1) << 62) /* nobody counts so far: a larger one is damage */

int sp_epoch_publish(sp_log_file *log, uint32_t frames, uint64_t *first_seq)
{
	sp_log_place *work = &log->work;
	sp_log_row row;

	*first_seq = 0;
	if (frames == 0)
		return SQLITE_OK;
	SP_ASSERT(work->epoch > 0 && work->seq < EPOCH_SEQ_MAX);
	*first_seq = (uint64_t)work->seq + 1;
	row = sp_row_begin(log, SP_TABLE_PUBLICATION);
	sp_row_int(&row, work->tick + 1);
	sp_row_pos(&row);
	sp_row_int(&row, work->seq + 1);
	sp_row_int(&row, frames);
	work->seq += frames;
	return sp_row_end(&row, NULL, NULL);
}

static int epoch_put(sp_log_file *log, const sp_log_start *start, int64_t counter)
{
	sp_log_place *work = &log->work;
	sp_log_row row = sp_row_begin(log, SP_TABLE_EPOCH);

	SP_ASSERT(counter > work->epoch && work->seq < EPOCH_SEQ_MAX);
	sp_row_int(&row, counter);
	sp_row_pos(&row);
	sp_row_int(&row, work->tick + 1);
	sp_row_int(&row, start->t_ns);
	sp_row_bytes(&row, start->random, SP_LOG_RANDOM_SIZE);
	sp_row_int(&row, work->seq + 1);
	sp_row_int(&row, start->frames);
	work->epoch = counter;
	memcpy(work->random, start->random, SP_LOG_RANDOM_SIZE);
	work->seq += start->frames;
	return sp_row_end(&row, NULL, NULL);
}

static sp_log_epoch_row epoch_begun(const sp_log_file *log, const sp_log_start *start)
{
	sp_log_epoch_row row = {.counter = (uint64_t)log->now.epoch,
	                        .t_ns = start->t_ns,
	                        .tick = log->now.tick + 1,
	                        .first_seq = (uint64_t)log->now.seq - start->frames + 1,
	                        .frames = start->frames};

	memcpy(row.random, start->random, SP_LOG_RANDOM_SIZE);
	memcpy(row.head, log->now.link, SP_HASH_SIZE);
	return row;
}

sp_status sp_log_epoch(sp_log_file *log, const sp_log_start *start, sp_log_epoch_row *epoch, sp_message *message)
{
	sp_status status = sp_log_ready(log, message);
	uint64_t counter;
	int rc;

	SP_ASSERT(start && epoch);
	if (status != SP_OK)
		return status;
	counter = (uint64_t)log->now.epoch + 1;
	if (start->least > counter)
		counter = start->least;
	if (counter > SP_LOG_EPOCH_MAX)
		return sp_message_set(message, SP_E_RANGE, "%s: epoch %llu is beyond the largest, %llu", log->path,
		                      (unsigned long long)counter, (unsigned long long)SP_LOG_EPOCH_MAX);
	rc = sp_log_begin(log);
	if (rc == SQLITE_OK)
		rc = epoch_put(log, start, (int64_t)counter);
	SP_FAILPOINT(epoch_before_commit);
	rc = sp_log_end(log, rc);
	if (rc != SQLITE_OK)
		return sp_log_fault(log, log->db, rc, "the epoch was not committed", message);
	SP_FAILPOINT(epoch_after_commit);
	*epoch = epoch_begun(log, start);
	sp_log_trim(log);
	return SP_OK;
}

void sp_log_feed(const sp_log_file *log, uint64_t *counter, uint8_t random[SP_LOG_RANDOM_SIZE], uint64_t *seq)
{
	SP_ASSERT(log);
	if (counter)
		*counter = (uint64_t)log->now.epoch;
	if (random)
		memcpy(random, log->now.random, SP_LOG_RANDOM_SIZE);
	if (seq)
		*seq = (uint64_t)log->now.seq;
}

/* --- reading --- */

static void epoch_read_frames(sp_read_row *row, uint64_t *first_seq, uint32_t *frames)
{
	int64_t first = sp_read_int(row);

	*frames = sp_read_u32(row);
	row->ok = row->ok && first > 0 && first <= EPOCH_SEQ_MAX;
	*first_seq = (uint64_t)first;
}

static bool epoch_read(sqlite3_stmt *select, sp_log_epoch_row *out)
{
	sp_read_row row = {.select = select, .ok = true};
	sp_log_epoch_row epoch = {.frames = 0};
	int64_t counter = sp_read_int(&row);
	const uint8_t *random;
	size_t n;

	epoch.tick = sp_read_int(&row);
	epoch.t_ns = sp_read_int(&row);
	random = sp_read_bytes(&row, &n);
	epoch_read_frames(&row, &epoch.first_seq, &epoch.frames);
	sp_read_hash(&row, epoch.head);
	if (!row.ok || counter <= 0 || counter > (int64_t)SP_LOG_EPOCH_MAX || !random || n != SP_LOG_RANDOM_SIZE)
		return false;
	epoch.counter = (uint64_t)counter;
	memcpy(epoch.random, random, SP_LOG_RANDOM_SIZE);
	*out = epoch;
	return true;
}

static bool epoch_read_publication(sqlite3_stmt *select, sp_log_publication_row *out)
{
	sp_read_row row = {.select = select, .ok = true};
	sp_log_publication_row publication = {.tick = sp_read_int(&row)};

	epoch_read_frames(&row, &publication.first_seq, &publication.frames);
	*out = publication;
	return row.ok && publication.frames > 0;
}

static sp_read_next epoch_row(sp_read_walk *walk, sqlite3_stmt *select)
{
	sp_log_epoch_row row;

	if (!epoch_read(select, &row))
		return SP_READ_DAMAGED;
	return walk->fn.epoch(walk->context, &row) ? SP_READ_ON : SP_READ_ENOUGH;
}

static sp_read_next epoch_publication_row(sp_read_walk *walk, sqlite3_stmt *select)
{
	sp_log_publication_row row;

	if (!epoch_read_publication(select, &row))
		return SP_READ_DAMAGED;
	return walk->fn.publication(walk->context, &row) ? SP_READ_ON : SP_READ_ENOUGH;
}

#define EPOCH_SELECT       "SELECT counter, tick, t_ns, random, first_seq, frames, link FROM epoch "
#define PUBLICATION_SELECT "SELECT tick, first_seq, frames FROM publication "

sp_status sp_log_epochs(sp_log_file *log, uint64_t from_counter, sp_log_epoch_fn fn, void *context, sp_message *message)
{
	sp_read_walk walk = {.log = log,
	                     .table = "epoch",
	                     .sql = EPOCH_SELECT "WHERE counter >= ?1 ORDER BY counter LIMIT ?2",
	                     .row = epoch_row,
	                     .fn.epoch = fn,
	                     .context = context};

	SP_ASSERT(log && fn);
	if (!sp_schema_has(log, SP_TABLE_EPOCH) || from_counter > SP_LOG_EPOCH_MAX)
		return SP_OK;
	walk.key = (int64_t)from_counter;
	return sp_read_rows(&walk, message);
}

/* The row that a rotation took along is not this file's: its tick is in the file before. */
sp_status sp_log_publications(sp_log_file *log, int64_t from_tick, sp_log_publication_fn fn, void *context,
                              sp_message *message)
{
	sp_read_walk walk = {.log = log,
	                     .table = "publication",
	                     .sql = PUBLICATION_SELECT "WHERE tick >= ?1 ORDER BY tick LIMIT ?2",
	                     .key = from_tick > log->segment_tick ? from_tick : log->segment_tick + 1,
	                     .row = epoch_publication_row,
	                     .fn.publication = fn,
	                     .context = context};

	SP_ASSERT(log && fn);
	return sp_schema_has(log, SP_TABLE_PUBLICATION) ? sp_read_rows(&walk, message) : SP_OK;
}

/* --- a file's place --- */

static void epoch_place_last(sp_log_place *now, sqlite3_stmt *select, bool *sound)
{
	sp_log_epoch_row last;

	*sound = *sound && epoch_read(select, &last);
	if (!*sound)
		return;
	now->epoch = (int64_t)last.counter;
	now->seq = (int64_t)last.first_seq + last.frames - 1;
	memcpy(now->random, last.random, SP_LOG_RANDOM_SIZE);
}

static void epoch_place_publication(sp_log_place *now, sqlite3_stmt *select, bool *sound)
{
	sp_log_publication_row last;
	int64_t seq;

	*sound = *sound && epoch_read_publication(select, &last);
	if (!*sound)
		return;
	seq = (int64_t)last.first_seq + last.frames - 1;
	if (seq > now->seq)
		now->seq = seq;
}

static int epoch_place_of(sp_log_file *log, const char *sql, void (*take)(sp_log_place *, sqlite3_stmt *, bool *),
                          bool *sound)
{
	sqlite3_stmt *select = NULL;
	int rc = sqlite3_prepare_v2(log->db, sql, -1, &select, NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_step(select);
	if (rc == SQLITE_ROW)
		take(&log->now, select, sound);
	sqlite3_finalize(select);
	return rc == SQLITE_ROW || rc == SQLITE_DONE ? SQLITE_OK : rc;
}

int sp_epoch_place(sp_log_file *log, bool *sound)
{
	int rc;

	if (!sp_schema_has(log, SP_TABLE_EPOCH))
		return SQLITE_OK;
	rc = epoch_place_of(log, EPOCH_SELECT "ORDER BY counter DESC LIMIT 1", epoch_place_last, sound);
	if (rc == SQLITE_OK)
		rc = epoch_place_of(log, PUBLICATION_SELECT "ORDER BY tick DESC LIMIT 1", epoch_place_publication, sound);
	return rc;
}
