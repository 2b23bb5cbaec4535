/* foresight.c - see foresight.h. Fixed order of sums, own exp and log: the same plan on every machine. */
#include "sim/score/foresight.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/math.h"
#include "sim/market/stream.h"

#define BILLS SP_FORESIGHT_BILLS
#define REACH 2 /* half steps in one change */

/* What a change period is worth when buyers feel a bill. */
typedef struct stage {
	double sales[BILLS]; /* [USD] at list price, less credits */
	double costs[BILLS]; /* [USD] */
	double kept;         /* of the bill, over the period */
} stage;

typedef struct foresight {
	const sp_world *world;
	const sp_path_rails *rails;
	uint32_t n_stages; /* those after rails->n are the tail */
	int low;           /* half steps of the lowest price */
	uint32_t n_prices;
	double bill_low, bill_wide; /* log of the first bill of the grid, and from one to the next */
	stage *stages;
	double *worth;  /* [n_stages + 1][n_prices][BILLS]: from a stage on, at its price, from a bill before it */
	double *prices; /* [n_prices] */
	sp_plant *states, *tried; /* [rails->n + 1]: before each change; of the path, and of a move of it */
	double *path, *other;     /* [rails->n] */
	int64_t margin;
} foresight;

/* --- the grid --- */

static double foresight_bill(const foresight *f, uint32_t j)
{
	return f->bill_low + j * f->bill_wide;
}

/* The value at a bill between two of the grid. */
static double between(const double *values, double at)
{
	const double x = sp_clamp(at, 0, BILLS - 1);
	const uint32_t j = x < BILLS - 2 ? (uint32_t)x : BILLS - 2;

	return values[j] + (x - j) * (values[j + 1] - values[j]);
}

static double foresight_at(const foresight *f, double bill)
{
	return (sp_log(bill) - f->bill_low) / f->bill_wide;
}

static double *foresight_row(const foresight *f, uint32_t k, uint32_t i)
{
	return &f->worth[((size_t)k * f->n_prices + i) * BILLS];
}

/* --- what a stage is worth --- */

/* A life at one price that everybody has known for long. */
static void foresight_live(foresight *f, uint32_t j)
{
	const double log_price = foresight_bill(f, j), price = sp_exp(log_price);
	sp_plant plant;
	sp_plant_flow flow;

	sp_plant_init(f->world, &plant);
	plant.bill = plant.contract = plant.held = price;
	plant.rival = f->world->traits.reaction * log_price;
	for (uint32_t i = 0; i <= SP_PLANT_DELAY_MAX; i++)
		plant.seen[i] = price;
	while (plant.t < f->world->n_periods) {
		stage *s = &f->stages[plant.t / f->world->change_periods];
		sp_plant_step(f->world, &plant, price, &flow);
		const sp_plant_money *money = &flow.money;
		s->sales[j] += (double)(money->revenue.nano - money->credits.nano) * 1e-9 / price;
		s->costs[j] += (double)(money->variable.nano + money->rejected.nano + money->rented.nano) * 1e-9;
	}
}

static void foresight_lay_out(foresight *f)
{
	const sp_world *world = f->world;

	for (uint32_t k = 0; k < f->n_stages; k++)
		f->stages[k].kept = 1;
	for (uint32_t t = 0; t < world->n_periods; t++)
		f->stages[t / world->change_periods].kept *= 1 - world->periods[t].shared;
	for (uint32_t i = 0; i < f->n_prices; i++)
		f->prices[i] = sp_exp((f->low + (int)i) * f->rails->half);
	for (uint32_t j = 0; j < BILLS; j++)
		foresight_live(f, j);
}

/* --- backward --- */

/* The best that can follow a stage, by the price it had: reached at most REACH away, later not at all. */
static double foresight_follow(const foresight *f, uint32_t k, uint32_t i, double at)
{
	const uint32_t most = k >= f->rails->n ? i : k < f->rails->notice ? i : i + REACH;
	const uint32_t least = k >= f->rails->n ? i : i > REACH ? i - REACH : 0;
	double best = between(foresight_row(f, k, i), at);

	for (uint32_t next = least; next <= most && next < f->n_prices; next++) {
		const double worth = between(foresight_row(f, k, next), at);
		best = worth > best ? worth : best;
	}
	return best;
}

/* The best that can follow a stage at every bill of the grid: what the one before reads between. */
static void foresight_best(const foresight *f, uint32_t k, uint32_t i, double *best)
{
	for (uint32_t j = 0; j < BILLS; j++)
		best[j] = k < f->n_stages ? foresight_follow(f, k, i, j) : 0;
}

static void foresight_stage(const foresight *f, uint32_t k, uint32_t i, const double *bills)
{
	const stage *s = &f->stages[k];
	double *row = foresight_row(f, k, i), best[BILLS];

	foresight_best(f, k + 1, i, best);
	for (uint32_t j = 0; j < BILLS; j++) {
		const double after = s->kept * bills[j] + (1 - s->kept) * f->prices[i];
		const double felt = foresight_at(f, (bills[j] + after) / 2);
		row[j] =
		    f->prices[i] * between(s->sales, felt) - between(s->costs, felt) + between(best, foresight_at(f, after));
	}
}

static void foresight_plan(foresight *f)
{
	double bills[BILLS];

	for (uint32_t j = 0; j < BILLS; j++)
		bills[j] = sp_exp(foresight_bill(f, j));
	for (uint32_t k = f->n_stages; k-- > 0;)
		for (uint32_t i = 0; i < f->n_prices; i++)
			foresight_stage(f, k, i, bills);
}

/* --- forward, on the exact plant --- */

