/* site.c - see site.h. */
#include "tests/transport/intake/site.h"

#include <stdio.h>
#include <string.h>

#include <nng/protocol/pipeline0/push.h>

static void site_woke(void *context)
{
	sp_site *at = context;

	atomic_fetch_add(&at->woken, 1);
}

const char *sp_site_url(void)
{
	static char url[128];
	static unsigned n;

	snprintf(url, sizeof url, "ipc://%s/%u", sp_check_scratch(), n++);
	return url;
}

sp_status sp_site_try(sp_site *at, const char *ipc, sp_message *message)
{
	const char *const urls[] = {ipc, "tcp://127.0.0.1:0"};
	sp_intake_options options = {.urls = urls, .n_urls = 2, .wake = site_woke, .context = at};

	*at = (sp_site){0};
	snprintf(at->ipc, sizeof at->ipc, "%s", ipc);
	return sp_intake_open(&options, &at->intake, message);
}

void sp_site_open(sp_site *at, const char *ipc)
{
	sp_message message = {{0}};
	sp_status status = sp_site_try(at, ipc, &message);

	if (status != SP_OK)
		print_error("%s\n", message.text);
	check_status(status, SP_OK);
	check_u64(sp_intake_port(at->intake, 0), 0);
	check_true(sp_intake_port(at->intake, 1) > 0);
	snprintf(at->tcp, sizeof at->tcp, "tcp://127.0.0.1:%u", sp_intake_port(at->intake, 1));
}

sp_intake_counts sp_site_counts(const sp_site *at)
{
	sp_intake_counts counts;

	sp_intake_count(at->intake, &counts);
	check_true(counts.waiting <= SP_INTAKE_MESSAGES_MAX);
	return counts;
}

sp_intake_message sp_site_take(const sp_site *at)
{
	sp_intake_message message = {0};

	for (int ms = 0; !sp_intake_next(at->intake, &message); ms++) {
		check_true(ms < SP_SITE_WAIT_MS);
		nng_msleep(1);
	}
	return message;
}

void sp_site_await_waiting(const sp_site *at, uint32_t n)
{
	for (int ms = 0; sp_site_counts(at).waiting < n; ms++) {
		check_true(ms < SP_SITE_WAIT_MS);
		nng_msleep(1);
	}
}

void sp_site_await_senders(const sp_site *at, uint32_t n)
{
	for (int ms = 0; sp_site_counts(at).senders != n; ms++) {
		check_true(ms < SP_SITE_WAIT_MS);
		nng_msleep(1);
	}
}

nng_socket sp_site_push(const char *url, int wait_ms)
{
	nng_socket push;

	check_i64(nng_push0_open(&push), 0);
	check_i64(nng_socket_set_ms(push, NNG_OPT_SENDTIMEO, wait_ms), 0);
	check_i64(nng_dial(push, url, NULL, NNG_FLAG_NONBLOCK), 0);
	return push;
}

int sp_site_send(nng_socket push, uint32_t sender, uint32_t number, size_t n)
{
	nng_msg *message;
	const uint32_t head[2] = {sender, number};

	check_true(n >= sizeof head);
	check_i64(nng_msg_alloc(&message, n), 0);
	memset(nng_msg_body(message), (int)number, n);
	memcpy(nng_msg_body(message), head, sizeof head);
	const int error = nng_sendmsg(push, message, 0);
	if (error != 0)
		nng_msg_free(message);
	return error;
}

static uint32_t site_number(const sp_intake_message *message, uint32_t *sender)
{
	uint32_t head[2];

	check_true(message->n >= sizeof head);
	memcpy(head, message->bytes, sizeof head);
	for (size_t i = sizeof head; i < message->n; i += 997)
		check_u64(message->bytes[i], (uint8_t)head[1]);
	*sender = head[0];
	return head[1];
}

void sp_site_take_number(const sp_site *at, uint32_t sender, uint32_t number)
{
	sp_intake_message message = sp_site_take(at);
	uint32_t from;

	check_u64(site_number(&message, &from), number);
	check_u64(from, sender);
	sp_intake_release(at->intake, &message);
}

static void flood_run(void *context)
{
	sp_flood *f = context;
	uint8_t message[9 + 64 + 511];

	for (uint32_t number = 0; !atomic_load(f->over); number++) {
		const uint32_t head[2] = {f->id, number};
		const size_t n = 64 + number % 512, n_head = sp_line_frame(&f->line, message, n);
		memset(message + n_head, (int)number, n);
		memcpy(message + n_head, head, sizeof head);
		for (size_t at = 0; at < n_head + n && !atomic_load(f->over);) {
			const size_t wrote = sp_line_try(&f->line, message + at, n_head + n - at);
			at += wrote;
			nng_msleep(wrote == 0);
		}
	}
}

void sp_flood_start(sp_flood *f, const char *url, uint32_t id, atomic_bool *over)
{
	*f = (sp_flood){.line = sp_line_open(url), .id = id, .over = over};
	check_i64(nng_thread_create(&f->thread, flood_run, f), 0);
}

void sp_flood_end(sp_flood *f)
{
	nng_thread_destroy(f->thread);
	sp_line_close(&f->line);
}

uint32_t sp_site_check_next(const sp_intake_message *message, uint32_t *next)
{
	uint32_t from;
	const uint32_t number = site_number(message, &from);

	check_u64(number, next[from]++);
	return from;
}

int sp_site_end(void **state)
{
	(void)state;
	nng_fini();
	return 0;
}
