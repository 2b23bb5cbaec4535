/* costing.h - what one pool, family or SKU costs per unit in a scene: three costs with their bands, and the waterfall.
 *
 * The unit is a SKU's own; of a family the mean unit of what it sold, or of its SKUs where that is not known; of a pool a million
 * resource units. */
#ifndef SP_CLI_COSTING_H
#define SP_CLI_COSTING_H

#include "cli/stock.h"
#include "controller/economics/marginal.h"

#define SP_COSTING_UNIT_MAX 160

typedef struct sp_costing {
	const char *id;
	uint32_t type, slot; /* sp_subject_type: pool, family or SKU, and its slot */
	char unit[SP_COSTING_UNIT_MAX];
	sp_figure takes;  /* resource units in the unit */
	double reference; /* of the waterfall */
	sp_answer sellable_answer, marginal_answer, realised_answer;
	sp_sellable_cost sellable;
	sp_marginal_cost marginal;
	sp_realised_cost realised;
	bool full;         /* the pool is, so the marginal cost is the least that it is */
	sp_waterfall fall; /* when sellable is known */
	bool sold_known;
	double sold_per_day; /* units */
	uint32_t lacks;      /* bits of sp_lack: the pool's, and its own */
} sp_costing;

/* sp_costing_of - in  type and slot: of a pool, family or SKU of the stock's pool
 * fails  SP_E_OVERFLOW a cost that no int64 holds; SP_E_MEMORY */
sp_status sp_costing_of(const sp_stock *stock, uint32_t type, uint32_t slot, sp_costing *costing);

/* A family's SKUs as a mix: in its units a second, and the resource units in each one's unit. */
typedef struct sp_mix {
	double *amounts;  /* owned */
	double *units;    /* owned */
	sp_figure *takes; /* owned; units with their band */
	uint32_t n;
	bool known; /* else one unit of each */
} sp_mix;

/* sp_mix_open - SP_E_MEMORY. Close it whatever the answer. */
sp_status sp_mix_open(const sp_stock *stock, uint32_t family, sp_mix *mix);
void sp_mix_close(sp_mix *mix);

/* sp_mix_reference - the plain mean of its units. */
double sp_mix_reference(const sp_mix *mix);

#endif
