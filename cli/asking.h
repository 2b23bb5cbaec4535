/* asking.h - questions to a running daemon: where it is, one question, one table of texts. */
#ifndef SP_CLI_ASKING_H
#define SP_CLI_ASKING_H

#include "base/time.h"
#include "cli/exit.h"
#include "cli/number.h"
#include "daemon/home.h"
#include "transport/control/control.h"

/* The columns of each answer, as docs/wire.md has them. */
enum { SP_ASK_NAME, SP_ASK_VALUE };                                                       /* status */
enum { SP_ASK_SCOPE, SP_ASK_FROZEN_SINCE, SP_ASK_BY };                                    /* frozen */
enum { SP_ASK_CODE, SP_ASK_SUBJECT, SP_ASK_ALARM_SINCE, SP_ASK_ALARM_TEXT, SP_ASK_CURE }; /* alarms */
enum {
	SP_ASK_SKU,
	SP_ASK_UNIT,
	SP_ASK_VERSION,
	SP_ASK_USD,
	SP_ASK_OFFER,
	SP_ASK_NOT_BEFORE,
	SP_ASK_FAMILY,
	SP_ASK_STATE
}; /* prices */
enum {
	SP_ASK_SOURCE,
	SP_ASK_MESSAGES,
	SP_ASK_RECORDS,
	SP_ASK_TAKEN,
	SP_ASK_MISSING,
	SP_ASK_REFUSED,
	SP_ASK_LAST
}; /* sources */

typedef struct sp_asking {
	sp_home home;
	sp_wire_decoder *decoder;
	sp_control_table table; /* the last answer; lives until the next question */
} sp_asking;

/* sp_asking_home - the places of a state directory; NULL: the default one. Complains on stderr. */
sp_exit sp_asking_home(const char *state, sp_home *home);

/* sp_asking_open - the same, and the memory for answers. Nobody is asked yet. */
sp_exit sp_asking_open(const char *state, sp_asking *asking);
void sp_asking_close(sp_asking *asking);

/* sp_asking_try - asks. in  arguments: up to two; NULL ends them.
 * fails  as sp_control_ask, and with the daemon's own refusal */
sp_status sp_asking_try(sp_asking *asking, sp_control_verb verb, const char *first, const char *second,
                        sp_message *message);

/* sp_asking_ask - the same; complains on stderr. */
sp_exit sp_asking_ask(sp_asking *asking, sp_control_verb verb, const char *first, const char *second);

/* sp_asking_cell - a cell of the last answer; "" beyond its columns, as an older daemon leaves it. */
const char *sp_asking_cell(const sp_asking *asking, uint32_t row, uint32_t column);

/* sp_asking_since - how long ago the time in a cell is, as a person says it ("3 h 12 min"); the cell itself where it is none. */
const char *sp_asking_since(const sp_asking *asking, uint32_t row, uint32_t column, char text[SP_NUMBER_MAX]);

/* sp_asking_moment - the time in a cell, as a person reads it; the cell itself where it is none. */
const char *sp_asking_moment(const sp_asking *asking, uint32_t row, uint32_t column, char text[SP_NUMBER_MAX]);

#endif
