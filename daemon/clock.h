/* clock.h - tick time: a clock that never goes back and never makes up for what it missed (R11).
 *
 *     tick time = max(wall clock at start, last committed tick) + time elapsed on CLOCK_BOOTTIME
 *
 * A wall clock that is ahead of it for 10 minutes on end is followed forward at once: the ticks between are missed ticks. One
 * that is behind for 10 minutes on end (or at start) holds it: no tick comes until the wall clock has reached it, and an alarm says
 * until when. Shorter jumps are ignored. Pure: the readings are arguments. */
#ifndef SP_DAEMON_CLOCK_H
#define SP_DAEMON_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#define SP_CLOCK_PATIENCE_NS (INT64_C(600) * 1000000000)

typedef struct sp_tick_clock {
	int64_t base_ns, boot_ns; /* tick time was base_ns when CLOCK_BOOTTIME was boot_ns */
	int64_t apart_since_ns;   /* CLOCK_BOOTTIME since when the wall clock has been off, the same way; -1: it is not */
	bool behind;              /* which way */
	int64_t held_until_ns;    /* tick time stands at this until the wall clock reaches it; 0: it runs */
} sp_tick_clock;

void sp_tick_clock_init(sp_tick_clock *clock, int64_t wall_ns, int64_t boot_ns, int64_t last_tick_ns);

/* sp_tick_clock_read - tick time now. Never lower than what it said before.
 * in     tolerance_ns: a wall clock nearer than this is right */
int64_t sp_tick_clock_read(sp_tick_clock *clock, int64_t wall_ns, int64_t boot_ns, int64_t tolerance_ns);

/* sp_tick_clock_held - is it held, and until which wall clock time? 0: no. */
int64_t sp_tick_clock_held(const sp_tick_clock *clock);

/* The two clocks it reads [ns]. */
int64_t sp_clock_wall(void);
int64_t sp_clock_boot(void);

#endif
