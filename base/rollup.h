/* rollup.h - an hour of one subject's signals of one kind: what desk, commitments and checklist read. */
#ifndef SP_BASE_ROLLUP_H
#define SP_BASE_ROLLUP_H

#include <stdint.h>

#include "base/signal.h"

typedef struct sp_rollup {
	int64_t hour_ns; /* start of the hour */
	const char *subject;
	uint32_t kind; /* sp_signal_kind: money kinds carry nano-USD in every value */
	uint32_t count;
	sp_value mean, min, max, last; /* a money mean is rounded half to even */
} sp_rollup;

#endif
