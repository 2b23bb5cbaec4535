/* svg.h - a quantity and what is believed of it as one self-contained SVG: no script, no font, no link.
 *
 * Drawn are the measurements (points), the estimate (a line), within what it lies at 90 % (a dark band), within what the next measurement
 * would lie (a light band), and a mark at every change of level. More points than are told apart are thinned to the smallest and
 * largest of each stretch. */
#ifndef SP_CLI_SVG_H
#define SP_CLI_SVG_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

typedef struct sp_svg_point {
	int64_t t_ns;
	double x;                  /* measured; NaN: not at this time */
	double value, band, reach; /* estimate; half widths of the dark and of the light band; value NaN: not known */
} sp_svg_point;

typedef struct sp_svg {
	const char *title;
	const sp_svg_point *points; /* [n] in order of time */
	size_t n;
	const int64_t *marks; /* [n_marks] times */
	size_t n_marks;
	const char *legend; /* under the title; NULL: an estimate's */
} sp_svg;

/* sp_svg_write - the picture; nothing but a title where there is no point. Errors of the stream are the caller's to see. */
void sp_svg_write(const sp_svg *svg, FILE *out);

#endif
