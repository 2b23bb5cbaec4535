/* foresight.h - the prices of one who knows the whole world beforehand: what nobody could have beaten by much.
 *
 * A backward dynamic programme over (log price in half steps, log bill) plans the way. What a change period is worth at a bill comes from
 * the exact plant: lives at one price that buyers have long known, one for each point of the bill's grid, their sales then counted at the
 * price of the plan. The plan is walked on the exact plant. Then random blocks of it are moved, and a move stays if the exact plant gains. */
#ifndef SP_SIM_SCORE_FORESIGHT_H
#define SP_SIM_SCORE_FORESIGHT_H

#include "sim/score/path.h"

#define SP_FORESIGHT_BILLS 50
#define SP_FORESIGHT_MOVES 1000 /* twice as many gain some thousandths of margin more */

/* sp_foresight_find - improves a path [rails->n] that keeps to the rails and its margin; both only grow.
 * in     moves: so many random block moves, drawn from the world's seed
 * fails  SP_E_MEMORY: nothing changed
 * cost   about (SP_FORESIGHT_BILLS + moves / 2) lives of the plant */
sp_status sp_foresight_find(const sp_world *world, const sp_path_rails *rails, uint32_t moves, double *path,
                            sp_money *margin);

#endif
