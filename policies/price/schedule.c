/* schedule.c - prices by the hour of the week, from a table that everybody can read beforehand.
 *
 *     goal   the highest level of the table between now and now + ahead
 *
 * `ahead` is the family's notice: a raise is told that much before its hour, as the normal move that it is, and its notice ends
 * on the hour; a cut takes effect on the hour. A dip shorter than the notice would need its end announced before its beginning:
 * it is left out. So `ahead` should be shorter than the shortest stretch at a low price.
 *
 * It reads nothing, so nothing of it can be stale. One level since the last told: it replaces its former value, so nothing winds
 * up; whatever index rails, people or the outside set, the next wish is what is left to the table's.
 *
 * Local time is UTC + utc_offset_minutes all year: where clocks change, the table is an hour off for half of it. */
#include "policies/price/schedule.h"

#include "base/assert.h"
#include "base/math.h"
#include "base/time.h"
#include "policies/price/law.h"

#define DAY_H  24
#define WEEK_D 7

static const char *const schedule_days[] = {"all", "weekdays", "weekend", "mon", "tue", "wed",
                                            "thu", "fri",      "sat",     "sun", NULL};

#define AT(field) offsetof(sp_schedule, field)
#define CLASS(name, i, begins, first, end)                                                                           \
	{name ".days", SP_PARAM_CHOICE, "", AT(classes[i].days), 0, 0, begins, schedule_days, "The days it begins on."}, \
	    {name ".from_h", SP_PARAM_COUNT, "o'clock", AT(classes[i].from_h), 0, 24, first, NULL, "Its first hour."},   \
	    {name ".to_h",                                                                                               \
	     SP_PARAM_COUNT,                                                                                             \
	     "o'clock",                                                                                                  \
	     AT(classes[i].to_h),                                                                                        \
	     0,                                                                                                          \
	     24,                                                                                                         \
	     end,                                                                                                        \
	     NULL,                                                                                                       \
	     "When it ends; not after from_h: on the next day; equal: it is the whole day."},                            \
	{                                                                                                                \
		name ".level", SP_PARAM_RATIO, "of the sheet", AT(classes[i].level_ppb), 0.01, 100, "none", NULL,            \
		    "Its price; none: there is no such class. Where several cover an hour: peak, shoulder, night, weekend."  \
	}
static const sp_param schedule_rows[] = {
    {"utc_offset_minutes", SP_PARAM_COUNT, "minutes", AT(utc_offset_min), -720, 840, "0", NULL,
     "Local time less UTC, all year."},
    {"ahead", SP_PARAM_SPAN, "s", AT(ahead_ns), 0, 7 * 86400.0, "0s", NULL,
     "So long before its hour a raise is told: write the family's notice."},
    {"level", SP_PARAM_RATIO, "of the sheet", AT(level_ppb), 0.01, 100, "100%", NULL,
     "The price in hours that no class covers."},
    CLASS("peak", SP_SCHEDULE_PEAK, "weekdays", "9", "18"),
    CLASS("shoulder", SP_SCHEDULE_SHOULDER, "weekdays", "7", "22"),
    CLASS("night", SP_SCHEDULE_NIGHT, "all", "22", "6"),
    CLASS("weekend", SP_SCHEDULE_WEEKEND, "weekend", "0", "24"),
};
#undef CLASS
#undef AT

/* No clock feeds a table; cost is one whose going stale keeps no term waiting. */
static const sp_law_term schedule_terms[] = {{"schedule", true, false, SP_CLOCK_COST}};

enum { REASON_RAISE, REASON_LOWER, REASON_AT };
static const char *const schedule_reasons[] = {"table_above", "table_below", "at_table", NULL};

/* --- the table --- */

static bool days_hold(uint32_t days, int day)
{
	if (days == SP_DAYS_ALL)
		return true;
	if (days == SP_DAYS_WEEKDAYS || days == SP_DAYS_WEEKEND)
		return (day >= 5) == (days == SP_DAYS_WEEKEND);
	return day == (int)days - SP_DAYS_MON;
}

static bool class_covers(const sp_schedule_class *class, int day, int hour)
{
	bool today = days_hold(class->days, day), since_yesterday = days_hold(class->days, (day + WEEK_D - 1) % WEEK_D);
	if (class->level_ppb == SP_PARAM_NONE)
		return false;
	if (class->from_h == class->to_h)
		return today;
	if (class->from_h < class->to_h)
		return today && hour >= class->from_h && hour < class->to_h;
	return (today && hour >= class->from_h) || (since_yesterday && hour < class->to_h);
}

