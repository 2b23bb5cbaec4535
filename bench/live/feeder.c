/* feeder.c - see feeder.h. */
#include "bench/live/feeder.h"

#include <string.h>
#include <time.h>

#include "base/assert.h"
#include "base/time.h"
#include "transport/wire/signals.h"

#define FEEDER_POOLS_MAX 256
#define FEEDER_WAIT_MS   10000

static int64_t wall_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec * SP_SEC + now.tv_nsec;
}

void sp_bench_feeder_open(sp_bench_feeder *feeder, const sp_bench_host *host)
{
	sp_message message = {""};

	*feeder = (sp_bench_feeder){.town = &host->town, .seq = wall_ns()};
	SP_ASSERT(feeder->town->pools <= FEEDER_POOLS_MAX);
	if (sp_push_open(host->home.signals, FEEDER_WAIT_MS, &feeder->push, &message) != SP_OK)
		sp_bench_fail("%s", message.text);
}

void sp_bench_feeder_close(sp_bench_feeder *feeder)
{
	sp_push_close(feeder->push);
}

void sp_bench_feeder_send(sp_bench_feeder *feeder)
{
	static char names[FEEDER_POOLS_MAX][SP_BENCH_NAME_MAX];
	static uint8_t bytes[SP_WIRE_SIGNALS_MAX];
	sp_wire_record records[FEEDER_POOLS_MAX];
	sp_writer writer = {bytes, sizeof bytes, 0};
	sp_message why = {""};
	sp_wire_message message = {.source = SP_BENCH_SOURCE,
	                           .n_source = strlen(SP_BENCH_SOURCE),
	                           .seq = feeder->seq++,
	                           .records = records,
	                           .n_records = feeder->town->pools};

	for (uint32_t i = 0; i < feeder->town->pools; i++) {
		sp_bench_town_pool(i, names[i]);
		records[i] = (sp_wire_record){.t_ns = wall_ns(), .kind = SP_KIND_utilization, .subject = names[i]};
		records[i].n_subject = strlen(names[i]);
		records[i].value.real = sp_bench_town_utilization(feeder->sent);
	}
	feeder->sent++;
	if (sp_wire_encode(&message, &writer) != SP_OK ||
	    sp_push_send(feeder->push, bytes, writer.n, FEEDER_WAIT_MS, &why) != SP_OK)
		sp_bench_fail("%s", why.text);
}
