/* path.h - a life's prices by change period, as logarithms relative to list, and the rails that every path here keeps to.
 *
 * The first may be a step from list; the last holds to the end. The rails are the family's: floor, ceiling, step and interval; of raises under
 * notice none counts sooner than that after the start. They are a little wider than what a law has: a change comes every interval
 * exactly, and limits over a day or a quarter are left out. */
#ifndef SP_SIM_SCORE_PATH_H
#define SP_SIM_SCORE_PATH_H

#include "sim/market/plant.h"

typedef struct sp_path_rails {
	double half;      /* of a step up, in the logarithm: what prices are searched in */
	double low, high; /* logarithms of floor and ceiling */
	uint32_t n;       /* changes in the priced part */
	uint32_t notice;  /* none but cuts before this one */
} sp_path_rails;

sp_path_rails sp_path_rails_of(const sp_world *world);

/* sp_path_mend - brings a path [rails->n] to the rails, from its first change on: each as near to what it was as the one before lets it. */
void sp_path_mend(const sp_path_rails *rails, double *path);

/* sp_path_toward - from list to a price as fast as the rails let it, and there it stays. */
void sp_path_toward(const sp_path_rails *rails, double goal, double *path);

/* sp_path_margin - what a path [n] makes of a life. cost: a life of the plant */
sp_money sp_path_margin(const sp_world *world, const double *path, uint32_t n);

#endif
