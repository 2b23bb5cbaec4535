/* estimator.h - the contract of an estimator, and the registry of those there are.
 *
 * Life of a slot: check → init → { update | read }*; there is no fini. No function allocates, locks, logs, reads a clock,
 * draws a number or calls libm. State is plain memory without pointers, 8-aligned: copying it copies the estimator.
 * Irregular sampling is the normal case: elapsed time max(0, t - last) counts, not samples; an observation that is not
 * newer than the last one folds with elapsed time 0.
 *
 * Adding one: (1) one file with formula and source on top, ops table last; (2) one line in registry.c; (3) vectors with
 * their origin; (4) a slow twin in its test. Parser, help, docs, fuzz, conformance and checkpoint come from the table. */
#ifndef SP_ESTIMATORS_ESTIMATOR_H
#define SP_ESTIMATORS_ESTIMATOR_H

#include <stddef.h>
#include <stdint.h>

#include "base/estimate.h"
#include "base/param.h"

/* The largest state and parameter block of any estimator [bytes]; the registry checks its tables against them. A host gives a
 * state only its kind's state_size, so a mean does not pay for a season. */
#define SP_ESTIMATOR_STATE_MAX  8192
#define SP_ESTIMATOR_PARAMS_MAX 64

/* A change of level that was found. */
typedef struct sp_change {
	int64_t count;        /* how many so far, this one included */
	int64_t began_ns;     /* the first observation of the new level */
	int64_t found_ns;     /* the observation with which it was told */
	double before, after; /* the levels */
	double variance;      /* of after - before */
} sp_change;

typedef struct sp_estimator_ops {
	const char *name;    /* written to the log; never reused */
	uint32_t version;    /* raised when any output bit may change */
	const char *source;  /* paper, section, equation */
	const char *formula; /* what the value is, in a line or two; whole in the file's head */
	const char *help;    /* one sentence: when to choose it */
	const sp_param *params;
	size_t n_params, params_size, state_size;

	/* Relations between parameters that single rows cannot say; NULL where there are none. The message says the cure. */
	sp_status (*check)(const void *params, sp_message *message);
	void (*init)(void *state, const void *params);
	/* Folds one observation: t_ns in the permitted times, x finite (asserted); u is a second input that all kinds so
	 * far ignore: one that reads it asserts that it is finite. */
	void (*update)(void *state, const void *params, int64_t t_ns, double x, double u);
	/* What is known at now_ns; *out written only when SP_KNOWN, and then every field is finite. */
	sp_answer (*read)(const void *state, const void *params, int64_t now_ns, sp_estimate *out);
	/* The newest change of level: NULL where a kind looks for none. *out written only when SP_KNOWN; SP_TOO_LITTLE: none yet. */
	sp_answer (*change)(const void *state, const void *params, sp_change *out);
} sp_estimator_ops;

/* The registry: a NULL-terminated list, checked once by sp_estimators_check (tests and start). */
extern const sp_estimator_ops *const sp_estimators[];

const sp_estimator_ops *sp_estimator_find(const char *name, size_t n); /* NULL: none of that name */

/* sp_estimator_check - is a table whole, within the bounds, of a name of its own, and are its rows sound? The message names
 * what is wrong. sp_estimators_check asks it of the whole registry. */
sp_status sp_estimator_check(const sp_estimator_ops *ops, sp_message *message);
sp_status sp_estimators_check(sp_message *message);

#endif
