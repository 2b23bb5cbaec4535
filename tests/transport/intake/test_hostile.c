/* Hostile messages over real sockets: each is decoded and judged as tests/transport/intake/hostile.h says, none crashes, none
 * makes the process grow, none moves a price.
 *
 * Judged as a daemon does: decoded, its seq compared with the sender's last, its records asked for by source and subject, and
 * given to an engine. What they ask of the heap is counted by a malloc of the test's own, nng's and msgpack-c's too (both are
 * linked as archives). */
#include <malloc.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nng/nng.h>
#include <nng/supplemental/util/platform.h>

#include "base/money.h"
#include "base/time.h"
#include "controller/config/config.h"
#include "controller/engine/engine.h"
#include "tests/check/check.h"
#include "tests/transport/intake/hostile.h"
#include "tests/transport/intake/line.h"
#include "transport/intake/intake.h"
#include "transport/wire/signals.h"

#define T       INT64_C(1795478400000000000)
#define GROWTH  (INT64_C(1) << 20) /* [bytes] so much may the heap grow beyond what sound messages make of it */
#define WAIT_MS 10000

/* --- what is held of the heap --- */

static atomic_llong held, peak; /* [bytes] */

void *__real_malloc(size_t n);
void *__wrap_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__real_realloc(void *old, size_t n);
void *__wrap_realloc(void *old, size_t n);
void *__real_aligned_alloc(size_t alignment, size_t n);
void *__wrap_aligned_alloc(size_t alignment, size_t n);
char *__real_strdup(const char *text);
char *__wrap_strdup(const char *text);
char *__real_strndup(const char *text, size_t n);
char *__wrap_strndup(const char *text, size_t n);
void __real_free(void *old);
void __wrap_free(void *old);

static void *heap_gave(void *memory)
{
	const long long n = (long long)malloc_usable_size(memory), now = atomic_fetch_add(&held, n) + n;
	long long seen = atomic_load(&peak);

	while (now > seen && !atomic_compare_exchange_weak(&peak, &seen, now))
		continue;
	return memory;
}

void *__wrap_malloc(size_t n)
{
	return heap_gave(__real_malloc(n));
}

void *__wrap_calloc(size_t n, size_t size)
{
	return heap_gave(__real_calloc(n, size));
}

void *__wrap_aligned_alloc(size_t alignment, size_t n)
{
	return heap_gave(__real_aligned_alloc(alignment, n));
}

char *__wrap_strdup(const char *text)
{
	return heap_gave(__real_strdup(text));
}

char *__wrap_strndup(const char *text, size_t n)
{
	return heap_gave(__real_strndup(text, n));
}

void *__wrap_realloc(void *old, size_t n)
{
	atomic_fetch_sub(&held, (long long)malloc_usable_size(old));
	return heap_gave(__real_realloc(old, n));
}

void __wrap_free(void *old)
{
	atomic_fetch_sub(&held, (long long)malloc_usable_size(old));
	__real_free(old);
}

/* --- what stands behind the socket --- */

#define SENDERS_MAX 64

static struct {
	sp_config *config;
	const sp_setup *setup;
	sp_engine *engine;
	sp_tick *tick;
	sp_wire_decoder *decoder;
	sp_ids *senders;
	int64_t last[SENDERS_MAX]; /* seq, by sender */
	sp_intake *intake;
	sp_line line;
	uint32_t counts[SP_HOSTILE_STAGES], reasons[SP_WIRE_REASONS], refusals[SP_REFUSALS];
} world;

static void *aligned(size_t n)
{
	void *memory = aligned_alloc(64, (n + 63) / 64 * 64);

	check_true(memory != NULL);
	return memory;
}

static void engine_open(void)
{
	sp_complaints complaints = {0};
	const sp_status status = sp_config_parse("hostile.yaml", sp_hostile_config, strlen(sp_hostile_config), NULL, NULL,
	                                         0, &world.config, &complaints);

	for (size_t i = 0; i < complaints.n; i++)
		print_error("%s\n", complaints.list[i].text);
	sp_complaints_fini(&complaints);
	check_status(status, SP_OK);
	world.setup = sp_config_setup(world.config);
	size_t n = sp_engine_size(world.setup);
	world.engine = sp_engine_init(aligned(n), n, world.setup);
	n = sp_tick_size(world.setup);
	world.tick = sp_tick_init(aligned(n), n, world.setup);
}

static void world_open(const char *url)
{
	const char *const urls[] = {url};
	sp_intake_options options = {.urls = urls, .n_urls = 1};
	char tcp[64];

	memset(&world, 0, sizeof world);
	engine_open();
	world.decoder = sp_wire_open();
	world.senders = sp_ids_open();
	check_status(sp_intake_open(&options, &world.intake, NULL), SP_OK);
	snprintf(tcp, sizeof tcp, "tcp://127.0.0.1:%u", sp_intake_port(world.intake, 0));
	world.line = sp_line_open(sp_intake_port(world.intake, 0) != 0 ? tcp : url);
}

