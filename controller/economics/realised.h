/* realised.h - what a unit that was served costs of all that is paid. For reports only: no policy may read it.
 *
 * It is dearer when the pool idles; a price that followed it would rise just when customers are missing, and drive the rest away.
 * So it has a type of its own (unit_cost.h), stands in a file of its own, and a test walks from the engine's tick, over everything
 * that it can reach, and fails when it arrives here. */
#ifndef SP_ECONOMICS_REALISED_H
#define SP_ECONOMICS_REALISED_H

#include "controller/economics/sellable.h"

/* What was served, and whether it is known how much of the rented lots runs. */
typedef struct sp_service {
	sp_figure served;   /* [resource units/s] >= 0 */
	bool running_known; /* the supply's `running` was sent; else rented lots may run wholly or not at all */
} sp_service;

/* sp_realised_rate - what the pool is paid for by the hour: owned and reserved lots at their listed size, rented ones as far as they
 * run, all at full price, with the spare capacity that is not listed.
 *
 *     rate = sum(GPUs paid for x usd_per_gpu_h) x redundancy      [USD/h]
 *
 * out    *usd_per_h, written only when known
 * fails  SP_TOO_LITTLE while a counted lot with GPUs has no price */
sp_answer sp_realised_rate(const sp_supply *supply, bool running_known, sp_figure *usd_per_h);

/* sp_realised_of - cost rate over units served, for a unit of so many resource units; idle = realised - sellable.
 *
 *     cost = rate / (served x 3600) x unit
 *
 * out    *cost, written only when known
 * fails  SP_TOO_LITTLE as above, or when it is not known what was served; SP_NOT_IDENTIFIED when it may be that nothing was: then
 *        there is a bill and no unit to share it
 * source reference economics: "realised cost" */
sp_answer sp_realised_of(const sp_supply *supply, const sp_service *service, sp_figure unit, sp_realised_cost *cost);

#endif
