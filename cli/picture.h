/* picture.h - a run drawn: each pool's load and cost, and below them each family's index between its bounds. */
#ifndef SP_CLI_PICTURE_H
#define SP_CLI_PICTURE_H

#include <stdio.h>

#include "cli/screen.h"
#include "sim/replay/story.h"

/* sp_picture_draw - in: setup: of the run, for setpoints and bounds. Of a run of many families the first few are drawn, and said
 * how many are not. */
void sp_picture_draw(const sp_story *story, const sp_setup *setup, const sp_screen *screen, FILE *out);

#endif
