/* test_inputs.c - inputs as bytes and back; and bytes that are none. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ids.h"
#include "base/time.h"
#include "controller/engine/inputs.h"
#include "tests/check/check.h"

#define SUBJECTS 300

typedef struct recorder {
	void *memory;
	sp_inputs *inputs;
} recorder;

static recorder recorder_open(uint32_t n_subjects)
{
	recorder r = {.memory = malloc(sp_inputs_size(n_subjects))};

	check_true(r.memory != NULL);
	r.inputs = sp_inputs_init(r.memory, sp_inputs_size(n_subjects), n_subjects);
	return r;
}

static void recorder_close(recorder *r)
{
	free(r->memory);
}

static sp_inputs_cursor cursor; /* a quarter of a megabyte */

/* --- one input, as a test wants it and as it is read back --- */

typedef struct wanted {
	sp_input input;
	uint32_t subject, source; /* slots */
} wanted;

static void random_name(sp_rng *rng, char *name, size_t most)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCXYZ0189._:/@+-";
	size_t n = 1 + sp_rng_below(rng, most);

	for (size_t i = 0; i < n; i++)
		name[i] = letters[sp_rng_below(rng, sizeof letters - 1)];
	name[n] = '\0';
}

/* A slot's name is always the same. */
static void name_of(char *name, const char *prefix, uint32_t slot)
{
	sp_rng rng;

	sp_rng_init(&rng, slot);
	random_name(&rng, name, SP_ID_MAX - 12);
	snprintf(name + strlen(name), 13, "%s%u", prefix, slot);
}

static void random_signal(sp_rng *rng, wanted *want)
{
	sp_input *input = &want->input;

	input->kind = SP_INPUT_SIGNAL;
	want->subject = (uint32_t)sp_rng_below(rng, SUBJECTS);
	want->source = (uint32_t)sp_rng_below(rng, 1 + sp_rng_below(rng, SP_SOURCES_MAX));
	name_of(input->subject, "s", want->subject);
	name_of(input->source, "w", want->source);
	input->signal_kind = (uint32_t)sp_rng_below(rng, SP_SIGNAL_KINDS);
	input->t_ns = (int64_t)sp_rng_below(rng, (uint64_t)SP_TIME_MAX_NS);
	if (sp_kinds[input->signal_kind].money)
		input->value.nano = (int64_t)sp_rng_next(rng) >> sp_rng_below(rng, 64);
	else
		input->value.real = (sp_rng_uniform(rng) - 0.5) * 1e15;
}

static void random_command(sp_rng *rng, wanted *want)
{
	sp_command *command = &want->input.command;

	want->input.kind = SP_INPUT_COMMAND;
	if (sp_rng_below(rng, 3) > 0)
		name_of(want->input.subject, "s", (uint32_t)sp_rng_below(rng, SUBJECTS));
	command->kind = (uint32_t)sp_rng_below(rng, SP_COMMAND_KINDS);
	command->scope = (uint32_t)sp_rng_below(rng, SP_SCOPE_FAMILY + 1);
	command->slot = SP_NO_SLOT;
	command->index.ppb = (int64_t)sp_rng_next(rng) >> sp_rng_below(rng, 64);
	command->alarm = SP_ALARM_commit + (uint32_t)sp_rng_below(rng, SP_ALARM_CODES - SP_ALARM_commit);
	command->raised = sp_rng_below(rng, 2) == 1;
	command->withdraw_ns = (int64_t)sp_rng_below(rng, (uint64_t)SP_TIME_MAX_NS) >> sp_rng_below(rng, 64);
	command->published_ns = (int64_t)sp_rng_below(rng, (uint64_t)SP_TIME_MAX_NS) >> sp_rng_below(rng, 64);
	random_name(rng, command->by, SP_ID_MAX);
}

