/* rerun.c - the recorded inputs through the engine once more; see rerun.h. */
#include "controller/drive/rerun.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/failpoint.h"
#include "controller/drive/recording.h"

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
	if (run->verdict && input->kind == SP_INPUT_COMMAND && input->command.kind == SP_COMMAND_PUBLISHED)
		run->verdict->published = true;
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
	run->verdict->published = false;
	compare(run, row, tick.digest);
	if (run->progress && row->tick % 64 == 0)
		run->progress(run->context, (double)row->tick / (double)run->last_tick);
	return SP_OK;
}

static bool take_first(void *context, const sp_log_tick_row *row)
{
	*(int64_t *)context = row->tick;
	return false;
}

/* The first tick of this file; 0: none. One that follows an archived file does not begin at 1. */
static sp_status first_tick(rerun *run, int64_t *tick, sp_message *message)
{
	*tick = 0;
	return sp_log_ticks(run->log, 1, take_first, tick, message);
}

/* Without a checkpoint the run begins with the first tick there ever was. */
static sp_status begin_at_first(rerun *run, int64_t at_or_before, int64_t *after_tick, sp_message *message)
{
	int64_t first;
	sp_status status = first_tick(run, &first, message);

	*after_tick = 0;
	if (status == SP_OK && first > 1)
		return sp_message_set(
		    message, SP_E_ABSENT,
		    "this file begins with tick %lld and has no checkpoint up to tick %lld: look into the one "
		    "archived before it",
		    (long long)first, (long long)at_or_before);
	return status;
}

