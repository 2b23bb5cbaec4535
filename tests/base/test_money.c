/* Checked arithmetic on integers, and the way from a double to one. */
#include "tests/check/check.h"

#include <fenv.h>
#include <math.h>

typedef struct answer {
	sp_status status;
	int64_t value;
} answer;

#define OVER             \
	{                    \
		SP_E_OVERFLOW, 0 \
	}
#define UNTOUCHED INT64_C(-77)

typedef sp_status muldiv(int64_t a, int64_t b, int64_t c, int64_t *out);

static void check_muldiv(muldiv *divide, const int64_t in[3], answer expected)
{
	int64_t out = UNTOUCHED;
	check_status(divide(in[0], in[1], in[2], &out), expected.status);
	check_i64(out, expected.status == SP_OK ? expected.value : UNTOUCHED);
}

/* Worked out with Python's unbounded integers: f = a * b // c, ceil = -(-a * b // c), even from 2 * (a * b - f * c) against c. */
static const struct {
	int64_t a, b, c;
	answer even, floor, ceil;
} money_quotients[] = {
    {0, 0, 1, {SP_OK, 0}, {SP_OK, 0}, {SP_OK, 0}},
    {1, 1, 2, {SP_OK, 0}, {SP_OK, 0}, {SP_OK, 1}},
    {3, 1, 2, {SP_OK, 2}, {SP_OK, 1}, {SP_OK, 2}},
    {5, 1, 2, {SP_OK, 2}, {SP_OK, 2}, {SP_OK, 3}},
    {-1, 1, 2, {SP_OK, 0}, {SP_OK, -1}, {SP_OK, 0}},
    {-3, 1, 2, {SP_OK, -2}, {SP_OK, -2}, {SP_OK, -1}},
    {-5, 1, 2, {SP_OK, -2}, {SP_OK, -3}, {SP_OK, -2}},
    {1, 1, 3, {SP_OK, 0}, {SP_OK, 0}, {SP_OK, 1}},
    {2, 1, 3, {SP_OK, 1}, {SP_OK, 0}, {SP_OK, 1}},
    {-1, 1, 3, {SP_OK, 0}, {SP_OK, -1}, {SP_OK, 0}},
    {-2, 1, 3, {SP_OK, -1}, {SP_OK, -1}, {SP_OK, 0}},
    {7, -3, 4, {SP_OK, -5}, {SP_OK, -6}, {SP_OK, -5}},
    {-7, -3, 4, {SP_OK, 5}, {SP_OK, 5}, {SP_OK, 6}},
    {450000000, 1100000000, 1000000000, {SP_OK, 495000000}, {SP_OK, 495000000}, {SP_OK, 495000000}},
    {1, 1000000001, 1000000000, {SP_OK, 1}, {SP_OK, 1}, {SP_OK, 2}},
    {1, 1500000000, 1000000000, {SP_OK, 2}, {SP_OK, 1}, {SP_OK, 2}},
    {3, 1500000000, 1000000000, {SP_OK, 4}, {SP_OK, 4}, {SP_OK, 5}},
    {INT64_C(1000000000000000),
     INT64_C(1000000000000),
     1000000000,
     {SP_OK, INT64_C(1000000000000000000)},
     {SP_OK, INT64_C(1000000000000000000)},
     {SP_OK, INT64_C(1000000000000000000)}},
    {INT64_C(1000000000000000), INT64_C(1000000000000), 100000000, OVER, OVER, OVER},
    {INT64_MAX, INT64_MAX, INT64_MAX, {SP_OK, INT64_MAX}, {SP_OK, INT64_MAX}, {SP_OK, INT64_MAX}},
    {INT64_MIN, INT64_MIN, INT64_MAX, OVER, OVER, OVER},
    {INT64_MIN, 1, 1, {SP_OK, INT64_MIN}, {SP_OK, INT64_MIN}, {SP_OK, INT64_MIN}},
    {INT64_MIN, -1, 1, OVER, OVER, OVER},
    {INT64_MAX, 1, 1, {SP_OK, INT64_MAX}, {SP_OK, INT64_MAX}, {SP_OK, INT64_MAX}},
    {INT64_MAX,
     -1,
     1,
     {SP_OK, INT64_C(-9223372036854775807)},
     {SP_OK, INT64_C(-9223372036854775807)},
     {SP_OK, INT64_C(-9223372036854775807)}},
    {INT64_MIN, INT64_MAX, INT64_MAX, {SP_OK, INT64_MIN}, {SP_OK, INT64_MIN}, {SP_OK, INT64_MIN}},
    {INT64_MAX, INT64_MIN, INT64_MAX, {SP_OK, INT64_MIN}, {SP_OK, INT64_MIN}, {SP_OK, INT64_MIN}},
    {INT64_MAX, 2, 1, OVER, OVER, OVER},
    {INT64_MAX, 2, 2, {SP_OK, INT64_MAX}, {SP_OK, INT64_MAX}, {SP_OK, INT64_MAX}},
    {INT64_MAX, 3, 2, OVER, OVER, OVER},
    {INT64_MIN, 3, 2, OVER, OVER, OVER},
    {INT64_MIN,
     1,
     2,
     {SP_OK, INT64_C(-4611686018427387904)},
     {SP_OK, INT64_C(-4611686018427387904)},
     {SP_OK, INT64_C(-4611686018427387904)}},
    {INT64_MAX,
     1,
     2,
     {SP_OK, INT64_C(4611686018427387904)},
     {SP_OK, INT64_C(4611686018427387903)},
     {SP_OK, INT64_C(4611686018427387904)}},
    {INT64_C(9223372036854775806),
     1,
     2,
     {SP_OK, INT64_C(4611686018427387903)},
     {SP_OK, INT64_C(4611686018427387903)},
     {SP_OK, INT64_C(4611686018427387903)}},
    {INT64_MAX, 1000000000, 1000000000, {SP_OK, INT64_MAX}, {SP_OK, INT64_MAX}, {SP_OK, INT64_MAX}},
    {INT64_MAX, 1000000001, 1000000000, OVER, OVER, OVER},
    {INT64_MAX, 1000000000, 999999999, OVER, OVER, OVER},
    {INT64_MIN,
     1000000000,
     1000000001,
     {SP_OK, INT64_C(-9223372027631403780)},
     {SP_OK, INT64_C(-9223372027631403781)},
     {SP_OK, INT64_C(-9223372027631403780)}},
    {INT64_MAX, 1, INT64_MAX, {SP_OK, 1}, {SP_OK, 1}, {SP_OK, 1}},
    {INT64_MAX, 1, INT64_C(9223372036854775806), {SP_OK, 1}, {SP_OK, 1}, {SP_OK, 2}},
    {INT64_MIN, 1, INT64_MAX, {SP_OK, -1}, {SP_OK, -2}, {SP_OK, -1}},
    {1, 1, INT64_MAX, {SP_OK, 0}, {SP_OK, 0}, {SP_OK, 1}},
    {-1, 1, INT64_MAX, {SP_OK, 0}, {SP_OK, -1}, {SP_OK, 0}},
    {INT64_C(4611686018427387903), 1, INT64_MAX, {SP_OK, 0}, {SP_OK, 0}, {SP_OK, 1}},
    {INT64_C(4611686018427387904), 1, INT64_MAX, {SP_OK, 1}, {SP_OK, 0}, {SP_OK, 1}},
    {INT64_MAX, INT64_MAX, INT64_C(9223372036854775806), OVER, OVER, OVER},
    {INT64_C(2000000000000000000),
     INT64_C(4611686018427387903),
     INT64_C(1000000000000000000),
     {SP_OK, INT64_C(9223372036854775806)},
     {SP_OK, INT64_C(9223372036854775806)},
     {SP_OK, INT64_C(9223372036854775806)}},
    {INT64_MAX,
     6,
     12,
     {SP_OK, INT64_C(4611686018427387904)},
     {SP_OK, INT64_C(4611686018427387903)},
     {SP_OK, INT64_C(4611686018427387904)}},
    {INT64_C(3037000500), INT64_C(3037000500), 1, OVER, OVER, OVER},
    {INT64_C(3037000499),
     INT64_C(3037000499),
     1,
     {SP_OK, INT64_C(9223372030926249001)},
     {SP_OK, INT64_C(9223372030926249001)},
     {SP_OK, INT64_C(9223372030926249001)}},
    {INT64_C(4611686018427387904),
     1999999999,
     1000000000,
     {SP_OK, INT64_C(9223372032243089790)},
     {SP_OK, INT64_C(9223372032243089789)},
     {SP_OK, INT64_C(9223372032243089790)}},
    {INT64_MAX, 2000000001, 2000000000, OVER, OVER, OVER},
    {INT64_MIN, 2000000001, 2000000000, OVER, OVER, OVER},
    {INT64_MAX, INT64_C(1000000000054210109), INT64_C(1000000000000000000), OVER, OVER, OVER},
};

