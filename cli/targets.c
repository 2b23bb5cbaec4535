/* targets.c - see targets.h. */
#include "cli/targets.h"

#include <stdio.h>

#include "controller/economics/headroom.h"

/* One way from a target to a headroom. */
typedef struct target_way {
	const char *name, *unit; /* "latency_target", of the answer's key; of the measured value */
	double target, utilization, measured;
	sp_answer answer;
	double headroom;
} target_way;

static const char not_measured[] = "send utilization and the signal for the pool, and give --log or --trace";

static target_way headroom_of(const sp_stock *stock, bool by_latency, double target)
{
	uint32_t subject = stock->scene->setup->pools[stock->pool].subject;
	sp_signal_kind kind = by_latency ? SP_KIND_latency : SP_KIND_slo;
	target_way way = {
	    by_latency ? "latency" : "slo", by_latency ? " s" : "", target, 0, 0, {SP_TOO_LITTLE, not_measured}, 0};

	if (!sp_tally_mean(stock->scene->tally, subject, SP_KIND_utilization, &way.utilization) ||
	    !sp_tally_mean(stock->scene->tally, subject, kind, &way.measured))
		return way;
	if (by_latency && way.measured > 0)
		way.answer = sp_headroom_of_latency(way.utilization, way.measured, target, &way.headroom);
	else if (!by_latency)
		way.answer = sp_headroom_of_slo(way.utilization, way.measured, target, &way.headroom);
	return way;
}

static void print_headroom(const sp_stock *stock, const target_way *way)
{
	const char *pool = stock->scene->setup->pools[stock->pool].id;

	if (way->answer.knowledge != SP_KNOWN) {
		printf("%s: headroom for a %s of %g%s: unknown: %s\n", pool, way->name, way->target, way->unit,
		       way->answer.reason);
		return;
	}
	printf("%s: headroom for a %s of %g%s: %.1f %%, by %g%s at a utilization of %.1f %%; slo_headroom is %.1f %%\n",
	       pool, way->name, way->target, way->unit, 100 * way->headroom, way->measured, way->unit,
	       100 * way->utilization, 100 * stock->supply.slo_headroom);
}

static json_t *headroom_json(const sp_stock *stock, const target_way *way)
{
	bool known = way->answer.knowledge == SP_KNOWN;

	return json_pack("{s:s,s:s,s:f,s:o,s:o}", "pool", stock->scene->setup->pools[stock->pool].id, "by", way->name,
	                 "target", way->target, "headroom", known ? json_real(way->headroom) : json_null(), "unknown",
	                 known ? json_null() : json_string(way->answer.reason));
}

static void tell(const sp_stock *stock, bool by_latency, double target, json_t *into)
{
	target_way way;

	if (target == 0)
		return;
	way = headroom_of(stock, by_latency, target);
	if (into)
		json_array_append_new(into, headroom_json(stock, &way));
	else
		print_headroom(stock, &way);
}

void sp_targets_tell(const sp_stock *stock, const sp_targets *targets, json_t *into)
{
	tell(stock, false, targets->slo, into);
	tell(stock, true, targets->latency_s, into);
}
