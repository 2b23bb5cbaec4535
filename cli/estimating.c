/* estimating.c - see estimating.h. */
#include "cli/estimating.h"

#include <ctype.h>
#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/math.h"
#include "base/real.h"
#include "base/time.h"
#include "cli/exit.h"
#include "cli/number.h"
#include "cli/svg.h"
#include "sim/trace/lines.h"

#define NINETY_PERCENT 1.6448536269514722 /* of a normal distribution lies within so many deviations */
#define MARKS_MAX      1000

typedef struct line_cell {
	const char *text;
	size_t n;
} line_cell;

typedef struct run {
	const sp_estimating *asked;
	void *state; /* owned */
	FILE *out, *err;
	uint64_t observed, missing;
	const char *reason;   /* said last; NULL: known */
	sp_change change;     /* said last */
	sp_svg_point *points; /* owned; only where a picture is wanted */
	size_t n_points, room;
	int64_t marks[MARKS_MAX];
	size_t n_marks;
	bool headed;
} run;

/* --- a line taken apart --- */

static line_cell cell_trimmed(const char *from, const char *to)
{
	while (from < to && (*from == ' ' || *from == '\t'))
		from++;
	while (to > from && (to[-1] == ' ' || to[-1] == '\t'))
		to--;
	return (line_cell){from, (size_t)(to - from)};
}

/* Returns how many; 4 stands for more than three. */
static int line_split(const char *text, size_t n, line_cell cells[3])
{
	const char *end = text + n;
	int count = 0;

	for (const char *at = text;;) {
		const char *comma = memchr(at, ',', (size_t)(end - at));
		if (count == 3)
			return 4;
		cells[count++] = cell_trimmed(at, comma ? comma : end);
		if (!comma)
			return count;
		at = comma + 1;
	}
}

static sp_status line_complain(uint64_t row, const char *column, sp_status status, const sp_message *what,
                               sp_message *message)
{
	return sp_message_set(message, status, "stdin:%llu: %s: %s", (unsigned long long)row, column, what->text);
}

typedef struct line_read {
	line_cell t; /* as written */
	int64_t t_ns;
	double x, u;
	bool missing;
} line_read;

static sp_status line_parse(const run *r, uint64_t row, const char *text, size_t n, line_read *line,
                            sp_message *message)
{
	static const sp_cell_clock seconds = {0, SP_SEC};
	static const sp_missing none = {0};
	line_cell cells[3];
	sp_message what = {{0}};
	int count = line_split(text, n, cells);
	sp_status status;

	if (count < 2 || count > 3)
		return sp_message_set(message, SP_E_SYNTAX, "stdin:%llu: expected t,x or t,x,u and not %s",
		                      (unsigned long long)row,
		                      count < 2 ? "one cell; is the separator a comma?" : "more cells");
	*line = (line_read){.t = cells[0]};
	status = sp_cell_time(cells[0].text, cells[0].n, &seconds, &line->t_ns, &what);
	if (status != SP_OK)
		return line_complain(row, "t", status, &what, message);
	status = sp_cell_number(cells[1].text, cells[1].n, &r->asked->missing, &line->x, &what);
	line->missing = status == SP_E_ABSENT;
	if (status != SP_OK && !line->missing)
		return line_complain(row, "x", status, &what, message);
	status = count == 3 ? sp_cell_number(cells[2].text, cells[2].n, &none, &line->u, &what) : SP_OK;
	return status == SP_OK ? SP_OK : line_complain(row, "u", status, &what, message);
}

/* A first line that begins with a letter names columns. */
static bool line_is_head(const run *r, const char *text, size_t n)
{
	return !r->headed && r->observed + r->missing == 0 && n > 0 && isalpha((unsigned char)text[0]);
}

/* --- answers --- */

static void say_reason(run *r, uint64_t row, const char *reason)
{
	if (reason && (!r->reason || strcmp(r->reason, reason) != 0))
		fprintf(r->err, "estimate: nothing is known from line %llu on: %s\n", (unsigned long long)row, reason);
	r->reason = reason;
}

