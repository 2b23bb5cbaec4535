/* sample.c - see sample.h. */
#include "tests/log/sample.h"

#include <ftw.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/time.h"

#define SAMPLE_PATHS 512 /* that one test program asks for */

const uint8_t sample_config[SP_HASH_SIZE] = {0xc0, 0xff, 0xee, 1, 2, 3};
const char sample_yaml[] = "version: 1\nperiod: 60s\n";
const char sample_sheet[] = "sku,family,meter,unit,usd,weight\na/in,a,input,1M tokens,0.45,1\n";

static const char *const sample_families[SAMPLE_FAMILIES] = {"llama-70b/us-east", "llama-70b/us-east/batch",
                                                             "mixtral/eu-west"};
static const char *const sample_skus[SAMPLE_FAMILIES][SAMPLE_PRICES] = {
    {"llama-70b/us-east/in", "llama-70b/us-east/out"},
    {"llama-70b/us-east/batch/in", "llama-70b/us-east/batch/out"},
    {"mixtral/eu-west/in", "mixtral/eu-west/out"}};

int64_t sample_time(int64_t number)
{
	return SAMPLE_START_NS + number * SP_MIN;
}

static void sample_price(sp_price *price, int64_t number, int family, int i)
{
	*price = (sp_price){.sku = (uint32_t)(SAMPLE_PRICES * family + i),
	                    .sku_id = sample_skus[family][i],
	                    .unit = "1M tokens",
	                    .version = (uint64_t)number,
	                    .parent = (uint64_t)number - 1,
	                    .before = {450000000},
	                    .amount = {450000000 + number},
	                    .offer = SP_OFFER_OPEN,
	                    .not_before_ns = sample_time(number + 1),
	                    .not_before_existing_ns = i ? SP_TIME_NEVER : sample_time(number + 2)};
}

static void sample_decision(sample *s, int64_t number, int family)
{
	sp_decision *d = &s->decisions[family];

	*d = (sp_decision){.t_ns = sample_time(number),
	                   .family = (uint32_t)family,
	                   .family_id = sample_families[family],
	                   .policy = "utilization_pi",
	                   .reason = "above_setpoint",
	                   .mode = (sp_mode)(family % SP_MODES),
	                   .outcome = (sp_outcome)((number + family) % SP_OUTCOMES),
	                   .offer = SP_OFFER_OPEN,
	                   .recorded = number % 4 != 0 && (number + family) % 3 != 0,
	                   .binds = SP_RAIL_BIT(step),
	                   .before = {SP_NANO},
	                   .wish = {SP_NANO + 90000000 + number},
	                   .index = {SP_NANO + 50000000},
	                   .in_force = {SP_NANO},
	                   .n_terms = 2,
	                   .n_prices = SAMPLE_PRICES,
	                   .terms = {{"utilization", {90000000}}, {"rail.step", {-40000000}}},
	                   .prices = s->prices[family]};
	d->clocks[SP_CLOCK_COST] = (sp_clock_reading){SP_CLOCK_FRESH, 12 * SP_SEC};
	d->clocks[SP_CLOCK_DEMAND] = (sp_clock_reading){SP_CLOCK_STALE, SP_HOUR + 500 * SP_MS};
	for (int i = 0; i < SAMPLE_PRICES; i++)
		sample_price(&s->prices[family][i], number, family, i);
	if (family == 0) {
		s->activated = (sp_activation){.sku = 1, .sku_id = sample_skus[0][1], .version = 7, .amount = {440000000}};
		d->n_activated = 1;
		d->activated = &s->activated;
	}
}

