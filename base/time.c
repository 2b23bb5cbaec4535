/* time.c - time and durations in text.
 *
 * Days are counted in eras of 400 years (146,097 days) with years that begin in March, so that the leap day is a year's
 * last and the months' lengths follow one line, (153 m + 2) / 5. source: E. M. Reingold and N. Dershowitz, Calendrical
 * Calculations; H. Hinnant, chrono-compatible low-level date algorithms, 2013. */
#include "base/time.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/assert.h"

#define TIME_ERA_DAYS   INT64_C(146097)
#define TIME_EPOCH_DAYS INT64_C(719468) /* from 0000-03-01 to 1970-01-01 */

/* A place in a text that is read from the left; `ok` is sticky. */
typedef struct time_text {
	const char *at;
	size_t n;
	bool ok;
} time_text;

typedef struct time_day {
	int64_t year;
	unsigned month, day; /* from 1 */
} time_day;

static bool time_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool time_next(time_text *t, char c)
{
	if (!t->ok || t->n == 0 || t->at[0] != c) {
		return false;
	}
	t->at++;
	t->n--;
	return true;
}

static void time_expect(time_text *t, char c)
{
	t->ok = time_next(t, c);
}

/* Exactly `digits` digits. */
static unsigned time_number(time_text *t, unsigned digits)
{
	unsigned x = 0;
	t->ok = t->ok && t->n >= digits;
	for (unsigned i = 0; t->ok && i < digits; i++) {
		t->ok = time_is_digit(t->at[i]);
		x = x * 10 + (unsigned)(t->at[i] - '0');
	}
	if (!t->ok) {
		return 0;
	}
	t->at += digits;
	t->n -= digits;
	return x;
}

static unsigned time_month_days(int64_t year, unsigned month)
{
	static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
	return month == 2 && leap ? 29 : days[month - 1];
}

static int64_t time_days(time_day d)
{
	const int64_t year = d.year - (d.month <= 2 ? 1 : 0);
	const int64_t era = (year >= 0 ? year : year - 399) / 400;
	const int64_t of_era = year - era * 400;
	const int64_t of_year = (153 * ((int64_t)(d.month + 9) % 12) + 2) / 5 + d.day - 1;
	return era * TIME_ERA_DAYS + of_era * 365 + of_era / 4 - of_era / 100 + of_year - TIME_EPOCH_DAYS;
}

static time_day time_civil(int64_t days)
{
	days += TIME_EPOCH_DAYS;
	const int64_t era = (days >= 0 ? days : days - TIME_ERA_DAYS + 1) / TIME_ERA_DAYS;
	const int64_t of_era = days - era * TIME_ERA_DAYS;
	const int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	const int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
	const int64_t march = (5 * of_year + 2) / 153; /* months since March */
	const unsigned month = (unsigned)(march < 10 ? march + 3 : march - 9);
	return (time_day){year + era * 400 + (month <= 2 ? 1 : 0), month, (unsigned)(of_year - (153 * march + 2) / 5 + 1)};
}

/* The rest of an integer time: nanoseconds since 1970. */
static sp_status time_parse_integer(const char *text, size_t n, int64_t *t_ns)
{
	int64_t x = 0;
	for (size_t i = 0; i < n; i++) {
		if (__builtin_mul_overflow(x, 10, &x) || __builtin_add_overflow(x, text[i] - '0', &x)) {
			return SP_E_RANGE;
		}
	}
	if (x >= SP_TIME_MAX_NS) {
		return SP_E_RANGE;
	}
	*t_ns = x;
	return SP_OK;
}

/* One to nine digits after the point, as nanoseconds. */
static int64_t time_fraction(time_text *t)
{
	int64_t x = 0;
	unsigned digits = 0;
	for (; digits < 9 && t->n > 0 && time_is_digit(t->at[0]); digits++) {
		x = x * 10 + (t->at[0] - '0');
		t->at++;
		t->n--;
	}
	t->ok = t->ok && digits > 0;
	for (; digits < 9; digits++) {
		x *= 10;
	}
	return x;
}

