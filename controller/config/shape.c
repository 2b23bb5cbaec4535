/* shape.c - the tables. Order is the reference page's order. */
#include "controller/config/shape.h"

#include "controller/config/live.h"
#include "controller/engine/setup.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

#define AT(field) offsetof(sp_sku_setup, field)
const sp_param sp_sku_params[] = {
    {"usd", SP_PARAM_MONEY, "USD per unit", AT(sheet), 1e-9, 1e6, NULL, NULL, "The reference price of one unit."},
    {"weight", SP_PARAM_REAL, "resource units per meter quantity", AT(weight), 1e-9, 1e12, NULL, NULL,
     "What one token, image or second takes of its pool."},
    {"variable_usd", SP_PARAM_MONEY, "USD per unit", AT(variable_cost), 0, 1e6, "none", NULL,
     "What serving one unit costs beside its capacity (licences, egress)."},
    {"floor_usd", SP_PARAM_MONEY, "USD per unit", AT(floor), 0, 1e6, "none", NULL,
     "No price below this; none, or 0: only the family's floor holds."},
    {"ceiling_usd", SP_PARAM_MONEY, "USD per unit", AT(ceiling), 0, 1e6, "none", NULL,
     "No price above this; none, or 0: only the family's ceiling holds."},
    {"grid_usd", SP_PARAM_MONEY, "USD per unit", AT(grid), 1e-9, 1e6, "0.000000001", NULL,
     "Prices are multiples of this."},
    {"weight_low", SP_PARAM_REAL, "resource units per meter quantity", AT(weight_low), 0, 1e12, "0", NULL,
     "Lower end of what calibrate measured; reports only, no price depends on it."},
    {"weight_high", SP_PARAM_REAL, "resource units per meter quantity", AT(weight_high), 0, 1e12, "0", NULL,
     "Upper end of it; 0: not measured. Then the weight is assumed, and taken to be right within a quarter."},
};
#undef AT
const size_t sp_sku_n_params = COUNT(sp_sku_params);

const sp_param sp_lot_price = {"usd_per_gpu_h",
                               SP_PARAM_MONEY,
                               "USD per GPU and hour",
                               offsetof(sp_lot_setup, usd_per_gpu_h),
                               0,
                               10000,
                               NULL,
                               NULL,
                               "What a GPU costs an hour, or the word signal."};

const sp_param sp_blackout_params[] = {
    {"from", SP_PARAM_TIME, "", offsetof(sp_blackout, from_ns), 0, 0, NULL, NULL, "When it begins."},
    {"to", SP_PARAM_TIME, "", offsetof(sp_blackout, to_ns), 0, 0, NULL, NULL, "When prices may move again."},
};
const size_t sp_blackout_n_params = COUNT(sp_blackout_params);

const sp_shape sp_shape_clock = {"One clock",
                                 "The word `fed`, `absent` or `implied` alone stands for `{feed: …}`.",
                                 sp_clock_params,
                                 &sp_clock_n_params,
                                 NULL,
                                 0,
                                 false};

static const sp_key clocks_keys[] = {
    {"cost", SP_KEY_CLOCK, false, "implied", "{max_age: 1h}", "Fed by lots with `usd_per_gpu_h: signal`.",
     &sp_shape_clock},
    {"demand", SP_KEY_CLOCK, false, "implied", "fed",
     "Fed by `utilization`, `demand` and `served`, when a law reads load.", &sp_shape_clock},
    {"reliability", SP_KEY_CLOCK, false, "implied", "absent", "Absent unless it is fed here.", &sp_shape_clock},
    {"market", SP_KEY_CLOCK, false, "implied", "absent", "Absent unless it is fed here.", &sp_shape_clock},
};
const sp_shape sp_shape_clocks = {"clocks",
                                  "When a reading is too old to act on. The top level's hold for every pool; a pool's "
                                  "own keys override them. A stale "
                                  "cost stops cuts, a stale demand stops moves by load, both together hold the price.",
                                  NULL,
                                  NULL,
                                  clocks_keys,
                                  COUNT(clocks_keys),
                                  false};

