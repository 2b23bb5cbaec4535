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
/* Commits ticks first..last; the last receipt. */
sp_log_receipt sample_commit(sp_log_file *log, int64_t first, int64_t last);
/* A log of n ticks with its configuration, closed; the head. */
void sample_log(const char *path, int64_t n, uint8_t head[SP_HASH_SIZE]);

/* Runs SQL on the file behind the log's back, triggers and checks off. */
void sample_sql(const char *path, const char *sql);
int64_t sample_ask(const char *path, const char *sql);

/* What sp_log_verify says of a file. */
sp_log_verdict sample_verdict(const char *path, const uint8_t *head);

#endif
