/* A decision's names, its sum, and its canonical bytes against a twin that reads them. */
#include "tests/check/check.h"

#include <stddef.h>
#include <string.h>

#include "base/decision.h"
#include "base/time.h"

#define BYTES_MAX 4096

/* A decision with what its pointers point at. */
typedef struct sample {
	sp_decision decision;
	sp_price prices[3];
	sp_activation activated[2];
} sample;

static void sample_quiet(sample *s)
{
	memset(s, 0, sizeof *s);
	s->decision = (sp_decision){
	    .t_ns = 1000 * SP_SEC,
	    .family = 3,
	    .family_id = "eu/llama",
	    .policy = "cost_plus",
	    .reason = "at the setpoint",
	    .before = {SP_NANO},
	    .wish = {SP_NANO},
	    .index = {SP_NANO},
	    .in_force = {SP_NANO},
	    .clocks = {{SP_CLOCK_FRESH, 60 * SP_SEC}, {SP_CLOCK_ABSENT, 0}, {SP_CLOCK_ABSENT, 0}, {SP_CLOCK_ABSENT, 0}},
	};
}

static void sample_moving(sample *s)
{
	sample_quiet(s);
	sp_decision *d = &s->decision;
	d->outcome = SP_OUTCOME_ANNOUNCED;
	d->offer = SP_OFFER_RESTRICTED;
	d->reason = "cost rose";
	d->binds = SP_RAIL_BIT(step) | SP_RAIL_BIT(notice);
	d->wish.ppb = 1080000000;
	d->index.ppb = 1050000000;
	d->in_force.ppb = 990000000;
	d->n_terms = 2;
	d->terms[0] = (sp_term){"cost", {80000000}};
	d->terms[1] = (sp_term){sp_rail_term(SP_RAIL_step), {-30000000}};
	d->clocks[1] = (sp_clock_reading){SP_CLOCK_STALE, 3 * SP_HOUR};
	d->n_prices = 2;
	s->prices[0] = (sp_price){
	    .sku = 7,
	    .sku_id = "eu/llama/input",
	    .unit = "1M tokens",
	    .version = 5,
	    .parent = 4,
	    .before = {450000000},
	    .amount = {472500000},
	    .fallback = {400000000},
	    .offer = SP_OFFER_OPEN,
	    .not_before_ns = 2000 * SP_SEC,
	    .not_before_existing_ns = SP_TIME_NEVER,
	};
	s->prices[1] = s->prices[0];
	s->prices[1].sku = 300;
	s->prices[1].offer = SP_OFFER_CLOSED;
	s->prices[1].not_before_ns = SP_TIME_NEVER;
	s->prices[1].not_before_existing_ns = 0;
	d->n_activated = 1;
	s->activated[0] = (sp_activation){.sku = 7, .sku_id = "eu/llama/input", .version = 4, .amount = {450000000}};
	d->prices = s->prices;
	d->activated = s->activated;
}

static size_t encode(const sample *s, uint8_t bytes[BYTES_MAX])
{
	sp_writer w = {bytes, BYTES_MAX, 0};
	sp_decision_encode(&s->decision, &w);
	check_true(w.n <= BYTES_MAX);
	return w.n;
}

/* The twin: reads the layout at the top of decision.c and compares it with the decision, field by field. */

static int64_t twin_difference(sp_reader *r, int64_t base)
{
	return (int64_t)((uint64_t)base + (uint64_t)sp_get_zigzag(r));
}

static void twin_text(sp_reader *r, const char *expected)
{
	size_t n = 0;
	const char *text = sp_get_text(r, &n);
	const size_t length = expected != NULL ? strlen(expected) : 0;
	check_u64(n, length);
	check_bytes(text, expected, length);
}

static void twin_price(sp_reader *r, const sp_price *p)
{
	check_u64(sp_get_varint(r), p->sku);
	check_u64(sp_get_varint(r), p->version);
	check_u64(p->version - (uint64_t)sp_get_zigzag(r), p->parent);
	check_i64(sp_get_zigzag(r), p->before.nano);
	check_i64(twin_difference(r, p->before.nano), p->amount.nano);
	check_i64(sp_get_zigzag(r), p->fallback.nano);
	check_u64(sp_get_u8(r), p->offer);
	check_i64(sp_get_zigzag(r), p->not_before_ns);
	check_i64(twin_difference(r, p->not_before_ns), p->not_before_existing_ns);
}