static uint32_t foresight_choose(const foresight *f, uint32_t k, uint32_t i, double at)
{
	const uint32_t most = k < f->rails->notice ? i : i + REACH;
	uint32_t best = i;

	for (uint32_t next = i > REACH ? i - REACH : 0; next <= most && next < f->n_prices; next++)
		if (between(foresight_row(f, k, next), at) > between(foresight_row(f, k, best), at))
			best = next;
	return best;
}

static void foresight_walk(foresight *f, double *path)
{
	uint32_t i = (uint32_t)-f->low; /* list */
	sp_plant plant;

	sp_plant_init(f->world, &plant);
	for (uint32_t k = 0; k < f->rails->n; k++) {
		i = foresight_choose(f, k, i, foresight_at(f, plant.bill));
		path[k] = (f->low + (int)i) * f->rails->half;
		sp_plant_run(f->world, &plant, f->prices[i], f->world->change_periods);
	}
}

/* --- moves --- */

/* Lives `path` from a change on, given the states before it; returns its margin and keeps the states. */
static int64_t foresight_relive(const foresight *f, const double *path, uint32_t from, sp_plant *states)
{
	for (uint32_t k = from; k < f->rails->n; k++) {
		states[k + 1] = states[k];
		sp_plant_run(f->world, &states[k + 1], sp_exp(path[k]),
		             k + 1 < f->rails->n ? f->world->change_periods : f->world->n_periods);
	}
	return states[f->rails->n].total.margin.nano;
}

static bool foresight_take(foresight *f, const double *path)
{
	uint32_t from = 0;

	while (from < f->rails->n && path[from] == f->path[from])
		from++;
	if (from == f->rails->n)
		return false;
	f->tried[from] = f->states[from];
	const int64_t margin = foresight_relive(f, path, from, f->tried);
	if (margin <= f->margin)
		return false;
	f->margin = margin;
	memcpy(f->path, path, f->rails->n * sizeof *path);
	memcpy(&f->states[from + 1], &f->tried[from + 1], (f->rails->n - from) * sizeof *f->states);
	return true;
}

/* A block of any length, short ones as often as long ones, up or down by an eighth to two half steps. */
static void foresight_move(foresight *f, sp_rng *rng)
{
	const uint32_t n = f->rails->n;
	const uint32_t at = (uint32_t)sp_rng_below(rng, n);
	const uint32_t length = (uint32_t)sp_exp(sp_rng_uniform(rng) * sp_log((double)n));
	const double size = f->rails->half * sp_exp((sp_rng_uniform(rng) * 4 - 3) * SP_LN2);
	const double shift = sp_rng_below(rng, 2) ? size : -size;

	for (int way = 0; way < 2; way++) { /* the other way where the first did not gain */
		memcpy(f->other, f->path, n * sizeof *f->other);
		for (uint32_t k = at; k < n && k - at < length; k++)
			f->other[k] += way == 0 ? shift : -shift;
		sp_path_mend(f->rails, f->other);
		if (foresight_take(f, f->other))
			return;
	}
}

static void foresight_improve(foresight *f, uint32_t moves)
{
	sp_rng rng = sp_stream(f->world->draws, "clairvoyant");

	for (uint32_t i = 0; i < moves; i += 2)
		foresight_move(f, &rng);
}

/* --- open --- */

static bool foresight_open(foresight *f)
{
	const sp_path_rails *rails = f->rails;

	f->n_stages = (f->world->n_periods + f->world->change_periods - 1) / f->world->change_periods;
	f->low = -(int)(-rails->low / rails->half);
	f->n_prices = (uint32_t)((int)(rails->high / rails->half) - f->low) + 1;
	f->bill_low = rails->low;
	f->bill_wide = (rails->high - rails->low) / (BILLS - 1);
	f->stages = calloc(f->n_stages, sizeof *f->stages);
	f->worth = calloc((size_t)f->n_stages * f->n_prices * BILLS, sizeof *f->worth);
	f->prices = calloc(f->n_prices, sizeof *f->prices);
	f->states = calloc(rails->n + 1, sizeof *f->states);
	f->tried = calloc(rails->n + 1, sizeof *f->tried);
	f->path = calloc(rails->n, sizeof *f->path);
	f->other = calloc(rails->n, sizeof *f->other);
	return f->stages != NULL && f->worth != NULL && f->prices != NULL && f->states != NULL && f->tried != NULL &&
	       f->path != NULL && f->other != NULL;
}

static void foresight_close(foresight *f)
{
	free(f->stages);
	free(f->worth);
	free(f->prices);
	free(f->states);
	free(f->tried);
	free(f->path);
	free(f->other);
}

static void foresight_search(foresight *f, uint32_t moves, double *path, sp_money *margin)
{
	memcpy(f->path, path, f->rails->n * sizeof *path);
	sp_plant_init(f->world, &f->states[0]);
	f->margin = foresight_relive(f, f->path, 0, f->states);
	SP_ASSERT(f->margin == margin->nano);
	foresight_lay_out(f);
	foresight_plan(f);
	foresight_walk(f, f->other);
	foresight_take(f, f->other);
	foresight_improve(f, moves);
	memcpy(path, f->path, f->rails->n * sizeof *path);
	margin->nano = f->margin;
}

sp_status sp_foresight_find(const sp_world *world, const sp_path_rails *rails, uint32_t moves, double *path,
                            sp_money *margin)
{
	foresight f = {.world = world, .rails = rails};

	SP_ASSERT(world != NULL && path != NULL);
	SP_ASSERT(margin != NULL && rails->low < 0 && rails->high > 0);
	sp_status status = foresight_open(&f) ? SP_OK : SP_E_MEMORY;
	if (status == SP_OK)
		foresight_search(&f, moves, path, margin);
	foresight_close(&f);
	return status;
}
