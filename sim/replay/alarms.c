/* alarms.c - see alarms.h. Few alarms are ever raised in a run: they are looked up one after the other. */
#include "sim/replay/alarms.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"

static sp_story_alarm *alarms_find(const sp_story_alarms *alarms, const sp_alarm *alarm)
{
	for (uint32_t i = 0; i < alarms->n; i++) {
		sp_story_alarm *row = &alarms->rows[i];
		if (strcmp(row->code, alarm->code) == 0 && strcmp(row->subject, alarm->subject) == 0)
			return row;
	}
	return NULL;
}

static sp_story_alarm *alarms_add(sp_story_alarms *alarms, const sp_alarm *alarm)
{
	sp_story_alarm *row;

	if (alarms->n == alarms->room) {
		uint32_t room = alarms->room ? 2 * alarms->room : 16;
		sp_story_alarm *rows = realloc(alarms->rows, room * sizeof *rows);
		if (!rows)
			return NULL;
		alarms->rows = rows;
		alarms->room = room;
	}
	row = &alarms->rows[alarms->n++];
	*row = (sp_story_alarm){.code = alarm->code, .text = alarm->text, .cure = alarm->cure};
	snprintf(row->subject, sizeof row->subject, "%s", alarm->subject);
	return row;
}

bool sp_story_alarms_change(sp_story_alarms *alarms, const sp_alarm_change *change)
{
	sp_story_alarm *row = alarms_find(alarms, &change->alarm);

	SP_ASSERT(change->alarm.code && change->alarm.subject);
	SP_ASSERT(alarms->n <= alarms->room);
	if (!row)
		row = alarms_add(alarms, &change->alarm);
	if (!row)
		return false;
	row->raised += change->raised;
	row->stands = change->raised;
	if (change->raised)
		row->since_ns = change->alarm.since_ns;
	return true;
}
