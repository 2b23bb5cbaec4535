/* chart.h - a line chart in the terminal: braille dots (2 x 4 a column), or plain ASCII where there is no Unicode.
 *
 * Series share one time axis and one scale. Lines are drawn as held values, because that is what a price is; bounds are dotted.
 * Drawing order is the series' order: the last one is on top. */
#ifndef SP_CLI_CHART_H
#define SP_CLI_CHART_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "cli/screen.h"

#define SP_CHART_ROWS_MAX   24
#define SP_CHART_SERIES_MAX 6

typedef struct sp_chart_series {
	const char *name;
	const double *y; /* [n of the chart]; NaN: nothing there */
	sp_colour colour;
	bool dotted;
	char ascii; /* its mark where there is no Unicode */
} sp_chart_series;

typedef struct sp_chart {
	const char *title;
	int rows;            /* of the plot, up to SP_CHART_ROWS_MAX */
	const int64_t *t_ns; /* [n], rising */
	size_t n;            /* points, at least 1 */
	const sp_chart_series *series;
	size_t n_series;
	double least_span; /* the scale covers at least this much, so that noise does not look like news */
	bool percent;      /* y labels in percent */
} sp_chart;

/* sp_chart_draw - title with the names of the series, plot with y labels, time axis. Nothing when no point is known. */
void sp_chart_draw(const sp_chart *chart, const sp_screen *screen, FILE *out);

#endif
