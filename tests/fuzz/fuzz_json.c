/* fuzz_json.c - what any program may write to `decide`: lines of signals and ticks, well or badly formed.
 *
 * Beyond "does not crash": every line is taken, refused or a tick; what comes out is JSON, and in every decision the terms sum
 * exactly to the move (R4). Long talks are cut off: many short ones reach more than one long one. */
#include "fuzz.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/money.h"
#include "sim/decide/decide.h"

#define BYTES_MAX (16u << 10)

static const char yaml[] =
    "version: 1\n"
    "period: 60s\n"
    "sources: [{id: \"decide\", kinds: [utilization, demand, list_price, usd_per_gpu_h, slo], subjects: [\"*\"]}, "
    "{id: other, kinds: [queue], subjects: [\"f*\"]}]\n"
    "clocks: {reliability: fed}\n"
    "pools: [{id: p, units_per_gpu_s: 1000, supply: [{id: a, term: owned, gpus: 8, usd_per_gpu_h: \"2\"}, "
    "{id: s, term: spot, gpus: 4, usd_per_gpu_h: signal}]}]\n"
    "families:\n"
    "  - {match: \"*\", pool: p, profile: dynamic, guardrails: {min_interval: 1m}}\n"
    "  - {id: f, mode: auto, policy: {use: utilization_pi, response_lag: 1m}, skus: [{id: f/in, meter: input, unit: 1M "
    "tokens, usd: \"0.45\", weight: 1}, {id: f/out, meter: output, unit: 1M tokens, usd: \"1.80\", weight: 4}]}\n"
    "  - {id: g, mode: auto, policy: {use: cost_plus}, guardrails: {notice: 5m}, skus: [{id: g/in, meter: input, unit: "
    "1M "
    "tokens, usd: \"0.50\", weight: 1}]}\n"
    "  - {id: h, mode: observe, policy: {use: eip1559}, skus: [{id: h/in, meter: input, unit: 1M tokens, usd: "
    "\"0.10\", "
    "weight: 1}]}\n";

static const sp_config *config_once(void)
{
	static sp_config *config;
	sp_complaints complaints = {0};

	if (!config) {
		sp_status status = sp_config_parse("fuzz.yaml", yaml, sizeof yaml - 1, NULL, NULL, 0, &config, &complaints);
		SP_ASSERT(status == SP_OK);
	}
	return config;
}

static int64_t index_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));
	int64_t ppb = 0;
	sp_status status = text ? sp_decimal_parse(text, strlen(text), &ppb) : SP_E_ABSENT;

	SP_ASSERT(status == SP_OK);
	return ppb;
}

static void check_line(const char *text, size_t n)
{
	json_error_t error;
	json_t *line = json_loadb(text, n, JSON_REJECT_DUPLICATES, &error), *term;
	int64_t sum = 0;
	size_t i;

	SP_ASSERT(line != NULL);
	if (json_object_get(line, "family")) {
		json_array_foreach(json_object_get(line, "terms"), i, term) sum += index_of(term, "index");
		SP_ASSERT(sum == index_of(line, "index") - index_of(line, "index_before"));
	} else {
		SP_ASSERT(json_object_get(line, "digest") != NULL);
	}
	json_decref(line);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	FILE *in, *out, *err = fopen("/dev/null", "w");
	char *text = NULL;
	size_t n_text = 0, at = 0;
	sp_decide_counts counts;
	sp_message message;
	sp_status status;

	n = n < BYTES_MAX ? n : BYTES_MAX;
	in = n > 0 ? fmemopen((void *)(uintptr_t)bytes, n, "rb") : fopen("/dev/null", "rb");
	out = open_memstream(&text, &n_text);
	SP_ASSERT(in && out && err);
	status = sp_decide_run(config_once(), NULL, in, out, err, &counts, &message);
	SP_ASSERT(status == SP_OK);
	SP_ASSERT(counts.signals + counts.ticks + counts.refused <= counts.lines);
	fclose(in);
	fclose(out);
	fclose(err);
	while (at < n_text) {
		const char *end = memchr(text + at, '\n', n_text - at);
		SP_ASSERT(end != NULL);
		check_line(text + at, (size_t)(end - text) - at);
		at = (size_t)(end - text) + 1;
	}
	free(text);
	return 0;
}
