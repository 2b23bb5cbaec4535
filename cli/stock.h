/* stock.h - a pool as it stands in a scene: its lots and what they cost now, how full it is, what it served, what was spent beside. */
#ifndef SP_CLI_STOCK_H
#define SP_CLI_STOCK_H

#include "cli/scene.h"
#include "controller/economics/waterfall.h"
#include "sim/margin/beliefs.h"

/* What would have to be known or sent. X(name, what is not known, what to do about it) */
#define SP_LACK_MAP(X)                                                                                             \
	X(price, "what a GPU of it costs", "send usd_per_gpu_h for this lot, or write its price in the configuration") \
	X(running, "how many of its rented GPUs run: realised cost takes none to all of them",                         \
	  "send gpus_running for this lot")                                                                            \
	X(served, "what was served: there is no realised cost, no idle share, no volume",                              \
	  "send served (or demand) for every SKU, or utilization for the pool; give --log or --trace")                 \
	X(demand, "what was served: demand is taken for it", "send served for every SKU")                              \
	X(gauge, "what its families sold: what was served is taken from utilization", "send served for every SKU")     \
	X(load, "how full it is: there is no marginal cost",                                                           \
	  "send utilization for the pool, or demand for every SKU; give --log or --trace")                             \
	X(mix, "which SKUs were sold: one unit of each is taken", "send served (or demand) for every SKU")             \
	X(capacity, "what a GPU serves: units_per_gpu_s is assumed, right within a quarter",                           \
	  "measure it with `setpoint calibrate', and write down what it prints, with its ends")                        \
	X(weights, "what a SKU takes: weights are assumed, each right within a quarter",                               \
	  "measure them with `setpoint calibrate', and write down what it prints, with its ends")                      \
	X(pruned, "what was served: the log does not keep its inputs that long", "raise keep_inputs")                  \
	X(hourly, "what was served to the minute: of whole hours alone, since the log does not keep its inputs",       \
	  "raise keep_inputs")

typedef enum sp_lack {
#define X(name, what, cure) SP_LACK_##name,
	SP_LACK_MAP(X)
#undef X
	    SP_LACKS
} sp_lack;

const char *sp_lack_name(sp_lack lack);
const char *sp_lack_what(sp_lack lack);
const char *sp_lack_cure(sp_lack lack);

typedef struct sp_stock {
	const sp_scene *scene;
	const sp_beliefs *beliefs;
	uint32_t pool;
	sp_supply supply;    /* at what a GPU serves as believed */
	sp_supply_lot *lots; /* owned; the supply's */
	int64_t *until_ns;   /* owned; when their credits end */
	sp_service service;
	sp_answer served, load, realised;
	sp_figure load_figure; /* [resource units/s]; known only */
	sp_beside beside;      /* per resource unit of the whole pool; only when realised is known */
	uint32_t lacks;        /* bits of sp_lack */
	uint32_t lot_lack[2];  /* the first lot without a price, and the first of which it is not known what runs */
} sp_stock;

/* sp_stock_open - looks at a pool; scene and beliefs outlive it. SP_E_MEMORY. Close it whatever the answer. */
sp_status sp_stock_open(const sp_scene *scene, const sp_beliefs *beliefs, uint32_t pool, sp_stock *stock);
void sp_stock_close(sp_stock *stock);

/* sp_stock_sold - what a SKU sold, in its units a second; false: nothing is known of it. *by_demand: it was asked for, rather. */
bool sp_stock_sold(const sp_stock *stock, uint32_t sku, double *units_per_s, bool *by_demand);

/* sp_stock_family_served - what a family was served [resource units/s]; false: not known. */
bool sp_stock_family_served(const sp_stock *stock, uint32_t family, sp_figure *served, bool *by_demand);

/* sp_stock_beside - what stands beside a resource unit's cost: with a family's own support and incidents where one is given, else
 * with all of the pool's. SP_NO_SLOT: the pool itself. Only when `realised` is known. */
sp_beside sp_stock_beside(const sp_stock *stock, uint32_t family);

#endif
