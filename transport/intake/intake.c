/* intake.c - nng's callbacks at one end, the engine's thread at the other, between them a ring under one lock.
 *
 * There is a PULL socket for all ipc urls and one for all tcp urls, so that it is known how a message came. Each has at most one
 * receive under way, so a connection's messages keep their order; nng itself goes round the connections, so that none waits for
 * another's flood. A receive begins only when a place in the ring and SP_INTAKE_LONGEST bytes are set aside for what it may
 * bring:
 *
 *     places = messages in the ring + receives under way + (1 while the reader has one out)  <= SP_INTAKE_MESSAGES_MAX
 *     bytes  = theirs, SP_INTAKE_LONGEST for each receive under way                          <= SP_INTAKE_BYTES_MAX
 *
 * so the bounds hold whatever comes, and no message needs to be kept beside a ring that is full. A receive that may not begin
 * begins when the reader has given a quarter of the ring back: then a run of messages comes by nng's own threads, where else the
 * reader would begin each receive itself, and wait for nng's locks each time. Calls into nng are made outside the lock. */
#include "transport/intake/intake.h"

#include <stdlib.h>
#include <string.h>

#include <nng/nng.h>
#include <nng/protocol/pipeline0/pull.h>
#include <nng/supplemental/util/platform.h>

#include "base/assert.h"
#include "transport/socket/close.h"
#include "transport/socket/listen.h"
#include "transport/socket/url.h"

/* nng 1.5.2 can hang where it closes a connection between two reads of a message (transport/socket/close.h). Once nothing is
 * received any more, those that send come to rest with one message read: so closing waits that long. */
#define INTAKE_REST_MS 50

enum { INTAKE_IPC, INTAKE_TCP, INTAKE_ENDS };

/* One of the two sockets. */
typedef struct intake_end {
	sp_intake *intake;
	bool open; /* has socket and aio */
	nng_socket socket;
	nng_aio *aio;
	bool receiving; /* a receive is under way, and has its place */
	uint32_t senders;
} intake_end;

typedef struct intake_entry {
	nng_msg *message;
	bool local;
} intake_entry;

struct sp_intake {
	void (*wake)(void *context);
	void *context;
	uint16_t ports[SP_INTAKE_URLS_MAX];
	bool out;      /* the reader has a message; only the reader looks at it */
	nng_mtx *lock; /* of all that follows */
	intake_end ends[INTAKE_ENDS];
	uint32_t turn; /* the end that is next to receive when both wait */
	bool stopped;
	uint32_t places;
	uint32_t bytes;
	uint32_t first, n; /* of the ring */
	intake_entry ring[SP_INTAKE_MESSAGES_MAX];
	sp_intake_counts counts; /* but senders and waiting */
};

/* --- under the lock --- */

static bool intake_has_room(const sp_intake *intake)
{
	return intake->places < SP_INTAKE_MESSAGES_MAX && intake->bytes <= SP_INTAKE_BYTES_MAX - SP_INTAKE_LONGEST;
}

/* Once full, is a quarter of it free again? */
static bool intake_goes_on(const sp_intake *intake)
{
	return !intake->counts.held || (intake->places <= SP_INTAKE_MESSAGES_MAX - SP_INTAKE_MESSAGES_MAX / 4 &&
	                                intake->bytes <= SP_INTAKE_BYTES_MAX - SP_INTAKE_BYTES_MAX / 4);
}

/* Sets aside what the receives need that may begin now; returns their ends as bits. They begin outside the lock. */
static uint32_t intake_admit(sp_intake *intake)
{
	uint32_t begin = 0;
	bool held = false;
	const bool goes_on = intake_goes_on(intake);
	const uint32_t turn = intake->turn;
	for (uint32_t i = 0; i < INTAKE_ENDS && !intake->stopped; i++) {
		const uint32_t at = (turn + i) % INTAKE_ENDS;
		intake_end *end = &intake->ends[at];
		if (!end->open || end->receiving) {
			continue;
		}
		if (!goes_on || !intake_has_room(intake)) {
			held = true;
			continue;
		}
		end->receiving = true;
		intake->places++;
		intake->bytes += SP_INTAKE_LONGEST;
		intake->turn = (at + 1) % INTAKE_ENDS;
		begin |= UINT32_C(1) << at;
	}
	intake->counts.held_times += held && !intake->counts.held;
	intake->counts.held = held;
	return begin;
}

static void intake_give_back(sp_intake *intake, uint32_t places, size_t bytes)
{
	SP_ASSERT(places <= intake->places && bytes <= intake->bytes);
	intake->places -= places;
	intake->bytes -= (uint32_t)bytes;
}

