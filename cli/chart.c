/* chart.c - dots, labels and a time axis; see chart.h.
 *
 * The plot is a canvas of cells; a cell holds 2 x 4 braille dots (1 x 1 without Unicode) and the series drawn in it last. A
 * braille cell is U+2800 plus a bit per dot:  0 3
 *                                             1 4
 *                                             2 5
 *                                             6 7 */
#include "cli/chart.h"

#include <math.h>
#include <string.h>

#include "base/assert.h"
#include "base/time.h"
#include "cli/number.h"

#define LABEL    8  /* [columns] left of the axis */
#define DOTTED   4  /* every so many dots across, in a bound */
#define TICK_GAP 11 /* [columns] between time labels at least */

typedef struct chart_canvas {
	int columns, rows; /* [cells] */
	int across, down;  /* dots in a cell */
	uint8_t dots[SP_CHART_ROWS_MAX][SP_SCREEN_WIDTH_MAX];
	uint8_t owner[SP_CHART_ROWS_MAX][SP_SCREEN_WIDTH_MAX]; /* series + 1; 0: empty */
} chart_canvas;

typedef struct chart_scale {
	double low, high, step;
} chart_scale;

/* --- the scale --- */

/* The smallest of 1, 2, 2.5, 5 x 10^k that is at least x. */
static double nice_step(double x)
{
	static const double steps[] = {1, 2, 2.5, 5, 10};
	double power = pow(10, floor(log10(x)));

	for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
		if (x <= steps[i] * power * (1 + 1e-9))
			return steps[i] * power;
	return 10 * power;
}

static bool scale_of(const sp_chart *chart, chart_scale *scale)
{
	double low = INFINITY, high = -INFINITY;

	for (size_t k = 0; k < chart->n_series; k++)
		for (size_t i = 0; i < chart->n; i++) {
			double y = chart->series[k].y[i];
			low = isfinite(y) && y < low ? y : low;
			high = isfinite(y) && y > high ? y : high;
		}
	if (low > high)
		return false;
	if (high - low < chart->least_span) {
		double middle = (low + high) / 2;
		low = middle - chart->least_span / 2 < 0 && low >= 0 ? 0 : middle - chart->least_span / 2;
		high = low + chart->least_span;
	}
	scale->step = nice_step((high - low) * 3 / chart->rows);
	scale->low = floor(low / scale->step + 1e-9) * scale->step;
	scale->high = ceil(high / scale->step - 1e-9) * scale->step;
	return true;
}

static int y_dot(const chart_canvas *canvas, const chart_scale *scale, double y)
{
	int most = canvas->rows * canvas->down - 1;

	return most - (int)lround((y - scale->low) / (scale->high - scale->low) * most);
}

/* --- dots --- */

