/* signal.h - one measurement, and the table of the kinds there are (R25).
 *
 * A record is {t, kind, subject, value, source}. Money kinds carry int64 nano-USD, every other kind a double. */
#ifndef SP_BASE_SIGNAL_H
#define SP_BASE_SIGNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/* What a subject names. */
typedef enum sp_subject_type {
	SP_SUBJECT_POOL,
	SP_SUBJECT_LOT,
	SP_SUBJECT_FAMILY,
	SP_SUBJECT_SKU,
	SP_SUBJECT_TYPES
} sp_subject_type;

#define SP_ON(type) (1u << SP_SUBJECT_##type)

/* X(name, subjects, money, min, max, jump, confirm, unit)
 *   subjects   which types may be measured
 *   min, max   permitted values, inclusive, in the kind's unit (money: USD)
 *   jump       largest plausible ratio to the last value, either way; 0: any. A larger one is refused until `confirm`
 *              records in a row agree with one another within that ratio. */
#define SP_SIGNAL_KIND_MAP(X)                                                              \
	X(utilization, SP_ON(POOL), 0, 0, 2, 0, 0, "1")                                        \
	X(capacity, SP_ON(POOL), 0, 0, 1e15, 0, 0, "resource units/s")                         \
	X(queue, SP_ON(POOL) | SP_ON(FAMILY) | SP_ON(SKU), 0, 0, 1e18, 0, 0, "meter quantity") \
	X(latency, SP_ON(POOL), 0, 0, 1e6, 0, 0, "s")                                          \
	X(slo, SP_ON(POOL), 0, 0, 1, 0, 0, "1")                                                \
	X(usd_per_gpu_h, SP_ON(LOT), 1, 0.0001, 10000, 1.5, 3, "USD/GPU/h")                    \
	X(gpus_running, SP_ON(LOT), 0, 0, 1e7, 0, 0, "GPUs")                                   \
	X(cost, SP_ON(LOT), 1, -1e9, 1e9, 0, 0, "USD")                                         \
	X(demand, SP_ON(SKU) | SP_ON(FAMILY), 0, 0, 1e15, 0, 0, "meter quantity/s")            \
	X(served, SP_ON(SKU) | SP_ON(FAMILY), 0, 0, 1e15, 0, 0, "meter quantity/s")            \
	X(rejected, SP_ON(SKU) | SP_ON(FAMILY), 0, 0, 1e15, 0, 0, "meter quantity/s")          \
	X(revenue, SP_ON(SKU) | SP_ON(FAMILY), 1, -1e9, 1e9, 0, 0, "USD")                      \
	X(list_price, SP_ON(SKU), 1, 1e-9, 1e6, 10, 3, "USD/unit")                             \
	X(market_price, SP_ON(SKU), 1, 1e-9, 1e6, 10, 3, "USD/unit")                           \
	X(support_cost, SP_ON(POOL) | SP_ON(FAMILY), 1, -1e9, 1e9, 0, 0, "USD")                \
	X(incident_cost, SP_ON(POOL) | SP_ON(FAMILY), 1, -1e9, 1e9, 0, 0, "USD")               \
	X(incident, SP_ON(POOL), 0, 0, 1, 0, 0, "1 open, 0 closed")                            \
	X(error_budget, SP_ON(POOL), 0, -100, 1, 0, 0, "1")                                    \
	X(customers, SP_ON(FAMILY), 0, 0, 1e10, 0, 0, "customers")                             \
	X(cash, SP_ON(POOL), 1, -1e9, 1e9, 0, 0, "USD")

/* The numbers are stored in logs: add at the end, never reorder. */
typedef enum sp_signal_kind {
#define X(name, subjects, money, min, max, jump, confirm, unit) SP_KIND_##name,
	SP_SIGNAL_KIND_MAP(X)
#undef X
	    SP_SIGNAL_KINDS
} sp_signal_kind;

typedef struct sp_kind {
	const char *name;
	uint32_t subjects; /* bits of sp_subject_type */
	bool money;
	double min, max;
	double jump;
	uint32_t confirm;
	const char *unit;
} sp_kind;

extern const sp_kind sp_kinds[SP_SIGNAL_KINDS];

/* A value: nano-USD for a money kind, else a finite double. */
typedef union sp_value {
	double real;
	int64_t nano;
} sp_value;

typedef struct sp_signal {
	int64_t t_ns;     /* of the event */
	uint32_t kind;    /* sp_signal_kind */
	uint32_t subject; /* slot in the setup's subjects */
	uint32_t source;  /* slot in the driver's sources */
	sp_value value;
} sp_signal;

/* Why a signal is refused; counted under this name, shown in the tick's row. The numbers are stored: add at the end. */
#define SP_REFUSAL_MAP(X)                                                   \
	X(none, "taken")                                                        \
	X(malformed, "not a signal record")                                     \
	X(unknown_kind, "no such kind")                                         \
	X(unknown_subject, "no such subject in the configuration")              \
	X(wrong_subject, "this kind is not measured on such a subject")         \
	X(not_finite, "not a finite number")                                    \
	X(out_of_range, "outside the kind's range")                             \
	X(jump, "an implausible jump, not confirmed yet")                       \
	X(older, "older than the last one taken")                               \
	X(future, "dated too far ahead")                                        \
	X(mixed_weights, "the family's SKUs weigh differently: send it by SKU") \
	X(source, "this source may not send it")                                \
	X(sequence, "its message's seq is not higher than the last")            \
	X(rate, "over the rate of its source")                                  \
	X(total_reset, "its running total went back: the next one counts from here")

typedef enum sp_refusal {
#define X(name, text) SP_REFUSED_##name,
	SP_REFUSAL_MAP(X)
#undef X
	    SP_REFUSALS
} sp_refusal;

const char *sp_refusal_name(sp_refusal refusal);
const char *sp_refusal_text(sp_refusal refusal);

/* sp_kind_find - the kind of a name, or SP_SIGNAL_KINDS. */
sp_signal_kind sp_kind_find(const char *text, size_t n);

/* sp_kind_parse - reads a value of a kind from text: a decimal string for money (exact; digits beyond a nano-USD are rounded
 * half to even), else a finite double; checks the kind's range.
 *
 * fails  SP_E_SYNTAX, SP_E_NOT_FINITE, SP_E_OVERFLOW, SP_E_RANGE; *value written only on SP_OK */
sp_status sp_kind_parse(sp_signal_kind kind, const char *text, size_t n, sp_value *value);

/* sp_kind_check - is a value in the kind's range (and finite)? SP_OK, SP_E_NOT_FINITE or SP_E_RANGE. */
sp_status sp_kind_check(sp_signal_kind kind, sp_value value);

/* sp_kind_real - the value as a double in the kind's unit (money in USD): for estimators, rollups and pictures only. */
double sp_kind_real(sp_signal_kind kind, sp_value value);

#endif
