/* Interned names, against a plain list, and with every allocation failing once. */
#include "tests/check/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ids.h"

/* The allocations that ids.c makes; the linker leads them here. The n-th from now fails; 0: none does. */
static unsigned failing;

void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *old, size_t size);
char *__real_strndup(const char *text, size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *old, size_t size);
char *__wrap_strndup(const char *text, size_t n);

static bool fails_now(void)
{
	return failing > 0 && --failing == 0;
}

void *__wrap_calloc(size_t n, size_t size)
{
	return fails_now() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *old, size_t size)
{
	return fails_now() ? NULL : __real_realloc(old, size);
}

char *__wrap_strndup(const char *text, size_t n)
{
	return fails_now() ? NULL : __real_strndup(text, n);
}

static void a_name_is_1_to_128_plain_bytes(void **state)
{
	(void)state;
	const char *allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:/@+-";
	for (int c = 0; c < 256; c++) {
		const char text[] = {'x', (char)c};
		const bool fine = c != 0 && strchr(allowed, c) != NULL;
		check_status(sp_id_check(text, 2), fine ? SP_OK : SP_E_SYNTAX);
	}
	char text[SP_ID_MAX + 1];
	memset(text, 'a', sizeof text);
	check_status(sp_id_check(text, SP_ID_MAX), SP_OK);
	check_status(sp_id_check(text, SP_ID_MAX + 1), SP_E_SYNTAX);
	check_status(sp_id_check(text, 1), SP_OK);
	check_status(sp_id_check(text, 0), SP_E_SYNTAX);
	check_status(sp_id_check(NULL, 0), SP_E_SYNTAX);
}

static void names_get_slots_in_order_of_arrival(void **state)
{
	(void)state;
	sp_ids *ids = sp_ids_open();
	uint32_t slot = 77;
	check_u64(sp_ids_count(ids), 0);
	check_u64(sp_ids_find(ids, "eu/llama", 8), SP_NO_SLOT);
	check_status(sp_ids_add(ids, "eu/llama", 8, &slot), SP_OK);
	check_u64(slot, 0);
	check_status(sp_ids_add(ids, "eu/llama@acme", 13, &slot), SP_OK);
	check_u64(slot, 1);
	check_status(sp_ids_add(ids, "eu/llama", 8, &slot), SP_OK);
	check_u64(slot, 0);
	check_u64(sp_ids_count(ids), 2);
	check_u64(sp_ids_find(ids, "eu/llama", 7), SP_NO_SLOT); /* neither prefix nor case nor more */
	check_u64(sp_ids_find(ids, "EU/llama", 8), SP_NO_SLOT);
	check_u64(sp_ids_find(ids, "eu/llama@acme", 8), 0);
	check_u64(sp_ids_find(ids, "", 0), SP_NO_SLOT);
	check_text(sp_ids_name(ids, 1), "eu/llama@acme");
	slot = 77;
	check_status(sp_ids_add(ids, "no blanks", 9, &slot), SP_E_SYNTAX);
	check_u64(slot, 77);
	sp_ids_close(ids);
	sp_ids_close(NULL);
}

static void ask_beyond_the_last(void *ids)
{
	sp_ids_name(ids, sp_ids_count(ids));
}

static void a_slot_that_is_not_there_is_a_programming_error(void **state)
{
	(void)state;
	sp_ids *ids = sp_ids_open();
	check_contains(sp_check_stopped(ask_beyond_the_last, ids), "slot < ids->n");
	sp_ids_close(ids);
}

#define NAIVE_MAX 3000

static uint32_t naive_find(char (*names)[16], uint32_t n, const char *text)
{
	for (uint32_t i = 0; i < n; i++) {
		if (strcmp(names[i], text) == 0) {
			return i;
		}
	}
	return SP_NO_SLOT;
}

static void names_agree_with_a_plain_list(void **state)
{
	(void)state;
	static char names[NAIVE_MAX][16];
	uint32_t n = 0;
	sp_rng rng;
	sp_check_seed(__func__, &rng);
	sp_ids *ids = sp_ids_open();
	while (n < NAIVE_MAX) {
		char text[16];
		snprintf(text, sizeof text, "sku-%04llu", (unsigned long long)sp_rng_below(&rng, 4000));
		const uint32_t known = naive_find(names, n, text);
		check_u64(sp_ids_find(ids, text, strlen(text)), known);
		if (sp_rng_below(&rng, 2) == 0) {
			continue;
		}
		uint32_t slot = SP_NO_SLOT;
		check_status(sp_ids_add(ids, text, strlen(text), &slot), SP_OK);
		check_u64(slot, known != SP_NO_SLOT ? known : n);
		if (known == SP_NO_SLOT) {
			strcpy(names[n++], text);
		}
	}
	check_u64(sp_ids_count(ids), n);
	for (uint32_t i = 0; i < n; i++) {
		check_text(sp_ids_name(ids, i), names[i]);
	}
	sp_ids_close(ids);
}

