/* test_recorded.c - inputs of every kind, written as they came and read back: another engine decides the same, byte for byte, and
 * knows the last seq of every source (R12, R15). */
#include <stdlib.h>
#include <string.h>

#include "controller/engine/inputs.h"
#include "tests/engine/world.h"

#define POINT   (SP_NANO / 100)
#define TICKS   300
#define SOURCES 3

static const char *const sources[SOURCES] = {"prom-1", "billing", "by-hand"};

typedef struct answer {
	uint8_t bytes[4096];
	size_t n;
	uint32_t refused[SP_REFUSALS];
} answer;

typedef struct block {
	uint8_t *bytes;
	size_t n;
} block;

/* A world, what it is told, and what the driver of it keeps beside the engine. */
typedef struct driver {
	world w;
	sp_inputs *inputs;
	int64_t seqs[SOURCES];
} driver;

static void driver_init(driver *d)
{
	world *w = &d->w;

	memset(d, 0, sizeof *d);
	world_init(w);
	world_add_family(w, "g", 0);
	w->families[0].rails.notice_ns = 10 * SP_MIN;
	w->families[1].mode = SP_MODE_PROPOSE;
	world_use_law(w, 1, "cost_plus");
	world_use_law(w, 0, "utilization_pi");
	w->lots[0].by_signal = true;
	world_build(w);
	d->inputs = malloc(sp_inputs_size(w->setup.n_subjects));
	check_true(d->inputs != NULL);
	sp_inputs_init(d->inputs, sp_inputs_size(w->setup.n_subjects), w->setup.n_subjects);
}

static void driver_fini(driver *d)
{
	free(d->inputs);
	world_fini(&d->w);
}

/* --- living, and writing it down --- */

static void send(driver *d, sp_signal_kind kind, const char *subject, double value, uint32_t source)
{
	world *w = &d->w;
	sp_signal signal = {.t_ns = w->now_ns, .kind = kind, .source = source};

	signal.subject = sp_ids_find(w->names, subject, strlen(subject));
	if (sp_kinds[kind].money)
		check_status(sp_round_even(value * 1e9, &signal.value.nano), SP_OK);
	else
		signal.value.real = value;
	sp_inputs_add_signal(d->inputs, &signal, subject, sources[source]);
	sp_engine_take(w->engine, &signal);
}

static void command(driver *d, sp_command c, const char *subject)
{
	check_status(sp_engine_command(d->w.engine, &c), SP_OK);
	sp_inputs_add_command(d->inputs, &c, subject);
}

static void message(driver *d, sp_rng *rng)
{
	uint32_t source = (uint32_t)sp_rng_below(rng, SOURCES);

	d->seqs[source] = (d->seqs[source] ? d->seqs[source] : WORLD_START) + 1 + (int64_t)sp_rng_below(rng, 3);
	sp_inputs_add_message(d->inputs, source, sources[source], d->seqs[source]);
	if (sp_rng_below(rng, 3) > 0)
		send(d, SP_KIND_utilization, "p", 0.4 + 0.6 * sp_rng_uniform(rng), source);
	if (sp_rng_below(rng, 3) == 0)
		send(d, SP_KIND_usd_per_gpu_h, "p:base", 2 + 0.3 * sp_rng_uniform(rng), source);
	if (sp_rng_below(rng, 8) == 0)
		send(d, SP_KIND_list_price, "g/input", 0.1 + 0.01 * sp_rng_uniform(rng), source);
}

static void refuse(driver *d, sp_rng *rng)
{
	sp_refusal refusal = sp_rng_below(rng, 2) ? SP_REFUSED_rate : SP_REFUSED_sequence;
	uint32_t n = 1 + (uint32_t)sp_rng_below(rng, 5000);

	sp_engine_refuse(d->w.engine, refusal, n);
	sp_inputs_add_refused(d->inputs, refusal, n);
}

