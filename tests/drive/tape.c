/* tape.c - see tape.h. */
#include "tests/drive/tape.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define TAPE_HEAD                                                                                        \
	"version: 1\n"                                                                                       \
	"period: 60s\n"                                                                                      \
	"clocks: {cost: {max_age: 20m}}\n"                                                                   \
	"pools:\n"                                                                                           \
	"  - id: east/h100\n"                                                                                \
	"    units_per_gpu_s: 2000\n"                                                                        \
	"    supply:\n"                                                                                      \
	"      - {id: base, term: owned, gpus: 8, usd_per_gpu_h: \"2.10\"}\n"                                \
	"      - {id: spot, term: spot, gpus: 4, usd_per_gpu_h: signal}\n"                                   \
	"families:\n"                                                                                        \
	"  - {match: \"*\", pool: east/h100, profile: dynamic, policy: {use: utilization_pi, gain: 100%}}\n" \
	"  - id: bulk/east\n"                                                                                \
	"    policy: {use: eip1559, denominator: 8}\n"                                                       \
	"    skus: [{id: bulk/east/in, meter: input, unit: 1M tokens, usd: \"0.10\", weight: 1}]\n"          \
	"  - id: list/east\n"                                                                                \
	"    mode: auto\n"                                                                                   \
	"    policy: {use: cost_plus}\n"                                                                     \
	"    guardrails: {notice: 1h, min_interval: 10m, dead_band: 0%}\n"                                   \
	"    skus: [{id: list/east/in, meter: input, unit: 1M tokens, usd: \"0.50\", weight: 1}]\n"          \
	"  - id: chat/east\n"                                                                                \
	"    mode: auto\n"                                                                                   \
	"    policy: {use: utilization_pi, gain: 100%, response_lag: 5m}\n"                                  \
	"    skus:\n"                                                                                        \
	"      - {id: chat/east/in,  meter: input,  unit: 1M tokens, usd: \"0.45\", weight: 1}\n"            \
	"      - {id: chat/east/out, meter: output, unit: 1M tokens, usd: \"1.80\", weight: 4}\n"            \
	"    guardrails: {min_interval: 2m, max_per_hour: 30%, max_per_day: 100%, worst_of_last: 3m, max_step: "

const char tape_yaml[] = TAPE_HEAD "3%}\n";
const char tape_yaml_calm[] = TAPE_HEAD "1%}\n";
const char tape_yaml_wide[] = TAPE_HEAD "2%}\n"
                                        "  - id: new/east\n"
                                        "    skus: [{id: new/east/in, meter: input, unit: 1M tokens, usd: \"0.20\", "
                                        "weight: 1}]\n";

sp_config *tape_config(const char *yaml)
{
	sp_config *config = NULL;
	sp_complaints complaints = {0};
	sp_status status = sp_config_parse("tape.yaml", yaml, strlen(yaml), NULL, NULL, 0, &config, &complaints);

	if (status != SP_OK && complaints.n > 0)
		print_error("%s\n", complaints.list[0].text);
	check_status(status, SP_OK);
	sp_complaints_fini(&complaints);
	return config;
}

sp_drive *tape_open(const sp_config *config, const char *log_path)
{
	sp_drive_options options = {.log_path = log_path, .digest = true};
	sp_message message = {{0}};
	sp_drive *drive = NULL;
	sp_status status = sp_drive_open(config, &options, &drive, &message);

	if (status != SP_OK)
		print_error("%s\n", message.text);
	check_status(status, SP_OK);
	return drive;
}

const char *tape_path(void)
{
	static char paths[64][256];
	static unsigned n;
	char *path = paths[n % 64];

	snprintf(path, sizeof paths[0], "%s/%u.db", sp_check_scratch(), n++);
	return path;
}

int64_t tape_end(int64_t period)
{
	return TAPE_START + (period + 1) * SP_MIN;
}

sp_refusal tape_send(sp_drive *drive, sp_signal_kind kind, const char *subject, double value, int64_t t_ns)
{
	sp_signal signal = {.t_ns = t_ns, .kind = kind};
	sp_refusal refusal = SP_REFUSED_none;
	sp_message message = {{0}};

	if (sp_kinds[kind].money)
		signal.value.nano = (int64_t)llround(value * 1e9);
	else
		signal.value.real = value;
	check_status(sp_drive_signal(drive, &signal, subject, "tape", &refusal, &message), SP_OK);
	return refusal;
}

