/* failpoint.c - see failpoint.h. The plan is read anew at each point, so there is no state but one count: how often the
 * planned point has been passed. A child counts on from its parent's, whose environment as a rule plans nothing. */
#include "base/failpoint.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/time.h"

#define FAILPOINT_PAUSE_MAX_MS 600000
#define FAILPOINT_NTH_MAX      1000000000

static const struct {
	const char *name, *place;
} failpoints[SP_FAILPOINTS] = {
#define X(name, place) {#name, place},
    SP_FAILPOINT_MAP(X)
#undef X
};

static atomic_uint failpoint_passed;

const char *sp_failpoint_name(sp_failpoint point)
{
	return (unsigned)point < SP_FAILPOINTS ? failpoints[point].name : "?";
}

const char *sp_failpoint_place(sp_failpoint point)
{
	return (unsigned)point < SP_FAILPOINTS ? failpoints[point].place : "?";
}

/* A whole number from `text` on, up to `end` or the end of the text; -1: it is none, or too large. */
static int32_t failpoint_number(const char *text, char end, int32_t max)
{
	int64_t number = 0;

	if (*text < '0' || *text > '9')
		return -1;
	for (; *text >= '0' && *text <= '9'; text++) {
		number = 10 * number + (*text - '0');
		if (number > max)
			return -1;
	}
	return *text == 0 || *text == end ? (int32_t)number : -1;
}

static sp_failpoint failpoint_find(const char *name, size_t n)
{
	int i = 0;

	while (i < SP_FAILPOINTS && (strncmp(failpoints[i].name, name, n) != 0 || failpoints[i].name[n] != 0))
		i++;
	return (sp_failpoint)i;
}

/* 0: each time; -1: not of this form. */
static int32_t failpoint_nth(const char *text)
{
	int32_t nth = failpoint_number(text, ':', FAILPOINT_NTH_MAX);

	if (text[0] == '*' && (text[1] == ':' || text[1] == 0))
		return 0;
	return nth > 0 ? nth : -1;
}

/* -1: not of this form. */
static int32_t failpoint_pause_ms(const char *text)
{
	static const char pause[] = "pause=";
	size_t n = sizeof pause - 1;

	return strncmp(text, pause, n) == 0 ? failpoint_number(text + n, 0, FAILPOINT_PAUSE_MAX_MS) : -1;
}

sp_status sp_failpoint_parse(const char *text, sp_failpoint_plan *plan)
{
	sp_failpoint_plan read = {.pause_ms = -1};
	const char *rest, *act;
	int32_t nth;

	SP_ASSERT(text && plan);
	rest = strchrnul(text, ':');
	read.point = failpoint_find(text, (size_t)(rest - text));
	if (read.point == SP_FAILPOINTS)
		return SP_E_UNKNOWN;
	rest = *rest ? rest + 1 : "1";
	act = strchr(rest, ':');
	nth = failpoint_nth(rest);
	if (act)
		read.pause_ms = failpoint_pause_ms(act + 1);
	if (nth < 0 || (act && read.pause_ms < 0))
		return SP_E_SYNTAX;
	read.nth = (uint32_t)nth;
	*plan = read;
	return SP_OK;
}

static void failpoint_pause(int32_t ms)
{
	struct timespec left = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * SP_MS};

	while (nanosleep(&left, &left) != 0)
		continue;
}

static sp_failpoint_plan failpoint_plan(const char *text)
{
	sp_failpoint_plan plan = {.point = SP_FAILPOINTS};

	if (sp_failpoint_parse(text, &plan) == SP_OK)
		return plan;
	(void)fprintf(stderr, "%s=%s: not NAME[:N|:*[:pause=MS]] with a name of base/failpoint.h\n", SP_FAILPOINT_VARIABLE,
	              text);
	abort();
}

void sp_failpoint_pass(sp_failpoint point)
{
	const char *text = getenv(SP_FAILPOINT_VARIABLE);
	sp_failpoint_plan plan;

	SP_ASSERT(point < SP_FAILPOINTS);
	if (!text || !*text)
		return;
	plan = failpoint_plan(text);
	if (plan.point != point)
		return;
	if (atomic_fetch_add(&failpoint_passed, 1) + 1 != plan.nth && plan.nth != 0)
		return;
	if (plan.pause_ms >= 0) {
		failpoint_pause(plan.pause_ms);
		return;
	}
	(void)kill(getpid(), SIGKILL); /* nothing is flushed, nothing is closed */
	abort();
}
