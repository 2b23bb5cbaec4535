/* spend.c - dollars spent within a rolling window; see spend.h. */
#include "controller/engine/spend.h"

#include "base/assert.h"

static int64_t spend_number(int64_t span_ns, int64_t now_ns)
{
	SP_ASSERT(span_ns > 0 && now_ns >= 0);
	return now_ns / ((span_ns + SP_SPEND_BUCKETS - 2) / (SP_SPEND_BUCKETS - 1));
}

void sp_spend_add(sp_spend *spend, int64_t span_ns, int64_t now_ns, int64_t nano)
{
	int64_t number = spend_number(span_ns, now_ns), place = number % SP_SPEND_BUCKETS;

	SP_ASSERT(nano >= 0);
	if (spend->number[place] != number) {
		spend->number[place] = number;
		spend->nano[place] = 0;
	}
	if (nano > SP_SPEND_BUCKET_MAX - spend->nano[place])
		nano = SP_SPEND_BUCKET_MAX - spend->nano[place];
	spend->nano[place] += nano;
}

int64_t sp_spend_sum(const sp_spend *spend, int64_t span_ns, int64_t now_ns)
{
	int64_t number = spend_number(span_ns, now_ns), sum = 0;

	for (int i = 0; i < SP_SPEND_BUCKETS; i++) {
		if (spend->number[i] > number - SP_SPEND_BUCKETS && spend->number[i] <= number)
			sum += spend->nano[i];
	}
	return sum;
}
