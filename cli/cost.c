/* cost.c - `setpoint cost`: what a unit costs, three ways and with its band, and why that changed. */
#include <argp.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/time.h"
#include "cli/causes.h"
#include "cli/costs.h"
#include "cli/targets.h"
#include "cli/verb.h"
#include "cli/view.h"

typedef struct cost_asked {
	sp_scene_asked scene;
	const char *specs[SP_TRACES_MAX];
	const char *subject, *measured;
	const char *sides[2]; /* diff: FROM and TO */
	bool is_diff, json, plot;
	sp_targets targets;
} cost_asked;

enum { KEY_LOG = 0x100, KEY_TRACE, KEY_AT, KEY_OVER, KEY_MEASURED, KEY_LATENCY, KEY_SLO, KEY_JSON, KEY_PLOT };

/* --- what was asked --- */

static error_t take_trace(cost_asked *asked, const char *spec, const struct argp_state *state)
{
	if (asked->scene.n_specs == SP_TRACES_MAX)
		argp_error(state, "more than %d traces", SP_TRACES_MAX);
	asked->specs[asked->scene.n_specs++] = spec;
	return 0;
}

static int64_t take_time(const char *text, const struct argp_state *state)
{
	int64_t t_ns = 0;

	if (sp_time_parse(text, strlen(text), &t_ns) != SP_OK)
		argp_error(state, "--at: '%s' is no time, such as 2026-11-24T06:00:00Z", text);
	return t_ns;
}

static int64_t take_span(const char *option, const char *text, const struct argp_state *state)
{
	int64_t span_ns = 0;

	if (sp_span_parse(text, strlen(text), &span_ns) != SP_OK || span_ns == 0)
		argp_error(state, "%s: '%s' is no time span, such as 24h", option, text);
	return span_ns;
}

/* "99.9%" or "0.999". */
static double take_share(const char *option, const char *text, const struct argp_state *state)
{
	static const sp_param row = {"share", SP_PARAM_RATIO, "", 0, 0, 1, "0%", NULL, "A share."};
	int64_t ppb = 0;

	if (sp_param_parse(&row, text, strlen(text), &ppb, NULL) != SP_OK || ppb <= 0 || ppb >= SP_NANO)
		argp_error(state, "%s: '%s' is no share between 0%% and 100%%, such as 99.9%%", option, text);
	return (double)ppb / (double)SP_NANO;
}

static error_t take_argument(cost_asked *asked, const char *value, const struct argp_state *state)
{
	if (asked->is_diff && !asked->sides[0])
		asked->sides[0] = value;
	else if (asked->is_diff && !asked->sides[1])
		asked->sides[1] = value;
	else if (!asked->subject)
		asked->subject = value;
	else
		argp_error(state, "'%s' is one argument too many", value);
	return 0;
}

static error_t check_recordings(const cost_asked *asked, const struct argp_state *state)
{
	if (asked->scene.log && asked->scene.n_specs > 0)
		argp_error(state, "--log and --trace exclude one another");
	if (asked->scene.n_specs > 0 && !asked->scene.config)
		argp_error(state, "which configuration do the traces belong to? Give -c FILE");
	if (asked->plot && !asked->subject)
		argp_error(state, "--plot draws one waterfall: name a pool, a family or a SKU");
	return 0;
}

static error_t check_show(const cost_asked *asked, const struct argp_state *state)
{
	check_recordings(asked, state);
	if (!asked->scene.config && !asked->scene.log)
		argp_error(state, "cost of what? Give -c FILE, or --log DB");
	return 0;
}

static bool is_time(const char *text)
{
	int64_t t_ns;

	return sp_time_parse(text, strlen(text), &t_ns) == SP_OK;
}

static error_t check_diff(const cost_asked *asked, const struct argp_state *state)
{
	bool recorded = asked->scene.log || asked->scene.n_specs > 0;

	if (!asked->sides[1])
		argp_error(state, "from what to what? Give two times and --log or --trace, or two configurations");
	if (is_time(asked->sides[0]) != is_time(asked->sides[1]))
		argp_error(state, "'%s' and '%s': two times, or two configurations", asked->sides[0], asked->sides[1]);
	if (is_time(asked->sides[0]) && !recorded)
		argp_error(state, "two times of what? Give --log DB, or -c FILE and --trace SPEC");
	if (!is_time(asked->sides[0]) && asked->scene.config)
		argp_error(state, "two configurations and -c: which two are meant?");
	if (is_time(asked->sides[0]) && asked->scene.at_ns != SP_TIME_NEVER)
		argp_error(state, "--at is for two configurations; here FROM and TO say when");
	if (!is_time(asked->sides[0]) && recorded)
		argp_error(state, "two configurations are compared by themselves, without --log or --trace");
	return check_recordings(asked, state);
}

