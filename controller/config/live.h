/* live.h - what only the live daemon is told: where it listens, how long a price book may be used, when a log file is full.
 *
 * No part of the setup: the engine knows of no socket, and decides the same wherever it runs. */
#ifndef SP_CONFIG_LIVE_H
#define SP_CONFIG_LIVE_H

#include <stddef.h>
#include <stdint.h>

#include "base/param.h"
#include "controller/engine/setup.h"

#define SP_LISTEN_MAX 4 /* addresses of one socket: loopback in both families, and sockets in two places */

/* A family is never split over frames of the feed, and a frame holds this many prices (docs/wire.md). */
#define SP_FEED_FAMILY_PRICES_MAX 500

typedef enum sp_listen {
	SP_LISTEN_SIGNALS, /* PULL: from senders */
	SP_LISTEN_PRICES,  /* PUB: frames to gateways */
	SP_LISTEN_BOOK,    /* REP: snapshots, acknowledgements */
	SP_LISTENS
} sp_listen;

/* Beside the default, ipc:// in the state directory's run/. */
typedef struct sp_addresses {
	uint32_t n;
	const char *list[SP_LISTEN_MAX]; /* as nng takes them; of the configuration */
} sp_addresses;

typedef struct sp_live {
	sp_addresses listen[SP_LISTENS];          /* read at start only: a reload moves no socket */
	int64_t lease_ns, heartbeat_ns, grace_ns; /* 2 x heartbeat < lease <= grace, and grace holds two periods */
	int64_t rotate_bytes;                     /* of the log's file; 0: never */
} sp_live;

extern const sp_param sp_live_feed_params[]; /* of sp_live: `feed` */
extern const size_t sp_live_feed_n_params;
extern const sp_param sp_live_log_params[]; /* of sp_live: `log` */
extern const size_t sp_live_log_n_params;

/* sp_live_sku_prices - the most prices of one SKU in the book: in force, the one before it, and the announced ones. */
uint32_t sp_live_sku_prices(const sp_guardrails *rails);

#endif
