/* told.c - what a log says of the price book: re-runs it, and after every tick prints the groups that changed, as JSON Lines.
 *
 *     told LOG
 *     {"tick":7,"t":…,"family":"east/chat","prices":[["east/chat/input",3,450000000,0,…not before…],…]}
 *     {"tick":7,"published":…}
 *
 * At the end, with tick 0, every group as the inputs after the last tick leave it. A digest that differs ends it with 1. So a
 * frame that a subscriber saw can be compared with what the engine told, field by field. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controller/drive/recording.h"

typedef struct told {
	sp_log_file *log;
	sp_drive *drive;
	sp_config *config;
	char **last; /* of each family: what was printed */
	uint32_t n_last;
	int64_t tick; /* the last one */
} told;

/* --- printing --- */

static char *told_text(const told *t, uint32_t family)
{
	const sp_setup *setup = sp_drive_setup(t->drive);
	const sp_family_setup *of = &setup->families[family];
	sp_price *prices = calloc((size_t)of->n_skus * SP_TOLD_PER_SKU, sizeof *prices);
	uint32_t n = prices ? sp_engine_told(sp_drive_engine(t->drive), family, prices) : 0;
	size_t size = 0;
	char *text = NULL;
	FILE *out = open_memstream(&text, &size);

	if (!out || !prices)
		abort();
	fprintf(out, "\"family\":\"%s\",\"prices\":[", of->id);
	for (uint32_t i = 0; i < n; i++)
		fprintf(out, "%s[\"%s\",%" PRIu64 ",%" PRId64 ",%d,%" PRId64 "]", i ? "," : "", prices[i].sku_id,
		        prices[i].version, prices[i].amount.nano, (int)prices[i].offer, prices[i].not_before_ns);
	fprintf(out, "]");
	fclose(out);
	free(prices);
	return text;
}

static void told_forget(told *t)
{
	for (uint32_t i = 0; i < t->n_last; i++)
		free(t->last[i]);
	free(t->last);
	t->n_last = sp_drive_setup(t->drive)->n_families;
	t->last = calloc(t->n_last, sizeof *t->last);
	if (!t->last)
		abort();
}

static void told_print(told *t, int64_t tick, int64_t t_ns)
{
	for (uint32_t i = 0; i < t->n_last; i++) {
		char *text = told_text(t, i);

		if (tick == 0 || !t->last[i] || strcmp(text, t->last[i]) != 0)
			printf("{\"tick\":%" PRId64 ",\"t\":%" PRId64 ",%s}\n", tick, t_ns, text);
		free(t->last[i]);
		t->last[i] = text;
	}
}

/* --- the walk --- */

static void told_published(const told *t, int64_t published_ns)
{
	printf("{\"tick\":%" PRId64 ",\"published\":%" PRId64 "}\n", t->tick, published_ns);
}

static sp_status told_config(told *t, const uint8_t *hash, sp_message *message)
{
	sp_drive_options options = {.digest = true};
	sp_config *config;
	sp_status status = sp_recording_config(t->log, hash, &config, message);

	if (status != SP_OK)
		return status;
	status = t->drive ? sp_drive_reload(t->drive, config, true, message)
	                  : sp_drive_open(config, &options, &t->drive, message);
	if (status != SP_OK)
		return status;
	sp_config_close(t->config);
	t->config = config;
	told_forget(t);
	return SP_OK;
}

static sp_status told_input(void *context, const sp_input *input, sp_message *message)
{
	told *t = context;

	if (input->kind == SP_INPUT_COMMAND && input->command.kind == SP_COMMAND_PUBLISHED)
		told_published(t, input->command.published_ns);
	if (input->kind != SP_INPUT_CONFIG)
		return sp_recording_apply(t->drive, input, message);
	if (t->drive && memcmp(sp_drive_setup(t->drive)->hash, input->config, SP_HASH_SIZE) == 0)
		return SP_OK;
	return told_config(t, input->config, message);
}

static sp_status told_tick(void *context, const sp_log_tick_row *row, sp_message *message)
{
	told *t = context;
	sp_drive_answer answer;
	sp_status status = sp_drive_tick(t->drive, row->t_ns, &answer, message);

	if (status == SP_OK && memcmp(answer.digest, row->digest, SP_HASH_SIZE) != 0)
		status = sp_message_set(message, SP_E_MISMATCH, "the digest of tick %" PRId64 " differs", row->tick);
	t->tick = row->tick;
	if (status == SP_OK)
		told_print(t, row->tick, row->t_ns);
	return status;
}

int main(int argc, char **argv)
{
	sp_log_options options = {.read_only = true};
	told t = {0};
	sp_recording_visitor visitor = {&t, told_input, told_tick};
	sp_message message = {{0}};
	sp_status status;

	if (argc != 2) {
		fprintf(stderr, "usage: told LOG\n");
		return 64;
	}
	status = sp_log_open(argv[1], &options, &t.log, &message);
	if (status == SP_OK)
		status = sp_recording_walk(t.log, 0, 0, &visitor, &message);
	if (status == SP_OK && t.drive)
		told_print(&t, 0, sp_engine_now(sp_drive_engine(t.drive)));
	if (status != SP_OK)
		fprintf(stderr, "%s\n", message.text);
	for (uint32_t i = 0; i < t.n_last; i++)
		free(t.last[i]);
	free(t.last);
	sp_drive_close(t.drive);
	sp_config_close(t.config);
	sp_log_close(t.log);
	return status == SP_OK ? 0 : 1;
}
