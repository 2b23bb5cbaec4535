/* test_drive.c - the one offline way from a signal to a committed decision: the same with a log and without, over any cut, and
 * nothing half done when something fails. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tests/drive/tape.h"

#define PERIODS 700

static tape_digests one, two;

static void digests_are_the_same_with_a_log_and_without(void **state)
{
	sp_config *config = tape_config(tape_yaml);
	const char *path = tape_path();
	sp_drive *bare = tape_open(config, NULL), *logged = tape_open(config, path);
	tape_digests *stored = calloc(1, sizeof *stored);
	sp_drive_answer a, b;

	(void)state;
	one.n = two.n = 0;
	for (int64_t i = 0; i < PERIODS; i++) {
		a = tape_play(bare, i, &one);
		b = tape_play(logged, i, &two);
		check_i64(a.number, b.number);
		if (a.tick->n_recorded > 0)
			check_i64(a.first_id, b.first_id);
	}
	tape_same(&one, &two);
	sp_drive_close(logged);
	sp_drive_close(bare);
	tape_read_log(path, stored);
	tape_same(stored, &one);
	free(stored);
	sp_config_close(config);
}

static void no_digest_is_made_where_none_is_asked_for(void **state)
{
	static const uint8_t none[SP_HASH_SIZE];
	sp_config *config = tape_config(tape_yaml);
	sp_drive_options options = {0};
	sp_message message = {{0}};
	sp_drive *drive = NULL;

	(void)state;
	check_status(sp_drive_open(config, &options, &drive, &message), SP_OK);
	check_bytes(tape_play(drive, 0, NULL).digest, none, sizeof none);
	sp_drive_close(drive);
	sp_config_close(config);
}

/* The walk would prove little on a tape where nothing happens. */
static void the_tape_moves_prices_each_way_and_binds_many_rails(void **state)
{
	sp_config *config = tape_config(tape_yaml);
	sp_drive *drive = tape_open(config, NULL);
	uint32_t up = 0, down = 0, binds = 0, outcomes = 0, activated = 0, rails = 0;

	(void)state;
	for (int64_t i = 0; i < PERIODS; i++) {
		const sp_tick *tick = tape_play(drive, i, NULL).tick;
		for (uint32_t k = 0; k < tick->n_families; k++) {
			const sp_decision *d = &tick->decisions[k];
			up += d->outcome != SP_OUTCOME_HELD && d->index.ppb > d->before.ppb;
			down += d->outcome != SP_OUTCOME_HELD && d->index.ppb < d->before.ppb;
			binds |= d->binds;
			outcomes |= 1u << d->outcome;
			activated += d->n_activated;
		}
	}
	for (uint32_t bits = binds; bits; bits &= bits - 1)
		rails++;
	print_message("%u raises, %u cuts, %u rails bound, %u activations, outcomes %#x\n", up, down, rails, activated,
	              outcomes);
	check_true(up >= 20 && down >= 20 && rails >= 8 && activated >= 2);
	check_u64(outcomes, 1u << SP_OUTCOME_HELD | 1u << SP_OUTCOME_OBSERVED | 1u << SP_OUTCOME_ANNOUNCED |
	                        1u << SP_OUTCOME_PUBLISHED);
	sp_drive_close(drive);
	sp_config_close(config);
}

/* The state of a drive into a new one: what a crash and a start do. */
static sp_drive *restart(sp_drive *drive, const sp_config *config, int64_t tick)
{
	uint8_t *bytes = malloc(sp_drive_save_max(drive));
	size_t n;
	sp_drive *next = tape_open(config, NULL);
	sp_message message = {{0}};

	n = sp_drive_save(drive, bytes);
	check_status(sp_drive_resume(next, tick, bytes, n, &message), SP_OK);
	free(bytes);
	sp_drive_close(drive);
	return next;
}

static void r13_a_checkpoint_restored_at_every_tick_leaves_the_digests_unchanged(void **state)
{
	sp_config *config = tape_config(tape_yaml);
	sp_drive *whole = tape_open(config, NULL), *cut = tape_open(config, NULL);

	(void)state;
	one.n = two.n = 0;
	tape_play_all(whole, 0, PERIODS, &one);
	for (int64_t i = 0; i < PERIODS; i++) {
		check_i64(tape_play(cut, i, &two).number, i + 1);
		cut = restart(cut, config, i + 1);
	}
	tape_same(&one, &two);
	sp_drive_close(whole);
	sp_drive_close(cut);
	sp_config_close(config);
}

