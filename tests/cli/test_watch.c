/* test_watch.c - of each frame only what is new is told, once. */
#include "tests/check/check.h"

#include <stdlib.h>
#include <string.h>

#include "base/ids.h"
#include "base/time.h"
#include "cli/watch.h"

#define T     INT64_C(1795478400000000000)
#define TOLD  64
#define SHOWN 4096

/* What was told, in order: "change a/in 2". */
typedef struct listener {
	char told[TOLD][160];
	uint32_t n;
	char line[SHOWN], json[SHOWN]; /* the last one, in print */
} listener;

static void listen(void *context, const sp_watch_news *news)
{
	static const char *const events[] = {"snapshot", "change", "in force", "withdrawn"};
	static const sp_screen plain = {.width = 100};
	listener *heard = context;
	FILE *line, *json;

	check_true(heard->n < TOLD);
	snprintf(heard->told[heard->n++], sizeof heard->told[0], "%s %s %llu", events[news->event], news->price->sku_id,
	         (unsigned long long)news->price->version);
	line = fmemopen(heard->line, SHOWN, "w");
	json = fmemopen(heard->json, SHOWN, "w");
	sp_watch_words(line, &plain, news);
	sp_watch_json(json, news);
	fclose(line);
	fclose(json);
}

static sp_price price(const char *sku, uint64_t version, int64_t nano, int64_t not_before_ns)
{
	return (sp_price){.sku = SP_NO_SLOT,
	                  .sku_id = sku,
	                  .unit = "1M tokens",
	                  .version = version,
	                  .parent = version - 1,
	                  .before = {SP_NANO},
	                  .amount = {nano},
	                  .not_before_ns = not_before_ns,
	                  .not_before_existing_ns = not_before_ns};
}

/* A frame of one family; its prices are the caller's. */
static sp_frame frame(sp_frame_kind kind, int64_t issued_ns, sp_frame_group *group, const char *family,
                      const sp_price *prices, uint32_t n)
{
	*group = (sp_frame_group){.family = family, .prices = prices, .n_prices = n};
	return (sp_frame){.kind = kind,
	                  .epoch = {.counter = 3},
	                  .seq = 9,
	                  .issued_ns = issued_ns,
	                  .chunks = 1,
	                  .groups = group,
	                  .n_groups = n > 0 ? 1 : 0};
}

static void take(sp_watch *watch, sp_frame_kind kind, int64_t issued_ns, const sp_price *prices, uint32_t n)
{
	sp_frame_group group;
	sp_frame made = frame(kind, issued_ns, &group, "a", prices, n);

	check_status(sp_watch_take(watch, &made), SP_OK);
}

static void expect(listener *heard, const char *const *told)
{
	uint32_t n = 0;

	for (; told[n]; n++) {
		check_true(n < heard->n);
		check_text(heard->told[n], told[n]);
	}
	check_u64(heard->n, n);
	heard->n = 0;
}

#define EXPECT(heard, ...) expect(heard, (const char *const[]){__VA_ARGS__ __VA_OPT__(, ) NULL})

static void a_price_is_told_once_and_again_when_its_date_has_come(void **state)
{
	listener heard = {.n = 0};
	sp_watch *watch = sp_watch_open(listen, &heard);
	const sp_price book[] = {price("a/in", 1, SP_NANO, T - SP_DAY), price("a/in", 2, 2 * SP_NANO, T + SP_DAY),
	                         price("a/out", 1, SP_NANO, T - SP_DAY)};
	const sp_price later[] = {book[1], book[2]};

	(void)state;
	take(watch, SP_FRAME_SNAPSHOT, T, book, 3);
	EXPECT(&heard, "snapshot a/in 1", "snapshot a/in 2", "snapshot a/out 1");
	check_u64(sp_watch_count(watch).families, 1);
	check_u64(sp_watch_count(watch).skus, 2);
	check_u64(sp_watch_count(watch).announced, 1);
	take(watch, SP_FRAME_BOOK, T + SP_HOUR, book, 3);
	take(watch, SP_FRAME_SNAPSHOT, T + SP_HOUR, book, 3);
	EXPECT(&heard);
	take(watch, SP_FRAME_BOOK, T + SP_DAY + 1, later, 2);
	EXPECT(&heard, "in force a/in 2");
	check_contains(heard.line, "1 -> 2 USD a 1M tokens (+100.0 %), announced before: in force\n");
	take(watch, SP_FRAME_BOOK, T + 2 * SP_DAY, later, 2);
	EXPECT(&heard);
	sp_watch_close(watch);
}

