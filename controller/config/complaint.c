/* complaint.c - the list of all that is wrong with a file. It is bounded, and a list that cannot grow still counts. */
#include "controller/config/complaint.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"

void sp_complaints_fini(sp_complaints *complaints)
{
	free(complaints->list);
	*complaints = (sp_complaints){0};
}

/* Room for one more, or NULL. */
static sp_complaint *complaints_room(sp_complaints *complaints)
{
	sp_complaint *list;
	size_t room = complaints->room ? 2 * complaints->room : 8;

	if (complaints->n == SP_COMPLAINTS_MAX)
		return NULL;
	if (complaints->n < complaints->room)
		return &complaints->list[complaints->n];
	list = realloc(complaints->list, room * sizeof(*list));
	if (!list)
		return NULL;
	complaints->list = list;
	complaints->room = room;
	return &list[complaints->n];
}

/* What a user wrote must not steer a terminal. */
static void complaint_sanitise(char *text)
{
	for (; *text; text++) {
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			*text = '?';
	}
}

void sp_complaints_add(sp_complaints *complaints, const sp_complaint_place *place, const char *format, va_list args)
{
	sp_complaint *complaint;
	sp_message message;

	SP_ASSERT(place->text && place->path);
	if (!complaints)
		return;
	complaint = complaints_room(complaints);
	if (!complaint) {
		complaints->more++;
		return;
	}
	vsnprintf(message.text, sizeof(message.text) - 300, format, args);
	complaint->line = place->line;
	complaint->column = place->column;
	snprintf(complaint->text, sizeof(complaint->text), place->path[0] ? "%s: %s (%s)" : "%s: %s", place->text,
	         message.text, place->path);
	complaint_sanitise(complaint->text);
	complaints->n++;
}

void sp_complaints_move(sp_complaints *complaints, const sp_complaint *complaint)
{
	sp_complaint *room = complaints_room(complaints);

	if (room) {
		*room = *complaint;
		complaints->n++;
	} else {
		complaints->more++;
	}
}

static bool complaint_before(const sp_complaint *a, const sp_complaint *b)
{
	return a->line != b->line ? a->line < b->line : a->column < b->column;
}

/* Insertion keeps equal places in order; the list is at most SP_COMPLAINTS_MAX long and nearly sorted. */
void sp_complaints_sort(sp_complaints *complaints, size_t first)
{
	sp_complaint moved;

	for (size_t i = first + 1; i < complaints->n; i++) {
		size_t k = i;
		moved = complaints->list[i];
		while (k > first && complaint_before(&moved, &complaints->list[k - 1])) {
			complaints->list[k] = complaints->list[k - 1];
			k--;
		}
		complaints->list[k] = moved;
	}
}
