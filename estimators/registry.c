/* registry.c - the list of estimators: adding one is a line here. Each table is checked once, at start and by the tests. */
#include "estimators/estimator.h"

#include <string.h>

#include "base/assert.h"

extern const sp_estimator_ops sp_ewma, sp_holt, sp_holt_winters, sp_local_level, sp_local_trend, sp_quantile, sp_hampel,
    sp_cusum;

const sp_estimator_ops *const sp_estimators[] = {
    &sp_ewma, &sp_holt, &sp_holt_winters, &sp_local_level, &sp_local_trend, &sp_quantile, &sp_hampel, &sp_cusum, NULL,
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
	       ops->source[0] != '\0' && ops->formula != NULL && ops->formula[0] != '\0' && ops->help != NULL &&
	       ops->help[0] != '\0' && ops->init != NULL && ops->update != NULL && ops->read != NULL;
}

static bool estimator_fits(const sp_estimator_ops *ops)
{
	return ops->state_size <= SP_ESTIMATOR_STATE_MAX && ops->state_size % 8 == 0 &&
	       ops->params_size <= SP_ESTIMATOR_PARAMS_MAX;
}

static bool estimator_owns_its_name(const sp_estimator_ops *ops)
{
	const sp_estimator_ops *known = sp_estimator_find(ops->name, strlen(ops->name));
	return known == NULL || known == ops;
}

sp_status sp_estimator_check(const sp_estimator_ops *ops, sp_message *message)
{
	SP_ASSERT(ops != NULL && message != NULL);
	const char *name = ops->name != NULL ? ops->name : "";
	if (!estimator_is_whole(ops))
		return sp_message_set(message, SP_E_RANGE, "estimator \"%s\": its table has an empty entry", name);
	if (!estimator_fits(ops))
		return sp_message_set(message, SP_E_RANGE, "estimator \"%s\": its state or parameters do not fit a slot", name);
	if (!estimator_owns_its_name(ops))
		return sp_message_set(message, SP_E_DUPLICATE, "estimator \"%s\": the name is taken", name);
	return sp_params_check(ops->params, ops->n_params, ops->params_size, message);
}

sp_status sp_estimators_check(sp_message *message)
{
	sp_status status = SP_OK;
	for (size_t i = 0; status == SP_OK && sp_estimators[i] != NULL; i++)
		status = sp_estimator_check(sp_estimators[i], message);
	return status;
}
