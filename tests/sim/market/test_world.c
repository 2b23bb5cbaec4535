/* test_world.c - every kind of world can be drawn; what a seed draws stays drawn; chance has the size it should have. */
#include "sim/market/world.h"

#include <math.h>
#include <string.h>

#include "base/math.h"
#include "base/time.h"
#include "sim/market/shape.h"
#include "sim/market/stream.h"
#include "tests/check/check.h"

#define KNOWN_WORLD UINT64_C(0x116a2a9aa1430033)

static sp_world *draw(const char *name, uint64_t seed, const char *const *settings, uint32_t n)
{
	const sp_world_kind *kind = sp_world_kind_find(name);
	const sp_world_options options = {.settings = settings, .n_settings = n};
	sp_world *world = NULL;
	sp_message message = {""};
	check_true(kind != NULL);
	sp_status status = sp_world_open(kind, seed, &options, &world, &message);
	check_text(message.text, "");
	check_status(status, SP_OK);
	return world;
}

static void the_rows_are_sound(void **unused)
{
	(void)unused;
	sp_message message = {""};
	check_status(sp_params_check(sp_world_trait_params, sp_world_trait_n_params, sizeof(sp_world_traits), &message),
	             SP_OK);
	for (size_t i = 0; i < sp_world_trait_n_params; i++) { /* ranges know these types only */
		sp_param_type type = sp_world_trait_params[i].type;
		check_true(type == SP_PARAM_REAL || type == SP_PARAM_SPAN || type == SP_PARAM_RATIO || type == SP_PARAM_MONEY);
	}
}

static void every_kind_makes_a_world(void **unused)
{
	(void)unused;
	uint32_t groups[4] = {0};
	for (size_t i = 0; i < sp_world_n_kinds; i++) {
		sp_world_recipe *recipe = NULL;
		sp_message message = {""};
		check_status(sp_world_recipe_open(&sp_world_kinds[i], &recipe, &message), SP_OK);
		sp_world_group group = sp_world_recipe_group(recipe);
		groups[group]++;
		check_true(strlen(sp_world_recipe_help(recipe)) > 10);
		sp_world *world = draw(sp_world_kinds[i].name, 7, NULL, 0);
		check_u64(world->n_priced, 56 * 144);
		check_u64(world->n_periods, 59 * 144);
		check_u64(world->change_periods, 24);
		check_u64(world->notice_periods, group == SP_WORLD_NOTICE ? 30 * 144 : 0);
		check_i64(world->setup->families[0].rails.floor_ppb, 400000000);
		check_i64(world->setup->families[0].rails.ceiling_ppb, 2000000000);
		check_i64(world->setup->families[0].rails.max_step_ppb, 50000000);
		double e = world->traits.elasticity;
		check_true(group == SP_WORLD_INELASTIC ? e >= 0.3 && e <= 0.9 : e >= 1.1 && e <= 3.5);
		check_true(world->n_rented >= 1 && world->list_usd > world->variable_usd);
		for (uint32_t t = 0; t < world->n_periods; t++) {
			const sp_world_period *period = &world->periods[t];
			check_true(sp_finite(period->wanted) && period->wanted > 0);
			check_true(period->shared > 0 && period->shared <= 1 && period->pull > 0 && period->rate[0] > 0);
		}
		sp_world_close(world);
		sp_world_recipe_close(recipe);
	}
	check_u64(groups[SP_WORLD_MAIN], 16);
	check_true(groups[SP_WORLD_INELASTIC] > 0 && groups[SP_WORLD_NOTICE] > 0 && groups[SP_WORLD_REPORTED] > 0);
	check_true(sp_world_kind_find("storm") == NULL);
}

static void a_seed_draws_the_same_world_and_another_seed_another(void **unused)
{
	(void)unused;
	sp_world *one = draw("mixed", 5, NULL, 0), *again = draw("mixed", 5, NULL, 0), *other = draw("mixed", 6, NULL, 0);
	check_bytes(again->periods, one->periods, one->n_periods * sizeof *one->periods);
	check_bytes(&again->traits, &one->traits, sizeof one->traits);
	check_true(memcmp(&other->traits, &one->traits, sizeof one->traits) != 0);
	check_true(other->periods[0].wanted != one->periods[0].wanted);
	sp_world *kin = draw("calm", 5, NULL, 0); /* nor is it the same chance in another kind */
	check_true(kin->traits.elasticity != one->traits.elasticity);
	sp_world_close(one);
	sp_world_close(again);
	sp_world_close(other);
	sp_world_close(kin);
}