static void random_message(sp_rng *rng, wanted *want)
{
	want->input.kind = SP_INPUT_MESSAGE;
	want->source = (uint32_t)sp_rng_below(rng, SP_SOURCES_MAX);
	name_of(want->input.source, "w", want->source);
	want->input.seq = 1 + (int64_t)(sp_rng_below(rng, INT64_MAX) >> sp_rng_below(rng, 64));
}

static void random_input(sp_rng *rng, wanted *want)
{
	memset(want, 0, sizeof *want);
	switch (sp_rng_below(rng, 8)) {
	case 0:
		random_command(rng, want);
		break;
	case 1:
		want->input.kind = SP_INPUT_REFUSED;
		want->input.refusal = 1 + (sp_refusal)sp_rng_below(rng, SP_REFUSALS - 1);
		want->input.n = 1 + (uint32_t)(sp_rng_below(rng, UINT32_MAX) >> sp_rng_below(rng, 32));
		break;
	case 3:
		random_message(rng, want);
		break;
	case 2:
		want->input.kind = SP_INPUT_CONFIG;
		for (int i = 0; i < SP_CONFIG_HASH_SIZE; i++)
			want->input.config[i] = (uint8_t)sp_rng_next(rng);
		break;
	default:
		random_signal(rng, want);
	}
}

static void add(sp_inputs *inputs, const wanted *want)
{
	const sp_input *input = &want->input;
	sp_signal signal = {input->t_ns, input->signal_kind, want->subject, want->source, input->value};

	switch (input->kind) {
	case SP_INPUT_SIGNAL:
		sp_inputs_add_signal(inputs, &signal, input->subject, input->source);
		break;
	case SP_INPUT_COMMAND:
		sp_inputs_add_command(inputs, &input->command, input->subject);
		break;
	case SP_INPUT_CONFIG:
		sp_inputs_add_config(inputs, input->config);
		break;
	case SP_INPUT_MESSAGE:
		sp_inputs_add_message(inputs, want->source, input->source, input->seq);
		break;
	default:
		sp_inputs_add_refused(inputs, input->refusal, input->n);
	}
}

static void check_same(const sp_input *got, const sp_input *want)
{
	check_i64(got->kind, want->kind);
	check_text(got->subject, want->subject);
	check_text(got->source, want->source);
	check_u64(got->signal_kind, want->signal_kind);
	check_i64(got->t_ns, want->t_ns);
	check_i64(got->value.nano, want->value.nano);
	check_u64(got->command.kind, want->command.kind);
	check_u64(got->command.scope, want->command.scope);
	check_u64(got->command.slot, want->command.slot);
	check_index(got->command.index, want->command.index);
	check_u64(got->command.alarm, want->command.alarm);
	check_u64(got->command.raised, want->command.raised);
	check_i64(got->command.withdraw_ns, want->command.withdraw_ns);
	check_i64(got->command.published_ns, want->command.published_ns);
	check_text(got->command.by, want->command.by);
	check_bytes(got->config, want->config, SP_CONFIG_HASH_SIZE);
	check_i64(got->refusal, want->refusal);
	check_u64(got->n, want->n);
	check_i64(got->seq, want->seq);
}

/* --- round trips --- */

#define ROUND 2000

static void r12_inputs_come_back_as_they_went_in_and_in_order(void **state)
{
	static wanted want[ROUND];
	recorder r = recorder_open(SUBJECTS);
	const uint8_t *bytes;
	sp_input got;
	size_t n;
	sp_rng rng;

	(void)state;
	sp_check_seed(__func__, &rng);
	for (int block = 0; block < 20; block++) {
		for (int i = 0; i < ROUND; i++) {
			random_input(&rng, &want[i]);
			check_true(sp_inputs_has_room(r.inputs));
			add(r.inputs, &want[i]);
		}
		bytes = sp_inputs_bytes(r.inputs, &n);
		sp_inputs_begin(&cursor, bytes, n);
		for (int i = 0; i < ROUND; i++) {
			check_status(sp_inputs_next(&cursor, &got), SP_OK);
			check_same(&got, &want[i].input);
		}
		check_status(sp_inputs_next(&cursor, &got), SP_E_END);
		check_status(sp_inputs_next(&cursor, &got), SP_E_END);
		sp_inputs_clear(r.inputs);
	}
	recorder_close(&r);
}

