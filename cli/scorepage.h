/* scorepage.h - a score as one HTML page: tables and pictures inline, no script, no font, no link; it asks no network. */
#ifndef SP_CLI_SCOREPAGE_H
#define SP_CLI_SCOREPAGE_H

#include "cli/scorecard.h"

/* sp_scorepage_write - the page. Errors of the stream are the caller's to see. */
void sp_scorepage_write(const sp_scorecard *card, const char *command, FILE *out);

#endif
