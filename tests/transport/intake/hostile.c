/* hostile.c - sections of messages, each a function of a number below its count that writes the bytes and what is expected. */
#include "tests/transport/intake/hostile.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "base/money.h"
#include "base/time.h"
#include "transport/wire/signals.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

const char sp_hostile_config[] =
    "version: 1\n"
    "period: 1s\n"
    "pools:\n"
    "  - id: us-east/h100\n"
    "    units_per_gpu_s: 9000\n"
    "    utilization_setpoint: 70%\n"
    "    supply:\n"
    "      - {id: base, term: owned, gpus: 8, usd_per_gpu_h: \"2.10\"}\n"
    "      - {id: burst, term: on_demand, gpus: 2, usd_per_gpu_h: signal}\n"
    "  - id: eu-west/h100\n"
    "    units_per_gpu_s: 9000\n"
    "    supply: [{id: base, term: owned, gpus: 8, usd_per_gpu_h: \"2.10\"}]\n"
    "families:\n"
    "  - id: llama-70b/us-east\n"
    "    pool: us-east/h100\n"
    "    profile: dynamic\n"
    "    mode: auto\n"
    "    policy: {use: utilization_pi, response_lag: 1m}\n"
    "    guardrails: {min_interval: 0s, dead_band: 0%, worst_of_last: 0s}\n"
    "    skus:\n"
    "      - {id: llama-70b/us-east/input,  meter: input,  unit: 1M tokens, usd: \"0.45\", weight: 1}\n"
    "      - {id: llama-70b/us-east/output, meter: output, unit: 1M tokens, usd: \"1.80\", weight: 4}\n"
    "sources:\n"
    "  - id: prom-1\n"
    "    kinds: [utilization, capacity, queue, latency, slo, usd_per_gpu_h, gpus_running, cost, demand, served, "
    "rejected,\n"
    "      revenue, list_price, market_price, support_cost, incident_cost, incident, error_budget, customers, cash]\n"
    "    max_per_s: 1000000\n"
    "  - id: steady-1\n"
    "    kinds: [utilization, usd_per_gpu_h, demand, served]\n"
    "  - {id: gauge-1, kinds: [utilization], subjects: [us-east/h100]}\n";

#define POOL   "us-east/h100"
#define FAR    "eu-west/h100"
#define LOT    "us-east/h100:burst"
#define FAMILY "llama-70b/us-east"
#define INPUT  "llama-70b/us-east/input"
#define OUTPUT "llama-70b/us-east/output"
#define YEAR   (365 * SP_DAY)
#define SOUND  3

/* --- writing --- */

static struct {
	uint8_t bytes[SP_HOSTILE_BYTES_MAX];
	size_t n;
	int64_t now_ns, seq;
	sp_hostile_verdict verdict;
} made;

/* As much as there is room for: no message is longer. */
static void put(const void *bytes, size_t n)
{
	SP_ASSERT(n <= sizeof made.bytes - made.n);
	memcpy(made.bytes + made.n, bytes, n);
	made.n += n;
}

#define PUT(literal) put((literal), sizeof(literal) - 1)

static void put_whole(unsigned head, uint64_t x, unsigned n)
{
	uint8_t bytes[9] = {(uint8_t)head};

	for (unsigned i = 0; i < n; i++)
		bytes[1 + i] = (uint8_t)(x >> 8 * (n - 1 - i));
	put(bytes, 1 + n);
}

static void put_byte(unsigned byte)
{
	put_whole(byte, 0, 0);
}

static void put_time(int64_t t_ns)
{
	put_whole(0xcf, (uint64_t)t_ns, 8);
}

static void put_nano(int64_t nano)
{
	put_whole(0xd3, (uint64_t)nano, 8);
}

static void put_real(double x)
{
	uint64_t bits;

	memcpy(&bits, &x, sizeof bits);
	put_whole(0xcb, bits, 8);
}

static void put_text(const char *text)
{
	put_whole(0xd9, strlen(text), 1);
	put(text, strlen(text));
}

static void put_times(unsigned byte, size_t n)
{
	SP_ASSERT(n <= sizeof made.bytes - made.n);
	memset(made.bytes + made.n, (int)byte, n);
	made.n += n;
}

/* [1, source, seq, — and the records follow. */
static void begin_from(const char *source, int64_t seq)
{
	made.n = 0;
	made.verdict.source = source;
	PUT("\x94\x01");
	put_text(source);
	put_time(seq);
}

static void begin(uint32_t n_records)
{
	begin_from("prom-1", made.seq);
	put_whole(0xdc, n_records, 2);
	made.verdict.n_records = n_records;
}

/* A record of four fields but for its value. */
static void put_record(int64_t t_ns, const char *kind, const char *subject)
{
	PUT("\x94");
	put_time(t_ns);
	put_text(kind);
	put_text(subject);
}

static void put_sound(void)
{
	put_record(made.now_ns, "latency", POOL);
	put_real(0.25);
}

static void put_value(sp_signal_kind kind, double real, int64_t nano)
{
	if (sp_kinds[kind].money)
		put_nano(nano);
	else
		put_real(real);
}

/* --- what is expected --- */

static void name(const char *what, const char *which)
{
	snprintf(made.verdict.name, sizeof made.verdict.name, "%s: %s", what, which);
}

static void name_number(const char *what, uint64_t which)
{
	snprintf(made.verdict.name, sizeof made.verdict.name, "%s: %llu", what, (unsigned long long)which);
}

/* The source stands where the message got so far. */
static void expect_message(sp_wire_reason reason)
{
	made.verdict.stage = SP_HOSTILE_MESSAGE;
	made.verdict.reason = reason;
	made.verdict.n_records = made.verdict.n_refused = 0;
	if (reason <= SP_WIRE_name)
		made.verdict.source = "";
}

