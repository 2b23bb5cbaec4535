/* param.c - reads, writes and checks parameters by their rows.
 *
 * Every type but REAL, CHOICE and FLAG is an int64 in the record. Those with bounds count in units of the surface's unit
 * (1 for COUNT, 1e-9 for the others), so one comparison and one wording of the bounds serve them all. */
#include "base/param.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "base/ids.h"
#include "base/math.h"
#include "base/money.h"
#include "base/real.h"
#include "base/time.h"

#define PARAM_TEXT_MAX  64
#define PARAM_FOUND_MAX 40 /* [bytes] of a refused text that a message repeats */

_Static_assert(sizeof(sp_money) == sizeof(int64_t), "money is held as an int64");

/* How a type is spoken of. */
typedef struct param_form {
	const char *noun, *more, *example; /* "a duration", " with its unit", "30s" */
	size_t size, align;                /* of the field */
	bool bounded;
} param_form;

static const param_form param_forms[] = {
    [SP_PARAM_REAL] = {"a number", "", "2.5", sizeof(double), _Alignof(double), true},
    [SP_PARAM_COUNT] = {"a whole number", "", "64", sizeof(int64_t), _Alignof(int64_t), true},
    [SP_PARAM_SPAN] = {"a duration", " with its unit", "30s", sizeof(int64_t), _Alignof(int64_t), true},
    [SP_PARAM_RATIO] = {"a percentage or a fraction", "", "5% or 0.05", sizeof(int64_t), _Alignof(int64_t), true},
    [SP_PARAM_MONEY] = {"an amount in USD", " as a quoted decimal", "2.10", sizeof(sp_money), _Alignof(sp_money), true},
    [SP_PARAM_TIME] = {"a date or a time", "", "2027-03-01 or 2027-03-01T12:00:00Z", sizeof(int64_t), _Alignof(int64_t),
                       false},
    [SP_PARAM_CHOICE] = {"one of", "", "", sizeof(uint32_t), _Alignof(uint32_t), false},
    [SP_PARAM_FLAG] = {"true or false", "", "", sizeof(bool), _Alignof(bool), false},
};

#define PARAM_TYPES (sizeof param_forms / sizeof param_forms[0])

static bool param_is(const char *word, const char *text, size_t n)
{
	return strlen(word) == n && memcmp(word, text, n) == 0;
}

/* Is "none" an answer? Only where the row starts with it; a choice may have a choice of that name instead. */
static bool param_may_be_none(const sp_param *row)
{
	return row->initial != NULL && strcmp(row->initial, "none") == 0 && row->type != SP_PARAM_CHOICE;
}

/* Reading */

static sp_status param_parse_count(const char *text, size_t n, int64_t *value)
{
	const bool negative = n > 0 && text[0] == '-';
	size_t at = n > 0 && (text[0] == '-' || text[0] == '+') ? 1 : 0;
	int64_t x = 0;
	sp_status status = at < n ? SP_OK : SP_E_SYNTAX;
	for (; at < n; at++) {
		if (text[at] < '0' || text[at] > '9') {
			return SP_E_SYNTAX;
		}
		const int digit = negative ? '0' - text[at] : text[at] - '0';
		if (__builtin_mul_overflow(x, 10, &x) || __builtin_add_overflow(x, digit, &x)) {
			status = SP_E_OVERFLOW;
		}
	}
	*value = x;
	return status;
}

/* "5%" is read as 5 and divided by 100, exactly or not at all. */
static sp_status param_parse_ratio(const char *text, size_t n, int64_t *ppb)
{
	const bool percent = n > 0 && text[n - 1] == '%';
	const sp_status status = sp_decimal_parse(text, percent ? n - 1 : n, ppb);
	if (status != SP_OK || !percent) {
		return status;
	}
	if (*ppb % 100 != 0) {
		return SP_E_RANGE;
	}
	*ppb /= 100;
	return SP_OK;
}

static sp_status param_parse_integer(const sp_param *row, const char *text, size_t n, int64_t *value)
{
	switch (row->type) {
	case SP_PARAM_COUNT:
		return param_parse_count(text, n, value);
	case SP_PARAM_SPAN:
		return sp_span_parse(text, n, value);
	case SP_PARAM_RATIO:
		return param_parse_ratio(text, n, value);
	case SP_PARAM_MONEY:
		return sp_decimal_parse(text, n, value);
	default:
		SP_ASSERT(row->type == SP_PARAM_TIME);
		return sp_time_parse(text, n, value);
	}
}

/* A bound in the field's unit; what does not fit bounds nothing. */
static int64_t param_bound(const sp_param *row, double bound)
{
	int64_t value = 0;
	const double scaled = row->type == SP_PARAM_COUNT ? bound : bound * (double)SP_NANO;
	if (sp_round_even(scaled, &value) != SP_OK) {
		return bound < 0 ? INT64_MIN : INT64_MAX;
	}
	return value;
}