int64_t sp_schedule_level(const sp_schedule *schedule, int hour_of_week)
{
	SP_ASSERT(hour_of_week >= 0 && hour_of_week < SP_WEEK_HOURS);
	for (int i = 0; i < SP_SCHEDULE_CLASSES; i++)
		if (class_covers(&schedule->classes[i], hour_of_week / DAY_H, hour_of_week % DAY_H))
			return schedule->classes[i].level_ppb;
	return schedule->level_ppb;
}

/* 1970-01-01 was a Thursday. */
int sp_schedule_hour(const sp_schedule *schedule, int64_t t_ns)
{
	int64_t hour = (t_ns / SP_MIN + schedule->utc_offset_min) / 60 + 3 * DAY_H;
	SP_ASSERT(t_ns >= 0);
	return (int)((hour % SP_WEEK_HOURS + SP_WEEK_HOURS) % SP_WEEK_HOURS);
}

/* --- as a law --- */

static void schedule_init(void *state, const void *params)
{
	(void)state;
	SP_ASSERT(params != NULL);
}

/* The highest level from now to now + ahead. */
static int64_t schedule_goal(const sp_schedule *schedule, int64_t now_ns)
{
	int64_t goal = sp_schedule_level(schedule, sp_schedule_hour(schedule, now_ns + schedule->ahead_ns));
	for (int64_t on = 0; on < schedule->ahead_ns; on += SP_HOUR) {
		int64_t level = sp_schedule_level(schedule, sp_schedule_hour(schedule, now_ns + on));
		goal = level > goal ? level : goal;
	}
	return goal;
}

static void schedule_decide(const sp_law_input *input, void *state, const void *params, sp_wish *wish)
{
	int64_t level = schedule_goal(params, input->now_ns) - input->told.ppb;
	(void)state;
	SP_ASSERT(input->told.ppb > 0);
	wish->action = level == 0 ? SP_LAW_HOLD : SP_LAW_MOVE;
	wish->reason = schedule_reasons[level > 0 ? REASON_RAISE : level < 0 ? REASON_LOWER : REASON_AT];
	wish->terms[0] = (sp_term_wish){.exact = true, .amount = {level}};
}

/* --- fitting --- */

typedef struct run {
	int from, n; /* hours of the day, from `from` on */
} run;

/* Of a row of hours the run of which the mean lies furthest above (sign 1) or below (-1) the others', by the sum of squares
 * between the two; n 0: none. */
static run run_find(const double *hours, int n, double sign)
{
	double all = 0, best = 0;
	run found = {0, 0};
	for (int i = 0; i < n; i++)
		all += hours[i];
	for (int from = 0; from < n; from++) {
		double in = 0;
		for (int k = 1; from + k <= n && k < n; k++) {
			in += hours[from + k - 1];
			double gap = sign * (in / k - (all - in) / (n - k)), between = gap * gap * k * (n - k);
			if (gap > 0 && between > best) {
				best = between;
				found = (run){from, k};
			}
		}
	}
	return found;
}

/* The same on the clock's circle: a run may pass midnight. Only runs above are looked for, so each is seen from some start. */
static run run_around(const double hours[DAY_H])
{
	double turned[DAY_H], best = 0;
	run found = {0, 0};
	for (int start = 0; start < DAY_H; start++) {
		double in = 0, all = 0;
		for (int i = 0; i < DAY_H; i++)
			all += turned[i] = hours[(start + i) % DAY_H];
		for (int k = 1; k < DAY_H; k++) {
			in += turned[k - 1];
			double gap = in / k - (all - in) / (DAY_H - k), between = gap * gap * k * (DAY_H - k);
			if (gap > 0 && between > best) {
				best = between;
				found = (run){start, k};
			}
		}
	}
	return found;
}

static void class_of_run(run r, uint32_t days, sp_schedule_class *class)
{
	*class = (sp_schedule_class){.days = days, .from_h = r.from % DAY_H, .to_h = (r.from + r.n) % DAY_H};
	class->level_ppb = r.n > 0 ? SP_NANO : SP_PARAM_NONE;
}