static void products_divide_exactly_as_python_says(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof money_quotients / sizeof money_quotients[0]; i++) {
		const int64_t ab[] = {money_quotients[i].a, money_quotients[i].b, money_quotients[i].c};
		const int64_t ba[] = {money_quotients[i].b, money_quotients[i].a, money_quotients[i].c};
		check_muldiv(sp_muldiv_even, ab, money_quotients[i].even);
		check_muldiv(sp_muldiv_floor, ab, money_quotients[i].floor);
		check_muldiv(sp_muldiv_ceil, ab, money_quotients[i].ceil);
		check_muldiv(sp_muldiv_even, ba, money_quotients[i].even);
	}
}

/* A number of any size, small ones as likely as large ones. */
static int64_t draw(sp_rng *rng)
{
	const uint64_t bits = sp_rng_next(rng);
	return (int64_t)bits >> (sp_rng_next(rng) & 63);
}

/* The definition instead of the way: q is floor when 0 <= ab - qc < c, and even when no integer is nearer and ties are even. */
static void products_divide_by_their_definition(void **state)
{
	(void)state;
	sp_rng rng;
	sp_check_seed(__func__, &rng);
	unsigned answered = 0;
	for (unsigned i = 0; i < 300000; i++) {
		const int64_t a = draw(&rng);
		const int64_t b = draw(&rng);
		const int64_t c = (int64_t)(sp_rng_next(&rng) >> (1 + (sp_rng_next(&rng) % 63))) + (i & 1 ? 1 : 0);
		if (c <= 0) {
			continue;
		}
		const __int128 product = (__int128)a * b;
		int64_t floor = 0;
		int64_t ceil = 0;
		int64_t even = 0;
		if (sp_muldiv_floor(a, b, c, &floor) != SP_OK || sp_muldiv_ceil(a, b, c, &ceil) != SP_OK) {
			check_true(product / c >= INT64_MAX || product / c <= INT64_MIN);
			continue;
		}
		answered++;
		const __int128 rest = product - (__int128)floor * c;
		check_true(rest >= 0 && rest < c);
		check_i64(ceil, floor + (rest > 0 ? 1 : 0));
		check_status(sp_muldiv_even(a, b, c, &even), SP_OK);
		check_i64(even, 2 * rest < c || (2 * rest == c && floor % 2 == 0) ? floor : ceil);
	}
	check_true(answered > 100000);
}