static const sp_key estimators_keys[] = {
    {"load", SP_KEY_ESTIMATOR, false, "{use: ewma, half_life: 5m}", "{use: ewma, half_life: 5m}",
     "Estimates the pool's offered load.", NULL},
    {"cost", SP_KEY_ESTIMATOR, false, "{use: ewma, half_life: 30m}", "{use: ewma, half_life: 30m}",
     "Estimates the cost of the pool's sellable capacity.", NULL},
};
const sp_shape sp_shape_estimators = {
    "estimators",
    "How noisy signals become readings. The top level's hold for every pool; a pool's own keys override them.",
    NULL,
    NULL,
    estimators_keys,
    COUNT(estimators_keys),
    false};

static const sp_key lot_keys[] = {
    {"id", SP_KEY_ID, true, NULL, "burst", "Its name within the pool; signals name it `pool:lot`.", NULL},
    {"usd_per_gpu_h", SP_KEY_PRICE, true, NULL, "\"2.10\"",
     "What a GPU costs an hour: a quoted decimal, or `signal`: then the kind `usd_per_gpu_h` sends it.", NULL},
};
const sp_shape sp_shape_lot = {"pools[].supply[]",
                               "A supply lot: part of a pool's capacity on one kind of term.",
                               sp_lot_params,
                               &sp_lot_n_params,
                               lot_keys,
                               COUNT(lot_keys),
                               false};

static const sp_key pool_keys[] = {
    {"id", SP_KEY_ID, true, NULL, "us-east/h100", "Its name; families and signals refer to it.", NULL},
    {"supply", SP_KEY_LIST, true, NULL, NULL, "Its supply lots.", &sp_shape_lot},
    {"clocks", SP_KEY_MAP, false, NULL, NULL, "Overrides the top level's.", &sp_shape_clocks},
    {"estimators", SP_KEY_MAP, false, NULL, NULL, "Overrides the top level's.", &sp_shape_estimators},
};
const sp_shape sp_shape_pool = {"pools[]",      "Capacity that serves several families: a GPU fleet in a region.",
                                sp_pool_params, &sp_pool_n_params,
                                pool_keys,      COUNT(pool_keys),
                                false};

static const sp_key guardrails_keys[] = {
    {"at_most_of", SP_KEY_NAME, false, NULL, "chat/us", "The family that `at_most` is of.", NULL},
};
const sp_shape sp_shape_guardrails = {
    "guardrails",
    "The bounds that no law can pass. Percent bounds are of the sheet (floor, ceiling) or of the last price told to "
    "customers; the sheet's own USD bounds hold too, and the stricter wins. `docs/guardrails.md` has them in order.",
    sp_guardrail_params,
    &sp_guardrail_n_params,
    guardrails_keys,
    COUNT(guardrails_keys),
    false};

const sp_shape sp_shape_loop = {
    "loop",
    "How calm the told price must be before the law's gain is halved, and in which bands "
    "`config check` computes whether the loop is stable. A law that steers by load and whose "
    "gain no layer gives (`gain`, `denominator`, `fraction`, the windows of `multi_window`) "
    "gets the quickest, up to its own, that does not oscillate within these bands; "
    "`config show` says so. `docs/loop.md` says how.",
    sp_loop_params,
    &sp_loop_n_params,
    NULL,
    0,
    false};

const sp_shape sp_shape_experiment = {
    "experiment",
    "Moves of the price that are made to learn how buyers answer: early, short, large, "
    "and then no more. Only in `auto`, and where no raise needs notice. It may stand "
    "within `policy:`, too. `docs/experiment.md` says how.",
    sp_experiment_params,
    &sp_experiment_n_params,
    NULL,
    0,
    false};

#define LAYER_KEYS                                                                                               \
	{"pool", SP_KEY_NAME, false, NULL, "us-east/h100", "The pool that serves the family.", NULL},                \
	    {"policy",                                                                                               \
	     SP_KEY_LAW,                                                                                             \
	     false,                                                                                                  \
	     "of the profile",                                                                                       \
	     "{use: fixed}",                                                                                         \
	     "The price law and its parameters; another `use` drops the earlier law's parameters.",                  \
	     NULL},                                                                                                  \
	    {"guardrails", SP_KEY_MAP, false, "of the profile", NULL, "The family's bounds.", &sp_shape_guardrails}, \
	    {"loop", SP_KEY_MAP, false, "of the profile", NULL, "How calm the price must be.", &sp_shape_loop},      \
	{                                                                                                            \
		"experiment", SP_KEY_MAP, false, "none", NULL, "What may be tried to learn.", &sp_shape_experiment       \
	}
