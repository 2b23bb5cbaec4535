/* focus.c - see focus.h. */
#include "sim/import/focus.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/time.h"

const char *const sp_bill_cost_names[SP_BILL_COSTS] = {"BilledCost", "EffectiveCost", "ContractedCost", "ListCost"};

/* The columns read beside the costs, and those that a rule names. */
enum {
	FOCUS_CURRENCY = SP_BILL_COSTS,
	FOCUS_CATEGORY,
	FOCUS_CLASS,
	FOCUS_START,
	FOCUS_END,
	FOCUS_SERVICE,
	FOCUS_TAGS,
	FOCUS_COLUMNS
};

static const struct {
	const char *name;
	bool required;
} focus_columns[FOCUS_COLUMNS] = {
    {"BilledCost", true},      {"EffectiveCost", true},  {"ContractedCost", false}, {"ListCost", false},
    {"BillingCurrency", true}, {"ChargeCategory", true}, {"ChargeClass", false},    {"ChargePeriodStart", true},
    {"ChargePeriodEnd", true}, {"ServiceName", false},   {"Tags", false},
};

/* Where a bill has no such column as a rule asks for: the one that says it there (focus.h). */
static const struct {
	const char *asked, *instead;
} focus_renamed[] = {
    {"ServiceProviderName", "ProviderName"},  /* before 1.3 */
    {"ProviderName", "ServiceProviderName"},  /* from 1.4 on */
    {"PublisherName", "ServiceProviderName"}, /* from 1.4 on */
    {"RegionId", "Region"},                   /* before 1.0 */
    {"Region", "RegionId"},
};

#define FOCUS_TAG "tag:"

typedef struct focus_reader {
	sp_bill *bill;
	const char *name;
	sp_csv csv;
	uint32_t columns[FOCUS_COLUMNS];
	uint32_t *ruled; /* owned; where each column of the rules stands; a tag's: that of Tags */
	char **values;   /* owned; of the running row, by column of the rules */
} focus_reader;

/* What a row says, in USD. */
typedef struct focus_row {
	sp_exact usd[SP_BILL_COSTS];
	bool absent[SP_BILL_COSTS];
	bool credit, correction, converted, mistagged;
	int64_t start_ns, end_ns;
} focus_row;

/* --- columns --- */

static uint32_t focus_find(const sp_csv *csv, const char *name)
{
	uint32_t at = sp_csv_column(csv, name, strlen(name));
	for (size_t i = 0; at == SP_CSV_FIELDS_MAX && i < sizeof focus_renamed / sizeof focus_renamed[0]; i++)
		if (strcmp(focus_renamed[i].asked, name) == 0)
			at = sp_csv_column(csv, focus_renamed[i].instead, strlen(focus_renamed[i].instead));
	return at;
}

static sp_status focus_find_ruled(focus_reader *reader, sp_message *message)
{
	const sp_lot_rules *rules = reader->bill->rules;
	reader->ruled = calloc(rules->n_columns + 1, sizeof *reader->ruled);
	reader->values = calloc(rules->n_columns + 1, sizeof *reader->values);
	if (reader->ruled == NULL || reader->values == NULL)
		return SP_E_MEMORY;
	for (uint32_t i = 0; i < rules->n_columns; i++) {
		bool tag = strncmp(rules->columns[i], FOCUS_TAG, strlen(FOCUS_TAG)) == 0;
		reader->ruled[i] = focus_find(&reader->csv, tag ? "Tags" : rules->columns[i]);
		if (reader->ruled[i] == SP_CSV_FIELDS_MAX)
			return sp_message_set(message, SP_E_UNKNOWN,
			                      "%s: a rule asks for the column '%.100s', which is not in this bill", reader->name,
			                      tag ? "Tags" : rules->columns[i]);
	}
	return SP_OK;
}

static sp_status focus_find_columns(focus_reader *reader, sp_message *message)
{
	for (uint32_t i = 0; i < FOCUS_COLUMNS; i++) {
		reader->columns[i] = focus_find(&reader->csv, focus_columns[i].name);
		if (reader->columns[i] == SP_CSV_FIELDS_MAX && focus_columns[i].required)
			return sp_message_set(message, SP_E_SYNTAX,
			                      "%s:%llu: %s: no such column; expected a FOCUS cost and usage file, 1.0 to 1.3",
			                      reader->name, (unsigned long long)reader->csv.lines.row, focus_columns[i].name);
	}
	return focus_find_ruled(reader, message);
}

/* --- cells --- */

