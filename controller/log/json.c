/* json.c - a decision's lists as JSON text, written straight into a buffer that is used again; the spelling is that of the
 * `decide` stream (DESIGN section 4), so a row can be printed as it is. Each text is followed by a zero. */
#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "base/time.h"
#include "controller/log/store.h"

#define JSON_PUT(out, literal) sp_log_buffer_put(out, literal, sizeof(literal) - 1)

static bool json_plain(unsigned char c)
{
	return c >= 0x20 && c != '"' && c != '\\';
}

/* An id or a name of ours: needs no escape. */
static void json_name(sp_log_buffer *out, const char *name)
{
	JSON_PUT(out, "\"");
	sp_log_buffer_put(out, name, strlen(name));
	JSON_PUT(out, "\"");
}

/* A unit ("1M tokens") is somebody's free text. */
static void json_text(sp_log_buffer *out, const char *text)
{
	JSON_PUT(out, "\"");
	while (*text) {
		size_t n = 0;
		char escape[8];

		while (json_plain((unsigned char)text[n]))
			n++;
		sp_log_buffer_put(out, text, n);
		text += n;
		if (!*text)
			break;
		(void)snprintf(escape, sizeof escape, "\\u%04x", (unsigned)(unsigned char)*text++);
		sp_log_buffer_put(out, escape, 6);
	}
	JSON_PUT(out, "\"");
}

static void json_count(sp_log_buffer *out, uint64_t x)
{
	char digits[20];
	size_t at = sizeof digits;

	do
		digits[--at] = (char)('0' + x % 10);
	while ((x /= 10) > 0);
	sp_log_buffer_put(out, digits + at, sizeof digits - at);
}

static void json_decimal(sp_log_buffer *out, int64_t nano)
{
	char text[SP_DECIMAL_TEXT_MAX];

	sp_decimal_format(nano, text);
	JSON_PUT(out, "\"");
	sp_log_buffer_put(out, text, strlen(text));
	JSON_PUT(out, "\"");
}

/* Most prices of a tick have the same two dates: the last ones written are kept. */
static void json_time(sp_log_buffer *out, int64_t t_ns, sp_json_date *last)
{
	if (t_ns == SP_TIME_NEVER) {
		JSON_PUT(out, "null");
		return;
	}
	if (last->n == 0 || last->t_ns != t_ns) {
		last->t_ns = t_ns;
		last->n = strlen(sp_time_format(t_ns, last->text));
	}
	JSON_PUT(out, "\"");
	sp_log_buffer_put(out, last->text, last->n);
	JSON_PUT(out, "\"");
}

static void json_close(sp_log_buffer *out, const char *bracket)
{
	sp_log_buffer_put(out, bracket, 2); /* with its zero */
}

void sp_json_terms(sp_log_file *log, const sp_decision *decision)
{
	sp_log_buffer *out = &log->text;

	SP_ASSERT(decision->n_terms <= SP_DECISION_TERMS_MAX);
	JSON_PUT(out, "[");
	for (uint32_t i = 0; i < decision->n_terms; i++) {
		if (i > 0)
			JSON_PUT(out, ",");
		JSON_PUT(out, "{\"name\":");
		json_name(out, decision->terms[i].name);
		JSON_PUT(out, ",\"index\":");
		json_decimal(out, decision->terms[i].index.ppb);
		JSON_PUT(out, "}");
	}
	json_close(out, "]");
}

static void json_price(sp_log_buffer *out, const sp_price *price, sp_json_date dates[2])
{
	JSON_PUT(out, "{\"sku\":");
	json_name(out, price->sku_id);
	JSON_PUT(out, ",\"unit\":");
	json_text(out, price->unit ? price->unit : "");
	JSON_PUT(out, ",\"version\":");
	json_count(out, price->version);
	JSON_PUT(out, ",\"before_usd\":");
	json_decimal(out, price->before.nano);
	JSON_PUT(out, ",\"usd\":");
	json_decimal(out, price->amount.nano);
	JSON_PUT(out, ",\"not_before\":");
	json_time(out, price->not_before_ns, &dates[0]);
	JSON_PUT(out, ",\"not_before_existing\":");
	json_time(out, price->not_before_existing_ns, &dates[1]);
	JSON_PUT(out, "}");
}

void sp_json_prices(sp_log_file *log, const sp_decision *decision)
{
	sp_log_buffer *out = &log->text;

	SP_ASSERT(decision->prices || decision->n_prices == 0);
	JSON_PUT(out, "[");
	for (uint32_t i = 0; i < decision->n_prices; i++) {
		if (i > 0)
			JSON_PUT(out, ",");
		json_price(out, &decision->prices[i], log->dates);
	}
	json_close(out, "]");
}