static void sample_rollups(sample *s, int64_t number)
{
	s->rollups[0] = (sp_rollup){.hour_ns = SAMPLE_START_NS - SAMPLE_START_NS % SP_HOUR,
	                            .subject = "us-east/h100",
	                            .kind = SP_KIND_utilization,
	                            .count = (uint32_t)number,
	                            .mean.real = 0.5 + 0.001 * (double)number,
	                            .min.real = -0.0,
	                            .max.real = 1.0,
	                            .last.real = 0.75};
	s->rollups[1] = (sp_rollup){.hour_ns = SAMPLE_START_NS - SAMPLE_START_NS % SP_HOUR,
	                            .subject = "us-east/h100:burst",
	                            .kind = SP_KIND_usd_per_gpu_h,
	                            .count = 60,
	                            .mean.nano = 2100000000,
	                            .min.nano = 2000000000,
	                            .max.nano = 2200000000,
	                            .last.nano = 2100000000 + number};
}

void sample_make(sample *s, int64_t number)
{
	memset(s, 0, sizeof *s);
	for (int i = 0; i < SAMPLE_FAMILIES; i++)
		sample_decision(s, number, i);
	sample_rollups(s, number);
	s->alarms[0] = (sp_alarm_change){
	    .alarm = {"stale_cost", "us-east/h100", sample_time(number), "no cost for 2 h", "look at the scraper"},
	    .raised = number % 2 == 0};
	s->refused[SP_REFUSED_jump] = (uint32_t)number;
	s->refused[SP_REFUSED_source] = 2;
	for (size_t i = 0; i < sizeof s->inputs; i++)
		s->inputs[i] = (uint8_t)(i / 7 + (size_t)number);
	for (size_t i = 0; i < sizeof s->checkpoint; i++)
		s->checkpoint[i] = (uint8_t)(i / 5 * (size_t)number);
	s->tick = (sp_log_tick){.t_ns = sample_time(number),
	                        .skipped = (uint32_t)(number % 3),
	                        .inputs = s->inputs,
	                        .n_inputs = number % 2 ? sizeof s->inputs : 0,
	                        .decisions = s->decisions,
	                        .n_decisions = SAMPLE_FAMILIES,
	                        .alarms = s->alarms,
	                        .n_alarms = number % 4 ? 1 : 0,
	                        .rollups = s->rollups,
	                        .n_rollups = number % 3 ? 0 : 2,
	                        .taken = (uint32_t)(10 * number),
	                        .refused = s->refused,
	                        .checkpoint = number % 3 ? NULL : s->checkpoint,
	                        .n_checkpoint = sizeof s->checkpoint};
	memcpy(s->tick.config, sample_config, SP_HASH_SIZE);
}

void sample_in_memory(void)
{
	if (access("/dev/shm", W_OK) == 0)
		(void)setenv("TMPDIR", "/dev/shm", 0);
}

static int sample_remove_one(const char *path, const struct stat *entry, int type, struct FTW *walk)
{
	(void)entry, (void)type, (void)walk;
	return remove(path);
}

