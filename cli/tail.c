/* tail.c - see tail.h. Alarms are read first, as the lines they will be, and wait for the decisions of their tick: a log answers
 * one question at a time. */
#include "cli/tail.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/assert.h"
#include "cli/journal.h"

#define FOLLOW_US 300000 /* how often a followed log is asked for more */

struct sp_tail_alarm {
	int64_t tick;
	char *line;
};

/* --- alarms --- */

static bool keep_line(sp_tail *tail, int64_t tick, char *line)
{
	if (tail->n_alarms == tail->room) {
		size_t room = tail->room ? 2 * tail->room : 16;
		struct sp_tail_alarm *alarms = realloc(tail->alarms, room * sizeof *alarms);
		if (!alarms)
			return false;
		tail->alarms = alarms;
		tail->room = room;
	}
	tail->alarms[tail->n_alarms++] = (struct sp_tail_alarm){tick, line};
	return true;
}

/* What cannot be kept is not shown: the log has it. */
static bool keep_alarm(void *context, const sp_log_alarm_row *row)
{
	sp_tail *tail = context;
	char *line = NULL;
	size_t n;
	FILE *out;

	tail->last_tick = row->tick;
	if (tail->family && strcmp(tail->family, row->change.alarm.subject) != 0)
		return true;
	out = open_memstream(&line, &n);
	if (!out)
		return true;
	if (tail->json)
		sp_journal_alarm_json(out, row);
	else
		sp_journal_alarm_words(out, &tail->screen, row);
	fclose(out);
	if (line && !keep_line(tail, row->tick, line))
		free(line);
	return true;
}

/* Those up to a tick; before the first line is shown they go unseen. */
static void print_alarms(sp_tail *tail, int64_t until, bool unseen)
{
	for (; tail->at_alarm < tail->n_alarms && tail->alarms[tail->at_alarm].tick <= until; tail->at_alarm++) {
		struct sp_tail_alarm *alarm = &tail->alarms[tail->at_alarm];
		if (!unseen)
			fputs(alarm->line, stdout);
		free(alarm->line);
		alarm->line = NULL;
	}
	if (tail->at_alarm == tail->n_alarms)
		tail->at_alarm = tail->n_alarms = 0;
}

/* --- decisions --- */

static bool count_row(void *context, const sp_log_decision_row *row)
{
	sp_tail *tail = context;

	if (tail->seen++ == 0)
		tail->last_tick = row->tick - 1;
	return true;
}

static bool print_row(void *context, const sp_log_decision_row *row)
{
	sp_tail *tail = context;
	bool skipped = tail->seen++ < tail->skip;

	tail->last_id = row->id;
	print_alarms(tail, row->tick, skipped);
	if (skipped)
		return true;
	if (tail->json)
		sp_journal_json(stdout, row);
	else
		sp_journal_words(stdout, &tail->screen, row);
	return !ferror(stdout);
}

/* The id of the last recorded decision: quiet ticks have none. */
static int64_t last_decision(sp_log_file *log)
{
	int64_t t_ns;
	sp_log_tick_row row;

	for (int64_t tick = sp_log_last_tick(log, &t_ns); tick > 0; tick--) {
		if (sp_log_tick_find(log, tick, &row, NULL) != SP_OK)
			return 0;
		if (row.recorded > 0)
			return row.first_id + row.recorded - 1;
	}
	return 0;
}

/* Where to begin so that the last lines are shown: further back and further, until enough of the family's are found. */
static sp_status find_start(sp_tail *tail, sp_log_file *log, sp_message *message)
{
	int64_t last = last_decision(log), back = tail->lines, from;
	sp_status status = SP_OK;

	do {
		from = last - back + 1 > 1 ? last - back + 1 : 1;
		tail->seen = 0;
		status = sp_log_decisions(log, from, tail->family, count_row, tail, message);
		back *= 8;
	} while (status == SP_OK && tail->seen < tail->lines && from > 1);
	tail->skip = tail->seen > tail->lines ? tail->seen - tail->lines : 0;
	tail->seen = 0;
	tail->last_id = from - 1;
	return status;
}

static sp_status show_rest(sp_tail *tail, sp_log_file *log, sp_message *message)
{
	sp_status status = sp_log_alarms(log, tail->last_tick + 1, keep_alarm, tail, message);

	if (status == SP_OK)
		status = sp_log_decisions(log, tail->last_id + 1, tail->family, print_row, tail, message);
	print_alarms(tail, INT64_MAX, tail->seen == 0);
	return status;
}

sp_status sp_tail_show(sp_tail *tail, sp_log_file *log, sp_message *message)
{
	sp_status status;

	SP_ASSERT(tail->lines > 0 && log);
	status = find_start(tail, log, message);
	return status == SP_OK ? show_rest(tail, log, message) : status;
}

sp_status sp_tail_follow(sp_tail *tail, sp_log_file **log, sp_message *message)
{
	sp_log_options options = {.read_only = true};
	sp_status status;

	tail->skip = 0;
	usleep(FOLLOW_US);
	status = show_rest(tail, *log, message);
	if (status == SP_OK && sp_log_closed(*log)) {
		sp_log_close(*log);
		*log = NULL;
		status = sp_log_open(tail->path, &options, log, message);
	}
	return status;
}

void sp_tail_fini(sp_tail *tail)
{
	for (size_t i = tail->at_alarm; i < tail->n_alarms; i++)
		free(tail->alarms[i].line);
	free(tail->alarms);
}
