/* cell.c - see cell.h. */
#include "sim/trace/cell.h"

#include <string.h>

#include "base/assert.h"
#include "base/money.h"
#include "base/real.h"
#include "base/time.h"
#include "sim/trace/csv.h"

static const char *const cell_nulls[] = {"", "NULL", "null", "NaN", "nan", "NA"};

static bool cell_is(const char *text, size_t n, const char *word)
{
	return strlen(word) == n && memcmp(text, word, n) == 0;
}

static bool cell_is_null(const char *text, size_t n)
{
	for (size_t i = 0; i < sizeof cell_nulls / sizeof *cell_nulls; i++)
		if (cell_is(text, n, cell_nulls[i]))
			return true;
	return false;
}

/* --- what is missing --- */

static sp_status missing_take(sp_missing *missing, const char *word, size_t n, sp_message *message)
{
	double x;
	if (cell_is(word, n, "zero")) {
		missing->zero = true;
	} else if (cell_is(word, n, "null")) {
		missing->null = true;
	} else if (sp_real_parse(word, n, &x) != SP_OK) {
		char shown[SP_EXCERPT_MAX];
		return sp_message_set(message, SP_E_SYNTAX,
		                      "missing: '%s' is not known; there are zero, null and numbers, joined by +: null+-1",
		                      sp_excerpt(word, n, shown));
	} else if (missing->n == SP_MISSING_NUMBERS_MAX) {
		return sp_message_set(message, SP_E_FULL, "missing: more than %d numbers", SP_MISSING_NUMBERS_MAX);
	} else {
		missing->numbers[missing->n++] = x;
	}
	return SP_OK;
}

sp_status sp_missing_parse(const char *text, sp_missing *missing, sp_message *message)
{
	SP_ASSERT(missing != NULL);
	sp_missing read = {0};
	for (const char *word = text; word != NULL;) {
		const char *plus = strchr(word, '+');
		size_t n = plus != NULL ? (size_t)(plus - word) : strlen(word);
		sp_status status = missing_take(&read, word, n, message);
		if (status != SP_OK)
			return status;
		word = plus != NULL ? plus + 1 : NULL;
	}
	*missing = read;
	return SP_OK;
}

static bool missing_has(const sp_missing *missing, double x)
{
	for (uint32_t i = 0; i < missing->n; i++)
		if (missing->numbers[i] >= x && missing->numbers[i] <= x)
			return true;
	return missing->zero && x >= 0 && x <= 0;
}

/* --- cells --- */

sp_status sp_cell_number(const char *text, size_t n, const sp_missing *missing, double *x, sp_message *message)
{
	SP_ASSERT(missing != NULL && x != NULL);
	char shown[SP_EXCERPT_MAX];
	double read;
	bool null = cell_is_null(text, n);
	if (null && missing->null)
		return SP_E_ABSENT;
	sp_status status = sp_real_parse(text, n, &read);
	if (status != SP_OK)
		return sp_message_set(message, status, "'%s' is no number%s", sp_excerpt(text, n, shown),
		                      null ? "; where it means that nothing was measured, say missing=null" : "");
	if (missing_has(missing, read))
		return SP_E_ABSENT;
	*x = read;
	return SP_OK;
}

/* Digits, perhaps with a fraction, and too few to be nanoseconds. */
static bool cell_is_count(const char *text, size_t n)
{
	size_t digits = 0;
	while (digits < n && text[digits] >= '0' && text[digits] <= '9')
		digits++;
	return digits > 0 && digits <= 10 && (digits == n || text[digits] == '.');
}

static sp_status cell_counted(const char *text, size_t n, const sp_cell_clock *clock, int64_t *t_ns)
{
	int64_t billionths;
	sp_status status = sp_decimal_parse(text, n, &billionths);
	if (status != SP_OK)
		return status == SP_E_OVERFLOW ? SP_E_RANGE : status;
	__int128 from_start = (__int128)billionths * clock->unit_ns / SP_NANO;
	if (from_start < 0 || from_start >= SP_TIME_MAX_NS - clock->start_ns)
		return SP_E_RANGE;
	*t_ns = clock->start_ns + (int64_t)from_start;
	return SP_OK;
}

sp_status sp_cell_time(const char *text, size_t n, const sp_cell_clock *clock, int64_t *t_ns, sp_message *message)
{
	SP_ASSERT(clock->start_ns >= SP_TIME_MIN_NS && clock->start_ns < SP_TIME_MAX_NS && clock->unit_ns > 0);
	char shown[SP_EXCERPT_MAX];
	sp_status status = cell_is_count(text, n) ? cell_counted(text, n, clock, t_ns) : sp_time_parse(text, n, t_ns);
	if (status == SP_OK)
		return SP_OK;
	return sp_message_set(
	    message, status,
	    "'%s' is no time%s; expected one such as 2026-11-24T00:00:00Z, nanoseconds or seconds since 1970",
	    sp_excerpt(text, n, shown), status == SP_E_RANGE ? " between 1970 and 2200" : "");
}
