/* subject.h - whom a trace's rows are about, when the rows do not say: subject=NAME, or the only one that fits. */
#ifndef SP_SIM_TRACE_SUBJECT_H
#define SP_SIM_TRACE_SUBJECT_H

#include "sim/trace/trace.h"

/* What fits a preset. */
typedef struct sp_trace_choice {
	sp_subject_type type;
	const char *what; /* "a lot with usd_per_gpu_h: signal" */
	bool (*fits)(const sp_setup *setup, uint32_t slot);
} sp_trace_choice;

/* sp_trace_choose - finds the subject.
 *
 * out    *slot in the setup's table of choice->type
 * fails  SP_E_UNKNOWN no such subject, one that does not fit, none that fits, or several and none named: they are listed */
sp_status sp_trace_choose(const sp_trace *trace, const sp_trace_choice *choice, uint32_t *slot, sp_message *message);

#endif
