/* The shelf: against a slow twin that keeps one flat list, under random groups; what differs; dates; what is kept. */
#include "transport/feed/shelf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "tests/check/check.h"
#include "tests/transport/feed/mint.h"

#define T        INT64_C(1795478400000000000)
#define CONV     (2 * SP_SEC)
#define TWIN_MAX 4096

/* --- a heap that fails once --- */

void *__real_malloc(size_t n);
void *__wrap_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__real_realloc(void *old, size_t n);
void *__wrap_realloc(void *old, size_t n);

static int64_t countdown; /* the allocation that fails; 0: none */

static bool heap_fails(void)
{
	return countdown > 0 && --countdown == 0;
}

void *__wrap_malloc(size_t n)
{
	return heap_fails() ? NULL : __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size)
{
	return heap_fails() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *old, size_t n)
{
	return heap_fails() ? NULL : __real_realloc(old, n);
}

/* --- the twin: a list of prices, in no order, searched from end to end --- */

typedef struct twin_row {
	char family[32], sku[32], unit[32];
	sp_price price;
	bool told; /* else kept */
} twin_row;

typedef struct twin {
	twin_row rows[TWIN_MAX];
	uint32_t n;
} twin;

static bool is_of(const twin_row *row, const char *family, const char *sku)
{
	return strcmp(row->family, family) == 0 && (sku == NULL || strcmp(row->sku, sku) == 0);
}

static void twin_add(twin *t, const char *family, const sp_price *price, bool told)
{
	twin_row *row = &t->rows[t->n++];

	check_true(t->n < TWIN_MAX);
	snprintf(row->family, sizeof row->family, "%s", family);
	snprintf(row->sku, sizeof row->sku, "%s", price->sku_id);
	snprintf(row->unit, sizeof row->unit, "%s", price->unit);
	row->price = *price;
	row->told = told;
}

/* The date of a price in a new group, as the shelf's comment says it. */
static int64_t twin_date(const twin *old, const char *family, const sp_price *price, int64_t date_ns, int64_t soonest)
{
	bool known = false;

	for (uint32_t i = 0; i < old->n; i++) {
		const twin_row *row = &old->rows[i];
		if (!is_of(row, family, price->sku_id))
			continue;
		known = true;
		if (row->price.version == price->version && row->price.amount.nano != price->amount.nano)
			return date_ns;
		if (row->price.version == price->version)
			return row->price.not_before_ns > date_ns ? row->price.not_before_ns : date_ns;
	}
	return known && soonest > date_ns ? soonest : date_ns;
}

static bool twin_may_keep(const twin_row *row, const sp_price *first, int64_t now)
{
	return row->price.version < first->version && first->not_before_ns > now &&
	       row->price.not_before_ns < first->not_before_ns;
}

static void twin_keep(twin *t, const twin *old, const char *family, const sp_price *first, int64_t now)
{
	for (uint32_t i = 0; i < old->n; i++) {
		bool counts = is_of(&old->rows[i], family, first->sku_id) && twin_may_keep(&old->rows[i], first, now);
		for (uint32_t k = 0; k < old->n && counts; k++) /* a later one that counts already takes its place */
			counts =
			    !(is_of(&old->rows[k], family, first->sku_id) && twin_may_keep(&old->rows[k], first, now) &&
			      old->rows[k].price.version > old->rows[i].price.version && old->rows[k].price.not_before_ns <= now);
		if (counts) {
			sp_price price = old->rows[i].price;
			price.sku_id = old->rows[i].sku;
			price.unit = old->rows[i].unit;
			twin_add(t, family, &price, false);
		}
	}
}

static void twin_put(twin *t, const sp_frame_group *group, int64_t now, int64_t soonest)
{
	twin *old = malloc(sizeof *old);

	*old = *t;
	t->n = 0;
	for (uint32_t i = 0; i < old->n; i++)
		if (!is_of(&old->rows[i], group->family, NULL))
			t->rows[t->n++] = old->rows[i];
	for (uint32_t i = 0; i < group->n_prices; i++) {
		sp_price price = group->prices[i];
		price.not_before_ns = twin_date(old, group->family, &price, price.not_before_ns, soonest);
		price.not_before_existing_ns = price.not_before_ns;
		if (i == 0 || strcmp(group->prices[i - 1].sku_id, price.sku_id) != 0)
			twin_keep(t, old, group->family, &price, now);
		twin_add(t, group->family, &price, true);
	}
	free(old);
}

