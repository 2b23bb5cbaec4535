/* freeze.c - the scopes that are frozen, in memory (freeze.h). What the engine is to be told, and what the file does not say yet, is
 * noted at each scope, so that every way in is the same few lines. */
#include "daemon/freeze.h"

#include <string.h>

#include "base/assert.h"
#include "base/time.h"

#define FREEZE_ROOM (SP_FREEZE_SCOPES_MAX + SP_FREEZE_ALL_ROOM)

void sp_freeze_init(sp_freeze *freeze, const char *path)
{
	SP_ASSERT(freeze && path);
	freeze->path = path;
	freeze->now_ns = freeze->in_flight_ns = 0;
	freeze->unfiled = false;
	freeze->n = 0;
}

/* --- where a scope stands --- */

/* The place behind the last of a scope. */
static uint32_t freeze_behind(const sp_freeze *freeze, sp_scope scope, const char *id)
{
	uint32_t low = 0, high = freeze->n;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		const sp_frozen *at = &freeze->scopes[middle];
		bool before = at->scope != scope ? at->scope < scope : strcmp(at->id, id) <= 0;

		if (before)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool freeze_same(const sp_frozen *frozen, sp_scope scope, const char *id)
{
	return frozen->scope == scope && strcmp(frozen->id, id) == 0;
}

/* The newest of a scope, held or thawed; NULL: there is none. */
static sp_frozen *freeze_last(sp_freeze *freeze, sp_scope scope, const char *id)
{
	uint32_t behind = freeze_behind(freeze, scope, id);
	sp_frozen *last = behind > 0 ? &freeze->scopes[behind - 1] : NULL;

	return last && freeze_same(last, scope, id) ? last : NULL;
}

static void freeze_insert(sp_freeze *freeze, uint32_t at, const sp_frozen *what)
{
	SP_ASSERT(freeze->n < FREEZE_ROOM && at <= freeze->n);
	memmove(&freeze->scopes[at + 1], &freeze->scopes[at], (freeze->n - at) * sizeof freeze->scopes[0]);
	freeze->scopes[at] = *what;
	freeze->n++;
}

/* Nothing is left to say about a scope that is thawed, told and withdrawn; returns whether it went. */
static bool freeze_forget(sp_freeze *freeze, uint32_t at)
{
	const sp_frozen *frozen = &freeze->scopes[at];

	if (frozen->holds || frozen->owes_freeze || frozen->owes_thaw || frozen->barred_ns != 0)
		return false;
	freeze->n--;
	memmove(&freeze->scopes[at], &freeze->scopes[at + 1], (freeze->n - at) * sizeof freeze->scopes[0]);
	return true;
}

/* --- in --- */

static void freeze_note_tick(sp_freeze *freeze, sp_frozen *frozen, int64_t tick_ns)
{
	if (tick_ns == 0 || frozen->barred_ns != 0)
		return;
	frozen->barred_ns = tick_ns;
	frozen->owes_freeze = true;
	freeze->unfiled = true;
}

/* What is there already: it holds again, or on. A held scope that bars a tick had been told to the engine before any later one ran. */
static void freeze_renew(sp_freeze *freeze, sp_frozen *frozen, const sp_frozen *what)
{
	if (!frozen->holds) {
		frozen->holds = frozen->owes_freeze = true;
		frozen->owes_thaw = frozen->filed = frozen->missed = false;
		frozen->since_ns = what->since_ns;
		memcpy(frozen->by, what->by, sizeof frozen->by);
		freeze->unfiled = true;
	}
	freeze_note_tick(freeze, frozen, what->barred_ns);
}

static sp_status freeze_put_all(sp_freeze *freeze, const sp_frozen *what)
{
	sp_frozen all = *what;

	all.scope = SP_SCOPE_ALL;
	all.id[0] = 0;
	(void)sp_freeze_put(freeze, &all);
	return SP_E_FULL;
}

sp_status sp_freeze_put(sp_freeze *freeze, const sp_frozen *what)
{
	sp_frozen *last = freeze_last(freeze, what->scope, what->id), new = *what;
	/* Thawed with another tick to be withdrawn: that is not forgotten for this one. */
	bool renews =
	    last && (last->holds || last->barred_ns == 0 || what->barred_ns == 0 || last->barred_ns == what->barred_ns);

	if (!renews && what->scope != SP_SCOPE_ALL && freeze->n >= SP_FREEZE_SCOPES_MAX)
		return freeze_put_all(freeze, what);
	if (!renews &&
	    freeze->n ==
	        FREEZE_ROOM) { /* as long as withdrawals are reported (sp_freeze_committed), two are open at most */
		SP_ASSERT(last);
		last->barred_ns = 0;
		renews = true;
	}
	if (renews) {
		freeze_renew(freeze, last, what);
		return SP_OK;
	}
	new.holds = new.owes_freeze = true;
	new.owes_thaw = new.filed = new.missed = false;
	freeze_insert(freeze, freeze_behind(freeze, what->scope, what->id), &new);
	freeze->unfiled = true;
	return SP_OK;
}

sp_status sp_freeze_remember(sp_freeze *freeze, const sp_frozen *what)
{
	uint32_t at = freeze_behind(freeze, what->scope, what->id);
	sp_frozen new = *what;

	SP_ASSERT(!what->holds && what->barred_ns != 0);
	if (freeze->n >= SP_FREEZE_SCOPES_MAX)
		return SP_E_FULL;
	if (at > 0 && freeze_same(&freeze->scopes[at - 1], what->scope, what->id) && freeze->scopes[at - 1].holds)
		at--; /* the one that holds is the last */
	new.owes_freeze = new.owes_thaw = true;
	memcpy(new.thawed_by, new.by, sizeof new.by);
	freeze_insert(freeze, at, &new);
	return SP_OK;
}

sp_status sp_freeze_add(sp_freeze *freeze, const char *scope, const char *by, int64_t now_ns)
{
	sp_frozen what;

	SP_ASSERT(freeze && scope);
	if (sp_frozen_scope(scope, &what) != SP_OK)
		return SP_E_SYNTAX;
	sp_frozen_sign(what.by, by);
	what.since_ns = freeze->now_ns = now_ns;
	what.barred_ns = freeze->in_flight_ns;
	return sp_freeze_put(freeze, &what);
}

void sp_freeze_begin(sp_freeze *freeze, int64_t tick_ns)
{
	SP_ASSERT(freeze && tick_ns >= SP_TIME_MIN_NS && tick_ns < SP_TIME_MAX_NS);
	freeze->in_flight_ns = tick_ns;
}

void sp_freeze_bar(sp_freeze *freeze, int64_t tick_ns)
{
	SP_ASSERT(freeze && tick_ns > SP_TIME_MIN_NS && tick_ns < SP_TIME_MAX_NS);
	for (uint32_t i = 0; i < freeze->n; i++) {
		if (freeze->scopes[i].holds)
			freeze_note_tick(freeze, &freeze->scopes[i], tick_ns);
	}
}

sp_frozen *sp_freeze_barring(sp_freeze *freeze, const sp_frozen *what)
{
	for (uint32_t i = freeze_behind(freeze, what->scope, what->id); i > 0; i--) {
		sp_frozen *frozen = &freeze->scopes[i - 1];

		if (!freeze_same(frozen, what->scope, what->id))
			break;
		if (!frozen->holds && frozen->barred_ns == what->barred_ns)
			return frozen;
	}
	return NULL;
}

void sp_freeze_release(sp_freeze *freeze, sp_frozen *frozen, const char *by)
{
	SP_ASSERT(frozen->holds);
	frozen->holds = frozen->filed = frozen->missed = false;
	frozen->owes_thaw = true;
	sp_frozen_sign(frozen->thawed_by, by);
	freeze->unfiled = true;
}

void sp_freeze_retain(sp_freeze *freeze, const sp_frozen *what)
{
	sp_frozen *last = freeze_last(freeze, what->scope, what->id);

	SP_ASSERT(last && (last->holds || last->owes_thaw));
	last->holds = true;
	last->owes_thaw = false;
	freeze->unfiled = true;
}

/* --- out --- */

sp_frozen *sp_freeze_find(sp_freeze *freeze, sp_scope scope, const char *id)
{
	sp_frozen *last = freeze_last(freeze, scope, id);

	return last && last->holds ? last : NULL;
}

/* Does a scope hold, or was it thawed and has yet to withdraw this tick? 0: no tick. */
static bool freeze_bars(const sp_freeze *freeze, sp_scope scope, const char *id, int64_t tick_ns)
{
	uint32_t i = freeze_behind(freeze, scope, id);

	for (; i > 0 && freeze_same(&freeze->scopes[i - 1], scope, id); i--) {
		const sp_frozen *frozen = &freeze->scopes[i - 1];

		if (frozen->holds || (tick_ns != 0 && frozen->barred_ns == tick_ns))
			return true;
	}
	return false;
}

bool sp_freeze_bars(const sp_freeze *freeze, const char *family, const char *pool, int64_t tick_ns)
{
	SP_ASSERT(freeze && family && pool);
	return freeze_bars(freeze, SP_SCOPE_ALL, "", tick_ns) || freeze_bars(freeze, SP_SCOPE_POOL, pool, tick_ns) ||
	       freeze_bars(freeze, SP_SCOPE_FAMILY, family, tick_ns);
}

bool sp_freeze_holds(const sp_freeze *freeze, const char *family, const char *pool)
{
	return sp_freeze_bars(freeze, family, pool, 0);
}

/* The first scope of which the engine is to be told something; n: none. */
static uint32_t freeze_first_owed(const sp_freeze *freeze)
{
	uint32_t i = 0;

	while (i < freeze->n && !freeze->scopes[i].owes_freeze && !freeze->scopes[i].owes_thaw)
		i++;
	return i;
}

bool sp_freeze_owes(const sp_freeze *freeze)
{
	SP_ASSERT(freeze);
	return freeze_first_owed(freeze) < freeze->n;
}

bool sp_freeze_next(sp_freeze *freeze, sp_command *command, char subject[SP_ID_MAX + 1])
{
	uint32_t i;
	sp_frozen *frozen;

	SP_ASSERT(freeze && command && subject);
	i = freeze_first_owed(freeze);
	if (i == freeze->n)
		return false;
	frozen = &freeze->scopes[i];
	*command = (sp_command){.scope = frozen->scope, .slot = SP_NO_SLOT};
	memcpy(subject, frozen->id, sizeof frozen->id);
	if (frozen->owes_freeze) {
		command->kind = SP_COMMAND_FREEZE;
		command->withdraw_ns = frozen->barred_ns;
		memcpy(command->by, frozen->by, sizeof frozen->by);
		frozen->owes_freeze = false;
	} else {
		command->kind = SP_COMMAND_THAW;
		memcpy(command->by, frozen->thawed_by, sizeof frozen->thawed_by);
		frozen->owes_thaw = false;
	}
	(void)freeze_forget(freeze, i);
	return true;
}

void sp_freeze_again(sp_freeze *freeze)
{
	SP_ASSERT(freeze);
	for (uint32_t i = 0; i < freeze->n; i++)
		freeze->scopes[i].owes_freeze = freeze->scopes[i].owes_freeze || freeze->scopes[i].holds;
}

void sp_freeze_committed(sp_freeze *freeze, int64_t tick_ns)
{
	uint32_t i = 0;

	SP_ASSERT(freeze);
	while (i < freeze->n) {
		sp_frozen *frozen = &freeze->scopes[i];

		if (frozen->barred_ns != 0 && frozen->barred_ns < tick_ns && !frozen->owes_freeze) {
			frozen->barred_ns = 0;
			freeze->unfiled = true;
		}
		if (!freeze_forget(freeze, i))
			i++;
	}
}