/* Writing */

/* The ending that the amount of USD has at a till: two places at least. */
static void param_format_money(int64_t nano, char *text)
{
	sp_decimal_format_short(nano, text);
	const char *point = strchr(text, '.');
	const size_t places = point != NULL ? strlen(point + 1) : 0;
	if (places < 2) {
		strcat(text, point == NULL ? ".00" : "0");
	}
}

static void param_format_ratio(int64_t ppb, char *text)
{
	int64_t percent = 0;
	if (__builtin_mul_overflow(ppb, 100, &percent)) {
		sp_decimal_format_short(ppb, text);
	} else {
		sp_decimal_format_short(percent, text);
		strcat(text, "%");
	}
}

static char *param_format_integer(sp_param_type type, int64_t value, char text[PARAM_TEXT_MAX])
{
	switch (type) {
	case SP_PARAM_COUNT:
		snprintf(text, PARAM_TEXT_MAX, "%" PRId64, value);
		break;
	case SP_PARAM_SPAN:
		sp_span_format(value, text);
		break;
	case SP_PARAM_RATIO:
		param_format_ratio(value, text);
		break;
	case SP_PARAM_MONEY:
		param_format_money(value, text);
		break;
	default:
		SP_ASSERT(type == SP_PARAM_TIME);
		sp_time_format(value, text);
	}
	return text;
}

char *sp_param_format(const sp_param *row, const void *record, char text[64])
{
	SP_ASSERT(row != NULL && record != NULL && text != NULL);
	const char *field = (const char *)record + row->offset;
	int64_t value = 0;
	double real = 0;
	uint32_t choice = 0;
	switch (row->type) {
	case SP_PARAM_REAL:
		memcpy(&real, field, sizeof real);
		return sp_real_format(real, text);
	case SP_PARAM_CHOICE:
		memcpy(&choice, field, sizeof choice);
		snprintf(text, PARAM_TEXT_MAX, "%s", row->choices[choice]);
		return text;
	case SP_PARAM_FLAG:
		return strcpy(text, *(const bool *)field ? "true" : "false");
	default:
		memcpy(&value, field, sizeof value);
		return value == SP_PARAM_NONE ? strcpy(text, "none") : param_format_integer(row->type, value, text);
	}
}

/* Complaining */

/* A text that is put together piece by piece; what does not fit is left out. */
typedef struct param_text {
	char text[SP_MESSAGE_MAX];
	size_t n;
} param_text;

static void param_say(param_text *t, const char *text)
{
	const size_t n = strlen(text);
	if (n < sizeof t->text - t->n) {
		memcpy(t->text + t->n, text, n + 1);
		t->n += n;
	}
}

/* " from 1s to 1d", " of at least 1s", " of at most 1d" or nothing: a bound that cannot be reached is not worth a word. */
static void param_say_bounds(param_text *t, const sp_param *row)
{
	char low[PARAM_TEXT_MAX] = "";
	char high[PARAM_TEXT_MAX] = "";
	if (!param_forms[row->type].bounded) {
		return;
	}
	const int64_t min = param_bound(row, row->min);
	const int64_t max = param_bound(row, row->max);
	if (row->type == SP_PARAM_REAL) {
		if (sp_finite(row->min)) {
			sp_real_format(row->min, low);
		}
		if (sp_finite(row->max)) {
			sp_real_format(row->max, high);
		}
	} else {
		if (min != INT64_MIN) {
			param_format_integer(row->type, min, low);
		}
		if (max != INT64_MAX) {
			param_format_integer(row->type, max, high);
		}
	}
	const bool both = low[0] != '\0' && high[0] != '\0';
	param_say(t, both ? " from " : low[0] != '\0' ? " of at least " : high[0] != '\0' ? " of at most " : "");
	param_say(t, low);
	param_say(t, both ? " to " : "");
	param_say(t, high);
}

static void param_say_choices(param_text *t, const sp_param *row)
{
	for (size_t i = 0; row->choices[i] != NULL; i++) {
		const bool last = row->choices[i + 1] == NULL;
		param_say(t, i == 0 ? " " : last ? " or " : ", ");
		param_say(t, row->choices[i]);
	}
}

/* The row's own initial value where it has one, since that is an example that is right here. */
static void param_say_example(param_text *t, const sp_param *row)
{
	const param_form *form = &param_forms[row->type];
	if (form->example[0] == '\0') {
		return;
	}
	const bool own = row->initial != NULL && strcmp(row->initial, "none") != 0;
	const char *quote = row->type == SP_PARAM_MONEY ? "\"" : "";
	param_say(t, ", such as ");
	param_say(t, quote);
	param_say(t, own ? row->initial : form->example);
	param_say(t, quote);
}

