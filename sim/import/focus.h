/* focus.h - a bill in the FinOps open format (FOCUS 1.0 to 1.3) as money by supply lot and charge period.
 *
 * Its four costs are never mixed: Billed (the invoice), Effective (commitments spread over what they cover), Contracted (negotiated
 * prices) and List. Every row lands in a lot, as charge or as credit, or under unmatched; the sums are exact, so
 *
 *     file = sum over lots of (charges + credits) + unmatched            for each of the four, to the last digit
 *     sum over lots of charges = sum of the signals + residue            for the cost that was chosen
 *
 * A credit is no lower cost: it is kept beside the charges and never becomes a signal. A correction belongs to the charge period that
 * it names, not to the invoice on which it came. An empty cell and the word NULL both mean that there is no value.
 *
 * source  focus.finops.org, specification 1.0 to 1.3. 1.1 and 1.2 add columns and rename none. 1.3 deprecates ProviderName, replaced
 *         by ServiceProviderName, and PublisherName, whose entity that is too in every case of its migration guidance; 1.4 drops both.
 *         HostProviderName, new in 1.3, says who runs the machines: an older bill does not, and a rule that asks for it is told so.
 *         Before 1.0 RegionId was Region. A rule may use either name of what was renamed. */
#ifndef SP_SIM_IMPORT_FOCUS_H
#define SP_SIM_IMPORT_FOCUS_H

#include <stdio.h>

#include "sim/import/exact.h"
#include "sim/import/lot_rules.h"

typedef enum sp_bill_cost {
	SP_BILL_BILLED,
	SP_BILL_EFFECTIVE,
	SP_BILL_CONTRACTED,
	SP_BILL_LIST,
	SP_BILL_COSTS
} sp_bill_cost;

extern const char *const sp_bill_cost_names[SP_BILL_COSTS]; /* "BilledCost" … */

typedef struct sp_bill_sums {
	uint64_t rows;
	uint64_t absent[SP_BILL_COSTS]; /* rows without a value */
	sp_exact usd[SP_BILL_COSTS];
} sp_bill_sums;

/* What one lot cost in one charge period, of the chosen cost. */
typedef struct sp_bill_booking {
	uint32_t lot;             /* of the rules */
	int64_t start_ns, end_ns; /* inclusive, exclusive */
	sp_exact usd;
} sp_bill_booking;

#define SP_BILL_RATES_MAX    32
#define SP_BILL_SERVICES_MAX 256 /* told by name among the unmatched; the rest under one */

typedef struct sp_bill_rate {
	char currency[4];
	int64_t rate_nano; /* [1e-9 USD] of one */
} sp_bill_rate;

typedef struct sp_bill_options {
	sp_bill_cost cost; /* which becomes signals */
	sp_bill_rate rates[SP_BILL_RATES_MAX];
	uint32_t n_rates;
} sp_bill_options;

typedef struct sp_bill_service {
	char *name; /* owned */
	sp_bill_sums sums;
} sp_bill_service;

typedef struct sp_bill_lot {
	sp_bill_sums charges, credits;
} sp_bill_lot;

typedef struct sp_bill {
	const sp_lot_rules *rules;
	sp_bill_options options;
	sp_bill_sums total, unmatched;
	sp_bill_sums corrections, converted,
	    mistagged;             /* parts of the others; mistagged: Tags that are no JSON object name no tag */
	sp_bill_lot *lots;         /* owned; by lot of the rules */
	sp_bill_service *services; /* owned; of the unmatched */
	uint32_t n_services;
	sp_bill_booking *bookings; /* owned; by end, start and lot once the bill is closed */
	size_t n_bookings, room;
	int64_t first_ns, last_ns; /* of the charge periods; first > last before any row */
} sp_bill;

/* sp_bill_init - rules outlive the bill. SP_E_MEMORY. Fini whatever the answer. */
sp_status sp_bill_init(const sp_lot_rules *rules, const sp_bill_options *options, sp_bill *bill);
void sp_bill_fini(sp_bill *bill);

/* sp_bill_read - takes in a file that is open; several files make one bill.
 * fails  SP_E_SYNTAX, SP_E_RANGE, SP_E_OVERFLOW, SP_E_UNKNOWN (a currency without a rate): "file:row: column: what; cure", and
 *        nothing of the bill may be used; SP_E_IO, SP_E_MEMORY
 * cost   memory by lots x charge periods, not by rows */
sp_status sp_bill_read(FILE *file, const char *name, sp_bill *bill, sp_message *message);

/* sp_bill_sort - brings the bookings into order, one a lot and period, and the services, the largest first; after the last file.
 * fails  SP_E_OVERFLOW */
sp_status sp_bill_sort(sp_bill *bill);

#endif
