/* test_focus.c - every dollar of a bill lands somewhere, and all of them add up to the file. */
#include <stdio.h>
#include <string.h>

#include "base/time.h"
#include "sim/import/focus.h"
#include "tests/check/check.h"

#define HEADER                                                                                                       \
	"BilledCost,EffectiveCost,ContractedCost,ListCost,BillingCurrency,ChargeCategory,ChargeClass,ChargePeriodStart," \
	"ChargePeriodEnd,ServiceName,RegionId,SkuId,Tags\n"
#define HOUR "2026-11-24T00:00:00Z,2026-11-24T01:00:00Z"
#define NEXT "2026-11-24T01:00:00Z,2026-11-24T02:00:00Z"
#define RULES                              \
	"lot,ServiceName,RegionId,tag:team\n"  \
	"east/h100:base,GPU*,us-east-*,chat\n" \
	"east/h100:rest,GPU*,us-east-*,\n"

typedef struct fixture {
	sp_lot_rules rules;
	sp_bill bill;
	sp_message message;
} fixture;

static FILE *file_of(const char *text)
{
	FILE *file = fmemopen((void *)(uintptr_t)text, strlen(text), "r");
	check_true(file != NULL);
	return file;
}

static void fixture_open(fixture *f, const char *rules, const sp_bill_options *options)
{
	FILE *file = file_of(rules);
	check_status(sp_lot_rules_read(file, "rules.csv", &f->rules, &f->message), SP_OK);
	fclose(file);
	check_status(sp_bill_init(&f->rules, options, &f->bill), SP_OK);
}

static void fixture_close(fixture *f)
{
	sp_bill_fini(&f->bill);
	sp_lot_rules_fini(&f->rules);
}

static sp_status fixture_read(fixture *f, const char *text)
{
	FILE *file = file_of(text);
	f->message.text[0] = '\0';
	sp_status status = sp_bill_read(file, "bill.csv", &f->bill, &f->message);
	fclose(file);
	return status;
}

static void check_usd(sp_exact usd, const char *expected)
{
	char text[SP_EXACT_TEXT_MAX];
	check_text(sp_exact_format(usd, text), expected);
}

static void check_sums(const sp_bill *bill)
{
	for (uint32_t cost = 0; cost < SP_BILL_COSTS; cost++) {
		__int128 sum = bill->unmatched.usd[cost].atto, booked = 0, charged = 0;
		for (uint32_t i = 0; i < sp_ids_count(bill->rules->lots); i++) {
			sum += bill->lots[i].charges.usd[cost].atto + bill->lots[i].credits.usd[cost].atto;
			charged += bill->lots[i].charges.usd[cost].atto;
		}
		check_true(sum == bill->total.usd[cost].atto);
		for (size_t i = 0; i < bill->n_bookings; i++)
			booked += bill->bookings[i].usd.atto;
		check_true(cost != bill->options.cost || booked == charged);
	}
}

static const sp_bill_options effective = {.cost = SP_BILL_EFFECTIVE};

static void rows_go_to_the_first_lot_that_matches_and_the_rest_is_unmatched(void **unused)
{
	(void)unused;
	fixture f;
	fixture_open(&f, RULES, &effective);
	check_status(fixture_read(&f, HEADER "1,2.00000000001,3,4,USD,Usage,NULL," HOUR
	                                     ",GPU hours,us-east-1,S1,\"{\"\"team\"\": \"\"chat\"\"}\"\n"
	                                     "1,0.5,3,4,USD,Usage,," HOUR ",GPU hours,us-east-2,S1,NULL\n"
	                                     "1,0.25,3,4,USD,Usage,," HOUR ",GPU hours,us-west-2,S1,\n"
	                                     "1,7,,4,USD,Usage,," HOUR ",Storage,,S2,not json\n"),
	             SP_OK);
	check_status(sp_bill_sort(&f.bill), SP_OK);
	check_usd(f.bill.lots[0].charges.usd[SP_BILL_EFFECTIVE], "2.00000000001");
	check_usd(f.bill.lots[1].charges.usd[SP_BILL_EFFECTIVE], "0.5");
	check_usd(f.bill.unmatched.usd[SP_BILL_EFFECTIVE], "7.25");
	check_usd(f.bill.total.usd[SP_BILL_CONTRACTED], "9");
	check_u64(f.bill.total.absent[SP_BILL_CONTRACTED], 1);
	check_u64(f.bill.n_services, 2);
	check_text(f.bill.services[0].name, "Storage"); /* the largest first */
	check_sums(&f.bill);
	fixture_close(&f);
}

