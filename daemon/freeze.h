/* freeze.h - the kill switch: the scopes in which no price moves until somebody thaws them (R18).
 *
 * It acts in memory first. The FREEZE file is its one truth: it survives restarts, and people may write it by hand. Each second it is
 * read again: a line added freezes, a line removed thaws. One scope a line, blanks between words, "#" begins a comment:
 *
 *     all                                            everything
 *     pool us-east/h100                              the families of a pool
 *     family chat/us-east since=2026-11-24T00:00:00Z by=uid-1000 barred=2026-11-24T00:00:00Z
 *     thawed family chat/us-east barred=…            holds nothing
 *
 * since and by are for people. `barred` is the tick that was in flight when the scope was frozen: it may be in the log, and was not let
 * out. The engine withdraws it (sp_command.withdraw_ns), and until that is committed the file remembers it, past a thaw too.
 *
 * When in doubt all is frozen: an empty file (somebody did `touch FREEZE`), a line that cannot be read, a file that cannot, too many
 * scopes. A scope thaws only when two readings in a row do not hold its line: editors move files about while they save. To thaw all by
 * hand, remove the file. A scope that is unknown to the engine is kept, shown, and holds nothing else.
 *
 * Three ways in, one way on: commands and signals add and thaw, the loop polls the file, and then it takes what the engine is to be
 * told from sp_freeze_next. A plain struct of a megabyte, most of which is never touched; it allocates nothing. The caller's lock makes
 * it any thread's.
 *
 * frozen.c: a scope as text. freeze.c: the scopes in memory. freeze_file.c: both with the file. */
#ifndef SP_DAEMON_FREEZE_H
#define SP_DAEMON_FREEZE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/ids.h"
#include "base/status.h"
#include "controller/engine/engine.h"

#define SP_FREEZE_SCOPES_MAX 1024 /* more than a person reads; one more freezes all */
#define SP_FREEZE_ALL_ROOM   8    /* beyond it, for "all" alone: it always fits */
#define SP_FREEZE_FORMS      "\"all\", \"pool ID\" or \"family ID\""
#define SP_FREEZE_TEXT_MAX   (SP_ID_MAX + 16)
#define SP_FREEZE_LINE_MAX   512          /* [bytes] of a line; the longest that is written has 356 */
#define SP_FREEZE_FILE_MAX   (512 * 1024) /* [bytes]; all scopes and a few words before them fit */

typedef struct sp_frozen {
	sp_scope scope;
	char id[SP_ID_MAX + 1]; /* of the pool or family, "" for all */
	char by[SP_ID_MAX + 1], thawed_by[SP_ID_MAX + 1];
	int64_t since_ns, barred_ns; /* barred: 0: no tick */
	bool holds;                  /* false: thawed, and kept until the engine is told and the barred tick withdrawn */
	bool owes_freeze, owes_thaw; /* the engine is to be told, freeze before thaw */
	bool filed;                  /* its line stands in the file: when it goes, somebody thaws */
	bool listed;                 /* while the file is read: its line has been met */
	bool missed;                 /* the last reading did not meet it */
} sp_frozen;

typedef struct sp_freeze {
	const char *path;     /* of the file */
	int64_t now_ns;       /* of the last call that knew */
	int64_t in_flight_ns; /* the tick that runs or is being committed; 0: none */
	bool unfiled;         /* the file does not say what memory says: sp_freeze_write again, now and then */
	uint32_t n;
	/* By scope and id, then as they came: of one scope only the last may hold. */
	sp_frozen scopes[SP_FREEZE_SCOPES_MAX + SP_FREEZE_ALL_ROOM];
	char text[SP_FREEZE_FILE_MAX + 1]; /* the file, while it is read or written */
} sp_freeze;

/* --- in memory (freeze.c) --- */

void sp_freeze_init(sp_freeze *freeze, const char *path);

/* sp_freeze_begin - a tick begins that, committed, would be published (0: it has been, or none is). Call it before the engine runs the
 * tick: what is added until the next call bars it. */
void sp_freeze_begin(sp_freeze *freeze, int64_t tick_ns);

/* sp_freeze_add - freezes a scope, in memory; sp_freeze_write makes it last.
 *
 * in     scope: one of SP_FREEZE_FORMS; by: who asks, what is no letter of an id becomes "_"
 * fails  SP_E_SYNTAX no scope: nothing changed; SP_E_FULL too many: all is frozen instead */
sp_status sp_freeze_add(sp_freeze *freeze, const char *scope, const char *by, int64_t now_ns);

/* sp_freeze_bar - a tick has been kept from publication: whatever holds, and bars no tick yet, must withdraw it. Scopes that were added
 * after sp_freeze_begin do so by themselves. */
void sp_freeze_bar(sp_freeze *freeze, int64_t tick_ns);

/* sp_freeze_holds - is a family of this pool frozen? O(log scopes). */
bool sp_freeze_holds(const sp_freeze *freeze, const char *family, const char *pool);

