/* explain.h - why one decision is as it is: the sentence a pricing person reads, the ledger, what was read, and the smallest
 * change of one input that would have given another answer, found by asking the engine. */
#ifndef SP_SIM_EXPLAIN_EXPLAIN_H
#define SP_SIM_EXPLAIN_EXPLAIN_H

#include <stdbool.h>
#include <stdio.h>

#include "controller/log/log.h"

/* sp_explain_decision - re-runs the log to the moment before the decision and asks.
 *
 * in     log: open for reading; id: of a decision's row; json: one JSON object instead of text
 * fails  SP_E_ABSENT no such decision, or its inputs are pruned; SP_E_MISMATCH the re-run gives another decision (run
 *        `log verify --rerun`) */
sp_status sp_explain_decision(sp_log_file *log, int64_t id, bool json, FILE *out, sp_message *message);

#endif
