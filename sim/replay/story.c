/* story.c - what happened in a run; see story.h. */
#include "sim/replay/story.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/time.h"

/* A family by its id, through every configuration of the run. */
typedef struct story_family {
	sp_story_family told;
	sp_story_point *points; /* [SP_STORY_POINTS_MAX]; NULL: no picture is kept of it */
	uint32_t n_points;
	bool begun;
} story_family;

struct sp_story {
	uint32_t n_families, stride; /* a point is kept every `stride` ticks */
	uint64_t ticks, recorded, taken, refused[SP_REFUSALS];
	int64_t first_ns, last_ns;
	uint8_t digest[SP_HASH_SIZE];
	sp_story_alarms alarms;
	story_family *families;
	uint32_t n_slots, *of_slot, *pool_of_slot; /* of the present setup: which family, and its pool */
	sp_ids *names;                             /* of families and policies: the setup may go before the story */
};

static const char *keep_name(sp_story *story, const char *name)
{
	uint32_t slot;

	if (sp_ids_add(story->names, name, strlen(name), &slot) != SP_OK)
		return NULL;
	return sp_ids_name(story->names, slot);
}

/* Pictures are kept of at most this many families: beyond, nobody looks at each. */
#define PICTURED_MAX 64

static bool add_family(sp_story *story, const char *id)
{
	story_family *families = realloc(story->families, (story->n_families + 1) * sizeof *families), *f;

	if (!families)
		return false;
	story->families = families;
	f = &families[story->n_families];
	*f = (story_family){.told = {.id = keep_name(story, id), .low = {INT64_MAX}}};
	if (story->n_families < PICTURED_MAX)
		f->points = malloc(SP_STORY_POINTS_MAX * sizeof *f->points);
	story->n_families++;
	return f->told.id && (f->points || story->n_families > PICTURED_MAX);
}

/* Families keep the order in which they first came: a setup's own, and at a reload mostly the same again. */
static bool find_family(sp_story *story, uint32_t slot, const char *id)
{
	for (uint32_t i = 0; i < story->n_families; i++) {
		story->of_slot[slot] = (slot + i) % story->n_families;
		if (strcmp(story->families[story->of_slot[slot]].told.id, id) == 0)
			return true;
	}
	story->of_slot[slot] = story->n_families;
	return add_family(story, id);
}

bool sp_story_setup(sp_story *story, const sp_setup *setup)
{
	bool first = story->n_slots == 0;
	uint32_t *of_slot = realloc(story->of_slot, setup->n_families * sizeof *of_slot);
	uint32_t *pools = realloc(story->pool_of_slot, setup->n_families * sizeof *pools);

	SP_ASSERT(setup->n_families > 0);
	story->of_slot = of_slot ? of_slot : story->of_slot;
	story->pool_of_slot = pools ? pools : story->pool_of_slot;
	if (!of_slot || !pools)
		return false;
	story->n_slots = setup->n_families;
	for (uint32_t i = 0; i < setup->n_families; i++) {
		const sp_family_setup *f = &setup->families[i];
		story->of_slot[i] = i;
		if (!(first ? add_family(story, f->id) : find_family(story, i, f->id)))
			return false;
		story->pool_of_slot[i] = f->pool;
		story->families[story->of_slot[i]].told.mode = f->mode;
		story->families[story->of_slot[i]].told.policy = keep_name(story, f->law->name);
	}
	return true;
}

sp_story *sp_story_open(const sp_setup *setup)
{
	sp_story *story = calloc(1, sizeof *story);

	if (!story)
		return NULL;
	story->stride = 1;
	story->names = sp_ids_open();
	if (!story->names || !sp_story_setup(story, setup)) {
		sp_story_close(story);
		return NULL;
	}
	return story;
}

void sp_story_close(sp_story *story)
{
	if (!story)
		return;
	for (uint32_t i = 0; i < story->n_families; i++)
		free(story->families[i].points);
	free(story->families);
	free(story->alarms.rows);
	free(story->of_slot);
	free(story->pool_of_slot);
	sp_ids_close(story->names);
	free(story);
}

static void tell_family(sp_story_family *f, const sp_decision *decision, bool first)
{
	int64_t move = decision->index.ppb - decision->before.ppb;

	if (first) /* before anything moved */
		f->first = f->low = f->high = decision->before;
	f->last = decision->in_force;
	f->low.ppb = decision->in_force.ppb < f->low.ppb ? decision->in_force.ppb : f->low.ppb;
	f->high.ppb = decision->in_force.ppb > f->high.ppb ? decision->in_force.ppb : f->high.ppb;
	f->outcomes[decision->outcome]++;
	f->raises += decision->outcome != SP_OUTCOME_HELD && move > 0;
	f->cuts += decision->outcome != SP_OUTCOME_HELD && move < 0;
	f->activated += decision->n_activated > 0;
	for (unsigned rail = 0; rail < SP_RAILS; rail++)
		f->binds[rail] += decision->binds >> rail & 1;
}

