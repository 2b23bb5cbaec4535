/* scene.c - three ways to a moment; see scene.h. */
#include "cli/scene.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/assert.h"
#include "base/time.h"
#include "cli/complain.h"
#include "cli/number.h"
#include "controller/drive/recording.h"

static sp_exit no_moment(const char *name, const char *word, int64_t t_ns)
{
	char moment[SP_NUMBER_MAX];

	fprintf(stderr, "setpoint: %s: nothing is recorded by then; it %s %s\n", name, word,
	        sp_number_moment(t_ns / SP_SEC * SP_SEC, moment));
	return SP_EXIT_NEGATIVE;
}

static sp_status open_tally(sp_scene *scene, int64_t over_ns)
{
	int64_t from_ns = scene->t_ns - over_ns;

	scene->tally = sp_tally_open(scene->setup, from_ns > SP_TIME_MIN_NS ? from_ns : SP_TIME_MIN_NS, scene->t_ns);
	return scene->tally ? SP_OK : SP_E_MEMORY;
}

static sp_status open_drive(sp_scene *scene, sp_message *message)
{
	sp_drive_options options = {0};

	return sp_drive_open(scene->config, &options, &scene->drive, message);
}

static sp_status tick_at(sp_scene *scene, int64_t now_ns, sp_message *message)
{
	sp_drive_answer answer;

	return sp_drive_tick(scene->drive, now_ns, &answer, message);
}

/* --- a configuration alone --- */

static sp_exit open_config(const sp_scene_asked *asked, sp_scene *scene)
{
	sp_message message = {{0}};
	sp_status status;

	scene->t_ns = asked->at_ns == SP_TIME_NEVER ? (int64_t)time(NULL) * SP_SEC : asked->at_ns;
	status = open_drive(scene, &message);
	if (status == SP_OK)
		status = open_tally(scene, asked->over_ns);
	if (status == SP_OK)
		status = tick_at(scene, scene->t_ns, &message);
	return sp_exit_with(status, &message);
}

/* --- traces --- */

/* Where they end: the tick that closes the period of their last record. */
static sp_status end_of_traces(const sp_scene_asked *asked, const sp_setup *setup, int64_t *end_ns, sp_message *message)
{
	sp_traces_options options = {.skip_bad = asked->skip_bad};
	sp_traces *traces;
	sp_trace_record record;
	sp_status status = sp_traces_open(asked->specs, asked->n_specs, setup, &options, &traces, message);

	if (status != SP_OK)
		return status;
	*end_ns = SP_TIME_MIN_NS;
	while ((status = sp_traces_next(traces, &record, message)) == SP_OK)
		*end_ns = (record.t_ns / setup->period_ns + 1) * setup->period_ns;
	sp_traces_close(traces);
	return status == SP_E_END ? SP_OK : status;
}

static sp_status feed(sp_scene *scene, const sp_trace_record *record, sp_message *message)
{
	sp_signal signal = {.t_ns = record->t_ns, .kind = record->kind, .subject = record->subject, .value = record->value};

	sp_tally_add(scene->tally, record->subject, record->kind, record->t_ns, record->value);
	if (sp_drive_source(scene->drive, record->source, &signal.source) != SP_OK) {
		sp_drive_refuse(scene->drive, SP_REFUSED_source, 1);
		return SP_OK;
	}
	return sp_drive_take(scene->drive, &signal, NULL, message);
}

/* As replay feeds them: records with t < now first, then the tick; up to the scene's own tick. */
static sp_status run_traces(sp_scene *scene, sp_traces *traces, sp_message *message)
{
	int64_t period_ns = scene->setup->period_ns, now_ns = (sp_traces_first(traces) / period_ns + 1) * period_ns;
	sp_trace_record record;
	sp_status status = SP_OK;

	while (status == SP_OK && (status = sp_traces_next(traces, &record, message)) == SP_OK) {
		bool over = record.t_ns >= scene->t_ns;
		int64_t upto_ns = over ? scene->t_ns : record.t_ns;
		for (; status == SP_OK && now_ns <= upto_ns; now_ns += period_ns)
			status = tick_at(scene, now_ns, message);
		if (over)
			return status;
		if (status == SP_OK)
			status = feed(scene, &record, message);
	}
	if (status != SP_E_END)
		return status;
	for (status = SP_OK; status == SP_OK && now_ns <= scene->t_ns; now_ns += period_ns)
		status = tick_at(scene, now_ns, message);
	return status;
}

/* What was passed over on the way. */
static sp_status count_passed(sp_scene *scene, const sp_traces *traces)
{
	for (uint32_t i = 0; i < sp_traces_n(traces); i++) {
		sp_trace_counts counts;
		sp_trace_count(sp_traces_trace(traces, i), &counts);
		if (sp_exact_add(scene->unmatched_usd, counts.unmatched_usd, &scene->unmatched_usd) != SP_OK)
			return SP_E_OVERFLOW;
		if (scene->unmatched == 0)
			snprintf(scene->unmatched_name, sizeof scene->unmatched_name, "%s", counts.unmatched_name);
		scene->unmatched += counts.unmatched;
		scene->bad += counts.bad;
	}
	return SP_OK;
}

