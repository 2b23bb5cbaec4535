/* cure.c - see cure.h. Everything said here is asked of the engine and its setup: bounds differ by configuration. */
#include "sim/decide/cure.h"

#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "base/real.h"
#include "base/time.h"

static const char *value_text(uint32_t kind, sp_value value, char text[SP_REAL_TEXT_MAX])
{
	_Static_assert(SP_REAL_TEXT_MAX >= SP_DECIMAL_TEXT_MAX, "either form fits");
	return sp_kinds[kind].money ? sp_decimal_format_short(value.nano, text) : sp_real_format(value.real, text);
}

/* " USD/GPU/h", or "" for a bare number. */
static const char *unit_text(uint32_t kind, char text[40])
{
	bool bare = strcmp(sp_kinds[kind].unit, "1") == 0;

	snprintf(text, 40, "%s%s", bare ? "" : " ", bare ? "" : sp_kinds[kind].unit);
	return text;
}

static void cure_range(const sp_setup *setup, const sp_signal *signal, sp_message *words)
{
	const sp_kind_setup *bounds = &setup->kinds[signal->kind];
	const sp_kind *kind = &sp_kinds[signal->kind];
	char value[SP_REAL_TEXT_MAX], min[SP_REAL_TEXT_MAX], max[SP_REAL_TEXT_MAX], unit[40], share[80] = "";
	double x = sp_kind_real(signal->kind, signal->value);

	if (!kind->money && strcmp(kind->unit, "1") == 0 && x > bounds->max && x / 100 <= bounds->max)
		snprintf(share, sizeof share, "; it is a fraction: %.6g %% is %.6g", x, x / 100);
	sp_message_set(words, SP_E_RANGE, "%s: %s is %s%s, and may be from %s to %s%s%s",
	               sp_refusal_text(SP_REFUSED_out_of_range), kind->name, value_text(signal->kind, signal->value, value),
	               unit_text(signal->kind, unit), sp_real_format(bounds->min, min), sp_real_format(bounds->max, max),
	               unit, share);
}

/* A kind without a limit of its own is doubted by what the pool can do; how much that is only the engine knows. */
static void cure_jump(const sp_engine *engine, const sp_signal *signal, sp_message *words)
{
	const sp_kind_setup *bounds = &sp_engine_setup(engine)->kinds[signal->kind];
	char value[SP_REAL_TEXT_MAX], before[SP_REAL_TEXT_MAX] = "none", ratio[SP_REAL_TEXT_MAX], unit[40];
	sp_value last;
	int64_t last_ns;

	if (sp_engine_last(engine, signal->subject, signal->kind, &last, &last_ns))
		value_text(signal->kind, last, before);
	value_text(signal->kind, signal->value, value);
	unit_text(signal->kind, unit);
	if (bounds->max_jump > 0)
		sp_message_set(words, SP_E_RANGE,
		               "%s: %s%s after %s%s is more than a factor of %s; it is taken when %lld records in a row agree",
		               sp_refusal_text(SP_REFUSED_jump), value, unit, before, unit,
		               sp_real_format(bounds->max_jump, ratio), (long long)bounds->confirm);
	else
		sp_message_set(words, SP_E_RANGE,
		               "%s: %s%s (the last: %s) is more than the pool's GPUs can be believed to do; it is taken when a "
		               "few records in a row agree",
		               sp_refusal_text(SP_REFUSED_jump), value, unit, before);
}

static void cure_older(const sp_engine *engine, const sp_signal *signal, sp_message *words)
{
	char t[SP_TIME_TEXT_MAX], before[SP_TIME_TEXT_MAX];
	sp_value last;
	int64_t last_ns;
	bool any = sp_engine_last(engine, signal->subject, signal->kind, &last, &last_ns);

	sp_message_set(words, SP_E_RANGE, "%s: %s, and the last %s is of %s; send each subject's in order of time",
	               sp_refusal_text(SP_REFUSED_older), sp_time_format(signal->t_ns, t), sp_kinds[signal->kind].name,
	               any ? sp_time_format(last_ns, before) : "later");
}

static void cure_future(const sp_engine *engine, const sp_signal *signal, sp_message *words)
{
	const sp_setup *setup = sp_engine_setup(engine);
	char t[SP_TIME_TEXT_MAX], most[SP_TIME_TEXT_MAX], now[SP_TIME_TEXT_MAX];
	int64_t now_ns = sp_engine_now(engine);

	sp_message_set(words, SP_E_RANGE,
	               "%s: %s, and after the tick of %s at most %s (period and max_ahead); tick first, or correct the "
	               "sender's clock",
	               sp_refusal_text(SP_REFUSED_future), sp_time_format(signal->t_ns, t), sp_time_format(now_ns, now),
	               sp_time_format(now_ns + setup->period_ns + setup->max_ahead_ns, most));
}

static void cure_subject(const sp_signal *signal, sp_message *words)
{
	static const char *const types[SP_SUBJECT_TYPES] = {"pools", "lots", "families", "SKUs"};
	char list[64] = "";

	for (uint32_t type = 0; type < SP_SUBJECT_TYPES; type++)
		if (sp_kinds[signal->kind].subjects >> type & 1) {
			strcat(list, list[0] ? ", " : "");
			strcat(list, types[type]);
		}
	sp_message_set(words, SP_E_MISMATCH, "%s: %s is measured on %s", sp_refusal_text(SP_REFUSED_wrong_subject),
	               sp_kinds[signal->kind].name, list);
}

void sp_cure(const sp_engine *engine, const sp_signal *signal, sp_refusal refusal, sp_message *words)
{
	SP_ASSERT(refusal > SP_REFUSED_none && refusal < SP_REFUSALS);
	SP_ASSERT(signal->kind < SP_SIGNAL_KINDS);
	switch (refusal) {
	case SP_REFUSED_out_of_range:
		cure_range(sp_engine_setup(engine), signal, words);
		return;
	case SP_REFUSED_jump:
		cure_jump(engine, signal, words);
		return;
	case SP_REFUSED_older:
		cure_older(engine, signal, words);
		return;
	case SP_REFUSED_future:
		cure_future(engine, signal, words);
		return;
	case SP_REFUSED_wrong_subject:
		cure_subject(signal, words);
		return;
	default:
		sp_message_set(words, SP_E_RANGE, "%s", sp_refusal_text(refusal));
	}
}
