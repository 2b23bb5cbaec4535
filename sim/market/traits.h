/* traits.h - what a world is like: parameters by rows. Each may be given as one value or as a range LOW..HIGH that the seed draws from,
 * evenly; the elasticity evenly in its logarithm. Times are after the start, ratios in ppb. */
#ifndef SP_SIM_MARKET_TRAITS_H
#define SP_SIM_MARKET_TRAITS_H

#include <stddef.h>
#include <stdint.h>

#include "base/money.h"
#include "base/param.h"

typedef struct sp_world_traits {
	int64_t length_ns, tail_ns; /* priced; then frozen, and counted */
	int64_t load_ppb;           /* of owned capacity, at list price on a mean day */
	/* buyers */
	double elasticity;
	int64_t response_lag_ns, delay_ns;
	int64_t contract_ppb, contract_term_ns; /* share of demand under contract; how long one lasts, on average */
	double cross;                           /* x of the market price */
	int64_t cross_lag_ns;
	/* chance, standard deviations in the logarithm */
	int64_t fast_noise_ppb, fast_time_ns, slow_noise_ppb, slow_time_ns, white_noise_ppb;
	/* events of demand */
	int64_t growth_ppb; /* a week */
	int64_t step_ppb, step_at_ns;
	int64_t leave_ppb, leave_at_ns; /* a customer goes: a share of demand, for good */
	double spike;
	int64_t spike_at_ns, spike_rise_ns, spike_for_ns, spike_half_life_ns;
	/* supply */
	sp_money gpu_usd_per_h, spot_usd_per_h;              /* at the start, of lots whose price comes by signal */
	int64_t gpu_step_ppb, gpu_step_at_ns, gpu_drift_ppb; /* drift a week */
	double interruptions;                                /* of spot, a week */
	int64_t interrupted_for_ns;                          /* on average */
	double incidents;                                    /* a week */
	int64_t incident_for_ns, incident_ppb;               /* on average; share of owned capacity that is gone */
	/* others' prices */
	int64_t market_noise_ppb, market_time_ns; /* AR(1) of y */
	int64_t market_step_ppb, market_step_at_ns;
	double reaction; /* of a rival: so much of our move it follows */
	int64_t reaction_lag_ns;
} sp_world_traits;

extern const sp_param sp_world_trait_params[];
extern const size_t sp_world_trait_n_params;

/* sp_world_trait_set - one trait from text, a value or a range; a range is drawn from the seed and the key alone.
 * fails  SP_E_UNKNOWN key, with the nearest known; what sp_param_parse says of the value; SP_E_RANGE low above high */
sp_status sp_world_trait_set(sp_world_traits *traits, const char *key, size_t n_key, const char *value, uint64_t seed,
                             sp_message *message);

#endif
