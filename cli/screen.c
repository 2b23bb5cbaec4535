/* screen.c - asks the terminal and the environment; see screen.h. */
#include "cli/screen.h"

#include <langinfo.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/assert.h"

#define WIDTH_MIN 40

static int screen_columns(int fd)
{
	const char *said = getenv("COLUMNS");
	struct winsize size;
	int columns = 0;

	if (said)
		columns = atoi(said);
	if (columns <= 0 && ioctl(fd, TIOCGWINSZ, &size) == 0)
		columns = size.ws_col;
	if (columns <= 0)
		columns = SP_SCREEN_WIDTH;
	if (columns < WIDTH_MIN)
		return WIDTH_MIN;
	return columns > SP_SCREEN_WIDTH_MAX ? SP_SCREEN_WIDTH_MAX : columns;
}

static bool screen_is_terminal(int fd)
{
	const char *term = getenv("TERM");

	return fd >= 0 && isatty(fd) && term && term[0] && strcmp(term, "dumb") != 0;
}

sp_screen sp_screen_of(FILE *stream)
{
	const char *no_color = getenv("NO_COLOR");
	int fd = fileno(stream);
	bool terminal = screen_is_terminal(fd);

	return (sp_screen){
	    .terminal = terminal,
	    .colour = terminal && !(no_color && no_color[0]),
	    .utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0,
	    .width = screen_columns(fd),
	};
}

const char *sp_screen_paint(const sp_screen *screen, sp_colour colour)
{
	static const char *const escapes[SP_COLOURS] = {
	    [SP_COLOUR_PLAIN] = "\033[0m", [SP_COLOUR_BOLD] = "\033[1m",     [SP_COLOUR_DIM] = "\033[2m",
	    [SP_COLOUR_RED] = "\033[31m",  [SP_COLOUR_GREEN] = "\033[32m",   [SP_COLOUR_YELLOW] = "\033[33m",
	    [SP_COLOUR_BLUE] = "\033[34m", [SP_COLOUR_MAGENTA] = "\033[35m", [SP_COLOUR_CYAN] = "\033[36m",
	};

	SP_ASSERT(colour < SP_COLOURS);
	return screen->colour ? escapes[colour] : "";
}

const char *sp_screen_pick(const sp_screen *screen, const char *unicode, const char *ascii)
{
	return screen->utf8 ? unicode : ascii;
}
