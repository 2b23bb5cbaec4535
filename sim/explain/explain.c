/* explain.c - a decision in words and numbers; see explain.h.
 *
 * Everything said here is made once, as an `explanation`, and then written as text or as JSON: the two cannot differ. */
#include "sim/explain/explain.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/time.h"
#include "sim/explain/whatif.h"
#include "sim/explain/words.h"

#define LEVERS_MAX       16
#define INPUTS_SHOWN_MAX 12

typedef struct explanation {
	sp_log_decision_row row;
	char family[SP_ID_MAX + 1], policy[64];
	sp_decision decision; /* as the re-run gave it; its prices live as long as the whatif's base */
	const sp_setup *setup;
	const sp_moment *moment;
	sp_refusal *refusals; /* [moment->n_inputs]: what the engine answered to each signal */
	const sp_law_input *input;
	const sp_lever *levers;
	uint32_t n_levers;
	sp_turning turnings[LEVERS_MAX];
	bool waits;
	sp_trial wait;
} explanation;

/* --- making it --- */

static sp_status same_decision(const explanation *e, sp_message *message)
{
	if (e->decision.index.ppb == e->row.index.ppb && e->decision.before.ppb == e->row.before.ppb &&
	    e->decision.binds == e->row.binds)
		return SP_OK;
	return sp_message_set(
	    message, SP_E_MISMATCH,
	    "the recorded inputs give another decision than the log holds for id %lld: run `setpoint log verify --rerun`",
	    (long long)e->row.id);
}

/* The answer of an engine in the moment's state to a signal, which it takes unless it refuses it. */
static sp_refusal ask_signal(const sp_setup *setup, sp_engine *engine, const sp_input *input)
{
	sp_signal signal = {.t_ns = input->t_ns, .kind = input->signal_kind, .value = input->value};

	signal.subject = sp_ids_find(setup->names, input->subject, strlen(input->subject));
	if (signal.subject == SP_NO_SLOT)
		return SP_REFUSED_unknown_subject;
	if (!sp_setup_source_may(setup, input->source, signal.kind, input->subject))
		return SP_REFUSED_source;
	return sp_engine_take(engine, &signal);
}

static bool ask_refusals(explanation *e)
{
	const sp_moment *moment = e->moment;
	sp_engine *engine = sp_drive_copy(moment->drive);

	e->refusals = calloc(moment->n_inputs + 1, sizeof *e->refusals);
	for (size_t i = 0; engine && e->refusals && i < moment->n_inputs; i++)
		if (moment->inputs[i].kind == SP_INPUT_SIGNAL)
			e->refusals[i] = ask_signal(e->setup, engine, &moment->inputs[i]);
	free(engine);
	return engine && e->refusals;
}

static void ask_all(explanation *e, sp_whatif *whatif)
{
	e->levers = sp_whatif_levers(whatif, &e->n_levers);
	e->n_levers = e->n_levers < LEVERS_MAX ? e->n_levers : LEVERS_MAX;
	for (uint32_t i = 0; i < e->n_levers; i++)
		e->turnings[i] = sp_whatif_turn(whatif, &e->levers[i]);
	if (e->decision.outcome == SP_OUTCOME_HELD)
		e->waits = sp_whatif_wait(whatif, &e->wait);
}

/* --- the sentence --- */

static double points(int64_t ppb)
{
	return (double)ppb / 1e7;
}

static double percent(const explanation *e)
{
	return 100.0 * (double)(e->decision.index.ppb - e->decision.before.ppb) / (double)e->decision.before.ppb;
}

static void sentence_outcome(const explanation *e, FILE *out)
{
	const sp_decision *d = &e->decision;
	const char *way = d->index.ppb > d->before.ppb ? "raised" : "cut";
	char when[SP_TIME_TEXT_MAX];

	switch (d->outcome) {
	case SP_OUTCOME_HELD:
		if (d->index.ppb != d->before.ppb)
			fprintf(out, "The list price of %s was changed outside, from %.4f to %.4f of the sheet, and stays there",
			        e->family, (double)d->before.ppb / 1e9, (double)d->index.ppb / 1e9);
		else
			fprintf(out, "The price of %s stays at %.4f of the sheet", e->family, (double)d->index.ppb / 1e9);
		return;
	case SP_OUTCOME_OBSERVED:
		fprintf(out, "The price of %s would have been %s by %.2f %% (observe mode: nothing was changed)", e->family,
		        way, fabs(percent(e)));
		return;
	case SP_OUTCOME_PROPOSED:
		fprintf(out, "It is proposed that the price of %s be %s by %.2f %%", e->family, way, fabs(percent(e)));
		return;
	default:
		break;
	}
	fprintf(out, "The price of %s is %s by %.2f %%, from %.4f to %.4f of the sheet", e->family, way, fabs(percent(e)),
	        (double)d->before.ppb / 1e9, (double)d->index.ppb / 1e9);
	if (d->outcome == SP_OUTCOME_ANNOUNCED && d->n_prices > 0)
		fprintf(out, ", in force from %s", sp_time_format(d->prices[0].not_before_ns, when));
}

