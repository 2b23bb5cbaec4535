/* The distance of two texts, against the whole table of Wagner and Fischer. */
#include "tests/check/check.h"

#include <string.h>

#include "base/ids.h"

#define LENGTH_MAX 24

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

static unsigned twin(const char *a, size_t na, const char *b, size_t nb)
{
	unsigned table[LENGTH_MAX + 1][LENGTH_MAX + 1];
	for (size_t i = 0; i <= na; i++) {
		for (size_t j = 0; j <= nb; j++) {
			if (i == 0 || j == 0) {
				table[i][j] = (unsigned)(i + j);
				continue;
			}
			const unsigned replaced = table[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
			table[i][j] = least(replaced, 1 + least(table[i - 1][j], table[i][j - 1]));
		}
	}
	return table[na][nb];
}

static void known_distances_are_found(void **state)
{
	(void)state;
	check_u64(sp_text_distance("kitten", 6, "sitting", 7, 5), 3);
	check_u64(sp_text_distance("saturday", 8, "sunday", 6, 5), 3);
	check_u64(sp_text_distance("", 0, "", 0, 5), 0);
	check_u64(sp_text_distance("abc", 3, "", 0, 5), 3);
	check_u64(sp_text_distance(NULL, 0, "abc", 3, 5), 3);
	check_u64(sp_text_distance("abc", 3, "abc", 3, 0), 0);
	check_u64(sp_text_distance("abc", 3, "abd", 3, 0), 1);
	check_u64(sp_text_distance("kitten", 6, "sitting", 7, 2), 3); /* the limit and one more */
	check_u64(sp_text_distance("abcdefgh", 8, "", 0, 2), 3);
}

static void every_pair_agrees_with_the_whole_table(void **state)
{
	(void)state;
	sp_rng rng;
	sp_check_seed(__func__, &rng);
	for (unsigned i = 0; i < 100000; i++) {
		char a[LENGTH_MAX];
		char b[LENGTH_MAX];
		const size_t na = sp_rng_below(&rng, LENGTH_MAX + 1);
		const size_t nb = sp_rng_below(&rng, LENGTH_MAX + 1);
		const uint64_t letters = 1 + sp_rng_below(&rng, 4);
		for (size_t k = 0; k < LENGTH_MAX; k++) {
			a[k] = (char)('a' + sp_rng_below(&rng, letters));
			b[k] = sp_rng_below(&rng, 3) > 0 ? a[k] : (char)('a' + sp_rng_below(&rng, letters));
		}
		const unsigned limit = (unsigned)sp_rng_below(&rng, SP_DISTANCE_LIMIT_MAX + 1);
		check_u64(sp_text_distance(a, na, b, nb, limit), least(twin(a, na, b, nb), limit + 1));
	}
}

static void long_texts_need_no_memory(void **state)
{
	(void)state;
	static char a[100000];
	static char b[100000];
	memset(a, 'a', sizeof a);
	memset(b, 'a', sizeof b);
	b[5] = 'x';
	b[99999] = 'x';
	check_u64(sp_text_distance(a, sizeof a, b, sizeof b, 3), 2);
}

static void ask_beyond_the_limit(void *unused)
{
	(void)unused;
	sp_text_distance("a", 1, "b", 1, SP_DISTANCE_LIMIT_MAX + 1);
}

static void a_limit_beyond_the_band_is_a_programming_error(void **state)
{
	(void)state;
	check_contains(sp_check_stopped(ask_beyond_the_limit, NULL), "limit <=");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(known_distances_are_found),
	    cmocka_unit_test(every_pair_agrees_with_the_whole_table),
	    cmocka_unit_test(long_texts_need_no_memory),
	    cmocka_unit_test(a_limit_beyond_the_band_is_a_programming_error),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
