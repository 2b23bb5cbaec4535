/* control.c - the daemon's end: a unix socket and those who are connected to it, all looked after by the one thread that asks for the
 * next question.
 *
 * It speaks as nng's REP socket does but is none: where a connection is lost in the middle of a long answer, nng 1.5.2 waits for it
 * in the thread that ends connections, for ever, and whoever closes any socket of the program waits behind it. The door by which
 * prices are frozen must survive a command that is killed (docs/decisions/0020). */
#include "transport/control/control.h"

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/assert.h"
#include "transport/control/peer.h"

/* Connected at once: people and their scripts. Further ones wait in the kernel's queue until one goes, or has been silent for
 * so long that its place is taken. */
#define CONTROL_PEERS_MAX 64
#define CONTROL_QUEUE     128
#define CONTROL_SILENT_MS 2000

#define CONTROL_SEND_MS  1000 /* who does not read its answer within that time is cut off */
#define CONTROL_PAUSE_MS 50   /* until we look again for a place, or for a file to accept with */

struct sp_control {
	int listener;
	struct sockaddr_un address;
	uid_t own;
	sp_wire_decoder *decoder;
	sp_peer peers[CONTROL_PEERS_MAX];
	uint32_t turn;  /* who is heard first, so that nobody is passed over */
	sp_peer *asker; /* of a question that has no reply yet; else NULL */
	_Atomic uint64_t refused;
	sp_control_answer answer; /* for refusals */
	uint8_t bytes[SP_CONTROL_BYTES_MAX];
};

bool sp_control_may_ask(uid_t uid, uid_t own)
{
	return uid == own || uid == 0;
}

/* --- listening --- */

