/* words.h - rails, terms and reasons as a pricing person says them. */
#ifndef SP_SIM_EXPLAIN_WORDS_H
#define SP_SIM_EXPLAIN_WORDS_H

/* sp_rail_words - what a rail does: "step: no single change may be larger than max_step". */
const char *sp_rail_words(unsigned rail);

/* sp_term_words - a ledger term: its name, "rail.step" as "held back by step". Lives until the next call in this thread. */
const char *sp_term_words(const char *name);

/* sp_reason_words - a law's reason: "above_setpoint" as "above setpoint". Lives until the next call in this thread. */
const char *sp_reason_words(const char *reason);

#endif
