/* config.h - a configuration file and its price sheet, bound through the parameter rows into a setup.
 *
 * libyaml's document tree with its line and column marks; unknown keys are refused with the nearest known one, duplicate keys,
 * wrong units and non-finite numbers are refused; all errors of a file are found in one go, and nothing starts on any. */
#ifndef SP_CONFIG_CONFIG_H
#define SP_CONFIG_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "controller/config/live.h"
#include "controller/engine/setup.h"

#define SP_CONFIG_BYTES_MAX (UINT32_C(8) << 20)  /* a YAML file */
#define SP_SHEET_BYTES_MAX  (UINT32_C(64) << 20) /* a price sheet: 500,000 rows */

typedef struct sp_config sp_config;

/* One complaint: "file:line:col: message (path)" or "file:row: column: message". */
typedef struct sp_complaint {
	uint32_t line, column; /* 1-based; 0: the file as a whole */
	char text[SP_MESSAGE_MAX];
} sp_complaint;

typedef struct sp_complaints {
	sp_complaint *list; /* owned; free with sp_complaints_fini */
	size_t n, room;
	size_t more; /* beyond the bound of SP_COMPLAINTS_MAX, counted only */
} sp_complaints;

#define SP_COMPLAINTS_MAX 1000 /* what anyone will read, and a bound for a hostile file */

void sp_complaints_fini(sp_complaints *complaints);

/* sp_config_read - reads a file and the sheet it names (relative to the file).
 * out    *config, the caller's to close; NULL unless SP_OK
 * fails  SP_E_ABSENT, SP_E_IO, else SP_E_SYNTAX with every complaint there is */
sp_status sp_config_read(const char *path, sp_config **config, sp_complaints *complaints);

/* sp_config_parse - the same from memory: `name` stands in messages; sheet may be NULL when the YAML names none. */
sp_status sp_config_parse(const char *name, const char *yaml, size_t n_yaml, const char *sheet_name, const char *sheet,
                          size_t n_sheet, sp_config **config, sp_complaints *complaints);

void sp_config_close(sp_config *config); /* NULL is accepted */

const sp_setup *sp_config_setup(const sp_config *config);

/* sp_config_live - what the live daemon needs beside the setup; addresses are of the config. */
const sp_live *sp_config_live(const sp_config *config);

/* The texts the setup was made of, for the log. Owned by the config; the sheet is empty when there is none. */
void sp_config_texts(const sp_config *config, const char **yaml, size_t *n_yaml, const char **sheet, size_t *n_sheet);

/* sp_config_show - every value with where it came from ("built-in", "profile dynamic (built-in)", "defaults, line 5",
 * "families[2], line 31"), as text or as one JSON object; `family` NULL: all, else a pattern. */
sp_status sp_config_show(const sp_config *config, const char *family, bool json, FILE *out);

/* sp_config_reference, sp_config_schema - docs/config.md and the editors' JSON Schema, generated from the rows. */
void sp_config_reference(FILE *out);
void sp_config_schema(FILE *out);

#endif