static void twin_read(sp_reader *r, const sp_decision *d)
{
	const uint8_t first = sp_get_u8(r);
	check_u64(first & 15, d->outcome);
	check_u64(first >> 4, d->offer);
	check_i64(sp_get_zigzag(r), d->before.ppb);
	check_i64(twin_difference(r, d->before.ppb), d->wish.ppb);
	check_i64(twin_difference(r, d->before.ppb), d->index.ppb);
	check_i64(twin_difference(r, d->before.ppb), d->in_force.ppb);
	check_u64(sp_get_varint(r), d->binds);
	twin_text(r, d->reason);
	check_u64(sp_get_varint(r), d->n_terms);
	for (uint32_t i = 0; i < d->n_terms; i++) {
		twin_text(r, d->terms[i].name);
		check_i64(sp_get_zigzag(r), d->terms[i].index.ppb);
	}
	const uint8_t states = sp_get_u8(r);
	for (unsigned i = 0; i < SP_CLOCKS; i++) {
		check_u64(states >> 2 * i & 3, d->clocks[i].state);
		check_u64(sp_get_varint(r), (uint64_t)d->clocks[i].age_ns);
	}
	check_u64(sp_get_varint(r), d->n_prices);
	for (uint32_t i = 0; i < d->n_prices; i++) {
		twin_price(r, &d->prices[i]);
	}
	check_u64(sp_get_varint(r), d->n_activated);
	for (uint32_t i = 0; i < d->n_activated; i++) {
		check_u64(sp_get_varint(r), d->activated[i].sku);
		check_u64(sp_get_varint(r), d->activated[i].version);
		check_i64(sp_get_zigzag(r), d->activated[i].amount.nano);
	}
}

static void check_twin(const sample *s)
{
	uint8_t bytes[BYTES_MAX];
	sp_reader r = {bytes, encode(s, bytes), 0, true};
	twin_read(&r, &s->decision);
	check_true(sp_reader_ended(&r));
}

static void r15_the_twin_reads_what_was_encoded(void **state)
{
	(void)state;
	sample s;
	sample_quiet(&s);
	check_twin(&s);
	s.decision.reason = NULL;
	check_twin(&s);
	sample_moving(&s);
	check_twin(&s);
}

static void sample_draw(sample *s, sp_rng *rng)
{
	static const char *const names[] = {"cost", "utilization", "outside", "rail.step", "rail.grid", ""};
	sample_moving(s);
	sp_decision *d = &s->decision;
	d->outcome = (sp_outcome)sp_rng_below(rng, SP_OUTCOMES);
	d->offer = (sp_offer)sp_rng_below(rng, SP_OFFERS);
	d->binds = (uint32_t)(sp_rng_next(rng) >> sp_rng_below(rng, 64));
	d->before.ppb = (int64_t)sp_rng_below(rng, SP_INDEX_MAX_PPB);
	d->wish.ppb = (int64_t)sp_rng_below(rng, SP_INDEX_MAX_PPB);
	d->in_force.ppb = (int64_t)sp_rng_below(rng, SP_INDEX_MAX_PPB);
	d->index.ppb = d->before.ppb;
	d->n_terms = (uint32_t)sp_rng_below(rng, SP_DECISION_TERMS_MAX + 1);
	for (uint32_t i = 0; i < d->n_terms; i++) {
		d->terms[i] =
		    (sp_term){names[sp_rng_below(rng, 6)], {(int64_t)sp_rng_next(rng) >> (20 + sp_rng_below(rng, 44))}};
		d->index.ppb += d->terms[i].index.ppb;
	}
	for (unsigned i = 0; i < SP_CLOCKS; i++) {
		d->clocks[i].state = (sp_clock_state)sp_rng_below(rng, SP_CLOCK_STATES);
		d->clocks[i].age_ns = (int64_t)(sp_rng_next(rng) >> (1 + sp_rng_below(rng, 63)));
	}
	d->n_prices = (uint32_t)sp_rng_below(rng, 4);
	for (uint32_t i = 0; i < d->n_prices; i++) {
		s->prices[i] = s->prices[i & 1];
		s->prices[i].amount.nano = (int64_t)sp_rng_below(rng, SP_PRICE_MAX_NANO);
		s->prices[i].version = sp_rng_next(rng) >> sp_rng_below(rng, 64);
		s->prices[i].parent = sp_rng_next(rng) >> sp_rng_below(rng, 64);
	}
	d->n_activated = (uint32_t)sp_rng_below(rng, 3);
}

static void any_decision_can_be_read_again(void **state)
{
	(void)state;
	sp_rng rng;
	sp_check_seed(__func__, &rng);
	for (unsigned i = 0; i < 20000; i++) {
		sample s;
		sample_draw(&s, &rng);
		check_twin(&s);
	}
}

