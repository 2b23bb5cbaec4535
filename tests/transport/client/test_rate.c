/* sp_rate's edges that no vector can say: meters on a sheet, texts, and what is left alone. The figures stand in
 * tests/vectors/rate.jsonl. */
#include "tests/check/check.h"

#include <string.h>

#include "base/time.h"
#include "transport/client/rate.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define A_MILLION    (INT64_C(1000000) * SP_MICRO)

static sp_rate_price price(const char *meter, int64_t nano)
{
	sp_rate_price made;

	check_status(sp_rate_price_init("f/x", meter, (sp_money){nano}, A_MILLION, &made), SP_OK);
	return made;
}

static void a_meter_is_read_with_its_size_and_hours(void **state)
{
	sp_rate_price made = price("cached_above_128k@sat-mon/22:00-06:30-03:30", 1);

	(void)state;
	check_u64(made.n_meter, strlen("cached"));
	check_i64(made.above, 128000);
	check_i64(made.window.from_min, 22 * 60);
	check_i64(made.window.until_min, 6 * 60 + 30);
	check_i64(made.window.offset_min, -(3 * 60 + 30));
	check_u64(made.window.days, 1u << 5 | 1u << 6 | 1u << 0);
	made = price("gpu_s", 1);
	check_u64(made.n_meter, strlen("gpu_s"));
	check_i64(made.above, 0);
	check_u64(made.window.days, 0);
	check_i64(price("input_above_1000000k", 1).above, 1000000000);
}

static void what_looks_like_a_size_or_hours_and_is_none_is_refused(void **state)
{
	static const char *const wrong[] = {
	    "",
	    "@00:00-06:00",
	    "_above_200k",
	    "input_above_",
	    "input_above_k",
	    "input_above_0k",
	    "input_above_0200k",
	    "input_above_200",
	    "input_above_200K",
	    "input_above_200kk",
	    "input_above_1000001k",
	    "input_above_99999999999999999999k",
	    "input_above_128k_above_200k",
	    "input_above_-1k",
	    "input@",
	    "input@16:30",
	    "input@16:30-",
	    "input@16:30-16:30",
	    "input@24:00-06:00",
	    "input@16:60-17:00",
	    "input@16:30-24:01",
	    "input@6:30-08:00",
	    "input@16:30-00:30Z",
	    "input@16:30-00:30+8:00",
	    "input@16:30-00:30+14:01",
	    "input@16:30-00:30+08:00x",
	    "input@16:30-00:30@01:00-02:00",
	    "input@mon16:30-00:30",
	    "input@mon-/16:30-00:30",
	    "input@mon-fry/16:30-00:30",
	    "input@MON/16:30-00:30",
	    "input@mon-tue-wed/16:30-00:30",
	    "input@16:30-00:30_above_200k",
	    "in put",
	};
	sp_rate_price made = {.above = 7};

	(void)state;
	for (size_t i = 0; i < COUNT(wrong); i++)
		if (sp_rate_price_init("f/x", wrong[i], (sp_money){1}, A_MILLION, &made) != SP_E_SYNTAX)
			fail_msg("'%s' is read as a meter", wrong[i]);
	check_i64(made.above, 7);
}

static void a_refusal_leaves_the_answer_alone_and_names_the_meter(void **state)
{
	const sp_rate_price rows[] = {price("input", 450), price("output", 1800)};
	const sp_rate_usage usage[] = {{"input", SP_MICRO}, {"image", SP_MICRO}};
	const sp_rate_request request = {usage, COUNT(usage)};
	const sp_rate_table table = {rows, COUNT(rows)};
	sp_rated rated, before;
	const char *refused = "";

	(void)state;
	memset(&rated, 0x5a, sizeof rated);
	before = rated;
	check_i64(sp_rate(&request, &table, 0, &rated, &refused), SP_RATE_NO_PRICE);
	check_bytes(&rated, &before, sizeof rated);
	check_text(refused, "image");
	check_i64(sp_rate(&request, &table, -1, &rated, NULL), SP_RATE_TIME);
	check_bytes(&rated, &before, sizeof rated);
}