static void sentence_binds(const explanation *e, FILE *out)
{
	const sp_decision *d = &e->decision;
	bool any = false;

	if (d->wish.ppb != d->index.ppb)
		fprintf(out, " The law %s wanted %.4f.", e->policy, (double)d->wish.ppb / 1e9);
	for (unsigned rail = 0; rail < SP_RAILS; rail++) {
		if (!(d->binds >> rail & 1))
			continue;
		fprintf(out, "%s %s", any ? ";" : " What bound:", sp_rail_words(rail));
		any = true;
	}
	if (any)
		putc('.', out);
}

static void write_sentence(const explanation *e, FILE *out)
{
	sentence_outcome(e, out);
	fprintf(out, ": %s.", sp_reason_words(e->decision.reason));
	sentence_binds(e, out);
}

static char *sentence(const explanation *e)
{
	char *text = NULL;
	size_t n;
	FILE *out = open_memstream(&text, &n);

	if (!out)
		return NULL;
	write_sentence(e, out);
	fclose(out);
	return text;
}

/* --- as text --- */

static void text_ledger(const explanation *e, FILE *out)
{
	const sp_decision *d = &e->decision;

	fprintf(out, "\n  Why it moves                      points of the sheet\n");
	for (uint32_t i = 0; i < d->n_terms; i++)
		fprintf(out, "    %-30s %+12.4f\n", sp_term_words(d->terms[i].name), points(d->terms[i].index.ppb));
	if (d->n_terms == 0)
		fprintf(out, "    nothing asks for a move\n");
	if (d->n_terms == 0 && d->index.ppb == d->before.ppb)
		return;
	fprintf(out, "    %-30s %+12.4f   = %.4f - %.4f\n", "together", points(d->index.ppb - d->before.ppb),
	        (double)d->index.ppb / 1e9, (double)d->before.ppb / 1e9);
}

/* Which block of how many, and how likely the draw would have led to this price: by blocks, not by ticks. */
static void text_experiment(const explanation *e, FILE *out)
{
	const sp_decision *d = &e->decision;
	const sp_experiment_setup *setup = &e->setup->families[d->family].experiment;

	if (d->block == 0)
		return;
	fprintf(out, "\n  An experiment runs: block %u of %lld, %.4g %% above or below its base as was drawn\n", d->block,
	        (long long)setup->blocks, points(setup->size_ppb));
	fprintf(out, "    %-30s %12.4f   probability of this price, after the rails\n", "propensity",
	        (double)d->propensity_ppb / 1e9);
}

/* A reading that no signal feeds has no age. */
static bool is_configured(const explanation *e, const sp_reading *reading)
{
	return e->decision.t_ns - reading->estimate.age_ns <= SP_TIME_MIN_NS;
}

static void text_reading(const explanation *e, sp_reading_role role, const char *name, FILE *out)
{
	const sp_reading *reading = &e->input->readings[role];
	char age[SP_SPAN_TEXT_MAX];

	fprintf(out, "    %-10s ", name);
	if (reading->answer.knowledge != SP_KNOWN) {
		fprintf(out, "not known: %s\n", reading->answer.reason);
		return;
	}
	if (role == SP_READING_LOAD && e->input->capacity > 0)
		fprintf(out, "%.0f of %.0f units/s = %.1f %%, setpoint %.1f %%", reading->estimate.value, e->input->capacity,
		        100 * reading->estimate.value / e->input->capacity, 100 * e->input->setpoint);
	else if (role == SP_READING_LOAD)
		fprintf(out, "%.0f units/s, capacity not known", reading->estimate.value);
	else
		fprintf(out, "%.4f USD per million units", 1e6 * reading->estimate.value);
	fprintf(out, ", %s", sp_clock_state_name(reading->clock));
	if (is_configured(e, reading))
		fprintf(out, ": from the configuration, no signal feeds it\n");
	else if (reading->estimate.age_ns < SP_SEC)
		fprintf(out, ", of this period\n");
	else
		fprintf(out, ", %s old\n", sp_span_words(reading->estimate.age_ns, age));
}