static void say_change(run *r)
{
	const sp_estimator_setup *kind = &r->asked->kind;
	char began[SP_TIME_TEXT_MAX], found[SP_TIME_TEXT_MAX];
	sp_change change;

	if (!kind->ops->change || kind->ops->change(r->state, kind->params, &change).knowledge != SP_KNOWN ||
	    change.count == r->change.count)
		return;
	r->change = change;
	if (r->n_marks < MARKS_MAX)
		r->marks[r->n_marks++] = change.began_ns;
	fprintf(r->err, "estimate: change %lld began %s, told %s: %.6g to %.6g, +-%.2g\n", (long long)change.count,
	        sp_time_format(change.began_ns, began), sp_time_format(change.found_ns, found), change.before, change.after,
	        NINETY_PERCENT * sqrt(change.variance));
}

static void answer_csv(run *r, const char *t, size_t n, bool known, const sp_estimate *e)
{
	char value[SP_REAL_TEXT_MAX], error[SP_REAL_TEXT_MAX], slope[SP_REAL_TEXT_MAX];

	if (known)
		fprintf(r->out, "%.*s,%s,%s,%s\n", (int)n, t, sp_real_format(e->value, value),
		        sp_real_format(sp_sqrt(e->variance), error), sp_real_format(e->slope, slope));
	else
		fprintf(r->out, "%.*s,,,\n", (int)n, t);
}

static void answer_json(run *r, int64_t t_ns, const sp_answer *answer, const sp_estimate *e)
{
	char t[SP_TIME_TEXT_MAX];
	json_t *line = json_pack("{s:s,s:s,s:s,s:b}", "schema", "setpoint.estimate/v1", "t", sp_time_format(t_ns, t),
	                         "kind", r->asked->kind.ops->name, "known", answer->knowledge == SP_KNOWN);

	if (answer->knowledge == SP_KNOWN)
		json_object_update_new(line, json_pack("{s:f,s:f,s:f,s:f,s:f,s:f,s:f}", "value", e->value, "stderr",
		                                       sp_sqrt(e->variance), "noise_sd", sp_sqrt(e->noise), "slope", e->slope,
		                                       "count", e->count, "lag_s", e->lag_s, "age_s", (double)e->age_ns / 1e9));
	else
		json_object_set_new(line, "reason", json_string(answer->reason));
	json_dumpf(line, r->out, JSON_COMPACT | JSON_PRESERVE_ORDER);
	putc('\n', r->out);
	json_decref(line);
}

static sp_status keep_point(run *r, const line_read *line, bool known, const sp_estimate *e)
{
	if (!r->asked->svg_path)
		return SP_OK;
	if (r->n_points == r->room) {
		size_t room = r->room ? 2 * r->room : 1024;
		sp_svg_point *points = realloc(r->points, room * sizeof *points);
		if (!points)
			return SP_E_MEMORY;
		r->points = points;
		r->room = room;
	}
	r->points[r->n_points] = (sp_svg_point){.t_ns = line->t_ns, .x = line->missing ? NAN : line->x, .value = NAN};
	if (known) {
		r->points[r->n_points].value = e->value;
		r->points[r->n_points].band = NINETY_PERCENT * sqrt(e->variance);
		r->points[r->n_points].reach = NINETY_PERCENT * sqrt(e->variance + e->noise);
	}
	r->n_points++;
	return SP_OK;
}

static sp_answer read_at(const run *r, int64_t t_ns, sp_estimate *e)
{
	const sp_estimator_setup *kind = &r->asked->kind;

	return kind->ops->read(r->state, kind->params, t_ns, e);
}

static sp_status take_line(run *r, uint64_t row, const line_read *line)
{
	const sp_estimator_setup *kind = &r->asked->kind;
	sp_estimate e = {0};
	sp_answer answer;

	if (line->missing)
		r->missing++;
	else
		r->observed++;
	if (!line->missing)
		kind->ops->update(r->state, kind->params, line->t_ns, line->x, line->u);
	say_change(r);
	answer = read_at(r, line->t_ns, &e);
	if (!r->asked->at) {
		say_reason(r, row, answer.knowledge == SP_KNOWN ? NULL : answer.reason);
		if (r->asked->json)
			answer_json(r, line->t_ns, &answer, &e);
		else
			answer_csv(r, line->t.text, line->t.n, answer.knowledge == SP_KNOWN, &e);
		if (fflush(r->out) != 0 && sp_exit_reader_gone())
			return SP_E_IO; /* nobody reads on: an endless input ends here */
	}
	return keep_point(r, line, answer.knowledge == SP_KNOWN, &e);
}

