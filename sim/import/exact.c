/* exact.c - see exact.h. The text is taken apart here; its digits are added up place by place as in base/decimal.c. */
#include "sim/import/exact.h"

#include <string.h>

#include "base/assert.h"

#define EXACT_PER_NANO     INT64_C(1000000000)
#define EXACT_EXPONENT_MAX 1000 /* beyond it every digit but 0 is an overflow or vanishes */

typedef struct exact_text {
	const char *digits;
	size_t n, n_whole; /* [bytes] of the mantissa, and before its point */
	long exponent;
	bool negative;
} exact_text;

static size_t exact_run(const char *text, size_t n)
{
	size_t i = 0;
	while (i < n && text[i] >= '0' && text[i] <= '9')
		i++;
	return i;
}

static bool exact_scan_exponent(const char *text, size_t n, long *exponent)
{
	bool negative = n > 0 && text[0] == '-';
	size_t at = n > 0 && (text[0] == '-' || text[0] == '+') ? 1 : 0;
	if (at == n || exact_run(text + at, n - at) != n - at)
		return false;
	long value = 0;
	for (; at < n; at++)
		value = value > EXACT_EXPONENT_MAX ? EXACT_EXPONENT_MAX : value * 10 + (text[at] - '0');
	*exponent = negative ? -value : value;
	return true;
}

static bool exact_scan(const char *text, size_t n, exact_text *out)
{
	size_t at = n > 0 && (text[0] == '-' || text[0] == '+') ? 1 : 0;
	*out = (exact_text){.negative = n > 0 && text[0] == '-', .digits = text + at};
	out->n = out->n_whole = exact_run(text + at, n - at);
	at += out->n;
	if (out->n == 0)
		return false;
	if (at < n && text[at] == '.') {
		size_t places = exact_run(text + at + 1, n - at - 1);
		if (places == 0)
			return false;
		out->n += 1 + places;
		at += 1 + places;
	}
	if (at < n && (text[at] == 'e' || text[at] == 'E'))
		return exact_scan_exponent(text + at + 1, n - at - 1, &out->exponent);
	return at == n;
}

static bool exact_append(__int128 *atto, int digit)
{
	return !__builtin_mul_overflow(*atto, (__int128)10, atto) && !__builtin_add_overflow(*atto, (__int128)digit, atto);
}

static sp_status exact_parse(const char *text, size_t n, bool rounded, sp_exact *exact)
{
	exact_text parts;
	SP_ASSERT(text != NULL || n == 0);
	if (n == 0 || n > 1000 || !exact_scan(text, n, &parts))
		return SP_E_SYNTAX;
	__int128 atto = 0;
	bool finer = false;
	long place = (long)parts.n_whole - 1 + SP_EXACT_PLACES + parts.exponent;
	for (size_t i = 0; i < parts.n; i++) {
		if (parts.digits[i] == '.')
			continue;
		int digit = parts.digits[i] - '0';
		if (place >= 0 && !exact_append(&atto, digit))
			return SP_E_OVERFLOW;
		finer = finer || (place < 0 && digit != 0);
		place--;
	}
	for (; place >= 0 && atto != 0; place--)
		if (!exact_append(&atto, 0))
			return SP_E_OVERFLOW;
	if (finer && !rounded)
		return SP_E_RANGE;
	exact->atto = parts.negative ? -atto : atto;
	return SP_OK;
}

sp_status sp_exact_parse(const char *text, size_t n, sp_exact *exact)
{
	return exact_parse(text, n, false, exact);
}

sp_status sp_exact_parse_rounded(const char *text, size_t n, sp_exact *exact)
{
	return exact_parse(text, n, true, exact);
}

sp_status sp_exact_add(sp_exact a, sp_exact b, sp_exact *out)
{
	__int128 sum;
	if (__builtin_add_overflow(a.atto, b.atto, &sum))
		return SP_E_OVERFLOW;
	out->atto = sum;
	return SP_OK;
}

/* a / 10^9 rounded half to even. */
static __int128 exact_per_nano(__int128 a)
{
	__int128 whole = a / EXACT_PER_NANO, rest = a % EXACT_PER_NANO;
	__int128 twice = 2 * (rest < 0 ? -rest : rest);
	if (twice > EXACT_PER_NANO || (twice == EXACT_PER_NANO && whole % 2 != 0))
		whole += a < 0 ? -1 : 1;
	return whole;
}

sp_status sp_exact_scale(sp_exact a, int64_t rate_nano, sp_exact *out)
{
	__int128 product;
	if (__builtin_mul_overflow(a.atto, (__int128)rate_nano, &product))
		return SP_E_OVERFLOW;
	out->atto = exact_per_nano(product);
	return SP_OK;
}

sp_status sp_exact_money(sp_exact exact, sp_money *money, sp_exact *residue)
{
	__int128 nano = exact_per_nano(exact.atto);
	if (nano > INT64_MAX || nano < INT64_MIN)
		return SP_E_OVERFLOW;
	money->nano = (int64_t)nano;
	residue->atto = exact.atto - nano * EXACT_PER_NANO;
	return SP_OK;
}

/* Written from the last place to the first. */
char *sp_exact_format(sp_exact exact, char text[SP_EXACT_TEXT_MAX])
{
	char reversed[SP_EXACT_TEXT_MAX];
	size_t n = 0;
	unsigned __int128 left = exact.atto < 0 ? 0 - (unsigned __int128)exact.atto : (unsigned __int128)exact.atto;
	for (int place = 0; place <= SP_EXACT_PLACES || left != 0; place++, left /= 10) {
		if (place == SP_EXACT_PLACES && n > 0)
			reversed[n++] = '.';
		if (n > 0 || left % 10 != 0 || place >= SP_EXACT_PLACES)
			reversed[n++] = (char)('0' + (int)(left % 10));
	}
	if (exact.atto < 0)
		reversed[n++] = '-';
	for (size_t i = 0; i < n; i++)
		text[i] = reversed[n - 1 - i];
	text[n] = '\0';
	return text;
}
