/* town.h - a configuration of any size, as a company writes it: setpoint.yaml and a price sheet.
 *
 * Families are spread over the pools in turns; every utilization that is sent moves every price of its pool, up above the setpoint of
 * 70 % and down below it, five percent a tick. */
#ifndef SP_BENCH_LIVE_TOWN_H
#define SP_BENCH_LIVE_TOWN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SP_BENCH_NAME_MAX 64
#define SP_BENCH_SOURCE   "prom-5" /* may send everything; the last of five, as a search finds them */

typedef struct sp_bench_town {
	uint32_t pools, families, meters;
	const char *period;
	bool spot;     /* pools have a lot whose price is a signal */
	uint16_t port; /* for signals over tcp; 0: none */
} sp_bench_town;

/* What a company of our picture has: 40 models x 4 regions x 5 meters, 12 pools. */
extern const sp_bench_town sp_bench_town_usual;
/* What is promised: 10,000 families and 100,000 SKUs, in 10 pools. */
extern const sp_bench_town sp_bench_town_large;

/* sp_bench_town_write - writes the files into a directory; returns the path of the YAML in `path`. */
void sp_bench_town_write(const sp_bench_town *town, const char *folder, char *path, size_t size);

void sp_bench_town_pool(uint32_t pool, char name[SP_BENCH_NAME_MAX]);
void sp_bench_town_sku(const sp_bench_town *town, uint32_t family, uint32_t meter, char name[SP_BENCH_NAME_MAX]);

/* A utilization for the i-th tick: eight above the setpoint, then eight below it, so that no bound ends it. */
double sp_bench_town_utilization(uint32_t i);

#endif
