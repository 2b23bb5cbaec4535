/* check.h - our own assertions for tests, on top of cmocka: exact for integers, aware of NaN for doubles (cmocka's float
 * assertions pass NaN), with both values in the message; and seeds that are printed. */
#ifndef SP_TESTS_CHECK_H
#define SP_TESTS_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/money.h"
#include "base/rng.h"
#include "base/status.h"

#define check_true(condition)            sp_check_true((condition), #condition, __FILE__, __LINE__)
#define check_i64(actual, expected)      sp_check_i64((actual), (expected), #actual, __FILE__, __LINE__)
#define check_u64(actual, expected)      sp_check_u64((actual), (expected), #actual, __FILE__, __LINE__)
#define check_money(actual, expected)    sp_check_i64((actual).nano, (expected).nano, #actual, __FILE__, __LINE__)
#define check_index(actual, expected)    sp_check_i64((actual).ppb, (expected).ppb, #actual, __FILE__, __LINE__)
#define check_status(actual, expected)   sp_check_status((actual), (expected), #actual, __FILE__, __LINE__)
#define check_text(actual, expected)     sp_check_text((actual), (expected), #actual, __FILE__, __LINE__)
#define check_contains(actual, part)     sp_check_contains((actual), (part), #actual, __FILE__, __LINE__)
#define check_bytes(actual, expected, n) sp_check_bytes((actual), (expected), (n), #actual, __FILE__, __LINE__)
/* |actual - expected| <= tolerance; NaN or infinity fails. */
#define check_near(actual, expected, tolerance) \
	sp_check_near((actual), (expected), (tolerance), #actual, __FILE__, __LINE__)
/* At most `ulps` representable doubles apart; NaN fails. */
#define check_ulp(actual, expected, ulps) sp_check_ulp((actual), (expected), (ulps), #actual, __FILE__, __LINE__)

void sp_check_true(int condition, const char *text, const char *file, int line);
void sp_check_i64(int64_t actual, int64_t expected, const char *text, const char *file, int line);
void sp_check_u64(uint64_t actual, uint64_t expected, const char *text, const char *file, int line);
void sp_check_status(sp_status actual, sp_status expected, const char *text, const char *file, int line);
void sp_check_text(const char *actual, const char *expected, const char *text, const char *file, int line);
void sp_check_contains(const char *actual, const char *part, const char *text, const char *file, int line);
void sp_check_bytes(const void *actual, const void *expected, size_t n, const char *text, const char *file, int line);
void sp_check_near(double actual, double expected, double tolerance, const char *text, const char *file, int line);
void sp_check_ulp(double actual, double expected, uint64_t ulps, const char *text, const char *file, int line);

/* The distance of two doubles in representable steps; UINT64_MAX when either is NaN. */
uint64_t sp_check_ulps(double a, double b);

/* sp_check_seed - seeds a property test: SETPOINT_SEED or a fixed default, printed with the test's name so that a failure
 * can be run again. */
uint64_t sp_check_seed(const char *test, sp_rng *rng);

/* sp_check_data - the path of a file of real data ($SETPOINT_DATA, else ../shared/data), or NULL where it is absent: then the test
 * calls skip(), and the program, unless it fails, ends with 77: CTest reports it as Skipped, never as Passed. */
const char *sp_check_data(const char *file);

/* sp_check_scratch - a new empty directory below $TMPDIR, removed at exit; the same path for the whole program. */
const char *sp_check_scratch(void);

/* sp_check_stopped - does an act stop the program, by SP_ASSERT or by a failed check? It runs in a child.
 * returns  what the child wrote to stderr when it was stopped by abort(), else NULL; overwritten by the next call */
const char *sp_check_stopped(void (*act)(void *), void *argument);

#endif