static void expect(sp_hostile_stage stage, sp_refusal refusal, uint32_t n_refused)
{
	made.verdict.stage = stage;
	made.verdict.refusal = refusal;
	made.verdict.n_refused = n_refused;
}

static void expect_taken(void)
{
	expect(SP_HOSTILE_TAKEN, SP_REFUSED_none, 0);
}

/* --- the first ones: what is true --- */

/* The pool at its setpoint, and the price of its rented GPUs, twice: a first one alone is not believed for long. */
static void make_sound(uint32_t k)
{
	name_number("sound", k);
	begin(4);
	const int64_t t_ns = made.now_ns - SOUND + k; /* before all that follows */
	put_record(t_ns, "utilization", POOL);
	put_real(0.70);
	put_record(t_ns, "usd_per_gpu_h", LOT);
	put_nano(2100000000);
	put_record(t_ns, "demand", INPUT);
	put_real(10400);
	put_record(t_ns, "demand", OUTPUT);
	put_real(10000);
	expect_taken();
}

/* --- structure --- */

#define MODEL_BYTES 122

static void make_model(void)
{
	begin(2);
	put_record(made.now_ns, "utilization", POOL);
	put_real(0.72);
	put_record(made.now_ns, "usd_per_gpu_h", LOT);
	put_nano(2100000000);
	SP_ASSERT(made.n == MODEL_BYTES);
}

static void make_truncated(uint32_t k)
{
	name_number("ends after so many bytes", k);
	make_model();
	made.n = k;
	expect_message(SP_WIRE_truncated);
}

static void make_trailing(uint32_t k)
{
	static const uint8_t after[] = {0x00, 0xc0, 0x90, 0xc1, 0xff};

	name_number("a byte after its end", after[k]);
	make_model();
	put_byte(after[k]);
	expect_message(SP_WIRE_trailing);
}

static void make_nested_huge(uint32_t k)
{
	name_number("arrays of 10^9 in one another", k + 1);
	made.n = 0;
	for (uint32_t i = 0; i <= k; i++)
		put_whole(0xdd, 1000000000, 4);
	expect_message(SP_WIRE_truncated);
}

static void make_nested(uint32_t k)
{
	static const uint32_t depths[] = {9, 10, 40, 1000, 100000, 262000};

	name_number("arrays of one in one another", depths[k]);
	made.n = 0;
	put_times(0x91, depths[k]);
	PUT("\x01");
	expect_message(SP_WIRE_too_deep);
}

/* A length of 4 GiB, 64 KiB or 255 bytes in the place of each field, and four bytes of it. */
static void make_long(uint32_t k)
{
	static const struct {
		const char *name;
		unsigned head, size;
	} forms[] = {{"str 32", 0xdb, 4}, {"bin 32", 0xc6, 4}, {"str 16", 0xda, 2}, {"bin 8", 0xc4, 1}};
	const uint32_t form = k % COUNT(forms), place = k / COUNT(forms);

	name("longer than its bytes", forms[form].name);
	begin(1);
	if (place == 0) {
		made.n = 0;
	} else if (place == 1) {
		made.n = 2; /* after the version */
	} else {
		PUT("\x94");
		put_time(made.now_ns);
	}
	if (place >= 3)
		put_text("latency");
	if (place >= 4)
		put_text(POOL);
	put_whole(forms[form].head, UINT64_MAX, forms[form].size);
	PUT("abcd");
	expect_message(SP_WIRE_truncated);
}

/* What a message of ours never has, at its top or as a value. */
static void make_foreign(uint32_t k)
{
	static const uint8_t heads[] = {0x80, 0x81, 0x8f, 0xde, 0xdf, 0xc1, 0xc7, 0xc8, 0xc9, 0xd4, 0xd5, 0xd6, 0xd7, 0xd8};
	const uint32_t at = k % COUNT(heads);

	name_number("a map, an extension or a reserved byte", heads[at]);
	begin(1);
	if (k < COUNT(heads))
		made.n = 0;
	else
		put_record(made.now_ns, "latency", POOL);
	put_byte(heads[at]);
	put_times(0, 32);
	expect_message(SP_WIRE_type);
}

static void make_much(uint32_t k)
{
	static const struct {
		const char *name;
		uint32_t n;
		uint8_t byte;
		sp_wire_reason reason;
	} cases[] = {
	    {"4,097 nils", 4097, 0xc0, SP_WIRE_records},
	    {"20,480 nils", 20480, 0xc0, SP_WIRE_records},
	    {"20,481 nils", 20481, 0xc0, SP_WIRE_too_many},
	    {"200,000 nils", 200000, 0xc0, SP_WIRE_too_many},
	    {"200,000 lists", 200000, 0x90, SP_WIRE_too_many},
	    {"over 256 KiB of nils", 262144, 0xc0, SP_WIRE_too_long},
	    {"400 KiB of numbers", 409600, 0x01, SP_WIRE_too_long},
	};

	name("records", cases[k].name);
	begin_from("prom-1", made.seq);
	put_whole(0xdd, cases[k].n, 4);
	put_times(cases[k].byte, cases[k].n);
	expect_message(cases[k].reason);
}

static void make_4097_sound(uint32_t k)
{
	name_number("4,097 sound records", k);
	begin(4097);
	made.verdict.n_records = 0;
	for (uint32_t i = 0; i < 4097; i++)
		put_sound();
	expect_message(SP_WIRE_too_many);
}

