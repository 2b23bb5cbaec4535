/* stand.h - a feed with made-up prices, readers of it, and a line between them that loses things.
 *
 * Tick time is the test's own, moved by hand; heartbeats go by real time, every STAND_BEAT_MS. */
#ifndef SP_TESTS_FEED_STAND_H
#define SP_TESTS_FEED_STAND_H

#include <nng/nng.h>
#include <nng/supplemental/util/platform.h>
#include <stdatomic.h>

#include "tests/transport/feed/mint.h"
#include "transport/feed/feed.h"
#include "transport/feed/follow.h"
#include "transport/socket/link.h"

#define STAND_T       INT64_C(1795478400000000000)
#define STAND_BEAT_MS 20
#define STAND_WAIT_MS 20000 /* until something that must happen has happened */

typedef struct stand {
	mint mint;
	sp_feed *feed;
	_Atomic int64_t now_ns;
	char prices_url[200], book_url[200];
	uint64_t seq;
} stand;

/* stand_init - families at random prices, nothing open yet. name: of its two sockets. */
void stand_init(stand *s, const char *name, uint64_t seed, uint32_t n_families, uint32_t n_skus);
void stand_fini(stand *s);

/* stand_open - a feed at the stand's urls; stand_begin - its epoch and its whole book. */
void stand_open(stand *s);
void stand_begin(stand *s, uint64_t counter, uint8_t random);
/* stand_restart - the feed closes, and another begins. */
void stand_restart(stand *s, uint64_t counter, uint8_t random);

/* stand_publish - lets out what the mint told last; returns the time of publication. stand_move - changes some families first. */
int64_t stand_publish(stand *s);
void stand_move(stand *s, uint32_t one_in);
/* stand_bar - numbers given away for frames that never come. */
void stand_bar(stand *s, uint32_t n);

/* --- reading --- */

/* A follower that keeps the book, and checks that it never goes back. */
typedef struct reader {
	sp_follow *follow;
	sp_shelf *book;
	sp_epoch epoch;
	uint64_t seq;
	bool in_snapshot;
	uint32_t chunk;
	uint32_t events[SP_FOLLOW_FORKED + 1];
	sp_frame last;
} reader;

void reader_open(reader *r, const char *prices_url, const char *book_url);
void reader_close(reader *r);

/* reader_step - the next event, or -1 when none came in that time. */
int reader_step(reader *r, int wait_ms);
/* reader_reach - reads until it stands at (counter, seq); reader_hear - until it has heard such an event. */
void reader_reach(reader *r, uint64_t counter, uint64_t seq);
void reader_hear(reader *r, sp_follow_event event);
/* reader_quiet - reads until nothing but heartbeats come. */
void reader_quiet(reader *r);
/* reader_check - its book is the stand's. */
void reader_check(const reader *r, stand *s);

/* --- a bad line --- */

/* Takes what a PUB socket sends and sends it on, but for what it loses, doubles or holds back; per mille. */
typedef struct relay {
	char url[200];
	sp_link *in;
	nng_socket out;
	nng_thread *thread;
	sp_rng rng;
	atomic_bool stop;
	atomic_int lost, doubled, swapped;
	atomic_uint n_lost;
} relay;

void relay_open(relay *line, const char *name, const char *from_url, uint64_t seed);
void relay_close(relay *line);

#endif
