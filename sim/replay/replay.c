/* replay.c - traces or a log through the engine; see replay.h.
 *
 * Ticks are the multiples of the period since 1970, from the first after the first record on; records with t < now are fed
 * first (R12). The last tick is the first that no record is left for. */
#include "sim/replay/replay.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "controller/drive/recording.h"

typedef struct replay {
	const sp_replay_options *options;
	sp_drive *drive;
	sp_traces *traces;
	sp_replay_result *result;
	sp_story *story;
} replay;

static void count_traces(replay *r)
{
	r->result->n_traces = r->traces ? sp_traces_n(r->traces) : 0;
	for (uint32_t i = 0; i < r->result->n_traces; i++) {
		sp_replay_trace *out = &r->result->traces[i];
		const sp_trace *trace = sp_traces_trace(r->traces, i);
		snprintf(out->spec, sizeof out->spec, "%s", sp_trace_spec_text(trace));
		snprintf(out->preset, sizeof out->preset, "%s", sp_trace_preset_name(trace));
		sp_trace_count(trace, &out->counts);
		out->given = sp_traces_given(r->traces, i);
		out->shift_ns = sp_traces_shift(r->traces, i);
	}
}

static sp_status tick_at(replay *r, int64_t now_ns, sp_message *message)
{
	sp_drive_answer tick;
	sp_status status = sp_drive_tick(r->drive, now_ns, &tick, message);

	if (status != SP_OK)
		return status;
	if (!sp_story_tick(r->story, sp_drive_engine(r->drive), &tick))
		return sp_message_set(message, SP_E_MEMORY, "out of memory");
	if (r->options->progress)
		r->options->progress(r->options->context, r->traces ? sp_traces_progress(r->traces) : -1, now_ns);
	return SP_OK;
}

static sp_status feed(replay *r, const sp_trace_record *record, sp_message *message)
{
	sp_signal signal = {.t_ns = record->t_ns, .kind = record->kind, .subject = record->subject, .value = record->value};

	if (sp_drive_source(r->drive, record->source, &signal.source) != SP_OK)
		sp_drive_refuse(r->drive, SP_REFUSED_source, 1);
	else
		return sp_drive_take(r->drive, &signal, NULL, message);
	return SP_OK;
}

static int64_t period_end(const sp_setup *setup, int64_t t_ns)
{
	return (t_ns / setup->period_ns + 1) * setup->period_ns;
}

static sp_status run_traces(replay *r, sp_message *message)
{
	const sp_setup *setup = sp_drive_setup(r->drive);
	int64_t now_ns = period_end(setup, sp_traces_first(r->traces));
	sp_trace_record record;
	sp_status status;

	while ((status = sp_traces_next(r->traces, &record, message)) == SP_OK) {
		while (status == SP_OK && record.t_ns >= now_ns) {
			status = tick_at(r, now_ns, message);
			now_ns += setup->period_ns;
		}
		if (status == SP_OK)
			status = feed(r, &record, message);
		if (status != SP_OK)
			return status;
	}
	return status == SP_E_END ? tick_at(r, now_ns, message) : status;
}

static sp_status open_drive(replay *r, const sp_config *config, sp_message *message)
{
	sp_drive_options options = {.log_path = r->options->log_path, .digest = true};
	sp_status status = sp_drive_open(config, &options, &r->drive, message);

	if (status != SP_OK)
		return status;
	r->story = sp_story_open(sp_config_setup(config));
	return r->story ? SP_OK : sp_message_set(message, SP_E_MEMORY, "out of memory");
}

static void replay_fini(replay *r)
{
	count_traces(r);
	r->result->story = r->story;
	sp_traces_close(r->traces);
	sp_drive_close(r->drive);
}

sp_status sp_replay_run(const sp_config *config, const sp_replay_options *options, sp_replay_result *result,
                        sp_message *message)
{
	replay r = {.options = options, .result = result};
	sp_status status =
	    sp_traces_open(options->specs, options->n_specs, sp_config_setup(config), &options->traces, &r.traces, message);

	memset(result, 0, sizeof *result);
	if (status == SP_OK)
		status = open_drive(&r, config, message);
	if (status == SP_OK)
		status = run_traces(&r, message);
	replay_fini(&r);
	return status;
}

/* --- a log as the trace --- */

typedef struct replay_recording {
	replay run;
	sp_log_file *log;
	bool own_configs; /* apply the recorded configurations; else `config` holds throughout (R16) */
	sp_config *config;
} replay_recording;

static sp_status recorded_config(replay_recording *rec, const uint8_t hash[SP_HASH_SIZE], sp_message *message)
{
	sp_config *config;
	sp_status status = sp_recording_config(rec->log, hash, &config, message);

	if (status != SP_OK)
		return status;
	if (!rec->run.drive)
		status = open_drive(&rec->run, config, message);
	else
		status = sp_drive_reload(rec->run.drive, config, true, message);
	if (status == SP_OK && !sp_story_setup(rec->run.story, sp_config_setup(config)))
		status = sp_message_set(message, SP_E_MEMORY, "out of memory");
	if (status != SP_OK) {
		sp_config_close(config);
		return status;
	}
	sp_config_close(rec->config);
	rec->config = config;
	return SP_OK;
}

/* Under another configuration a command may have lost its family, or ask for an index outside other bounds: it is refused and
 * counted like a signal, and the replay goes on. Under its own it cannot. */
static sp_status recorded_other(replay_recording *rec, const sp_input *input, sp_message *message)
{
	sp_status status = sp_recording_apply(rec->run.drive, input, message);

	if (input->kind != SP_INPUT_COMMAND || rec->own_configs)
		return status;
	if (status != SP_E_UNKNOWN && status != SP_E_RANGE)
		return status;
	sp_drive_refuse(rec->run.drive, status == SP_E_UNKNOWN ? SP_REFUSED_unknown_subject : SP_REFUSED_out_of_range, 1);
	return SP_OK;
}

static sp_status recorded_input(void *context, const sp_input *input, sp_message *message)
{
	replay_recording *rec = context;

	if (input->kind != SP_INPUT_CONFIG)
		return rec->run.drive
		           ? recorded_other(rec, input, message)
		           : sp_message_set(message, SP_E_DAMAGED, "the recording has signals before its configuration");
	return rec->own_configs ? recorded_config(rec, input->config, message) : SP_OK;
}

static sp_status recorded_tick(void *context, const sp_log_tick_row *row, sp_message *message)
{
	replay_recording *rec = context;

	return tick_at(&rec->run, row->t_ns, message);
}

sp_status sp_replay_log(const sp_config *config, const char *path, const sp_replay_options *options,
                        sp_replay_result *result, sp_message *message)
{
	replay_recording rec = {.run = {.options = options, .result = result}, .own_configs = config == NULL};
	sp_recording_visitor visitor = {&rec, recorded_input, recorded_tick};
	sp_log_options read_only = {.read_only = true};
	sp_status status = sp_log_open(path, &read_only, &rec.log, message);

	memset(result, 0, sizeof *result);
	if (status == SP_OK && config)
		status = open_drive(&rec.run, config, message);
	if (status == SP_OK)
		status = sp_recording_walk(rec.log, 0, 0, &visitor, message);
	replay_fini(&rec.run);
	sp_config_close(rec.config);
	sp_log_close(rec.log);
	return status;
}