/* Past its last tick the recording says nothing any more. */
static void set_moment(sp_scene *scene, int64_t at_ns, int64_t end_ns)
{
	int64_t period_ns = scene->setup->period_ns;

	scene->t_ns = at_ns < end_ns ? at_ns / period_ns * period_ns : end_ns;
}

static bool reads_input(const sp_scene_asked *asked)
{
	for (uint32_t i = 0; i < asked->n_specs; i++) {
		const char *file = strchr(asked->specs[i], ':');
		if (file && file[1] == '-' && (file[2] == '\0' || file[2] == ','))
			return true;
	}
	return false;
}

static sp_exit open_traces(const sp_scene_asked *asked, sp_scene *scene)
{
	sp_traces_options options = {.skip_bad = asked->skip_bad};
	sp_message message = {{0}};
	sp_traces *traces = NULL;
	int64_t end_ns = SP_TIME_NEVER;
	sp_status status = SP_OK;

	if (asked->at_ns == SP_TIME_NEVER && reads_input(asked))
		return sp_exit_usage("setpoint", "a trace from standard input is read once: say --at TIME");
	if (!reads_input(asked))
		status = end_of_traces(asked, scene->setup, &end_ns, &message);
	if (status == SP_OK)
		status = sp_traces_open(asked->specs, asked->n_specs, scene->setup, &options, &traces, &message);
	if (status != SP_OK)
		return sp_exit_with(status, &message);
	set_moment(scene, asked->at_ns, end_ns);
	if (scene->t_ns <= sp_traces_first(traces)) {
		sp_exit code = no_moment(scene->name, "begins", sp_traces_first(traces));
		sp_traces_close(traces);
		return code;
	}
	status = open_drive(scene, &message);
	if (status == SP_OK)
		status = open_tally(scene, asked->over_ns);
	if (status == SP_OK)
		sp_tally_reach(scene->tally, sp_traces_first(traces));
	if (status == SP_OK)
		status = run_traces(scene, traces, &message);
	if (status == SP_OK)
		status = count_passed(scene, traces);
	sp_traces_close(traces);
	return sp_exit_with(status, &message);
}

/* --- a decision log --- */

static bool take_first(void *context, const sp_log_tick_row *row)
{
	*(sp_log_tick_row *)context = *row;
	return false;
}

/* The last tick at or before a time, by halving; 0: there is none. */
static sp_status tick_by(sp_log_file *log, int64_t at_ns, sp_log_tick_row *found, sp_message *message)
{
	int64_t last_ns, last = sp_log_last_tick(log, &last_ns), low;
	sp_log_tick_row row = {0};
	sp_status status = sp_log_ticks(log, 0, take_first, &row, message);

	*found = (sp_log_tick_row){0};
	low = row.tick;
	while (status == SP_OK && row.tick > 0 && low <= last) {
		int64_t middle = low + (last - low) / 2;
		status = sp_log_tick_find(log, middle, &row, message);
		if (status == SP_OK && row.t_ns <= at_ns) {
			*found = row;
			low = middle + 1;
		} else {
			last = middle - 1;
		}
	}
	return status;
}

/* A walk over a log's inputs: into the tally, and into a drive of another configuration where one was given. */
typedef struct scene_walk {
	sp_scene *scene;
	bool drives;
} scene_walk;

static void tally_input(sp_scene *scene, const sp_input *input)
{
	uint32_t subject = sp_ids_find(scene->setup->names, input->subject, strlen(input->subject));

	if (subject != SP_NO_SLOT && input->signal_kind < SP_SIGNAL_KINDS)
		sp_tally_add(scene->tally, subject, input->signal_kind, input->t_ns, input->value);
}

static sp_status walk_input(void *context, const sp_input *input, sp_message *message)
{
	scene_walk *walk = context;
	sp_status status;

	if (input->kind == SP_INPUT_SIGNAL)
		tally_input(walk->scene, input);
	if (!walk->drives || input->kind == SP_INPUT_CONFIG)
		return SP_OK;
	status = sp_recording_apply(walk->scene->drive, input, message);
	/* another configuration may have no such family, or other bounds: as replay, it goes on without the command */
	return input->kind == SP_INPUT_COMMAND && (status == SP_E_UNKNOWN || status == SP_E_RANGE) ? SP_OK : status;
}

static sp_status walk_tick(void *context, const sp_log_tick_row *row, sp_message *message)
{
	scene_walk *walk = context;

	return walk->drives ? tick_at(walk->scene, row->t_ns, message) : SP_OK;
}

/* The engine as the log has it, under the log's own configuration. */
static sp_status rerun_there(sp_scene *scene, sp_log_file *log, int64_t tick, sp_message *message)
{
	sp_status status = sp_rerun_behind(log, tick, &scene->drive, &scene->config, message);

	if (status == SP_OK)
		scene->setup = sp_config_setup(scene->config);
	return status;
}