static void world_close(void)
{
	sp_line_close(&world.line);
	sp_intake_close(world.intake);
	sp_ids_close(world.senders);
	sp_wire_close(world.decoder);
	free(world.tick);
	free(world.engine);
	sp_config_close(world.config);
}

/* --- judging --- */

static char meeting[120]; /* which message, should one be misjudged */

static void check_same(const char *what, uint64_t actual, uint64_t expected)
{
	if (actual != expected)
		print_error("%s: %s\n", meeting, what);
	check_u64(actual, expected);
}

static sp_refusal judge_signal(const sp_wire_record *record, const char *source)
{
	sp_signal signal = {.t_ns = record->t_ns, .kind = record->kind, .value = record->value};
	char subject[SP_ID_MAX + 1];

	snprintf(subject, sizeof subject, "%.*s", (int)record->n_subject, record->subject);
	signal.subject = sp_ids_find(world.setup->names, record->subject, record->n_subject);
	if (!sp_setup_source_may(world.setup, source, record->kind, subject))
		return SP_REFUSED_source;
	if (signal.subject == SP_NO_SLOT)
		return SP_REFUSED_unknown_subject;
	return sp_engine_take(world.engine, &signal);
}

/* Is a message's seq higher than its sender's last? Then it is the last. */
static bool judge_seq(const sp_wire_message *message)
{
	uint32_t sender;

	check_status(sp_ids_add(world.senders, message->source, message->n_source, &sender), SP_OK);
	check_true(sender < SENDERS_MAX);
	if (message->seq <= world.last[sender])
		return false;
	world.last[sender] = message->seq;
	return true;
}

/* What becomes of each record: counts by refusal. */
static void judge_records(const sp_wire_message *message, uint32_t *of)
{
	char source[SP_ID_MAX + 1];

	if (!judge_seq(message)) {
		of[SP_REFUSED_sequence] = message->n_records;
		return;
	}
	snprintf(source, sizeof source, "%.*s", (int)message->n_source, message->source);
	for (uint32_t i = 0; i < message->n_records; i++) {
		const sp_wire_record *record = &message->records[i];
		of[record->refusal != SP_REFUSED_none ? record->refusal : judge_signal(record, source)]++;
	}
}

static void check_records(const sp_wire_message *message, const sp_hostile_verdict *expected)
{
	uint32_t decoded = 0, of[SP_REFUSALS] = {0}, should[SP_REFUSALS] = {0};

	check_same("records", message->n_records, expected->n_records);
	for (uint32_t i = 0; i < message->n_records; i++)
		decoded += message->records[i].refusal != SP_REFUSED_none;
	check_same("refused by the decoder", decoded, expected->stage == SP_HOSTILE_RECORDS ? expected->n_refused : 0);
	judge_records(message, of);
	should[expected->refusal] = expected->n_refused;
	should[SP_REFUSED_none] += expected->n_records - expected->n_refused;
	for (unsigned i = 0; i < SP_REFUSALS; i++) {
		check_same(sp_refusal_name((sp_refusal)i), of[i], should[i]);
		world.refusals[i] += of[i];
	}
}

static void check_verdict(const sp_intake_message *raw, const sp_hostile_verdict *expected)
{
	sp_wire_message message;
	const sp_wire_reason reason = sp_wire_decode(world.decoder, raw->bytes, raw->n, &message);

	check_same(sp_wire_reason_name(reason), reason, expected->reason);
	check_same("bytes of the source", message.n_source, strlen(expected->source));
	check_bytes(message.source, expected->source, message.n_source);
	if (reason == SP_WIRE_ok)
		check_records(&message, expected);
	world.counts[expected->stage]++;
	world.reasons[reason]++;
}

static void send_and_judge(uint32_t i, int64_t now_ns)
{
	sp_hostile_verdict expected;
	sp_intake_message raw;
	const uint8_t *bytes;
	size_t n;

	sp_hostile_get(i, now_ns, &bytes, &n, &expected);
	snprintf(meeting, sizeof meeting, "%u, %s", i, expected.name);
	check_true(sp_line_send(&world.line, bytes, n));
	for (int ms = 0; !sp_intake_next(world.intake, &raw); ms++) {
		check_true(ms < WAIT_MS);
		nng_msleep(1);
	}
	check_same("bytes", raw.n, n);
	check_bytes(raw.bytes, bytes, n);
	check_verdict(&raw, &expected);
	sp_intake_release(world.intake, &raw);
}