/* Empty where there is no column, no text, or the word for nothing. */
static sp_csv_field focus_field(const focus_reader *reader, uint32_t column)
{
	const sp_csv_field nothing = {"", 0};
	if (column == SP_CSV_FIELDS_MAX)
		return nothing;
	SP_ASSERT(column < reader->csv.n);
	sp_csv_field field = reader->csv.fields[column];
	return field.n == 4 && memcmp(field.text, "NULL", 4) == 0 ? nothing : field;
}

static bool focus_is(sp_csv_field field, const char *word)
{
	return field.n == strlen(word) && memcmp(field.text, word, field.n) == 0;
}

/* The rate of a row's currency, or 0 for USD itself. */
static sp_status focus_rate(const focus_reader *reader, int64_t *rate_nano, sp_message *what)
{
	const sp_bill_options *options = &reader->bill->options;
	sp_csv_field currency = focus_field(reader, reader->columns[FOCUS_CURRENCY]);
	char shown[SP_EXCERPT_MAX];
	*rate_nano = 0;
	if (focus_is(currency, "USD"))
		return SP_OK;
	for (uint32_t i = 0; i < options->n_rates; i++)
		if (focus_is(currency, options->rates[i].currency)) {
			*rate_nano = options->rates[i].rate_nano;
			return SP_OK;
		}
	sp_excerpt(currency.text, currency.n, shown);
	return sp_message_set(what, SP_E_UNKNOWN,
	                      "BillingCurrency: '%s' is not USD; give what one is worth with --fx %s=RATE", shown, shown);
}

static sp_status focus_read_cost(const focus_reader *reader, uint32_t cost, int64_t rate_nano, focus_row *row,
                                 sp_message *what)
{
	sp_csv_field field = focus_field(reader, reader->columns[cost]);
	char shown[SP_EXCERPT_MAX];
	row->absent[cost] = field.n == 0;
	if (field.n == 0)
		return SP_OK;
	sp_status status = sp_exact_parse(field.text, field.n, &row->usd[cost]);
	if (status == SP_OK && rate_nano != 0)
		status = sp_exact_scale(row->usd[cost], rate_nano, &row->usd[cost]);
	if (status == SP_OK)
		return SP_OK;
	return sp_message_set(what, status, "%s: '%s' is no amount that can be held exactly; expected one such as 12.50",
	                      focus_columns[cost].name, sp_excerpt(field.text, field.n, shown));
}

static sp_status focus_read_time(const focus_reader *reader, uint32_t column, int64_t *t_ns, sp_message *what)
{
	sp_csv_field field = focus_field(reader, reader->columns[column]);
	char shown[SP_EXCERPT_MAX];
	sp_status status = sp_time_parse(field.text, field.n, t_ns);
	if (status == SP_OK)
		return SP_OK;
	return sp_message_set(what, status, "%s: '%s' is no time; expected one such as 2026-11-24T00:00:00Z",
	                      focus_columns[column].name, sp_excerpt(field.text, field.n, shown));
}

static sp_status focus_read_row(const focus_reader *reader, focus_row *row, sp_message *what)
{
	int64_t rate_nano;
	*row = (focus_row){0};
	sp_status status = focus_rate(reader, &rate_nano, what);
	for (uint32_t cost = 0; status == SP_OK && cost < SP_BILL_COSTS; cost++)
		status = focus_read_cost(reader, cost, rate_nano, row, what);
	if (status == SP_OK)
		status = focus_read_time(reader, FOCUS_START, &row->start_ns, what);
	if (status == SP_OK)
		status = focus_read_time(reader, FOCUS_END, &row->end_ns, what);
	if (status != SP_OK)
		return status;
	if (row->end_ns <= row->start_ns)
		return sp_message_set(what, SP_E_RANGE, "ChargePeriodEnd: not after ChargePeriodStart; an end is exclusive");
	row->converted = rate_nano != 0;
	row->credit = focus_is(focus_field(reader, reader->columns[FOCUS_CATEGORY]), "Credit");
	row->correction = focus_is(focus_field(reader, reader->columns[FOCUS_CLASS]), "Correction");
	return SP_OK;
}

/* --- the lot --- */

/* A key that cannot have a value has true. */
static char *focus_tag(const json_t *tags, const char *key)
{
	const json_t *value = json_object_get(tags, key);
	const char *text = json_is_true(value) ? "true" : json_string_value(value);
	return strdup(text != NULL ? text : "");
}

