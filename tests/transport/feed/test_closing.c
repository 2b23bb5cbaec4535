/* A feed that is closed while frames, heartbeats and answers are under way in all directions ends in bounded time, whatever nng
 * makes of it (transport/socket/close.h). */
#include <nng/nng.h>
#include <nng/protocol/reqrep0/req.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/check/check.h"
#include "tests/transport/feed/stand.h"
#include "transport/socket/close.h"
#include "transport/socket/dial.h"

#define ROUNDS  20
#define ASKERS  4
#define READERS 3

static nng_socket ask_for_the_book(const char *url)
{
	const sp_request latest = {.kind = SP_REQUEST_SNAPSHOT, .client = "asker"};
	uint8_t bytes[SP_REQUEST_BYTES_MAX];
	sp_writer writer = {bytes, sizeof bytes, 0};
	nng_socket socket;

	check_i64(sp_request_encode(&latest, &writer), SP_WIRE_ok);
	check_i64(nng_req0_open(&socket), 0);
	check_i64(nng_socket_set_ms(socket, NNG_OPT_SENDTIMEO, 4000), 0);
	check_status(sp_socket_dial(socket, url, 1 << 20, NULL, NULL), SP_OK);
	check_i64(nng_send(socket, bytes, writer.n, 0), 0);
	return socket;
}

static void close_in_the_middle(void)
{
	stand s;
	nng_socket askers[ASKERS];
	reader readers[READERS];
	nng_time began;

	stand_init(&s, "closing", 11, 100, 20);
	stand_open(&s);
	stand_begin(&s, 1, 0xaa);
	for (int i = 0; i < READERS; i++)
		reader_open(&readers[i], s.prices_url, s.book_url);
	for (int i = 0; i < 5; i++)
		stand_move(&s, 1);
	for (int i = 0; i < ASKERS; i++)
		askers[i] = ask_for_the_book(s.book_url);
	began = nng_clock();
	sp_feed_close(s.feed);
	check_true(nng_clock() - began < 3 * SP_SOCKET_CLOSE_MS);
	s.feed = NULL;
	for (int i = 0; i < ASKERS; i++)
		sp_socket_close(askers[i]);
	for (int i = 0; i < READERS; i++)
		reader_close(&readers[i]);
	check_true(nng_clock() - began < 5 * SP_SOCKET_CLOSE_MS);
	stand_fini(&s);
}

static void it_may_be_closed_in_the_middle_of_everything(void **state)
{
	(void)state;
	for (int i = 0; i < ROUNDS && !sp_socket_is_stuck(); i++)
		close_in_the_middle();
	print_message("nng %s\n", sp_socket_is_stuck() ? "got stuck, and was left behind" : "closed each time");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(it_may_be_closed_in_the_middle_of_everything),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
