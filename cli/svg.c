/* svg.c - see svg.h. Coordinates are written with one decimal: a tenth of a pixel. */
#include "cli/svg.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/assert.h"
#include "base/time.h"

#define WIDTH        960.0
#define HEIGHT       420.0
#define LEFT         70.0
#define RIGHT        20.0
#define TOP          48.0
#define BOTTOM       40.0
#define STRETCHES    800  /* of the time axis: about one a pixel */
#define LARGEST      1e99 /* beyond, nothing is drawn to scale */
#define TICKS_WANTED 6
#define ESTIMATE_LEGEND \
	"points: measured; line: estimate; dark: it lies here at 90 %; light: so would the next measurement"

typedef struct svg_axes {
	const sp_svg *svg;
	double low, high; /* of values */
	int64_t from_ns, to_ns;
	FILE *out;
} svg_axes;

static double at_time(const svg_axes *axes, int64_t t_ns)
{
	double whole = (double)(axes->to_ns - axes->from_ns);

	return LEFT + (WIDTH - LEFT - RIGHT) * (whole > 0 ? (double)(t_ns - axes->from_ns) / whole : 0.5);
}

static double at_value(const svg_axes *axes, double y)
{
	double share = (fmin(fmax(y, axes->low), axes->high) - axes->low) / (axes->high - axes->low);

	return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * share;
}

/* --- the scale --- */

static void scale_take(svg_axes *axes, double y)
{
	if (isnan(y) || fabs(y) > LARGEST)
		return;
	axes->low = fmin(axes->low, y);
	axes->high = fmax(axes->high, y);
}

/* Measurements and estimate lie inside; a band may go out, that it does not squeeze them. */
static void scale_find(svg_axes *axes)
{
	const sp_svg *svg = axes->svg;

	axes->low = INFINITY;
	axes->high = -INFINITY;
	for (size_t i = 0; i < svg->n; i++) {
		scale_take(axes, svg->points[i].x);
		scale_take(axes, svg->points[i].value);
	}
	if (axes->low > axes->high)
		axes->low = axes->high = 0;
	double margin = axes->high > axes->low ? 0.08 * (axes->high - axes->low) : fmax(1e-9, 0.1 * fabs(axes->high));
	axes->low -= margin;
	axes->high += margin;
	axes->from_ns = svg->points[0].t_ns;
	axes->to_ns = svg->points[svg->n - 1].t_ns;
}

/* 1, 2 or 5 times a power of ten. */
static double tick_size(double span)
{
	double power = pow(10, floor(log10(span / TICKS_WANTED))), times = span / TICKS_WANTED / power;

	return power * (times <= 1 ? 1 : times <= 2 ? 2 : times <= 5 ? 5 : 10);
}

static void draw_value_ticks(const svg_axes *axes)
{
	double size = tick_size(axes->high - axes->low);

	double first = ceil(axes->low / size);

	for (int i = 0; i < 3 * TICKS_WANTED && (first + i) * size <= axes->high; i++) {
		double y = at_value(axes, (first + i) * size);
		fprintf(axes->out, "<line class=\"g\" x1=\"%.0f\" y1=\"%.1f\" x2=\"%.0f\" y2=\"%.1f\"/>", LEFT, y,
		        WIDTH - RIGHT, y);
		fprintf(axes->out, "<text class=\"r\" x=\"%.0f\" y=\"%.1f\">%.6g</text>\n", LEFT - 6, y + 4,
		        (first + i) * size);
	}
}

static int64_t time_tick(int64_t span_ns)
{
	static const int64_t sizes[] = {SP_SEC,      5 * SP_SEC,   15 * SP_SEC,   SP_MIN,       5 * SP_MIN,
	                                15 * SP_MIN, SP_HOUR,      3 * SP_HOUR,   6 * SP_HOUR,  12 * SP_HOUR,
	                                SP_DAY,      2 * SP_DAY,   7 * SP_DAY,    14 * SP_DAY,  30 * SP_DAY,
	                                90 * SP_DAY, 365 * SP_DAY, 1000 * SP_DAY, 3650 * SP_DAY};
	size_t i = 0;

	while (i + 1 < sizeof sizes / sizeof *sizes && span_ns / sizes[i] > TICKS_WANTED + 2)
		i++;
	return sizes[i];
}

