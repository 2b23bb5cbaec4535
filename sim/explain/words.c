/* words.c - rails, terms and reasons in words; see words.h. */
#include "sim/explain/words.h"

#include <stdio.h>
#include <string.h>

#include "base/decision.h"

static const char *const rail_words[SP_RAILS] = {
    [SP_RAIL_floor] = "floor (no price below it)",
    [SP_RAIL_ceiling] = "ceiling (no price above it)",
    [SP_RAIL_step] = "step (no single change larger than max_step)",
    [SP_RAIL_rate_hour] = "rate_hour (the net change within an hour is limited)",
    [SP_RAIL_rate_day] = "rate_day (the net change within a day is limited)",
    [SP_RAIL_cost_rate_day] = "cost_rate_day (what cost may move within a day is limited)",
    [SP_RAIL_worst_of_last] = "worst_of_last (the wish has not lasted long enough)",
    [SP_RAIL_min_interval] = "min_interval (the last change is too recent)",
    [SP_RAIL_max_changes] = "max_changes (customers were told enough changes in this window)",
    [SP_RAIL_dead_band] = "dead_band (the change would be too small)",
    [SP_RAIL_grid] = "grid (no price changes by a whole grid unit)",
    [SP_RAIL_notice] = "notice (customers are told ahead of a raise)",
    [SP_RAIL_no_raise_before] = "no_raise_before (no raise is promised before a date)",
    [SP_RAIL_relation] = "relation (at most a share of another family's prices)",
    [SP_RAIL_blackout] = "blackout (no changes on these days)",
    [SP_RAIL_pending_full] = "pending_full (too many announced prices wait already)",
    [SP_RAIL_incident] = "incident (no raise while the pool is in incident)",
    [SP_RAIL_revenue_share] = "revenue_share (enough of all revenue moved in this window)",
    [SP_RAIL_below_cost] = "below_cost (the budget for selling below cost does not reach)",
    [SP_RAIL_exploration] = "exploration (the budget for experiments does not reach)",
    [SP_RAIL_approval] =
        "approval (the raise that waits is withdrawn; a cut of the price in force is a person's to approve)",
    [SP_RAIL_frozen] = "frozen (someone stopped price changes)",
    [SP_RAIL_stale_cost] = "stale_cost (no fresh GPU price, so no cut)",
    [SP_RAIL_stale_demand] = "stale_demand (no fresh load, so no move by it)",
    [SP_RAIL_stale_reliability] = "stale_reliability (no fresh reliability signal, so no cut)",
    [SP_RAIL_stale_market] = "stale_market (no fresh market price)",
    [SP_RAIL_last_check] = "last_check (a bound would have been broken)",
};

const char *sp_rail_words(unsigned rail)
{
	return rail < SP_RAILS && rail_words[rail] ? rail_words[rail] : "an unknown rail";
}

const char *sp_term_words(const char *name)
{
	static _Thread_local char words[64];

	if (strncmp(name, "rail.", 5) != 0)
		return name;
	snprintf(words, sizeof words, "held back by %s", name + 5);
	return words;
}

const char *sp_reason_words(const char *reason)
{
	static _Thread_local char words[64];

	snprintf(words, sizeof words, "%s", reason);
	for (char *c = words; *c; c++)
		*c = *c == '_' ? ' ' : *c;
	return words;
}
