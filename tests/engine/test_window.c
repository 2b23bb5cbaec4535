/* test_window.c - rolling extremes against a plain list of what was held when. */
#include "controller/engine/window.h"

#include "base/time.h"
#include "tests/check/check.h"

/* --- by hand: a span of 63 buckets of 10 ns --- */

#define SPAN 630

static void r6_a_window_holds_the_first_value_from_its_beginning(void **state)
{
	sp_window window;
	sp_window_slots slots;

	(void)state;
	sp_window_init(&window);
	sp_window_advance(&window, &slots, SPAN, 1000); /* nothing is held yet: nothing happens */
	check_i64(window.begun, -1);
	sp_window_set(&window, &slots, SPAN, 1005, 7);
	check_i64(window.low, 7);
	check_i64(window.high, 7);
	check_i64(window.next_ns, 1010);
}

static void r6_a_bucket_is_kept_until_it_lies_wholly_outside(void **state)
{
	sp_window window;
	sp_window_slots slots;

	(void)state;
	sp_window_init(&window);
	sp_window_set(&window, &slots, SPAN, 1000, 5);
	sp_window_set(&window, &slots, SPAN, 1003, 9);
	sp_window_set(&window, &slots, SPAN, 1004, 6);
	check_i64(window.low, 5);
	check_i64(window.high, 9);
	sp_window_advance(&window, &slots, SPAN, 1639); /* 1639 - 630 = 1009: the bucket 1000 … 1009 still touches it */
	check_i64(window.low, 5);
	check_i64(window.high, 9);
	sp_window_advance(&window, &slots, SPAN, 1640);
	check_i64(window.low, 6);
	check_i64(window.high, 6);
}

static void r6_the_value_holds_over_gaps(void **state)
{
	sp_window window;
	sp_window_slots slots;

	(void)state;
	sp_window_init(&window);
	sp_window_set(&window, &slots, SPAN, 1000, 5);
	sp_window_set(&window, &slots, SPAN, 900000, 8); /* 5 was held until now */
	check_i64(window.low, 5);
	check_i64(window.high, 8);
	sp_window_advance(&window, &slots, SPAN, INT64_C(7000000000000000000));
	check_i64(window.low, 8);
	check_i64(window.high, 8);
}

/* --- against a list --- */

#define HELD_MAX 4000

/* What was held from when on. */
typedef struct history {
	int64_t from_ns[HELD_MAX], value[HELD_MAX];
	int n;
} history;

/* The extremes of what was held after `since` and until now; one that was replaced exactly then is not counted. */
static void extremes_since(const history *h, int64_t since_ns, int64_t *low, int64_t *high)
{
	*low = *high = h->value[h->n - 1];
	for (int i = h->n - 2; i >= 0; i--) {
		if (h->from_ns[i + 1] <= since_ns)
			return;
		*low = h->value[i] < *low ? h->value[i] : *low;
		*high = h->value[i] > *high ? h->value[i] : *high;
	}
}

static int64_t random_gap(sp_rng *rng, int64_t span_ns)
{
	switch (sp_rng_below(rng, 8)) {
	case 0:
		return 0;
	case 1:
		return 1;
	case 2:
		return (int64_t)sp_rng_below(rng, (uint64_t)span_ns + 1);
	case 3:
		return (int64_t)sp_rng_below(rng, 3 * (uint64_t)span_ns + 1);
	case 4: /* to a bucket's edge */
		return span_ns / 63;
	default:
		return (int64_t)sp_rng_below(rng, (uint64_t)span_ns / 20 + 2);
	}
}

/* Never less than the span is remembered, never more than the span and a bucket. */
static void check_against(const history *h, const sp_window *window, int64_t span_ns, int64_t now_ns)
{
	int64_t width = (span_ns + 62) / 63, low, high;

	extremes_since(h, now_ns - span_ns, &low, &high);
	check_true(window->low <= low && window->high >= high);
	extremes_since(h, now_ns - 63 * width - width, &low, &high);
	check_true(window->low >= low && window->high <= high);
	check_i64(window->value, h->value[h->n - 1]);
	check_true(now_ns < window->next_ns);
}

static void live_through(sp_rng *rng, int64_t span_ns, int64_t start_ns, int steps)
{
	static history h;
	sp_window window;
	sp_window_slots slots;
	int64_t now_ns = start_ns;

	h.n = 0;
	sp_window_init(&window);
	for (int i = 0; i < steps && now_ns < SP_TIME_MAX_NS; i++) {
		if (h.n == 0 || sp_rng_below(rng, 3) == 0) {
			int64_t value = (int64_t)sp_rng_below(rng, 2001) - 1000;
			sp_window_set(&window, &slots, span_ns, now_ns, value);
			h.from_ns[h.n] = now_ns;
			h.value[h.n++] = value;
		} else {
			sp_window_advance(&window, &slots, span_ns, now_ns);
		}
		check_against(&h, &window, span_ns, now_ns);
		now_ns += random_gap(rng, span_ns);
	}
}

static void r6_the_window_covers_its_span_and_at_most_a_bucket_more(void **state)
{
	static const int64_t spans[] = {1, 62, 63, 64, 1000, SP_MIN, SP_HOUR, SP_DAY, 365 * SP_DAY};
	sp_rng rng;

	(void)state;
	sp_check_seed(__func__, &rng);
	for (int round = 0; round < 8; round++) {
		for (size_t i = 0; i < sizeof spans / sizeof spans[0]; i++)
			live_through(&rng, spans[i], (int64_t)sp_rng_below(&rng, 1795478400) * SP_SEC, HELD_MAX);
	}
}

static void r6_the_window_holds_up_to_the_last_time_there_is(void **state)
{
	sp_rng rng;

	(void)state;
	sp_check_seed(__func__, &rng);
	live_through(&rng, 365 * SP_DAY, SP_TIME_MIN_NS, 200);
	live_through(&rng, 365 * SP_DAY, SP_TIME_MAX_NS - 1000 * SP_DAY, 200);
	live_through(&rng, SP_HOUR, SP_TIME_MAX_NS - SP_DAY, HELD_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(r6_a_window_holds_the_first_value_from_its_beginning),
	    cmocka_unit_test(r6_a_bucket_is_kept_until_it_lies_wholly_outside),
	    cmocka_unit_test(r6_the_value_holds_over_gaps),
	    cmocka_unit_test(r6_the_window_covers_its_span_and_at_most_a_bucket_more),
	    cmocka_unit_test(r6_the_window_holds_up_to_the_last_time_there_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
