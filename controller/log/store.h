/* store.h - what the files of this room share: an open log, its place in the chain, and the tables as lists of columns.
 *
 * Every row of every table has a place `pos` in one chain, 1, 2, 3 … without gaps, and a link
 *
 *     link(pos) = BLAKE2b-256( link(pos - 1) | table's number | each column: its type, its bytes )
 *
 * The columns that are hashed are the table's own, in the order given here, so writing (row.c) and verifying (verify.c) are
 * both loops over the same lists. Large bytes (inputs, checkpoints, a configuration's texts) stand behind the link as *cold*
 * columns: the chain holds their hash, and so they can be pruned without breaking it. */
#ifndef SP_LOG_STORE_H
#define SP_LOG_STORE_H

#include <string.h>

#include <sqlite3.h>
#include <zstd.h>

#include "base/time.h"
#include "controller/log/log.h"

/* The tables' numbers are hashed: never changed or reused. */
typedef enum sp_log_table_id {
	SP_TABLE_SEGMENT,
	SP_TABLE_CONFIG,
	SP_TABLE_INPUT,
	SP_TABLE_DECISION,
	SP_TABLE_ALARM,
	SP_TABLE_ROLLUP,
	SP_TABLE_CHECKPOINT,
	SP_TABLE_TICK,
	SP_TABLE_CLOSING,
	SP_TABLE_EPOCH,
	SP_TABLE_PUBLICATION,
	SP_TABLES
} sp_log_table_id;

#define SP_LOG_BUSY_MS  2000 /* a reader that recovers the WAL is done long before */
#define SP_LOG_COLD_MAX 2

typedef struct sp_log_table {
	const char *name;
	const char *key;     /* the INTEGER PRIMARY KEY: rises with pos */
	const char *columns; /* the hashed ones, then link, then the cold ones */
	int n_hashed;        /* the last n_cold of them are the hashes of the cold ones */
	int n_cold;
	int key_at, pos_at, tick_at; /* columns' places; tick_at -1: the table has none */
	int since;                   /* the version of the schema that brought it */
} sp_log_table;

extern const sp_log_table sp_log_tables[SP_TABLES];

/* A place in the chain and what counts on from it. */
typedef struct sp_log_place {
	uint8_t link[SP_HASH_SIZE];
	int64_t pos;        /* of the last row; 0: none */
	int64_t tick, t_ns; /* of the last tick; 0: none */
	int64_t id;         /* of the last decision; 0: none */
	int64_t epoch;      /* of the last start; 0: none */
	uint8_t random[SP_LOG_RANDOM_SIZE];
	int64_t seq;    /* of the last frame; 0: none */
	int64_t stored; /* bytes of inputs that are not pruned; -1: not counted yet */
} sp_log_place;

/* Bytes that grow and are used again. A failed growth is remembered; what is put then is lost. */
typedef struct sp_log_buffer {
	uint8_t *at;
	size_t n, room;
	bool failed;
} sp_log_buffer;

bool sp_log_buffer_reserve(sp_log_buffer *buffer, size_t room); /* keeps the n bytes there are */

/* Inline, for a row is put together of a hundred short pieces whose lengths the compiler knows. */
static inline void sp_log_buffer_put(sp_log_buffer *buffer, const void *bytes, size_t n)
{
	if (buffer->n + n > buffer->room && !sp_log_buffer_reserve(buffer, buffer->n + n))
		return;
	if (n > 0)
		memcpy(buffer->at + buffer->n, bytes, n);
	buffer->n += n;
}

void sp_log_buffer_fini(sp_log_buffer *buffer);

/* The last date written, as text. */
typedef struct sp_json_date {
	int64_t t_ns;
	size_t n; /* 0: none yet */
	char text[SP_TIME_TEXT_MAX];
} sp_json_date;

/* A configuration whose texts wait for the next transaction. */
typedef struct sp_log_pending {
	struct sp_log_pending *next;
	uint8_t hash[SP_HASH_SIZE];
	void *yaml, *sheet; /* compressed, owned */
	size_t n_yaml, n_sheet, plain_yaml, plain_sheet;
} sp_log_pending;

typedef struct sp_log_guard {
	int fd; /* -1: not held */
	char *path;
} sp_log_guard;

struct sp_log_schema;

