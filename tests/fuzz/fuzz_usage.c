/* fuzz_usage.c - what a gateway may write to `rate`: a first line that is the meter of one row of the sheet, then a request.
 *
 * Beyond "does not crash": what is accepted says the same when written out and read again; what is rated has a line for all
 * that was used, each within half a nano-USD of the exact product, and they add up to the total; what is not leaves the
 * answer alone. */
#include "fuzz.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "cli/usage.h"

#define A_MILLION (INT64_C(1000000) * SP_MICRO)

/* A quantity as text, every place of it: "-1.500000". Whole ones, which are larger than decimals may be, as JSON has them. */
static json_t *quantity_of(int64_t micro)
{
	char text[64];
	uint64_t magnitude = micro < 0 ? 0 - (uint64_t)micro : (uint64_t)micro;

	if (micro % SP_MICRO == 0)
		return json_integer(micro / SP_MICRO);
	snprintf(text, sizeof text, "%s%llu.%06llu", micro < 0 ? "-" : "", (unsigned long long)(magnitude / SP_MICRO),
	         (unsigned long long)(magnitude % SP_MICRO));
	return json_string(text);
}

static void check_again(const sp_usage *usage)
{
	json_t *object = json_pack("{s:s,s:I}", "family", usage->family, "t", (json_int_t)usage->admission_ns);
	json_t *meters = json_object();
	sp_message message = {{0}};
	sp_usage again;
	char *text;

	for (size_t i = 0; i < usage->n; i++)
		json_object_set_new(meters, usage->meters[i], quantity_of(usage->micro[i]));
	json_object_set_new(object, "usage", meters);
	if (usage->id[0])
		json_object_set_new(object, "id", json_string(usage->id));
	text = json_dumps(object, JSON_COMPACT);
	SP_ASSERT(text != NULL);
	SP_ASSERT(sp_usage_parse(text, strlen(text), &again, &message) == SP_OK);
	SP_ASSERT(strcmp(again.id, usage->id) == 0 && strcmp(again.family, usage->family) == 0);
	SP_ASSERT(again.admission_ns == usage->admission_ns && again.n == usage->n);
	SP_ASSERT(memcmp(again.meters, usage->meters, sizeof again.meters) == 0);
	SP_ASSERT(memcmp(again.micro, usage->micro, sizeof again.micro) == 0);
	free(text);
	json_decref(object);
}

static void check_rated(const sp_rate_request *request, const sp_rated *rated)
{
	__int128 sum = 0;
	size_t used = 0;

	for (size_t i = 0; i < request->n; i++)
		used += request->list[i].micro > 0;
	SP_ASSERT(rated->n_lines == used);
	for (size_t i = 0; i < rated->n_lines; i++) {
		const sp_rate_line *line = &rated->lines[i];
		__int128 exact = (__int128)line->micro * line->price->usd.nano;
		__int128 off = 2 * (exact - (__int128)line->amount.nano * line->price->per_micro);
		SP_ASSERT(off <= line->price->per_micro && -off <= line->price->per_micro);
		sum += line->amount.nano;
	}
	SP_ASSERT(sum == rated->total.nano);
}

static size_t table_of(const char *meter, sp_rate_price rows[3])
{
	size_t n = 0;

	n += sp_rate_price_init("f/input", "input", (sp_money){450000000}, A_MILLION, &rows[n]) == SP_OK;
	n += sp_rate_price_init("f/output", "output", (sp_money){1800000000}, A_MILLION, &rows[n]) == SP_OK;
	SP_ASSERT(n == 2);
	n += sp_rate_price_init("f/x", meter, (sp_money){1000001}, 3 * SP_MICRO, &rows[n]) == SP_OK;
	return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	const uint8_t *end = n > 0 ? memchr(bytes, '\n', n) : NULL;
	size_t n_meter = end ? (size_t)(end - bytes) : 0;
	char meter[SP_ID_MAX + 2] = "";
	sp_rate_price rows[3];
	sp_rate_usage list[SP_USAGE_METERS_MAX];
	sp_message message = {{0}};
	sp_usage usage = {.n = 0};
	sp_rated rated = {.n_lines = 77};

	if (!end || n_meter >= sizeof meter)
		return 0;
	memcpy(meter, bytes, n_meter);
	if (sp_usage_parse((const char *)end + 1, n - n_meter - 1, &usage, &message) != SP_OK) {
		SP_ASSERT(message.text[0] != '\0' && usage.n == 0);
		return 0;
	}
	const sp_rate_table table = {rows, table_of(meter, rows)};
	const sp_rate_request request = sp_usage_request(&usage, list);
	check_again(&usage);
	if (sp_rate(&request, &table, usage.admission_ns, &rated, NULL) == SP_RATE_RATED)
		check_rated(&request, &rated);
	else
		SP_ASSERT(rated.n_lines == 77);
	return 0;
}
