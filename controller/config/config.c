/* config.c - opens, reads and closes a configuration: the stages in their order, and all the memory there is. */
#include "controller/config/config.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/assert.h"
#include "base/time.h"
#include "controller/config/builtin.h"
#include "controller/config/complaint.h"
#include "controller/config/gain.h"
#include "controller/config/reading.h"

sp_spot sp_config_root(const sp_config *config)
{
	return sp_tree_root(config->file);
}

sp_spot sp_config_builtin(const sp_config *config)
{
	return sp_tree_root(config->builtin);
}

/* --- files --- */

static __attribute__((format(printf, 3, 4))) void file_say(sp_complaints *complaints, const char *name,
                                                           const char *format, ...)
{
	sp_complaint_place place = {name, "", 0, 0};
	va_list args;

	va_start(args, format);
	sp_complaints_add(complaints, &place, format, args);
	va_end(args);
}

/* All of a stream, at most `most` bytes and one more that says there were more. */
static sp_status file_slurp(FILE *file, size_t most, char **text, size_t *n)
{
	size_t room = 0, got = 1;

	*text = NULL;
	*n = 0;
	while (got > 0 && *n <= most) {
		if (*n == room) {
			char *grown = realloc(*text, room = room ? 2 * room : 65536);
			if (!grown)
				return SP_E_MEMORY;
			*text = grown;
		}
		got = fread(*text + *n, 1, room - *n, file);
		*n += got;
	}
	return ferror(file) ? SP_E_IO : SP_OK;
}

/* Complains about what cannot be read; the text is the caller's to free. */
static sp_status file_read(const char *path, size_t most, sp_complaints *complaints, char **text, size_t *n)
{
	FILE *file = fopen(path, "rbe");
	sp_status status;

	*text = NULL;
	*n = 0;
	if (!file) {
		status = errno == ENOENT ? SP_E_ABSENT : SP_E_IO;
		file_say(complaints, path, "cannot be read: %s", strerror(errno));
		return status;
	}
	status = file_slurp(file, most, text, n);
	if (status == SP_E_IO)
		file_say(complaints, path, "cannot be read: %s", strerror(errno));
	fclose(file);
	return status;
}

/* --- memory --- */

static size_t count_lines(const char *text, size_t n)
{
	size_t lines = n > 0;

	for (size_t i = 0; i < n && lines < SP_SHEET_ROWS_MAX; i++)
		lines += text[i] == '\n';
	return lines;
}

/* The items of every list of this key below each item of a list: supply lots of pools, SKUs of entries. */
static size_t count_below(sp_spot list, const char *key)
{
	size_t n = 0;

	for (size_t i = 0; sp_spot_is_list(list) && i < sp_spot_count(list); i++)
		n += sp_spot_count(sp_spot_find(sp_spot_item(list, i), key));
	return n;
}

#define ROOM(pointer, n)                                     \
	do {                                                     \
		(pointer) = calloc((n) + 1, sizeof(*(pointer)));     \
		config->no_memory = config->no_memory || !(pointer); \
	} while (0)

/* Everything that the stages fill, sized by what the file and the sheet can hold at most. */
static void config_rooms(sp_config *config)
{
	sp_spot root = sp_config_root(config), sources = sp_spot_find(root, "sources");
	sp_spot pools = sp_spot_find(root, "pools"), families = sp_spot_find(root, "families");
	size_t n_pools = sp_spot_count(pools), n_lots = count_below(pools, "supply");
	size_t n_entries = sp_spot_count(families), lines = count_lines(config->sheet_text, config->n_sheet);
	size_t n_skus = lines + count_below(families, "skus"), n_drafts = lines + n_entries;
	size_t n_sources = sp_spot_count(sources);

	ROOM(config->pools, n_pools);
	ROOM(config->lots, n_lots);
	ROOM(config->entries, n_entries);
	ROOM(config->matches, n_entries);
	ROOM(config->layers, n_entries + 4);
	ROOM(config->drafts, n_drafts);
	ROOM(config->skus, n_skus);
	ROOM(config->subjects, n_pools + n_lots + n_drafts + n_skus);
	ROOM(config->places, n_pools + n_lots + n_drafts + n_skus);
	ROOM(config->sources, n_sources);
	ROOM(config->patterns, n_sources + count_below(sources, "subjects"));
	config->names = sp_ids_open();
	config->no_memory = config->no_memory || !config->names;
}

