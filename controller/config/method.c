/* method.c - choosing a law or an estimator layer by layer. */
#include "controller/config/method.h"

#include <string.h>

#include "base/assert.h"
#include "controller/config/complaint.h"
#include "controller/config/nearest.h"
#include "controller/config/parts.h"
#include "policies/price/blend.h"

const char *sp_method_word(sp_method_kind kind)
{
	return kind == SP_METHOD_LAW ? "law" : "estimator";
}

static bool method_of_law(const sp_law_ops *law, sp_method *method)
{
	if (law)
		*method = (sp_method){law->name, law->help, law->source, {law->params, law->n_params}, law->check, law, NULL};
	return law != NULL;
}

static bool method_of_estimator(const sp_estimator_ops *ops, sp_method *method)
{
	if (ops)
		*method = (sp_method){ops->name, ops->help, ops->source, {ops->params, ops->n_params}, ops->check, NULL, ops};
	return ops != NULL;
}

bool sp_method_at(sp_method_kind kind, size_t i, sp_method *method)
{
	return kind == SP_METHOD_LAW ? method_of_law(sp_laws[i], method) : method_of_estimator(sp_estimators[i], method);
}

bool sp_method_find(sp_method_kind kind, const char *name, size_t n, sp_method *method)
{
	return kind == SP_METHOD_LAW ? method_of_law(sp_law_find(name, n), method)
	                             : method_of_estimator(sp_estimator_find(name, n), method);
}

/* --- choices --- */

static size_t choice_size(sp_method_kind kind)
{
	return kind == SP_METHOD_LAW ? SP_LAW_PARAMS_MAX : SP_ESTIMATOR_PARAMS_MAX;
}

static void choice_take(sp_choice *choice, const sp_method *method, sp_spot use)
{
	bool same = choice->method.name && strcmp(choice->method.name, method->name) == 0;

	choice->use = use;
	if (same)
		return;
	choice->method = *method;
	memset(choice->from, 0, sizeof(choice->from));
	choice->parts = (sp_spot){NULL, 0};
	memset(choice->params, 0, choice_size(choice->kind));
	sp_params_init(method->rows.list, method->rows.n, choice->params);
}

/* A key that the method in force does not have: it came with another layer's `use`. */
static void choice_say_foreign(const sp_choice *choice, sp_spot block)
{
	size_t n, at;

	for (size_t i = 0; i < sp_spot_count(block); i++) {
		sp_spot key = sp_spot_key(block, i);
		const char *text = sp_spot_text(key, &n);
		if (strcmp(text, "use") == 0 || (choice->kind == SP_METHOD_LAW && strcmp(text, SP_EXPERIMENT_KEY) == 0) ||
		    (sp_parts_taken(&choice->method) && strcmp(text, SP_BLEND_LAWS) == 0) ||
		    sp_rows_find(&choice->method.rows, "", text, n, &at) != SP_ROW_NONE)
			continue;
		sp_say(key,
		       "the %s here is %s, which has no %.*s: name the one you mean with use:", sp_method_word(choice->kind),
		       choice->method.name, SP_QUOTE(n, text));
	}
}

void sp_choice_apply(sp_choice *choice, sp_spot block)
{
	sp_spot use = sp_spot_find(block, "use");
	sp_method method;
	size_t n;
	const char *name = sp_spot_text(use, &n);

	SP_ASSERT(choice->params);
	if (!sp_spot_is_map(block))
		return;
	choice->last = block;
	if (sp_spot_there(use) && sp_method_find(choice->kind, name, n, &method))
		choice_take(choice, &method, use);
	else if (sp_spot_there(use))
		return; /* complained about by the check of shapes */
	if (!choice->method.name)
		return;
	choice_say_foreign(choice, block);
	sp_rows_bind(&choice->method.rows, block, choice->params, choice->from);
	if (sp_parts_taken(&choice->method) && sp_spot_there(sp_spot_find(block, SP_BLEND_LAWS))) {
		choice->parts = sp_spot_find(block, SP_BLEND_LAWS);
		sp_parts_bind(block, choice->params);
	}
}

static bool choice_is_whole(const sp_choice *choice, const char *owner)
{
	const sp_rows *rows = &choice->method.rows;

	for (size_t i = 0; i < rows->n; i++) {
		if (rows->list[i].initial || sp_spot_there(choice->from[i]))
			continue;
		sp_say(choice->last, "%s needs %s (for %s): %s", choice->method.name, rows->list[i].key, owner,
		       rows->list[i].help);
		return false;
	}
	return true;
}

bool sp_choice_finish(sp_choice *choice, const char *owner)
{
	sp_message message = {""};

	SP_ASSERT(choice->method.name && owner);
	if (!choice_is_whole(choice, owner))
		return false;
	if (sp_parts_taken(&choice->method) && !sp_parts_whole(choice->parts, choice->params))
		return false;
	if (!choice->method.check || choice->method.check(choice->params, &message) == SP_OK)
		return true;
	sp_say(choice->last, "%s (for %s)", message.text, owner);
	return false;
}
