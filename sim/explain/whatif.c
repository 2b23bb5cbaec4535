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
	sp_lever echo; /* all that a pool is told again and again */
	sp_trial base;
};

/* --- trials --- */

static void apply_input(sp_whatif *whatif, const sp_input *input)
{
	sp_command command = input->command;
	sp_signal signal = {.t_ns = input->t_ns, .kind = input->signal_kind, .value = input->value};
	uint32_t subject = sp_ids_find(whatif->setup->names, input->subject, strlen(input->subject));

	if (input->kind == SP_INPUT_REFUSED) {
		sp_engine_refuse(whatif->trial, input->refusal, input->n);
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

/* Sends a lever's last values again, times a factor, as often as a jump needs to be believed. What came in this period keeps its
 * date, and so is replaced; else the signal is one that comes at t_ns. */
static void pull(sp_whatif *whatif, const sp_lever *lever, double factor, int64_t t_ns)
{
	for (uint32_t i = 0; i < lever->n; i++) {
		const sp_kind_setup *bounds = &whatif->setup->kinds[lever->kinds[i]];
		sp_signal signal = {.kind = lever->kinds[i], .subject = lever->subjects[i]};
		int64_t last_ns;
		if (!sp_engine_last(whatif->trial, signal.subject, signal.kind, &signal.value, &last_ns))
			continue;
		signal.t_ns = last_ns > sp_engine_now(whatif->trial) ? last_ns : t_ns;
		if (sp_kinds[signal.kind].money)
			signal.value.nano = (int64_t)llround((double)signal.value.nano * factor);
		else
			signal.value.real *= factor;
		for (int64_t k = 0; k < (bounds->max_jump > 0 ? bounds->confirm : 1); k++, signal.t_ns++)
			sp_engine_take_value(whatif->trial, &signal); /* a repetition of the same instant confirms nothing */
	}
}

static sp_trial end_trial(sp_whatif *whatif, int64_t now_ns)
{
	const sp_decision *d;

	sp_engine_tick(whatif->trial, now_ns, whatif->tick);
	d = &whatif->tick->decisions[whatif->family];
	return (sp_trial){d->outcome, d->before, d->index, d->binds, d->reason, now_ns};
}

static int direction(const sp_trial *trial)
{
	if (trial->outcome == SP_OUTCOME_HELD) /* what the world changed is no answer of ours */
		return 0;
	return (trial->index.ppb > trial->before.ppb) - (trial->index.ppb < trial->before.ppb);
}

/* Another answer: another outcome, or the other direction. */
static bool differs(const sp_trial *a, const sp_trial *b)
{
	return a->outcome != b->outcome || direction(a) != direction(b);
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

static bool lever_reserve(sp_lever *lever, size_t room)
{
	lever->subjects = calloc(room, sizeof *lever->subjects);
	lever->kinds = calloc(room, sizeof *lever->kinds);
	lever->room = lever->subjects && lever->kinds ? (uint32_t)room : 0;
	return lever->room > 0;
}

static void lever_fini(sp_lever *lever)
{
	free(lever->subjects);
	free(lever->kinds);
}

/* Only what was ever sent can be turned. */
static void lever_add(sp_whatif *whatif, sp_lever *lever, uint32_t subject, sp_signal_kind kind)
{
	sp_value value;
	int64_t t_ns;

	if (!sp_engine_last(whatif->trial, subject, kind, &value, &t_ns) || lever->n == lever->room)
		return;
	lever->subjects[lever->n] = subject;
	lever->kinds[lever->n++] = kind;
}

static uint32_t pool_of(const sp_setup *setup, const sp_subject *subject)
{
	switch (subject->type) {
	case SP_SUBJECT_POOL:
		return subject->slot;
	case SP_SUBJECT_LOT:
		return setup->lots[subject->slot].pool;
	case SP_SUBJECT_FAMILY:
		return setup->families[subject->slot].pool;
	default:
		return setup->families[setup->skus[subject->slot].family].pool;
	}
}

static void lever_add_pool(sp_whatif *whatif, sp_lever *lever, uint32_t pool, const sp_signal_kind *kinds,
                           size_t n_kinds)
{
	const sp_setup *setup = whatif->setup;

	if (!lever_reserve(lever, n_kinds * setup->n_subjects))
		return;
	for (uint32_t i = 0; i < setup->n_subjects; i++) {
		for (size_t k = 0; k < n_kinds && pool_of(setup, &setup->subjects[i]) == pool; k++)
			lever_add(whatif, lever, i, kinds[k]);
	}
}

/* All demand of the pool together; where none was sent, its gauge. Looks at the trial: the moment's inputs are in. */
static void add_load_lever(sp_whatif *whatif, uint32_t pool)
{
	static const sp_signal_kind demand[] = {SP_KIND_demand, SP_KIND_served, SP_KIND_rejected};
	sp_lever *lever = add_lever(whatif, "load", whatif->setup->pools[pool].id);

	lever_add_pool(whatif, lever, pool, demand, sizeof demand / sizeof demand[0]);
	if (lever->n == 0)
		lever_add(whatif, lever, whatif->setup->pools[pool].subject, SP_KIND_utilization);
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
		if (lever_reserve(lever, 1))
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
	turning.again_trial = ask(whatif, lever, 1);
	turning.again_found = differs(&turning.again_trial, &whatif->base);
	if (turning.again_found) /* that one comes at all changes the answer, whatever it says */
		return turning;
	turning.up_found = turn_one_way(whatif, lever, +1, &turning.up, &turning.up_trial);
	turning.down_found = turn_one_way(whatif, lever, -1, &turning.down, &turning.down_trial);
	return turning;
}

static sp_clock clock_of(uint32_t kind)
{
	if (kind == SP_KIND_usd_per_gpu_h || kind == SP_KIND_gpus_running)
		return SP_CLOCK_COST;
	if (kind == SP_KIND_slo || kind == SP_KIND_error_budget || kind == SP_KIND_incident)
		return SP_CLOCK_RELIABILITY;
	return SP_CLOCK_DEMAND;
}

/* What is fresh now goes on to come; what is stale stays so. */
static void make_echo(sp_whatif *whatif, uint32_t pool)
{
	static const sp_signal_kind kinds[] = {
	    SP_KIND_demand, SP_KIND_served,       SP_KIND_rejected, SP_KIND_utilization,   SP_KIND_capacity,
	    SP_KIND_slo,    SP_KIND_error_budget, SP_KIND_incident, SP_KIND_usd_per_gpu_h, SP_KIND_gpus_running};
	const sp_clock_setup *clocks = whatif->setup->pools[pool].clocks;
	sp_lever *echo = &whatif->echo;
	uint32_t kept = 0;

	if (echo->room == 0)
		lever_add_pool(whatif, echo, pool, kinds, sizeof kinds / sizeof kinds[0]);
	for (uint32_t i = 0; i < echo->n; i++) {
		sp_value value;
		int64_t t_ns = 0;
		sp_engine_last(whatif->trial, echo->subjects[i], echo->kinds[i], &value, &t_ns);
		if (whatif->moment->t_ns - t_ns > clocks[clock_of(echo->kinds[i])].max_age_ns)
			continue;
		echo->subjects[kept] = echo->subjects[i];
		echo->kinds[kept++] = echo->kinds[i];
	}
	echo->n = kept;
}

bool sp_whatif_wait(sp_whatif *whatif, sp_trial *trial)
{
	int64_t period = whatif->setup->period_ns, end = whatif->moment->t_ns + SP_DAY;

	sp_whatif_base(whatif);
	make_echo(whatif, whatif->setup->families[whatif->family].pool);
	for (int64_t now = whatif->moment->t_ns + period; now <= end; now += period) {
		pull(whatif, &whatif->echo, 1, now - 1);
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
	for (uint32_t i = 0; i < whatif->n_levers; i++)
		lever_fini(&whatif->levers[i]);
	lever_fini(&whatif->echo);
	free(whatif->levers);
	free(whatif->before);
	free(whatif->trial);
	free(whatif->tick);
	free(whatif);
}
