/* crowd.c - what 50 subscribers do to a tick. They run on the same machine, so their own work is in the figure, too; each takes all
 * frames and throws them away. */
#include "bench/live/parts.h"
#include "bench/live/stage.h"

#define CROWD       50
#define CROWD_TICKS 50
#define CROWD_TURNS 3

static void add_all(sp_bench_series *to, const sp_bench_series *from)
{
	for (uint32_t i = 0; i < from->n; i++)
		sp_bench_series_add(to, from->at[i]);
}

void sp_bench_live_crowd(const char *place)
{
	static sp_bench_steps steps;
	static sp_bench_series turn[2], path[2]; /* with none, and with all of them */
	const sp_bench_town *town = &sp_bench_town_usual;
	sp_bench_stage *stage = sp_bench_stage_open(place, "crowd", town);

	for (int i = 0; i < 2 * CROWD_TURNS; i++) {
		sp_bench_stage_crowd(stage, i % 2 ? CROWD : 0);
		sp_bench_stage_run(stage, CROWD_TICKS, town->pools, false, &steps);
		add_all(&turn[i % 2], &steps.turn);
		add_all(&path[i % 2], &steps.path);
	}
	sp_bench_row_head("50 subscribers beside the one [ms]", "with", "without", "ratio");
	sp_bench_row_pair("a tick, until it is done, p50", sp_bench_series_part(&turn[1], 0.5),
	                  sp_bench_series_part(&turn[0], 0.5));
	sp_bench_row_pair("a tick, until the one has it, p50", sp_bench_series_part(&path[1], 0.5),
	                  sp_bench_series_part(&path[0], 0.5));
	sp_bench_stage_close(stage);
}
