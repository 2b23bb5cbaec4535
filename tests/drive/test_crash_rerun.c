/* P2 and P11: whatever a power cut leaves of a recording runs again to the digests that were reported.
 *
 * A drive plays the tape, with commands, two reloads and a checkpoint, onto a disk that tears, drops and reorders what no fsync has
 * promised. At random instants an image is taken and opened as the next start would: it must hold every tick that
 * sp_drive_tick had answered, at most the one more that was in the making, a chain that verifies, and inputs that give all
 * of these digests again. Planted errors show that each of these is looked at. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "controller/drive/rerun.h"
#include "tests/log/crash_vfs.h"
#include "tests/log/sample.h"
#include "tests/drive/tape.h"

/* Periods of the tape: families are frozen at 40, thawed at 46, set at 60; the hour ends with 59, and with it comes a checkpoint. */
#define CUT_FROM   40
#define CUT_CALM   50
#define CUT_PLANT  56
#define CUT_WIDE   64
#define CUT_TO     75
#define CUT_APART  40 /* changes of the disk between two images, at most */
#define CUT_IMAGES 60

static const char cut_lost[] = "a reported tick is lost";
static const char cut_digest[] = "a digest is not the one that was reported";
static const char cut_rerun[] = "the re-run gives other digests";

typedef enum cut_plant {
	CUT_NOTHING,
	CUT_OTHER_DIGEST,  /* one digest was reported otherwise than it was committed */
	CUT_DROPPED_INPUT, /* the engine was given a signal that the log was not */
	CUT_EARLY_REPORT,  /* each tick counts as reported before it is committed */
} cut_plant;

typedef struct cut {
	sp_rng rng;
	cut_plant plant;
	sp_config *plain, *calm, *wide;
	tape_digests expected; /* from a drive without a log */
	int64_t reported;      /* ticks */
	int64_t countdown;     /* changes of the disk until the next image */
	int images, wanted, faulty;
	int beyond_plant;   /* images that hold the tick of CUT_PLANT */
	const char *expect; /* the fault that a plant must be found by; NULL: none */
	bool taking;
} cut;

/* --- an image --- */

static bool read_digest(void *context, const sp_log_tick_row *row)
{
	tape_digests *digests = context;

	check_true(digests->n < CUT_TO - CUT_FROM);
	memcpy(digests->of[digests->n++], row->digest, SP_HASH_SIZE);
	return true;
}

static bool digests_are_kept(sp_log_file *log, const cut *c, int64_t last)
{
	static tape_digests found;

	found.n = 0;
	if (sp_log_ticks(log, 1, read_digest, &found, NULL) != SP_OK || found.n != last)
		return false;
	return memcmp(found.of, c->expected.of, found.n * sizeof found.of[0]) == 0;
}

static bool runs_again(sp_log_file *log, int64_t last)
{
	sp_rerun_verdict verdict;
	sp_message message = {{0}};

	if (sp_rerun_log(log, NULL, NULL, &verdict, &message) != SP_OK) {
		print_error("%s\n", message.text);
		return false;
	}
	return verdict.sound && verdict.ticks == last && verdict.from_tick == 1 && verdict.skipped == 0;
}

/* What is wrong with an opened image; NULL: nothing. */
static const char *image_fault(sp_log_file *log, cut *c)
{
	int64_t last = sp_log_last_tick(log, NULL);
	sp_log_verdict verdict;

	c->beyond_plant += last > CUT_PLANT - CUT_FROM;
	if (last < c->reported)
		return cut_lost;
	if (last > c->reported + 1)
		return "there is a tick that nobody made";
	if (sp_log_verify(log, NULL, NULL, NULL, &verdict, NULL) != SP_OK || !verdict.sound)
		return "the chain does not verify";
	if (!digests_are_kept(log, c, last))
		return cut_digest;
	return runs_again(log, last) ? NULL : cut_rerun;
}

static const char *path_fault(const char *path, cut *c)
{
	sp_log_options options = {.create = true, .sync = SP_LOG_SYNC_OFF, .engine_version = SP_ENGINE_VERSION};
	sp_log_file *log = NULL;
	static sp_message message;
	const char *fault = sp_log_open(path, &options, &log, &message) == SP_OK ? image_fault(log, c) : message.text;

	sp_log_close(log);
	return fault;
}

static void take_image(cut *c)
{
	char folder[512], path[600];
	const char *fault;

	snprintf(folder, sizeof folder, "%s/image", sp_check_scratch());
	snprintf(path, sizeof path, "%s/log.db", folder);
	check_i64(mkdir(folder, 0755), 0);
	crash_vfs_image(folder, &c->rng);
	c->images++;
	fault = path_fault(path, c);
	if (fault && fault != c->expect) {
		print_error("image %d, after tick %lld: %s\n", c->images, (long long)c->reported, fault);
		check_true(fault == c->expect);
	}
	c->faulty += fault != NULL;
	sample_remove(folder);
}

static void on_change(void *context)
{
	cut *c = context;

	if (c->taking || c->images >= c->wanted || --c->countdown > 0)
		return;
	c->taking = true;
	take_image(c);
	c->taking = false;
	c->countdown = 1 + (int64_t)sp_rng_below(&c->rng, CUT_APART);
}

/* --- a life --- */