static const twin_row *twin_find(const twin *t, const char *family, const sp_price *price)
{
	for (uint32_t i = 0; i < t->n; i++)
		if (is_of(&t->rows[i], family, price->sku_id) && t->rows[i].price.version == price->version)
			return &t->rows[i];
	return NULL;
}

static void check_group(const twin *t, const sp_frame_group *group, bool all)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < group->n_prices; i++) {
		const sp_price *price = &group->prices[i];
		const twin_row *row = twin_find(t, group->family, price);
		check_true(row != NULL);
		check_true(all || row->told);
		check_text(price->unit, row->unit);
		check_money(price->amount, row->price.amount);
		check_money(price->before, row->price.before);
		check_u64(price->parent, row->price.parent);
		check_i64(price->not_before_ns, row->price.not_before_ns);
		check_i64(price->not_before_existing_ns, row->price.not_before_existing_ns);
	}
	for (uint32_t i = 0; i < t->n; i++)
		n += is_of(&t->rows[i], group->family, NULL) && (all || t->rows[i].told);
	check_u64(group->n_prices, n);
}

static void check_twin(const twin *t, const sp_shelf *shelf)
{
	uint32_t n, n_rows = 0;
	const sp_frame_group *groups = sp_shelf_groups(shelf, &n);
	sp_frame frame = {.kind = SP_FRAME_SNAPSHOT, .epoch.counter = 1, .seq = 1, .lease_ns = 1, .chunks = 1};

	frame.groups = groups;
	frame.n_groups = n;
	check_i64(sp_frame_check(&frame), SP_WIRE_ok); /* order, and all that a frame asks */
	for (uint32_t i = 0; i < n; i++) {
		check_group(t, &groups[i], true);
		check_group(t, sp_shelf_told(shelf, groups[i].family), false);
		check_u64(sp_shelf_after(shelf, groups[i].family), i + 1);
		n_rows += groups[i].n_prices;
	}
	check_u64(n_rows, t->n);
}

static void the_shelf_says_what_the_twin_says(void **state)
{
	static twin t;
	mint m;
	sp_rng rng;
	sp_shelf *shelf = sp_shelf_open();
	int64_t now = T;

	(void)state;
	mint_init(&m, sp_check_seed(__func__, &rng), 6, 5, CONV);
	t.n = 0;
	for (int round = 0; round < 400; round++) {
		now += (int64_t)sp_rng_below(&rng, 3 * SP_SEC);
		mint_clear(&m);
		for (uint32_t i = 0; i < m.n_families; i++) {
			if (sp_rng_below(&rng, 3) != 0)
				continue;
			mint_change(&m, i, now);
			mint_tell(&m, i);
		}
		for (uint32_t i = 0; i < m.n_groups; i++)
			twin_put(&t, &m.groups[i], now, now + CONV);
		check_status(sp_shelf_put(shelf, m.groups, m.n_groups, now, now + CONV), SP_OK);
		for (uint32_t i = 0; i < m.n_groups; i++)
			check_true(!sp_shelf_differs(shelf, &m.groups[i]));
		check_twin(&t, shelf);
	}
	mint_fini(&m);
	sp_shelf_close(shelf);
}

/* Each allocation of a put fails once; then it is as before, and the put that succeeds in the end is whole. */
static void a_put_without_memory_changes_nothing(void **state)
{
	static twin t;
	mint m;
	sp_shelf *shelf = sp_shelf_open();
	sp_status status = SP_E_MEMORY;
	int64_t nth = 1;

	(void)state;
	mint_init(&m, 5, 20, 3, CONV);
	t.n = 0;
	for (uint32_t known = 8; known <= 20; known += 12) { /* the second time half of the families are new */
		mint_clear(&m);
		for (uint32_t i = 0; i < known; i++) {
			mint_publish(&m, i, 7, T);
			mint_tell(&m, i);
		}
		for (nth = 1, status = SP_E_MEMORY; status != SP_OK; nth++) {
			countdown = nth;
			status = sp_shelf_put(shelf, m.groups, m.n_groups, T, T + CONV);
			countdown = 0;
			if (status != SP_OK) {
				check_status(status, SP_E_MEMORY);
				check_twin(&t, shelf);
			}
		}
		check_true(nth > known);
		for (uint32_t i = 0; i < m.n_groups; i++)
			twin_put(&t, &m.groups[i], T, T + CONV);
		check_twin(&t, shelf);
	}
	mint_fini(&m);
	sp_shelf_close(shelf);
}

