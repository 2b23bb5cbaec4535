/* traits.c - see traits.h. */
#include "sim/market/traits.h"

#include <string.h>

#include "base/assert.h"
#include "base/ids.h"
#include "base/math.h"
#include "base/rng.h"
#include "sim/market/stream.h"

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))
#define DAYS(n)     ((n)*86400.0)
#define YEAR_S      DAYS(366)

#define AT(field) offsetof(sp_world_traits, field)
const sp_param sp_world_trait_params[] = {
    {"length", SP_PARAM_SPAN, "", AT(length_ns), DAYS(1), DAYS(120), "56d", NULL, "How long prices may move."},
    {"tail", SP_PARAM_SPAN, "", AT(tail_ns), 0, DAYS(30), "3d", NULL,
     "How long the last price then stands, and counts: buyers who have not answered yet do."},
    {"load", SP_PARAM_RATIO, "of owned capacity", AT(load_ppb), 0, 100, "75%", NULL,
     "What is asked for at list price on a mean day."},
    {"elasticity", SP_PARAM_REAL, "", AT(elasticity), 0, 20, "1.5", NULL,
     "How demand answers to the price that buyers feel: a rise of 1% loses this many percent."},
    {"response_lag", SP_PARAM_SPAN, "", AT(response_lag_ns), 0, YEAR_S, "1d", NULL,
     "The time constant with which a price enters the bill that buyers answer to."},
    {"delay", SP_PARAM_SPAN, "", AT(delay_ns), 0, YEAR_S, "0s", NULL,
     "How long until a price reaches buyers at all; at most 15 periods."},
    {"contract", SP_PARAM_RATIO, "of demand", AT(contract_ppb), 0, 1, "0%", NULL,
     "The share of demand under contract: it feels a price when its contract is renewed."},
    {"contract_term", SP_PARAM_SPAN, "", AT(contract_term_ns), 3600, 10 * YEAR_S, "90d", NULL,
     "How long a contract lasts, on average; they are renewed at random, at the price of the day."},
    {"cross", SP_PARAM_REAL, "", AT(cross), -20, 20, "0", NULL,
     "How demand answers to the market price: a rise of 1% brings this many percent."},
    {"cross_lag", SP_PARAM_SPAN, "", AT(cross_lag_ns), 0, YEAR_S, "1d", NULL,
     "The time constant with which buyers learn the market price."},
    {"fast_noise", SP_PARAM_RATIO, "of demand", AT(fast_noise_ppb), 0, 3, "5%", NULL,
     "Standard deviation of quick chance in demand's logarithm."},
    {"fast_time", SP_PARAM_SPAN, "", AT(fast_time_ns), 1, YEAR_S, "3h", NULL, "Time constant of the quick chance."},
    {"slow_noise", SP_PARAM_RATIO, "of demand", AT(slow_noise_ppb), 0, 3, "8%", NULL,
     "Standard deviation of slow chance in demand's logarithm."},
    {"slow_time", SP_PARAM_SPAN, "", AT(slow_time_ns), 1, YEAR_S, "3d", NULL, "Time constant of the slow chance."},
    {"white_noise", SP_PARAM_RATIO, "of demand", AT(white_noise_ppb), 0, 3, "3%", NULL,
     "Standard deviation of chance in demand's logarithm that is new in every period."},
    {"growth_per_week", SP_PARAM_RATIO, "of demand", AT(growth_ppb), -0.99, 10, "0%", NULL,
     "How much demand grows in a week, compounding."},
    {"step", SP_PARAM_RATIO, "of demand", AT(step_ppb), -1, 100, "0%", NULL, "A lasting change of demand."},
    {"step_at", SP_PARAM_SPAN, "after the start", AT(step_at_ns), 0, YEAR_S, "0s", NULL, "When demand steps."},
    {"leave", SP_PARAM_RATIO, "of demand", AT(leave_ppb), 0, 1, "0%", NULL, "A customer who goes, for good."},
    {"leave_at", SP_PARAM_SPAN, "after the start", AT(leave_at_ns), 0, YEAR_S, "0s", NULL, "When that customer goes."},
    {"spike", SP_PARAM_REAL, "times demand", AT(spike), 0, 1000, "1", NULL,
     "A crowd that comes and goes: what demand is multiplied by while it is there."},
    {"spike_at", SP_PARAM_SPAN, "after the start", AT(spike_at_ns), 0, YEAR_S, "0s", NULL,
     "When the crowd begins to come."},
    {"spike_rise", SP_PARAM_SPAN, "", AT(spike_rise_ns), 0, YEAR_S, "1h", NULL, "How long the crowd takes to come."},
    {"spike_for", SP_PARAM_SPAN, "", AT(spike_for_ns), 0, YEAR_S, "12h", NULL, "How long all of it stays."},
    {"spike_half_life", SP_PARAM_SPAN, "", AT(spike_half_life_ns), 1, YEAR_S, "12h", NULL,
     "The time in which half of those who are left leave."},
    {"gpu_usd_per_h", SP_PARAM_MONEY, "USD per GPU and hour", AT(gpu_usd_per_h), 0.0001, 10000, "2.50", NULL,
     "What a GPU costs at the start, in lots whose price comes by signal."},
    {"spot_usd_per_h", SP_PARAM_MONEY, "USD per GPU and hour", AT(spot_usd_per_h), 0.0001, 10000, "1.50", NULL,
     "The same of spot lots."},
    {"gpu_step", SP_PARAM_RATIO, "of the cost", AT(gpu_step_ppb), -0.99, 10, "0%", NULL,
     "A lasting change of what GPUs cost."},
    {"gpu_step_at", SP_PARAM_SPAN, "after the start", AT(gpu_step_at_ns), 0, YEAR_S, "0s", NULL,
     "When that cost steps."},
    {"gpu_drift_per_week", SP_PARAM_RATIO, "of the cost", AT(gpu_drift_ppb), -0.99, 10, "0%", NULL,
     "How much that cost drifts in a week, compounding."},
    {"interruptions", SP_PARAM_REAL, "a week", AT(interruptions), 0, 1000, "0", NULL,
     "How often all spot capacity is taken back."},
    {"interrupted_for", SP_PARAM_SPAN, "", AT(interrupted_for_ns), 1, YEAR_S, "6h", NULL,
     "How long it then stays away, on average."},
    {"incidents", SP_PARAM_REAL, "a week", AT(incidents), 0, 1000, "0", NULL,
     "How often a part of owned capacity is lost."},
    {"incident_for", SP_PARAM_SPAN, "", AT(incident_for_ns), 1, YEAR_S, "3h", NULL,
     "How long an incident lasts, on average."},
    {"incident_share", SP_PARAM_RATIO, "of owned capacity", AT(incident_ppb), 0, 1, "30%", NULL,
     "What an incident takes."},
    {"market_noise", SP_PARAM_RATIO, "of the market price", AT(market_noise_ppb), 0, 3, "0%", NULL,
     "Standard deviation of the market price's logarithm around its level."},
    {"market_time", SP_PARAM_SPAN, "", AT(market_time_ns), 1, YEAR_S, "7d", NULL,
     "The time constant with which the market price comes back to its level."},
    {"market_step", SP_PARAM_RATIO, "of the market price", AT(market_step_ppb), -0.99, 10, "0%", NULL,
     "A lasting change of the market price."},
    {"market_step_at", SP_PARAM_SPAN, "after the start", AT(market_step_at_ns), 0, YEAR_S, "0s", NULL,
     "When the market price steps."},
    {"reaction", SP_PARAM_REAL, "of our move", AT(reaction), 0, 2, "0", NULL,
     "A rival who sets the market price: how much of our move it follows."},
    {"reaction_lag", SP_PARAM_SPAN, "", AT(reaction_lag_ns), 0, YEAR_S, "2d", NULL,
     "The time constant with which it follows."},
};
#undef AT
const size_t sp_world_trait_n_params = ROWS(sp_world_trait_params);

