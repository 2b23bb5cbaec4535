/* summary.c - a story told; see summary.h. */
#include "cli/summary.h"

#include <string.h>

#include "base/assert.h"
#include "base/time.h"
#include "cli/number.h"
#include "cli/wrap.h"

#define FAMILIES_MAX 20 /* in words; --json has all */
#define ALARMS_MAX   20
#define ALARM_TEXT   512 /* [bytes] of one in words */

/* --- words --- */

static void print_index(FILE *out, const sp_screen *screen, const sp_story_family *f)
{
	char first[SP_NUMBER_MAX], last[SP_NUMBER_MAX], change[SP_NUMBER_MAX], low[SP_NUMBER_MAX], high[SP_NUMBER_MAX];

	fprintf(out, "  index in force  %s %s %s (%s), low %s, high %s\n", sp_number_index(f->first, first),
	        sp_screen_pick(screen, "→", "->"), sp_number_index(f->last, last),
	        sp_number_change(f->first, f->last, change), sp_number_index(f->low, low), sp_number_index(f->high, high));
}

static void print_moves(FILE *out, const sp_story_family *f)
{
	char raises[2 * SP_NUMBER_MAX], cuts[2 * SP_NUMBER_MAX], count[SP_NUMBER_MAX];
	const char *between = ": ";

	fprintf(out, "  moves           %s, %s", sp_number_plural(f->raises, "raise", raises),
	        sp_number_plural(f->cuts, "cut", cuts));
	for (int outcome = SP_OUTCOME_OBSERVED; outcome < SP_OUTCOMES; outcome++) {
		if (f->outcomes[outcome] == 0)
			continue;
		fprintf(out, "%s%s %s", between, sp_number_count(f->outcomes[outcome], count), sp_outcome_name(outcome));
		between = ", ";
	}
	if (f->activated > 0)
		fprintf(out, ", %s came into force", sp_number_count(f->activated, count));
	fprintf(out, "; held %s\n", sp_number_plural(f->outcomes[SP_OUTCOME_HELD], "tick", raises));
}

static void print_rails(FILE *out, const sp_story_family *f)
{
	char count[SP_NUMBER_MAX];
	const char *between = "";

	fputs("  rails           ", out);
	for (unsigned rail = 0; rail < SP_RAILS; rail++) {
		if (f->binds[rail] == 0)
			continue;
		fprintf(out, "%s%s %s", between, sp_rail_name(rail), sp_number_count(f->binds[rail], count));
		between = ", ";
	}
	fprintf(out, "%s\n", *between ? " ticks" : "none bound");
}

static void print_family(FILE *out, const sp_screen *screen, const sp_story_family *f)
{
	fprintf(out, "%s%s%s  %s, %s\n", sp_screen_paint(screen, SP_COLOUR_BOLD), f->id,
	        sp_screen_paint(screen, SP_COLOUR_PLAIN), f->policy, sp_mode_name(f->mode));
	print_index(out, screen, f);
	print_moves(out, f);
	print_rails(out, f);
}

static void print_refused(FILE *out, const sp_story *story)
{
	const uint64_t *refused = sp_story_refused(story);
	char count[SP_NUMBER_MAX];
	uint64_t all = 0;
	const char *between = ": ";

	for (unsigned i = 0; i < SP_REFUSALS; i++)
		all += refused[i];
	fprintf(out, ", %s refused", sp_number_count(all, count));
	for (unsigned i = 0; i < SP_REFUSALS; i++) {
		if (refused[i] == 0)
			continue;
		fprintf(out, "%s%s %s", between, sp_refusal_name(i), sp_number_count(refused[i], count));
		between = ", ";
	}
	putc('\n', out);
}

