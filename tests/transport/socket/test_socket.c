/* Sockets of ours: which addresses there are, whose a unix socket's file is, what is taken over, and that long messages are not
 * read. */
#include "transport/socket/listen.h"

#include <netinet/in.h>
#include <nng/protocol/pipeline0/pull.h>
#include <nng/protocol/pipeline0/push.h>
#include <nng/supplemental/util/platform.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/check/check.h"
#include "transport/socket/close.h"
#include "transport/socket/dial.h"
#include "transport/socket/url.h"

#define LONGEST 1024
#define VISITS  300

static char hello[] = "hello";

static nng_socket pull(void)
{
	nng_socket socket;

	check_i64(nng_pull0_open(&socket), 0);
	check_i64(nng_socket_set_ms(socket, NNG_OPT_RECVTIMEO, 2000), 0);
	return socket;
}

static nng_socket push(void)
{
	nng_socket socket;

	check_i64(nng_push0_open(&socket), 0);
	check_i64(nng_socket_set_ms(socket, NNG_OPT_SENDTIMEO, 2000), 0);
	return socket;
}

static const char *path_of(const char *name)
{
	static char path[256];

	snprintf(path, sizeof path, "%s/%s", sp_check_scratch(), name);
	return path;
}

static const char *url_of(const char *name)
{
	static char url[300];

	snprintf(url, sizeof url, "ipc://%s", path_of(name));
	return url;
}

/* --- addresses --- */

static void only_ipc_and_tcp_are_addresses(void **state)
{
	static const char *const sound[] = {"ipc:///run/x",  "ipc://x",        "tcp://127.0.0.1:0",
	                                    "tcp://*:65535", "tcp://[::1]:80", "tcp://gw-1.example.org:5555"};
	static const char *const wrong[] = {"",
	                                    "x",
	                                    "ipc://",
	                                    "ipc:/x",
	                                    "tcp://",
	                                    "tcp://host",
	                                    "tcp://host:",
	                                    "tcp://:80",
	                                    "tcp://host:65536",
	                                    "tcp://host:-1",
	                                    "tcp://host:8 ",
	                                    "tcp://a/b:80",
	                                    "tcp://u@host:80",
	                                    "tcp://host:80/x",
	                                    "tcp://**:80",
	                                    "tcp://[]:80",
	                                    "tcp://eth0;host:80",
	                                    "inproc://x",
	                                    "ws://host:80",
	                                    "tls+tcp://host:80",
	                                    "abstract://x",
	                                    "TCP://host:80"};
	sp_message message;

	(void)state;
	for (size_t i = 0; i < sizeof sound / sizeof sound[0]; i++) {
		check_status(sp_socket_url_check(sound[i], NULL), SP_OK);
	}
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		check_status(sp_socket_url_check(wrong[i], &message), SP_E_SYNTAX);
		check_contains(message.text, "write ipc://");
	}
	check_text(sp_socket_url_path("ipc:///run/x"), "/run/x");
	check_true(sp_socket_url_path("tcp://host:80") == NULL);
}

static void a_path_is_as_long_as_the_kernel_takes(void **state)
{
	char url[200] = "ipc://";
	sp_message message;

	(void)state;
	memset(url + 6, 'p', SP_SOCKET_PATH_MAX);
	check_status(sp_socket_url_check(url, &message), SP_OK);
	url[6 + SP_SOCKET_PATH_MAX] = 'p';
	check_status(sp_socket_url_check(url, &message), SP_E_RANGE);
	check_contains(message.text, "108 bytes");
}

/* --- listening --- */

static void a_socket_file_is_its_owners_alone(void **state)
{
	nng_socket socket = pull();
	struct stat file;

	(void)state;
	check_status(sp_socket_listen(socket, url_of("own"), LONGEST, NULL, NULL), SP_OK);
	check_i64(stat(path_of("own"), &file), 0);
	check_i64(file.st_mode & 07777, 0600);
	sp_socket_close(socket);
	check_i64(access(path_of("own"), F_OK), -1);
}

/* What kill -9 leaves: a socket's file with nobody behind it. */
static void leave_behind(const char *name)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(address.sun_path, sizeof address.sun_path, "%s", path_of(name));
	check_i64(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
	close(fd);
	check_i64(access(path_of(name), F_OK), 0);
}

static void a_file_left_behind_is_taken_over(void **state)
{
	nng_socket server = pull(), client = push();
	char got[8];
	size_t n = sizeof got;

	(void)state;
	leave_behind("stale");
	check_status(sp_socket_listen(server, url_of("stale"), LONGEST, NULL, NULL), SP_OK);
	check_status(sp_socket_dial(client, url_of("stale"), LONGEST, NULL, NULL), SP_OK);
	check_i64(nng_send(client, hello, sizeof hello, 0), 0);
	check_i64(nng_recv(server, got, &n, 0), 0);
	check_text(got, "hello");
	sp_socket_close(client);
	sp_socket_close(server);
}