static bool turns(const explanation *e, uint32_t subject, uint32_t kind)
{
	for (uint32_t i = 0; i < e->n_levers; i++) {
		for (uint32_t k = 0; k < e->levers[i].n; k++) {
			if (e->levers[i].subjects[k] == subject && e->levers[i].kinds[k] == kind)
				return true;
		}
	}
	return false;
}

/* What a person would call one: not that a sender's message began, nor when the last tick was published. */
static bool counts(const sp_input *input)
{
	if (input->kind == SP_INPUT_COMMAND)
		return input->command.kind != SP_COMMAND_PUBLISHED;
	return input->kind != SP_INPUT_MESSAGE;
}

/* What turns its pool, what is its own or its SKUs', and every command of somebody. */
static bool reaches(const explanation *e, const sp_input *input)
{
	uint32_t slot = sp_ids_find(e->setup->names, input->subject, strlen(input->subject));
	const sp_subject *subject = slot == SP_NO_SLOT ? NULL : &e->setup->subjects[slot];

	if (input->kind != SP_INPUT_SIGNAL)
		return input->kind == SP_INPUT_COMMAND && counts(input);
	if (!subject || turns(e, slot, input->signal_kind))
		return subject != NULL;
	if (subject->type == SP_SUBJECT_SKU)
		return e->setup->skus[subject->slot].family == e->decision.family;
	return subject->type == SP_SUBJECT_FAMILY && subject->slot == e->decision.family;
}

static void text_input(const sp_input *input, sp_refusal refusal, FILE *out)
{
	char when[SP_TIME_TEXT_MAX];

	fprintf(out, "    %s %-14s %-26s %12.6g  from %s", sp_time_format(input->t_ns / SP_SEC * SP_SEC, when),
	        sp_kinds[input->signal_kind].name, input->subject, sp_kind_real(input->signal_kind, input->value),
	        input->source);
	if (refusal != SP_REFUSED_none)
		fprintf(out, " (refused: %s)", sp_refusal_text(refusal));
	putc('\n', out);
}

/* A refused one that names what reaches the family is shown, but reached nothing. */
static void text_inputs(const explanation *e, FILE *out)
{
	size_t shown = 0, named = 0, reach = 0, n = 0;

	for (size_t i = 0; i < e->moment->n_inputs; i++) {
		bool names = reaches(e, &e->moment->inputs[i]);
		n += counts(&e->moment->inputs[i]);
		named += names;
		reach += names && e->refusals[i] == SP_REFUSED_none;
	}
	fprintf(out, "\n  Inputs since the tick before: %zu, of which %zu reach this family\n", n, reach);
	for (size_t i = 0; i < e->moment->n_inputs && shown < INPUTS_SHOWN_MAX; i++) {
		const sp_input *input = &e->moment->inputs[i];
		if (!reaches(e, input) || input->kind != SP_INPUT_SIGNAL)
			continue;
		shown++;
		text_input(input, e->refusals[i], out);
	}
	if (named > shown)
		fprintf(out, "    … and %zu more\n", named - shown);
}

static void text_trial(const sp_trial *trial, FILE *out)
{
	double change = 100.0 * (double)(trial->index.ppb - trial->before.ppb) / (double)trial->before.ppb;

	if (trial->outcome == SP_OUTCOME_HELD)
		fprintf(out, "held (%s)\n", sp_reason_words(trial->reason));
	else
		fprintf(out, "%s %+.2f %%\n", sp_outcome_name(trial->outcome), change);
}

