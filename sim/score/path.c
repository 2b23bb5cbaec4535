/* path.c - see path.h. */
#include "sim/score/path.h"

#include "base/assert.h"
#include "base/math.h"

sp_path_rails sp_path_rails_of(const sp_world *world)
{
	const sp_guardrails *bounds = &world->setup->families[0].rails;
	sp_path_rails rails = {
	    .half = sp_log(1 + (double)bounds->max_step_ppb * 1e-9) / 2,
	    .n = (world->n_priced + world->change_periods - 1) / world->change_periods,
	    .notice = (world->notice_periods + world->change_periods - 1) / world->change_periods,
	};
	sp_index floor, ceiling;
	sp_status status = sp_setup_bounds(world->setup, 0, &floor, &ceiling);

	SP_ASSERT(status == SP_OK);
	SP_ASSERT(rails.half > 0 && rails.n > 0);
	rails.low = sp_log((double)floor.ppb * 1e-9);
	rails.high = sp_log((double)ceiling.ppb * 1e-9);
	return rails;
}

static double path_next(const sp_path_rails *rails, uint32_t i, double before, double wish)
{
	double most = before + (i < rails->notice ? 0 : 2 * rails->half);
	double least = before - 2 * rails->half;

	return sp_clamp(sp_clamp(wish, least, most), rails->low, rails->high);
}

void sp_path_mend(const sp_path_rails *rails, double *path)
{
	double before = 0;

	SP_ASSERT(rails->low <= 0 && rails->high >= 0);
	for (uint32_t i = 0; i < rails->n; i++)
		before = path[i] = path_next(rails, i, before, path[i]);
}

void sp_path_toward(const sp_path_rails *rails, double goal, double *path)
{
	for (uint32_t i = 0; i < rails->n; i++)
		path[i] = goal;
	sp_path_mend(rails, path);
}

sp_money sp_path_margin(const sp_world *world, const double *path, uint32_t n)
{
	sp_plant plant;

	SP_ASSERT(path != NULL && n > 0);
	sp_plant_init(world, &plant);
	for (uint32_t i = 0; i < n; i++)
		sp_plant_run(world, &plant, sp_exp(path[i]), i + 1 < n ? world->change_periods : world->n_periods);
	return plant.total.margin;
}
