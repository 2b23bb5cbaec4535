/* shape.h - how demand runs over a week: shapes that come with the project, or recorded ones, and how a long life is made of them.
 *
 * Repeating a week exactly would hand a weekly profile the future. So after the days as they were, every further day is one of them drawn at
 * random, and the seam is faded over two hours from how the day before went on. */
#ifndef SP_SIM_MARKET_SHAPE_H
#define SP_SIM_MARKET_SHAPE_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

typedef struct sp_shape {
	size_t n;      /* periods, at least one */
	double *level; /* owned: [n], mean 1 */
} sp_shape;

/* One that comes with the project. */
typedef struct sp_shape_kind {
	const char *name, *help;
} sp_shape_kind;

extern const sp_shape_kind sp_shape_kinds[];
extern const size_t sp_shape_n_kinds;

/* sp_shape_make - a week of a shape by name; chance in it is of the shape, not of a seed.
 * fails  SP_E_UNKNOWN the name; SP_E_MEMORY */
sp_status sp_shape_make(const char *name, int64_t period_ns, sp_shape *shape, sp_message *message);

/* sp_shape_read - a recorded quantity (a history's spec, sim/forecast/history.h): means by period; where nothing was measured, a
 * straight line between neighbours.
 * fails  what the history's reader answers; SP_E_RANGE below 0, or nothing but zeros, or over 120 days; SP_E_MEMORY */
sp_status sp_shape_read(const char *spec, int64_t period_ns, sp_shape *shape, sp_message *message);

void sp_shape_fini(sp_shape *shape); /* accepts all zero */

/* sp_shape_tile - n periods made of it. in: per_day: periods of a day */
void sp_shape_tile(const sp_shape *shape, size_t per_day, uint64_t seed, double *levels, size_t n);

#endif
