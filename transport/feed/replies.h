/* replies.h - inside the room: the REQ/REP end, several questions at a time.
 *
 * Each of a few contexts of nng waits for a question, has it answered and sends the answer, by callbacks on nng's threads; so
 * a gateway that is slow to read keeps nobody else waiting. What is longer than any question nng does not read: it drops
 * the connection. */
#ifndef SP_FEED_REPLIES_H
#define SP_FEED_REPLIES_H

#include <nng/nng.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

#define SP_REPLIES_AT_ONCE 4    /* contexts: two cores answer as many */
#define SP_REPLIES_LONGEST 1024 /* [bytes] of a question that is read; twice what is permitted, so that it is told so */

typedef struct sp_replies sp_replies; /* opaque */

/* Answers a question; NULL: no answer (no memory). From any of nng's threads, several at once. */
typedef nng_msg *(*sp_reply_fn)(void *context, const uint8_t *question, size_t n);

/* sp_replies_open - listens at the urls; answers from then on.
 * fails  as sp_socket_listen */
sp_status sp_replies_open(const char *const *urls, uint32_t n_urls, sp_reply_fn fn, void *context, sp_replies **replies,
                          sp_message *message);
/* When it returns, nothing is being answered any more. NULL is accepted. */
void sp_replies_close(sp_replies *replies);

#endif