/* The refused text as far as it can be shown. */
static void param_say_found(param_text *t, const char *text, size_t n)
{
	char shown[PARAM_FOUND_MAX + 1];
	size_t i = 0;
	for (; i < n && i < PARAM_FOUND_MAX; i++) {
		shown[i] = text[i] >= ' ' && text[i] <= '~' ? text[i] : '?';
	}
	shown[i] = '\0';
	param_say(t, n == 0 ? "; found nothing" : "; found \"");
	param_say(t, shown);
	param_say(t, n == 0 ? "" : n > PARAM_FOUND_MAX ? "…\"" : "\"");
}

static void param_say_nearest(param_text *t, const sp_param *row, const char *text, size_t n)
{
	const char *best = NULL;
	unsigned limit = n / 3 < 3 ? (unsigned)(n / 3) : 3;
	for (size_t i = 0; row->choices[i] != NULL; i++) {
		const unsigned distance = sp_text_distance(row->choices[i], strlen(row->choices[i]), text, n, limit);
		if (distance <= limit && distance > 0) {
			best = row->choices[i];
			limit = distance - 1;
		}
	}
	if (best != NULL) {
		param_say(t, "; did you mean ");
		param_say(t, best);
		param_say(t, "?");
	}
}

/* "expected a duration from 1s to 1d, such as 30s; found "2d"" */
static sp_status param_refuse(const sp_param *row, const char *text, size_t n, sp_status status, sp_message *message)
{
	const param_form *form = &param_forms[row->type];
	const bool range = status == SP_E_RANGE || status == SP_E_OVERFLOW;
	param_text t = {.n = 0};
	param_say(&t, "expected ");
	param_say(&t, status == SP_E_NOT_FINITE ? "a finite number" : form->noun);
	if (row->type == SP_PARAM_CHOICE) {
		param_say_choices(&t, row);
	} else if (range) {
		param_say_bounds(&t, row);
	} else {
		param_say(&t, form->more);
	}
	param_say(&t, param_may_be_none(row) ? " or none" : "");
	param_say_example(&t, row);
	param_say_found(&t, text, n);
	if (row->type == SP_PARAM_CHOICE) {
		param_say_nearest(&t, row, text, n);
	}
	return sp_message_set(message, status, "%s", t.text);
}

/* Fields */

static sp_status param_set_real(const sp_param *row, const char *text, size_t n, void *field)
{
	double value = 0;
	const sp_status status = sp_real_parse(text, n, &value);
	if (status != SP_OK) {
		return status;
	}
	if (value < row->min || value > row->max) {
		return SP_E_RANGE;
	}
	memcpy(field, &value, sizeof value);
	return SP_OK;
}

static sp_status param_set_integer(const sp_param *row, const char *text, size_t n, void *field)
{
	int64_t value = 0;
	const sp_status status = param_parse_integer(row, text, n, &value);
	if (status != SP_OK) {
		return status;
	}
	const bool bounded = param_forms[row->type].bounded;
	if (bounded && (value < param_bound(row, row->min) || value > param_bound(row, row->max))) {
		return SP_E_RANGE;
	}
	if (value == SP_PARAM_NONE) {
		return SP_E_OVERFLOW;
	}
	memcpy(field, &value, sizeof value);
	return SP_OK;
}

static sp_status param_set_choice(const sp_param *row, const char *text, size_t n, void *field)
{
	for (uint32_t i = 0; row->choices[i] != NULL; i++) {
		if (param_is(row->choices[i], text, n)) {
			memcpy(field, &i, sizeof i);
			return SP_OK;
		}
	}
	return SP_E_UNKNOWN;
}

static sp_status param_set_flag(const char *text, size_t n, void *field)
{
	const bool value = param_is("true", text, n);
	if (!value && !param_is("false", text, n)) {
		return SP_E_SYNTAX;
	}
	memcpy(field, &value, sizeof value);
	return SP_OK;
}

static void param_set_none(const sp_param *row, void *field)
{
	const int64_t none = SP_PARAM_NONE;
	if (row->type != SP_PARAM_REAL) {
		memcpy(field, &none, sizeof none);
	}
}

static sp_status param_set(const sp_param *row, const char *text, size_t n, void *field)
{
	if (param_may_be_none(row) && param_is("none", text, n)) {
		param_set_none(row, field);
		return SP_OK;
	}
	switch (row->type) {
	case SP_PARAM_REAL:
		return param_set_real(row, text, n, field);
	case SP_PARAM_CHOICE:
		return param_set_choice(row, text, n, field);
	case SP_PARAM_FLAG:
		return param_set_flag(text, n, field);
	default:
		return param_set_integer(row, text, n, field);
	}
}

