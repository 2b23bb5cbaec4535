/* wake.c - see wake.h. */
#include "daemon/wake.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/time.h"

sp_status sp_wake_init(sp_wake *wake, sp_message *message)
{
	wake->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	atomic_init(&wake->rung, false);
	return wake->fd >= 0 ? SP_OK : sp_message_set(message, SP_E_IO, "no eventfd: %s", strerror(errno));
}

void sp_wake_fini(sp_wake *wake)
{
	if (wake->fd >= 0)
		close(wake->fd);
	wake->fd = -1;
}

void sp_wake_ring(sp_wake *wake)
{
	int before = errno; /* a signal's handler leaves it as it was */
	uint64_t one = 1;

	if (!atomic_exchange(&wake->rung, true))
		(void)!write(wake->fd, &one, sizeof one);
	errno = before;
}

void sp_wake_ring_context(void *wake)
{
	sp_wake_ring(wake);
}

void sp_wake_sleep(sp_wake *wake, int64_t longest_ns)
{
	struct pollfd bell = {.fd = wake->fd, .events = POLLIN};
	struct timespec longest = {.tv_sec = (time_t)(longest_ns / SP_SEC), .tv_nsec = (long)(longest_ns % SP_SEC)};
	uint64_t rings;

	SP_ASSERT(longest_ns >= 0);
	if (ppoll(&bell, 1, &longest, NULL) > 0)
		(void)!read(wake->fd, &rings, sizeof rings);
	atomic_store(&wake->rung, false);
}