static void make_size(uint32_t k)
{
	static const uint32_t sizes[] = {SP_WIRE_SIGNALS_MAX, SP_WIRE_SIGNALS_MAX + 1, SP_HOSTILE_BYTES_MAX};

	name_number("zeros, in bytes", sizes[k]);
	made.n = 0;
	put_times(0, sizes[k]);
	expect_message(sizes[k] > SP_WIRE_SIGNALS_MAX ? SP_WIRE_too_long : SP_WIRE_trailing);
}

/* --- what stands where something else should --- */

typedef struct spelling {
	const char *name, *bytes;
	size_t n;
	int verdict;
} spelling;

/* clang-format off */
#define SPELLING(name, literal, verdict) {name, literal, sizeof(literal) - 1, verdict}
/* clang-format on */

static void put_spelling(const char *what, const spelling *s)
{
	name(what, s->name);
	put(s->bytes, s->n);
}

static const spelling wholes[] = {
    SPELLING("nil", "\xc0", SP_WIRE_shape),
    SPELLING("a number", "\x01", SP_WIRE_shape),
    SPELLING("NaN", "\xcb\x7f\xf8\0\0\0\0\0\0", SP_WIRE_shape),
    SPELLING("true", "\xc3", SP_WIRE_shape),
    SPELLING("a text", "\xa5hello", SP_WIRE_shape),
    SPELLING("bytes", "\xc4\x02\x94\x01", SP_WIRE_shape),
    SPELLING("an empty list", "\x90", SP_WIRE_shape),
    SPELLING("three fields", "\x93\x01\xa6prom-1\x07", SP_WIRE_shape),
    SPELLING("five fields", "\x95\x01\xa6prom-1\x07\x90\xc0", SP_WIRE_shape),
    SPELLING("JSON", "[1,\"prom-1\",7,[]]", SP_WIRE_trailing),
    SPELLING("HTTP", "GET / HTTP/1.1\r\n\r\n", SP_WIRE_trailing),
    SPELLING("a list in a list", "\x91\x94\x01\xa6prom-1\x07\x90", SP_WIRE_shape),
    SPELLING("a heartbeat of the feed", "\x9a\x01\x02\xc4\x00\x92\x01\xc4\x00\x00\x00\x01\xc4\x00\xc4\x00\xc4\x00",
             SP_WIRE_shape),
};

static void make_whole(uint32_t k)
{
	made.n = 0;
	made.verdict.source = "";
	put_spelling("a message that is", &wholes[k]);
	expect_message((sp_wire_reason)wholes[k].verdict);
}

static const spelling versions[] = {
    SPELLING("0", "\x00", SP_WIRE_version),
    SPELLING("2", "\x02", SP_WIRE_version),
    SPELLING("-1", "\xff", SP_WIRE_version),
    SPELLING("2^64-1", "\xcf\xff\xff\xff\xff\xff\xff\xff\xff", SP_WIRE_version),
    SPELLING("1.0", "\xcb\x3f\xf0\0\0\0\0\0\0", SP_WIRE_version),
    SPELLING("nil", "\xc0", SP_WIRE_version),
    SPELLING("true", "\xc3", SP_WIRE_version),
    SPELLING("'1'", "\xa1\x31", SP_WIRE_version),
    SPELLING("bytes", "\xc4\x01\x01", SP_WIRE_version),
    SPELLING("[1]", "\x91\x01", SP_WIRE_version),
};

static void make_version(uint32_t k)
{
	made.n = 0;
	PUT("\x94");
	put_spelling("a version that is", &versions[k]);
	put_text("prom-1");
	PUT("\x07\x90");
	expect_message((sp_wire_reason)versions[k].verdict);
}

static const spelling sources[] = {
    SPELLING("nil", "\xc0", SP_WIRE_name),
    SPELLING("a number", "\x07", SP_WIRE_name),
    SPELLING("a float", "\xcb\x3f\xf0\0\0\0\0\0\0", SP_WIRE_name),
    SPELLING("bytes", "\xc4\x01\x61", SP_WIRE_name),
    SPELLING("a list", "\x91\xa1\x61", SP_WIRE_name),
    SPELLING("empty", "\xa0", SP_WIRE_name),
    SPELLING("a blank", "\xa1 ", SP_WIRE_name),
    SPELLING("two words", "\xa3\x61 b", SP_WIRE_name),
    SPELLING("with a line break", "\xa2\x61\n", SP_WIRE_name),
    SPELLING("with a zero byte", "\xa7prom-1\0", SP_WIRE_name),
    SPELLING("of an overlong slash", "\xa2\xc0\xaf", SP_WIRE_name),
    SPELLING("of half a character", "\xa2\xe2\x82", SP_WIRE_name),
    SPELLING("of a surrogate", "\xa3\xed\xa0\x80", SP_WIRE_name),
    SPELLING("of sound UTF-8", "\xa2\xc3\xa9", SP_WIRE_name),
    SPELLING("a terminal's command", "\xa4\x1b[2J", SP_WIRE_name),
    SPELLING("a format", "\xa4%n%n", SP_WIRE_name),
    SPELLING("SQL", "\xa9';DROP x;", SP_WIRE_name),
    SPELLING("(others)", "\xa8(others)", SP_WIRE_name),
};

static void make_source(uint32_t k)
{
	made.n = 0;
	PUT("\x94\x01");
	put_spelling("a source that is", &sources[k]);
	PUT("\x07\x90");
	expect_message((sp_wire_reason)sources[k].verdict);
}

static void make_long_source(uint32_t k)
{
	static const uint32_t sizes[] = {129, 200, 60000};

	name_number("a source of so many bytes", sizes[k]);
	made.n = 0;
	PUT("\x94\x01");
	put_whole(0xda, sizes[k], 2);
	put_times('n', sizes[k]);
	PUT("\x07\x90");
	expect_message(SP_WIRE_name);
}