void sp_config_close(sp_config *config)
{
	if (!config)
		return;
	sp_tree_close(config->file);
	sp_tree_close(config->builtin);
	sp_sheet_fini(&config->sheet);
	sp_complaints_fini(&config->sheet_complaints);
	sp_ids_close(config->names);
	free(config->pools);
	free(config->lots);
	free(config->entries);
	free(config->matches);
	free(config->layers);
	free(config->drafts);
	free(config->families);
	free(config->skus);
	free(config->subjects);
	free(config->places);
	free(config->sources);
	free(config->patterns);
	free(config->gains);
	free(config->kept_gains);
	free(config->name);
	free(config->yaml);
	free(config->sheet_name);
	free(config->sheet_text);
	free(config);
}

/* --- stages --- */

void sp_top_read(sp_config *config)
{
	sp_rows rows = sp_shape_rows(&sp_shape_top);
	sp_setup *setup = &config->setup;
	sp_spot lateness = sp_spot_find(sp_config_root(config), "lateness");

	sp_params_init(rows.list, rows.n, setup);
	sp_rows_bind(&rows, sp_config_root(config), setup, NULL);
	if (setup->lateness_ns == SP_PARAM_NONE) /* R11 */
		setup->lateness_ns = 2 * SP_SEC < setup->period_ns / 4 ? 2 * SP_SEC : setup->period_ns / 4;
	if (sp_spot_there(lateness) && setup->lateness_ns >= setup->period_ns)
		sp_say(lateness, "a period must be closed before the next one ends: write less than the period");
}

/* BLAKE2b-256 of the YAML and the sheet, each with its length first (R16). The log room has the same function, which the
 * arrows do not let this room use; tests/config compares the two. */
static void config_hash(sp_config *config)
{
	const char *texts[] = {config->yaml, config->sheet_text};
	size_t sizes[] = {config->n_yaml, config->n_sheet};
	crypto_generichash_state state;

	crypto_generichash_init(&state, NULL, 0, SP_CONFIG_HASH_SIZE);
	for (size_t i = 0; i < 2; i++) {
		uint8_t length[8];
		for (size_t b = 0; b < sizeof(length); b++)
			length[b] = (uint8_t)((uint64_t)sizes[i] >> (8 * b));
		crypto_generichash_update(&state, length, sizeof(length));
		crypto_generichash_update(&state, (const unsigned char *)texts[i], sizes[i]);
	}
	crypto_generichash_final(&state, config->setup.hash, SP_CONFIG_HASH_SIZE);
}

static void config_point(sp_config *config)
{
	sp_setup *setup = &config->setup;

	setup->pools = config->pools;
	setup->lots = config->lots;
	setup->families = config->families;
	setup->skus = config->skus;
	setup->subjects = config->subjects;
	setup->sources = config->sources;
	setup->names = config->names;
	setup->n_subjects = sp_ids_count(config->names);
}

static void config_open_sheet(sp_config *config)
{
	config->sheet.whole = true;
	if (!config->sheet_name)
		return;
	if (config->sheet_text && sp_sheet_init(&config->sheet, config->sheet_name, config->sheet_text, config->n_sheet,
	                                        &config->sheet_complaints) == SP_OK)
		return;
	sp_sheet_fini(&config->sheet); /* no rows are read, and families may be missing that it names */
	config->sheet.whole = false;
}