/* These figures were computed once by this code on x86-64 with gcc 12; another compiler or machine must give the same bits (P7). */
static void a_known_world_has_known_bits(void **unused)
{
	(void)unused;
	sp_world *world = draw("mixed", 1, NULL, 0);
	uint64_t hash = UINT64_C(14695981039346656037);
	for (uint32_t t = 0; t < world->n_periods; t++) {
		uint64_t bits[3];
		memcpy(&bits[0], &world->periods[t].wanted, sizeof bits[0]);
		memcpy(&bits[1], &world->periods[t].pull, sizeof bits[1]);
		memcpy(&bits[2], &world->periods[t].owned, sizeof bits[2]);
		for (int i = 0; i < 3; i++)
			hash = (hash ^ bits[i]) * UINT64_C(1099511628211);
	}
	check_u64(hash, KNOWN_WORLD);
	sp_world_close(world);
}

static void one_trait_more_changes_no_other(void **unused)
{
	(void)unused;
	static const char *const settings[] = {"gpu_step=-44%", "gpu_step_at=1d..9d", "interruptions=3"};
	sp_world *plain = draw("calm", 3, NULL, 0), *more = draw("calm", 3, settings, 3);
	check_near(more->traits.elasticity, plain->traits.elasticity, 0);
	check_i64(more->traits.load_ppb, plain->traits.load_ppb);
	for (uint32_t t = 0; t < plain->n_periods; t++)
		check_near(more->periods[t].wanted, plain->periods[t].wanted, 0);
	sp_world_close(plain);
	sp_world_close(more);
}

static void elasticities_are_drawn_evenly_in_their_logarithm(void **unused)
{
	(void)unused;
	double sum = 0, low = 9, high = 0;
	const int n = 4000;
	for (int seed = 0; seed < n; seed++) {
		sp_world_traits traits = {0};
		check_status(sp_world_trait_set(&traits, "elasticity", 10, "1.1..3.5", (uint64_t)seed, NULL), SP_OK);
		sum += log(traits.elasticity);
		low = fmin(low, traits.elasticity);
		high = fmax(high, traits.elasticity);
	}
	check_near(sum / n, log(1.1 * 3.5) / 2, 4 * 1.157 / sqrt(12.0 * n));
	check_true(low >= 1.1 && low < 1.11 && high <= 3.5 && high > 3.49);
}

static void a_wrong_trait_says_the_cure(void **unused)
{
	(void)unused;
	static const struct {
		const char *key, *value, *message;
		sp_status status;
	} cases[] = {
	    {"elasticty", "2", "world: no trait 'elasticty'; did you mean 'elasticity'?", SP_E_UNKNOWN},
	    {"weather", "2", "world: no trait 'weather'", SP_E_UNKNOWN},
	    {"elasticity", "3..2", "world: elasticity: the low end of '3..2' is above the high one", SP_E_RANGE},
	};
	sp_world_traits traits = {.elasticity = 1.5};
	sp_message message;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		check_status(sp_world_trait_set(&traits, cases[i].key, strlen(cases[i].key), cases[i].value, 1, &message),
		             cases[i].status);
		check_text(message.text, cases[i].message);
	}
	check_true(sp_world_trait_set(&traits, "load", 4, "much", 1, &message) != SP_OK);
	check_contains(message.text, "world: load: ");
	check_near(traits.elasticity, 1.5, 0);
	sp_world *world = NULL;
	static const char *const late[] = {"delay=3h"}, *const none[] = {"delay"};
	sp_world_options options = {.settings = late, .n_settings = 1};
	check_status(sp_world_open(sp_world_kind_find("calm"), 1, &options, &world, &message), SP_E_RANGE);
	check_text(message.text, "world calm: a delay of at most 15 periods");
	options.settings = none;
	check_status(sp_world_open(sp_world_kind_find("calm"), 1, &options, &world, &message), SP_E_SYNTAX);
	check_true(world == NULL);
	sp_world_close(NULL);
}

static void a_broken_kind_is_refused_with_its_place(void **unused)
{
	(void)unused;
	static const sp_world_kind kinds[] = {
	    {"bad", "help: x\ngroup: main\ntraits: {}\nconfig: y\n"},
	    {"bad", "help: x\ngroup: other\nbase: {shape: flat}\ntraits: {}\nconfig: y\n"},
	    {"bad", "help: x\ngroup: main\nbase: {shape: flat}\ntraits: {}\nconfig: 'pools: LAW'\n"},
	    {"bad", "help: x\ngroup: main\nbase: {shape: flat}\ntraits: {a: 1}\nconfig: y\n"},
	    {"bad", "help: [\n"},
	};
	static const char *const words[] = {"'base' is missing", "expected main", "bad", "no trait 'a'", "bad"};
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		sp_world *world = NULL;
		sp_message message = {""};
		check_true(sp_world_open(&kinds[i], 1, NULL, &world, &message) != SP_OK);
		check_contains(message.text, words[i]);
		check_true(world == NULL);
	}
}

