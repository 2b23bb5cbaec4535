/* calendar.c - blackouts: times in which prices hold, and whose. */
#include <string.h>

#include "controller/config/complaint.h"
#include "controller/config/reading.h"

static uint32_t blackout_mark(sp_config *config, const char *match, uint32_t number)
{
	uint32_t marked = 0;

	for (uint32_t i = 0; i < config->setup.n_families; i++) {
		if (!sp_pattern_match(match, config->families[i].id))
			continue;
		config->families[i].blackouts |= UINT32_C(1) << number;
		marked++;
	}
	return marked;
}

static void blackout_read(sp_config *config, sp_spot spot)
{
	sp_rows rows = sp_shape_rows(&sp_shape_blackout);
	sp_spot from[SP_ROWS_MAX] = {{NULL, 0}}, match = sp_spot_find(spot, "match");
	sp_blackout *blackout = &config->setup.blackouts[config->setup.n_blackouts];
	size_t n;

	sp_rows_bind(&rows, spot, blackout, from);
	if (!sp_spot_there(from[0]) || !sp_spot_there(from[1]))
		return;
	if (blackout->to_ns <= blackout->from_ns) {
		sp_say(from[1], "it ends before it begins: write a time after from:");
		return;
	}
	if (sp_spot_there(match) && sp_spot_said(match))
		return;
	if (blackout_mark(config, sp_spot_there(match) ? sp_spot_text(match, &n) : "*", config->setup.n_blackouts) == 0 &&
	    sp_spot_there(match) && config->sheet.whole)
		sp_say(match, "matches no family: look at the family column of the sheet, or remove the blackout");
	config->setup.n_blackouts++;
}

void sp_blackouts_read(sp_config *config)
{
	sp_spot blackouts = sp_spot_find(sp_config_root(config), "blackouts");

	if (!sp_spot_is_list(blackouts))
		return;
	if (sp_spot_count(blackouts) > SP_BLACKOUTS_MAX) {
		sp_say(blackouts, "%zu blackouts, but at most %d are kept: remove those that are over",
		       sp_spot_count(blackouts), SP_BLACKOUTS_MAX);
		return;
	}
	for (size_t i = 0; i < sp_spot_count(blackouts); i++)
		blackout_read(config, sp_spot_item(blackouts, i));
}
