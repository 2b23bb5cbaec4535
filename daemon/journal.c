/* journal.c - see journal.h. A line always has room left for its own end: the mark of a cut, a closing quote, the line feed. */
#include "daemon/journal.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/time.h"
#include "daemon/clock.h"

#define JOURNAL_CUT     " …"
#define JOURNAL_END_MAX (sizeof JOURNAL_CUT - 1 + sizeof "\"\n" - 1)
#define JOURNAL_WAIT_MS 100

_Static_assert(SP_JOURNAL_LINE_MAX <= PIPE_BUF, "written in one piece");

static atomic_uint journal_lost; /* lines of this process that nobody took, since the last that somebody did */

static bool journal_wants(const sp_journal_line *line)
{
	return line->level >= line->journal->least;
}

/* All of it or, where it has no room, the mark of a cut. */
static void journal_put(sp_journal_line *line, const char *text, size_t n, const char *cut)
{
	if (line->cut)
		return;
	line->cut = line->n + n > sizeof line->text - JOURNAL_END_MAX;
	if (line->cut) {
		text = cut;
		n = strlen(cut);
	}
	memcpy(line->text + line->n, text, n);
	line->n += n;
}

/* --- texts --- */

/* One character of UTF-8 at `text`: its length, 0 where there is none; *code: which. */
static size_t journal_character(const unsigned char *text, uint32_t *code)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t n = text[0] < 0x80 ? 1 : text[0] >= 0xc2 && text[0] < 0xe0 ? 2 : (text[0] & 0xf0) == 0xe0 ? 3 : 4;

	if (n == 4 && (text[0] & 0xf8) != 0xf0)
		return 0;
	*code = n == 1 ? text[0] : text[0] & (0x7fu >> n);
	for (size_t i = 1; i < n; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
		*code = *code << 6 | (text[i] & 0x3f);
	}
	return *code < least[n] || *code > 0x10ffff || (*code >= 0xd800 && *code < 0xe000) ? 0 : n;
}

/* Does it steer a terminal, end a line for somebody, or turn text round? */
static bool journal_steers(uint32_t code)
{
	return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x061c || code == 0x200e || code == 0x200f ||
	       (code >= 0x2028 && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069) || code == 0xfeff;
}

static bool journal_is_plain(const char *text)
{
	bool plain = *text != 0;

	for (; plain && *text; text++)
		plain = *text > ' ' && *text < 0x7f && *text != '"' && *text != '=' && *text != '\\';
	return plain;
}

static void journal_put_escaped(sp_journal_line *line, uint32_t code)
{
	static const char letters[] = "\"\"\\\\\nn\tt\rr"; /* the character, and what it is called */
	char escape[8] = "\\";
	const char *letter = NULL;

	for (const char *at = letters; *at && !letter; at += 2)
		letter = code == (unsigned char)at[0] ? at + 1 : NULL;
	if (letter)
		escape[1] = *letter;
	else
		(void)snprintf(escape, sizeof escape, "\\u%04x", code & 0xffff);
	journal_put(line, escape, strlen(escape), "…");
}

static void journal_put_characters(sp_journal_line *line, const char *text)
{
	size_t n;

	for (; *text && !line->cut; text += n) {
		uint32_t code = 0;

		n = journal_character((const unsigned char *)text, &code);
		if (n == 0)
			journal_put_escaped(line, 0xfffd);
		else if (journal_steers(code) || code == '"' || code == '\\')
			journal_put_escaped(line, code);
		else
			journal_put(line, text, n, "…");
		n = n ? n : 1;
	}
}

/* --- lines --- */

static bool journal_is_name(const char *text)
{
	return *text && text[strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_.")] == 0;
}

/* The form is `key=` and the value. */
static void journal_put_field(sp_journal_line *line, const char *key, const char *value)
{
	char field[128];
	int n;

	SP_ASSERT(journal_is_name(key));
	n = snprintf(field, sizeof field, "%s%s=%s", line->n ? " " : "", key, value);
	SP_ASSERT(n > 0 && (size_t)n < sizeof field);
	journal_put(line, field, (size_t)n, JOURNAL_CUT);
}

sp_journal_line sp_journal_begin(const sp_journal *journal, sp_journal_level level, const char *event)
{
	static const char *const levels[] = {"debug", "info", "warn", "error"};
	sp_journal_line line;

	SP_ASSERT(journal && level >= SP_JOURNAL_DEBUG && level <= SP_JOURNAL_ERROR);
	SP_ASSERT(journal_is_name(event));
	line.journal = journal;
	line.level = level;
	line.cut = false;
	line.n = 0;
	if (!journal_wants(&line))
		return line;
	sp_journal_time(&line, "t", sp_clock_wall() / SP_MS * SP_MS);
	journal_put_field(&line, "level", levels[level]);
	journal_put_field(&line, "event", event);
	return line;
}

void sp_journal_text(sp_journal_line *line, const char *key, const char *text)
{
	bool plain;

	SP_ASSERT(line && text);
	if (!journal_wants(line) || line->cut)
		return;
	plain = journal_is_plain(text);
	journal_put_field(line, key, plain ? "" : "\"");
	if (line->cut)
		return;
	journal_put_characters(line, text);
	if (!plain)
		line->text[line->n++] = '"'; /* there is room */
}

void sp_journal_number(sp_journal_line *line, const char *key, int64_t number)
{
	char text[24];

	SP_ASSERT(line);
	(void)snprintf(text, sizeof text, "%" PRId64, number);
	if (journal_wants(line))
		journal_put_field(line, key, text);
}

void sp_journal_time(sp_journal_line *line, const char *key, int64_t t_ns)
{
	char text[SP_TIME_TEXT_MAX];

	SP_ASSERT(line);
	if (journal_wants(line))
		journal_put_field(line, key, sp_time_format(t_ns, text));
}

/* --- out --- */

/* May the line be written without waiting for somebody? */
static bool journal_has_taker(int fd, bool lost_before)
{
	struct pollfd taker = {.fd = fd, .events = POLLOUT};
	int n;

	do
		n = poll(&taker, 1, lost_before ? 0 : JOURNAL_WAIT_MS);
	while (n < 0 && errno == EINTR);
	return n != 0; /* what else is wrong shows in write(2) */
}

/* A file on a full disk may take a part: the rest goes after it, or the next line would begin within this one. */
static bool journal_write(int fd, const char *text, size_t n)
{
	while (n > 0) {
		ssize_t written = write(fd, text, n);

		if (written < 0 && errno != EINTR)
			return false;
		text += written > 0 ? written : 0;
		n -= written > 0 ? (size_t)written : 0;
	}
	return true;
}

void sp_journal_end(sp_journal_line *line)
{
	unsigned lost;

	SP_ASSERT(line);
	if (!journal_wants(line))
		return;
	lost = atomic_exchange(&journal_lost, 0);
	if (lost)
		sp_journal_number(line, "lost", lost);
	line->text[line->n++] = '\n';
	SP_ASSERT(line->n <= sizeof line->text);
	if (!journal_has_taker(line->journal->fd, lost > 0) || !journal_write(line->journal->fd, line->text, line->n))
		atomic_fetch_add(&journal_lost, lost + 1);
}

void sp_journal_say(const sp_journal *journal, sp_journal_level level, const char *event, const char *text)
{
	sp_journal_line line = sp_journal_begin(journal, level, event);

	sp_journal_text(&line, "message", text);
	sp_journal_end(&line);
}