static sp_status focus_fill_values(focus_reader *reader, bool *mistagged)
{
	const sp_lot_rules *rules = reader->bill->rules;
	sp_csv_field text = focus_field(reader, reader->columns[FOCUS_TAGS]);
	json_t *tags = text.n > 0 ? json_loadb(text.text, text.n, 0, NULL) : NULL;
	sp_status status = SP_OK;
	*mistagged = text.n > 0 && !json_is_object(tags);
	for (uint32_t i = 0; i < rules->n_columns; i++) {
		sp_csv_field field = focus_field(reader, reader->ruled[i]);
		if (strncmp(rules->columns[i], FOCUS_TAG, strlen(FOCUS_TAG)) == 0)
			reader->values[i] = focus_tag(tags, rules->columns[i] + strlen(FOCUS_TAG));
		else
			reader->values[i] = strndup(field.text, field.n);
		if (reader->values[i] == NULL)
			status = SP_E_MEMORY;
	}
	json_decref(tags);
	return status;
}

static void focus_drop_values(focus_reader *reader)
{
	for (uint32_t i = 0; i < reader->bill->rules->n_columns; i++) {
		free(reader->values[i]);
		reader->values[i] = NULL;
	}
}

static sp_status focus_find_lot(focus_reader *reader, focus_row *row, uint32_t *lot)
{
	sp_status status = focus_fill_values(reader, &row->mistagged);
	if (status == SP_OK)
		*lot = sp_lot_rules_find(reader->bill->rules, (const char *const *)reader->values);
	focus_drop_values(reader);
	return status;
}

/* --- sums --- */

static sp_status bill_add(sp_bill_sums *sums, const focus_row *row)
{
	sp_bill_sums after = *sums;
	after.rows++;
	for (uint32_t cost = 0; cost < SP_BILL_COSTS; cost++) {
		after.absent[cost] += row->absent[cost];
		if (sp_exact_add(after.usd[cost], row->usd[cost], &after.usd[cost]) != SP_OK)
			return SP_E_OVERFLOW;
	}
	*sums = after;
	return SP_OK;
}

/* How much a service comes to, either way. */
static __int128 bill_size(const sp_bill *bill, const sp_bill_service *service)
{
	__int128 atto = service->sums.usd[bill->options.cost].atto;
	return atto < 0 ? -atto : atto;
}

static int bill_order(const void *a, const void *b)
{
	const sp_bill_booking *one = a, *other = b;
	if (one->end_ns != other->end_ns)
		return one->end_ns < other->end_ns ? -1 : 1;
	if (one->start_ns != other->start_ns)
		return one->start_ns < other->start_ns ? -1 : 1;
	return one->lot < other->lot ? -1 : one->lot > other->lot;
}

/* The largest first: those are worth a rule. */
static void bill_sort_services(sp_bill *bill)
{
	for (uint32_t i = 1; i < bill->n_services; i++) {
		sp_bill_service service = bill->services[i];
		uint32_t at = i;
		for (; at > 0 && bill_size(bill, &bill->services[at - 1]) < bill_size(bill, &service); at--)
			bill->services[at] = bill->services[at - 1];
		bill->services[at] = service;
	}
}

/* One booking a lot and period. */
static sp_status bill_merge(sp_bill *bill)
{
	size_t kept = 0;
	if (bill->n_bookings == 0)
		return SP_OK;
	qsort(bill->bookings, bill->n_bookings, sizeof *bill->bookings, bill_order);
	for (size_t i = 1; i < bill->n_bookings; i++) {
		sp_bill_booking *last = &bill->bookings[kept];
		if (bill_order(last, &bill->bookings[i]) != 0)
			bill->bookings[++kept] = bill->bookings[i];
		else if (sp_exact_add(last->usd, bill->bookings[i].usd, &last->usd) != SP_OK)
			return SP_E_OVERFLOW;
	}
	bill->n_bookings = kept + 1;
	return SP_OK;
}

sp_status sp_bill_sort(sp_bill *bill)
{
	bill_sort_services(bill);
	return bill_merge(bill);
}

/* Room for one more: equal ones are put together first, and only what is still more than half full grows. */
static sp_status bill_make_room(sp_bill *bill)
{
	if (bill->n_bookings < bill->room)
		return SP_OK;
	sp_status status = bill_merge(bill);
	if (status != SP_OK || bill->n_bookings < bill->room / 2)
		return status;
	size_t room = bill->room > 0 ? 2 * bill->room : 1024;
	sp_bill_booking *grown = realloc(bill->bookings, room * sizeof *grown);
	if (grown == NULL)
		return SP_E_MEMORY;
	bill->bookings = grown;
	bill->room = room;
	return SP_OK;
}

static sp_status bill_book(sp_bill *bill, uint32_t lot, const focus_row *row)
{
	if (row->credit)
		return bill_add(&bill->lots[lot].credits, row);
	sp_status status = bill_make_room(bill);
	if (status == SP_OK)
		status = bill_add(&bill->lots[lot].charges, row);
	if (status == SP_OK && !row->absent[bill->options.cost])
		bill->bookings[bill->n_bookings++] =
		    (sp_bill_booking){lot, row->start_ns, row->end_ns, row->usd[bill->options.cost]};
	return status;
}