/* Every other point goes when there is no room for one more. */
static void thin_points(sp_story *story)
{
	for (uint32_t i = 0; i < story->n_families; i++) {
		story_family *f = &story->families[i];
		for (uint32_t k = 0; k < f->n_points / 2; k++)
			f->points[k] = f->points[2 * k];
		f->n_points /= 2;
	}
	story->stride *= 2;
}

static sp_story_point point_of(const sp_engine *engine, uint32_t pool, const sp_decision *decision)
{
	const sp_law_input *input = sp_engine_readings(engine, pool);
	const sp_reading *load = &input->readings[SP_READING_LOAD], *cost = &input->readings[SP_READING_COST];
	bool has_load = load->answer.knowledge == SP_KNOWN && input->capacity > 0;

	return (sp_story_point){
	    .t_ns = decision->t_ns,
	    .load = has_load ? load->estimate.value / input->capacity : -1,
	    .cost = cost->answer.knowledge == SP_KNOWN ? cost->estimate.value : -1,
	    .in_force_ppb = decision->in_force.ppb,
	    .wish_ppb = decision->wish.ppb,
	    .told_ppb = decision->outcome >= SP_OUTCOME_ANNOUNCED ? decision->index.ppb : decision->before.ppb,
	};
}

static void add_points(sp_story *story, const sp_engine *engine, const sp_tick *tick)
{
	if (story->ticks % story->stride != 0)
		return;
	for (uint32_t i = 0; i < tick->n_families; i++) {
		story_family *f = &story->families[story->of_slot[i]];
		if (f->n_points == SP_STORY_POINTS_MAX)
			thin_points(story);
		if (f->points)
			f->points[f->n_points++] = point_of(engine, story->pool_of_slot[i], &tick->decisions[i]);
	}
}

static void tell_families(sp_story *story, const sp_tick *tick)
{
	for (uint32_t i = 0; i < tick->n_families; i++) {
		story_family *f = &story->families[story->of_slot[i]];
		tell_family(&f->told, &tick->decisions[i], !f->begun);
		f->begun = true;
	}
}

static bool tell_alarms(sp_story *story, const sp_tick *tick)
{
	for (uint32_t i = 0; i < tick->n_alarms; i++)
		if (!sp_story_alarms_change(&story->alarms, &tick->alarms[i]))
			return false;
	return true;
}

bool sp_story_tick(sp_story *story, const sp_engine *engine, const sp_drive_answer *drive_tick)
{
	const sp_tick *tick = drive_tick->tick;

	SP_ASSERT(tick->n_families == story->n_slots);
	if (story->ticks == 0)
		story->first_ns = tick->t_ns;
	story->last_ns = tick->t_ns;
	tell_families(story, tick);
	add_points(story, engine, tick);
	for (unsigned i = 0; i < SP_REFUSALS; i++)
		story->refused[i] += tick->refused[i];
	story->taken += tick->taken;
	story->recorded += tick->n_recorded;
	story->ticks++;
	sp_log_hash(story->digest, SP_HASH_SIZE, drive_tick->digest, SP_HASH_SIZE, story->digest);
	return tell_alarms(story, tick);
}

uint32_t sp_story_n_families(const sp_story *story)
{
	return story->n_families;
}

const sp_story_family *sp_story_family_at(const sp_story *story, uint32_t i)
{
	SP_ASSERT(i < story->n_families);
	return &story->families[i].told;
}

const sp_story_point *sp_story_points(const sp_story *story, uint32_t family, uint32_t *n)
{
	SP_ASSERT(family < story->n_families);
	*n = story->families[family].n_points;
	return *n ? story->families[family].points : NULL;
}

uint64_t sp_story_ticks(const sp_story *story)
{
	return story->ticks;
}

uint64_t sp_story_recorded(const sp_story *story)
{
	return story->recorded;
}

uint64_t sp_story_taken(const sp_story *story)
{
	return story->taken;
}

const uint64_t *sp_story_refused(const sp_story *story)
{
	return story->refused;
}

const sp_story_alarm *sp_story_alarms_of(const sp_story *story, uint32_t *n)
{
	*n = story->alarms.n;
	return story->alarms.rows;
}

int64_t sp_story_first(const sp_story *story)
{
	return story->first_ns;
}

int64_t sp_story_last(const sp_story *story)
{
	return story->last_ns;
}

const uint8_t *sp_story_digest(const sp_story *story)
{
	return story->digest;
}
