/* spec.c - see spec.h. */
#include "sim/trace/spec.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"

static bool spec_is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

/* The first comma that `key=` follows; the end where there is none. */
static char *spec_find_comma(char *at)
{
	for (char *comma = strchr(at, ','); comma != NULL; comma = strchr(comma + 1, ',')) {
		const char *key = comma + 1;
		while (spec_is_word(*key) || *key == '.' || *key == ' ')
			key++;
		if (*key == '=' && key > comma + 1)
			return comma;
	}
	return at + strlen(at);
}

static char *spec_take_preset(sp_spec *spec)
{
	char *end = spec->copy;
	while (spec_is_word(*end))
		end++;
	if (*end != ':' || end == spec->copy)
		return spec->copy;
	*end = '\0';
	spec->preset = spec->copy;
	return end + 1;
}

/* Takes the key at `at`, which spec_find_comma found; returns where it ends. */
static sp_status spec_take_key(sp_spec *spec, char *at, char **end, sp_message *message)
{
	char *equals = strchr(at, '=');
	SP_ASSERT(equals != NULL);
	*equals = '\0';
	char *stop = spec_find_comma(equals + 1);
	*end = *stop != '\0' ? stop + 1 : stop;
	*stop = '\0';
	if (sp_spec_find(spec, at) != NULL)
		return sp_message_set(message, SP_E_SYNTAX, "trace %s: '%s' is given twice; give one value for it", spec->file,
		                      at);
	if (spec->n_keys == SP_SPEC_KEYS_MAX)
		return sp_message_set(message, SP_E_SYNTAX, "trace %s: more than %d options", spec->file, SP_SPEC_KEYS_MAX);
	spec->keys[spec->n_keys++] = (sp_spec_key){at, equals + 1};
	return SP_OK;
}

sp_status sp_spec_parse(const char *text, sp_spec *spec, sp_message *message)
{
	SP_ASSERT(text != NULL && spec != NULL);
	*spec = (sp_spec){.copy = strdup(text)};
	if (spec->copy == NULL)
		return SP_E_MEMORY;
	char *at = spec_take_preset(spec);
	char *end = spec_find_comma(at);
	spec->file = at;
	bool more = *end != '\0';
	*end = '\0';
	if (*at == '\0')
		return sp_message_set(message, SP_E_SYNTAX,
		                      "trace '%s': names no file; write PRESET:FILE, or - for standard input", text);
	while (more) {
		sp_status status = spec_take_key(spec, end + 1, &at, message);
		if (status != SP_OK)
			return status;
		more = *at != '\0';
		end = at - 1;
	}
	return SP_OK;
}

void sp_spec_fini(sp_spec *spec)
{
	free(spec->copy);
	*spec = (sp_spec){0};
}

const char *sp_spec_find(const sp_spec *spec, const char *key)
{
	for (uint32_t i = 0; i < spec->n_keys; i++)
		if (strcmp(spec->keys[i].key, key) == 0)
			return spec->keys[i].value;
	return NULL;
}