static void config_stages(sp_config *config)
{
	sp_shape_check(&sp_shape_top, sp_config_root(config));
	sp_top_read(config);
	sp_pools_read(config);
	sp_entries_read(config);
	config_open_sheet(config);
	sp_skus_read(config);
	sp_families_sort(config);
	ROOM(config->families, config->setup.n_families);
	ROOM(config->gains, config->setup.n_families);
	ROOM(config->kept_gains, SP_GAINS_KEPT);
	if (config->no_memory)
		return;
	config_point(config);
	sp_families_read(config);
	sp_blackouts_read(config);
	sp_signals_read(config);
	sp_sources_read(config);
	sp_live_read(config);
	if (config->setup.n_families == 0 && config->sheet.whole && config->complaints->n == 0)
		sp_say(sp_config_root(config), "nothing to price: name a price_sheet, or give families with id and skus");
	config_hash(config);
}

/* Puts what was said of the sheet behind what was said of the file, each by line and column. */
static void config_gather(sp_config *config)
{
	sp_complaints *all = config->complaints, *sheet = &config->sheet_complaints;
	size_t first;

	sp_complaints_sort(all, 0);
	first = all->n;
	for (size_t i = 0; i < sheet->n; i++)
		sp_complaints_move(all, &sheet->list[i]);
	all->more += sheet->more;
	sp_complaints_sort(all, first);
}

/* From loaded trees and texts to a setup. */
static sp_status config_build(sp_config *config)
{
	config_rooms(config);
	if (!config->no_memory)
		config_stages(config);
	if (config->no_memory)
		return SP_E_MEMORY;
	config_gather(config);
	config->file->complaints = config->builtin->complaints = NULL;
	config->sheet.complaints = NULL;
	return config->complaints->n + config->complaints->more > 0 ? SP_E_SYNTAX : SP_OK;
}

/* --- opening --- */

/* A configuration that has its YAML (taken over) and its trees, but no sheet yet. */
static sp_status config_open(const char *name, char *yaml, size_t n, sp_complaints *complaints, sp_config **opened)
{
	sp_config *config = calloc(1, sizeof(*config));
	sp_status status;

	*opened = config;
	if (!config) {
		free(yaml);
		return SP_E_MEMORY;
	}
	config->yaml = yaml;
	config->n_yaml = n;
	config->complaints = complaints;
	config->name = strdup(name);
	if (!config->name || (!yaml && n > 0))
		return SP_E_MEMORY;
	if (n > SP_CONFIG_BYTES_MAX) {
		file_say(complaints, name, "larger than %u bytes: move SKUs to a price sheet", SP_CONFIG_BYTES_MAX);
		return SP_E_SYNTAX;
	}
	status = sp_tree_load(SP_BUILTIN_NAME, sp_builtin_text, strlen(sp_builtin_text), complaints, &config->builtin);
	SP_ASSERT(status == SP_OK || status == SP_E_MEMORY);
	if (status == SP_OK)
		status = sp_tree_load(config->name, yaml ? yaml : "", n, complaints, &config->file);
	return status;
}

static char *copy_of(const char *text, size_t n)
{
	char *copy = malloc(n + 1);

	if (copy && n > 0)
		memcpy(copy, text, n);
	return copy;
}

/* Hands the configuration out, or closes it. */
static sp_status config_settle(sp_config *config, sp_status status, sp_config **out)
{
	*out = status == SP_OK ? config : NULL;
	if (status == SP_OK)
		config->complaints = NULL;
	else
		sp_config_close(config);
	return status;
}

static sp_spot sheet_spot(const sp_config *config)
{
	return sp_spot_find(sp_config_root(config), "price_sheet");
}

static bool sheet_is_named(const sp_config *config)
{
	size_t n;

	sp_spot_text(sheet_spot(config), &n);
	return n > 0;
}

/* Is the sheet of a size that is read at all? */
static bool sheet_is_small(sp_config *config)
{
	if (config->n_sheet <= SP_SHEET_BYTES_MAX)
		return true;
	file_say(config->complaints, config->sheet_name, "larger than %u bytes: split it", SP_SHEET_BYTES_MAX);
	free(config->sheet_text);
	config->sheet_text = NULL;
	config->n_sheet = 0;
	return false;
}

