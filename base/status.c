/* status.c - the names and texts of the statuses, messages for people, and the end that a failed assertion makes. */
#include "base/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"

_Noreturn void sp_assert_failed(const char *condition, const char *file, int line)
{
	fprintf(stderr, "%s:%d: assertion failed: %s\n", file, line, condition);
	fflush(stderr);
	abort();
}

const char *sp_status_name(sp_status status)
{
	switch (status) {
#define X(name, number, text) \
	case SP_##name:           \
		return #name;
		SP_STATUS_MAP(X)
#undef X
	}
	return "?";
}

const char *sp_status_text(sp_status status)
{
	switch (status) {
#define X(name, number, text) \
	case SP_##name:           \
		return text;
		SP_STATUS_MAP(X)
#undef X
	}
	return "?";
}

/* Cuts off a UTF-8 character of which only the first bytes fitted. */
static void message_cut(char *text, size_t n)
{
	size_t start = n;
	while (start > 0 && ((unsigned char)text[start - 1] & 0xC0) == 0x80) {
		start--;
	}
	if (start == 0) {
		return;
	}
	const unsigned char lead = (unsigned char)text[start - 1];
	const size_t length = lead < 0xC0 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
	if (start - 1 + length > n) {
		text[start - 1] = '\0';
	}
}

sp_status sp_message_set(sp_message *message, sp_status status, const char *format, ...)
{
	if (message == NULL) {
		return status;
	}
	va_list list;
	va_start(list, format);
	const int n = vsnprintf(message->text, sizeof message->text, format, list);
	va_end(list);
	if (n < 0) {
		message->text[0] = '\0';
	} else if ((size_t)n >= sizeof message->text) {
		message_cut(message->text, strlen(message->text));
	}
	return status;
}
