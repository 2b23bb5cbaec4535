/* test_live.c - what only the live daemon is told: addresses, lease, rotation, a source's rate, and families that fit a frame.
 * What is refused, and where, stands in broken/. */
#include "tests/check/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "controller/config/address.h"
#include "policies/price/law.h"
#include "tests/config/given.h"
#include "transport/wire/frame.h"

#define FAMILY "families: [{id: f, pool: p, skus: [" GIVEN_SKU("s") "]}]\n"

/* --- values --- */

static void what_the_daemon_is_told_lands_in_its_field(void **state)
{
	sp_config *config = given_config(GIVEN_POOL FAMILY "sources: [{id: prom, kinds: [demand]}]\n"
	                                                   "listen:\n"
	                                                   "  signals: tcp://127.0.0.1:8421\n"
	                                                   "  prices: [\"tcp://[::1]:8422\", ipc:///run/a b/prices]\n"
	                                                   "  book: [tcp://127.0.0.1:8423, tcp://127.0.0.2:8423,\n"
	                                                   "         tcp://127.0.0.1:8424, ipc:///book]\n"
	                                                   "feed: {lease: 90s, heartbeat: 500ms, grace: 1h}\n"
	                                                   "log: {rotate_size: 1000000}\n",
	                                 NULL);
	const sp_live *live = sp_config_live(config);

	(void)state;
	check_u64(live->listen[SP_LISTEN_SIGNALS].n, 1);
	check_text(live->listen[SP_LISTEN_SIGNALS].list[0], "tcp://127.0.0.1:8421");
	check_u64(live->listen[SP_LISTEN_PRICES].n, 2);
	check_text(live->listen[SP_LISTEN_PRICES].list[0], "tcp://[::1]:8422");
	check_text(live->listen[SP_LISTEN_PRICES].list[1], "ipc:///run/a b/prices");
	check_u64(live->listen[SP_LISTEN_BOOK].n, SP_LISTEN_MAX);
	check_text(live->listen[SP_LISTEN_BOOK].list[3], "ipc:///book");
	check_i64(live->lease_ns, 90 * SP_SEC);
	check_i64(live->heartbeat_ns, SP_SEC / 2);
	check_i64(live->grace_ns, SP_HOUR);
	check_i64(live->rotate_bytes, 1000000);
	sp_config_close(config);
}

static void a_file_that_is_silent_listens_at_the_default_alone(void **state)
{
	sp_config *config = given_config(GIVEN_POOL FAMILY, NULL);
	const sp_live *live = sp_config_live(config);

	(void)state;
	for (size_t i = 0; i < SP_LISTENS; i++)
		check_u64(live->listen[i].n, 0);
	check_i64(live->lease_ns, 5 * SP_MIN);
	check_i64(live->heartbeat_ns, 5 * SP_SEC);
	check_i64(live->grace_ns, 15 * SP_MIN);
	check_i64(live->rotate_bytes, INT64_C(4000000000));
	sp_config_close(config);
}

/* Heartbeats outlive the wait for a tick that is late, however long the period. */
static void grace_defaults_to_the_longest_of_lease_two_periods_and_a_quarter_of_an_hour(void **state)
{
	static const struct {
		const char *more;
		int64_t grace_ns;
	} table[] = {
	    {"", 15 * SP_MIN},
	    {"feed: {lease: 1h}\n", SP_HOUR},
	    {"period: 450s\n", 15 * SP_MIN},
	    {"period: 1h\n", 2 * SP_HOUR},
	    {"period: 1h\nfeed: {lease: 3h}\n", 3 * SP_HOUR},
	    {"period: 1h\nfeed: {grace: none}\n", 2 * SP_HOUR},
	    {"period: 1h\nfeed: {grace: 2h}\n", 2 * SP_HOUR},
	    {"period: 1d\n", 2 * SP_DAY},
	    {"feed: {lease: 5m, grace: 5m}\n", 5 * SP_MIN},
	};
	char yaml[1024];

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		sp_config *config;
		snprintf(yaml, sizeof(yaml), GIVEN_POOL FAMILY "%s", table[i].more);
		config = given_config(yaml, NULL);
		check_i64(sp_config_live(config)->grace_ns, table[i].grace_ns);
		sp_config_close(config);
	}
}

static void a_log_may_grow_for_ever(void **state)
{
	sp_config *config = given_config(GIVEN_POOL FAMILY "log: {rotate_size: 0}\n", NULL);

	(void)state;
	check_i64(sp_config_live(config)->rotate_bytes, 0);
	sp_config_close(config);
}

