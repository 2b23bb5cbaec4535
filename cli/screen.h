/* screen.h - what a stream's reader can show: a terminal or not, colours, Unicode, how wide.
 *
 * Only here is the environment asked: NO_COLOR, TERM, COLUMNS and the locale. */
#ifndef SP_CLI_SCREEN_H
#define SP_CLI_SCREEN_H

#include <stdbool.h>
#include <stdio.h>

#define SP_SCREEN_WIDTH     100 /* [columns] where nobody says how many there are */
#define SP_SCREEN_WIDTH_MAX 160 /* wider lines are hard to follow */

typedef enum sp_colour {
	SP_COLOUR_PLAIN,
	SP_COLOUR_BOLD,
	SP_COLOUR_DIM,
	SP_COLOUR_RED,
	SP_COLOUR_GREEN,
	SP_COLOUR_YELLOW,
	SP_COLOUR_BLUE,
	SP_COLOUR_MAGENTA,
	SP_COLOUR_CYAN,
	SP_COLOURS
} sp_colour;

typedef struct sp_screen {
	bool terminal; /* one whose cursor can be moved: not TERM=dumb */
	bool colour;   /* a terminal, and NO_COLOR is not set (no-color.org) */
	bool utf8;     /* else plain ASCII */
	int width;     /* [columns] */
} sp_screen;

sp_screen sp_screen_of(FILE *stream);

/* sp_screen_paint - the escape sequence that begins a colour; "" on a screen without. PLAIN ends it. */
const char *sp_screen_paint(const sp_screen *screen, sp_colour colour);

/* sp_screen_pick - one of two spellings: in Unicode where that can be shown. */
const char *sp_screen_pick(const sp_screen *screen, const char *unicode, const char *ascii);

#endif
