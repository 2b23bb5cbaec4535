/* tally.c - sums by subject and kind; see tally.h. */
#include "cli/tally.h"

#include <stdlib.h>

#include "base/assert.h"
#include "base/time.h"
#include "estimators/total.h"

/* What a report needs of the past. */
static const uint32_t kinds[] = {SP_KIND_served, SP_KIND_demand,  SP_KIND_utilization,  SP_KIND_latency,
                                 SP_KIND_slo,    SP_KIND_revenue, SP_KIND_support_cost, SP_KIND_incident_cost};

#define KINDS (sizeof kinds / sizeof kinds[0])

typedef struct tally_sum {
	int64_t last_ns;            /* of its newest record */
	int64_t first_ns, apart_ns; /* of its oldest one in the while; from there to the next, 0 before there is one */
	double sum;                 /* rate x seconds */
	double covered_s;
	__int128 nano; /* money; of records in the while alone, as the count */
	uint64_t n_money;
	sp_total total; /* where the kind arrives as a running total */
	bool seen;
} tally_sum;

struct sp_tally {
	const sp_setup *setup;
	int64_t from_ns, to_ns, first_ns;
	bool reaches;    /* the recording begins before the while */
	int64_t gap_ns;  /* a rate holds no longer than this */
	tally_sum *sums; /* [subjects][KINDS] */
};

static size_t place_of(uint32_t kind)
{
	for (size_t i = 0; i < KINDS; i++)
		if (kinds[i] == kind)
			return i;
	return KINDS;
}

/* Hourly rows hold their hour, whatever the clocks allow. */
static int64_t gap_of(const sp_setup *setup)
{
	int64_t gap_ns = SP_HOUR;

	for (uint32_t i = 0; i < setup->n_pools; i++) {
		int64_t max_age_ns = setup->pools[i].clocks[SP_CLOCK_DEMAND].max_age_ns;
		gap_ns = max_age_ns > gap_ns ? max_age_ns : gap_ns;
	}
	return gap_ns;
}

sp_tally *sp_tally_open(const sp_setup *setup, int64_t from_ns, int64_t to_ns)
{
	sp_tally *tally = calloc(1, sizeof *tally);

	SP_ASSERT(from_ns < to_ns);
	if (!tally)
		return NULL;
	*tally = (sp_tally){setup, from_ns, to_ns, SP_TIME_NEVER, false, gap_of(setup), NULL};
	tally->sums = calloc((size_t)setup->n_subjects * KINDS + 1, sizeof *tally->sums);
	if (tally->sums)
		return tally;
	free(tally);
	return NULL;
}

void sp_tally_close(sp_tally *tally)
{
	if (!tally)
		return;
	free(tally->sums);
	free(tally);
}

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* The beginning of the period that a time lies in. */
static int64_t period_of(const sp_tally *tally, int64_t t_ns)
{
	return t_ns / tally->setup->period_ns * tally->setup->period_ns;
}

/* The time that a rate stands for: since the record before it; the first one's, since its period began. */
static void add_rate(const sp_tally *tally, tally_sum *sum, int64_t t_ns, double rate)
{
	int64_t since_ns = sum->seen ? later(sum->last_ns, t_ns - tally->gap_ns) : period_of(tally, t_ns);
	int64_t until_ns = t_ns < tally->to_ns ? t_ns : tally->to_ns;

	since_ns = later(since_ns, tally->from_ns);
	if (until_ns <= since_ns)
		return;
	sum->sum += rate * (double)(until_ns - since_ns) / (double)SP_SEC;
	sum->covered_s += (double)(until_ns - since_ns) / (double)SP_SEC;
}

static void note_time(sp_tally *tally, tally_sum *sum, int64_t t_ns)
{
	sp_tally_reach(tally, t_ns);
	if (t_ns < tally->from_ns)
		return;
	tally->first_ns = t_ns < tally->first_ns ? t_ns : tally->first_ns;
	if (sum->first_ns == 0)
		sum->first_ns = t_ns;
	else if (sum->apart_ns == 0)
		sum->apart_ns = t_ns - sum->first_ns;
}

static void add_money(tally_sum *sum, int64_t nano, uint64_t n)
{
	sum->nano += (__int128)nano * n;
	sum->n_money += n;
}

/* The rate since the total before it, as the engine makes it; false where there is none. */
static bool rate_of_total(tally_sum *sum, int64_t t_ns, sp_value *value)
{
	sp_total_rate made;

	if (sp_total_fold(&sum->total, t_ns, value->real, &made) == SP_TOTAL_RATE) {
		value->real = made.rate;
		return true;
	}
	sum->last_ns = t_ns; /* from where the next one counts */
	sum->seen = true;
	return false;
}

