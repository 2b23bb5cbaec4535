/* path.c - from the start of a tick to its prices at a subscriber in another process, against one commit and one hop.
 *
 * The daemon's own functions in its own order and on its own threads (stage.h), so that hundreds of ticks take seconds. */
#include "bench/live/parts.h"
#include "bench/live/stage.h"

#define PATH_TICKS 400

void sp_bench_live_path(const char *place)
{
	sp_bench_town town = sp_bench_town_usual;
	static sp_bench_steps steps;
	sp_bench_stage *stage;

	town.pools = town.families; /* one each, so that one family can move alone */
	stage = sp_bench_stage_open(place, "path", &town);
	sp_bench_row_head("from a tick to its prices at a subscriber [ms]", "p50", "commit + hop", "ratio");
	sp_bench_stage_run(stage, PATH_TICKS, 1, true, &steps);
	sp_bench_row_steps("one family moves", &steps);
	sp_bench_stage_run(stage, PATH_TICKS, town.pools, true, &steps);
	sp_bench_row_steps("all move", &steps);
	sp_bench_stage_close(stage);
}
