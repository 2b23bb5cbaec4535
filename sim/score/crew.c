/* crew.c - see crew.h. */
#include "sim/score/crew.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/assert.h"

#define LOOK_NS 20000000L /* how often the crew is looked after */

/* What all processes see. */
typedef struct crew_board {
	atomic_uint next, done, failed; /* pieces begun, done; failed: 1 when one did */
	struct {
		sp_status status;
		uint32_t piece;
		sp_message message;
	} last[SP_CREW_MAX]; /* by process */
} crew_board;

void *sp_crew_memory(size_t size)
{
	void *memory = mmap(NULL, size > 0 ? size : 1, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return memory != MAP_FAILED ? memory : NULL;
}

void sp_crew_forget(void *memory, size_t size)
{
	if (memory != NULL)
		munmap(memory, size > 0 ? size : 1);
}

/* One process's part. */
static void crew_work(const sp_crew *crew, crew_board *board, uint32_t own)
{
	for (;;) {
		const uint32_t piece = atomic_fetch_add(&board->next, 1);
		if (piece >= crew->n_pieces || atomic_load(&board->failed))
			return;
		board->last[own].piece = piece;
		board->last[own].status = crew->work(crew->context, piece, &board->last[own].message);
		if (board->last[own].status != SP_OK) {
			atomic_store(&board->failed, 1);
			return;
		}
		atomic_fetch_add(&board->done, 1);
	}
}

/* What is still in a stream's buffer would be written by every process. */
static uint32_t crew_begin(const sp_crew *crew, crew_board *board, pid_t *pids)
{
	uint32_t n = 0;

	fflush(NULL);
	while (n < crew->jobs) {
		pids[n] = fork();
		if (pids[n] < 0)
			break;
		if (pids[n] == 0) {
			crew_work(crew, board, n);
			_exit(0);
		}
		n++;
	}
	return n;
}

/* Until all are done; false when one did not end well. */
static bool crew_wait(const sp_crew *crew, crew_board *board, pid_t *pids, uint32_t n)
{
	const struct timespec while_ns = {0, LOOK_NS};
	uint32_t left = n;
	bool well = true;

	while (left > 0) {
		for (uint32_t i = 0; i < n; i++) {
			int how = 0;
			if (pids[i] <= 0 || (waitpid(pids[i], &how, WNOHANG) == 0))
				continue;
			well &= WIFEXITED(how) && WEXITSTATUS(how) == 0;
			pids[i] = 0;
			left--;
		}
		if (crew->show != NULL)
			crew->show(crew->context, atomic_load(&board->done));
		if (left > 0)
			nanosleep(&while_ns, NULL);
	}
	return well;
}

/* Pieces are begun in order: of those that failed the lowest is the same however many worked. */
static sp_status crew_verdict(const crew_board *board, uint32_t n, sp_message *message)
{
	const sp_message *said = NULL;
	sp_status status = SP_OK;
	uint32_t lowest = UINT32_MAX;

	for (uint32_t i = 0; i < n; i++)
		if (board->last[i].status != SP_OK && board->last[i].piece < lowest) {
			lowest = board->last[i].piece;
			status = board->last[i].status;
			said = &board->last[i].message;
		}
	if (said != NULL && message != NULL)
		*message = *said;
	return status;
}

sp_status sp_crew_run(const sp_crew *crew, sp_message *message)
{
	pid_t pids[SP_CREW_MAX];

	SP_ASSERT(crew != NULL && crew->work != NULL);
	SP_ASSERT(crew->jobs > 0 && crew->jobs <= SP_CREW_MAX);
	crew_board *board = sp_crew_memory(sizeof *board);
	if (board == NULL)
		return sp_message_set(message, SP_E_MEMORY, "out of memory");
	const uint32_t n = crew_begin(crew, board, pids);
	const int error = errno;
	if (n < crew->jobs)
		atomic_store(&board->failed, 1);
	const bool well = crew_wait(crew, board, pids, n);
	sp_status status = crew_verdict(board, n, message);
	if (status == SP_OK && n < crew->jobs)
		status = sp_message_set(message, SP_E_IO, "no further process can be made: %s", strerror(error));
	if (status == SP_OK && !well)
		status = sp_message_set(message, SP_E_IO, "a process ended before its work was done");
	sp_crew_forget(board, sizeof *board);
	return status;
}
