/* response.h - how the load answered to our price, as far as that can be told, and what loop gain that makes.
 *
 * A price that follows load moves with it, so comparing the two says nothing: the loop's own moves are never taken for causes. What is
 * taken are told moves by the GPU's cost (terms that their law calls exogenous): those would have come whatever the load did. Marginal cost is
 * not among them, it follows load. With z such a move, as a log-ratio, and a span a after it:
 *
 *     e(a) = - sum z (y(a) - y(0)) / sum z (x(a) - x(0))       y log load as the law reads it, x log index in force
 *
 * z is the instrument of everything the price did meanwhile, the loop's reaction included (Wald 1940). It is measured at twelve ages,
 * each twice the one before, the last one window: with a window of a day that is the same time of day, so a day's shape falls out.
 * One move is watched at a time; those that come meanwhile are noise, as z does not know of them.
 *
 *     elasticity  e at the last age; its error from what is left, sum z^2 (dy + e dx)^2 / (sum z dx)^2 (White 1980)
 *     delay       the first age at which half of the last age's answer is there
 *     answer      of our own law, which is no guess: by how much it moves the price per log error of load at a change,
 *                 sum m err / sum err^2
 *     gain        answer x elasticity: of an error of the load, so much does one change correct; 1 is all of it
 *
 * The sums fade with every new move, so that some twenty are remembered. Three moves at least, and an elasticity of over twice its error; else it is not identified, and why is said. Pure. */
#ifndef SP_ENGINE_RESPONSE_H
#define SP_ENGINE_RESPONSE_H

#include <stdint.h>

#include "base/estimate.h"

#define SP_RESPONSE_AGES 12

typedef struct sp_response {
	double y[SP_RESPONSE_AGES], x[SP_RESPONSE_AGES]; /* sum z dy, sum z dx, by age */
	double yy, xy, xx;                               /* sum z^2 dy^2, z^2 dx dy, z^2 dx^2 at the last age */
	double answered, erred;                          /* sum m err, sum err^2 */
	double z, y0, x0, z_y[SP_RESPONSE_AGES], z_x[SP_RESPONSE_AGES]; /* of the move that is watched */
	int64_t began_ns;                                               /* SP_TIME_NEVER: none is watched */
	uint32_t age;                                                   /* that it reaches next */
	uint32_t n_moves;                                               /* watched to the end */
	uint32_t n_answers, pad;
} sp_response;

/* A figure of the loop: what and how sure, or why not. */
typedef struct sp_measured {
	sp_answer answer;
	double value, sd; /* meaningful only when known; sd 0: not said */
} sp_measured;

typedef struct sp_response_report {
	sp_measured elasticity, delay_s, gain;
} sp_response_report;

void sp_response_init(sp_response *response);

/* sp_response_move - customers were told a move of which cost made so much.
 * in  z: its log-ratio, finite, 0: none; load > 0 as the law reads it, or 0 where it is unknown; index > 0 in force before it */
void sp_response_move(sp_response *response, int64_t now_ns, double z, double load, double index);

/* sp_response_answer - the loop told a move of its own to an error of the load, both as log-ratios. */
void sp_response_answer(sp_response *response, double move, double error);

/* sp_response_tick - looks at the move that is watched, when it reaches an age.
 * in  window_ns > 0: the last age; load, index as above */
void sp_response_tick(sp_response *response, int64_t window_ns, int64_t now_ns, double load, double index);

void sp_response_read(const sp_response *response, int64_t window_ns, sp_response_report *report);

#endif