/* --- addresses --- */

static bool address_is_one(const char *text)
{
	return sp_address_check(text, strlen(text), NULL) == SP_OK;
}

static void ports_of_this_machine_and_absolute_paths_are_addresses(void **state)
{
	static const char *const addresses[] = {
	    "tcp://127.0.0.1:1", "tcp://127.0.0.1:65535", "tcp://127.255.255.254:8421", "tcp://[::1]:8421",   "ipc:///a",
	    "ipc:///run/..a/b.", "ipc:///run/a b?c#d%20", "ipc:///run/\xc3\xbc",        "tcp://127.0.0.0:80", "ipc:///...",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
		if (!address_is_one(addresses[i]))
			fail_msg("%s is refused", addresses[i]);
		check_true(sp_address_is_tcp(addresses[i]) == (addresses[i][0] == 't'));
	}
}

static void a_path_has_at_most_the_bytes_of_a_unix_socket(void **state)
{
	char address[200] = "ipc:///";

	(void)state;
	memset(address + 7, 'x', SP_ADDRESS_PATH_MAX);
	check_true(!address_is_one(address));
	address[6 + SP_ADDRESS_PATH_MAX] = '\0';
	check_true(address_is_one(address));
}

/* A slow twin for tcp: takes it apart, puts it together, and compares: one spelling, no name, no other machine. */
static bool twin_is_tcp(const char *text)
{
	unsigned a = 127, b = 0, c = 0, d = 0, port;
	char again[64];

	if (sscanf(text, "tcp://%3u.%3u.%3u.%3u:%5u", &a, &b, &c, &d, &port) == 5)
		snprintf(again, sizeof(again), "tcp://%u.%u.%u.%u:%u", a, b, c, d, port);
	else if (sscanf(text, "tcp://[::1]:%5u", &port) == 1)
		snprintf(again, sizeof(again), "tcp://[::1]:%u", port);
	else
		return false;
	return strcmp(text, again) == 0 && a == 127 && b < 256 && c < 256 && d < 256 && port > 0 && port < 65536;
}

/* A byte of an address changed, left out or put in. */
static void address_bend(char *text, sp_rng *rng)
{
	static const char bytes[] = "0123456789.:[]/ tcpi1";
	size_t n = strlen(text), at = (size_t)sp_rng_below(rng, n);
	char byte = bytes[sp_rng_below(rng, sizeof(bytes) - 1)];

	switch (sp_rng_below(rng, 3)) {
	case 0:
		text[at] = byte;
		break;
	case 1:
		memmove(text + at, text + at + 1, n - at);
		break;
	default:
		memmove(text + at + 1, text + at, n - at + 1);
		text[at] = byte;
	}
}

static void bent_addresses_are_refused_as_the_twin_refuses_them(void **state)
{
	static const char *const starts[] = {"tcp://127.0.0.1:8421", "tcp://[::1]:65535", "tcp://127.25.200.9:80"};
	sp_rng rng;
	int taken = 0, refused = 0;

	(void)state;
	sp_check_seed(__func__, &rng);
	for (int i = 0; i < 100000; i++) {
		char text[64];
		snprintf(text, sizeof(text), "%s", starts[i % 3]);
		for (uint64_t bends = 1 + sp_rng_below(&rng, 3); bends > 0; bends--)
			address_bend(text, &rng);
		if (address_is_one(text) != twin_is_tcp(text))
			fail_msg("%s: %s", text, address_is_one(text) ? "accepted" : "refused");
		taken += address_is_one(text);
		refused += !address_is_one(text);
	}
	check_true(taken > 1000 && refused > 1000);
}

/* --- sources --- */

static void r19_signals_over_tcp_ask_for_sources_and_over_ipc_do_not(void **state)
{
	static const char *const accepted[] = {
	    "listen: {signals: \"ipc:///run/signals\"}\n",
	    "listen: {prices: \"tcp://127.0.0.1:8422\", book: \"tcp://127.0.0.1:8423\"}\n",
	    "listen: {signals: \"tcp://127.0.0.1:8421\"}\nsources: [{id: prom, kinds: [demand]}]\n",
	};
	sp_complaints complaints;
	char yaml[1024];

	(void)state;
	for (size_t i = 0; i < sizeof(accepted) / sizeof(accepted[0]); i++) {
		snprintf(yaml, sizeof(yaml), GIVEN_POOL FAMILY "%s", accepted[i]);
		sp_config_close(given_config(yaml, NULL));
	}
	complaints = given_refused(GIVEN_POOL FAMILY "listen: {signals: \"tcp://127.0.0.1:8421\"}\n", NULL);
	check_u64(complaints.n, 1);
	check_contains(complaints.list[0].text, "add sources:");
	sp_complaints_fini(&complaints);
}