static const spelling seqs[] = {
    SPELLING("0", "\x00", SP_WIRE_seq),
    SPELLING("0 in nine bytes", "\xcf\0\0\0\0\0\0\0\0", SP_WIRE_seq),
    SPELLING("-1", "\xff", SP_WIRE_seq),
    SPELLING("the least int64", "\xd3\x80\0\0\0\0\0\0\0", SP_WIRE_seq),
    SPELLING("2^63", "\xcf\x80\0\0\0\0\0\0\0", SP_WIRE_seq),
    SPELLING("2^64-1", "\xcf\xff\xff\xff\xff\xff\xff\xff\xff", SP_WIRE_seq),
    SPELLING("7.0", "\xcb\x40\x1c\0\0\0\0\0\0", SP_WIRE_seq),
    SPELLING("NaN", "\xcb\x7f\xf8\0\0\0\0\0\0", SP_WIRE_seq),
    SPELLING("infinity", "\xca\x7f\x80\0\0", SP_WIRE_seq),
    SPELLING("nil", "\xc0", SP_WIRE_seq),
    SPELLING("true", "\xc3", SP_WIRE_seq),
    SPELLING("'7'", "\xa1\x37", SP_WIRE_seq),
    SPELLING("bytes", "\xc4\x01\x07", SP_WIRE_seq),
    SPELLING("[7]", "\x91\x07", SP_WIRE_seq),
};

static void make_seq(uint32_t k)
{
	begin(0);
	made.n = 2 + 2 + strlen("prom-1");
	put_spelling("a seq that is", &seqs[k]);
	PUT("\x90");
	expect_message((sp_wire_reason)seqs[k].verdict);
}

static const spelling lists[] = {
    SPELLING("nil", "\xc0", SP_WIRE_records),      SPELLING("0", "\x00", SP_WIRE_records),
    SPELLING("-1", "\xff", SP_WIRE_records),       SPELLING("a float", "\xca\x3f\0\0\0", SP_WIRE_records),
    SPELLING("false", "\xc2", SP_WIRE_records),    SPELLING("empty text", "\xa0", SP_WIRE_records),
    SPELLING("a text", "\xa2[]", SP_WIRE_records), SPELLING("no bytes", "\xc4\x00", SP_WIRE_records),
};

static void make_list(uint32_t k)
{
	begin_from("prom-1", made.seq);
	put_spelling("records that are", &lists[k]);
	expect_message((sp_wire_reason)lists[k].verdict);
}

/* --- records that are none --- */

static const spelling records[] = {
    SPELLING("nil", "\xc0", SP_REFUSED_malformed),
    SPELLING("a number", "\x01", SP_REFUSED_malformed),
    SPELLING("NaN", "\xcb\x7f\xf8\0\0\0\0\0\0", SP_REFUSED_malformed),
    SPELLING("a text", "\xa4text", SP_REFUSED_malformed),
    SPELLING("bytes", "\xc4\x01\x94", SP_REFUSED_malformed),
    SPELLING("no field", "\x90", SP_REFUSED_malformed),
    SPELLING("one field", "\x91\x01", SP_REFUSED_malformed),
    SPELLING("two fields", "\x92\x01\xa3slo", SP_REFUSED_malformed),
    SPELLING("three fields", "\x93\x01\xa3slo\xa1p", SP_REFUSED_malformed),
    SPELLING("five fields", "\x95\x01\xa3slo\xa1p\x01\xc0", SP_REFUSED_malformed),
    SPELLING("a record in a list", "\x91\x94\x01\xa3slo\xa1p\x01", SP_REFUSED_malformed),
    SPELLING("fields in another order", "\x94\xa3slo\xa1p\x01\x01", SP_REFUSED_malformed),
};

static void make_record(uint32_t k)
{
	begin(2);
	put_sound();
	put_spelling("a record that is", &records[k]);
	expect(SP_HOSTILE_RECORDS, (sp_refusal)records[k].verdict, 1);
}

static const spelling times[] = {
    SPELLING("-1", "\xff", SP_REFUSED_malformed),
    SPELLING("the least int64", "\xd3\x80\0\0\0\0\0\0\0", SP_REFUSED_malformed),
    SPELLING("the first moment of 2200", "\xcf\x64\xba\x04\x3a\xc9\xba\0\0", SP_REFUSED_malformed),
    SPELLING("2^63-1", "\xcf\x7f\xff\xff\xff\xff\xff\xff\xff", SP_REFUSED_malformed),
    SPELLING("2^64-1", "\xcf\xff\xff\xff\xff\xff\xff\xff\xff", SP_REFUSED_malformed),
    SPELLING("a float", "\xcb\x43\xb8\xea\xd2\x17\x89\xe3\0", SP_REFUSED_malformed),
    SPELLING("NaN", "\xcb\x7f\xf8\0\0\0\0\0\0", SP_REFUSED_malformed),
    SPELLING("infinity", "\xcb\x7f\xf0\0\0\0\0\0\0", SP_REFUSED_malformed),
    SPELLING("a text",
             "\xb4"
             "2026-11-24T00:00:00Z",
             SP_REFUSED_malformed),
    SPELLING("digits in a text",
             "\xb3"
             "1795478400000000000",
             SP_REFUSED_malformed),
    SPELLING("nil", "\xc0", SP_REFUSED_malformed),
    SPELLING("false", "\xc2", SP_REFUSED_malformed),
    SPELLING("bytes", "\xc4\x08\0\0\0\0\0\0\0\0", SP_REFUSED_malformed),
    SPELLING("a list", "\x91\x01", SP_REFUSED_malformed),
};

