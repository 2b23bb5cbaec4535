/* fuzz_trace.c - trace files of every preset: the first byte picks preset and options, the rest is the file.
 *
 * Beyond "does not crash": every row is accounted for, time never goes back, and the records written as the signals preset's CSV
 * and read again are the same records. */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/ids.h"
#include "base/money.h"
#include "base/real.h"
#include "base/time.h"
#include "sim/trace/trace.h"

#define RECORDS_MAX 500 /* a file of two rows a year apart makes a million */

static const char *const specs[] = {
    "azure-llm:f",
    "azure-llm:f,ContextTokens=1",
    "gpu-spot:f",
    "gpu-spot:f,gpu=H100,value=p25",
    "usage:f",
    "usage:f,cohort=a",
    "signals:f",
    "signals:f,kind=demand",
    "gpu-spot:f,socket=",
    "signals:f,align=start",
    "usage:f,sku=in",
    "azure-llm:f,subject=chat",
};

static const struct {
	const char *name;
	sp_subject subject;
} names[] = {{"pool", {SP_SUBJECT_POOL, 0}},
             {"pool:spot", {SP_SUBJECT_LOT, 0}},
             {"chat", {SP_SUBJECT_FAMILY, 0}},
             {"in", {SP_SUBJECT_SKU, 0}},
             {"out", {SP_SUBJECT_SKU, 1}}};
#define N_NAMES (sizeof names / sizeof names[0])

static sp_setup *setup_once(void)
{
	static sp_setup setup;
	static sp_subject subjects[N_NAMES];
	static sp_pool_setup pool = {.id = "pool", .subject = 0, .n_lots = 1, .units_per_gpu_s = 1};
	static sp_lot_setup lot = {.id = "spot", .subject = 1, .by_signal = true, .gpus = 1};
	static sp_family_setup family = {.id = "chat", .subject = 2, .n_skus = 2};
	static sp_sku_setup skus[2] = {{.id = "in", .meter = "input", .subject = 3},
	                               {.id = "out", .meter = "output", .subject = 4}};
	static sp_ids *ids;
	if (ids != NULL)
		return &setup;
	ids = sp_ids_open();
	for (uint32_t i = 0; i < N_NAMES; i++) {
		uint32_t slot = SP_NO_SLOT;
		sp_status status = sp_ids_add(ids, names[i].name, strlen(names[i].name), &slot);
		SP_ASSERT(status == SP_OK && slot == i);
		subjects[i] = names[i].subject;
	}
	setup = (sp_setup){
	    .period_ns = SP_HOUR, .n_pools = 1, .n_lots = 1, .n_families = 1, .n_skus = 2, .n_subjects = N_NAMES};
	setup.pools = &pool;
	setup.lots = &lot;
	setup.families = &family;
	setup.skus = skus;
	setup.subjects = subjects;
	setup.names = ids;
	return &setup;
}

static FILE *memory_file(const void *bytes, size_t n)
{
	FILE *file = n > 0 ? fmemopen((void *)(uintptr_t)bytes, n, "rb") : fopen("/dev/null", "rb");
	SP_ASSERT(file != NULL);
	return file;
}

static void write_record(FILE *out, const sp_setup *setup, const sp_trace_record *record)
{
	char time[SP_TIME_TEXT_MAX], money[SP_DECIMAL_TEXT_MAX], real[SP_REAL_TEXT_MAX];
	const char *value = sp_kinds[record->kind].money ? sp_decimal_format(record->value.nano, money)
	                                                 : sp_real_format(record->value.real, real);
	fprintf(out, "%s,%s,%s,%s,%s\n", sp_time_format(record->t_ns, time), sp_kinds[record->kind].name,
	        sp_ids_name(setup->names, record->subject), value, record->source);
}

/* Reads a trace, checks it and writes it as signals. */
static void read_trace(const char *spec, FILE *file, FILE *out)
{
	const sp_setup *setup = setup_once();
	sp_trace_options options = {.skip_bad = true, .file = file};
	sp_trace *trace = NULL;
	sp_trace_counts counts;
	sp_trace_record record;
	sp_message message = {""};
	fprintf(out, "t,kind,subject,value,source\n");
	if (sp_trace_open(spec, setup, &options, &trace, &message) != SP_OK) {
		SP_ASSERT(message.text[0] != '\0');
		return;
	}
	int64_t last_ns = SP_TIME_MIN_NS;
	for (int n = 0; n < RECORDS_MAX && sp_trace_next(trace, &record, &message) == SP_OK; n++) {
		SP_ASSERT(record.t_ns >= last_ns && record.t_ns < SP_TIME_MAX_NS);
		last_ns = record.t_ns;
		write_record(out, setup, &record);
	}
	sp_trace_count(trace, &counts);
	SP_ASSERT(counts.rows == counts.used + counts.filtered + counts.bad);
	SP_ASSERT(message.text[0] == '\0'); /* with skip_bad only reading itself can fail */
	sp_trace_close(trace);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	char *first = NULL, *second = NULL;
	size_t n_first = 0, n_second = 0;
	if (n == 0)
		return 0;
	FILE *out = open_memstream(&first, &n_first);
	SP_ASSERT(out != NULL);
	read_trace(specs[bytes[0] % (sizeof specs / sizeof specs[0])], memory_file(bytes + 1, n - 1), out);
	fclose(out);
	out = open_memstream(&second, &n_second);
	SP_ASSERT(out != NULL);
	read_trace("signals:again", memory_file(first, n_first), out);
	fclose(out);
	SP_ASSERT(n_first == n_second && memcmp(first, second, n_first) == 0);
	free(first);
	free(second);
	return 0;
}
