/* journal.c - decisions as lines; see journal.h. */
#include "cli/journal.h"

#include <string.h>

#include "base/time.h"
#include "cli/number.h"
#include "sim/decide/line.h"

void sp_journal_binds(FILE *out, uint32_t binds, const char *before_each)
{
	for (unsigned rail = 0; rail < SP_RAILS; rail++)
		if (binds >> rail & 1)
			fprintf(out, "%s%s", before_each, sp_rail_name(rail));
}

/* What the eye looks for: raises, cuts, and what was only wanted. */
static sp_colour row_colour(const sp_log_decision_row *row)
{
	if (row->index.ppb == row->before.ppb)
		return SP_COLOUR_DIM;
	if (strcmp(row->outcome, "observed") == 0 || strcmp(row->outcome, "proposed") == 0)
		return SP_COLOUR_YELLOW;
	return row->index.ppb > row->before.ppb ? SP_COLOUR_RED : SP_COLOUR_GREEN;
}

static void print_move(FILE *out, const sp_screen *screen, const sp_log_decision_row *row)
{
	char before[SP_NUMBER_MAX], index[SP_NUMBER_MAX], change[SP_NUMBER_MAX];

	fputs(sp_screen_paint(screen, row_colour(row)), out);
	if (row->index.ppb != row->before.ppb)
		fprintf(out, "%s %s %s (%s) %s", sp_number_index(row->before, before), sp_screen_pick(screen, "→", "->"),
		        sp_number_index(row->index, index), sp_number_change(row->before, row->index, change), row->outcome);
	else if (row->wish.ppb != row->before.ppb)
		fprintf(out, "%s %s (wanted %s)", sp_number_index(row->before, before), row->outcome,
		        sp_number_change(row->before, row->wish, change));
	else
		fprintf(out, "%s %s", sp_number_index(row->before, before), row->outcome);
	fputs(sp_screen_paint(screen, SP_COLOUR_PLAIN), out);
}

void sp_journal_words(FILE *out, const sp_screen *screen, const sp_log_decision_row *row)
{
	char moment[SP_NUMBER_MAX];

	fprintf(out, "%6lld  %s  %-20s  ", (long long)row->id, sp_number_moment(row->t_ns, moment), row->family);
	print_move(out, screen, row);
	fprintf(out, ", %s", row->reason);
	sp_journal_binds(out, row->binds, ", ");
	if (strcmp(row->activated, "[]") != 0)
		fputs(", the announced price is in force", out);
	if (strcmp(row->offer, "open") != 0)
		fprintf(out, ", offer %s", row->offer);
	putc('\n', out);
}

static void field_text(FILE *out, const char *key, const char *text)
{
	fprintf(out, ",\"%s\":", key);
	sp_line_text(out, text);
}

static void field_index(FILE *out, const char *key, sp_index index)
{
	char text[SP_DECIMAL_TEXT_MAX];

	fprintf(out, ",\"%s\":\"%s\"", key, sp_decimal_format(index.ppb, text));
}

static void field_binds(FILE *out, uint32_t binds)
{
	bool first = true;

	fputs(",\"binds\":[", out);
	for (unsigned rail = 0; rail < SP_RAILS; rail++) {
		if (!(binds >> rail & 1))
			continue;
		fprintf(out, "%s\"%s\"", first ? "" : ",", sp_rail_name(rail));
		first = false;
	}
	putc(']', out);
}

void sp_journal_json(FILE *out, const sp_log_decision_row *row)
{
	char t[SP_TIME_TEXT_MAX], hash[SP_HASH_TEXT_MAX];

	fprintf(out, "{\"schema\":\"setpoint.decision/v1\",\"id\":%lld,\"tick\":%lld,\"t\":\"%s\"", (long long)row->id,
	        (long long)row->tick, sp_time_format(row->t_ns, t));
	field_text(out, "family", row->family);
	field_text(out, "policy", row->policy);
	field_text(out, "mode", row->mode);
	field_text(out, "reason", row->reason);
	field_text(out, "outcome", row->outcome);
	field_index(out, "index_before", row->before);
	field_index(out, "index_wish", row->wish);
	field_index(out, "index", row->index);
	field_index(out, "index_in_force", row->in_force);
	fprintf(out, ",\"terms\":%s", row->terms);
	field_binds(out, row->binds);
	field_text(out, "offer", row->offer);
	fprintf(out, ",\"activated\":%s,\"prices\":%s,\"clocks\":%s", row->activated, row->prices, row->clocks);
	field_text(out, "config", sp_hash_text(row->config, hash));
	fputs("}\n", out);
}

void sp_journal_alarm_words(FILE *out, const sp_screen *screen, const sp_log_alarm_row *row)
{
	const sp_alarm *alarm = &row->change.alarm;
	char moment[SP_NUMBER_MAX];

	fprintf(out, "%6s  %s  %-20s  %salarm %s%s", "", sp_number_moment(row->t_ns, moment), alarm->subject,
	        sp_screen_paint(screen, row->change.raised ? SP_COLOUR_RED : SP_COLOUR_GREEN), alarm->code,
	        sp_screen_paint(screen, SP_COLOUR_PLAIN));
	if (row->change.raised)
		fprintf(out, ": %s; %s\n", alarm->text, alarm->cure);
	else
		fputs(" is over\n", out);
}

void sp_journal_alarm_json(FILE *out, const sp_log_alarm_row *row)
{
	const sp_alarm *alarm = &row->change.alarm;
	char t[SP_TIME_TEXT_MAX], since[SP_TIME_TEXT_MAX];

	fprintf(out, "{\"schema\":\"setpoint.alarm/v1\",\"tick\":%lld,\"t\":\"%s\"", (long long)row->tick,
	        sp_time_format(row->t_ns, t));
	field_text(out, "code", alarm->code);
	field_text(out, "subject", alarm->subject);
	fprintf(out, ",\"raised\":%s,\"since\":\"%s\"", row->change.raised ? "true" : "false",
	        sp_time_format(alarm->since_ns, since));
	field_text(out, "text", alarm->text);
	field_text(out, "cure", alarm->cure);
	fputs("}\n", out);
}