static void divide_by_zero(void *argument)
{
	sp_muldiv_even(1, 1, 0, argument);
}

static void divide_by_less_than_zero(void *argument)
{
	sp_muldiv_floor(1, 1, -1, argument);
}

static void a_divisor_that_is_not_positive_is_a_programming_error(void **state)
{
	(void)state;
	int64_t out = 0;
	check_contains(sp_check_stopped(divide_by_zero, &out), "c > 0");
	check_contains(sp_check_stopped(divide_by_less_than_zero, &out), "c > 0");
}

static void sums_and_differences_never_wrap(void **state)
{
	(void)state;
	int64_t out = UNTOUCHED;
	check_status(sp_add(INT64_MAX, 1, &out), SP_E_OVERFLOW);
	check_status(sp_add(INT64_MIN, -1, &out), SP_E_OVERFLOW);
	check_status(sp_sub(INT64_MIN, 1, &out), SP_E_OVERFLOW);
	check_status(sp_sub(0, INT64_MIN, &out), SP_E_OVERFLOW);
	check_i64(out, UNTOUCHED);
	check_status(sp_add(INT64_MAX, INT64_MIN, &out), SP_OK);
	check_i64(out, -1);
	check_status(sp_sub(-1, INT64_MIN, &out), SP_OK);
	check_i64(out, INT64_MAX);
	check_status(sp_sub(INT64_MAX, INT64_MAX, &out), SP_OK);
	check_i64(out, 0);
}

