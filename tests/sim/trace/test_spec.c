/* test_spec.c - what stands after --trace: the spec, the file, the options; and what is said of a wrong one. */
#include "sim/trace/spec.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/time.h"
#include "sim/trace/preset.h"
#include "tests/sim/trace/fixture.h"

static void expect_spec(const char *text, const char *preset, const char *file, const char *keys)
{
	sp_spec spec;
	char found[400] = "";
	check_status(sp_spec_parse(text, &spec, NULL), SP_OK);
	check_text(spec.preset != NULL ? spec.preset : "none", preset);
	check_text(spec.file, file);
	for (uint32_t i = 0; i < spec.n_keys; i++) {
		strcat(strcat(strcat(found, spec.keys[i].key), "="), spec.keys[i].value);
		strcat(found, ";");
	}
	check_text(found, keys);
	sp_spec_fini(&spec);
}

static void a_spec_is_preset_file_and_options(void **unused)
{
	(void)unused;
	expect_spec("azure-llm:conv.csv", "azure-llm", "conv.csv", "");
	expect_spec("gpu-spot:p.csv,gpu=H100_80GB,socket=,align=start", "gpu-spot", "p.csv",
	            "gpu=H100_80GB;socket=;align=start;");
	expect_spec("signals:-", "signals", "-", "");
	expect_spec("setpoint.db", "none", "setpoint.db", "");
	expect_spec("/var/x:y.db", "none", "/var/x:y.db", "");
	expect_spec("usage:a,b.csv,sku=c,d", "usage", "a,b.csv", "sku=c,d;");
	expect_spec("usage:a,=b", "usage", "a,=b", "");
	expect_spec("usage:u.csv,my column=x=y,z", "usage", "u.csv", "my column=x=y,z;");
}

static void a_wrong_spec_is_refused(void **unused)
{
	(void)unused;
	sp_spec spec;
	sp_message message;
	check_status(sp_spec_parse("usage:", &spec, &message), SP_E_SYNTAX);
	check_text(message.text, "trace 'usage:': names no file; write PRESET:FILE, or - for standard input");
	sp_spec_fini(&spec);
	check_status(sp_spec_parse("usage:u,a=1,b=2,a=3", &spec, &message), SP_E_SYNTAX);
	check_text(message.text, "trace u: 'a' is given twice; give one value for it");
	sp_spec_fini(&spec);
	check_status(
	    sp_spec_parse("usage:u,a=1,b=1,c=1,d=1,e=1,f=1,g=1,h=1,i=1,j=1,k=1,l=1,m=1,n=1,o=1,p=1,q=1", &spec, &message),
	    SP_E_SYNTAX);
	check_text(message.text, "trace u: more than 16 options");
	sp_spec_fini(&spec);
}

static void what_cannot_be_opened_says_what_there_is(void **unused)
{
	(void)unused;
	fixture f;
	fixture_open(&f);
	check_text(fixture_complaint(&f, "azur-llm:c.csv", "a\n"),
	           "trace 'azur-llm:c.csv': no preset 'azur-llm'; there are: azure-llm, gpu-spot, gpu-list, "
	           "usage, litellm-spendlogs, signals, column");
	check_text(
	    fixture_complaint(&f, "c.csv", "a\n"),
	    "trace 'c.csv': is no decision log and names no preset; write PRESET:FILE with one of: azure-llm, gpu-spot, "
	    "gpu-list, usage, litellm-spendlogs, signals, column");
	check_text(fixture_complaint(&f, "usage:c.csv,align=end", "a\n"),
	           "trace 'usage:c.csv,align=end': align=end is not known; the one there is: align=start");
	check_text(fixture_complaint(&f, "usage:", "a\n"),
	           "trace 'usage:': names no file; write PRESET:FILE, or - for standard input");
	check_text(fixture_complaint(&f, "usage:c.csv", ""), "c.csv:1: row: no header: the file is empty");
	check_text(fixture_complaint(&f, "usage:-", ""), "standard input:1: row: no header: the file is empty");
	sp_trace *trace = NULL;
	sp_message message;
	check_status(sp_trace_open("usage:/nowhere/u.csv", &f.setup, NULL, &trace, &message), SP_E_ABSENT);
	check_text(message.text, "/nowhere/u.csv: cannot be read: No such file or directory");
	check_status(sp_trace_open("usage:.", &f.setup, NULL, &trace, &message), SP_E_IO);
	check_text(message.text, ".: reading failed after 0 bytes: Is a directory");
	check_true(trace == NULL);
	fixture_close(&f);
}