/* Inputs that came after the checkpoint's tick belong to the next one: they may be half taken when it is restored again. */
static void r13_a_checkpoint_forgets_what_came_after_its_tick(void **state)
{
	sp_config *config = tape_config(tape_yaml);
	sp_drive *drive = tape_open(config, NULL);
	uint8_t *bytes = malloc(sp_drive_save_max(drive));
	size_t n;
	sp_message message = {{0}};

	(void)state;
	one.n = two.n = 0;
	tape_play_all(drive, 0, 100, NULL);
	n = sp_drive_save(drive, bytes);
	tape_play_all(drive, 100, 160, &one);
	tape_send(drive, SP_KIND_utilization, "east/h100", 0.1, tape_end(160) - 1);
	check_status(sp_drive_resume(drive, 100, bytes, n, &message), SP_OK);
	tape_play_all(drive, 100, 160, &two);
	tape_same(&one, &two);
	free(bytes);
	sp_drive_close(drive);
	sp_config_close(config);
}

static void a_checkpoint_of_something_else_is_refused(void **state)
{
	sp_config *config = tape_config(tape_yaml), *calm = tape_config(tape_yaml_calm);
	sp_drive *drive = tape_open(config, NULL), *other = tape_open(calm, NULL);
	uint8_t *bytes = malloc(sp_drive_save_max(drive));
	size_t n;
	sp_message message = {{0}};

	(void)state;
	n = sp_drive_save(drive, bytes);
	check_status(sp_drive_resume(other, 1, bytes, n, &message), SP_E_MISMATCH);
	check_status(sp_drive_resume(drive, 1, bytes, n - 1, &message), SP_E_DAMAGED);
	check_i64(tape_play(drive, 0, NULL).number, 1);
	free(bytes);
	sp_drive_close(drive);
	sp_drive_close(other);
	sp_config_close(config);
	sp_config_close(calm);
}

static void a_recording_is_never_written_over(void **state)
{
	sp_config *config = tape_config(tape_yaml);
	const char *path = tape_path();
	sp_drive_options options = {.log_path = path};
	sp_drive *drive = tape_open(config, path), *again = NULL;
	sp_message message = {{0}};

	(void)state;
	tape_play_all(drive, 0, 3, NULL);
	sp_drive_close(drive);
	check_status(sp_drive_open(config, &options, &again, &message), SP_E_DUPLICATE);
	check_contains(message.text, "never written over");
	check_true(again == NULL);
	sp_config_close(config);
}

static void a_log_that_cannot_be_made_is_an_error(void **state)
{
	sp_config *config = tape_config(tape_yaml);
	sp_drive_options options = {.log_path = "/nowhere/at/all.db"};
	sp_drive *drive = NULL;
	sp_message message = {{0}};

	(void)state;
	check_true(sp_drive_open(config, &options, &drive, &message) != SP_OK);
	check_true(drive == NULL && message.text[0] != '\0');
	options = (sp_drive_options){.log_path = tape_path(), .vfs = "no such disk"};
	message.text[0] = '\0';
	check_true(sp_drive_open(config, &options, &drive, &message) != SP_OK);
	check_true(drive == NULL && message.text[0] != '\0');
	sp_config_close(config);
}

/* No file may grow beyond this; restores the limit after the act. */
static struct rlimit limit_files(rlim_t bytes)
{
	struct rlimit before, now;

	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	now = before;
	now.rlim_cur = bytes;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &now), 0);
	return before;
}

static void a_full_disk_surfaces_at_the_tick_and_what_was_committed_stays(void **state)
{
	sp_config *config = tape_config(tape_yaml);
	const char *path = tape_path();
	sp_drive *drive = tape_open(config, path);
	sp_drive_answer answer;
	sp_message message = {{0}};
	sp_status status = SP_OK;
	struct rlimit before = limit_files(1 << 20);
	int64_t period = 0;

	(void)state;
	while (status == SP_OK && period < 4000) {
		tape_feed(drive, period);
		status = sp_drive_tick(drive, tape_end(period++), &answer, &message);
	}
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	print_message("after %lld ticks: %s\n", (long long)period, message.text);
	check_true(status == SP_E_DISK_FULL || status == SP_E_IO);
	check_true(message.text[0] != '\0' && period > 10);
	sp_drive_close(drive);
	tape_read_log(path, &one);
	check_i64(one.n, period - 1);
	sp_config_close(config);
}

