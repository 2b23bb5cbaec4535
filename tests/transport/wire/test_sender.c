/* The sender in Python that docs/wire.md prints is taken from there and run as it stands, against a tcp socket that speaks
 * nng's framing; what it sends is decoded. Once with python3-msgpack, where a python3 has it, once with the plain packer. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/check/check.h"
#include "tests/transport/wire/tell.h"
#include "transport/wire/signals.h"

#define PLAIN "tests/transport/wire/plain"

static bool works(const char *python, const char *path)
{
	char command[256];

	snprintf(command, sizeof command, "PYTHONPATH='%s' %s -c 'import msgpack' >/dev/null 2>&1", path, python);
	return system(command) == 0;
}

static int listen_anywhere(uint16_t *port)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t n = sizeof address;
	int sock = socket(AF_INET, SOCK_STREAM, 0);

	check_true(sock >= 0);
	check_i64(bind(sock, (struct sockaddr *)&address, n), 0);
	check_i64(listen(sock, 1), 0);
	check_i64(getsockname(sock, (struct sockaddr *)&address, &n), 0);
	*port = ntohs(address.sin_port);
	return sock;
}

static pid_t start_sender(const char *python, const char *path, uint16_t port)
{
	char script[4096], number[8], *text = sp_page_block("python");
	FILE *out;
	pid_t child;

	snprintf(script, sizeof script, "%s/sender.py", sp_check_scratch());
	out = fopen(script, "w");
	check_true(out != NULL && fputs(text, out) >= 0 && fclose(out) == 0);
	free(text);
	snprintf(number, sizeof number, "%u", port);
	child = fork();
	check_true(child >= 0);
	if (child == 0) {
		setenv("PYTHONPATH", path, 1);
		execlp(python, python, "-B", script, "127.0.0.1", number, (char *)NULL);
		_exit(127);
	}
	return child;
}

static void receive(int sock, void *bytes, size_t n)
{
	check_i64(recv(sock, bytes, n, MSG_WAITALL), (int64_t)n);
}

/* One message of the stream: its length in eight bytes, big-endian, and its bytes. */
static uint8_t *receive_message(int sock, size_t *n)
{
	uint8_t head[8], *bytes;

	receive(sock, head, sizeof head);
	*n = 0;
	for (size_t i = 0; i < sizeof head; i++)
		*n = *n << 8 | head[i];
	check_true(*n > 0 && *n <= SP_WIRE_SIGNALS_MAX);
	bytes = malloc(*n);
	receive(sock, bytes, *n);
	return bytes;
}

static void check_first(sp_wire_decoder *decoder, int sock, int64_t *seq)
{
	sp_wire_message message;
	size_t n;
	uint8_t *bytes = receive_message(sock, &n);

	check_i64(sp_wire_decode(decoder, bytes, n, &message), SP_WIRE_ok);
	check_bytes(message.source, "prom-1", message.n_source);
	check_u64(message.n_records, 2);
	check_i64(message.records[0].refusal, SP_REFUSED_none);
	check_u64(message.records[0].kind, SP_KIND_utilization);
	check_ulp(message.records[0].value.real, 0.72, 0);
	check_i64(message.records[1].refusal, SP_REFUSED_none);
	check_u64(message.records[1].kind, SP_KIND_usd_per_gpu_h);
	check_i64(message.records[1].value.nano, INT64_C(2100000000));
	check_bytes(message.records[1].subject, "us-east/h100:burst", message.records[1].n_subject);
	*seq = message.seq;
	free(bytes);
}

static void check_second(sp_wire_decoder *decoder, int sock, int64_t seq)
{
	sp_wire_message message;
	size_t n;
	uint8_t *bytes = receive_message(sock, &n);

	check_i64(sp_wire_decode(decoder, bytes, n, &message), SP_WIRE_ok);
	check_i64(message.seq, seq + 1);
	check_u64(message.n_records, 1);
	check_i64(message.records[0].refusal, SP_REFUSED_none);
	check_ulp(message.records[0].value.real, 125000.5, 0);
	free(bytes);
}

static void run_sender(const char *python, const char *path)
{
	static const uint8_t pull[8] = {0, 'S', 'P', 0, 0, 0x51, 0, 0}, push[8] = {0, 'S', 'P', 0, 0, 0x50, 0, 0};
	sp_wire_decoder *decoder = sp_wire_open();
	struct timeval limit = {.tv_sec = 30};
	uint8_t greeting[8], rest;
	int64_t seq;
	uint16_t port;
	int listener = listen_anywhere(&port), sock, ended;
	pid_t child = start_sender(python, path, port);

	setsockopt(listener, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
	sock = accept(listener, NULL, NULL);
	check_true(sock >= 0);
	setsockopt(sock, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
	check_i64(send(sock, pull, sizeof pull, 0), sizeof pull);
	receive(sock, greeting, sizeof greeting);
	check_bytes(greeting, push, sizeof push);
	check_first(decoder, sock, &seq);
	check_second(decoder, sock, seq);
	check_i64(recv(sock, &rest, 1, 0), 0); /* and nothing more */
	check_i64(waitpid(child, &ended, 0), child);
	check_true(WIFEXITED(ended) && WEXITSTATUS(ended) == 0);
	close(sock);
	close(listener);
	sp_wire_close(decoder);
}

static void the_sender_of_the_page_is_understood_with_python3_msgpack(void **state)
{
	(void)state;
	if (works("python3", ""))
		run_sender("python3", "");
	else if (works("/usr/bin/python3", ""))
		run_sender("/usr/bin/python3", "");
	else
		skip();
}

static void the_sender_of_the_page_is_understood_with_a_plain_packer(void **state)
{
	(void)state;
	if (!works("python3", PLAIN))
		skip();
	run_sender("python3", PLAIN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_sender_of_the_page_is_understood_with_python3_msgpack),
	    cmocka_unit_test(the_sender_of_the_page_is_understood_with_a_plain_packer),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
