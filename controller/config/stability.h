/* stability.h - is a family's loop calm? From the roots of the closed loop, over the bands of what is not known for sure.
 *
 * Near its setpoint a law moves the log price by `gain` of the log error at each step, and buyers answer with elasticity e, after a
 * delay of d whole steps and a first-order lag of N steps; a decaying mean of weight w may stand between. With a = e^(-1/N):
 *
 *     P(z) = z^-d x (1 - a) z / (z - a) x w z / (z - (1 - w))            z - 1 + gain e P(z) = 0
 *
 * A law that predicts (utilization_pi) takes out what it has been told, P0 with elasticity e0; its gain is per e0:
 *
 *     z - 1 + gain (1 - P0(z)) + gain (e / e0) P(z) = 0
 *
 * Stable: every root lies inside the unit circle. The largest tells how the loop comes to rest: of a swing |z|^(pi / angle) is left at
 * the next one, nothing where it is real and positive. At most a twentieth is called no oscillation. A lag of more than 10^5 steps
 * or a delay of more than 16 is computed in longer steps, in which the loop is the same.
 * source  reference of limits: Jury 1964; delay alone: 2 sin(pi / (2 (2 d + 1))) and d^d / (d + 1)^(d + 1) */
#ifndef SP_CONFIG_STABILITY_H
#define SP_CONFIG_STABILITY_H

#include <stdbool.h>

#include "controller/engine/setup.h"

/* Steps that are computed as they are; a longer delay is computed in longer steps, on the careful side by up to 4 %. */
#define SP_DELAY_MAX  16
#define SP_SWING_CALM 0.05 /* so much of a swing left at the next is no oscillation */

typedef struct sp_plant {
	double elasticity;
	int delay;     /* whole steps, >= 0 */
	double lag;    /* steps; 0: none */
	double weight; /* of the newest in a decaying mean; 1: none */
} sp_plant;

typedef struct sp_closed_loop {
	double gain;
	sp_plant plant;
	bool predicts;
	sp_plant told;
} sp_closed_loop;

typedef struct sp_rest {
	double size;  /* of the largest root: below 1 is stable */
	double swing; /* of a swing, so much is left at the next; 0: none */
} sp_rest;

typedef enum sp_verdict { SP_VERDICT_CALM, SP_VERDICT_SWINGS, SP_VERDICT_UNSTABLE } sp_verdict;

/* sp_stability_rest - how the loop comes to rest. */
sp_rest sp_stability_rest(const sp_closed_loop *loop);
sp_verdict sp_stability_verdict(sp_rest rest, double swing_most);
const char *sp_verdict_words(sp_verdict verdict); /* "stable, no oscillation" */

/* sp_stability_limit - the largest gain up to which the verdict is at most so bad; swing_most 0: not a trace of a swing. */
double sp_stability_limit(const sp_closed_loop *loop, sp_verdict worst, double swing_most);

/* What the check of one family says. */
typedef struct sp_stability {
	bool steers;  /* its law has a setpoint, and gives a gain; else nothing else is said */
	bool assumed; /* nobody was told the elasticity: the band is assumed */
	sp_verdict verdict;
	sp_rest rest;     /* the worst over the bands */
	sp_plant worst;   /* where that is */
	int64_t step_ns;  /* what its lag and delay count in */
	double gain;      /* as configured [log price per log error and step] */
	double chosen;    /* the largest gain that is calm over all of the bands, at most 1 */
	double low, high; /* elasticity */
	int64_t lag_low_ns, lag_high_ns, delay_low_ns, delay_high_ns;
} sp_stability;

/* sp_stability_check - a family's law over its bands. cost: some hundred small polynomials; allocates: no */
void sp_stability_check(const sp_setup *setup, uint32_t family, sp_stability *out);

/* sp_stability_is_calm - is the loop of a family, whose law steers, calm over all of its bands? */
bool sp_stability_is_calm(const sp_setup *setup, const sp_family_setup *family);

/* sp_stability_same - would the check of two families say the same, but for the name? */
bool sp_stability_same(const sp_setup *setup, const sp_family_setup *a, const sp_family_setup *b);

#endif
