/* finding.h - what an examination found, line by line: well, doubtful or bad, and what to do about it. */
#ifndef SP_CLI_FINDING_H
#define SP_CLI_FINDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/status.h"
#include "cli/screen.h"

typedef enum sp_finding_level { SP_FINDING_OK, SP_FINDING_WARN, SP_FINDING_BAD, SP_FINDING_LEVELS } sp_finding_level;

typedef struct sp_finding {
	sp_finding_level level;
	const char *about; /* static: "clock" */
	char *text, *cure; /* owned; the cure "" where there is nothing to do */
} sp_finding;

typedef struct sp_findings {
	sp_finding *list; /* owned */
	size_t n, room;
	bool failed; /* out of memory: some are missing */
} sp_findings;

void sp_findings_fini(sp_findings *findings);

/* sp_finding_add - in  cure: "" for none; the format is of the text */
void sp_finding_add(sp_findings *findings, sp_finding_level level, const char *about, const char *cure,
                    const char *format, ...) __attribute__((format(printf, 5, 6)));

/* sp_findings_worst - the worst level there is. */
sp_finding_level sp_findings_worst(const sp_findings *findings);

/* In print: a line each with its cure below, and one object ("setpoint.doctor/v1"). */
void sp_findings_words(const sp_findings *findings, const sp_screen *screen, FILE *out);
void sp_findings_json(const sp_findings *findings, FILE *out);

#endif