void sp_tally_add(sp_tally *tally, uint32_t subject, uint32_t kind, int64_t t_ns, sp_value value)
{
	size_t place = place_of(kind);
	tally_sum *sum;

	SP_ASSERT(subject < tally->setup->n_subjects);
	if (place == KINDS || sp_kind_check((sp_signal_kind)kind, value) != SP_OK)
		return;
	sum = &tally->sums[(size_t)subject * KINDS + place];
	if (sum->seen && t_ns < sum->last_ns)
		return;
	if (tally->setup->kinds[kind].total && !rate_of_total(sum, t_ns, &value))
		return;
	note_time(tally, sum, t_ns);
	if (!sp_kinds[kind].money)
		add_rate(tally, sum, t_ns, value.real);
	else if (t_ns >= tally->from_ns && t_ns < tally->to_ns)
		add_money(sum, value.nano, 1);
	sum->last_ns = t_ns;
	sum->seen = true;
}

void sp_tally_add_hour(sp_tally *tally, uint32_t subject, const sp_rollup *hour)
{
	size_t place = place_of(hour->kind);
	tally_sum *sum;

	SP_ASSERT(subject < tally->setup->n_subjects);
	if (place == KINDS || hour->count == 0 || sp_kind_check((sp_signal_kind)hour->kind, hour->mean) != SP_OK)
		return;
	if (hour->hour_ns < tally->from_ns || hour->hour_ns > tally->to_ns - SP_HOUR)
		return;
	sum = &tally->sums[(size_t)subject * KINDS + place];
	tally->first_ns = hour->hour_ns < tally->first_ns ? hour->hour_ns : tally->first_ns;
	if (sp_kinds[hour->kind].money) {
		add_money(sum, hour->mean.nano, hour->count);
		return;
	}
	sum->sum += hour->mean.real * (double)(SP_HOUR / SP_SEC);
	sum->covered_s += (double)(SP_HOUR / SP_SEC);
}

bool sp_tally_mean(const sp_tally *tally, uint32_t subject, uint32_t kind, double *mean)
{
	size_t place = place_of(kind);
	const tally_sum *sum = &tally->sums[(size_t)subject * KINDS + place];

	SP_ASSERT(place < KINDS && subject < tally->setup->n_subjects);
	if (sum->covered_s <= 0)
		return false;
	*mean = sum->sum / sum->covered_s;
	return true;
}

void sp_tally_reach(sp_tally *tally, int64_t began_ns)
{
	tally->reaches = tally->reaches || began_ns < tally->from_ns;
}

/* Since when a stream's first record holds: a sum of an hour, dated at its last nanosecond (R12), since the hour began. */
static int64_t stream_since(const sp_tally *tally, const tally_sum *sum)
{
	bool is_sum =
	    sum->apart_ns > 0 && sum->apart_ns <= tally->gap_ns && (sum->first_ns + 1) % tally->setup->period_ns == 0;

	if (sum->first_ns == 0)
		return SP_TIME_NEVER;
	return period_of(tally, is_sum ? sum->first_ns + 1 - sum->apart_ns : sum->first_ns);
}

int64_t sp_tally_span(const sp_tally *tally)
{
	int64_t since_ns;

	if (tally->first_ns >= tally->to_ns)
		return 0;
	if (tally->reaches)
		return tally->to_ns - tally->from_ns;
	since_ns = period_of(tally, tally->first_ns);
	for (size_t i = 0; i < tally->setup->n_subjects * KINDS; i++) {
		int64_t stream_ns = stream_since(tally, &tally->sums[i]);
		since_ns = stream_ns < since_ns ? stream_ns : since_ns;
	}
	return tally->to_ns - later(since_ns, tally->from_ns);
}

bool sp_tally_money(const sp_tally *tally, uint32_t subject, uint32_t kind, sp_money *sum)
{
	size_t place = place_of(kind);
	const tally_sum *of = &tally->sums[(size_t)subject * KINDS + place];

	SP_ASSERT(place < KINDS && sp_kinds[kind].money && subject < tally->setup->n_subjects);
	if (of->n_money == 0 || of->nano > INT64_MAX || of->nano < INT64_MIN)
		return false;
	sum->nano = (int64_t)of->nano;
	return true;
}

double sp_tally_per_s(const sp_tally *tally, uint32_t subject, uint32_t kind)
{
	size_t place = place_of(kind);
	int64_t span_ns = sp_tally_span(tally);

	SP_ASSERT(place < KINDS && sp_kinds[kind].money);
	if (span_ns <= 0)
		return 0;
	return (double)tally->sums[(size_t)subject * KINDS + place].nano / (double)SP_NANO /
	       ((double)span_ns / (double)SP_SEC);
}