static void make_time(uint32_t k)
{
	begin(2);
	put_sound();
	PUT("\x94");
	put_spelling("a time that is", &times[k]);
	put_text("latency");
	put_text(POOL);
	put_real(0.25);
	expect(SP_HOSTILE_RECORDS, (sp_refusal)times[k].verdict, 1);
}

static const spelling kinds[] = {
    SPELLING("nil", "\xc0", SP_REFUSED_malformed),
    SPELLING("its number", "\x03", SP_REFUSED_malformed),
    SPELLING("bytes", "\xc4\x03slo", SP_REFUSED_malformed),
    SPELLING("a list", "\x91\xa3slo", SP_REFUSED_malformed),
    SPELLING("true", "\xc3", SP_REFUSED_malformed),
    SPELLING("empty", "\xa0", SP_REFUSED_unknown_kind),
    SPELLING("a capital", "\xa7Latency", SP_REFUSED_unknown_kind),
    SPELLING("cut", "\xa6latenc", SP_REFUSED_unknown_kind),
    SPELLING("one letter more", "\xa8latency_", SP_REFUSED_unknown_kind),
    SPELLING("with a zero byte", "\xa8latency\0", SP_REFUSED_unknown_kind),
    SPELLING("no UTF-8", "\xa2\xff\xfe", SP_REFUSED_unknown_kind),
    SPELLING("price", "\xa5price", SP_REFUSED_unknown_kind),
    SPELLING("index", "\xa5index", SP_REFUSED_unknown_kind),
    SPELLING("two joined", "\xabslo,latency", SP_REFUSED_unknown_kind),
};

static void make_kind(uint32_t k)
{
	begin(2);
	put_sound();
	PUT("\x94");
	put_time(made.now_ns);
	put_spelling("a kind that is", &kinds[k]);
	put_text(POOL);
	put_real(0.25);
	expect(SP_HOSTILE_RECORDS, (sp_refusal)kinds[k].verdict, 1);
}

static void make_long_kind(uint32_t k)
{
	static const uint32_t sizes[] = {129, 60000};

	name_number("a kind of so many bytes", sizes[k]);
	begin(1);
	PUT("\x94");
	put_time(made.now_ns);
	put_whole(0xda, sizes[k], 2);
	put_times('k', sizes[k]);
	put_text(POOL);
	put_real(0.25);
	expect(SP_HOSTILE_RECORDS, SP_REFUSED_unknown_kind, 1);
}

static const spelling subjects[] = {
    SPELLING("nil", "\xc0", SP_REFUSED_malformed),
    SPELLING("a number", "\x00", SP_REFUSED_malformed),
    SPELLING("a float", "\xca\x3f\0\0\0", SP_REFUSED_malformed),
    SPELLING("bytes", "\xc4\x0cus-east/h100", SP_REFUSED_malformed),
    SPELLING("a list", "\x91\xacus-east/h100", SP_REFUSED_malformed),
    SPELLING("empty", "\xa0", SP_REFUSED_malformed),
    SPELLING("all", "\xa1*", SP_REFUSED_malformed),
    SPELLING("with a blank", "\xadus-east/h100 ", SP_REFUSED_malformed),
    SPELLING("with a zero byte", "\xadus-east/h100\0", SP_REFUSED_malformed),
    SPELLING("with a line break", "\xadus-east/h100\n", SP_REFUSED_malformed),
    SPELLING("of half a character", "\xa2\xe2\x82", SP_REFUSED_malformed),
    SPELLING("of an overlong slash", "\xa9us\xc0\xafh100 ", SP_REFUSED_malformed),
    SPELLING("of a surrogate", "\xa3\xed\xa0\x80", SP_REFUSED_malformed),
    SPELLING("a path", "\xaa..\\..\\pass", SP_REFUSED_malformed),
};

static void make_subject(uint32_t k)
{
	begin(2);
	put_sound();
	PUT("\x94");
	put_time(made.now_ns);
	put_text("latency");
	put_spelling("a subject that is", &subjects[k]);
	put_real(0.25);
	expect(SP_HOSTILE_RECORDS, (sp_refusal)subjects[k].verdict, 1);
}

static void make_long_subject(uint32_t k)
{
	static const uint32_t sizes[] = {129, 60000};

	name_number("a subject of so many bytes", sizes[k]);
	begin(1);
	PUT("\x94");
	put_time(made.now_ns);
	put_text("latency");
	put_whole(0xda, sizes[k], 2);
	put_times('s', sizes[k]);
	put_real(0.25);
	expect(SP_HOSTILE_RECORDS, SP_REFUSED_malformed, 1);
}

/* --- values that are none --- */

/* A subject that a kind is measured on; with `wrong`, one that it is not. */
static const char *subject_of(sp_signal_kind kind, bool wrong)
{
	static const char *const by_type[SP_SUBJECT_TYPES] = {POOL, LOT, FAMILY, OUTPUT};
	unsigned type = SP_SUBJECT_TYPES;

	do
		type--;
	while (type > 0 && (sp_kinds[kind].subjects >> type & 1) == wrong);
	return by_type[type];
}

