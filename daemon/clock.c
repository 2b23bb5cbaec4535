/* clock.c - see clock.h. The clock of our own goes on below a held one: base and boot say where it would be. */
#include "daemon/clock.h"

#include <time.h>

#include "base/assert.h"
#include "base/time.h"

_Static_assert(SP_CLOCK_PATIENCE_NS == 10 * SP_MIN, "R11");

static int64_t clock_least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t clock_greatest(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static int64_t clock_permitted(int64_t t_ns)
{
	return clock_least(clock_greatest(t_ns, SP_TIME_MIN_NS), SP_TIME_MAX_NS - 1);
}

static void clock_set(sp_tick_clock *clock, int64_t t_ns, int64_t boot_ns)
{
	clock->base_ns = t_ns;
	clock->boot_ns = boot_ns;
	clock->apart_since_ns = SP_TIME_NEVER;
}

void sp_tick_clock_init(sp_tick_clock *clock, int64_t wall_ns, int64_t boot_ns, int64_t last_tick_ns)
{
	SP_ASSERT(clock && boot_ns >= 0);
	SP_ASSERT(last_tick_ns < SP_TIME_MAX_NS);
	*clock = (sp_tick_clock){.behind = wall_ns < last_tick_ns};
	clock_set(clock, clock_permitted(clock_greatest(wall_ns, last_tick_ns)), boot_ns);
	clock->said_ns = clock->base_ns;
	if (clock->behind) /* as if for long: the first reading decides */
		clock->apart_since_ns = boot_ns - SP_CLOCK_PATIENCE_NS;
}

/* Has the wall clock been off, the same way, for so long that it is believed? */
static bool clock_patience_ends(sp_tick_clock *clock, int64_t apart_ns, int64_t boot_ns, int64_t tolerance_ns)
{
	int64_t size_ns = apart_ns < 0 ? -apart_ns : apart_ns;

	if (size_ns <= tolerance_ns) {
		clock->apart_since_ns = SP_TIME_NEVER;
		return false;
	}
	if (clock->apart_since_ns == SP_TIME_NEVER || clock->behind != (apart_ns < 0)) {
		clock->apart_since_ns = boot_ns;
		clock->apart_least_ns = size_ns;
		clock->behind = apart_ns < 0;
	}
	clock->apart_least_ns = clock_least(clock->apart_least_ns, size_ns);
	return boot_ns - clock->apart_since_ns >= SP_CLOCK_PATIENCE_NS;
}

/* A running clock: what it is now, or where it stops. */
static int64_t clock_run(sp_tick_clock *clock, int64_t own_ns, int64_t wall_ns, int64_t boot_ns, int64_t tolerance_ns)
{
	int64_t ahead_ns = wall_ns - own_ns;

	if (!clock_patience_ends(clock, ahead_ns, boot_ns, tolerance_ns))
		return own_ns;
	if (clock->behind) {
		clock->held = true;
		return clock->said_ns;
	}
	/* A clock that is being slewed is as right as one that stands. */
	if (ahead_ns - clock->apart_least_ns > tolerance_ns)
		ahead_ns = clock->apart_least_ns;
	clock_set(clock, own_ns + ahead_ns, boot_ns);
	return clock->base_ns;
}

/* A held clock stands until the wall clock has come up with it. */
static int64_t clock_wait(sp_tick_clock *clock, int64_t own_ns, int64_t wall_ns, int64_t boot_ns)
{
	if (wall_ns < clock->said_ns)
		return clock->said_ns;
	clock->held = false;
	clock_set(clock, clock_least(wall_ns, own_ns), boot_ns);
	return clock->base_ns;
}

int64_t sp_tick_clock_read(sp_tick_clock *clock, int64_t wall_ns, int64_t boot_ns, int64_t tolerance_ns)
{
	int64_t own_ns, now_ns;

	SP_ASSERT(clock && tolerance_ns >= 0);
	SP_ASSERT(wall_ns >= SP_TIME_MIN_NS && wall_ns < SP_TIME_MAX_NS && boot_ns >= 0);
	own_ns = clock_least(clock->base_ns + clock_greatest(boot_ns - clock->boot_ns, 0), SP_TIME_MAX_NS - 1);
	now_ns = clock->held ? clock_wait(clock, own_ns, wall_ns, boot_ns)
	                     : clock_run(clock, own_ns, wall_ns, boot_ns, tolerance_ns);
	clock->said_ns = clock_greatest(clock->said_ns, now_ns);
	return clock->said_ns;
}

int64_t sp_tick_clock_held(const sp_tick_clock *clock)
{
	SP_ASSERT(clock);
	return clock->held ? clock->said_ns : 0;
}

static int64_t clock_of(clockid_t id)
{
	struct timespec t;
	int64_t ns = 0;
	int rc = clock_gettime(id, &t);

	SP_ASSERT(rc == 0);
	if (__builtin_mul_overflow((int64_t)t.tv_sec, SP_SEC, &ns) || __builtin_add_overflow(ns, t.tv_nsec, &ns))
		return t.tv_sec < 0 ? SP_TIME_MIN_NS : SP_TIME_MAX_NS - 1;
	return ns;
}

int64_t sp_clock_wall(void)
{
	return clock_permitted(clock_of(CLOCK_REALTIME));
}

int64_t sp_clock_boot(void)
{
	return clock_of(CLOCK_BOOTTIME);
}
