/* rate.c - a request's usage and a table of prices to lines and a total; see rate.h.
 *
 * For each meter the rows are read once and the best that fits is kept; two that are equally good are a refusal, so that the
 * order of the table never decides. Amounts go through 128 bits: quantity < 2^63 times price <= 10^15 is below 2^113. */
#include "transport/client/rate.h"

#include <string.h>

#include "base/assert.h"
#include "base/time.h"

#define RATE_DAY_MIN   INT64_C(1440)
#define RATE_EPOCH_DAY 3 /* 1970-01-01 was a Thursday: days from Monday */

const char *sp_rate_code(sp_rate_verdict verdict)
{
	switch (verdict) {
#define X(name, number, code, text) \
	case SP_RATE_##name:            \
		return code;
		SP_RATE_MAP(X)
#undef X
	}
	return "?";
}

const char *sp_rate_text(sp_rate_verdict verdict)
{
	switch (verdict) {
#define X(name, number, code, text) \
	case SP_RATE_##name:            \
		return text;
		SP_RATE_MAP(X)
#undef X
	}
	return "?";
}

/* --- does a row fit? --- */

static bool rate_is_always(const sp_rate_window *window)
{
	return window->from_min == window->until_min;
}

/* The day before, by its bit, when a window that runs into this one began. */
static uint32_t rate_day_before(uint32_t day)
{
	return day == 0 ? 6 : day - 1;
}

static bool rate_in_window(const sp_rate_window *window, int64_t admission_ns)
{
	if (rate_is_always(window))
		return true;
	/* A week is added, so that west of Greenwich nothing is negative on 1 January 1970. */
	const int64_t local_min = admission_ns / SP_MIN + window->offset_min + 7 * RATE_DAY_MIN;
	const uint32_t day = (uint32_t)((local_min / RATE_DAY_MIN + RATE_EPOCH_DAY) % 7);
	const int64_t minute = local_min % RATE_DAY_MIN;
	const bool today = window->days >> day & 1, yesterday = window->days >> rate_day_before(day) & 1;

	if (window->from_min < window->until_min)
		return today && window->from_min <= minute && minute < window->until_min;
	return (today && minute >= window->from_min) || (yesterday && minute < window->until_min);
}

static bool rate_is_of(const sp_rate_price *price, const char *meter)
{
	return strncmp(price->meter, meter, price->n_meter) == 0 && meter[price->n_meter] == '\0';
}

/* Positive: a before b; 0: both fit equally. */
static int rate_compare(const sp_rate_price *a, const sp_rate_price *b)
{
	if (a->above != b->above)
		return a->above > b->above ? 1 : -1;
	return rate_is_always(&b->window) - rate_is_always(&a->window);
}

/* --- the row that holds --- */

/* What is asked of the table for every meter of a request. */
typedef struct rate_asked {
	const sp_rate_table *table;
	int64_t context_micro, admission_ns;
} rate_asked;

/* The row of one name; NULL with NO_PRICE, NOT_NOW or TWO_PRICES. */
static const sp_rate_price *rate_find_own(const rate_asked *asked, const char *meter, sp_rate_verdict *verdict)
{
	const sp_rate_price *best = NULL;

	*verdict = SP_RATE_NO_PRICE;
	for (size_t i = 0; i < asked->table->n; i++) {
		const sp_rate_price *price = &asked->table->list[i];
		if (!rate_is_of(price, meter))
			continue;
		if (*verdict == SP_RATE_NO_PRICE)
			*verdict = SP_RATE_NOT_NOW;
		/* Above is at most 10^9 tokens: no overflow in millionths. */
		if (asked->context_micro <= price->above * SP_MICRO && price->above > 0)
			continue;
		if (!rate_in_window(&price->window, asked->admission_ns))
			continue;
		const int order = best ? rate_compare(price, best) : 1;
		if (order > 0)
			best = price;
		if (order >= 0)
			*verdict = order > 0 ? SP_RATE_RATED : SP_RATE_TWO_PRICES;
	}
	return *verdict == SP_RATE_RATED ? best : NULL;
}

/* What a meter is billed as where it has no price of its own; NULL: as nothing else. */
static const char *rate_stands_for(const char *meter)
{
	if (strcmp(meter, "cached") == 0 || strcmp(meter, "cache_write") == 0)
		return "input";
	return strcmp(meter, "reasoning") == 0 ? "output" : NULL;
}

