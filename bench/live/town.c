/* town.c - see town.h. */
#include "bench/live/town.h"

#include <inttypes.h>
#include <stdio.h>

#include "bench/live/place.h"

const sp_bench_town sp_bench_town_usual = {.pools = 12, .families = 160, .meters = 5, .period = "60s"};
const sp_bench_town sp_bench_town_large = {.pools = 10, .families = 10000, .meters = 10, .period = "60s"};

void sp_bench_town_pool(uint32_t pool, char name[SP_BENCH_NAME_MAX])
{
	snprintf(name, SP_BENCH_NAME_MAX, "region-%02" PRIu32 "/h100", pool);
}

static void town_family(const sp_bench_town *town, uint32_t family, char name[SP_BENCH_NAME_MAX])
{
	snprintf(name, SP_BENCH_NAME_MAX, "llama-%05" PRIu32 "/region-%02" PRIu32, family / town->pools,
	         family % town->pools);
}

void sp_bench_town_sku(const sp_bench_town *town, uint32_t family, uint32_t meter, char name[SP_BENCH_NAME_MAX])
{
	static const char *const meters[] = {"input",     "output",   "cached",    "image",     "gpu-second",
	                                     "reasoning", "audio-in", "audio-out", "embedding", "search"};
	char of[SP_BENCH_NAME_MAX - 16];

	snprintf(of, sizeof of, "llama-%05" PRIu32 "/region-%02" PRIu32, family / town->pools, family % town->pools);
	snprintf(name, SP_BENCH_NAME_MAX, "%s/%s", of, meters[meter % 10]);
}

double sp_bench_town_utilization(uint32_t i)
{
	return i % 16 < 8 ? 0.95 : 0.45;
}

static FILE *town_open(const char *folder, const char *name, char *path, size_t size)
{
	FILE *file;

	snprintf(path, size, "%s/%s", folder, name);
	file = fopen(path, "w");
	if (!file)
		sp_bench_fail("%s cannot be written", path);
	return file;
}

static void town_close(FILE *file, const char *path)
{
	if (ferror(file) || fclose(file) != 0)
		sp_bench_fail("%s cannot be written", path);
}

static void town_write_sheet(const sp_bench_town *town, const char *folder)
{
	char path[256], family[SP_BENCH_NAME_MAX], sku[SP_BENCH_NAME_MAX];
	FILE *file = town_open(folder, "prices.csv", path, sizeof path);

	fprintf(file, "sku,family,meter,unit,usd,weight\n");
	for (uint32_t i = 0; i < town->families; i++) {
		town_family(town, i, family);
		for (uint32_t k = 0; k < town->meters; k++) {
			sp_bench_town_sku(town, i, k, sku);
			fprintf(file, "%s,%s,%s,1M tokens,%" PRIu32 ".%02" PRIu32 ",%" PRIu32 "\n", sku, family,
			        sku + snprintf(NULL, 0, "%s/", family), 1 + i % 7, (i + 13 * k) % 100, 1 + k % 4);
		}
	}
	town_close(file, path);
}

static void town_write_senders(const sp_bench_town *town, FILE *file)
{
	static const char kinds[] =
	    "[utilization, capacity, queue, latency, slo, usd_per_gpu_h, gpus_running, demand, served, rejected]";

	fprintf(file, "sources:\n");
	for (char i = '1'; i <= SP_BENCH_SOURCE[5]; i++)
		fprintf(file, "  - {id: prom-%c, kinds: %s, subjects: [\"*\"], max_per_s: 10000000}\n", i, kinds);
	if (town->port > 0)
		fprintf(file, "listen: {signals: \"tcp://127.0.0.1:%" PRIu16 "\"}\n", town->port);
}

static void town_write_pools(const sp_bench_town *town, FILE *file)
{
	char name[SP_BENCH_NAME_MAX];

	fprintf(file, "pools:\n");
	for (uint32_t i = 0; i < town->pools; i++) {
		sp_bench_town_pool(i, name);
		fprintf(file, "  - id: %s\n    units_per_gpu_s: 9000\n    supply:\n", name);
		fprintf(file, "      - {id: base, term: owned, gpus: 512, usd_per_gpu_h: \"0.10\"}\n");
		if (town->spot)
			fprintf(file, "      - {id: burst, term: spot, gpus: 32, usd_per_gpu_h: signal}\n");
	}
	fprintf(file, "families:\n");
	for (uint32_t i = 0; i < town->pools; i++) {
		sp_bench_town_pool(i, name);
		fprintf(file, "  - {match: \"*/region-%02" PRIu32 "\", pool: %s}\n", i, name);
	}
}

void sp_bench_town_write(const sp_bench_town *town, const char *folder, char *path, size_t size)
{
	FILE *file = town_open(folder, "setpoint.yaml", path, size);

	town_write_sheet(town, folder);
	fprintf(file,
	        "version: 1\nperiod: %s\nprice_sheet: prices.csv\n"
	        "estimators: {load: {use: ewma, half_life: 0s}}\n"
	        "clocks: {demand: {feed: fed, max_age: 1d}}\n"
	        "defaults:\n"
	        "  profile: dynamic\n"
	        "  mode: auto\n"
	        "  policy: {use: utilization_pi, elasticity: 1.0, response_lag: 1s, delay_periods: 0, tolerance: 0%%}\n"
	        "  guardrails: {floor: 10%%, ceiling: 1000%%, max_step: 5%%, max_per_hour: 1000%%, max_per_day: 1000%%, "
	        "min_interval: 0s, "
	        "dead_band: 0%%}\n",
	        town->period);
	town_write_senders(town, file);
	town_write_pools(town, file);
	town_close(file, path);
}