/* The place was set aside when the receive began. */
static void intake_put(sp_intake *intake, nng_msg *message, bool local)
{
	const size_t n = nng_msg_len(message);
	SP_ASSERT(intake->n < SP_INTAKE_MESSAGES_MAX && n <= SP_INTAKE_LONGEST);
	intake->ring[(intake->first + intake->n) % SP_INTAKE_MESSAGES_MAX] = (intake_entry){message, local};
	intake->n++;
	intake_give_back(intake, 0, SP_INTAKE_LONGEST - n);
	intake->counts.messages++;
	intake->counts.bytes += n;
}

/* --- nng's threads --- */

static void intake_begin(sp_intake *intake, uint32_t begin)
{
	for (uint32_t i = 0; i < INTAKE_ENDS; i++) {
		if (begin >> i & 1) {
			nng_recv_aio(intake->ends[i].socket, intake->ends[i].aio);
		}
	}
}

/* A receive is over: by a message, or because all is being stopped (nothing else ends one). */
static void intake_received(void *context)
{
	intake_end *end = context;
	sp_intake *intake = end->intake;
	nng_msg *message = nng_aio_result(end->aio) == 0 ? nng_aio_get_msg(end->aio) : NULL;
	nng_mtx_lock(intake->lock);
	SP_ASSERT(end->receiving && (message != NULL || intake->stopped));
	end->receiving = false;
	if (message != NULL) {
		intake_put(intake, message, end == &intake->ends[INTAKE_IPC]);
	} else {
		intake_give_back(intake, 1, SP_INTAKE_LONGEST);
	}
	const uint32_t begin = intake_admit(intake);
	nng_mtx_unlock(intake->lock);
	if (message != NULL && intake->wake != NULL) {
		intake->wake(intake->context);
	}
	intake_begin(intake, begin);
}

/* A connection comes (before nng takes it up: closed now, it never sends) or has gone. */
static void intake_connection(nng_pipe pipe, nng_pipe_ev event, void *context)
{
	intake_end *end = context;
	sp_intake *intake = end->intake;
	const bool comes = event == NNG_PIPE_EV_ADD_PRE;
	nng_mtx_lock(intake->lock);
	SP_ASSERT(comes || end->senders > 0);
	const bool refused = comes && end->senders >= SP_INTAKE_SENDERS_MAX;
	end->senders += comes ? 1 : -1;
	intake->counts.connections += comes;
	intake->counts.turned_away += refused;
	nng_mtx_unlock(intake->lock);
	if (refused) {
		nng_pipe_close(pipe);
	}
}

/* --- open and close --- */

static int intake_open_end(intake_end *end)
{
	int error = nng_pull0_open(&end->socket);
	if (error != 0) {
		return error;
	}
	error = nng_aio_alloc(&end->aio, intake_received, end);
	if (error == 0) {
		error = nng_pipe_notify(end->socket, NNG_PIPE_EV_ADD_PRE, intake_connection, end);
	}
	if (error == 0) {
		error = nng_pipe_notify(end->socket, NNG_PIPE_EV_REM_POST, intake_connection, end);
	}
	end->open = error == 0;
	if (error != 0) {
		nng_close(end->socket);
		nng_aio_free(end->aio);
	}
	return error;
}

static sp_status intake_listen(sp_intake *intake, const char *url, uint16_t *port, sp_message *message)
{
	intake_end *end = &intake->ends[sp_socket_url_path(url) != NULL ? INTAKE_IPC : INTAKE_TCP];
	int error = end->open ? 0 : intake_open_end(end);
	if (error != 0) {
		return sp_socket_fault(error, "listen", url, message);
	}
	nng_listener listener;
	const sp_status status = sp_socket_listen(end->socket, url, SP_INTAKE_LONGEST, &listener, message);
	if (status != SP_OK) {
		return status;
	}
	*port = sp_socket_port(listener);
	if (end == &intake->ends[INTAKE_TCP]) {
		/* a sender whose machine is gone gives its place back */
		error = nng_listener_set_bool(listener, NNG_OPT_TCP_KEEPALIVE, true);
	}
	return error == 0 ? SP_OK : sp_socket_fault(error, "listen", url, message);
}

