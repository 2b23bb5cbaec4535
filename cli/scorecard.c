/* scorecard.c - see scorecard.h. */
#include "cli/scorecard.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "cli/number.h"
#include "cli/table.h"
#include "cli/wrap.h"

#define CELL        24
#define WIDE_ENOUGH 100 /* [columns] for all columns */

static const struct {
	const char *key, *says;
} scorecard_groups[] = {
    [SP_WORLD_MAIN] = {"main", "Judged on"},
    [SP_WORLD_INELASTIC] = {"inelastic", "Demand that hardly answers"},
    [SP_WORLD_NOTICE] = {"notice", "Raises told 30 days ahead, contracts"},
    [SP_WORLD_REPORTED] = {"reported", "A rival who reacts: shown, never a goal"},
};
#define GROUPS (sizeof scorecard_groups / sizeof *scorecard_groups)

char *sp_scorecard_name(const sp_entrant *entrant, char text[SP_SCORECARD_NAME_MAX])
{
	const bool given = strcmp(entrant->params, sp_entrant_usual(entrant->law)) != 0;

	snprintf(text, SP_SCORECARD_NAME_MAX, "%s%s%s%s", entrant->law->name, given ? "*" : "",
	         entrant->told.text[0] ? " " : "", entrant->told.text);
	return text;
}

static sp_score_tally tally_group(const sp_scorecard *card, uint32_t entrant, sp_world_group group)
{
	return sp_score_add_up(card->score, entrant, sp_score_of_group, group);
}

void sp_scorecard_order(const sp_scorecard *card, sp_world_group group, uint32_t *order)
{
	double made[SP_SCORE_ENTRANTS_MAX];

	SP_ASSERT(card->score->n_entrants <= SP_SCORE_ENTRANTS_MAX);
	for (uint32_t i = 0; i < card->score->n_entrants; i++) {
		uint32_t at = i;
		made[i] = tally_group(card, i, group).margin_usd;
		for (; at > 0 && made[order[at - 1]] < made[i]; at--)
			order[at] = order[at - 1];
		order[at] = i;
	}
}

/* --- words --- */

static char *share_text(sp_tally_share share, char text[CELL])
{
	snprintf(text, CELL, share.known ? "%.2f" : "-", share.value);
	return text;
}

static char *percent_text(double part, char text[CELL])
{
	snprintf(text, CELL, "%+.1f", 100 * part);
	return text;
}

/* Means lie closer together than the worst of them. */
static char *mean_text(double part, char text[CELL])
{
	snprintf(text, CELL, "%+.2f", 100 * part);
	return text;
}

static char *plain_percent(double part, char text[CELL])
{
	snprintf(text, CELL, "%.1f", 100 * part);
	return text;
}

static const sp_table_column scorecard_columns[] = {
    {"law told", SP_TABLE_LEFT}, {"share", SP_TABLE_POINT}, {"static", SP_TABLE_POINT}, {"mean", SP_TABLE_POINT},
    {"worst", SP_TABLE_POINT},   {"list", SP_TABLE_POINT},  {"worst", SP_TABLE_POINT},  {"moves", SP_TABLE_POINT},
    {"rail", SP_TABLE_POINT},    {"bill", SP_TABLE_POINT},  {"below", SP_TABLE_RIGHT},  {"away", SP_TABLE_POINT},
    {NULL, SP_TABLE_LEFT},
};
#define COLUMNS (sizeof scorecard_columns / sizeof *scorecard_columns - 1)

/* A column without cells is left out: on a narrow screen those that can be missed. */
static void row_fill(const sp_entrant *entrant, const sp_score_tally *t, bool wide,
                     char cells[COLUMNS][SP_NUMBER_MAX + CELL])
{
	char name[SP_SCORECARD_NAME_MAX];

	snprintf(cells[0], SP_NUMBER_MAX + CELL, "%s", sp_scorecard_name(entrant, name));
	share_text(t->share, cells[1]);
	share_text(t->of_static, cells[2]);
	mean_text(t->mean_static, cells[3]);
	percent_text(t->worst_static, cells[4]);
	mean_text(t->mean_list, cells[5]);
	percent_text(t->worst_list, cells[6]);
	snprintf(cells[7], CELL, "%.2f", t->moves_a_day);
	plain_percent(t->at_rail, cells[8]);
	plain_percent(expm1(t->bill_change_p95), cells[9]);
	sp_number_count((uint64_t)llround(t->below_usd / t->n), cells[10]);
	plain_percent(t->refused, cells[11]);
	for (uint32_t c = 2; c < COLUMNS && !wide; c++)
		if (c == 2 || c == 5 || c == 9 || c == 10)
			cells[c][0] = '\0';
}