static size_t add_one(sp_inputs *inputs, uint32_t subject, int64_t t_ns)
{
	sp_signal signal = {.t_ns = t_ns, .kind = SP_KIND_utilization, .subject = subject, .value.real = 0.5};
	size_t before, after;

	sp_inputs_bytes(inputs, &before);
	sp_inputs_add_signal(inputs, &signal, subject == 0 ? "us-east/h100" : "us-west/h100", "prom-1");
	sp_inputs_bytes(inputs, &after);
	return after - before;
}

static void a_name_is_written_out_once_a_block(void **state)
{
	recorder r = recorder_open(2);
	const int64_t t_ns = INT64_C(1795478400) * SP_SEC;

	(void)state;
	check_u64(add_one(r.inputs, 0, t_ns), 1 + 14 + 8 + 1 + 9 + 8);
	check_u64(add_one(r.inputs, 0, t_ns), 1 + 1 + 1 + 1 + 1 + 8);
	check_u64(add_one(r.inputs, 1, t_ns), 1 + 14 + 1 + 1 + 1 + 8);
	check_u64(add_one(r.inputs, 1, t_ns - 63), 1 + 1 + 1 + 1 + 1 + 8);
	sp_inputs_clear(r.inputs);
	check_u64(add_one(r.inputs, 1, t_ns), 1 + 14 + 8 + 1 + 9 + 8);
	recorder_close(&r);
}

static void r12_a_full_block_says_so_before_it_runs_over(void **state)
{
	recorder r = recorder_open(2);
	const uint8_t *bytes;
	size_t n = 0, count = 0, back = 0;
	sp_input got;

	(void)state;
	for (; sp_inputs_has_room(r.inputs); count++)
		add_one(r.inputs, (uint32_t)(count & 1), (int64_t)count * SP_HOUR);
	bytes = sp_inputs_bytes(r.inputs, &n);
	check_true(n > SP_INPUTS_BLOCK_MAX - 600 && n <= SP_INPUTS_BLOCK_MAX);
	sp_inputs_begin(&cursor, bytes, n);
	while (sp_inputs_next(&cursor, &got) == SP_OK)
		back++;
	check_u64(back, count);
	sp_inputs_clear(r.inputs);
	check_true(sp_inputs_has_room(r.inputs));
	recorder_close(&r);
}

/* More names than a block may have: full long before its bytes are. */
static void a_block_full_of_names_says_so_too(void **state)
{
	recorder r = recorder_open(100000);
	const uint8_t *bytes;
	uint32_t subject = 0, back = 0;
	sp_input got;
	size_t n;

	(void)state;
	for (; sp_inputs_has_room(r.inputs); subject++) {
		sp_signal signal = {.kind = SP_KIND_utilization, .subject = subject};
		char name[16];
		snprintf(name, sizeof name, "s%u", subject);
		sp_inputs_add_signal(r.inputs, &signal, name, "w");
	}
	check_u64(subject, SP_INPUTS_NAMES_MAX - 2);
	bytes = sp_inputs_bytes(r.inputs, &n);
	sp_inputs_begin(&cursor, bytes, n);
	while (sp_inputs_next(&cursor, &got) == SP_OK)
		back++;
	check_u64(back, subject);
	check_status(sp_inputs_next(&cursor, &got), SP_E_END);
	recorder_close(&r);
}

static void an_empty_block_has_no_input(void **state)
{
	sp_input got;

	(void)state;
	sp_inputs_begin(&cursor, NULL, 0);
	check_status(sp_inputs_next(&cursor, &got), SP_E_END);
}

