/* rate.h - what a request costs: its usage and the prices at its admission, to lines and a total.
 *
 * Everything is an argument: no clock, no store, no allocation; any thread may call. Who resolves (family, contract, time of
 * admission) to prices hands them in as a small table; the same table and request give the same nano-dollars to whoever asks.
 *
 * What cannot be rated is UNRATED with a code, never zero, and never at somebody else's price: the gateway serves, marks the
 * usage and rates it later. docs/rating.md says it for people; tests/vectors/rate.jsonl says it in figures. */
#ifndef SP_CLIENT_RATE_H
#define SP_CLIENT_RATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/money.h"

#define SP_MICRO           INT64_C(1000000) /* quantities count millionths: of a token, an image, a GPU-second */
#define SP_RATE_METERS_MAX 32               /* of one request; a request that names more is no request */

/* Why a request is not rated. The numbers and codes are part of the contract and never reused. */
#define SP_RATE_MAP(X)                                                                               \
	X(RATED, 0, "rated", "rated")                                                                    \
	X(NO_USAGE, 1, "no_usage", "the request names no meter: say what was used, or 0")                \
	X(NO_FAMILY, 2, "no_family", "there are no prices for this family")                              \
	X(NO_PRICE, 3, "no_price", "this meter has no price")                                            \
	X(NOT_NOW, 4, "not_now", "this meter has a price, but none for this size and time of admission") \
	X(TWO_PRICES, 5, "two_prices", "two prices fit this meter at once")                              \
	X(TWICE, 6, "twice", "this meter is given twice")                                                \
	X(QUANTITY, 7, "quantity", "a quantity is negative")                                             \
	X(TIME, 8, "time", "the time of admission is not within 1970 to 2200")                           \
	X(BAD_PRICE, 9, "bad_price", "a price is not within 1e-9 to 10^6 USD, or its unit is empty")     \
	X(OVERFLOW, 10, "overflow", "too large to be held exactly")                                      \
	X(TOO_MANY, 11, "too_many", "more than 32 meters in a request")

typedef enum sp_rate_verdict {
#define X(name, number, code, text) SP_RATE_##name = number,
	SP_RATE_MAP(X)
#undef X
} sp_rate_verdict;

/* sp_rate_code, sp_rate_text - "no_price", and the words; "?" for a number that is none. */
const char *sp_rate_code(sp_rate_verdict verdict);
const char *sp_rate_text(sp_rate_verdict verdict);

/* When a price holds: a recurring window of local days at a fixed offset. All zero: always. */
typedef struct sp_rate_window {
	int32_t from_min, until_min; /* of the day, half-open; until <= from runs into the next day. Both 0: always */
	int32_t offset_min;          /* local time less UTC */
	uint32_t days;               /* bits, Monday 1 to Sunday 64: the day on which a window begins */
} sp_rate_window;

/* One row of the table. Made by sp_rate_price_init; texts are the caller's. */
typedef struct sp_rate_price {
	const char *sku, *meter;
	size_t n_meter;    /* [bytes] of the meter's plain name: "input" of "input_above_200k" */
	sp_money usd;      /* of one unit */
	int64_t per_micro; /* quantity in one unit, in millionths: 1M tokens = 10^12 */
	int64_t above;     /* [tokens] holds where the context is larger; 0: base */
	sp_rate_window window;
} sp_rate_price;

/* sp_rate_price_init - a row, from the meter as the price sheet writes it.
 *
 *     NAME[_above_Nk][@[DAY[-DAY]/]HH:MM-HH:MM[(+|-)HH:MM]]
 *     input   input_above_200k   output@16:30-00:30   cached_above_128k@sat-sun/00:00-24:00+08:00
 *
 * in     usd and per_micro are judged by sp_rate, which says so only of requests that need them
 * out    *price; written only on SP_OK
 * fails  SP_E_SYNTAX the meter is not in this form
 * cost   O(bytes of the meter), allocates: no */
sp_status sp_rate_price_init(const char *sku, const char *meter, sp_money usd, int64_t per_micro, sp_rate_price *price);

typedef struct sp_rate_table {
	const sp_rate_price *list;
	size_t n;
} sp_rate_table;

/* What was used of one meter. Meters do not contain one another: input is without cached and cache_write, output without
 * reasoning. */
typedef struct sp_rate_usage {
	const char *meter;
	int64_t micro; /* [1e-6 of the meter's quantity] */
} sp_rate_usage;

typedef struct sp_rate_request {
	const sp_rate_usage *list;
	size_t n;
} sp_rate_request;

typedef struct sp_rate_line {
	const char *meter;          /* the request's */
	const sp_rate_price *price; /* of the table: what it was priced at */
	int64_t micro;
	sp_money amount;
} sp_rate_line;

typedef struct sp_rated {
	sp_money total;
	size_t n_lines;
	sp_rate_line lines[SP_RATE_METERS_MAX]; /* in the request's order; a quantity of 0 has none */
} sp_rated;

/* sp_rate - lines and total of a request.
 *
 *     amount of a line = quantity x USD of a unit / quantity in a unit,  rounded half to even to a nano-USD
 *     total            = the sum of the lines, exactly                      (docs/decisions/0026)
 *
 * A meter is priced by the rows of its name that fit: context = input + cached + cache_write is above the row's
 * `above`, and the time of admission lies in its window. Of those the one with the highest `above` holds, then one with a
 * window before one without. Where none fits, cached and cache_write are input, and reasoning is output. A quantity of 0
 * needs no price.
 *
 * in     table: the family's rows, by sp_rate_price_init, in any order. Batch and priority are families of their own: never
 *        mixed, so that what has no batch price is UNRATED and not standard
 * out    *rated, written only on RATED, points into table and request; *refused (may be NULL) otherwise: the request's
 *        meter that stands in the way, NULL where it is the request as a whole
 * fails  every other verdict
 * cost   O(meters x rows), allocates: no
 * thread pure */
sp_rate_verdict sp_rate(const sp_rate_request *request, const sp_rate_table *table, int64_t admission_ns,
                        sp_rated *rated, const char **refused);

#endif
