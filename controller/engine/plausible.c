/* plausible.c - is a record believable? What is not waits until others agree with it (P5).
 *
 * A kind may have a largest plausible jump (base/signal.h, or the configuration). Loads have none, they come and go; but more than
 * all the pool's GPUs could serve twice over is doubted all the same, and so are a gauge beyond its end and a capacity far from
 * what the lots say. */
#include "controller/engine/state.h"

/* Both positive and within the ratio of one another; zero is no ratio to anything but zero. */
static bool is_near(double a, double b, double ratio)
{
	return a == b || (a > 0 && b > 0 && a <= b * ratio && b <= a * ratio);
}

#define DOUBT_RATIO   3.0 /* of a load or a capacity to its last value */
#define DOUBT_GAUGE   1.5 /* of a utilization above 1 */
#define DOUBT_LOAD    2.0 /* of what all listed GPUs could serve */
#define DOUBT_CONFIRM 3   /* records that must agree, the first of a gauge included */

/* The ratio within which a record needs no confirmation, and the value it is measured against; false: it is not doubted. */
static bool doubt(const sp_engine *engine, const sp_signal *signal, const sp_subject *subject, const sp_gauge *gauge,
                  double *ratio, double *against)
{
	const sp_setup *setup = engine->setup;
	double x = sp_kinds[signal->kind].money ? 0 : signal->value.real, weight = 0, listed;
	uint32_t family = subject->slot;

	*against = gauge->seen ? gauge->value.real : 0;
	if (signal->kind == SP_KIND_utilization && x > 1) {
		*ratio = DOUBT_GAUGE;
		return true;
	}
	if (signal->kind == SP_KIND_capacity) {
		*against = gauge->seen ? gauge->value.real : engine->pool_scratch[subject->slot].listed;
		*ratio = *against > 0 ? DOUBT_RATIO : 0;
		return *against > 0;
	}
	if (signal->kind != SP_KIND_demand && signal->kind != SP_KIND_served && signal->kind != SP_KIND_rejected)
		return false;
	if (subject->type == SP_SUBJECT_SKU) {
		weight = setup->skus[subject->slot].weight;
		family = setup->skus[subject->slot].family;
	} else {
		weight = engine->fixed[family].weight;
	}
	listed = engine->pool_scratch[setup->families[family].pool].listed;
	if (listed <= 0 || x * weight <= DOUBT_LOAD * listed)
		return false;
	*ratio = DOUBT_RATIO;
	return true;
}

/* A jump is real when `confirm` records in a row agree with one another; one sent twice confirms nothing. */
static bool is_confirmed(sp_gauge *gauge, const sp_signal *signal, double ratio, int64_t confirm)
{
	uint32_t kind = signal->kind;

	if (gauge->streak == 0 || !is_near(sp_kind_real(kind, signal->value), sp_kind_real(kind, gauge->candidate), ratio))
		gauge->streak = 0;
	if (gauge->streak == 0 || signal->t_ns > gauge->candidate_t_ns) {
		gauge->candidate_t_ns = signal->t_ns;
		gauge->streak++;
	}
	gauge->candidate = signal->value;
	if ((int64_t)gauge->streak < confirm)
		return false;
	gauge->streak = 0;
	return true;
}

/* The first value of a kind that may not jump is taken as it is. A first GPU price that nothing has seconded yet gives way to
 * the next one, whatever that is: which of the two was wrong, nobody can say (pool.c: the cost begins anew). */
bool sp_plausible(const sp_engine *engine, sp_gauge *gauge, const sp_signal *signal, const sp_subject *subject)
{
	const sp_kind_setup *bounds = &engine->setup->kinds[signal->kind];
	double x = sp_kind_real(signal->kind, signal->value), ratio = bounds->max_jump, against = x;
	int64_t confirm = bounds->confirm;

	if (ratio > 0) {
		if (!gauge->seen || (gauge->seen == 1 && signal->kind == SP_KIND_usd_per_gpu_h))
			return true;
		against = sp_kind_real(signal->kind, gauge->value);
	} else if (doubt(engine, signal, subject, gauge, &ratio, &against)) {
		confirm = DOUBT_CONFIRM;
	}
	if (ratio == 0 || is_near(x, against, ratio)) {
		gauge->streak = 0;
		return true;
	}
	return is_confirmed(gauge, signal, ratio, confirm);
}

/* The first GPU price of a lot stands alone until a second agrees. */
bool sp_plausible_corrects(const sp_engine *engine, const sp_gauge *before, const sp_signal *signal)
{
	double ratio = engine->setup->kinds[signal->kind].max_jump;

	return signal->kind == SP_KIND_usd_per_gpu_h && ratio > 0 && before->seen == 1 &&
	       !is_near(sp_kind_real(signal->kind, signal->value), sp_kind_real(signal->kind, before->value), ratio);
}
