/* parts.c - the rows of bench_live. */
#include "bench/live/parts.h"

#include <stdio.h>

#define PARTS_NAME_WIDTH 44

/* Three figures at least, and no more than are known. */
static int places(double x)
{
	return x >= 100 ? 0 : x >= 1 ? 2 : 3;
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

void sp_bench_row_alone(const char *name, double ours, const char *unit)
{
	printf("  %-*s %14.*f   %s\n", PARTS_NAME_WIDTH - 2, name, places(ours), ours, unit);
	fflush(stdout);
}
