/* What is frozen, in memory: what holds, and what the engine is told of it (R18). The twin is a list that is searched from its end. */
#include "tests/check/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "daemon/freeze.h"

#define NOW  (INT64_C(1795478400) * SP_SEC) /* 2026-11-24 */
#define TICK (NOW + SP_MIN)

static sp_freeze freeze; /* a megabyte */

static void none(void)
{
	sp_freeze_init(&freeze, "/nowhere/FREEZE");
}

static void add(const char *scope)
{
	check_status(sp_freeze_add(&freeze, scope, "uid-7", NOW), SP_OK);
}

static void thaw(const char *scope)
{
	sp_frozen what, *held;

	check_status(sp_frozen_scope(scope, &what), SP_OK);
	held = sp_freeze_find(&freeze, what.scope, what.id);
	check_true(held != NULL);
	sp_freeze_release(&freeze, held, "uid-8");
}

/* Everything that the engine is still to be told: "freeze all @TICK by uid-7; thaw family a by uid-8; ". */
static const char *told(void)
{
	static char text[1 << 16];
	char subject[SP_ID_MAX + 1];
	sp_command command;
	size_t n = 0;

	text[0] = 0;
	while (sp_freeze_next(&freeze, &command, subject)) {
		sp_frozen what = {.scope = (sp_scope)command.scope};
		char scope[SP_FREEZE_TEXT_MAX], barred[48] = "";

		check_u64(command.slot, SP_NO_SLOT);
		memcpy(what.id, subject, sizeof what.id);
		if (command.withdraw_ns)
			(void)snprintf(barred, sizeof barred, " -%lds", (command.withdraw_ns - NOW) / SP_SEC);
		n += (size_t)snprintf(text + n, sizeof text - n, "%s %s%s by %s; ",
		                      command.kind == SP_COMMAND_FREEZE ? "freeze" : "thaw", sp_frozen_text(&what, scope),
		                      barred, command.by);
		check_true(n < sizeof text);
	}
	return text;
}

static void r18_a_scope_holds_its_families_and_no_other(void **state)
{
	(void)state;
	none();
	check_true(!sp_freeze_holds(&freeze, "a", "p"));
	add("family a");
	check_true(sp_freeze_holds(&freeze, "a", "p") && sp_freeze_holds(&freeze, "a", "q"));
	check_true(!sp_freeze_holds(&freeze, "b", "p") && !sp_freeze_holds(&freeze, "p", "a"));
	add("pool p");
	check_true(sp_freeze_holds(&freeze, "b", "p") && !sp_freeze_holds(&freeze, "b", "q"));
	thaw("family a");
	check_true(sp_freeze_holds(&freeze, "a", "p") && !sp_freeze_holds(&freeze, "a", "q"));
	add("all");
	check_true(sp_freeze_holds(&freeze, "b", "q"));
	thaw("all");
	thaw("pool p");
	check_true(!sp_freeze_holds(&freeze, "a", "p"));
}

static void r18_the_engine_is_told_of_each_change_once(void **state)
{
	(void)state;
	none();
	check_text(told(), "");
	check_true(!sp_freeze_owes(&freeze));
	add("family a");
	add("pool p");
	add("family a"); /* it is already */
	check_true(sp_freeze_owes(&freeze));
	check_text(told(), "freeze pool p by uid-7; freeze family a by uid-7; ");
	check_text(told(), "");
	add("family a");
	check_text(told(), "");
	check_true(!sp_freeze_owes(&freeze));
	thaw("family a");
	check_true(sp_freeze_owes(&freeze));
	check_text(told(), "thaw family a by uid-8; ");
	check_u64(freeze.n, 1);
	add("all");
	thaw("all"); /* both stand in the log, in that order */
	check_text(told(), "freeze all by uid-7; thaw all by uid-8; ");
	thaw("pool p");
	add("pool p");
	check_text(told(), "freeze pool p by uid-7; ");
	sp_freeze_again(&freeze);
	check_text(told(), "freeze pool p by uid-7; ");
}