/* Peak and night of the weekdays, and the weekend. */
static void fit_classes(const double load[SP_WEEK_HOURS], sp_schedule *schedule)
{
	double weekday[DAY_H] = {0}, rest[DAY_H];
	run peak, night;
	for (int h = 0; h < 5 * DAY_H; h++)
		weekday[h % DAY_H] += load[h] / 5;
	peak = run_around(weekday);
	for (int i = 0; i < DAY_H - peak.n; i++)
		rest[i] = weekday[(peak.from + peak.n + i) % DAY_H];
	night = run_find(rest, DAY_H - peak.n, -1);
	night.from += peak.from + peak.n;
	class_of_run(peak, SP_DAYS_WEEKDAYS, &schedule->classes[SP_SCHEDULE_PEAK]);
	class_of_run((run){0, 0}, SP_DAYS_WEEKDAYS, &schedule->classes[SP_SCHEDULE_SHOULDER]);
	class_of_run(night, SP_DAYS_ALL, &schedule->classes[SP_SCHEDULE_NIGHT]);
	class_of_run((run){0, DAY_H}, SP_DAYS_WEEKEND, &schedule->classes[SP_SCHEDULE_WEEKEND]);
	schedule->level_ppb = SP_NANO;
}

/* Which class an hour is of; SP_SCHEDULE_CLASSES: none. */
static int class_at(const sp_schedule *schedule, int hour_of_week)
{
	int i = 0;
	while (i < SP_SCHEDULE_CLASSES && !class_covers(&schedule->classes[i], hour_of_week / DAY_H, hour_of_week % DAY_H))
		i++;
	return i;
}

static void set_level(sp_schedule *schedule, int class, int64_t level_ppb)
{
	if (class == SP_SCHEDULE_CLASSES)
		schedule->level_ppb = level_ppb;
	else if (schedule->classes[class].level_ppb != SP_PARAM_NONE)
		schedule->classes[class].level_ppb = level_ppb;
}

void sp_schedule_fit(const double load[SP_WEEK_HOURS], double elasticity, int64_t most_ppb, sp_schedule *schedule)
{
	double sum[SP_SCHEDULE_CLASSES + 1] = {0}, hours[SP_SCHEDULE_CLASSES + 1] = {0}, level[SP_SCHEDULE_CLASSES + 1];
	double all = 0, paid = 0, most = (double)most_ppb / (double)SP_NANO;
	SP_ASSERT(elasticity > 0 && most_ppb >= SP_NANO);
	fit_classes(load, schedule);
	for (int h = 0; h < SP_WEEK_HOURS; h++) {
		SP_ASSERT(load[h] >= 0 && sp_finite(load[h]));
		sum[class_at(schedule, h)] += load[h];
		hours[class_at(schedule, h)] += 1;
		all += load[h];
	}
	for (int i = 0; i <= SP_SCHEDULE_CLASSES; i++) {
		double ratio = hours[i] > 0 && all > 0 ? sum[i] / hours[i] / (all / SP_WEEK_HOURS) : 1;
		level[i] = sp_clamp(sp_exp(sp_log(sp_clamp(ratio, 1e-9, 1e9)) / elasticity), 1 / most, most);
		paid += all > 0 ? sum[i] / all * level[i] : 0;
	}
	for (int i = 0; i <= SP_SCHEDULE_CLASSES; i++) {
		int64_t percent = 100;
		sp_round_even(sp_clamp(level[i] / (paid > 0 ? paid : 1), 0.01, 100) * 100, &percent);
		set_level(schedule, i, percent * (SP_NANO / 100));
	}
}

extern const sp_law_ops sp_schedule_law;
const sp_law_ops sp_schedule_law = {
    .name = "schedule",
    .version = 1,
    .formula = "index = the highest level of the table between now and now + ahead",
    .source = "time-of-use tariffs",
    .help = "Prices by the hour of the week, told ahead: for load that comes by the clock and can be moved.",
    .params = schedule_rows,
    .n_params = sizeof schedule_rows / sizeof *schedule_rows,
    .params_size = sizeof(sp_schedule),
    .terms = schedule_terms,
    .n_terms = sizeof schedule_terms / sizeof *schedule_terms,
    .reasons = schedule_reasons,
    .init = schedule_init,
    .decide = schedule_decide,
};
