/* news.h - what a tick changes for customers: the whole groups of those families that differ from the book.
 *
 * Put together by the loop from the engine, let out by the recorder once the tick is committed. */
#ifndef SP_DAEMON_NEWS_H
#define SP_DAEMON_NEWS_H

#include "controller/engine/engine.h"
#include "daemon/freeze.h"
#include "transport/feed/feed.h"

typedef struct sp_news {
	sp_frame_group *groups; /* in order of the families */
	uint32_t *families;     /* their slots */
	size_t *first;          /* of each group's prices among all */
	sp_price *prices;
	uint32_t n, room;
	size_t n_prices, room_prices;
} sp_news;

void sp_news_fini(sp_news *news);

/* sp_news_clear - nothing is new; keeps the memory. */
void sp_news_clear(sp_news *news);

/* sp_news_add - a family's group as the engine tells it now; with a feed, only if it differs from the feed's book.
 * The groups may be read after sp_news_done. SP_E_MEMORY. */
sp_status sp_news_add(sp_news *news, const sp_engine *engine, uint32_t family, sp_feed *feed);
void sp_news_done(sp_news *news);

/* sp_news_bar - takes out the groups that a freeze keeps from being published with this tick; returns how many. */
uint32_t sp_news_bar(sp_news *news, const sp_setup *setup, const sp_freeze *freeze, int64_t tick_ns);

#endif