static void r24_a_source_may_send_at_its_rate(void **state)
{
	sp_config *config = given_config(GIVEN_POOL FAMILY "sources:\n"
	                                                   "  - {id: prom, kinds: [demand], max_per_s: 200}\n"
	                                                   "  - {id: bills, kinds: [cost]}\n",
	                                 NULL);
	const sp_setup *s = sp_config_setup(config);

	(void)state;
	check_i64(s->sources[0].max_per_s, 200);
	check_i64(sp_setup_source_rate(s, "prom"), 200);
	check_i64(sp_setup_source_rate(s, "bills"), 50000);
	check_i64(sp_setup_source_rate(s, "pro"), 0);
	sp_config_close(config);
}

/* Without sources each has what one of them would have without a word of its own. */
static void r24_without_sources_each_has_the_default_rate(void **state)
{
	sp_config *config = given_config(GIVEN_POOL FAMILY, NULL);
	sp_source_setup initial;

	(void)state;
	sp_params_init(sp_source_params, sp_source_n_params, &initial);
	check_i64(initial.max_per_s, 50000);
	check_i64(sp_setup_source_rate(sp_config_setup(config), "anybody"), initial.max_per_s);
	sp_config_close(config);
}

/* --- families --- */

_Static_assert(SP_FEED_FAMILY_PRICES_MAX == SP_FRAME_PRICES_MAX, "a family's prices travel in one frame");

/* A family of n SKUs with these guardrails; the caller frees. */
static char *family_of(int n, const char *rails)
{
	char *yaml;
	size_t size;
	FILE *out = open_memstream(&yaml, &size);

	fprintf(out, GIVEN_POOL "families:\n  - id: f\n    pool: p\n    guardrails: {%s}\n    skus:\n", rails);
	for (int i = 0; i < n; i++)
		fprintf(out, "      - {id: s%d, meter: input, unit: 1M tokens, usd: \"0.45\", weight: 1}\n", i);
	fclose(out);
	return yaml;
}

static void r24_a_family_fits_one_frame_whatever_is_announced(void **state)
{
	static const struct {
		const char *rails;
		int skus_max;
	} table[] = {
	    {"notice: 30d", SP_FRAME_PRICES_MAX / (2 + SP_PENDING_MAX)},
	    {"notice: 1s", SP_FRAME_PRICES_MAX / (2 + SP_PENDING_MAX)},
	    {"notice: 0s", SP_FRAME_PRICES_MAX / 2},
	};
	sp_complaints complaints;

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		char *fits = family_of(table[i].skus_max, table[i].rails),
		     *over = family_of(table[i].skus_max + 1, table[i].rails);
		sp_config_close(given_config(fits, NULL));
		complaints = given_refused(over, NULL);
		check_u64(complaints.n, 1);
		check_u64(complaints.list[0].line, 8);
		check_contains(complaints.list[0].text, "one frame of at most 500");
		sp_complaints_fini(&complaints);
		free(fits);
		free(over);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_the_daemon_is_told_lands_in_its_field),
	    cmocka_unit_test(a_file_that_is_silent_listens_at_the_default_alone),
	    cmocka_unit_test(grace_defaults_to_the_longest_of_lease_two_periods_and_a_quarter_of_an_hour),
	    cmocka_unit_test(a_log_may_grow_for_ever),
	    cmocka_unit_test(ports_of_this_machine_and_absolute_paths_are_addresses),
	    cmocka_unit_test(a_path_has_at_most_the_bytes_of_a_unix_socket),
	    cmocka_unit_test(bent_addresses_are_refused_as_the_twin_refuses_them),
	    cmocka_unit_test(r19_signals_over_tcp_ask_for_sources_and_over_ipc_do_not),
	    cmocka_unit_test(r24_a_source_may_send_at_its_rate),
	    cmocka_unit_test(r24_without_sources_each_has_the_default_rate),
	    cmocka_unit_test(r24_a_family_fits_one_frame_whatever_is_announced),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
