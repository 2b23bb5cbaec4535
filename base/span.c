/* span.c - durations in text: exact both ways, "30s" and "1h30m", and the words a person would say. */
#include "base/time.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/assert.h"

#define SPAN_PLACES_MAX 18 /* decimals of a part, so that its digits fit in int64 */

typedef struct span_unit {
	const char *name, *word; /* word: NULL where sp_span_words does without it */
	int64_t ns;
} span_unit;

static const span_unit span_units[] = {
    {"w", NULL, 7 * SP_DAY}, {"d", "d", SP_DAY},  {"h", "h", SP_HOUR}, {"m", "min", SP_MIN},
    {"s", "s", SP_SEC},      {"ms", "ms", SP_MS}, {"us", "us", SP_US}, {"ns", "ns", 1},
};

#define SPAN_UNITS (sizeof span_units / sizeof span_units[0])

static bool span_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Digits as a number; *n is how many there were. */
static sp_status span_digits(const char *text, size_t size, int64_t *x, size_t *n)
{
	*x = 0;
	for (*n = 0; *n < size && span_is_digit(text[*n]); (*n)++) {
		if (__builtin_mul_overflow(*x, 10, x) || __builtin_add_overflow(*x, text[*n] - '0', x)) {
			return SP_E_OVERFLOW;
		}
	}
	return *n > 0 ? SP_OK : SP_E_SYNTAX;
}

/* The decimals after a point as a fraction of 10^places, without trailing zeros; *n counts them all. */
static sp_status span_decimals(const char *text, size_t size, int64_t *x, int64_t *scale, size_t *n)
{
	*n = 0;
	while (*n < size && span_is_digit(text[*n])) {
		(*n)++;
	}
	size_t places = *n;
	while (places > 0 && text[places - 1] == '0') {
		places--;
	}
	if (*n == 0) {
		return SP_E_SYNTAX;
	}
	if (places > SPAN_PLACES_MAX) {
		return SP_E_RANGE;
	}
	*x = 0;
	*scale = 1;
	for (size_t i = 0; i < places; i++) {
		*x = *x * 10 + (text[i] - '0');
		*scale *= 10;
	}
	return SP_OK;
}

/* The unit that the letters from `text` on are, or SPAN_UNITS. */
static size_t span_unit_find(const char *text, size_t size, size_t *n)
{
	*n = 0;
	while (*n < size && text[*n] >= 'a' && text[*n] <= 'z') {
		(*n)++;
	}
	size_t unit = 0;
	while (unit < SPAN_UNITS &&
	       !(strlen(span_units[unit].name) == *n && memcmp(span_units[unit].name, text, *n) == 0)) {
		unit++;
	}
	return unit;
}

/* One part, "1.5h": its nanoseconds, its unit and its length. */
static sp_status span_part(const char *text, size_t size, int64_t *ns, size_t *unit, size_t *n)
{
	int64_t whole = 0;
	int64_t fraction = 0;
	int64_t scale = 1;
	size_t length = 0;
	sp_status status = span_digits(text, size, &whole, n);
	if (status == SP_OK && *n < size && text[*n] == '.') {
		status = span_decimals(text + *n + 1, size - *n - 1, &fraction, &scale, &length);
		*n += 1 + length;
	}
	if (status != SP_OK) {
		return status;
	}
	*unit = span_unit_find(text + *n, size - *n, &length);
	*n += length;
	if (*unit == SPAN_UNITS) {
		return SP_E_SYNTAX;
	}
	const __int128 below = (__int128)fraction * span_units[*unit].ns;
	if (below % scale != 0) {
		return SP_E_RANGE; /* finer than a nanosecond */
	}
	const __int128 sum = (__int128)whole * span_units[*unit].ns + below / scale;
	*ns = (int64_t)sum;
	return sum > INT64_MAX ? SP_E_OVERFLOW : SP_OK;
}

sp_status sp_span_parse(const char *text, size_t n, int64_t *span_ns)
{
	SP_ASSERT(text != NULL || n == 0);
	SP_ASSERT(span_ns != NULL);
	int64_t sum = 0;
	size_t at = 0;
	if (n == 0) {
		return SP_E_SYNTAX;
	}
	for (size_t last = SPAN_UNITS; at < n;) {
		int64_t ns = 0;
		size_t unit = 0;
		size_t length = 0;
		const sp_status status = span_part(text + at, n - at, &ns, &unit, &length);
		if (status != SP_OK) {
			return status;
		}
		if (last != SPAN_UNITS && unit <= last) {
			return SP_E_SYNTAX;
		}
		if (__builtin_add_overflow(sum, ns, &sum)) {
			return SP_E_OVERFLOW;
		}
		at += length;
		last = unit;
	}
	*span_ns = sum;
	return SP_OK;
}

char *sp_span_format(int64_t span_ns, char text[SP_SPAN_TEXT_MAX])
{
	SP_ASSERT(text != NULL);
	size_t unit = 0;
	while (span_ns % span_units[unit].ns != 0) {
		unit++;
	}
	if (span_ns == 0) {
		return strcpy(text, "0s");
	}
	snprintf(text, SP_SPAN_TEXT_MAX, "%" PRId64 "%s", span_ns / span_units[unit].ns, span_units[unit].name);
	return text;
}

char *sp_span_words(int64_t span_ns, char text[SP_SPAN_TEXT_MAX])
{
	SP_ASSERT(text != NULL);
	const char *sign = span_ns < 0 ? "-" : "";
	const uint64_t left = span_ns < 0 ? 0 - (uint64_t)span_ns : (uint64_t)span_ns;
	if (left == 0) {
		return strcpy(text, "0 s");
	}
	size_t unit = 1;
	while (left < (uint64_t)span_units[unit].ns) {
		unit++;
	}
	const span_unit *first = &span_units[unit];
	const uint64_t count = left / (uint64_t)first->ns;
	const uint64_t rest = unit + 1 < SPAN_UNITS ? left % (uint64_t)first->ns / (uint64_t)first[1].ns : 0;
	const int n = snprintf(text, SP_SPAN_TEXT_MAX, "%s%" PRIu64 " %s", sign, count, first->word);
	SP_ASSERT(n > 0 && n < SP_SPAN_TEXT_MAX);
	if (rest > 0) {
		snprintf(text + n, SP_SPAN_TEXT_MAX - (size_t)n, " %" PRIu64 " %s", rest, first[1].word);
	}
	return text;
}
