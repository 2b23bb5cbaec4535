/* offer.c - is new load admitted at this price? See offer.h. */
#include "controller/engine/offer.h"

#include "base/assert.h"
#include "base/money.h"
#include "base/param.h"

/* At or over the threshold; and once there, until it has fallen well below. */
static bool offer_is_over(int64_t load_ppb, int64_t at_ppb, bool before)
{
	if (at_ppb == SP_PARAM_NONE)
		return false;
	if (before)
		return load_ppb > (int64_t)((__int128)at_ppb * SP_OFFER_REOPENS_PPB / SP_NANO);
	return load_ppb >= at_ppb;
}

sp_offer sp_offer_shed(sp_offer before, int64_t load_ppb, int64_t restrict_at_ppb, int64_t close_at_ppb)
{
	SP_ASSERT(before < SP_OFFERS);
	if (offer_is_over(load_ppb, close_at_ppb, before == SP_OFFER_CLOSED))
		return SP_OFFER_CLOSED;
	if (offer_is_over(load_ppb, restrict_at_ppb, before != SP_OFFER_OPEN))
		return SP_OFFER_RESTRICTED;
	return SP_OFFER_OPEN;
}

sp_offer sp_offer_outside(const sp_family_setup *setup, sp_interval bounds, int64_t index_ppb)
{
	if (index_ppb >= bounds.low && index_ppb <= bounds.high)
		return SP_OFFER_OPEN;
	return setup->rails.outside == SP_OUTSIDE_CLOSED ? SP_OFFER_CLOSED : SP_OFFER_RESTRICTED;
}

sp_offer sp_offer_stricter(sp_offer a, sp_offer b)
{
	return a > b ? a : b;
}