/* A header of many long names fills no message beyond its bound. */
static void lists_in_messages_are_bounded(void **unused)
{
	(void)unused;
	fixture f;
	fixture_open(&f);
	char header[4000] = "";
	for (int i = 0; i < 100; i++)
		sprintf(header + strlen(header), "%sa_rather_long_column_%03d", i > 0 ? "," : "", i);
	const char *complaint = fixture_complaint(&f, "usage:u", header);
	check_contains(complaint,
	               "u:1: hour: no such column, and usage needs it; the header has: a_rather_long_column_000, ");
	check_text(complaint + strlen(complaint) - 5, ", ...");
	check_true(strlen(complaint) < 500);
	fixture_close(&f);
	fixture many;
	fixture_open(&many);
	static char ids[6][SP_ID_MAX];
	for (int i = 0; i < 6; i++) {
		memset(ids[i], 'a' + i, 110);
		fixture_add_lot(&many, ids[i], true);
	}
	complaint = fixture_complaint(&many, "gpu-spot:p", "ts_utc,median\n");
	check_text(complaint + strlen(complaint) - 5, ", ...");
	fixture_close(&many);
}

static void a_log_is_named_by_its_preset_or_known_by_its_first_bytes(void **unused)
{
	(void)unused;
	char path[1024];
	const char *named = NULL;
	snprintf(path, sizeof path, "%s/setpoint.db", sp_check_scratch());
	check_true(!sp_trace_names_log(path, &named));
	FILE *file = fopen(path, "wb");
	check_true(file != NULL);
	fwrite("SQLite format 3\0more", 1, 20, file);
	fclose(file);
	check_true(sp_trace_names_log(path, &named));
	check_text(named, path);
	check_true(sp_trace_names_log("log:x.db", &named));
	check_text(named, "x.db");
	check_true(!sp_trace_names_log("usage:x.csv", &named));
	file = fopen(path, "wb");
	fwrite("SQLite format 4\0more", 1, 20, file);
	fclose(file);
	check_true(!sp_trace_names_log(path, &named));
}

static void the_presets_are_listed_with_columns_and_options(void **unused)
{
	(void)unused;
	char *text = NULL;
	size_t n = 0;
	FILE *out = open_memstream(&text, &n);
	sp_trace_presets(out);
	fclose(out);
	check_contains(text, "azure-llm: LLM requests");
	check_contains(text,
	               "columns: TIMESTAMP ContextTokens GeneratedTokens\n  options: COLUMN=VALUE align=start subject=\n");
	check_contains(text, "columns: hour sku units [revenue]\n");
	check_contains(text, "columns: t kind subject value [source]\n");
	check_contains(text, "columns: any\n  options: COLUMN=VALUE align=start kind= subject= value=");
	free(text);
}

/* Every preset is whole, and its name can be written in a spec. */
static void the_table_of_presets_is_sound(void **unused)
{
	(void)unused;
	check_true(sp_trace_n_presets >= 4);
	for (uint32_t i = 0; i < sp_trace_n_presets; i++) {
		const sp_trace_preset *preset = sp_trace_preset_table[i];
		char spec[64];
		snprintf(spec, sizeof spec, "%s:f", preset->name);
		expect_spec(spec, preset->name, "f", "");
		check_status(sp_id_check(preset->name, strlen(preset->name)), SP_OK);
		check_true(preset->begin != NULL && preset->row != NULL && preset->emit != NULL && preset->state_size > 0);
		check_true(preset->help[strlen(preset->help) - 1] == '.');
		check_true(preset->n_required == 0 || preset->columns[preset->n_required - 1] != NULL);
		check_true(preset->columns[SP_PRESET_COLUMNS_MAX - 1] == NULL);
		for (uint32_t j = 0; j < i; j++)
			check_true(strcmp(preset->name, sp_trace_preset_table[j]->name) != 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_spec_is_preset_file_and_options),
	    cmocka_unit_test(a_wrong_spec_is_refused),
	    cmocka_unit_test(what_cannot_be_opened_says_what_there_is),
	    cmocka_unit_test(lists_in_messages_are_bounded),
	    cmocka_unit_test(a_log_is_named_by_its_preset_or_known_by_its_first_bytes),
	    cmocka_unit_test(the_presets_are_listed_with_columns_and_options),
	    cmocka_unit_test(the_table_of_presets_is_sound),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
