/* attribution.c - the Shapley value in 128-bit integers; see attribution.h. */
#include "controller/economics/attribution.h"

#include <stdbool.h>
#include <stddef.h>

#include "base/assert.h"

#define ATTRIBUTION_SETS (1u << SP_ATTRIBUTION_FACTORS_MAX)

static int64_t attribution_factorial(uint32_t n)
{
	int64_t product = 1;

	for (uint32_t i = 2; i <= n; i++)
		product *= i;
	return product;
}

static uint32_t attribution_count(uint32_t set)
{
	return (uint32_t)__builtin_popcount(set);
}

/* n! times the part of one factor. */
static __int128 attribution_numerator(uint32_t n, uint32_t factor, const int64_t *values)
{
	__int128 sum = 0;

	for (uint32_t set = 0; set < 1u << n; set++) {
		if (set >> factor & 1)
			continue;
		uint32_t size = attribution_count(set);
		int64_t orders = attribution_factorial(size) * attribution_factorial(n - size - 1);
		sum += ((__int128)values[set | 1u << factor] - values[set]) * orders;
	}
	return sum;
}

static __int128 attribution_floor(__int128 a, int64_t b)
{
	return a / b - (a % b < 0);
}

/* Gives what rounding down left over, one nano-USD each, to the largest remainders. */
static void attribution_round(uint32_t n, __int128 left, int64_t *remainders, __int128 *wholes)
{
	SP_ASSERT(left >= 0 && left < n);
	for (; left > 0; left--) {
		uint32_t largest = 0;
		for (uint32_t i = 1; i < n; i++) {
			if (remainders[i] > remainders[largest])
				largest = i;
		}
		wholes[largest]++;
		remainders[largest] = -1;
	}
}

static sp_status attribution_values(uint32_t n, sp_attribution_value value, const void *context, int64_t *values)
{
	for (uint32_t set = 0; set < 1u << n; set++) {
		sp_status status = value(context, set, &values[set]);
		if (status != SP_OK)
			return status;
	}
	return SP_OK;
}

sp_status sp_attribution_of(uint32_t n, sp_attribution_value value, const void *context, sp_money *parts)
{
	SP_ASSERT(n >= 1 && n <= SP_ATTRIBUTION_FACTORS_MAX);
	SP_ASSERT(value != NULL && parts != NULL);
	int64_t values[ATTRIBUTION_SETS], remainders[SP_ATTRIBUTION_FACTORS_MAX], change, orders = attribution_factorial(n);
	__int128 wholes[SP_ATTRIBUTION_FACTORS_MAX], sum = 0;
	sp_status status = attribution_values(n, value, context, values);

	if (status == SP_OK)
		status = sp_sub(values[(1u << n) - 1], values[0], &change);
	if (status != SP_OK)
		return status;
	for (uint32_t i = 0; i < n; i++) {
		__int128 numerator = attribution_numerator(n, i, values);
		wholes[i] = attribution_floor(numerator, orders);
		remainders[i] = (int64_t)(numerator - wholes[i] * orders);
		sum += wholes[i];
	}
	attribution_round(n, change - sum, remainders, wholes);
	for (uint32_t i = 0; i < n; i++) {
		if (wholes[i] < INT64_MIN || wholes[i] > INT64_MAX)
			return SP_E_OVERFLOW;
	}
	for (uint32_t i = 0; i < n; i++)
		parts[i].nano = (int64_t)wholes[i];
	return SP_OK;
}