/* Z, +hh:mm, -hh:mm or nothing; *in_range says whether there is such an offset. */
static int64_t time_offset(time_text *t, bool *in_range)
{
	if (t->n == 0 || time_next(t, 'Z') || time_next(t, 'z')) {
		return 0;
	}
	const bool west = time_next(t, '-');
	if (!west) {
		time_expect(t, '+');
	}
	const unsigned hours = time_number(t, 2);
	time_expect(t, ':');
	const unsigned minutes = time_number(t, 2);
	*in_range = *in_range && hours < 24 && minutes < 60;
	const int64_t offset = hours * SP_HOUR + minutes * SP_MIN;
	return west ? -offset : offset;
}

/* The time of day with its zone, as nanoseconds from the day's start in UTC; 0 where there is none. */
static int64_t time_of_day(time_text *t, bool *in_range)
{
	if (!t->ok || t->n == 0) {
		return 0;
	}
	t->ok = time_next(t, 'T') || time_next(t, 't') || time_next(t, ' ');
	const unsigned hour = time_number(t, 2);
	time_expect(t, ':');
	const unsigned minute = time_number(t, 2);
	time_expect(t, ':');
	const unsigned second = time_number(t, 2);
	const int64_t fraction = time_next(t, '.') ? time_fraction(t) : 0;
	*in_range = *in_range && hour < 24 && minute < 60 && second < 60;
	return hour * SP_HOUR + minute * SP_MIN + second * SP_SEC + fraction - time_offset(t, in_range);
}

sp_status sp_time_parse(const char *text, size_t n, int64_t *t_ns)
{
	SP_ASSERT(text != NULL || n == 0);
	SP_ASSERT(t_ns != NULL);
	size_t digits = 0;
	while (digits < n && time_is_digit(text[digits])) {
		digits++;
	}
	if (digits == n && n > 10) {
		return time_parse_integer(text, n, t_ns);
	}
	time_text t = {text, n, true};
	time_day day = {.year = time_number(&t, 4)};
	time_expect(&t, '-');
	day.month = time_number(&t, 2);
	time_expect(&t, '-');
	day.day = time_number(&t, 2);
	bool in_range =
	    day.month >= 1 && day.month <= 12 && day.day >= 1 && day.day <= time_month_days(day.year, day.month);
	const int64_t of_day_ns = time_of_day(&t, &in_range);
	if (!t.ok || t.n != 0) {
		return SP_E_SYNTAX;
	}
	/* Years are tested first: far ones would not fit in nanoseconds. */
	if (!in_range || day.year < 1969 || day.year > 2200) {
		return SP_E_RANGE;
	}
	const int64_t ns = time_days(day) * SP_DAY + of_day_ns;
	if (ns < SP_TIME_MIN_NS || ns >= SP_TIME_MAX_NS) {
		return SP_E_RANGE;
	}
	*t_ns = ns;
	return SP_OK;
}

/* Writes the fraction with 3, 6 or 9 digits and the Z. */
static void time_format_fraction(int64_t ns, char *text, size_t size)
{
	if (ns == 0) {
		snprintf(text, size, "Z");
	} else if (ns % SP_MS == 0) {
		snprintf(text, size, ".%03" PRId64 "Z", ns / SP_MS);
	} else if (ns % SP_US == 0) {
		snprintf(text, size, ".%06" PRId64 "Z", ns / SP_US);
	} else {
		snprintf(text, size, ".%09" PRId64 "Z", ns);
	}
}

char *sp_time_format(int64_t t_ns, char text[SP_TIME_TEXT_MAX])
{
	SP_ASSERT(text != NULL);
	if (t_ns == SP_TIME_NEVER) {
		return strcpy(text, "never");
	}
	int64_t days = t_ns / SP_DAY;
	int64_t of_day = t_ns % SP_DAY;
	if (of_day < 0) {
		of_day += SP_DAY;
		days--;
	}
	const time_day day = time_civil(days);
	const int n = snprintf(text, SP_TIME_TEXT_MAX, "%04" PRId64 "-%02u-%02uT%02d:%02d:%02d", day.year, day.month,
	                       day.day, (int)(of_day / SP_HOUR), (int)(of_day / SP_MIN % 60), (int)(of_day / SP_SEC % 60));
	SP_ASSERT(n == 19);
	time_format_fraction(of_day % SP_SEC, text + n, SP_TIME_TEXT_MAX - (size_t)n);
	return text;
}
