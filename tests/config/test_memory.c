/* test_memory.c - the nth allocation fails, for every n until none does: reading answers SP_E_MEMORY or counts what it could
 * not say, and nothing is lost or read. The linker puts these in place of the room's calls (--wrap). */
#include "tests/check/check.h"

#include <stdlib.h>
#include <string.h>

#include "tests/config/given.h"

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *at, size_t n);
char *__real_strdup(const char *text);
char *__real_strndup(const char *text, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *at, size_t n);
char *__wrap_strdup(const char *text);
char *__wrap_strndup(const char *text, size_t n);

static long allocations_left = -1; /* until one fails; negative: never */

static bool fails_now(void)
{
	return allocations_left >= 0 && allocations_left-- == 0;
}

void *__wrap_malloc(size_t n)
{
	return fails_now() ? NULL : __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size)
{
	return fails_now() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *at, size_t n)
{
	return fails_now() ? NULL : __real_realloc(at, n);
}

char *__wrap_strdup(const char *text)
{
	return fails_now() ? NULL : __real_strdup(text);
}

char *__wrap_strndup(const char *text, size_t n)
{
	return fails_now() ? NULL : __real_strndup(text, n);
}

static const char yaml[] =
    GIVEN_POOL "price_sheet: prices.csv\n"
               "defaults: {pool: p}\n"
               "families: [{id: g, skus: [" GIVEN_SKU("g/in") "]}]\n"
                                                              "sources: [{id: prom, kinds: [latency]}]\n"
                                                              "listen: {signals: \"tcp://127.0.0.1:8421\"}\n";
static const char sheet[] = "sku,family,meter,unit,usd,weight\nf/in,f,input,1M tokens,0.45,1\n";

static void every_failed_allocation_is_an_answer_until_none_fails(void **state)
{
	sp_status status = SP_E_MEMORY;
	long n = 0;

	(void)state;
	for (; status == SP_E_MEMORY && n < 1000; n++) {
		sp_complaints complaints = {0};
		sp_config *config;
		allocations_left = n;
		status = sp_config_parse("t", yaml, strlen(yaml), "s", sheet, strlen(sheet), &config, &complaints);
		allocations_left = -1;
		check_true(status == SP_OK || status == SP_E_MEMORY);
		check_true((config != NULL) == (status == SP_OK));
		sp_config_close(config);
		sp_complaints_fini(&complaints);
	}
	check_status(status, SP_OK);
	check_true(n > 20);
	print_message("%ld allocations\n", n - 1);
}

static void files_too(void **state)
{
	sp_status status = SP_E_MEMORY;
	char path[400];
	FILE *file;
	long n = 0;

	(void)state;
	snprintf(path, sizeof(path), "%s/prices.csv", sp_check_scratch());
	file = fopen(path, "w");
	fputs(sheet, file);
	fclose(file);
	snprintf(path, sizeof(path), "%s/a.yaml", sp_check_scratch());
	file = fopen(path, "w");
	fputs(yaml, file);
	fclose(file);
	for (; status == SP_E_MEMORY && n < 1000; n++) {
		sp_complaints complaints = {0};
		sp_config *config;
		allocations_left = n;
		status = sp_config_read(path, &config, &complaints);
		allocations_left = -1;
		check_true((config != NULL) == (status == SP_OK));
		sp_config_close(config);
		sp_complaints_fini(&complaints);
	}
	check_status(status, SP_OK);
}

/* A list of complaints that cannot grow still refuses the file. */
static void a_complaint_without_room_is_counted(void **state)
{
	(void)state;
	for (long n = 0; n < 200; n++) {
		static const char wrong[] = GIVEN_POOL "nonsense: 1\n";
		sp_complaints complaints = {0};
		sp_config *config;
		sp_status status;
		allocations_left = n;
		status = sp_config_parse("t", wrong, strlen(wrong), NULL, NULL, 0, &config, &complaints);
		allocations_left = -1;
		check_true(config == NULL && status != SP_OK);
		check_true(status == SP_E_MEMORY || complaints.n + complaints.more > 0);
		sp_complaints_fini(&complaints);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_failed_allocation_is_an_answer_until_none_fails),
	    cmocka_unit_test(files_too),
	    cmocka_unit_test(a_complaint_without_room_is_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
