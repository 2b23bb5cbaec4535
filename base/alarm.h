/* alarm.h - what is wrong and stays wrong until it is cleared: raised and cleared in a tick's transaction. */
#ifndef SP_BASE_ALARM_H
#define SP_BASE_ALARM_H

#include <stdbool.h>
#include <stdint.h>

typedef struct sp_alarm {
	const char *code;    /* "stale_cost": stable, for machines */
	const char *subject; /* the pool, family or "" */
	int64_t since_ns;
	const char *text; /* what is wrong */
	const char *cure; /* what to do */
} sp_alarm;

typedef struct sp_alarm_change {
	sp_alarm alarm;
	bool raised; /* else cleared */
} sp_alarm_change;

#endif
