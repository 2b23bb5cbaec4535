/* offer.h - is new load admitted at this price? Load is shed by the offer state, not by punishing prices.
 *
 *     open        everything
 *     restricted  no new batch or spot admissions
 *     closed      no new load at all
 *
 * Two things restrict or close: a price outside its bounds, on its way back; and a pool that is too full. Pure functions. */
#ifndef SP_ENGINE_OFFER_H
#define SP_ENGINE_OFFER_H

#include <stdint.h>

#include "base/decision.h"
#include "controller/engine/guardrails.h"
#include "controller/engine/setup.h"

/* How far below its threshold the load must fall before the offer opens again [ppb of it]: a load at the threshold does not
 * open and close it every minute. */
#define SP_OFFER_REOPENS_PPB INT64_C(950000000)

/* sp_offer_shed - what a pool's load makes of the offer.
 *
 * in     before: what it was; load: of running capacity [ppb]; restrict_at, close_at [ppb], SP_PARAM_NONE: never */
sp_offer sp_offer_shed(sp_offer before, int64_t load_ppb, int64_t restrict_at_ppb, int64_t close_at_ppb);

/* sp_offer_outside - what a price of this index makes of it: open within the bounds, else what the family's setup says. */
sp_offer sp_offer_outside(const sp_family_setup *setup, sp_interval bounds, int64_t index_ppb);

/* sp_offer_stricter - of the two, the one that admits less. */
sp_offer sp_offer_stricter(sp_offer a, sp_offer b);

#endif