static uint32_t group_kinds(const sp_score *score, sp_world_group group)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < score->n_worlds; i++)
		n += score->worlds[i].group == group && (i == 0 || score->worlds[i].kind != score->worlds[i - 1].kind);
	return n;
}

bool sp_scorecard_heading(const sp_scorecard *card, sp_world_group group, FILE *out)
{
	const sp_score_tally t = tally_group(card, 0, group);
	char worlds[2 * SP_NUMBER_MAX], kinds[2 * SP_NUMBER_MAX];

	if (t.n == 0)
		return false;
	double clairvoyant = 0, whole = fabs(t.static_usd);
	for (uint32_t i = 0; i < card->score->n_worlds; i++)
		if (card->score->worlds[i].group == group)
			clairvoyant += (double)card->score->worlds[i].clairvoyant.nano * 1e-9;
	fprintf(out, "%s: %s of %s", scorecard_groups[group].says, sp_number_plural(t.n, "world", worlds),
	        sp_number_plural(group_kinds(card->score, group), "kind", kinds));
	if (whole > 0)
		fprintf(
		    out,
		    ". Of the best static margin, list makes %+.1f %%, a clairvoyant %+.1f %%; reserved GPUs, sunk and in no "
		    "margin here, cost %.0f %% of it",
		    100 * (t.list_usd - t.static_usd) / whole, 100 * (clairvoyant - t.static_usd) / whole,
		    100 * t.reserved_usd / whole);
	fputs(".\n", out);
	return true;
}

static sp_status words_group(const sp_scorecard *card, sp_world_group group, const sp_screen *screen, FILE *out)
{
	uint32_t order[SP_SCORE_ENTRANTS_MAX];
	sp_table *table = sp_table_open(scorecard_columns);

	if (!table)
		return SP_E_MEMORY;
	sp_scorecard_order(card, group, order);
	for (uint32_t i = 0; i < card->score->n_entrants; i++) {
		const sp_score_tally t = tally_group(card, order[i], group);
		char cells[COLUMNS][SP_NUMBER_MAX + CELL];
		const char *texts[COLUMNS];
		row_fill(&card->plan->entrants[order[i]], &t, screen->width >= WIDE_ENOUGH, cells);
		for (uint32_t c = 0; c < COLUMNS; c++)
			texts[c] = cells[c];
		sp_table_add(table, SP_COLOUR_PLAIN, texts);
	}
	sp_status status = sp_table_print(table, screen, out);
	sp_table_close(table);
	return status;
}

static const char scorecard_key[] =
    "share: of the way from list to the clairvoyant, in dollars; static: the same to the best static price in "
    "hindsight, never a goal; mean and worst: margin against static, list and worst: against list, in percent of "
    "the static margin; moves a day; rail: percent of time at floor or ceiling; bill: 95 of 100 weekly changes of a "
    "bill are at most this, in percent; below: dollars lost in periods under cost, a world; away: demand turned away, "
    "in percent. -: the gap is under 1 % of margin.";

sp_status sp_scorecard_words(const sp_scorecard *card, const sp_screen *screen, FILE *out)
{
	sp_status status = SP_OK;

	for (uint32_t g = 0; g < GROUPS && status == SP_OK; g++) {
		char *text = NULL;
		size_t size = 0;
		FILE *line = open_memstream(&text, &size);
		if (!line)
			return SP_E_MEMORY;
		const bool there = sp_scorecard_heading(card, g, line);
		if (fclose(line) != 0 || text == NULL)
			return SP_E_MEMORY;
		if (there) {
			text[strcspn(text, "\n")] = '\0';
			sp_wrap_line(out, screen, text, 0, 0);
			status = words_group(card, g, screen, out);
			putc('\n', out);
		}
		free(text);
	}
	sp_wrap_line(out, screen, scorecard_key, 0, 0);
	return status;
}

/* --- JSON --- */

static json_t *share_json(sp_tally_share share)
{
	return share.known ? json_real(share.value) : json_null();
}

static json_t *money_json(sp_money money)
{
	char text[SP_DECIMAL_TEXT_MAX];

	return json_string(sp_decimal_format(money.nano, text));
}

