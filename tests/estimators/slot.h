/* slot.h - one estimator of the registry with its parameters and its state, as a test drives it. */
#ifndef SP_TESTS_ESTIMATORS_SLOT_H
#define SP_TESTS_ESTIMATORS_SLOT_H

#include "tests/check/check.h"

#include <string.h>

#include "estimators/estimator.h"

typedef struct slot {
	const sp_estimator_ops *ops;
	_Alignas(8) unsigned char params[SP_ESTIMATOR_PARAMS_MAX];
	_Alignas(8) unsigned char state[SP_ESTIMATOR_STATE_MAX];
} slot;

static inline void slot_set(slot *s, const char *key, const char *text)
{
	const sp_param *row = sp_param_find(s->ops->params, s->ops->n_params, key, strlen(key));
	sp_message message = {""};
	assert_non_null(row);
	check_status(sp_param_parse(row, text, strlen(text), s->params, &message), SP_OK);
}

/* With `settings` as key, text, key, text, …, NULL. */
static inline void slot_open(slot *s, const char *kind, const char *const *settings)
{
	memset(s, 0, sizeof *s);
	s->ops = sp_estimator_find(kind, strlen(kind));
	assert_non_null(s->ops);
	sp_params_init(s->ops->params, s->ops->n_params, s->params);
	for (int i = 0; settings != NULL && settings[i] != NULL; i += 2)
		slot_set(s, settings[i], settings[i + 1]);
	s->ops->init(s->state, s->params);
}

static inline void slot_see(slot *s, int64_t t_ns, double x)
{
	s->ops->update(s->state, s->params, t_ns, x, 0);
}

static inline sp_estimate slot_at(const slot *s, int64_t now_ns)
{
	sp_estimate out;
	check_true(s->ops->read(s->state, s->params, now_ns, &out).knowledge == SP_KNOWN);
	return out;
}

#endif
