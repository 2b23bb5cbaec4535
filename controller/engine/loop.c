/* loop.c - the loop's health in a family's turn: what of a told move was the loop's own, what came from outside, and what the load is that
 * answers (health.h, response.h). */
#include "base/assert.h"
#include "base/math.h"
#include "base/time.h"
#include "controller/engine/family.h"

void sp_loop_init(sp_family_state *state)
{
	sp_health_init(&state->health);
	sp_response_init(&state->response);
}

/* The load that the law reads: the pool's, or its family's own; 0 where it is unknown. */
static double load_read(const sp_turn *turn)
{
	uint32_t needs = sp_law_needs(turn->setup->law, turn->setup->law_params);
	const sp_reading *load = &turn->input->readings[needs & SP_NEEDS(LOAD) ? SP_READING_LOAD : SP_READING_DEMAND];
	bool known = load->answer.knowledge == SP_KNOWN && load->clock != SP_CLOCK_STALE && load->estimate.value > 0;

	return known ? load->estimate.value : 0;
}

void sp_loop_damp(sp_turn *turn)
{
	const sp_health *health = &turn->state->health;

	turn->load = load_read(turn);
	if (health->halvings == 0)
		return;
	sp_health_damp(health, turn->setup->law, &turn->wish);
	turn->damped = turn->wish.action == SP_LAW_MOVE;
}

/* Of what terms wished for, at most what the move has of it, and nothing where the move goes the other way. */
static int64_t part_of_move(int64_t wished, int64_t moved)
{
	if (wished > 0)
		return moved < 0 ? 0 : wished < moved ? wished : moved;
	return moved > 0 ? 0 : wished > moved ? wished : moved;
}

static double log_move(int64_t told, int64_t amount)
{
	SP_ASSERT(told > 0 && told + amount > 0);
	return amount == 0 ? 0 : sp_log((double)(told + amount) / (double)told);
}

/* What the loop did, and what came from outside: cost, but not marginal cost, which follows the load. */
static void split(const sp_turn *turn, double *loop, double *outside)
{
	const sp_law_ops *law = turn->setup->law;
	int64_t moved = sp_move_index(&turn->move) - turn->move.told, looped = 0, came = 0;

	for (size_t i = 0; i < law->n_terms; i++) {
		looped += sp_health_closes(&law->terms[i]) ? turn->state->law_terms_ppb[i] : 0;
		came += law->exogenous >> i & 1 ? turn->state->law_terms_ppb[i] : 0;
	}
	*loop = log_move(turn->move.told, part_of_move(looped, moved));
	*outside = log_move(turn->move.told, part_of_move(came, moved));
}

/* The loop's move against the error of the load that it answers to. */
static void answer(sp_turn *turn, double move)
{
	const sp_law_input *input = turn->input;
	const uint32_t needs = sp_law_needs(turn->setup->law, turn->setup->law_params);
	double at = input->capacity * input->setpoint;

	if (move == 0 || !(turn->load > 0) || !(at > 0) || !(needs & SP_NEEDS(LOAD)))
		return;
	sp_response_answer(&turn->state->response, move, sp_log(sp_clamp(turn->load / at, 0.5, 2)));
}

static double in_force(const sp_turn *turn)
{
	return (double)turn->state->book.in_force_ppb / (double)SP_NANO;
}

void sp_loop_told(sp_turn *turn)
{
	double loop, outside;

	if (turn->by_hand || turn->setup->loop.window_ns == 0)
		return;
	split(turn, &loop, &outside);
	sp_health_move(&turn->state->health, &turn->setup->loop, loop);
	answer(turn, loop);
	sp_response_move(&turn->state->response, turn->now_ns, outside, turn->load, in_force(turn));
}

void sp_loop_tick(sp_turn *turn)
{
	const uint32_t saturating = (UINT32_C(1) << SP_SATURATING) - 1;
	const sp_loop_setup *setup = &turn->setup->loop;

	if (setup->window_ns == 0)
		return;
	sp_health_tick(&turn->state->health, setup, turn->now_ns, (turn->move.binds & saturating) != 0);
	if (turn->state->response.began_ns != SP_TIME_NEVER)
		sp_response_tick(&turn->state->response, setup->window_ns, turn->now_ns, turn->load, in_force(turn));
}

void sp_engine_loop(const sp_engine *engine, uint32_t family, sp_loop_report *report)
{
	const sp_family_setup *setup = &engine->setup->families[family];
	const sp_health *health = &engine->families[family].health;

	SP_ASSERT(family < engine->setup->n_families && report);
	*report = (sp_loop_report){
	    .gain = sp_health_gain(health),
	    .alternations = health->alternations,
	    .moves = health->moves,
	    .at_rail = health->at_rail,
	    .trouble = health->trouble,
	    .since_ns = health->calm_ns,
	    .recovers_ns = sp_health_recovers_ns(health, &setup->loop),
	};
	sp_response_read(&engine->families[family].response, setup->loop.window_ns, &report->response);
}
