/* parts.c - the rows of bench_live. */
#include "bench/live/parts.h"

#include <stdio.h>

#define PARTS_NAME_WIDTH 44
#define PARTS_WANTED     2.0 /* the whole way is at most so many times one commit and one hop */

/* Three figures of what was measured; counts are whole. */
static int places(double x)
{
	return x >= 100 || x == (int)x ? 0 : x >= 1 ? 2 : 3;
}

void sp_bench_row_head(const char *title, const char *ours, const char *ceiling, const char *ratio)
{
	printf("%-*s %14s %14s %8s\n", PARTS_NAME_WIDTH, title, ours, ceiling, ratio);
}

void sp_bench_row_ratio(const char *name, double ours, double ceiling, double ratio, double wanted, bool at_least)
{
	bool met = at_least ? ratio >= wanted : ratio <= wanted;

	printf("  %-*s %14.*f %14.*f %8.3f   wanted %s %.2f%s\n", PARTS_NAME_WIDTH - 2, name, places(ours), ours,
	       places(ceiling), ceiling, ratio, at_least ? ">=" : "<=", wanted, met ? "" : ": MISSED");
	fflush(stdout);
}

void sp_bench_row_pair(const char *name, double ours, double ceiling)
{
	printf("  %-*s %14.*f %14.*f %8.3f\n", PARTS_NAME_WIDTH - 2, name, places(ours), ours, places(ceiling), ceiling,
	       ours / ceiling);
	fflush(stdout);
}

void sp_bench_row_alone(const char *name, double ours, const char *unit)
{
	printf("  %-*s %14.*f%s%s\n", PARTS_NAME_WIDTH - 2, name, places(ours), ours, unit[0] ? "   " : "", unit);
	fflush(stdout);
}

static double middle(const sp_bench_series *series)
{
	return sp_bench_series_part(series, 0.5);
}

void sp_bench_row_steps(const char *name, const sp_bench_steps *steps)
{
	double sum = middle(&steps->alone) + middle(&steps->hop);

	sp_bench_row_ratio(name, middle(&steps->path), sum, middle(&steps->path) / sum, PARTS_WANTED, false);
	sp_bench_row_pair("  p99", sp_bench_series_part(&steps->path, 0.99),
	                  sp_bench_series_part(&steps->alone, 0.99) + sp_bench_series_part(&steps->hop, 0.99));
	sp_bench_row_alone("  engine", middle(&steps->engine), "");
	sp_bench_row_alone("  news", middle(&steps->news), "");
	sp_bench_row_pair("  commit, against the same alone", middle(&steps->commit), middle(&steps->alone));
	sp_bench_row_pair("  frames, against the hop alone", middle(&steps->frames), middle(&steps->hop));
	printf("    of %u families, %u prices in %u frames\n", steps->families, steps->prices, steps->n_frames);
}