static json_t *tally_json(const sp_score_tally *t)
{
	return json_pack("{s:i,s:o,s:o,s:{s:f,s:f},s:{s:f,s:f},s:f,s:f,s:f,s:f,s:f,s:{s:f,s:f,s:f,s:f,s:f}}", "worlds",
	                 (int)t->n, "share", share_json(t->share), "share_of_static", share_json(t->of_static),
	                 "against_static", "mean", t->mean_static, "worst", t->worst_static, "against_list", "mean",
	                 t->mean_list, "worst", t->worst_list, "moves_a_day", t->moves_a_day, "at_rail", t->at_rail,
	                 "bill_change_p95", t->bill_change_p95, "refused", t->refused, "below_cost_usd", t->below_usd,
	                 "margin_usd", "law", t->margin_usd, "list", t->list_usd, "static", t->static_usd, "clairvoyant",
	                 t->clairvoyant_usd, "reserved", t->reserved_usd);
}

static json_t *entrant_json(const sp_scorecard *card, uint32_t i)
{
	const sp_entrant *entrant = &card->plan->entrants[i];
	json_t *groups = json_object(), *kinds = json_object();

	for (uint32_t g = 0; g < GROUPS; g++) {
		const sp_score_tally t = tally_group(card, i, g);
		if (t.n > 0)
			json_object_set_new(groups, scorecard_groups[g].key, tally_json(&t));
	}
	for (uint32_t k = 0; k < card->plan->n_kinds; k++) {
		const sp_score_tally t = sp_score_add_up(card->score, i, sp_score_of_kind, card->plan->kinds[k]);
		json_object_set_new(kinds, sp_world_kinds[card->plan->kinds[k]].name, tally_json(&t));
	}
	return json_pack("{s:s,s:s,s:s?,s:o,s:o}", "law", entrant->law->name, "parameters", entrant->params, "told",
	                 entrant->told.text[0] ? entrant->told.text : NULL, "groups", groups, "scenarios", kinds);
}

static json_t *row_json(const sp_entrant *entrant, const sp_score_world *world, const sp_score_row *row)
{
	return json_pack("{s:s,s:s?,s:o,s:o,s:o,s:f,s:f,s:f,s:f}", "law", entrant->law->name, "told",
	                 entrant->told.text[0] ? entrant->told.text : NULL, "margin_usd", money_json(row->margin), "share",
	                 share_json(sp_score_share(world, row)), "below_cost_usd", money_json(row->below), "moves_a_day",
	                 row->moves_a_day, "at_rail", row->at_rail, "bill_change_p95", row->bill_change_p95, "refused",
	                 row->offered > 0 ? row->rejected / row->offered : 0);
}

static json_t *world_json(const sp_scorecard *card, uint32_t w)
{
	const sp_score_world *world = &card->score->worlds[w];
	json_t *rows = json_array();

	for (uint32_t i = 0; i < card->score->n_entrants; i++)
		json_array_append_new(rows, row_json(&card->plan->entrants[i], world,
		                                     &card->score->rows[(size_t)w * card->score->n_entrants + i]));
	return json_pack("{s:s,s:I,s:s,s:s,s:f,s:f,s:{s:o,s:o,s:o,s:o},s:o}", "scenario", sp_world_kinds[world->kind].name,
	                 "seed", (json_int_t)world->seed, "group", scorecard_groups[world->group].key, "base", world->base,
	                 "elasticity", world->elasticity, "static_price", world->fixed_price, "margin_usd", "list",
	                 money_json(world->list), "static", money_json(world->fixed), "clairvoyant",
	                 money_json(world->clairvoyant), "reserved", money_json(world->reserved), "laws", rows);
}

json_t *sp_scorecard_json(const sp_scorecard *card)
{
	json_t *laws = json_array(), *worlds = json_array();

	for (uint32_t i = 0; i < card->score->n_entrants; i++)
		json_array_append_new(laws, entrant_json(card, i));
	for (uint32_t w = 0; w < card->score->n_worlds; w++)
		json_array_append_new(worlds, world_json(card, w));
	return json_pack("{s:s,s:{s:I,s:I},s:i,s:o,s:o}", "schema", "setpoint.score/v1", "seeds", "first",
	                 (json_int_t)card->plan->first_seed, "last",
	                 (json_int_t)(card->plan->first_seed + card->plan->n_seeds - 1), "block_moves",
	                 (int)card->plan->moves, "laws", laws, "worlds", worlds);
}

/* --- the page --- */

