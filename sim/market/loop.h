/* loop.h - the loop closed over a market: the engine's prices are what buyers answer to. */
#ifndef SP_SIM_MARKET_LOOP_H
#define SP_SIM_MARKET_LOOP_H

#include "controller/drive/drive.h"
#include "sim/market/market.h"
#include "sim/replay/story.h"

typedef struct sp_loop_options {
	sp_market_options market;
	int64_t periods;      /* > 0 */
	const char *log_path; /* NULL: none */
	/* After every tick; NULL: nobody looks. Anything but SP_OK ends the run with that status. */
	sp_status (*look)(void *context, const sp_market *market, const sp_engine *engine, const sp_drive_answer *answer);
	void *context;
} sp_loop_options;

typedef struct sp_loop_result {
	sp_story *story; /* the caller's to close; NULL when nothing began */
	sp_market_money money;
} sp_loop_result;

/* sp_loop_run - so many periods: the market lives one at the prices in force, its signals go to the engine, the engine answers.
 * fails  what the market, the drive or `look` says; *result holds what was reached */
sp_status sp_loop_run(const sp_config *config, const sp_loop_options *options, sp_loop_result *result,
                      sp_message *message);

#endif