static error_t take_target(int key, const char *value, cost_asked *asked, const struct argp_state *state)
{
	if (key == KEY_LATENCY)
		asked->targets.latency_s = (double)take_span("--latency-target", value, state) / (double)SP_SEC;
	else
		asked->targets.slo = take_share("--slo-target", value, state);
	return 0;
}

static error_t take_option(int key, char *value, struct argp_state *state)
{
	cost_asked *asked = state->input;

	switch (key) {
	case 'c':
		asked->scene.config = value;
		return 0;
	case KEY_LOG:
		asked->scene.log = value;
		return 0;
	case KEY_TRACE:
		return take_trace(asked, value, state);
	case KEY_AT:
		asked->scene.at_ns = take_time(value, state);
		return 0;
	case KEY_OVER:
		asked->scene.over_ns = take_span("--over", value, state);
		return 0;
	case KEY_MEASURED:
		asked->measured = value;
		return 0;
	case KEY_LATENCY:
	case KEY_SLO:
		return take_target(key, value, asked, state);
	case KEY_JSON:
		asked->json = true;
		return 0;
	case KEY_PLOT:
		asked->plot = true;
		return 0;
	case ARGP_KEY_ARG:
		return take_argument(asked, value, state);
	case ARGP_KEY_END:
		return asked->is_diff ? check_diff(asked, state) : check_show(asked, state);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* --- what is shown --- */

/* Costs gathered one after the other, with what is not known of each pool. */
typedef struct cost_list {
	const sp_view *view;
	sp_costing *list; /* owned */
	size_t n, room;
	uint32_t *lacks; /* owned; by pool */
	bool *seen;      /* owned; by pool: one of its costs is shown */
	bool any_known;
} cost_list;

static sp_status list_add(cost_list *list, uint32_t type, uint32_t slot)
{
	const sp_stock *stock = sp_view_stock(list->view, type, slot);
	sp_costing *costing;
	sp_status status;

	SP_ASSERT(list->n < list->room);
	costing = &list->list[list->n];
	status = sp_costing_of(stock, type, slot, costing);
	if (status != SP_OK)
		return status;
	list->n++;
	list->lacks[stock->pool] |= costing->lacks;
	list->seen[stock->pool] = true;
	list->any_known = list->any_known || costing->sellable_answer.knowledge == SP_KNOWN;
	return SP_OK;
}

/* Below a pool its families, below a family its SKUs. */
static sp_status list_below(cost_list *list, sp_subject of)
{
	const sp_setup *setup = list->view->scene.setup;
	sp_status status = SP_OK;

	if (of.type == SP_SUBJECT_POOL) {
		for (uint32_t i = 0; i < setup->n_families && status == SP_OK; i++)
			status = setup->families[i].pool == of.slot ? list_add(list, SP_SUBJECT_FAMILY, i) : SP_OK;
	} else if (of.type == SP_SUBJECT_FAMILY) {
		const sp_family_setup *f = &setup->families[of.slot];
		for (uint32_t i = 0; i < f->n_skus && status == SP_OK; i++)
			status = list_add(list, SP_SUBJECT_SKU, f->first_sku + i);
	}
	return status;
}

static sp_status list_all(cost_list *list)
{
	sp_status status = SP_OK;

	for (uint32_t i = 0; i < list->view->scene.setup->n_pools && status == SP_OK; i++) {
		status = list_add(list, SP_SUBJECT_POOL, i);
		if (status == SP_OK)
			status = list_below(list, (sp_subject){SP_SUBJECT_POOL, i});
	}
	return status;
}

static sp_status list_open(const sp_view *view, cost_list *list)
{
	const sp_setup *setup = view->scene.setup;

	*list = (cost_list){.view = view, .room = (size_t)setup->n_pools + setup->n_families + setup->n_skus + 1};
	list->list = calloc(list->room, sizeof *list->list);
	list->lacks = calloc((size_t)setup->n_pools + 1, sizeof *list->lacks);
	list->seen = calloc((size_t)setup->n_pools + 1, sizeof *list->seen);
	return list->list && list->lacks && list->seen ? SP_OK : SP_E_MEMORY;
}

static void list_close(cost_list *list)
{
	free(list->list);
	free(list->lacks);
	free(list->seen);
}

/* --- show --- */

static sp_status print_words(const cost_asked *asked, const cost_list *list)
{
	sp_screen screen = sp_screen_of(stdout);
	const sp_costing *first = &list->list[0];
	size_t told = 0;
	sp_status status = SP_OK;

	sp_costs_when("", &list->view->scene, &screen, stdout);
	putchar('\n');
	if (asked->subject) {
		status = sp_costs_one(sp_view_stock(list->view, first->type, first->slot), first, asked->plot, &screen, stdout);
		told = 1;
	}
	if (status == SP_OK && list->n > told) {
		fputs(told > 0 ? "\n" : "", stdout);
		status = sp_costs_list(list->list + told, list->n - told, &screen, stdout);
	}
	return status;
}

static void print_json(const cost_list *list, json_t *headroom)
{
	char t[SP_TIME_TEXT_MAX];
	json_t *costs = json_array(), *lacks = json_array(), *whole;

	for (size_t i = 0; i < list->n; i++)
		json_array_append_new(costs, sp_costs_json(&list->list[i]));
	for (uint32_t i = 0; i < list->view->n_stocks; i++) {
		json_t *some = sp_costs_lacks_json(&list->view->stocks[i], list->lacks[i]);
		json_array_extend(lacks, some);
		json_decref(some);
	}
	whole = json_pack("{s:s,s:s,s:s,s:f,s:o,s:o,s:o}", "schema", "setpoint.cost/v1", "t",
	                  sp_time_format(list->view->scene.t_ns, t), "from", list->view->scene.name, "sold_over_s",
	                  (double)sp_tally_span(list->view->scene.tally) / (double)SP_SEC, "costs", costs, "headroom",
	                  headroom, "unknown", lacks);
	json_dumpf(whole, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(whole);
}

/* The headroom that targets ask for, of every pool that was looked at. */
static void tell_headroom(const cost_asked *asked, const cost_list *list, json_t *into)
{
	for (uint32_t i = 0; i < list->view->n_stocks; i++)
		if (list->seen[i])
			sp_targets_tell(&list->view->stocks[i], &asked->targets, into);
}

static sp_exit tell(const cost_asked *asked, const cost_list *list)
{
	sp_screen screen = sp_screen_of(stdout);
	json_t *headroom = asked->json ? json_array() : NULL;
	sp_status status = asked->json ? SP_OK : print_words(asked, list);

	if (status != SP_OK)
		return sp_exit_with(status, NULL);
	if (!asked->json && (asked->targets.slo > 0 || asked->targets.latency_s > 0))
		putchar('\n');
	tell_headroom(asked, list, headroom);
	if (asked->json)
		print_json(list, headroom);
	else
		sp_costs_lacks(list->view, list->lacks, &screen, stdout);
	return list->any_known ? SP_EXIT_OK : SP_EXIT_NEGATIVE;
}

static sp_exit show(const cost_asked *asked, const sp_view *view)
{
	sp_subject subject = {0};
	cost_list list = {0};
	sp_exit code = asked->subject ? sp_view_find(view, asked->subject, &subject) : SP_EXIT_OK;
	sp_status status;

	if (code != SP_EXIT_OK)
		return code;
	status = list_open(view, &list);
	if (status == SP_OK && !asked->subject)
		status = list_all(&list);
	if (status == SP_OK && asked->subject)
		status = list_add(&list, subject.type, subject.slot);
	if (status == SP_OK && asked->subject)
		status = list_below(&list, subject);
	code = status == SP_OK ? tell(asked, &list) : sp_exit_with(status, NULL);
	list_close(&list);
	return code;
}

#define RECORDING_OPTIONS                                                                                              \
	{"config", 'c', "FILE", 0, "The configuration; a decision log has its own", 0},                                    \
	    {"log", KEY_LOG, "DB", 0, "A decision log: prices, load and what was sold as it recorded them", 0},            \
	    {"trace", KEY_TRACE, "SPEC", 0, "Recorded signals instead, as in `setpoint replay'; several are merged", 0},   \
	    {"over", KEY_OVER, "SPAN", 0, "What was sold is taken over so long before (default 24h)", 0},                  \
	    {"measured", KEY_MEASURED, "FILE", 0, "What `setpoint calibrate --json' measured of weights and capacity", 0}, \
	    {"plot", KEY_PLOT, NULL, 0, "Draw the steps as bars", 0},                                                      \
	{                                                                                                                  \
		"json", KEY_JSON, NULL, 0, "One object instead of text", 0                                                     \
	}

static const struct argp_option show_options[] = {
    RECORDING_OPTIONS,
    {"at", KEY_AT, "TIME", 0, "As of then (default: the end of the recording, or now)", 0},
    {"latency-target", KEY_LATENCY, "SPAN", 0, "Say what slo_headroom would keep the mean latency at this", 0},
    {"slo-target", KEY_SLO, "SHARE", 0, "Say what slo_headroom would keep this share of requests within the objective",
     0},
    {0},
};

static cost_asked nothing_asked(void)
{
	return (cost_asked){.scene = {.at_ns = SP_TIME_NEVER, .over_ns = SP_DAY}};
}

static int run_show(int argc, char **argv)
{
	static const struct argp argp = {
	    show_options,
	    take_option,
	    "[POOL|FAMILY|SKU]",
	    "Shows what a unit costs: of everything that can be sold (prices rest on that), of what was served (dearer "
	    "when idle), "
	    "and of the next unit; each with its band, and whether that is measured or assumed. Of one pool, family or "
	    "SKU: the "
	    "waterfall from the raw GPU to what the books show."
	    "\vExits with 2 when nothing is known; what to send to know more is said below.\n\n"
	    "  setpoint cost show -c setpoint.yaml\n  setpoint cost show --log setpoint.db chat/us-east --plot\n"
	    "  setpoint cost show --log setpoint.db --at 2026-11-24 --json\n",
	    NULL,
	    NULL,
	    NULL};
	cost_asked asked = nothing_asked();
	sp_view view = {0};
	sp_exit code;

	argp_parse(&argp, argc, argv, 0, NULL, &asked);
	asked.scene.specs = asked.specs;
	code = sp_view_open(&asked.scene, asked.measured, &view);
	if (code == SP_EXIT_OK)
		code = show(&asked, &view);
	sp_view_close(&view);
	return code;
}

/* --- diff --- */

typedef struct cost_changes {
	const sp_view *views; /* before, after */
	sp_causes *list;      /* owned */
	size_t n;
	bool any_known;
} cost_changes;

/* What is in both; one that is new or gone has no change. */
static sp_status changes_add(cost_changes *changes, uint32_t type, uint32_t slot)
{
	const sp_setup *after = changes->views[1].scene.setup;
	const char *id = type == SP_SUBJECT_POOL     ? after->pools[slot].id
	                 : type == SP_SUBJECT_FAMILY ? after->families[slot].id
	                                             : after->skus[slot].id;
	const sp_setup *before = changes->views[0].scene.setup;
	uint32_t there = sp_ids_find(before->names, id, strlen(id));
	sp_causes_pair pair = {NULL, sp_view_stock(&changes->views[1], type, slot)};
	uint32_t slots[] = {0, slot};
	sp_status status;

	if (there == SP_NO_SLOT || before->subjects[there].type != type) {
		fprintf(stderr, "setpoint: %s is not in %s: left out\n", id, changes->views[0].scene.name);
		return SP_OK;
	}
	slots[0] = before->subjects[there].slot;
	pair.from = sp_view_stock(&changes->views[0], type, slots[0]);
	status = sp_causes_of(&pair, type, slots, &changes->list[changes->n]);
	changes->any_known =
	    changes->any_known || (status == SP_OK && changes->list[changes->n].answer.knowledge == SP_KNOWN);
	changes->n++;
	return status;
}

static sp_status changes_all(cost_changes *changes)
{
	const sp_setup *setup = changes->views[1].scene.setup;
	sp_status status = SP_OK;

	for (uint32_t pool = 0; pool < setup->n_pools && status == SP_OK; pool++) {
		status = changes_add(changes, SP_SUBJECT_POOL, pool);
		for (uint32_t i = 0; i < setup->n_families && status == SP_OK; i++)
			status = setup->families[i].pool == pool ? changes_add(changes, SP_SUBJECT_FAMILY, i) : SP_OK;
	}
	return status;
}

static sp_status changes_words(const cost_asked *asked, const cost_changes *changes)
{
	sp_screen screen = sp_screen_of(stdout);

	sp_costs_when("before: ", &changes->views[0].scene, &screen, stdout);
	sp_costs_when("after:  ", &changes->views[1].scene, &screen, stdout);
	if (changes->views[0].scene.source == SP_SCENE_CONFIG)
		puts("both configurations: " SP_COSTS_CONFIGURED);
	putchar('\n');
	if (asked->subject && changes->n == 1)
		return sp_causes_one(&changes->list[0], asked->plot, &screen, stdout);
	return sp_causes_list(changes->list, changes->n, &screen, stdout);
}

static json_t *scene_json(const sp_scene *scene)
{
	char t[SP_TIME_TEXT_MAX];

	return json_pack("{s:s,s:s,s:f}", "t", sp_time_format(scene->t_ns, t), "from", scene->name, "sold_over_s",
	                 (double)sp_tally_span(scene->tally) / (double)SP_SEC);
}

static void changes_json(const cost_changes *changes)
{
	json_t *list = json_array(), *whole;

	for (size_t i = 0; i < changes->n; i++)
		json_array_append_new(list, sp_causes_json(&changes->list[i]));
	whole =
	    json_pack("{s:s,s:o,s:o,s:o}", "schema", "setpoint.cost_change/v1", "before",
	              scene_json(&changes->views[0].scene), "after", scene_json(&changes->views[1].scene), "changes", list);
	json_dumpf(whole, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(whole);
}

static sp_exit diff(const cost_asked *asked, const sp_view views[2])
{
	const sp_setup *setup = views[1].scene.setup;
	cost_changes changes = {.views = views};
	sp_subject subject = {0};
	sp_exit code = asked->subject ? sp_view_find(&views[1], asked->subject, &subject) : SP_EXIT_OK;
	sp_status status = SP_OK;

	if (code != SP_EXIT_OK)
		return code;
	changes.list = calloc((size_t)setup->n_pools + setup->n_families + 1, sizeof *changes.list);
	if (!changes.list)
		return sp_exit_with(SP_E_MEMORY, NULL);
	status = asked->subject ? changes_add(&changes, subject.type, subject.slot) : changes_all(&changes);
	if (status == SP_OK && asked->json)
		changes_json(&changes);
	else if (status == SP_OK)
		status = changes_words(asked, &changes);
	for (size_t i = 0; i < changes.n; i++)
		sp_causes_close(&changes.list[i]);
	free(changes.list);
	if (status != SP_OK)
		return sp_exit_with(status, NULL);
	return changes.any_known ? SP_EXIT_OK : SP_EXIT_NEGATIVE;
}

static const struct argp_option diff_options[] = {
    RECORDING_OPTIONS,
    {"at", KEY_AT, "TIME", 0, "Two configurations: as of then (default: now)", 0},
    {0},
};

/* One side: a time of the recording, or a configuration. */
static sp_scene_asked side_of(const cost_asked *asked, const char *side)
{
	sp_scene_asked scene = asked->scene;

	scene.specs = asked->specs;
	if (sp_time_parse(side, strlen(side), &scene.at_ns) != SP_OK)
		scene.config = side;
	return scene;
}

static int run_diff(int argc, char **argv)
{
	static const struct argp argp = {
	    diff_options,
	    take_option,
	    "FROM TO [POOL|FAMILY|SKU]",
	    "Says why the cost of a unit changed: each cause's dollars, summing exactly to the change, whatever the order "
	    "in which "
	    "one looks at them (the Shapley value). FROM and TO are two times of a log or of traces, or two configurations."
	    "\vExits with 2 when no change is known.\n\n"
	    "  setpoint cost diff 2026-11-24T06:00Z 2026-11-24T18:00Z --log a.db\n"
	    "  setpoint cost diff 2026-11-17 2026-11-24 chat/us-east --log a.db --plot\n"
	    "  setpoint cost diff setpoint.yaml cheaper.yaml\n",
	    NULL,
	    NULL,
	    NULL};
	cost_asked asked = nothing_asked();
	sp_view views[2] = {0};
	sp_exit code = SP_EXIT_OK;

	asked.is_diff = true;
	argp_parse(&argp, argc, argv, 0, NULL, &asked);
	for (int i = 0; i < 2 && code == SP_EXIT_OK; i++) {
		sp_scene_asked side = side_of(&asked, asked.sides[i]);
		code = sp_view_open(&side, asked.measured, &views[i]);
	}
	if (code == SP_EXIT_OK)
		code = diff(&asked, views);
	for (int i = 0; i < 2; i++)
		sp_view_close(&views[i]);
	return code;
}

int sp_noun_cost(int argc, char **argv)
{
	static const sp_verb list[] = {
	    {"show", "what a unit costs, with its band, and from what", run_show},
	    {"diff", "why it costs something else now: each cause's dollars", run_diff},
	    {0},
	};
	static const sp_verbs verbs = {list, "Effective cost: what a unit costs, and why.", ""};

	return sp_verb_run(&verbs, argc, argv);
}
