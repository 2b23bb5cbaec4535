/* R24: who publishes, and which number a frame has: given with what it carries, once, through epochs, starts and files. */
#include "tests/log/sample.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/time.h"
#include "controller/log/store.h"

static const sp_log_options reading = {.read_only = true};

static void check_feed(const sp_log_file *log, uint64_t counter, uint64_t seq)
{
	uint64_t c = 99, s = 99;
	uint8_t random[SP_LOG_RANDOM_SIZE], expected[SP_LOG_RANDOM_SIZE] = {0};

	sp_log_feed(log, &c, random, &s);
	check_u64(c, counter);
	check_u64(s, seq);
	if (counter > 0)
		memset(expected, (int)(0x40 + counter - 1), sizeof expected);
	check_bytes(random, expected, sizeof random);
	sp_log_feed(log, NULL, NULL, NULL);
}

/* What a path holds, as a reader and as the next writer see it. */
static void check_feed_of(const char *path, uint64_t counter, uint64_t seq)
{
	sp_log_file *log = sample_open(path, &reading);

	check_feed(log, counter, seq);
	sp_log_close(log);
	log = sample_open(path, NULL);
	check_feed(log, counter, seq);
	sp_log_close(log);
}

static void r24_frames_are_numbered_through_ticks_and_epochs(void **state)
{
	const char *path = sample_path("a.db");
	sp_log_file *log = sample_open(path, NULL);
	sp_log_epoch_row epoch;
	uint8_t head[SP_HASH_SIZE];

	(void)state;
	check_feed(log, 0, 0);
	epoch = sample_epoch(log);
	check_u64(epoch.counter, 1);
	check_u64(epoch.first_seq, 1);
	check_u64(epoch.frames, 2);
	check_i64(epoch.tick, 1);
	sp_log_head(log, head);
	check_bytes(epoch.head, head, SP_HASH_SIZE);
	check_u64(sample_commit(log, 1, 1).first_seq, 3);
	check_u64(sample_commit(log, 2, 2).first_seq, 4);
	check_u64(sample_commit(log, 3, 3).first_seq, 0); /* none */
	check_feed(log, 1, 5);
	epoch = sample_epoch(log);
	check_u64(epoch.counter, 2);
	check_u64(epoch.first_seq, 6);
	check_u64(epoch.frames, 3);
	check_i64(epoch.tick, 4);
	check_u64(sample_commit(log, 4, 4).first_seq, 9);
	check_feed(log, 2, 9);
	sp_log_close(log);
	check_feed_of(path, 2, 9);
	log = sample_open(path, NULL);
	check_u64(sample_commit(log, 5, 5).first_seq, 10);
	sp_log_close(log);
	check_true(sample_verdict(path, head).sound);
}

static void an_epoch_may_come_before_any_tick(void **state)
{
	const char *path = sample_path("a.db");
	sp_log_file *log = sample_open(path, NULL);
	sp_log_receipt receipt;

	(void)state;
	sample_epoch(log);
	sp_log_close(log);
	check_feed_of(path, 1, 2);
	log = sample_open(path, NULL);
	check_i64(sp_log_last_tick(log, NULL), 0);
	check_u64(sample_epoch(log).first_seq, 3);
	receipt = sample_commit(log, 1, 1);
	check_i64(receipt.tick, 1);
	check_u64(receipt.first_seq, 6);
	sp_log_close(log);
	check_true(sample_verdict(path, NULL).sound);
}

static sp_status begin(sp_log_file *log, uint64_t least, uint32_t frames, sp_log_epoch_row *epoch, sp_message *message)
{
	const sp_log_start start = {.t_ns = SAMPLE_START_NS, .least = least, .frames = frames};

	return sp_log_epoch(log, &start, epoch, message);
}

