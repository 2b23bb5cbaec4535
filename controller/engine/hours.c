/* hours.c - the running hour of every gauge, written once when it ends (R24): count, mean, min, max, last. */
#include <string.h>

#include "base/assert.h"
#include "base/time.h"
#include "controller/engine/state.h"

static bool value_below(bool money, sp_value a, sp_value b)
{
	return money ? a.nano < b.nano : a.real < b.real;
}

void sp_hours_fold(sp_engine *engine, uint32_t gauge, uint32_t kind, sp_value value)
{
	sp_hour *hour = &engine->hours[gauge];
	bool money = sp_kinds[kind].money;

	SP_ASSERT(gauge < engine->n_gauges && kind < SP_SIGNAL_KINDS);
	if (hour->count == 0)
		hour->min = hour->max = value;
	if (money)
		hour->sum.nano += value.nano;
	else
		hour->sum.real += value.real;
	hour->min = value_below(money, value, hour->min) ? value : hour->min;
	hour->max = value_below(money, hour->max, value) ? value : hour->max;
	hour->last = value;
	hour->count += hour->count < UINT32_MAX;
}

/* Half to even, as every rounding of money. */
static int64_t mean_nano(__int128 sum, uint32_t count)
{
	__int128 floor = sum / count - (sum % count < 0);
	__int128 twice = 2 * (sum - floor * count);

	return (int64_t)(floor + (twice > count || (twice == count && (floor & 1))));
}

static void close_subject(sp_engine *engine, uint32_t type, uint32_t slot, const char *name, sp_tick *tick)
{
	for (uint32_t kind = 0; kind < SP_SIGNAL_KINDS; kind++) {
		sp_hour *hour;
		sp_rollup *row;
		if (!(sp_kinds[kind].subjects >> type & 1))
			continue;
		hour = &engine->hours[sp_engine_gauge(engine, type, slot, kind)];
		if (hour->count == 0)
			continue;
		SP_ASSERT(tick->n_rollups < tick->rollups_max);
		row = &tick->rollups[tick->n_rollups++];
		*row = (sp_rollup){engine->head->hour_ns, name, kind, hour->count, {0}, hour->min, hour->max, hour->last};
		if (sp_kinds[kind].money)
			row->mean.nano = mean_nano(hour->sum.nano, hour->count);
		else
			row->mean.real = hour->sum.real / hour->count;
		memset(hour, 0, sizeof *hour);
	}
}

/* A signal counts in the hour in which its tick's period began. */
void sp_hours_close(sp_engine *engine, int64_t now_ns, sp_tick *tick)
{
	const sp_setup *setup = engine->setup;
	sp_head *head = engine->head;

	if (head->hour_ns == SP_TIME_NEVER)
		head->hour_ns = (now_ns - 1) / SP_HOUR * SP_HOUR;
	if (now_ns < head->hour_ns + SP_HOUR)
		return;
	for (uint32_t i = 0; i < setup->n_subjects; i++) {
		const sp_subject *subject = &setup->subjects[i];
		close_subject(engine, subject->type, subject->slot, sp_ids_name(setup->names, i), tick);
	}
	head->hour_ns = now_ns / SP_HOUR * SP_HOUR;
}
