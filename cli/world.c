/* world.c - see world.h. */
#include "cli/world.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/time.h"
#include "cli/number.h"
#include "cli/picture.h"
#include "cli/progress.h"
#include "cli/report.h"
#include "cli/summary.h"
#include "cli/telling.h"

typedef struct world_run {
	const sp_world_asked *asked;
	const char *law;
	sp_progress progress;
	sp_world_recipe *recipe;
	sp_world *world;
	sp_config *config;
	sp_telling *telling; /* NULL: not asked for */
	sp_report_period *periods;
	sp_plant felt, list; /* beside the trial's own: what buyers feel; the list price held */
	uint32_t n;
	sp_trial_result result;
} world_run;

/* --- the run --- */

/* The law that weighs margins, where this program has it. */
static const char *usual_law(void)
{
	return sp_law_find("margin_curve", strlen("margin_curve")) ? "{use: margin_curve}" : "{use: utilization_pi}";
}

static sp_status look(void *context, const sp_engine *engine, const sp_drive_answer *answer, const sp_plant_flow *flow)
{
	world_run *run = context;
	sp_plant_flow list;
	char where[SP_NUMBER_MAX];
	sp_report_period *period = &run->periods[run->n++];

	sp_plant_step(run->world, &run->list, 1, &list);
	*period = (sp_report_period){0, 0, flow->offered, flow->capacity, flow->money.margin.nano, list.money.margin.nano};
	if (answer == NULL)
		return SP_OK;
	sp_progress_show(&run->progress, (double)run->n / run->world->n_periods,
	                 sp_number_moment(answer->tick->t_ns, where));
	return run->telling ? sp_telling_tick(run->telling, engine, answer) : SP_OK;
}

/* Prices and the bill they made: the path is known once the trial is over. */
static void fill_prices(world_run *run)
{
	sp_plant_init(run->world, &run->felt);
	for (uint32_t i = 0; i < run->n; i++) {
		sp_plant_step(run->world, &run->felt, run->result.path[i], NULL);
		run->periods[i].price = run->result.path[i];
		run->periods[i].bill = run->felt.bill;
	}
}

static sp_status try_law(world_run *run, sp_message *message)
{
	const sp_trial_options options = {.log_path = run->asked->log, .story = true, .look = look, .context = run};

	run->periods = calloc(run->world->n_periods, sizeof *run->periods);
	if (run->asked->story)
		run->telling = sp_telling_open(sp_config_setup(run->config));
	if (!run->periods || (run->asked->story && !run->telling))
		return SP_E_MEMORY;
	sp_plant_init(run->world, &run->list);
	sp_status status = sp_trial_run(run->world, run->config, &options, &run->result, message);
	if (status == SP_OK)
		fill_prices(run);
	return status;
}

static void run_fini(world_run *run)
{
	sp_trial_close(&run->result);
	sp_telling_close(run->telling);
	free(run->periods);
	sp_config_close(run->config);
	sp_world_close(run->world);
	sp_world_recipe_close(run->recipe);
}

/* --- what it came to --- */

static double usd(sp_money money)
{
	return (double)money.nano / SP_NANO;
}

static char *whole_usd(sp_money money, char text[SP_NUMBER_MAX])
{
	char count[SP_NUMBER_MAX];

	snprintf(text, SP_NUMBER_MAX, "%s%s", money.nano < 0 ? "-" : "",
	         sp_number_count((uint64_t)llround(fabs(usd(money))), count));
	return text;
}

static void print_trait(void *context, const char *key, const char *value, const char *help)
{
	(void)context;
	(void)help;
	printf(" %s=%s", key, value);
}

static void print_money(const world_run *run)
{
	const sp_plant_money *money = &run->result.money;
	char a[SP_NUMBER_MAX], b[SP_NUMBER_MAX], c[SP_NUMBER_MAX], d[SP_NUMBER_MAX], e[SP_NUMBER_MAX], f[SP_NUMBER_MAX];
	double list = usd(run->list.total.margin);

	printf("revenue %s USD - credits %s - variable %s - turned away %s - rented %s = margin %s USD\n",
	       whole_usd(money->revenue, a), whole_usd(money->credits, b), whole_usd(money->variable, c),
	       whole_usd(money->rejected, d), whole_usd(money->rented, e), whole_usd(money->margin, f));
	printf("the list price held all along: %s USD", whole_usd(run->list.total.margin, a));
	if (list > 0)
		printf(" (this law %+.1f %%)", 100 * (usd(money->margin) - list) / list);
	printf("; reserved GPUs, the same for both: %s USD\n", whole_usd(money->reserved, b));
}

static void print_words(world_run *run)
{
	const sp_world_asked *asked = run->asked;
	sp_screen screen = sp_screen_of(stdout);

	if (run->telling)
		sp_telling_print(run->telling, &screen, stdout);
	if (run->telling)
		putchar('\n');
	if (asked->plot) {
		sp_picture_draw(run->result.story, sp_config_setup(run->config), &screen, stdout);
		putchar('\n');
	}
	sp_summary_words(stdout, &screen, run->result.story);
	print_money(run);
	printf("world %s, seed %llu, demand %s:", asked->name, (unsigned long long)asked->seed, run->world->base);
	sp_report_traits(run->world, print_trait, NULL);
	printf("\nlaw %s; a simulated market; %.2f s\n", run->law, sp_progress_spent(&run->progress));
	if (asked->log)
		printf("recorded in %s: see `setpoint log tail %s`\n", asked->log, asked->log);
	if (asked->report)
		printf("report in %s\n", asked->report);
}