/* --- single rules --- */

static sp_price price_of(const char *sku, uint64_t version, int64_t amount, int64_t date_ns)
{
	return (sp_price){.sku_id = sku,
	                  .unit = "1M tokens",
	                  .version = version,
	                  .amount = {amount},
	                  .not_before_ns = date_ns,
	                  .not_before_existing_ns = date_ns};
}

static void put(sp_shelf *shelf, const sp_price *prices, uint32_t n, int64_t now)
{
	sp_frame_group group = {"f", prices, n};

	check_status(sp_shelf_put(shelf, &group, 1, now, now + CONV), SP_OK);
}

static const sp_frame_group *whole(const sp_shelf *shelf)
{
	uint32_t n;
	const sp_frame_group *groups = sp_shelf_groups(shelf, &n);

	check_u64(n, 1);
	return groups;
}

static void everything_a_customer_can_see_makes_a_difference(void **state)
{
	sp_price prices[2] = {price_of("a", 3, 100, T), price_of("b", 3, 200, T)}, changed[2];
	sp_frame_group group = {"f", changed, 2};
	sp_shelf *shelf = sp_shelf_open();

	(void)state;
	memcpy(changed, prices, sizeof prices);
	check_true(sp_shelf_differs(shelf, &group));
	put(shelf, prices, 2, T);
	check_true(!sp_shelf_differs(shelf, &group));
	changed[1].sku = 7; /* the caller's own */
	check_true(!sp_shelf_differs(shelf, &group));
	group.n_prices = 1;
	check_true(sp_shelf_differs(shelf, &group));
	group.n_prices = 2;
	group.family = "g";
	check_true(sp_shelf_differs(shelf, &group));
	group.family = "f";
#define DIFFERS(field, value)               \
	memcpy(changed, prices, sizeof prices); \
	changed[1].field = (value);             \
	check_true(sp_shelf_differs(shelf, &group))
	DIFFERS(sku_id, "c");
	DIFFERS(unit, "1k tokens");
	DIFFERS(version, 4);
	DIFFERS(parent, 2);
	DIFFERS(before.nano, 1);
	DIFFERS(amount.nano, 201);
	DIFFERS(fallback.nano, 1);
	DIFFERS(offer, SP_OFFER_CLOSED);
	DIFFERS(not_before_ns, T + 1);
	DIFFERS(not_before_existing_ns, T + 1);
#undef DIFFERS
	sp_shelf_close(shelf);
}

static void r9_a_late_version_counts_from_now_on_and_keeps_its_date(void **state)
{
	sp_price first[] = {price_of("a", 1, 100, T - SP_DAY)}, late[] = {price_of("a", 2, 90, T - SP_SEC)};
	sp_price early[] = {price_of("a", 3, 80, T + SP_HOUR)};
	sp_shelf *shelf = sp_shelf_open();

	(void)state;
	put(shelf, first, 1, T);
	check_i64(whole(shelf)->prices[0].not_before_ns, T - SP_DAY); /* a new SKU has no past */
	put(shelf, late, 1, T);
	check_i64(sp_shelf_told(shelf, "f")->prices[0].not_before_ns, T + CONV);
	check_i64(sp_shelf_told(shelf, "f")->prices[0].not_before_existing_ns, T + CONV);
	put(shelf, late, 1, T + SP_SEC); /* told again: the same date, not a later one */
	check_i64(sp_shelf_told(shelf, "f")->prices[0].not_before_ns, T + CONV);
	late[0].not_before_ns = late[0].not_before_existing_ns = T + CONV; /* what the engine says once it knows */
	check_true(!sp_shelf_differs(shelf, &(sp_frame_group){"f", late, 1}));
	put(shelf, early, 1, T + SP_SEC); /* a date far enough away stays */
	check_i64(sp_shelf_told(shelf, "f")->prices[0].not_before_ns, T + SP_HOUR);
	sp_shelf_close(shelf);
}