/* The bytes as they are today. They go into stored digests: a difference here is a new engine version. */
static void the_bytes_never_change_by_accident(void **state)
{
	(void)state;
	static const char quiet[] = "\x00"                             /* held, open */
	                            "\x80\xa8\xd6\xb9\x07\x00\x00\x00" /* before 1e9; wish, index, in force as before */
	                            "\x00"                             /* no rail */
	                            "\x0f"
	                            "at the setpoint"                          /* the reason */
	                            "\x00"                                     /* no terms */
	                            "\x01\x80\xb0\x9d\xc2\xdf\x01\x00\x00\x00" /* cost fresh, 6e10 ns */
	                            "\x00\x00";                                /* no prices, none activated */
	uint8_t bytes[BYTES_MAX];
	sample s;
	sample_quiet(&s);
	check_u64(encode(&s, bytes), sizeof quiet - 1);
	check_bytes(bytes, quiet, sizeof quiet - 1);
}

static void r15_ids_and_times_and_the_log_leave_no_trace(void **state)
{
	(void)state;
	uint8_t before[BYTES_MAX];
	uint8_t after[BYTES_MAX];
	sample s;
	sample_moving(&s);
	const size_t n = encode(&s, before);
	s.decision.t_ns++;
	s.decision.family++;
	s.decision.family_id = "us/other";
	s.decision.policy = "fixed";
	s.decision.mode = SP_MODE_AUTO;
	s.decision.recorded = true;
	s.prices[0].sku_id = "us/other/input";
	s.prices[0].unit = "image";
	s.activated[0].sku_id = "us/other/input";
	check_u64(encode(&s, after), n);
	check_bytes(after, before, n);
}

/* The integers of a sample that must each change the bytes. */
#define FIELD(member) offsetof(sample, member), sizeof(((sample *)0)->member)

static void r15_every_other_field_changes_the_bytes(void **state)
{
	(void)state;
	static const struct {
		size_t offset, size;
	} fields[] = {
	    {FIELD(decision.outcome)},
	    {FIELD(decision.offer)},
	    {FIELD(decision.binds)},
	    {FIELD(decision.wish)},
	    {FIELD(decision.in_force)},
	    {FIELD(decision.clocks[0].state)},
	    {FIELD(decision.clocks[0].age_ns)},
	    {FIELD(decision.clocks[3].age_ns)},
	    {FIELD(decision.n_prices)},
	    {FIELD(decision.n_activated)},
	    {FIELD(prices[0].sku)},
	    {FIELD(prices[0].version)},
	    {FIELD(prices[0].parent)},
	    {FIELD(prices[0].before)},
	    {FIELD(prices[1].amount)},
	    {FIELD(prices[1].fallback)},
	    {FIELD(prices[0].offer)},
	    {FIELD(prices[0].not_before_ns)},
	    {FIELD(prices[0].not_before_existing_ns)},
	    {FIELD(activated[0].sku)},
	    {FIELD(activated[0].version)},
	    {FIELD(activated[0].amount)},
	};
	uint8_t before[BYTES_MAX];
	uint8_t after[BYTES_MAX];
	sample s;
	sample_moving(&s);
	const size_t n = encode(&s, before);
	for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
		sample other;
		memcpy(&other, &s, sizeof other);
		other.decision.prices = other.prices;
		other.decision.activated = other.activated;
		((uint8_t *)&other)[fields[i].offset] ^= 1;
		const size_t m = encode(&other, after);
		check_true(m != n || memcmp(before, after, n) != 0);
	}
	sample_moving(&s);
	s.decision.reason = "cost fell";
	check_true(encode(&s, after) != n || memcmp(before, after, n) != 0);
	sample_moving(&s);
	s.decision.terms[0].name = "coat";
	check_true(encode(&s, after) != n || memcmp(before, after, n) != 0);
	sample_moving(&s);
	s.decision.terms[0].index.ppb++;
	s.decision.terms[1].index.ppb--;
	check_true(encode(&s, after) != n || memcmp(before, after, n) != 0);
	sample_moving(&s);
	s.decision.index.ppb++;
	s.decision.terms[1].index.ppb++;
	check_true(encode(&s, after) != n || memcmp(before, after, n) != 0);
	sample_moving(&s);
	s.decision.before.ppb++;
	s.decision.index.ppb++;
	check_true(encode(&s, after) != n || memcmp(before, after, n) != 0);
}

static void a_quiet_family_is_small(void **state)
{
	(void)state;
	uint8_t bytes[BYTES_MAX];
	sample s;
	sample_quiet(&s);
	check_true(encode(&s, bytes) <= 48);
}

static void terms_are_summed(void **state)
{
	(void)state;
	sample s;
	sample_quiet(&s);
	check_i64(sp_decision_sum(&s.decision), 0);
	sample_moving(&s);
	check_i64(sp_decision_sum(&s.decision), 50000000);
}

static void encode_argument(void *argument)
{
	uint8_t bytes[BYTES_MAX];
	encode(argument, bytes);
}