static void an_address_in_use_is_refused_and_goes_on_working(void **state)
{
	nng_socket first = pull(), second = pull(), client = push();
	nng_listener listener;
	sp_message message;
	char url[64], got[8];
	size_t n = sizeof got;

	(void)state;
	check_status(sp_socket_listen(first, url_of("used"), LONGEST, NULL, NULL), SP_OK);
	check_status(sp_socket_listen(first, "tcp://127.0.0.1:0", LONGEST, &listener, NULL), SP_OK);
	check_true(sp_socket_port(listener) > 0);
	snprintf(url, sizeof url, "tcp://127.0.0.1:%d", sp_socket_port(listener));
	check_status(sp_socket_listen(second, url, LONGEST, NULL, &message), SP_E_BUSY);
	check_contains(message.text, url);
	check_status(sp_socket_listen(second, url_of("used"), LONGEST, NULL, &message), SP_E_BUSY);
	check_contains(message.text, "choose another address");
	sp_socket_close(second);
	check_status(sp_socket_dial(client, url_of("used"), LONGEST, NULL, NULL), SP_OK);
	check_i64(nng_send(client, hello, sizeof hello, 0), 0);
	check_i64(nng_recv(first, got, &n, 0), 0);
	sp_socket_close(client);
	sp_socket_close(first);
}

static void a_file_that_is_no_socket_is_left_alone(void **state)
{
	nng_socket socket = pull();
	sp_message message;
	char line[8] = "";
	FILE *file = fopen(path_of("ledger"), "w");

	(void)state;
	fputs("money", file);
	fclose(file);
	check_status(sp_socket_listen(socket, url_of("ledger"), LONGEST, NULL, &message), SP_E_FOREIGN);
	check_contains(message.text, "no socket");
	file = fopen(path_of("ledger"), "r");
	check_true(fgets(line, sizeof line, file) != NULL);
	fclose(file);
	check_text(line, "money");
	sp_socket_close(socket);
}

static void what_is_wrong_with_an_address_is_said_with_a_cure(void **state)
{
	nng_socket socket = pull();
	sp_message message;

	(void)state;
	check_status(sp_socket_listen(socket, url_of("none/x"), LONGEST, NULL, &message), SP_E_ABSENT);
	check_contains(message.text, "create it");
	check_status(sp_socket_listen(socket, "tcp://192.0.2.1:5555", LONGEST, NULL, &message), SP_E_ABSENT);
	check_contains(message.text, "no such address");
	check_status(sp_socket_listen(socket, "ws://127.0.0.1:0", LONGEST, NULL, &message), SP_E_SYNTAX);
	check_status(sp_socket_dial(socket, "ws://127.0.0.1:1", LONGEST, NULL, &message), SP_E_SYNTAX);
	check_status(sp_socket_fault(NNG_EPERM, "listen", "ipc:///x", &message), SP_E_PERMISSION);
	check_contains(message.text, "cannot listen at ipc:///x: not permitted");
	check_status(sp_socket_fault(NNG_EPROTO, "dial", "ipc:///x", &message), SP_E_IO);
	check_contains(message.text, nng_strerror(NNG_EPROTO));
	sp_socket_close(socket);
}

/* --- visitors --- */

static int connect_to(const char *url, uint16_t port)
{
	const char *path = sp_socket_url_path(url);
	struct sockaddr_un file = {.sun_family = AF_UNIX};
	struct sockaddr_in host = {
	    .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(path != NULL ? AF_UNIX : AF_INET, SOCK_STREAM, 0);

	if (path != NULL) {
		snprintf(file.sun_path, sizeof file.sun_path, "%s", path);
		check_i64(connect(fd, (struct sockaddr *)&file, sizeof file), 0);
	} else {
		check_i64(connect(fd, (struct sockaddr *)&host, sizeof host), 0);
	}
	return fd;
}

/* Connects, says something or nothing, and goes away with or without the peer's leave. */
static void visit(const char *url, uint16_t port, sp_rng *rng)
{
	static const char greeting[8] = "\0SP\0\0\x50\0\0";
	const struct linger at_once = {1, 0};
	int fd = connect_to(url, port);
	char byte;

	if (sp_rng_below(rng, 2) == 0) {
		check_i64(setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once), 0);
	}
	if (sp_rng_below(rng, 4) == 0) {
		(void)!send(fd, sp_rng_below(rng, 2) == 0 ? greeting : "GET / HT", sp_rng_below(rng, 9), MSG_NOSIGNAL);
	}
	if (sp_rng_below(rng, 4) == 0) {
		shutdown(fd, SHUT_WR);
	}
	if (sp_rng_below(rng, 8) == 0) {
		(void)!recv(fd, &byte, 1, MSG_DONTWAIT);
	}
	close(fd);
}

