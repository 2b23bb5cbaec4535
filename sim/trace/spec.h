/* spec.h - PRESET:FILE[,key=value…] taken apart.
 *
 * The preset is what stands before the first colon, where that is a word of [a-z0-9_-]; else there is none. The file ends at the first
 * comma that `key=` follows, and so does a value: commas in names need no escaping. */
#ifndef SP_SIM_TRACE_SPEC_H
#define SP_SIM_TRACE_SPEC_H

#include <stdint.h>

#include "base/status.h"

#define SP_SPEC_KEYS_MAX 16 /* filters and options of one trace */

typedef struct sp_spec_key {
	const char *key, *value;
} sp_spec_key;

typedef struct sp_spec {
	char *copy;         /* owned: what the texts below point into */
	const char *preset; /* NULL: none given */
	const char *file;
	uint32_t n_keys;
	sp_spec_key keys[SP_SPEC_KEYS_MAX];
} sp_spec;

/* sp_spec_parse - fails  SP_E_SYNTAX no file, a key twice, too many keys; SP_E_MEMORY */
sp_status sp_spec_parse(const char *text, sp_spec *spec, sp_message *message);
void sp_spec_fini(sp_spec *spec); /* accepts all zero */

/* sp_spec_find - the value of a key, or NULL. */
const char *sp_spec_find(const sp_spec *spec, const char *key);

#endif