/* A day, or a time of day where ticks are closer; midnight is the day. */
static const char *time_label(int64_t t_ns, int64_t size_ns, char text[SP_TIME_TEXT_MAX])
{
	char *clock;

	sp_time_format(t_ns, text);
	clock = strchr(text, 'T');
	if (!clock)
		return text;
	*clock = '\0';
	clock[size_ns < SP_MIN ? 9 : 6] = '\0';
	return size_ns >= SP_DAY || t_ns % SP_DAY == 0 ? text : clock + 1;
}

static void draw_time_ticks(const svg_axes *axes)
{
	int64_t size_ns = time_tick(axes->to_ns - axes->from_ns),
	        first_ns = (axes->from_ns + size_ns - 1) / size_ns * size_ns;
	char text[SP_TIME_TEXT_MAX];

	for (int64_t t_ns = first_ns; t_ns <= axes->to_ns; t_ns += size_ns)
		fprintf(axes->out, "<text class=\"m\" x=\"%.1f\" y=\"%.0f\">%s</text>\n", at_time(axes, t_ns),
		        HEIGHT - BOTTOM + 18, time_label(t_ns, size_ns, text));
}

/* --- lines and bands --- */

/* Up to two points for each stretch of the axis: those with the smallest and the largest `of`, in order of time. */
static size_t thinned(const svg_axes *axes, double (*of)(const sp_svg_point *), size_t from, size_t kept[2],
                      size_t *next)
{
	const sp_svg *svg = axes->svg;
	size_t stretch = svg->n / STRETCHES + 1, end = from + stretch < svg->n ? from + stretch : svg->n;
	size_t least = svg->n, most = svg->n;

	for (size_t i = from; i < end; i++) {
		if (isnan(of(&svg->points[i])))
			continue;
		least = least == svg->n || of(&svg->points[i]) < of(&svg->points[least]) ? i : least;
		most = most == svg->n || of(&svg->points[i]) > of(&svg->points[most]) ? i : most;
	}
	*next = end;
	if (least == svg->n)
		return 0;
	kept[0] = least < most ? least : most;
	kept[1] = least < most ? most : least;
	return least == most ? 1 : 2;
}

static double measured(const sp_svg_point *point)
{
	return point->x;
}

static double believed(const sp_svg_point *point)
{
	return point->value;
}

static void draw_points(const svg_axes *axes)
{
	size_t kept[2];

	fputs("<path class=\"x\" d=\"", axes->out);
	for (size_t i = 0; i < axes->svg->n;) {
		size_t n = thinned(axes, measured, i, kept, &i);
		for (size_t k = 0; k < n; k++) {
			const sp_svg_point *point = &axes->svg->points[kept[k]];
			fprintf(axes->out, "M%.1f %.1fh0", at_time(axes, point->t_ns), at_value(axes, point->x));
		}
	}
	fputs("\"/>\n", axes->out);
}

static void draw_line(const svg_axes *axes)
{
	size_t kept[2];
	const char *way = "M";

	fputs("<path class=\"e\" d=\"", axes->out);
	for (size_t i = 0; i < axes->svg->n;) {
		size_t n = thinned(axes, believed, i, kept, &i);
		for (size_t k = 0; k < n; k++, way = "L") {
			const sp_svg_point *point = &axes->svg->points[kept[k]];
			fprintf(axes->out, "%s%.1f %.1f", way, at_time(axes, point->t_ns), at_value(axes, point->value));
		}
	}
	fputs("\"/>\n", axes->out);
}

