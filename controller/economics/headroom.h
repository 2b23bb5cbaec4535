/* headroom.h - how much capacity must stay free so that latency holds: from a target, by what was measured or by a queue's law.
 *
 * The pool key `slo_headroom` may be given; these say what it should be. Each answers the share of capacity that cannot be sold; a
 * pool that sells up to 1 - headroom keeps its target. What each assumes stands with it; docs/economics.md says when to use which. */
#ifndef SP_ECONOMICS_HEADROOM_H
#define SP_ECONOMICS_HEADROOM_H

#include <stdint.h>

#include "base/estimate.h"

/* sp_headroom_of_latency - from one measured pair: so much latency at so much utilization.
 *
 *     T(u) = s / (1 - u)     so     headroom = (1 - utilization) x latency / target
 *
 * Processor sharing: all requests in service share the GPU, as in continuous batching; the mean holds for any distribution of their
 * sizes. s, what a request takes on an idle pool, follows from the pair and need not be known.
 *
 * in     utilization in [0, 1); latency, target [s] > 0, both means (asserted finite)
 * out    *headroom in [0, 1); written only when known
 * fails  SP_NOT_IDENTIFIED at utilization 1 or more (a full pool says only that it is full), or when even an idle pool is too slow
 * source mean sojourn time of M/G/1 processor sharing: Kleinrock, Queueing Systems II, 1976, chapter 4 */
sp_answer sp_headroom_of_latency(double utilization, double latency_s, double target_s, double *headroom);

/* sp_headroom_of_slo - from one measured pair: such a share of requests within the objective at so much utilization.
 *
 *     1 - slo(u) = exp(-k (1 - u))     so     headroom = (1 - utilization) x log(1 - target) / log(1 - slo)
 *
 * Exponential tail: exact for the sojourn time of M/M/1, and how the tail of G/G/c falls in heavy traffic. k, how steep it is,
 * follows from the pair.
 *
 * in     utilization in [0, 1); slo, target in [0, 1]
 * out    *headroom in [0, 1); written only when known
 * fails  SP_TOO_LITTLE when every request was within it or none: nothing shows how the tail falls; SP_NOT_IDENTIFIED as above
 * source Kleinrock, Queueing Systems I, 1975, chapter 5 (M/M/1); Kingman 1962 for the tail in heavy traffic */
sp_answer sp_headroom_of_slo(double utilization, double slo, double target, double *headroom);

/* A pool as a queue: so many places, each taken by one request for a while. */
typedef struct sp_queue {
	uint32_t places;  /* requests that can be in service at once: GPUs x batch places; from 1 to SP_QUEUE_PLACES_MAX */
	double service_s; /* mean time in service [s] > 0 */
	double wait_s;    /* the longest wait that is well [s] >= 0 */
	double late;      /* share of requests that may wait longer, in (0, 1) */
	double variability; /* (ca^2 + cs^2) / 2 of arrivals and services, 1 for Poisson and exponential; > 0 */
} sp_queue;

#define SP_QUEUE_PLACES_MAX 1000000

/* sp_queue_delayed - the chance that an arriving request must wait, in a queue with so many places (Erlang C).
 *
 *     B(0) = 1,  B(k) = a B(k-1) / (k + a B(k-1)),  C = B(c) / (1 - (a / c) (1 - B(c)))
 *
 * in     places > 0; load a [erlang] in [0, places): arrivals per second x service_s
 * cost   O(places)
 * source Erlang 1917; the recursion: Jagerman 1974 */
double sp_queue_delayed(uint32_t places, double load);

/* sp_headroom_of_queue - from a queue's law: the most load at which few enough wait too long.
 *
 *     P(wait > t) = C(places, a) exp(-(places - a) t / (service_s x variability)) <= late,     headroom = 1 - a / places
 *
 * M/M/c, first come first served, one queue for all places; other variability by Allen and Cunneen's factor, as an approximation.
 * Large pools need less: a is near places - beta sqrt(places) (the square-root rule).
 *
 * out    *headroom in [0, 1], within 1e-9; written only when known
 * fails  SP_NOT_IDENTIFIED when no load keeps it
 * cost   O(places), some fifty times
 * source M/M/c: Kleinrock I, chapter 3; Halfin and Whitt 1981 (Operations Research 29); Allen, Probability, Statistics, and
 *        Queueing Theory, 1990 */
sp_answer sp_headroom_of_queue(const sp_queue *queue, double *headroom);

#endif
