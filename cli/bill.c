/* bill.c - see bill.h. */
#include "cli/bill.h"

#include <jansson.h>
#include <stdio.h>

#include "base/assert.h"
#include "base/time.h"
#include "cli/number.h"
#include "cli/table.h"

#define SERVICES_SHOWN 10 /* of the unmatched, the largest */

static void add_row(sp_table *table, const char *what, const sp_bill_sums *sums, sp_colour colour)
{
	char rows[SP_NUMBER_MAX], usd[SP_BILL_COSTS][SP_EXACT_TEXT_MAX];
	const char *cells[] = {what, sp_number_count(sums->rows, rows), usd[0], usd[1], usd[2], usd[3]};

	for (uint32_t cost = 0; cost < SP_BILL_COSTS; cost++)
		sp_exact_format(sums->usd[cost], usd[cost]);
	sp_table_add(table, colour, cells);
}

static uint32_t lots_of(const sp_bill *bill)
{
	return bill->rules->lots ? sp_ids_count(bill->rules->lots) : 0;
}

static void add_lots(const sp_bill *bill, sp_table *table)
{
	char name[SP_ID_MAX + 16];

	for (uint32_t i = 0; i < lots_of(bill); i++) {
		const char *lot = sp_ids_name(bill->rules->lots, i);
		add_row(table, lot, &bill->lots[i].charges, SP_COLOUR_PLAIN);
		if (bill->lots[i].credits.rows == 0)
			continue;
		snprintf(name, sizeof name, "%s, credits", lot);
		add_row(table, name, &bill->lots[i].credits, SP_COLOUR_PLAIN);
	}
}

static void say_parts(const sp_bill *bill)
{
	char n[2 * SP_NUMBER_MAX], usd[SP_EXACT_TEXT_MAX];
	sp_bill_cost cost = bill->options.cost;

	for (uint32_t i = 0; i < SP_BILL_COSTS; i++)
		if (bill->total.absent[i] > 0)
			fprintf(stderr, "%s: no value in %s\n", sp_bill_cost_names[i],
			        sp_number_plural(bill->total.absent[i], "row", n));
	if (bill->corrections.rows > 0)
		fprintf(stderr, "corrections, in the periods they correct: %s, %s USD\n",
		        sp_number_plural(bill->corrections.rows, "row", n), sp_exact_format(bill->corrections.usd[cost], usd));
	if (bill->converted.rows > 0)
		fprintf(stderr, "converted to USD: %s\n", sp_number_plural(bill->converted.rows, "row", n));
	if (bill->mistagged.rows > 0)
		fprintf(stderr, "Tags that are no JSON object, which no tag: column matches: %s, %s USD\n",
		        sp_number_plural(bill->mistagged.rows, "row", n), sp_exact_format(bill->mistagged.usd[cost], usd));
}

static void say_services(const sp_bill *bill)
{
	char n[2 * SP_NUMBER_MAX], usd[SP_EXACT_TEXT_MAX];

	if (bill->n_services > 0)
		fprintf(stderr, "unmatched, by service (%s); a rule in --rules takes them into a lot:\n",
		        sp_bill_cost_names[bill->options.cost]);
	for (uint32_t i = 0; i < bill->n_services && i < SERVICES_SHOWN; i++)
		fprintf(stderr, "  %s USD  %s, %s\n", sp_exact_format(bill->services[i].sums.usd[bill->options.cost], usd),
		        bill->services[i].name[0] != '\0' ? bill->services[i].name : "(no service named)",
		        sp_number_plural(bill->services[i].sums.rows, "row", n));
	if (bill->n_services > SERVICES_SHOWN)
		fprintf(stderr, "  and %s, in --json\n", sp_number_plural(bill->n_services - SERVICES_SHOWN, "smaller one", n));
}

sp_status sp_bill_words(const sp_bill *bill, const sp_bill_signals *signals)
{
	static const sp_table_column columns[] = {{"", SP_TABLE_LEFT},
	                                          {"rows", SP_TABLE_RIGHT},
	                                          {"BilledCost", SP_TABLE_POINT},
	                                          {"EffectiveCost", SP_TABLE_POINT},
	                                          {"ContractedCost", SP_TABLE_POINT},
	                                          {"ListCost", SP_TABLE_POINT},
	                                          {NULL, SP_TABLE_LEFT}};
	sp_screen screen = sp_screen_of(stderr);
	sp_table *table = sp_table_open(columns);
	char n[2 * SP_NUMBER_MAX], usd[SP_EXACT_TEXT_MAX], residue[SP_EXACT_TEXT_MAX];
	sp_status status;

	if (!table)
		return SP_E_MEMORY;
	add_lots(bill, table);
	add_row(table, "unmatched", &bill->unmatched, bill->unmatched.rows > 0 ? SP_COLOUR_YELLOW : SP_COLOUR_PLAIN);
	add_row(table, "total", &bill->total, SP_COLOUR_BOLD);
	status = sp_table_print(table, &screen, stderr);
	sp_table_close(table);
	say_parts(bill);
	say_services(bill);
	fprintf(stderr, "%s of %s: %s USD, and %s USD that rounding to a nano-USD left\n",
	        sp_number_plural(signals->n, "signal", n), sp_bill_cost_names[bill->options.cost],
	        sp_exact_format(signals->usd, usd), sp_exact_format(signals->residue, residue));
	return status;
}

/* --- as an object --- */

static json_t *sums_object(const sp_bill_sums *sums)
{
	json_t *object = json_pack("{s:I}", "rows", (json_int_t)sums->rows);
	char usd[SP_EXACT_TEXT_MAX];

	for (uint32_t cost = 0; cost < SP_BILL_COSTS; cost++)
		json_object_set_new(object, sp_bill_cost_names[cost],
		                    json_pack("{s:s, s:I}", "usd", sp_exact_format(sums->usd[cost], usd), "absent",
		                              (json_int_t)sums->absent[cost]));
	return object;
}

static json_t *lots_array(const sp_bill *bill)
{
	json_t *lots = json_array();

	for (uint32_t i = 0; i < lots_of(bill); i++)
		json_array_append_new(lots, json_pack("{s:s, s:o, s:o}", "lot", sp_ids_name(bill->rules->lots, i), "charges",
		                                      sums_object(&bill->lots[i].charges), "credits",
		                                      sums_object(&bill->lots[i].credits)));
	return lots;
}

static json_t *services_array(const sp_bill *bill)
{
	json_t *services = json_array();

	for (uint32_t i = 0; i < bill->n_services; i++)
		json_array_append_new(services, json_pack("{s:s, s:o}", "service", bill->services[i].name, "sums",
		                                          sums_object(&bill->services[i].sums)));
	return services;
}

void sp_bill_json(const sp_bill *bill, const sp_bill_signals *signals)
{
	char usd[SP_EXACT_TEXT_MAX], residue[SP_EXACT_TEXT_MAX];
	json_t *object = json_pack(
	    "{s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:{s:I, s:s, s:s}}", "schema", "setpoint.bill/v1", "cost",
	    sp_bill_cost_names[bill->options.cost], "total", sums_object(&bill->total), "lots", lots_array(bill),
	    "unmatched", sums_object(&bill->unmatched), "unmatched_by_service", services_array(bill), "corrections",
	    sums_object(&bill->corrections), "converted", sums_object(&bill->converted), "mistagged",
	    sums_object(&bill->mistagged), "signals", "n", (json_int_t)signals->n, "usd",
	    sp_exact_format(signals->usd, usd), "residue_usd", sp_exact_format(signals->residue, residue));

	json_dumpf(object, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(object);
}
