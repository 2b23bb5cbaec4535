/* health.h - is a family's loop calm? And if not, how much of its law's wish still counts.
 *
 * Watched, always: what the loop itself tells customers. The loop's part of a move are the law's terms that follow demand; cost,
 * the market, a timetable, a person and the outside do not swing because our price moved, and do not count. In `observe` and `propose`
 * nothing is told, no loop is closed, and nothing is counted.
 *
 *     alternation  the told level turned and went back by more than `least_move`: a zigzag, however many small moves it has
 *     move         a told change of at least `least_move`
 *     at a rail    ticks in which a floor, ceiling, step or rate cut the wish: shown only, a smaller gain cures no saturation
 *
 * Counts and shares fade over `window` W: after a span s a count is e^(-s / W) of what it was, so that r events a window stand at r.
 *
 * Trouble is more alternations or more moves than the family's limits. Then the gain halves and counting begins anew: what is
 * counted next is the quieter loop's. After `recovery` without trouble it doubles, and again, until all of it is back. A loop that
 * is in trouble again after a doubling waits twice as long for the next one, at most 32 times: it does not try the same every week.
 *
 * The gain scales the wish, not the move: what is damped is asked again at the next tick, so small corrections still add up behind a
 * dead band, and a loop of any gain ends at the same price. Pure functions; no libm, plain memory; all zero limits: never in trouble. */
#ifndef SP_ENGINE_HEALTH_H
#define SP_ENGINE_HEALTH_H

#include <stdbool.h>
#include <stdint.h>

#include "controller/engine/setup.h"

#define SP_HALVINGS_MAX 6 /* 1/64: a gain of 1 % of the wish is as good as none */

typedef struct sp_health {
	int64_t t_ns;     /* of the last tick; SP_TIME_NEVER: none yet */
	int64_t calm_ns;  /* since when: the last trouble, or the last doubling */
	double way, turn; /* what the loop moved the price by, as a sum of logs; and its extreme since it turned last */
	double alternations, moves; /* faded counts */
	double at_rail;             /* faded share of ticks [1] */
	int32_t heading;            /* 1 up, -1 down, 0: has not moved yet */
	uint32_t halvings, relapses;
	uint32_t doubled; /* the last change of the gain was a doubling */
	uint32_t trouble; /* bits of sp_trouble: what halved the gain last */
	uint32_t pad;
} sp_health;

typedef enum sp_trouble { SP_TROUBLE_ALTERNATES = 1, SP_TROUBLE_FLAPS = 2 } sp_trouble;

void sp_health_init(sp_health *health);

/* sp_health_move - the loop has told customers a move of so much.
 * in  log_ratio: its own part, finite; 0 is none */
void sp_health_move(sp_health *health, const sp_loop_setup *setup, double log_ratio);

/* sp_health_tick - time passes: counts fade, trouble halves the gain, calm doubles it. Once a tick, after its move.
 * in  now_ns: not before the last; at_rail: a saturating rail bound in this tick */
void sp_health_tick(sp_health *health, const sp_loop_setup *setup, int64_t now_ns, bool at_rail);

/* sp_health_gain - of the law's wish, so much counts [1]: 1, 1/2 … 1/64. */
double sp_health_gain(const sp_health *health);

/* sp_health_recovers_ns - when the gain doubles if nothing is wrong until then; SP_TIME_NEVER where nothing is damped. */
int64_t sp_health_recovers_ns(const sp_health *health, const sp_loop_setup *setup);

/* sp_health_closes - does this term of a law close the loop: does it follow demand, which follows our price? */
bool sp_health_closes(const sp_law_term *term);

/* sp_health_damp - lets only the gain's part of a wish's loop terms count. Untouched, to the bit, while the gain is 1. */
void sp_health_damp(const sp_health *health, const sp_law_ops *law, sp_wish *wish);

#endif