static void text_turnings(const explanation *e, FILE *out)
{
	char span[SP_SPAN_TEXT_MAX];

	fprintf(out, "\n  What would have given another answer\n");
	for (uint32_t i = 0; i < e->n_levers; i++) {
		const sp_turning *t = &e->turnings[i];
		if (t->again_found) {
			fprintf(out, "    %s sent again, as it was last: ", e->levers[i].name);
			text_trial(&t->again_trial, out);
		}
		if (t->down_found) {
			fprintf(out, "    %s %.1f %% lower: ", e->levers[i].name, 100 * (1 - t->down));
			text_trial(&t->down_trial, out);
		}
		if (t->up_found) {
			fprintf(out, "    %s %.1f %% higher: ", e->levers[i].name, 100 * (t->up - 1));
			text_trial(&t->up_trial, out);
		}
		if (!t->up_found && !t->down_found && !t->again_found)
			fprintf(out, "    %s: %s\n", e->levers[i].name,
			        e->levers[i].n ? "no change up to fourfold, either way" : "nothing was ever sent");
	}
	if (e->decision.outcome != SP_OUTCOME_HELD)
		return;
	if (!e->waits) {
		fprintf(out, "    waiting: no, with everything as it is the answer stays the same for a day\n");
		return;
	}
	fprintf(out, "    waiting %s with everything as it is: ", sp_span_words(e->wait.t_ns - e->moment->t_ns, span));
	text_trial(&e->wait, out);
}

static void text_prices(const explanation *e, FILE *out)
{
	char before[SP_DECIMAL_TEXT_MAX], after[SP_DECIMAL_TEXT_MAX];

	for (uint32_t i = 0; i < e->decision.n_prices && i < INPUTS_SHOWN_MAX; i++) {
		const sp_price *p = &e->decision.prices[i];
		fprintf(out, "    %-34s %s → %s USD per %s\n", p->sku_id, sp_decimal_format(p->before.nano, before),
		        sp_decimal_format(p->amount.nano, after), p->unit);
	}
}

static void write_text(const explanation *e, FILE *out)
{
	char when[SP_TIME_TEXT_MAX];

	fprintf(out, "Decision %lld, tick %lld, %s\n  ", (long long)e->row.id, (long long)e->row.tick,
	        sp_time_format(e->decision.t_ns, when));
	write_sentence(e, out);
	putc('\n', out);
	text_prices(e, out);
	text_ledger(e, out);
	text_experiment(e, out);
	fprintf(out, "\n  What the law read\n");
	text_reading(e, SP_READING_LOAD, "load", out);
	text_reading(e, SP_READING_COST, "cost", out);
	text_inputs(e, out);
	text_turnings(e, out);
}

/* --- as JSON --- */

static json_t *json_index(int64_t ppb)
{
	char text[SP_DECIMAL_TEXT_MAX];

	return json_string(sp_decimal_format(ppb, text));
}

static json_t *json_trial(const sp_trial *trial)
{
	return json_pack("{s:s,s:s,s:o,s:o}", "outcome", sp_outcome_name(trial->outcome), "reason", trial->reason,
	                 "index_before", json_index(trial->before.ppb), "index", json_index(trial->index.ppb));
}

static json_t *json_turnings(const explanation *e)
{
	json_t *list = json_array();

	for (uint32_t i = 0; i < e->n_levers; i++) {
		const sp_turning *t = &e->turnings[i];
		if (t->again_found)
			json_array_append_new(list, json_pack("{s:s,s:f,s:o}", "input", e->levers[i].name, "factor", 1.0, "answer",
			                                      json_trial(&t->again_trial)));
		if (t->down_found)
			json_array_append_new(list, json_pack("{s:s,s:f,s:o}", "input", e->levers[i].name, "factor", t->down,
			                                      "answer", json_trial(&t->down_trial)));
		if (t->up_found)
			json_array_append_new(list, json_pack("{s:s,s:f,s:o}", "input", e->levers[i].name, "factor", t->up,
			                                      "answer", json_trial(&t->up_trial)));
	}
	return list;
}

static json_t *json_terms(const sp_decision *d)
{
	json_t *list = json_array();

	for (uint32_t i = 0; i < d->n_terms; i++)
		json_array_append_new(
		    list, json_pack("{s:s,s:o}", "name", d->terms[i].name, "index", json_index(d->terms[i].index.ppb)));
	return list;
}

static json_t *json_binds(const sp_decision *d)
{
	json_t *list = json_array();

	for (unsigned rail = 0; rail < SP_RAILS; rail++) {
		if (d->binds >> rail & 1)
			json_array_append_new(list, json_string(sp_rail_name(rail)));
	}
	return list;
}

static json_t *json_reading(const explanation *e, sp_reading_role role)
{
	const sp_reading *reading = &e->input->readings[role];

	if (reading->answer.knowledge != SP_KNOWN)
		return json_pack("{s:b,s:s}", "known", 0, "reason", reading->answer.reason);
	return json_pack("{s:b,s:f,s:s,s:o}", "known", 1, "value", reading->estimate.value, "clock",
	                 sp_clock_state_name(reading->clock), "age_s",
	                 is_configured(e, reading) ? json_null() : json_real((double)reading->estimate.age_ns / 1e9));
}

