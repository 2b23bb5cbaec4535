/* fixture.h - a small configuration built by hand, and traces from text, for the tests of sim/trace. */
#ifndef SP_TESTS_SIM_TRACE_FIXTURE_H
#define SP_TESTS_SIM_TRACE_FIXTURE_H

#include "sim/trace/trace.h"
#include "tests/check/check.h"

#define FIXTURE_MAX 8

typedef struct fixture {
	sp_setup setup;
	sp_ids *names;
	sp_subject subjects[32];
	sp_pool_setup pools[1];
	sp_lot_setup lots[FIXTURE_MAX];
	sp_family_setup families[FIXTURE_MAX];
	sp_sku_setup skus[FIXTURE_MAX];
} fixture;

/* Pool "east/h100" with the lots "base" (owned, fixed price) and "spot" (by signal); family "chat/east" with the SKUs
 * chat/east/input and chat/east/output; period 60 s. */
void fixture_open(fixture *f);
void fixture_close(fixture *f);

/* One more of each, to make a choice needed. */
void fixture_add_lot(fixture *f, const char *id, bool by_signal);
void fixture_add_family(fixture *f, const char *id);
void fixture_add_sku(fixture *f, const char *id, const char *meter); /* of the last family */

uint32_t fixture_subject(const fixture *f, const char *name);

/* Opens a trace over text. The spec's file is only a name in messages. */
sp_status fixture_trace_bytes(const fixture *f, const char *spec, const char *bytes, size_t n, bool skip_bad,
                              sp_trace **trace, sp_message *message);
sp_trace *fixture_trace(const fixture *f, const char *spec, const char *text, bool skip_bad);

/* The next record has this time, subject and value; sp_trace_next must say SP_OK. */
void fixture_expect(sp_trace *trace, const fixture *f, const char *time, const char *subject, double value);
void fixture_expect_end(sp_trace *trace);
void fixture_expect_counts(const sp_trace *trace, uint64_t used, uint64_t filtered, uint64_t bad, uint64_t records);

/* Reads text to its end or first bad row and gives the message; "" when there was none. */
const char *fixture_complaint(const fixture *f, const char *spec, const char *text);

#endif
