/* test_permits.c - who may send what is remembered by the drive, and must be what sp_setup_source_may says each time: over reloads
 * that permit otherwise, and over a resume, by which sources get other slots. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/drive/tape.h"

#define TOWN                                                                                                     \
	"pools: [{id: east/p, units_per_gpu_s: 1, supply: [{id: a, term: owned, gpus: 1, usd_per_gpu_h: \"2\"}]},\n" \
	"        {id: west/p, units_per_gpu_s: 1, supply: [{id: a, term: owned, gpus: 1, usd_per_gpu_h: \"2\"}]}]\n" \
	"families:\n"                                                                                                \
	"  - {id: f, pool: east/p, skus: [{id: f/s, meter: m, unit: GPU-second, usd: \"1\", weight: 1}]}\n"          \
	"  - {id: g, pool: west/p, skus: [{id: g/s, meter: m, unit: GPU-second, usd: \"1\", weight: 1}]}\n"

static const char *const texts[] = {
    "version: 1\n"
    "sources: [{id: one, kinds: [utilization, slo], subjects: [\"east/*\", f]},\n"
    "          {id: two, kinds: [demand, utilization], subjects: [\"*/p\", \"g*\"]},\n"
    "          {id: six, kinds: [slo, demand]}]\n" TOWN,
    "version: 1\n"
    "sources: [{id: one, kinds: [slo, demand], subjects: [\"west/*\", \"g*\"]},\n"
    "          {id: six, kinds: [utilization], subjects: [east/p]}]\n" TOWN,
    "version: 1\n" TOWN, /* every source may */
};

static const char *const sources[] = {"six", "one", "none", "two"};
static const char *const subjects[] = {"east/p", "west/p", "f", "g", "f/s", "g/s"};
static const uint32_t kinds[] = {SP_KIND_utilization, SP_KIND_slo, SP_KIND_demand};

#define ANY(list, rng) ((list)[sp_rng_below(rng, sizeof(list) / sizeof *(list))])

static void check_one(sp_drive *drive, sp_rng *rng, uint32_t counts[2])
{
	const char *source = ANY(sources, rng), *subject = ANY(subjects, rng);
	sp_signal signal = {.t_ns = TAPE_START, .kind = ANY(kinds, rng), .value = {.real = 0.5}};
	bool may = sp_setup_source_may(sp_drive_setup(drive), source, signal.kind, subject);
	sp_refusal refusal;
	sp_message message = {{0}};

	check_status(sp_drive_signal(drive, &signal, subject, source, &refusal, &message), SP_OK);
	check_true((refusal != SP_REFUSED_source) == may);
	counts[may]++;
}

static void r19_what_a_source_may_send_is_what_its_configuration_says_now(void **state)
{
	sp_config *configs[3];
	uint32_t counts[2] = {0};
	sp_message message = {{0}};
	sp_drive *drive;
	sp_rng rng;

	(void)state;
	sp_check_seed(__func__, &rng);
	for (int i = 0; i < 3; i++)
		configs[i] = tape_config(texts[i]);
	drive = tape_open(configs[0], NULL);
	for (int i = 1; i < 60; i++) {
		for (int k = 0; k < 100; k++)
			check_one(drive, &rng, counts);
		check_status(sp_drive_reload(drive, configs[i % 3], false, &message), SP_OK);
	}
	check_true(counts[0] > 1000 && counts[1] > 1000);
	sp_drive_close(drive);
	for (int i = 0; i < 3; i++)
		sp_config_close(configs[i]);
}

/* Before the resume "two" has the slot that "none" has after it, and has used what it may. */
static void a_source_does_not_inherit_what_another_in_its_slot_was_permitted(void **state)
{
	sp_config *config = tape_config(texts[0]);
	sp_drive *drive = tape_open(config, NULL);
	sp_signal signal = {.t_ns = TAPE_START, .kind = SP_KIND_demand, .value = {.real = 0.5}};
	uint8_t *bytes = malloc(sp_drive_save_max(drive));
	size_t n = sp_drive_save(drive, bytes); /* that knows no source */
	sp_refusal refusal;
	sp_message message = {{0}};

	(void)state;
	check_status(sp_drive_signal(drive, &signal, "g", "two", &refusal, &message), SP_OK);
	check_u64(refusal, SP_REFUSED_none);
	check_status(sp_drive_resume(drive, 0, bytes, n, &message), SP_OK);
	check_status(sp_drive_signal(drive, &signal, "g", "none", &refusal, &message), SP_OK);
	check_u64(refusal, SP_REFUSED_source);
	free(bytes);
	sp_drive_close(drive);
	sp_config_close(config);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(r19_what_a_source_may_send_is_what_its_configuration_says_now),
	    cmocka_unit_test(a_source_does_not_inherit_what_another_in_its_slot_was_permitted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