static json_t *money_json(sp_money money)
{
	char text[SP_DECIMAL_TEXT_MAX];

	return json_string(sp_decimal_format(money.nano, text));
}

static void trait_json(void *context, const char *key, const char *value, const char *help)
{
	(void)help;
	json_object_set_new(context, key, json_string(value));
}

static void print_json(const world_run *run)
{
	const sp_trial_result *result = &run->result;
	const sp_plant_money *money = &result->money;
	json_t *traits = json_object(), *whole;

	sp_report_traits(run->world, trait_json, traits);
	whole = json_pack(
	    "{s:s,s:s,s:I,s:s,s:s,s:o,s:f,s:{s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o},s:i,s:f,s:f,s:f}", "schema",
	    "setpoint.sim.world/v1", "scenario", run->asked->name, "seed", (json_int_t)run->asked->seed, "base",
	    run->world->base, "law", run->law, "traits", traits, "wall_s", sp_progress_spent(&run->progress), "money_usd",
	    "revenue", money_json(money->revenue), "credits", money_json(money->credits), "variable",
	    money_json(money->variable), "rejected", money_json(money->rejected), "rented", money_json(money->rented),
	    "margin", money_json(money->margin), "list_margin", money_json(run->list.total.margin), "reserved",
	    money_json(money->reserved), "subsidy", money_json(money->subsidy), "below_cost", money_json(money->below),
	    "moves", (int)result->moves, "at_rail", (double)result->at_rail / run->world->n_priced, "rejected_share",
	    result->offered > 0 ? result->rejected / result->offered : 0, "bill_change_p95", result->bill_change_p95);
	json_object_update_new(whole, sp_summary_json(result->story));
	json_dumpf(whole, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(whole);
}

static sp_status write_report(const world_run *run, sp_message *message)
{
	const char *path = run->asked->report;
	const sp_report report = {
	    .world = run->world,
	    .law = run->law,
	    .help = sp_world_recipe_help(run->recipe),
	    .result = &run->result,
	    .list = run->list.total.margin,
	    .periods = run->periods,
	};
	FILE *file = fopen(path, "we");

	if (!file)
		return sp_message_set(message, errno == EACCES ? SP_E_PERMISSION : SP_E_IO, "%s: cannot be written: %s", path,
		                      strerror(errno));
	sp_status status = sp_report_write(&report, file);
	bool failed = ferror(file) != 0;
	failed |= fclose(file) != 0;
	if (failed)
		return sp_message_set(message, SP_E_IO, "%s: writing failed: %s", path, strerror(errno));
	return status;
}

/* --- the command --- */

static sp_exit unknown(const sp_world_asked *asked)
{
	char list[512] = "";

	for (size_t i = 0; i < sp_world_n_kinds; i++)
		snprintf(list + strlen(list), sizeof list - strlen(list), "%s%s", i > 0 ? ", " : "", sp_world_kinds[i].name);
	return sp_exit_usage(asked->command, "no scenario '%s'; without -c there are: %s", asked->name, list);
}

sp_exit sp_world_try(const sp_world_asked *asked)
{
	const sp_world_kind *kind = sp_world_kind_find(asked->name);
	const sp_world_options options = {asked->traces, asked->settings, asked->n_settings};
	world_run run = {.asked = asked, .law = asked->law ? asked->law : usual_law()};
	sp_message message = {{0}};

	if (!kind)
		return unknown(asked);
	sp_progress_begin(&run.progress, "sim");
	sp_status status = sp_world_recipe_open(kind, &run.recipe, &message);
	if (status == SP_OK)
		status = sp_world_open(kind, asked->seed, &options, &run.world, &message);
	if (status == SP_OK)
		status = sp_world_config(kind, run.law, &run.config, &message);
	bool lives = status == SP_OK;
	if (lives)
		status = try_law(&run, &message);
	sp_progress_end(&run.progress);
	if (status == SP_OK && asked->report)
		status = write_report(&run, &message);
	sp_exit code = status != SP_OK && !lives && status != SP_E_MEMORY && status != SP_E_ABSENT
	                   ? sp_exit_usage(asked->command, "%s", message.text)
	                   : sp_exit_with(status, &message);
	if (code == SP_EXIT_OK && asked->json)
		print_json(&run);
	else if (code == SP_EXIT_OK)
		print_words(&run);
	run_fini(&run);
	return code;
}

void sp_world_list(void)
{
	sp_world_recipe *recipe;

	printf("Worlds with a configuration of their own, for 56 days (without -c):\n");
	for (size_t i = 0; i < sp_world_n_kinds; i++) {
		if (sp_world_recipe_open(&sp_world_kinds[i], &recipe, NULL) != SP_OK)
			continue;
		printf("  %-15s %s\n", sp_world_kinds[i].name, sp_world_recipe_help(recipe));
		sp_world_recipe_close(recipe);
	}
}
