/* story.h - what happened in a run, tick by tick, kept small: for summaries, pictures and comparison. */
#ifndef SP_SIM_REPLAY_STORY_H
#define SP_SIM_REPLAY_STORY_H

#include "controller/engine/engine.h"
#include "controller/log/log.h"
#include "controller/drive/drive.h"
#include "sim/replay/alarms.h"

/* One family over the whole run. */
typedef struct sp_story_family {
	const char *id, *policy; /* policy and mode: of the last configuration that has the family */
	sp_mode mode;
	sp_index first, last, low, high; /* in force: before the first tick, after the last; the extremes */
	uint64_t outcomes[SP_OUTCOMES];
	uint64_t raises, cuts;    /* told to customers: announced or published; would-be ones when observed or proposed */
	uint64_t binds[SP_RAILS]; /* ticks in which each rail bound */
	uint64_t activated;       /* ticks in which an announced version came into force */
} sp_story_family;

/* A run's picture of one family and its pool at one moment. */
typedef struct sp_story_point {
	int64_t t_ns;
	double load; /* of the pool / capacity [1]; negative: not known */
	double cost; /* [USD/resource unit]; negative: not known */
	int64_t in_force_ppb, wish_ppb, told_ppb;
} sp_story_point;

#define SP_STORY_POINTS_MAX 4096 /* a picture needs no more; every other one is dropped when they are full */

typedef struct sp_story sp_story;

sp_story *sp_story_open(const sp_setup *setup); /* NULL when out of memory; copies what it keeps of the setup */
void sp_story_close(sp_story *story);

/* sp_story_setup - goes on under another configuration: families are known again by their ids, new ones come after the others.
 * False when out of memory. */
bool sp_story_setup(sp_story *story, const sp_setup *setup);

/* sp_story_tick - adds one tick of a drive. False when out of memory. */
bool sp_story_tick(sp_story *story, const sp_engine *engine, const sp_drive_answer *tick);

uint32_t sp_story_n_families(const sp_story *story);
const sp_story_family *sp_story_family_at(const sp_story *story, uint32_t i);
/* The points of a family, evenly spaced in ticks. */
const sp_story_point *sp_story_points(const sp_story *story, uint32_t family, uint32_t *n);

uint64_t sp_story_ticks(const sp_story *story);
uint64_t sp_story_recorded(const sp_story *story);
uint64_t sp_story_taken(const sp_story *story);
const uint64_t *sp_story_refused(const sp_story *story); /* [SP_REFUSALS] */
/* The alarms that were ever raised, in the order in which they first were. */
const sp_story_alarm *sp_story_alarms_of(const sp_story *story, uint32_t *n);
int64_t sp_story_first(const sp_story *story); /* time of the first and last tick */
int64_t sp_story_last(const sp_story *story);
/* BLAKE2b over the digests of all ticks in order: equal runs have equal ones. */
const uint8_t *sp_story_digest(const sp_story *story);

#endif