static void set_dot(chart_canvas *canvas, int x, int y, size_t series)
{
	static const uint8_t bits[4][2] = {{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};
	int column = x / canvas->across, row = y / canvas->down;

	if (x < 0 || y < 0 || column >= canvas->columns || row >= canvas->rows)
		return;
	canvas->dots[row][column] |= bits[y % canvas->down][x % canvas->across];
	canvas->owner[row][column] = (uint8_t)(series + 1);
}

/* A held value: along to x, then up or down to the next value. */
static void draw_line(chart_canvas *canvas, const int *y_at, int width, size_t series)
{
	int last = -1;

	for (int x = 0; x < width; x++) {
		int y = y_at[x];
		if (y < 0) {
			last = -1;
			continue;
		}
		for (int step = last < 0 || y == last ? 0 : (y > last ? 1 : -1), at = last < 0 ? y : last; step && at != y;
		     at += step)
			set_dot(canvas, x, at, series);
		set_dot(canvas, x, y, series);
		last = y;
	}
}

static void draw_dotted(chart_canvas *canvas, const int *y_at, int width, size_t series)
{
	int every = canvas->across == 1 ? 2 : DOTTED;

	for (int x = 0; x < width; x += every)
		if (y_at[x] >= 0)
			set_dot(canvas, x, y_at[x], series);
}

/* The last value of every dot column; columns that no point falls into hold the one before. */
static void place_points(const sp_chart *chart, const chart_scale *scale, const chart_canvas *canvas, size_t series,
                         int *y_at)
{
	int width = canvas->columns * canvas->across;
	double from = (double)chart->t_ns[0], span = (double)(chart->t_ns[chart->n - 1] - chart->t_ns[0]);
	const double *y = chart->series[series].y;
	size_t i = 0;

	for (int x = 0; x < width; x++) {
		double until = from + span * (x + 1) / width;
		while (i + 1 < chart->n && (double)chart->t_ns[i + 1] < until)
			i++;
		y_at[x] = isfinite(y[i]) ? y_dot(canvas, scale, y[i]) : -1;
	}
}

static void draw_series(const sp_chart *chart, const chart_scale *scale, chart_canvas *canvas, size_t series)
{
	int y_at[2 * SP_SCREEN_WIDTH_MAX];

	place_points(chart, scale, canvas, series, y_at);
	if (chart->series[series].dotted)
		draw_dotted(canvas, y_at, canvas->columns * canvas->across, series);
	else
		draw_line(canvas, y_at, canvas->columns * canvas->across, series);
}

/* --- in letters --- */

static void print_cell(const chart_canvas *canvas, const sp_screen *screen, int row, int column, char ascii, FILE *out)
{
	uint8_t dots = canvas->dots[row][column];

	if (canvas->owner[row][column] == 0)
		putc(' ', out);
	else if (screen->utf8)
		fprintf(out, "\xE2%c%c", 0xA0 | dots >> 6, 0x80 | (dots & 0x3F));
	else
		putc(ascii, out);
}

/* Cells up to the last that is not empty; a colour is named where it changes. */
static void print_cells(const sp_chart *chart, const sp_screen *screen, const chart_canvas *canvas, int row, FILE *out)
{
	sp_colour colour = SP_COLOUR_PLAIN, next;
	int end = canvas->columns;

	while (end > 0 && canvas->owner[row][end - 1] == 0)
		end--;
	for (int column = 0; column < end; column++) {
		const sp_chart_series *series = &chart->series[canvas->owner[row][column] - (canvas->owner[row][column] > 0)];
		next = canvas->owner[row][column] > 0 ? series->colour : colour;
		if (next != colour)
			fputs(sp_screen_paint(screen, next), out);
		colour = next;
		print_cell(canvas, screen, row, column, series->ascii, out);
	}
	if (colour != SP_COLOUR_PLAIN)
		fputs(sp_screen_paint(screen, SP_COLOUR_PLAIN), out);
	putc('\n', out);
}

/* As many digits behind the point as the step of the labels needs to be true. */
static int label_digits(double step, int least)
{
	int digits = least;

	for (double x = step * pow(10, least); digits < 6 && fabs(x - round(x)) > 1e-6; x *= 10)
		digits++;
	return digits;
}

static void print_label(const sp_chart *chart, const chart_scale *scale, const chart_canvas *canvas, int row, FILE *out)
{
	int digits = chart->percent ? label_digits(100 * scale->step, 0) : label_digits(scale->step, 2);
	char text[32];

	for (double y = scale->low; y < scale->high + scale->step / 2; y += scale->step) {
		if (y_dot(canvas, scale, y) / canvas->down != row)
			continue;
		if (chart->percent)
			snprintf(text, sizeof text, "%.*f %%", digits, 100 * y);
		else
			snprintf(text, sizeof text, "%.*f", digits, y);
		fprintf(out, "%*s ", LABEL, text);
		return;
	}
	fprintf(out, "%*s ", LABEL, "");
}

#define LEGEND 7 /* [columns] beside a series' name: "   --- " */

static int text_columns(const char *text)
{
	int columns = 0;

	for (; *text; text++)
		columns += ((unsigned char)*text & 0xC0) != 0x80;
	return columns;
}

/* Names stand beside the title where there is room, else below it. */
static void print_title(const sp_chart *chart, const sp_screen *screen, FILE *out)
{
	int columns = text_columns(chart->title);

	for (size_t k = 0; k < chart->n_series; k++)
		columns += LEGEND + text_columns(chart->series[k].name);
	fprintf(out, "%s%s%s", sp_screen_paint(screen, SP_COLOUR_BOLD), chart->title,
	        sp_screen_paint(screen, SP_COLOUR_PLAIN));
	if (columns > screen->width)
		fprintf(out, "\n%*s", LABEL - 1, "");
	for (size_t k = 0; k < chart->n_series; k++) {
		const sp_chart_series *series = &chart->series[k];
		const char *line = series->dotted ? "⠂⠂⠂" : "⠤⠤⠤";
		char ascii[4] = {series->ascii, series->dotted ? ' ' : series->ascii, series->ascii, '\0'};
		fprintf(out, "   %s%s%s %s", sp_screen_paint(screen, series->colour), sp_screen_pick(screen, line, ascii),
		        sp_screen_paint(screen, SP_COLOUR_PLAIN), series->name);
	}
	putc('\n', out);
}

/* --- the time axis --- */

static int64_t tick_step(int64_t span_ns, int columns)
{
	static const int64_t steps[] = {SP_SEC,      10 * SP_SEC,  SP_MIN,      5 * SP_MIN,  10 * SP_MIN,
	                                15 * SP_MIN, 30 * SP_MIN,  SP_HOUR,     2 * SP_HOUR, 3 * SP_HOUR,
	                                6 * SP_HOUR, 12 * SP_HOUR, SP_DAY,      2 * SP_DAY,  7 * SP_DAY,
	                                14 * SP_DAY, 28 * SP_DAY,  91 * SP_DAY, 364 * SP_DAY};
	const size_t n = sizeof steps / sizeof steps[0];

	for (size_t i = 0; i < n; i++)
		if (span_ns / steps[i] * TICK_GAP <= columns)
			return steps[i];
	return steps[n - 1];
}

/* As fine as the step. */
static void write_time(int64_t t, int64_t step, char text[SP_NUMBER_MAX])
{
	if (step >= SP_DAY)
		sp_number_day(t, text);
	else
		sp_number_clock(t, text);
	if (step < SP_MIN)
		snprintf(text + strlen(text), SP_NUMBER_MAX - strlen(text), ":%02d", (int)(t % SP_MIN / SP_SEC));
}

static void print_axis(const sp_chart *chart, const sp_screen *screen, int columns, FILE *out)
{
	int64_t from = chart->t_ns[0], span = chart->t_ns[chart->n - 1] - from, step = tick_step(span, columns);
	char labels[SP_SCREEN_WIDTH_MAX + SP_NUMBER_MAX + 1], text[SP_NUMBER_MAX];
	bool tick[SP_SCREEN_WIDTH_MAX] = {false};
	int end = 0;

	memset(labels, ' ', sizeof labels);
	for (int64_t t = (from + step - 1) / step * step; span > 0 && t <= from + span; t += step) {
		int column = (int)((double)(t - from) / (double)span * (columns - 1));
		int at = column < 2 ? 0 : column - 2, most;
		write_time(t, step, text);
		most = columns + 1 - (int)strlen(text); /* the label may pass the axis by one */
		at = at < most ? at : most;
		tick[column] = true;
		if (end > 0 && at <= end)
			continue;
		memcpy(labels + at, text, strlen(text));
		end = at + (int)strlen(text);
	}
	labels[end] = '\0';
	fprintf(out, "%*s %s", LABEL, "", sp_screen_pick(screen, "└", "+"));
	for (int i = 0; i < columns; i++)
		fputs(tick[i] ? sp_screen_pick(screen, "┬", "+") : sp_screen_pick(screen, "─", "-"), out);
	fprintf(out, "\n%*s  %s\n", LABEL, "", labels);
}

void sp_chart_draw(const sp_chart *chart, const sp_screen *screen, FILE *out)
{
	chart_canvas canvas = {.columns = screen->width - LABEL - 3,
	                       .rows = chart->rows,
	                       .across = screen->utf8 ? 2 : 1,
	                       .down = screen->utf8 ? 4 : 1};
	chart_scale scale;

	SP_ASSERT(chart->n > 0 && chart->rows > 0 && chart->rows <= SP_CHART_ROWS_MAX);
	SP_ASSERT(chart->n_series <= SP_CHART_SERIES_MAX && canvas.columns > 0);
	if (!scale_of(chart, &scale))
		return;
	for (size_t k = 0; k < chart->n_series; k++)
		draw_series(chart, &scale, &canvas, k);
	print_title(chart, screen, out);
	for (int row = 0; row < canvas.rows; row++) {
		print_label(chart, &scale, &canvas, row, out);
		fputs(sp_screen_pick(screen, "│", "|"), out);
		print_cells(chart, screen, &canvas, row, out);
	}
	print_axis(chart, screen, canvas.columns, out);
}