/* A load, the latest of its period, that the engine is given and the drive hears nothing of. */
static void unrecorded(sp_drive *drive, int64_t period)
{
	sp_signal signal = {.t_ns = tape_end(period) - SP_SEC, .kind = SP_KIND_utilization, .value.real = 1.3};

	signal.subject = sp_drive_setup(drive)->pools[0].subject;
	check_i64(sp_engine_take(sp_drive_engine(drive), &signal), SP_REFUSED_none);
}

/* A reload in the midst of a period: what had come before it is appended to the log at once. */
static void reload(sp_drive *drive, int64_t period, const sp_config *config)
{
	sp_message message = {{0}};

	tape_send(drive, SP_KIND_utilization, "east/h100", 0.8, tape_end(period) - 40 * SP_SEC);
	check_status(sp_drive_reload(drive, config, false, &message), SP_OK);
}

static void play_life(cut *c, sp_drive *drive, tape_digests *digests)
{
	for (int64_t period = CUT_FROM; period < CUT_TO; period++) {
		if (period == CUT_CALM || period == CUT_WIDE)
			reload(drive, period, period == CUT_CALM ? c->calm : c->wide);
		if (period == CUT_PLANT && c->plant == CUT_DROPPED_INPUT)
			unrecorded(drive, period);
		c->reported += c->plant == CUT_EARLY_REPORT;
		c->reported = tape_play(drive, period, digests).number;
	}
}

/* What the log must come to: the same periods without one. */
static void expect_digests(cut *c)
{
	sp_drive *drive = tape_open(c->plain, NULL);

	c->expected.n = 0;
	play_life(c, drive, &c->expected);
	sp_drive_close(drive);
	if (c->plant == CUT_OTHER_DIGEST)
		c->expected.of[CUT_PLANT - CUT_FROM][7] ^= 1;
}

static void run_life(cut *c)
{
	static tape_digests reported;
	char folder[512], path[600];
	sp_drive_options options = {.log_path = path, .vfs = CRASH_VFS};
	sp_drive *drive = NULL;
	sp_message message = {{0}};

	snprintf(folder, sizeof folder, "%s/life", sp_check_scratch());
	snprintf(path, sizeof path, "%s/log.db", folder);
	check_i64(mkdir(folder, 0755), 0);
	crash_vfs_reset(sp_rng_next(&c->rng));
	crash_vfs_hook(on_change, c);
	c->reported = 0;
	c->countdown = 1 + (int64_t)sp_rng_below(&c->rng, CUT_APART);
	reported.n = 0;
	check_status(sp_drive_open(c->plain, &options, &drive, &message), SP_OK);
	play_life(c, drive, &reported);
	sp_drive_close(drive);
	crash_vfs_reset(0);
	sample_remove(folder);
	if (c->plant != CUT_OTHER_DIGEST)
		tape_same(&reported, &c->expected);
}

static void run_until(cut *c)
{
	c->plain = tape_config(tape_yaml);
	c->calm = tape_config(tape_yaml_calm);
	c->wide = tape_config(tape_yaml_wide);
	expect_digests(c);
	while (c->images < c->wanted)
		run_life(c);
	print_message("%d crash images, %d of them faulty\n", c->images, c->faulty);
	sp_config_close(c->plain);
	sp_config_close(c->calm);
	sp_config_close(c->wide);
}

static int wanted_images(void)
{
	const char *soak = getenv("SETPOINT_SOAK");

	return soak && strcmp(soak, "1") == 0 ? 40 * CUT_IMAGES : CUT_IMAGES;
}

static void p2_p11_what_a_power_cut_leaves_runs_again_to_the_reported_digests(void **state)
{
	static cut c;

	(void)state;
	c = (cut){.wanted = wanted_images()};
	sp_check_seed("p2_p11_what_a_power_cut_leaves_runs_again_to_the_reported_digests", &c.rng);
	run_until(&c);
	check_i64(c.faulty, 0);
	check_true(c.beyond_plant > c.images / 4);
}

static void plant(cut *c, cut_plant what, const char *expect)
{
	*c = (cut){.plant = what, .expect = expect, .wanted = CUT_IMAGES / 2};
	sp_check_seed("planted", &c->rng);
	run_until(c);
	check_true(c->faulty > 0);
}

static void p11_a_digest_that_was_reported_otherwise_is_found(void **state)
{
	static cut c;

	(void)state;
	plant(&c, CUT_OTHER_DIGEST, cut_digest);
	check_i64(c.faulty, c.beyond_plant);
}

static void p11_an_input_that_the_log_never_saw_is_found(void **state)
{
	static cut c;

	(void)state;
	plant(&c, CUT_DROPPED_INPUT, cut_rerun);
	check_i64(c.faulty, c.beyond_plant);
}

static void p2_a_tick_that_is_reported_before_its_commit_is_found_lost(void **state)
{
	static cut c;

	(void)state;
	plant(&c, CUT_EARLY_REPORT, cut_lost);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(p2_p11_what_a_power_cut_leaves_runs_again_to_the_reported_digests),
	    cmocka_unit_test(p11_a_digest_that_was_reported_otherwise_is_found),
	    cmocka_unit_test(p11_an_input_that_the_log_never_saw_is_found),
	    cmocka_unit_test(p2_a_tick_that_is_reported_before_its_commit_is_found_lost),
	};

	sample_in_memory();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
