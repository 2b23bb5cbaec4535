/* sender.c - sends what it reads to a running Setpoint daemon, over nng: lines of "KIND SUBJECT VALUE" from standard input.
 *
 *     cc -o sender sender.c -lnng -lmsgpackc
 *     echo "utilization us-east/h100 0.72" | ./sender ipc://$HOME/.local/state/setpoint/run/signals my-probe
 *
 * A message is one msgpack array [1, source, seq, [[t, kind, subject, value], ...]]; docs/wire.md says every byte. */
#include <msgpack.h>
#include <nng/nng.h>
#include <nng/protocol/pipeline0/push.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

/* Money is sent as an integer of 1e-9 USD, everything else as a double. */
static int is_money(const char *kind)
{
	static const char kinds[] = " usd_per_gpu_h cost revenue list_price market_price support_cost incident_cost cash ";
	char word[68];

	snprintf(word, sizeof word, " %s ", kind);
	return strstr(kinds, word) != NULL;
}

static void pack_text(msgpack_packer *packer, const char *text)
{
	msgpack_pack_str(packer, strlen(text));
	msgpack_pack_str_body(packer, text, strlen(text));
}

static void pack_message(msgpack_sbuffer *bytes, const char *source, int64_t seq, const char *kind, const char *subject,
                         double value)
{
	msgpack_packer packer;

	msgpack_packer_init(&packer, bytes, msgpack_sbuffer_write);
	msgpack_pack_array(&packer, 4);
	msgpack_pack_int(&packer, 1); /* the wire version */
	pack_text(&packer, source);
	msgpack_pack_int64(&packer, seq);
	msgpack_pack_array(&packer, 1); /* records: up to 4096; 64 to 256 are usual where there are so many */
	msgpack_pack_array(&packer, 4);
	msgpack_pack_int64(&packer, now_ns());
	pack_text(&packer, kind);
	pack_text(&packer, subject);
	if (is_money(kind))
		msgpack_pack_int64(&packer, (int64_t)(value * 1e9 + (value < 0 ? -0.5 : 0.5)));
	else
		msgpack_pack_double(&packer, value);
}

static void check(int error, const char *what)
{
	if (error == 0)
		return;
	fprintf(stderr, "sender: %s: %s\n", what, nng_strerror(error));
	exit(1);
}

int main(int argc, char **argv)
{
	char line[1024], kind[64], subject[129];
	int64_t seq = now_ns(); /* begins with the clock, and rises by one with each message */
	struct pollfd idle = {.events = POLLIN};
	msgpack_sbuffer bytes;
	nng_socket push;
	double value;

	if (argc != 3) {
		fprintf(stderr, "usage: sender URL SOURCE, and lines of \"KIND SUBJECT VALUE\" on standard input\n");
		return 64;
	}
	check(nng_push0_open(&push), "socket");
	check(nng_dial(push, argv[1], NULL, 0), argv[1]);
	msgpack_sbuffer_init(&bytes);
	while (fgets(line, sizeof line, stdin)) {
		if (sscanf(line, "%63s %128s %lf", kind, subject, &value) != 3) {
			fprintf(stderr, "sender: expected KIND SUBJECT VALUE, not %s", line);
			continue;
		}
		msgpack_sbuffer_clear(&bytes);
		pack_message(&bytes, argv[2], seq++, kind, subject, value);
		check(nng_send(push, bytes.data, bytes.size, 0), "send"); /* waits while the daemon does not read */
	}
	msgpack_sbuffer_destroy(&bytes);
	check(nng_socket_get_int(push, NNG_OPT_SENDFD, &idle.fd), "socket");
	poll(&idle, 1, -1); /* until the last message has left: closing before would drop it */
	check(nng_close(push), "close");
	return 0;
}