static void a_full_disk_surfaces_where_inputs_cannot_wait(void **state)
{
	sp_config *config = tape_config(tape_yaml);
	sp_drive *drive = tape_open(config, tape_path());
	sp_signal signal = {.kind = SP_KIND_utilization};
	sp_message message = {{0}};
	sp_status status = SP_OK;
	struct rlimit before;
	sp_rng rng;

	(void)state;
	tape_play(drive, 0, NULL);
	before = limit_files(1 << 20);
	sp_rng_init(&rng, 1);
	for (int64_t i = 0; i < 1000000 && status == SP_OK; i++) {
		signal.t_ns = tape_end(0) + i;
		signal.value.real = sp_rng_uniform(&rng);
		status = sp_drive_signal(drive, &signal, "east/h100", "tape", NULL, &message);
	}
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	check_true(status == SP_E_DISK_FULL || status == SP_E_IO);
	sp_drive_close(drive);
	sp_config_close(config);
}

static void ticks_rise_and_end_with_the_permitted_times(void **state)
{
	sp_config *config = tape_config(tape_yaml);
	sp_drive *drive = tape_open(config, NULL);
	sp_drive_answer answer;
	sp_message message = {{0}};

	(void)state;
	tape_play(drive, 5, NULL);
	check_status(sp_drive_tick(drive, tape_end(5), &answer, &message), SP_E_RANGE);
	check_status(sp_drive_tick(drive, tape_end(4), &answer, &message), SP_E_RANGE);
	check_status(sp_drive_tick(drive, SP_TIME_MAX_NS, &answer, &message), SP_E_RANGE);
	check_contains(message.text, "2200");
	check_i64(tape_play(drive, 6, NULL).number, 2);
	sp_drive_close(drive);
	sp_config_close(config);
}

static void what_may_not_be_is_refused_alone_and_counted(void **state)
{
	static const char yaml[] =
	    "version: 1\n"
	    "sources: [{id: tape, kinds: [utilization], subjects: [\"east/*\"]}]\n"
	    "pools: [{id: east/p, units_per_gpu_s: 1, supply: [{id: a, term: owned, gpus: 1, "
	    "usd_per_gpu_h: \"2\"}]}]\n"
	    "families: [{id: f, pool: east/p, skus: [{id: s, meter: m, unit: GPU-second, usd: \"1\", "
	    "weight: 1}]}]\n";
	sp_config *config = tape_config(yaml);
	sp_drive *drive = tape_open(config, NULL);
	sp_drive_answer answer;
	sp_message message = {{0}};

	(void)state;
	check_u64(tape_send(drive, SP_KIND_utilization, "east/p", 0.5, TAPE_START), SP_REFUSED_none);
	check_u64(tape_send(drive, SP_KIND_slo, "east/p", 0.5, TAPE_START), SP_REFUSED_source);
	check_u64(tape_send(drive, SP_KIND_utilization, "nobody", 0.5, TAPE_START), SP_REFUSED_unknown_subject);
	sp_drive_refuse(drive, SP_REFUSED_malformed, 1);
	check_status(sp_drive_tick(drive, tape_end(0), &answer, &message), SP_OK);
	check_u64(answer.tick->taken, 1);
	check_u64(answer.tick->refused[SP_REFUSED_source], 1);
	check_u64(answer.tick->refused[SP_REFUSED_unknown_subject], 1);
	check_u64(answer.tick->refused[SP_REFUSED_malformed], 1);
	sp_drive_close(drive);
	sp_config_close(config);
}

static void senders_are_bounded(void **state)
{
	sp_config *config = tape_config(tape_yaml);
	sp_drive *drive = tape_open(config, NULL);
	sp_signal signal = {.t_ns = TAPE_START, .kind = SP_KIND_utilization, .value = {.real = 0.5}};
	sp_refusal refusal;
	sp_message message = {{0}};
	char name[32];
	uint32_t slot;

	(void)state;
	for (int i = 0; i < SP_SOURCES_MAX; i++) {
		snprintf(name, sizeof name, "s%d", i);
		check_status(sp_drive_source(drive, name, &slot), SP_OK);
	}
	check_status(sp_drive_source(drive, "s17", &slot), SP_OK);
	check_u64(slot, 17);
	check_status(sp_drive_source(drive, "one-more", &slot), SP_E_FULL);
	check_status(sp_drive_signal(drive, &signal, "east/h100", "one-more", &refusal, &message), SP_OK);
	check_u64(refusal, SP_REFUSED_source);
	check_status(sp_drive_source(drive, "s0", &slot), SP_OK);
	sp_drive_close(drive);
	sp_config_close(config);
}