static const sp_rate_price *rate_find(const rate_asked *asked, const char *meter, sp_rate_verdict *verdict)
{
	const sp_rate_price *price = rate_find_own(asked, meter, verdict);
	const char *other = rate_stands_for(meter);

	if (price || *verdict == SP_RATE_TWO_PRICES || !other)
		return price;
	return rate_find_own(asked, other, verdict);
}

/* --- a request --- */

static bool rate_is_context(const char *meter)
{
	return strcmp(meter, "input") == 0 || strcmp(meter, "cached") == 0 || strcmp(meter, "cache_write") == 0;
}

/* Checks the usage before anything is priced, and adds up the context. */
static sp_rate_verdict rate_weigh(const sp_rate_request *request, int64_t *context_micro, const char **refused)
{
	*context_micro = 0;
	for (size_t i = 0; i < request->n; i++) {
		const sp_rate_usage *usage = &request->list[i];
		*refused = usage->meter;
		if (usage->micro < 0)
			return SP_RATE_QUANTITY;
		for (size_t j = 0; j < i; j++)
			if (strcmp(request->list[j].meter, usage->meter) == 0)
				return SP_RATE_TWICE;
		if (rate_is_context(usage->meter) && sp_add(*context_micro, usage->micro, context_micro) != SP_OK)
			return SP_RATE_OVERFLOW;
	}
	*refused = NULL;
	return SP_RATE_RATED;
}

static sp_rate_verdict rate_line(const rate_asked *asked, const sp_rate_usage *usage, sp_rated *rated)
{
	sp_rate_verdict verdict = SP_RATE_RATED;
	const sp_rate_price *price = rate_find(asked, usage->meter, &verdict);
	sp_rate_line line = {usage->meter, price, usage->micro, {0}};

	if (!price)
		return verdict;
	if (price->usd.nano < SP_PRICE_MIN_NANO || price->usd.nano > SP_PRICE_MAX_NANO || price->per_micro <= 0)
		return SP_RATE_BAD_PRICE;
	if (sp_muldiv_even(usage->micro, price->usd.nano, price->per_micro, &line.amount.nano) != SP_OK ||
	    sp_add(rated->total.nano, line.amount.nano, &rated->total.nano) != SP_OK)
		return SP_RATE_OVERFLOW;
	rated->lines[rated->n_lines++] = line;
	return SP_RATE_RATED;
}

static sp_rate_verdict rate_lines(const rate_asked *asked, const sp_rate_request *request, sp_rated *rated,
                                  const char **refused)
{
	for (size_t i = 0; i < request->n; i++) {
		const sp_rate_usage *usage = &request->list[i];
		sp_rate_verdict verdict = usage->micro > 0 ? rate_line(asked, usage, rated) : SP_RATE_RATED;
		if (verdict != SP_RATE_RATED) {
			*refused = usage->meter;
			return verdict;
		}
	}
	return SP_RATE_RATED;
}

/* What can be said of the request as a whole. */
static sp_rate_verdict rate_check(const sp_rate_request *request, const sp_rate_table *table, int64_t admission_ns)
{
	if (admission_ns < SP_TIME_MIN_NS || admission_ns >= SP_TIME_MAX_NS)
		return SP_RATE_TIME;
	if (request->n == 0)
		return SP_RATE_NO_USAGE;
	if (request->n > SP_RATE_METERS_MAX)
		return SP_RATE_TOO_MANY;
	return table->n == 0 ? SP_RATE_NO_FAMILY : SP_RATE_RATED;
}

sp_rate_verdict sp_rate(const sp_rate_request *request, const sp_rate_table *table, int64_t admission_ns,
                        sp_rated *rated, const char **refused)
{
	SP_ASSERT(request && table && rated);
	SP_ASSERT((request->list || request->n == 0) && (table->list || table->n == 0));
	rate_asked asked = {table, 0, admission_ns};
	sp_rated made = {.n_lines = 0};
	const char *culprit = NULL;
	sp_rate_verdict verdict = rate_check(request, table, admission_ns);

	if (verdict == SP_RATE_RATED)
		verdict = rate_weigh(request, &asked.context_micro, &culprit);
	if (verdict == SP_RATE_RATED)
		verdict = rate_lines(&asked, request, &made, &culprit);
	if (verdict == SP_RATE_RATED)
		*rated = made;
	else if (refused)
		*refused = culprit;
	return verdict;
}
