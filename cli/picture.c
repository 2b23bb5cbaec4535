/* picture.c - a story in charts; see picture.h. */
#include "cli/picture.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "cli/chart.h"
#include "cli/number.h"

#define FAMILIES_MAX 8
/* How each quantity is drawn: rows, labels, and the least span of the scale. */
typedef struct picture_kind {
	int rows;
	bool percent;
	double least_span;
} picture_kind;

static const picture_kind load_kind = {7, true, 0.02};
static const picture_kind cost_kind = {5, false, 0.001}; /* a tenth of a cent */
static const picture_kind index_kind = {8, false, 0.02}; /* two points of the sheet */

/* Columns of numbers for the chart, one arena. */
typedef struct picture {
	const sp_story *story;
	const sp_setup *setup;
	const sp_screen *screen;
	FILE *out;
	uint32_t n;
	int64_t *t_ns;
	double *columns[SP_CHART_SERIES_MAX];
} picture;

static void picture_fini(picture *p)
{
	free(p->t_ns);
	for (int i = 0; i < SP_CHART_SERIES_MAX; i++)
		free(p->columns[i]);
}

static bool picture_init(picture *p)
{
	bool whole = (p->t_ns = calloc(p->n, sizeof *p->t_ns)) != NULL;

	for (int i = 0; i < SP_CHART_SERIES_MAX; i++)
		whole &= (p->columns[i] = calloc(p->n, sizeof(double))) != NULL;
	return whole;
}

static double *fill(picture *p, int column, double y)
{
	for (uint32_t i = 0; i < p->n; i++)
		p->columns[column][i] = y;
	return p->columns[column];
}

static void draw(picture *p, const picture_kind *kind, const char *title, const sp_chart_series *series,
                 size_t n_series)
{
	sp_chart chart = {.title = title,
	                  .rows = kind->rows,
	                  .t_ns = p->t_ns,
	                  .n = p->n,
	                  .series = series,
	                  .n_series = n_series,
	                  .least_span = kind->least_span,
	                  .percent = kind->percent};

	sp_chart_draw(&chart, p->screen, p->out);
}

static void draw_load(picture *p, const sp_pool_setup *pool, const sp_story_point *points)
{
	char title[256];
	sp_chart_series series[] = {
	    {"setpoint", fill(p, 0, (double)pool->setpoint_ppb / SP_NANO), SP_COLOUR_YELLOW, true, '.'},
	    {"load", fill(p, 1, 0), SP_COLOUR_CYAN, false, '*'},
	};

	for (uint32_t i = 0; i < p->n; i++)
		p->columns[1][i] = points[i].load < 0 ? NAN : points[i].load;
	snprintf(title, sizeof title, "%s: load, of capacity", pool->id);
	draw(p, &load_kind, title, series, 2);
}

/* Only where it moves: a flat line is no news. */
static void draw_cost(picture *p, const sp_pool_setup *pool, const sp_story_point *points)
{
	const double million = 1e6;
	double low = INFINITY, high = 0;
	char title[256];
	sp_chart_series series[] = {{"cost", fill(p, 0, NAN), SP_COLOUR_MAGENTA, false, '*'}};

	for (uint32_t i = 0; i < p->n; i++) {
		if (points[i].cost < 0)
			continue;
		p->columns[0][i] = points[i].cost * million;
		low = fmin(low, p->columns[0][i]);
		high = fmax(high, p->columns[0][i]);
	}
	if (!(high > low * 1.001))
		return;
	snprintf(title, sizeof title, "%s: cost, USD per 1M resource units", pool->id);
	draw(p, &cost_kind, title, series, 1);
}

/* A bound far outside the moves would flatten them: it is named, not drawn. */
static bool near(double bound, double low, double high)
{
	double room = fmax(high - low, 0.05);

	return bound >= low - room / 2 && bound <= high + room / 2;
}

static double index_real(int64_t ppb)
{
	return (double)ppb / SP_NANO;
}

static void index_title(const sp_story_family *family, sp_index floor, sp_index ceiling, bool drawn[2], char title[256])
{
	char low[SP_NUMBER_MAX], high[SP_NUMBER_MAX];
	const char *policy = family->policy;

	sp_number_index(floor, low);
	sp_number_index(ceiling, high);
	snprintf(title, 256, "%s: index (%s)%s%s%s%s", family->id, policy, drawn[0] ? "" : ", floor ", drawn[0] ? "" : low,
	         drawn[1] ? "" : ", ceiling ", drawn[1] ? "" : high);
}

static void draw_index(picture *p, uint32_t family, const sp_story_point *points)
{
	const sp_story_family *f = sp_story_family_at(p->story, family);
	double low = index_real(f->low.ppb), high = index_real(f->high.ppb);
	sp_index floor, ceiling;
	bool announced = false, drawn[2];
	sp_chart_series series[4];
	size_t n = 0;
	char title[256];

	sp_setup_bounds(p->setup, family, &floor, &ceiling);
	for (uint32_t i = 0; i < p->n; i++) {
		p->columns[0][i] = index_real(points[i].in_force_ppb);
		p->columns[1][i] = index_real(points[i].told_ppb);
		announced |= points[i].told_ppb != points[i].in_force_ppb;
		low = fmin(low, p->columns[1][i]);
		high = fmax(high, p->columns[1][i]);
	}
	drawn[0] = near(index_real(floor.ppb), low, high);
	drawn[1] = near(index_real(ceiling.ppb), low, high);
	if (drawn[1])
		series[n++] = (sp_chart_series){"ceiling", fill(p, 2, index_real(ceiling.ppb)), SP_COLOUR_RED, true, '.'};
	if (drawn[0])
		series[n++] = (sp_chart_series){"floor", fill(p, 3, index_real(floor.ppb)), SP_COLOUR_BLUE, true, '.'};
	if (announced)
		series[n++] = (sp_chart_series){"announced", p->columns[1], SP_COLOUR_YELLOW, false, 'o'};
	series[n++] = (sp_chart_series){"in force", p->columns[0], SP_COLOUR_GREEN, false, '*'};
	index_title(f, floor, ceiling, drawn, title);
	draw(p, &index_kind, title, series, n);
}

static void draw_pool(picture *p, uint32_t pool, uint32_t *left)
{
	bool first = true;

	for (uint32_t i = 0; i < p->setup->n_families; i++) {
		uint32_t n;
		const sp_story_point *points = sp_story_points(p->story, i, &n);
		if (p->setup->families[i].pool != pool || !points || *left == 0)
			continue;
		for (uint32_t k = 0; k < n; k++)
			p->t_ns[k] = points[k].t_ns;
		if (first) {
			draw_load(p, &p->setup->pools[pool], points);
			draw_cost(p, &p->setup->pools[pool], points);
		}
		draw_index(p, i, points);
		first = false;
		(*left)--;
	}
}

void sp_picture_draw(const sp_story *story, const sp_setup *setup, const sp_screen *screen, FILE *out)
{
	picture p = {.story = story, .setup = setup, .screen = screen, .out = out};
	uint32_t left = FAMILIES_MAX;
	char text[2 * SP_NUMBER_MAX];

	SP_ASSERT(sp_story_n_families(story) == setup->n_families);
	if (!sp_story_points(story, 0, &p.n) || p.n < 2)
		return;
	if (picture_init(&p))
		for (uint32_t pool = 0; pool < setup->n_pools; pool++)
			draw_pool(&p, pool, &left);
	picture_fini(&p);
	if (setup->n_families > FAMILIES_MAX)
		fprintf(out, "%s not drawn\n", sp_number_plural(setup->n_families - FAMILIES_MAX, "more family", text));
}
