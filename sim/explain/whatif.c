/* whatif.c - trials on forks of the engine; see whatif.h. */
#include "sim/explain/whatif.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/time.h"

struct sp_whatif {
	const sp_moment *moment;
	const sp_setup *setup;
	uint32_t family;
	sp_engine *before, *trial; /* the moment, and a fork of it for each question */
	sp_tick *tick;
	sp_lever *levers;
	uint32_t n_levers;
	sp_trial base;
};

/* --- trials --- */

static void apply_input(sp_whatif *whatif, const sp_input *input)
{
	sp_command command = input->command;
	sp_signal signal = {.t_ns = input->t_ns, .kind = input->signal_kind, .value = input->value};
	uint32_t subject = sp_ids_find(whatif->setup->names, input->subject, strlen(input->subject));

	if (input->kind == SP_INPUT_REFUSED) {
		sp_engine_refuse(whatif->trial, input->refusal);
	} else if (input->kind == SP_INPUT_SIGNAL && subject != SP_NO_SLOT) {
		signal.subject = subject;
		sp_engine_take(whatif->trial, &signal);
	} else if (input->kind == SP_INPUT_COMMAND) {
		if (subject != SP_NO_SLOT)
			command.slot = whatif->setup->subjects[subject].slot;
		sp_engine_command(whatif->trial, &command);
	}
}

static void begin_trial(sp_whatif *whatif)
{
	sp_engine_fork(whatif->trial, whatif->before);
	for (size_t i = 0; i < whatif->moment->n_inputs; i++)
		apply_input(whatif, &whatif->moment->inputs[i]);
}

/* Sends a lever's last values again, times a factor, at a time; as often as a jump needs to be believed. */
static void pull(sp_whatif *whatif, const sp_lever *lever, double factor, int64_t t_ns)
{
	for (uint32_t i = 0; i < lever->n; i++) {
		const sp_kind_setup *bounds = &whatif->setup->kinds[lever->kinds[i]];
		sp_signal signal = {.kind = lever->kinds[i], .subject = lever->subjects[i]};
		int64_t last_ns;
		if (!sp_engine_last(whatif->trial, signal.subject, signal.kind, &signal.value, &last_ns))
			continue;
		signal.t_ns = last_ns > t_ns ? last_ns : t_ns;
		if (sp_kinds[signal.kind].money)
			signal.value.nano = (int64_t)llround((double)signal.value.nano * factor);
		else
			signal.value.real *= factor;
		for (int64_t k = 0; k < (bounds->max_jump > 0 ? bounds->confirm : 1); k++)
			sp_engine_take(whatif->trial, &signal);
	}
}

static sp_trial end_trial(sp_whatif *whatif, int64_t now_ns)
{
	const sp_decision *d;

	sp_engine_tick(whatif->trial, now_ns, whatif->tick);
	d = &whatif->tick->decisions[whatif->family];
	return (sp_trial){d->outcome, d->before, d->index, d->binds, d->reason, now_ns};
}

/* Another answer: another outcome, or the other direction. */
static bool differs(const sp_trial *a, const sp_trial *b)
{
	int64_t da = a->index.ppb - a->before.ppb, db = b->index.ppb - b->before.ppb;

	return a->outcome != b->outcome || (da > 0) != (db > 0) || (da < 0) != (db < 0);
}

static sp_trial ask(sp_whatif *whatif, const sp_lever *lever, double factor)
{
	begin_trial(whatif);
	pull(whatif, lever, factor, whatif->moment->t_ns);
	return end_trial(whatif, whatif->moment->t_ns);
}

const sp_decision *sp_whatif_base(sp_whatif *whatif)
{
	begin_trial(whatif);
	whatif->base = end_trial(whatif, whatif->moment->t_ns);
	return &whatif->tick->decisions[whatif->family];
}

const sp_engine *sp_whatif_engine(const sp_whatif *whatif)
{
	return whatif->trial;
}

/* --- levers --- */

static sp_lever *add_lever(sp_whatif *whatif, const char *what, const char *of)
{
	sp_lever *lever = &whatif->levers[whatif->n_levers++];

	snprintf(lever->name, sizeof lever->name, "%s of %s", what, of);
	return lever;
}

static void lever_add(sp_whatif *whatif, sp_lever *lever, uint32_t subject, sp_signal_kind kind)
{
	sp_value value;
	int64_t t_ns;

	if (!sp_engine_last(whatif->trial, subject, kind, &value, &t_ns) || lever->n == lever->room)
		return;
	lever->subjects[lever->n] = subject;
	lever->kinds[lever->n++] = kind;
}

/* All demand of the pool together; where none was sent, its gauge. Looks at the trial: the moment's inputs are in. */
static void add_load_lever(sp_whatif *whatif, uint32_t pool)
{
	const sp_setup *setup = whatif->setup;
	sp_lever *lever = add_lever(whatif, "load", setup->pools[pool].id);

	lever->room = 3 * (setup->n_skus + setup->n_families) + 1;
	lever->subjects = calloc(lever->room, sizeof *lever->subjects);
	lever->kinds = calloc(lever->room, sizeof *lever->kinds);
	if (!lever->subjects || !lever->kinds)
		lever->room = 0;
	for (uint32_t i = 0; i < setup->n_subjects; i++) {
		const sp_subject *subject = &setup->subjects[i];
		uint32_t family = subject->type == SP_SUBJECT_FAMILY ? subject->slot
		                  : subject->type == SP_SUBJECT_SKU  ? setup->skus[subject->slot].family
		                                                     : SP_NO_SLOT;
		if (family == SP_NO_SLOT || setup->families[family].pool != pool)
			continue;
		lever_add(whatif, lever, i, SP_KIND_demand);
		lever_add(whatif, lever, i, SP_KIND_served);
		lever_add(whatif, lever, i, SP_KIND_rejected);
	}
	if (lever->n == 0)
		lever_add(whatif, lever, setup->pools[pool].subject, SP_KIND_utilization);
}

