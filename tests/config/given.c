/* given.c - see given.h. */
#include "tests/config/given.h"

#include <stdlib.h>
#include <string.h>

#include "tests/check/check.h"

char *given_text(const char *path, size_t *n)
{
	FILE *file = fopen(path, "rb");
	char *text = NULL;
	size_t room = 0;

	if (!file)
		fail_msg("%s cannot be opened", path);
	for (*n = 0;;) {
		size_t got;
		room = 2 * room + 4096;
		text = realloc(text, room + 1);
		got = fread(text + *n, 1, room - *n, file);
		*n += got;
		if (got == 0)
			break;
	}
	fclose(file);
	text[*n] = '\0';
	return text;
}

static void complaints_print(const sp_complaints *complaints)
{
	for (size_t i = 0; i < complaints->n; i++)
		print_message("%s\n", complaints->list[i].text);
}

sp_config *given_config(const char *yaml, const char *sheet)
{
	sp_complaints complaints = {0};
	sp_config *config;
	sp_status status = sp_config_parse("test.yaml", yaml, strlen(yaml), sheet ? "prices.csv" : NULL, sheet,
	                                   sheet ? strlen(sheet) : 0, &config, &complaints);

	complaints_print(&complaints);
	check_status(status, SP_OK);
	sp_complaints_fini(&complaints);
	return config;
}

sp_complaints given_refused(const char *yaml, const char *sheet)
{
	sp_complaints complaints = {0};
	sp_config *config;
	sp_status status = sp_config_parse("test.yaml", yaml, strlen(yaml), sheet ? "prices.csv" : NULL, sheet,
	                                   sheet ? strlen(sheet) : 0, &config, &complaints);

	check_status(status, SP_E_SYNTAX);
	check_true(config == NULL);
	check_true(complaints.n > 0);
	return complaints;
}

const sp_family_setup *given_family(const sp_config *config, const char *id)
{
	const sp_setup *setup = sp_config_setup(config);

	for (uint32_t i = 0; i < setup->n_families; i++) {
		if (strcmp(setup->families[i].id, id) == 0)
			return &setup->families[i];
	}
	fail_msg("no family %s", id);
	return NULL;
}

char *given_shown(const sp_config *config, const char *family, bool json)
{
	char *text = NULL;
	size_t n = 0;
	FILE *out = open_memstream(&text, &n);

	check_true(out != NULL);
	check_status(sp_config_show(config, family, json, out), SP_OK);
	fclose(out);
	return text;
}