static void print_alarm(FILE *out, const sp_screen *screen, const sp_story_alarm *alarm)
{
	char text[ALARM_TEXT], times[2 * SP_NUMBER_MAX], since[SP_NUMBER_MAX];
	int n = snprintf(text, sizeof text, "alarm: %s%s%s raised %s, ", alarm->code, *alarm->subject ? " of " : "",
	                 alarm->subject, sp_number_plural(alarm->raised, "time", times));

	SP_ASSERT(n > 0 && (size_t)n < sizeof text);
	if (alarm->stands)
		snprintf(text + n, sizeof text - (size_t)n, "stands since %s: %s; %s", sp_number_moment(alarm->since_ns, since),
		         alarm->text, alarm->cure);
	else
		snprintf(text + n, sizeof text - (size_t)n, "over at the end");
	sp_wrap_line(out, screen, text, 0, 2);
}

/* Those that stand first: they ask for something to be done. */
static void print_alarms(FILE *out, const sp_screen *screen, const sp_story *story)
{
	uint32_t n, shown = 0;
	const sp_story_alarm *alarms = sp_story_alarms_of(story, &n);
	char count[2 * SP_NUMBER_MAX];

	for (int over = 0; over <= 1; over++)
		for (uint32_t i = 0; i < n && shown < ALARMS_MAX; i++)
			if (alarms[i].stands != over) {
				print_alarm(out, screen, &alarms[i]);
				shown++;
			}
	if (n > shown)
		fprintf(out, "and %s: --json has them all\n", sp_number_plural(n - shown, "more alarm", count));
}

void sp_summary_words(FILE *out, const sp_screen *screen, const sp_story *story)
{
	uint32_t n = sp_story_n_families(story);
	char count[2 * SP_NUMBER_MAX], from[SP_NUMBER_MAX], to[SP_NUMBER_MAX], hash[SP_HASH_TEXT_MAX];

	for (uint32_t i = 0; i < n && i < FAMILIES_MAX; i++)
		print_family(out, screen, sp_story_family_at(story, i));
	if (n > FAMILIES_MAX)
		fprintf(out, "and %s: --json has them all\n", sp_number_plural(n - FAMILIES_MAX, "more family", count));
	fprintf(out, "\n%s, %s to %s\n", sp_number_plural(sp_story_ticks(story), "tick", count),
	        sp_number_moment(sp_story_first(story), from), sp_number_moment(sp_story_last(story), to));
	fprintf(out, "%s taken", sp_number_plural(sp_story_taken(story), "signal", count));
	print_refused(out, story);
	print_alarms(out, screen, story);
	fprintf(out, "%s recorded, digest %s\n", sp_number_plural(sp_story_recorded(story), "decision", count),
	        sp_hash_text(sp_story_digest(story), hash));
}

/* --- a warning --- */

/* What to look at first, by the reason that refused most. */
static const char *refusal_cure(sp_refusal refusal)
{
	switch (refusal) {
	case SP_REFUSED_out_of_range:
		return "check the unit: fractions are 0 to 1 (72 % is 0.72), money is USD";
	case SP_REFUSED_jump:
		return "check the unit, and whether two senders share a subject; `signals` in the configuration sets the "
		       "limits";
	case SP_REFUSED_older:
		return "check the order of time, and whether two senders share a subject";
	case SP_REFUSED_future:
		return "check the sender's clock and `max_ahead`";
	case SP_REFUSED_unknown_subject:
	case SP_REFUSED_wrong_subject:
		return "check that subjects are spelt as in the configuration";
	case SP_REFUSED_mixed_weights:
		return "send demand by SKU";
	case SP_REFUSED_source:
		return "check `sources` in the configuration";
	default:
		return "check that the trace is of signals";
	}
}

void sp_summary_warn(const sp_story *story)
{
	const uint64_t *refused = sp_story_refused(story);
	uint64_t all = 0, taken = sp_story_taken(story);
	unsigned most = SP_REFUSED_malformed;
	char count[2 * SP_NUMBER_MAX];

	for (unsigned i = SP_REFUSED_malformed; i < SP_REFUSALS; i++) {
		all += refused[i];
		most = refused[i] > refused[most] ? i : most;
	}
	if (taken > all || (taken > 0 && taken == all))
		return;
	if (all == 0) {
		fputs("setpoint: warning: no signal was taken: nothing came to decide by\n", stderr);
		return;
	}
	fprintf(stderr, "setpoint: warning: %s refused, %s taken: mostly %s (%s); %s\n",
	        sp_number_plural(all, "signal", count), taken == 0 ? "none" : "fewer", sp_refusal_name(most),
	        sp_refusal_text(most), refusal_cure(most));
}

