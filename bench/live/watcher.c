/* watcher.c - see watcher.h. */
#include "bench/live/watcher.h"

#include <nng/nng.h>
#include <nng/protocol/pubsub0/sub.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/time.h"
#include "bench/clock.h"
#include "bench/live/place.h"
#include "transport/feed/follow.h"
#include "transport/socket/dial.h"

#define WATCHER_AWAIT_MS  10000
#define WATCHER_WAITING   8192 /* messages: nng's most */
#define WATCHER_CROWD_MAX 256

static void tell(sp_bench_seen seen)
{
	struct timespec now;

	seen.at_ns = sp_bench_now_ns();
	clock_gettime(CLOCK_REALTIME, &now);
	seen.wall_ns = now.tv_sec * SP_SEC + now.tv_nsec;
	if (write(STDOUT_FILENO, &seen, sizeof seen) != (ssize_t)sizeof seen) /* less than PIPE_BUF: in one piece */
		_exit(1);
}

static nng_socket subscribe(const char *url)
{
	sp_message message = {""};
	nng_socket socket;

	if (nng_sub0_open(&socket) != 0 || nng_socket_set_int(socket, NNG_OPT_RECVBUF, WATCHER_WAITING) != 0 ||
	    nng_socket_set(socket, NNG_OPT_SUB_SUBSCRIBE, "", 0) != 0 ||
	    sp_socket_dial(socket, url, SP_FRAME_BYTES_MAX, NULL, &message) != SP_OK)
		sp_bench_fail("no subscriber: %s", message.text);
	return socket;
}

/* --- a watcher --- */

static void *take_hops(void *context)
{
	nng_socket socket = subscribe(context);
	sp_bench_seen seen = {.sight = SP_BENCH_HOP};
	nng_msg *message;

	while (nng_recvmsg(socket, &message, 0) == 0) {
		seen.seq++;
		tell(seen);
		nng_msg_free(message);
	}
	return NULL;
}

static void tell_frame(const sp_follow *follow, sp_follow_event event, const sp_frame *frame)
{
	sp_bench_seen seen = {.sight = event == SP_FOLLOW_BOOK ? SP_BENCH_BOOK : SP_BENCH_SNAPSHOT, .seq = frame->seq};
	sp_follow_counts counts;

	if (event != SP_FOLLOW_BOOK && event != SP_FOLLOW_SNAPSHOT)
		return;
	for (uint32_t i = 0; i < frame->n_groups; i++)
		seen.prices += frame->groups[i].n_prices;
	seen.left = event == SP_FOLLOW_SNAPSHOT ? frame->chunks - 1 - frame->chunk : 0;
	sp_follow_count(follow, &counts);
	seen.gaps = counts.gaps;
	seen.repaired = counts.snapshots > 0 ? counts.snapshots - 1 : 0;
	tell(seen);
}

int sp_bench_watcher_main(char **arguments)
{
	sp_follow *follow;
	sp_follow_event event;
	sp_frame frame;
	sp_message message = {""};
	pthread_t thread;

	sp_bench_child_begin();
	if (arguments[2][0] && pthread_create(&thread, NULL, take_hops, arguments[2]) != 0)
		sp_bench_fail("no thread can be started");
	if (sp_follow_open(arguments[0], arguments[1], "bench", WATCHER_AWAIT_MS, &follow, &message) != SP_OK)
		sp_bench_fail("%s", message.text);
	for (;;) {
		if (sp_follow_next(follow, WATCHER_AWAIT_MS, &event, &frame, &message) == SP_OK)
			tell_frame(follow, event, &frame);
	}
}

sp_bench_child sp_bench_watcher_start(const char *prices, const char *book, const char *hop)
{
	return sp_bench_child_start((const char *[]){"--watch", prices, book, hop, NULL});
}

bool sp_bench_watcher_next(const sp_bench_child *watcher, int wait_ms, sp_bench_seen *seen)
{
	struct pollfd come = {.fd = watcher->out, .events = POLLIN};
	size_t n = 0;

	if (poll(&come, 1, wait_ms) <= 0)
		return false;
	while (n < sizeof *seen) {
		ssize_t got = read(watcher->out, (char *)seen + n, sizeof *seen - n);
		if (got <= 0)
			sp_bench_fail("the subscriber has ended");
		n += (size_t)got;
	}
	return true;
}

sp_bench_seen sp_bench_watcher_await(const sp_bench_child *watcher, sp_bench_sight sight, uint64_t seq)
{
	int64_t start_ns = sp_bench_now_ns();
	sp_bench_seen seen;

	while (sp_bench_now_ns() - start_ns < WATCHER_AWAIT_MS * SP_MS) {
		bool repaired;
		if (!sp_bench_watcher_next(watcher, WATCHER_AWAIT_MS, &seen))
			break;
		repaired = sight == SP_BENCH_BOOK && seen.sight == SP_BENCH_SNAPSHOT; /* what was missed came so */
		if ((seen.sight == sight || repaired) && seen.seq >= seq && seen.left == 0)
			return seen;
	}
	sp_bench_fail("a subscriber waits in vain");
}

/* --- a crowd --- */

typedef struct stander {
	nng_socket socket;
	nng_aio *aio;
} stander;

static void throw_away(void *context)
{
	stander *s = context;

	if (nng_aio_result(s->aio) != 0)
		return;
	nng_msg_free(nng_aio_get_msg(s->aio));
	nng_recv_aio(s->socket, s->aio);
}

int sp_bench_crowd_main(char **arguments)
{
	static stander standers[WATCHER_CROWD_MAX];
	int n = atoi(arguments[1]);

	sp_bench_child_begin();
	SP_ASSERT(n > 0 && n <= WATCHER_CROWD_MAX);
	for (int i = 0; i < n; i++) {
		standers[i].socket = subscribe(arguments[0]);
		if (nng_aio_alloc(&standers[i].aio, throw_away, &standers[i]) != 0)
			sp_bench_fail("out of memory");
		nng_recv_aio(standers[i].socket, standers[i].aio);
	}
	for (;;)
		pause();
}

sp_bench_child sp_bench_crowd_start(const char *prices, uint32_t n)
{
	char number[16];

	snprintf(number, sizeof number, "%u", n);
	return sp_bench_child_start((const char *[]){"--crowd", prices, number, NULL});
}
