/* close.c - see close.h. */
#include "transport/socket/close.h"

#include <nng/supplemental/util/platform.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define CLOSE_STUCK_MS 50 /* once the reaper waits, there is little hope for others */

typedef struct close_turn {
	nng_socket socket;
	nng_mtx *lock;
	nng_cv *came;
	nng_thread *thread;
	bool done;
} close_turn;

static atomic_bool close_stuck;

bool sp_socket_is_stuck(void)
{
	return atomic_load(&close_stuck);
}

/* nng ends itself at exit, which would wait for ever. */
static void close_at_exit(int status, void *context)
{
	(void)context;
	fflush(NULL);
	_exit(status);
}

static void close_run(void *context)
{
	close_turn *turn = context;
	nng_close(turn->socket);
	nng_mtx_lock(turn->lock);
	turn->done = true;
	nng_cv_wake(turn->came);
	nng_mtx_unlock(turn->lock);
}

static void close_turn_free(close_turn *turn)
{
	if (turn != NULL) {
		nng_cv_free(turn->came);
		nng_mtx_free(turn->lock);
	}
	free(turn);
}

/* NULL when it cannot be done on a thread of its own. */
static close_turn *close_begin(nng_socket socket)
{
	close_turn *turn = calloc(1, sizeof *turn);
	if (turn == NULL || nng_mtx_alloc(&turn->lock) != 0 || nng_cv_alloc(&turn->came, turn->lock) != 0) {
		close_turn_free(turn);
		return NULL;
	}
	turn->socket = socket;
	if (nng_thread_create(&turn->thread, close_run, turn) != 0) {
		close_turn_free(turn);
		return NULL;
	}
	return turn;
}

/* False: it has not come back in time. */
static bool close_wait(close_turn *turn)
{
	const nng_time until_ms = nng_clock() + (sp_socket_is_stuck() ? CLOSE_STUCK_MS : SP_SOCKET_CLOSE_MS);
	int error = 0;
	nng_mtx_lock(turn->lock);
	while (!turn->done && error == 0) {
		error = nng_cv_until(turn->came, until_ms);
	}
	const bool done = turn->done;
	nng_mtx_unlock(turn->lock);
	return done;
}

void sp_socket_close(nng_socket socket)
{
	if (nng_socket_id(socket) <= 0) {
		return;
	}
	close_turn *turn = close_begin(socket);
	if (turn == NULL) {
		nng_close(socket);
	} else if (close_wait(turn)) {
		nng_thread_destroy(turn->thread);
		close_turn_free(turn);
	} else if (!atomic_exchange(&close_stuck, true)) {
		on_exit(close_at_exit, NULL);
	}
}

/* A message that nng takes in the moment in which its connection ends is never freed by it: one for a lost connection at most,
 * and of the feed's only (frames, chunks of a snapshot). LeakSanitizer is told, for every program that has sockets. */
#ifdef __SANITIZE_ADDRESS__
const char *__lsan_default_suppressions(void);

const char *__lsan_default_suppressions(void)
{
	return "leak:sp_envelope_frame\nleak:sp_snapshots_chunk\n";
}
#endif
