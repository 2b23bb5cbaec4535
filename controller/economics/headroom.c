/* headroom.c - three ways from a target to the capacity that cannot be sold; see headroom.h. */
#include "controller/economics/headroom.h"

#include <float.h>
#include <stddef.h>

#include "base/assert.h"
#include "base/math.h"

#define HEADROOM_HALVINGS 50 /* of the load, until it is exact to 1e-9 of the places and far beyond */

static const char full_pool[] = "measured on a full pool, which says only that it is full";
static const char too_slow[] = "even an idle pool does not keep the target";

/* A share of capacity that is to stay free, where it is one. */
static sp_answer headroom_answer(double share, double *headroom)
{
	if (!(share < 1))
		return (sp_answer){SP_NOT_IDENTIFIED, too_slow};
	*headroom = share;
	return (sp_answer){SP_KNOWN, NULL};
}

sp_answer sp_headroom_of_latency(double utilization, double latency_s, double target_s, double *headroom)
{
	SP_ASSERT(utilization >= 0 && sp_finite(utilization) && headroom != NULL);
	SP_ASSERT(latency_s > 0 && sp_finite(latency_s) && target_s > 0 && sp_finite(target_s));
	if (utilization >= 1)
		return (sp_answer){SP_NOT_IDENTIFIED, full_pool};
	return headroom_answer((1 - utilization) * (latency_s / target_s), headroom);
}

sp_answer sp_headroom_of_slo(double utilization, double slo, double target, double *headroom)
{
	SP_ASSERT(utilization >= 0 && sp_finite(utilization) && headroom != NULL);
	SP_ASSERT(slo >= 0 && slo <= 1 && target >= 0 && target <= 1);
	if (utilization >= 1)
		return (sp_answer){SP_NOT_IDENTIFIED, full_pool};
	if (1 - slo >= 1 || slo >= 1)
		return (sp_answer){SP_TOO_LITTLE, "all or none were within the objective: nothing shows how the tail falls"};
	if (target >= 1)
		return (sp_answer){SP_NOT_IDENTIFIED, too_slow};
	return headroom_answer((1 - utilization) * (sp_log(1 - target) / sp_log(1 - slo)), headroom);
}

double sp_queue_delayed(uint32_t places, double load)
{
	SP_ASSERT(places > 0 && places <= SP_QUEUE_PLACES_MAX);
	SP_ASSERT(load >= 0 && load < places);
	double lost = 1;
	for (uint32_t k = 1; k <= places; k++)
		lost = load * lost / (k + load * lost);
	return lost / (1 - load / places * (1 - lost));
}

/* The share of requests that wait too long. */
static double queue_late(const sp_queue *queue, double load)
{
	double spans = sp_clamp(queue->wait_s / queue->service_s / queue->variability, 0, DBL_MAX);
	double steps = sp_clamp((queue->places - load) * spans, 0, DBL_MAX);

	return sp_queue_delayed(queue->places, load) * sp_exp(-steps);
}

sp_answer sp_headroom_of_queue(const sp_queue *queue, double *headroom)
{
	SP_ASSERT(queue->places >= 1 && queue->places <= SP_QUEUE_PLACES_MAX && queue->service_s > 0);
	SP_ASSERT(queue->wait_s >= 0 && queue->late > 0 && queue->late < 1 && queue->variability > 0);
	double kept = 0, missed = queue->places;
	for (int i = 0; i < HEADROOM_HALVINGS; i++) {
		double middle = kept + (missed - kept) / 2;
		if (middle < queue->places && queue_late(queue, middle) <= queue->late)
			kept = middle;
		else
			missed = middle;
	}
	if (kept == 0)
		return (sp_answer){SP_NOT_IDENTIFIED, too_slow};
	*headroom = 1 - kept / queue->places;
	return (sp_answer){SP_KNOWN, NULL};
}