static sp_status bill_note_unmatched(sp_bill *bill, sp_csv_field name, const focus_row *row)
{
	sp_status status = bill_add(&bill->unmatched, row);
	uint32_t i = 0;
	while (i < bill->n_services && !focus_is(name, bill->services[i].name))
		i++;
	if (i == SP_BILL_SERVICES_MAX) {
		i--; /* the last one's name is "others" by then */
	} else if (i == bill->n_services) {
		bool last = i == SP_BILL_SERVICES_MAX - 1;
		bill->services[i].name = last ? strdup("others") : strndup(name.text, name.n);
		if (bill->services[i].name == NULL)
			return SP_E_MEMORY;
		bill->n_services++;
	}
	return status == SP_OK ? bill_add(&bill->services[i].sums, row) : status;
}

static sp_status focus_take(focus_reader *reader, sp_message *what)
{
	sp_bill *bill = reader->bill;
	focus_row row;
	uint32_t lot = SP_NO_SLOT;
	sp_status status = focus_read_row(reader, &row, what);
	if (status != SP_OK)
		return status;
	status = focus_find_lot(reader, &row, &lot);
	if (status == SP_OK)
		status = bill_add(&bill->total, &row);
	if (status == SP_OK && row.correction)
		status = bill_add(&bill->corrections, &row);
	if (status == SP_OK && row.converted)
		status = bill_add(&bill->converted, &row);
	if (status == SP_OK && row.mistagged)
		status = bill_add(&bill->mistagged, &row);
	if (status == SP_OK)
		status = lot != SP_NO_SLOT
		             ? bill_book(bill, lot, &row)
		             : bill_note_unmatched(bill, focus_field(reader, reader->columns[FOCUS_SERVICE]), &row);
	bill->first_ns = row.start_ns < bill->first_ns ? row.start_ns : bill->first_ns;
	bill->last_ns = row.end_ns > bill->last_ns ? row.end_ns : bill->last_ns;
	return status == SP_E_OVERFLOW ? sp_message_set(what, status, "row: the sum is beyond 10^20 USD") : status;
}

/* --- the file --- */

static sp_status focus_read_rows(focus_reader *reader, sp_message *message)
{
	sp_message what = {""};
	sp_status status = SP_OK;
	while (status == SP_OK) {
		status = sp_csv_next(&reader->csv, &what);
		if (status == SP_OK)
			status = focus_take(reader, &what);
	}
	if (status == SP_E_END)
		return SP_OK;
	return sp_message_set(message, status, "%s:%llu: %.800s", reader->name, (unsigned long long)reader->csv.lines.row,
	                      what.text[0] != '\0' ? what.text : sp_status_text(status));
}

sp_status sp_bill_read(FILE *file, const char *name, sp_bill *bill, sp_message *message)
{
	focus_reader reader = {.bill = bill, .name = name};
	sp_message what = {""};
	SP_ASSERT(file != NULL && bill->lots != NULL);
	sp_status status = sp_csv_open(&reader.csv, file);
	if (status == SP_OK)
		status = sp_csv_header(&reader.csv, &what);
	if (status != SP_OK)
		sp_message_set(message, status, "%s:%llu: %.800s", name, (unsigned long long)reader.csv.lines.row,
		               what.text[0] != '\0' ? what.text : sp_status_text(status));
	if (status == SP_OK)
		status = focus_find_columns(&reader, message);
	if (status == SP_OK)
		status = focus_read_rows(&reader, message);
	free(reader.ruled);
	free(reader.values);
	sp_csv_close(&reader.csv);
	return status;
}

sp_status sp_bill_init(const sp_lot_rules *rules, const sp_bill_options *options, sp_bill *bill)
{
	SP_ASSERT(rules != NULL && options->cost < SP_BILL_COSTS);
	*bill = (sp_bill){.rules = rules, .options = *options, .first_ns = SP_TIME_NEVER, .last_ns = SP_TIME_MIN_NS};
	bill->lots = calloc((rules->lots != NULL ? sp_ids_count(rules->lots) : 0) + 1, sizeof *bill->lots);
	bill->services = calloc(SP_BILL_SERVICES_MAX, sizeof *bill->services);
	return bill->lots != NULL && bill->services != NULL ? SP_OK : SP_E_MEMORY;
}

void sp_bill_fini(sp_bill *bill)
{
	for (uint32_t i = 0; i < bill->n_services; i++)
		free(bill->services[i].name);
	free(bill->services);
	free(bill->lots);
	free(bill->bookings);
	*bill = (sp_bill){0};
}
