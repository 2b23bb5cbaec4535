/* scorepage.c - see scorepage.h. Coordinates are written with one decimal: a tenth of a pixel. */
#include "cli/scorepage.h"

#include <math.h>
#include <string.h>

#include "base/assert.h"

#define WIDTH      960.0
#define LEFT       190.0
#define RIGHT      20.0
#define LINE       22.0
#define LOSS_LEAST -0.40 /* the axis of margins ends here; what lost more stands at its edge */
#define GAIN_MOST  0.05

static const char page_head[] =
    "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>setpoint score</title>\n"
    "<style>body{font:15px/1.5 sans-serif;max-width:66em;margin:2em auto;padding:0 1em;color:#222}"
    "table{border-collapse:collapse;font-size:13px}td,th{padding:.15em .6em;text-align:right;white-space:nowrap}"
    "td:first-child,th:first-child{text-align:left}.w{overflow-x:auto}"
    "svg{width:100%;height:auto;margin:1em 0}svg text{font:12px sans-serif;fill:#333}.r{text-anchor:end}"
    ".m{text-anchor:middle}.g{stroke:#e4e4e4}.z{stroke:#888}.d{fill:#06c;opacity:.35}.a{stroke:#c30;stroke-width:3}"
    ".s{stroke:#888;fill:none}.c{stroke:#2a2;fill:none}.l{stroke:#06c;stroke-width:1.6;fill:none}</style></"
    "head><body>\n";

static void page_text(const char *text, FILE *out)
{
	for (; *text; text++) {
		const char *entity = *text == '<' ? "&lt;" : *text == '&' ? "&amp;" : *text == '>' ? "&gt;" : NULL;
		if (entity)
			fputs(entity, out);
		else
			putc(*text, out);
	}
}

static const sp_score_row *page_row(const sp_scorecard *card, uint32_t w, uint32_t entrant)
{
	return &card->score->rows[(size_t)w * card->score->n_entrants + entrant];
}

static sp_world_group page_group(const sp_scorecard *card)
{
	for (uint32_t w = 0; w < card->score->n_worlds; w++)
		if (card->score->worlds[w].group == SP_WORLD_MAIN)
			return SP_WORLD_MAIN;
	return card->score->worlds[0].group;
}

/* --- every world of a law in a line --- */

static double at_loss(double x)
{
	return LEFT +
	       (WIDTH - LEFT - RIGHT) * (fmin(fmax(x, LOSS_LEAST), GAIN_MOST) - LOSS_LEAST) / (GAIN_MOST - LOSS_LEAST);
}

static void draw_law(const sp_scorecard *card, uint32_t entrant, sp_world_group group, double y, FILE *out)
{
	const sp_score_tally t = sp_score_add_up(card->score, entrant, sp_score_of_group, group);
	char name[SP_SCORECARD_NAME_MAX];

	fprintf(out, "<text class=\"r\" x=\"%.0f\" y=\"%.1f\">", LEFT - 8, y + 4);
	page_text(sp_scorecard_name(&card->plan->entrants[entrant], name), out);
	fputs("</text>\n", out);
	for (uint32_t w = 0; w < card->score->n_worlds; w++) {
		const sp_score_world *world = &card->score->worlds[w];
		const double whole = fabs((double)world->fixed.nano);
		if (world->group != group || whole <= 0)
			continue;
		const double x = (double)(page_row(card, w, entrant)->margin.nano - world->fixed.nano) / whole;
		fprintf(out, "<circle class=\"d\" cx=\"%.1f\" cy=\"%.1f\" r=\"4\"><title>%s %llu: %+.1f %%</title></circle>\n",
		        at_loss(x), y, sp_world_kinds[world->kind].name, (unsigned long long)world->seed, 100 * x);
	}
	fprintf(out, "<line class=\"a\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>\n", at_loss(t.mean_static), y - 8,
	        at_loss(t.mean_static), y + 8);
}

