/* test_broken.c - every file in broken/ is refused with exactly the complaints that broken/expected.txt lists: their lines,
 * their columns and the part of the message that says the cure. Sheets are read under one sound YAML. */
#include "tests/check/check.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/config/given.h"

#define FOLDER    "tests/config/broken/"
#define FILES_MIN 120

static const char sheet_yaml[] = "version: 1\n"
                                 "price_sheet: prices.csv\n"
                                 "pools:\n"
                                 "  - id: p\n"
                                 "    units_per_gpu_s: 2000\n"
                                 "    supply:\n"
                                 "      - {id: base, term: owned, gpus: 8, usd_per_gpu_h: \"2.10\"}\n"
                                 "defaults: {pool: p}\n";

static bool ends_with(const char *text, const char *end)
{
	size_t n = strlen(text), n_end = strlen(end);

	return n >= n_end && strcmp(text + n - n_end, end) == 0;
}

static sp_status broken_read(const char *name, sp_complaints *complaints)
{
	char path[400];
	sp_config *config;
	sp_status status;
	size_t n;
	char *sheet = NULL;

	snprintf(path, sizeof(path), FOLDER "%s", name);
	if (ends_with(name, ".csv")) {
		sheet = given_text(path, &n);
		status =
		    sp_config_parse("test.yaml", sheet_yaml, strlen(sheet_yaml), "prices.csv", sheet, n, &config, complaints);
	} else {
		status = sp_config_read(path, &config, complaints);
	}
	sp_config_close(config);
	free(sheet);
	return status;
}

/* One expectation: is there such a complaint? It is crossed out, so that each serves once. */
static bool expected_found(sp_complaints *complaints, const char *name, unsigned line, unsigned column,
                           const char *part)
{
	char place[500];

	if (ends_with(name, ".csv"))
		snprintf(place, sizeof(place), "prices.csv:%u: ", line);
	else if (line > 0)
		snprintf(place, sizeof(place), FOLDER "%s:%u:%u: ", name, line, column);
	else
		snprintf(place, sizeof(place), FOLDER "%s: ", name);
	for (size_t i = 0; i < complaints->n; i++) {
		sp_complaint *c = &complaints->list[i];
		if (c->line == line && c->column == column && strncmp(c->text, place, strlen(place)) == 0 &&
		    strstr(c->text + strlen(place), part)) {
			c->text[0] = '\0';
			return true;
		}
	}
	return false;
}

/* Checks one file against its lines of the table; returns how many things are wrong. */
static int broken_check(const char *name, const char *table)
{
	sp_complaints complaints = {0};
	sp_status status = broken_read(name, &complaints);
	int wrong = 0;
	size_t expected = 0;
	char file[200], part[400];
	unsigned line, column;
	int used;

	if (status != SP_E_SYNTAX) {
		print_message("%s: status %s\n", name, sp_status_name(status));
		wrong++;
	}
	for (const char *row = table; *row; row = strchr(row, '\n') + 1) {
		part[0] = '\0';
		if (sscanf(row, "%199s %u:%u%n", file, &line, &column, &used) != 3 || strcmp(file, name) != 0)
			continue;
		sscanf(row + used, " %399[^\n]", part);
		expected++;
		if (expected_found(&complaints, name, line, column, part))
			continue;
		print_message("%s: expected at %u:%u: %s\n", name, line, column, part);
		wrong++;
	}
	if (expected == 0 || expected != complaints.n) {
		print_message("%s: %zu complaints, expected %zu\n", name, complaints.n, expected);
		wrong++;
	}
	for (size_t i = 0; wrong > 0 && i < complaints.n; i++)
		print_message("    %u:%u %s\n", complaints.list[i].line, complaints.list[i].column, complaints.list[i].text);
	sp_complaints_fini(&complaints);
	return wrong;
}

static void every_broken_file_is_refused_at_its_line_and_column_with_its_cure(void **state)
{
	size_t n;
	char *table = given_text(FOLDER "expected.txt", &n);
	DIR *folder = opendir(FOLDER);
	int files = 0, wrong = 0;

	(void)state;
	check_true(folder != NULL);
	for (struct dirent *entry = readdir(folder); entry; entry = readdir(folder)) {
		if (!ends_with(entry->d_name, ".yaml") && !ends_with(entry->d_name, ".csv"))
			continue;
		files++;
		wrong += broken_check(entry->d_name, table);
	}
	closedir(folder);
	free(table);
	print_message("%d broken files\n", files);
	check_i64(wrong, 0);
	check_true(files >= FILES_MIN);
}

/* The checker is shown a sound file and a wrong expectation, and must not be content. */
static void the_checker_finds_a_planted_error(void **state)
{
	(void)state;
	check_true(broken_check("../../../examples/quickstart.yaml", "x 1:1 y\n") > 0);
	check_true(broken_check("version_two.yaml", "version_two.yaml 1:9 write \"version: 1\"\n") > 0);
	check_true(broken_check("version_two.yaml", "version_two.yaml 1:10 no such cure\n") > 0);
	check_i64(broken_check("version_two.yaml", "version_two.yaml 1:10 write \"version: 1\"\n"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_broken_file_is_refused_at_its_line_and_column_with_its_cure),
	    cmocka_unit_test(the_checker_finds_a_planted_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
