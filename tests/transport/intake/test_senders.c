/* Senders: names told apart within a bound, counts, and a bucket that lets exactly its rate pass, whatever the clock does. */
#include "transport/intake/senders.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "tests/check/check.h"
#include "transport/wire/signals.h"

#define BURST SP_WIRE_RECORDS_MAX
#define T     INT64_C(1795478400000000000)

static sp_senders *senders;

static int open_senders(void **state)
{
	(void)state;
	senders = sp_senders_open();
	return senders == NULL;
}

static int close_senders(void **state)
{
	(void)state;
	sp_senders_close(senders);
	sp_senders_close(NULL);
	return 0;
}

static uint32_t find(const char *name)
{
	return sp_senders_find(senders, name, strlen(name));
}

static uint32_t admit(uint32_t slot, uint32_t records, int64_t max_per_s, int64_t now_ns)
{
	return sp_senders_admit(senders, slot, records, max_per_s, now_ns);
}

/* --- names --- */

static void names_are_told_apart(void **state)
{
	char longest[SP_ID_MAX + 2];
	uint32_t slot;

	(void)state;
	check_u64(sp_senders_count(senders), 1);
	check_text(sp_senders_get(senders, 0)->name, "(others)");
	check_u64(find("prom-1"), 1);
	check_u64(find("prom-2"), 2);
	check_u64(sp_senders_find(senders, "prom-12", 6), 1);
	check_u64(find("prom-1"), 1);
	memset(longest, 'n', sizeof longest);
	slot = sp_senders_find(senders, longest, SP_ID_MAX);
	check_u64(slot, 3);
	check_u64(strlen(sp_senders_get(senders, slot)->name), SP_ID_MAX);
	check_u64(sp_senders_count(senders), 4);
}

static void names_that_are_none_are_the_others(void **state)
{
	char longer[SP_ID_MAX + 1];

	(void)state;
	memset(longer, 'n', sizeof longer);
	check_u64(sp_senders_find(senders, longer, sizeof longer), 0);
	check_u64(sp_senders_find(senders, NULL, 0), 0);
	check_u64(find(""), 0);
	check_u64(find("a b"), 0);
	check_u64(find("(others)"), 0);
	check_u64(find("\xc3\xa9"), 0);
	check_u64(sp_senders_count(senders), 1);
}

static void names_beyond_the_bound_are_the_others(void **state)
{
	char name[16];

	(void)state;
	for (uint32_t i = 0; i < SP_SENDERS_MAX; i++) {
		snprintf(name, sizeof name, "s%u", i);
		check_u64(find(name), i + 1);
	}
	for (uint32_t i = 0; i < 100; i++) {
		snprintf(name, sizeof name, "late%u", i);
		check_u64(find(name), 0);
	}
	check_u64(find("s0"), 1);
	check_u64(find("s4095"), SP_SENDERS_MAX);
	check_text(sp_senders_get(senders, SP_SENDERS_MAX)->name, "s4095");
	check_u64(sp_senders_count(senders), SP_SENDERS_MAX + 1);
}

/* --- counts --- */

static void what_became_of_a_source_is_counted(void **state)
{
	const uint32_t slot = find("prom-1");
	const sp_sender *sender = sp_senders_get(senders, slot);

	(void)state;
	check_u64(admit(slot, 100, 50000, T), 100);
	check_u64(admit(slot, 0, 50000, T + 5), 0);
	for (unsigned i = 0; i < 90; i++)
		sp_senders_take(senders, slot);
	sp_senders_refuse(senders, slot, SP_REFUSED_jump, 3);
	sp_senders_refuse(senders, slot, SP_REFUSED_rate, 7);
	sp_senders_malformed(senders, slot, SP_WIRE_trailing);
	sp_senders_malformed(senders, slot, SP_WIRE_trailing);
	sp_senders_malformed(senders, 0, SP_WIRE_truncated);
	check_u64(sender->messages, 4);
	check_u64(sender->records, 100);
	check_u64(sender->taken, 90);
	check_u64(sender->refused[SP_REFUSED_jump], 3);
	check_u64(sender->refused[SP_REFUSED_rate], 7);
	check_u64(sender->malformed[SP_WIRE_trailing], 2);
	check_u64(sender->malformed[SP_WIRE_ok], 0);
	check_i64(sender->last_ns, T + 5);
	check_u64(sp_senders_get(senders, 0)->malformed[SP_WIRE_truncated], 1);
	check_u64(sp_senders_get(senders, 0)->messages, 1);
}