static void what_is_announced_no_longer_is_withdrawn(void **state)
{
	listener heard = {.n = 0};
	sp_watch *watch = sp_watch_open(listen, &heard);
	const sp_price book[] = {price("a/in", 1, SP_NANO, T - SP_DAY), price("a/in", 2, 2 * SP_NANO, T + SP_DAY)};
	const sp_price instead[] = {book[0], price("a/in", 3, SP_NANO / 2, T + 2 * SP_SEC)};

	(void)state;
	take(watch, SP_FRAME_SNAPSHOT, T, book, 2);
	heard.n = 0;
	take(watch, SP_FRAME_BOOK, T + 1, instead, 2);
	EXPECT(&heard, "withdrawn a/in 2", "change a/in 3");
	check_contains(heard.line, "a/in                      1 -> 0.5 USD a 1M tokens (-50.0 %), in force in 2.0 s\n");
	check_contains(heard.json,
	               "{\"schema\":\"setpoint.price/v1\",\"event\":\"change\",\"epoch\":3,\"seq\":9,\"issued\":\"2026-");
	check_contains(heard.json, "\"version\":3,\"parent\":2,\"before_usd\":\"1.000000000\",\"usd\":\"0.500000000\","
	                           "\"fallback_usd\":null,\"offer\":\"open\",\"not_before\":\"");
	take(watch, SP_FRAME_BOOK, T + SP_HOUR, &instead[1], 1); /* the first is gone because it is over: no news */
	EXPECT(&heard);
	sp_watch_close(watch);
}

static void an_older_version_that_a_snapshot_keeps_is_no_news(void **state)
{
	listener heard = {.n = 0};
	sp_watch *watch = sp_watch_open(listen, &heard);
	const sp_price first[] = {price("a/in", 1, SP_NANO, T - SP_DAY)};
	const sp_price next[] = {price("a/in", 2, 2 * SP_NANO, T + SP_SEC)};
	const sp_price both[] = {first[0], next[0], price("a/out", 2, SP_NANO, T + SP_SEC)};

	(void)state;
	take(watch, SP_FRAME_SNAPSHOT, T, first, 1);
	take(watch, SP_FRAME_BOOK, T + 1, next, 1);
	heard.n = 0;
	take(watch, SP_FRAME_SNAPSHOT, T + 2, both, 3);
	EXPECT(&heard, "change a/out 2");
	sp_watch_close(watch);
}

static void an_offer_or_a_date_that_changes_is_told(void **state)
{
	listener heard = {.n = 0};
	sp_watch *watch = sp_watch_open(listen, &heard);
	sp_price book[] = {price("a/in", 1, SP_NANO, T - SP_DAY)};

	(void)state;
	take(watch, SP_FRAME_SNAPSHOT, T, book, 1);
	heard.n = 0;
	book[0].offer = SP_OFFER_CLOSED;
	take(watch, SP_FRAME_BOOK, T + 1, book, 1);
	EXPECT(&heard, "change a/in 1");
	check_contains(heard.line, " 1 USD a 1M tokens, in force, offer closed\n");
	book[0].not_before_ns = SP_TIME_NEVER;
	take(watch, SP_FRAME_BOOK, T + 2, book, 1);
	EXPECT(&heard, "change a/in 1");
	check_contains(heard.json, "\"not_before\":null");
	sp_watch_close(watch);
}

static void what_a_frame_does_not_say_of_the_price_before_is_known_from_what_was_heard(void **state)
{
	listener heard = {.n = 0};
	sp_watch *watch = sp_watch_open(listen, &heard);
	sp_price book[] = {price("a/in", 1, 4 * SP_NANO, T - SP_DAY)};
	sp_price two[] = {price("a/in", 2, 5 * SP_NANO, T), price("a/in", 3, 6 * SP_NANO, T + SP_DAY)};

	(void)state;
	book[0].before.nano = two[0].before.nano = two[1].before.nano = 0;
	take(watch, SP_FRAME_SNAPSHOT, T, book, 1);
	check_text(heard.line, "2026-11-24 00:00:00  a/in                      4 USD a 1M tokens, in force\n");
	check_contains(heard.json, "\"before_usd\":null,");
	take(watch, SP_FRAME_BOOK, T, two, 1);
	check_contains(heard.line, "  4 -> 5 USD a 1M tokens (+25.0 %), in force\n");
	take(watch, SP_FRAME_BOOK, T, two, 2);
	check_contains(heard.line, "  5 -> 6 USD a 1M tokens (+20.0 %), announced for ");
	check_contains(heard.json, "\"before_usd\":\"5.000000000\",");
	sp_watch_close(watch);
}

static void a_family_that_a_snapshot_does_not_hold_is_forgotten(void **state)
{
	listener heard = {.n = 0};
	sp_watch *watch = sp_watch_open(listen, &heard);
	const sp_price book[] = {price("a/in", 1, SP_NANO, T - SP_DAY)};
	sp_frame_group group;
	sp_frame other;

	(void)state;
	take(watch, SP_FRAME_SNAPSHOT, T, book, 1);
	other = frame(SP_FRAME_SNAPSHOT, T + 1, &group, "b", book, 1);
	check_status(sp_watch_take(watch, &other), SP_OK);
	check_u64(sp_watch_count(watch).families, 1);
	heard.n = 0;
	take(watch, SP_FRAME_BOOK, T + 2, book, 1);
	EXPECT(&heard, "change a/in 1");
	sp_watch_close(watch);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_price_is_told_once_and_again_when_its_date_has_come),
	    cmocka_unit_test(what_is_announced_no_longer_is_withdrawn),
	    cmocka_unit_test(an_older_version_that_a_snapshot_keeps_is_no_news),
	    cmocka_unit_test(an_offer_or_a_date_that_changes_is_told),
	    cmocka_unit_test(what_a_frame_does_not_say_of_the_price_before_is_known_from_what_was_heard),
	    cmocka_unit_test(a_family_that_a_snapshot_does_not_hold_is_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