static void a_counter_is_the_next_or_what_was_asked_if_that_is_more(void **state)
{
	static const uint64_t asked[] = {0, 10, 0, 12, 5, SP_LOG_EPOCH_MAX},
	                      given[] = {1, 10, 11, 12, 13, SP_LOG_EPOCH_MAX};
	const char *path = sample_path("a.db");
	sp_log_file *log = sample_open(path, NULL);
	uint8_t before[SP_HASH_SIZE], after[SP_HASH_SIZE];
	sp_log_epoch_row epoch;
	sp_message message;

	(void)state;
	check_status(begin(log, SP_LOG_EPOCH_MAX + 1, 1, &epoch, &message), SP_E_RANGE);
	check_status(begin(log, UINT64_MAX, 1, &epoch, &message), SP_E_RANGE);
	for (size_t i = 0; i < sizeof asked / sizeof asked[0]; i++) {
		check_status(begin(log, asked[i], 1, &epoch, &message), SP_OK);
		check_u64(epoch.counter, given[i]);
		check_u64(epoch.first_seq, i + 1);
	}
	sp_log_head(log, before);
	epoch.counter = 77;
	check_status(begin(log, 0, 1, &epoch, &message), SP_E_RANGE);
	check_contains(message.text, "beyond the largest");
	check_u64(epoch.counter, 77); /* written only on SP_OK */
	sp_log_head(log, after);
	check_bytes(after, before, SP_HASH_SIZE);
	sample_commit(log, 1, 2);
	sp_log_close(log);
	check_true(sample_verdict(path, before).sound);
}

static void an_empty_book_takes_no_number(void **state)
{
	const char *path = sample_path("a.db");
	sp_log_file *log = sample_open(path, NULL);
	sp_log_epoch_row epoch;

	(void)state;
	check_status(begin(log, 0, 0, &epoch, NULL), SP_OK);
	check_u64(epoch.first_seq, 1);
	check_u64(epoch.frames, 0);
	check_status(begin(log, 0, 3, &epoch, NULL), SP_OK);
	check_u64(epoch.first_seq, 1);
	check_status(begin(log, 0, 0, &epoch, NULL), SP_OK);
	check_u64(epoch.first_seq, 4);
	check_u64(sample_commit(log, 1, 1).first_seq, 4);
	sp_log_close(log);
	check_true(sample_verdict(path, NULL).sound);
}

static void commit_frames_of_nobody(void *context)
{
	sp_log_receipt receipt;
	sample s;

	sample_make(&s, 1);
	s.tick.frames = 1;
	(void)sp_log_commit(context, &s.tick, &receipt, NULL);
}

static void frames_before_the_first_epoch_stop_the_program(void **state)
{
	sp_log_file *log = sample_open(sample_path("a.db"), NULL);

	(void)state;
	check_true(sp_check_stopped(commit_frames_of_nobody, log) != NULL);
	sp_log_close(log);
}

/* --- reading --- */

typedef struct seen {
	size_t n, limit;
	sp_log_epoch_row epochs[8];
	sp_log_publication_row publications[8];
} seen;

static bool see_epoch(void *context, const sp_log_epoch_row *row)
{
	seen *s = context;

	s->epochs[s->n++] = *row;
	return s->n < s->limit;
}

static bool see_publication(void *context, const sp_log_publication_row *row)
{
	seen *s = context;

	s->publications[s->n++] = *row;
	return s->n < s->limit;
}

static void epochs_and_frames_come_back_as_they_were_given(void **state)
{
	sp_log_file *log = sample_open(sample_path("a.db"), NULL);
	seen s = {.limit = 8};
	sp_log_epoch_row made[2];

	(void)state;
	made[0] = sample_epoch(log);
	sample_commit(log, 1, 4);
	made[1] = sample_epoch(log);
	sample_commit(log, 5, 5);
	check_status(sp_log_epochs(log, 0, see_epoch, &s, NULL), SP_OK);
	check_u64(s.n, 2);
	for (int i = 0; i < 2; i++) {
		check_u64(s.epochs[i].counter, made[i].counter);
		check_u64(s.epochs[i].first_seq, made[i].first_seq);
		check_u64(s.epochs[i].frames, made[i].frames);
		check_i64(s.epochs[i].t_ns, made[i].t_ns);
		check_i64(s.epochs[i].tick, made[i].tick);
		check_bytes(s.epochs[i].random, made[i].random, SP_LOG_RANDOM_SIZE);
		check_bytes(s.epochs[i].head, made[i].head, SP_HASH_SIZE);
	}
	s = (seen){.limit = 8};
	check_status(sp_log_publications(log, 0, see_publication, &s, NULL), SP_OK);
	check_u64(s.n, 4); /* ticks 1, 2, 4, 5 */
	check_i64(s.publications[1].tick, 2);
	check_u64(s.publications[1].first_seq, 4);
	check_u64(s.publications[1].frames, 2);
	check_i64(s.publications[3].tick, 5);
	check_u64(s.publications[3].first_seq, 10);
	sp_log_close(log);
}

