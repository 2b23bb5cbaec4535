/* bars.c - see bars.h. */
#include "cli/bars.h"

#include <string.h>

#include "base/assert.h"
#include "base/money.h"

#define GAP       2
#define BAR_LEAST 10 /* [columns] below it a bar says nothing */

/* How a picture is laid out. */
typedef struct bars_scale {
	double low, high;         /* nano-USD at its ends */
	int names, amounts, bars; /* [columns] */
} bars_scale;

static int columns_of(const char *text)
{
	int columns = 0;

	for (; *text; text++)
		columns += ((unsigned char)*text & 0xC0) != 0x80;
	return columns;
}

static void amount_text(const sp_bar *bar, char text[SP_DECIMAL_TEXT_MAX])
{
	int64_t nano = 0;
	sp_status status = sp_sub(bar->to_nano, bar->from_nano, &nano);

	SP_ASSERT(status == SP_OK);
	sp_decimal_format(nano, text);
}

static bars_scale scale_of(const sp_bar *bars, size_t n, bool drawn, const sp_screen *screen)
{
	bars_scale scale = {0};
	char text[SP_DECIMAL_TEXT_MAX];

	for (size_t i = 0; i < n; i++) {
		double ends[] = {(double)bars[i].from_nano, (double)bars[i].to_nano};
		int name = columns_of(bars[i].name), amount;
		amount_text(&bars[i], text);
		amount = (int)strlen(text);
		scale.names = name > scale.names ? name : scale.names;
		scale.amounts = amount > scale.amounts ? amount : scale.amounts;
		for (int k = 0; k < 2; k++) {
			scale.low = ends[k] < scale.low ? ends[k] : scale.low;
			scale.high = ends[k] > scale.high ? ends[k] : scale.high;
		}
	}
	scale.bars = drawn ? screen->width - scale.names - scale.amounts - 2 * GAP : 0;
	if (scale.bars < BAR_LEAST || scale.high <= scale.low)
		scale.bars = 0;
	return scale;
}

static int column_of(const bars_scale *scale, int64_t nano)
{
	double share = ((double)nano - scale->low) / (scale->high - scale->low);

	return (int)(share * scale->bars + 0.5);
}

/* What is too small for a column is a thin line. */
static void draw_bar(const bars_scale *scale, const sp_bar *bar, const sp_screen *screen, FILE *out)
{
	int from = column_of(scale, bar->from_nano), to = column_of(scale, bar->to_nano);
	int left = from < to ? from : to, right = from < to ? to : from;

	if (bar->from_nano == bar->to_nano)
		return;
	left = left >= scale->bars ? scale->bars - 1 : left;
	fprintf(out, "%*s", GAP + left, "");
	if (left >= right)
		fputs(sp_screen_pick(screen, "▏", "|"), out);
	for (int i = left; i < right; i++)
		fputs(sp_screen_pick(screen, bar->total ? "█" : "▓", bar->total ? "#" : "="), out);
}

static sp_colour colour_of(const sp_bar *bar)
{
	if (bar->total)
		return SP_COLOUR_BOLD;
	return bar->to_nano < bar->from_nano ? SP_COLOUR_GREEN : SP_COLOUR_PLAIN;
}

void sp_bars_draw(const sp_bar *bars, size_t n, bool drawn, const sp_screen *screen, FILE *out)
{
	bars_scale scale = scale_of(bars, n, drawn, screen);
	char text[SP_DECIMAL_TEXT_MAX];

	SP_ASSERT(bars || n == 0);
	for (size_t i = 0; i < n; i++) {
		sp_colour colour = colour_of(&bars[i]);
		amount_text(&bars[i], text);
		if (colour != SP_COLOUR_PLAIN)
			fputs(sp_screen_paint(screen, colour), out);
		fprintf(out, "%s%*s%*s", bars[i].name, scale.names - columns_of(bars[i].name) + GAP, "", scale.amounts, text);
		if (scale.bars > 0)
			draw_bar(&scale, &bars[i], screen, out);
		if (colour != SP_COLOUR_PLAIN)
			fputs(sp_screen_paint(screen, SP_COLOUR_PLAIN), out);
		putc('\n', out);
	}
}
