/* config_shown.h - what both fuzzers of configurations assert: a refusal says where and why; what was accepted reads back, as it is
 * shown, to the same values. */
#ifndef SP_TESTS_FUZZ_CONFIG_SHOWN_H
#define SP_TESTS_FUZZ_CONFIG_SHOWN_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "controller/config/config.h"

static char *config_shown(const sp_config *config, bool json)
{
	char *text = NULL;
	size_t n = 0;
	FILE *out = open_memstream(&text, &n);

	SP_ASSERT(out != NULL);
	SP_ASSERT(sp_config_show(config, NULL, json, out) == SP_OK);
	fclose(out);
	return text;
}

/* The length of a line without its origin. */
static size_t config_line(const char *line)
{
	size_t n = strcspn(line, "\n");

	for (size_t i = n; i-- > 2;) {
		if (strncmp(line + i - 2, " # ", 3) == 0)
			return i - 2;
	}
	return n;
}

/* The next line that holds a value; NULL after the last. */
static const char *config_next(const char *line)
{
	while (*line == '#')
		line += strcspn(line, "\n") + 1;
	return *line ? line : NULL;
}

/* Equal but for comments and the blanks before them. */
static void config_same(const char *a, const char *b)
{
	a = config_next(a);
	b = config_next(b);
	while (a && b) {
		size_t na = config_line(a), nb = config_line(b);
		while (na > 0 && a[na - 1] == ' ')
			na--;
		while (nb > 0 && b[nb - 1] == ' ')
			nb--;
		SP_ASSERT(na == nb && memcmp(a, b, na) == 0);
		a = config_next(a + strcspn(a, "\n") + 1);
		b = config_next(b + strcspn(b, "\n") + 1);
	}
	SP_ASSERT(!a && !b);
}

static void config_check_again(const sp_config *config)
{
	char *shown = config_shown(config, false), *shown_again;
	sp_complaints complaints = {0};
	sp_config *again;

	free(config_shown(config, true));
	SP_ASSERT(sp_config_parse("again", shown, strlen(shown), NULL, NULL, 0, &again, &complaints) == SP_OK);
	shown_again = config_shown(again, false);
	config_same(shown, shown_again);
	free(shown_again);
	free(shown);
	sp_config_close(again);
	sp_complaints_fini(&complaints);
}

static void config_check_refusal(const sp_complaints *complaints)
{
	SP_ASSERT(complaints->n > 0 && complaints->n <= SP_COMPLAINTS_MAX);
	for (size_t i = 0; i < complaints->n; i++) {
		SP_ASSERT(strstr(complaints->list[i].text, ": ") != NULL);
		SP_ASSERT(strlen(complaints->list[i].text) < SP_MESSAGE_MAX);
	}
}

static void config_try(const char *yaml, size_t n_yaml, const char *sheet, size_t n_sheet)
{
	sp_complaints complaints = {0};
	sp_config *config;
	sp_status status = sp_config_parse("f.yaml", yaml, n_yaml, "p.csv", sheet, n_sheet, &config, &complaints);

	SP_ASSERT(status == SP_OK || status == SP_E_SYNTAX);
	if (status == SP_OK)
		config_check_again(config);
	else
		config_check_refusal(&complaints);
	sp_config_close(config);
	sp_complaints_fini(&complaints);
}

#endif
