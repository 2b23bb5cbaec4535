/* curve.h - what a price is expected to earn: the margin curve of one family, and the best price on it.
 *
 * A price is weighed by what is left of it when buyers have answered: demand comes in many sizes (the errors that forecasts made),
 * buyers may be of many elasticities, and capacity ends. What reserved capacity costs is sunk and in no price's favour.
 *
 * Families that share a pool share its capacity: others' load is taken as given, its units are worth what ours sell for at present, and
 * its bursts come with ours. So a unit that displaces another one earns only the difference. */
#ifndef SP_POLICIES_PRICE_CURVE_H
#define SP_POLICIES_PRICE_CURVE_H

#include "policies/price/law.h"

#define SP_CURVE_BANK 9  /* elasticities weighed at once */
#define SP_CURVE_BINS 60 /* of forecast errors */
#define SP_CURVE_BIN  0.05

/* What is expected of demand at list price, for each elasticity that buyers may have. */
typedef struct sp_curve_demand {
	double elasticity[SP_CURVE_BANK], weight[SP_CURVE_BANK]; /* weights sum to 1; 0: ruled out */
	double level[SP_CURVE_BANK];                             /* log of [resource units/s] */
	double errors
	    [SP_CURVE_BINS]; /* how often demand was so far from its forecast: weights that sum to 1, bins of the log-ratio about 0 */
} sp_curve_demand;

/* What a unit costs and what can be sold. */
typedef struct sp_curve_supply {
	double list_usd, variable_usd; /* [USD/resource unit] */
	double worth_usd;              /* of others' units */
	double others;                 /* load of the pool's other families at their level [resource units/s] */
	double peak;                   /* capacity is rented for so many times the load: it follows peaks [1] */
	sp_law_supply pool;
} sp_curve_supply;

/* sp_curve_margin - what a pool earns in a second at a mean price and an offered load.
 *
 *     steps  = 0 unless p - v + reject > usd per rented unit / rent_at, else clip((d peak / rent_at - owned) / step + 1/2, 0, most)
 *     C      = owned + steps step;  served = min(d, C)
 *     credit = credit_share clip((d/C - from) / (full - from), 0, 1)
 *     margin = p served (1 - credit) - v served - reject (d - served) - usd_per_s steps
 *
 * in     usd, load >= 0 and finite */
double sp_curve_margin(const sp_curve_supply *supply, double usd, double load);

/* sp_curve_at - J: the margin expected at a price [USD/s], others' included; x is the log index, |x| <= 20. */
double sp_curve_at(const sp_curve_demand *demand, const sp_curve_supply *supply, double x);

typedef struct sp_curve_top {
	double x;             /* log index */
	double earns, earned; /* at the top, and where the search began [USD/s] */
} sp_curve_top;

/* sp_curve_best - the best price within SP_CURVE_REACH of the log index x: one that earns at least what x does.
 *
 * A coarse grid finds the hump, halving steps its top, a parabola what lies between.
 * cost   17 times sp_curve_at, which is O(bank x bins); allocates: no */
#define SP_CURVE_REACH 0.0976
sp_curve_top sp_curve_best(const sp_curve_demand *demand, const sp_curve_supply *supply, double x);

#endif
