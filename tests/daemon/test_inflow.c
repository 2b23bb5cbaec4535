/* test_inflow.c - a message's way into the engine: that a guessed subject is the one that was named.
 *
 * Scrapes in order, disordered, cut short and mixed with names that are nearly one: after each message every subject's last value is
 * the one that was sent of it last. A second configuration, under which the same names have other slots, comes in the middle. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "daemon/inflow.h"
#include "tests/check/check.h"
#include "transport/intake/push.h"

#define SUBJECTS 40
#define NOW      (INT64_C(1795478400) * SP_SEC)

typedef struct site {
	char url[128];
	sp_inflow *inflow; /* half a megabyte */
	sp_push *push;
	sp_config *configs[2];
	double sent[SUBJECTS]; /* 0: nothing */
	uint64_t known, unknown;
	int64_t seq;
} site;

/* Names of which one begins another, too. */
static const char *name_of(uint32_t i)
{
	static char names[4][SP_ID_MAX + 1];
	static uint32_t turn;
	char *name = names[turn++ % 4];

	snprintf(name, sizeof names[0], "p%u%.*s", i / 3, (int)(i % 3), "/x");
	return name;
}

/* Pools are named in the order that `step` gives, so that their slots differ. */
static sp_config *config_of(uint32_t step)
{
	static char yaml[1 << 16];
	sp_complaints complaints = {0};
	sp_config *config = NULL;
	size_t n = (size_t)snprintf(yaml, sizeof yaml, "version: 1\npools:\n");

	for (uint32_t i = 0; i < SUBJECTS; i++)
		n += (size_t)snprintf(yaml + n, sizeof yaml - n,
		                      "  - {id: \"%s\", units_per_gpu_s: 1, supply: [{id: a, term: owned, gpus: 1, "
		                      "usd_per_gpu_h: \"2\"}]}\n",
		                      name_of(i * step % SUBJECTS));
	n += (size_t)snprintf(yaml + n, sizeof yaml - n,
	                      "families: [{id: f, pool: \"%s\", skus: [{id: s, meter: m, unit: GPU-second, usd: \"1\", "
	                      "weight: 1}]}]\n",
	                      name_of(0));
	check_status(sp_config_parse("inflow.yaml", yaml, n, NULL, NULL, 0, &config, &complaints), SP_OK);
	sp_complaints_fini(&complaints);
	return config;
}

static void site_open(site *at)
{
	sp_drive_options options = {.live = true};
	sp_intake_options listen = {.urls = (const char *const[]){at->url}, .n_urls = 1};
	sp_message message = {{0}};

	*at = (site){.inflow = calloc(1, sizeof *at->inflow), .seq = 1};
	snprintf(at->url, sizeof at->url, "ipc://%s/inflow", sp_check_scratch());
	at->configs[0] = config_of(1);
	at->configs[1] = config_of(7);
	check_status(sp_inflow_open(at->inflow, &message), SP_OK);
	check_status(sp_intake_open(&listen, &at->inflow->intake, &message), SP_OK);
	check_status(sp_drive_open(at->configs[0], &options, &at->inflow->drive, &message), SP_OK);
	check_status(sp_push_open(at->url, 5000, &at->push, &message), SP_OK);
}

static void site_close(site *at)
{
	sp_intake *intake = at->inflow->intake;
	sp_drive *drive = at->inflow->drive;

	sp_push_close(at->push);
	sp_inflow_close(at->inflow);
	sp_intake_close(intake);
	sp_drive_close(drive);
	sp_config_close(at->configs[0]);
	sp_config_close(at->configs[1]);
	free(at->inflow);
}

/* One message, sent and taken. */
static void site_send(site *at, const sp_wire_record *records, uint32_t n)
{
	static uint8_t bytes[SP_WIRE_SIGNALS_MAX];
	sp_wire_message message = {.source = "one", .n_source = 3, .seq = at->seq++, .records = records, .n_records = n};
	sp_writer writer = {bytes, sizeof bytes, 0};
	sp_message why = {{0}};

	check_status(sp_wire_encode(&message, &writer), SP_OK);
	check_status(sp_push_send(at->push, bytes, writer.n, 5000, &why), SP_OK);
	check_status(sp_push_flush(at->push, 5000, &why), SP_OK);
	while (!sp_inflow_step(at->inflow, NOW))
		;
}

/* A record of a subject, or sometimes of a name that is none of them. */
static void make_record(site *at, sp_rng *rng, uint32_t subject, sp_wire_record *record, char name[SP_ID_MAX + 8])
{
	static const char *const beyond[] = {"y", "/xx", "p", "/"};
	bool known = sp_rng_below(rng, 10) > 0;

	snprintf(name, SP_ID_MAX + 8, "%s%s", name_of(subject), known ? "" : beyond[sp_rng_below(rng, 4)]);
	*record = (sp_wire_record){.t_ns = NOW, .kind = SP_KIND_latency, .subject = name, .n_subject = strlen(name)};
	record->value.real = 1 + sp_rng_uniform(rng);
	if (sp_ids_find(sp_drive_setup(at->inflow->drive)->names, name, strlen(name)) == SP_NO_SLOT) {
		at->unknown++;
		return;
	}
	at->known++;
	for (uint32_t i = 0; i < SUBJECTS; i++) {
		if (strcmp(name_of(i), name) == 0)
			at->sent[i] = record->value.real;
	}
}

static void check_last(const site *at)
{
	const sp_setup *setup = sp_drive_setup(at->inflow->drive);

	for (uint32_t i = 0; i < SUBJECTS; i++) {
		uint32_t slot = sp_ids_find(setup->names, name_of(i), strlen(name_of(i)));
		sp_value value = {.real = 0};
		int64_t t_ns;
		bool seen = sp_engine_last(sp_drive_engine(at->inflow->drive), slot, SP_KIND_latency, &value, &t_ns);
		check_true(seen == (at->sent[i] != 0));
		check_near(value.real, at->sent[i], 0);
	}
}

static void reload(site *at, int which)
{
	sp_drive_parcel parcel;
	sp_message message = {{0}};

	sp_drive_pack_inputs(at->inflow->drive, &parcel);
	sp_drive_stored(at->inflow->drive);
	check_status(sp_drive_reload(at->inflow->drive, at->configs[which], false, &message), SP_OK);
}

static void every_record_reaches_the_subject_that_it_names(void **state)
{
	static char names[2 * SUBJECTS][SP_ID_MAX + 8];
	static sp_wire_record records[2 * SUBJECTS];
	sp_rng rng;
	site at;

	(void)state;
	sp_check_seed(__func__, &rng);
	site_open(&at);
	for (int round = 0; round < 400; round++) {
		uint32_t n = 1 + (uint32_t)sp_rng_below(&rng, 2 * SUBJECTS), first = (uint32_t)sp_rng_below(&rng, SUBJECTS);
		bool ordered = round % 3 != 0;
		for (uint32_t i = 0; i < n; i++)
			make_record(&at, &rng, (ordered ? first + i / 2 : (uint32_t)sp_rng_below(&rng, SUBJECTS)) % SUBJECTS,
			            &records[i], names[i]);
		site_send(&at, records, n);
		check_last(&at);
		if (round % 100 == 99)
			reload(&at, round / 100 % 2 == 0);
	}
	check_true(at.known > 5000 && at.unknown > 500);
	check_u64(sp_senders_get(at.inflow->senders, 1)->taken, at.known);
	check_u64(sp_senders_get(at.inflow->senders, 1)->refused[SP_REFUSED_unknown_subject], at.unknown);
	site_close(&at);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_record_reaches_the_subject_that_it_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
