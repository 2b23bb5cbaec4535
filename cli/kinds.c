/* kinds.c - see kinds.h. */
#include "cli/kinds.h"

#include <ctype.h>
#include <string.h>

#include "base/assert.h"
#include "base/ids.h"
#include "cli/table.h"
#include "cli/wrap.h"
#include "controller/config/words.h"

#define LABEL_WIDE 9

/* --- by name --- */

/* The nearest of the registry's names, or of one kind's keys. */
static const char *nearest(const sp_estimator_ops *ops, const char *text, size_t n)
{
	static char found[64];
	sp_ids *names = sp_ids_open();
	uint32_t slot;

	if (!names)
		return NULL;
	for (size_t i = 0; !ops && sp_estimators[i]; i++)
		sp_ids_add(names, sp_estimators[i]->name, strlen(sp_estimators[i]->name), &slot);
	for (size_t i = 0; ops && i < ops->n_params; i++)
		sp_ids_add(names, ops->params[i].key, strlen(ops->params[i].key), &slot);
	const char *near = sp_ids_nearest(names, text, n);
	snprintf(found, sizeof found, "%s", near ? near : "");
	sp_ids_close(names);
	return found[0] ? found : NULL;
}

const sp_estimator_ops *sp_kinds_find(const char *name, sp_message *message)
{
	const sp_estimator_ops *ops = sp_estimator_find(name, strlen(name));
	const char *near = ops ? NULL : nearest(NULL, name, strlen(name));

	if (!ops)
		sp_message_set(message, SP_E_UNKNOWN, "there is no estimator '%.60s'%s%s%s; --list names all", name,
		               near ? ": did you mean " : "", near ? near : "", near ? "?" : "");
	return ops;
}

sp_status sp_kinds_set(const sp_estimator_ops *ops, const char *setting, void *params, sp_message *message)
{
	const char *equals = strchr(setting, '=');
	size_t n = equals ? (size_t)(equals - setting) : strlen(setting);
	const sp_param *row = sp_param_find(ops->params, ops->n_params, setting, n);
	const char *near = row ? NULL : nearest(ops, setting, n);
	sp_message what = {{0}};
	sp_status status;

	if (!row)
		return sp_message_set(message, SP_E_UNKNOWN, "%s has no parameter '%.*s'%s%s%s; --explain %s shows all",
		                      ops->name, (int)(n < 60 ? n : 60), setting, near ? ": did you mean " : "",
		                      near ? near : "", near ? "?" : "", ops->name);
	if (!equals)
		return sp_message_set(message, SP_E_SYNTAX, "'%s' has no value; write %s=%s", setting, row->key,
		                      row->initial ? row->initial : "VALUE");
	status = sp_param_parse(row, equals + 1, strlen(equals + 1), params, &what);
	return status == SP_OK ? SP_OK : sp_message_set(message, status, "%s: %s", row->key, what.text);
}

/* --- for the terminal --- */

sp_status sp_kinds_list(const sp_screen *screen, FILE *out)
{
	static const sp_table_column columns[] = {{"KIND", SP_TABLE_LEFT}, {"", SP_TABLE_LEFT}, {NULL, SP_TABLE_LEFT}};
	sp_table *table = sp_table_open(columns);
	sp_status status = SP_E_MEMORY;

	for (size_t i = 0; table && sp_estimators[i]; i++)
		sp_table_add(table, SP_COLOUR_PLAIN, (const char *[]){sp_estimators[i]->name, sp_estimators[i]->help});
	if (table)
		status = sp_table_print(table, screen, out);
	sp_table_close(table);
	return status;
}

/* Backquotes are Markdown's. */
static char *plain_words(const sp_param *row, char words[SP_WORDS_MAX])
{
	char *to = words;

	sp_row_words(row, words);
	for (const char *from = words; *from; from++)
		if (*from != '`')
			*to++ = *from;
	*to = '\0';
	return words;
}

static void explain_line(const sp_screen *screen, const char *label, const char *text, FILE *out)
{
	int at = (int)strlen(label) < LABEL_WIDE ? LABEL_WIDE : (int)strlen(label) + 2;

	fprintf(out, "%-*s", at, label);
	sp_wrap_line(out, screen, text, at, LABEL_WIDE);
}

sp_status sp_kind_page_print(const sp_kind_page *page, const sp_screen *screen, FILE *out)
{
	static const sp_table_column columns[] = {
	    {"PARAMETER", SP_TABLE_LEFT}, {"DEFAULT", SP_TABLE_LEFT}, {"EXPECTS", SP_TABLE_LEFT},
	    {"", SP_TABLE_LEFT},          {NULL, SP_TABLE_LEFT},
	};
	sp_table *table = sp_table_open(columns);
	char words[SP_WORDS_MAX];
	sp_status status = SP_OK;

	if (!table)
		return SP_E_MEMORY;
	explain_line(screen, page->name, page->help, out);
	explain_line(screen, "formula", page->formula, out);
	explain_line(screen, "source", page->source, out);
	for (const char *const *more = page->more; more && *more; more += 2)
		explain_line(screen, more[0], more[1], out);
	fprintf(out, "%-*s%zu bytes; %s; version %u\n\n", LABEL_WIDE, "state", page->state_size, page->cost, page->version);
	for (size_t i = 0; i < page->n_params; i++) {
		const sp_param *row = &page->params[i];
		sp_table_add(table, SP_COLOUR_PLAIN,
		             (const char *[]){row->key, row->initial ? row->initial : "must be given", plain_words(row, words),
		                              row->help});
	}
	if (page->n_params > 0)
		status = sp_table_print(table, screen, out);
	sp_table_close(table);
	return status;
}

static sp_kind_page page_of(const sp_estimator_ops *ops)
{
	return (sp_kind_page){ops->name,       ops->help,    ops->formula, ops->source,  NULL, "O(1) an observation",
	                      ops->state_size, ops->version, ops->params,  ops->n_params};
}

sp_status sp_kinds_explain(const sp_estimator_ops *ops, const sp_screen *screen, FILE *out)
{
	const sp_kind_page page = page_of(ops);

	return sp_kind_page_print(&page, screen, out);
}

/* --- for the page --- */

void sp_kind_page_reference(const sp_kind_page *page, FILE *out)
{
	char words[SP_WORDS_MAX];

	fprintf(out, "### `%s`\n\n%s\n\n    %s\n\n", page->name, page->help, page->formula);
	if (page->n_params > 0)
		fputs("| parameter | expects | unless given | |\n|---|---|---|---|\n", out);
	for (size_t i = 0; i < page->n_params; i++) {
		const sp_param *row = &page->params[i];
		bool says = row->unit[0] && row->type != SP_PARAM_SPAN;
		fprintf(out, "| `%s` | %s%s%s%s | `%s` | %s |\n", row->key, sp_row_words(row, words), says ? " (" : "",
		        says ? row->unit : "", says ? ")" : "", row->initial ? row->initial : "required", row->help);
	}
	for (const char *const *more = page->more; more && *more; more += 2)
		fprintf(out, "%s%c%s: %s.\n", more == page->more ? "\n" : "", toupper((unsigned char)more[0][0]), more[0] + 1,
		        more[1]);
	fprintf(out, "\nSource: %s. State: %zu bytes.\n\n", page->source, page->state_size);
}

void sp_kinds_reference(FILE *out)
{
	for (size_t i = 0; sp_estimators[i]; i++) {
		const sp_kind_page page = page_of(sp_estimators[i]);
		sp_kind_page_reference(&page, out);
	}
}
