/* recording.c - walks a decision log's inputs and ticks in their order; see recording.h. */
#include "controller/drive/recording.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/time.h"

/* The ticks of the walk, read first: a tick follows the inputs that belong to it. */
typedef struct recording_walk {
	const sp_recording_visitor *visitor;
	sp_log_tick_row *ticks;
	size_t n, room, at;
	int64_t last_tick;
	sp_inputs_cursor *cursor;
	sp_status status;
	sp_message *message;
} recording_walk;

static bool collect_tick(void *context, const sp_log_tick_row *row)
{
	recording_walk *walk = context;

	if (walk->last_tick > 0 && row->tick > walk->last_tick)
		return false;
	if (walk->n == walk->room) {
		size_t room = walk->room ? 2 * walk->room : 1024;
		sp_log_tick_row *ticks = realloc(walk->ticks, room * sizeof *ticks);
		if (!ticks) {
			walk->status = sp_message_set(walk->message, SP_E_MEMORY, "out of memory");
			return false;
		}
		walk->ticks = ticks;
		walk->room = room;
	}
	walk->ticks[walk->n++] = *row;
	return true;
}

/* The ticks up to, not with, `tick`. */
static bool visit_ticks_before(recording_walk *walk, int64_t tick)
{
	while (walk->status == SP_OK && walk->at < walk->n && walk->ticks[walk->at].tick < tick)
		walk->status = walk->visitor->tick(walk->visitor->context, &walk->ticks[walk->at++], walk->message);
	return walk->status == SP_OK;
}

static bool visit_block(void *context, int64_t tick, const uint8_t *bytes, size_t n)
{
	recording_walk *walk = context;
	sp_input input;
	sp_status status = SP_OK;

	if (walk->last_tick > 0 && tick > walk->last_tick)
		return false;
	if (!visit_ticks_before(walk, tick))
		return false;
	if (!bytes) {
		walk->status =
		    sp_message_set(walk->message, SP_E_ABSENT,
		                   "the inputs of tick %lld are pruned (keep_inputs): start after them", (long long)tick);
		return false;
	}
	sp_inputs_begin(walk->cursor, bytes, n);
	while (walk->status == SP_OK && (status = sp_inputs_next(walk->cursor, &input)) == SP_OK)
		walk->status = walk->visitor->input(walk->visitor->context, &input, walk->message);
	if (status == SP_E_DAMAGED)
		walk->status =
		    sp_message_set(walk->message, SP_E_DAMAGED, "the inputs of tick %lld cannot be read", (long long)tick);
	return walk->status == SP_OK;
}

sp_status sp_recording_walk(sp_log_file *log, int64_t after_tick, int64_t last_tick,
                            const sp_recording_visitor *visitor, sp_message *message)
{
	recording_walk walk = {.visitor = visitor, .last_tick = last_tick, .message = message};
	sp_status status;

	SP_ASSERT(after_tick >= 0 && last_tick >= 0);
	walk.cursor = malloc(sizeof *walk.cursor);
	if (!walk.cursor)
		return sp_message_set(message, SP_E_MEMORY, "out of memory");
	status = sp_log_ticks(log, after_tick + 1, collect_tick, &walk, message);
	if (status == SP_OK && walk.status == SP_OK)
		status = sp_log_inputs(log, after_tick + 1, visit_block, &walk, message);
	if (status == SP_OK && walk.status == SP_OK)
		visit_ticks_before(&walk, INT64_MAX);
	free(walk.ticks);
	free(walk.cursor);
	return status != SP_OK ? status : walk.status;
}

sp_status sp_recording_config(sp_log_file *log, const uint8_t hash[SP_HASH_SIZE], sp_config **config,
                              sp_message *message)
{
	void *yaml = NULL, *sheet = NULL;
	size_t n_yaml, n_sheet;
	sp_complaints complaints = {0};
	sp_status status = sp_log_config_find(log, hash, &yaml, &n_yaml, &sheet, &n_sheet, message);

	if (status != SP_OK)
		return status;
	status = sp_config_parse("recorded configuration", yaml, n_yaml, "recorded sheet", n_sheet > 0 ? sheet : NULL,
	                         n_sheet, config, &complaints);
	if (status != SP_OK)
		sp_message_set(message, status, "this version refuses the recorded configuration: %s",
		               complaints.n > 0 ? complaints.list[0].text : sp_status_text(status));
	sp_complaints_fini(&complaints);
	free(yaml);
	free(sheet);
	return status;
}

/* Two recordings of one source may stand behind one another: what is not higher says nothing new. */
static sp_status apply_message(sp_drive *drive, const sp_input *input, sp_message *message)
{
	sp_status status = sp_drive_message(drive, input->source, input->seq, NULL, NULL, message);

	return status == SP_E_DUPLICATE ? SP_OK : status;
}

sp_status sp_recording_apply(sp_drive *drive, const sp_input *input, sp_message *message)
{
	sp_signal signal = {.t_ns = input->t_ns, .kind = input->signal_kind, .value = input->value};

	switch (input->kind) {
	case SP_INPUT_SIGNAL:
		return sp_drive_signal(drive, &signal, input->subject, input->source, NULL, message);
	case SP_INPUT_COMMAND:
		return sp_drive_command(drive, &input->command, input->subject, message);
	case SP_INPUT_REFUSED:
		sp_drive_refuse(drive, input->refusal, input->n);
		return SP_OK;
	case SP_INPUT_MESSAGE:
		return apply_message(drive, input, message);
	default:
		SP_ASSERT(false); /* a configuration is its driver's to apply */
		return SP_E_UNKNOWN;
	}
}
