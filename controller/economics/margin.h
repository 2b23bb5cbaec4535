/* margin.h - contribution margin, always shown twice: as booked, and with credits ended. */
#ifndef SP_ECONOMICS_MARGIN_H
#define SP_ECONOMICS_MARGIN_H

#include "controller/economics/basis.h"

/* What a family or a cohort brought and cost in a while. */
typedef struct sp_margin_lines {
	sp_amount revenue; /* realised: after discounts and commitments */
	sp_amount cost;    /* effective cost of its load, credits stripped */
	sp_amount support, incidents;
	sp_amount credits; /* paid by somebody else, >= 0 */
} sp_margin_lines;

typedef struct sp_margin {
	sp_amount ended;  /* revenue - cost - support - incidents: what the loop controls */
	sp_amount booked; /* ended + credits */
} sp_margin;

/* sp_margin_of - sp_amount_sign says of each whether it is a gain, a loss, or unknown.
 * fails  SP_E_OVERFLOW; *margin written only on SP_OK
 * source reference economics, "contribution margin" */
sp_status sp_margin_of(const sp_margin_lines *lines, sp_margin *margin);

#endif