static const sp_param *trait_nearest(const char *key, size_t n)
{
	const sp_param *near = NULL;
	unsigned least = 4;

	for (size_t i = 0; i < sp_world_trait_n_params && n <= 64; i++) {
		const char *known = sp_world_trait_params[i].key;
		unsigned distance = sp_text_distance(known, strlen(known), key, n, 3);
		if (distance < least) {
			least = distance;
			near = &sp_world_trait_params[i];
		}
	}
	return near;
}

/* What is drawn is rounded, so that a person can read it and type it again: to a minute, 0.01 %, a cent, 0.0001. */
#define TRAIT_REAL_GRAINS 1e4 /* in 1 */

static double trait_grain(sp_param_type type)
{
	return type == SP_PARAM_SPAN ? 60e9 : type == SP_PARAM_RATIO ? 1e5 : 1e7;
}

static double trait_round(const sp_param *row, double x, double low, double high)
{
	const bool real = row->type == SP_PARAM_REAL;
	const double grain = real ? 1 : trait_grain(row->type);
	int64_t grains;
	sp_status status = sp_round_even(real ? x * TRAIT_REAL_GRAINS : x / grain, &grains);

	SP_ASSERT(status == SP_OK); /* between what a row permits */
	return sp_clamp(real ? (double)grains / TRAIT_REAL_GRAINS : (double)grains * grain, low, high);
}

