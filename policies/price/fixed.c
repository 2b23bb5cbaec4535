/* fixed.c - a price that people set: this law never moves by itself; rails, hand and calendar still do. */
#include "policies/price/law.h"

#include "base/assert.h"

static const char *const fixed_reasons[] = {"fixed", NULL};

static void fixed_init(void *state, const void *params)
{
	(void)state;
	(void)params;
}

static void fixed_decide(const sp_law_input *input, void *state, const void *params, sp_wish *wish)
{
	(void)state;
	(void)params;
	SP_ASSERT(input != NULL && wish != NULL);
	wish->action = SP_LAW_HOLD;
	wish->reason = fixed_reasons[0];
}

extern const sp_law_ops sp_fixed;
const sp_law_ops sp_fixed = {
    .name = "fixed",
    .version = 1,
    .formula = "index = the last told",
    .source = "none: a person decides",
    .help = "Holds the price: for families whose prices people set.",
    .reasons = fixed_reasons,
    .init = fixed_init,
    .decide = fixed_decide,
};
