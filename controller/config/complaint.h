/* complaint.h - how complaints are gathered while a configuration is read; the list itself is public (config.h). */
#ifndef SP_CONFIG_COMPLAINT_H
#define SP_CONFIG_COMPLAINT_H

#include <stdarg.h>

#include "controller/config/config.h"

/* The most bytes of a user's own text that a message repeats; for "%.*s". */
#define SP_QUOTE_MAX   60
#define SP_QUOTE(n, s) (int)((n) < SP_QUOTE_MAX ? (n) : SP_QUOTE_MAX), (s)

/* sp_complaints_add - appends "place: message (path)"; an empty path is left out. Control bytes of a user's text become "?".
 *
 * in     complaints: NULL swallows it; place: "file:3:5"; path: "pools[0].gpus"
 * out    beyond SP_COMPLAINTS_MAX, or without memory, only counted in `more` */
typedef struct sp_complaint_place {
	const char *text, *path;
	uint32_t line, column;
} sp_complaint_place;

void sp_complaints_add(sp_complaints *complaints, const sp_complaint_place *place, const char *format, va_list args)
    __attribute__((format(printf, 3, 0)));

/* sp_complaints_move - appends a complaint as it is. */
void sp_complaints_move(sp_complaints *complaints, const sp_complaint *complaint);

/* sp_complaints_sort - by line, then column, from `first` on; equal places keep their order. */
void sp_complaints_sort(sp_complaints *complaints, size_t first);

#endif