static void a_jump_of_the_clock_s_size_is_a_sender_that_began_anew(void **state)
{
	const uint32_t slot = find("prom-1");
	const sp_sender *sender = sp_senders_get(senders, slot);

	(void)state;
	sp_senders_missing(senders, slot, 2);
	sp_senders_missing(senders, slot, SP_SENDERS_GAP_MAX);
	check_u64(sender->missing, SP_SENDERS_GAP_MAX + 2);
	check_u64(sender->restarts, 0);
	sp_senders_missing(senders, slot, SP_SENDERS_GAP_MAX + 1);
	sp_senders_missing(senders, slot, UINT64_MAX);
	check_u64(sender->missing, SP_SENDERS_GAP_MAX + 2);
	check_u64(sender->restarts, 2);
}

/* --- rates --- */

static void r24_a_bucket_starts_full_and_fills_at_its_rate(void **state)
{
	const uint32_t slot = find("fast");
	const int64_t rate = 50000;

	(void)state;
	check_u64(admit(slot, 40000, rate, T), 40000);
	check_u64(admit(slot, 40000, rate, T), 10000); /* the first ones pass, the rest are over the rate */
	check_u64(admit(slot, 1, rate, T), 0);
	check_u64(admit(slot, 1, rate, T + 19999), 0);
	check_u64(admit(slot, 1, rate, T + 20000), 1); /* 50,000 a second are one in 20 us */
	check_u64(admit(slot, 100000, rate, T + 20000 + SP_SEC / 2), 25000);
	check_u64(admit(slot, 100000, rate, T + 100 * SP_DAY), 50000); /* no more than full */
}

static void r24_a_slow_source_may_send_one_whole_message(void **state)
{
	const uint32_t slot = find("slow");

	(void)state;
	check_u64(admit(slot, BURST, 1, T), BURST);
	check_u64(admit(slot, BURST, 1, T + SP_SEC - 1), 0);
	check_u64(admit(slot, BURST, 1, T + SP_SEC), 1);
	check_u64(admit(slot, BURST, 1, T + 11 * SP_SEC), 10);
	check_u64(admit(slot, UINT32_MAX, 1, T + 2 * BURST * SP_SEC), BURST);
}

static void r24_buckets_are_apart_those_of_the_others_are_one(void **state)
{
	const uint32_t a = find("a"), b = find("b");

	(void)state;
	check_u64(admit(a, BURST, 1, T), BURST);
	check_u64(admit(a, 1, 1, T), 0);
	check_u64(admit(b, BURST, 1, T), BURST);
	check_u64(admit(find("a b"), BURST, 1, T), BURST);
	check_u64(admit(find("c d"), 1, 1, T), 0);
}

static void a_step_back_of_time_is_no_time(void **state)
{
	const uint32_t slot = find("a");

	(void)state;
	check_u64(admit(slot, BURST, 1000, T), BURST);
	check_u64(admit(slot, 10, 1000, T - SP_HOUR), 0);
	check_u64(admit(slot, 10, 1000, 0), 0);
	check_u64(admit(slot, 10, 1000, 5 * SP_MS), 5); /* and it goes on from there */
}

static void a_rate_may_change_and_the_largest_does_not_overflow(void **state)
{
	const uint32_t slot = find("a");

	(void)state;
	check_u64(admit(slot, 1, 0, T), 0); /* nothing passes at no rate */
	check_u64(admit(slot, UINT32_MAX, INT64_MAX, T), 1000000000);
	check_u64(admit(slot, UINT32_MAX, INT64_MAX, T + SP_SEC / 2), 500000000);
	check_u64(admit(slot, UINT32_MAX, INT64_MAX, INT64_MAX), 1000000000);
	check_u64(admit(find("b"), 1, 100000, T), 1);
	check_u64(admit(find("b"), UINT32_MAX, 5000, T), 5000); /* 99,999 were there, the bucket is smaller now */
	check_u64(admit(find("b"), 100, 0, T + SP_DAY), 0);
	check_u64(admit(find("b"), UINT32_MAX, 5000, T + SP_DAY), 5000);
}

/* --- a slow twin ---
 *
 * A bucket's level is the least, over all earlier messages, of what a full bucket at that message would be by now:
 *
 *     level(k) = min over j <= k of  burst + rate x (t(k) - t(j)) - what passed in j … k-1
 *
 * and so what passes needs no bucket. */

#define MESSAGES_MAX 400

typedef struct twin {
	int64_t t_ns[MESSAGES_MAX];
	uint32_t passed[MESSAGES_MAX];
	uint32_t n;
} twin;

