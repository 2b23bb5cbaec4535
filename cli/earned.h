/* earned.h - margins by family of a scene: what each family was served, brought and cost over the while before its moment. */
#ifndef SP_CLI_EARNED_H
#define SP_CLI_EARNED_H

#include "cli/view.h"
#include "sim/margin/family.h"

/* sp_earned_of - load is what was served, else demand (assumed, then); revenue is the family's own where that was recorded, else that of
 * its SKUs, each of which must be there; lots cost what they do at the moment. sp_margins_fini whatever the answer.
 * fails  SP_E_OVERFLOW, SP_E_MEMORY */
sp_status sp_earned_of(const sp_view *view, sp_margins *margins);

#endif