static void live(driver *d, sp_rng *rng)
{
	sp_command published = {.kind = SP_COMMAND_PUBLISHED, .published_ns = d->w.now_ns + 3 * SP_SEC};
	sp_command freeze = {.kind = SP_COMMAND_FREEZE, .scope = SP_SCOPE_FAMILY, .withdraw_ns = d->w.now_ns, .by = "ann"};
	sp_command thaw = {.kind = SP_COMMAND_THAW, .scope = SP_SCOPE_FAMILY, .by = "ann"};
	sp_command index = {.kind = SP_COMMAND_SET_INDEX, .slot = 1, .index = {104 * POINT}, .by = "bob"};

	if (sp_rng_below(rng, 10) == 0)
		published.published_ns += SP_HOUR;
	command(d, published, "");
	for (uint64_t n = sp_rng_below(rng, 4); n > 0; n--)
		message(d, rng);
	if (sp_rng_below(rng, 4) == 0)
		refuse(d, rng);
	if (sp_rng_below(rng, 5) == 0)
		command(d, freeze, "f");
	if (sp_rng_below(rng, 2) == 0)
		command(d, thaw, "f");
	index.index.ppb += (int64_t)sp_rng_below(rng, 4) * POINT;
	if (sp_rng_below(rng, 20) == 0)
		command(d, index, "g");
}

static void close_period(driver *d, answer *a)
{
	sp_writer writer = {.at = a->bytes, .size = sizeof a->bytes};

	world_step(&d->w);
	for (uint32_t i = 0; i < d->w.tick->n_families; i++)
		sp_decision_encode(&d->w.tick->decisions[i], &writer);
	check_true(writer.n <= writer.size);
	a->n = writer.n;
	memcpy(a->refused, d->w.tick->refused, sizeof a->refused);
}

static block take_block(driver *d)
{
	block b;
	const uint8_t *bytes = sp_inputs_bytes(d->inputs, &b.n);

	b.bytes = malloc(b.n);
	check_true(b.bytes != NULL && b.n > 0);
	memcpy(b.bytes, bytes, b.n);
	sp_inputs_clear(d->inputs);
	return b;
}

/* --- and again, from what was written --- */

static void apply(driver *d, const sp_input *input)
{
	world *w = &d->w;
	uint32_t subject = sp_ids_find(w->names, input->subject, strlen(input->subject));
	sp_signal signal = {.t_ns = input->t_ns, .kind = input->signal_kind, .subject = subject, .value = input->value};
	sp_command c = input->command;

	switch (input->kind) {
	case SP_INPUT_SIGNAL:
		sp_engine_take(w->engine, &signal);
		break;
	case SP_INPUT_COMMAND:
		c.slot = input->subject[0] ? w->setup.subjects[subject].slot : 0;
		check_status(sp_engine_command(w->engine, &c), SP_OK);
		break;
	case SP_INPUT_REFUSED:
		sp_engine_refuse(w->engine, input->refusal, input->n);
		break;
	default:
		check_i64(input->kind, SP_INPUT_MESSAGE);
		for (uint32_t i = 0; i < SOURCES; i++) {
			if (strcmp(sources[i], input->source) == 0)
				d->seqs[i] = input->seq;
		}
	}
}

static void rerun_period(driver *d, const block *b, answer *a)
{
	static sp_inputs_cursor cursor;
	sp_input input;
	sp_status status;

	sp_inputs_begin(&cursor, b->bytes, b->n);
	while ((status = sp_inputs_next(&cursor, &input)) == SP_OK)
		apply(d, &input);
	check_status(status, SP_E_END);
	close_period(d, a);
}

static void r12_what_was_written_decides_the_same(void **state)
{
	static answer answers[TICKS], again;
	static block blocks[TICKS];
	static driver d, other;
	uint32_t withdrawn = 0, told = 0;
	sp_rng rng;

	(void)state;
	sp_check_seed(__func__, &rng);
	driver_init(&d);
	for (int i = 0; i < TICKS; i++) {
		live(&d, &rng);
		close_period(&d, &answers[i]);
		blocks[i] = take_block(&d);
		withdrawn += strcmp(d.w.tick->decisions[0].reason, "withdrawn") == 0;
		told += d.w.tick->decisions[0].outcome >= SP_OUTCOME_ANNOUNCED;
	}
	print_message("%u told, %u withdrawn\n", told, withdrawn);
	check_true(told > 20 && withdrawn > 3);
	driver_init(&other);
	for (int i = 0; i < TICKS; i++) {
		rerun_period(&other, &blocks[i], &again);
		check_u64(again.n, answers[i].n);
		check_bytes(again.bytes, answers[i].bytes, again.n);
		check_bytes(again.refused, answers[i].refused, sizeof again.refused);
		free(blocks[i].bytes);
	}
	for (int i = 0; i < SOURCES; i++)
		check_i64(other.seqs[i], d.seqs[i]);
	driver_fini(&d);
	driver_fini(&other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(r12_what_was_written_decides_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
