/* host.h - a real daemon in a process of its own, with a state directory of its own, and what may be asked of it. */
#ifndef SP_BENCH_LIVE_HOST_H
#define SP_BENCH_LIVE_HOST_H

#include "bench/live/child.h"
#include "bench/live/place.h"
#include "bench/live/town.h"
#include "daemon/home.h"
#include "transport/wire/control.h"

typedef struct sp_bench_host {
	sp_bench_town town;
	char folder[SP_BENCH_PATH_MAX];
	sp_bench_child child;
	sp_home home; /* the urls */
	sp_wire_decoder *decoder;
	double start_s; /* from nothing to the first answer */
} sp_bench_host;

/* sp_bench_host_start - writes the town into a new directory of the place, starts a daemon there, waits until it answers. */
void sp_bench_host_start(sp_bench_host *host, const char *place, const char *name, const sp_bench_town *town);
void sp_bench_host_stop(sp_bench_host *host);

/* sp_bench_host_ask - asks `status` or `sources`; a number of the row of that name: its cell, counted from 1. 0: no such row. */
uint64_t sp_bench_host_ask(sp_bench_host *host, sp_control_verb verb, const char *row, uint32_t cell);

/* sp_bench_host_show_refused - what was refused of a source, on stderr. */
void sp_bench_host_show_refused(sp_bench_host *host, const char *source);

/* The child's own main: bench_live --daemon CONFIG STATE. */
int sp_bench_host_main(char **arguments);

/* A tcp port that was free just now. */
uint16_t sp_bench_host_port(void);

#endif