static const spelling values[] = {
    SPELLING("NaN", "\xcb\x7f\xf8\0\0\0\0\0\0", SP_REFUSED_not_finite),
    SPELLING("infinity", "\xcb\x7f\xf0\0\0\0\0\0\0", SP_REFUSED_not_finite),
    SPELLING("minus infinity", "\xcb\xff\xf0\0\0\0\0\0\0", SP_REFUSED_not_finite),
    SPELLING("NaN in four bytes", "\xca\xff\xc0\0\0", SP_REFUSED_not_finite),
    SPELLING("nil", "\xc0", SP_REFUSED_malformed),
    SPELLING("true", "\xc3", SP_REFUSED_malformed),
    SPELLING("a decimal in a text",
             "\xa4"
             "2.10",
             SP_REFUSED_malformed),
    SPELLING("bytes", "\xc4\x01\x01", SP_REFUSED_malformed),
    SPELLING("a list", "\x91\x01", SP_REFUSED_malformed),
    SPELLING("2^64-1", "\xcf\xff\xff\xff\xff\xff\xff\xff\xff", -1), /* as the kind says */
};

static void make_no_value(uint32_t k)
{
	const sp_signal_kind kind = (sp_signal_kind)(k / COUNT(values));
	const spelling *value = &values[k % COUNT(values)];
	const int inexact = sp_kinds[kind].money ? SP_REFUSED_out_of_range : SP_REFUSED_malformed;

	begin(2);
	put_sound();
	put_record(made.now_ns, sp_kinds[kind].name, subject_of(kind, false));
	put_spelling(sp_kinds[kind].name, value);
	expect(SP_HOSTILE_RECORDS, (sp_refusal)(value->verdict >= 0 ? value->verdict : inexact), 1);
}

static const spelling no_money[] = {
    SPELLING("2.10", "\xcb\x40\x00\xcc\xcc\xcc\xcc\xcc\xcd", SP_REFUSED_malformed),
    SPELLING("2.0", "\xcb\x40\0\0\0\0\0\0\0", SP_REFUSED_malformed),
    SPELLING("2.5 in four bytes", "\xca\x40\x20\0\0", SP_REFUSED_malformed),
    SPELLING("-0.0", "\xcb\x80\0\0\0\0\0\0\0", SP_REFUSED_malformed),
    SPELLING("5e-324", "\xcb\0\0\0\0\0\0\0\x01", SP_REFUSED_malformed),
    SPELLING("$2", "\xa2$2", SP_REFUSED_malformed),
    SPELLING("2^63", "\xcf\x80\0\0\0\0\0\0\0", SP_REFUSED_out_of_range),
};

static void make_no_money(uint32_t k)
{
	static const sp_signal_kind money[] = {SP_KIND_usd_per_gpu_h, SP_KIND_list_price, SP_KIND_revenue};
	const sp_signal_kind kind = money[k / COUNT(no_money)];
	const spelling *value = &no_money[k % COUNT(no_money)];

	begin(1);
	put_record(made.now_ns, sp_kinds[kind].name, subject_of(kind, false));
	put_spelling(sp_kinds[kind].name, value);
	expect(SP_HOSTILE_RECORDS, (sp_refusal)value->verdict, 1);
}

/* --- one of many, many of one --- */

static void make_one_of_many(uint32_t k)
{
	static const uint32_t many[] = {2, 100, 1000, SP_WIRE_RECORDS_MAX};

	name_number("NaN last among so many", many[k]);
	begin(many[k]);
	for (uint32_t i = 1; i < many[k]; i++)
		put_sound();
	put_record(made.now_ns, "latency", POOL);
	put_real(NAN);
	expect(SP_HOSTILE_RECORDS, SP_REFUSED_not_finite, 1);
}

static void make_many(uint32_t k)
{
	name_number("4,096 records that are none", k);
	begin(SP_WIRE_RECORDS_MAX);
	if (k == 0)
		put_times(0xc0, SP_WIRE_RECORDS_MAX);
	for (uint32_t i = 0; k > 0 && i < SP_WIRE_RECORDS_MAX; i++) {
		put_record(made.now_ns, "no_such", POOL);
		PUT("\x01");
	}
	expect(SP_HOSTILE_RECORDS, k == 0 ? SP_REFUSED_malformed : SP_REFUSED_unknown_kind, SP_WIRE_RECORDS_MAX);
}

static void make_repeated(uint32_t k)
{
	static const uint32_t many[] = {2, 100, SP_WIRE_RECORDS_MAX};

	name_number("the same record so many times", many[k]);
	begin(many[k]);
	for (uint32_t i = 0; i < many[k]; i++)
		put_sound();
	expect_taken();
}

/* --- odd, and true all the same --- */

static const spelling odd[] = {
    SPELLING("-0.0", "\xcb\x80\0\0\0\0\0\0\0", 0),
    SPELLING("5e-324", "\xcb\0\0\0\0\0\0\0\x01", 0),
    SPELLING("the largest subnormal", "\xcb\0\x0f\xff\xff\xff\xff\xff\xff", 0),
    SPELLING("a subnormal in four bytes", "\xca\0\0\0\x01", 0),
    SPELLING("-0.0 in four bytes", "\xca\x80\0\0\0", 0),
    SPELLING("0 in nine bytes", "\xcf\0\0\0\0\0\0\0\0", 0),
    SPELLING("1 in nine bytes, signed", "\xd3\0\0\0\0\0\0\0\x01", 0),
};

static void make_odd(uint32_t k)
{
	begin(1);
	put_record(made.now_ns, "latency", POOL);
	put_spelling("a latency of", &odd[k]);
	expect_taken();
}

static void make_life_sign(uint32_t k)
{
	name_number("no record", k);
	begin(0);
	expect_taken();
}

/* --- senders --- */

