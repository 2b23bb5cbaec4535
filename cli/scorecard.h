/* scorecard.h - what a score came to, in words, as JSON and as the page docs/scorecard.md. */
#ifndef SP_CLI_SCORECARD_H
#define SP_CLI_SCORECARD_H

#include <jansson.h>
#include <stdio.h>

#include "cli/screen.h"
#include "sim/score/tally.h"

#define SP_SCORECARD_NAME_MAX 64

typedef struct sp_scorecard {
	const sp_score *score;
	const sp_score_plan *plan;
} sp_scorecard;

/* sp_scorecard_name - "margin_curve 1.5": the law, what it was told, and "*" where parameters were given. */
char *sp_scorecard_name(const sp_entrant *entrant, char text[SP_SCORECARD_NAME_MAX]);

/* sp_scorecard_order - the entrants [score->n_entrants] by what they made of a group's worlds, the best first. */
void sp_scorecard_order(const sp_scorecard *card, sp_world_group group, uint32_t *order);

/* sp_scorecard_heading - "Judged on: 64 worlds of 16 kinds …"; false where the group has no world. */
bool sp_scorecard_heading(const sp_scorecard *card, sp_world_group group, FILE *out);

/* sp_scorecard_words - a table for each group. SP_E_MEMORY. */
sp_status sp_scorecard_words(const sp_scorecard *card, const sp_screen *screen, FILE *out);

json_t *sp_scorecard_json(const sp_scorecard *card); /* NULL when out of memory */

/* sp_scorecard_markdown - the page; command: what made it. */
void sp_scorecard_markdown(const sp_scorecard *card, const char *command, FILE *out);

#endif