static void check_visited(const char *url)
{
	nng_socket server = pull(), client = push();
	nng_listener listener;
	char at[300], got[8];
	size_t n = sizeof got;
	sp_rng rng;

	sp_check_seed(__func__, &rng);
	check_status(sp_socket_listen(server, url, LONGEST, &listener, NULL), SP_OK);
	snprintf(at, sizeof at, "%s", url);
	if (sp_socket_port(listener) > 0) {
		snprintf(at, sizeof at, "tcp://127.0.0.1:%d", sp_socket_port(listener));
	}
	for (int i = 0; i < VISITS; i++) {
		visit(at, sp_socket_port(listener), &rng);
	}
	check_status(sp_socket_dial(client, at, LONGEST, NULL, NULL), SP_OK);
	check_i64(nng_send(client, hello, sizeof hello, 0), 0);
	check_i64(nng_recv(server, got, &n, 0), 0);
	check_text(got, "hello");
	sp_socket_close(client);
	sp_socket_close(server);
}

static void visitors_who_go_away_at_once_leave_the_door_open(void **state)
{
	(void)state;
	check_visited(url_of("visited"));
	check_visited("tcp://127.0.0.1:0");
}

/* --- messages --- */

static void what_is_too_long_is_not_read_and_the_next_is(void **state)
{
	static char bytes[LONGEST + 1], got[LONGEST + 1];
	nng_socket server = pull(), client = push();
	size_t n = 0;
	int error = -1;

	(void)state;
	check_status(sp_socket_listen(server, url_of("long"), LONGEST, NULL, NULL), SP_OK);
	check_status(sp_socket_dial(client, url_of("long"), LONGEST, NULL, NULL), SP_OK);
	check_i64(nng_socket_set_ms(server, NNG_OPT_RECVTIMEO, 200), 0);
	check_i64(nng_send(client, bytes, LONGEST + 1, 0), 0);
	for (int i = 0; i < 20 && error != 0;
	     i++) { /* what is sent into the connection that is about to break is gone, too */
		check_i64(nng_send(client, bytes, LONGEST, 0), 0);
		n = sizeof got;
		error = nng_recv(server, got, &n, 0);
	}
	check_i64(error, 0);
	check_u64(n, LONGEST);
	sp_socket_close(client);
	sp_socket_close(server);
}

static void who_dials_before_anybody_listens_gets_through_later(void **state)
{
	nng_socket server = pull(), client = push();
	char got[8];
	size_t n = sizeof got;

	(void)state;
	check_status(sp_socket_dial(client, url_of("later"), LONGEST, NULL, NULL), SP_OK);
	nng_msleep(150);
	check_status(sp_socket_listen(server, url_of("later"), LONGEST, NULL, NULL), SP_OK);
	check_i64(nng_send(client, hello, sizeof hello, 0), 0);
	check_i64(nng_recv(server, got, &n, 0), 0);
	check_text(got, "hello");
	sp_socket_close(client);
	sp_socket_close(server);
}

/* --- closing --- */

static void a_socket_closes_once_and_none_is_no_harm(void **state)
{
	nng_socket none = NNG_SOCKET_INITIALIZER, socket = pull();

	(void)state;
	sp_socket_close(none);
	check_status(sp_socket_listen(socket, url_of("closed"), LONGEST, NULL, NULL), SP_OK);
	sp_socket_close(socket);
	check_i64(access(path_of("closed"), F_OK), -1);
	sp_socket_close(socket);
	check_true(!sp_socket_is_stuck());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(only_ipc_and_tcp_are_addresses),
	    cmocka_unit_test(a_path_is_as_long_as_the_kernel_takes),
	    cmocka_unit_test(a_socket_file_is_its_owners_alone),
	    cmocka_unit_test(a_file_left_behind_is_taken_over),
	    cmocka_unit_test(an_address_in_use_is_refused_and_goes_on_working),
	    cmocka_unit_test(a_file_that_is_no_socket_is_left_alone),
	    cmocka_unit_test(what_is_wrong_with_an_address_is_said_with_a_cure),
	    cmocka_unit_test(visitors_who_go_away_at_once_leave_the_door_open),
	    cmocka_unit_test(what_is_too_long_is_not_read_and_the_next_is),
	    cmocka_unit_test(who_dials_before_anybody_listens_gets_through_later),
	    cmocka_unit_test(a_socket_closes_once_and_none_is_no_harm),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