/* Each of the seqs that gauge-1 sends, from the first, and whether it counts. A last one of 2^63-1 shuts out whoever follows. */
static void make_order(uint32_t k)
{
	static const struct {
		const char *name;
		int64_t seq;
		bool taken;
	} cases[] = {
	    {"1000, the first", 1000, true},
	    {"1000 again", 1000, false},
	    {"999, older", 999, false},
	    {"1, the oldest", 1, false},
	    {"1001, the next", 1001, true},
	    {"1001 again", 1001, false},
	    {"5000, after a gap", 5000, true},
	    {"4999, in the gap", 4999, false},
	    {"2^63-1", INT64_MAX, true},
	    {"2^63-1 again", INT64_MAX, false},
	    {"5001, after the last there is", 5001, false},
	};

	name("seq", cases[k].name);
	begin_from("gauge-1", cases[k].seq);
	PUT("\x91");
	put_record(made.now_ns, "utilization", POOL);
	put_real(0.70);
	made.verdict.n_records = 1;
	expect(cases[k].taken ? SP_HOSTILE_TAKEN : SP_HOSTILE_SENDER,
	       cases[k].taken ? SP_REFUSED_none : SP_REFUSED_sequence, !cases[k].taken);
}
#define ORDERS 11

/* A source that nobody knows sends each kind, soundly. */
static void make_intruder(uint32_t k)
{
	const sp_signal_kind kind = (sp_signal_kind)k;

	name("from intruder-1", sp_kinds[kind].name);
	begin_from("intruder-1", made.seq);
	PUT("\x92");
	for (unsigned i = 0; i < 2; i++) {
		put_record(made.now_ns, sp_kinds[kind].name, subject_of(kind, false));
		put_value(kind, 1, SP_NANO);
	}
	made.verdict.n_records = 2;
	expect(SP_HOSTILE_SENDER, SP_REFUSED_source, 2);
}

/* steady-1 sends what it may not; case and neighbours of a known name are other names. */
static void make_trespass(uint32_t k)
{
	static const struct {
		const char *source, *kind, *subject;
	} cases[] = {
	    {"steady-1", "capacity", POOL},   {"steady-1", "slo", POOL},        {"steady-1", "incident", POOL},
	    {"Prom-1", "utilization", POOL},  {"prom-10", "utilization", POOL}, {"prom-", "utilization", POOL},
	    {"gauge-10", "utilization", FAR}, {"a", "utilization", POOL},       {"prom-1@x", "utilization", POOL},
	};

	name(cases[k].source, cases[k].kind);
	begin_from(cases[k].source, made.seq);
	PUT("\x91");
	put_record(made.now_ns, cases[k].kind, cases[k].subject);
	put_real(1);
	made.verdict.n_records = 1;
	expect(SP_HOSTILE_SENDER, SP_REFUSED_source, 1);
}
#define TRESPASSES 9

/* --- the engine's --- */

static void make_unknown(uint32_t k)
{
	static const char *const names[] = {"us-east/h200",
	                                    "us-east/h10",
	                                    "US-EAST/H100",
	                                    "us-east/h100/",
	                                    "us-east/h100:no",
	                                    "us-east/h100@x",
	                                    "x",
	                                    "llama-70b",
	                                    "us-east/h100:burst:b",
	                                    "..",
	                                    "@",
	                                    "-"};

	name("a subject that nobody knows", names[k]);
	begin(2);
	put_sound();
	put_record(made.now_ns, "utilization", names[k]);
	put_real(0.70);
	expect(SP_HOSTILE_ENGINE, SP_REFUSED_unknown_subject, 1);
}
#define UNKNOWNS 12

static void make_misplaced(uint32_t k)
{
	const sp_signal_kind kind = (sp_signal_kind)k;

	name("not measured there", sp_kinds[kind].name);
	begin(1);
	put_record(made.now_ns, sp_kinds[kind].name, subject_of(kind, true));
	put_value(kind, 1, SP_NANO);
	expect(SP_HOSTILE_ENGINE, SP_REFUSED_wrong_subject, 1);
}

/* Four values of each kind that it cannot have: just below, just above, and the ends of what can be written. */
static void make_beyond(uint32_t k)
{
	static const char *const names[] = {"below", "above", "the least there is", "the most there is"};
	const sp_signal_kind kind = (sp_signal_kind)(k / COUNT(names));
	const sp_kind *of = &sp_kinds[kind];
	const double reals[] = {of->min - 1, of->max * 2 + 1, -DBL_MAX, DBL_MAX};
	const int64_t nanos[] = {of->min > 0 ? 0 : (int64_t)(of->min * 1.1e9), (int64_t)(of->max * 1.1e9), INT64_MIN,
	                         INT64_MAX};

	name(of->name, names[k % COUNT(names)]);
	begin(1);
	put_record(made.now_ns, of->name, subject_of(kind, false));
	put_value(kind, reals[k % COUNT(names)], nanos[k % COUNT(names)]);
	expect(SP_HOSTILE_ENGINE, SP_REFUSED_out_of_range, 1);
}

static void make_percent(uint32_t k)
{
	static const double percents[] = {70, 100, 2.0001, -0.01, -1};

	name_number("a utilization in percent, or negative", k);
	begin(1);
	put_record(made.now_ns, "utilization", POOL);
	put_real(percents[k]);
	expect(SP_HOSTILE_ENGINE, SP_REFUSED_out_of_range, 1);
}

