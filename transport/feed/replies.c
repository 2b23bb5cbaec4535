/* replies.c - see replies.h. */
#include "transport/feed/replies.h"

#include <nng/protocol/reqrep0/rep.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/assert.h"
#include "transport/socket/close.h"
#include "transport/socket/listen.h"
#include "transport/socket/url.h"

/* One question at a time: it is received, then its answer is sent. */
typedef struct replies_turn {
	const sp_replies *replies;
	nng_ctx context;
	nng_aio *aio; /* NULL: not open */
	bool sending;
} replies_turn;

struct sp_replies {
	nng_socket socket;
	sp_reply_fn fn;
	void *context;
	replies_turn turns[SP_REPLIES_AT_ONCE];
};

static void replies_answer(replies_turn *turn, nng_msg *question)
{
	nng_msg *answer = turn->replies->fn(turn->replies->context, nng_msg_body(question), nng_msg_len(question));
	nng_msg_free(question);
	if (answer == NULL) {
		nng_ctx_recv(turn->context, turn->aio);
		return;
	}
	turn->sending = true;
	nng_aio_set_msg(turn->aio, answer);
	nng_ctx_send(turn->context, turn->aio);
}

/* An answer that could not be sent is gone with its gateway, which asks again; so is a question that broke off. */
static void replies_came(void *argument)
{
	replies_turn *turn = argument;
	const int error = nng_aio_result(turn->aio);
	const bool was_sending = turn->sending;
	if (error != 0 && was_sending) {
		nng_msg_free(nng_aio_get_msg(turn->aio));
	}
	turn->sending = false;
	if (error == NNG_ECANCELED || (error == NNG_ECLOSED && !was_sending)) {
		return; /* it ends */
	}
	if (error != 0 || was_sending) {
		nng_ctx_recv(turn->context, turn->aio);
	} else {
		replies_answer(turn, nng_aio_get_msg(turn->aio));
	}
}

static int replies_begin(sp_replies *replies)
{
	int error = 0;
	for (int i = 0; i < SP_REPLIES_AT_ONCE && error == 0; i++) {
		replies_turn *turn = &replies->turns[i];
		turn->replies = replies;
		error = nng_ctx_open(&turn->context, replies->socket);
		if (error == 0) {
			error = nng_aio_alloc(&turn->aio, replies_came, turn);
		}
		if (error == 0) {
			nng_ctx_recv(turn->context, turn->aio);
		}
	}
	return error;
}

/* An answer that was about to be sent when the stop came is called back for no more. */
static void replies_turn_stop(replies_turn *turn)
{
	if (turn->aio == NULL) {
		return;
	}
	nng_aio_stop(turn->aio);
	if (turn->sending) {
		nng_msg_free(nng_aio_get_msg(turn->aio));
	}
}

void sp_replies_close(sp_replies *replies)
{
	for (int i = 0; replies != NULL && i < SP_REPLIES_AT_ONCE; i++) {
		replies_turn_stop(&replies->turns[i]);
	}
	if (replies != NULL) {
		sp_socket_close(replies->socket);
	}
	if (sp_socket_is_stuck()) {
		return; /* nng may still come by */
	}
	for (int i = 0; replies != NULL && i < SP_REPLIES_AT_ONCE; i++) {
		nng_aio_free(replies->turns[i].aio);
	}
	free(replies);
}

sp_status sp_replies_open(const char *const *urls, uint32_t n_urls, sp_reply_fn fn, void *context, sp_replies **replies,
                          sp_message *message)
{
	SP_ASSERT(n_urls > 0 && fn != NULL);
	sp_replies *opened = calloc(1, sizeof *opened);
	if (opened == NULL) {
		return sp_message_set(message, SP_E_MEMORY, "no memory for the feed");
	}
	opened->fn = fn;
	opened->context = context;
	int error = nng_rep0_open(&opened->socket);
	if (error != 0) {
		free(opened);
		return sp_socket_fault(error, "listen", urls[0], message);
	}
	sp_status status = SP_OK;
	for (uint32_t i = 0; i < n_urls && status == SP_OK; i++) {
		status = sp_socket_listen(opened->socket, urls[i], SP_REPLIES_LONGEST, NULL, message);
	}
	error = status == SP_OK ? replies_begin(opened) : 0;
	if (error != 0) {
		status = sp_socket_fault(error, "listen", urls[0], message);
	}
	if (status != SP_OK) {
		sp_replies_close(opened);
		return status;
	}
	*replies = opened;
	return SP_OK;
}
