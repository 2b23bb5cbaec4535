/* test_parcels.c - what a live drive hands out to be stored: one parcel at a time, and checkpoints before too much has gathered. */
#include "tests/drive/tape.h"

#include <stdlib.h>

static sp_drive *open_live(const sp_config *config)
{
	sp_drive_options options = {.live = true};
	sp_drive *drive = NULL;
	sp_message message = {{0}};

	check_status(sp_drive_open(config, &options, &drive, &message), SP_OK);
	return drive;
}

static void store_inputs(sp_drive *drive)
{
	sp_drive_parcel parcel;

	sp_drive_pack_inputs(drive, &parcel);
	check_true(!parcel.is_tick && sp_drive_is_out(drive));
	sp_drive_stored(drive);
}

static sp_drive_parcel tick(sp_drive *drive, int64_t period)
{
	sp_drive_parcel parcel;
	sp_message message = {{0}};

	check_status(sp_drive_pack_tick(drive, tape_end(period), &parcel, &message), SP_OK);
	return parcel;
}

/* Signals until the block has no room; the next input would have to wait. */
static void fill_block(sp_drive *drive, int64_t t_ns)
{
	while (sp_drive_has_room(drive))
		(void)tape_send(drive, SP_KIND_utilization, "east/h100", 0.5, t_ns++);
}

static void signals_go_on_while_a_tick_is_out(void **state)
{
	sp_config *config = tape_config(tape_yaml);
	sp_drive *drive = open_live(config);
	size_t handed_out;

	(void)state;
	(void)tape_send(drive, SP_KIND_utilization, "east/h100", 0.5, TAPE_START);
	handed_out = tick(drive, 0).row.n_inputs;
	check_true(handed_out > 0 && sp_drive_is_out(drive) && sp_drive_gathered(drive) == 0);
	(void)tape_send(drive, SP_KIND_utilization, "east/h100", 0.6, tape_end(0));
	check_true(sp_drive_gathered(drive) > 0);
	sp_drive_stored(drive);
	check_true(!sp_drive_is_out(drive) && sp_drive_gathered(drive) > 0);
	check_u64(tick(drive, 1).row.taken, 1);
	sp_drive_stored(drive);
	sp_drive_close(drive);
	sp_config_close(config);
}

static void r13_a_checkpoint_comes_before_too_much_has_gathered(void **state)
{
	sp_config *config = tape_config(tape_yaml);
	sp_drive *drive = open_live(config);

	(void)state;
	(void)tick(drive, 0); /* an hour begins */
	sp_drive_stored(drive);
	check_true(tick(drive, 1).row.checkpoint == NULL);
	sp_drive_stored(drive);
	for (size_t n = 0; n < SP_DRIVE_SINCE_MAX; n += SP_INPUTS_BLOCK_MAX / 2) {
		fill_block(drive, tape_end(1));
		store_inputs(drive);
	}
	check_true(tick(drive, 2).row.checkpoint != NULL);
	sp_drive_stored(drive);
	check_true(tick(drive, 3).row.checkpoint == NULL);
	sp_drive_stored(drive);
	sp_drive_close(drive);
	sp_config_close(config);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(signals_go_on_while_a_tick_is_out),
	    cmocka_unit_test(r13_a_checkpoint_comes_before_too_much_has_gathered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