static void answer_at(run *r, uint64_t rows)
{
	sp_estimate e = {0};
	sp_answer answer = read_at(r, r->asked->at_ns, &e);

	say_reason(r, rows, answer.knowledge == SP_KNOWN ? NULL : answer.reason);
	if (r->asked->json)
		answer_json(r, r->asked->at_ns, &answer, &e);
	else
		answer_csv(r, r->asked->at, strlen(r->asked->at), answer.knowledge == SP_KNOWN, &e);
}

/* --- the whole --- */

static sp_status read_lines(run *r, sp_lines *lines, sp_message *message)
{
	char *text;
	size_t n;
	sp_status status;

	while ((status = sp_lines_next(lines, &text, &n)) == SP_OK) {
		line_read line;
		if (n == 0)
			continue;
		if (line_is_head(r, text, n)) {
			r->headed = true;
			if (!r->asked->json)
				fputs("t,value,stderr,slope\n", r->out);
			continue;
		}
		status = line_parse(r, lines->row, text, n, &line, message);
		if (status == SP_OK)
			status = take_line(r, lines->row, &line);
		if (status != SP_OK)
			return status;
	}
	if (status == SP_E_FULL)
		return sp_message_set(message, SP_E_SYNTAX, "stdin:%llu: longer than %u bytes", (unsigned long long)lines->row,
		                      SP_LINE_MAX);
	if (status == SP_E_IO)
		return sp_message_set(message, status, "standard input cannot be read: %s", strerror(errno));
	return SP_OK;
}

static sp_status draw(const run *r, sp_message *message)
{
	char title[200];
	FILE *file = fopen(r->asked->svg_path, "we");
	sp_svg svg = {title, r->points, r->n_points, r->marks, r->n_marks, NULL};
	bool failed;

	snprintf(title, sizeof title, "%s of %llu measurements", r->asked->kind.ops->name, (unsigned long long)r->observed);
	if (!file)
		return sp_message_set(message, errno == EACCES ? SP_E_PERMISSION : SP_E_IO, "%s: cannot be written: %s",
		                      r->asked->svg_path, strerror(errno));
	sp_svg_write(&svg, file);
	failed = ferror(file) != 0;
	failed |= fclose(file) != 0;
	return failed ? sp_message_set(message, SP_E_IO, "%s: writing failed: %s", r->asked->svg_path, strerror(errno))
	              : SP_OK;
}

sp_status sp_estimating_run(const sp_estimating *asked, FILE *in, FILE *out, FILE *err, sp_message *message)
{
	const sp_estimator_ops *ops = asked->kind.ops;
	run *r = calloc(1, sizeof *r);
	sp_lines lines = {0};
	char observed[2 * SP_NUMBER_MAX], missing[SP_NUMBER_MAX];
	sp_status status = SP_E_MEMORY;

	SP_ASSERT(ops && in && out && err);
	if (r) {
		*r =
		    (run){.asked = asked, .state = aligned_alloc(64, (ops->state_size + 63) / 64 * 64), .out = out, .err = err};
		status = r->state ? sp_lines_open(&lines, in) : SP_E_MEMORY;
	}
	if (status == SP_OK) {
		ops->init(r->state, asked->kind.params);
		status = read_lines(r, &lines, message);
	}
	if (status == SP_OK && asked->at)
		answer_at(r, lines.n_rows);
	if (status == SP_OK && asked->svg_path)
		status = draw(r, message);
	if (status == SP_OK)
		fprintf(err, "estimate: %s, %s not measured\n", sp_number_plural(r->observed, "observation", observed),
		        sp_number_count(r->missing, missing));
	sp_lines_close(&lines);
	if (r) {
		free(r->state);
		free(r->points);
	}
	free(r);
	return status;
}
