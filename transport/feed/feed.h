/* feed.h - the price feed's publishing end: frames as prices change, heartbeats in between, and the whole book when asked.
 *
 * PUB sockets carry frames and heartbeats; REQ/REP answers snapshots and takes acknowledgements (request.h). PUB loses under
 * load and says nothing (it is so made), so every frame has a number, and whoever sees a gap asks for a snapshot. What is shown here
 * is the last *committed* book: whoever publishes, commits first. Heartbeats renew the lease by themselves, frozen or not, until
 * `grace` after the log was last known to work (sp_feed_alive, sp_feed_publish). */
#ifndef SP_FEED_FEED_H
#define SP_FEED_FEED_H

#include "base/ids.h"
#include "transport/feed/shelf.h"
#include "transport/wire/frame.h"
#include "transport/wire/request.h"

#define SP_FEED_URLS_MAX    8
#define SP_FEED_CLIENTS_MAX 1024 /* remembered by their acknowledgements; the longest silent is forgotten first */
/* Frames that wait for a subscriber who does not read; what comes then is lost to it, and repaired. Five whole books of 100,000
 * SKUs, some 50 MB: nng shares a frame among all for whom it waits. */
#define SP_FEED_WAITING_MAX 1024

typedef struct sp_feed sp_feed; /* opaque */

typedef struct sp_feed_options {
	const char *const *prices; /* urls of PUB */
	uint32_t n_prices;
	const char *const *book; /* urls of REQ/REP */
	uint32_t n_book;
	int64_t lease_ns, heartbeat_ns, grace_ns;
	int64_t convergence_ns;        /* no price takes effect sooner than this after it is sent (R9) */
	int64_t (*now)(void *context); /* the daemon's tick clock [ns UTC]; from any thread */
	void *context;
} sp_feed_options;

/* What a commit lets out. */
typedef struct sp_feed_news {
	const sp_frame_group *groups; /* whole groups of the families that changed, in order */
	uint32_t n_groups;
	uint64_t first_seq; /* of the first frame; the others follow. Means nothing with no groups */
	uint64_t
	    last_seq; /* the last number given away, also where frames were barred: what the heartbeat says from now on */
	uint8_t config[SP_FRAME_HASH_MAX], head[SP_FRAME_HASH_MAX];
} sp_feed_news;

typedef struct sp_feed_client {
	char name[SP_ID_MAX + 1];
	sp_epoch epoch;
	uint64_t seq;       /* applied last */
	int64_t applied_ns; /* by its own clock */
	int64_t seen_ns;    /* by ours */
} sp_feed_client;

typedef struct sp_feed_counts {
	uint64_t frames, heartbeats, acknowledgements;
	uint64_t snapshots; /* begun to be fetched */
	uint64_t refused;   /* requests that are none, or for what is not held */
	uint64_t seq;
	uint32_t subscribers; /* connected now */
} sp_feed_counts;

/* sp_feed_open - listens, but sends nothing before sp_feed_begin.
 * fails  as sp_socket_listen; the message names url and cure */
sp_status sp_feed_open(const sp_feed_options *options, sp_feed **feed, sp_message *message);
void sp_feed_close(sp_feed *feed); /* NULL is accepted; no other call may be under way */

/* sp_feed_frames - how many frames groups take (sp_frame_fit). Pure. */
uint32_t sp_feed_frames(const sp_frame_group *groups, uint32_t n_groups);

/* sp_feed_differs - does a group differ from the book? Any thread. */
bool sp_feed_differs(sp_feed *feed, const sp_frame_group *group);

/* sp_feed_begin - the epoch and its whole book: puts and sends it, and from now on heartbeats go. Once (asserted).
 * fails  SP_E_MEMORY: nothing has been put or sent; try again */
sp_status sp_feed_begin(sp_feed *feed, const sp_epoch *epoch, const sp_feed_news *book, sp_message *message);

/* sp_feed_publish - puts the groups into the book and sends their frames, in order. A new version whose date has passed by,
 * because its commit was late, is told with the date now + convergence: the past stays as it was (R9).
 * out    *published_ns: when it was sent, by the tick clock
 * fails  SP_E_MEMORY: nothing has been put or sent; try again. A frame that cannot be made for want of memory is lost as PUB loses
 *        frames: it is repaired
 * thread one at a time (the recorder) */
sp_status sp_feed_publish(sp_feed *feed, const sp_feed_news *news, int64_t *published_ns, sp_message *message);

/* sp_feed_alive - the log works: leases may be renewed. Any thread. */
void sp_feed_alive(sp_feed *feed, const uint8_t head[SP_FRAME_HASH_MAX], int64_t now_ns);

void sp_feed_count(sp_feed *feed, sp_feed_counts *counts);
/* Writes at most max clients, the latest seen first; returns how many there are. */
uint32_t sp_feed_clients(sp_feed *feed, sp_feed_client *clients, uint32_t max);

/* sp_feed_groups - calls back for every family of the book from `after` on (exclusive; "" for the first), under the feed's lock: be
 * quick. false ends it. */
typedef bool (*sp_feed_group_fn)(void *context, const sp_frame_group *group);
void sp_feed_groups(sp_feed *feed, const char *after, sp_feed_group_fn fn, void *context);

#endif