static uint32_t twin_admit(twin *slow, uint32_t records, int64_t rate, int64_t now_ns)
{
	const __int128 burst = rate > BURST ? rate : BURST;
	__int128 least = burst * SP_SEC, passed = 0;

	slow->t_ns[slow->n] = now_ns;
	for (uint32_t back = 0; back < slow->n; back++) {
		const uint32_t j = slow->n - 1 - back;
		passed += slow->passed[j];
		const __int128 level = burst * SP_SEC + (__int128)rate * (now_ns - slow->t_ns[j]) - passed * SP_SEC;
		least = level < least ? level : least;
	}
	const uint32_t whole = (uint32_t)(least / SP_SEC);
	slow->passed[slow->n++] = whole < records ? whole : records;
	return slow->passed[slow->n - 1];
}

static uint64_t draw_below(sp_rng *rng, uint64_t n)
{
	return sp_rng_next(rng) % n;
}

/* A value of any size: as many as there are of 1 digit, 2 digits, … */
static uint64_t draw_any(sp_rng *rng, unsigned bits)
{
	return sp_rng_next(rng) >> (64 - bits + draw_below(rng, bits));
}

static void r24_the_bucket_lets_pass_what_its_slow_twin_does(void **state)
{
	const unsigned rounds = getenv("SETPOINT_SOAK") != NULL ? 20000 : 200;
	static twin slow;
	sp_rng rng;

	(void)state;
	sp_check_seed(__func__, &rng);
	for (unsigned round = 0; round < rounds; round++) {
		char name[16];
		snprintf(name, sizeof name, "t%u", round % SP_SENDERS_MAX);
		if (round % SP_SENDERS_MAX == 0) {
			sp_senders_close(senders);
			senders = sp_senders_open();
		}
		const uint32_t slot = find(name), n = 1 + (uint32_t)draw_below(&rng, MESSAGES_MAX);
		const int64_t rate = 1 + (int64_t)draw_any(&rng, 24);
		int64_t now_ns = T;
		slow.n = 0;
		for (uint32_t i = 0; i < n; i++) {
			const uint32_t records = (uint32_t)draw_any(&rng, 14);
			check_u64(admit(slot, records, rate, now_ns), twin_admit(&slow, records, rate, now_ns));
			now_ns += draw_below(&rng, 4) == 0 ? 0 : (int64_t)draw_any(&rng, 40);
		}
	}
}

/* Over any stretch of time no more passes than a burst and the rate's share. */
static void r24_over_any_stretch_no_more_passes_than_a_burst_and_the_rate(void **state)
{
	enum { N = 2000 };
	static uint64_t sum[N + 1];
	static int64_t t_ns[N];
	const int64_t rate = 7000;
	const uint32_t slot = find("a");
	int64_t now_ns = T;
	sp_rng rng;

	(void)state;
	sp_check_seed(__func__, &rng);
	for (uint32_t i = 0; i < N; i++) {
		t_ns[i] = now_ns;
		sum[i + 1] = sum[i] + admit(slot, (uint32_t)draw_below(&rng, 400), rate, now_ns);
		now_ns += (int64_t)draw_below(&rng, 40 * SP_MS);
	}
	for (uint32_t i = 0; i < N; i++) {
		for (uint32_t k = i; k < N; k++)
			check_true(((__int128)(sum[k + 1] - sum[i]) - rate) * SP_SEC <= (__int128)rate * (t_ns[k] - t_ns[i]));
	}
	check_true(sum[N] > (uint64_t)((t_ns[N - 1] - T) / SP_SEC * rate)); /* and the rate is reached */
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_senders, close_senders)
	const struct CMUnitTest tests[] = {
	    TEST(names_are_told_apart),
	    TEST(names_that_are_none_are_the_others),
	    TEST(names_beyond_the_bound_are_the_others),
	    TEST(what_became_of_a_source_is_counted),
	    TEST(a_jump_of_the_clock_s_size_is_a_sender_that_began_anew),
	    TEST(r24_a_bucket_starts_full_and_fills_at_its_rate),
	    TEST(r24_a_slow_source_may_send_one_whole_message),
	    TEST(r24_buckets_are_apart_those_of_the_others_are_one),
	    TEST(a_step_back_of_time_is_no_time),
	    TEST(a_rate_may_change_and_the_largest_does_not_overflow),
	    TEST(r24_the_bucket_lets_pass_what_its_slow_twin_does),
	    TEST(r24_over_any_stretch_no_more_passes_than_a_burst_and_the_rate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
