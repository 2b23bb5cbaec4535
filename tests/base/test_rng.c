/* The generator: published outputs, and that its draws are what they say. */
#include "tests/check/check.h"

#include "base/math.h"

/* splitmix64 from seed 1234567: the outputs that its page at Rosetta Code gives. They are the state's four words. */
static void the_seed_is_spread_by_splitmix64(void **state)
{
	(void)state;
	sp_rng rng;
	sp_rng_init(&rng, 1234567);
	check_u64(rng.s[0], UINT64_C(6457827717110365317));
	check_u64(rng.s[1], UINT64_C(3203168211198807973));
	check_u64(rng.s[2], UINT64_C(9817491932198370423));
	check_u64(rng.s[3], UINT64_C(4593380528125082431));
}

/* xoshiro256** from state {1, 2, 3, 4}: the vector of the Rust crate rand_xoshiro, made with the authors' C code; and again
 * by this Python, the reference read aloud:
 *
 *     M = 2**64 - 1; rotl = lambda x, k: (x << k | x >> 64 - k) & M
 *     def step(s):
 *         out = rotl(s[1] * 5 & M, 7) * 9 & M; t = s[1] << 17 & M
 *         s[2] ^= s[0]; s[3] ^= s[1]; s[1] ^= s[2]; s[0] ^= s[3]; s[2] ^= t; s[3] = rotl(s[3], 45)
 *         return out
 */
static void the_outputs_are_those_of_xoshiro256_starstar(void **state)
{
	(void)state;
	static const uint64_t expected[] = {
	    UINT64_C(11520),
	    UINT64_C(0),
	    UINT64_C(1509978240),
	    UINT64_C(1215971899390074240),
	    UINT64_C(1216172134540287360),
	    UINT64_C(607988272756665600),
	    UINT64_C(16172922978634559625),
	    UINT64_C(8476171486693032832),
	    UINT64_C(10595114339597558777),
	    UINT64_C(2904607092377533576),
	};
	sp_rng rng = {{1, 2, 3, 4}};
	for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
		check_u64(sp_rng_next(&rng), expected[i]);
	}
}

/* Seed 42 through both, by the same Python. */
static void a_seed_gives_its_stream(void **state)
{
	(void)state;
	sp_rng rng;
	sp_rng_init(&rng, 42);
	check_u64(sp_rng_next(&rng), UINT64_C(0x15780b2e0c2ec716));
	check_u64(sp_rng_next(&rng), UINT64_C(0x6104d9866d113a7e));
	check_u64(sp_rng_next(&rng), UINT64_C(0xae17533239e499a1));
	check_u64(sp_rng_next(&rng), UINT64_C(0xecb8ad4703b360a1));
}

static void draws_below_n_are_even(void **state)
{
	(void)state;
	sp_rng rng;
	sp_check_seed(__func__, &rng);
	unsigned counts[7] = {0};
	for (unsigned i = 0; i < 700000; i++) {
		const uint64_t x = sp_rng_below(&rng, 7);
		check_true(x < 7);
		counts[x]++;
	}
	for (unsigned i = 0; i < 7; i++) {
		check_near(counts[i], 100000, 6 * 293); /* sqrt(700000 x 1/7 x 6/7) = 293 */
	}
	for (unsigned i = 0; i < 100; i++) {
		check_u64(sp_rng_below(&rng, 1), 0);
	}
}

/* Below 3 x 2^62, four outputs fall on three answers: without throwing some away every third answer comes up twice as often. */
static void a_large_n_favours_no_answer(void **state)
{
	(void)state;
	sp_rng rng;
	sp_check_seed(__func__, &rng);
	const uint64_t n = UINT64_C(3) << 62;
	unsigned thirds[3] = {0};
	for (unsigned i = 0; i < 300000; i++) {
		thirds[sp_rng_below(&rng, n) % 3]++;
	}
	for (unsigned i = 0; i < 3; i++) {
		check_near(thirds[i], 100000, 6 * 258);
	}
}

static void uniform_draws_fill_the_half_open_interval(void **state)
{
	(void)state;
	sp_rng rng;
	sp_check_seed(__func__, &rng);
	double sum = 0;
	double least = 1;
	double most = 0;
	for (unsigned i = 0; i < 1000000; i++) {
		const double x = sp_rng_uniform(&rng);
		check_true(x >= 0 && x < 1);
		sum += x;
		least = x < least ? x : least;
		most = x > most ? x : most;
	}
	check_near(sum / 1000000, 0.5, 6 * 0.000289);
	check_true(least < 1e-4 && most > 1 - 1e-4);
}

static void normal_draws_have_their_moments(void **state)
{
	(void)state;
	sp_rng rng;
	sp_check_seed(__func__, &rng);
	const unsigned n = 1000000;
	double sum[5] = {0};
	unsigned beyond_2 = 0;
	for (unsigned i = 0; i < n; i++) {
		const double x = sp_rng_normal(&rng);
		check_true(sp_finite(x));
		double power = 1;
		for (unsigned k = 0; k < 5; k++) {
			sum[k] += power;
			power *= x;
		}
		beyond_2 += sp_abs(x) > 2 ? 1 : 0;
	}
	check_near(sum[1] / n, 0, 6e-3);
	check_near(sum[2] / n, 1, 6 * 0.001414);
	check_near(sum[3] / n, 0, 6 * 0.00387);
	check_near(sum[4] / n, 3, 6 * 0.0098);
	check_near(beyond_2 / (double)n, 0.0455, 6 * 0.000208);
}

static void draw_below_nothing(void *rng)
{
	sp_rng_below(rng, 0);
}

static void drawing_below_zero_is_a_programming_error(void **state)
{
	(void)state;
	sp_rng rng;
	sp_rng_init(&rng, 1);
	check_contains(sp_check_stopped(draw_below_nothing, &rng), "n > 0");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_seed_is_spread_by_splitmix64),
	    cmocka_unit_test(the_outputs_are_those_of_xoshiro256_starstar),
	    cmocka_unit_test(a_seed_gives_its_stream),
	    cmocka_unit_test(draws_below_n_are_even),
	    cmocka_unit_test(a_large_n_favours_no_answer),
	    cmocka_unit_test(uniform_draws_fill_the_half_open_interval),
	    cmocka_unit_test(normal_draws_have_their_moments),
	    cmocka_unit_test(drawing_below_zero_is_a_programming_error),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