static sp_status command(sp_drive *drive, uint32_t kind, uint32_t scope, const char *subject, sp_message *message)
{
	sp_command c = {.kind = kind, .scope = scope, .index = {1010000000}, .by = "tester"};

	return sp_drive_command(drive, &c, subject, message);
}

static void commands_find_their_pool_and_family(void **state)
{
	sp_config *config = tape_config(tape_yaml);
	sp_drive *drive = tape_open(config, NULL);
	const sp_engine *engine = sp_drive_engine(drive);
	sp_command alarm = {.kind = SP_COMMAND_ALARM, .alarm = SP_ALARM_commit, .raised = true};
	sp_command far = {.kind = SP_COMMAND_SET_INDEX, .scope = SP_SCOPE_FAMILY, .index = {50 * (int64_t)SP_NANO}};
	sp_message message = {{0}};

	(void)state;
	check_status(command(drive, SP_COMMAND_FREEZE, SP_SCOPE_ALL, "", &message), SP_OK);
	check_true(sp_engine_frozen(engine, 0) && sp_engine_frozen(engine, 2));
	check_status(command(drive, SP_COMMAND_THAW, SP_SCOPE_ALL, "", &message), SP_OK);
	check_status(command(drive, SP_COMMAND_FREEZE, SP_SCOPE_POOL, "east/h100", &message), SP_OK);
	check_true(sp_engine_frozen(engine, 1));
	check_status(command(drive, SP_COMMAND_THAW, SP_SCOPE_POOL, "east/h100", &message), SP_OK);
	check_status(command(drive, SP_COMMAND_FREEZE, SP_SCOPE_FAMILY, "list/east", &message), SP_OK);
	check_true(sp_engine_frozen(engine, 2) && !sp_engine_frozen(engine, 1));
	check_status(command(drive, SP_COMMAND_FREEZE, SP_SCOPE_POOL, "list/east", &message), SP_E_UNKNOWN);
	check_contains(message.text, "no pool \"list/east\"");
	check_status(command(drive, SP_COMMAND_FREEZE, SP_SCOPE_FAMILY, "east/h100", &message), SP_E_UNKNOWN);
	check_contains(message.text, "no family \"east/h100\"");
	check_status(command(drive, SP_COMMAND_SET_INDEX, SP_SCOPE_ALL, "", &message), SP_E_UNKNOWN);
	/* an index is of a family, whatever scope comes with it */
	check_status(command(drive, SP_COMMAND_SET_INDEX, SP_SCOPE_POOL, "east/h100", &message), SP_E_UNKNOWN);
	check_status(command(drive, SP_COMMAND_SET_INDEX, SP_SCOPE_POOL, "chat/east", &message), SP_OK);
	check_status(sp_drive_command(drive, &far, "chat/east", &message), SP_E_RANGE);
	check_status(sp_drive_command(drive, &alarm, "", &message), SP_OK);
	check_i64(tape_play(drive, 0, NULL).tick->decisions[1].index.ppb, 1010000000);
	sp_drive_close(drive);
	sp_config_close(config);
}

static void r17_a_reload_carries_the_book_and_another_text_is_an_input(void **state)
{
	sp_config *config = tape_config(tape_yaml), *calm = tape_config(tape_yaml_calm);
	sp_drive *drive = tape_open(config, NULL);
	sp_message message = {{0}};
	const sp_decision *d;
	int64_t told;

	(void)state;
	told = tape_play(drive, 0, NULL).tick->decisions[1].index.ppb;
	for (int64_t i = 1; i < 100; i++)
		told = tape_play(drive, i, NULL).tick->decisions[1].index.ppb;
	check_status(sp_drive_reload(drive, calm, false, &message), SP_OK);
	check_true(sp_drive_setup(drive) == sp_config_setup(calm));
	sp_config_close(config);
	d = &tape_play(drive, 100, NULL).tick->decisions[1];
	check_i64(d->before.ppb, told);
	check_true(told != SP_NANO);
	sp_drive_close(drive);
	sp_config_close(calm);
}