/* Puts the run behind the latest checkpoint at or before a tick; without one it begins at the log's first tick. */
static sp_status begin_at(rerun *run, int64_t at_or_before, int64_t *after_tick, sp_message *message)
{
	sp_log_tick_row row;
	uint8_t *bytes;
	size_t n;
	sp_status status;

	status = at_or_before > 0 ? sp_log_checkpoint_find(run->log, at_or_before, after_tick, &bytes, &n, message)
	                          : SP_E_ABSENT;
	if (status == SP_E_ABSENT)
		return begin_at_first(run, at_or_before, after_tick, message);
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

/* Finds up to where blocks are pruned: they go from the front. */
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

/* The tick of the latest checkpoint at or before one; 0: none. */
static sp_status checkpoint_before(rerun *run, int64_t tick, int64_t *found, sp_message *message)
{
	uint8_t *bytes;
	size_t n;
	sp_status status = sp_log_checkpoint_find(run->log, tick, found, &bytes, &n, message);

	if (status == SP_OK)
		free(bytes);
	else
		*found = 0;
	return status == SP_E_ABSENT ? SP_OK : status;
}

/* The earliest checkpoint at or after a tick, by halving: the latest before a tick never falls as ticks rise. */
static sp_status checkpoint_after(rerun *run, int64_t tick, int64_t *found, sp_message *message)
{
	int64_t low = tick - 1, high = run->last_tick, middle, at;
	sp_status status = checkpoint_before(run, high, &at, message);

	if (status == SP_OK && at < tick)
		return sp_message_set(
		    message, SP_E_ABSENT,
		    "no checkpoint after tick %lld, up to which inputs are gone: nothing can be re-run before the "
		    "next one",
		    (long long)tick);
	while (status == SP_OK && high - low > 1) {
		middle = low + (high - low) / 2;
		status = checkpoint_before(run, middle, &at, message);
		*(at >= tick ? &high : &low) = middle;
	}
	*found = high;
	return status;
}

/* Where all that follows is kept: at the first tick, or after the earliest checkpoint behind what was pruned or archived. */
static sp_status begin(rerun *run, int64_t *after_tick, sp_message *message)
{
	first_kept kept = {0};
	int64_t first, from;
	sp_status status = sp_log_inputs(run->log, 1, find_pruned, &kept, message);

	if (status == SP_OK)
		status = first_tick(run, &first, message);
	if (status != SP_OK)
		return status;
	from = first > 1 && kept.pruned_to < first ? first : kept.pruned_to;
	if (from == 0)
		return begin_at(run, 0, after_tick, message);
	status = checkpoint_after(run, from, &from, message);
	return status == SP_OK ? begin_at(run, from, after_tick, message) : status;
}

/* Begun by a rotation, and no tick was committed since: its first one would have brought a checkpoint. */
static sp_status is_bare(rerun *run, bool *bare, sp_message *message)
{
	int64_t first = 0;
	sp_status status = first_tick(run, &first, message);

	*bare = first == 0 && run->last_tick > 0;
	return status;
}

sp_status sp_rerun_log(sp_log_file *log, void (*progress)(void *context, double share), void *context,
                       sp_rerun_verdict *verdict, sp_message *message)
{
	rerun run = {.log = log, .verdict = verdict, .progress = progress, .context = context};
	sp_recording_visitor visitor = {&run, rerun_input, rerun_tick};
	int64_t after_tick = 0, t_ns;
	bool bare;
	sp_status status;

	*verdict = (sp_rerun_verdict){.sound = true};
	run.last_tick = sp_log_last_tick(log, &t_ns);
	verdict->from_tick = run.last_tick + 1;
	status = is_bare(&run, &bare, message);
	if (status != SP_OK || bare)
		return status;
	status = begin(&run, &after_tick, message);
	verdict->from_tick = after_tick + 1;
	if (status == SP_OK)
		status = sp_recording_walk(log, after_tick, 0, &visitor, message);
	rerun_fini(&run);
	return status;
}

/* --- to the end, to go on --- */

/* Behind the last checkpoint that is of use. */
static sp_status begin_at_last(rerun *run, int64_t *after_tick, sp_message *message)
{
	sp_status status = begin_at(run, run->last_tick, after_tick, message);

	if (status == SP_E_MISMATCH || status == SP_E_NEWER) { /* of another engine version */
		rerun_fini(run);
		status = begin(run, after_tick, message);
	}
	SP_FAILPOINT(rerun_before);
	run->verdict->from_tick = *after_tick + 1;
	return status;
}

/* Up to the last tick of the file before this one; what came after it stands in this one again. */
static sp_status rerun_previous(rerun *run, const sp_recording_visitor *visitor, sp_message *message)
{
	sp_log_file *log = run->log, *previous = NULL;
	int64_t after_tick = 0;
	sp_status status = sp_log_previous(log, &previous, message);

	if (status != SP_OK)
		return status;
	run->log = previous;
	status = begin_at_last(run, &after_tick, message);
	if (status == SP_OK)
		status = sp_recording_walk(previous, after_tick, run->last_tick, visitor, message);
	run->log = log;
	sp_log_close(previous);
	return status;
}

sp_status sp_rerun_resume(sp_log_file *log, sp_drive **drive, sp_config **config, sp_rerun_verdict *verdict,
                          sp_message *message)
{
	rerun run = {.log = log, .verdict = verdict};
	sp_recording_visitor visitor = {&run, rerun_input, rerun_tick};
	int64_t after_tick = 0, t_ns;
	bool bare;
	sp_status status;

	*verdict = (sp_rerun_verdict){.sound = true};
	run.last_tick = after_tick = sp_log_last_tick(log, &t_ns);
	status = is_bare(&run, &bare, message);
	if (status == SP_OK)
		status = bare ? rerun_previous(&run, &visitor, message) : begin_at_last(&run, &after_tick, message);
	if (status == SP_OK)
		status = sp_recording_walk(log, after_tick, 0, &visitor, message);
	if (status != SP_OK) {
		rerun_fini(&run);
		return status;
	}
	*drive = run.drive;
	*config = run.config;
	return SP_OK;
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

/* A configuration that came within the period: what came before it is applied, too, so that the order stays. */
static sp_status to_config(rerun_to *to, const sp_input *input, sp_message *message)
{
	sp_moment *moment = to->moment;
	sp_status status = SP_OK;

	for (size_t i = 0; i < moment->n_inputs && status == SP_OK; i++)
		status = rerun_input(&to->run, &moment->inputs[i], message);
	moment->n_inputs = 0;
	return status == SP_OK ? rerun_input(&to->run, input, message) : status;
}

static sp_status to_input(void *context, const sp_input *input, sp_message *message)
{
	rerun_to *to = context;

	if (to->done + 1 < to->before_tick)
		return rerun_input(&to->run, input, message);
	if (input->kind == SP_INPUT_CONFIG)
		return to_config(to, input, message);
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

/* --- behind one tick --- */

/* In place of a moment whose inputs are gone: the tick's own checkpoint, if there is one that this version reads. */
static bool behind_checkpoint(sp_log_file *log, int64_t tick, sp_moment *moment)
{
	rerun run = {.log = log};
	sp_message unused = {{0}};
	int64_t at = 0;

	if (begin_at(&run, tick, &at, &unused) != SP_OK || at != tick) {
		rerun_fini(&run);
		return false;
	}
	sp_moment_fini(moment);
	moment->drive = run.drive;
	moment->config = run.config;
	return true;
}

static sp_status finish_tick(sp_moment *moment, sp_message *message)
{
	sp_drive_answer answer;
	sp_status status = SP_OK;

	for (size_t i = 0; status == SP_OK && i < moment->n_inputs; i++)
		status = sp_recording_apply(moment->drive, &moment->inputs[i], message);
	return status == SP_OK ? sp_drive_tick(moment->drive, moment->t_ns, &answer, message) : status;
}

sp_status sp_rerun_behind(sp_log_file *log, int64_t tick, sp_drive **drive, sp_config **config, sp_message *message)
{
	sp_moment moment;
	sp_status status = sp_rerun_to(log, tick, &moment, message);

	if (status == SP_OK)
		status = finish_tick(&moment, message);
	else if (status == SP_E_ABSENT && behind_checkpoint(log, tick, &moment))
		status = SP_OK;
	if (status == SP_OK) {
		*drive = moment.drive;
		*config = moment.config;
		moment.drive = NULL;
		moment.config = NULL;
	}
	sp_moment_fini(&moment);
	return status;
}
