/* control.h - what people ask of a running daemon, and what it answers: a verb with texts, a table of texts.
 *
 *     [version, 64, verb, [argument, …]]                "freeze" ["family chat/us-east"], "alarms" [], "prices" [pattern, after]
 *     [version, 80, status, text, more, [[cell, …], …]] what happened in words, and rows; the columns of each verb: docs/wire.md
 *
 * Cells are texts as people read them (decimal USD, RFC 3339, names): a table this small needs no second form. All texts are UTF-8
 * without control characters: whoever prints them may do so as they are. One spelling only, as of frames. */
#ifndef SP_WIRE_CONTROL_H
#define SP_WIRE_CONTROL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/status.h"
#include "transport/wire/decoder.h"
#include "transport/wire/reason.h"

#define SP_CONTROL_ARGUMENTS_MAX 4
#define SP_CONTROL_TEXT_MAX      512                   /* [bytes] of one argument or cell */
#define SP_CONTROL_CELLS_MAX     16                    /* of a row */
#define SP_CONTROL_ROWS_MAX      500                   /* of an answer; more are asked for by a further question */
#define SP_CONTROL_REQUEST_MAX   (UINT32_C(4) << 10)   /* [bytes] */
#define SP_CONTROL_BYTES_MAX     (UINT32_C(256) << 10) /* of an answer */

/* X(name, what it does) */
#define SP_CONTROL_MAP(X)                                      \
	X(status, "what the daemon is doing: rows of name, value") \
	X(freeze, "no price moves in a scope")                     \
	X(thaw, "the scope moves again")                           \
	X(frozen, "the scopes that are frozen")                    \
	X(alarms, "what is wrong now")                             \
	X(prices, "prices in force and announced")                 \
	X(sources, "who sends what, and what became of it")

typedef enum sp_control_verb {
#define X(name, text) SP_CONTROL_##name,
	SP_CONTROL_MAP(X)
#undef X
	    SP_CONTROL_VERBS
} sp_control_verb;

const char *sp_control_verb_name(sp_control_verb verb);

typedef struct sp_control_request {
	sp_control_verb verb;
	uint32_t n_arguments;
	char arguments[SP_CONTROL_ARGUMENTS_MAX][SP_CONTROL_TEXT_MAX + 1];
} sp_control_request;

/* sp_control_request_decode - reads a question; how many arguments its verb takes is not judged here. *request written only on
 * SP_WIRE_ok. */
sp_wire_reason sp_control_request_decode(sp_wire_decoder *decoder, const uint8_t *bytes, size_t n,
                                         sp_control_request *request);

/* sp_control_request_encode - writes a question, checked as a decoder would: SP_WIRE_arguments, SP_WIRE_text (what a person has typed).
 * out    writer->n grows by what is needed, also when it does not fit; unless it is SP_WIRE_ok, the same as before */
sp_wire_reason sp_control_request_encode(const sp_control_request *request, sp_writer *writer);

/* An answer being written: `status = sp_message_set(&message, …)` is the caller's to do, rows are added until it is full. */
typedef struct sp_control_answer {
	sp_status status;
	sp_message message;
	uint32_t n_rows, n_cells; /* so far; n_cells of each row, the same in all */
	bool full;                /* a row had no room: the answer ends before it, and says that there are more */
	bool grouped;
	uint32_t group_rows; /* n_rows and n_bytes where the group began */
	size_t group_bytes, n_bytes;
	uint8_t rows[SP_CONTROL_BYTES_MAX - 2 * SP_MESSAGE_MAX]; /* encoded as they come */
} sp_control_answer;

/* sp_control_answer_init - SP_OK, no message, no row. */
void sp_control_answer_init(sp_control_answer *answer);

/* sp_control_answer_group - the rows from here to the next group belong together (a family's prices): when one of them has no
 * room, none of them is in the answer. Without groups each row stands alone. */
void sp_control_answer_group(sp_control_answer *answer);

/* sp_control_answer_row - adds a row; false when it is full. A cell that is longer than may be is cut at a character; a byte that may not
 * be shown becomes '?'. */
bool sp_control_answer_row(sp_control_answer *answer, const char *const *cells, uint32_t n_cells);

/* sp_control_answer_encode - writes the answer, SP_CONTROL_BYTES_MAX at most; its message is cleaned as cells are. */
void sp_control_answer_encode(const sp_control_answer *answer, sp_writer *writer);

/* An answer read back: texts are in the decoder, terminated, and live until its next use. */
typedef struct sp_control_table {
	sp_status status;
	const char *text;
	bool more; /* than had room */
	uint32_t n_rows, n_cells;
	const char *const *cells; /* [n_rows * n_cells], row by row */
} sp_control_table;

/* sp_control_answer_decode - reads an answer. *table written only on SP_WIRE_ok; O(n), allocates: no. */
sp_wire_reason sp_control_answer_decode(sp_wire_decoder *decoder, const uint8_t *bytes, size_t n,
                                        sp_control_table *table);

#endif
