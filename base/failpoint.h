/* failpoint.h - the places where a test may end the program at once, or hold it, to see what is left of it.
 *
 * One list names them all; SP_FAILPOINT(name) stands at the place, once in the whole project (tests/house/failpoints.py). They
 * are there only in builds with SETPOINT_FAILPOINTS: in any other a point is nothing, and the program asks nobody.
 * In such a build the environment plans one of them:
 *
 *     SETPOINT_FAILPOINT=NAME              dies by SIGKILL when it first comes by
 *     SETPOINT_FAILPOINT=NAME:3            … when it comes by for the third time
 *     SETPOINT_FAILPOINT=NAME:3:pause=200  sleeps 200 ms there instead, so that something else can happen first
 *     SETPOINT_FAILPOINT=NAME:*:pause=5    sleeps each time
 *
 * Never on the engine's path: a point reads the environment (tests/house/purity.py would find it). */
#ifndef SP_BASE_FAILPOINT_H
#define SP_BASE_FAILPOINT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"

/* Each with the state of affairs that a program that dies there leaves behind. */
#define SP_FAILPOINT_MAP(X)                                                                            \
	/* the log */                                                                                      \
	X(commit_before_begin, "a tick is to be committed; its transaction has not begun")                 \
	X(commit_after_inputs, "the tick's inputs are in its transaction, nothing else is")                \
	X(checkpoint_before, "all of the tick but its checkpoint and its own row is in the transaction")   \
	X(checkpoint_after, "the checkpoint's row is in the transaction, the tick's own is not")           \
	X(commit_before_commit, "all of the tick is in the transaction, which is not committed")           \
	X(commit_after_commit, "the tick is on the disk; nobody has been told")                            \
	X(append_before_commit, "inputs that could not wait are in a transaction, which is not committed") \
	X(append_after_commit, "inputs that could not wait are on the disk; nobody has been told")         \
	X(epoch_before_commit, "the start's epoch is in a transaction, which is not committed")            \
	X(epoch_after_commit, "the start's epoch is on the disk; nobody has been told")                    \
	X(migrate_after_backup, "an older file has been copied beside itself and is as it was")            \
	X(migrate_before_commit, "the tables are of this version, in a transaction that is not committed") \
	X(migrate_after_commit, "the file is of this version; it has not been opened for writing")         \
	X(rotate_after_closing, "the file's chain is closed; the file stands in its place")                \
	X(rotate_after_move, "the closed file is in the archive; nothing stands in its place")             \
	X(rotate_after_new, "the next file is made; nothing has been written to it")                       \
	X(prune_before_commit, "old inputs are dropped in a transaction that is not committed")            \
	X(prune_after_commit, "old inputs are dropped")                                                    \
	X(wal_trim, "a commit has left the WAL long; it is not written back yet")                          \
	/* the daemon */                                                                                   \
	X(lock_taken, "the state directory is locked; nothing in it has been looked at")                   \
	X(rerun_before, "the last checkpoint is loaded; no input after it has been re-run")                \
	X(rerun_after, "the engine stands where the log ends; the epoch has not been raised")              \
	X(book_sent, "the start's whole book has been sent; no tick has run")                              \
	X(publish_before, "a tick is committed; none of its frames has been sent")                         \
	X(publish_midway, "some of a tick's frames have been sent, others have not")                       \
	X(publish_after, "all of a tick's frames have been sent; when, is known to nobody")                \
	X(published_recorded, "the time of publication stands among the inputs to come, in memory")        \
	X(freeze_in_memory, "nothing is published any more, and nothing on the disk says so")              \
	X(freeze_before_file, "the FREEZE file is about to be written")                                    \
	X(freeze_after_file, "the FREEZE file is on the disk; who asked has not been told")                \
	X(thaw_before_file, "a thaw has been asked for; the FREEZE file stands as it was")                 \
	X(thaw_after_file, "the FREEZE file no longer says so; the engine is still frozen")                \
	X(reload_before_swap, "an engine of the new configuration stands ready beside the one that runs")  \
	X(reload_after_swap, "the engine of the new configuration runs; no tick of it is committed")       \
	X(stop_before_checkpoint, "a clean stop has been asked for; its checkpoint is not committed")      \
	X(stop_after_checkpoint, "the stop's checkpoint is committed; sockets, files and lock are open")   \
	X(block_full, "a block of inputs is full and about to be appended before its tick")

typedef enum sp_failpoint {
#define X(name, place) SP_FAILPOINT_##name,
	SP_FAILPOINT_MAP(X)
#undef X
	    SP_FAILPOINTS
} sp_failpoint;

#ifdef SETPOINT_FAILPOINTS
#define SP_FAILPOINTS_BUILT true
#define SP_FAILPOINT(name)  sp_failpoint_pass(SP_FAILPOINT_##name)
#else
#define SP_FAILPOINTS_BUILT false
#define SP_FAILPOINT(name)  ((void)SP_FAILPOINT_##name) /* a name that is none does not compile here either */
#endif

#define SP_FAILPOINT_VARIABLE "SETPOINT_FAILPOINT"

typedef struct sp_failpoint_plan {
	sp_failpoint point;
	uint32_t nth;     /* 0: each time */
	int32_t pause_ms; /* -1: dies */
} sp_failpoint_plan;

/* sp_failpoint_parse - reads "NAME[:N|:*[:pause=MS]]".
 * fails  SP_E_UNKNOWN no such point; SP_E_SYNTAX not of this form; N from 1, MS up to 600000 */
sp_status sp_failpoint_parse(const char *text, sp_failpoint_plan *plan);

const char *sp_failpoint_name(sp_failpoint point);  /* "commit_before_begin"; "?" for a number that is none */
const char *sp_failpoint_place(sp_failpoint point); /* what a program that dies there leaves behind */

/* sp_failpoint_pass - comes by a point: what SP_FAILPOINT(name) stands for. Does what the environment plans, else nothing; a
 * plan that cannot be read stops the program, for a test that thinks it kills and does not proves nothing.
 * thread  any, several at once */
void sp_failpoint_pass(sp_failpoint point);

#endif
