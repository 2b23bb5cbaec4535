/* window.c - rolling extremes in 64 buckets; see window.h. */
#include "controller/engine/window.h"

#include "base/assert.h"

static int64_t window_width(int64_t span_ns)
{
	SP_ASSERT(span_ns > 0);
	return (span_ns + SP_WINDOW_BUCKETS - 2) / (SP_WINDOW_BUCKETS - 1);
}

static void window_extremes(sp_window *window, const sp_window_slots *slots)
{
	window->low = slots->low[0];
	window->high = slots->high[0];
	for (int i = 1; i < SP_WINDOW_BUCKETS; i++) {
		window->low = slots->low[i] < window->low ? slots->low[i] : window->low;
		window->high = slots->high[i] > window->high ? slots->high[i] : window->high;
	}
}

void sp_window_init(sp_window *window)
{
	*window = (sp_window){.begun = -1};
}

void sp_window_advance(sp_window *window, sp_window_slots *slots, int64_t span_ns, int64_t now_ns)
{
	int64_t width, bucket, from;

	if (window->begun < 0 || now_ns < window->next_ns)
		return;
	width = window_width(span_ns);
	bucket = now_ns / width;
	SP_ASSERT(bucket > window->begun);
	from = bucket - window->begun > SP_WINDOW_BUCKETS ? bucket - SP_WINDOW_BUCKETS : window->begun;
	for (int64_t b = from + 1; b <= bucket; b++)
		slots->low[b % SP_WINDOW_BUCKETS] = slots->high[b % SP_WINDOW_BUCKETS] = window->value;
	window->begun = bucket;
	window->next_ns = (bucket + 1) * width;
	window_extremes(window, slots);
}

static void window_begin(sp_window *window, sp_window_slots *slots, int64_t span_ns, int64_t now_ns, int64_t value)
{
	int64_t width = window_width(span_ns);

	for (int i = 0; i < SP_WINDOW_BUCKETS; i++)
		slots->low[i] = slots->high[i] = value;
	window->begun = now_ns / width;
	window->next_ns = (window->begun + 1) * width;
	window->low = window->high = window->value = value;
}

void sp_window_set(sp_window *window, sp_window_slots *slots, int64_t span_ns, int64_t now_ns, int64_t value)
{
	int64_t slot;

	if (window->begun < 0) {
		window_begin(window, slots, span_ns, now_ns, value);
		return;
	}
	sp_window_advance(window, slots, span_ns, now_ns);
	slot = window->begun % SP_WINDOW_BUCKETS;
	slots->low[slot] = value < slots->low[slot] ? value : slots->low[slot];
	slots->high[slot] = value > slots->high[slot] ? value : slots->high[slot];
	window->low = value < window->low ? value : window->low;
	window->high = value > window->high ? value : window->high;
	window->value = value;
}
