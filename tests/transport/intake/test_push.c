/* test_push.c - the end that pushes, against the end that takes: nothing is lost by waiting, and whoever waits is told. */
#include "tests/check/check.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "transport/intake/intake.h"
#include "transport/intake/push.h"

#define PATIENT_MS 5000

static char url[512];

static void at(const char *name)
{
	snprintf(url, sizeof url, "ipc://%s/%s", sp_check_scratch(), name);
}

static void wake(void *context)
{
	(void)context;
}

static sp_intake *listening(void)
{
	const char *const urls[] = {url};
	const sp_intake_options options = {.urls = urls, .n_urls = 1, .wake = wake};
	sp_intake *intake = NULL;
	sp_message message = {{0}};

	check_status(sp_intake_open(&options, &intake, &message), SP_OK);
	return intake;
}

static void pause_ms(long ms)
{
	nanosleep(&(struct timespec){.tv_nsec = ms * 1000000}, NULL);
}

/* The next message, within patience: its length, its first bytes as a number. */
static size_t take(sp_intake *intake, uint32_t *number)
{
	sp_intake_message message;
	size_t n;

	for (int i = 0; !sp_intake_next(intake, &message); i++) {
		check_true(i < PATIENT_MS);
		pause_ms(1);
	}
	n = message.n;
	check_true(n >= sizeof *number);
	memcpy(number, message.bytes, sizeof *number);
	sp_intake_release(intake, &message);
	return n;
}

static sp_push *connected(void)
{
	sp_push *push = NULL;
	sp_message message = {{0}};

	check_status(sp_push_open(url, PATIENT_MS, &push, &message), SP_OK);
	return push;
}

static void what_is_flushed_before_closing_arrives_in_order(void **state)
{
	enum { MESSAGES = 500, BYTES = 40000 };
	static uint8_t bytes[BYTES];
	sp_intake *intake;
	sp_push *push;
	uint32_t number;

	(void)state;
	at("order");
	intake = listening();
	push = connected();
	for (uint32_t i = 0; i < MESSAGES; i++) {
		memcpy(bytes, &i, sizeof i);
		check_status(sp_push_send(push, bytes, sizeof bytes, PATIENT_MS, NULL), SP_OK);
	}
	check_status(sp_push_flush(push, PATIENT_MS, NULL), SP_OK);
	sp_push_close(push);
	for (uint32_t i = 0; i < MESSAGES; i++) {
		check_u64(take(intake, &number), BYTES);
		check_u64(number, i);
	}
	sp_intake_close(intake);
}

static void nobody_there_is_told_with_the_cure(void **state)
{
	sp_push *push = NULL;
	sp_message message = {{0}};

	(void)state;
	at("nobody");
	check_status(sp_push_open(url, 20, &push, &message), SP_E_UNREACHABLE);
	check_true(push == NULL);
	check_contains(message.text, url);
	check_contains(message.text, "setpoint run");
	check_status(sp_push_open("http://localhost", 20, &push, &message), SP_E_SYNTAX);
	sp_push_close(NULL);
}

static void a_full_ring_is_felt_and_nothing_is_lost_by_it(void **state)
{
	sp_intake *intake;
	sp_push *push;
	sp_message message = {{0}};
	uint32_t sent = 0, number;
	sp_status status = SP_OK;

	(void)state;
	at("full");
	intake = listening();
	push = connected();
	while (status == SP_OK && sent < 1000000) {
		status = sp_push_send(push, &sent, sizeof sent, 200, &message);
		sent += status == SP_OK;
	}
	check_status(status, SP_E_BUSY);
	check_contains(message.text, "read nothing for 200ms");
	check_true(sent > SP_INTAKE_MESSAGES_MAX);
	check_status(sp_push_flush(push, 20, &message), SP_E_BUSY);
	for (uint32_t i = 0; i < sent; i++) {
		take(intake, &number);
		check_u64(number, i);
	}
	check_status(sp_push_send(push, &sent, sizeof sent, PATIENT_MS, NULL), SP_OK);
	take(intake, &number);
	check_u64(number, sent);
	sp_push_close(push);
	sp_intake_close(intake);
}

static void *open_later(void *intake)
{
	pause_ms(100);
	*(sp_intake **)intake = listening();
	return NULL;
}

static void a_daemon_that_is_starting_is_waited_for(void **state)
{
	sp_intake *intake = NULL;
	sp_push *push;
	pthread_t thread;

	(void)state;
	at("later");
	pthread_create(&thread, NULL, open_later, &intake);
	push = connected();
	pthread_join(thread, NULL);
	sp_push_close(push);
	sp_intake_close(intake);
}

static void a_daemon_that_was_started_anew_is_found_again(void **state)
{
	sp_intake *intake;
	sp_push *push;
	sp_message message = {{0}};
	uint32_t number = 7;

	(void)state;
	at("anew");
	intake = listening();
	push = connected();
	sp_intake_close(intake);
	for (int i = 0; sp_push_flush(push, 0, &message) == SP_OK; i++) {
		check_true(i < PATIENT_MS);
		pause_ms(1);
	}
	check_status(sp_push_send(push, &number, sizeof number, 50, &message), SP_E_UNREACHABLE);
	intake = listening();
	check_status(sp_push_send(push, &number, sizeof number, PATIENT_MS, &message), SP_OK);
	number = 0;
	take(intake, &number);
	check_u64(number, 7);
	sp_push_close(push);
	sp_intake_close(intake);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_flushed_before_closing_arrives_in_order),
	    cmocka_unit_test(nobody_there_is_told_with_the_cure),
	    cmocka_unit_test(a_full_ring_is_felt_and_nothing_is_lost_by_it),
	    cmocka_unit_test(a_daemon_that_is_starting_is_waited_for),
	    cmocka_unit_test(a_daemon_that_was_started_anew_is_found_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