static int control_socket(void)
{
	return socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

/* Is it a socket at which nobody listens any more, as a killed daemon leaves it? */
static bool control_is_left(const struct sockaddr_un *address)
{
	struct stat file;
	if (lstat(address->sun_path, &file) != 0 || !S_ISSOCK(file.st_mode)) {
		return false;
	}
	const int sock = control_socket();
	if (sock < 0) {
		return false;
	}
	const bool left = connect(sock, (const struct sockaddr *)address, sizeof *address) != 0 && errno == ECONNREFUSED;
	close(sock);
	return left;
}

/* 0 or errno. The file is its owner's alone before anybody can connect. */
static int control_listen(int sock, const struct sockaddr_un *address)
{
	const struct sockaddr *at = (const struct sockaddr *)address;
	int error = bind(sock, at, sizeof *address) == 0 ? 0 : errno;
	if (error == EADDRINUSE && control_is_left(address)) {
		unlink(address->sun_path);
		error = bind(sock, at, sizeof *address) == 0 ? 0 : errno;
	}
	if (error == 0 && (chmod(address->sun_path, S_IRUSR | S_IWUSR) != 0 || listen(sock, CONTROL_QUEUE) != 0)) {
		error = errno;
		unlink(address->sun_path);
	}
	return error;
}

/* What the kernel calls it, what we call it, and what to do. */
static const struct {
	int error;
	sp_status status;
	const char *text;
} control_faults[] = {
    {EADDRINUSE, SP_E_BUSY,
     "another daemon listens there, or a file that is no socket lies there: stop it, or move it away"},
    {EACCES, SP_E_PERMISSION, "not permitted: its directory must belong to this user"},
    {EPERM, SP_E_PERMISSION, "not permitted: its directory must belong to this user"},
    {EROFS, SP_E_PERMISSION, "nothing can be written there: choose another directory"},
    {ENOENT, SP_E_ABSENT, "its directory does not exist: create it"},
    {ENOTDIR, SP_E_ABSENT, "its directory does not exist: create it"},
    {EMFILE, SP_E_FULL, "too many files are open: raise the limit (ulimit -n, LimitNOFILE=)"},
    {ENFILE, SP_E_FULL, "too many files are open on this machine"},
    {ENOMEM, SP_E_MEMORY, "out of memory"},
    {ENOSPC, SP_E_DISK_FULL, "no space left there"},
};

static sp_status control_fault(int error, const char *url, sp_message *message)
{
	for (size_t i = 0; i < sizeof control_faults / sizeof control_faults[0]; i++) {
		if (control_faults[i].error == error) {
			return sp_message_set(message, control_faults[i].status, "cannot listen at %s: %s", url,
			                      control_faults[i].text);
		}
	}
	return sp_message_set(message, SP_E_IO, "cannot listen at %s: error %d of the system", url, error);
}

/* --- open and close --- */

static sp_control *control_new(const struct sockaddr_un *address)
{
	sp_control *control = calloc(1, sizeof *control);
	sp_wire_decoder *decoder = sp_wire_open();
	if (control == NULL || decoder == NULL) {
		free(control);
		sp_wire_close(decoder);
		return NULL;
	}
	control->decoder = decoder;
	control->address = *address;
	control->own = geteuid();
	control->listener = -1;
	for (uint32_t i = 0; i < CONTROL_PEERS_MAX; i++) {
		control->peers[i].sock = -1;
	}
	return control;
}

static void control_free(sp_control *control)
{
	sp_wire_close(control->decoder);
	free(control);
}

sp_status sp_control_open(const char *url, sp_control **control, sp_message *message)
{
	SP_ASSERT(url != NULL && control != NULL);
	struct sockaddr_un address;
	const sp_status status = sp_stream_address(url, &address, message);
	if (status != SP_OK) {
		return status;
	}
	sp_control *opened = control_new(&address);
	if (opened == NULL) {
		return control_fault(ENOMEM, url, message);
	}
	opened->listener = control_socket();
	const int error = opened->listener >= 0 ? control_listen(opened->listener, &address) : errno;
	if (error != 0) {
		if (opened->listener >= 0) {
			close(opened->listener);
		}
		control_free(opened);
		return control_fault(error, url, message);
	}
	*control = opened;
	return SP_OK;
}

void sp_control_close(sp_control *control)
{
	if (control == NULL) {
		return;
	}
	for (uint32_t i = 0; i < CONTROL_PEERS_MAX; i++) {
		sp_peer_close(&control->peers[i]);
	}
	unlink(control->address.sun_path);
	close(control->listener);
	control_free(control);
}

/* --- answers --- */

static void control_answer(sp_control *control, sp_peer *peer, const sp_control_answer *answer)
{
	sp_writer writer = {control->bytes, sizeof control->bytes, 0};
	sp_control_answer_encode(answer, &writer);
	SP_ASSERT(writer.n <= writer.size);
	if (!sp_peer_answer(peer, control->bytes, writer.n, sp_stream_now() + CONTROL_SEND_MS)) {
		sp_peer_close(peer);
	}
}

void sp_control_reply(sp_control *control, const sp_control_answer *answer)
{
	SP_ASSERT(control != NULL && answer != NULL);
	SP_ASSERT(control->asker != NULL);
	control_answer(control, control->asker, answer);
	control->asker = NULL;
}

uint64_t sp_control_refused(const sp_control *control)
{
	return atomic_load_explicit(&control->refused, memory_order_relaxed);
}

/* --- questions --- */

static void control_refuse(sp_control *control, sp_peer *peer)
{
	atomic_fetch_add_explicit(&control->refused, 1, memory_order_relaxed);
	control_answer(control, peer, &control->answer);
}

/* Only of those who may ask the bytes are looked at. */
static bool control_admit(sp_control *control, sp_peer *peer)
{
	if (sp_control_may_ask(peer->uid, control->own)) {
		return true;
	}
	sp_control_answer_init(&control->answer);
	control->answer.status = sp_message_set(&control->answer.message, SP_E_PERMISSION,
	                                        "user %ju may not ask this daemon: ask as its own user, %ju, or as root",
	                                        (uintmax_t)peer->uid, (uintmax_t)control->own);
	control_refuse(control, peer);
	return false;
}

static void control_refuse_none(sp_control *control, sp_peer *peer, sp_wire_reason reason)
{
	sp_control_answer_init(&control->answer);
	control->answer.status = sp_message_set(&control->answer.message, SP_E_SYNTAX,
	                                        "no question: %s (%s); is the command of another version than the daemon?",
	                                        sp_wire_reason_text(reason), sp_wire_reason_name(reason));
	control_refuse(control, peer);
}

/* Who has hung up since it asked is not waiting for anything to be done. */
static bool control_take(sp_control *control, sp_peer *peer, sp_control_request *request)
{
	if (!sp_peer_is_there(peer)) {
		sp_peer_close(peer);
		return false;
	}
	if (!control_admit(control, peer)) {
		return false;
	}
	const sp_wire_reason reason = sp_control_request_decode(control->decoder, peer->bytes, (size_t)peer->n, request);
	if (reason != SP_WIRE_ok) {
		control_refuse_none(control, peer, reason);
	}
	return reason == SP_WIRE_ok;
}

/* Is there a question of this one that is to be answered? */
static bool control_hear(sp_control *control, sp_peer *peer, sp_control_request *request)
{
	peer->heard_ms = sp_stream_now();
	switch (sp_peer_hear(peer)) {
	case SP_PEER_PART:
		return false;
	case SP_PEER_QUESTION:
		return control_take(control, peer, request);
	case SP_PEER_LONGER:
		if (control_admit(control, peer)) {
			control_refuse_none(control, peer, SP_WIRE_too_long);
		}
		break;
	case SP_PEER_GONE:
		break;
	}
	sp_peer_close(peer);
	return false;
}

/* A free place, else that of whoever has been silent longest, and for long; else NULL. */
static sp_peer *control_place(sp_control *control)
{
	sp_peer *place = &control->peers[0];
	for (uint32_t i = 1; i < CONTROL_PEERS_MAX && place->sock >= 0; i++) {
		sp_peer *peer = &control->peers[i];
		if (peer->sock < 0 || peer->heard_ms < place->heard_ms) {
			place = peer;
		}
	}
	return place->sock < 0 || sp_stream_now() - place->heard_ms >= CONTROL_SILENT_MS ? place : NULL;
}

static void control_accept(sp_control *control, sp_peer *place)
{
	const int sock = accept4(control->listener, NULL, NULL, SOCK_CLOEXEC);
	if (sock >= 0) {
		sp_peer_close(place);
		sp_peer_open(place, sock);
		place->heard_ms = sp_stream_now();
	} else if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS) {
		poll(NULL, 0, CONTROL_PAUSE_MS);
	}
}

