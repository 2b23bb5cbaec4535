/* wake.h - how other threads and signals wake the loop: one bell, rung as often as you like.
 *
 * What is to be seen is put where the loop looks first, then the bell is rung; so nothing is missed, and a burst costs one write. */
#ifndef SP_DAEMON_WAKE_H
#define SP_DAEMON_WAKE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"

typedef struct sp_wake {
	int fd; /* an eventfd */
	atomic_bool rung;
} sp_wake;

sp_status sp_wake_init(sp_wake *wake, sp_message *message);
void sp_wake_fini(sp_wake *wake);

/* sp_wake_ring - any thread, also a signal's handler; never blocks. The context form is for callbacks. */
void sp_wake_ring(sp_wake *wake);
void sp_wake_ring_context(void *wake);

/* sp_wake_sleep - until it is rung, or so long. Returns at once if it was rung since it returned last. The loop alone. */
void sp_wake_sleep(sp_wake *wake, int64_t longest_ns);

#endif
