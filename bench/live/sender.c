/* sender.c - see sender.h. A scrape is what a monitoring system sends at one moment: of every SKU demand, served and queue, of every
 * pool utilization and latency, of every spot lot its price. */
#include "bench/live/sender.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/money.h"
#include "base/time.h"
#include "bench/clock.h"
#include "bench/live/place.h"
#include "transport/wire/signals.h"

#define SENDER_LENGTH   8                     /* [bytes] before a message on tcp */
#define SENDER_SCRAPE   (100 * INT64_C(1000)) /* [ns] between two: dates rise, and do not run ahead of the clock */
#define SENDER_DATE     UINT64_C(0xcf)        /* how a date begins: uint 64 */
#define SENDER_PACKINGS 8

/* One after the other, the records of scrape after scrape. */
typedef struct sender_scrape {
	const sp_bench_town *town;
	uint32_t next; /* in the scrape */
	uint64_t noise;
} sender_scrape;

static uint32_t scrape_size(const sp_bench_town *town)
{
	return 3 * town->families * town->meters + (town->spot ? 3 : 2) * town->pools;
}

/* A number from 0 to 1, another one each time. */
static double scrape_noise(sender_scrape *scrape)
{
	scrape->noise = scrape->noise * UINT64_C(6364136223846793005) + 1;
	return (double)(scrape->noise >> 11) / (double)(UINT64_C(1) << 53);
}

static void scrape_sku(sender_scrape *scrape, uint32_t sku, uint32_t which, sp_wire_record *record, char *name)
{
	static const sp_signal_kind kinds[] = {SP_KIND_demand, SP_KIND_served, SP_KIND_queue};

	sp_bench_town_sku(scrape->town, sku / scrape->town->meters, sku % scrape->town->meters, name);
	record->kind = kinds[which];
	record->value.real = 1000 + 200 * scrape_noise(scrape);
}

static void scrape_pool(sender_scrape *scrape, uint32_t pool, uint32_t which, sp_wire_record *record, char *name)
{
	static const sp_signal_kind kinds[] = {SP_KIND_utilization, SP_KIND_latency, SP_KIND_usd_per_gpu_h};

	sp_bench_town_pool(pool, name);
	record->kind = kinds[which];
	if (record->kind == SP_KIND_usd_per_gpu_h) {
		snprintf(name + strlen(name), SP_BENCH_NAME_MAX - strlen(name), ":burst");
		record->value.nano = 2 * SP_NANO + (int64_t)(1e8 * scrape_noise(scrape));
	} else {
		record->value.real = 0.6 + 0.2 * scrape_noise(scrape);
	}
}

static void scrape_next(sender_scrape *scrape, sp_wire_record *record, char *name)
{
	const sp_bench_town *town = scrape->town;
	uint32_t skus = 3 * town->families * town->meters, i = scrape->next;

	*record = (sp_wire_record){.t_ns = SP_TIME_MAX_NS - 1, .subject = name};
	if (i < skus)
		scrape_sku(scrape, i / 3, i % 3, record, name);
	else
		scrape_pool(scrape, (i - skus) % town->pools, (i - skus) / town->pools, record, name);
	record->n_subject = strlen(name);
	scrape->next = (i + 1) % scrape_size(town);
}

/* --- the ring --- */

static void sender_put(uint8_t *to, int64_t x)
{
	uint64_t big_endian = __builtin_bswap64((uint64_t)x);

	memcpy(to, &big_endian, sizeof big_endian);
}

/* Where the dates stand: each begins a record of four (0x94 0xcf). */
static void sender_find_dates(sp_bench_sender *sender, uint32_t i)
{
	const uint8_t *bytes = sender->bytes;
	uint32_t n = 0;

	for (size_t at = sender->at[i] + SENDER_LENGTH; at + 10 < sender->at[i + 1] && n < SP_BENCH_RECORDS; at++) {
		if (bytes[at] != 0x94 || bytes[at + 1] != SENDER_DATE || bytes[at + 2] != (SP_TIME_MAX_NS - 1) >> 56)
			continue;
		sender->dates[i * SP_BENCH_RECORDS + n++] = (uint32_t)(at + 2);
		at += 9;
	}
	SP_ASSERT(n == SP_BENCH_RECORDS);
}