#define PROFILE_KEY                                                                                                   \
	{                                                                                                                 \
		"profile", SP_KEY_NAME, false, "announced", "dynamic", "The named set of defaults that it starts from.", NULL \
	}

static const sp_key layer_keys[] = {LAYER_KEYS};
const sp_shape sp_shape_layer = {
    "profiles.NAME",
    "A named set of defaults. One named as a built-in profile adds to it; any other name makes a new one.",
    sp_family_params,
    &sp_family_n_params,
    layer_keys,
    COUNT(layer_keys),
    false};

static const sp_key defaults_keys[] = {PROFILE_KEY, LAYER_KEYS};
const sp_shape sp_shape_defaults = {"defaults",
                                    "What holds for every family unless its profile or an entry says otherwise.",
                                    sp_family_params,
                                    &sp_family_n_params,
                                    defaults_keys,
                                    COUNT(defaults_keys),
                                    false};

static const sp_key sku_keys[] = {
    {"id", SP_KEY_ID, true, NULL, "chat/us/output", "Its name; signals, prices and bills refer to it.", NULL},
    {"meter", SP_KEY_ID, true, NULL, "output", "What is counted: input, output, cached, image, gpu_s, …", NULL},
    {"unit", SP_KEY_UNIT, true, NULL, "1M tokens", "What one price buys: a number, k, M or G, and a noun.", NULL},
};
const sp_shape sp_shape_sku = {
    "families[].skus[]",
    "What is billed. The price sheet has these as columns, with `sku` for `id`, and `family`.",
    sp_sku_params,
    &sp_sku_n_params,
    sku_keys,
    COUNT(sku_keys),
    false};

static const sp_key entry_keys[] = {
    {"match", SP_KEY_PATTERN, false, NULL, "\"*/us-east\"",
     "The families it is for: `*` stands for any run of characters, `/` included. Either this or `id`.", NULL},
    {"id", SP_KEY_ID, false, NULL, "chat/us", "The one family it is for. Either this or `match`.", NULL},
    PROFILE_KEY,
    LAYER_KEYS,
    {"skus", SP_KEY_LIST, false, NULL, NULL, "The family's SKUs, in place of the sheet; only with `id`.",
     &sp_shape_sku},
};
const sp_shape sp_shape_entry = {"families[]",
                                 "Settings of the families that an entry names; later entries win, key by key.",
                                 sp_family_params,
                                 &sp_family_n_params,
                                 entry_keys,
                                 COUNT(entry_keys),
                                 false};

static const sp_key blackout_keys[] = {
    {"match", SP_KEY_PATTERN, false, "\"*\"", "\"*/eu\"", "The families it holds.", NULL},
    {"reason", SP_KEY_TEXT, false, NULL, "year-end change freeze", "For people.", NULL},
};
const sp_shape sp_shape_blackout = {"blackouts[]",
                                    "A time in which prices hold; at most 32 of them.",
                                    sp_blackout_params,
                                    &sp_blackout_n_params,
                                    blackout_keys,
                                    COUNT(blackout_keys),
                                    false};

const sp_shape sp_shape_kind = {
    "signals.KIND", "What is believed of one kind of signal. Bounds can only be drawn in, not widened.",
    sp_kind_params, &sp_kind_n_params,
    NULL,           0,
    false};

static const sp_key source_keys[] = {
    {"id", SP_KEY_ID, true, NULL, "prom-1", "The sender's name, as its signals carry it.", NULL},
    {"kinds", SP_KEY_KINDS, true, NULL, "[utilization, demand]", "What it may send.", NULL},
    {"subjects", SP_KEY_PATTERNS, false, "[\"*\"]", "[\"us-east/*\"]", "For what it may send it.", NULL},
    {"public", SP_KEY_FLAG, false, "false", "true",
     "Whether anybody can read what it sends; a law that follows the market asks for it (`docs/legal.md`).", NULL},
    {"origin", SP_KEY_TEXT, false, NULL, "https://example.com/prices",
     "Where that comes from: an address, or a publication.", NULL},
};
const sp_shape sp_shape_source = {"sources[]",
                                  "Who may send what. Without any, every source is accepted (but not over tcp).",
                                  sp_source_params,
                                  &sp_source_n_params,
                                  source_keys,
                                  COUNT(source_keys),
                                  false};