static void r18_a_tick_in_flight_is_withdrawn_with_the_freeze(void **state)
{
	(void)state;
	none();
	sp_freeze_begin(&freeze, TICK);
	add("family a");
	sp_freeze_begin(&freeze, 0);
	add("pool p");
	check_text(told(), "freeze pool p by uid-7; freeze family a -60s by uid-7; ");
	check_i64(freeze.scopes[1].barred_ns, TICK);
	sp_freeze_committed(&freeze, TICK); /* the tick itself is no proof of its withdrawal */
	check_i64(freeze.scopes[1].barred_ns, TICK);
	freeze.unfiled = false;
	sp_freeze_committed(&freeze, TICK + SP_MIN);
	check_i64(freeze.scopes[1].barred_ns, 0);
	check_true(freeze.unfiled && sp_freeze_holds(&freeze, "a", "q"));
}

static void r18_a_barred_tick_outlives_the_thaw(void **state)
{
	(void)state;
	none();
	sp_freeze_begin(&freeze, TICK);
	add("all");
	thaw("all");
	check_true(!sp_freeze_holds(&freeze, "a", "p"));
	sp_freeze_committed(&freeze, TICK + SP_MIN); /* not told yet: not in that tick */
	check_text(told(), "freeze all -60s by uid-7; thaw all by uid-8; ");
	check_u64(freeze.n, 1);
	sp_freeze_committed(&freeze, TICK + SP_MIN);
	check_u64(freeze.n, 0);
}

static void r18_a_barred_tick_does_not_get_out_by_a_thaw(void **state)
{
	(void)state;
	none();
	sp_freeze_begin(&freeze, TICK);
	add("pool p");
	thaw("pool p");
	add("family b");
	check_true(!sp_freeze_holds(&freeze, "a", "p") && sp_freeze_bars(&freeze, "a", "p", TICK));
	check_true(!sp_freeze_bars(&freeze, "a", "p", TICK + SP_MIN) && !sp_freeze_bars(&freeze, "a", "q", TICK));
	check_true(sp_freeze_bars(&freeze, "b", "q", TICK) && sp_freeze_bars(&freeze, "b", "q", TICK + SP_MIN));
	(void)told();
	sp_freeze_committed(&freeze, TICK + SP_MIN);
	check_true(!sp_freeze_bars(&freeze, "a", "p", TICK));
}

static void r18_two_ticks_may_wait_for_their_withdrawal(void **state)
{
	(void)state;
	none();
	sp_freeze_begin(&freeze, TICK);
	add("all");
	thaw("all");
	add("all"); /* of the same tick: the same scope again */
	check_u64(freeze.n, 1);
	thaw("all");
	check_text(told(), "freeze all -60s by uid-7; thaw all by uid-8; ");
	sp_freeze_begin(&freeze, TICK + SP_MIN);
	add("all");
	check_u64(freeze.n, 2);
	check_text(told(), "freeze all -120s by uid-7; ");
	check_true(sp_freeze_holds(&freeze, "a", "p"));
	sp_freeze_committed(&freeze, TICK + SP_MIN);
	check_u64(freeze.n, 1);
	check_true(sp_freeze_holds(&freeze, "a", "p"));
	check_i64(freeze.scopes[0].barred_ns, TICK + SP_MIN);
}

static void r18_what_was_kept_back_is_withdrawn_by_all_that_holds(void **state)
{
	(void)state;
	none();
	add("family a");
	sp_freeze_begin(&freeze, TICK);
	add("family b");
	(void)told();
	sp_freeze_bar(&freeze, TICK);
	check_text(told(), "freeze family a -60s by uid-7; ");
	sp_freeze_bar(&freeze, TICK + SP_MIN); /* the first is not forgotten */
	check_text(told(), "");
	check_i64(freeze.scopes[0].barred_ns, TICK);
}

