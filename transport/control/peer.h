/* peer.h - inside the room: one who is connected to the command socket, as far as it has spoken. Nothing here waits, but for an
 * answer that is not read. */
#ifndef SP_CONTROL_PEER_H
#define SP_CONTROL_PEER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "transport/control/stream.h"
#include "transport/wire/control.h"

typedef enum sp_peer_word {
	SP_PEER_PART,     /* no whole question yet */
	SP_PEER_QUESTION, /* bytes and n */
	SP_PEER_LONGER,   /* a question longer than may be: nothing of it is read, nor anything after it */
	SP_PEER_GONE,     /* or speaks otherwise */
} sp_peer_word;

typedef struct sp_peer {
	int sock; /* -1: a free place */
	uid_t uid;
	int64_t heard_ms; /* when it spoke last; the caller's to keep */
	bool greeted;
	uint32_t number; /* of the question; 0 before its head has come */
	uint64_t n;      /* [bytes] of the question */
	size_t got;      /* [bytes] of what is being read */
	uint8_t head[SP_STREAM_HEAD];
	uint8_t bytes[SP_CONTROL_REQUEST_MAX];
} sp_peer;

/* sp_peer_open - greets who has connected, and asks the kernel who it is; closed again where it is gone already. */
void sp_peer_open(sp_peer *peer, int sock);
void sp_peer_close(sp_peer *peer); /* the place is free; nothing where it is */

/* sp_peer_hear - reads what has come. */
sp_peer_word sp_peer_hear(sp_peer *peer);

/* sp_peer_is_there - has it not hung up since? */
bool sp_peer_is_there(const sp_peer *peer);

/* sp_peer_answer - sends the answer to its question, until_ms at the latest; false: it does not read, or is gone. */
bool sp_peer_answer(sp_peer *peer, const uint8_t *bytes, size_t n, int64_t until_ms);

#endif
