/* plant.c - see plant.h. Sums in a fixed order, own exp and log: the same bits on every machine. */
#include "sim/market/plant.h"

#include "base/assert.h"
#include "base/math.h"

#define PLANT_PRICE_MAX 1e6

/* --- buyers --- */

/* The price of `delay` ago; the one of now is kept. */
static double plant_see(const sp_world *world, sp_plant *plant, double price)
{
	const uint32_t n = world->delay_periods + 1;

	plant->seen[plant->at] = price;
	plant->at = (plant->at + 1) % n; /* now the oldest */
	return plant->seen[plant->at];
}

static double plant_answer(const sp_world *world, double bill)
{
	return sp_exp(-world->traits.elasticity * sp_log(bill));
}

/* What is asked for; *paid: the mean price that buyers pay. */
static double plant_offer(const sp_world *world, sp_plant *plant, double price, double *paid)
{
	const sp_world_period *period = &world->periods[plant->t];
	const double share = (double)world->traits.contract_ppb * 1e-9;
	const double wanted =
	    period->wanted * period->pull * (plant->rival != 0 ? sp_exp(world->traits.cross * plant->rival) : 1);

	plant->bill += period->shared * (plant_see(world, plant, price) - plant->bill);
	const double open = plant_answer(world, plant->bill);
	*paid = price;
	if (share <= 0)
		return wanted * open;
	plant->contract += world->renewed * (price - plant->contract);
	plant->held += period->shared * (plant->contract - plant->held);
	const double bound = plant_answer(world, plant->held);
	const double all = (1 - share) * open + share * bound;
	*paid = all > 0 ? ((1 - share) * open * price + share * bound * plant->contract) / all : price;
	return wanted * all;
}

static void plant_rival(const sp_world *world, sp_plant *plant, double price)
{
	if (world->traits.reaction > 0)
		plant->rival += world->reacted * (world->traits.reaction * sp_log(price) - plant->rival);
}

/* --- rented steps --- */

/* Steps of a lot that run; those beyond what there is are gone, the newest first. */
static uint32_t steps_run(sp_plant_steps *steps, uint32_t t, uint32_t most)
{
	uint32_t running = 0;

	if (steps->n > most)
		steps->n = most;
	while (running < steps->n && steps->from[running] <= t)
		running++;
	return running;
}

/* Asks for k: more start after the delay; of too many those not started are called off, then the oldest go once their time is over. */
static void steps_ask(sp_plant_steps *steps, const sp_world_rented *lot, uint32_t next, uint32_t k)
{
	const uint32_t delay =
	    lot->start_periods > 0 ? lot->start_periods - 1 : 0; /* the answer to a period is for the next */
	uint32_t gone = 0;

	while (steps->n < k)
		steps->from[steps->n++] = next + delay;
	while (steps->n > k && steps->from[steps->n - 1] > next)
		steps->n--;
	while (steps->n - gone > k && steps->from[gone] + lot->hold_periods <= next)
		gone++;
	steps->n -= gone;
	for (uint32_t i = 0; i < steps->n && gone > 0; i++)
		steps->from[i] = steps->from[i + gone];
}

/* Rounded up, 0 to most. */
static uint32_t steps_wanted(double steps, uint32_t most)
{
	if (!(steps > 0))
		return 0;
	if (steps >= most)
		return most;
	const uint32_t whole = (uint32_t)steps;
	return whole + ((double)whole < steps);
}

/* k = ceil((D / rent_at - R) / step) where a step earns more than it costs, the lots in their order. */
static void plant_rent(const sp_world *world, sp_plant *plant, double offered, double paid, uint32_t next)
{
	const uint32_t t = next < world->n_periods ? next : world->n_periods - 1;
	const sp_world_period *period = &world->periods[t];
	double missing = offered / world->rent_at - period->owned;

	for (uint32_t i = 0; i < world->n_rented; i++) {
		const sp_world_rented *lot = &world->rented[i];
		const double earned = paid * world->list_usd - world->variable_usd + world->rejection_usd;
		const bool worth = earned > period->rate[i] / lot->step / world->rent_at;
		const uint32_t k = worth ? steps_wanted(missing / lot->step, period->most[i]) : 0;
		steps_ask(&plant->steps[i], lot, next, k);
		missing -= (double)k * lot->step;
	}
}

/* --- money --- */

static int64_t plant_nano(double usd)
{
	int64_t nano = 0;
	sp_status status = sp_round_even(sp_clamp(usd * 1e9, -(double)SP_PLANT_NANO_MAX, (double)SP_PLANT_NANO_MAX), &nano);

	SP_ASSERT(status == SP_OK);
	return nano;
}

static double plant_credit(const sp_world *world, double offered, double capacity)
{
	const double rho = capacity > 0 ? offered / capacity : offered > 0 ? world->credits_full : 0;
	const double wide = world->credits_full - world->credits_from;
	const double due = wide > 0 ? sp_clamp((rho - world->credits_from) / wide, 0, 1) : rho > world->credits_from;

	return world->credit_share * due;
}

