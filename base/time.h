/* time.h - time and durations as int64 nanoseconds: of the event, UTC, since 1970. No function here reads a clock. */
#ifndef SP_BASE_TIME_H
#define SP_BASE_TIME_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

#define SP_US   INT64_C(1000)
#define SP_MS   INT64_C(1000000)
#define SP_SEC  INT64_C(1000000000)
#define SP_MIN  (60 * SP_SEC)
#define SP_HOUR (60 * SP_MIN)
#define SP_DAY  (24 * SP_HOUR)

/* Event times are from 1970 up to 2200 (exclusive). */
#define SP_TIME_MIN_NS INT64_C(0)
#define SP_TIME_MAX_NS INT64_C(7258118400000000000)
#define SP_TIME_NEVER  INT64_MAX

#define SP_TIME_TEXT_MAX 36
#define SP_SPAN_TEXT_MAX 24

/* sp_time_parse - reads "2026-11-24T00:00:00Z", with a blank in place of T, up to nine fractional digits, an offset
 * (+02:00), no zone (UTC), a date alone, or integer nanoseconds (more than 10 digits).
 *
 * out    *t_ns in [SP_TIME_MIN_NS, SP_TIME_MAX_NS); written only on SP_OK
 * fails  SP_E_SYNTAX; SP_E_RANGE no such day or outside the interval
 * source RFC 3339; civil-day arithmetic over 400-year eras of the proleptic Gregorian calendar */
sp_status sp_time_parse(const char *text, size_t n, int64_t *t_ns);

/* sp_time_format - "2026-11-24T00:00:00Z", with as many of 3, 6 or 9 fractional digits as are needed; SP_TIME_NEVER is "never";
 * returns text. Total: any int64 has a text. */
char *sp_time_format(int64_t t_ns, char text[SP_TIME_TEXT_MAX]);

/* sp_span_parse - reads a duration: a decimal and one of ns us ms s m h d w ("30s", "1.5h", "30d"); or several such parts,
 * largest first ("1h30m"). A unit is obligatory, 0 included; a sign is not in the form.
 *
 * fails  SP_E_SYNTAX; SP_E_RANGE finer than a nanosecond; SP_E_OVERFLOW; *span_ns written only on SP_OK */
sp_status sp_span_parse(const char *text, size_t n, int64_t *span_ns);

/* sp_span_format - exact, a whole number of the largest unit that allows it ("90s", "30d", "1500ms"); returns text. */
char *sp_span_format(int64_t span_ns, char text[SP_SPAN_TEXT_MAX]);

/* sp_span_words - a duration as a person says it, two parts at most, the rest left out ("4 h 12 min", "2 d 3 h", "45 s");
 * returns text. */
char *sp_span_words(int64_t span_ns, char text[SP_SPAN_TEXT_MAX]);

#endif
