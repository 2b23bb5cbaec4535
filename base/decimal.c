/* decimal.c - decimals in text to and from int64 value x 10^9, digit by digit; no double takes part.
 *
 * Grammar: [+-] digits [. digits] [(e|E) [+-] digits], with a digit on both sides of a point, so that a text that was cut
 * off ("0.") is refused. The digits of the mantissa are read once, from the left. Each has a place, its power of ten in
 * nano; those at place 0 and above make the value, the one at place -1 decides the rounding, the rest only whether
 * anything follows. */
#include "base/money.h"

#include "base/assert.h"

/* Beyond it every digit but 0 is an overflow or vanishes; texts are shorter than what is left to int64. */
#define DECIMAL_EXPONENT_MAX  (INT64_C(1) << 60)
#define DECIMAL_MAGNITUDE_MAX (UINT64_C(1) << 63) /* of INT64_MIN */

/* The parts of a decimal's text. */
typedef struct decimal_text {
	const char *digits; /* of the mantissa; a point may stand among them */
	size_t n;           /* [bytes] of the mantissa */
	size_t n_whole;     /* digits before the point */
	int64_t exponent;
	bool negative;
} decimal_text;

/* What the digits add up to. */
typedef struct decimal_sum {
	uint64_t nano;
	unsigned half; /* the digit at place -1 */
	bool more;     /* a digit but 0 follows it */
	bool overflow;
} decimal_sum;

static size_t decimal_run(const char *text, size_t n)
{
	size_t i = 0;
	while (i < n && text[i] >= '0' && text[i] <= '9') {
		i++;
	}
	return i;
}

static bool decimal_sign(const char *text, size_t n, size_t *at)
{
	if (*at < n && (text[*at] == '-' || text[*at] == '+')) {
		return text[(*at)++] == '-';
	}
	return false;
}

static bool decimal_scan_exponent(const char *text, size_t n, int64_t *exponent)
{
	size_t at = 0;
	const bool negative = decimal_sign(text, n, &at);
	if (at == n || decimal_run(text + at, n - at) != n - at) {
		return false;
	}
	int64_t value = 0;
	for (; at < n; at++) {
		value = value > DECIMAL_EXPONENT_MAX / 16 ? DECIMAL_EXPONENT_MAX : value * 10 + (text[at] - '0');
	}
	*exponent = negative ? -value : value;
	return true;
}

static bool decimal_scan(const char *text, size_t n, decimal_text *out)
{
	size_t at = 0;
	*out = (decimal_text){.negative = decimal_sign(text, n, &at)};
	out->digits = text + at;
	out->n_whole = decimal_run(text + at, n - at);
	out->n = out->n_whole;
	at += out->n_whole;
	if (out->n_whole == 0) {
		return false;
	}
	if (at < n && text[at] == '.') {
		const size_t places = decimal_run(text + at + 1, n - at - 1);
		if (places == 0) {
			return false;
		}
		out->n += 1 + places;
		at += 1 + places;
	}
	if (at < n && (text[at] == 'e' || text[at] == 'E')) {
		return decimal_scan_exponent(text + at + 1, n - at - 1, &out->exponent);
	}
	return at == n;
}

/* Takes one digit at place 0 or above: nano x 10 + digit, or the overflow that stays. */
static void decimal_append(decimal_sum *sum, unsigned digit)
{
	if (sum->nano > (DECIMAL_MAGNITUDE_MAX - digit) / 10) {
		sum->overflow = true;
	} else {
		sum->nano = sum->nano * 10 + digit;
	}
}

static decimal_sum decimal_add_up(const decimal_text *text)
{
	decimal_sum sum = {0};
	int64_t place = (int64_t)text->n_whole + 8 + text->exponent;
	for (size_t i = 0; i < text->n; i++) {
		if (text->digits[i] == '.') {
			continue;
		}
		const unsigned digit = (unsigned)(text->digits[i] - '0');
		if (place >= 0) {
			decimal_append(&sum, digit);
		} else if (place == -1) {
			sum.half = digit;
		} else {
			sum.more = sum.more || digit != 0;
		}
		place--;
	}
	for (; place >= 0 && sum.nano != 0 && !sum.overflow; place--) {
		decimal_append(&sum, 0);
	}
	return sum;
}

static sp_status decimal_parse(const char *text, size_t n, bool rounded, int64_t *nano)
{
	SP_ASSERT(text != NULL || n == 0);
	SP_ASSERT(nano != NULL);
	decimal_text parts;
	if (n == 0 || !decimal_scan(text, n, &parts)) {
		return SP_E_SYNTAX;
	}
	decimal_sum sum = decimal_add_up(&parts);
	if (rounded && !sum.overflow && (sum.half > 5 || (sum.half == 5 && (sum.more || (sum.nano & 1) != 0)))) {
		sum.nano++;
	}
	if (sum.overflow || sum.nano > DECIMAL_MAGNITUDE_MAX - (parts.negative ? 0 : 1)) {
		return SP_E_OVERFLOW;
	}
	if (!rounded && (sum.half != 0 || sum.more)) {
		return SP_E_RANGE;
	}
	*nano = (int64_t)(parts.negative ? 0 - sum.nano : sum.nano);
	return SP_OK;
}

sp_status sp_decimal_parse(const char *text, size_t n, int64_t *nano)
{
	return decimal_parse(text, n, false, nano);
}

sp_status sp_decimal_parse_rounded(const char *text, size_t n, int64_t *nano)
{
	return decimal_parse(text, n, true, nano);
}

/* Written from the last place to the first, then moved to the front. */
char *sp_decimal_format(int64_t nano, char text[SP_DECIMAL_TEXT_MAX])
{
	SP_ASSERT(text != NULL);
	char reversed[SP_DECIMAL_TEXT_MAX];
	size_t n = 0;
	uint64_t left = nano < 0 ? 0 - (uint64_t)nano : (uint64_t)nano;
	for (unsigned place = 0; place < 10 || left != 0; place++) {
		if (place == 9) {
			reversed[n++] = '.';
		}
		reversed[n++] = (char)('0' + left % 10);
		left /= 10;
	}
	if (nano < 0) {
		reversed[n++] = '-';
	}
	for (size_t i = 0; i < n; i++) {
		text[i] = reversed[n - 1 - i];
	}
	text[n] = '\0';
	return text;
}

char *sp_decimal_format_short(int64_t nano, char text[SP_DECIMAL_TEXT_MAX])
{
	sp_decimal_format(nano, text);
	size_t n = 0;
	while (text[n] != '\0') {
		n++;
	}
	while (text[n - 1] == '0') {
		n--;
	}
	if (text[n - 1] == '.') {
		n--;
	}
	text[n] = '\0';
	return text;
}