sp_status sp_intake_open(const sp_intake_options *options, sp_intake **intake, sp_message *message)
{
	SP_ASSERT(options->urls != NULL && intake != NULL);
	SP_ASSERT(options->n_urls >= 1 && options->n_urls <= SP_INTAKE_URLS_MAX);
	sp_intake *opened = calloc(1, sizeof *opened);
	if (opened == NULL || nng_mtx_alloc(&opened->lock) != 0) {
		free(opened);
		return sp_message_set(message, SP_E_MEMORY, "out of memory");
	}
	opened->wake = options->wake;
	opened->context = options->context;
	for (uint32_t i = 0; i < INTAKE_ENDS; i++) {
		opened->ends[i].intake = opened;
	}
	sp_status status = SP_OK;
	for (uint32_t i = 0; i < options->n_urls && status == SP_OK; i++) {
		status = intake_listen(opened, options->urls[i], &opened->ports[i], message);
	}
	if (status != SP_OK) {
		sp_intake_close(opened);
		return status;
	}
	nng_mtx_lock(opened->lock);
	const uint32_t begin = intake_admit(opened);
	nng_mtx_unlock(opened->lock);
	intake_begin(opened, begin);
	*intake = opened;
	return SP_OK;
}

void sp_intake_stop(sp_intake *intake)
{
	SP_ASSERT(intake != NULL);
	nng_mtx_lock(intake->lock);
	intake->stopped = true;
	intake->counts.held = false;
	nng_mtx_unlock(intake->lock);
	for (uint32_t i = 0; i < INTAKE_ENDS; i++) {
		if (intake->ends[i].open) {
			nng_aio_stop(intake->ends[i].aio); /* and waits for its callback */
		}
	}
}

/* What is left when nng lets go of it. */
static void intake_free(sp_intake *intake)
{
	for (uint32_t i = 0; i < INTAKE_ENDS; i++) {
		if (intake->ends[i].open) {
			nng_aio_free(intake->ends[i].aio);
		}
	}
	for (uint32_t i = 0; i < intake->n; i++) {
		nng_msg_free(intake->ring[(intake->first + i) % SP_INTAKE_MESSAGES_MAX].message);
	}
	nng_mtx_free(intake->lock);
	free(intake);
}

void sp_intake_close(sp_intake *intake)
{
	if (intake == NULL) {
		return;
	}
	SP_ASSERT(!intake->out);
	sp_intake_stop(intake);
	sp_intake_counts counts;
	sp_intake_count(intake, &counts);
	if (counts.senders > 0) {
		nng_msleep(INTAKE_REST_MS);
	}
	for (uint32_t i = 0; i < INTAKE_ENDS; i++) {
		if (intake->ends[i].open) {
			sp_socket_close(intake->ends[i].socket);
		}
	}
	if (!sp_socket_is_stuck()) {
		intake_free(intake); /* else nng may still come by */
	}
}

/* --- the reader --- */

bool sp_intake_next(sp_intake *intake, sp_intake_message *message)
{
	SP_ASSERT(message != NULL && !intake->out);
	intake_entry entry = {0};
	nng_mtx_lock(intake->lock);
	if (intake->n > 0) {
		entry = intake->ring[intake->first];
		intake->first = (intake->first + 1) % SP_INTAKE_MESSAGES_MAX;
		intake->n--;
	}
	nng_mtx_unlock(intake->lock);
	if (entry.message == NULL) {
		return false;
	}
	intake->out = true;
	*message = (sp_intake_message){
	    .bytes = nng_msg_body(entry.message),
	    .n = nng_msg_len(entry.message),
	    .local = entry.local,
	    .owner = entry.message,
	};
	return true;
}

void sp_intake_release(sp_intake *intake, sp_intake_message *message)
{
	SP_ASSERT(intake->out && message->owner != NULL);
	const size_t n = nng_msg_len(message->owner);
	nng_msg_free(message->owner);
	*message = (sp_intake_message){0};
	intake->out = false;
	nng_mtx_lock(intake->lock);
	intake_give_back(intake, 1, n);
	const uint32_t begin = intake_admit(intake);
	nng_mtx_unlock(intake->lock);
	intake_begin(intake, begin);
}

uint16_t sp_intake_port(const sp_intake *intake, uint32_t url)
{
	SP_ASSERT(intake != NULL && url < SP_INTAKE_URLS_MAX);
	return intake->ports[url];
}

void sp_intake_count(const sp_intake *intake, sp_intake_counts *counts)
{
	SP_ASSERT(intake != NULL && counts != NULL);
	nng_mtx_lock(intake->lock);
	*counts = intake->counts;
	counts->waiting = intake->n;
	for (uint32_t i = 0; i < INTAKE_ENDS; i++) {
		counts->senders += intake->ends[i].senders;
	}
	nng_mtx_unlock(intake->lock);
}