/* --- the tests --- */

static void close_period(int64_t now_ns)
{
	sp_engine_tick(world.engine, now_ns, world.tick);
	check_u64(world.tick->n_families, 1);
}

static void check_unmoved(void)
{
	const sp_decision *decision = &world.tick->decisions[0];

	if (decision->index.ppb != SP_NANO)
		print_error("moved after %s\n", meeting);
	check_i64(decision->before.ppb, SP_NANO);
	check_i64(decision->index.ppb, SP_NANO);
}

static void meet_all(const char *url)
{
	const uint32_t n = sp_hostile_count();
	int64_t now_ns = T;

	world_open(url);
	atomic_store(&peak, atomic_load(&held)); /* of the configuration, once */
	for (uint32_t i = 0; i < 64; i++)
		send_and_judge(i % sp_hostile_sound(), now_ns += SP_MS);
	close_period(now_ns += SP_SEC);
	const long long before = atomic_load(&peak), lasting = atomic_load(&held);
	for (uint32_t i = 0; i < n; i++) {
		send_and_judge(i, now_ns += SP_MS);
		if (i % 50 == 0) {
			close_period(now_ns += SP_SEC);
			check_unmoved();
		}
	}
	close_period(now_ns += SP_SEC);
	check_unmoved();
	const long long grown = atomic_load(&peak) - before;
	const long long kept = atomic_load(&held) - lasting;
	print_message("%u messages: at most %lld bytes of the heap more than %lld, and %lld in the end\n", n, grown, before,
	              kept);
	check_true(grown > SP_HOSTILE_BYTES_MAX / 2); /* the count sees what nng holds */
	check_true(grown <= GROWTH && kept <= GROWTH / 64);
}

/* The price could have moved: a load that is true does it. */
static void check_movable(int64_t now_ns)
{
	const char *const skus[] = {"llama-70b/us-east/input", "llama-70b/us-east/output"};
	int64_t index = SP_NANO;

	for (unsigned period = 0; period < 600 && index == SP_NANO; period++, now_ns += SP_SEC) {
		for (unsigned i = 0; i < 2; i++) {
			sp_signal signal = {.t_ns = now_ns, .kind = SP_KIND_demand, .value.real = 14000};
			signal.subject = sp_ids_find(world.setup->names, skus[i], strlen(skus[i]));
			check_i64(sp_engine_take(world.engine, &signal), SP_REFUSED_none);
		}
		close_period(now_ns + SP_SEC);
		index = world.tick->decisions[0].index.ppb;
	}
	check_true(index > SP_NANO);
}

static void hostile_messages_by_ipc_are_refused_and_move_nothing(void **state)
{
	char url[128];

	(void)state;
	snprintf(url, sizeof url, "ipc://%s/hostile", sp_check_scratch());
	meet_all(url);
	check_movable(sp_engine_now(world.engine));
	world_close();
}

static void hostile_messages_by_tcp_are_refused_and_move_nothing(void **state)
{
	(void)state;
	meet_all("tcp://127.0.0.1:0");
	world_close();
}

/* Of every reason that a message of signals can be refused for, and every refusal of a record but that for its rate and that of a running
 * total, which no kind is here. */
static void there_are_hundreds_and_of_every_kind(void **state)
{
	(void)state;
	print_message("%u taken, %u refused whole, %u by the decoder, %u by sender, %u by the engine\n",
	              world.counts[SP_HOSTILE_TAKEN], world.counts[SP_HOSTILE_MESSAGE], world.counts[SP_HOSTILE_RECORDS],
	              world.counts[SP_HOSTILE_SENDER], world.counts[SP_HOSTILE_ENGINE]);
	check_true(sp_hostile_count() - sp_hostile_sound() >= 300);
	for (unsigned i = 0; i < SP_HOSTILE_STAGES; i++)
		check_true(world.counts[i] >= 10);
	for (unsigned i = 0; i <= SP_WIRE_records; i++) {
		const bool other = i == SP_WIRE_not_canonical || i == SP_WIRE_kind; /* of frames and requests */
		check_true(other || world.reasons[i] > 0);
	}
	for (unsigned i = 0; i < SP_REFUSALS; i++)
		check_true(i == SP_REFUSED_rate || i == SP_REFUSED_total_reset || world.refusals[i] > 0);
}

static int close_all(void **state)
{
	(void)state;
	nng_fini();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(hostile_messages_by_ipc_are_refused_and_move_nothing),
	    cmocka_unit_test(hostile_messages_by_tcp_are_refused_and_move_nothing),
	    cmocka_unit_test(there_are_hundreds_and_of_every_kind),
	};

	return cmocka_run_group_tests(tests, NULL, close_all);
}
