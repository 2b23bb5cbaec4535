/* tally.h - what a law's lives add up to, over the worlds of a group or of a kind.
 *
 *     share            sum of (law - list) / sum of (clairvoyant - list), in dollars: of the way from list to what could have been made
 *     against static   the same to the best static price. Printed, never a goal: who beats it by foresight of bursts is lucky
 *     mean, worst      (law - static) and (law - list), in percent of the static margin; by world, each counts alike
 *
 * Nothing is said of a share where the gap is under 1 % of the static margin: it would be a quotient of noise. */
#ifndef SP_SIM_SCORE_TALLY_H
#define SP_SIM_SCORE_TALLY_H

#include <stdbool.h>

#include "sim/score/score.h"

#define SP_TALLY_GAP_LEAST 0.01 /* of the static margin */

typedef struct sp_tally_share {
	bool known;
	double value; /* [1]; 0 unless known */
} sp_tally_share;

typedef struct sp_score_tally {
	uint32_t n; /* worlds; 0: none, and all else is 0 */
	sp_tally_share share, of_static;
	double mean_static, worst_static, mean_list, worst_list;                /* [1] of the static margin */
	double moves_a_day, at_rail, bill_change_p95;                           /* means over worlds */
	double below_usd;                                                       /* lost in periods under cost, all worlds */
	double refused;                                                         /* of what was offered [1] */
	double margin_usd, list_usd, static_usd, clairvoyant_usd, reserved_usd; /* all worlds */
} sp_score_tally;

/* Which worlds are counted. */
typedef bool (*sp_score_pick)(const sp_score_world *world, uint32_t which);
bool sp_score_of_group(const sp_score_world *world, uint32_t group);
bool sp_score_of_kind(const sp_score_world *world, uint32_t kind);

sp_score_tally sp_score_add_up(const sp_score *score, uint32_t entrant, sp_score_pick pick, uint32_t which);

/* sp_score_share - of one world. */
sp_tally_share sp_score_share(const sp_score_world *world, const sp_score_row *row);

#endif