/* 59 days of a flat world: the logarithm of demand has the variances that were asked for, and mean demand is the load. */
static void chance_has_its_size(void **unused)
{
	(void)unused;
	static const char *const settings[] = {"load=50%"};
	double mean = 0, variance = 0, fresh = 0;
	const int seeds = 40;
	for (int seed = 0; seed < seeds; seed++) {
		sp_world *world = draw("calm", (uint64_t)seed, settings, 1);
		double last = 0;
		for (uint32_t t = 0; t < world->n_periods; t++) {
			double x = log(world->periods[t].wanted / 32000); /* half of 64 GPUs of 1000 units/s */
			mean += world->periods[t].wanted / 32000;
			variance += x * x;
			fresh += t > 0 ? (x - last) * (x - last) : 0;
			last = x;
		}
		mean /= seed + 1 == seeds ? (double)world->n_periods * seeds : 1;
		variance /= seed + 1 == seeds ? (double)world->n_periods * seeds : 1;
		fresh /= seed + 1 == seeds ? (double)world->n_periods * seeds : 1;
		sp_world_close(world);
	}
	check_near(mean, 1, 0.01);
	check_near(sqrt(variance), sqrt(0.05 * 0.05 + 0.08 * 0.08 + 0.03 * 0.03), 0.006);
	/* of one period to the next: white twice, and what the two drifts move in ten minutes */
	check_near(fresh, 2 * 0.0009 + 2 * 0.0025 * (1 - exp(-1 / 18.0)) + 2 * 0.0064 * (1 - exp(-1 / 432.0)), 5e-5);
}

static void events_happen_at_their_time(void **unused)
{
	(void)unused;
	static const char *const settings[] = {"fast_noise=0%", "slow_noise=0%",   "white_noise=0%",    "load=50%",
	                                       "leave=40%",     "leave_at=10d",    "gpu_step=-44%",     "gpu_step_at=20d",
	                                       "cross=1",       "market_step=50%", "market_step_at=30d"};
	sp_world *world = draw("calm", 1, settings, 11);
	check_near(world->periods[10 * 144 - 1].wanted, 32000, 1e-6);
	check_near(world->periods[10 * 144].wanted, 19200, 1e-6);
	check_i64(sp_world_gpu_usd(world, 1, 20 * 144 - 1).nano, 2500000000);
	check_i64(sp_world_gpu_usd(world, 1, 20 * 144).nano, 1400000000);
	check_near(world->periods[20 * 144].rate[0], 1.4 * 8 / 3600, 1e-12);
	check_near(world->periods[30 * 144 - 1].pull, 1, 0);
	check_near(world->periods[30 * 144].market, log(1.5), 1e-15);
	check_near(world->periods[31 * 144 - 1].pull, pow(1.5, 1 - exp(-1)),
	           1e-12); /* a day of learning, of a lag of a day */
	check_i64(world->periods[0].reserved_nano, INT64_C(64) * 2 * SP_NANO / 6);
	sp_world_close(world);
}

static void spells_come_as_often_and_stay_as_long_as_they_should(void **unused)
{
	(void)unused;
	double away = 0, broken = 0, periods = 0;
	for (int seed = 0; seed < 60; seed++) {
		static const char *const settings[] = {"incidents=2"};
		sp_world *world = draw("spot", (uint64_t)seed, settings, 1);
		for (uint32_t t = 0; t < world->n_periods; t++) {
			away += world->periods[t].most[0] == 0;
			broken += world->periods[t].incident;
			check_u64(world->periods[t].most[1], 8); /* on demand stays */
			check_near(world->periods[t].owned, world->periods[t].incident ? 64000 * 0.7 : 64000, 1e-9);
		}
		periods += world->n_periods;
		sp_world_close(world);
	}
	/* twice a week for 8 h; a new one does not begin while one runs */
	check_near(away / periods, 2 * 8 / (168.0 + 2 * 8), 0.012);
	check_near(broken / periods, 2 * 3 / (168.0 + 2 * 3), 0.008);
}

/* --- shapes --- */

static void every_shape_has_mean_one(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < sp_shape_n_kinds; i++) {
		sp_shape shape = {0};
		check_status(sp_shape_make(sp_shape_kinds[i].name, 10 * SP_MIN, &shape, NULL), SP_OK);
		double sum = 0;
		check_u64(shape.n, 1008);
		for (size_t k = 0; k < shape.n; k++) {
			check_true(shape.level[k] > 0 && shape.level[k] < 10);
			sum += shape.level[k];
		}
		check_near(sum / (double)shape.n, 1, 1e-12);
		sp_shape_fini(&shape);
	}
	sp_shape shape = {0};
	check_status(sp_shape_make("square", 10 * SP_MIN, &shape, NULL), SP_E_UNKNOWN);
}

