/* pool.c - pools and their supply lots. */
#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "base/time.h"
#include "controller/config/complaint.h"
#include "controller/config/reading.h"
#include "controller/economics/headroom.h"

/* --- lots --- */

void sp_lot_resolve(sp_spot spot, sp_lot_setup *lot, sp_spot from[SP_ROWS_MAX])
{
	sp_rows rows = sp_shape_rows(&sp_shape_lot);
	sp_spot price = sp_spot_find(spot, sp_lot_price.key);
	size_t n;

	sp_params_init(rows.list, rows.n, lot);
	sp_rows_bind(&rows, spot, lot, from);
	lot->by_signal = strcmp(sp_spot_text(price, &n), "signal") == 0;
	lot->usd_per_gpu_h = (sp_money){0};
	if (!lot->by_signal && sp_spot_there(price))
		sp_row_read(&sp_lot_price, price, lot);
}

/* A lot of none, one that is over, may keep its step. */
static void lot_check(const sp_lot_setup *lot, sp_spot spot)
{
	sp_spot step = sp_spot_find(spot, "step_gpus");

	if (sp_spot_there(step) && lot->gpus > 0 && lot->step_gpus > lot->gpus)
		sp_say(step, "a step of %lld GPUs is larger than the lot of %lld: write at most that many",
		       (long long)lot->step_gpus, (long long)lot->gpus);
}

static void lot_read(sp_config *config, sp_pool_setup *pool, sp_spot spot)
{
	char name[2 * SP_ID_MAX + 2];
	sp_lot_setup *lot = &config->lots[config->setup.n_lots];
	sp_spot from[SP_ROWS_MAX] = {{NULL, 0}};
	size_t n;
	const char *id = sp_spot_text(sp_spot_find(spot, "id"), &n);
	sp_subject subject = {SP_SUBJECT_LOT, config->setup.n_lots};

	if (sp_id_check(id, n) != SP_OK)
		return;
	snprintf(name, sizeof(name), "%s:%s", pool->id, id);
	if (!sp_subject_claim(config, subject, name, (sp_place){spot, 0, 0}, "id", &lot->subject))
		return;
	sp_lot_resolve(spot, lot, from);
	lot_check(lot, spot);
	lot->id = id;
	lot->pool = (uint32_t)(pool - config->pools);
	pool->n_lots++;
	config->setup.n_lots++;
}

/* --- clocks --- */

static void clocks_apply(sp_spot clocks, sp_pool_setup *pool, sp_pool_origins *origins)
{
	sp_rows rows = sp_shape_rows(&sp_shape_clock);
	size_t feed = 0;
	sp_row_match match = sp_rows_find(&rows, "", "feed", 4, &feed);

	SP_ASSERT(match == SP_ROW_EXACT);
	for (size_t i = 0; i < SP_CLOCKS; i++) {
		sp_spot clock = sp_spot_find(clocks, sp_clock_name((sp_clock)i));
		if (sp_spot_is_map(clock))
			sp_rows_bind(&rows, clock, &pool->clocks[i], origins->clocks[i]);
		else if (sp_spot_is_text(clock) && sp_row_read(&rows.list[feed], clock, &pool->clocks[i]))
			origins->clocks[i][feed] = clock;
	}
}

static void clocks_resolve(const sp_config *config, sp_spot spot, sp_pool_setup *pool, sp_pool_origins *origins)
{
	sp_rows rows = sp_shape_rows(&sp_shape_clock);

	for (size_t i = 0; i < SP_CLOCKS; i++)
		sp_params_init(rows.list, rows.n, &pool->clocks[i]);
	clocks_apply(sp_spot_find(sp_config_root(config), "clocks"), pool, origins);
	clocks_apply(sp_spot_find(spot, "clocks"), pool, origins);
}

/* --- estimators --- */

static void estimator_resolve(const sp_config *config, sp_spot pool, const char *key, sp_choice *choice,
                              sp_estimator_setup *estimator)
{
	sp_spot layers[] = {sp_config_builtin(config), sp_config_root(config), pool};
	size_t n;

	*choice = (sp_choice){.kind = SP_METHOD_ESTIMATOR, .params = estimator->params};
	for (size_t i = 0; i < sizeof(layers) / sizeof(layers[0]); i++)
		sp_choice_apply(choice, sp_spot_find(sp_spot_find(layers[i], "estimators"), key));
	sp_choice_finish(choice, sp_spot_text(sp_spot_find(pool, "id"), &n));
	estimator->ops = choice->method.estimator;
}

/* --- headroom --- */

#define HEADROOM_MOST_PPB 900000000
#define HEADROOM_GRAIN \
	100000 /* [ppb] it is rounded up to a hundredth of a percent: shown, and no less than is needed */

static void headroom_compute(sp_spot slo, sp_pool_setup *pool)
{
	const sp_slo_setup *target = &pool->slo;
	sp_queue queue = {(uint32_t)target->places, (double)target->service_ns / (double)SP_SEC,
	                  (double)target->wait_ns / (double)SP_SEC, (double)target->late_ppb / (double)SP_NANO,
	                  target->variability};
	double headroom;
	sp_answer answer = sp_headroom_of_queue(&queue, &headroom);
	int64_t grains = answer.knowledge == SP_KNOWN ? (int64_t)(headroom * (double)SP_NANO / HEADROOM_GRAIN) + 1 : 0;

	if (answer.knowledge != SP_KNOWN)
		sp_say(slo, "%s: allow a longer wait or more that are late, or more places", answer.reason);
	else if (grains * HEADROOM_GRAIN > HEADROOM_MOST_PPB)
		sp_say(slo, "would keep %.4g%% of the pool free, and at most 90%% can be: allow a longer wait, or more places",
		       headroom * 100);
	else
		pool->slo_headroom_ppb = grains * HEADROOM_GRAIN;
}