sp_status sp_param_parse(const sp_param *row, const char *text, size_t n, void *record, sp_message *message)
{
	SP_ASSERT(row != NULL && record != NULL && (unsigned)row->type < PARAM_TYPES);
	SP_ASSERT(text != NULL || n == 0);
	const sp_status status = param_set(row, text, n, (char *)record + row->offset);
	if (status != SP_OK) {
		return param_refuse(row, text, n, status, message);
	}
	return sp_message_set(message, SP_OK, "%s", "");
}

/* Tables */

void sp_params_init(const sp_param *rows, size_t n_rows, void *record)
{
	for (size_t i = 0; i < n_rows; i++) {
		if (rows[i].initial == NULL) {
			continue;
		}
		const sp_status status = sp_param_parse(&rows[i], rows[i].initial, strlen(rows[i].initial), record, NULL);
		SP_ASSERT(status == SP_OK);
	}
}

const sp_param *sp_param_find(const sp_param *rows, size_t n_rows, const char *key, size_t n)
{
	SP_ASSERT(key != NULL || n == 0);
	for (size_t i = 0; i < n_rows; i++) {
		if (param_is(rows[i].key, key, n)) {
			return &rows[i];
		}
	}
	return NULL;
}

/* Lower-case words of letters, digits and '_', nested by single dots. */
static bool param_key_is_sound(const char *key)
{
	bool start = true;
	for (; *key != '\0'; key++) {
		const bool letter = *key >= 'a' && *key <= 'z';
		const bool later = (*key >= '0' && *key <= '9') || *key == '_' || *key == '.';
		if (!letter && (start || !later)) {
			return false;
		}
		start = *key == '.';
	}
	return !start;
}

static const char *param_choices_fault(const sp_param *row)
{
	if (row->type != SP_PARAM_CHOICE) {
		return row->choices != NULL ? "has choices but is not a choice" : NULL;
	}
	if (row->choices == NULL || row->choices[0] == NULL) {
		return "has no choices";
	}
	for (size_t i = 0; row->choices[i] != NULL; i++) {
		if (row->choices[i][0] == '\0' || strlen(row->choices[i]) >= PARAM_TEXT_MAX) {
			return "has a choice that is empty or too long";
		}
	}
	return NULL;
}

static const char *param_fault(const sp_param *row, size_t record_size)
{
	if ((unsigned)row->type >= PARAM_TYPES) {
		return "has no type";
	}
	if (!param_key_is_sound(row->key)) {
		return "has a key that is not lower-case words, digits, '_' and single dots";
	}
	const param_form *form = &param_forms[row->type];
	if (row->offset % form->align != 0 || row->offset > record_size || record_size - row->offset < form->size) {
		return "lies outside its record or is not aligned";
	}
	if (row->unit == NULL || row->help == NULL || row->help[0] == '\0') {
		return "lacks its unit or its help";
	}
	if (form->bounded && !(row->min <= row->max)) {
		return "has bounds that cross or are NaN";
	}
	if (row->type == SP_PARAM_FLAG && param_may_be_none(row)) {
		return "is a flag and cannot be none";
	}
	return param_choices_fault(row);
}

/* Parses the initial value into a field of the largest size. */
static sp_status param_check_initial(const sp_param *row, sp_message *message)
{
	int64_t field = 0;
	sp_param at_start = *row;
	at_start.offset = 0;
	sp_message why;
	if (row->initial == NULL) {
		return SP_OK;
	}
	if (sp_param_parse(&at_start, row->initial, strlen(row->initial), &field, &why) != SP_OK) {
		return sp_message_set(message, SP_E_MISMATCH, "row \"%s\": initial value: %s", row->key, why.text);
	}
	return SP_OK;
}

static sp_status param_check(const sp_param *rows, size_t i, size_t record_size, sp_message *message)
{
	const sp_param *row = &rows[i];
	if (row->key == NULL) {
		return sp_message_set(message, SP_E_MISMATCH, "row %zu has no key", i);
	}
	const char *fault = param_fault(row, record_size);
	if (fault != NULL) {
		return sp_message_set(message, SP_E_MISMATCH, "row \"%s\" %s", row->key, fault);
	}
	if (sp_param_find(rows, i, row->key, strlen(row->key)) != NULL) {
		return sp_message_set(message, SP_E_DUPLICATE, "row \"%s\" is there twice", row->key);
	}
	return param_check_initial(row, message);
}

sp_status sp_params_check(const sp_param *rows, size_t n_rows, size_t record_size, sp_message *message)
{
	SP_ASSERT(rows != NULL || n_rows == 0);
	for (size_t i = 0; i < n_rows; i++) {
		const sp_status status = param_check(rows, i, record_size, message);
		if (status != SP_OK) {
			return status;
		}
	}
	return sp_message_set(message, SP_OK, "%s", "");
}
