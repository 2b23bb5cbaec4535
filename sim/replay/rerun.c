/* rerun.c - the recorded inputs through the engine once more; see rerun.h. */
#include "sim/replay/rerun.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "sim/replay/recording.h"

typedef struct rerun {
	sp_log_file *log;
	sp_drive *drive;
	sp_config *config;
	sp_rerun_verdict *verdict; /* NULL: only to get somewhere */
	void (*progress)(void *context, double share);
	void *context;
	int64_t last_tick;
} rerun;

/* The first configuration builds the engine; a later one is a reload (R16). */
static sp_status rerun_config(rerun *run, const uint8_t hash[SP_HASH_SIZE], sp_message *message)
{
	sp_config *config;
	sp_drive_options options = {.digest = true};
	sp_status status = sp_recording_config(run->log, hash, &config, message);

	if (status != SP_OK)
		return status;
	if (!run->drive)
		status = sp_drive_open(config, &options, &run->drive, message);
	else
		status = sp_drive_reload(run->drive, config, true, message);
	if (status != SP_OK) {
		sp_config_close(config);
		return status;
	}
	sp_config_close(run->config);
	run->config = config;
	return SP_OK;
}

static bool same_config(const rerun *run, const uint8_t hash[SP_HASH_SIZE])
{
	return run->drive && memcmp(sp_drive_setup(run->drive)->hash, hash, SP_HASH_SIZE) == 0;
}

static sp_status rerun_input(void *context, const sp_input *input, sp_message *message)
{
	rerun *run = context;

	if (input->kind == SP_INPUT_CONFIG)
		return same_config(run, input->config) ? SP_OK : rerun_config(run, input->config, message);
	if (!run->drive)
		return sp_message_set(message, SP_E_DAMAGED, "the recording has signals before its configuration");
	return sp_recording_apply(run->drive, input, message);
}

static void compare(rerun *run, const sp_log_tick_row *row, const uint8_t digest[SP_HASH_SIZE])
{
	sp_rerun_verdict *verdict = run->verdict;

	if (row->engine_version != SP_ENGINE_VERSION) {
		verdict->skipped++;
		return;
	}
	verdict->ticks++;
	if (memcmp(digest, row->digest, SP_HASH_SIZE) == 0 || !verdict->sound)
		return;
	verdict->sound = false;
	verdict->first_wrong = row->tick;
}

static sp_status rerun_tick(void *context, const sp_log_tick_row *row, sp_message *message)
{
	rerun *run = context;
	sp_drive_answer tick;
	sp_status status;

	if (!run->drive)
		return sp_message_set(message, SP_E_DAMAGED, "the recording has a tick before its configuration");
	status = sp_drive_tick(run->drive, row->t_ns, &tick, message);
	if (status != SP_OK || !run->verdict)
		return status;
	compare(run, row, tick.digest);
	if (run->progress && row->tick % 64 == 0)
		run->progress(run->context, (double)row->tick / (double)run->last_tick);
	return SP_OK;
}

/* Puts the run behind the latest checkpoint at or before a tick; without one it begins at the log's first tick. */
static sp_status begin_at(rerun *run, int64_t at_or_before, int64_t *after_tick, sp_message *message)
{
	sp_log_tick_row row;
	uint8_t *bytes;
	size_t n;
	sp_status status;

	*after_tick = 0;
	status = at_or_before > 0 ? sp_log_checkpoint_find(run->log, at_or_before, after_tick, &bytes, &n, message)
	                          : SP_E_ABSENT;
	if (status == SP_E_ABSENT) {
		*after_tick = 0;
		return SP_OK;
	}
	if (status != SP_OK)
		return status;
	status = sp_log_tick_find(run->log, *after_tick, &row, message);
	if (status == SP_OK)
		status = rerun_config(run, row.config, message);
	if (status == SP_OK)
		status = sp_drive_resume(run->drive, *after_tick, bytes, n, message);
	free(bytes);
	return status;
}

static void rerun_fini(rerun *run)
{
	sp_drive_close(run->drive);
	sp_config_close(run->config);
	run->drive = NULL;
	run->config = NULL;
}

/* Finds the first block whose bytes are still kept. */
typedef struct first_kept {
	int64_t pruned_to; /* the last tick with a pruned block */
} first_kept;

