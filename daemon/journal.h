/* journal.h - the daemon's own words: one logfmt line each on stderr.
 *
 *     t=2026-11-24T00:00:02.013Z level=info event=tick t_tick=… families=2 told=1
 *
 * Texts with blanks, quotes, "=" or control characters are quoted and escaped, so that a line is a line. Any thread. */
#ifndef SP_DAEMON_JOURNAL_H
#define SP_DAEMON_JOURNAL_H

#include <stdint.h>

#include "base/status.h"

typedef enum sp_journal_level { SP_JOURNAL_DEBUG, SP_JOURNAL_INFO, SP_JOURNAL_WARN, SP_JOURNAL_ERROR } sp_journal_level;

typedef struct sp_journal {
	int fd;
	sp_journal_level least; /* quieter lines are left out */
} sp_journal;

/* A line being put together; at most SP_JOURNAL_LINE_MAX bytes, cut with "…" where it would be longer. */
#define SP_JOURNAL_LINE_MAX 4096
typedef struct sp_journal_line {
	const sp_journal *journal;
	sp_journal_level level;
	size_t n;
	char text[SP_JOURNAL_LINE_MAX];
} sp_journal_line;

/* begin → { text | number | time }* → end, which writes it with one write(2). */
sp_journal_line sp_journal_begin(const sp_journal *journal, sp_journal_level level, const char *event);
void sp_journal_text(sp_journal_line *line, const char *key, const char *text);
void sp_journal_number(sp_journal_line *line, const char *key, int64_t number);
void sp_journal_time(sp_journal_line *line, const char *key, int64_t t_ns);
void sp_journal_end(sp_journal_line *line);

/* sp_journal_say - the usual short line: an event and a message. */
void sp_journal_say(const sp_journal *journal, sp_journal_level level, const char *event, const char *text);

#endif
