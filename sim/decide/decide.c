/* decide.c - JSON Lines in, JSON Lines out; see decide.h. */
#include "sim/decide/decide.h"

#include <string.h>

#include "sim/decide/cure.h"
#include "sim/decide/line.h"
#include "sim/trace/lines.h"
#include "sim/trace/signal_line.h"

typedef struct decide {
	sp_drive *drive;
	FILE *out, *err;
	sp_decide_counts *counts;
} decide;

static sp_status answer(decide *d, int64_t now_ns, sp_message *message)
{
	const sp_setup *setup = sp_drive_setup(d->drive);
	sp_drive_answer tick;
	int64_t id;
	sp_status status = sp_drive_tick(d->drive, now_ns, &tick, message);

	if (status != SP_OK)
		return status;
	id = tick.first_id;
	for (uint32_t i = 0; i < tick.tick->n_families; i++) {
		const sp_decision *decision = &tick.tick->decisions[i];
		sp_line_decision(d->out, decision, decision->recorded ? id++ : 0, setup->hash);
	}
	sp_line_tick(d->out, tick.tick, tick.digest);
	d->counts->ticks++;
	if (fflush(d->out) != 0 || ferror(d->out))
		return sp_message_set(message, SP_E_IO, "the decisions cannot be written: whoever reads them is gone");
	return SP_OK;
}

static void refuse(decide *d, sp_refusal refusal, const sp_message *why)
{
	d->counts->refused++;
	fprintf(d->err, "stdin:%llu: %s\n", (unsigned long long)d->counts->lines, why->text);
	sp_drive_refuse(d->drive, refusal, 1);
}

static sp_status take(decide *d, const sp_signal_line *line, sp_message *message)
{
	sp_signal signal = {.t_ns = line->t_ns, .kind = line->kind, .subject = line->subject, .value = line->value};
	sp_refusal refusal = SP_REFUSED_none;
	sp_message why;
	sp_status status;

	if (sp_drive_source(d->drive, line->source[0] ? line->source : "decide", &signal.source) != SP_OK) {
		sp_message_set(&why, SP_E_FULL, "source: too many different senders; at most %d", SP_SOURCES_MAX);
		refuse(d, SP_REFUSED_source, &why);
		return SP_OK;
	}
	status = sp_drive_take(d->drive, &signal, &refusal, message);
	d->counts->signals += refusal == SP_REFUSED_none;
	d->counts->refused += refusal != SP_REFUSED_none;
	if (status == SP_OK && refusal != SP_REFUSED_none) {
		sp_cure(sp_drive_engine(d->drive), &signal, refusal, &why);
		fprintf(d->err, "stdin:%llu: refused: %s\n", (unsigned long long)d->counts->lines, why.text);
	}
	return status;
}

static sp_status read_line(decide *d, const char *text, size_t n, sp_message *message)
{
	sp_signal_line line;
	sp_message why;
	sp_refusal refusal = sp_signal_line_parse(text, n, sp_drive_setup(d->drive), &line, &why);

	if (refusal == SP_REFUSED_none && line.tick && line.t_ns <= sp_engine_now(sp_drive_engine(d->drive))) {
		sp_message_set(&why, SP_E_RANGE, "tick: must be later than the one before it");
		refusal = SP_REFUSED_malformed;
	}
	if (refusal != SP_REFUSED_none) {
		refuse(d, refusal, &why);
		return SP_OK;
	}
	return line.tick ? answer(d, line.t_ns, message) : take(d, &line, message);
}

static sp_status refuse_long(decide *d)
{
	sp_message why;

	sp_message_set(&why, SP_E_RANGE, "a line of more than %u bytes is no signal", SP_LINE_MAX);
	refuse(d, SP_REFUSED_malformed, &why);
	return SP_OK; /* the loop goes on */
}

static sp_status read_lines(decide *d, FILE *in, sp_message *message)
{
	sp_lines lines;
	char *text;
	size_t n;
	sp_status status = sp_lines_open(&lines, in);

	if (status != SP_OK)
		return sp_message_set(message, status, "out of memory");
	while (status == SP_OK && (status = sp_lines_next(&lines, &text, &n)) != SP_E_END) {
		d->counts->lines = lines.n_rows;
		if (status == SP_OK)
			status = n > 0 ? read_line(d, text, n, message) : SP_OK;
		else if (status == SP_E_FULL)
			status = refuse_long(d);
		else
			sp_message_set(message, status, "the signals cannot be read to their end");
	}
	sp_lines_close(&lines);
	return status == SP_E_END ? SP_OK : status;
}

sp_status sp_decide_run(const sp_config *config, const char *log_path, FILE *in, FILE *out, FILE *err,
                        sp_decide_counts *counts, sp_message *message)
{
	sp_drive_options options = {.log_path = log_path, .digest = true};
	decide d = {.out = out, .err = err, .counts = counts};
	sp_status status = sp_drive_open(config, &options, &d.drive, message);

	memset(counts, 0, sizeof *counts);
	if (status == SP_OK)
		status = read_lines(&d, in, message);
	sp_drive_close(d.drive);
	return status;
}
