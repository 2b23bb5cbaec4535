/* test_cost_step.c - a step of GPU cost in closed loop: how soon it is in the wish, and that a noisy night before it leaves it room.
 *
 * Stated: a step is in the wish within its detection delay and one change period. A step beyond the largest plausible jump (-44 %) is
 * believed at its third record, one within it (+30 %) at its first; the change period here is 4 h, 24 periods of ten minutes. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/time.h"
#include "sim/market/trial.h"
#include "tests/check/check.h"

#define STEP_AT       (14 * 144 + 1) /* period: one after a change was due, the worst moment */
#define CHANGE        24             /* periods */
#define CONFIRM_LARGE 2              /* periods until the third record */

typedef struct watched {
	uint32_t period;
	int32_t first;      /* period after the step at which a cost term is in the ledger; -1: never */
	int64_t cost_ppb;   /* what it was then */
	int64_t most_ppb;   /* largest of the next three days */
	int64_t before_ppb; /* largest cost term before the step */
	uint32_t told;      /* changes after the step that carried cost */
} watched;

static int64_t cost_term(const sp_decision *d)
{
	int64_t sum = 0;

	for (uint32_t i = 0; i < d->n_terms; i++)
		sum += strcmp(d->terms[i].name, "cost") == 0 ? d->terms[i].index.ppb : 0;
	return sum;
}

static int64_t size_of(int64_t x)
{
	return x < 0 ? -x : x;
}

static sp_status watch(void *context, const sp_engine *engine, const sp_drive_answer *answer, const sp_plant_flow *flow)
{
	watched *w = context;
	(void)engine, (void)flow;
	if (answer == NULL)
		return SP_OK;
	const sp_decision *d = &answer->tick->decisions[0];
	int64_t cost = cost_term(d);
	if (w->period < STEP_AT)
		w->before_ppb = size_of(cost) > w->before_ppb ? size_of(cost) : w->before_ppb;
	else if (w->first < 0 && size_of(cost) > 100000) { /* 0.01 % of the sheet */
		w->first = (int32_t)(w->period - STEP_AT);
		w->cost_ppb = cost;
	}
	if (w->period >= STEP_AT && w->period < STEP_AT + 3 * 144) {
		w->most_ppb = size_of(cost) > size_of(w->most_ppb) ? cost : w->most_ppb;
		w->told += cost != 0 && d->outcome == SP_OUTCOME_PUBLISHED;
	}
	w->period++;
	return SP_OK;
}

static watched live(const char *kind_name, const char *law, const char *noise)
{
	const char *settings[] = {"length=18d", "tail=1d", "gpu_step_at=20170m", "load=115%", "elasticity=2", noise};
	const sp_world_options options = {.settings = settings, .n_settings = 6};
	const sp_world_kind *kind = sp_world_kind_find(kind_name);
	watched w = {.first = -1};
	const sp_trial_options look = {.look = watch, .context = &w};
	sp_trial_result result = {0};
	sp_message message = {""};
	sp_config *config = NULL;
	sp_world *world = NULL;

	check_true(kind != NULL);
	check_status(sp_world_open(kind, 11, &options, &world, &message), SP_OK);
	sp_status status = sp_world_config(kind, law, &config, &message);
	check_text(message.text, "");
	check_status(status, SP_OK);
	check_status(sp_trial_run(world, config, &look, &result, &message), SP_OK);
	sp_trial_close(&result);
	sp_config_close(config);
	sp_world_close(world);
	print_message("  %-8s %-90.90s %-16s in the wish after %3d periods, %+.3f %%; at most %+.2f %%, told %u times\n",
	              kind_name, law, noise, w.first, (double)w.cost_ppb / 1e7, (double)w.most_ppb / 1e7, w.told);
	return w;
}

#define PLUS  "{use: cost_plus}"
#define CURVE "{use: margin_curve, elasticity: 2}"
#define BOTH  "{use: blend, laws: [{use: cost_plus, weight: 50%}, {use: utilization_pi, weight: 50%, elasticity: 2}]}"

static void check_in_time(const char *law, const char *noise)
{
	watched up = live("gpu_up", law, noise), down = live("gpu_down", law, noise);
	check_true(up.first >= 0 && up.first <= CHANGE);
	check_true(up.cost_ppb > 0 && up.told > 0);
	check_true(down.first >= CONFIRM_LARGE && down.first <= CONFIRM_LARGE + CHANGE);
	check_true(down.cost_ppb < 0 && down.told > 0);
}

static void a_cost_step_is_in_the_wish_within_detection_and_one_change_period(void **state)
{
	(void)state;
	check_in_time(PLUS, "white_noise=3%");
	check_in_time(CURVE, "white_noise=3%");
	check_in_time(BOTH, "white_noise=3%");
}

static void a_noisy_night_leaves_a_cost_step_its_room(void **state)
{
	(void)state;
	watched calm = live("gpu_up", BOTH, "white_noise=0%"), noisy = live("gpu_up", BOTH, "white_noise=40%");
	check_true(noisy.first >= 0 && noisy.first <= CHANGE);
	check_true(noisy.most_ppb * 10 >= calm.most_ppb * 9);
	check_in_time(CURVE, "white_noise=40%");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_cost_step_is_in_the_wish_within_detection_and_one_change_period),
	    cmocka_unit_test(a_noisy_night_leaves_a_cost_step_its_room),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
