/* news.c - see news.h. */
#include "daemon/news.h"

#include <stdlib.h>

#include "base/assert.h"

void sp_news_fini(sp_news *news)
{
	free(news->groups);
	free(news->families);
	free(news->first);
	free(news->prices);
	*news = (sp_news){0};
}

void sp_news_clear(sp_news *news)
{
	news->n = 0;
	news->n_prices = 0;
}

static sp_status reserve_group(sp_news *news)
{
	uint32_t room = news->room ? 2 * news->room : 64;
	sp_frame_group *groups;
	uint32_t *families;
	size_t *first;

	if (news->n < news->room)
		return SP_OK;
	groups = realloc(news->groups, room * sizeof *groups);
	news->groups = groups ? groups : news->groups;
	families = realloc(news->families, room * sizeof *families);
	news->families = families ? families : news->families;
	first = realloc(news->first, room * sizeof *first);
	news->first = first ? first : news->first;
	if (!groups || !families || !first)
		return SP_E_MEMORY;
	news->room = room;
	return SP_OK;
}

static sp_status reserve_prices(sp_news *news, uint32_t n)
{
	size_t room = 2 * news->room_prices + n;
	sp_price *prices;

	if (news->n_prices + n <= news->room_prices)
		return SP_OK;
	prices = realloc(news->prices, room * sizeof *prices);
	if (!prices)
		return SP_E_MEMORY;
	news->prices = prices;
	news->room_prices = room;
	return SP_OK;
}

sp_status sp_news_add(sp_news *news, const sp_engine *engine, uint32_t family, sp_feed *feed)
{
	const sp_family_setup *setup = &sp_engine_setup(engine)->families[family];
	sp_frame_group group = {.family = setup->id};
	sp_status status = reserve_group(news);

	if (status == SP_OK)
		status = reserve_prices(news, setup->n_skus * SP_TOLD_PER_SKU);
	if (status != SP_OK)
		return status;
	group.prices = news->prices + news->n_prices;
	group.n_prices = sp_engine_told(engine, family, news->prices + news->n_prices);
	if (feed && !sp_feed_differs(feed, &group))
		return SP_OK;
	news->families[news->n] = family;
	news->first[news->n] = news->n_prices;
	news->groups[news->n++] = group;
	news->n_prices += group.n_prices;
	return SP_OK;
}

void sp_news_done(sp_news *news)
{
	for (uint32_t i = 0; i < news->n; i++)
		news->groups[i].prices = news->prices + news->first[i];
}

uint32_t sp_news_bar(sp_news *news, const sp_setup *setup, const sp_freeze *freeze, int64_t tick_ns)
{
	uint32_t kept = 0, barred;

	for (uint32_t i = 0; i < news->n; i++) {
		const sp_family_setup *family = &setup->families[news->families[i]];
		if (sp_freeze_bars(freeze, family->id, setup->pools[family->pool].id, tick_ns))
			continue;
		news->groups[kept] = news->groups[i];
		news->families[kept++] = news->families[i];
	}
	barred = news->n - kept;
	news->n = kept;
	return barred;
}