void sample_remove(const char *folder)
{
	check_i64(nftw(folder, sample_remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
}

const char *sample_path(const char *name)
{
	static char paths[SAMPLE_PATHS][256];
	static int n;
	char *path = paths[n];

	check_true(n < SAMPLE_PATHS);
	(void)snprintf(path, sizeof paths[0], "%s/%d", sp_check_scratch(), n++);
	check_i64(mkdir(path, 0755), 0);
	(void)snprintf(path + strlen(path), sizeof paths[0] - strlen(path), "/%s", name);
	return path;
}

sp_log_options sample_options(void)
{
	return (sp_log_options){
	    .create = true, .engine_version = 1, .created_ns = SAMPLE_START_NS, .sync = SP_LOG_SYNC_OFF};
}

sp_log_file *sample_open(const char *path, const sp_log_options *options)
{
	sp_log_file *log = NULL;
	sp_message message = {""};
	const sp_log_options usual = sample_options();
	sp_status status = sp_log_open(path, options ? options : &usual, &log, &message);

	if (status != SP_OK)
		print_error("%s\n", message.text);
	check_status(status, SP_OK);
	return log;
}

void sample_config_put(sp_log_file *log)
{
	check_status(
	    sp_log_config(log, sample_config, sample_yaml, strlen(sample_yaml), sample_sheet, strlen(sample_sheet), NULL),
	    SP_OK);
}

sp_log_start sample_start(const sp_log_file *log)
{
	sp_log_start start = {.t_ns = sample_time(sp_log_last_tick(log, NULL)) + SP_SEC};
	uint64_t last;

	sp_log_feed(log, &last, NULL, NULL);
	start.frames = (uint32_t)(2 + last % 3);
	memset(start.random, (int)(0x40 + last), sizeof start.random);
	return start;
}

sp_log_epoch_row sample_epoch(sp_log_file *log)
{
	const sp_log_start start = sample_start(log);
	sp_log_epoch_row epoch = {.counter = 0};
	sp_message message = {""};
	sp_status status = sp_log_epoch(log, &start, &epoch, &message);

	if (status != SP_OK)
		print_error("%s\n", message.text);
	check_status(status, SP_OK);
	return epoch;
}

uint32_t sample_frames(const sp_log_file *log, int64_t number)
{
	uint64_t counter;

	sp_log_feed(log, &counter, NULL, NULL);
	return counter > 0 ? (uint32_t)(number % 3) : 0;
}

sp_log_receipt sample_commit(sp_log_file *log, int64_t first, int64_t last)
{
	sp_log_receipt receipt = {.tick = 0};
	sp_message message = {""};
	sample s;

	for (int64_t i = first; i <= last; i++) {
		sp_status status;

		sample_make(&s, i);
		s.tick.frames = sample_frames(log, i);
		status = sp_log_commit(log, &s.tick, &receipt, &message);
		if (status != SP_OK)
			print_error("%s\n", message.text);
		check_status(status, SP_OK);
	}
	return receipt;
}

void sample_log(const char *path, int64_t n, uint8_t head[SP_HASH_SIZE])
{
	sp_log_file *log = sample_open(path, NULL);

	sample_config_put(log);
	sample_epoch(log);
	sample_commit(log, 1, n);
	if (head)
		sp_log_head(log, head);
	sp_log_close(log);
}

static sqlite3 *sample_raw(const char *path)
{
	sqlite3 *db = NULL;

	check_i64(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL), SQLITE_OK);
	check_i64(sqlite3_exec(db, "PRAGMA ignore_check_constraints = ON", NULL, NULL, NULL), SQLITE_OK);
	return db;
}

void sample_sql(const char *path, const char *sql)
{
	sqlite3 *db = sample_raw(path);
	char *error = NULL;

	if (sqlite3_exec(db, sql, NULL, NULL, &error) != SQLITE_OK)
		print_error("%s: %s\n", sql, error);
	check_true(error == NULL);
	check_i64(sqlite3_close(db), SQLITE_OK);
}

void sample_old(const char *path)
{
	static char sql[65536];
	FILE *in = fopen("tests/log/schema_1.sql", "r");

	check_true(in != NULL);
	sql[fread(sql, 1, sizeof sql - 1, in)] = 0;
	check_i64(fclose(in), 0);
	sample_sql(path, sql);
}

int64_t sample_ask(const char *path, const char *sql)
{
	sqlite3 *db = sample_raw(path);
	sqlite3_stmt *select = NULL;
	int64_t answer;

	check_i64(sqlite3_prepare_v2(db, sql, -1, &select, NULL), SQLITE_OK);
	check_i64(sqlite3_step(select), SQLITE_ROW);
	answer = sqlite3_column_int64(select, 0);
	sqlite3_finalize(select);
	sqlite3_close(db);
	return answer;
}

sp_log_verdict sample_verdict(const char *path, const uint8_t *head)
{
	const sp_log_options options = {.read_only = true};
	sp_log_file *log = sample_open(path, &options);
	sp_log_verdict verdict;

	check_status(sp_log_verify(log, head, NULL, NULL, &verdict, NULL), SP_OK);
	sp_log_close(log);
	return verdict;
}
