/* tally.c - see tally.h. Sums in the worlds' order: the same bits whoever lived them. */
#include "sim/score/tally.h"

#include "base/assert.h"
#include "base/math.h"

static double usd(sp_money money)
{
	return (double)money.nano / SP_NANO;
}

/* Differences are taken in nano-USD: a law that made what list makes has made 0 of the way, exactly. */
static double gained(sp_money from, sp_money to)
{
	return (double)(to.nano - from.nano) / SP_NANO;
}

static sp_tally_share share_of(double made, double gap, double margin)
{
	const bool known = gap > 0 && gap >= SP_TALLY_GAP_LEAST * sp_abs(margin);

	return (sp_tally_share){known, known ? made / gap : 0};
}

sp_tally_share sp_score_share(const sp_score_world *world, const sp_score_row *row)
{
	return share_of(gained(world->list, row->margin), gained(world->list, row->clairvoyant), usd(world->fixed));
}

bool sp_score_of_group(const sp_score_world *world, uint32_t group)
{
	return world->group == (sp_world_group)group;
}

bool sp_score_of_kind(const sp_score_world *world, uint32_t kind)
{
	return world->kind == kind;
}

typedef struct tally_sums {
	double made, gap, static_gap, offered, rejected;
} tally_sums;

/* A world whose best static price earns nothing has no percent of it. */
static double part_of(double gain, const sp_score_world *world)
{
	const double whole = sp_abs(usd(world->fixed));

	return whole > 0 ? gain / whole : 0;
}

static void tally_world(sp_score_tally *t, tally_sums *sums, const sp_score_world *world, const sp_score_row *row)
{
	const double on_static = part_of(gained(world->fixed, row->margin), world);
	const double on_list = part_of(gained(world->list, row->margin), world);

	sums->made += gained(world->list, row->margin);
	sums->gap += gained(world->list, row->clairvoyant);
	sums->static_gap += gained(world->list, world->fixed);
	sums->offered += row->offered;
	sums->rejected += row->rejected;
	t->mean_static += on_static;
	t->mean_list += on_list;
	t->worst_static = t->n == 0 || on_static < t->worst_static ? on_static : t->worst_static;
	t->worst_list = t->n == 0 || on_list < t->worst_list ? on_list : t->worst_list;
	t->moves_a_day += row->moves_a_day;
	t->at_rail += row->at_rail;
	t->bill_change_p95 += row->bill_change_p95;
	t->below_usd += usd(row->below);
	t->margin_usd += usd(row->margin);
	t->list_usd += usd(world->list);
	t->static_usd += usd(world->fixed);
	t->clairvoyant_usd += usd(row->clairvoyant);
	t->reserved_usd += usd(world->reserved);
	t->n++;
}

sp_score_tally sp_score_add_up(const sp_score *score, uint32_t entrant, sp_score_pick pick, uint32_t which)
{
	sp_score_tally t = {0};
	tally_sums sums = {0};

	SP_ASSERT(score != NULL && entrant < score->n_entrants);
	for (uint32_t i = 0; i < score->n_worlds; i++)
		if (pick(&score->worlds[i], which))
			tally_world(&t, &sums, &score->worlds[i], &score->rows[(size_t)i * score->n_entrants + entrant]);
	if (t.n == 0)
		return t;
	t.mean_static /= t.n;
	t.mean_list /= t.n;
	t.moves_a_day /= t.n;
	t.at_rail /= t.n;
	t.bill_change_p95 /= t.n;
	t.refused = sums.offered > 0 ? sums.rejected / sums.offered : 0;
	t.share = share_of(sums.made, sums.gap, t.static_usd);
	t.of_static = share_of(sums.made, sums.static_gap, t.static_usd);
	return t;
}