static void r18_too_many_scopes_freeze_all(void **state)
{
	char scope[64];

	(void)state;
	none();
	for (int i = 0; i < SP_FREEZE_SCOPES_MAX; i++) {
		(void)snprintf(scope, sizeof scope, "%s n%d", i % 2 ? "pool" : "family", i * 7919 % SP_FREEZE_SCOPES_MAX);
		add(scope);
	}
	check_true(!sp_freeze_holds(&freeze, "other", "other"));
	add("family n0"); /* it is one of them */
	sp_freeze_begin(&freeze, TICK);
	check_status(sp_freeze_add(&freeze, "family other", "uid-7", NOW), SP_E_FULL);
	check_true(sp_freeze_holds(&freeze, "another", "another"));
	check_status(sp_freeze_add(&freeze, "family other", "uid-7", NOW), SP_E_FULL);
	check_u64(freeze.n, SP_FREEZE_SCOPES_MAX + 1);
	check_contains(told(), "freeze all -60s by uid-7; ");
	/* Room for all is never used up, even by ticks of whose withdrawal nobody reports. */
	for (int i = 1; i < 3 * SP_FREEZE_ALL_ROOM; i++) {
		thaw("all");
		check_true(!sp_freeze_holds(&freeze, "another", "another"));
		sp_freeze_begin(&freeze, TICK + i * SP_MIN);
		add("all");
		check_true(sp_freeze_holds(&freeze, "another", "another"));
	}
	check_u64(freeze.n, SP_FREEZE_SCOPES_MAX + SP_FREEZE_ALL_ROOM);
}

static void what_is_no_scope_freezes_nothing(void **state)
{
	static const char *const texts[] = {"",
	                                    "family",
	                                    "pool",
	                                    "a",
	                                    "All",
	                                    "family a b",
	                                    "all a",
	                                    "family a # b",
	                                    "thawed all",
	                                    "all by=x",
	                                    "pools a",
	                                    "family caf\xc3\xa9",
	                                    "family a\x01",
	                                    "family a=b"};
	char longest[SP_ID_MAX + 16];

	(void)state;
	none();
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		check_status(sp_freeze_add(&freeze, texts[i], "uid-7", NOW), SP_E_SYNTAX);
	(void)snprintf(longest, sizeof longest, "family %0*d", SP_ID_MAX + 1, 7);
	check_status(sp_freeze_add(&freeze, longest, "uid-7", NOW), SP_E_SYNTAX);
	check_u64(freeze.n, 0);
	(void)snprintf(longest, sizeof longest, " family\t%0*d ", SP_ID_MAX, 7);
	add(longest);
	check_u64(strlen(freeze.scopes[0].id), SP_ID_MAX);
}

static void whoever_asks_is_written_down_in_letters_of_an_id(void **state)
{
	static const char *const asked[][2] = {
	    {"uid-7", "uid-7"}, {"", "_"}, {"two words\n", "two_words_"}, {"caf\xc3\xa9", "caf__"}, {"#all", "_all"}};
	char longest[300];

	(void)state;
	for (size_t i = 0; i < sizeof asked / sizeof asked[0]; i++) {
		none();
		check_status(sp_freeze_add(&freeze, "all", asked[i][0], NOW), SP_OK);
		check_text(freeze.scopes[0].by, asked[i][1]);
	}
	none();
	memset(longest, 'x', sizeof longest - 1);
	longest[sizeof longest - 1] = 0;
	check_status(sp_freeze_add(&freeze, "all", longest, NOW), SP_OK);
	check_u64(strlen(freeze.scopes[0].by), SP_ID_MAX);
}

/* --- lines --- */

static void a_line_is_read_in_each_of_its_forms(void **state)
{
	static const struct {
		const char *line, *scope, *by;
		int64_t since_ns, barred_ns;
		bool holds;
	} lines[] = {{"all", "all", "", 0, 0, true},
	             {"  pool\tus-east/h100  ", "pool us-east/h100", "", 0, 0, true},
	             {"family chat/us-east # while we look", "family chat/us-east", "", 0, 0, true},
	             {"family chat/us-east\r", "family chat/us-east", "", 0, 0, true},
	             {"all since=2026-11-24T00:00:00Z by=uid-7", "all", "uid-7", NOW, 0, true},
	             {"all barred=1795478460000000000", "all", "", 0, TICK, true},
	             {"all barred=2026-11-24T00:01:00Z since=2026-11-24", "all", "", NOW, TICK, true},
	             {"thawed pool p barred=2026-11-24T00:01:00Z", "pool p", "", 0, TICK, false},
	             {"family all", "family all", "", 0, 0, true},
	             {"family thawed", "family thawed", "", 0, 0, true}};
	char text[SP_FREEZE_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
		sp_frozen frozen;

		check_status(sp_frozen_read(lines[i].line, strlen(lines[i].line), &frozen), SP_OK);
		check_text(sp_frozen_text(&frozen, text), lines[i].scope);
		check_text(frozen.by, lines[i].by);
		check_i64(frozen.since_ns, lines[i].since_ns);
		check_i64(frozen.barred_ns, lines[i].barred_ns);
		check_true(frozen.holds == lines[i].holds);
	}
}

