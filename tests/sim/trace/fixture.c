/* fixture.c - see fixture.h. */
#include "tests/sim/trace/fixture.h"

#include <stdio.h>
#include <string.h>

#include "base/time.h"

static uint32_t fixture_name(fixture *f, const char *name, sp_subject_type type, uint32_t slot)
{
	uint32_t subject = SP_NO_SLOT;
	check_status(sp_ids_add(f->names, name, strlen(name), &subject), SP_OK);
	f->subjects[subject] = (sp_subject){type, slot};
	f->setup.n_subjects = sp_ids_count(f->names);
	return subject;
}

void fixture_add_lot(fixture *f, const char *id, bool by_signal)
{
	char name[SP_ID_MAX + 1];
	uint32_t slot = f->setup.n_lots++;
	snprintf(name, sizeof name, "%s:%s", f->pools[0].id, id);
	f->lots[slot] = (sp_lot_setup){.id = id,
	                               .by_signal = by_signal,
	                               .subject = fixture_name(f, name, SP_SUBJECT_LOT, slot),
	                               .gpus = 8,
	                               .usd_per_gpu_h.nano = by_signal ? 0 : 2 * SP_NANO,
	                               .ends_ns = SP_PARAM_NONE,
	                               .credits_until_ns = SP_PARAM_NONE};
	f->pools[0].n_lots++;
}

void fixture_add_family(fixture *f, const char *id)
{
	uint32_t slot = f->setup.n_families++;
	f->families[slot] = (sp_family_setup){
	    .id = id, .subject = fixture_name(f, id, SP_SUBJECT_FAMILY, slot), .first_sku = f->setup.n_skus};
}

void fixture_add_sku(fixture *f, const char *id, const char *meter)
{
	uint32_t slot = f->setup.n_skus++;
	f->skus[slot] = (sp_sku_setup){.id = id,
	                               .meter = meter,
	                               .unit = "1M tokens",
	                               .subject = fixture_name(f, id, SP_SUBJECT_SKU, slot),
	                               .family = f->setup.n_families - 1,
	                               .quantity = 1e6,
	                               .weight = 1,
	                               .sheet.nano = SP_NANO,
	                               .grid.nano = 1};
	f->families[f->setup.n_families - 1].n_skus++;
}

void fixture_open(fixture *f)
{
	*f = (fixture){.names = sp_ids_open()};
	f->pools[0] = (sp_pool_setup){.id = "east/h100", .units_per_gpu_s = 1000, .redundancy = 1};
	f->pools[0].subject = fixture_name(f, "east/h100", SP_SUBJECT_POOL, 0);
	f->setup.n_pools = 1;
	fixture_add_lot(f, "base", false);
	fixture_add_lot(f, "spot", true);
	fixture_add_family(f, "chat/east");
	fixture_add_sku(f, "chat/east/input", "input");
	fixture_add_sku(f, "chat/east/output", "output");
	f->setup.period_ns = SP_MIN;
	f->setup.pools = f->pools;
	f->setup.lots = f->lots;
	f->setup.families = f->families;
	f->setup.skus = f->skus;
	f->setup.subjects = f->subjects;
	f->setup.names = f->names;
}

void fixture_close(fixture *f)
{
	sp_ids_close(f->names);
}

uint32_t fixture_subject(const fixture *f, const char *name)
{
	uint32_t subject = sp_ids_find(f->names, name, strlen(name));
	check_true(subject != SP_NO_SLOT);
	return subject;
}

sp_status fixture_trace_bytes(const fixture *f, const char *spec, const char *bytes, size_t n, bool skip_bad,
                              sp_trace **trace, sp_message *message)
{
	FILE *file = n > 0 ? fmemopen((void *)(uintptr_t)bytes, n, "rb") : fopen("/dev/null", "rb");
	check_true(file != NULL);
	sp_trace_options options = {.skip_bad = skip_bad, .file = file};
	return sp_trace_open(spec, &f->setup, &options, trace, message);
}

sp_trace *fixture_trace(const fixture *f, const char *spec, const char *text, bool skip_bad)
{
	sp_trace *trace = NULL;
	sp_message message = {""};
	sp_status status = fixture_trace_bytes(f, spec, text, strlen(text), skip_bad, &trace, &message);
	check_text(message.text, "");
	check_status(status, SP_OK);
	return trace;
}

void fixture_expect(sp_trace *trace, const fixture *f, const char *time, const char *subject, double value)
{
	sp_trace_record record;
	sp_message message = {""};
	char text[SP_TIME_TEXT_MAX];
	sp_status status = sp_trace_next(trace, &record, &message);
	check_text(message.text, "");
	check_status(status, SP_OK);
	check_text(sp_time_format(record.t_ns, text), time);
	check_text(sp_ids_name(f->names, record.subject), subject);
	check_near(sp_kind_real(record.kind, record.value), value, 1e-12 * (value < 0 ? -value : value));
}

void fixture_expect_end(sp_trace *trace)
{
	sp_trace_record record;
	check_status(sp_trace_next(trace, &record, NULL), SP_E_END);
	check_status(sp_trace_next(trace, &record, NULL), SP_E_END);
}

void fixture_expect_counts(const sp_trace *trace, uint64_t used, uint64_t filtered, uint64_t bad, uint64_t records)
{
	sp_trace_counts counts;
	sp_trace_count(trace, &counts);
	check_u64(counts.rows, used + filtered + bad);
	check_u64(counts.used, used);
	check_u64(counts.filtered, filtered);
	check_u64(counts.bad, bad);
	check_u64(counts.records, records);
}

const char *fixture_complaint(const fixture *f, const char *spec, const char *text)
{
	static sp_message message;
	sp_trace *trace = NULL;
	sp_trace_record record;
	message.text[0] = '\0';
	sp_status status = fixture_trace_bytes(f, spec, text, strlen(text), false, &trace, &message);
	while (status == SP_OK)
		status = sp_trace_next(trace, &record, &message);
	sp_trace_close(trace);
	return message.text;
}
