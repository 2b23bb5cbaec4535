/* report.c - see report.h. */
#include "cli/report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/time.h"
#include "cli/number.h"
#include "cli/svg.h"

#define PER_DAY(world) ((uint32_t)(SP_DAY / (world)->period_ns))

static void write_text(const char *text, FILE *out)
{
	for (; *text; text++) {
		const char *entity = *text == '<' ? "&lt;" : *text == '&' ? "&amp;" : *text == '>' ? "&gt;" : NULL;
		if (entity)
			fputs(entity, out);
		else
			putc(*text, out);
	}
}

static void write_money(const char *name, sp_money money, FILE *out)
{
	char count[SP_NUMBER_MAX];
	double usd = (double)money.nano / SP_NANO;

	fprintf(out, "<tr><td>%s<td class=\"n\">%s%s\n", name, usd < 0 ? "-" : "",
	        sp_number_count((uint64_t)llround(fabs(usd)), count));
}

/* --- traits --- */

void sp_report_traits(const sp_world *world,
                      void (*each)(void *context, const char *key, const char *value, const char *help), void *context)
{
	sp_world_traits initial = {0};
	char usual[64], drawn[64];

	SP_ASSERT(world != NULL && each != NULL);
	sp_params_init(sp_world_trait_params, sp_world_trait_n_params, &initial);
	for (size_t i = 0; i < sp_world_trait_n_params; i++) {
		const sp_param *row = &sp_world_trait_params[i];
		sp_param_format(row, &initial, usual);
		sp_param_format(row, &world->traits, drawn);
		if (strcmp(usual, drawn) != 0)
			each(context, row->key, drawn, row->help);
	}
}

static void write_trait(void *context, const char *key, const char *value, const char *help)
{
	FILE *out = context;

	fprintf(out, "<tr><td>%s<td class=\"n\">%s<td>", key, value);
	write_text(help, out);
	putc('\n', out);
}

/* --- pictures --- */

static void draw_prices(const sp_report *r, sp_svg_point *points, FILE *out)
{
	for (uint32_t i = 0; i < r->world->n_periods; i++)
		points[i] =
		    (sp_svg_point){r->world->start_ns + i * r->world->period_ns, r->periods[i].bill, r->periods[i].price, 0, 0};
	sp_svg_write(&(sp_svg){"Price, relative to list", points, r->world->n_periods, NULL, 0,
	                       "line: the price in force; points: the bill that buyers feel"},
	             out);
}

static void draw_load(const sp_report *r, sp_svg_point *points, FILE *out)
{
	for (uint32_t i = 0; i < r->world->n_periods; i++)
		points[i] = (sp_svg_point){r->world->start_ns + i * r->world->period_ns, r->periods[i].offered,
		                           r->periods[i].capacity, 0, 0};
	sp_svg_write(&(sp_svg){"Load, resource units per second", points, r->world->n_periods, NULL, 0,
	                       "points: offered; line: capacity that runs"},
	             out);
}

/* Per day: a period's margin is noise to the eye. */
static void draw_margin(const sp_report *r, sp_svg_point *points, FILE *out)
{
	const uint32_t per_day = PER_DAY(r->world), days = r->world->n_periods / per_day;

	for (uint32_t day = 0; day < days; day++) {
		double own = 0, list = 0;
		for (uint32_t i = day * per_day; i < (day + 1) * per_day; i++) {
			own += (double)r->periods[i].margin_nano / SP_NANO;
			list += (double)r->periods[i].list_nano / SP_NANO;
		}
		points[day] = (sp_svg_point){r->world->start_ns + day * SP_DAY, list, own, 0, 0};
	}
	sp_svg_write(&(sp_svg){"Margin, USD per day", points, days, NULL, 0,
	                       "line: this law; points: the list price held all along"},
	             out);
}

/* --- the page --- */

static void write_head(const sp_report *r, FILE *out)
{
	fputs("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>setpoint sim</title>\n"
	      "<style>body{font:15px/1.5 sans-serif;max-width:60em;margin:2em auto;padding:0 1em;color:#222}"
	      "table{border-collapse:collapse}td{padding:.15em 1.2em .15em 0;vertical-align:top}.n{text-align:right;"
	      "white-space:nowrap}svg{width:100%;height:auto;margin:1em 0}</style></head><body>\n<h1>",
	      out);
	write_text(r->world->kind->name, out);
	fprintf(out, ", seed %llu</h1>\n<p>", (unsigned long long)r->world->seed);
	write_text(r->help, out);
	fputs("</p>\n<p>Law: <code>", out);
	write_text(r->law, out);
	fprintf(out, "</code>. Base demand: %s. A simulated market, no customers.</p>\n", r->world->base);
}

static void write_result(const sp_report *r, FILE *out)
{
	const sp_trial_result *result = r->result;
	const double days = (double)r->world->n_priced / PER_DAY(r->world);

	fputs("<h2>What it came to</h2>\n<table>\n", out);
	write_money("Revenue, USD", result->money.revenue, out);
	write_money("Credits for overload", result->money.credits, out);
	write_money("Variable cost", result->money.variable, out);
	write_money("Cost of demand turned away", result->money.rejected, out);
	write_money("Rented GPUs", result->money.rented, out);
	write_money("<b>Margin</b>", result->money.margin, out);
	write_money("Margin at list price", r->list, out);
	write_money("Reserved GPUs: sunk, not in the margin", result->money.reserved, out);
	write_money("Lost in periods below cost", result->money.below, out);
	fprintf(out, "<tr><td>Moves a day<td class=\"n\">%.2f\n", result->moves / days);
	fprintf(out, "<tr><td>Time at floor or ceiling<td class=\"n\">%.1f %%\n",
	        100.0 * result->at_rail / r->world->n_priced);
	fprintf(out, "<tr><td>Demand turned away<td class=\"n\">%.2f %%\n",
	        result->offered > 0 ? 100 * result->rejected / result->offered : 0);
	fprintf(out, "<tr><td>Change of the bill in a week, 95 of 100<td class=\"n\">%.1f %%\n</table>\n",
	        100 * expm1(result->bill_change_p95));
}

sp_status sp_report_write(const sp_report *r, FILE *out)
{
	SP_ASSERT(r != NULL && r->periods != NULL && out != NULL);
	sp_svg_point *points = calloc(r->world->n_periods, sizeof *points);
	if (points == NULL)
		return SP_E_MEMORY;
	write_head(r, out);
	write_result(r, out);
	draw_prices(r, points, out);
	draw_load(r, points, out);
	draw_margin(r, points, out);
	fputs("<h2>The world, as drawn</h2>\n<table>\n", out);
	sp_report_traits(r->world, write_trait, out);
	fputs("</table>\n</body></html>\n", out);
	free(points);
	return SP_OK;
}