/* In between, by u in [0, 1). A ratio of prices is drawn evenly in its logarithm, everything else as it stands. */
static double trait_between(const sp_param *row, double low, double high, double u)
{
	bool is_ratio = row->offset == offsetof(sp_world_traits, elasticity) && low > 0;
	double x = is_ratio ? low * sp_exp(u * sp_log(high / low)) : low + u * (high - low);

	return trait_round(row, x, low, high);
}

static sp_status trait_draw(const sp_param *row, const sp_world_traits ends[2], double u, sp_world_traits *traits)
{
	const char *low = (const char *)&ends[0] + row->offset, *high = (const char *)&ends[1] + row->offset;
	char *field = (char *)traits + row->offset;
	double real[2];
	int64_t whole[2], drawn;

	if (row->type == SP_PARAM_REAL) {
		memcpy(&real[0], low, sizeof real[0]);
		memcpy(&real[1], high, sizeof real[1]);
		if (real[0] > real[1])
			return SP_E_RANGE;
		double x = trait_between(row, real[0], real[1], u);
		memcpy(field, &x, sizeof x);
		return SP_OK;
	}
	memcpy(&whole[0], low, sizeof whole[0]); /* spans, ratios and money are an int64 each */
	memcpy(&whole[1], high, sizeof whole[1]);
	if (whole[0] > whole[1])
		return SP_E_RANGE;
	sp_status status = sp_round_even(trait_between(row, (double)whole[0], (double)whole[1], u), &drawn);
	SP_ASSERT(status == SP_OK); /* between two int64 that a row permits */
	memcpy(field, &drawn, sizeof drawn);
	return SP_OK;
}

static sp_status trait_range(const sp_param *row, const char *value, const char *dots, uint64_t seed,
                             sp_world_traits *traits, sp_message *what)
{
	sp_world_traits ends[2] = {*traits, *traits};
	sp_world_traits drawn = *traits;
	sp_rng rng = sp_stream(seed, row->key);
	sp_status status = sp_param_parse(row, value, (size_t)(dots - value), &ends[0], what);

	if (status == SP_OK)
		status = sp_param_parse(row, dots + 2, strlen(dots + 2), &ends[1], what);
	if (status != SP_OK)
		return status;
	if (trait_draw(row, ends, sp_rng_uniform(&rng), &drawn) != SP_OK)
		return sp_message_set(what, SP_E_RANGE, "the low end of '%s' is above the high one", value);
	*traits = drawn;
	return SP_OK;
}

sp_status sp_world_trait_set(sp_world_traits *traits, const char *key, size_t n_key, const char *value, uint64_t seed,
                             sp_message *message)
{
	const sp_param *row = sp_param_find(sp_world_trait_params, sp_world_trait_n_params, key, n_key);
	sp_message what = {""};

	SP_ASSERT(traits != NULL && value != NULL);
	if (row == NULL) {
		const sp_param *near = trait_nearest(key, n_key);
		return sp_message_set(message, SP_E_UNKNOWN, "world: no trait '%.*s'%s%s%s", (int)(n_key < 64 ? n_key : 64),
		                      key, near ? "; did you mean '" : "", near ? near->key : "", near ? "'?" : "");
	}
	const char *dots = strstr(value, "..");
	sp_status status = dots != NULL ? trait_range(row, value, dots, seed, traits, &what)
	                                : sp_param_parse(row, value, strlen(value), traits, &what);
	return status == SP_OK ? SP_OK : sp_message_set(message, status, "world: %s: %s", row->key, what.text);
}