/* --- damage --- */

/* What a driver may do with an input without looking at it again. */
static void check_valid(const sp_input *input)
{
	switch (input->kind) {
	case SP_INPUT_SIGNAL:
		check_status(sp_id_check(input->subject, strlen(input->subject)), SP_OK);
		check_status(sp_id_check(input->source, strlen(input->source)), SP_OK);
		check_true(input->signal_kind < SP_SIGNAL_KINDS);
		check_true(input->t_ns >= SP_TIME_MIN_NS && input->t_ns < SP_TIME_MAX_NS);
		break;
	case SP_INPUT_COMMAND:
		check_true(input->subject[0] == '\0' || sp_id_check(input->subject, strlen(input->subject)) == SP_OK);
		check_true(input->command.kind < SP_COMMAND_KINDS && input->command.scope <= SP_SCOPE_FAMILY);
		check_u64(input->command.slot, SP_NO_SLOT);
		check_true(input->command.withdraw_ns >= SP_TIME_MIN_NS && input->command.withdraw_ns < SP_TIME_MAX_NS);
		check_true(input->command.published_ns >= SP_TIME_MIN_NS && input->command.published_ns < SP_TIME_MAX_NS);
		break;
	case SP_INPUT_MESSAGE:
		check_status(sp_id_check(input->source, strlen(input->source)), SP_OK);
		check_true(input->seq > 0);
		break;
	case SP_INPUT_CONFIG:
		break;
	default:
		check_i64(input->kind, SP_INPUT_REFUSED);
		check_true(input->refusal > SP_REFUSED_none && input->refusal < SP_REFUSALS && input->n > 0);
	}
}

/* Reads to the end or to the damage; bytes in memory of their exact size, so that a sanitizer sees a step beyond. */
static sp_status read_all(const uint8_t *bytes, size_t n, uint32_t *count)
{
	uint8_t *exact = malloc(n > 0 ? n : 1);
	sp_input got;
	sp_status status;

	check_true(exact != NULL);
	memcpy(exact, bytes, n);
	sp_inputs_begin(&cursor, exact, n);
	*count = 0;
	while ((status = sp_inputs_next(&cursor, &got)) == SP_OK) {
		check_valid(&got);
		check_true(++*count <= n);
	}
	check_true(status == SP_E_END || status == SP_E_DAMAGED);
	check_status(sp_inputs_next(&cursor, &got), status);
	free(exact);
	return status;
}

#define DAMAGED_INPUTS 14

static size_t small_block(uint8_t *bytes, size_t size, sp_rng *rng)
{
	recorder r = recorder_open(SUBJECTS);
	const uint8_t *from;
	wanted want;
	size_t n;

	for (int i = 0; i < DAMAGED_INPUTS; i++) {
		random_input(rng, &want);
		want.subject %= 3;
		want.source %= 2;
		snprintf(want.input.subject, 3, "s%u", want.subject);
		snprintf(want.input.source, 3, "w%u", want.source);
		add(r.inputs, &want);
	}
	from = sp_inputs_bytes(r.inputs, &n);
	check_true(n <= size);
	memcpy(bytes, from, n);
	recorder_close(&r);
	return n;
}

static void every_truncation_is_refused_or_a_shorter_block(void **state)
{
	uint8_t bytes[8192];
	uint32_t count, ended = 0;
	sp_rng rng;
	size_t n;

	(void)state;
	sp_check_seed(__func__, &rng);
	for (int round = 0; round < 10; round++) {
		n = small_block(bytes, sizeof bytes, &rng);
		check_status(read_all(bytes, n, &count), SP_E_END);
		check_u64(count, DAMAGED_INPUTS);
		ended = 0;
		for (size_t cut = 0; cut < n; cut++)
			ended += read_all(bytes, cut, &count) == SP_E_END;
		check_u64(ended, DAMAGED_INPUTS); /* at the ends of inputs, and nowhere else */
	}
}