static void plant_count(const sp_world *world, const sp_world_period *period, sp_plant_flow *flow)
{
	const double seconds = (double)world->period_ns * 1e-9;
	const double units = flow->served * seconds;
	const double revenue = units * world->list_usd * flow->paid;
	sp_plant_money *money = &flow->money;
	double rented = 0;

	for (uint32_t i = 0; i < world->n_rented; i++)
		rented += (double)flow->running[i] * period->rate[i] * seconds;
	money->revenue.nano = plant_nano(revenue);
	money->credits.nano = plant_nano(revenue * plant_credit(world, flow->offered, flow->capacity));
	money->variable.nano = plant_nano(units * world->variable_usd);
	money->rejected.nano = plant_nano((flow->offered - flow->served) * seconds * world->rejection_usd);
	money->rented.nano = plant_nano(rented);
	money->margin.nano =
	    money->revenue.nano - money->credits.nano - money->variable.nano - money->rejected.nano - money->rented.nano;
	money->reserved.nano = period->reserved_nano;
	money->subsidy.nano = period->subsidy_nano;
	money->below.nano = money->margin.nano < 0 ? -money->margin.nano : 0;
}

/* No sum overflows: SP_PLANT_NANO_MAX and SP_WORLD_PERIODS_MAX see to it. */
static void plant_add(sp_plant_money *total, const sp_plant_money *money)
{
	total->revenue.nano += money->revenue.nano;
	total->credits.nano += money->credits.nano;
	total->variable.nano += money->variable.nano;
	total->rejected.nano += money->rejected.nano;
	total->rented.nano += money->rented.nano;
	total->margin.nano += money->margin.nano;
	total->reserved.nano += money->reserved.nano;
	total->subsidy.nano += money->subsidy.nano;
	total->below.nano += money->below.nano;
}

/* --- a life --- */

void sp_plant_init(const sp_world *world, sp_plant *plant)
{
	SP_ASSERT(world != NULL && plant != NULL);
	SP_ASSERT(world->n_periods > 0 && world->delay_periods <= SP_PLANT_DELAY_MAX);
	*plant = (sp_plant){.bill = 1, .contract = 1, .held = 1};
	for (uint32_t i = 0; i <= SP_PLANT_DELAY_MAX; i++)
		plant->seen[i] = 1;
	plant_rent(world, plant, world->periods[0].wanted * world->periods[0].pull, 1, 0);
	for (uint32_t i = 0; i < world->n_rented; i++)
		for (uint32_t k = 0; k < plant->steps[i].n; k++)
			plant->steps[i].from[k] = 0; /* since before */
}

void sp_plant_step(const sp_world *world, sp_plant *plant, double price, sp_plant_flow *out)
{
	sp_plant_flow flow;

	SP_ASSERT(plant->t < world->n_periods);
	SP_ASSERT(price > 0 && price <= PLANT_PRICE_MAX);
	const sp_world_period *period = &world->periods[plant->t];
	flow.offered = plant_offer(world, plant, price, &flow.paid);
	flow.capacity = period->owned;
	for (uint32_t i = 0; i < world->n_rented; i++) {
		flow.running[i] = steps_run(&plant->steps[i], plant->t, period->most[i]);
		flow.capacity += (double)flow.running[i] * world->rented[i].step;
	}
	for (uint32_t i = world->n_rented; i < SP_WORLD_RENTED_MAX; i++)
		flow.running[i] = 0;
	flow.served = flow.offered < flow.capacity ? flow.offered : flow.capacity;
	plant_count(world, period, &flow);
	plant_add(&plant->total, &flow.money);
	plant_rival(world, plant, price);
	plant->t++;
	plant_rent(world, plant, flow.offered, flow.paid, plant->t);
	if (out != NULL)
		*out = flow;
}

sp_money sp_plant_run(const sp_world *world, sp_plant *plant, double price, uint32_t n_periods)
{
	const int64_t before = plant->total.margin.nano;

	SP_ASSERT(world != NULL && plant != NULL);
	for (uint32_t i = 0; i < n_periods && plant->t < world->n_periods; i++)
		sp_plant_step(world, plant, price, NULL);
	return (sp_money){plant->total.margin.nano - before};
}

sp_money sp_plant_path(const sp_world *world, const double *prices, uint32_t n)
{
	sp_plant plant;

	SP_ASSERT(prices != NULL && n > 0);
	sp_plant_init(world, &plant);
	for (uint32_t i = 0; i + 1 < n; i++)
		sp_plant_run(world, &plant, prices[i], world->change_periods);
	sp_plant_run(world, &plant, prices[n - 1], world->n_periods);
	return plant.total.margin;
}