sp_status sp_config_parse(const char *name, const char *yaml, size_t n_yaml, const char *sheet_name, const char *sheet,
                          size_t n_sheet, sp_config **config, sp_complaints *complaints)
{
	sp_config *opened;
	sp_status status;

	SP_ASSERT(name && config && complaints && (yaml || n_yaml == 0));
	status = config_open(name, copy_of(yaml, n_yaml), n_yaml, complaints, &opened);
	if (status == SP_OK && sheet_is_named(opened)) {
		opened->sheet_name = strdup(sheet_name ? sheet_name : "price sheet");
		opened->n_sheet = sheet ? n_sheet : 0;
		opened->sheet_text = sheet ? copy_of(sheet, n_sheet) : NULL;
		if (!opened->sheet_name || (sheet && !opened->sheet_text))
			status = SP_E_MEMORY;
		else if (!sheet)
			sp_say(sheet_spot(opened), "the price sheet was not given: give its text, or remove the key");
		else
			sheet_is_small(opened);
	}
	return config_settle(opened, status == SP_OK ? config_build(opened) : status, config);
}

/* The sheet's path: beside the configuration unless it is absolute. */
static char *sheet_path(const sp_config *config)
{
	size_t n, n_folder;
	const char *sheet = sp_spot_text(sheet_spot(config), &n), *slash = strrchr(config->name, '/');
	char *path;

	n_folder = slash && sheet[0] != '/' ? (size_t)(slash - config->name) + 1 : 0;
	path = malloc(n_folder + n + 1);
	if (!path)
		return NULL;
	memcpy(path, config->name, n_folder);
	memcpy(path + n_folder, sheet, n + 1);
	return path;
}

static sp_status config_read_sheet(sp_config *config)
{
	sp_complaints quiet = {0};
	sp_status status;

	if (!sheet_is_named(config))
		return SP_OK;
	config->sheet_name = sheet_path(config);
	if (!config->sheet_name)
		return SP_E_MEMORY;
	status = file_read(config->sheet_name, SP_SHEET_BYTES_MAX, &quiet, &config->sheet_text, &config->n_sheet);
	sp_complaints_fini(&quiet);
	if (status == SP_E_MEMORY)
		return status;
	if (status != SP_OK) {
		sp_say(sheet_spot(config), "%.300s: %s: write its path relative to this file", config->sheet_name,
		       status == SP_E_ABSENT ? "no such file" : "cannot be read");
		free(config->sheet_text);
		config->sheet_text = NULL;
		config->n_sheet = 0;
	} else {
		sheet_is_small(config);
	}
	return SP_OK;
}

sp_status sp_config_read(const char *path, sp_config **config, sp_complaints *complaints)
{
	sp_config *opened;
	sp_status status;
	char *yaml;
	size_t n;

	SP_ASSERT(path && config && complaints);
	*config = NULL;
	status = file_read(path, SP_CONFIG_BYTES_MAX, complaints, &yaml, &n);
	if (status != SP_OK) {
		free(yaml);
		return status;
	}
	status = config_open(path, yaml, n, complaints, &opened);
	if (status == SP_OK)
		status = config_read_sheet(opened);
	return config_settle(opened, status == SP_OK ? config_build(opened) : status, config);
}

/* --- questions --- */

const sp_setup *sp_config_setup(const sp_config *config)
{
	return &config->setup;
}

const sp_live *sp_config_live(const sp_config *config)
{
	return &config->live;
}

void sp_config_texts(const sp_config *config, const char **yaml, size_t *n_yaml, const char **sheet, size_t *n_sheet)
{
	*yaml = config->yaml;
	*n_yaml = config->n_yaml;
	*sheet = config->sheet_text ? config->sheet_text : "";
	*n_sheet = config->n_sheet;
}