/* What is given holds; else it follows from the target, if there is one. */
static void headroom_resolve(sp_spot spot, sp_pool_setup *pool, sp_pool_origins *origins)
{
	sp_spot slo = sp_spot_find(spot, "slo");

	if (!sp_spot_is_map(slo))
		return;
	if (pool->slo.places == SP_PARAM_NONE || pool->slo.service_ns == SP_PARAM_NONE) {
		if (pool->slo.places != pool->slo.service_ns)
			sp_say(slo,
			       "a target needs both places and service, such as {places: 640, service: 8s, wait: 1s, late: 1%%}");
		return;
	}
	if (sp_spot_there(sp_spot_find(spot, "slo_headroom")))
		return;
	origins->headroom = slo;
	headroom_compute(slo, pool);
}

/* --- pools --- */

/* Both ends of what was measured around the value, or neither. */
static void pool_check(const sp_pool_setup *pool, sp_spot spot)
{
	bool low = pool->units_per_gpu_s_low > 0, high = pool->units_per_gpu_s_high > 0;

	if (low == high && (!low || (pool->units_per_gpu_s_low <= pool->units_per_gpu_s &&
	                             pool->units_per_gpu_s <= pool->units_per_gpu_s_high)))
		return;
	sp_say(sp_spot_find(spot, high ? "units_per_gpu_s_high" : "units_per_gpu_s_low"),
	       "units_per_gpu_s of %g is not between %g and %g: write both ends as calibrate gives them, or neither",
	       pool->units_per_gpu_s, pool->units_per_gpu_s_low, pool->units_per_gpu_s_high);
}

/* Credits rise from the one share of capacity to the other: the greater of them comes second. */
static void overload_check(const sp_pool_setup *pool, sp_spot spot)
{
	const sp_overload_setup *overload = &pool->overload;
	sp_spot given = sp_spot_find(spot, "overload");
	sp_spot at = sp_spot_find(given, "credits_from");

	if (overload->credits_from_ppb <= overload->credits_full_ppb)
		return;
	sp_say(
	    sp_spot_there(at) ? at : sp_spot_find(given, "credits_full"),
	    "credits would begin at %.4g%% of capacity and be owed in full at %.4g%%: write credits_from no greater than "
	    "credits_full",
	    (double)overload->credits_from_ppb * 100 / (double)SP_NANO,
	    (double)overload->credits_full_ppb * 100 / (double)SP_NANO);
}

void sp_pool_resolve(const sp_config *config, sp_spot spot, sp_pool_setup *pool, sp_pool_origins *origins)
{
	sp_rows rows = sp_shape_rows(&sp_shape_pool);

	SP_ASSERT(sp_spot_is_map(spot));
	*origins = (sp_pool_origins){0};
	sp_params_init(rows.list, rows.n, pool);
	sp_rows_bind(&rows, spot, pool, origins->rows);
	headroom_resolve(spot, pool, origins);
	clocks_resolve(config, spot, pool, origins);
	estimator_resolve(config, spot, "load", &origins->load, &pool->load);
	estimator_resolve(config, spot, "cost", &origins->cost, &pool->cost);
}

static void pool_read(sp_config *config, sp_spot spot)
{
	sp_pool_setup *pool = &config->pools[config->setup.n_pools];
	sp_spot supply = sp_spot_find(spot, "supply");
	sp_pool_origins origins;
	size_t n;
	const char *id = sp_spot_text(sp_spot_find(spot, "id"), &n);
	sp_subject subject = {SP_SUBJECT_POOL, config->setup.n_pools};

	if (sp_id_check(id, n) != SP_OK ||
	    !sp_subject_claim(config, subject, id, (sp_place){spot, 0, 0}, "id", &pool->subject)) {
		config->pools_whole = false;
		return;
	}
	config->setup.n_pools++;
	pool->id = sp_ids_name(config->names, pool->subject);
	sp_pool_resolve(config, spot, pool, &origins);
	pool_check(pool, spot);
	overload_check(pool, spot);
	pool->first_lot = config->setup.n_lots;
	for (size_t i = 0; sp_spot_is_list(supply) && i < sp_spot_count(supply); i++)
		lot_read(config, pool, sp_spot_item(supply, i));
	if (sp_spot_is_list(supply) && sp_spot_count(supply) == 0)
		sp_say(supply,
		       "no supply lot: give at least one, such as - {id: base, term: owned, gpus: 8, usd_per_gpu_h: \"2.10\"}");
}

void sp_pools_read(sp_config *config)
{
	sp_spot pools = sp_spot_find(sp_config_root(config), "pools");

	config->pools_whole = sp_spot_is_list(pools);
	if (!config->pools_whole)
		return;
	if (sp_spot_count(pools) == 0)
		sp_say(pools, "no pool: give at least one, with id, units_per_gpu_s and supply");
	for (size_t i = 0; i < sp_spot_count(pools); i++)
		pool_read(config, sp_spot_item(pools, i));
}
