/* alarms.h - the alarms of a run: how often each was raised, and which of them still stand. */
#ifndef SP_SIM_REPLAY_ALARMS_H
#define SP_SIM_REPLAY_ALARMS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/alarm.h"
#include "base/ids.h"

/* One code of one subject. Texts are the engine's own, which outlive every run; the subject is a copy. */
typedef struct sp_story_alarm {
	const char *code, *text, *cure;
	char subject[SP_ID_MAX + 1]; /* the pool, family or "" */
	uint64_t raised;             /* times */
	bool stands;
	int64_t since_ns; /* of the last time it was raised */
} sp_story_alarm;

typedef struct sp_story_alarms {
	sp_story_alarm *rows; /* in the order in which they were first raised */
	uint32_t n, room;
} sp_story_alarms;

/* sp_story_alarms_change - adds one change. False when out of memory. {0} is empty; rows are the caller's to free(). */
bool sp_story_alarms_change(sp_story_alarms *alarms, const sp_alarm_change *change);

#endif
