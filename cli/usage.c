/* usage.c - a request to be rated, read from JSON; see usage.h. */
#include "cli/usage.h"

#include <jansson.h>
#include <string.h>

#include "base/assert.h"
#include "base/time.h"

#define USAGE_QUOTE_MAX 40   /* of a text that is shown back */
#define NANO_OF_A_MICRO 1000 /* decimals are read in units of 1e-9 */

static sp_status read_name(const json_t *value, const char *key, char name[SP_ID_MAX + 1], sp_message *message)
{
	const char *text = json_string_value(value);

	if (!value)
		return sp_message_set(message, SP_E_SYNTAX, "%s is missing", key);
	if (!text || sp_id_check(text, strlen(text)) != SP_OK)
		return sp_message_set(message, SP_E_SYNTAX, "%s: expected a name, 1 to %d of A-Z a-z 0-9 . _ : / @ + -", key,
		                      SP_ID_MAX);
	strcpy(name, text);
	return SP_OK;
}

static sp_status read_time(const json_t *value, int64_t *t_ns, sp_message *message)
{
	const char *text = json_string_value(value);

	if (!value)
		return sp_message_set(message, SP_E_SYNTAX, "t is missing: when was the request admitted?");
	if (json_is_integer(value)) {
		*t_ns = json_integer_value(value); /* sp_rate judges it */
		return SP_OK;
	}
	if (!text || sp_time_parse(text, strlen(text), t_ns) != SP_OK)
		return sp_message_set(message, SP_E_SYNTAX,
		                      "t: expected a time such as \"2026-11-24T09:00:00Z\", or integer nanoseconds");
	return SP_OK;
}

/* A decimal in quotes, to millionths. */
static sp_status read_decimal(const char *meter, const char *text, int64_t *micro, sp_message *message)
{
	int64_t nano = 0;
	sp_status status = sp_decimal_parse(text, strlen(text), &nano);

	if (status == SP_OK && nano % NANO_OF_A_MICRO != 0)
		status = SP_E_RANGE;
	if (status != SP_OK)
		return sp_message_set(message, status,
		                      "usage.%s: \"%.*s\": expected a number below 9 billion with at most six places", meter,
		                      USAGE_QUOTE_MAX, text);
	*micro = nano / NANO_OF_A_MICRO;
	return SP_OK;
}

static sp_status read_quantity(const char *meter, const json_t *value, int64_t *micro, sp_message *message)
{
	if (json_is_string(value))
		return read_decimal(meter, json_string_value(value), micro, message);
	if (!json_is_integer(value))
		return sp_message_set(message, SP_E_SYNTAX,
		                      "usage.%s: expected a whole number, or one with a point in quotes: \"12.5\"", meter);
	if (__builtin_mul_overflow(json_integer_value(value), SP_MICRO, micro))
		return sp_message_set(message, SP_E_OVERFLOW, "usage.%s: more than 9 x 10^12 cannot be rated", meter);
	return SP_OK;
}

static sp_status read_meters(json_t *object, sp_usage *usage, sp_message *message)
{
	const char *meter;
	json_t *value;

	if (!json_is_object(object))
		return sp_message_set(message, SP_E_SYNTAX, "usage %s",
		                      object ? "is no object of meters and quantities" : "is missing: what was used?");
	json_object_foreach(object, meter, value)
	{
		sp_status status;
		if (usage->n == SP_USAGE_METERS_MAX)
			return sp_message_set(message, SP_E_FULL, "more than %d meters in a request", SP_RATE_METERS_MAX);
		if (sp_id_check(meter, strlen(meter)) != SP_OK)
			return sp_message_set(message, SP_E_SYNTAX, "usage: '%.*s' is no name of a meter", USAGE_QUOTE_MAX, meter);
		status = read_quantity(meter, value, &usage->micro[usage->n], message);
		if (status != SP_OK)
			return status;
		strcpy(usage->meters[usage->n++], meter);
	}
	return SP_OK;
}

/* A key that is mistyped must not be dropped in silence. */
static sp_status check_keys(json_t *object, sp_message *message)
{
	static const char *const known[] = {"family", "t", "usage", "id"};
	const char *key;
	json_t *value;

	json_object_foreach(object, key, value)
	{
		bool found = false;
		for (size_t i = 0; i < sizeof known / sizeof *known; i++)
			found = found || strcmp(key, known[i]) == 0;
		if (!found)
			return sp_message_set(message, SP_E_SYNTAX, "'%.*s' is not known; a request has family, t, usage and id",
			                      USAGE_QUOTE_MAX, key);
	}
	return SP_OK;
}

static sp_status read_object(json_t *object, sp_usage *usage, sp_message *message)
{
	const json_t *id = json_object_get(object, "id");
	sp_status status = check_keys(object, message);

	if (status == SP_OK && id)
		status = read_name(id, "id", usage->id, message);
	if (status == SP_OK)
		status = read_name(json_object_get(object, "family"), "family", usage->family, message);
	if (status == SP_OK)
		status = read_time(json_object_get(object, "t"), &usage->admission_ns, message);
	return status == SP_OK ? read_meters(json_object_get(object, "usage"), usage, message) : status;
}

sp_status sp_usage_parse(const char *text, size_t n, sp_usage *usage, sp_message *message)
{
	json_error_t error;
	json_t *object;
	sp_usage made = {.n = 0};
	sp_status status;

	SP_ASSERT(text && usage);
	if (n > SP_USAGE_BYTES_MAX)
		return sp_message_set(message, SP_E_FULL, "a request has at most %d bytes", SP_USAGE_BYTES_MAX);
	object = json_loadb(text, n, JSON_REJECT_DUPLICATES, &error);
	if (!object)
		return sp_message_set(message, SP_E_SYNTAX, "no JSON object: %s", error.text);
	status = json_is_object(object) ? read_object(object, &made, message)
	                                : sp_message_set(message, SP_E_SYNTAX, "no JSON object");
	json_decref(object);
	if (status == SP_OK)
		*usage = made;
	return status;
}

sp_rate_request sp_usage_request(const sp_usage *usage, sp_rate_usage *list)
{
	SP_ASSERT(usage && list);
	SP_ASSERT(usage->n <= SP_USAGE_METERS_MAX);
	for (size_t i = 0; i < usage->n; i++)
		list[i] = (sp_rate_usage){usage->meters[i], usage->micro[i]};
	return (sp_rate_request){list, usage->n};
}
