/* sample.h - ticks to put into a log: the same number gives the same tick, every column is used somewhere. */
#ifndef SP_TESTS_LOG_SAMPLE_H
#define SP_TESTS_LOG_SAMPLE_H

#include "controller/log/log.h"
#include "tests/check/check.h"

#define SAMPLE_START_NS INT64_C(1780000000000000000)
#define SAMPLE_FAMILIES 3
#define SAMPLE_PRICES   2

/* A tick with the memory it points into. */
typedef struct sample {
	sp_log_tick tick;
	sp_decision decisions[SAMPLE_FAMILIES];
	sp_price prices[SAMPLE_FAMILIES][SAMPLE_PRICES];
	sp_activation activated;
	sp_alarm_change alarms[1];
	sp_rollup rollups[2];
	uint32_t refused[SP_REFUSALS];
	uint8_t inputs[256], checkpoint[512];
} sample;

/* Tick `number` from 1: a minute each. Every 3rd has a checkpoint, every 2nd no inputs, every 4th is quiet. */
void sample_make(sample *sample, int64_t number);
int64_t sample_time(int64_t number);
extern const uint8_t sample_config[SP_HASH_SIZE];
extern const char sample_yaml[], sample_sheet[];

/* First in main: scratch folders are made in memory where the system has such a place and $TMPDIR says nothing else; an fsync on
 * a disk takes longer than most tests. */
void sample_in_memory(void);
/* Removes a folder with all that is in it. */
void sample_remove(const char *folder);

/* A new folder below the program's scratch; the path of `name` in it. Text lives to the end of the program. */
const char *sample_path(const char *name);

/* Without fsync, for speed: durability is test_crash.c's. */
sp_log_options sample_options(void);
sp_log_file *sample_open(const char *path, const sp_log_options *options);
void sample_config_put(sp_log_file *log);
/* The feed's next start: its random bytes and frames come of the counter before it; and the epoch that it begins. */
sp_log_start sample_start(const sp_log_file *log);
sp_log_epoch_row sample_epoch(sp_log_file *log);
/* So many frames has tick `number` once there is an epoch: 0, 1 or 2. */
uint32_t sample_frames(const sp_log_file *log, int64_t number);
/* Commits ticks first..last, with frames where there is an epoch; the last receipt. */
sp_log_receipt sample_commit(sp_log_file *log, int64_t first, int64_t last);
/* A log of n ticks with its configuration and an epoch, closed; the head. */
void sample_log(const char *path, int64_t n, uint8_t head[SP_HASH_SIZE]);

/* Runs SQL on the file behind the log's back, triggers and checks off. */
void sample_sql(const char *path, const char *sql);
int64_t sample_ask(const char *path, const char *sql);

/* A log that schema 1's own version has written (schema_1.sql): ticks 1-4, and an input that waits for tick 5. */
void sample_old(const char *path);
#define SAMPLE_OLD_HEAD "7433c86f8e8eccd304b799f4ba0d550bed8c1caf04aaa6f4787a0f787d7db18d"

/* What sp_log_verify says of a file. */
sp_log_verdict sample_verdict(const char *path, const uint8_t *head);

#endif