/* A draw in [0, 1) that depends on the period and the place alone. */
static double draw(int64_t period, uint64_t place)
{
	sp_rng rng;

	sp_rng_init(&rng, (uint64_t)period * 64 + place);
	return sp_rng_uniform(&rng);
}

static void feed_command(sp_drive *drive, int64_t period)
{
	sp_command freeze = {.kind = period % 97 == 40 ? SP_COMMAND_FREEZE : SP_COMMAND_THAW, .scope = SP_SCOPE_FAMILY};
	sp_command index = {.kind = SP_COMMAND_SET_INDEX, .scope = SP_SCOPE_FAMILY, .index = {1020000000}};
	sp_message message = {{0}};

	snprintf(freeze.by, sizeof freeze.by, "tester");
	if (period % 97 == 40 || period % 97 == 46)
		check_status(sp_drive_command(drive, &freeze, "chat/east", &message), SP_OK);
	if (period % 97 == 60)
		check_status(sp_drive_command(drive, &index, "list/east", &message), SP_OK);
}

/* A load with a slow wave and noise, a GPU price every ten minutes that steps now and then (sometimes too far to be believed
 * at once), a gap of half an hour, and what is refused. */
void tape_feed(sp_drive *drive, int64_t period)
{
	int64_t end = tape_end(period);
	double wave = 0.75 + 0.15 * sin((double)period / 40.0), price = period % 300 < 120   ? 2.0
	                                                                : period % 300 < 200 ? 2.5
	                                                                                     : 4.5;

	if (period % 10 == 0 || period % 300 == 201 || period % 300 == 202)
		tape_send(drive, SP_KIND_usd_per_gpu_h, "east/h100:spot", price + 0.05 * draw(period, 1), end - 30 * SP_SEC);
	if (period % 250 < 220)
		tape_send(drive, SP_KIND_utilization, "east/h100", wave + 0.05 * draw(period, 2), end - 20 * SP_SEC);
	if (period % 23 == 0)
		tape_send(drive, SP_KIND_utilization, "east/h100", 72, end - 10 * SP_SEC);
	if (period % 29 == 0)
		tape_send(drive, SP_KIND_utilization, "west/h100", 0.7, end - 10 * SP_SEC);
	if (period % 31 == 0)
		tape_send(drive, SP_KIND_list_price, "bulk/east/in", 0.10 + 0.01 * draw(period, 3), end - 5 * SP_SEC);
	feed_command(drive, period);
}

void tape_check_sums(const sp_tick *tick)
{
	for (uint32_t i = 0; i < tick->n_families; i++) {
		const sp_decision *d = &tick->decisions[i];
		check_i64(sp_decision_sum(d), d->index.ppb - d->before.ppb);
	}
}

sp_drive_answer tape_play(sp_drive *drive, int64_t period, tape_digests *digests)
{
	sp_drive_answer answer;
	sp_message message = {{0}};

	tape_feed(drive, period);
	check_status(sp_drive_tick(drive, tape_end(period), &answer, &message), SP_OK);
	tape_check_sums(answer.tick);
	if (digests) {
		assert_in_range(digests->n, 0, 4095);
		memcpy(digests->of[digests->n++], answer.digest, SP_HASH_SIZE);
	}
	return answer;
}

void tape_play_all(sp_drive *drive, int64_t from, int64_t to, tape_digests *digests)
{
	for (int64_t period = from; period < to; period++)
		tape_play(drive, period, digests);
}

void tape_same(const tape_digests *a, const tape_digests *b)
{
	check_u64(a->n, b->n);
	for (uint32_t i = 0; i < a->n; i++)
		check_bytes(a->of[i], b->of[i], SP_HASH_SIZE);
}

static bool read_tick(void *context, const sp_log_tick_row *row)
{
	tape_digests *digests = context;

	assert_in_range(digests->n, 0, 4095);
	memcpy(digests->of[digests->n++], row->digest, SP_HASH_SIZE);
	return true;
}

void tape_read_log(const char *path, tape_digests *digests)
{
	sp_log_options options = {.read_only = true};
	sp_log_file *log = NULL;
	sp_message message = {{0}};

	digests->n = 0;
	check_status(sp_log_open(path, &options, &log, &message), SP_OK);
	check_status(sp_log_ticks(log, 1, read_tick, digests, &message), SP_OK);
	sp_log_close(log);
}
