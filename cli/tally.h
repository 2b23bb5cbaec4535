/* tally.h - what was served, waited for and spent over a while, added up record by record.
 *
 * A rate holds from the record before it to its own (at most for a gap that senders are allowed), so that irregular records weigh by
 * time, not by their number; money is what was spent since the record before it, and is summed. Only the part of a record that
 * lies in the while counts. */
#ifndef SP_CLI_TALLY_H
#define SP_CLI_TALLY_H

#include <stdbool.h>

#include "base/rollup.h"
#include "controller/engine/setup.h"

typedef struct sp_tally sp_tally;

/* sp_tally_open - for [from_ns, to_ns) of a setup's subjects; the setup outlives it. NULL when out of memory. */
sp_tally *sp_tally_open(const sp_setup *setup, int64_t from_ns, int64_t to_ns);
void sp_tally_close(sp_tally *tally); /* NULL is accepted */

/* sp_tally_add - one record, by the subject's slot; records of a subject and kind come in order of time. Kinds that no tally needs,
 * values out of their range and records older than the last are passed over. */
void sp_tally_add(sp_tally *tally, uint32_t subject, uint32_t kind, int64_t t_ns, sp_value value);

/* sp_tally_mean - the mean of a rate over the time it was measured; false: it was not. */
bool sp_tally_mean(const sp_tally *tally, uint32_t subject, uint32_t kind, double *mean);

/* sp_tally_add_hour - an hour of which only its row is left (base/rollup.h), where all of it lies in the while: a rate's mean by
 * records holds for the hour, money is count x mean, off by half a nano-USD a record at most. Not to be mixed with records. */
void sp_tally_add_hour(sp_tally *tally, uint32_t subject, const sp_rollup *hour);

/* sp_tally_money - money in all of the while, to the last nano-USD; false: none was recorded, or more than can be held. */
bool sp_tally_money(const sp_tally *tally, uint32_t subject, uint32_t kind, sp_money *sum);

/* sp_tally_per_s - money spent [USD/s] over all the while that has records of anything; 0 where there is none. */
double sp_tally_per_s(const sp_tally *tally, uint32_t subject, uint32_t kind);

/* sp_tally_reach - the recording began then: where that is before the while, all of the while is recorded. */
void sp_tally_reach(sp_tally *tally, int64_t began_ns);

/* sp_tally_span - how much of the while is recorded [ns]: to its end, from its beginning or from the first record; one that is the sum of
 * an hour holds for its hour. */
int64_t sp_tally_span(const sp_tally *tally);

#endif
