/* scribe.c - see scribe.h. */
#include "tests/drive/scribe.h"

#include <stdlib.h>
#include <string.h>

#include "controller/drive/keep.h"

static void *room(size_t n)
{
	void *memory = aligned_alloc(64, (n + 63) & ~(size_t)63);

	assert_non_null(memory);
	return memory;
}

void scribe_open(scribe *s, const char *path, uint32_t engine_version)
{
	sp_log_options options = {.create = true, .engine_version = engine_version};
	sp_message message = {{0}};
	const char *yaml, *sheet;
	size_t n_yaml, n_sheet;

	*s = (scribe){.config = tape_config(tape_yaml)};
	s->setup = sp_config_setup(s->config);
	s->engine = sp_engine_init(room(sp_engine_size(s->setup)), sp_engine_size(s->setup), s->setup);
	s->tick = sp_tick_init(room(sp_tick_size(s->setup)), sp_tick_size(s->setup), s->setup);
	s->inputs = sp_inputs_init(room(sp_inputs_size(s->setup->n_subjects)), sp_inputs_size(s->setup->n_subjects),
	                           s->setup->n_subjects);
	s->sources = sp_ids_open();
	s->checkpoint = room(sp_keep_size_max(s->engine));
	check_status(sp_log_open(path, &options, &s->log, &message), SP_OK);
	sp_config_texts(s->config, &yaml, &n_yaml, &sheet, &n_sheet);
	check_status(sp_log_config(s->log, s->setup->hash, yaml, n_yaml, sheet, n_sheet, &message), SP_OK);
	sp_inputs_add_config(s->inputs, s->setup->hash);
}

void scribe_close(scribe *s)
{
	sp_log_close(s->log);
	sp_config_close(s->config);
	sp_ids_close(s->sources);
	free(s->engine);
	free(s->tick);
	free(s->inputs);
	free(s->checkpoint);
}

static void commit(scribe *s, const void *bytes, size_t n)
{
	sp_log_receipt receipt;
	sp_message message = {{0}};
	sp_log_tick row = {
	    .t_ns = s->tick->t_ns,
	    .inputs = bytes,
	    .n_inputs = n,
	    .decisions = s->tick->decisions,
	    .n_decisions = s->tick->n_families,
	    .refused = s->tick->refused,
	    .taken = s->tick->taken,
	};

	memcpy(row.config, s->setup->hash, sizeof row.config);
	if (s->checkpoint_due || s->tick->checkpoint_due) {
		row.checkpoint = s->checkpoint;
		row.n_checkpoint = sp_keep_save(s->engine, s->sources, NULL, s->checkpoint);
	}
	s->checkpoint_due = false;
	check_status(sp_log_commit(s->log, &row, &receipt, &message), SP_OK);
	sp_inputs_clear(s->inputs);
}

void scribe_period(scribe *s, int64_t period)
{
	const uint8_t *bytes;
	size_t n;
	sp_signal signal = {.t_ns = tape_end(period) - SP_SEC, .kind = SP_KIND_utilization};

	signal.subject = s->setup->pools[0].subject;
	signal.value.real = 0.70 + 0.01 * (double)(period % 17);
	sp_engine_take(s->engine, &signal);
	signal.value.real += s->lie;
	sp_inputs_add_signal(s->inputs, &signal, s->setup->pools[0].id, "scribe");
	sp_engine_tick(s->engine, tape_end(period), s->tick);
	tape_check_sums(s->tick);
	bytes = sp_inputs_bytes(s->inputs, &n);
	commit(s, bytes, n);
}

void scribe_periods(scribe *s, int64_t from, int64_t to)
{
	for (int64_t period = from; period < to; period++)
		scribe_period(s, period);
}

void scribe_block(scribe *s, int64_t period, const void *bytes, size_t n)
{
	sp_engine_tick(s->engine, tape_end(period), s->tick);
	commit(s, bytes, n);
}
