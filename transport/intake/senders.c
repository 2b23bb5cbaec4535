/* senders.c - see senders.h. Slot 0 is "(others)"; slot s is name s - 1 of base/ids.h. */
#include "transport/intake/senders.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/assert.h"
#include "base/time.h"
#include "transport/wire/signals.h"

/* [records/s] Faster than that is as good as no bound; so a full bucket fits its integer. */
#define SENDERS_RATE_MAX INT64_C(1000000000)

typedef struct senders_bucket {
	bool begun;
	int64_t last_ns;
	int64_t level; /* [1e-9 records], so that a nanosecond of any rate is a whole number */
} senders_bucket;

struct sp_senders {
	sp_ids *names;
	uint32_t n;
	senders_bucket buckets[SP_SENDERS_MAX + 1];
	sp_sender list[SP_SENDERS_MAX + 1];
};

_Static_assert(SENDERS_RATE_MAX <= INT64_MAX / SP_SEC, "a full bucket is no overflow");

/* --- buckets --- */

static int64_t senders_full(int64_t rate)
{
	return (rate > SP_WIRE_RECORDS_MAX ? rate : SP_WIRE_RECORDS_MAX) * SP_SEC;
}

/* The level after that time. The product is only made where it is less than what is missing. */
static int64_t senders_filled(int64_t level, int64_t full, int64_t rate, int64_t elapsed_ns)
{
	if (level >= full) {
		return full;
	}
	return elapsed_ns > (full - level) / rate ? full : level + elapsed_ns * rate;
}

static uint32_t senders_pass(senders_bucket *bucket, uint32_t records, int64_t rate, int64_t now_ns)
{
	const int64_t full = senders_full(rate);
	const int64_t elapsed_ns = now_ns > bucket->last_ns ? now_ns - bucket->last_ns : 0;
	bucket->level = bucket->begun ? senders_filled(bucket->level, full, rate, elapsed_ns) : full;
	bucket->begun = true;
	bucket->last_ns = now_ns;
	const int64_t whole = bucket->level / SP_SEC;
	const uint32_t passed = whole < records ? (uint32_t)whole : records;
	bucket->level -= passed * SP_SEC;
	return passed;
}

/* --- names --- */

sp_senders *sp_senders_open(void)
{
	sp_senders *senders = calloc(1, sizeof *senders);
	if (senders == NULL) {
		return NULL;
	}
	senders->names = sp_ids_open();
	if (senders->names == NULL) {
		free(senders);
		return NULL;
	}
	senders->n = 1;
	snprintf(senders->list[0].name, sizeof senders->list[0].name, "(others)");
	return senders;
}

void sp_senders_close(sp_senders *senders)
{
	if (senders != NULL) {
		sp_ids_close(senders->names);
		free(senders);
	}
}

uint32_t sp_senders_find(sp_senders *senders, const char *name, size_t n)
{
	SP_ASSERT(senders != NULL && (name != NULL || n == 0));
	uint32_t known = sp_ids_find(senders->names, name, n);
	if (known != SP_NO_SLOT) {
		return known + 1;
	}
	if (senders->n > SP_SENDERS_MAX || sp_ids_add(senders->names, name, n, &known) != SP_OK) {
		return 0;
	}
	SP_ASSERT(known + 1 == senders->n);
	sp_sender *sender = &senders->list[senders->n++];
	snprintf(sender->name, sizeof sender->name, "%s", sp_ids_name(senders->names, known));
	return known + 1;
}

/* --- counts --- */

static sp_sender *senders_at(sp_senders *senders, uint32_t slot)
{
	SP_ASSERT(senders != NULL && slot < senders->n);
	return &senders->list[slot];
}

uint32_t sp_senders_admit(sp_senders *senders, uint32_t slot, uint32_t records, int64_t max_per_s, int64_t now_ns)
{
	sp_sender *sender = senders_at(senders, slot);
	SP_ASSERT(max_per_s >= 0 && now_ns >= 0);
	sender->messages++;
	sender->records += records;
	sender->last_ns = now_ns;
	const int64_t rate = max_per_s < SENDERS_RATE_MAX ? max_per_s : SENDERS_RATE_MAX;
	return rate > 0 ? senders_pass(&senders->buckets[slot], records, rate, now_ns) : 0;
}

void sp_senders_take(sp_senders *senders, uint32_t slot)
{
	senders_at(senders, slot)->taken++;
}

void sp_senders_refuse(sp_senders *senders, uint32_t slot, sp_refusal refusal, uint32_t n)
{
	SP_ASSERT(refusal > SP_REFUSED_none && refusal < SP_REFUSALS);
	senders_at(senders, slot)->refused[refusal] += n;
}

void sp_senders_malformed(sp_senders *senders, uint32_t slot, sp_wire_reason reason)
{
	SP_ASSERT(reason > SP_WIRE_ok && reason < SP_WIRE_REASONS);
	sp_sender *sender = senders_at(senders, slot);
	sender->messages++;
	sender->malformed[reason]++;
}

void sp_senders_missing(sp_senders *senders, uint32_t slot, uint64_t n)
{
	sp_sender *sender = senders_at(senders, slot);
	if (n <= SP_SENDERS_GAP_MAX) {
		sender->missing += n;
	} else {
		sender->restarts++;
	}
}

uint32_t sp_senders_count(const sp_senders *senders)
{
	SP_ASSERT(senders != NULL);
	return senders->n;
}

const sp_sender *sp_senders_get(const sp_senders *senders, uint32_t slot)
{
	SP_ASSERT(senders != NULL && slot < senders->n);
	return &senders->list[slot];
}
