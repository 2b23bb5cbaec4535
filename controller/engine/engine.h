/* engine.h - the deterministic heart: signals and commands in, one decision per family and tick out.
 *
 * A plain state machine: it reads no clock, opens no file, starts no thread, allocates nothing and calls no libm. The host gives the
 * memory once. The same setup, inputs and tick times give byte-identical decisions (P7). One thread at a time; the
 * state is plain memory without pointers, so a copy of it is a checkpoint.
 *
 * What a driver does, every kind of driver:
 *
 *     size = sp_engine_size(setup);  engine = sp_engine_init(memory, size, setup);
 *     per signal   sp_engine_take(engine, &signal)        and records it (inputs.h)
 *     per command  sp_engine_command(engine, &command)    and records it
 *     per period   sp_engine_tick(engine, now, tick)      and commits tick, then lets the world see it */
#ifndef SP_ENGINE_ENGINE_H
#define SP_ENGINE_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/alarm.h"
#include "base/decision.h"
#include "base/rollup.h"
#include "base/signal.h"
#include "controller/engine/alarms.h"
#include "controller/engine/health.h"
#include "controller/engine/response.h"
#include "controller/engine/setup.h"

/* Raised when any decision may change for the same inputs; stored with digests and checkpoints (R13). */
#define SP_ENGINE_VERSION 5

typedef struct sp_engine sp_engine;

/* All that a tick answers. Its memory is the host's and is reused; everything in it lives until the next tick. */
typedef struct sp_tick {
	int64_t t_ns;
	uint32_t skipped;    /* periods that passed without a tick before this one */
	uint32_t n_families; /* = the setup's: quiet ones too, in slot order */
	uint32_t n_recorded; /* decisions that get a row */
	sp_decision *decisions;
	sp_alarm_change *alarms;
	uint32_t n_alarms;
	sp_rollup *rollups; /* of the hour that ended; written once, at its first tick (R24) */
	uint32_t n_rollups;
	uint32_t refused[SP_REFUSALS]; /* signals refused since the last tick, by reason */
	uint32_t taken;
	bool checkpoint_due; /* an hour has begun: copy the engine before the next signal (R13) */
	sp_price *prices;    /* storage that the decisions point into */
	sp_activation *activations;
	size_t prices_max, activations_max, alarms_max, rollups_max;
} sp_tick;

typedef enum sp_command_kind {
	SP_COMMAND_FREEZE,    /* scope, slot; withdraws what its families were told at a tick that was barred */
	SP_COMMAND_THAW,      /* scope, slot */
	SP_COMMAND_SET_INDEX, /* family; through every rail but the waiting ones; ledger term `manual` */
	SP_COMMAND_ALARM,     /* a driver's alarm raised or cleared (R14) */
	SP_COMMAND_PUBLISHED, /* when the last tick's decisions reached the feed (R9) */
	SP_COMMAND_KINDS
} sp_command_kind;

typedef enum sp_scope { SP_SCOPE_ALL, SP_SCOPE_POOL, SP_SCOPE_FAMILY } sp_scope;

typedef struct sp_command {
	uint32_t kind;          /* sp_command_kind */
	uint32_t scope;         /* sp_scope */
	uint32_t slot;          /* of the pool or family */
	sp_index index;         /* SET_INDEX */
	uint32_t alarm;         /* ALARM: an sp_alarm_code of a driver */
	bool raised;            /* ALARM */
	int64_t withdraw_ns;    /* FREEZE: the tick that was barred from publication, if it told last (R18); 0: none */
	int64_t published_ns;   /* PUBLISHED: what the last tick told takes effect no sooner than this + convergence */
	char by[SP_ID_MAX + 1]; /* who asked; shown in the log */
} sp_command;

/* sp_engine_size, sp_tick_size - the bytes that an engine and a tick of this setup need. */
size_t sp_engine_size(const sp_setup *setup);
size_t sp_tick_size(const sp_setup *setup);

/* sp_engine_init - builds a new engine in the host's memory: index 1, prices of the sheet, nothing taken yet.
 * in     memory: 64-aligned, size >= sp_engine_size(setup) (asserted); setup outlives the engine */
sp_engine *sp_engine_init(void *memory, size_t size, const sp_setup *setup);

/* sp_tick_init - lays a tick out in the host's memory (64-aligned, sp_tick_size bytes). */
sp_tick *sp_tick_init(void *memory, size_t size, const sp_setup *setup);

/* sp_engine_take - folds one signal, or refuses it alone, counted by reason in the next tick.
 *
 * in     signal: kind and subject are slots of the setup; its time is within the permitted times
 * out    SP_REFUSED_none when it was taken; a refused one changed nothing but the counts and, for a jump, its confirmations, and
 *        for a running total that went back, what the next one counts from
 * cost   O(1) */
sp_refusal sp_engine_take(sp_engine *engine, const sp_signal *signal);

/* sp_engine_take_value - the same of a signal whose value is what it measures, though its kind arrives as a running total: for
 * trials, which vary what was last believed. */
sp_refusal sp_engine_take_value(sp_engine *engine, const sp_signal *signal);

/* sp_engine_refuse - counts n signals that a driver refused before they could be taken (unknown subject, malformed). */
void sp_engine_refuse(sp_engine *engine, sp_refusal refusal, uint32_t n);

/* sp_engine_command - applies a command at once (freeze) or at the next tick (set index).
 * fails  SP_E_RANGE no such family or pool, or an index outside its bounds; SP_E_UNKNOWN no such kind */