static void a_hundred_thousand_names_keep_their_slots(void **state)
{
	(void)state;
	sp_ids *ids = sp_ids_open();
	char text[32];
	for (uint32_t i = 0; i < 100000; i++) {
		uint32_t slot = SP_NO_SLOT;
		const int n = snprintf(text, sizeof text, "family-%u/sku-%u", i / 10, i);
		check_status(sp_ids_add(ids, text, (size_t)n, &slot), SP_OK);
		check_u64(slot, i);
	}
	for (uint32_t i = 0; i < 100000; i++) {
		const int n = snprintf(text, sizeof text, "family-%u/sku-%u", i / 10, i);
		check_u64(sp_ids_find(ids, text, (size_t)n), i);
	}
	sp_ids_close(ids);
}

/* Adds 200 names (which grows twice) while the n-th allocation fails; what failed is added again. False: none failed. */
static bool survives_failure(unsigned n)
{
	bool failed = false;
	sp_ids *ids = sp_ids_open();
	failing = n;
	for (uint32_t i = 0; i < 200; i++) {
		char text[16];
		uint32_t slot = 77;
		const size_t length = (size_t)snprintf(text, sizeof text, "sku-%u", i);
		if (sp_ids_add(ids, text, length, &slot) == SP_E_MEMORY) {
			failed = true;
			check_u64(slot, 77);
			check_u64(sp_ids_count(ids), i);
			check_u64(sp_ids_find(ids, text, length), SP_NO_SLOT);
			check_status(sp_ids_add(ids, text, length, &slot), SP_OK);
		}
		check_u64(slot, i);
	}
	failing = 0;
	for (uint32_t i = 0; i < 200; i++) {
		char text[16];
		snprintf(text, sizeof text, "sku-%u", i);
		check_u64(sp_ids_find(ids, text, strlen(text)), i);
	}
	sp_ids_close(ids);
	return failed;
}

static void running_out_of_memory_changes_nothing(void **state)
{
	(void)state;
	failing = 1;
	check_true(sp_ids_open() == NULL);
	unsigned n = 1;
	while (survives_failure(n)) {
		n++;
	}
	check_true(n > 200);
}

static void the_nearest_name_is_offered(void **state)
{
	(void)state;
	sp_ids *ids = sp_ids_open();
	static const char *const names[] = {"half_life", "max_step", "min_interval", "deadband", "dead_band", "step"};
	check_true(sp_ids_nearest(ids, "max_step", 8) == NULL);
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		uint32_t slot = 0;
		sp_ids_add(ids, names[i], strlen(names[i]), &slot);
	}
	check_text(sp_ids_nearest(ids, "halflife", 8), "half_life");
	check_text(sp_ids_nearest(ids, "maxstep", 7), "max_step");
	check_text(sp_ids_nearest(ids, "min_intervall", 13), "min_interval");
	check_text(sp_ids_nearest(ids, "step", 4), "step");
	check_text(sp_ids_nearest(ids, "dead_bandd", 10), "dead_band");
	check_text(sp_ids_nearest(ids, "dead-band", 9), "deadband"); /* one edit from both: the first is taken */
	check_true(sp_ids_nearest(ids, "utilization", 11) == NULL);
	check_true(sp_ids_nearest(ids, "st", 2) == NULL);   /* a third of 2 is no edit at all */
	check_true(sp_ids_nearest(ids, "sxyp", 4) == NULL); /* 2 edits of 4 */
	check_true(sp_ids_nearest(ids, "", 0) == NULL);
	sp_ids_close(ids);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_name_is_1_to_128_plain_bytes),
	    cmocka_unit_test(names_get_slots_in_order_of_arrival),
	    cmocka_unit_test(a_slot_that_is_not_there_is_a_programming_error),
	    cmocka_unit_test(names_agree_with_a_plain_list),
	    cmocka_unit_test(a_hundred_thousand_names_keep_their_slots),
	    cmocka_unit_test(running_out_of_memory_changes_nothing),
	    cmocka_unit_test(the_nearest_name_is_offered),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
