/* spend.h - dollars spent within a rolling window, in 64 buckets: the ledger of a budget.
 *
 * A bucket is ceil(span / 63) wide, starts at a multiple of its width, and counts until it lies wholly outside the window: what is
 * remembered is the span, and up to one bucket more, so that a budget is never overspent. All zero is a ledger in which nothing
 * was spent. Pure; plain memory. */
#ifndef SP_ENGINE_SPEND_H
#define SP_ENGINE_SPEND_H

#include <stdint.h>

#define SP_SPEND_BUCKETS 64
/* [nano-USD] of a bucket: all of them still add up within an int64. */
#define SP_SPEND_BUCKET_MAX (INT64_MAX / SP_SPEND_BUCKETS)

typedef struct sp_spend {
	int64_t number[SP_SPEND_BUCKETS]; /* of the bucket that stands at this place */
	int64_t nano[SP_SPEND_BUCKETS];   /* spent in it */
} sp_spend;

/* sp_spend_add - books an amount at a time. What a bucket cannot hold is dropped: it is more than any budget.
 * in     nano >= 0; now_ns >= 0, not before the last */
void sp_spend_add(sp_spend *spend, int64_t span_ns, int64_t now_ns, int64_t nano);

/* sp_spend_sum - what was spent within the window that ends now [nano-USD]. O(buckets) */
int64_t sp_spend_sum(const sp_spend *spend, int64_t span_ns, int64_t now_ns);

#endif
