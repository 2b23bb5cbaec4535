/* frozen.c - a frozen scope as text: in a command, in an answer, and as a line of the FREEZE file (freeze.h). */
#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "base/time.h"
#include "daemon/freeze.h"

static const char *const frozen_nouns[] = {
    [SP_SCOPE_ALL] = "all", [SP_SCOPE_POOL] = "pool", [SP_SCOPE_FAMILY] = "family"};
#define FROZEN_NOUNS (sizeof frozen_nouns / sizeof frozen_nouns[0])

/* What is left of a line. */
typedef struct frozen_words {
	const char *at;
	size_t n;
} frozen_words;

static bool frozen_is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* The next word and its length; 0: none is left, or a comment begins. */
static size_t frozen_word(frozen_words *words, const char **word)
{
	size_t n = 0;

	while (words->n > 0 && frozen_is_blank(words->at[0])) {
		words->at++;
		words->n--;
	}
	*word = words->at;
	if (words->n > 0 && words->at[0] == '#')
		return 0;
	while (n < words->n && !frozen_is_blank(words->at[n]))
		n++;
	words->at += n;
	words->n -= n;
	return n;
}

static bool frozen_is(const char *word, size_t n, const char *expected)
{
	return n == strlen(expected) && memcmp(word, expected, n) == 0;
}

static bool frozen_read_id(const char *word, size_t n, char id[SP_ID_MAX + 1])
{
	if (sp_id_check(word, n) != SP_OK)
		return false;
	memcpy(id, word, n);
	id[n] = 0;
	return true;
}

/* A noun, which has been read, and the id that it needs. */
static bool frozen_read_scope(frozen_words *words, const char *noun, size_t n, sp_frozen *frozen)
{
	size_t scope = 0;

	while (scope < FROZEN_NOUNS && !frozen_is(noun, n, frozen_nouns[scope]))
		scope++;
	if (scope == FROZEN_NOUNS)
		return false;
	frozen->scope = (sp_scope)scope;
	if (scope == SP_SCOPE_ALL)
		return true;
	n = frozen_word(words, &noun);
	return frozen_read_id(noun, n, frozen->id);
}

/* "since=…", "by=…" or "barred=…". */
static bool frozen_read_remark(const char *word, size_t n, sp_frozen *frozen)
{
	const char *equals = memchr(word, '=', n), *value = equals ? equals + 1 : NULL;
	size_t n_name = equals ? (size_t)(equals - word) : 0, n_value = equals ? n - n_name - 1 : 0;

	if (frozen_is(word, n_name, "since"))
		return sp_time_parse(value, n_value, &frozen->since_ns) == SP_OK;
	if (frozen_is(word, n_name, "barred"))
		return sp_time_parse(value, n_value, &frozen->barred_ns) == SP_OK;
	return frozen_is(word, n_name, "by") && frozen_read_id(value, n_value, frozen->by);
}

sp_status sp_frozen_read(const char *line, size_t n, sp_frozen *frozen)
{
	frozen_words words = {line, n};
	sp_frozen read = {.holds = true};
	const char *word;

	SP_ASSERT(line && frozen);
	n = frozen_word(&words, &word);
	if (n == 0)
		return SP_E_END;
	if (frozen_is(word, n, "thawed")) {
		read.holds = false;
		n = frozen_word(&words, &word);
	}
	if (!frozen_read_scope(&words, word, n, &read))
		return SP_E_SYNTAX;
	while ((n = frozen_word(&words, &word)) > 0) {
		if (!frozen_read_remark(word, n, &read))
			return SP_E_SYNTAX;
	}
	*frozen = read;
	return SP_OK;
}

sp_status sp_frozen_scope(const char *text, sp_frozen *frozen)
{
	frozen_words words = {text, strlen(text)};
	sp_frozen read = {.holds = true};
	const char *word;
	size_t n = frozen_word(&words, &word);

	SP_ASSERT(frozen);
	if (!frozen_read_scope(&words, word, n, &read) || frozen_word(&words, &word) > 0 || words.n > 0)
		return SP_E_SYNTAX;
	*frozen = read;
	return SP_OK;
}

void sp_frozen_sign(char by[SP_ID_MAX + 1], const char *text)
{
	size_t n = 0;

	SP_ASSERT(by && text);
	for (; text[n] && n < SP_ID_MAX; n++)
		by[n] = sp_id_check(text + n, 1) == SP_OK ? text[n] : '_';
	if (n == 0)
		by[n++] = '_';
	by[n] = 0;
}

char *sp_frozen_text(const sp_frozen *frozen, char text[SP_FREEZE_TEXT_MAX])
{
	int n =
	    snprintf(text, SP_FREEZE_TEXT_MAX, "%s%s%s", frozen_nouns[frozen->scope], frozen->id[0] ? " " : "", frozen->id);

	SP_ASSERT(n > 0 && n < SP_FREEZE_TEXT_MAX);
	return text;
}

/* One remark behind what is written already; a time that could not be read back is left out. */
static size_t frozen_write_time(char *line, size_t n, const char *name, int64_t t_ns)
{
	char time[SP_TIME_TEXT_MAX];

	if (t_ns <= SP_TIME_MIN_NS || t_ns >= SP_TIME_MAX_NS)
		return n;
	return n + (size_t)snprintf(line + n, SP_FREEZE_LINE_MAX - n, " %s=%s", name, sp_time_format(t_ns, time));
}

size_t sp_frozen_line(const sp_frozen *frozen, char line[SP_FREEZE_LINE_MAX])
{
	char text[SP_FREEZE_TEXT_MAX];
	size_t n;

	SP_ASSERT(frozen->by[0]);
	n = (size_t)snprintf(line, SP_FREEZE_LINE_MAX, "%s%s by=%s", frozen->holds ? "" : "thawed ",
	                     sp_frozen_text(frozen, text), frozen->by);
	n = frozen_write_time(line, n, "since", frozen->since_ns);
	n = frozen_write_time(line, n, "barred", frozen->barred_ns);
	SP_ASSERT(n + 1 < SP_FREEZE_LINE_MAX);
	line[n++] = '\n';
	return n;
}
