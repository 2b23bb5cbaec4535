/* command.c - what people and drivers tell the engine: freeze, thaw, an index by hand, a driver's alarm, and when what it told was
 * published (R9, R14, R18). */
#include "base/assert.h"
#include "base/time.h"
#include "controller/engine/state.h"

/* What the families of a scope were told at the barred tick is withdrawn (R18). */
static void command_withdraw(sp_engine *engine, const sp_command *command)
{
	const sp_setup *setup = engine->setup;

	for (uint32_t i = 0; i < setup->n_families; i++) {
		bool within = command->scope == SP_SCOPE_ALL ||
		              (command->scope == SP_SCOPE_POOL ? setup->families[i].pool : i) == command->slot;
		if (within)
			sp_publication_bar(engine, i, command->withdraw_ns);
	}
}

static sp_status command_set_frozen(sp_engine *engine, const sp_command *command)
{
	uint32_t frozen = command->kind == SP_COMMAND_FREEZE;

	switch (command->scope) {
	case SP_SCOPE_ALL:
		engine->head->frozen = frozen;
		return SP_OK;
	case SP_SCOPE_POOL:
		if (command->slot >= engine->setup->n_pools)
			return SP_E_RANGE;
		engine->pools[command->slot].frozen = frozen;
		return SP_OK;
	case SP_SCOPE_FAMILY:
		if (command->slot >= engine->setup->n_families)
			return SP_E_RANGE;
		engine->families[command->slot].frozen = frozen;
		return SP_OK;
	default:
		return SP_E_UNKNOWN;
	}
}

static bool is_time(int64_t t_ns)
{
	return t_ns >= SP_TIME_MIN_NS && t_ns < SP_TIME_MAX_NS;
}

static sp_status command_freeze(sp_engine *engine, const sp_command *command)
{
	sp_status status = is_time(command->withdraw_ns) ? command_set_frozen(engine, command) : SP_E_RANGE;

	if (status == SP_OK && command->kind == SP_COMMAND_FREEZE && command->withdraw_ns > 0)
		command_withdraw(engine, command);
	return status;
}

static sp_status command_published(sp_engine *engine, const sp_command *command)
{
	if (!is_time(command->published_ns))
		return SP_E_RANGE;
	for (uint32_t i = 0; i < engine->setup->n_families; i++)
		sp_publication_delay(engine, i, command->published_ns + engine->setup->convergence_ns);
	return SP_OK;
}

static sp_status command_set_index(sp_engine *engine, const sp_command *command)
{
	if (command->slot >= engine->setup->n_families)
		return SP_E_RANGE;
	if (command->index.ppb < engine->fixed[command->slot].floor.ppb ||
	    command->index.ppb > engine->fixed[command->slot].ceiling.ppb)
		return SP_E_RANGE;
	engine->families[command->slot].manual_ppb = command->index.ppb;
	return SP_OK;
}

static sp_status command_alarm(sp_engine *engine, const sp_command *command)
{
	int64_t *since = engine->head->driver_alarm_since_ns;

	if (command->alarm < SP_ALARM_commit || command->alarm >= SP_ALARM_CODES)
		return SP_E_RANGE;
	if (!command->raised)
		since[command->alarm] = SP_TIME_NEVER;
	else if (since[command->alarm] == SP_TIME_NEVER)
		since[command->alarm] = engine->head->now_ns;
	return SP_OK;
}

sp_status sp_engine_command(sp_engine *engine, const sp_command *command)
{
	switch (command->kind) {
	case SP_COMMAND_FREEZE:
	case SP_COMMAND_THAW:
		return command_freeze(engine, command);
	case SP_COMMAND_SET_INDEX:
		return command_set_index(engine, command);
	case SP_COMMAND_ALARM:
		return command_alarm(engine, command);
	case SP_COMMAND_PUBLISHED:
		return command_published(engine, command);
	default:
		return SP_E_UNKNOWN;
	}
}

bool sp_engine_frozen(const sp_engine *engine, uint32_t family)
{
	SP_ASSERT(family < engine->setup->n_families);
	return engine->head->frozen || engine->families[family].frozen ||
	       engine->pools[engine->setup->families[family].pool].frozen;
}