static void markdown_group(const sp_scorecard *card, sp_world_group group, FILE *out)
{
	uint32_t order[SP_SCORE_ENTRANTS_MAX];

	sp_scorecard_order(card, group, order);
	fputs("\n|", out);
	for (uint32_t c = 0; c < COLUMNS; c++)
		fprintf(out, " %s |", scorecard_columns[c].heading);
	fputs("\n|---|", out);
	for (uint32_t c = 1; c < COLUMNS; c++)
		fputs("---:|", out);
	for (uint32_t i = 0; i < card->score->n_entrants; i++) {
		const sp_score_tally t = tally_group(card, order[i], group);
		char cells[COLUMNS][SP_NUMBER_MAX + CELL];
		row_fill(&card->plan->entrants[order[i]], &t, true, cells);
		fputs("\n|", out);
		for (uint32_t c = 0; c < COLUMNS; c++)
			fprintf(out, " %s |", cells[c]);
	}
	putc('\n', out);
}

static void markdown_kinds(const sp_scorecard *card, FILE *out)
{
	char text[SP_SCORECARD_NAME_MAX], cell[CELL];

	fputs("\n## By kind\n\nThe share of the way from list to the clairvoyant.\n\n| law told |", out);
	for (uint32_t k = 0; k < card->plan->n_kinds; k++)
		fprintf(out, " %s |", sp_world_kinds[card->plan->kinds[k]].name);
	fputs("\n|---|", out);
	for (uint32_t k = 0; k < card->plan->n_kinds; k++)
		fputs("---:|", out);
	for (uint32_t i = 0; i < card->score->n_entrants; i++) {
		fprintf(out, "\n| %s |", sp_scorecard_name(&card->plan->entrants[i], text));
		for (uint32_t k = 0; k < card->plan->n_kinds; k++)
			fprintf(out, " %s |",
			        share_text(sp_score_add_up(card->score, i, sp_score_of_kind, card->plan->kinds[k]).share, cell));
	}
	putc('\n', out);
}

/* What a test lives again: few worlds, to the nano-USD. */
static bool is_checked(const sp_scorecard *card, const sp_score_world *world)
{
	const char *name = sp_world_kinds[world->kind].name;

	return world->seed == card->plan->first_seed && (strcmp(name, "calm") == 0 || strcmp(name, "notice") == 0);
}

static void markdown_checked(const sp_scorecard *card, FILE *out)
{
	char text[SP_DECIMAL_TEXT_MAX], name[SP_SCORECARD_NAME_MAX];

	fputs("\n## Margins to the nano-USD\n\nA test lives these again.\n\n```\n", out);
	for (uint32_t w = 0; w < card->score->n_worlds; w++) {
		const sp_score_world *world = &card->score->worlds[w];
		const char *kind = sp_world_kinds[world->kind].name;
		if (!is_checked(card, world))
			continue;
		fprintf(out, "%s %llu: list %s", kind, (unsigned long long)world->seed,
		        sp_decimal_format(world->list.nano, text));
		fprintf(out, ", static %s", sp_decimal_format(world->fixed.nano, text));
		fprintf(out, ", clairvoyant %s\n", sp_decimal_format(world->clairvoyant.nano, text));
		for (uint32_t i = 0; i < card->score->n_entrants; i++)
			fprintf(out, "%s %llu: %s: %s\n", kind, (unsigned long long)world->seed,
			        sp_scorecard_name(&card->plan->entrants[i], name),
			        sp_decimal_format(card->score->rows[(size_t)w * card->score->n_entrants + i].margin.nano, text));
	}
	fputs("```\n", out);
}

void sp_scorecard_markdown(const sp_scorecard *card, const char *command, FILE *out)
{
	const uint64_t first = card->plan->first_seed;

	fprintf(out,
	        "# Scorecard\n\nMade by one command, not by hand:\n\n```sh\n%s\n```\n\n"
	        "Every price law of the registry on every kind of world, seeds %llu to %llu, in a simulated market "
	        "([market.md](market.md)). Told is what a\nlaw believes of the elasticity when it starts: a number, the "
	        "world's own (truth), or that and certain of it (sure). %s\n",
	        command, (unsigned long long)first, (unsigned long long)(first + card->plan->n_seeds - 1), scorecard_key);
	for (uint32_t g = 0; g < GROUPS; g++) {
		if (tally_group(card, 0, g).n == 0)
			continue;
		fprintf(out, "\n## %s\n\n", scorecard_groups[g].says);
		sp_scorecard_heading(card, g, out);
		markdown_group(card, g, out);
	}
	markdown_kinds(card, out);
	markdown_checked(card, out);
}
