/* log.h - the decision log: everything that went in and came out of the engine, in one SQLite file, hash-chained.
 *
 * One connection writes (synchronous=FULL, WAL); one transaction a tick holds its inputs, decisions, alarms, rollups and digest,
 * and what is not committed did not happen (P2). Rows are never changed; each carries a link of a BLAKE2b chain that
 * starts at the file's anchor, so any changed, missing or cut row is found (P11).
 *
 * A log is used by one thread at a time. Errors come with a message a user can act on; after a failed commit the file is
 * as before and the same commit may be tried again. */
#ifndef SP_LOG_LOG_H
#define SP_LOG_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/alarm.h"
#include "base/decision.h"
#include "base/rollup.h"
#include "base/signal.h"

#define SP_LOG_APPLICATION_ID 0x53507431 /* "SPt1" */
#define SP_LOG_SCHEMA         2          /* PRAGMA user_version */
#define SP_HASH_SIZE          32
#define SP_LOG_RANDOM_SIZE    16
#define SP_LOG_PRUNE_BYTES    (INT64_C(8) << 20)  /* a sp_log_prune; some 10 ms */
#define SP_LOG_EPOCH_MAX      (UINT64_C(1) << 62) /* so that later starts can still rise */
#define SP_HASH_TEXT_MAX      (2 * SP_HASH_SIZE + 1)

typedef struct sp_log_file sp_log_file; /* sp_log is the logarithm (base/math.h) */

typedef enum sp_log_sync {
	SP_LOG_SYNC_FULL,
	SP_LOG_SYNC_OFF
} sp_log_sync; /* OFF exists for the test that shows why FULL */

typedef struct sp_log_options {
	bool read_only;
	bool create; /* make a new file where there is none */
	sp_log_sync sync;
	const char *vfs; /* NULL: the default; tests give a faulty one */
	uint32_t engine_version;
	int64_t created_ns; /* stands in a new file; 0 where there is no clock, so that equal replays give equal heads */
	int64_t
	    rotate_bytes; /* 0: never; a file beyond this is rotated into archive/ by the next commit with a checkpoint */
} sp_log_options;

/* One tick as it is committed. The log copies nothing and keeps nothing of it. */
typedef struct sp_log_tick {
	int64_t t_ns;
	uint32_t skipped;
	uint8_t config[SP_HASH_SIZE];
	const uint8_t *inputs; /* those since the last append; may be empty */
	size_t n_inputs;
	const sp_decision *decisions; /* all: the digest is over all, rows are made of the recorded */
	uint32_t n_decisions;
	const sp_alarm_change *alarms;
	uint32_t n_alarms;
	const sp_rollup *rollups;
	uint32_t n_rollups;
	uint32_t taken;
	const uint32_t *refused;   /* [SP_REFUSALS] */
	const uint8_t *checkpoint; /* NULL when none is due */
	size_t n_checkpoint;
	uint32_t frames; /* of the feed, that this tick's changes take (R24); 0 before the first epoch (asserted) */
} sp_log_tick;

typedef struct sp_log_receipt {
	int64_t tick;       /* number of the tick, from 1 */
	int64_t first_id;   /* id of the first recorded decision; the others follow in order; 0 when none */
	uint64_t first_seq; /* number of its first frame; the others follow; 0 when none */
	uint8_t digest[SP_HASH_SIZE];
	uint8_t head[SP_HASH_SIZE];
} sp_log_receipt;

/* sp_log_open - opens or creates a log.
 * fails  SP_E_ABSENT, SP_E_FOREIGN (another application's file), SP_E_NEWER (schema of a newer version), SP_E_DAMAGED,
 *        SP_E_BUSY (another writer), SP_E_PERMISSION, SP_E_IO, SP_E_DISK_FULL, SP_E_MEMORY. A writer backs an older schema
 *        up beside the file (NAME.schema-1), then migrates it in one transaction; it checks the last two ticks against the
 *        chain before it adds to them. A reader reads older schemas as they are (an archived file stays as it was written);
 *        it sees what is committed, also while a writer runs; one that has a file open which is rotated away sees that file's
 *        end (sp_log_closed). */
sp_status sp_log_open(const char *path, const sp_log_options *options, sp_log_file **log, sp_message *message);
void sp_log_close(sp_log_file *log); /* NULL is accepted */

