/* schedule.h - a time-of-use table, by hour of the week, and one fitted to a load profile. */
#ifndef SP_POLICIES_PRICE_SCHEDULE_H
#define SP_POLICIES_PRICE_SCHEDULE_H

#include <stdint.h>

#define SP_WEEK_HOURS 168

typedef enum sp_days {
	SP_DAYS_ALL,
	SP_DAYS_WEEKDAYS,
	SP_DAYS_WEEKEND,
	SP_DAYS_MON,
	SP_DAYS_TUE,
	SP_DAYS_WED,
	SP_DAYS_THU,
	SP_DAYS_FRI,
	SP_DAYS_SAT,
	SP_DAYS_SUN,
} sp_days;

/* One class of hours and its price. Past midnight where `to` is not after `from`; equal: the whole day. */
typedef struct sp_schedule_class {
	uint32_t days, unused;
	int64_t from_h, to_h; /* 0..24, local time */
	int64_t level_ppb;    /* of the sheet; SP_PARAM_NONE: there is no such class */
} sp_schedule_class;

/* The first class that covers an hour sets its price. */
enum { SP_SCHEDULE_PEAK, SP_SCHEDULE_SHOULDER, SP_SCHEDULE_NIGHT, SP_SCHEDULE_WEEKEND, SP_SCHEDULE_CLASSES };

typedef struct sp_schedule {
	int64_t utc_offset_min, ahead_ns, level_ppb; /* level: of hours that no class covers */
	sp_schedule_class classes[SP_SCHEDULE_CLASSES];
} sp_schedule;

/* sp_schedule_level - the price of an hour of the week, 0 = Monday 0:00 local [ppb of the sheet]. */
int64_t sp_schedule_level(const sp_schedule *schedule, int hour_of_week);

/* sp_schedule_hour - the hour of the local week that a time falls in. */
int sp_schedule_hour(const sp_schedule *schedule, int64_t t_ns);

/* sp_schedule_fit - peak, night and weekend by the load at level prices, each at the price that would bring it to the mean.
 *
 *     peak     the run of weekday hours whose mean stands out most (between-class sum of squares); night: the run of the
 *              others that lies lowest; weekend: where there is no night
 *     level    (load of the class / mean)^(1 / elasticity), within 1 / most .. most; then all are divided by the load's mean
 *              level, so that the same load pays the same as before; rounded to 1 %
 *
 * in     load: [168] >= 0, finite, Monday 0:00 local first; elasticity > 0; most_ppb >= 10^9 (asserted)
 * out    *schedule: classes and level; utc_offset_min and ahead_ns are left as they are
 * source Ward 1963 (least within-class variance), on runs of hours */
void sp_schedule_fit(const double load[SP_WEEK_HOURS], double elasticity, int64_t most_ppb, sp_schedule *schedule);

#endif