static void add_lot_levers(sp_whatif *whatif, uint32_t pool)
{
	const sp_pool_setup *p = &whatif->setup->pools[pool];

	for (uint32_t i = p->first_lot; i < p->first_lot + p->n_lots; i++) {
		const sp_lot_setup *lot = &whatif->setup->lots[i];
		sp_lever *lever;
		if (!lot->by_signal)
			continue;
		lever = add_lever(whatif, "GPU price", sp_ids_name(whatif->setup->names, lot->subject));
		lever->subjects = calloc(1, sizeof *lever->subjects);
		lever->kinds = calloc(1, sizeof *lever->kinds);
		lever->room = lever->subjects && lever->kinds;
		lever_add(whatif, lever, lot->subject, SP_KIND_usd_per_gpu_h);
	}
}

const sp_lever *sp_whatif_levers(sp_whatif *whatif, uint32_t *n)
{
	uint32_t pool = whatif->setup->families[whatif->family].pool;

	if (!whatif->levers) {
		whatif->levers = calloc(1 + whatif->setup->pools[pool].n_lots, sizeof *whatif->levers);
		if (whatif->levers) {
			begin_trial(whatif);
			add_load_lever(whatif, pool);
			add_lot_levers(whatif, pool);
		}
	}
	*n = whatif->n_levers;
	return whatif->levers;
}

/* --- questions --- */

/* Coarse steps outward until the answer changes, then halving between the last two. */
static bool turn_one_way(sp_whatif *whatif, const sp_lever *lever, double toward, double *factor, sp_trial *trial)
{
	const int steps = 28;
	double same = 0, other = 0;

	for (int i = 1; i <= steps; i++) {
		other = toward * log(SP_TURN_MAX) * (double)(i * i) / (steps * steps);
		*trial = ask(whatif, lever, exp(other));
		if (differs(trial, &whatif->base))
			break;
		if (i == steps)
			return false;
		same = other;
	}
	while (fabs(other - same) > 0.001) {
		double middle = (same + other) / 2;
		sp_trial t = ask(whatif, lever, exp(middle));
		if (differs(&t, &whatif->base)) {
			other = middle;
			*trial = t;
		} else {
			same = middle;
		}
	}
	*factor = exp(other);
	return true;
}

sp_turning sp_whatif_turn(sp_whatif *whatif, const sp_lever *lever)
{
	sp_turning turning = {0};

	if (lever->n == 0)
		return turning;
	turning.up_found = turn_one_way(whatif, lever, +1, &turning.up, &turning.up_trial);
	turning.down_found = turn_one_way(whatif, lever, -1, &turning.down, &turning.down_trial);
	return turning;
}

bool sp_whatif_wait(sp_whatif *whatif, sp_trial *trial)
{
	uint32_t n;
	const sp_lever *levers = sp_whatif_levers(whatif, &n);
	int64_t period = whatif->setup->period_ns, end = whatif->moment->t_ns + SP_DAY;

	sp_whatif_base(whatif);
	for (int64_t now = whatif->moment->t_ns + period; now <= end; now += period) {
		for (uint32_t i = 0; i < n; i++)
			pull(whatif, &levers[i], 1, now - 1);
		*trial = end_trial(whatif, now);
		if (differs(trial, &whatif->base))
			return true;
	}
	return false;
}

/* --- life --- */

sp_whatif *sp_whatif_open(const sp_moment *moment, uint32_t family)
{
	sp_whatif *whatif = calloc(1, sizeof *whatif);
	size_t n_tick;
	void *memory;

	if (!whatif)
		return NULL;
	whatif->moment = moment;
	whatif->setup = sp_drive_setup(moment->drive);
	whatif->family = family;
	SP_ASSERT(family < whatif->setup->n_families);
	n_tick = (sp_tick_size(whatif->setup) + 63) & ~(size_t)63;
	memory = aligned_alloc(64, n_tick);
	whatif->before = sp_drive_copy(moment->drive);
	whatif->trial = sp_drive_copy(moment->drive);
	whatif->tick = memory ? sp_tick_init(memory, n_tick, whatif->setup) : NULL;
	if (!whatif->before || !whatif->trial || !whatif->tick) {
		sp_whatif_close(whatif);
		return NULL;
	}
	return whatif;
}

void sp_whatif_close(sp_whatif *whatif)
{
	if (!whatif)
		return;
	for (uint32_t i = 0; i < whatif->n_levers; i++) {
		free(whatif->levers[i].subjects);
		free(whatif->levers[i].kinds);
	}
	free(whatif->levers);
	free(whatif->before);
	free(whatif->trial);
	free(whatif->tick);
	free(whatif);
}
