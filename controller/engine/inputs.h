/* inputs.h - the engine's inputs as bytes: signals, commands and configurations in order of arrival (R12), and which messages
 * they came in.
 *
 * A block of inputs is self-contained: names are written out at their first use in the block and numbered from then on, so
 * that a log can be replayed under another configuration. Drivers store blocks as they are; the log hashes and compresses
 * them. A configuration is named by its hash; the log holds its text. */
#ifndef SP_ENGINE_INPUTS_H
#define SP_ENGINE_INPUTS_H

#include "base/bytes.h"
#include "controller/engine/engine.h"

#define SP_SOURCES_MAX      4096                /* different senders a driver tells apart */
#define SP_INPUTS_BLOCK_MAX (UINT32_C(4) << 20) /* a block is stored when this much has gathered (R12) */

typedef enum sp_input_kind {
	SP_INPUT_SIGNAL = 1,
	SP_INPUT_COMMAND = 2,
	SP_INPUT_CONFIG = 3,
	SP_INPUT_REFUSED = 4,
	SP_INPUT_MESSAGE = 5, /* a sender's message begins: nothing to the engine, the last seq to the driver */
} sp_input_kind;

/* One input read back. */
typedef struct sp_input {
	sp_input_kind kind;
	char subject[SP_ID_MAX + 1]; /* SIGNAL; COMMAND: the pool or family, "" for all */
	char source[SP_ID_MAX + 1];  /* SIGNAL, MESSAGE */
	uint32_t signal_kind;
	int64_t t_ns;
	sp_value value;
	sp_command command; /* its slot is SP_NO_SLOT: look the subject up */
	uint8_t config[SP_CONFIG_HASH_SIZE];
	sp_refusal refusal; /* REFUSED: before the engine saw them */
	uint32_t n;         /* REFUSED: so many */
	int64_t seq;        /* MESSAGE: from 1 */
} sp_input;

/* Collects a block in the host's memory; one per driver. */
typedef struct sp_inputs sp_inputs;

size_t sp_inputs_size(uint32_t n_subjects);
sp_inputs *sp_inputs_init(void *memory, size_t size, uint32_t n_subjects);

/* sp_inputs_has_room - for one more input? Else store the block and clear it first. */
bool sp_inputs_has_room(const sp_inputs *inputs);

/* Each appends one input; there must be room (asserted). */
void sp_inputs_add_signal(sp_inputs *inputs, const sp_signal *signal, const char *subject, const char *source);
void sp_inputs_add_command(sp_inputs *inputs, const sp_command *command, const char *subject);
void sp_inputs_add_config(sp_inputs *inputs, const uint8_t hash[SP_CONFIG_HASH_SIZE]);
void sp_inputs_add_refused(sp_inputs *inputs, sp_refusal refusal, uint32_t n);
void sp_inputs_add_message(sp_inputs *inputs, uint32_t slot, const char *source, int64_t seq); /* slot: of the source */

/* The block so far; valid until the next append or clear. */
const uint8_t *sp_inputs_bytes(const sp_inputs *inputs, size_t *n);
void sp_inputs_clear(sp_inputs *inputs);

/* Reads a block back, one input after the other, in order. The cursor needs no fini; bytes outlive it. */
#define SP_INPUTS_NAMES_MAX 65536 /* different names in one block */
typedef struct sp_inputs_cursor {
	sp_reader reader;
	int64_t last_ns;
	uint32_t n_names;
	uint32_t name_at[SP_INPUTS_NAMES_MAX]; /* offset of each name's length in the block */
} sp_inputs_cursor;

void sp_inputs_begin(sp_inputs_cursor *cursor, const uint8_t *bytes, size_t n);

/* sp_inputs_next - SP_OK and one input; SP_E_END after the last; SP_E_DAMAGED when the bytes are not a block. */
sp_status sp_inputs_next(sp_inputs_cursor *cursor, sp_input *input);

#endif
