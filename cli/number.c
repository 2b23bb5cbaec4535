/* number.c - numbers for the eye; see number.h. */
#include "cli/number.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "base/time.h"

char *sp_number_count(uint64_t n, char text[SP_NUMBER_MAX])
{
	char digits[24];
	size_t length = (size_t)snprintf(digits, sizeof digits, "%llu", (unsigned long long)n), at = 0;

	for (size_t i = 0; i < length; i++) {
		if (i > 0 && (length - i) % 3 == 0)
			text[at++] = ',';
		text[at++] = digits[i];
	}
	text[at] = '\0';
	return text;
}

char *sp_number_index(sp_index index, char text[SP_NUMBER_MAX])
{
	snprintf(text, SP_NUMBER_MAX, "%.4f", (double)index.ppb / SP_NANO);
	return text;
}

char *sp_number_change(sp_index before, sp_index after, char text[SP_NUMBER_MAX])
{
	SP_ASSERT(before.ppb > 0);
	snprintf(text, SP_NUMBER_MAX, "%+.1f %%", 100 * ((double)after.ppb / (double)before.ppb - 1));
	return text;
}

char *sp_number_share(double share, char text[SP_NUMBER_MAX])
{
	snprintf(text, SP_NUMBER_MAX, "%.0f %%", 100 * share);
	return text;
}

char *sp_number_plural(uint64_t n, const char *noun, char text[2 * SP_NUMBER_MAX])
{
	size_t length = strlen(noun);
	char count[SP_NUMBER_MAX];

	SP_ASSERT(length > 0);
	if (n == 1)
		snprintf(text, 2 * SP_NUMBER_MAX, "1 %s", noun);
	else if (noun[length - 1] == 'y')
		snprintf(text, 2 * SP_NUMBER_MAX, "%s %.*sies", sp_number_count(n, count), (int)length - 1, noun);
	else
		snprintf(text, 2 * SP_NUMBER_MAX, "%s %ss", sp_number_count(n, count), noun);
	return text;
}

char *sp_number_day(int64_t t_ns, char text[SP_NUMBER_MAX])
{
	char whole[SP_TIME_TEXT_MAX];

	snprintf(text, SP_NUMBER_MAX, "%.10s", sp_time_format(t_ns, whole));
	return text;
}

char *sp_number_clock(int64_t t_ns, char text[SP_NUMBER_MAX])
{
	char whole[SP_TIME_TEXT_MAX];

	snprintf(text, SP_NUMBER_MAX, "%.5s", sp_time_format(t_ns, whole) + strlen("2026-11-24T"));
	return text;
}

char *sp_number_moment(int64_t t_ns, char text[SP_NUMBER_MAX])
{
	char whole[SP_TIME_TEXT_MAX];
	bool seconds = t_ns % SP_MIN != 0;

	if (t_ns == SP_TIME_NEVER)
		return strcpy(text, "never");
	sp_time_format(t_ns, whole);
	snprintf(text, SP_NUMBER_MAX, "%.10s %.*s", whole, seconds ? 8 : 5, whole + strlen("2026-11-24T"));
	return text;
}

char *sp_number_span(int64_t span_ns, char text[SP_NUMBER_MAX])
{
	char words[SP_SPAN_TEXT_MAX];

	if (span_ns < SP_SEC)
		return strcpy(text, "0 s");
	snprintf(text, SP_NUMBER_MAX, "%s", sp_span_words(span_ns / SP_SEC * SP_SEC, words));
	return text;
}
