/* stretch.c - see stretch.h. */
#include "sim/trace/stretch.h"

#include "base/assert.h"
#include "base/time.h"
#include "sim/trace/preset.h"

sp_stretch_place sp_stretch_take(sp_stretch *stretch, int64_t t_ns)
{
	SP_ASSERT(stretch->width_ns > 0 && !stretch->closing);
	SP_ASSERT(t_ns >= SP_TIME_MIN_NS && t_ns < SP_TIME_MAX_NS);
	int64_t start = t_ns - t_ns % stretch->width_ns;
	if (!stretch->begun) {
		stretch->begun = true;
		stretch->start_ns = start;
		stretch->first_ns = stretch->last_ns = t_ns;
	}
	if (start >= stretch->start_ns && start - stretch->start_ns <= SP_TRACE_GAP_MAX_NS) {
		stretch->first_ns = t_ns < stretch->first_ns ? t_ns : stretch->first_ns;
		stretch->last_ns = t_ns > stretch->last_ns ? t_ns : stretch->last_ns;
	}
	if (start == stretch->start_ns)
		return SP_STRETCH_NOW;
	if (start < stretch->start_ns)
		return SP_STRETCH_PAST;
	if (start - stretch->start_ns > SP_TRACE_GAP_MAX_NS)
		return SP_STRETCH_FAR;
	stretch->closing = true;
	stretch->item = 0;
	stretch->resume_ns = start;
	return SP_STRETCH_LATER;
}

sp_status sp_stretch_refuse(const sp_stretch *stretch, sp_stretch_place place, const char *column, sp_message *message)
{
	char start[SP_TIME_TEXT_MAX], width[SP_SPAN_TEXT_MAX];
	SP_ASSERT(place == SP_STRETCH_PAST || place == SP_STRETCH_FAR);
	sp_time_format(stretch->start_ns, start);
	sp_span_words(stretch->width_ns, width);
	if (place == SP_STRETCH_PAST)
		return sp_message_set(message, SP_E_RANGE,
		                      "%s: before the running stretch of %s that began %s; sort the file by time", column,
		                      width, start);
	return sp_message_set(message, SP_E_RANGE,
	                      "%s: over a year after %s, where the rows before it are; is the date right?", column, start);
}

void sp_stretch_end(sp_stretch *stretch)
{
	SP_ASSERT(!stretch->closing);
	if (!stretch->begun)
		return;
	stretch->closing = stretch->ended = true;
	stretch->item = 0;
	stretch->resume_ns = stretch->start_ns + stretch->width_ns;
}

int64_t sp_stretch_stamp(const sp_stretch *stretch)
{
	return stretch->start_ns + stretch->width_ns - 1;
}

int64_t sp_stretch_covered(const sp_stretch *stretch)
{
	int64_t from = stretch->first_ns > stretch->start_ns ? stretch->first_ns : stretch->start_ns;
	int64_t end = stretch->start_ns + stretch->width_ns;
	int64_t to = stretch->ended ? stretch->last_ns + 1 : end;

	SP_ASSERT(from <= to && to <= end);
	return to - from < stretch->width_ns / 8 ? stretch->width_ns : to - from;
}

void sp_stretch_advance(sp_stretch *stretch)
{
	SP_ASSERT(stretch->closing && stretch->start_ns < stretch->resume_ns);
	stretch->start_ns += stretch->width_ns;
	stretch->item = 0;
	stretch->closing = stretch->start_ns < stretch->resume_ns;
}