static void a_credit_stands_beside_and_a_correction_in_its_own_period(void **unused)
{
	(void)unused;
	fixture f;
	fixture_open(&f, RULES, &effective);
	check_status(fixture_read(&f, HEADER "1,10,3,4,USD,Usage,NULL," HOUR ",GPU,us-east-1,S,\n"
	                                     "1,20,3,4,USD,Usage,NULL," NEXT ",GPU,us-east-1,S,\n"
	                                     "-1,-2.5,3,4,USD,Usage,Correction," HOUR ",GPU,us-east-1,S,\n"
	                                     "-9,-9,-9,-9,USD,Credit,NULL," HOUR ",GPU,us-east-1,S,\n"),
	             SP_OK);
	check_status(sp_bill_sort(&f.bill), SP_OK);
	check_u64(f.bill.n_bookings, 2);
	check_usd(f.bill.bookings[0].usd, "7.5");
	check_usd(f.bill.bookings[1].usd, "20");
	check_true(f.bill.bookings[0].end_ns < f.bill.bookings[1].end_ns);
	check_usd(f.bill.corrections.usd[SP_BILL_EFFECTIVE], "-2.5");
	check_usd(f.bill.lots[1].credits.usd[SP_BILL_EFFECTIVE], "-9");
	check_sums(&f.bill);
	fixture_close(&f);
}

static void another_currency_needs_its_rate(void **unused)
{
	(void)unused;
	static const char bill[] = HEADER "1,10,3,4,EUR,Usage,NULL," HOUR ",GPU,us-east-1,S,\n";
	sp_bill_options rated = {.cost = SP_BILL_EFFECTIVE, .rates = {{"EUR", 1080000000}}, .n_rates = 1};
	fixture f;
	fixture_open(&f, RULES, &effective);
	check_status(fixture_read(&f, bill), SP_E_UNKNOWN);
	check_text(f.message.text,
	           "bill.csv:2: BillingCurrency: 'EUR' is not USD; give what one is worth with --fx EUR=RATE");
	fixture_close(&f);
	fixture_open(&f, RULES, &rated);
	check_status(fixture_read(&f, bill), SP_OK);
	check_usd(f.bill.total.usd[SP_BILL_EFFECTIVE], "10.8");
	check_u64(f.bill.converted.rows, 1);
	fixture_close(&f);
}

static void renamed_columns_are_found_by_either_name(void **unused)
{
	(void)unused;
	fixture f;
	fixture_open(&f, "lot,ProviderName,Region\np:l,Oracle,us-*\n", &effective);
	check_status(
	    fixture_read(&f, "BilledCost,EffectiveCost,BillingCurrency,ChargeCategory,ChargePeriodStart,ChargePeriodEnd,"
	                     "ServiceProviderName,RegionId\n1,2,USD,Usage," HOUR ",Oracle,us-1\n"),
	    SP_OK);
	check_u64(f.bill.lots[0].charges.rows, 1);
	check_u64(f.bill.total.absent[SP_BILL_LIST], 1);
	fixture_close(&f);
}

/* The specification's own table of who is who (1.2 to 1.3): whoever was the publisher is the service provider. */
static void a_publisher_is_the_service_provider_and_a_host_is_nobody_before_1_3(void **unused)
{
	(void)unused;
	const char *late = "BilledCost,EffectiveCost,BillingCurrency,ChargeCategory,ChargePeriodStart,ChargePeriodEnd,"
	                   "ServiceProviderName,HostProviderName\n1,2,USD,Usage," HOUR ",Vendor,Cloud\n";
	const char *early = "BilledCost,EffectiveCost,BillingCurrency,ChargeCategory,ChargePeriodStart,ChargePeriodEnd,"
	                    "ProviderName,PublisherName\n1,2,USD,Usage," HOUR ",Cloud,Vendor\n";
	fixture f;
	fixture_open(&f, "lot,PublisherName\np:l,Vendor\n", &effective);
	check_status(fixture_read(&f, late), SP_OK);
	check_status(fixture_read(&f, early), SP_OK);
	check_u64(f.bill.lots[0].charges.rows, 2);
	fixture_close(&f);
	fixture_open(&f, "lot,HostProviderName\np:l,Cloud\n", &effective);
	check_status(fixture_read(&f, late), SP_OK);
	check_u64(f.bill.lots[0].charges.rows, 1);
	check_status(fixture_read(&f, early), SP_E_UNKNOWN);
	check_contains(f.message.text, "a rule asks for the column 'HostProviderName', which is not in this bill");
	fixture_close(&f);
}

