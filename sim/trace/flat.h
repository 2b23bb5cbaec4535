/* flat.h - a JSON object of a known few keys with plain texts and numbers, read in one pass and without memory.
 *
 *     {"t":"2026-11-24T00:00:00Z","kind":"utilization","value":0.72}
 *
 * What is read here is JSON, and says the same to every reader of it. All else (an escape, a byte beyond ASCII, nesting, null, a key that is
 * unknown or stands twice, an error) is answered with false: it belongs to a whole JSON reader, whose words an error has. */
#ifndef SP_SIM_TRACE_FLAT_H
#define SP_SIM_TRACE_FLAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SP_FLAT_KEYS_MAX 8

typedef enum sp_flat_type {
	SP_FLAT_ABSENT,
	SP_FLAT_TEXT,
	SP_FLAT_WHOLE, /* a number without point and exponent, of 18 digits at most */
	SP_FLAT_REAL,
} sp_flat_type;

typedef struct sp_flat_value {
	sp_flat_type type;
	const char *text; /* in the line: between the quotes, or the number as it is written */
	size_t n;
	int64_t whole; /* SP_FLAT_WHOLE */
	double real;   /* both numbers: the nearest double, finite */
} sp_flat_value;

typedef struct sp_flat_keys {
	const char *const *keys;
	uint32_t n;
} sp_flat_keys;

/* sp_flat_read - in  text, n [bytes]: the whole line
 * out    values: by key; absent ones are told as such. Anything when the answer is false
 * cost   O(n), allocates: no */
bool sp_flat_read(const char *text, size_t n, const sp_flat_keys *keys, sp_flat_value values[SP_FLAT_KEYS_MAX]);

#endif
