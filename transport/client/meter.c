/* meter.c - a meter as the price sheet writes it: its name, the size above which it holds, the hours in which it holds; see
 * rate.h. Narrow on purpose: what looks like a tier or a window and is none ("input_above_200") is refused, for as a meter of
 * its own it would never be used. */
#include "transport/client/rate.h"

#include <string.h>

#include "base/assert.h"
#include "base/ids.h"

#define METER_ABOVE      "_above_"
#define METER_ABOVE_MAX  INT64_C(1000000) /* thousands of tokens */
#define METER_DAY_MIN    (24 * 60)
#define METER_OFFSET_MAX (14 * 60) /* the largest there is: +14:00 */
#define METER_ALL_DAYS   0x7fu

/* A place in a text that is read from the left; `ok` is sticky. */
typedef struct meter_text {
	const char *at;
	bool ok;
} meter_text;

static bool meter_next(meter_text *t, char c)
{
	if (!t->ok || *t->at != c)
		return false;
	t->at++;
	return true;
}

static void meter_expect(meter_text *t, char c)
{
	t->ok = meter_next(t, c);
}

/* Two digits. */
static int32_t meter_two(meter_text *t)
{
	int32_t x = 0;

	for (int i = 0; i < 2 && t->ok; i++) {
		t->ok = *t->at >= '0' && *t->at <= '9';
		if (t->ok)
			x = x * 10 + (*t->at++ - '0');
	}
	return x;
}

/* HH:MM, up to `most` minutes. */
static int32_t meter_minutes(meter_text *t, int32_t most)
{
	int32_t hours = meter_two(t), minutes;

	meter_expect(t, ':');
	minutes = meter_two(t);
	t->ok = t->ok && minutes < 60 && hours * 60 + minutes <= most;
	return hours * 60 + minutes;
}

/* A day's place in the week, from Monday; -1: none begins here. */
static int meter_day(meter_text *t)
{
	static const char names[] = "montuewedthufrisatsun";

	for (int day = 0; day < 7 && t->ok; day++)
		if (strncmp(t->at, names + 3 * day, 3) == 0) {
			t->at += 3;
			return day;
		}
	return -1;
}

/* "sat/", "mon-fri/", "fri-mon/" (over the end of the week), or nothing: every day. */
static uint32_t meter_days(meter_text *t)
{
	int first = meter_day(t), last = first;
	uint32_t days = 0;

	if (first < 0)
		return METER_ALL_DAYS;
	if (meter_next(t, '-'))
		last = meter_day(t);
	meter_expect(t, '/');
	t->ok = t->ok && last >= 0;
	for (int day = first; t->ok; day = (day + 1) % 7) {
		days |= 1u << day;
		if (day == last)
			break;
	}
	return days;
}

/* What follows the "@", to the end. */
static bool meter_window(const char *text, sp_rate_window *window)
{
	meter_text t = {text, true};

	*window = (sp_rate_window){.days = meter_days(&t)};
	window->from_min = meter_minutes(&t, METER_DAY_MIN - 1);
	meter_expect(&t, '-');
	window->until_min = meter_minutes(&t, METER_DAY_MIN);
	if (t.ok && *t.at != '\0') {
		bool west = meter_next(&t, '-');
		if (!west)
			meter_expect(&t, '+');
		window->offset_min = meter_minutes(&t, METER_OFFSET_MAX) * (west ? -1 : 1);
	}
	/* The same minute twice may mean nothing, or all day: it is to be written 00:00-24:00. */
	return t.ok && *t.at == '\0' && window->from_min != window->until_min;
}

/* "200k", to `end`, as tokens; 0: not in this form. */
static int64_t meter_above(const char *text, const char *end)
{
	int64_t thousands = 0;

	if (text == end || *text == '0')
		return 0;
	for (; text < end && *text >= '0' && *text <= '9' && thousands <= METER_ABOVE_MAX; text++)
		thousands = thousands * 10 + (*text - '0');
	return text + 1 == end && *text == 'k' && thousands <= METER_ABOVE_MAX ? thousands * 1000 : 0;
}

sp_status sp_rate_price_init(const char *sku, const char *meter, sp_money usd, int64_t per_micro, sp_rate_price *price)
{
	SP_ASSERT(sku && meter && price);
	sp_rate_price made = {.sku = sku, .meter = meter, .usd = usd, .per_micro = per_micro};
	const char *at = strchr(meter, '@'), *end = at ? at : meter + strlen(meter);
	const char *above = strstr(meter, METER_ABOVE);

	if (sp_id_check(meter, strlen(meter)) != SP_OK || (at && !meter_window(at + 1, &made.window)))
		return SP_E_SYNTAX;
	if (above && above < end) {
		made.above = meter_above(above + strlen(METER_ABOVE), end);
		if (made.above == 0)
			return SP_E_SYNTAX;
		end = above;
	}
	made.n_meter = (size_t)(end - meter);
	if (made.n_meter == 0)
		return SP_E_SYNTAX;
	*price = made;
	return SP_OK;
}
