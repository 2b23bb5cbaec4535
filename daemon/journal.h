/* journal.h - the daemon's own words: one logfmt line each on stderr.
 *
 *     t=2026-11-24T00:00:02.013Z level=info event=tick t_tick=… families=2 told=1
 *
 * Texts with blanks, quotes, "=" or characters that steer a terminal are quoted, and escaped as JSON does it (also U+0080-009F, the
 * line separators and the marks that turn text round), so that a line is a line and shows what it says; what is no UTF-8 becomes
 * "\ufffd". t is the wall clock, to the millisecond. Any thread.
 *
 * Prices do not wait for whoever reads stderr (a pager, a terminal that was stopped): a line that does not get through within
 * 100 ms is lost, those after it wait no longer, and the first that gets through again says `lost=N`. */
#ifndef SP_DAEMON_JOURNAL_H
#define SP_DAEMON_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

typedef enum sp_journal_level { SP_JOURNAL_DEBUG, SP_JOURNAL_NOTE, SP_JOURNAL_WARN, SP_JOURNAL_ERROR } sp_journal_level;

typedef struct sp_journal {
	int fd;
	sp_journal_level least; /* quieter lines are left out */
} sp_journal;

/* A line being put together; at most SP_JOURNAL_LINE_MAX bytes with its end, cut with "…" where it would be longer: what a pipe
 * takes in one piece, so that lines of several threads do not mix. */
#define SP_JOURNAL_LINE_MAX 4096
typedef struct sp_journal_line {
	const sp_journal *journal;
	sp_journal_level level;
	bool cut; /* nothing more is added */
	size_t n;
	char text[SP_JOURNAL_LINE_MAX];
} sp_journal_line;

/* begin → { text | number | time }* → end, which writes it with one write(2). Keys and events are names: [a-z0-9_.] (asserted). */
sp_journal_line sp_journal_begin(const sp_journal *journal, sp_journal_level level, const char *event);
void sp_journal_text(sp_journal_line *line, const char *key, const char *text);
void sp_journal_number(sp_journal_line *line, const char *key, int64_t number);
void sp_journal_time(sp_journal_line *line, const char *key, int64_t t_ns);
void sp_journal_end(sp_journal_line *line);

/* sp_journal_say - the usual short line: an event and, as `message`, what it is about. */
void sp_journal_say(const sp_journal *journal, sp_journal_level level, const char *event, const char *text);

#endif