/* sp_log_config - stores a configuration's texts under their hash, once; part of the next commit's (or append's) transaction. */
sp_status sp_log_config(sp_log_file *log, const uint8_t hash[SP_HASH_SIZE], const void *yaml, size_t n_yaml,
                        const void *sheet, size_t n_sheet, sp_message *message);

/* sp_log_commit - one tick, one transaction; durable when it returns SP_OK.
 * fails  SP_E_RANGE not later than the last tick; SP_E_DISK_FULL, SP_E_IO, SP_E_MEMORY, SP_E_BUSY: then nothing has changed, and
 *        the same commit tried again gives the same bytes */
sp_status sp_log_commit(sp_log_file *log, const sp_log_tick *tick, sp_log_receipt *receipt, sp_message *message);

/* A start of the feed: who publishes from here on, and the whole book with which it begins. */
typedef struct sp_log_start {
	uint8_t random[SP_LOG_RANDOM_SIZE];
	int64_t t_ns;
	uint64_t least;  /* the epoch's counter is to be no less; 0: the next one */
	uint32_t frames; /* that the book takes; 0: it is empty */
} sp_log_start;

/* An epoch as it is stored. */
typedef struct sp_log_epoch_row {
	uint64_t counter; /* from 1; rises with each start, though not always by one */
	uint8_t random[SP_LOG_RANDOM_SIZE];
	int64_t t_ns;
	int64_t tick;       /* the first one after it: its frames and those of later ticks are of this epoch */
	uint64_t first_seq; /* of the book's first frame; of the next frame there is, where the book takes none */
	uint32_t frames;
	uint8_t head[SP_HASH_SIZE]; /* of the chain, after it */
} sp_log_epoch_row;

/* sp_log_epoch - begins an epoch: one transaction, durable when it returns SP_OK. The counter is max(last + 1, start->least); the
 * frames' numbers go on from the last (R24). There may be no tick yet.
 * fails  SP_E_RANGE beyond SP_LOG_EPOCH_MAX; as sp_log_commit, and tried again it is the same */
sp_status sp_log_epoch(sp_log_file *log, const sp_log_start *start, sp_log_epoch_row *epoch, sp_message *message);

/* sp_log_append - inputs that cannot wait for their tick (R12); they belong to the next one. Durable on SP_OK. */
sp_status sp_log_append(sp_log_file *log, const uint8_t *inputs, size_t n, sp_message *message);

/* sp_log_checkpoint - the state as of the last committed tick, from before any later input: for a clean stop (R13). A tick that has a
 * checkpoint keeps it. Durable on SP_OK. */
sp_status sp_log_checkpoint(sp_log_file *log, const uint8_t *checkpoint, size_t n, sp_message *message);

/* sp_log_prune - drops recorded inputs older than `before_ns` (0: none for their age), and the oldest beyond `max_bytes` of recorded
 * inputs (as stored; 0: any size); hashes stay. Nothing after the last checkpoint goes, so that a start always finds what it needs. Of the
 * checkpoints whose inputs are kept, those of the last day stay, and of each day before it the first (R13). One call drops about
 * SP_LOG_PRUNE_BYTES at most, so that it fits between two ticks; the next call goes on.
 * cost   O(log n + what it drops), but for a first call with max_bytes on a file that is larger */
sp_status sp_log_prune(sp_log_file *log, int64_t before_ns, int64_t max_bytes, sp_message *message);

/* sp_log_rotate - closes the file's chain, moves the file into archive/ beside it and begins a new one whose anchor is the old head.
 * The new file holds the configuration in force, and once more the inputs that wait for their tick; give the next commit a
 * checkpoint, so that it can be re-run by itself. Interrupted at any point, the next open or commit completes it.
 * fails  SP_E_ABSENT no tick to archive; SP_E_BUSY a reader holds an old state: nothing has changed, try later */
sp_status sp_log_rotate(sp_log_file *log, sp_message *message);

/* sp_log_backup - a consistent copy of a log that may be in use; refuses to overwrite. */
sp_status sp_log_backup(const char *path, const char *copy, sp_message *message);

