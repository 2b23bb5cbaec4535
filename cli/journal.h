/* journal.h - a row of the log, a decision's or an alarm's, as a line for people and as a JSON line. */
#ifndef SP_CLI_JOURNAL_H
#define SP_CLI_JOURNAL_H

#include <stdio.h>

#include "cli/screen.h"
#include "controller/log/log.h"

/* sp_journal_words - "  42  2026-11-24 14:20  chat/us-east  1.0000 → 1.0500 (+5.0 %) published, above_setpoint, step". */
void sp_journal_words(FILE *out, const sp_screen *screen, const sp_log_decision_row *row);

/* sp_journal_json - one object on a line, spelt as `decide` does, with the tick's number. */
void sp_journal_json(FILE *out, const sp_log_decision_row *row);

/* The same of a change of an alarm: "        2026-11-24 14:20  us-east/h100  alarm stale_cost: …; cure", and "…: over". */
void sp_journal_alarm_words(FILE *out, const sp_screen *screen, const sp_log_alarm_row *row);
void sp_journal_alarm_json(FILE *out, const sp_log_alarm_row *row);

/* sp_journal_binds - the rails' names with a separator before each: ", step, rate_hour". */
void sp_journal_binds(FILE *out, uint32_t binds, const char *before_each);

#endif