static void draw_losses(const sp_scorecard *card, FILE *out)
{
	const uint32_t n = card->score->n_entrants;
	const sp_world_group group = page_group(card);
	const double height = LINE * (n + 2);
	uint32_t order[SP_SCORE_ENTRANTS_MAX];

	sp_scorecard_order(card, group, order);
	fprintf(out,
	        "<h2>Margin against the best static price, every world a dot</h2>\n<p>In percent of that margin; red: the "
	        "mean; what lost more than %.0f %% stands at the edge.</p>\n"
	        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %.0f %.0f\">\n",
	        -100 * LOSS_LEAST, WIDTH, height);
	for (int percent = -40; percent <= 5; percent += 5) {
		const double x = at_loss(percent / 100.0);
		fprintf(out, "<line class=\"%s\" x1=\"%.1f\" y1=\"4\" x2=\"%.1f\" y2=\"%.1f\"/>", percent == 0 ? "z" : "g", x,
		        x, height - LINE);
		fprintf(out, "<text class=\"m\" x=\"%.1f\" y=\"%.1f\">%+d %%</text>\n", x, height - 6, percent);
	}
	for (uint32_t i = 0; i < n; i++)
		draw_law(card, order[i], group, LINE * (i + 0.8), out);
	fputs("</svg>\n", out);
}

/* --- prices of one world --- */

static void draw_path(const float *path, uint32_t n, const char *class, FILE *out)
{
	fprintf(out, "<path class=\"%s\" d=\"", class);
	for (uint32_t k = 0; k < n; k++) {
		const double y = 150 - 70 * log2((double)path[k]);
		fprintf(out, "%s%.1f %.1f", k == 0 ? "M" : "L", LEFT + (WIDTH - LEFT - RIGHT) * k / n, y);
	}
	fputs("\"/>\n", out);
}

static void draw_prices(const sp_scorecard *card, uint32_t w, uint32_t entrant, FILE *out)
{
	const sp_score_world *world = &card->score->worlds[w];
	static const double levels[] = {0.5, 1, 2};

	fprintf(out,
	        "<h3>%s, seed %llu, elasticity %.2f</h3>\n"
	        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %.0f 260\">\n",
	        sp_world_kinds[world->kind].name, (unsigned long long)world->seed, world->elasticity, WIDTH);
	for (size_t i = 0; i < sizeof levels / sizeof *levels; i++) {
		const double y = 150 - 70 * log2(levels[i]);
		fprintf(out, "<line class=\"g\" x1=\"%.0f\" y1=\"%.1f\" x2=\"%.0f\" y2=\"%.1f\"/>", LEFT, y, WIDTH - RIGHT, y);
		fprintf(out, "<text class=\"r\" x=\"%.0f\" y=\"%.1f\">%g of list</text>\n", LEFT - 8, y + 4, levels[i]);
	}

	fprintf(out, "<line class=\"s\" x1=\"%.0f\" y1=\"%.1f\" x2=\"%.0f\" y2=\"%.1f\"/>\n", LEFT,
	        150 - 70 * log2(world->fixed_price), WIDTH - RIGHT, 150 - 70 * log2(world->fixed_price));
	draw_path(world->best_path, world->n_stages, "c", out);
	draw_path(page_row(card, w, entrant)->path, world->n_stages, "l", out);
	fputs("</svg>\n", out);
}

static void draw_kinds(const sp_scorecard *card, FILE *out)
{
	uint32_t order[SP_SCORE_ENTRANTS_MAX];
	char name[SP_SCORECARD_NAME_MAX];

	sp_scorecard_order(card, page_group(card), order);
	fputs("<h2>Prices, the first seed of each kind</h2>\n<p>Blue: ", out);
	page_text(sp_scorecard_name(&card->plan->entrants[order[0]], name), out);
	fputs(", the first of the table; green: the clairvoyant; grey: the best static price.</p>\n", out);
	for (uint32_t w = 0; w < card->score->n_worlds; w += card->plan->n_seeds)
		draw_prices(card, w, order[0], out);
}