static void a_walk_begins_anywhere_and_ends_early(void **state)
{
	sp_log_file *log = sample_open(sample_path("a.db"), NULL);
	sp_log_epoch_row epoch;
	seen s = {.limit = 1};

	(void)state;
	for (uint64_t least = 1; least <= 31; least += 10)
		check_status(begin(log, least, 1, &epoch, NULL), SP_OK);
	sample_commit(log, 1, 8);
	check_status(sp_log_epochs(log, 12, see_epoch, &s, NULL), SP_OK);
	check_u64(s.n, 1);
	check_u64(s.epochs[0].counter, 21);
	s = (seen){.limit = 8};
	check_status(sp_log_epochs(log, 32, see_epoch, &s, NULL), SP_OK);
	check_status(sp_log_epochs(log, UINT64_MAX, see_epoch, &s, NULL), SP_OK);
	check_status(sp_log_publications(log, 9, see_publication, &s, NULL), SP_OK);
	check_u64(s.n, 0);
	s.limit = 2;
	check_status(sp_log_publications(log, 3, see_publication, &s, NULL), SP_OK);
	check_u64(s.n, 2);
	check_i64(s.publications[0].tick, 4);
	sp_log_close(log);
}

/* --- files --- */

static void check_alone(const char *path, uint64_t counter, uint64_t seq)
{
	const char *alone = sample_path("alone.db");

	check_status(sp_log_backup(path, alone, NULL), SP_OK);
	check_feed_of(alone, counter, seq);
	check_true(sample_verdict(alone, NULL).sound);
}

static void r24_a_rotation_takes_epoch_and_number_along(void **state)
{
	const char *path = sample_path("a.db");
	sp_log_file *log = sample_open(path, NULL);
	sp_log_verdict verdict;
	seen s = {.limit = 8};

	(void)state;
	sample_epoch(log);
	sample_commit(log, 1, 4); /* frames 3 to 6 */
	check_status(sp_log_rotate(log, NULL), SP_OK);
	check_feed(log, 1, 6);
	check_alone(path, 1, 6); /* the last frame was a tick's */
	sample_commit(log, 5, 5);
	sample_epoch(log); /* frames 9 to 11 */
	check_status(sp_log_rotate(log, NULL), SP_OK);
	check_feed(log, 2, 11);
	check_alone(path, 2, 11); /* the last frame was a book's */
	sample_commit(log, 6, 6);
	check_status(sp_log_rotate(log, NULL), SP_OK);
	check_alone(path, 2, 11); /* both from the file before */
	check_u64(sample_commit(log, 7, 7).first_seq, 12);
	check_u64(sample_epoch(log).first_seq, 13);

	/* Of this file's own: the epoch that was in force, and the one that began; and the frames of its ticks alone. */
	check_status(sp_log_epochs(log, 0, see_epoch, &s, NULL), SP_OK);
	check_u64(s.n, 2);
	check_u64(s.epochs[0].counter, 2);
	check_i64(s.epochs[0].tick, 6);
	s = (seen){.limit = 8};
	check_status(sp_log_publications(log, 0, see_publication, &s, NULL), SP_OK);
	check_u64(s.n, 1);
	check_i64(s.publications[0].tick, 7);
	sp_log_close(log);
	check_status(sp_log_verify_files(path, NULL, NULL, NULL, &verdict, NULL), SP_OK);
	check_true(verdict.sound);
	check_i64(verdict.files, 4);
}

