/* test_crew.c - work shared out over processes: all of it, once, the same however many, and what goes wrong is said. */
#include "sim/score/crew.h"

#include <stdlib.h>
#include <unistd.h>

#include "tests/check/check.h"

#define PIECES 100

typedef struct bench {
	uint64_t *made;       /* shared */
	uint32_t fails, dies; /* pieces; PIECES: none */
	uint32_t shown;
} bench;

static sp_status work(void *context, uint32_t piece, sp_message *message)
{
	bench *b = context;

	if (piece == b->dies)
		_exit(3);
	if (piece == b->fails)
		return sp_message_set(message, SP_E_RANGE, "piece %u is bad", piece);
	b->made[piece] += piece + 1;
	return SP_OK;
}

static void show(void *context, uint32_t done)
{
	bench *b = context;

	check_true(done >= b->shown && done <= PIECES);
	b->shown = done;
}

static sp_status run(bench *b, uint32_t jobs, sp_message *message)
{
	const sp_crew crew = {PIECES, jobs, work, show, b};

	return sp_crew_run(&crew, message);
}

static void every_piece_is_made_once(void **unused)
{
	(void)unused;
	for (uint32_t jobs = 1; jobs <= 5; jobs += 2) {
		bench b = {sp_crew_memory(PIECES * sizeof(uint64_t)), PIECES, PIECES, 0};
		sp_message message = {""};
		check_true(b.made != NULL);
		check_status(run(&b, jobs, &message), SP_OK);
		check_u64(b.shown, PIECES);
		for (uint32_t i = 0; i < PIECES; i++)
			check_u64(b.made[i], i + 1);
		sp_crew_forget(b.made, PIECES * sizeof(uint64_t));
	}
}

static void what_a_piece_says_is_said(void **unused)
{
	(void)unused;
	for (uint32_t jobs = 1; jobs <= 2; jobs++) {
		bench b = {sp_crew_memory(PIECES * sizeof(uint64_t)), 40, PIECES, 0};
		sp_message message = {""};
		check_status(run(&b, jobs, &message), SP_E_RANGE);
		check_text(message.text, "piece 40 is bad");
		check_u64(b.made[39], 40);
		check_u64(b.made[PIECES - 1], 0); /* nothing new was begun */
		sp_crew_forget(b.made, PIECES * sizeof(uint64_t));
	}
}

static void a_part_of_the_crew_that_dies_is_noticed(void **unused)
{
	bench b = {sp_crew_memory(PIECES * sizeof(uint64_t)), PIECES, 7, 0};
	sp_message message = {""};
	(void)unused;
	check_status(run(&b, 2, &message), SP_E_IO);
	check_contains(message.text, "ended before its work was done");
	sp_crew_forget(b.made, PIECES * sizeof(uint64_t));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_piece_is_made_once),
	    cmocka_unit_test(what_a_piece_says_is_said),
	    cmocka_unit_test(a_part_of_the_crew_that_dies_is_noticed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