static void a_line_that_cannot_be_read_is_told_from_one_that_says_nothing(void **state)
{
	static const char *const empty[] = {"", " ", "\t\r", "#", "# all", "  #all", "\n"};
	static const char *const wrong[] = {
	    "ALL",          "all,",       "famly a",     "family",           "family #a",   "thawed",
	    "thawed a",     "all a",      "all by",      "all by=",          "all since=x", "all =x",
	    "all barred=1", "all who=x",  "all by=a by", "family a\x01",     "family a,b",  "*",
	    "family *",     "all since=", "family a b",  "thawed thawed all"};
	sp_frozen frozen = {.since_ns = 77};

	(void)state;
	for (size_t i = 0; i < sizeof empty / sizeof empty[0]; i++)
		check_status(sp_frozen_read(empty[i], strlen(empty[i]), &frozen), SP_E_END);
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
		check_status(sp_frozen_read(wrong[i], strlen(wrong[i]), &frozen), SP_E_SYNTAX);
	check_status(sp_frozen_read("all\0pool", 8, &frozen), SP_E_SYNTAX);
	check_i64(frozen.since_ns, 77); /* written only on SP_OK */
}

static void what_is_written_reads_back(void **state)
{
	sp_rng rng;

	(void)state;
	sp_check_seed(__func__, &rng);
	for (int i = 0; i < 20000; i++) {
		static const char letters[] = "ABCxyz059._:/@+-";
		sp_frozen frozen = {.scope = (sp_scope)sp_rng_below(&rng, 3), .holds = sp_rng_below(&rng, 2) == 0}, back;
		size_t n = 1 + sp_rng_below(&rng, SP_ID_MAX);
		char line[SP_FREEZE_LINE_MAX];

		for (size_t k = 0; k < n; k++)
			frozen.id[k] = frozen.by[k] = letters[sp_rng_below(&rng, sizeof letters - 1)];
		if (frozen.scope == SP_SCOPE_ALL)
			frozen.id[0] = 0;
		if (sp_rng_below(&rng, 3) > 0)
			frozen.since_ns = (int64_t)sp_rng_below(&rng, (uint64_t)SP_TIME_MAX_NS);
		if (sp_rng_below(&rng, 2) > 0)
			frozen.barred_ns = 1 + (int64_t)sp_rng_below(&rng, (uint64_t)SP_TIME_MAX_NS - 1);
		n = sp_frozen_line(&frozen, line);
		check_true(n <= 356 && line[n - 1] == '\n');
		check_status(sp_frozen_read(line, n, &back), SP_OK);
		check_u64(back.scope, frozen.scope);
		check_text(back.id, frozen.id);
		check_text(back.by, frozen.by);
		check_i64(back.since_ns, frozen.since_ns);
		check_i64(back.barred_ns, frozen.barred_ns);
		check_true(back.holds == frozen.holds);
	}
}

static void a_time_that_no_line_can_hold_is_left_out(void **state)
{
	sp_frozen frozen = {.scope = SP_SCOPE_ALL, .by = "x", .holds = true, .since_ns = INT64_MIN};
	char line[SP_FREEZE_LINE_MAX];

	(void)state;
	line[sp_frozen_line(&frozen, line)] = 0;
	check_text(line, "all by=x\n");
	frozen.since_ns = SP_TIME_NEVER;
	line[sp_frozen_line(&frozen, line)] = 0;
	check_text(line, "all by=x\n");
}

/* --- the twin --- */

#define NAMES 5 /* of families and pools each, a scope may name any */

