/* given.h - configurations for the tests of the room: from text, from parts of text, from files. */
#ifndef SP_TESTS_CONFIG_GIVEN_H
#define SP_TESTS_CONFIG_GIVEN_H

#include "controller/config/config.h"

/* The start of a YAML text that only lacks its families: version 1 and pool p with eight owned GPUs. */
#define GIVEN_POOL                \
	"version: 1\n"                \
	"pools:\n"                    \
	"  - id: p\n"                 \
	"    units_per_gpu_s: 2000\n" \
	"    supply:\n"               \
	"      - {id: base, term: owned, gpus: 8, usd_per_gpu_h: \"2.10\"}\n"

/* One SKU of a family, for `skus: [ … ]`. */
#define GIVEN_SKU(id) "{id: " id ", meter: input, unit: 1M tokens, usd: \"0.45\", weight: 1}"

/* given_text - a whole file, zero-terminated; the caller frees. Fails the test when it is not there. */
char *given_text(const char *path, size_t *n);

/* given_config - reads a configuration that must be accepted; prints the complaints and fails otherwise. sheet NULL: none. */
sp_config *given_config(const char *yaml, const char *sheet);

/* given_refused - reads a configuration that must be refused; the caller frees the complaints. */
sp_complaints given_refused(const char *yaml, const char *sheet);

/* given_family - a family of a setup by id; fails when it is not there. */
const sp_family_setup *given_family(const sp_config *config, const char *id);

/* given_shown - what sp_config_show writes; the caller frees. */
char *given_shown(const sp_config *config, const char *family, bool json);

#endif