/* Times that are far off, for each kind of which a sound record was taken. */
static void make_far_off(uint32_t k)
{
	static const struct {
		const char *name;
		int64_t of, ahead_ns; /* now / of + ahead, where of is not 0; else ahead since 1970 */
		sp_refusal refusal;
	} cases[] = {
	    {"the first moment of 1970", 0, 0, SP_REFUSED_older},
	    {"1971", 0, YEAR, SP_REFUSED_older},
	    {"seconds", SP_SEC, 0, SP_REFUSED_older},
	    {"milliseconds", SP_MS, 0, SP_REFUSED_older},
	    {"microseconds", SP_US, 0, SP_REFUSED_older},
	    {"yesterday", 1, -SP_DAY, SP_REFUSED_older},
	    {"ten years ago", 1, -10 * YEAR, SP_REFUSED_older},
	    {"tomorrow", 1, SP_DAY, SP_REFUSED_future},
	    {"in ten years", 1, 10 * YEAR, SP_REFUSED_future},
	    {"the last moment before 2200", 0, SP_TIME_MAX_NS - 1, SP_REFUSED_future},
	};
	static const sp_signal_kind of[] = {SP_KIND_utilization, SP_KIND_usd_per_gpu_h, SP_KIND_demand};
	const uint32_t at = k % 10;
	const sp_signal_kind kind = of[k / 10];

	name(sp_kinds[kind].name, cases[at].name);
	begin(1);
	put_record((cases[at].of != 0 ? made.now_ns / cases[at].of : 0) + cases[at].ahead_ns, sp_kinds[kind].name,
	           subject_of(kind, false));
	put_value(kind, kind == SP_KIND_utilization ? 0.99 : 1e6, 9 * SP_NANO);
	expect(SP_HOSTILE_ENGINE, cases[at].refusal, 1);
}

/* Jumps that contradict one another, so that none confirms the one before. */
static void make_jump(uint32_t k)
{
	static const struct {
		sp_signal_kind kind;
		double real;
		int64_t nano;
	} cases[] = {
	    {SP_KIND_usd_per_gpu_h, 0, 21000000000},
	    {SP_KIND_usd_per_gpu_h, 0, 210000000},
	    {SP_KIND_usd_per_gpu_h, 0, 2100000000000},
	    {SP_KIND_usd_per_gpu_h, 0, 100000},
	    {SP_KIND_utilization, 1.99, 0},
	    {SP_KIND_utilization, 1.2, 0},
	    {SP_KIND_demand, 1e15, 0},
	    {SP_KIND_demand, 1e9, 0},
	    {SP_KIND_capacity, 1, 0},
	    {SP_KIND_capacity, 1e15, 0},
	    {SP_KIND_capacity, 5e-324, 0},
	};

	name("a jump", sp_kinds[cases[k].kind].name);
	begin(1);
	put_record(made.now_ns, sp_kinds[cases[k].kind].name, subject_of(cases[k].kind, false));
	put_value(cases[k].kind, cases[k].real, cases[k].nano);
	expect(SP_HOSTILE_ENGINE, SP_REFUSED_jump, 1);
}
#define JUMPS 11

/* Loads of a family whose SKUs weigh differently. */
static void make_mixed(uint32_t k)
{
	static const sp_signal_kind of[] = {SP_KIND_demand, SP_KIND_served, SP_KIND_rejected, SP_KIND_queue};

	name("of a family of unlike SKUs", sp_kinds[of[k]].name);
	begin(1);
	put_record(made.now_ns, sp_kinds[of[k]].name, FAMILY);
	put_real(100);
	expect(SP_HOSTILE_ENGINE, SP_REFUSED_mixed_weights, 1);
}

/* --- all of them --- */

typedef struct section {
	void (*make)(uint32_t k);
	uint32_t n;
} section;

static const section sections[] = {
    {make_sound, SOUND},
    {make_truncated, MODEL_BYTES},
    {make_trailing, 5},
    {make_nested_huge, 12},
    {make_nested, 6},
    {make_long, 20},
    {make_foreign, 28},
    {make_much, 7},
    {make_4097_sound, 1},
    {make_size, 3},
    {make_whole, COUNT(wholes)},
    {make_version, COUNT(versions)},
    {make_source, COUNT(sources)},
    {make_long_source, 3},
    {make_seq, COUNT(seqs)},
    {make_list, COUNT(lists)},
    {make_record, COUNT(records)},
    {make_time, COUNT(times)},
    {make_kind, COUNT(kinds)},
    {make_long_kind, 2},
    {make_subject, COUNT(subjects)},
    {make_long_subject, 2},
    {make_no_value, SP_SIGNAL_KINDS *COUNT(values)},
    {make_no_money, 3 * COUNT(no_money)},
    {make_one_of_many, 4},
    {make_many, 2},
    {make_repeated, 3},
    {make_odd, COUNT(odd)},
    {make_life_sign, 1},
    {make_order, ORDERS},
    {make_intruder, SP_SIGNAL_KINDS},
    {make_trespass, TRESPASSES},
    {make_unknown, UNKNOWNS},
    {make_misplaced, SP_SIGNAL_KINDS},
    {make_beyond, 4 * SP_SIGNAL_KINDS},
    {make_percent, 5},
    {make_far_off, 30},
    {make_jump, JUMPS},
    {make_mixed, 4},
};

uint32_t sp_hostile_count(void)
{
	uint32_t n = 0;

	for (size_t i = 0; i < COUNT(sections); i++)
		n += sections[i].n;
	return n;
}

uint32_t sp_hostile_sound(void)
{
	return SOUND;
}

void sp_hostile_get(uint32_t i, int64_t now_ns, const uint8_t **bytes, size_t *n, sp_hostile_verdict *expected)
{
	const section *of = sections;
	uint32_t k = i;

	SP_ASSERT(i < sp_hostile_count());
	for (; k >= of->n; of++)
		k -= of->n;
	made.n = 0;
	made.now_ns = now_ns;
	made.seq = now_ns + i;
	made.verdict = (sp_hostile_verdict){.source = ""};
	of->make(k);
	*bytes = made.bytes;
	*n = made.n;
	*expected = made.verdict;
}