typedef struct twin {
	bool holds[3][NAMES], engine[3][NAMES];
} twin;

static void twin_follow(twin *t)
{
	char subject[SP_ID_MAX + 1];
	sp_command command;

	while (sp_freeze_next(&freeze, &command, subject))
		t->engine[command.scope][command.scope == SP_SCOPE_ALL ? 0 : subject[1] - '0'] =
		    command.kind == SP_COMMAND_FREEZE;
}

static void twin_check(const twin *t)
{
	for (int family = 0; family < NAMES; family++) {
		for (int pool = 0; pool < NAMES; pool++) {
			const char f[] = {'n', (char)('0' + family), 0}, p[] = {'n', (char)('0' + pool), 0};
			bool expected =
			    t->holds[SP_SCOPE_ALL][0] || t->holds[SP_SCOPE_POOL][pool] || t->holds[SP_SCOPE_FAMILY][family];

			check_true(sp_freeze_holds(&freeze, f, p) == expected);
		}
	}
	for (uint32_t i = 1; i < freeze.n; i++) {
		const sp_frozen *a = &freeze.scopes[i - 1], *b = &freeze.scopes[i];

		check_true(a->scope < b->scope || (a->scope == b->scope && strcmp(a->id, b->id) <= 0));
		if (a->scope == b->scope && strcmp(a->id, b->id) == 0)
			check_true(!a->holds);
	}
}

static void r18_memory_and_engine_agree_whatever_the_order(void **state)
{
	const int rounds = getenv("SETPOINT_SOAK") ? 5000 : 100;
	sp_rng rng;

	(void)state;
	sp_check_seed(__func__, &rng);
	for (int i = 0; i < rounds; i++) {
		twin t = {0};
		int64_t tick_ns = TICK;

		none();
		for (int k = 0; k < 500; k++) {
			uint64_t scope = sp_rng_below(&rng, 3), name = scope ? sp_rng_below(&rng, NAMES) : 0,
			         what = sp_rng_below(&rng, 8);
			char text[32] = "all";

			if (scope)
				(void)snprintf(text, sizeof text, "%s n%d", scope == SP_SCOPE_POOL ? "pool" : "family", (int)name);
			if (what < 3) {
				add(text);
				t.holds[scope][name] = true;
			} else if (what < 5 && t.holds[scope][name]) {
				thaw(text);
				t.holds[scope][name] = false;
			} else if (what == 5) {
				twin_follow(&t);
				check_bytes(t.engine, t.holds, sizeof t.holds);
			} else if (what == 6) { /* the next tick: told before, committed after */
				twin_follow(&t);
				sp_freeze_begin(&freeze, tick_ns);
				sp_freeze_committed(&freeze, tick_ns);
				tick_ns += SP_MIN;
			}
			twin_check(&t);
			check_true(freeze.n <= 3 * (1 + 2 * NAMES));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(r18_a_scope_holds_its_families_and_no_other),
	    cmocka_unit_test(r18_the_engine_is_told_of_each_change_once),
	    cmocka_unit_test(r18_a_tick_in_flight_is_withdrawn_with_the_freeze),
	    cmocka_unit_test(r18_a_barred_tick_outlives_the_thaw),
	    cmocka_unit_test(r18_a_barred_tick_does_not_get_out_by_a_thaw),
	    cmocka_unit_test(r18_two_ticks_may_wait_for_their_withdrawal),
	    cmocka_unit_test(r18_what_was_kept_back_is_withdrawn_by_all_that_holds),
	    cmocka_unit_test(r18_too_many_scopes_freeze_all),
	    cmocka_unit_test(what_is_no_scope_freezes_nothing),
	    cmocka_unit_test(whoever_asks_is_written_down_in_letters_of_an_id),
	    cmocka_unit_test(a_line_is_read_in_each_of_its_forms),
	    cmocka_unit_test(a_line_that_cannot_be_read_is_told_from_one_that_says_nothing),
	    cmocka_unit_test(what_is_written_reads_back),
	    cmocka_unit_test(a_time_that_no_line_can_hold_is_left_out),
	    cmocka_unit_test(r18_memory_and_engine_agree_whatever_the_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
