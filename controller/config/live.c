/* live.c - reads what only the live daemon is told, and checks what the feed asks of the rest of the file. */
#include "controller/config/live.h"

#include <string.h>

#include "base/assert.h"
#include "base/time.h"
#include "controller/config/address.h"
#include "controller/config/complaint.h"
#include "controller/config/reading.h"
#include "policies/price/law.h"

#define GRACE_NS (15 * SP_MIN) /* unless something longer asks for more */

#define DAYS(n)     ((n)*86400.0)
#define ROWS(table) (sizeof(table) / sizeof((table)[0]))
#define AT(field)   offsetof(sp_live, field)

const sp_param sp_live_feed_params[] = {
    {"lease", SP_PARAM_SPAN, "", AT(lease_ns), 1, DAYS(1), "5m", NULL,
     "How long gateways may use the book after its last frame or heartbeat; then they fall back and say so."},
    {"heartbeat", SP_PARAM_SPAN, "", AT(heartbeat_ns), 0.1, 3600, "5s", NULL,
     "How often the lease is renewed; less than half of it, so that one lost heartbeat does no harm."},
    {"grace", SP_PARAM_SPAN, "", AT(grace_ns), 1, DAYS(30), "none", NULL,
     "How long after the log's last commit heartbeats go on, frozen or not; at least the lease and two periods. "
     "Without "
     "it the longest of these and 15m."},
};
const size_t sp_live_feed_n_params = ROWS(sp_live_feed_params);

const sp_param sp_live_log_params[] = {
    {"rotate_size", SP_PARAM_COUNT, "bytes", AT(rotate_bytes), 0, 1e13, "4000000000", NULL,
     "A log file larger than this is moved to `archive/`, and a new one goes on from it; from 1000000, or 0: never."},
};
const size_t sp_live_log_n_params = ROWS(sp_live_log_params);
#undef AT

/* --- listen --- */

/* One text, or a list of them. */
static size_t address_count(sp_spot given)
{
	return sp_spot_is_list(given) ? sp_spot_count(given) : sp_spot_is_text(given);
}

static sp_spot address_at(sp_spot given, size_t i)
{
	return sp_spot_is_list(given) ? sp_spot_item(given, i) : given;
}

static bool address_taken(const sp_live *live, const char *address)
{
	for (size_t socket = 0; socket < SP_LISTENS; socket++) {
		for (uint32_t i = 0; i < live->listen[socket].n; i++) {
			if (strcmp(live->listen[socket].list[i], address) == 0)
				return true;
		}
	}
	return false;
}

/* Whoever can open a port can call itself anything; a unix socket has the permissions of its folder (R19). */
static void signals_check_open(sp_spot at, const char *address, sp_spot sources)
{
	if (sp_address_is_tcp(address) && sp_spot_count(sources) == 0)
		sp_say(at,
		       "without sources: anybody who reaches this port could send any signal: add sources: with who may send "
		       "what, or listen on ipc:// alone");
}

static void addresses_read(sp_config *config, sp_listen socket, sp_spot given)
{
	sp_addresses *addresses = &config->live.listen[socket];
	sp_spot sources = sp_spot_find(sp_config_root(config), "sources");
	size_t n;

	if (sp_spot_said(given)) /* too many, for one */
		return;
	for (size_t i = 0; i < address_count(given); i++) {
		sp_spot at = address_at(given, i);
		const char *address = sp_spot_text(at, &n);
		if (sp_spot_said(at) || !sp_spot_is_text(at))
			continue;
		if (address_taken(&config->live, address)) {
			sp_say(at, "this address is given twice: one socket can listen there, so give each its own");
			continue;
		}
		if (socket == SP_LISTEN_SIGNALS)
			signals_check_open(at, address, sources);
		SP_ASSERT(addresses->n < SP_LISTEN_MAX);
		addresses->list[addresses->n++] = address;
	}
}

static void listen_read(sp_config *config)
{
	sp_spot listen = sp_spot_find(sp_config_root(config), "listen");

	for (size_t i = 0; i < SP_LISTENS; i++)
		addresses_read(config, (sp_listen)i, sp_spot_find(listen, sp_shape_listen.keys[i].key));
}