/* sp_freeze_bars - must what a tick told of such a family be kept from publication? It is frozen, or it was when the tick was in flight
 * and has been thawed since: the engine will withdraw the tick, so it may not get out first. */
bool sp_freeze_bars(const sp_freeze *freeze, const char *family, const char *pool, int64_t tick_ns);

/* sp_freeze_owes - is there a command that the engine has not been given? */
bool sp_freeze_owes(const sp_freeze *freeze);

/* sp_freeze_next - the next command the engine is to be given, before its next tick; false: it knows all. A scope of another id than
 * the engine knows is the caller's to skip.
 * out    command: FREEZE with withdraw_ns, or THAW; its slot is SP_NO_SLOT: look the subject up ("" for all) */
bool sp_freeze_next(sp_freeze *freeze, sp_command *command, char subject[SP_ID_MAX + 1]);

/* sp_freeze_again - all that holds is to be told once more: to another engine, which may know other names (reload). */
void sp_freeze_again(sp_freeze *freeze);

/* sp_freeze_committed - a tick is in the log, and with it the commands taken before it: earlier ticks that were barred are withdrawn
 * for good, and need not be remembered. */
void sp_freeze_committed(sp_freeze *freeze, int64_t tick_ns);

/* --- with the file (freeze_file.c); path and its folder are absolute or stay where they are --- */

/* sp_freeze_load - at start: what the file holds, and what was barred before. Everything is owed to the engine.
 * fails  SP_E_SYNTAX, SP_E_FULL, SP_E_IO, SP_E_PERMISSION the file cannot be read: all is frozen, go on; the message says what to do */
sp_status sp_freeze_load(sp_freeze *freeze, const char *path, int64_t now_ns, sp_message *message);

/* sp_freeze_poll - looks at the file again; what came and went is owed to the engine.
 * fails  as sp_freeze_load, each time until it is put right: nothing is thawed meanwhile */
sp_status sp_freeze_poll(sp_freeze *freeze, int64_t now_ns, sp_message *message);

/* sp_freeze_write - makes the file say what memory says, atomically and on the disk. Lines that somebody has just added by hand are
 * taken over first, never lost.
 * fails  SP_E_IO, SP_E_DISK_FULL, SP_E_PERMISSION the file is as it was; the message says: holds until restart */
sp_status sp_freeze_write(sp_freeze *freeze, sp_message *message);

/* sp_freeze_thaw - thaws a scope: on the disk first, then in memory.
 * fails  SP_E_SYNTAX; SP_E_ABSENT it is not frozen; as sp_freeze_write: it stays frozen */
sp_status sp_freeze_thaw(sp_freeze *freeze, const char *scope, const char *by, sp_message *message);

/* --- a scope as text (frozen.c) --- */

/* sp_frozen_text - "family chat/us-east"; returns text. */
char *sp_frozen_text(const sp_frozen *frozen, char text[SP_FREEZE_TEXT_MAX]);

/* sp_frozen_line - its line in the file, with the line feed; returns its length. */
size_t sp_frozen_line(const sp_frozen *frozen, char line[SP_FREEZE_LINE_MAX]);

/* sp_frozen_read - reads a line, n bytes.
 * fails  SP_E_END nothing stands there but a comment; SP_E_SYNTAX */
sp_status sp_frozen_read(const char *line, size_t n, sp_frozen *frozen);

/* sp_frozen_scope - reads a scope alone, as people name it in a command. SP_E_SYNTAX. */
sp_status sp_frozen_scope(const char *text, sp_frozen *frozen);

/* sp_frozen_sign - writes down who asked; what is no letter of an id becomes "_". */
void sp_frozen_sign(char by[SP_ID_MAX + 1], const char *text);

/* --- what freeze_file.c asks of freeze.c --- */

/* sp_freeze_put - freezes what is described; what already holds only learns of a barred tick. SP_E_FULL: all instead. */
sp_status sp_freeze_put(sp_freeze *freeze, const sp_frozen *what);

/* sp_freeze_remember - a scope that was thawed before its barred tick was withdrawn. SP_E_FULL. */
sp_status sp_freeze_remember(sp_freeze *freeze, const sp_frozen *what);

/* sp_freeze_barring - that same scope, thawed, with that same tick; NULL: memory knows of none. */
sp_frozen *sp_freeze_barring(sp_freeze *freeze, const sp_frozen *what);

/* sp_freeze_find - a scope that holds, NULL: it does not. Lives until the next change. */
sp_frozen *sp_freeze_find(sp_freeze *freeze, sp_scope scope, const char *id);

/* sp_freeze_release - thaws it, in memory; sp_freeze_retain takes that back at once. */
void sp_freeze_release(sp_freeze *freeze, sp_frozen *frozen, const char *by);
void sp_freeze_retain(sp_freeze *freeze, const sp_frozen *what);

#endif