static void a_meter_given_twice_is_refused(void **state)
{
	const sp_rate_price row = price("input", 450);
	const sp_rate_usage usage[] = {{"input", SP_MICRO}, {"input", SP_MICRO}};
	const sp_rate_request request = {usage, COUNT(usage)};
	const sp_rate_table table = {&row, 1};
	sp_rated rated;

	(void)state;
	check_i64(sp_rate(&request, &table, 0, &rated, NULL), SP_RATE_TWICE);
}

static void a_unit_that_counts_nothing_is_no_price(void **state)
{
	sp_rate_price row = price("input", 450);
	const sp_rate_usage usage = {"input", SP_MICRO};
	const sp_rate_request request = {&usage, 1};
	const sp_rate_table table = {&row, 1};
	sp_rated rated;

	(void)state;
	row.per_micro = 0;
	check_i64(sp_rate(&request, &table, 0, &rated, NULL), SP_RATE_BAD_PRICE);
	row.per_micro = -1;
	check_i64(sp_rate(&request, &table, 0, &rated, NULL), SP_RATE_BAD_PRICE);
}

static void the_order_of_the_table_decides_nothing(void **state)
{
	sp_rate_price rows[] = {price("input", 1000), price("input@00:00-06:00", 500), price("input_above_1k", 2000),
	                        price("input_above_2k", 3000), price("input_above_2k@00:00-06:00", 4000)};
	const sp_rate_usage usage = {"input", 3000 * SP_MICRO};
	const sp_rate_request request = {&usage, 1};
	const sp_rate_table table = {rows, COUNT(rows)};
	sp_rated rated;

	(void)state;
	for (size_t turn = 0; turn < 2 * COUNT(rows); turn++) {
		for (size_t i = 0; i + 1 < COUNT(rows) && turn > 0; i++) {
			sp_rate_price first = rows[i];
			if (turn == COUNT(rows) && i > 0)
				continue;
			rows[i] = rows[i + 1];
			rows[i + 1] = first;
		}
		check_i64(sp_rate(&request, &table, 3 * SP_HOUR, &rated, NULL), SP_RATE_RATED);
		check_i64(rated.lines[0].price->usd.nano, 4000);
		check_i64(sp_rate(&request, &table, 12 * SP_HOUR, &rated, NULL), SP_RATE_RATED);
		check_i64(rated.lines[0].price->usd.nano, 3000);
	}
}

static void every_verdict_has_a_code_and_words_of_its_own(void **state)
{
	(void)state;
	for (int i = SP_RATE_RATED; i <= SP_RATE_TOO_MANY; i++)
		for (int j = i + 1; j <= SP_RATE_TOO_MANY; j++) {
			check_true(strcmp(sp_rate_code((sp_rate_verdict)i), sp_rate_code((sp_rate_verdict)j)) != 0);
			check_true(strcmp(sp_rate_text((sp_rate_verdict)i), sp_rate_text((sp_rate_verdict)j)) != 0);
		}
	check_text(sp_rate_code((sp_rate_verdict)99), "?");
	check_text(sp_rate_text((sp_rate_verdict)99), "?");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_meter_is_read_with_its_size_and_hours),
	    cmocka_unit_test(what_looks_like_a_size_or_hours_and_is_none_is_refused),
	    cmocka_unit_test(a_refusal_leaves_the_answer_alone_and_names_the_meter),
	    cmocka_unit_test(a_meter_given_twice_is_refused),
	    cmocka_unit_test(a_unit_that_counts_nothing_is_no_price),
	    cmocka_unit_test(the_order_of_the_table_decides_nothing),
	    cmocka_unit_test(every_verdict_has_a_code_and_words_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
