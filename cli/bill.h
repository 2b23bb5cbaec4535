/* bill.h - what became of a bill: its four costs by lot, what nothing matched, and what rounding left; in words and as JSON. */
#ifndef SP_CLI_BILL_H
#define SP_CLI_BILL_H

#include "sim/import/focus.h"

/* The signals that a bill came to. */
typedef struct sp_bill_signals {
	uint64_t n;
	sp_exact usd;     /* their sum, in whole nano-USD */
	sp_exact residue; /* of the charges, beyond it */
} sp_bill_signals;

/* Words go to a person: stderr; the object ("setpoint.bill/v1") to stdout. SP_E_MEMORY. */
sp_status sp_bill_words(const sp_bill *bill, const sp_bill_signals *signals);
void sp_bill_json(const sp_bill *bill, const sp_bill_signals *signals);

#endif
