/* lot_rules.c - see lot_rules.h. */
#include "sim/import/lot_rules.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "controller/engine/setup.h"

#define RULES_LOT "lot"

static sp_status rules_complain(const char *name, const sp_csv *csv, const char *what, sp_message *message)
{
	return sp_message_set(message, SP_E_SYNTAX, "%s:%llu: %.800s", name, (unsigned long long)csv->lines.row, what);
}

static sp_status rules_take_header(const char *name, const sp_csv *csv, sp_lot_rules *rules, sp_message *message)
{
	if (sp_csv_column(csv, RULES_LOT, strlen(RULES_LOT)) != 0)
		return rules_complain(
		    name, csv, "lot: expected as the first column; the others are columns of the bill or tag:KEY", message);
	rules->columns = calloc(csv->n_columns, sizeof *rules->columns);
	rules->lots = sp_ids_open();
	if (rules->columns == NULL || rules->lots == NULL)
		return SP_E_MEMORY;
	for (uint32_t i = 1; i < csv->n_columns; i++) {
		rules->columns[rules->n_columns] = strdup(csv->columns[i]);
		if (rules->columns[rules->n_columns++] == NULL)
			return SP_E_MEMORY;
	}
	return SP_OK;
}

static sp_status rules_grow(sp_lot_rules *rules)
{
	if (rules->n_rules < rules->room)
		return SP_OK;
	if (rules->n_rules >= SP_LOT_RULES_MAX)
		return SP_E_FULL;
	uint32_t room = rules->room > 0 ? 2 * rules->room : 16;
	uint32_t *lot = realloc(rules->lot, room * sizeof *lot);
	if (lot != NULL)
		rules->lot = lot;
	char **patterns = realloc(rules->patterns, ((size_t)room * rules->n_columns + 1) * sizeof *patterns);
	if (patterns != NULL)
		rules->patterns = patterns;
	if (lot == NULL || patterns == NULL)
		return SP_E_MEMORY;
	rules->room = room;
	return SP_OK;
}

static sp_status rules_take_row(const char *name, const sp_csv *csv, sp_lot_rules *rules, sp_message *message)
{
	sp_status status = rules_grow(rules);
	if (status != SP_OK)
		return status;
	status = sp_ids_add(rules->lots, csv->fields[0].text, csv->fields[0].n, &rules->lot[rules->n_rules]);
	if (status == SP_E_SYNTAX)
		return rules_complain(name, csv, "lot: expected a lot as pool:lot, of A-Z a-z 0-9 . _ : / @ + -", message);
	if (status != SP_OK)
		return status;
	char **patterns = rules->patterns + (size_t)rules->n_rules++ * rules->n_columns;
	memset(patterns, 0, rules->n_columns * sizeof *patterns);
	for (uint32_t i = 0; i < rules->n_columns; i++) {
		patterns[i] = strndup(csv->fields[i + 1].text, csv->fields[i + 1].n);
		if (patterns[i] == NULL)
			return SP_E_MEMORY;
	}
	return SP_OK;
}

sp_status sp_lot_rules_read(FILE *file, const char *name, sp_lot_rules *rules, sp_message *message)
{
	sp_csv csv;
	sp_message what = {""};
	SP_ASSERT(file != NULL && name != NULL);
	*rules = (sp_lot_rules){0};
	sp_status status = sp_csv_open(&csv, file);
	if (status == SP_OK)
		status = sp_csv_header(&csv, &what);
	if (status == SP_OK)
		status = rules_take_header(name, &csv, rules, message);
	else if (status == SP_E_SYNTAX)
		rules_complain(name, &csv, what.text, message);
	while (status == SP_OK) {
		status = sp_csv_next(&csv, &what);
		if (status == SP_E_SYNTAX)
			rules_complain(name, &csv, what.text, message);
		if (status == SP_OK)
			status = rules_take_row(name, &csv, rules, message);
	}
	sp_csv_close(&csv);
	if (status == SP_E_END)
		return SP_OK;
	return status == SP_E_SYNTAX ? status : sp_message_set(message, status, "%s: %s", name, sp_status_text(status));
}

void sp_lot_rules_fini(sp_lot_rules *rules)
{
	for (size_t i = 0; i < (size_t)rules->n_rules * rules->n_columns; i++)
		free(rules->patterns[i]);
	for (uint32_t i = 0; i < rules->n_columns; i++)
		free(rules->columns[i]);
	free(rules->columns);
	free(rules->patterns);
	free(rules->lot);
	sp_ids_close(rules->lots);
	*rules = (sp_lot_rules){0};
}

static bool rules_match(char *const *patterns, const char *const *values, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		if (patterns[i][0] != '\0' && !sp_pattern_match(patterns[i], values[i]))
			return false;
	return true;
}

uint32_t sp_lot_rules_find(const sp_lot_rules *rules, const char *const *values)
{
	for (uint32_t i = 0; i < rules->n_rules; i++)
		if (rules_match(rules->patterns + (size_t)i * rules->n_columns, values, rules->n_columns))
			return rules->lot[i];
	return SP_NO_SLOT;
}
