/* site.h - what tests of intake need: one that listens by ipc and by tcp, and senders whose messages are numbered.
 *
 * A message says whose it is and its number, and is filled with that number's last byte. */
#ifndef SP_TESTS_INTAKE_SITE_H
#define SP_TESTS_INTAKE_SITE_H

#include <nng/nng.h>
#include <nng/supplemental/util/platform.h>
#include <stdatomic.h>

#include "tests/check/check.h"
#include "tests/transport/intake/line.h"
#include "transport/intake/intake.h"

#define SP_SITE_WAIT_MS 10000

typedef struct sp_site {
	sp_intake *intake;
	char ipc[128], tcp[64];
	atomic_uint woken;
} sp_site;

/* sp_site_url - an ipc url that nobody has used yet; overwritten by the next call. */
const char *sp_site_url(void);
sp_status sp_site_try(sp_site *at, const char *ipc, sp_message *message);
void sp_site_open(sp_site *at, const char *ipc);
/* sp_site_end - a group's teardown: what nng is still taking down in the background is no leak. */
int sp_site_end(void **state);

sp_intake_counts sp_site_counts(const sp_site *at);
void sp_site_await_waiting(const sp_site *at, uint32_t n); /* until at least so many wait */
void sp_site_await_senders(const sp_site *at, uint32_t n); /* until so many are connected */

sp_intake_message sp_site_take(const sp_site *at); /* waits for it */
/* sp_site_check_next - next[] has for each sender which number must come, from 0. Returns the sender. */
uint32_t sp_site_check_next(const sp_intake_message *message, uint32_t *next);
/* sp_site_take_number - takes a message that must be that one. */
void sp_site_take_number(const sp_site *at, uint32_t sender, uint32_t number);

/* Senders of nng's own; a send waits wait_ms at most. */
nng_socket sp_site_push(const char *url, int wait_ms);
int sp_site_send(nng_socket push, uint32_t sender, uint32_t number, size_t n); /* 0, or nng's error */

/* A thread that sends as fast as it can until it is over, over a plain socket: nng 1.5.2 loses memory when it closes a PUSH socket
 * that is sending. */
typedef struct sp_flood {
	sp_line line;
	uint32_t id;
	atomic_bool *over;
	nng_thread *thread;
} sp_flood;

void sp_flood_start(sp_flood *f, const char *url, uint32_t id, atomic_bool *over);
void sp_flood_end(sp_flood *f); /* after it is over */

#endif