static double half_width(const sp_svg_point *point, bool outer)
{
	return outer ? point->reach : point->band;
}

/* There along the upper edge, and back along the lower; one point a stretch. */
static void draw_band(const svg_axes *axes, bool outer)
{
	const sp_svg *svg = axes->svg;
	size_t stretch = svg->n / STRETCHES + 1;
	const char *way = "M";

	fprintf(axes->out, "<path class=\"%s\" d=\"", outer ? "o" : "b");
	for (size_t i = 0; i < svg->n; i += stretch) {
		const sp_svg_point *point = &svg->points[i];
		if (isnan(point->value))
			continue;
		fprintf(axes->out, "%s%.1f %.1f", way, at_time(axes, point->t_ns),
		        at_value(axes, point->value + half_width(point, outer)));
		way = "L";
	}
	for (size_t i = (svg->n - 1) / stretch * stretch;; i -= stretch) {
		const sp_svg_point *point = &svg->points[i];
		if (!isnan(point->value))
			fprintf(axes->out, "%s%.1f %.1f", way, at_time(axes, point->t_ns),
			        at_value(axes, point->value - half_width(point, outer)));
		if (i == 0)
			break;
	}
	fputs(*way == 'L' ? "Z\"/>\n" : "\"/>\n", axes->out);
}

static void draw_marks(const svg_axes *axes)
{
	for (size_t i = 0; i < axes->svg->n_marks; i++) {
		double x = at_time(axes, axes->svg->marks[i]);
		fprintf(axes->out, "<line class=\"c\" x1=\"%.1f\" y1=\"%.0f\" x2=\"%.1f\" y2=\"%.0f\"/>\n", x, TOP, x,
		        HEIGHT - BOTTOM);
	}
}

/* --- the whole --- */

static void write_escaped(const char *text, FILE *out)
{
	for (; *text; text++) {
		const char *entity = *text == '<' ? "&lt;" : *text == '&' ? "&amp;" : *text == '>' ? "&gt;" : NULL;
		if (entity)
			fputs(entity, out);
		else
			putc(*text, out);
	}
}

static void write_head(const sp_svg *svg, FILE *out)
{
	fprintf(out,
	        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %.0f %.0f\" font-family=\"sans-serif\" "
	        "font-size=\"12\">\n"
	        "<style>rect{fill:#fff}text{fill:#333}.r{text-anchor:end}.m{text-anchor:middle}.g{stroke:#e4e4e4}"
	        ".x{stroke:#222;stroke-width:2.4;stroke-linecap:round;fill:none}.e{stroke:#06c;stroke-width:1.6;fill:none}"
	        ".b{fill:#06c;opacity:.28}.o{fill:#06c;opacity:.10}.c{stroke:#c30;stroke-dasharray:4 3}</style>\n"
	        "<rect width=\"100%%\" height=\"100%%\"/>\n<text x=\"%.0f\" y=\"20\" font-size=\"14\">",
	        WIDTH, HEIGHT, LEFT);
	write_escaped(svg->title, out);
	fprintf(out, "</text>\n<text x=\"%.0f\" y=\"38\">", LEFT);
	write_escaped(svg->legend ? svg->legend : ESTIMATE_LEGEND, out);
	fprintf(out, "%s</text>\n", svg->n_marks > 0 ? "; dashed: a change began" : "");
}

void sp_svg_write(const sp_svg *svg, FILE *out)
{
	svg_axes axes = {.svg = svg, .out = out};

	SP_ASSERT(svg->title && out);
	write_head(svg, out);
	if (svg->n > 0) {
		scale_find(&axes);
		draw_value_ticks(&axes);
		draw_time_ticks(&axes);
		draw_band(&axes, true);
		draw_band(&axes, false);
		draw_line(&axes);
		draw_points(&axes);
		draw_marks(&axes);
	}
	fputs("</svg>\n", out);
}