struct sp_log_file {
	char *path;
	char *vfs; /* NULL: the default */
	sp_log_options options;
	const struct sp_log_schema *schema;
	int version; /* of the file's schema: a reader's may be older */
	sp_log_guard guard;
	sqlite3 *db; /* NULL between two files, when a rotation stopped half-way */
	sqlite3_stmt *insert[SP_TABLES];
	sqlite3_stmt *rollback;       /* ready, for there may be no memory to make it when it is needed */
	sp_log_place now, work;       /* committed; and of the transaction in hand */
	int64_t sequence;             /* of the file, from 1 */
	uint8_t anchor[SP_HASH_SIZE]; /* what its chain begins with */
	int64_t segment_tick;         /* the last tick before this file */
	bool closed;                  /* the file's chain has ended: it belongs into archive/ */
	uint8_t config[SP_HASH_SIZE]; /* of the last tick */
	uint8_t named[SP_HASH_SIZE];  /* by the last sp_log_config: the next file must have it, too */
	sp_log_pending *pending;
	sp_log_buffer canon, body, text; /* a row for the chain; a decision's bytes; its JSON */
	sp_log_buffer kept;              /* what a row that was found points into */
	sp_json_date dates[2];
	sp_clock_reading clocks[SP_CLOCKS]; /* the last ones written, and their text */
	sp_log_buffer clocks_text;
	ZSTD_CCtx *squeeze;
	int wal_pages, wal_limit; /* in the WAL after the last commit; from how many on it is checkpointed */
};

/* --- fault.c: SQLite's answers as ours --- */

sp_status sp_log_status(sqlite3 *db, int rc);
sp_status sp_log_errno_status(int number);
/* Writes "doing: what SQLite says; what to do" and returns the status of rc. */
sp_status sp_log_fault(const sp_log_file *log, sqlite3 *db, int rc, const char *doing, sp_message *message);
/* SQLite's texts quote names of a damaged file: bytes that are no printable ASCII as \xHH. Returns plain; what does not fit is cut. */
char *sp_log_plain(const char *text, char *plain, size_t size);
const char *sp_log_cure(sp_status status);
/* Was there no memory for the value of a column just asked for? Then it only seems to be NULL. */
bool sp_log_starved(const sp_log_file *log);

/* --- row.c: one row into table and chain at once --- */

typedef struct sp_log_row {
	sp_log_file *log;
	const sp_log_table *table;
	sqlite3_stmt *insert;
	int column; /* next to be bound, from 1 */
	int rc;     /* sticky */
} sp_log_row;

/* Begins a row at the next place of the chain; each put fills the next column. sp_row_end stores it and moves work on.
 * Bytes and text must live until then. */
sp_log_row sp_row_begin(sp_log_file *log, sp_log_table_id table);
void sp_row_int(sp_log_row *row, int64_t x);
void sp_row_pos(sp_log_row *row); /* the row's own place */
void sp_row_real(sp_log_row *row, double x);
void sp_row_text(sp_log_row *row, const char *text);
void sp_row_text_n(sp_log_row *row, const char *text, size_t n);
void sp_row_bytes(sp_log_row *row, const void *bytes, size_t n);
/* Stores the row with its cold columns (as many as the table has); returns SQLite's answer. */
int sp_row_end(sp_log_row *row, const void *cold[], const size_t n_cold[]);

/* --- chain.c: the same from what is stored --- */

void sp_chain_int(sp_log_buffer *canon, int64_t x);
void sp_chain_real(sp_log_buffer *canon, double x);
void sp_chain_text(sp_log_buffer *canon, const void *text, size_t n);
void sp_chain_bytes(sp_log_buffer *canon, const void *bytes, size_t n);
void sp_chain_begin(sp_log_buffer *canon, const uint8_t link[SP_HASH_SIZE], sp_log_table_id table);
void sp_chain_link(const sp_log_buffer *canon, uint8_t link[SP_HASH_SIZE]);
/* Encodes the hashed columns of a SELECT over table->columns; the link that they give after `link`. */
sp_status sp_chain_of_row(sp_log_buffer *canon, const uint8_t link[SP_HASH_SIZE], sp_log_table_id table,
                          sqlite3_stmt *select, uint8_t out[SP_HASH_SIZE]);

/* --- schema.c --- */

/* steps[v - 1] brings a file from version v - 1 to v; the first creates it. Never edited once released, only added to. */
typedef struct sp_log_schema {
	int version;
	const char *const *steps;
} sp_log_schema;

extern const sp_log_schema sp_log_schema_now;