static void check_round(double x, int64_t expected)
{
	int64_t out = UNTOUCHED;
	check_status(sp_round_even(x, &out), SP_OK);
	check_i64(out, expected);
}

static void halves_round_to_even(void **state)
{
	(void)state;
	check_round(0.5, 0);
	check_round(1.5, 2);
	check_round(2.5, 2);
	check_round(-0.5, 0);
	check_round(-1.5, -2);
	check_round(-2.5, -2);
	check_round(0x1.fffffffffffffp-2, 0); /* the double below 0.5, which x + 0.5 would round up */
	check_round(0x1.0000000000001p-1, 1);
	check_round(-0x1.0000000000001p-1, -1);
	check_round(-0.0, 0);
	check_round(0x1p-1074, 0);
	check_round(0x1.fffffffffffffp+51, INT64_C(1) << 52); /* 2^52 - 1/2, between an odd and an even number */
	check_round(0x1.ffffffffffffdp+51, (INT64_C(1) << 52) - 2);
	check_round(0x1.0000000000001p+52, (INT64_C(1) << 52) + 1);
	check_round(0x1.fffffffffffffp+62, INT64_MAX - 1023);
	check_round(-0x1p63, INT64_MIN);
}

static void what_is_no_integer_in_64_bits_is_refused(void **state)
{
	(void)state;
	int64_t out = UNTOUCHED;
	check_status(sp_round_even(NAN, &out), SP_E_NOT_FINITE);
	check_status(sp_round_even(-NAN, &out), SP_E_NOT_FINITE);
	check_status(sp_round_even(INFINITY, &out), SP_E_NOT_FINITE);
	check_status(sp_round_even(-INFINITY, &out), SP_E_NOT_FINITE);
	check_status(sp_round_even(0x1p63, &out), SP_E_OVERFLOW);
	check_status(sp_round_even(-0x1.0000000000001p+63, &out), SP_E_OVERFLOW);
	check_status(sp_round_even(1e308, &out), SP_E_OVERFLOW);
	check_i64(out, UNTOUCHED);
}

/* The twin rounds in the usual way, through the processor's mode. */
static void rounding_ignores_the_processors_mode(void **state)
{
	(void)state;
	static const int modes[] = {FE_TONEAREST, FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO};
	sp_rng rng;
	sp_check_seed(__func__, &rng);
	for (unsigned i = 0; i < 200000; i++) {
		const int64_t halves = draw(&rng) >> 10;
		const double x = i & 1 ? (double)halves / 2 : (sp_rng_uniform(&rng) - 0.5) * (double)halves;
		fesetround(FE_TONEAREST);
		const int64_t expected = (int64_t)nearbyint(x);
		int64_t out = UNTOUCHED;
		fesetround(modes[i % 4]);
		const sp_status status = sp_round_even(x, &out);
		fesetround(FE_TONEAREST);
		check_status(status, SP_OK);
		check_i64(out, expected);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(products_divide_exactly_as_python_says),
	    cmocka_unit_test(products_divide_by_their_definition),
	    cmocka_unit_test(a_divisor_that_is_not_positive_is_a_programming_error),
	    cmocka_unit_test(sums_and_differences_never_wrap),
	    cmocka_unit_test(halves_round_to_even),
	    cmocka_unit_test(what_is_no_integer_in_64_bits_is_refused),
	    cmocka_unit_test(rounding_ignores_the_processors_mode),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