static void a_tag_that_has_no_value_is_true(void **unused)
{
	(void)unused;
	fixture f;
	fixture_open(&f, "lot,tag:gpu\np:l,true\n", &effective);
	check_status(
	    fixture_read(&f, "BilledCost,EffectiveCost,BillingCurrency,ChargeCategory,ChargePeriodStart,ChargePeriodEnd,"
	                     "Tags\n1,2,USD,Usage," HOUR ",\"{\"\"gpu\"\": true}\"\n1,2,USD,Usage," HOUR
	                     ",\"{\"\"gpu\"\": false}\"\n"),
	    SP_OK);
	check_u64(f.bill.lots[0].charges.rows, 1);
	check_u64(f.bill.unmatched.rows, 1);
	fixture_close(&f);
}

static void tags_that_are_no_json_are_counted_apart(void **unused)
{
	(void)unused;
	fixture f;
	fixture_open(&f, "lot,tag:team\np:l,chat\n", &effective);
	check_status(
	    fixture_read(&f, "BilledCost,EffectiveCost,BillingCurrency,ChargeCategory,ChargePeriodStart,ChargePeriodEnd,"
	                     "Tags\n1,2,USD,Usage," HOUR ",\"{\"\"team\"\": \"\"chat\"\"}\"\n1,4.5,USD,Usage," HOUR
	                     ",team=chat\n1,8,USD,Usage," HOUR ",\"[\"\"team\"\"]\"\n1,16,USD,Usage," HOUR
	                     ",\n1,32,USD,Usage," HOUR ",NULL\n1,64,USD,Usage," HOUR ",{}\n"),
	    SP_OK);
	check_u64(f.bill.lots[0].charges.rows, 1);
	check_u64(f.bill.mistagged.rows, 2); /* of an empty cell and NULL there are no tags, which is no fault */
	check_usd(f.bill.mistagged.usd[SP_BILL_EFFECTIVE], "12.5");
	check_u64(f.bill.unmatched.rows, 5);
	fixture_close(&f);
}

