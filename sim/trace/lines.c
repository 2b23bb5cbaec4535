/* lines.c - see lines.h. The buffer holds four of the longest lines, so that reading moves at most a quarter of it. */
#include "sim/trace/lines.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/assert.h"

#define LINES_ROOM (4u * SP_LINE_MAX)

sp_status sp_lines_open(sp_lines *lines, FILE *file)
{
	SP_ASSERT(lines != NULL && file != NULL);
	*lines = (sp_lines){.file = file, .buffer = malloc(LINES_ROOM)};
	return lines->buffer != NULL ? SP_OK : SP_E_MEMORY;
}

void sp_lines_close(sp_lines *lines)
{
	free(lines->buffer);
	*lines = (sp_lines){0};
}

/* A descriptor gives what is there; a stream without one (memory) is read through stdio. */
static ssize_t lines_read(FILE *file, char *at, size_t room)
{
	int fd = fileno(file);
	if (fd < 0) {
		size_t n = fread(at, 1, room, file);
		return n == 0 && ferror(file) ? -1 : (ssize_t)n;
	}
	ssize_t n;
	do {
		n = read(fd, at, room);
	} while (n < 0 && errno == EINTR);
	return n;
}

/* Moves the unfinished line to the front and reads more behind it. */
static sp_status lines_fill(sp_lines *lines)
{
	SP_ASSERT(lines->end - lines->begin < LINES_ROOM);
	memmove(lines->buffer, lines->buffer + lines->begin, lines->end - lines->begin);
	lines->end -= lines->begin;
	lines->next -= lines->begin;
	lines->base += lines->begin;
	lines->begin = 0;
	ssize_t n = lines_read(lines->file, lines->buffer + lines->end, LINES_ROOM - lines->end);
	if (n < 0)
		return SP_E_IO;
	lines->ended = n == 0;
	lines->end += (size_t)n;
	return SP_OK;
}

static sp_status lines_skip_mark(sp_lines *lines)
{
	static const char mark[] = "\xEF\xBB\xBF";
	lines->begun = true;
	while (lines->end < 3 && !lines->ended) {
		sp_status status = lines_fill(lines);
		if (status != SP_OK)
			return status;
		if (lines->end > 0 && lines->buffer[0] != mark[0])
			return SP_OK;
	}
	if (lines->end >= 3 && memcmp(lines->buffer, mark, 3) == 0)
		lines->begin = lines->next = 3;
	return SP_OK;
}

int sp_lines_first(sp_lines *lines)
{
	SP_ASSERT(!lines->begun);
	if (lines_skip_mark(lines) != SP_OK)
		return -1;
	for (size_t at = lines->begin;; at++) {
		if (at == lines->end) {
			size_t seen = at - lines->begin;
			if (lines->ended || seen >= SP_LINE_MAX || lines_fill(lines) != SP_OK || lines->ended)
				return -1;
			at = lines->begin + seen;
		}
		if (strchr(" \t\r\n", lines->buffer[at]) == NULL || lines->buffer[at] == '\0')
			return (unsigned char)lines->buffer[at];
	}
}

/* Passes over the rest of a line that is too long. */
static sp_status lines_pass(sp_lines *lines)
{
	for (;;) {
		char *end = memchr(lines->buffer + lines->begin, '\n', lines->end - lines->begin);
		size_t stop = end != NULL ? (size_t)(end - lines->buffer) + 1 : lines->end;
		lines->begin = lines->next = stop;
		if (end != NULL || lines->ended)
			return SP_E_FULL;
		sp_status status = lines_fill(lines);
		if (status != SP_OK)
			return status;
	}
}

/* Finds the end of the line that goes on at `start` bytes after begin. */
static sp_status lines_scan(sp_lines *lines, size_t start, char **text, size_t *n)
{
	for (size_t from = start;;) {
		char *end = memchr(lines->buffer + lines->begin + from, '\n', lines->end - lines->begin - from);
		size_t stop = end != NULL ? (size_t)(end - lines->buffer) : lines->end;
		if (stop - lines->begin > SP_LINE_MAX) {
			lines->n_rows++;
			return lines_pass(lines);
		}
		if (end != NULL || lines->ended) {
			if (end == NULL && stop == lines->begin + start)
				return SP_E_END;
			lines->next = end != NULL ? stop + 1 : stop;
			lines->n_rows++;
			if (stop > lines->begin && lines->buffer[stop - 1] == '\r')
				stop--;
			*text = lines->buffer + lines->begin;
			*n = stop - lines->begin;
			return SP_OK;
		}
		from = lines->end - lines->begin;
		sp_status status = lines_fill(lines);
		if (status != SP_OK)
			return status;
	}
}

sp_status sp_lines_next(sp_lines *lines, char **text, size_t *n)
{
	SP_ASSERT(lines->buffer != NULL && text != NULL && n != NULL);
	if (!lines->begun) {
		sp_status status = lines_skip_mark(lines);
		if (status != SP_OK)
			return status;
	}
	lines->begin = lines->next;
	lines->row = lines->n_rows + 1;
	return lines_scan(lines, 0, text, n);
}

sp_status sp_lines_extend(sp_lines *lines, char **text, size_t *n)
{
	SP_ASSERT(lines->buffer != NULL && lines->next >= lines->begin);
	return lines_scan(lines, lines->next - lines->begin, text, n);
}

uint64_t sp_lines_bytes(const sp_lines *lines)
{
	return lines->base + lines->next;
}
