/* bench_replay.c - how much of a replay is reading: recorded signals through a trace's reader alone, beside the whole replay of them
 * (reading, engine, digest; no log file), in turns. Wanted: at most a third.
 *
 *   month     a month of minutes, one utilization and one demand each, written here: a tick for every two rows
 *   JSON      the same month as JSON Lines
 *   requests  an hour of recorded requests and its GPU prices, as the head of examples/inference.yaml has it: 19,366 rows make
 *             60 ticks of one family, so that there is little but reading. Needs $SETPOINT_DATA, or ../shared/data */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/rng.h"
#include "base/time.h"
#include "bench/clock.h"
#include "controller/config/config.h"
#include "sim/replay/replay.h"

#define CONFIG   "examples/inference.yaml"
#define START_NS (INT64_C(1795478400) * SP_SEC)
#define MINUTES  43200
#define SPEC_MAX 4096

typedef struct run {
	const sp_config *config;
	const char *specs[2];
	uint32_t n_specs;
	uint64_t records, ticks;
} run;

/* A row of the part that failed is a row of the bench that is worth nothing. */
static void expect(sp_status status, sp_status wanted, const sp_message *message)
{
	if (status == wanted)
		return;
	fprintf(stderr, "bench_replay: %s\n", message->text);
	exit(1);
}

static void read_alone(void *context)
{
	run *r = context;
	sp_traces *traces;
	sp_trace_record record;
	sp_message message = {""};
	sp_status status =
	    sp_traces_open(r->specs, r->n_specs, sp_config_setup(r->config), &(sp_traces_options){0}, &traces, &message);

	expect(status, SP_OK, &message);
	for (r->records = 0; (status = sp_traces_next(traces, &record, &message)) == SP_OK;)
		r->records++;
	expect(status, SP_E_END, &message);
	sp_traces_close(traces);
}

static void count_tick(void *context, double share, int64_t now_ns)
{
	(void)share;
	(void)now_ns;
	((run *)context)->ticks++;
}

static void replay_whole(void *context)
{
	run *r = context;
	sp_replay_options options = {.specs = r->specs, .n_specs = r->n_specs, .progress = count_tick, .context = r};
	static sp_replay_result result;
	sp_message message = {""};

	r->ticks = 0;
	expect(sp_replay_run(r->config, &options, &result, &message), SP_OK, &message);
	sp_story_close(result.story);
}

static void bench_run(const char *name, run *r)
{
	sp_bench_time reading, whole;

	sp_bench_compare(read_alone, r, replay_whole, r, &reading, &whole);
	printf("  %-9s %8llu %8llu %9.1f%s %9.1f%s %8.1f %%\n", name, (unsigned long long)r->records,
	       (unsigned long long)r->ticks, reading.median_ns / 1e6, reading.settled ? " " : "~", whole.median_ns / 1e6,
	       whole.settled ? " " : "~", 100 * reading.median_ns / whole.median_ns);
}

/* --- a month, written down --- */

static void write_row(FILE *out, bool json, const char *t, const char *kind, const char *subject, double value)
{
	if (json)
		fprintf(out, "{\"t\":\"%s\",\"kind\":\"%s\",\"subject\":\"%s\",\"value\":%.4f,\"source\":\"prom-1\"}\n", t,
		        kind, subject, value);
	else
		fprintf(out, "%s,%s,%s,%.4f,prom-1\n", t, kind, subject, value);
}

static void write_month(const char *path, bool json)
{
	FILE *out = fopen(path, "w");
	double load = 0.7;
	sp_rng rng;

	SP_ASSERT(out != NULL);
	sp_rng_init(&rng, 1);
	if (!json)
		fputs("t,kind,subject,value,source\n", out);
	for (int i = 0; i < MINUTES; i++) {
		char t[SP_TIME_TEXT_MAX];
		sp_time_format(START_NS + i * SP_MIN + SP_SEC, t);
		load += 0.05 * (0.7 - load) + 0.02 * sp_rng_normal(&rng);
		write_row(out, json, t, "utilization", "us-east/h100", load);
		write_row(out, json, t, "demand", "chat/us-east/spot/input", 4000 * load);
	}
	int failed = fclose(out);
	SP_ASSERT(!failed);
}

static void bench_month(const sp_config *config, const char *name, bool json)
{
	char path[] = "/tmp/bench_replay.XXXXXX", spec[SPEC_MAX];
	int fd = mkstemp(path);

	SP_ASSERT(fd >= 0);
	close(fd);
	write_month(path, json);
	snprintf(spec, sizeof spec, "signals:%s", path);
	bench_run(name, &(run){.config = config, .specs = {spec}, .n_specs = 1});
	unlink(path);
}

/* --- recorded --- */

static void bench_requests(const sp_config *config)
{
	const char *data = getenv("SETPOINT_DATA") != NULL ? getenv("SETPOINT_DATA") : "../shared/data";
	char path[SPEC_MAX / 2], requests[SPEC_MAX], prices[SPEC_MAX];

	snprintf(path, sizeof path, "%s/azure_llm_2023/AzureLLMInferenceTrace_conv.csv", data);
	if (access(path, R_OK) != 0) {
		printf("  requests: no such file: %s\n", path);
		return;
	}
	snprintf(requests, sizeof requests, "azure-llm:%s", path);
	snprintf(prices, sizeof prices, "gpu-spot:%.2000s/gpu_spot/prices_30min.csv,gpu=H100_80GB,socket=SXM5,align=start",
	         data);
	bench_run("requests", &(run){.config = config, .specs = {requests, prices}, .n_specs = 2});
}

int main(void)
{
	sp_complaints complaints = {0};
	sp_config *config;

	if (sp_config_read(CONFIG, &config, &complaints) != SP_OK) {
		fprintf(stderr, "bench_replay: %s: %s\n", CONFIG, complaints.n > 0 ? complaints.list[0].text : "not read");
		return 1;
	}
	printf("reading of a replay [ms]\n  %-9s %8s %8s %10s %10s %9s\n", "", "signals", "ticks", "reading", "replay",
	       "share");
	bench_month(config, "month", false);
	bench_month(config, "JSON", true);
	bench_requests(config);
	sp_config_close(config);
	return 0;
}
