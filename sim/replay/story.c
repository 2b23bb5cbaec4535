/* story.c - what happened in a run; see story.h. */
#include "sim/replay/story.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/time.h"

struct sp_story {
	uint32_t n_families, n_points, stride; /* a point is kept every `stride` ticks */
	uint64_t ticks, recorded, taken, refused[SP_REFUSALS];
	int64_t first_ns, last_ns;
	uint8_t digest[SP_HASH_SIZE];
	sp_story_family *families;
	uint32_t *pools;
	sp_story_point *points; /* [families][SP_STORY_POINTS_MAX] */
	sp_ids *names;          /* of families and policies: the setup may go before the story */
};

static const char *keep_name(sp_story *story, const char *name)
{
	uint32_t slot;

	if (sp_ids_add(story->names, name, strlen(name), &slot) != SP_OK)
		return "";
	return sp_ids_name(story->names, slot);
}

/* Pictures are kept of at most this many families: beyond, nobody looks at each. */
#define PICTURED_MAX 64

static uint32_t pictured(const sp_story *story)
{
	return story->n_families < PICTURED_MAX ? story->n_families : PICTURED_MAX;
}

sp_story *sp_story_open(const sp_setup *setup)
{
	sp_story *story = calloc(1, sizeof *story);

	if (!story)
		return NULL;
	story->n_families = setup->n_families;
	story->stride = 1;
	story->families = calloc(setup->n_families, sizeof *story->families);
	story->pools = calloc(setup->n_families, sizeof *story->pools);
	story->points = malloc((size_t)pictured(story) * SP_STORY_POINTS_MAX * sizeof *story->points);
	story->names = sp_ids_open();
	if (!story->families || !story->pools || !story->points || !story->names) {
		sp_story_close(story);
		return NULL;
	}
	for (uint32_t i = 0; i < setup->n_families; i++) {
		sp_story_family *f = &story->families[i];
		f->id = keep_name(story, setup->families[i].id);
		f->policy = keep_name(story, setup->families[i].law->name);
		f->mode = setup->families[i].mode;
		f->low.ppb = INT64_MAX;
		story->pools[i] = setup->families[i].pool;
	}
	return story;
}

void sp_story_close(sp_story *story)
{
	if (!story)
		return;
	free(story->families);
	free(story->pools);
	free(story->points);
	sp_ids_close(story->names);
	free(story);
}

static void tell_family(sp_story_family *f, const sp_decision *decision, bool first)
{
	int64_t move = decision->index.ppb - decision->before.ppb;

	if (first)
		f->first = decision->in_force;
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
	for (uint32_t i = 0; i < pictured(story); i++) {
		sp_story_point *points = story->points + (size_t)i * SP_STORY_POINTS_MAX;
		for (uint32_t k = 0; k < SP_STORY_POINTS_MAX / 2; k++)
			points[k] = points[2 * k];
	}
	story->n_points = SP_STORY_POINTS_MAX / 2;
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
	if (story->n_points == SP_STORY_POINTS_MAX)
		thin_points(story);
	for (uint32_t i = 0; i < pictured(story); i++)
		story->points[(size_t)i * SP_STORY_POINTS_MAX + story->n_points] =
		    point_of(engine, story->pools[i], &tick->decisions[i]);
	story->n_points++;
}

void sp_story_tick(sp_story *story, const sp_engine *engine, const sp_drive_answer *drive_tick)
{
	const sp_tick *tick = drive_tick->tick;

	SP_ASSERT(tick->n_families == story->n_families);
	if (story->ticks == 0)
		story->first_ns = tick->t_ns;
	story->last_ns = tick->t_ns;
	for (uint32_t i = 0; i < tick->n_families; i++)
		tell_family(&story->families[i], &tick->decisions[i], story->ticks == 0);
	add_points(story, engine, tick);
	for (unsigned i = 0; i < SP_REFUSALS; i++)
		story->refused[i] += tick->refused[i];
	story->taken += tick->taken;
	story->recorded += tick->n_recorded;
	story->ticks++;
	sp_log_hash(story->digest, SP_HASH_SIZE, drive_tick->digest, SP_HASH_SIZE, story->digest);
}

uint32_t sp_story_n_families(const sp_story *story)
{
	return story->n_families;
}

const sp_story_family *sp_story_family_at(const sp_story *story, uint32_t i)
{
	SP_ASSERT(i < story->n_families);
	return &story->families[i];
}

const sp_story_point *sp_story_points(const sp_story *story, uint32_t family, uint32_t *n)
{
	*n = family < pictured(story) ? story->n_points : 0;
	return *n ? story->points + (size_t)family * SP_STORY_POINTS_MAX : NULL;
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