static void later_days_are_days_of_the_first_week_with_faded_seams(void **unused)
{
	(void)unused;
	enum { DAY = 24, WEEK = 7 * DAY, LIFE = 40 * DAY };
	double week[WEEK], life[LIFE];
	int drawn[7] = {0}, in_order = 0;
	for (int i = 0; i < WEEK; i++)
		week[i] = i + 1;
	const sp_shape shape = {.n = WEEK, .level = week};
	sp_shape_tile(&shape, DAY, 9, life, LIFE);
	check_bytes(life, week, sizeof week);
	int before = 6;
	for (int day = 7; day < 40; day++) {
		int is = ((int)life[day * DAY + 12] - 13) / DAY; /* hours 2 to 23 are a day's own */
		check_true(is >= 0 && is < 7);
		for (int hour = 2; hour < DAY; hour++)
			check_near(life[day * DAY + hour], week[is * DAY + hour], 0);
		double went_on = week[(before + 1) * DAY % WEEK], own = week[is * DAY];
		check_near(life[day * DAY], went_on + (own - went_on) / 3, 1e-12);
		drawn[is]++;
		in_order += is == (before + 1) % 7;
		before = is;
	}
	check_true(in_order < 15); /* no week as it was */
	for (int i = 0; i < 7; i++)
		check_true(drawn[i] > 0);
}

static void recorded_demand_becomes_a_shape(void **unused)
{
	(void)unused;
	char path[1024], spec[1200];
	snprintf(path, sizeof path, "%s/x.csv", sp_check_scratch());
	FILE *file = fopen(path, "wb");
	check_true(file != NULL);
	fputs("t,x\n0,1\n300,3\n600,4\n2400,10\n", file); /* 10-minute means 2, 4, then a gap to 10 */
	fclose(file);
	snprintf(spec, sizeof spec, "%s,time=t,value=x", path);
	sp_shape shape = {0};
	sp_message message = {""};
	check_status(sp_shape_read(spec, 10 * SP_MIN, &shape, &message), SP_OK);
	static const double expected[] = {2, 4, 6, 8, 10};
	check_u64(shape.n, 5);
	for (int i = 0; i < 5; i++)
		check_near(shape.level[i], expected[i] / 6, 1e-12);
	sp_shape_fini(&shape);
	check_status(sp_shape_read("/nowhere.csv,value=x", 10 * SP_MIN, &shape, &message), SP_E_ABSENT);
}

static void recorded_worlds_can_be_drawn(void **unused)
{
	(void)unused;
	const char *file = sp_check_data("servegen/m-large_10min_week1.csv");
	if (file == NULL)
		skip();
	char folder[1024];
	snprintf(folder, sizeof folder, "%.*s", (int)(strstr(file, "/servegen/") - file), file);
	static const char *const names[] = {"service_a", "service_b", "daily", "image", "mixed"};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		const sp_world_options options = {.traces = folder};
		sp_world *world = NULL;
		sp_message message = {""};
		sp_status status = sp_world_open(sp_world_kind_find(names[i]), 1, &options, &world, &message);
		check_text(message.text, "");
		check_status(status, SP_OK);
		check_true(strstr(world->base, i == 4 ? "service_a" : names[i]) != NULL);
		sp_world_close(world);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_rows_are_sound),
	    cmocka_unit_test(every_kind_makes_a_world),
	    cmocka_unit_test(a_seed_draws_the_same_world_and_another_seed_another),
	    cmocka_unit_test(a_known_world_has_known_bits),
	    cmocka_unit_test(one_trait_more_changes_no_other),
	    cmocka_unit_test(elasticities_are_drawn_evenly_in_their_logarithm),
	    cmocka_unit_test(a_wrong_trait_says_the_cure),
	    cmocka_unit_test(a_broken_kind_is_refused_with_its_place),
	    cmocka_unit_test(chance_has_its_size),
	    cmocka_unit_test(events_happen_at_their_time),
	    cmocka_unit_test(spells_come_as_often_and_stay_as_long_as_they_should),
	    cmocka_unit_test(every_shape_has_mean_one),
	    cmocka_unit_test(later_days_are_days_of_the_first_week_with_faded_seams),
	    cmocka_unit_test(recorded_demand_becomes_a_shape),
	    cmocka_unit_test(recorded_worlds_can_be_drawn),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