static bool tally_hour(void *context, const sp_log_rollup_row *row)
{
	sp_scene *scene = context;
	uint32_t subject = sp_ids_find(scene->setup->names, row->rollup.subject, strlen(row->rollup.subject));

	if (subject != SP_NO_SLOT)
		sp_tally_add_hour(scene->tally, subject, &row->rollup);
	return true;
}

/* From a tally of its own: a part of the records is there, and nothing may count twice. */
static sp_status tally_hours(sp_scene *scene, sp_log_file *log, int64_t from_tick, int64_t over_ns, sp_message *message)
{
	sp_status status;

	sp_tally_close(scene->tally);
	scene->tally = NULL;
	status = open_tally(scene, over_ns);
	if (status == SP_OK)
		status = sp_log_rollups(log, from_tick, tally_hour, scene, message);
	scene->hourly = status == SP_OK && sp_tally_span(scene->tally) > 0;
	scene->pruned = !scene->hourly;
	return status;
}

/* What was served in the while before. */
static sp_status tally_log(sp_scene *scene, sp_log_file *log, int64_t tick, int64_t over_ns, sp_message *message)
{
	scene_walk walk = {scene, false};
	sp_recording_visitor visitor = {&walk, walk_input, walk_tick};
	sp_log_tick_row before;
	sp_status status = open_tally(scene, over_ns);

	if (status == SP_OK)
		status = tick_by(log, scene->t_ns - over_ns, &before, message);
	if (status == SP_OK && before.tick > 0)
		sp_tally_reach(scene->tally, before.t_ns - 1);
	if (status == SP_OK)
		status = sp_recording_walk(log, before.tick, tick, &visitor, message);
	return status == SP_E_ABSENT ? tally_hours(scene, log, before.tick, over_ns, message) : status;
}

static sp_status run_log(sp_scene *scene, sp_log_file *log, int64_t tick, int64_t over_ns, sp_message *message)
{
	scene_walk walk = {scene, true};
	sp_recording_visitor visitor = {&walk, walk_input, walk_tick};
	sp_status status;

	if (!scene->config) {
		status = rerun_there(scene, log, tick, message);
		return status == SP_OK ? tally_log(scene, log, tick, over_ns, message) : status;
	}
	status = open_drive(scene, message);
	if (status == SP_OK)
		status = open_tally(scene, over_ns);
	return status == SP_OK ? sp_recording_walk(log, 0, tick, &visitor, message) : status;
}

static sp_exit open_log(const sp_scene_asked *asked, sp_scene *scene)
{
	sp_log_options options = {.read_only = true};
	sp_log_file *log = NULL;
	sp_log_tick_row row;
	sp_message message = {{0}};
	int64_t last_ns;
	sp_status status = sp_log_open(asked->log, &options, &log, &message);

	if (status == SP_OK && sp_log_last_tick(log, &last_ns) == 0)
		status = sp_message_set(&message, SP_E_SYNTAX, "%s: has no ticks yet", asked->log);
	if (status == SP_OK)
		status = tick_by(log, asked->at_ns, &row, &message);
	if (status == SP_OK && row.tick == 0) {
		status = sp_log_ticks(log, 0, take_first, &row, &message);
		sp_log_close(log);
		return status == SP_OK ? no_moment(scene->name, "begins", row.t_ns) : sp_exit_with(status, &message);
	}
	if (status == SP_OK) {
		scene->t_ns = row.t_ns;
		status = run_log(scene, log, row.tick, asked->over_ns, &message);
	}
	sp_log_close(log);
	return sp_exit_with(status, &message);
}

/* --- all three --- */

sp_exit sp_scene_open(const sp_scene_asked *asked, sp_scene *scene)
{
	sp_exit code = SP_EXIT_OK;

	SP_ASSERT(asked->config || asked->log);
	SP_ASSERT(asked->over_ns > 0);
	*scene = (sp_scene){.source = asked->log ? SP_SCENE_LOG : asked->n_specs > 0 ? SP_SCENE_TRACES : SP_SCENE_CONFIG};
	scene->name = asked->log ? asked->log : asked->n_specs > 0 ? asked->specs[0] : asked->config;
	if (asked->config)
		code = sp_complain_read(asked->config, &scene->config);
	if (code != SP_EXIT_OK)
		return code;
	if (scene->config)
		scene->setup = sp_config_setup(scene->config);
	if (scene->source == SP_SCENE_LOG)
		code = open_log(asked, scene);
	else
		code = scene->source == SP_SCENE_TRACES ? open_traces(asked, scene) : open_config(asked, scene);
	if (code == SP_EXIT_OK)
		scene->engine = sp_drive_engine(scene->drive);
	return code;
}

void sp_scene_close(sp_scene *scene)
{
	sp_tally_close(scene->tally);
	sp_drive_close(scene->drive);
	sp_config_close(scene->config);
	*scene = (sp_scene){0};
}
