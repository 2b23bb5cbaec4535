/* asked.h - a law asked alone: its parameters by key, its state, and an input with everything in order. */
#ifndef SP_TESTS_POLICIES_ASKED_H
#define SP_TESTS_POLICIES_ASKED_H

#include "tests/check/check.h"

#include <string.h>

#include "base/time.h"
#include "policies/price/law.h"

#define ASKED_START INT64_C(1764000000000000000)

typedef struct asked {
	const sp_law_ops *ops;
	_Alignas(8) unsigned char params[SP_LAW_PARAMS_MAX];
	_Alignas(8) unsigned char state[SP_LAW_STATE_MAX];
	sp_law_input input;
} asked;

static inline void asked_start(asked *a, const char *law)
{
	memset(a, 0, sizeof *a);
	a->ops = sp_law_find(law, strlen(law));
	assert_non_null(a->ops);
	sp_params_init(a->ops->params, a->ops->n_params, a->params);
	a->ops->init(a->state, a->params);
	a->input = (sp_law_input){.now_ns = ASKED_START,
	                          .period_ns = SP_MIN,
	                          .since_change_ns = SP_TIME_NEVER,
	                          .own = SP_INDEX_ONE,
	                          .told = SP_INDEX_ONE,
	                          .in_force = SP_INDEX_ONE,
	                          .change_due = true,
	                          .capacity = 1000,
	                          .setpoint = 0.7,
	                          .load_mean = 700,
	                          .load_mean_count = 10,
	                          .units_per_usd = 1,
	                          .list_usd = 1};
	for (int i = 0; i < SP_READINGS; i++)
		a->input.readings[i] = (sp_reading){.clock = SP_CLOCK_FRESH, .estimate = {.value = 700, .count = 1}};
}

static inline void asked_set(asked *a, const char *key, const char *text)
{
	const sp_param *row = sp_param_find(a->ops->params, a->ops->n_params, key, strlen(key));
	assert_non_null(row);
	check_status(sp_param_parse(row, text, strlen(text), a->params, NULL), SP_OK);
}

static inline sp_wish asked_decide(asked *a)
{
	sp_wish wish = {0};
	a->ops->decide(&a->input, a->state, a->params, &wish);
	assert_non_null(wish.reason);
	return wish;
}

static inline void asked_told(asked *a, sp_told_by by, double cost_passed)
{
	sp_told told = {.now_ns = a->input.now_ns,
	                .by = by,
	                .before = a->input.told,
	                .after = a->input.told,
	                .cost_passed = cost_passed};
	if (a->ops->told != NULL)
		a->ops->told(&told, a->state, a->params);
}

#endif
