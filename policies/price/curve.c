/* curve.c - the margin curve; see curve.h. */
#include "policies/price/curve.h"

#include "base/assert.h"
#include "base/math.h"

#define CURVE_COARSE    4 /* points on either side */
#define CURVE_FINE      8 /* of them to a coarse one */
#define CURVE_STEP      (SP_CURVE_REACH / CURVE_COARSE)
#define CURVE_RATIO     1.0512710963760241 /* exp(SP_CURVE_BIN) */
#define CURVE_NO_MATTER 1e-3               /* an elasticity of less weight moves no price */

/* Is a rented unit worth more than it costs? */
static bool curve_rents(const sp_curve_supply *s, double usd)
{
	double unit_usd = usd - s->variable_usd + s->pool.rejection_usd;
	return s->pool.step > 0 && unit_usd * s->pool.rent_at * s->pool.step > s->pool.usd_per_s;
}

/* Steps that run at a load, as a mean, between whole ones: slope x load + start, 0 to most. */
typedef struct curve_renting {
	double slope, start, most;
} curve_renting;

static curve_renting curve_rent(const sp_curve_supply *s, double usd)
{
	if (!curve_rents(s, usd))
		return (curve_renting){0, 0, 0};
	return (curve_renting){s->peak / s->pool.rent_at / s->pool.step, 0.5 - s->pool.owned / s->pool.step, s->pool.most};
}

static double curve_steps(const curve_renting *r, double load)
{
	double steps = r->slope * load + r->start;
	return steps > 0 ? steps < r->most ? steps : r->most : 0;
}

static double curve_credit(const sp_law_supply *pool, double load, double capacity)
{
	double over = load - pool->credits_from * capacity, width = (pool->credits_full - pool->credits_from) * capacity;
	if (!(over > 0))
		return 0;
	return pool->credit_share * (over < width ? over / width : 1);
}

/* One mean price: whether to rent is settled. */
static double curve_earns(const sp_curve_supply *s, double usd, const curve_renting *renting, double load)
{
	double steps = curve_steps(renting, load);
	double capacity = s->pool.owned + steps * s->pool.step;
	double served = load < capacity ? load : capacity;
	double credit = curve_credit(&s->pool, load, capacity);
	return (usd * (1 - credit) - s->variable_usd) * served - s->pool.rejection_usd * (load - served) -
	       s->pool.usd_per_s * steps;
}

double sp_curve_margin(const sp_curve_supply *supply, double usd, double load)
{
	SP_ASSERT(usd >= 0 && sp_finite(usd) && load >= 0 && sp_finite(load));
	SP_ASSERT(supply->pool.rent_at > 0 && supply->peak >= 1);
	const curve_renting renting = curve_rent(supply, usd);
	return curve_earns(supply, usd, &renting, load);
}

/* Up to this load nothing is rented, turned away or given back, and a unit earns what it earns. */
static double curve_easy(const sp_curve_supply *s)
{
	double rents = s->pool.rent_at / s->peak * (s->pool.owned - 0.5 * s->pool.step);
	double most = s->pool.credits_from < 1 ? s->pool.credits_from * s->pool.owned : s->pool.owned;
	if (s->pool.step > 0 && rents < most)
		most = rents;
	return most;
}

/* One elasticity: all sizes that demand comes in. */
static double curve_mixed(const sp_curve_supply *s, const double errors[SP_CURVE_BINS], double demand, double usd)
{
	double load = demand + s->others, easy = curve_easy(s), sum = 0, plain = 0;
	double mean_usd = load > 0 ? (demand * usd + s->others * s->worth_usd) / load : usd;
	const curve_renting renting = curve_rent(s, mean_usd);
	load *= sp_exp(-0.5 * SP_CURVE_BIN * (SP_CURVE_BINS - 1));
	for (int q = 0; q < SP_CURVE_BINS; q++, load *= CURVE_RATIO) {
		if (load <= easy)
			plain += errors[q] * load;
		else if (errors[q] > 0)
			sum += errors[q] * curve_earns(s, mean_usd, &renting, load);
	}
	return sum + plain * (mean_usd - s->variable_usd);
}

double sp_curve_at(const sp_curve_demand *demand, const sp_curve_supply *supply, double x)
{
	SP_ASSERT(x >= -20 && x <= 20);
	SP_ASSERT(supply->pool.rent_at > 0 && supply->peak >= 1);
	double usd = supply->list_usd * sp_exp(x), sum = 0;
	for (int k = 0; k < SP_CURVE_BANK; k++) {
		if (demand->weight[k] < CURVE_NO_MATTER)
			continue;
		double size = sp_exp(demand->level[k] - demand->elasticity[k] * x);
		sum += demand->weight[k] * curve_mixed(supply, demand->errors, size, usd);
	}
	return sum;
}

/* The best of 2 n + 1 points about `x`; *best is what it earns. Of equals the nearest to x. */
static double curve_search(const sp_curve_demand *demand, const sp_curve_supply *supply, double x, double step, int n,
                           double *best)
{
	double at = x;
	for (int side = -1; side <= 1; side += 2)
		for (int i = 1; i <= n; i++) {
			double y = x + side * i * step, earns = sp_curve_at(demand, supply, y);
			if (earns > *best) {
				*best = earns;
				at = y;
			}
		}
	return at;
}

/* The top of the parabola through three points a step apart, within a step of the middle one. */
static double curve_top(double left, double middle, double right)
{
	double bend = left - 2 * middle + right;
	return bend < 0 ? sp_clamp(0.5 * (left - right) / bend, -0.5, 0.5) : 0;
}

sp_curve_top sp_curve_best(const sp_curve_demand *demand, const sp_curve_supply *supply, double x)
{
	sp_curve_top top = {.x = x, .earned = sp_curve_at(demand, supply, x)};
	double step = CURVE_STEP, left, right;
	top.earns = top.earned;
	top.x = curve_search(demand, supply, x, step, CURVE_COARSE, &top.earns);
	for (int halving = 1; halving < CURVE_FINE; halving *= 2) {
		step /= 2;
		top.x = curve_search(demand, supply, top.x, step, 1, &top.earns);
	}
	left = sp_curve_at(demand, supply, top.x - step);
	right = sp_curve_at(demand, supply, top.x + step);
	top.x = sp_clamp(top.x + step * curve_top(left, top.earns, right), x - SP_CURVE_REACH, x + SP_CURVE_REACH);
	SP_ASSERT(sp_finite(top.x) && top.earns >= top.earned);
	return top;
}
