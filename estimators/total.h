/* total.h - a running total made into rates: "tokens served since start", as counters tell it.
 *
 *     rate = (total - total before) / (t - t before),   over (t before, t]
 *
 * What a counter does, and what is made of it:
 *     it restarts       total <= half of the one before: it counted from 0 again, so `total` is what it counted since. A lower
 *                       bound: what came between the last reading and the restart is lost. (Prometheus' rule, for any decrease.)
 *     it shrinks        but not by half: no restart looks so; somebody corrected it, or two counters take turns. No rate is
 *                       made, the new total is where the next one counts from: a gap is safer than a day's total in one minute.
 *     it stands still   a rate of 0: zero is not missing. Missing is what nobody told.
 *     it is told twice  the same time: the larger total of an instant counts, so that nothing is counted twice or lost
 *     it comes late     older than the newest: passed over; the newest holds all that it holds
 *     it has a gap      the mean over the gap: a total forgets nothing
 *
 * Wrapping is not assumed: 2^32 and 2^64 are not where the counters of our sources end, and a wrap taken for a restart loses one reading.
 * A total that is negative or not finite is no total. State is plain; no allocation. */
#ifndef SP_ESTIMATORS_TOTAL_H
#define SP_ESTIMATORS_TOTAL_H

#include <stdint.h>

typedef struct sp_total {
	double total;
	int64_t t_ns; /* of `total`, the newest */
	int64_t seen; /* totals taken; 0: all zero is a total of which nothing is known */
} sp_total;

typedef enum sp_total_verdict {
	SP_TOTAL_RATE,      /* *rate is the rate */
	SP_TOTAL_RESTARTED, /* *rate is at most the rate */
	SP_TOTAL_FIRST,     /* no rate: there is none before it */
	SP_TOTAL_REPEATED,  /* no rate: the same instant */
	SP_TOTAL_LATE,      /* no rate: older than the newest; nothing is changed */
	SP_TOTAL_CORRECTED, /* no rate: smaller, but no restart */
	SP_TOTAL_REFUSED,   /* no rate: negative, or not finite; nothing is changed */
} sp_total_verdict;

typedef struct sp_total_rate {
	double rate;     /* [unit of the total / s], finite, >= 0 */
	int64_t from_ns; /* it is the mean over (from_ns, t_ns] */
	int64_t t_ns;
} sp_total_rate;

/* sp_total_fold - takes a reading of the total.
 *
 * in     t_ns in the permitted times (asserted)
 * out    *rate, written only on SP_TOTAL_RATE and SP_TOTAL_RESTARTED
 * cost   O(1), allocates: no
 * source Prometheus, rate() and its handling of resets; differs in: a decrease of less than half is no reset */
sp_total_verdict sp_total_fold(sp_total *total, int64_t t_ns, double reading, sp_total_rate *rate);

#endif