static void every_changed_byte_is_refused_or_still_valid(void **state)
{
	uint8_t bytes[8192];
	uint32_t count, refused = 0;
	sp_rng rng;
	size_t n;

	(void)state;
	sp_check_seed(__func__, &rng);
	n = small_block(bytes, sizeof bytes, &rng);
	for (size_t i = 0; i < n; i++) {
		for (unsigned change = 1; change < 256; change++) {
			bytes[i] ^= (uint8_t)change;
			refused += read_all(bytes, n, &count) == SP_E_DAMAGED;
			bytes[i] ^= (uint8_t)change;
		}
	}
	check_true(refused > n * 64);
}

static void random_bytes_are_refused_or_valid(void **state)
{
	uint8_t bytes[64];
	uint32_t count;
	sp_rng rng;

	(void)state;
	sp_check_seed(__func__, &rng);
	for (int round = 0; round < 200000; round++) {
		size_t n = sp_rng_below(&rng, sizeof bytes + 1);
		for (size_t i = 0; i < n; i++)
			bytes[i] = (uint8_t)(sp_rng_below(&rng, 2) ? sp_rng_below(&rng, 6) : sp_rng_next(&rng));
		read_all(bytes, n, &count);
	}
}

typedef struct broken {
	const char *what;
	uint8_t bytes[32];
	size_t n;
} broken;

#define TEXT_S 0, 1, 's' /* a name written out */
#define M      128       /* more of a varint follows */