static bool find_pruned(void *context, int64_t tick, const uint8_t *bytes, size_t n)
{
	first_kept *kept = context;

	(void)n;
	if (!bytes)
		kept->pruned_to = tick;
	return bytes == NULL;
}

/* The earliest checkpoint whose later inputs are all kept. */
static sp_status begin_after_pruned(rerun *run, int64_t *after_tick, sp_message *message)
{
	first_kept kept = {0};
	sp_status status = sp_log_inputs(run->log, 1, find_pruned, &kept, message);

	*after_tick = 0;
	for (int64_t tick = kept.pruned_to; status == SP_OK && kept.pruned_to > 0; tick++) {
		if (tick > run->last_tick)
			return sp_message_set(message, SP_E_ABSENT,
			                      "no checkpoint after the pruned inputs: nothing can be re-run before the next one");
		status = begin_at(run, tick, after_tick, message);
		if (status != SP_OK || *after_tick >= kept.pruned_to)
			return status;
		rerun_fini(run);
	}
	return status;
}

sp_status sp_rerun_log(sp_log_file *log, void (*progress)(void *context, double share), void *context,
                       sp_rerun_verdict *verdict, sp_message *message)
{
	rerun run = {.log = log, .verdict = verdict, .progress = progress, .context = context};
	sp_recording_visitor visitor = {&run, rerun_input, rerun_tick};
	int64_t after_tick, t_ns;
	sp_status status;

	*verdict = (sp_rerun_verdict){.sound = true};
	run.last_tick = sp_log_last_tick(log, &t_ns);
	status = begin_after_pruned(&run, &after_tick, message);
	verdict->from_tick = after_tick + 1;
	if (status == SP_OK)
		status = sp_recording_walk(log, after_tick, 0, &visitor, message);
	rerun_fini(&run);
	return status;
}

/* --- to one moment --- */

typedef struct rerun_to {
	rerun run;
	sp_moment *moment;
	int64_t before_tick; /* this one's inputs are collected, not applied */
	int64_t done;        /* the last tick that ran */
} rerun_to;

static sp_status collect_input(sp_moment *moment, const sp_input *input, sp_message *message)
{
	if (moment->n_inputs == moment->room) {
		size_t room = moment->room ? 2 * moment->room : 64;
		sp_input *inputs = realloc(moment->inputs, room * sizeof *inputs);
		if (!inputs)
			return sp_message_set(message, SP_E_MEMORY, "out of memory");
		moment->inputs = inputs;
		moment->room = room;
	}
	moment->inputs[moment->n_inputs++] = *input;
	return SP_OK;
}

static sp_status to_input(void *context, const sp_input *input, sp_message *message)
{
	rerun_to *to = context;

	if (to->done + 1 < to->before_tick || input->kind == SP_INPUT_CONFIG)
		return rerun_input(&to->run, input, message);
	return collect_input(to->moment, input, message);
}

static sp_status to_tick(void *context, const sp_log_tick_row *row, sp_message *message)
{
	rerun_to *to = context;

	if (row->tick == to->before_tick) {
		to->moment->t_ns = row->t_ns;
		return SP_OK;
	}
	to->done = row->tick;
	return rerun_tick(&to->run, row, message);
}

sp_status sp_rerun_to(sp_log_file *log, int64_t tick, sp_moment *moment, sp_message *message)
{
	rerun_to to = {.run = {.log = log}, .moment = moment, .before_tick = tick};
	sp_recording_visitor visitor = {&to, to_input, to_tick};
	sp_status status;

	SP_ASSERT(tick > 0);
	*moment = (sp_moment){0};
	status = begin_at(&to.run, tick - 1, &to.done, message);
	if (status == SP_OK)
		status = sp_recording_walk(log, to.done, tick, &visitor, message);
	if (status == SP_OK && (!to.run.drive || moment->t_ns == 0))
		status = sp_message_set(message, SP_E_ABSENT, "the log holds no tick %lld", (long long)tick);
	moment->drive = to.run.drive;
	moment->config = to.run.config;
	return status;
}

void sp_moment_fini(sp_moment *moment)
{
	free(moment->inputs);
	sp_drive_close(moment->drive);
	sp_config_close(moment->config);
	*moment = (sp_moment){0};
}
