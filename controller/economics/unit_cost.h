/* unit_cost.h - the three costs of a unit, as three types, so that one cannot stand where another belongs.
 *
 *     sellable   what a unit costs of all that the pool can sell, whatever today's load. Prices rest on it.
 *     realised   what a unit that was served costs of all that is paid. For reports only: it is dearer when idle, so a price that
 *                followed it would drive customers away (a test walks from the engine's tick and never reaches it).
 *     marginal   what the next unit costs: nearly nothing while reserved capacity idles, the rented GPU's rate once it makes us rent.
 *
 * Each in USD per unit, of a unit that takes so many resource units (a SKU's weight x quantity; 1 for a resource unit). */
#ifndef SP_ECONOMICS_UNIT_COST_H
#define SP_ECONOMICS_UNIT_COST_H

#include "controller/economics/basis.h"

typedef struct sp_sellable_cost {
	sp_figure usd;
} sp_sellable_cost;

typedef struct sp_realised_cost {
	sp_figure usd;
} sp_realised_cost;

typedef struct sp_marginal_cost {
	sp_figure usd;
} sp_marginal_cost;

#endif
