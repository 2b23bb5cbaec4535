/* signal_line.c - see signal_line.h.
 *
 * The common line is read flat (flat.h), at a fraction of the cost of a tree. Only a line that is taken is taken so: whatever is refused has
 * gone through jansson, so that every message is its own. */
#include "sim/trace/signal_line.h"

#include <jansson.h>
#include <string.h>

#include "base/assert.h"
#include "base/money.h"
#include "base/real.h"
#include "base/time.h"
#include "sim/trace/csv.h"
#include "sim/trace/flat.h"

/* Whole numbers in here are seconds since 1970 by their look; as nanoseconds they would be the first ten seconds of 1970. */
#define LINE_SECONDS_MIN INT64_C(1000000000)
#define LINE_SECONDS_MAX INT64_C(10000000000)

static sp_refusal line_refuse(sp_refusal refusal, sp_message *message, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static sp_refusal line_refuse(sp_refusal refusal, sp_message *message, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	if (message != NULL)
		vsnprintf(message->text, sizeof message->text, format, arguments);
	va_end(arguments);
	return refusal;
}

/* --- names and values, from text --- */

/* The word of a list most like `text`, or NULL. */
static const char *line_nearest(const char *const *words, size_t n_words, const char *text, size_t n)
{
	const unsigned most = n <= 5 ? 1 : n <= 8 ? 2 : 3;
	const char *best = NULL;
	unsigned least = most + 1;
	for (size_t i = 0; i < n_words; i++) {
		unsigned distance = n <= 64 ? sp_text_distance(words[i], strlen(words[i]), text, n, most) : least;
		if (distance < least) {
			least = distance;
			best = words[i];
		}
	}
	return best;
}

static sp_refusal line_refuse_kind(const char *kind, size_t n, sp_message *message)
{
	const char *names[SP_SIGNAL_KINDS];
	char shown[SP_EXCERPT_MAX];
	for (uint32_t i = 0; i < SP_SIGNAL_KINDS; i++)
		names[i] = sp_kinds[i].name;
	const char *near = line_nearest(names, SP_SIGNAL_KINDS, kind, n);
	return line_refuse(SP_REFUSED_unknown_kind, message, "kind: there is no kind '%s'%s%s%s",
	                   sp_excerpt(kind, n, shown), near != NULL ? "; did you mean '" : "", near != NULL ? near : "",
	                   near != NULL ? "'?" : "");
}

static sp_refusal line_refuse_subject(const sp_setup *setup, const char *subject, size_t n, sp_message *message)
{
	char shown[SP_EXCERPT_MAX];
	const char *near = sp_ids_nearest(setup->names, subject, n);
	return line_refuse(SP_REFUSED_unknown_subject, message, "subject: no '%s' in the configuration%s%s%s",
	                   sp_excerpt(subject, n, shown), near != NULL ? "; did you mean '" : "", near != NULL ? near : "",
	                   near != NULL ? "'?" : "");
}

static sp_refusal line_refuse_type(uint32_t kind, const char *subject, sp_message *message)
{
	static const char *const types[SP_SUBJECT_TYPES] = {"a pool", "a lot", "a family", "an SKU"};
	char list[64] = "";
	for (uint32_t type = 0; type < SP_SUBJECT_TYPES; type++)
		if ((sp_kinds[kind].subjects & (1u << type)) != 0) {
			strcat(list, list[0] != '\0' ? " or " : "");
			strcat(list, types[type]);
		}
	return line_refuse(SP_REFUSED_wrong_subject, message, "subject: %s is measured on %s, and '%s' is none",
	                   sp_kinds[kind].name, list, subject);
}

/* Without a setup: any name. */
static sp_refusal line_take_name(const char *subject, size_t n, sp_signal_line *line, sp_message *message)
{
	if (sp_id_check(subject, n) != SP_OK)
		return line_refuse(SP_REFUSED_malformed, message,
		                   "subject: expected a name of 1-128 of A-Z a-z 0-9 . _ : / @ + -");
	memcpy(line->name, subject, n);
	line->name[n] = '\0';
	line->subject = SP_NO_SLOT;
	return SP_REFUSED_none;
}

sp_refusal sp_signal_names(const sp_setup *setup, const char *kind, size_t n_kind, const char *subject,
                           size_t n_subject, sp_signal_line *line, sp_message *message)
{
	uint32_t found = sp_kind_find(kind, n_kind);
	if (found == SP_SIGNAL_KINDS)
		return line_refuse_kind(kind, n_kind, message);
	line->kind = found;
	if (setup == NULL)
		return line_take_name(subject, n_subject, line, message);
	uint32_t slot = sp_ids_find(setup->names, subject, n_subject);
	if (slot == SP_NO_SLOT)
		return line_refuse_subject(setup, subject, n_subject, message);
	SP_ASSERT(slot < setup->n_subjects);
	if ((sp_kinds[found].subjects & (1u << setup->subjects[slot].type)) == 0)
		return line_refuse_type(found, sp_ids_name(setup->names, slot), message);
	line->subject = slot;
	return SP_REFUSED_none;
}

sp_refusal sp_signal_value(uint32_t kind, const char *text, size_t n, sp_value *value, sp_message *message)
{
	SP_ASSERT(kind < SP_SIGNAL_KINDS);
	char shown[SP_EXCERPT_MAX];
	sp_status status =
	    sp_kinds[kind].money ? sp_decimal_parse_rounded(text, n, &value->nano) : sp_real_parse(text, n, &value->real);
	if (status == SP_OK)
		return SP_REFUSED_none;
	sp_excerpt(text, n, shown);
	if (status == SP_E_NOT_FINITE)
		return line_refuse(SP_REFUSED_not_finite, message, "value: '%s' is not a finite number", shown);
	if (status == SP_E_OVERFLOW)
		return line_refuse(SP_REFUSED_out_of_range, message, "value: '%s' is too large to be %s", shown,
		                   sp_kinds[kind].money ? "an amount of USD" : "held");
	return line_refuse(SP_REFUSED_malformed, message, "value: '%s' is no %s", shown,
	                   sp_kinds[kind].money ? "decimal; money is USD such as 2.10" : "number");
}

/* --- from JSON --- */

static sp_refusal line_whole_time(const char *key, json_int_t t, int64_t *t_ns, sp_message *message)
{
	if (t >= LINE_SECONDS_MIN && t < LINE_SECONDS_MAX)
		return line_refuse(SP_REFUSED_malformed, message,
		                   "%s: %lld looks like seconds; write nanoseconds since 1970, or a text "
		                   "such as \"2026-11-24T00:00:00Z\"",
		                   key, (long long)t);
	if (t < SP_TIME_MIN_NS || t >= SP_TIME_MAX_NS)
		return line_refuse(SP_REFUSED_malformed, message, "%s: %lld ns is not between 1970 and 2200", key,
		                   (long long)t);
	*t_ns = t;
	return SP_REFUSED_none;
}

static sp_refusal line_time(const char *key, const json_t *found, int64_t *t_ns, sp_message *message)
{
	char shown[SP_EXCERPT_MAX];
	if (json_is_integer(found))
		return line_whole_time(key, json_integer_value(found), t_ns, message);
	if (!json_is_string(found))
		return line_refuse(SP_REFUSED_malformed, message,
		                   "%s: expected a text such as \"2026-11-24T00:00:00Z\" or whole "
		                   "nanoseconds since 1970",
		                   key);
	const char *text = json_string_value(found);
	size_t n = json_string_length(found);
	if (sp_time_parse(text, n, t_ns) == SP_OK)
		return SP_REFUSED_none;
	return line_refuse(SP_REFUSED_malformed, message, "%s: '%s' is no time; expected one such as 2026-11-24T00:00:00Z",
	                   key, sp_excerpt(text, n, shown));
}

static sp_refusal line_source(const json_t *found, char source[SP_ID_MAX + 1], sp_message *message)
{
	source[0] = '\0';
	if (found == NULL)
		return SP_REFUSED_none;
	if (!json_is_string(found) || sp_id_check(json_string_value(found), json_string_length(found)) != SP_OK)
		return line_refuse(SP_REFUSED_malformed, message,
		                   "source: expected a name of 1-128 of A-Z a-z 0-9 . _ : / @ + -");
	strcpy(source, json_string_value(found));
	return SP_REFUSED_none;
}

static sp_refusal line_value(uint32_t kind, const json_t *found, sp_value *value, sp_message *message)
{
	const sp_kind *row = &sp_kinds[kind];
	if (row->money && json_is_string(found))
		return sp_signal_value(kind, json_string_value(found), json_string_length(found), value, message);
	if (row->money)
		return line_refuse(SP_REFUSED_malformed, message,
		                   "value: %s is money; write it as a quoted decimal such as \"2.10\"", row->name);
	if (!json_is_number(found))
		return line_refuse(SP_REFUSED_malformed, message, "value: expected a number%s",
		                   json_is_string(found) ? " without quotes" : "");
	value->real = json_number_value(found);
	value->real = value->real == 0 ? 0 : value->real; /* no -0.0: a second spelling of zero */
	return SP_REFUSED_none;
}

enum { LINE_T, LINE_KIND, LINE_SUBJECT, LINE_VALUE, LINE_SOURCE, LINE_TICK, LINE_KEYS };

static const char *const line_keys[LINE_KEYS] = {"t", "kind", "subject", "value", "source", "tick"};

static sp_refusal line_check_keys(json_t *object, bool timeless, bool *tick, sp_message *message)
{
	const char *key;
	json_t *unused;
	*tick = json_object_get(object, "tick") != NULL;
	json_object_foreach(object, key, unused)
	{
		size_t i = 0;
		while (i < LINE_KEYS && strcmp(line_keys[i], key) != 0)
			i++;
		if (i < LINE_KEYS)
			continue;
		char shown[SP_EXCERPT_MAX];
		const char *near = line_nearest(line_keys, LINE_KEYS, key, strlen(key));
		return line_refuse(SP_REFUSED_malformed, message,
		                   "%s: no such key%s%s%s; there are t, kind, subject, value, source",
		                   sp_excerpt(key, strlen(key), shown), near != NULL ? ", did you mean '" : "",
		                   near != NULL ? near : "", near != NULL ? "'?" : "");
	}
	if (*tick && json_object_size(object) > 1)
		return line_refuse(SP_REFUSED_malformed, message, "tick: stands alone in its line");
	for (size_t i = timeless ? 1 : 0; !*tick && i < 4; i++)
		if (json_object_get(object, line_keys[i]) == NULL)
			return line_refuse(SP_REFUSED_malformed, message, "%s: is missing", line_keys[i]);
	return SP_REFUSED_none;
}

/* A sender may leave the time to whoever sends. */
static bool line_is_now(const json_t *found)
{
	return found == NULL || (json_is_string(found) && strcmp(json_string_value(found), "now") == 0);
}

static sp_refusal line_signal(json_t *object, const sp_setup *setup, sp_signal_line *line, sp_message *message)
{
	const json_t *kind = json_object_get(object, "kind"), *subject = json_object_get(object, "subject");
	if (!json_is_string(kind) || !json_is_string(subject))
		return line_refuse(SP_REFUSED_malformed, message, "%s: expected a text",
		                   json_is_string(kind) ? "subject" : "kind");
	const json_t *t = json_object_get(object, "t");
	sp_refusal refusal = SP_REFUSED_none;
	if (setup == NULL && line_is_now(t))
		line->t_ns = SP_TIME_NEVER;
	else
		refusal = line_time("t", t, &line->t_ns, message);
	if (refusal == SP_REFUSED_none)
		refusal = sp_signal_names(setup, json_string_value(kind), json_string_length(kind), json_string_value(subject),
		                          json_string_length(subject), line, message);
	if (refusal == SP_REFUSED_none)
		refusal = line_value(line->kind, json_object_get(object, "value"), &line->value, message);
	if (refusal == SP_REFUSED_none)
		refusal = line_source(json_object_get(object, "source"), line->source, message);
	return refusal;
}

/* --- flat --- */

static bool line_flat_time(const sp_flat_value *found, int64_t *t_ns)
{
	if (found->type == SP_FLAT_WHOLE)
		return line_whole_time("", found->whole, t_ns, NULL) == SP_REFUSED_none;
	return found->type == SP_FLAT_TEXT && sp_time_parse(found->text, found->n, t_ns) == SP_OK;
}

static bool line_flat_value(uint32_t kind, const sp_flat_value *found, sp_value *value)
{
	if (sp_kinds[kind].money)
		return found->type == SP_FLAT_TEXT &&
		       sp_signal_value(kind, found->text, found->n, value, NULL) == SP_REFUSED_none;
	value->real = found->real == 0 ? 0 : found->real;
	return found->type == SP_FLAT_WHOLE || found->type == SP_FLAT_REAL;
}

static bool line_flat_source(const sp_flat_value *found, char source[SP_ID_MAX + 1])
{
	if (found->type == SP_FLAT_ABSENT)
		return true;
	if (found->type != SP_FLAT_TEXT || sp_id_check(found->text, found->n) != SP_OK)
		return false;
	memcpy(source, found->text, found->n);
	source[found->n] = '\0';
	return true;
}

/* false: not in the common form, or not to be taken. */
static bool line_flat(const char *text, size_t n, const sp_setup *setup, sp_signal_line *line)
{
	static const sp_flat_keys keys = {line_keys, LINE_KEYS};
	sp_flat_value found[SP_FLAT_KEYS_MAX];
	if (setup == NULL || !sp_flat_read(text, n, &keys, found))
		return false;
	const sp_flat_value *kind = &found[LINE_KIND], *subject = &found[LINE_SUBJECT];
	line->tick = found[LINE_TICK].type != SP_FLAT_ABSENT;
	if (line->tick) {
		for (uint32_t i = 0; i < LINE_TICK; i++)
			if (found[i].type != SP_FLAT_ABSENT)
				return false;
		return line_flat_time(&found[LINE_TICK], &line->t_ns);
	}
	return kind->type == SP_FLAT_TEXT && subject->type == SP_FLAT_TEXT && line_flat_time(&found[LINE_T], &line->t_ns) &&
	       sp_signal_names(setup, kind->text, kind->n, subject->text, subject->n, line, NULL) == SP_REFUSED_none &&
	       line_flat_value(line->kind, &found[LINE_VALUE], &line->value) &&
	       line_flat_source(&found[LINE_SOURCE], line->source);
}

/* --- both --- */

static sp_refusal line_refuse_json(const json_error_t *error, sp_message *message)
{
	char shown[SP_EXCERPT_MAX];
	switch (json_error_code(error)) {
	case json_error_duplicate_key:
		return line_refuse(SP_REFUSED_malformed, message, "row: a key is given twice (byte %d)", error->position);
	case json_error_numeric_overflow:
		return line_refuse(SP_REFUSED_not_finite, message, "row: a number too large to be held (byte %d)",
		                   error->position);
	default:
		return line_refuse(SP_REFUSED_malformed, message, "row: is no JSON object: %s (byte %d)",
		                   sp_excerpt(error->text, strlen(error->text), shown), error->position);
	}
}

sp_refusal sp_signal_line_parse_tree(const char *text, size_t n, const sp_setup *setup, sp_signal_line *line,
                                     sp_message *message)
{
	SP_ASSERT(text != NULL && line != NULL);
	json_error_t error;
	json_t *object = json_loadb(text, n, JSON_REJECT_DUPLICATES, &error);
	if (object == NULL)
		return line_refuse_json(&error, message);
	sp_signal_line read = {0};
	sp_refusal refusal;
	if (!json_is_object(object)) {
		refusal = line_refuse(SP_REFUSED_malformed, message, "row: is no JSON object");
	} else {
		refusal = line_check_keys(object, setup == NULL, &read.tick, message);
		if (refusal == SP_REFUSED_none && read.tick)
			refusal = line_time("tick", json_object_get(object, "tick"), &read.t_ns, message);
		else if (refusal == SP_REFUSED_none)
			refusal = line_signal(object, setup, &read, message);
	}
	json_decref(object);
	if (refusal == SP_REFUSED_none)
		*line = read;
	return refusal;
}

sp_refusal sp_signal_line_parse(const char *text, size_t n, const sp_setup *setup, sp_signal_line *line,
                                sp_message *message)
{
	SP_ASSERT(text != NULL && line != NULL);
	sp_signal_line read = {0};
	if (!line_flat(text, n, setup, &read))
		return sp_signal_line_parse_tree(text, n, setup, line, message);
	*line = read;
	return SP_REFUSED_none;
}
