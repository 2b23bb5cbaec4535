/* entrant.c - see entrant.h. */
#include "sim/score/entrant.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/ids.h"

#define POLICY_MAX (SP_ENTRANT_TEXT_MAX + 256)

/* Those that are nothing without parameters. */
static const struct {
	const char *law, *params;
} entrant_usual[] = {
    {"schedule", "peak: {days: weekdays, from_h: 8, to_h: 20, level: 110%}"},
    {"blend", "laws: [{use: cost_plus, weight: 50%}, {use: utilization_pi, weight: 50%}]"},
};

const char *sp_entrant_usual(const sp_law_ops *law)
{
	SP_ASSERT(law != NULL);
	for (size_t i = 0; i < sizeof entrant_usual / sizeof *entrant_usual; i++)
		if (strcmp(entrant_usual[i].law, law->name) == 0)
			return entrant_usual[i].params;
	return "";
}

/* --- what was written --- */

static sp_status entrant_unknown(const char *name, size_t n, sp_message *message)
{
	sp_ids *names = sp_ids_open();
	uint32_t slot;

	for (size_t i = 0; names != NULL && sp_laws[i] != NULL; i++)
		sp_ids_add(names, sp_laws[i]->name, strlen(sp_laws[i]->name), &slot);
	const char *nearest = names != NULL ? sp_ids_nearest(names, name, n) : NULL;
	sp_message_set(message, SP_E_UNKNOWN, "there is no law '%.*s'%s%s%s", (int)(n < 60 ? n : 60), name,
	               nearest ? ": did you mean " : "", nearest ? nearest : "", nearest ? "?" : "");
	sp_ids_close(names);
	return SP_E_UNKNOWN;
}

sp_status sp_entrant_parse(const char *text, sp_entrant *entrant, sp_message *message)
{
	SP_ASSERT(text != NULL && entrant != NULL);
	const size_t n = strcspn(text, "=");
	const char *params = text[n] == '=' ? text + n + 1 : NULL;
	*entrant = (sp_entrant){.law = sp_law_find(text, n)};
	if (entrant->law == NULL)
		return entrant_unknown(text, n, message);
	if (params == NULL)
		params = sp_entrant_usual(entrant->law);
	size_t length = strlen(params);
	if (length >= 2 && params[0] == '{' && params[length - 1] == '}') {
		params++;
		length -= 2;
	}
	if (length >= sizeof entrant->params)
		return sp_message_set(message, SP_E_RANGE, "law %s: parameters of more than %d bytes", entrant->law->name,
		                      SP_ENTRANT_TEXT_MAX - 1);
	memcpy(entrant->params, params, length);
	return SP_OK;
}

sp_status sp_hint_parse(const char *text, sp_hint *hint, sp_message *message)
{
	char *end;

	SP_ASSERT(text != NULL && hint != NULL);
	const double x = strtod(text, &end);
	const bool number = *text >= '0' && *text <= '9' && *end == '\0' && x > 0;
	const bool sure = strcmp(text, "sure") == 0, truth = strcmp(text, "truth") == 0;
	if ((!number && !sure && !truth) || strlen(text) >= sizeof hint->text)
		return sp_message_set(message, SP_E_SYNTAX, "'%.40s': expected an elasticity such as 1.5, or truth, or sure",
		                      text);
	*hint = (sp_hint){.kind = sure ? SP_HINT_SURE : truth ? SP_HINT_TRUTH : SP_HINT_NUMBER};
	memcpy(hint->text, text, strlen(text) + 1);
	return SP_OK;
}

/* --- what a law is told --- */

static bool law_has(const sp_law_ops *law, const char *key)
{
	return sp_param_find(law->params, law->n_params, key, strlen(key)) != NULL;
}

/* Is KEY: among the parameters written? */
static bool params_have(const char *params, const char *key)
{
	const size_t n = strlen(key);

	for (const char *at = strstr(params, key); at != NULL; at = strstr(at + 1, key))
		if (at[n] == ':' && (at == params || strchr(" {,", at[-1]) != NULL))
			return true;
	return false;
}

bool sp_entrant_listens(const sp_entrant *entrant)
{
	return law_has(entrant->law, "elasticity") && !params_have(entrant->params, "elasticity");
}

sp_status sp_entrant_config(const sp_entrant *entrant, const sp_world *world, sp_config **config, sp_message *message)
{
	char policy[POLICY_MAX], told[128] = "";
	const double truth = world->traits.elasticity;
	const bool sure = entrant->told.kind == SP_HINT_SURE && truth > 1 && law_has(entrant->law, "elasticity_sd") &&
	                  !params_have(entrant->params, "elasticity_sd");

	SP_ASSERT(entrant->law != NULL && config != NULL);
	if (entrant->told.kind == SP_HINT_NUMBER)
		snprintf(told, sizeof told, ", elasticity: %s", entrant->told.text);
	else if (entrant->told.kind != SP_HINT_NOTHING)
		snprintf(told, sizeof told, ", elasticity: %.6f%s", truth, sure ? ", elasticity_sd: 0" : "");
	snprintf(policy, sizeof policy, "{use: %s%s%s%s}", entrant->law->name, entrant->params[0] != '\0' ? ", " : "",
	         entrant->params, told);
	return sp_world_config(world->kind, policy, config, message);
}