/* The head of the chain, and the last committed tick (0: none) with its time: a writer's own; a reader's as of its opening. */
void sp_log_head(const sp_log_file *log, uint8_t head[SP_HASH_SIZE]);
int64_t sp_log_last_tick(const sp_log_file *log, int64_t *t_ns);

/* The epoch of the last start (counter 0: none yet) and the number of the last frame of all epochs (0: none). Any may be NULL. */
void sp_log_feed(const sp_log_file *log, uint64_t *counter, uint8_t random[SP_LOG_RANDOM_SIZE], uint64_t *seq);

/* sp_log_previous - the archived file that this one goes on from, read only; the caller's to close. A file that was begun by a rotation and
 * has no tick yet has no state of its own either.
 * fails  SP_E_ABSENT: it is the first, or the archive does not hold it; as sp_log_open */
sp_status sp_log_previous(const sp_log_file *log, sp_log_file **previous, sp_message *message);

/* sp_log_closed - has the file that this reader holds been rotated away? Then open the path again to follow. */
bool sp_log_closed(sp_log_file *log);

/* --- reading; a read-only log serves as well --- */

typedef struct sp_log_tick_row {
	int64_t tick, t_ns;
	int64_t pos;      /* its place in the file's chain, from 1 */
	int64_t first_id; /* of its recorded decisions, which follow one another; 0: none */
	uint32_t skipped, families, recorded, taken;
	uint32_t refused[SP_REFUSALS];
	uint32_t engine_version;
	uint8_t config[SP_HASH_SIZE], digest[SP_HASH_SIZE], head[SP_HASH_SIZE];
} sp_log_tick_row;

/* A decision's row. Text lives until the callback returns, or the next call on this log. The JSON is spelt as in `decide`. */
typedef struct sp_log_decision_row {
	int64_t id, tick, t_ns;
	const char *family, *policy, *mode, *outcome, *reason, *offer;
	sp_index before, wish, index, in_force;
	uint32_t binds;
	const char *terms; /* [{"name":…,"index":"0.050000000"},…] */
	const char
	    *prices; /* [{"sku":…,"unit":…,"version":…,"before_usd":…,"usd":…,"not_before":…,"not_before_existing":…},…] */
	const char *activated; /* [{"sku":…,"version":…,"usd":…},…] */
	const char *clocks;    /* {"cost":{"state":"fresh","age_s":12},…,"market":{"state":"absent"}} */
	const uint8_t *body;   /* the canonical bytes (sp_decision_encode) */
	size_t n_body;
	uint8_t config[SP_HASH_SIZE];
} sp_log_decision_row;

/* A change of an alarm. Text lives as a decision's does. */
typedef struct sp_log_alarm_row {
	int64_t tick, t_ns;
	sp_alarm_change change;
} sp_log_alarm_row;

/* An hour of one subject's signals of one kind, written at the first tick after it (R24). Text lives as a decision's does. */
typedef struct sp_log_rollup_row {
	int64_t tick;
	sp_rollup rollup;
} sp_log_rollup_row;

/* The frames that a tick's changes took; a tick without has no row. */
typedef struct sp_log_publication_row {
	int64_t tick;
	uint64_t first_seq;
	uint32_t frames; /* at least 1 */
} sp_log_publication_row;

/* Each calls back for every row in order, from `from` on; a callback that returns false ends it early. */
typedef bool (*sp_log_tick_fn)(void *context, const sp_log_tick_row *row);
typedef bool (*sp_log_decision_fn)(void *context, const sp_log_decision_row *row);
typedef bool (*sp_log_alarm_fn)(void *context, const sp_log_alarm_row *row);
typedef bool (*sp_log_rollup_fn)(void *context, const sp_log_rollup_row *row);
typedef bool (*sp_log_epoch_fn)(void *context, const sp_log_epoch_row *row);
typedef bool (*sp_log_publication_fn)(void *context, const sp_log_publication_row *row);
/* tick: the tick the block belongs to; last + 1 for blocks after the last tick (in an archived file: the next file has them,
 * too). bytes NULL: pruned. */
typedef bool (*sp_log_inputs_fn)(void *context, int64_t tick, const uint8_t *bytes, size_t n);

sp_status sp_log_ticks(sp_log_file *log, int64_t from_tick, sp_log_tick_fn fn, void *context, sp_message *message);
sp_status sp_log_decisions(sp_log_file *log, int64_t from_id, const char *family, sp_log_decision_fn fn, void *context,
                           sp_message *message);