static void every_hostile_row_has_its_message(void **unused)
{
	(void)unused;
	static const struct {
		const char *text, *message;
	} cases[] = {
	    {"", "bill.csv:0: row: no header: the file is empty"},
	    {"a,b\n1,2\n", "bill.csv:1: BilledCost: no such column; expected a FOCUS cost and usage file, 1.0 to 1.3"},
	    {HEADER "1\n", "bill.csv:2: row: has 1 column, the header has 13"},
	    {HEADER "1,x,3,4,USD,Usage,," HOUR ",GPU,r,S,\n",
	     "bill.csv:2: EffectiveCost: 'x' is no amount that can be held exactly; expected one such as 12.50"},
	    {HEADER "1e-19,2,3,4,USD,Usage,," HOUR ",GPU,r,S,\n",
	     "bill.csv:2: BilledCost: '1e-19' is no amount that can be held exactly; expected one such as 12.50"},
	    {HEADER "1,2,3,4,,Usage,," HOUR ",GPU,r,S,\n",
	     "bill.csv:2: BillingCurrency: '' is not USD; give what one is worth with --fx =RATE"},
	    {HEADER "1,2,3,4,USD,Usage,,NULL,2026-11-24,GPU,r,S,\n",
	     "bill.csv:2: ChargePeriodStart: '' is no time; expected one such as 2026-11-24T00:00:00Z"},
	    {HEADER "1,2,3,4,USD,Usage,,2026-11-24,2026-11-24,GPU,r,S,\n",
	     "bill.csv:2: ChargePeriodEnd: not after ChargePeriodStart; an end is exclusive"},
	    {HEADER "1.7e20,2,3,4,USD,Usage,," HOUR ",GPU,r,S,\n1e19,2,3,4,USD,Usage,," HOUR ",GPU,r,S,\n",
	     "bill.csv:3: row: the sum is beyond 10^20 USD"},
	    {HEADER "\"1,2,3\n", "bill.csv:2: row: a quote that opens in this row and never closes"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		fixture f;
		fixture_open(&f, RULES, &effective);
		check_true(fixture_read(&f, cases[i].text[0] != '\0' ? cases[i].text : "\n") != SP_OK);
		if (cases[i].text[0] != '\0')
			check_text(f.message.text, cases[i].message);
		fixture_close(&f);
	}
}

static void a_rule_that_cannot_be_is_refused(void **unused)
{
	(void)unused;
	static const struct {
		const char *text, *message;
	} cases[] = {
	    {"ServiceName,lot\n",
	     "rules.csv:1: lot: expected as the first column; the others are columns of the bill or tag:KEY"},
	    {"lot,ServiceName\na b,GPU\n", "rules.csv:2: lot: expected a lot as pool:lot, of A-Z a-z 0-9 . _ : / @ + -"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		sp_lot_rules rules;
		sp_message message = {""};
		FILE *file = file_of(cases[i].text);
		check_status(sp_lot_rules_read(file, "rules.csv", &rules, &message), SP_E_SYNTAX);
		check_text(message.text, cases[i].message);
		fclose(file);
		sp_lot_rules_fini(&rules);
	}
	fixture f;
	fixture_open(&f, "lot,SkuName\np:l,x\n", &effective);
	check_status(fixture_read(&f, HEADER), SP_E_UNKNOWN);
	check_text(f.message.text, "bill.csv: a rule asks for the column 'SkuName', which is not in this bill");
	fixture_close(&f);
}

static void many_periods_are_kept_once_each(void **unused)
{
	(void)unused;
	static char text[1 << 20];
	size_t n = (size_t)snprintf(text, sizeof text, HEADER);
	for (int i = 0; i < 6000; i++)
		n += (size_t)snprintf(text + n, sizeof text - n, "0,0.000000000001,0,0,USD,Usage,,%lld,%lld,GPU,us-east-1,S,\n",
		                      (long long)((i * 7919 % 1500 + 1000) * SP_HOUR),
		                      (long long)((i * 7919 % 1500 + 1001) * SP_HOUR));
	fixture f;
	fixture_open(&f, RULES, &effective);
	check_status(fixture_read(&f, text), SP_OK);
	check_status(sp_bill_sort(&f.bill), SP_OK);
	check_u64(f.bill.n_bookings, 1500);
	check_true(f.bill.room <= 4096);
	check_usd(f.bill.total.usd[SP_BILL_EFFECTIVE], "0.000000006");
	check_sums(&f.bill);
	fixture_close(&f);
}

static void the_real_sample_adds_up_to_the_last_digit(void **unused)
{
	(void)unused;
	const char *path = sp_check_data("focus/focus_sample.csv");
	if (path == NULL)
		skip();
	fixture f;
	fixture_open(
	    &f, "lot,ServiceName,RegionId\nwest:cpu,Amazon Elastic Compute Cloud,us-west-*\neast:cpu,*Compute*,us-east-*\n",
	    &(sp_bill_options){.cost = SP_BILL_BILLED});
	FILE *file = fopen(path, "rbe");
	check_true(file != NULL);
	check_status(sp_bill_read(file, "sample", &f.bill, &f.message), SP_OK);
	fclose(file);
	check_status(sp_bill_sort(&f.bill), SP_OK);
	/* summed by an independent decimal library */
	check_usd(f.bill.total.usd[SP_BILL_BILLED], "20.52022672899");
	check_usd(f.bill.total.usd[SP_BILL_EFFECTIVE], "14.97651418586");
	check_usd(f.bill.total.usd[SP_BILL_CONTRACTED], "14.97626039326");
	check_usd(f.bill.total.usd[SP_BILL_LIST], "20.39090575119");
	check_u64(f.bill.total.rows, 1000);
	check_u64(f.bill.total.absent[SP_BILL_CONTRACTED], 7);
	check_true(f.bill.unmatched.rows > 0 && f.bill.n_bookings > 0);
	check_sums(&f.bill);
	fixture_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(rows_go_to_the_first_lot_that_matches_and_the_rest_is_unmatched),
	    cmocka_unit_test(a_credit_stands_beside_and_a_correction_in_its_own_period),
	    cmocka_unit_test(another_currency_needs_its_rate),
	    cmocka_unit_test(renamed_columns_are_found_by_either_name),
	    cmocka_unit_test(a_publisher_is_the_service_provider_and_a_host_is_nobody_before_1_3),
	    cmocka_unit_test(a_tag_that_has_no_value_is_true),
	    cmocka_unit_test(tags_that_are_no_json_are_counted_apart),
	    cmocka_unit_test(every_hostile_row_has_its_message),
	    cmocka_unit_test(a_rule_that_cannot_be_is_refused),
	    cmocka_unit_test(many_periods_are_kept_once_each),
	    cmocka_unit_test(the_real_sample_adds_up_to_the_last_digit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
