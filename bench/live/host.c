/* host.c - see host.h. */
#include "bench/live/host.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "bench/clock.h"
#include "daemon/daemon.h"
#include "transport/control/control.h"

#define HOST_START_S 60 /* 100,000 SKUs on a busy machine */
#define HOST_ASK_MS  5000

int sp_bench_host_main(char **arguments)
{
	sp_daemon_options options = {.config = arguments[0], .state = arguments[1], .least = SP_JOURNAL_WARN};
	sp_message message = {""};

	sp_bench_child_begin();
	if (sp_daemon_run(&options, &message) == SP_OK)
		return 0;
	fprintf(stderr, "bench_live: the daemon: %s\n", message.text);
	return 1;
}

uint16_t sp_bench_host_port(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t n = sizeof address;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&address, n) != 0 ||
	    getsockname(fd, (struct sockaddr *)&address, &n) != 0)
		sp_bench_fail("no tcp port");
	close(fd);
	return ntohs(address.sin_port);
}

static bool host_question(sp_bench_host *host, sp_control_verb verb, sp_control_table *table)
{
	sp_control_request request = {.verb = verb};
	sp_message message = {""};

	return sp_control_ask(host->home.control, &request, HOST_ASK_MS, host->decoder, table, &message) == SP_OK &&
	       table->status == SP_OK;
}

static void host_await(sp_bench_host *host)
{
	const struct timespec step = {.tv_nsec = 5000000};
	int64_t start_ns = sp_bench_now_ns();
	sp_control_table table;

	while (!host_question(host, SP_CONTROL_status, &table)) {
		if (sp_bench_now_ns() - start_ns > HOST_START_S * INT64_C(1000000000))
			sp_bench_fail("the daemon does not answer");
		nanosleep(&step, NULL);
	}
	host->start_s = (double)(sp_bench_now_ns() - start_ns) / 1e9;
}

void sp_bench_host_start(sp_bench_host *host, const char *place, const char *name, const sp_bench_town *town)
{
	char config[SP_BENCH_PATH_MAX + 16], state[SP_BENCH_PATH_MAX + 16];
	sp_message message = {""};

	*host = (sp_bench_host){.town = *town, .decoder = sp_wire_open()};
	sp_bench_place_sub(place, name, host->folder);
	sp_bench_town_write(town, host->folder, config, sizeof config);
	snprintf(state, sizeof state, "%s/state", host->folder);
	if (!host->decoder || sp_home_find(state, &host->home, &message) != SP_OK)
		sp_bench_fail("%s", message.text);
	host->child = sp_bench_child_start((const char *[]){"--daemon", config, state, NULL});
	host_await(host);
}

void sp_bench_host_stop(sp_bench_host *host)
{
	sp_bench_child_stop(&host->child);
	sp_home_fini(&host->home);
	sp_wire_close(host->decoder);
}

static const char *host_cell(sp_bench_host *host, sp_control_verb verb, const char *row, uint32_t cell)
{
	sp_control_table table;

	if (!host_question(host, verb, &table))
		sp_bench_fail("the daemon does not answer");
	for (uint32_t i = 0; i < table.n_rows && cell < table.n_cells; i++) {
		const char *const *cells = table.cells + (size_t)i * table.n_cells;
		if (strcmp(cells[0], row) == 0)
			return cells[cell];
	}
	return "0";
}

uint64_t sp_bench_host_ask(sp_bench_host *host, sp_control_verb verb, const char *row, uint32_t cell)
{
	return strtoull(host_cell(host, verb, row, cell), NULL, 10);
}

void sp_bench_host_show_refused(sp_bench_host *host, const char *source)
{
	fprintf(stderr, "bench_live: refused of %s: %s\n", source, host_cell(host, SP_CONTROL_sources, source, 5));
}