static void r24_books_alone_are_counted_through_a_rotation(void **state)
{
	const char *path = sample_path("a.db");
	sp_log_file *log = sample_open(path, NULL);
	sp_log_epoch_row epoch;

	(void)state;
	check_status(begin(log, 0, 3, &epoch, NULL), SP_OK);
	check_status(begin(log, 0, 0, &epoch, NULL), SP_OK); /* the last has no frames: what was counted before it holds */
	sample_commit(log, 3, 3);
	check_status(sp_log_rotate(log, NULL), SP_OK);
	sp_log_close(log);
	log = sample_open(path, NULL);
	check_status(begin(log, 0, 1, &epoch, NULL), SP_OK);
	check_u64(epoch.counter, 3);
	check_u64(epoch.first_seq, 4);
	sp_log_close(log);
}

static void pruning_leaves_the_feeds_place(void **state)
{
	const char *path = sample_path("a.db");
	sp_log_file *log = sample_open(path, NULL);

	(void)state;
	sample_epoch(log);
	sample_commit(log, 1, 8);
	check_status(sp_log_prune(log, INT64_MAX, 0, NULL), SP_OK);
	check_feed(log, 1, 2 + 9);
	sp_log_close(log);
	check_feed_of(path, 1, 2 + 9);
	check_true(sample_verdict(path, NULL).sound);
}

/* --- damage --- */

static void check_damaged(const char *sql)
{
	const char *path = sample_path("a.db");
	const sp_log_options writing = sample_options();
	sp_log_file *log = NULL;
	sp_message message;

	sample_log(path, 4, NULL);
	sample_sql(path, "DROP TRIGGER epoch_kept; DROP TRIGGER publication_kept");
	sample_sql(path, sql);
	check_status(sp_log_open(path, &reading, &log, &message), SP_E_DAMAGED);
	check_contains(message.text, "setpoint log verify");
	check_status(sp_log_open(path, &writing, &log, &message), SP_E_DAMAGED);
}

static void a_place_that_cannot_be_is_damage(void **state)
{
	(void)state;
	check_damaged("UPDATE epoch SET random = x'00'");
	check_damaged("UPDATE epoch SET counter = -1");
	check_damaged("UPDATE epoch SET counter = 9223372036854775807");
	check_damaged("UPDATE epoch SET first_seq = 0");
	check_damaged("UPDATE epoch SET frames = -1");
	check_damaged("UPDATE epoch SET frames = 4294967296");
	check_damaged("UPDATE publication SET first_seq = 9223372036854775807 WHERE tick = 4");
	check_damaged("UPDATE publication SET frames = 0 WHERE tick = 4");
}

static void a_row_that_is_none_is_not_handed_out(void **state)
{
	const char *path = sample_path("a.db");
	sp_log_file *log;
	seen s = {.limit = 8};
	sp_message message;

	(void)state;
	sample_log(path, 4, NULL);
	sample_sql(path, "DROP TRIGGER publication_kept; UPDATE publication SET frames = 0 WHERE tick = 2");
	log = sample_open(path, &reading);
	check_status(sp_log_publications(log, 0, see_publication, &s, &message), SP_E_DAMAGED);
	check_contains(message.text, "publication 2");
	check_u64(s.n, 1);
	sp_log_close(log);
	check_text(sample_verdict(path, NULL).where, "publication 2 (tick 2)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(r24_frames_are_numbered_through_ticks_and_epochs),
	    cmocka_unit_test(an_epoch_may_come_before_any_tick),
	    cmocka_unit_test(a_counter_is_the_next_or_what_was_asked_if_that_is_more),
	    cmocka_unit_test(an_empty_book_takes_no_number),
	    cmocka_unit_test(frames_before_the_first_epoch_stop_the_program),
	    cmocka_unit_test(epochs_and_frames_come_back_as_they_were_given),
	    cmocka_unit_test(a_walk_begins_anywhere_and_ends_early),
	    cmocka_unit_test(r24_a_rotation_takes_epoch_and_number_along),
	    cmocka_unit_test(r24_books_alone_are_counted_through_a_rotation),
	    cmocka_unit_test(pruning_leaves_the_feeds_place),
	    cmocka_unit_test(a_place_that_cannot_be_is_damage),
	    cmocka_unit_test(a_row_that_is_none_is_not_handed_out),
	};

	sample_in_memory();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
