/* scenario.h - what a simulated market is like: parameters by rows, and a table of named settings of them.
 *
 * A setting is KEY=VALUE, for every subject it concerns, or KEY@SUBJECT=VALUE for one. Families have buyers, pools a fleet,
 * lots with usd_per_gpu_h: signal a cost path. A scenario is a list of settings; further ones come after it, the last wins. */
#ifndef SP_SIM_MARKET_SCENARIO_H
#define SP_SIM_MARKET_SCENARIO_H

#include <stddef.h>
#include <stdint.h>

#include "base/money.h"
#include "base/param.h"
#include "controller/engine/setup.h"

/* Who buys from a family, and how they answer to its price. Ratios in ppb. */
typedef struct sp_market_buyers {
	double share;            /* of the pool's load at list price, relative to its other families */
	double elasticity;       /* e of (bill/list)^-e; 0: they buy whatever it costs */
	int64_t response_lag_ns; /* time constant of the bill they feel; 0: the price of the day */
	int64_t delay_periods;   /* until a price reaches them at all */
	int64_t day_swing_ppb, day_peak_ns;
	int64_t growth_ppb; /* a week */
	int64_t step_ppb, step_at_ns;
	double spike;
	int64_t spike_at_ns, spike_rise_ns, spike_for_ns, spike_half_life_ns;
	int64_t drift_noise_ppb, drift_noise_time_ns, white_noise_ppb;
} sp_market_buyers;

/* What a pool's fleet meets. */
typedef struct sp_market_fleet {
	int64_t load_ppb;   /* demand at list price, of the capacity that runs */
	int64_t rented_ppb; /* of the GPUs of on-demand and spot lots, how many run */
} sp_market_fleet;

/* What a GPU-hour costs in a lot whose price comes by signal. */
typedef struct sp_market_gpus {
	sp_money usd_per_gpu_h;
	int64_t step_ppb, step_at_ns;
	int64_t drift_ppb; /* a week */
} sp_market_gpus;

extern const sp_param sp_market_buyer_params[], sp_market_fleet_params[], sp_market_gpu_params[];
extern const size_t sp_market_buyer_n_params, sp_market_fleet_n_params, sp_market_gpu_n_params;

#define SP_SCENARIO_SETTINGS_MAX 16

typedef struct sp_scenario {
	const char *name, *help;
	const char *settings[SP_SCENARIO_SETTINGS_MAX]; /* NULL-terminated */
} sp_scenario;

extern const sp_scenario sp_scenarios[];
extern const size_t sp_scenario_n;

const sp_scenario *sp_scenario_find(const char *name); /* NULL: no such one */

/* A plan: every subject's parameters, in the setup's slots. */
typedef struct sp_market_plan {
	const sp_setup *setup;
	sp_market_buyers *buyers; /* by family */
	sp_market_fleet *fleets;  /* by pool */
	sp_market_gpus *gpus;     /* by lot */
} sp_market_plan;

/* sp_market_plan_open - every parameter at its initial value, then the scenario's settings.
 * fails  SP_E_UNKNOWN no such scenario: the message lists them; SP_E_MEMORY; then the plan is closed */
sp_status sp_market_plan_open(sp_market_plan *plan, const sp_setup *setup, const char *scenario, sp_message *message);
void sp_market_plan_close(sp_market_plan *plan); /* accepts all zero */

/* sp_market_plan_set - applies one setting.
 * fails  SP_E_SYNTAX no KEY=VALUE; SP_E_UNKNOWN key or subject, with the nearest known; what sp_param_parse says of the value */
sp_status sp_market_plan_set(sp_market_plan *plan, const char *setting, sp_message *message);

#endif
