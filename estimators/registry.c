/* registry.c - the list of estimators: adding one is a line here. Each table is checked once, at start and by the tests. */
#include "estimators/estimator.h"

#include <string.h>

#include "base/assert.h"

extern const sp_estimator_ops sp_ewma, sp_holt;

const sp_estimator_ops *const sp_estimators[] = {
    &sp_ewma,
    &sp_holt,
    NULL,
};

const sp_estimator_ops *sp_estimator_find(const char *name, size_t n)
{
	SP_ASSERT(name != NULL);
	for (size_t i = 0; sp_estimators[i] != NULL; i++) {
		const char *known = sp_estimators[i]->name;
		if (strlen(known) == n && memcmp(known, name, n) == 0)
			return sp_estimators[i];
	}
	return NULL;
}

static bool estimator_is_whole(const sp_estimator_ops *ops)
{
	return ops->name != NULL && ops->name[0] != '\0' && ops->version > 0 && ops->source != NULL &&
	       ops->source[0] != '\0' && ops->help != NULL && ops->help[0] != '\0' && ops->init != NULL &&
	       ops->update != NULL && ops->read != NULL;
}

static sp_status estimator_check(const sp_estimator_ops *ops, size_t i, sp_message *message)
{
	if (!estimator_is_whole(ops))
		return sp_message_set(message, SP_E_RANGE, "estimator %zu: its table has an empty entry", i);
	if (ops->state_size > SP_ESTIMATOR_STATE_MAX || ops->state_size % 8 != 0 ||
	    ops->params_size > SP_ESTIMATOR_PARAMS_MAX)
		return sp_message_set(message, SP_E_RANGE, "estimator %s: state of %zu or parameters of %zu bytes", ops->name,
		                      ops->state_size, ops->params_size);
	if (sp_estimator_find(ops->name, strlen(ops->name)) != ops)
		return sp_message_set(message, SP_E_DUPLICATE, "estimator %s: the name is taken", ops->name);
	return sp_params_check(ops->params, ops->n_params, ops->params_size, message);
}

sp_status sp_estimators_check(sp_message *message)
{
	for (size_t i = 0; sp_estimators[i] != NULL; i++) {
		sp_status status = estimator_check(sp_estimators[i], i, message);
		if (status != SP_OK)
			return status;
	}
	return SP_OK;
}
