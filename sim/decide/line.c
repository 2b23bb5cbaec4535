/* line.c - decisions as JSON Lines; see line.h. Written by hand: a few fields, in a fixed order, many times a second. */
#include "sim/decide/line.h"

#include "base/time.h"

void sp_line_text(FILE *out, const char *text)
{
	putc('"', out);
	for (const char *c = text; *c; c++) {
		if (*c == '"' || *c == '\\')
			putc('\\', out);
		if ((unsigned char)*c < 0x20)
			fprintf(out, "\\u%04x", (unsigned char)*c);
		else
			putc(*c, out);
	}
	putc('"', out);
}

static void field_text(FILE *out, const char *key, const char *text)
{
	fprintf(out, ",\"%s\":", key);
	sp_line_text(out, text);
}

static void field_decimal(FILE *out, const char *key, int64_t nano)
{
	char text[SP_DECIMAL_TEXT_MAX];

	fprintf(out, ",\"%s\":\"%s\"", key, sp_decimal_format(nano, text));
}

static void field_time(FILE *out, const char *key, int64_t t_ns)
{
	char text[SP_TIME_TEXT_MAX];

	fprintf(out, ",\"%s\":\"%s\"", key, sp_time_format(t_ns, text));
}

static void terms(FILE *out, const sp_decision *decision)
{
	char text[SP_DECIMAL_TEXT_MAX];

	fputs(",\"terms\":[", out);
	for (uint32_t i = 0; i < decision->n_terms; i++) {
		fprintf(out, "%s{\"name\":\"%s\",\"index\":\"%s\"}", i ? "," : "", decision->terms[i].name,
		        sp_decimal_format(decision->terms[i].index.ppb, text));
	}
	putc(']', out);
}

/* Only while one runs. */
static void experiment(FILE *out, const sp_decision *decision)
{
	char text[SP_DECIMAL_TEXT_MAX];

	if (decision->block > 0)
		fprintf(out, ",\"experiment\":{\"block\":%u,\"propensity\":\"%s\"}", decision->block,
		        sp_decimal_format(decision->propensity_ppb, text));
}

static void binds(FILE *out, uint32_t bits)
{
	bool first = true;

	fputs(",\"binds\":[", out);
	for (unsigned rail = 0; rail < SP_RAILS; rail++) {
		if (!(bits >> rail & 1))
			continue;
		fprintf(out, "%s\"%s\"", first ? "" : ",", sp_rail_name(rail));
		first = false;
	}
	putc(']', out);
}

static void activated(FILE *out, const sp_decision *decision)
{
	char text[SP_DECIMAL_TEXT_MAX];

	fputs(",\"activated\":[", out);
	for (uint32_t i = 0; i < decision->n_activated; i++) {
		const sp_activation *a = &decision->activated[i];
		fprintf(out, "%s{\"sku\":\"%s\",\"version\":%llu,\"usd\":\"%s\"}", i ? "," : "", a->sku_id,
		        (unsigned long long)a->version, sp_decimal_format(a->amount.nano, text));
	}
	putc(']', out);
}

static void prices(FILE *out, const sp_decision *decision)
{
	fputs(",\"prices\":[", out);
	for (uint32_t i = 0; i < decision->n_prices; i++) {
		const sp_price *price = &decision->prices[i];
		fprintf(out, "%s{\"sku\":\"%s\"", i ? "," : "", price->sku_id);
		field_text(out, "unit", price->unit);
		field_decimal(out, "before_usd", price->before.nano);
		field_decimal(out, "usd", price->amount.nano);
		field_time(out, "not_before", price->not_before_ns);
		putc('}', out);
	}
	putc(']', out);
}

static void clocks(FILE *out, const sp_decision *decision)
{
	char text[SP_DECIMAL_TEXT_MAX];

	fputs(",\"clocks\":{", out);
	for (int clock = 0; clock < SP_CLOCKS; clock++) {
		const sp_clock_reading *reading = &decision->clocks[clock];
		fprintf(out, "%s\"%s\":{\"state\":\"%s\"", clock ? "," : "", sp_clock_name(clock),
		        sp_clock_state_name(reading->state));
		if (reading->state != SP_CLOCK_ABSENT)
			fprintf(out, ",\"age_s\":%s", sp_decimal_format_short(reading->age_ns, text));
		putc('}', out);
	}
	putc('}', out);
}

void sp_line_decision(FILE *out, const sp_decision *decision, int64_t id, const uint8_t config[SP_HASH_SIZE])
{
	char hash[SP_HASH_TEXT_MAX];

	fputs("{\"schema\":\"setpoint.decision/v1\",\"id\":", out);
	if (id > 0)
		fprintf(out, "%lld", (long long)id);
	else
		fputs("null", out);
	field_time(out, "t", decision->t_ns);
	field_text(out, "family", decision->family_id);
	field_text(out, "policy", decision->policy);
	field_text(out, "mode", sp_mode_name(decision->mode));
	field_text(out, "reason", decision->reason);
	field_text(out, "outcome", sp_outcome_name(decision->outcome));
	field_decimal(out, "index_before", decision->before.ppb);
	field_decimal(out, "index_wish", decision->wish.ppb);
	field_decimal(out, "index", decision->index.ppb);
	field_decimal(out, "index_in_force", decision->in_force.ppb);
	terms(out, decision);
	experiment(out, decision);
	binds(out, decision->binds);
	field_text(out, "offer", sp_offer_name(decision->offer));
	activated(out, decision);
	prices(out, decision);
	clocks(out, decision);
	field_text(out, "config", sp_hash_text(config, hash));
	fputs("}\n", out);
}

static void alarms(FILE *out, const sp_tick *tick)
{
	fputs(",\"alarms\":[", out);
	for (uint32_t i = 0; i < tick->n_alarms; i++) {
		const sp_alarm *alarm = &tick->alarms[i].alarm;
		fprintf(out, "%s{\"code\":\"%s\"", i ? "," : "", alarm->code);
		field_text(out, "subject", alarm->subject);
		fprintf(out, ",\"raised\":%s", tick->alarms[i].raised ? "true" : "false");
		field_text(out, "text", alarm->text);
		field_text(out, "cure", alarm->cure);
		putc('}', out);
	}
	putc(']', out);
}

void sp_line_tick(FILE *out, const sp_tick *tick, const uint8_t digest[SP_HASH_SIZE])
{
	char hash[SP_HASH_TEXT_MAX];
	bool first = true;

	fputs("{\"schema\":\"setpoint.tick/v1\"", out);
	field_time(out, "t", tick->t_ns);
	fprintf(out, ",\"families\":%u,\"decisions\":%u,\"skipped\":%u,\"taken\":%u,\"refused\":{", tick->n_families,
	        tick->n_recorded, tick->skipped, tick->taken);
	for (unsigned i = 0; i < SP_REFUSALS; i++) {
		if (tick->refused[i] == 0)
			continue;
		fprintf(out, "%s\"%s\":%u", first ? "" : ",", sp_refusal_name(i), tick->refused[i]);
		first = false;
	}
	putc('}', out);
	alarms(out, tick);
	field_text(out, "digest", sp_hash_text(digest, hash));
	fputs("}\n", out);
}