/* What is in the file: SP_OK with its version (0: an empty file), or why it cannot be used. */
sp_status sp_schema_version(const sp_log_file *log, int *version, sp_message *message);
/* Brings the file forward from `version`, in the transaction in hand. */
int sp_schema_advance(sqlite3 *db, const sp_log_schema *schema, int version);
/* Has the file this table? One of an older version lacks those that came later: no row of them is in its chain. */
bool sp_schema_has(const sp_log_file *log, sp_log_table_id table);
/* The first object that differs from what the file's version makes, written as "trigger tick_kept"; "": none. SQLite's answer. */
int sp_schema_differs(const sp_log_file *log, char *what, size_t size);

/* --- open.c --- */

/* sp_log_open with another schema: how tests make an older or newer one. */
sp_status sp_log_open_as(const char *path, const sp_log_options *options, const sp_log_schema *schema,
                         sp_log_file **log, sp_message *message);
/* Opens the file at log->path (there is one) and takes its state up. A writer's log->db stays NULL when the file is empty; one
 * that is closed is brought to no other version, for it is to be moved as it is. */
sp_status sp_log_attach(sp_log_file *log, sp_message *message);
void sp_log_detach(sp_log_file *log);
/* A new file at log->path: the first, or the successor of `carry`, whose head it begins with and whose open ends it takes over. */
sp_status sp_log_create(sp_log_file *log, const sp_log_file *carry, sp_message *message);

/* --- commit.c --- */

int sp_log_begin(sp_log_file *log);
/* Writes a WAL back that a commit has left long. */
void sp_log_trim(sp_log_file *log);
/* Is the log ready to be written? Completes a rotation that has stopped half-way. */
sp_status sp_log_ready(sp_log_file *log, sp_message *message);
/* Ends whatever transaction is in hand without effect. */
int sp_log_rollback(sp_log_file *log);
/* Commits, or rolls back when rc is not SQLITE_OK; then log->now is as before. Returns the final answer. */
int sp_log_end(sp_log_file *log, int rc);
void sp_log_pending_fini(sp_log_file *log);

/* --- guard.c --- */

/* The writer's lock: a lock file beside the log, held for life. SP_E_BUSY: another writer. */
sp_status sp_guard_take(sp_log_guard *guard, const char *path, sp_message *message);
void sp_guard_drop(sp_log_guard *guard);
/* While it is closed no reader can open the file: the names of its files are being changed. False: not within 5 s. */
bool sp_guard_close_gate(const sp_log_guard *guard);
void sp_guard_open_gate(const sp_log_guard *guard);
/* A reader passes the gate and keeps it open until it has opened the file; -1: there is no writer. */
int sp_guard_enter(const char *path);
void sp_guard_leave(int fd);

/* --- blob.c: cold bytes, compressed --- */

#define SP_LOG_PLAIN_MAX (INT64_C(1) << 30) /* a bound for damaged files: no checkpoint comes near it */

/* Compressed bytes are the caller's to free. SP_E_MEMORY. */
sp_status sp_blob_pack(ZSTD_CCtx *squeeze, const void *plain, size_t n, void **packed, size_t *n_packed);
/* The plain bytes (to free; one zero byte after them), exactly n of them; SP_E_DAMAGED, SP_E_MEMORY. */
sp_status sp_blob_unpack(const void *packed, size_t n_packed, int64_t n, void **plain);
void sp_blob_hash(const void *packed, size_t n, uint8_t hash[SP_HASH_SIZE]);

/* --- json.c: a decision's lists as JSON, put behind what log->text holds, each with a zero --- */

void sp_json_terms(sp_log_file *log, const sp_decision *decision);
void sp_json_prices(sp_log_file *log, const sp_decision *decision);
void sp_json_activated(sp_log_file *log, const sp_decision *decision);
void sp_json_clocks(sp_log_file *log, const sp_decision *decision);
void sp_json_refused(sp_log_buffer *out, const uint32_t refused[SP_REFUSALS]);
/* Reads what sp_json_refused wrote; false when it is not that. */
bool sp_json_refused_read(const char *text, uint32_t refused[SP_REFUSALS]);

/* --- read.c --- */

/* One integer, 0 where there is no row. */
int sp_log_ask(sqlite3 *db, const char *sql, int64_t argument, int64_t *answer);

