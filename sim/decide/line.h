/* line.h - decisions as JSON Lines, the form that other people's programs read (DESIGN, "`decide` in detail"; R19). */
#ifndef SP_SIM_DECIDE_LINE_H
#define SP_SIM_DECIDE_LINE_H

#include <stdio.h>

#include "base/decision.h"
#include "controller/engine/engine.h"
#include "controller/log/log.h"

/* sp_line_decision - one decision; id 0: null, the log holds no row. config: the configuration's hash. */
void sp_line_decision(FILE *out, const sp_decision *decision, int64_t id, const uint8_t config[SP_HASH_SIZE]);

/* sp_line_tick - the marker that closes a tick's lines: counts, refusals, alarms raised and cleared, digest. */
void sp_line_tick(FILE *out, const sp_tick *tick, const uint8_t digest[SP_HASH_SIZE]);

/* sp_line_text - a JSON string with its quotes, escaped. */
void sp_line_text(FILE *out, const char *text);

#endif