/* Waits until somebody has something to say, and looks once at all of them. */
static bool control_look(sp_control *control, int wait_ms, sp_control_request *request)
{
	struct pollfd ready[CONTROL_PEERS_MAX + 1]; /* the last: who wants to connect */
	sp_peer *place = control_place(control);
	for (uint32_t i = 0; i < CONTROL_PEERS_MAX; i++) {
		ready[i] = (struct pollfd){.fd = control->peers[i].sock, .events = POLLIN}; /* -1 is passed over */
	}
	ready[CONTROL_PEERS_MAX] = (struct pollfd){.fd = place != NULL ? control->listener : -1, .events = POLLIN};
	const int wait = place != NULL || wait_ms < CONTROL_PAUSE_MS ? wait_ms : CONTROL_PAUSE_MS;
	if (poll(ready, CONTROL_PEERS_MAX + 1, wait) <= 0) {
		return false;
	}
	for (uint32_t i = 0; i < CONTROL_PEERS_MAX; i++) {
		const uint32_t turn = (control->turn + i) % CONTROL_PEERS_MAX;
		if (ready[turn].revents != 0 && control_hear(control, &control->peers[turn], request)) {
			control->turn = (turn + 1) % CONTROL_PEERS_MAX;
			control->asker = &control->peers[turn];
			return true;
		}
	}
	if (ready[CONTROL_PEERS_MAX].revents != 0) {
		control_accept(control, place);
	}
	return false;
}

/* A stream of refused questions does not keep us beyond the time. */
sp_status sp_control_next(sp_control *control, int wait_ms, sp_control_request *request, uid_t *uid)
{
	SP_ASSERT(control != NULL && wait_ms >= 0);
	SP_ASSERT(request != NULL && uid != NULL);
	if (control->asker != NULL) {
		sp_peer_close(control->asker);
		control->asker = NULL;
	}
	const int64_t until = sp_stream_now() + wait_ms;
	int64_t left = wait_ms;
	do {
		if (control_look(control, (int)left, request)) {
			*uid = control->asker->uid;
			return SP_OK;
		}
		left = until - sp_stream_now();
	} while (left > 0);
	return SP_E_END;
}