static void a_decision_that_does_not_sum_is_never_hashed(void **state)
{
	(void)state;
	sample s;
	sample_moving(&s);
	s.decision.terms[0].index.ppb++;
	check_contains(sp_check_stopped(encode_argument, &s), "sp_decision_sum(decision)");
	sample_moving(&s);
	s.decision.n_terms = SP_DECISION_TERMS_MAX + 1;
	check_contains(sp_check_stopped(encode_argument, &s), "SP_DECISION_TERMS_MAX");
	sample_moving(&s);
	s.decision.terms[0].index.ppb = INT64_MAX;
	s.decision.terms[1].index.ppb = 1;
	check_contains(sp_check_stopped(encode_argument, &s), "status == SP_OK");
	sample_moving(&s);
	s.decision.outcome = SP_OUTCOMES;
	check_contains(sp_check_stopped(encode_argument, &s), "SP_OUTCOMES");
	sample_moving(&s);
	s.decision.clocks[2].state = SP_CLOCK_STATES;
	check_contains(sp_check_stopped(encode_argument, &s), "SP_CLOCK_STATES");
}

static void rails_keep_their_stored_numbers(void **state)
{
	(void)state;
	static const char *const names[SP_RAILS] = {
	    [0] = "floor",
	    [1] = "ceiling",
	    [2] = "step",
	    [3] = "rate_hour",
	    [4] = "rate_day",
	    [5] = "cost_rate_day",
	    [8] = "worst_of_last",
	    [9] = "min_interval",
	    [10] = "max_changes",
	    [11] = "dead_band",
	    [12] = "grid",
	    [16] = "notice",
	    [17] = "no_raise_before",
	    [18] = "relation",
	    [19] = "blackout",
	    [20] = "incident",
	    [21] = "pending_full",
	    [22] = "revenue_share",
	    [23] = "below_cost",
	    [24] = "exploration",
	    [25] = "approval",
	    [26] = "frozen",
	    [27] = "stale_cost",
	    [28] = "stale_demand",
	    [29] = "stale_reliability",
	    [30] = "stale_market",
	    [31] = "last_check",
	};
	for (unsigned i = 0; i < SP_RAILS; i++) {
		check_text(sp_rail_name(i), names[i]);
		check_true((sp_rail_term(i) == NULL) == (names[i] == NULL));
		if (names[i] != NULL) {
			check_true(strncmp(sp_rail_term(i), "rail.", 5) == 0);
			check_text(sp_rail_term(i) + 5, names[i]);
		}
	}
	check_true(sp_rail_name(SP_RAILS) == NULL && sp_rail_term(SP_RAILS) == NULL);
	check_true(sp_rail_name(UINT32_MAX) == NULL);
}

static void states_have_the_words_of_the_design(void **state)
{
	(void)state;
	check_text(sp_mode_name(SP_MODE_OBSERVE), "observe");
	check_text(sp_mode_name(SP_MODE_PROPOSE), "propose");
	check_text(sp_mode_name(SP_MODE_AUTO), "auto");
	check_text(sp_offer_name(SP_OFFER_OPEN), "open");
	check_text(sp_offer_name(SP_OFFER_RESTRICTED), "restricted");
	check_text(sp_offer_name(SP_OFFER_CLOSED), "closed");
	check_text(sp_clock_name(SP_CLOCK_COST), "cost");
	check_text(sp_clock_name(SP_CLOCK_DEMAND), "demand");
	check_text(sp_clock_name(SP_CLOCK_RELIABILITY), "reliability");
	check_text(sp_clock_name(SP_CLOCK_MARKET), "market");
	check_text(sp_clock_state_name(SP_CLOCK_ABSENT), "absent");
	check_text(sp_clock_state_name(SP_CLOCK_FRESH), "fresh");
	check_text(sp_clock_state_name(SP_CLOCK_STALE), "stale");
	check_text(sp_outcome_name(SP_OUTCOME_HELD), "held");
	check_text(sp_outcome_name(SP_OUTCOME_OBSERVED), "observed");
	check_text(sp_outcome_name(SP_OUTCOME_PROPOSED), "proposed");
	check_text(sp_outcome_name(SP_OUTCOME_ANNOUNCED), "announced");
	check_text(sp_outcome_name(SP_OUTCOME_PUBLISHED), "published");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(r15_the_twin_reads_what_was_encoded),
	    cmocka_unit_test(any_decision_can_be_read_again),
	    cmocka_unit_test(the_bytes_never_change_by_accident),
	    cmocka_unit_test(r15_ids_and_times_and_the_log_leave_no_trace),
	    cmocka_unit_test(r15_every_other_field_changes_the_bytes),
	    cmocka_unit_test(a_quiet_family_is_small),
	    cmocka_unit_test(terms_are_summed),
	    cmocka_unit_test(a_decision_that_does_not_sum_is_never_hashed),
	    cmocka_unit_test(rails_keep_their_stored_numbers),
	    cmocka_unit_test(states_have_the_words_of_the_design),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
