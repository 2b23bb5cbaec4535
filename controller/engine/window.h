/* window.h - the lowest and highest value held within a rolling window, in 64 buckets (R6).
 *
 * A bucket is ceil(span / 63) wide, starts at a multiple of its width, and is kept until it lies wholly outside the window:
 * what is remembered is the span, and up to one bucket more. The value holds between changes, gaps included. The head is
 * small and walked every tick; the slots are touched only when a bucket begins or the value changes. */
#ifndef SP_ENGINE_WINDOW_H
#define SP_ENGINE_WINDOW_H

#include <stdint.h>

#define SP_WINDOW_BUCKETS 64

typedef struct sp_window {
	int64_t low, high; /* extremes of the window */
	int64_t value;     /* held now */
	int64_t begun;     /* number of the current bucket; -1: nothing held yet */
	int64_t next_ns;   /* when the next bucket begins */
} sp_window;

typedef struct sp_window_slots {
	int64_t low[SP_WINDOW_BUCKETS], high[SP_WINDOW_BUCKETS];
} sp_window_slots;

void sp_window_init(sp_window *window);

/* sp_window_advance - lets time pass with the value unchanged. now_ns does not go back. O(1) within a bucket. */
void sp_window_advance(sp_window *window, sp_window_slots *slots, int64_t span_ns, int64_t now_ns);

/* sp_window_set - holds another value from now_ns on (advances first). The first call begins the window. */
void sp_window_set(sp_window *window, sp_window_slots *slots, int64_t span_ns, int64_t now_ns, int64_t value);

#endif
