/* asking.c - see asking.h. */
#include "cli/asking.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/assert.h"

#define ASK_MS 5000 /* a daemon that commits to a slow disk answers in between */

static sp_status find_home(const char *state, sp_home *home, sp_message *message)
{
	char *known = state ? NULL : sp_home_default();
	sp_status status;

	if (!state && !known)
		return sp_message_set(message, SP_E_ABSENT,
		                      "where is the state directory? Neither XDG_STATE_HOME nor HOME is set; give --state DIR");
	status = sp_home_find(state ? state : known, home, message);
	free(known);
	return status;
}

sp_exit sp_asking_home(const char *state, sp_home *home)
{
	sp_message message = {{0}};
	sp_status status = find_home(state, home, &message);

	return sp_exit_with(status, &message);
}

sp_exit sp_asking_open(const char *state, sp_asking *asking)
{
	sp_exit code;

	memset(asking, 0, sizeof *asking);
	code = sp_asking_home(state, &asking->home);
	if (code != SP_EXIT_OK)
		return code;
	asking->decoder = sp_wire_open();
	if (asking->decoder)
		return SP_EXIT_OK;
	sp_home_fini(&asking->home);
	return sp_exit_with(SP_E_MEMORY, NULL);
}

void sp_asking_close(sp_asking *asking)
{
	sp_wire_close(asking->decoder);
	sp_home_fini(&asking->home);
}

static sp_status add_argument(sp_control_request *request, const char *argument, sp_message *message)
{
	char *to = request->arguments[request->n_arguments++];

	if (strlen(argument) > SP_CONTROL_TEXT_MAX)
		return sp_message_set(message, SP_E_SYNTAX, "'%.40s…' is longer than any name", argument);
	strcpy(to, argument);
	return SP_OK;
}

sp_status sp_asking_try(sp_asking *asking, sp_control_verb verb, const char *first, const char *second,
                        sp_message *message)
{
	sp_control_request request = {.verb = verb};
	sp_status status = SP_OK;

	SP_ASSERT(asking->decoder && (first || !second));
	memset(&asking->table, 0, sizeof asking->table);
	if (first)
		status = add_argument(&request, first, message);
	if (status == SP_OK && second)
		status = add_argument(&request, second, message);
	if (status == SP_OK)
		status = sp_control_ask(asking->home.control, &request, ASK_MS, asking->decoder, &asking->table, message);
	if (status != SP_OK || asking->table.status == SP_OK)
		return status;
	return sp_message_set(message, asking->table.status, "%s", asking->table.text);
}

sp_exit sp_asking_ask(sp_asking *asking, sp_control_verb verb, const char *first, const char *second)
{
	sp_message message = {{0}};
	sp_status status = sp_asking_try(asking, verb, first, second, &message);

	return sp_exit_with(status, &message);
}

const char *sp_asking_cell(const sp_asking *asking, uint32_t row, uint32_t column)
{
	const sp_control_table *table = &asking->table;

	SP_ASSERT(row < table->n_rows);
	return column < table->n_cells ? table->cells[row * table->n_cells + column] : "";
}

const char *sp_asking_since(const sp_asking *asking, uint32_t row, uint32_t column, char text[SP_NUMBER_MAX])
{
	const char *cell = sp_asking_cell(asking, row, column);
	struct timespec now;
	int64_t t_ns;

	if (sp_time_parse(cell, strlen(cell), &t_ns) != SP_OK)
		return cell;
	clock_gettime(CLOCK_REALTIME, &now);
	return sp_number_span(now.tv_sec * SP_SEC + now.tv_nsec - t_ns, text);
}

const char *sp_asking_moment(const sp_asking *asking, uint32_t row, uint32_t column, char text[SP_NUMBER_MAX])
{
	const char *cell = sp_asking_cell(asking, row, column);
	int64_t t_ns;

	return sp_time_parse(cell, strlen(cell), &t_ns) == SP_OK ? sp_number_moment(t_ns, text) : cell;
}
