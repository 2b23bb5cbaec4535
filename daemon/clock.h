/* clock.h - tick time: a clock that never goes back and never makes up for what it missed (R11).
 *
 *     tick time = max(wall clock at start, last committed tick) + time elapsed on CLOCK_BOOTTIME
 *
 * The wall clock is only watched. Off by no more than the tolerance it is right; off for less than 10 minutes on end, or now this
 * way and now that, it is ignored. After that
 *
 *     ahead    it is followed forward at once, to what it has been ahead by all the time: the ticks between are missed. A clock
 *              that jumped a second time must wait again, so a flapping one drags nobody a day along.
 *     behind   tick time is held: it stands until the wall clock has reached it, and an alarm says until when. Behind at start, that
 *              is at the first reading earlier than the last committed tick by more than the tolerance, is held at once: what let the
 *              log run ahead was before our time.
 *
 * When the wall clock reaches a held clock it runs on: where the wall clock is, but no further than it would be had it run all along.
 * So a wall clock put right costs no further wait, and one that jumps ahead must wait as any other. Pure: the readings are arguments. */
#ifndef SP_DAEMON_CLOCK_H
#define SP_DAEMON_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#define SP_CLOCK_PATIENCE_NS (INT64_C(600) * 1000000000)

typedef struct sp_tick_clock {
	int64_t base_ns, boot_ns; /* tick time was base_ns when CLOCK_BOOTTIME was boot_ns */
	int64_t said_ns;          /* the last answer */
	int64_t apart_since_ns; /* CLOCK_BOOTTIME since when the wall clock is off the same way; SP_TIME_NEVER: it is not */
	int64_t apart_least_ns; /* by at least so much */
	bool behind;            /* which way */
	bool held;              /* tick time stands until the wall clock has reached it */
} sp_tick_clock;

void sp_tick_clock_init(sp_tick_clock *clock, int64_t wall_ns, int64_t boot_ns, int64_t last_tick_ns);

/* sp_tick_clock_read - tick time now. Never lower than what it said before, always a permitted time.
 * in     tolerance_ns: a wall clock no further off than this is right; well below how far ahead a signal may be (max_ahead) */
int64_t sp_tick_clock_read(sp_tick_clock *clock, int64_t wall_ns, int64_t boot_ns, int64_t tolerance_ns);

/* sp_tick_clock_held - is it held, and until which wall clock time? 0: no. */
int64_t sp_tick_clock_held(const sp_tick_clock *clock);

/* The two clocks it reads [ns]; a wall clock outside the permitted times is at their border. */
int64_t sp_clock_wall(void);
int64_t sp_clock_boot(void);

#endif