/* A row's columns, read straight down; `ok` is sticky: false once a column is not of its type. */
typedef struct sp_read_row {
	sqlite3_stmt *select;
	int column;
	bool ok;
} sp_read_row;

int64_t sp_read_int(sp_read_row *row);
uint32_t sp_read_u32(sp_read_row *row);
double sp_read_real(sp_read_row *row);      /* finite, or the row is not ok */
const char *sp_read_text(sp_read_row *row); /* never NULL */
const uint8_t *sp_read_bytes(sp_read_row *row, size_t *n);
void sp_read_hash(sp_read_row *row, uint8_t hash[SP_HASH_SIZE]);

typedef enum sp_read_next { SP_READ_ON, SP_READ_ENOUGH, SP_READ_DAMAGED, SP_READ_NO_MEMORY } sp_read_next;

/* A walk over rows whose first column is the key. */
typedef struct sp_read_walk {
	sp_log_file *log;
	const char *table, *sql; /* ?1: first key, ?2: rows, ?3: a text or NULL */
	const char *text;
	int64_t key;
	sp_read_next (*row)(struct sp_read_walk *walk, sqlite3_stmt *select);
	union {
		sp_log_tick_fn tick;
		sp_log_decision_fn decision;
		sp_log_inputs_fn inputs;
		sp_log_alarm_fn alarm;
		sp_log_rollup_fn rollup;
		sp_log_epoch_fn epoch;
		sp_log_publication_fn publication;
	} fn;
	void *context;
} sp_read_walk;

sp_status sp_read_rows(sp_read_walk *walk, sp_message *message);

/* sp_read_from_tick - the same for a table without an index by tick: from the first row that a tick from here on brought. */
sp_status sp_read_from_tick(sp_read_walk *walk, int64_t from_tick, sp_message *message);

/* --- epoch.c: the feed's place --- */

/* The row of a tick whose changes take frames; *first_seq: the number of the first. */
int sp_epoch_publish(sp_log_file *log, uint32_t frames, uint64_t *first_seq);
/* A file's last epoch and frame into log->now; *sound false: they are none. SQLite's answer. */
int sp_epoch_place(sp_log_file *log, bool *sound);

/* --- place.c --- */

/* The last row of the chain and of ticks and decisions, the anchor, and whether the file is closed. */
sp_status sp_log_read_place(sp_log_file *log, sp_message *message);

/* --- verify.c --- */

/* What else to look for while the chain is walked. */
typedef struct sp_chain_watch {
	const uint8_t *head; /* to be met; NULL: none */
	bool met;
	sp_log_progress_fn progress; /* NULL: nobody waits */
	void *context;
	double done, share; /* of all files: before this one, and this one's */
} sp_chain_watch;

/* Recomputes the chain from a place of it to the end, in slices, so that no long reader holds up the writer's WAL. */
sp_status sp_chain_check(sp_log_file *log, const sp_log_place *from, sp_chain_watch *watch, sp_log_verdict *verdict,
                         sp_message *message);
/* One file: its chain from its anchor, with the last file whether the head was met, and its tables and triggers. */
sp_status sp_log_verify_one(sp_log_file *log, bool last, sp_chain_watch *watch, sp_log_verdict *verdict,
                            sp_message *message);

/* --- archive.c: the files that a log has left behind --- */

/* The archive's folder beside the log, and a file's path in it: "archive/NAME.000001.20261124T000000Z". To free; NULL: out of
 * memory. */
char *sp_archive_folder(const char *path);
char *sp_archive_path(const char *path, int64_t sequence, int64_t t_ns);

typedef struct sp_archive {
	char **paths; /* in order of the files' sequence */
	size_t n, room;
} sp_archive;

sp_status sp_archive_list(const char *path, sp_archive *archive, sp_message *message);
void sp_archive_fini(sp_archive *archive);
/* sp_archive_last - opens the newest archived file, read only; *last stays as it is where there is none. */
sp_status sp_archive_last(const sp_log_file *log, sp_log_file **last, sp_message *message);

/* --- rotate.c --- */

/* Brings a log whose file has been closed, or is missing behind an archive, to a file that can be written. */
sp_status sp_log_settle(sp_log_file *log, sp_message *message);

/* --- backup.c --- */

sp_status sp_backup_copy(const sp_log_file *from, const char *copy, sp_message *message);
/* fsync of the folder that a file is in: its name must survive a power cut, too. */
void sp_log_sync_folder(const char *path);

#endif