/* By sp_listen. */
static const sp_key listen_keys[] = {
    {"signals", SP_KEY_ADDRESSES, false, NULL, "tcp://127.0.0.1:8421",
     "For senders (PULL), besides `run/signals`. Over tcp only with `sources`.", NULL},
    {"prices", SP_KEY_ADDRESSES, false, NULL, "tcp://127.0.0.1:8422",
     "The feed for gateways (PUB), besides `run/prices`.", NULL},
    {"book", SP_KEY_ADDRESSES, false, NULL, "tcp://127.0.0.1:8423",
     "Snapshots and acknowledgements for gateways (REP), besides `run/book`.", NULL},
};
const sp_shape sp_shape_listen = {
    "listen",
    "Where the live daemon listens, besides unix sockets in its state directory: `tcp://` with a port and a loopback "
    "address, 127.0.0.0/8 or [::1] (quote that one), or `ipc://` with an absolute path of at most 107 bytes. Further "
    "than "
    "this machine needs TLS and client certificates, which Setpoint does not have yet. Read at start: a reload moves "
    "no "
    "socket.",
    NULL,
    NULL,
    listen_keys,
    COUNT(listen_keys),
    false};

const sp_shape sp_shape_feed = {"feed",
                                "How long gateways may use the prices they have when they hear nothing new.",
                                sp_live_feed_params,
                                &sp_live_feed_n_params,
                                NULL,
                                0,
                                false};

const sp_shape sp_shape_log = {
    "log", "The live daemon's decision log.", sp_live_log_params, &sp_live_log_n_params, NULL, 0, false};

static const sp_key top_keys[] = {
    {"version", SP_KEY_VERSION, true, NULL, "1", "Of this format: 1.", NULL},
    {"price_sheet", SP_KEY_TEXT, false, NULL, "prices.csv", "The CSV with one row a SKU, relative to this file.", NULL},
    {"clocks", SP_KEY_MAP, false, NULL, NULL, "When readings are too old.", &sp_shape_clocks},
    {"estimators", SP_KEY_MAP, false, NULL, NULL, "How signals become readings.", &sp_shape_estimators},
    {"defaults", SP_KEY_MAP, false, NULL, NULL, "Settings of every family.", &sp_shape_defaults},
    {"profiles", SP_KEY_PROFILES, false, NULL, NULL, "Named sets of settings.", &sp_shape_layer},
    {"pools", SP_KEY_LIST, true, NULL, NULL, "The capacity there is.", &sp_shape_pool},
    {"families", SP_KEY_LIST, false, NULL, NULL, "Settings by family.", &sp_shape_entry},
    {"blackouts", SP_KEY_LIST, false, NULL, NULL, "When prices hold.", &sp_shape_blackout},
    {"signals", SP_KEY_SIGNALS, false, NULL, NULL, "What is believed of signals.", &sp_shape_kind},
    {"sources", SP_KEY_LIST, false, NULL, NULL, "Who may send signals.", &sp_shape_source},
    {"listen", SP_KEY_MAP, false, NULL, NULL, "Where the live daemon listens.", &sp_shape_listen},
    {"feed", SP_KEY_MAP, false, NULL, NULL, "How long prices may be used.", &sp_shape_feed},
    {"log", SP_KEY_MAP, false, NULL, NULL, "How large the log's files grow.", &sp_shape_log},
};
const sp_shape sp_shape_top = {"The file",
                               "Every configuration is one YAML document.",
                               sp_setup_params,
                               &sp_setup_n_params,
                               top_keys,
                               COUNT(top_keys),
                               false};

sp_rows sp_shape_rows(const sp_shape *shape)
{
	return shape->n_rows ? (sp_rows){shape->rows, *shape->n_rows} : (sp_rows){NULL, 0};
}
