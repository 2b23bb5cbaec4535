/* bench_live.c - what the live daemon can carry, over real sockets, on a real disk.
 *
 *   signals   applied in a second, 256 a message over tcp; the ceiling is msgpack-c alone, unpacking the same messages
 *   path      from the start of a tick to its prices at a subscriber; against one commit and one hop, each alone
 *   sweep     100,000 SKUs in 10,000 families that all move in one tick, until a subscriber has them all
 *   crowd     what 50 subscribers do to a tick
 *   rest      CPU and memory of a daemon that has nothing to do
 *
 *     bench_live [PART…]      files are made in $TMPDIR, else /var/tmp, and removed; it must be a disk and not a tmpfs */
#include <stdio.h>
#include <string.h>

#include "bench/live/host.h"
#include "bench/live/parts.h"
#include "bench/live/place.h"
#include "bench/live/watcher.h"

static const struct part {
	const char *name;
	void (*run)(const char *place);
} parts[] = {
    {"signals", sp_bench_live_signals}, {"path", sp_bench_live_path}, {"sweep", sp_bench_live_sweep},
    {"crowd", sp_bench_live_crowd},     {"rest", sp_bench_live_rest},
};

#define N_PARTS (sizeof parts / sizeof *parts)

static bool is_part(const char *name)
{
	for (size_t i = 0; i < N_PARTS; i++) {
		if (strcmp(parts[i].name, name) == 0)
			return true;
	}
	return false;
}

static bool is_asked(const char *name, char **asked)
{
	if (!*asked)
		return true;
	for (; *asked; asked++) {
		if (strcmp(*asked, name) == 0)
			return true;
	}
	return false;
}

static int run_parts(const char *place, char **asked)
{
	for (size_t i = 0; i < N_PARTS; i++) {
		if (is_asked(parts[i].name, asked))
			parts[i].run(place);
	}
	return 0;
}

int main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "--daemon") == 0)
		return sp_bench_host_main(argv + 2);
	if (argc > 1 && strcmp(argv[1], "--watch") == 0)
		return sp_bench_watcher_main(argv + 2);
	if (argc > 1 && strcmp(argv[1], "--crowd") == 0)
		return sp_bench_crowd_main(argv + 2);
	for (int i = 1; i < argc; i++) {
		if (!is_part(argv[i]))
			sp_bench_fail("no such part: %s", argv[i]);
	}
	return sp_bench_place_run(run_parts, argv + 1);
}
