/* lag.h - how long buyers take to answer a price, and how much they answer when nobody knows how long they take.
 *
 * Elasticities side by side (elasticity.h), each of which takes another lag for true, believed as far as they leave little of
 * demand unexplained:
 *
 *     log w_j = - 0.5 n log s2_j - (log((lag_j + 6 h) / (1 d + 6 h)) / 1)^2 / 2      a day, give or take a factor of 2.7, beforehand
 *     lag     = sum(w lag),  variance sum(w (lag - mean)^2)
 *     e       = sum(w e),    variance sum(w v) + sum(w (e - mean)^2)
 *
 * Like elasticity it asks only moves that demand did not cause. No lag is told while the answer itself may be nothing: the interval of
 * e must lie above 0. */
#ifndef SP_ESTIMATORS_LAG_H
#define SP_ESTIMATORS_LAG_H

#include "estimators/elasticity.h"

#define SP_LAGS 7

/* Plain memory. */
typedef struct sp_lag {
	sp_elasticity bank[SP_LAGS];
} sp_lag;

void sp_lag_init(sp_lag *lag);

/* sp_lag_see, sp_lag_skip - as sp_elasticity_see and sp_elasticity_skip. */
void sp_lag_see(sp_lag *lag, int64_t t_ns, double log_demand, double log_price, double log_moved);
void sp_lag_skip(sp_lag *lag, int64_t t_ns, double log_price, double log_moved);

/* sp_lag_read - how long until 63 % of the answer is there [s]; *out written only when known. */
sp_answer sp_lag_read(const sp_lag *lag, int64_t now_ns, sp_estimate *out);

/* sp_lag_elasticity - e over all lags; *out written only when known. */
sp_answer sp_lag_elasticity(const sp_lag *lag, int64_t now_ns, sp_estimate *out);

#endif
