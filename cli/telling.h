/* telling.h - a run told in sentences: what the loop did and why, what came from outside, and what went wrong.
 *
 * Moves of one family in one direction that follow one another closely are one episode, so that a day reads as a day. */
#ifndef SP_CLI_TELLING_H
#define SP_CLI_TELLING_H

#include <stdio.h>

#include "cli/screen.h"
#include "controller/drive/drive.h"

typedef struct sp_telling sp_telling;

sp_telling *sp_telling_open(const sp_setup *setup); /* NULL when out of memory; the setup outlives it */
void sp_telling_close(sp_telling *telling);         /* NULL is accepted */

/* sp_telling_tick - listens to one tick. SP_E_MEMORY. */
sp_status sp_telling_tick(sp_telling *telling, const sp_engine *engine, const sp_drive_answer *answer);

/* sp_telling_print - ends what is open and prints every sentence in order of time, wrapped to the screen. */
void sp_telling_print(sp_telling *telling, const sp_screen *screen, FILE *out);

#endif