static void what_no_writer_writes_is_refused(void **state)
{
	static const broken blocks[] = {
	    {"no such kind of input", {6}, 1},
	    {"kind 0", {0}, 1},
	    {"a name that has no number yet", {1, 1, TEXT_S, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, 15},
	    {"a name of no bytes", {1, 0, 0, TEXT_S, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, 16},
	    {"a name with a blank", {1, 0, 1, ' ', TEXT_S, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, 17},
	    {"a signal kind there is not", {1, TEXT_S, 1, 200, 0, 0, 0, 0, 0, 0, 0, 0, 0}, 15},
	    {"a time before 1970", {1, TEXT_S, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0}, 15},
	    {"a command there is not", {2, 0, 9, 0, 0, 0, 0, 0, 0, 0}, 10},
	    {"a scope there is not", {2, 0, 0, 3, 0, 0, 0, 0, 0, 0}, 10},
	    {"raised twice", {2, 0, 0, 0, 0, 0, 2, 0, 0, 0}, 10},
	    {"withdrawn before 1970", {2, 0, 0, 0, 0, 0, 0, M, M, M, M, M, M, M, M, M, 1, 0, 0}, 19},
	    {"published after 2200", {2, 0, 0, 0, 0, 0, 0, 0, M, M, M, M, M, M, M, M, 127, 0}, 18},
	    {"a subject with a zero", {2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0}, 11},
	    {"no reason of refusal", {4, 0, 1}, 3},
	    {"a reason of refusal there is not", {4, SP_REFUSALS, 1}, 3},
	    {"nothing refused", {4, 1, 0}, 3},
	    {"more refused than a count holds", {4, 1, M, M, M, M, 16}, 7},
	    {"a message of nobody", {5, 0, 0, 1}, 4},
	    {"seq 0", {5, TEXT_S, 0}, 5},
	    {"a seq below 0", {5, TEXT_S, M, M, M, M, M, M, M, M, M, 1}, 14},
	};
	static const uint8_t sound[] = {1, TEXT_S, 1, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0,
	                                0, 0,      0, 0, 1, 0, 0, 0, 4, 1, 1, 5, 1, 1};
	uint32_t count;

	(void)state;
	check_status(read_all(sound, sizeof sound, &count), SP_E_END);
	check_u64(count, 4);
	for (size_t i = 0; i < sizeof blocks / sizeof blocks[0]; i++) {
		print_message("%s\n", blocks[i].what);
		check_status(read_all(blocks[i].bytes, blocks[i].n, &count), SP_E_DAMAGED);
		check_u64(count, 0);
	}
}

/* A time that runs over int64 in the difference is damage, not a wrap. */
static void a_time_that_runs_over_is_refused(void **state)
{
	uint8_t bytes[128];
	sp_writer w = {.at = bytes, .size = sizeof bytes};
	uint32_t count;

	(void)state;
	for (int i = 0; i < 2; i++) {
		sp_put_u8(&w, SP_INPUT_SIGNAL);
		sp_put_varint(&w, i == 0 ? 0 : 1);
		if (i == 0)
			sp_put_text(&w, "s");
		sp_put_varint(&w, 1);
		sp_put_u8(&w, SP_KIND_utilization);
		sp_put_zigzag(&w, i == 0 ? SP_TIME_MAX_NS - 1 : INT64_MAX);
		sp_put_double(&w, 1);
	}
	check_status(read_all(bytes, w.n, &count), SP_E_DAMAGED);
	check_u64(count, 1);
}

/* After 2^32 blocks the count of blocks goes round; a name of a block of old must not pass for this one's. */
static void the_count_of_blocks_may_go_round(void **state)
{
	recorder r = recorder_open(2);
	const size_t in_full = 1 + 14 + 8 + 1 + 1 + 8;
	uint32_t *words = r.memory;
	size_t at = 0;

	(void)state;
	sp_inputs_clear(r.inputs);
	sp_inputs_clear(r.inputs);
	while (words[at] != 3) /* the block's number, the only 3 in there */
		at++;
	words[at] = UINT32_MAX;
	check_u64(add_one(r.inputs, 0, 0), in_full);
	sp_inputs_clear(r.inputs);
	check_u64(words[at], 1);
	check_u64(add_one(r.inputs, 0, 0), in_full);
	recorder_close(&r);
}

/* The engine may get alarms of its own, which stand before theirs: what old blocks hold keeps its meaning. */
static void r12_drivers_alarms_keep_their_numbers(void **state)
{
	static const uint8_t number_at =
	    5; /* after the input's kind, an empty subject, the command's kind, scope and index */
	size_t size = sp_inputs_size(1), n;
	void *memory = aligned_alloc(64, (size + 63) & ~(size_t)63);
	sp_inputs *inputs;

	(void)state;
	check_true(memory != NULL);
	inputs = sp_inputs_init(memory, size, 1);
	for (uint32_t i = 0; i < SP_ALARM_CODES - SP_ALARM_commit; i++) {
		sp_command command = {.kind = SP_COMMAND_ALARM, .alarm = SP_ALARM_commit + i, .raised = true};
		sp_inputs_clear(inputs);
		sp_inputs_add_command(inputs, &command, "");
		check_u64(sp_inputs_bytes(inputs, &n)[number_at], 9 + i);
	}
	free(memory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(r12_inputs_come_back_as_they_went_in_and_in_order),
	    cmocka_unit_test(a_name_is_written_out_once_a_block),
	    cmocka_unit_test(r12_a_full_block_says_so_before_it_runs_over),
	    cmocka_unit_test(a_block_full_of_names_says_so_too),
	    cmocka_unit_test(an_empty_block_has_no_input),
	    cmocka_unit_test(every_truncation_is_refused_or_a_shorter_block),
	    cmocka_unit_test(every_changed_byte_is_refused_or_still_valid),
	    cmocka_unit_test(random_bytes_are_refused_or_valid),
	    cmocka_unit_test(what_no_writer_writes_is_refused),
	    cmocka_unit_test(a_time_that_runs_over_is_refused),
	    cmocka_unit_test(the_count_of_blocks_may_go_round),
	    cmocka_unit_test(r12_drivers_alarms_keep_their_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
