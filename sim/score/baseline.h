/* baseline.h - what a world would have paid without a law: the list price held, the best price held in hindsight, and one who knew it all.
 *
 *     list         1 all along
 *     static       every price of a grid of half steps, then of sixteenths around the best, reached from list under the rails (path.h):
 *                  the best in hindsight. List is on the grid, so that static >= list
 *     clairvoyant  the best of static and of a plan that knows the whole world (foresight.h)
 *
 * The same for all laws: a world's are found once. */
#ifndef SP_SIM_SCORE_BASELINE_H
#define SP_SIM_SCORE_BASELINE_H

#include "sim/score/path.h"

typedef struct sp_baseline {
	sp_money list, fixed, clairvoyant; /* margins of the whole life; list <= fixed <= clairvoyant */
	double price;                      /* of the best fixed one, relative to list */
	uint32_t n;                        /* changes */
	double *fixed_path, *best_path;    /* owned: [n] logarithms */
} sp_baseline;

/* sp_baseline_find - moves: how many random block moves the plan is improved by.
 * out    *baseline, to be closed whatever the answer
 * fails  SP_E_MEMORY */
sp_status sp_baseline_find(const sp_world *world, uint32_t moves, sp_baseline *baseline);
void sp_baseline_close(sp_baseline *baseline); /* accepts all zero */

#endif