/* --- tables --- */

static void page_cell(sp_tally_share share, FILE *out)
{
	const double part = fmin(fmax(share.value, 0), 1);

	if (share.known)
		fprintf(out, "<td style=\"background:hsl(%.0f,70%%,85%%)\">%.2f", 120 * part, share.value);
	else
		fputs("<td>-", out);
}

static void write_shares(const sp_scorecard *card, FILE *out)
{
	uint32_t order[SP_SCORE_ENTRANTS_MAX];
	char name[SP_SCORECARD_NAME_MAX];

	sp_scorecard_order(card, page_group(card), order);
	fputs("<h2>Share of the way from list to the clairvoyant, by kind</h2>\n<div class=\"w\"><table>\n<tr><th>law told",
	      out);
	for (uint32_t k = 0; k < card->plan->n_kinds; k++)
		fprintf(out, "<th>%s", sp_world_kinds[card->plan->kinds[k]].name);
	for (uint32_t i = 0; i < card->score->n_entrants; i++) {
		fputs("\n<tr><td>", out);
		page_text(sp_scorecard_name(&card->plan->entrants[order[i]], name), out);
		for (uint32_t k = 0; k < card->plan->n_kinds; k++)
			page_cell(sp_score_add_up(card->score, order[i], sp_score_of_kind, card->plan->kinds[k]).share, out);
	}
	fputs("\n</table></div>\n", out);
}

static void write_group(const sp_scorecard *card, sp_world_group group, FILE *out)
{
	static const char *const headings[] = {
	    "law told", "share",       "of static",   "against static: mean %", "worst %",         "against list: mean %",
	    "worst %",  "moves a day", "at a rail %", "bill, 95 of 100 %",      "below cost, USD", "refused %"};
	uint32_t order[SP_SCORE_ENTRANTS_MAX];
	char name[SP_SCORECARD_NAME_MAX];

	if (sp_score_add_up(card->score, 0, sp_score_of_group, group).n == 0)
		return;
	fputs("<h2>", out);
	sp_scorecard_heading(card, group, out);
	fputs("</h2>\n<div class=\"w\"><table>\n<tr>", out);
	for (size_t c = 0; c < sizeof headings / sizeof *headings; c++)
		fprintf(out, "<th>%s", headings[c]);
	sp_scorecard_order(card, group, order);
	for (uint32_t i = 0; i < card->score->n_entrants; i++) {
		const sp_score_tally t = sp_score_add_up(card->score, order[i], sp_score_of_group, group);
		fputs("\n<tr><td>", out);
		page_text(sp_scorecard_name(&card->plan->entrants[order[i]], name), out);
		page_cell(t.share, out);
		page_cell(t.of_static, out);
		fprintf(out, "<td>%+.1f<td>%+.1f<td>%+.1f<td>%+.1f<td>%.2f<td>%.1f<td>%.1f<td>%.0f<td>%.2f",
		        100 * t.mean_static, 100 * t.worst_static, 100 * t.mean_list, 100 * t.worst_list, t.moves_a_day,
		        100 * t.at_rail, 100 * expm1(t.bill_change_p95), t.below_usd, 100 * t.refused);
	}
	fputs("\n</table></div>\n", out);
}

void sp_scorepage_write(const sp_scorecard *card, const char *command, FILE *out)
{
	SP_ASSERT(card != NULL && card->score->n_worlds > 0);
	SP_ASSERT(out != NULL);
	fputs(page_head, out);
	fputs("<h1>Scorecard</h1>\n<p>Made by <code>", out);
	page_text(command, out);
	fputs("</code>. A simulated market, no customers.</p>\n", out);
	for (int g = SP_WORLD_MAIN; g <= SP_WORLD_REPORTED; g++)
		write_group(card, (sp_world_group)g, out);
	draw_losses(card, out);
	write_shares(card, out);
	draw_kinds(card, out);
	fputs("</body></html>\n", out);
}
