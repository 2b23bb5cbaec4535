/* loop.c - market and engine in turns; see loop.h. */
#include "sim/market/loop.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"

typedef struct loop {
	const sp_loop_options *options;
	const sp_setup *setup;
	sp_drive *drive;
	sp_market *market;
	sp_story *story;
	sp_money *prices;
	uint32_t source;
	sp_message *message;
} loop;

static sp_status take(void *context, const sp_signal *signal)
{
	loop *l = context;
	sp_signal own = *signal;

	own.source = l->source;
	return sp_drive_take(l->drive, &own, NULL, l->message);
}

static sp_status live_period(loop *l, int64_t t_ns)
{
	const sp_engine *engine = sp_drive_engine(l->drive);
	sp_drive_answer answer;
	sp_status status;

	for (uint32_t i = 0; i < l->setup->n_skus; i++)
		l->prices[i] = sp_engine_price(engine, i, NULL);
	status = sp_market_step(l->market, t_ns, l->prices, take, l);
	if (status == SP_OK)
		status = sp_drive_tick(l->drive, t_ns, &answer, l->message);
	if (status != SP_OK)
		return status;
	if (!sp_story_tick(l->story, engine, &answer))
		return sp_message_set(l->message, SP_E_MEMORY, "out of memory");
	return l->options->look ? l->options->look(l->options->context, l->market, engine, &answer) : SP_OK;
}

static sp_status begin(loop *l, const sp_config *config)
{
	sp_drive_options drive = {.log_path = l->options->log_path, .digest = true};
	sp_status status = sp_market_open(l->setup, &l->options->market, &l->market, l->message);

	if (status == SP_OK)
		status = sp_drive_open(config, &drive, &l->drive, l->message);
	if (status == SP_OK)
		status = sp_drive_source(l->drive, "market", &l->source);
	if (status != SP_OK)
		return status;
	l->story = sp_story_open(l->setup);
	l->prices = calloc(l->setup->n_skus, sizeof *l->prices);
	return l->story && l->prices ? SP_OK : sp_message_set(l->message, SP_E_MEMORY, "out of memory");
}

sp_status sp_loop_run(const sp_config *config, const sp_loop_options *options, sp_loop_result *result,
                      sp_message *message)
{
	loop l = {.options = options, .setup = sp_config_setup(config), .message = message};
	sp_status status = begin(&l, config);

	SP_ASSERT(options->periods > 0);
	*result = (sp_loop_result){0};
	for (int64_t i = 1; i <= options->periods && status == SP_OK; i++)
		status = live_period(&l, options->market.start_ns + i * l.setup->period_ns);
	if (l.market)
		sp_market_total(l.market, &result->money);
	result->story = l.story;
	free(l.prices);
	sp_market_close(l.market);
	sp_drive_close(l.drive);
	return status;
}
