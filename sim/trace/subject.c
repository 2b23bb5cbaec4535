/* subject.c - see subject.h. */
#include "sim/trace/subject.h"

#include <string.h>

#include "base/assert.h"
#include "base/ids.h"
#include "sim/trace/preset.h"

#define SUBJECT_LIST_MAX 500 /* [bytes] of a list in a message */

/* The subjects that fit, in the configuration's order; returns how many, `only` is the last. */
static uint32_t subject_list(const sp_setup *setup, const sp_trace_choice *choice, char list[SUBJECT_LIST_MAX],
                             uint32_t *only)
{
	uint32_t n = 0;
	size_t used = 0;
	list[0] = '\0';
	for (uint32_t i = 0; i < setup->n_subjects; i++) {
		if (setup->subjects[i].type != choice->type || !choice->fits(setup, setup->subjects[i].slot))
			continue;
		const char *name = sp_ids_name(setup->names, i);
		if (used + strlen(name) + 8 < SUBJECT_LIST_MAX)
			used += (size_t)sprintf(list + used, "%s%s", n > 0 ? ", " : "", name);
		else if (used + 6 < SUBJECT_LIST_MAX && strcmp(list + used - 3, "...") != 0)
			used += (size_t)sprintf(list + used, ", ...");
		*only = i;
		n++;
	}
	return n;
}

static sp_status subject_unknown(const sp_trace *trace, const char *name, const char *what, const char *list,
                                 sp_message *message)
{
	const char *near = sp_ids_nearest(trace->setup->names, name, strlen(name));
	bool fit = sp_ids_find(trace->setup->names, name, strlen(name)) != SP_NO_SLOT;
	if (fit)
		return sp_message_set(message, SP_E_UNKNOWN, "trace '%s': subject=%s is not %s; there are: %s",
		                      trace->spec_text, name, what, list[0] != '\0' ? list : "none");
	return sp_message_set(message, SP_E_UNKNOWN,
	                      "trace '%s': no subject '%s' in the configuration%s%s%s; %s is expected, there are: %s",
	                      trace->spec_text, name, near != NULL ? " (did you mean '" : "", near != NULL ? near : "",
	                      near != NULL ? "'?)" : "", what, list[0] != '\0' ? list : "none");
}

sp_status sp_trace_choose(const sp_trace *trace, const sp_trace_choice *choice, uint32_t *slot, sp_message *message)
{
	SP_ASSERT(choice->fits != NULL && slot != NULL);
	const sp_setup *setup = trace->setup;
	char list[SUBJECT_LIST_MAX];
	uint32_t found = SP_NO_SLOT;
	uint32_t n = subject_list(setup, choice, list, &found);
	const char *name = sp_spec_find(&trace->spec, "subject");
	if (name != NULL) {
		found = sp_ids_find(setup->names, name, strlen(name));
		if (found == SP_NO_SLOT || setup->subjects[found].type != choice->type ||
		    !choice->fits(setup, setup->subjects[found].slot))
			return subject_unknown(trace, name, choice->what, list, message);
	} else if (n == 0) {
		return sp_message_set(message, SP_E_UNKNOWN, "trace '%s': the configuration has not %s to take it",
		                      trace->spec_text, choice->what);
	} else if (n > 1) {
		return sp_message_set(message, SP_E_UNKNOWN, "trace '%s': %u could take it; choose with subject=NAME: %s",
		                      trace->spec_text, n, list);
	}
	*slot = setup->subjects[found].slot;
	return SP_OK;
}
