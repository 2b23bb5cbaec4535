/* registry.c - the list of price laws: adding one is a line here. Each table is checked once, at start and by the tests. */
#include "policies/price/law.h"

#include <string.h>

#include "base/assert.h"

extern const sp_law_ops sp_fixed, sp_cost_plus, sp_eip1559, sp_utilization_pi;
extern const sp_law_ops sp_eip4844, sp_multi_window, sp_cost_recovery, sp_lerner;
extern const sp_law_ops sp_schedule_law, sp_market_follow, sp_blend_ops, sp_margin_curve;

const sp_law_ops *const sp_laws[] = {
    &sp_fixed,        &sp_cost_plus,     &sp_eip1559, &sp_utilization_pi, &sp_eip4844,
    &sp_multi_window, &sp_cost_recovery, &sp_lerner,  &sp_schedule_law,   &sp_market_follow,
    &sp_blend_ops,    &sp_margin_curve,  NULL,
};

const sp_law_ops *sp_law_find(const char *name, size_t n)
{
	SP_ASSERT(name != NULL);
	for (size_t i = 0; sp_laws[i] != NULL; i++) {
		const char *known = sp_laws[i]->name;
		if (strlen(known) == n && memcmp(known, name, n) == 0)
			return sp_laws[i];
	}
	return NULL;
}

uint32_t sp_law_needs(const sp_law_ops *ops, const void *params)
{
	uint32_t needs = ops->asks != NULL ? ops->asks(params) : ops->needs;
	SP_ASSERT((needs & ~ops->needs) == 0);
	return needs;
}

static bool law_text(const char *text)
{
	return text != NULL && text[0] != '\0';
}

static bool law_is_whole(const sp_law_ops *ops)
{
	return law_text(ops->name) && ops->version > 0 && law_text(ops->formula) && law_text(ops->source) &&
	       law_text(ops->help) && ops->init != NULL && ops->decide != NULL && ops->reasons != NULL &&
	       law_text(ops->reasons[0]);
}

static bool law_fits(const sp_law_ops *ops)
{
	return ops->state_size <= SP_LAW_STATE_MAX && ops->state_size % 8 == 0 && ops->params_size <= SP_LAW_PARAMS_MAX &&
	       ops->n_terms <= SP_LAW_TERMS_MAX && ops->needs < 1u << SP_READINGS;
}

/* Every term named once, and cost terms are levels (R3). What follows demand would not have come whatever the load did. */
static bool law_terms_are_sound(const sp_law_ops *ops)
{
	for (size_t i = 0; i < ops->n_terms; i++) {
		const sp_law_term *term = &ops->terms[i];
		if (!law_text(term->name) || (term->cost && !term->level) || term->clock >= SP_CLOCKS)
			return false;
		if ((ops->exogenous >> i & 1) && term->clock == SP_CLOCK_DEMAND)
			return false;
		for (size_t j = 0; j < i; j++)
			if (strcmp(term->name, ops->terms[j].name) == 0)
				return false;
	}
	return ops->exogenous >> ops->n_terms == 0;
}

static bool law_owns_its_name(const sp_law_ops *ops)
{
	const sp_law_ops *known = sp_law_find(ops->name, strlen(ops->name));
	return known == NULL || known == ops;
}

sp_status sp_law_check(const sp_law_ops *ops, sp_message *message)
{
	SP_ASSERT(ops != NULL && message != NULL);
	const char *name = ops->name != NULL ? ops->name : "";
	if (!law_is_whole(ops))
		return sp_message_set(message, SP_E_RANGE, "price law \"%s\": its table has an empty entry", name);
	if (!law_fits(ops))
		return sp_message_set(message, SP_E_RANGE, "price law \"%s\": its state, parameters or terms do not fit", name);
	if (!law_owns_its_name(ops))
		return sp_message_set(message, SP_E_DUPLICATE, "price law \"%s\": the name is taken", name);
	if (!law_terms_are_sound(ops))
		return sp_message_set(message, SP_E_RANGE,
		                      "price law \"%s\": a term is unnamed, doubled, a cost increment or not what it says",
		                      name);
	return sp_params_check(ops->params, ops->n_params, ops->params_size, message);
}

sp_status sp_laws_check(sp_message *message)
{
	sp_status status = SP_OK;
	for (size_t i = 0; status == SP_OK && sp_laws[i] != NULL; i++)
		status = sp_law_check(sp_laws[i], message);
	return status;
}
