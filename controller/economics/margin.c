/* margin.c - differences of amounts; see margin.h. */
#include "controller/economics/margin.h"

#include "base/assert.h"

sp_status sp_margin_of(const sp_margin_lines *lines, sp_margin *margin)
{
	SP_ASSERT(lines->credits.low.nano >= 0);
	sp_margin out;
	sp_status status = sp_amount_difference(lines->revenue, lines->cost, &out.ended);

	if (status == SP_OK)
		status = sp_amount_difference(out.ended, lines->support, &out.ended);
	if (status == SP_OK)
		status = sp_amount_difference(out.ended, lines->incidents, &out.ended);
	if (status == SP_OK)
		status = sp_amount_sum(out.ended, lines->credits, &out.booked);
	if (status == SP_OK)
		*margin = out;
	return status;
}
