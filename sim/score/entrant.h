/* entrant.h - a law as it is entered for the score: its name, its parameters, and what it is told of how buyers answer.
 *
 *     a number   its `elasticity` is this
 *     truth      its `elasticity` is the world's
 *     sure       the same, and its `elasticity_sd` is 0 where the truth is above 1: below, no law may be that sure
 *     nothing    it has no such parameter, or it stands among those given */
#ifndef SP_SIM_SCORE_ENTRANT_H
#define SP_SIM_SCORE_ENTRANT_H

#include <stdbool.h>
#include <stddef.h>

#include "policies/price/law.h"
#include "sim/market/world.h"

#define SP_ENTRANT_TEXT_MAX 512 /* of a law's parameters */
#define SP_HINT_TEXT_MAX    16

typedef enum sp_hint_kind { SP_HINT_NOTHING, SP_HINT_NUMBER, SP_HINT_TRUTH, SP_HINT_SURE } sp_hint_kind;

typedef struct sp_hint {
	sp_hint_kind kind;
	char text[SP_HINT_TEXT_MAX]; /* as written; "" nothing */
} sp_hint;

typedef struct sp_entrant {
	const sp_law_ops *law;
	char params[SP_ENTRANT_TEXT_MAX]; /* "gain: 50%, level_mix: 0.5"; may be "" */
	sp_hint told;
} sp_entrant;

/* sp_entrant_parse - NAME or NAME=KEY: VALUE, … (braces around them are accepted); told nothing yet.
 * fails  SP_E_UNKNOWN no such law, with the nearest; SP_E_RANGE too long */
sp_status sp_entrant_parse(const char *text, sp_entrant *entrant, sp_message *message);

/* sp_hint_parse - a number above 0, "truth" or "sure". SP_E_SYNTAX: none of these. */
sp_status sp_hint_parse(const char *text, sp_hint *hint, sp_message *message);

/* sp_entrant_listens - can it be told anything: has the law an `elasticity` that is not among its parameters? */
bool sp_entrant_listens(const sp_entrant *entrant);

/* sp_entrant_config - the world's configuration under the law, told what it is to be told.
 * out    *config, the caller's to close
 * fails  SP_E_SYNTAX: the message holds the first complaint; SP_E_MEMORY */
sp_status sp_entrant_config(const sp_entrant *entrant, const sp_world *world, sp_config **config, sp_message *message);

/* sp_entrant_usual - what a law of the registry is entered with when nobody says: nothing, but for those that are nothing without
 * parameters. `schedule` gets +10 % in the hours of business, `blend` the mean of cost_plus and utilization_pi. */
const char *sp_entrant_usual(const sp_law_ops *law);

#endif