sp_status sp_log_alarms(sp_log_file *log, int64_t from_tick, sp_log_alarm_fn fn, void *context, sp_message *message);
/* The hours that ended by a tick from `from_tick` on; they outlive the inputs that they were made of. */
sp_status sp_log_rollups(sp_log_file *log, int64_t from_tick, sp_log_rollup_fn fn, void *context, sp_message *message);
sp_status sp_log_inputs(sp_log_file *log, int64_t from_tick, sp_log_inputs_fn fn, void *context, sp_message *message);
/* In a file that follows an archived one the first epoch is that of the last start before it. */
sp_status sp_log_epochs(sp_log_file *log, uint64_t from_counter, sp_log_epoch_fn fn, void *context,
                        sp_message *message);
sp_status sp_log_publications(sp_log_file *log, int64_t from_tick, sp_log_publication_fn fn, void *context,
                              sp_message *message);
/* SP_E_ABSENT: no such row. */
sp_status sp_log_tick_find(sp_log_file *log, int64_t tick, sp_log_tick_row *row, sp_message *message);
sp_status sp_log_decision_find(sp_log_file *log, int64_t id, sp_log_decision_row *row, sp_message *message);

/* sp_log_config_find - the texts of a configuration; both are the caller's to free(), and each has a zero after its end. */
sp_status sp_log_config_find(sp_log_file *log, const uint8_t hash[SP_HASH_SIZE], void **yaml, size_t *n_yaml,
                             void **sheet, size_t *n_sheet, sp_message *message);

/* sp_log_checkpoint_find - the latest checkpoint at or before a tick; bytes are the caller's to free(). SP_E_ABSENT: none. */
sp_status sp_log_checkpoint_find(sp_log_file *log, int64_t at_or_before, int64_t *tick, uint8_t **bytes, size_t *n,
                                 sp_message *message);

/* --- verification --- */

typedef struct sp_log_verdict {
	bool sound;
	int64_t ticks, rows;
	int64_t files;                                    /* 1, but for sp_log_verify_files */
	uint8_t anchor[SP_HASH_SIZE], head[SP_HASH_SIZE]; /* where the chain begins and ends */
	char where[160];                                  /* the first row that is wrong: "decision 42 (tick 7)" */
	char what[512];                                   /* "its bytes do not give its link of the chain" */
} sp_log_verdict;

typedef void (*sp_log_progress_fn)(void *context, double share); /* share done [1]; called now and then */

/* sp_log_verify - recomputes the whole chain of a file from its anchor.
 *
 * in     expected_head: NULL, or a head that was seen earlier: the chain must come by it, so that nothing up to there was changed
 *        or cut; to ask that it ends there, compare verdict->head. progress: NULL, or called now and then
 * fails  only when the file cannot be read; a broken chain is SP_OK with sound = false */
sp_status sp_log_verify(sp_log_file *log, const uint8_t *expected_head, sp_log_progress_fn progress, void *context,
                        sp_log_verdict *verdict, sp_message *message);

/* sp_log_verify_files - the same for the log at a path with all of its archived files, oldest first: none missing, each closed,
 * each beginning with its predecessor's head. */
sp_status sp_log_verify_files(const char *path, const uint8_t *expected_head, sp_log_progress_fn progress,
                              void *context, sp_log_verdict *verdict, sp_message *message);

/* --- hashes --- */

/* sp_log_digest - BLAKE2b-256 over the canonical bytes of every decision in slot order (R15): for drivers without a file too.
 * fails  SP_E_MEMORY, for a decision of more than a dozen prices only */
sp_status sp_log_digest(const sp_decision *decisions, uint32_t n, uint8_t digest[SP_HASH_SIZE]);
/* sp_log_hash - BLAKE2b-256 of two byte strings one after the other, each with its length first. */
void sp_log_hash(const void *a, size_t na, const void *b, size_t nb, uint8_t hash[SP_HASH_SIZE]);
char *sp_hash_text(const uint8_t hash[SP_HASH_SIZE], char text[SP_HASH_TEXT_MAX]);
sp_status sp_hash_parse(const char *text, uint8_t hash[SP_HASH_SIZE]);

#endif
