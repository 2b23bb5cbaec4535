/* flat.c - see flat.h.
 *
 * A number of at most 15 digits and 22 decimal places is a whole number below 2^53 by a power of ten below 5^23, both exact as doubles, so
 * that their quotient is the nearest double (Clinger 1990); of others strtod finds it. */
#include "sim/trace/flat.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/math.h"

#define WHOLE_DIGITS 18 /* below 2^63 */
#define EXACT_DIGITS 15 /* below 2^53 */
#define EXACT_PLACES 22

/* What is still to be read. */
typedef struct flat_rest {
	const char *at, *end;
} flat_rest;

static void flat_pass_blanks(flat_rest *rest)
{
	while (rest->at < rest->end && (*rest->at == ' ' || *rest->at == '\t'))
		rest->at++;
}

/* The next byte that is no blank, where it is this one. */
static bool flat_take(flat_rest *rest, char byte)
{
	flat_pass_blanks(rest);
	if (rest->at == rest->end || *rest->at != byte)
		return false;
	rest->at++;
	return true;
}

/* The text whose first quote was taken. */
static bool flat_take_text(flat_rest *rest, sp_flat_value *value)
{
	value->type = SP_FLAT_TEXT;
	value->text = rest->at;
	for (; rest->at < rest->end && *rest->at != '"'; rest->at++)
		if (*rest->at < ' ' || *rest->at > '~' || *rest->at == '\\')
			return false; /* char may be signed: bytes beyond ASCII are below ' ' or above '~' either way */
	value->n = (size_t)(rest->at - value->text);
	return rest->at++ < rest->end;
}

/* Digits into *mantissa, as long as it holds them; their count. */
static uint32_t flat_take_digits(flat_rest *rest, int64_t *mantissa, uint32_t before)
{
	uint32_t n = 0;
	for (; rest->at < rest->end && *rest->at >= '0' && *rest->at <= '9'; rest->at++, n++)
		if (before + n < WHOLE_DIGITS)
			*mantissa = 10 * *mantissa + (*rest->at - '0');
	return n;
}

static bool flat_take_exponent(flat_rest *rest)
{
	int64_t unused = 0;
	rest->at++;
	if (rest->at < rest->end && (*rest->at == '+' || *rest->at == '-'))
		rest->at++;
	return flat_take_digits(rest, &unused, 0) > 0;
}

static double flat_nearest(const char *text, int64_t mantissa, uint32_t n_digits, uint32_t n_places)
{
	static const double tens[EXACT_PLACES + 1] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
	                                              1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
	                                              1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
	if (n_digits <= EXACT_DIGITS && n_places <= EXACT_PLACES)
		return (double)mantissa / tens[n_places];
	return strtod(text, NULL); /* a byte that is none of its own follows */
}

/* -?(0|[1-9][0-9]*)(.[0-9]+)?([eE][+-]?[0-9]+)? */
static bool flat_take_number(flat_rest *rest, sp_flat_value *value)
{
	int64_t mantissa = 0;
	uint32_t n_places = 0;
	value->text = rest->at;
	const bool minus = *rest->at == '-';
	rest->at += minus;
	const char *first = rest->at;
	uint32_t n = flat_take_digits(rest, &mantissa, 0);
	if (n == 0 || (*first == '0' && n > 1))
		return false;
	const bool point = rest->at < rest->end && *rest->at == '.';
	rest->at += point;
	if (point && (n_places = flat_take_digits(rest, &mantissa, n)) == 0)
		return false;
	const bool exponent = rest->at < rest->end && (*rest->at == 'e' || *rest->at == 'E');
	if ((exponent && !flat_take_exponent(rest)) || rest->at == rest->end)
		return false;
	value->n = (size_t)(rest->at - value->text);
	value->type = point || exponent ? SP_FLAT_REAL : SP_FLAT_WHOLE;
	if (value->type == SP_FLAT_WHOLE && n > WHOLE_DIGITS)
		return false;
	value->whole = minus ? -mantissa : mantissa;
	value->real = value->type == SP_FLAT_WHOLE ? (double)value->whole
	              : exponent                   ? strtod(value->text, NULL)
	                                           : flat_nearest(value->text, value->whole, n + n_places, n_places);
	return sp_finite(value->real);
}

static uint32_t flat_find(const sp_flat_keys *keys, const sp_flat_value *key)
{
	uint32_t i = 0;
	while (i < keys->n && (strncmp(keys->keys[i], key->text, key->n) != 0 || keys->keys[i][key->n] != '\0'))
		i++;
	return i;
}

/* "key": value */
static bool flat_take_pair(flat_rest *rest, const sp_flat_keys *keys, sp_flat_value *values)
{
	sp_flat_value key;
	if (!flat_take(rest, '"') || !flat_take_text(rest, &key) || !flat_take(rest, ':'))
		return false;
	uint32_t i = flat_find(keys, &key);
	if (i == keys->n || values[i].type != SP_FLAT_ABSENT)
		return false;
	if (flat_take(rest, '"'))
		return flat_take_text(rest, &values[i]);
	return rest->at < rest->end && flat_take_number(rest, &values[i]);
}

bool sp_flat_read(const char *text, size_t n, const sp_flat_keys *keys, sp_flat_value values[SP_FLAT_KEYS_MAX])
{
	SP_ASSERT(text != NULL && values != NULL);
	SP_ASSERT(keys->n > 0 && keys->n <= SP_FLAT_KEYS_MAX);
	flat_rest rest = {text, text + n};
	memset(values, 0, keys->n * sizeof *values);
	if (!flat_take(&rest, '{'))
		return false;
	do {
		if (!flat_take_pair(&rest, keys, values))
			return false;
	} while (flat_take(&rest, ','));
	if (!flat_take(&rest, '}'))
		return false;
	flat_pass_blanks(&rest);
	return rest.at == rest.end;
}