static void what_counts_until_then_is_kept_beside_what_is_told(void **state)
{
	sp_price first[] = {price_of("a", 1, 100, T - SP_DAY)}, second[] = {price_of("a", 2, 90, T)},
	         third[] = {price_of("a", 3, 80, T + SP_SEC)};
	sp_shelf *shelf = sp_shelf_open();

	(void)state;
	put(shelf, first, 1, T);
	put(shelf, second, 1, T);
	check_u64(sp_shelf_told(shelf, "f")->n_prices, 1);
	check_u64(whole(shelf)->n_prices, 2);
	check_u64(whole(shelf)->prices[0].version, 1);
	put(shelf, third, 1, T + SP_SEC); /* the second begins to count between now and then */
	check_u64(whole(shelf)->n_prices, 3);
	put(shelf, third, 1, T + 2 * SP_SEC); /* now the second counts, and the first is past */
	check_u64(whole(shelf)->n_prices, 2);
	check_u64(whole(shelf)->prices[0].version, 2);
	put(shelf, third, 1, T + SP_MIN);
	check_u64(whole(shelf)->n_prices, 1);
	check_u64(whole(shelf)->prices[0].version, 3);
	sp_shelf_close(shelf);
}

static void an_announced_price_that_is_told_no_more_is_withdrawn(void **state)
{
	sp_price first[] = {price_of("a", 1, 100, T - SP_DAY), price_of("a", 2, 110, T + SP_DAY)};
	sp_shelf *shelf = sp_shelf_open();

	(void)state;
	put(shelf, first, 2, T);
	check_u64(whole(shelf)->n_prices, 2);
	put(shelf, first, 1, T + SP_SEC);
	check_u64(whole(shelf)->n_prices, 1);
	check_u64(whole(shelf)->prices[0].version, 1);
	sp_shelf_close(shelf);
}

static void what_does_not_fit_a_frame_besides_is_only_what_counts_now(void **state)
{
	sp_price prices[250];
	char skus[250][16];
	sp_shelf *shelf = sp_shelf_open();

	(void)state;
	for (int i = 0; i < 250; i++) {
		snprintf(skus[i], sizeof skus[i], "s%03d", i);
		prices[i] = price_of(skus[i], 1, 100, T - SP_DAY);
	}
	put(shelf, prices, 250, T);
	for (uint64_t version = 2; version < 6; version++) { /* faster than they begin to count */
		for (int i = 0; i < 250; i++)
			prices[i].version = version;
		put(shelf, prices, 250, T + (int64_t)version * SP_MS);
		check_u64(whole(shelf)->n_prices, 500);
		check_u64(whole(shelf)->prices[0].version, 1);
		check_u64(whole(shelf)->prices[1].version, version);
	}
	sp_shelf_close(shelf);
}

static void put_a_large_group(void *argument)
{
	static sp_price prices[501];
	static char skus[501][16];
	sp_shelf *shelf = sp_shelf_open();

	(void)argument;
	for (int i = 0; i < 501; i++) {
		snprintf(skus[i], sizeof skus[i], "s%03d", i);
		prices[i] = price_of(skus[i], 1, 100, T);
	}
	sp_shelf_put(shelf, &(sp_frame_group){"f", prices, 501}, 1, T, T);
}

static void put_in_no_order(void *argument)
{
	sp_price price = price_of("a", 1, 1, T);
	sp_frame_group groups[] = {{"b", &price, 1}, {"a", &price, 1}};
	sp_shelf *shelf = sp_shelf_open();

	(void)argument;
	sp_shelf_put(shelf, groups, 2, T, T);
}

static void what_no_frame_could_hold_stops_the_program(void **state)
{
	(void)state;
	check_contains(sp_check_stopped(put_a_large_group, NULL), "SP_FRAME_PRICES_MAX");
	check_contains(sp_check_stopped(put_in_no_order, NULL), "strcmp");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_shelf_says_what_the_twin_says),
	    cmocka_unit_test(a_put_without_memory_changes_nothing),
	    cmocka_unit_test(everything_a_customer_can_see_makes_a_difference),
	    cmocka_unit_test(r9_a_late_version_counts_from_now_on_and_keeps_its_date),
	    cmocka_unit_test(what_counts_until_then_is_kept_beside_what_is_told),
	    cmocka_unit_test(an_announced_price_that_is_told_no_more_is_withdrawn),
	    cmocka_unit_test(what_does_not_fit_a_frame_besides_is_only_what_counts_now),
	    cmocka_unit_test(what_no_frame_could_hold_stops_the_program),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