static void sender_pack(sp_bench_sender *sender, uint32_t i, const sp_wire_record *records)
{
	sp_wire_message message = {.source = SP_BENCH_SOURCE,
	                           .n_source = strlen(SP_BENCH_SOURCE),
	                           .seq = INT64_MAX,
	                           .records = records,
	                           .n_records = SP_BENCH_RECORDS};
	sp_writer writer = {sender->bytes + sender->at[i] + SENDER_LENGTH, SP_WIRE_SIGNALS_MAX, 0};
	sp_status status = SP_OK;
	int64_t start_ns = sp_bench_now_ns();

	for (int k = 0; k < SENDER_PACKINGS && status == SP_OK; k++) {
		writer.n = 0;
		status = sp_wire_encode(&message, &writer);
	}
	SP_ASSERT(status == SP_OK);
	sender->packing += (double)(sp_bench_now_ns() - start_ns) / SENDER_PACKINGS;
	sender_put(sender->bytes + sender->at[i], (int64_t)writer.n);
	sender->at[i + 1] = sender->at[i] + SENDER_LENGTH + writer.n;
	sender_find_dates(sender, i);
}

void sp_bench_sender_open(sp_bench_sender *sender, const sp_bench_town *town)
{
	static sp_wire_record records[SP_BENCH_RECORDS];
	static char names[SP_BENCH_RECORDS][SP_BENCH_NAME_MAX];
	sender_scrape scrape = {.town = town};
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	*sender = (sp_bench_sender){.fd = -1, .t_ns = now.tv_sec * SP_SEC + now.tv_nsec};
	sender->seq = sender->t_ns;
	sender->bytes = malloc(SP_BENCH_MESSAGES * (size_t)SP_BENCH_RECORDS * 128 + SP_WIRE_SIGNALS_MAX);
	sender->dates = calloc((size_t)SP_BENCH_MESSAGES * SP_BENCH_RECORDS, sizeof *sender->dates);
	SP_ASSERT(sender->bytes && sender->dates);
	for (uint32_t i = 0; i < SP_BENCH_MESSAGES; i++) {
		for (uint32_t k = 0; k < SP_BENCH_RECORDS; k++)
			scrape_next(&scrape, &records[k], names[k]);
		sender_pack(sender, i, records);
	}
	sender->packing = SP_BENCH_MESSAGES * (double)SP_BENCH_RECORDS * 1e9 / sender->packing;
}

void sp_bench_sender_close(sp_bench_sender *sender)
{
	if (sender->fd >= 0)
		close(sender->fd);
	free(sender->bytes);
	free(sender->dates);
}

const uint8_t *sp_bench_sender_message(const sp_bench_sender *sender, uint32_t i, size_t *n)
{
	*n = sender->at[i + 1] - sender->at[i] - SENDER_LENGTH;
	return sender->bytes + sender->at[i] + SENDER_LENGTH;
}

/* --- the socket --- */

static void sender_write(sp_bench_sender *sender, const uint8_t *bytes, size_t n)
{
	while (n > 0) {
		ssize_t written = send(sender->fd, bytes, n, MSG_NOSIGNAL);
		if (written <= 0)
			sp_bench_fail("the daemon has closed the connection");
		bytes += written;
		n -= (size_t)written;
	}
}

/* Each side says which protocol it speaks: 0x50 is PUSH, 0x51 PULL. */
void sp_bench_sender_connect(sp_bench_sender *sender, uint16_t port)
{
	struct sockaddr_in address = {
	    .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	static const uint8_t push[] = {0, 'S', 'P', 0, 0, 0x50, 0, 0};
	uint8_t answer[sizeof push];

	sender->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (sender->fd < 0 || connect(sender->fd, (struct sockaddr *)&address, sizeof address) != 0)
		sp_bench_fail("nobody listens at tcp port %u", port);
	sender_write(sender, push, sizeof push);
	if (recv(sender->fd, answer, sizeof answer, MSG_WAITALL) != (ssize_t)sizeof answer || answer[5] != 0x51)
		sp_bench_fail("whoever listens at tcp port %u is no PULL", port);
}

/* The seq stands behind the array's head, the version and the name. */
void sp_bench_sender_send(sp_bench_sender *sender, uint32_t i)
{
	uint8_t *message = sender->bytes + sender->at[i] + SENDER_LENGTH;

	sender_put(message + 3 + strlen(SP_BENCH_SOURCE) + 1, sender->seq++);
	for (uint32_t k = 0; k < SP_BENCH_RECORDS; k++)
		sender_put(sender->bytes + sender->dates[i * SP_BENCH_RECORDS + k], sender->t_ns);
	sender->t_ns += SENDER_SCRAPE;
	sender_write(sender, sender->bytes + sender->at[i], sender->at[i + 1] - sender->at[i]);
	sender->sent += SP_BENCH_RECORDS;
}
