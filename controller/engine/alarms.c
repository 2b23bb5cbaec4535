/* alarms.c - raises and clears alarms: a change goes into the tick, what stands can be asked for. */
#include "controller/engine/alarms.h"

#include "base/assert.h"
#include "base/time.h"
#include "controller/engine/state.h"

typedef struct alarm_row {
	const char *code, *text, *cure;
} alarm_row;

static const alarm_row alarm_rows[SP_ALARM_CODES] = {
#define X(name, owner, text, cure) {#name, text, cure},
    SP_ALARM_MAP(X)
#undef X
};

_Static_assert(SP_ALARM_commit - SP_ALARM_outside_bounds == SP_FAMILY_ALARMS,
               "a family has a place for each of its alarms");
_Static_assert((int)SP_ALARM_outside_bounds == (int)SP_POOL_ALARMS, "a pool has a place for each of its alarms");

static sp_alarm alarm_of(sp_alarm_code code, const char *subject, int64_t since_ns)
{
	return (sp_alarm){alarm_rows[code].code, subject, since_ns, alarm_rows[code].text, alarm_rows[code].cure};
}

static void append(sp_tick *tick, sp_alarm alarm, bool raised)
{
	SP_ASSERT(tick->n_alarms < tick->alarms_max);
	tick->alarms[tick->n_alarms++] = (sp_alarm_change){alarm, raised};
}

void sp_alarm_state(sp_tick *tick, int64_t *since_ns, bool wrong, sp_alarm_code code, const char *subject,
                    int64_t now_ns)
{
	bool stands = *since_ns != SP_TIME_NEVER;

	if (wrong == stands)
		return;
	if (wrong)
		*since_ns = now_ns;
	append(tick, alarm_of(code, subject, *since_ns), wrong);
	if (!wrong)
		*since_ns = SP_TIME_NEVER;
}

/* A driver's alarm was stated by a command since the last tick; the row is this tick's (R14). One that was cleared and raised
 * again in between is both. */
void sp_alarms_drivers(sp_engine *engine, sp_tick *tick)
{
	sp_head *head = engine->head;

	for (uint32_t code = SP_ALARM_commit; code < SP_ALARM_CODES; code++) {
		int64_t since_ns = head->driver_alarm_since_ns[code], told_ns = head->driver_alarm_told_ns[code];
		if (since_ns == told_ns)
			continue;
		if (told_ns != SP_TIME_NEVER)
			append(tick, alarm_of(code, "", told_ns), false);
		if (since_ns != SP_TIME_NEVER)
			append(tick, alarm_of(code, "", since_ns), true);
		head->driver_alarm_told_ns[code] = since_ns;
	}
}

static void standing(sp_alarm *alarms, uint32_t max, uint32_t *n, sp_alarm alarm)
{
	if (alarm.since_ns == SP_TIME_NEVER)
		return;
	if (*n < max)
		alarms[*n] = alarm;
	(*n)++;
}

uint32_t sp_engine_alarms(const sp_engine *engine, sp_alarm *alarms, uint32_t max)
{
	const sp_setup *setup = engine->setup;
	uint32_t n = 0;

	for (uint32_t i = 0; i < setup->n_pools; i++) {
		for (uint32_t k = 0; k < SP_POOL_ALARMS; k++)
			standing(alarms, max, &n,
			         alarm_of(SP_ALARM_stale_cost + k, setup->pools[i].id, engine->pools[i].alarm_since_ns[k]));
	}
	for (uint32_t i = 0; i < setup->n_families; i++) {
		for (uint32_t k = 0; k < SP_FAMILY_ALARMS; k++)
			standing(
			    alarms, max, &n,
			    alarm_of(SP_ALARM_outside_bounds + k, setup->families[i].id, engine->families[i].alarm_since_ns[k]));
	}
	for (uint32_t code = SP_ALARM_commit; code < SP_ALARM_CODES; code++)
		standing(alarms, max, &n, alarm_of(code, "", engine->head->driver_alarm_since_ns[code]));
	return n;
}