sp_status sp_engine_command(sp_engine *engine, const sp_command *command);

/* sp_engine_tick - closes the period that ends at now_ns: one decision per family.
 *
 * in     now_ns: later than the last tick (asserted), within the permitted times
 * out    tick: every field
 * cost   O(families + SKUs whose prices or demand changed), allocates: no */
void sp_engine_tick(sp_engine *engine, int64_t now_ns, sp_tick *tick);

/* --- questions; none changes the engine --- */

int64_t sp_engine_now(const sp_engine *engine); /* of the last tick; SP_TIME_MIN_NS before the first */
const sp_setup *sp_engine_setup(const sp_engine *engine);
bool sp_engine_frozen(const sp_engine *engine, uint32_t family);

/* The price in force of a SKU and its version (0: the sheet). */
sp_money sp_engine_price(const sp_engine *engine, uint32_t sku, uint64_t *version);

#define SP_TOLD_PER_SKU (1 + SP_PENDING_MAX)

/* sp_engine_told - a family's whole group for the price book: for every SKU the price in force and then those announced, by version
 * and date. Decisions tell changes; this tells what stands after them all, as a frame's item may hold it.
 *
 *     in force    version: the family's (0: the sheet); parent 0, before 0; its date: from when it was to count, or for a price of
 *                 the world's own since when the world has charged it; SP_TIME_MIN_NS for the sheet
 *     announced   parent: the version below it in this group; before: the amount of that one
 *
 * out    prices: room for SKUs of the family x SP_TOLD_PER_SKU; returns how many were written
 * cost   O(SKUs of the family x announced versions), allocates: no */
uint32_t sp_engine_told(const sp_engine *engine, uint32_t family, sp_price *prices);

/* sp_engine_readings - what the laws of a pool's families were given at the last tick: for `log explain` and pictures. The
 * family's own part of the input is that of the last family asked. */
const sp_law_input *sp_engine_readings(const sp_engine *engine, uint32_t pool);

/* How a family's loop is: see health.h and response.h. */
typedef struct sp_loop_report {
	double gain;                   /* so much of the law's wish counts [1] */
	double alternations, moves;    /* within the window, faded */
	double at_rail;                /* share of ticks [1] */
	uint32_t trouble;              /* bits of sp_trouble: why the gain is less than 1 */
	int64_t since_ns, recovers_ns; /* of the last halving or doubling, and of the next doubling; SP_TIME_NEVER: none */
	sp_response_report response;
} sp_loop_report;

void sp_engine_loop(const sp_engine *engine, uint32_t family, sp_loop_report *report);

/* A family's experiment, and what is known of how its buyers answer, from whatever moves demand did not cause: see experiment.h. */
typedef struct sp_experiment_report {
	uint32_t block;         /* the running one, from 1; 0: none */
	uint32_t end;           /* sp_experiment_end: how it ended, if it did */
	int64_t began_ns;       /* SP_TIME_NEVER: not yet */
	int64_t spent_nano;     /* of its budget [nano-USD] */
	int64_t part_ppb;       /* of the told index that is the experiment's */
	sp_measured elasticity; /* of demand, as a positive number */
	double low, high;       /* its 90 % interval; meaningful only when known */
} sp_experiment_report;

/* sp_engine_experiment - false where nobody asks how buyers answer; *report written only when true. */
bool sp_engine_experiment(const sp_engine *engine, uint32_t family, sp_experiment_report *report);

/* sp_engine_last - the last value taken of a subject (by its slot among all) and kind; false when nothing was, or never can be. */
bool sp_engine_last(const sp_engine *engine, uint32_t subject, uint32_t kind, sp_value *value, int64_t *t_ns);

/* sp_engine_fork - makes `to`, an engine of the same setup in memory of its own, the same as `from`: to ask "what if". */
void sp_engine_fork(sp_engine *to, const sp_engine *from);

/* sp_engine_alarms - the alarms that stand, engine's order; returns how many there are, writes at most max. */
uint32_t sp_engine_alarms(const sp_engine *engine, sp_alarm *alarms, uint32_t max);

/* --- checkpoints (R13) and reload (R17) --- */

/* sp_engine_save - the state as bytes: header (magic, engine version, setup hash, length), then the state. A driver stores them as
 * they are. Needs sp_engine_save_size(engine) bytes. */
size_t sp_engine_save_size(const sp_engine *engine);
void sp_engine_save(const sp_engine *engine, uint8_t *bytes, size_t size);

/* sp_engine_restore - takes a saved state up, for the same setup.
 * fails  SP_E_FOREIGN no checkpoint; SP_E_NEWER of a newer engine; SP_E_MISMATCH of another setup (use sp_engine_carry);
 *        SP_E_DAMAGED wrong length; then the engine is unchanged */
sp_status sp_engine_restore(sp_engine *engine, const uint8_t *bytes, size_t size, sp_message *message);

/* sp_engine_carry - takes over from an engine of another setup, by id (R17): book, announced versions, rate windows, last
 * changes, freezes, alarms and clock ages; estimator slots and law state where kind, version and parameters are the same.
 *
 * in     accept_sheet: the operator accepts a changed sheet: the index stays, prices move with the sheet, past the rails
 * fails  SP_E_MISMATCH when a SKU with a price in force is gone, or its sheet price changed and that is not accepted: the
 *        message names the rows; then `to` is as it was initialised */
sp_status sp_engine_carry(sp_engine *to, const sp_engine *from, bool accept_sheet, sp_message *message);

#endif
