/* machine.h - is the machine fit to run the daemon: its clock, and the disk under the state directory? */
#ifndef SP_CLI_MACHINE_H
#define SP_CLI_MACHINE_H

#include "cli/finding.h"

/* sp_machine_clock - is the wall clock set by somebody, and does it run as the monotonic one does? Watches for a moment. */
void sp_machine_clock(sp_findings *findings);

/* sp_machine_state - the state directory: there, its owner's alone, on a disk with room. */
void sp_machine_state(sp_findings *findings, const char *path);

/* sp_machine_sync - how long a disk takes to keep 4 KiB for good: the median of some 20 tries, each what a commit waits for. Where the
 * directory is not there yet, that of the one in which it would be made. */
void sp_machine_sync(sp_findings *findings, const char *path);

#endif