/* --- JSON --- */

static json_t *index_json(sp_index index)
{
	char text[SP_DECIMAL_TEXT_MAX];

	return json_string(sp_decimal_format(index.ppb, text));
}

static json_t *binds_json(const sp_story_family *f)
{
	json_t *binds = json_object();

	for (unsigned rail = 0; rail < SP_RAILS; rail++)
		if (f->binds[rail] > 0)
			json_object_set_new(binds, sp_rail_name(rail), json_integer((json_int_t)f->binds[rail]));
	return binds;
}

static json_t *outcomes_json(const sp_story_family *f)
{
	json_t *outcomes = json_object();

	for (int i = 0; i < SP_OUTCOMES; i++)
		json_object_set_new(outcomes, sp_outcome_name(i), json_integer((json_int_t)f->outcomes[i]));
	return outcomes;
}

static json_t *family_json(const sp_story_family *f)
{
	return json_pack("{s:s,s:s,s:s,s:{s:o,s:o,s:o,s:o},s:I,s:I,s:I,s:o,s:o}", "family", f->id, "policy", f->policy,
	                 "mode", sp_mode_name(f->mode), "index_in_force", "first", index_json(f->first), "last",
	                 index_json(f->last), "low", index_json(f->low), "high", index_json(f->high), "raises",
	                 (json_int_t)f->raises, "cuts", (json_int_t)f->cuts, "activated", (json_int_t)f->activated,
	                 "outcomes", outcomes_json(f), "binds", binds_json(f));
}

static json_t *refused_json(const sp_story *story)
{
	const uint64_t *refused = sp_story_refused(story);
	json_t *all = json_object();

	for (unsigned i = 0; i < SP_REFUSALS; i++)
		if (refused[i] > 0)
			json_object_set_new(all, sp_refusal_name(i), json_integer((json_int_t)refused[i]));
	return all;
}

static json_t *alarms_json(const sp_story *story)
{
	uint32_t n;
	const sp_story_alarm *alarms = sp_story_alarms_of(story, &n);
	char since[SP_TIME_TEXT_MAX];
	json_t *all = json_array();

	for (uint32_t i = 0; i < n; i++)
		json_array_append_new(all, json_pack("{s:s,s:s,s:I,s:b,s:s,s:s,s:s}", "code", alarms[i].code, "subject",
		                                     alarms[i].subject, "raised", (json_int_t)alarms[i].raised, "stands",
		                                     alarms[i].stands, "since", sp_time_format(alarms[i].since_ns, since),
		                                     "text", alarms[i].text, "cure", alarms[i].cure));
	return all;
}

json_t *sp_summary_json(const sp_story *story)
{
	char from[SP_TIME_TEXT_MAX], to[SP_TIME_TEXT_MAX], hash[SP_HASH_TEXT_MAX];
	json_t *families = json_array();

	for (uint32_t i = 0; i < sp_story_n_families(story); i++)
		json_array_append_new(families, family_json(sp_story_family_at(story, i)));
	return json_pack("{s:I,s:s,s:s,s:I,s:o,s:o,s:I,s:s,s:o}", "ticks", (json_int_t)sp_story_ticks(story), "first_tick",
	                 sp_time_format(sp_story_first(story), from), "last_tick", sp_time_format(sp_story_last(story), to),
	                 "taken", (json_int_t)sp_story_taken(story), "refused", refused_json(story), "alarms",
	                 alarms_json(story), "decisions", (json_int_t)sp_story_recorded(story), "digest",
	                 sp_hash_text(sp_story_digest(story), hash), "families", families);
}
