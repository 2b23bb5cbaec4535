/* experiment.h - moves of the price that are made to learn how buyers answer: early, short, large, and then no more.
 *
 * Only in a family that is marked for it (`experiment: {size: …}`), only in `auto`, only where no cut needs approval and no raise
 * notice; whatever the law. One block of demand is watched, then blocks follow one another, each of the same length, each with a sign drawn anew:
 *
 *     wanted    size x base x (+1 or -1), base = last told less the experiment's own part E in it
 *     term      wanted - E: the ledger's `experiment`, a level, exact; as much of it as every saturating rail leaves room for beside
 *               the law's move, which they cut first, as if E were not there: where it needs that room, E gives way
 *     E'        E and what of the term is left once the other rails have cut the move: from the experiment first, from the law last
 *     sign      of xoshiro256** seeded by FNV-1a of the family's id and the number of the block: the same in every run, no state
 *
 * So the law moves the base as if there were no experiment: it is told index and last told without E. The price in force that it
 * reads is the true one.
 *
 * What it may cost. While the price is off its base, money is counted at each tick: what demand now would earn at base, less
 * what it earns,
 *
 *     loss(e) = (b - c) D (p / b)^e - (p - c) D          p in force, b = p less E's part, c marginal cost (0 if not known) [USD/unit]
 *
 * at the e that loses most of those that are believed, and never less than 0: 1 to 3 until elasticity is measured, then the 90 %
 * interval of it, within 0 … 10. A gain is not credited.
 *
 * It is counted whatever the mode. The budget is looked at before it is spent: a block begins only where the whole of it and the way home
 * fit into what is left; and it ends the experiment at the first tick at which no more than the way home does.
 *
 * It ends for good when all blocks are done, its budget does not reach further, the answer is known well enough (at the end of a block:
 * standard error at most `enough`), a whole block could not move the price, or a person or the outside sets a price; then the price
 * goes back to base: by steps, waiting for no interval, no dead band and no approval, and alone where those hold the law's move.
 *
 * The propensity of a price is the probability with which the draw would have led to it, after the saturating rails, the dead
 * band and the grid: 1/2, or 1 where the other sign would have led to the same. */
#ifndef SP_ENGINE_EXPERIMENT_H
#define SP_ENGINE_EXPERIMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "controller/engine/setup.h"
#include "estimators/lag.h"

typedef enum sp_experiment_end {
	SP_EXPERIMENT_RUNS,
	SP_EXPERIMENT_DONE,        /* all blocks */
	SP_EXPERIMENT_SPENT,       /* the budget */
	SP_EXPERIMENT_KNOWN,       /* well enough */
	SP_EXPERIMENT_INTERRUPTED, /* by a price that a person or the outside set */
	SP_EXPERIMENT_STUCK,       /* a whole block did not move the price */
	SP_EXPERIMENT_ENDS
} sp_experiment_end;

const char *sp_experiment_end_name(unsigned end); /* "done"; NULL: no such end */

/* One family's, and what is known of how its buyers answer. Plain memory. */
typedef struct sp_experiment {
	sp_lag answer;
	int64_t first_ns;       /* demand was first seen; SP_TIME_NEVER: not yet */
	int64_t began_ns;       /* SP_TIME_NEVER: not yet */
	int64_t spent_nano;     /* of its budget [nano-USD] */
	double shift;           /* keeps the exogenous part of the price what it was over a price that was set */
	double former_shift;    /* as it was before the family told last, as `former_end` */
	double moved;           /* that part, at the last tick */
	double sheet;           /* what accepted sheets changed list prices by, as a sum of logs */
	int64_t propensity_ppb; /* of the last told price, in the block `drawn` */
	uint32_t end;           /* sp_experiment_end */
	uint32_t block;         /* the running one, from 1; 0: none */
	uint32_t drawn;
	uint32_t tried; /* what became of the running block's draw */
	uint32_t former_end, pad;
} sp_experiment;

void sp_experiment_init(sp_experiment *experiment);

/* sp_experiment_carry - under another configuration: `same` experiment or another one; sheet: the log by which an accepted sheet
 * changed its prices. */
void sp_experiment_carry(sp_experiment *to, const sp_experiment *from, bool same, double sheet);

/* sp_experiment_is_on - is a family marked for experiments? */
bool sp_experiment_is_on(const sp_experiment_setup *setup);

/* sp_experiment_sign - of a block, from 1: +1 or -1. */
int sp_experiment_sign(const char *family, uint32_t block);

/* sp_experiment_block - the number, from 1, of the block that runs at now_ns; 0 after the last. now_ns >= began_ns */
uint32_t sp_experiment_block(const sp_experiment_setup *setup, int64_t began_ns, int64_t now_ns);

/* sp_experiment_offset - size x base x sign, rounded down toward the base. base > 0 */
int64_t sp_experiment_offset(int64_t base_ppb, int64_t size_ppb, int sign);

/* sp_experiment_room - as much of a term as a step leaves beside the law's move of so much: never the other way. */
int64_t sp_experiment_room(int64_t term, int64_t law, int64_t step_low, int64_t step_high);

/* sp_experiment_left - what is left of a term once rails have taken `cut` (wished less reached) of the move. */
int64_t sp_experiment_left(int64_t term, int64_t cut);

/* What the loss is counted of. */
typedef struct sp_experiment_trade {
	double demand;    /* [resource units/s] */
	double price;     /* in force [USD/resource unit], > 0 */
	double base;      /* what it would be without E [USD/resource unit], > 0 */
	double cost;      /* marginal [USD/resource unit] */
	double low, high; /* elasticities that are believed */
} sp_experiment_trade;

/* sp_experiment_loss - the largest expected loss [USD/s], >= 0, within 0 … 10^5. */
double sp_experiment_loss(const sp_experiment_trade *trade);

#endif