static void a_reload_of_the_same_text_changes_nothing(void **state)
{
	sp_config *config = tape_config(tape_yaml), *again = tape_config(tape_yaml);
	sp_drive *plain = tape_open(config, NULL), *drive = tape_open(config, NULL);
	sp_message message = {{0}};

	(void)state;
	one.n = two.n = 0;
	tape_play_all(plain, 0, 300, &one);
	tape_play_all(drive, 0, 202, &two);
	/* in the midst of a period, and of a jump that is confirmed by the next record */
	tape_send(drive, SP_KIND_utilization, "east/h100", 0.8, tape_end(202) - 40 * SP_SEC);
	check_status(sp_drive_reload(drive, again, false, &message), SP_OK);
	tape_play_all(drive, 202, 300, &two);
	tape_same(&one, &two);
	sp_drive_close(plain);
	sp_drive_close(drive);
	sp_config_close(config);
	sp_config_close(again);
}

static void r17_a_refused_reload_leaves_the_old_one_in_force(void **state)
{
	sp_config *config = tape_config(tape_yaml_wide), *less = tape_config(tape_yaml);
	const char *path = tape_path();
	sp_drive *plain = tape_open(config, NULL), *drive = tape_open(config, path);
	sp_message message = {{0}};
	sp_status status;
	struct rlimit before;

	(void)state;
	one.n = two.n = 0;
	tape_play_all(plain, 0, 200, &one);
	tape_play_all(drive, 0, 100, &two);
	check_status(sp_drive_reload(drive, less, false, &message), SP_E_MISMATCH);
	check_contains(message.text, "new/east/in");
	check_true(sp_drive_setup(drive) == sp_config_setup(config));
	tape_feed(drive, 100);
	before = limit_files(0);
	status = sp_drive_reload(drive, less, true, &message);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	check_true(status == SP_E_DISK_FULL || status == SP_E_IO);
	check_true(sp_drive_setup(drive) == sp_config_setup(config));
	{
		sp_drive_answer answer;
		check_status(sp_drive_tick(drive, tape_end(100), &answer, &message), SP_OK);
		memcpy(two.of[two.n++], answer.digest, SP_HASH_SIZE);
	}
	tape_play_all(drive, 101, 200, &two);
	tape_same(&one, &two);
	sp_drive_close(plain);
	sp_drive_close(drive);
	sp_config_close(config);
	sp_config_close(less);
}

static void a_copy_of_the_engine_goes_its_own_way(void **state)
{
	sp_config *config = tape_config(tape_yaml);
	sp_drive *plain = tape_open(config, NULL), *drive = tape_open(config, NULL);
	sp_signal signal = {.kind = SP_KIND_utilization, .value = {.real = 0.1}};
	sp_engine *copy;

	(void)state;
	one.n = two.n = 0;
	tape_play_all(plain, 0, 100, &one);
	tape_play_all(drive, 0, 50, &two);
	copy = sp_drive_copy(drive);
	check_i64(sp_engine_now(copy), tape_end(49));
	signal.t_ns = tape_end(49);
	signal.subject = sp_config_setup(config)->pools[0].subject;
	check_u64(sp_engine_take(copy, &signal), SP_REFUSED_none);
	free(copy);
	tape_play_all(drive, 50, 100, &two);
	tape_same(&one, &two);
	sp_drive_close(plain);
	sp_drive_close(drive);
	sp_config_close(config);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(digests_are_the_same_with_a_log_and_without),
	    cmocka_unit_test(no_digest_is_made_where_none_is_asked_for),
	    cmocka_unit_test(the_tape_moves_prices_each_way_and_binds_many_rails),
	    cmocka_unit_test(r13_a_checkpoint_restored_at_every_tick_leaves_the_digests_unchanged),
	    cmocka_unit_test(r13_a_checkpoint_forgets_what_came_after_its_tick),
	    cmocka_unit_test(a_checkpoint_of_something_else_is_refused),
	    cmocka_unit_test(a_recording_is_never_written_over),
	    cmocka_unit_test(a_log_that_cannot_be_made_is_an_error),
	    cmocka_unit_test(a_full_disk_surfaces_at_the_tick_and_what_was_committed_stays),
	    cmocka_unit_test(a_full_disk_surfaces_where_inputs_cannot_wait),
	    cmocka_unit_test(ticks_rise_and_end_with_the_permitted_times),
	    cmocka_unit_test(what_may_not_be_is_refused_alone_and_counted),
	    cmocka_unit_test(senders_are_bounded),
	    cmocka_unit_test(commands_find_their_pool_and_family),
	    cmocka_unit_test(r17_a_reload_carries_the_book_and_another_text_is_an_input),
	    cmocka_unit_test(a_reload_of_the_same_text_changes_nothing),
	    cmocka_unit_test(r17_a_refused_reload_leaves_the_old_one_in_force),
	    cmocka_unit_test(a_copy_of_the_engine_goes_its_own_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
