/* summary.h - what a run came to: in words for people, and as JSON. Serves replay and sim. */
#ifndef SP_CLI_SUMMARY_H
#define SP_CLI_SUMMARY_H

#include <jansson.h>
#include <stdio.h>

#include "cli/screen.h"
#include "sim/replay/story.h"

/* sp_summary_words - per family: policy, mode, index in force, moves, rails that bound; then ticks, signals, alarms, decisions, digest. */
void sp_summary_words(FILE *out, const sp_screen *screen, const sp_story *story);

/* sp_summary_warn - a warning on stderr when no signal was taken, or more than half were refused: which reasons, and what to check. */
void sp_summary_warn(const sp_story *story);

/* sp_summary_json - the same as members of an object, the caller's reference. NULL when out of memory. */
json_t *sp_summary_json(const sp_story *story);

#endif
