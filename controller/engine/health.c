/* health.c - is a family's loop calm? See health.h. */
#include "controller/engine/health.h"

#include "base/assert.h"
#include "base/math.h"
#include "base/time.h"

#define RELAPSES_MAX 5 /* the longest wait is 2^5 recoveries */

void sp_health_init(sp_health *health)
{
	*health = (sp_health){.t_ns = SP_TIME_NEVER, .calm_ns = SP_TIME_NEVER};
}

/* --- what is counted --- */

static double health_least(const sp_loop_setup *setup)
{
	return (double)setup->least_move_ppb / (double)SP_NANO;
}

/* Follows the level to its extreme; a way back from it of more than least_move is a turn. */
static void health_follow(sp_health *h, double least)
{
	double back = (h->turn - h->way) * h->heading;

	if (h->heading == 0) {
		if (sp_abs(h->way - h->turn) <= least)
			return;
		h->heading = h->way > h->turn ? 1 : -1;
		h->turn = h->way;
	} else if (back < 0) {
		h->turn = h->way;
	} else if (back > least) {
		h->heading = -h->heading;
		h->turn = h->way;
		h->alternations++;
	}
}

void sp_health_move(sp_health *health, const sp_loop_setup *setup, double log_ratio)
{
	SP_ASSERT(sp_finite(log_ratio));
	if (log_ratio == 0)
		return;
	health->way += log_ratio;
	if (sp_abs(log_ratio) >= health_least(setup))
		health->moves++;
	health_follow(health, health_least(setup));
}

static void health_fade(sp_health *h, const sp_loop_setup *setup, int64_t now_ns, bool at_rail)
{
	double span = h->t_ns == SP_TIME_NEVER ? 0 : (double)(now_ns - h->t_ns);
	double left = setup->window_ns > 0 ? sp_exp(-span / (double)setup->window_ns) : 1;

	SP_ASSERT(span >= 0);
	h->alternations *= left;
	h->moves *= left;
	h->at_rail = (at_rail ? 1 : 0) + left * (h->at_rail - (at_rail ? 1 : 0));
	h->t_ns = now_ns;
}

/* --- what follows from it --- */

static bool health_over(double count, int64_t limit)
{
	return limit != SP_PARAM_NONE && limit > 0 && count > (double)limit;
}

static uint32_t health_trouble(const sp_health *h, const sp_loop_setup *setup)
{
	uint32_t trouble = 0;

	if (health_over(h->alternations, setup->alternations))
		trouble |= SP_TROUBLE_ALTERNATES;
	if (health_over(h->moves, setup->flap_budget))
		trouble |= SP_TROUBLE_FLAPS;
	return trouble;
}

static void health_halve(sp_health *h, uint32_t trouble, int64_t now_ns)
{
	h->relapses += h->doubled && h->relapses < RELAPSES_MAX;
	h->doubled = 0;
	h->halvings += h->halvings < SP_HALVINGS_MAX;
	h->trouble = trouble;
	h->calm_ns = now_ns;
	h->alternations = h->moves = 0;
}

/* When calm will have lasted long enough; SP_TIME_NEVER where nothing was ever wrong. */
static int64_t health_trusted_ns(const sp_health *h, const sp_loop_setup *setup)
{
	return h->calm_ns == SP_TIME_NEVER ? SP_TIME_NEVER : h->calm_ns + (setup->recovery_ns << h->relapses);
}

int64_t sp_health_recovers_ns(const sp_health *health, const sp_loop_setup *setup)
{
	SP_ASSERT(health->halvings == 0 || health->calm_ns != SP_TIME_NEVER);
	return health->halvings > 0 ? health_trusted_ns(health, setup) : SP_TIME_NEVER;
}

static void health_trust(sp_health *h, int64_t now_ns)
{
	if (h->halvings == 0) { /* calm with all of its gain: forgiven */
		h->calm_ns = SP_TIME_NEVER;
		h->relapses = h->trouble = h->doubled = 0;
		return;
	}
	h->halvings--;
	h->doubled = 1;
	h->calm_ns = now_ns;
}

void sp_health_tick(sp_health *health, const sp_loop_setup *setup, int64_t now_ns, bool at_rail)
{
	uint32_t trouble = health_trouble(health, setup);

	if (trouble)
		health_halve(health, trouble, now_ns);
	else if (health->calm_ns != SP_TIME_NEVER && now_ns >= health_trusted_ns(health, setup))
		health_trust(health, now_ns);
	health_fade(health, setup, now_ns, at_rail);
}

/* --- what it does to a wish --- */

double sp_health_gain(const sp_health *health)
{
	SP_ASSERT(health->halvings <= SP_HALVINGS_MAX);
	return 1.0 / (double)(1u << health->halvings);
}

bool sp_health_closes(const sp_law_term *term)
{
	return term->clock == SP_CLOCK_DEMAND && !term->cost;
}

void sp_health_damp(const sp_health *health, const sp_law_ops *law, sp_wish *wish)
{
	double gain = sp_health_gain(health);

	SP_ASSERT(law->n_terms <= SP_LAW_TERMS_MAX);
	if (health->halvings == 0)
		return;
	for (size_t i = 0; i < law->n_terms; i++) {
		if (!sp_health_closes(&law->terms[i]))
			continue;
		wish->terms[i].log_ratio *= gain;
		wish->terms[i].amount.ppb /= INT64_C(1) << health->halvings;
	}
}
