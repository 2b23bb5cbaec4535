/* kinds.h - the estimators there are, told from their tables: a list, one explained, and the reference page's part. Laws tell of
 * themselves by the same pages. */
#ifndef SP_CLI_KINDS_H
#define SP_CLI_KINDS_H

#include <stdio.h>

#include "cli/screen.h"
#include "estimators/estimator.h"

/* sp_kinds_find - by its name; NULL: none, and `message` says which there are and which is nearest. */
const sp_estimator_ops *sp_kinds_find(const char *name, sp_message *message);

/* sp_kinds_set - one parameter from KEY=VALUE into a block of the kind.
 * fails  SP_E_UNKNOWN no such parameter; else as sp_param_parse; the message says what there is or is expected */
sp_status sp_kinds_set(const sp_estimator_ops *ops, const char *setting, void *params, sp_message *message);

/* What a page says of an estimator or a law. */
typedef struct sp_kind_page {
	const char *name, *help, *formula, *source;
	const char *const *more; /* further lines for a terminal: label, text, …, NULL */
	const char *cost;        /* of an answer, in words */
	size_t state_size;
	uint32_t version;
	const sp_param *params;
	size_t n_params;
} sp_kind_page;

sp_status sp_kind_page_print(const sp_kind_page *page, const sp_screen *screen, FILE *out);
void sp_kind_page_reference(const sp_kind_page *page, FILE *out); /* as Markdown */

/* One line a kind: name and when to choose it. */
sp_status sp_kinds_list(const sp_screen *screen, FILE *out);

/* Formula, source, parameters with defaults and ranges. */
sp_status sp_kinds_explain(const sp_estimator_ops *ops, const sp_screen *screen, FILE *out);

/* All of them as Markdown: the generated part of docs/estimators.md. */
void sp_kinds_reference(FILE *out);

#endif