/* --- feed and log --- */

static int64_t longer(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* What a relation is complained about: the key that was given, or the other one that made it false. */
static sp_spot given_first(sp_spot first, sp_spot other)
{
	return sp_spot_there(first) ? first : other;
}

static void heartbeat_check(const sp_live *live, sp_spot heartbeat, sp_spot lease)
{
	char beat_text[SP_SPAN_TEXT_MAX], lease_text[SP_SPAN_TEXT_MAX];

	if (2 * live->heartbeat_ns < live->lease_ns)
		return;
	sp_say(given_first(heartbeat, lease),
	       "a heartbeat every %s is not less than half the lease of %s: write a shorter heartbeat or a longer lease",
	       sp_span_format(live->heartbeat_ns, beat_text), sp_span_format(live->lease_ns, lease_text));
}

/* Heartbeats that end before the next commit is due would let leases lapse although all is well. */
static void grace_check(const sp_live *live, int64_t period_ns, sp_spot grace)
{
	char least[SP_SPAN_TEXT_MAX];

	if (live->grace_ns < live->lease_ns)
		sp_say(grace, "shorter than the lease that a heartbeat gives: write at least %s",
		       sp_span_format(live->lease_ns, least));
	else if (live->grace_ns < 2 * period_ns)
		sp_say(grace, "heartbeats would end before a tick that is late has committed: write at least two periods, %s",
		       sp_span_format(2 * period_ns, least));
}

static void feed_read(sp_config *config)
{
	sp_rows rows = sp_shape_rows(&sp_shape_feed);
	sp_spot feed = sp_spot_find(sp_config_root(config), "feed"), lease = sp_spot_find(feed, "lease");
	sp_live *live = &config->live;

	sp_params_init(rows.list, rows.n, live);
	sp_rows_bind(&rows, feed, live, NULL);
	heartbeat_check(live, sp_spot_find(feed, "heartbeat"), lease);
	if (live->grace_ns == SP_PARAM_NONE)
		live->grace_ns = longer(longer(GRACE_NS, live->lease_ns), 2 * config->setup.period_ns);
	grace_check(live, config->setup.period_ns, sp_spot_find(feed, "grace"));
}

static void log_read(sp_config *config)
{
	sp_rows rows = sp_shape_rows(&sp_shape_log);
	sp_spot log = sp_spot_find(sp_config_root(config), "log");

	sp_params_init(rows.list, rows.n, &config->live);
	sp_rows_bind(&rows, log, &config->live, NULL);
	if (config->live.rotate_bytes > 0 && config->live.rotate_bytes < 1000000)
		sp_say(sp_spot_find(log, "rotate_size"), "a log that holds nothing yet is not much smaller: write 1000000 or "
		                                         "more, or 0 for never");
}

/* --- families --- */

uint32_t sp_live_sku_prices(const sp_guardrails *rails)
{
	return 2 + (rails->notice_ns > 0 ? SP_PENDING_MAX : 0);
}

static void family_check_fits(sp_config *config, const sp_family_setup *family)
{
	uint32_t each = sp_live_sku_prices(&family->rails);
	char announced[64] = "";

	if (family->n_skus <= SP_FEED_FAMILY_PRICES_MAX / each)
		return;
	if (each > 2)
		snprintf(announced, sizeof(announced), ", and up to %u announced", each - 2);
	sp_place_say(
	    config, config->places[family->subject], "family",
	    "family %.*s has %u SKUs with up to %u prices each (in force, the one before it%s), %llu in all, but "
	    "gateways get a family's prices in one frame of at most %d: keep %d SKUs, and give the others a family "
	    "of their own",
	    SP_QUOTE(strlen(family->id), family->id), family->n_skus, each, announced,
	    (unsigned long long)family->n_skus * each, SP_FEED_FAMILY_PRICES_MAX, SP_FEED_FAMILY_PRICES_MAX / (int)each);
}

void sp_live_read(sp_config *config)
{
	SP_ASSERT(sp_shape_listen.n_keys == SP_LISTENS);
	listen_read(config);
	feed_read(config);
	log_read(config);
	for (uint32_t i = 0; i < config->setup.n_families; i++)
		family_check_fits(config, &config->families[i]);
}