void sp_json_activated(sp_log_file *log, const sp_decision *decision)
{
	sp_log_buffer *out = &log->text;

	SP_ASSERT(decision->activated || decision->n_activated == 0);
	JSON_PUT(out, "[");
	for (uint32_t i = 0; i < decision->n_activated; i++) {
		if (i > 0)
			JSON_PUT(out, ",");
		JSON_PUT(out, "{\"sku\":");
		json_name(out, decision->activated[i].sku_id);
		JSON_PUT(out, ",\"version\":");
		json_count(out, decision->activated[i].version);
		JSON_PUT(out, ",\"usd\":");
		json_decimal(out, decision->activated[i].amount.nano);
		JSON_PUT(out, "}");
	}
	json_close(out, "]");
}

static void json_clock(sp_log_buffer *out, sp_clock clock, const sp_clock_reading *reading)
{
	char age[SP_DECIMAL_TEXT_MAX];

	json_name(out, sp_clock_name(clock));
	JSON_PUT(out, ":{\"state\":");
	json_name(out, sp_clock_state_name(reading->state));
	if (reading->state != SP_CLOCK_ABSENT) {
		JSON_PUT(out, ",\"age_s\":");
		sp_decimal_format_short(reading->age_ns, age); /* ns are 10^-9 s: the same decimals */
		sp_log_buffer_put(out, age, strlen(age));
	}
	JSON_PUT(out, "}");
}

static bool json_same_clocks(const sp_clock_reading a[SP_CLOCKS], const sp_clock_reading b[SP_CLOCKS])
{
	for (int i = 0; i < SP_CLOCKS; i++)
		if (a[i].state != b[i].state || a[i].age_ns != b[i].age_ns)
			return false;
	return true;
}

/* The families of a pool have the same clocks and follow one another: the last text is kept. */
void sp_json_clocks(sp_log_file *log, const sp_decision *decision)
{
	sp_log_buffer *kept = &log->clocks_text;

	if (kept->n == 0 || kept->failed || !json_same_clocks(log->clocks, decision->clocks)) {
		kept->n = 0;
		kept->failed = false;
		JSON_PUT(kept, "{");
		for (unsigned i = 0; i < SP_CLOCKS; i++) {
			if (i > 0)
				JSON_PUT(kept, ",");
			json_clock(kept, (sp_clock)i, &decision->clocks[i]);
		}
		json_close(kept, "}");
		memcpy(log->clocks, decision->clocks, sizeof log->clocks);
	}
	log->text.failed = log->text.failed || kept->failed;
	sp_log_buffer_put(&log->text, kept->at, kept->n);
}

void sp_json_refused(sp_log_buffer *out, const uint32_t refused[SP_REFUSALS])
{
	bool first = true;

	JSON_PUT(out, "{");
	for (unsigned i = 0; i < SP_REFUSALS; i++) {
		if (refused[i] == 0)
			continue;
		if (!first)
			JSON_PUT(out, ",");
		first = false;
		json_name(out, sp_refusal_name((sp_refusal)i));
		JSON_PUT(out, ":");
		json_count(out, refused[i]);
	}
	json_close(out, "}");
}

/* One `"name":count` at text; the text after it, or NULL. */
static const char *json_refusal_read(const char *text, uint32_t refused[SP_REFUSALS])
{
	const char *colon = *text == '"' ? strchr(text + 1, '"') : NULL;
	uint64_t count = 0;

	if (!colon || colon[1] != ':' || colon[2] < '0' || colon[2] > '9')
		return NULL;
	for (unsigned i = 0; i < SP_REFUSALS; i++) {
		const char *name = sp_refusal_name((sp_refusal)i);
		size_t n = strlen(name);

		if (n != (size_t)(colon - text) - 1 || memcmp(name, text + 1, n) != 0)
			continue;
		for (text = colon + 2; *text >= '0' && *text <= '9' && count <= UINT32_MAX; text++)
			count = 10 * count + (uint64_t)(*text - '0');
		refused[i] = (uint32_t)count;
		return count <= UINT32_MAX ? text : NULL;
	}
	return NULL;
}

bool sp_json_refused_read(const char *text, uint32_t refused[SP_REFUSALS])
{
	memset(refused, 0, SP_REFUSALS * sizeof *refused);
	if (*text++ != '{')
		return false;
	while (*text != '}') {
		text = json_refusal_read(text, refused);
		if (!text)
			return false;
		if (*text == ',')
			text++;
		else if (*text != '}')
			return false;
	}
	return text[1] == 0;
}
