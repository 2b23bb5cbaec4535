/* param.h - parameter rows: one row says all there is to say of one setting.
 *
 * A table of rows describes a plain struct. From it come the configuration's binding and checks, `config show`, the
 * reference page, the editors' schema, --help, and the tuner's range; nobody writes any of these by hand. */
#ifndef SP_BASE_PARAM_H
#define SP_BASE_PARAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

typedef enum sp_param_type {
	SP_PARAM_REAL,   /* double; a plain number: 2.0 */
	SP_PARAM_COUNT,  /* int64_t; a whole number: 64 */
	SP_PARAM_SPAN,   /* int64_t [ns]; a duration with its unit: 30s */
	SP_PARAM_RATIO,  /* int64_t [ppb]; a percentage or a fraction: 5%, 0.05 */
	SP_PARAM_MONEY,  /* sp_money; a quoted decimal in USD: "2.10" */
	SP_PARAM_TIME,   /* int64_t [ns]; a date or a time: 2027-03-01 */
	SP_PARAM_CHOICE, /* uint32_t; one of `choices` */
	SP_PARAM_FLAG,   /* bool; true or false */
} sp_param_type;

typedef struct sp_param {
	const char *key; /* as written in the configuration; a dot nests: "pass_through.up" */
	sp_param_type type;
	const char *unit; /* "s", "USD per GPU and hour", "of the sheet"; "" where there is none */
	size_t offset;    /* of the field in the described struct */
	double min, max;  /* permitted, both inclusive, in the surface's unit: seconds, USD, [1], count; unused otherwise */
	const char *initial; /* as it would be written; NULL: must be given; "none": absent unless given (SP_PARAM_NONE) */
	const char *const *choices; /* NULL-terminated; SP_PARAM_CHOICE only */
	const char *help;           /* one sentence */
} sp_param;

/* The stored value of an integer-typed parameter that is "none". "none" is an answer only where the row's initial value is
 * "none". A REAL has no value to spare (NaN is banned): there "none" leaves the field as it is, so zero the record first.
 * A CHOICE may have a choice of that name; a FLAG cannot be none. */
#define SP_PARAM_NONE INT64_MIN

/* sp_param_parse - reads text as the row says and writes the field of `record`.
 *
 * in     row; text, n [bytes]; record: the struct that the table describes
 * out    the field; written only on SP_OK
 * fails  SP_E_SYNTAX, SP_E_RANGE, SP_E_OVERFLOW, SP_E_NOT_FINITE, SP_E_UNKNOWN (a choice); `message` says what is expected,
 *        with an example: "expected a duration with its unit, such as 30s"
 * cost   O(n), allocates: no */
sp_status sp_param_parse(const sp_param *row, const char *text, size_t n, void *record, sp_message *message);

/* sp_param_format - the field as it would be written ("30s", "5%", "2.10", "none"); returns text. */
char *sp_param_format(const sp_param *row, const void *record, char text[64]);

/* sp_params_init - writes every row's initial value; a row without one is left as it is. The table must be sound (asserted). */
void sp_params_init(const sp_param *rows, size_t n_rows, void *record);

/* sp_param_find - the row of a key, or NULL. */
const sp_param *sp_param_find(const sp_param *rows, size_t n_rows, const char *key, size_t n);

/* sp_params_check - is the table sound: keys unique and well-formed, initials parse and lie in range, help given? For the
 * registries' own checks at start; the message names the row. */
sp_status sp_params_check(const sp_param *rows, size_t n_rows, size_t record_size, sp_message *message);

#endif
