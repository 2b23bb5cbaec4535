/* tape.h - a small configuration and signals that are a function of the period's number: what the offline drivers are tested on.
 *
 * Any stretch of periods can be played to any drive, so that two runs may be cut, restored and compared at will. Every
 * decision that passes is checked: its terms sum to its move (P7, R4). */
#ifndef SP_TESTS_DRIVE_TAPE_H
#define SP_TESTS_DRIVE_TAPE_H

#include "base/time.h"
#include "controller/drive/drive.h"
#include "tests/check/check.h"

/* The end of the first period: 2026-11-24T00:01:00Z, and a minute for each. */
#define TAPE_START (INT64_C(1795478400) * SP_SEC)

/* Pool "east/h100" (lots "base" and, by signal, "spot"), families "bulk/east" (eip1559, observed), "chat/east" (utilization_pi,
 * auto), "list/east" (cost_plus, announced an hour ahead). */
extern const char tape_yaml[];
/* The same with a smaller step for chat/east; and with a family "new/east" more. */
extern const char tape_yaml_calm[], tape_yaml_wide[];

sp_config *tape_config(const char *yaml);
sp_drive *tape_open(const sp_config *config, const char *log_path); /* with digests, whatever the path */

/* A path in the scratch directory, new every time. */
const char *tape_path(void);

typedef struct tape_digests {
	uint8_t of[4096][SP_HASH_SIZE];
	uint32_t n;
} tape_digests;

int64_t tape_end(int64_t period); /* of the period, from 0 */
void tape_feed(sp_drive *drive, int64_t period);
/* Feeds a period and closes it; digests may be NULL. */
sp_drive_answer tape_play(sp_drive *drive, int64_t period, tape_digests *digests);
void tape_play_all(sp_drive *drive, int64_t from, int64_t to, tape_digests *digests);

/* One signal by names; the value in the kind's unit (money in USD). */
sp_refusal tape_send(sp_drive *drive, sp_signal_kind kind, const char *subject, double value, int64_t t_ns);

void tape_same(const tape_digests *a, const tape_digests *b); /* as many, and equal */
void tape_check_sums(const sp_tick *tick);

/* The digests of a log's ticks. */
void tape_read_log(const char *path, tape_digests *digests);

#endif