static sp_status write_json(const explanation *e, FILE *out, sp_message *message)
{
	char when[SP_TIME_TEXT_MAX], *text = sentence(e);
	const sp_decision *d = &e->decision;
	json_t *object = json_pack(
	    "{s:s,s:I,s:I,s:s,s:s,s:s,s:s,s:s,s:s,s:o,s:o,s:o,s:o,s:o,s:{s:o,s:f,s:f,s:o},s:o}", "schema",
	    "setpoint.explanation/v1", "id", (json_int_t)e->row.id, "tick", (json_int_t)e->row.tick, "t",
	    sp_time_format(d->t_ns, when), "family", e->family, "policy", e->policy, "outcome", sp_outcome_name(d->outcome),
	    "reason", d->reason, "sentence", text ? text : "", "index_before", json_index(d->before.ppb), "index_wish",
	    json_index(d->wish.ppb), "index", json_index(d->index.ppb), "terms", json_terms(d), "binds", json_binds(d),
	    "readings", "load", json_reading(e, SP_READING_LOAD), "capacity", e->input->capacity, "setpoint",
	    e->input->setpoint, "cost", json_reading(e, SP_READING_COST), "another_answer", json_turnings(e));

	free(text);
	if (!object)
		return sp_message_set(message, SP_E_MEMORY, "out of memory");
	if (d->block > 0)
		json_object_set_new(object, "experiment",
		                    json_pack("{s:I,s:I,s:o}", "block", (json_int_t)d->block, "blocks",
		                              (json_int_t)e->setup->families[d->family].experiment.blocks, "propensity",
		                              json_index(d->propensity_ppb)));
	if (e->waits) {
		json_object_set_new(object, "waiting_s", json_real((double)(e->wait.t_ns - e->moment->t_ns) / 1e9));
		json_object_set_new(object, "waiting_answer", json_trial(&e->wait));
	}
	json_dumpf(object, out, JSON_INDENT(2) | JSON_REAL_PRECISION(12));
	putc('\n', out);
	json_decref(object);
	return SP_OK;
}

/* --- from the beginning --- */

static sp_status explain_moment(explanation *e, sp_whatif *whatif, bool json, FILE *out, sp_message *message)
{
	sp_status status;
	sp_law_input input;

	e->decision = *sp_whatif_base(whatif);
	input = *sp_engine_readings(sp_whatif_engine(whatif), e->setup->families[e->decision.family].pool);
	e->input = &input;
	status = same_decision(e, message);
	if (status != SP_OK)
		return status;
	ask_all(e, whatif);
	e->decision = *sp_whatif_base(whatif); /* its prices are the tick's: after every other question */
	if (json)
		return write_json(e, out, message);
	write_text(e, out);
	return SP_OK;
}

sp_status sp_explain_decision(sp_log_file *log, int64_t id, bool json, FILE *out, sp_message *message)
{
	explanation e = {0};
	sp_moment moment = {0};
	sp_whatif *whatif = NULL;
	uint32_t subject;
	sp_status status = sp_log_decision_find(log, id, &e.row, message);

	if (status != SP_OK)
		return status;
	snprintf(e.family, sizeof e.family, "%s", e.row.family);
	snprintf(e.policy, sizeof e.policy, "%s", e.row.policy);
	status = sp_rerun_to(log, e.row.tick, &moment, message);
	if (status == SP_OK) {
		e.setup = sp_drive_setup(moment.drive);
		e.moment = &moment;
		subject = sp_ids_find(e.setup->names, e.family, strlen(e.family));
		if (subject == SP_NO_SLOT || e.setup->subjects[subject].type != SP_SUBJECT_FAMILY)
			status = sp_message_set(message, SP_E_MISMATCH, "the recorded configuration has no family %s", e.family);
		else
			whatif = ask_refusals(&e) ? sp_whatif_open(&moment, e.setup->subjects[subject].slot) : NULL;
	}
	if (status == SP_OK && !whatif)
		status = sp_message_set(message, SP_E_MEMORY, "out of memory");
	if (status == SP_OK)
		status = explain_moment(&e, whatif, json, out, message);
	sp_whatif_close(whatif);
	free(e.refusals);
	sp_moment_fini(&moment);
	return status;
}
