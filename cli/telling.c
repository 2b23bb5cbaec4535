/* telling.c - a run in sentences; see telling.h. */
#include "cli/telling.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/time.h"
#include "cli/number.h"
#include "cli/wrap.h"

#define EPISODE_GAP  SP_HOUR       /* moves further apart are told apart */
#define EPISODE_MAX  (3 * SP_HOUR) /* a longer one is told in parts */
#define SENTENCE_MAX 400
#define TIME_COLUMNS 13

typedef struct telling_sentence {
	int64_t from_ns, to_ns; /* equal: a moment */
	size_t order;           /* of being said: breaks ties */
	sp_colour colour;
	char text[SENTENCE_MAX];
} telling_sentence;

/* A family's moves one way. */
typedef struct telling_episode {
	uint32_t moves; /* 0: none is open */
	bool up;
	sp_outcome outcome;
	int64_t from_ns, to_ns, not_before_ns;
	sp_index before, index, wish; /* wish: of the last move */
	uint32_t binds[SP_RAILS];     /* moves in which each rail bound */
	double load;                  /* furthest the moves' way */
	double cost_before, cost;
} telling_episode;

struct sp_telling {
	const sp_setup *setup;
	telling_sentence *said;
	size_t n, room;
	telling_episode *episodes; /* by family */
	double *costs;             /* by family: when its price was last set */
	int64_t *gpu_nano;         /* by lot: last told of */
	bool *full;                /* by pool */
	bool failed;               /* out of memory: the rest is not told */
};

static __attribute__((format(printf, 5, 6))) void say(sp_telling *telling, int64_t from_ns, int64_t to_ns,
                                                      sp_colour colour, const char *format, ...)
{
	telling_sentence *sentence;
	va_list args;

	if (telling->n == telling->room) {
		size_t room = telling->room ? 2 * telling->room : 64;
		telling_sentence *said = realloc(telling->said, room * sizeof *said);
		if (!said) {
			telling->failed = true;
			return;
		}
		telling->said = said;
		telling->room = room;
	}
	sentence = &telling->said[telling->n];
	*sentence = (telling_sentence){.from_ns = from_ns, .to_ns = to_ns, .order = telling->n++, .colour = colour};
	va_start(args, format);
	vsnprintf(sentence->text, sizeof sentence->text, format, args);
	va_end(args);
}

/* Appends to text of SENTENCE_MAX bytes; what does not fit is left out. */
static __attribute__((format(printf, 2, 3))) void add(char *text, const char *format, ...)
{
	size_t n = strlen(text);
	va_list args;

	va_start(args, format);
	vsnprintf(text + n, SENTENCE_MAX - n, format, args);
	va_end(args);
}

/* --- episodes --- */

static void add_cause(char *text, const sp_family_setup *family, const sp_pool_setup *pool, const telling_episode *e)
{
	const double million = 1e6;
	const uint32_t needs = sp_law_needs(family->law, family->law_params);

	if ((needs & SP_NEEDS(LOAD)) && e->load >= 0)
		add(text, "load %s%.0f %%, setpoint %.0f %%: ",
		    e->moves == 1 ? ""
		    : e->up       ? "up to "
		                  : "down to ",
		    100 * e->load, 100 * (double)pool->setpoint_ppb / SP_NANO);
	else if ((needs & SP_NEEDS(COST)) && e->cost > 0 && e->cost_before > 0)
		add(text, "cost %.3f → %.3f USD per 1M units: ", million * e->cost_before, million * e->cost);
}

static void add_outcome(char *text, const telling_episode *e)
{
	char day[SP_NUMBER_MAX], clock[SP_NUMBER_MAX];

	if (e->outcome == SP_OUTCOME_OBSERVED)
		add(text, ", only observed");
	else if (e->outcome == SP_OUTCOME_PROPOSED)
		add(text, ", proposed");
	else if (e->outcome == SP_OUTCOME_ANNOUNCED && e->not_before_ns - e->to_ns < SP_DAY)
		add(text, ", announced for %s", sp_number_clock(e->not_before_ns, clock));
	else if (e->outcome == SP_OUTCOME_ANNOUNCED)
		add(text, ", announced for %s", sp_number_day(e->not_before_ns, day));
}

/* What held it back: for one move what was wanted, for several how often. */
static void add_rails(char *text, const telling_episode *e)
{
	char wanted[SP_NUMBER_MAX];
	const char *between = "";

	if (e->moves == 1 && llabs(e->wish.ppb - e->index.ppb) * 500 > e->before.ppb)
		add(text, "; wanted %s, held by ", sp_number_change(e->before, e->wish, wanted));
	else if (e->moves > 1)
		between = "; held by ";
	else
		return;
	for (unsigned rail = 0; rail < SP_RAILS; rail++) {
		if (e->binds[rail] == 0)
			continue;
		add(text, "%s%s", between, sp_rail_name(rail));
		if (e->moves > 1)
			add(text, e->binds[rail] == 1 ? " once" : " %u times", e->binds[rail]);
		between = ", ";
	}
}

static void end_episode(sp_telling *telling, uint32_t family)
{
	telling_episode *e = &telling->episodes[family];
	const sp_family_setup *f = &telling->setup->families[family];
	char text[SENTENCE_MAX] = "", before[SP_NUMBER_MAX], index[SP_NUMBER_MAX], change[SP_NUMBER_MAX];

	if (e->moves == 0)
		return;
	add_cause(text, f, &telling->setup->pools[f->pool], e);
	add(text, "%s %s → %s (%s)", f->id, sp_number_index(e->before, before), sp_number_index(e->index, index),
	    sp_number_change(e->before, e->index, change));
	if (e->moves > 1)
		add(text, " in %u moves", e->moves);
	add_outcome(text, e);
	add_rails(text, e);
	say(telling, e->from_ns, e->to_ns, e->up ? SP_COLOUR_RED : SP_COLOUR_GREEN, "%s", text);
	e->moves = 0;
}

static double reading(const sp_law_input *input, sp_reading_role role)
{
	const sp_reading *r = &input->readings[role];

	return r->answer.knowledge == SP_KNOWN ? r->estimate.value : -1;
}

static void begin_episode(telling_episode *e, const sp_decision *d, double cost_before)
{
	*e = (telling_episode){.up = d->index.ppb > d->before.ppb,
	                       .outcome = d->outcome,
	                       .from_ns = d->t_ns,
	                       .before = d->before,
	                       .load = -1,
	                       .cost_before = cost_before};
}

static void tell_move(sp_telling *telling, const sp_engine *engine, const sp_decision *d)
{
	telling_episode *e = &telling->episodes[d->family];
	const sp_law_input *input = sp_engine_readings(engine, telling->setup->families[d->family].pool);
	double load = reading(input, SP_READING_LOAD), cost = reading(input, SP_READING_COST);
	bool up = d->index.ppb > d->before.ppb;

	load = load >= 0 && input->capacity > 0 ? load / input->capacity : -1;
	if (e->moves > 0 && (e->up != up || e->outcome != d->outcome || d->t_ns - e->from_ns > EPISODE_MAX))
		end_episode(telling, d->family);
	if (e->moves == 0)
		begin_episode(e, d, telling->costs[d->family]);
	e->moves++;
	e->to_ns = d->t_ns;
	e->index = d->index;
	e->wish = d->wish;
	e->cost = cost;
	e->load = e->load < 0 ? load : up ? fmax(e->load, load) : fmin(e->load, load);
	e->not_before_ns = d->n_prices > 0 ? d->prices[0].not_before_ns : d->t_ns;
	for (unsigned rail = 0; rail < SP_RAILS; rail++)
		e->binds[rail] += d->binds >> rail & 1;
	telling->costs[d->family] = cost;
}

static void tell_decision(sp_telling *telling, const sp_engine *engine, const sp_decision *d)
{
	telling_episode *e = &telling->episodes[d->family];
	char index[SP_NUMBER_MAX];

	if (telling->costs[d->family] < 0)
		telling->costs[d->family] =
		    reading(sp_engine_readings(engine, telling->setup->families[d->family].pool), SP_READING_COST);
	if (e->moves > 0 && d->t_ns - e->to_ns > EPISODE_GAP)
		end_episode(telling, d->family);
	if (d->n_activated > 0)
		say(telling, d->t_ns, d->t_ns, SP_COLOUR_YELLOW, "%s: the announced price is in force, index %s", d->family_id,
		    sp_number_index(d->in_force, index));
	if (d->outcome != SP_OUTCOME_HELD && d->index.ppb != d->before.ppb)
		tell_move(telling, engine, d);
}

/* --- from outside --- */

static void tell_gpus(sp_telling *telling, const sp_engine *engine, int64_t t_ns)
{
	const sp_setup *setup = telling->setup;
	char usd[SP_DECIMAL_TEXT_MAX];
	sp_value value;
	int64_t last_ns;

	for (uint32_t i = 0; i < setup->n_lots; i++) {
		const char *lot = sp_ids_name(setup->names, setup->lots[i].subject);
		if (!setup->lots[i].by_signal ||
		    !sp_engine_last(engine, setup->lots[i].subject, SP_KIND_usd_per_gpu_h, &value, &last_ns))
			continue;
		if (telling->gpu_nano[i] > 0 && llabs(value.nano - telling->gpu_nano[i]) * 50 < telling->gpu_nano[i])
			continue;
		if (telling->gpu_nano[i] > 0)
			say(telling, t_ns, t_ns, SP_COLOUR_MAGENTA, "GPUs of %s now cost %s USD an hour (%+.0f %%)", lot,
			    sp_decimal_format_short(value.nano / 1000000 * 1000000, usd),
			    100 * ((double)value.nano / (double)telling->gpu_nano[i] - 1));
		telling->gpu_nano[i] = value.nano;
	}
}

static void tell_pools(sp_telling *telling, const sp_engine *engine, int64_t t_ns)
{
	const double back = 0.97; /* so that one on the edge does not chatter */

	for (uint32_t i = 0; i < telling->setup->n_pools; i++) {
		const sp_law_input *input = sp_engine_readings(engine, i);
		double load = reading(input, SP_READING_LOAD);
		if (load < 0 || input->capacity <= 0)
			continue;
		load /= input->capacity;
		if (!telling->full[i] && load >= 1)
			say(telling, t_ns, t_ns, SP_COLOUR_CYAN, "%s is full: load %.0f %% of capacity, the rest is turned away",
			    telling->setup->pools[i].id, 100 * load);
		else if (telling->full[i] && load < back)
			say(telling, t_ns, t_ns, SP_COLOUR_CYAN, "%s serves everybody again: load %.0f %%",
			    telling->setup->pools[i].id, 100 * load);
		telling->full[i] = telling->full[i] ? load >= back : load >= 1;
	}
}

static void tell_alarms(sp_telling *telling, const sp_tick *tick)
{
	for (uint32_t i = 0; i < tick->n_alarms; i++) {
		const sp_alarm *alarm = &tick->alarms[i].alarm;
		if (tick->alarms[i].raised)
			say(telling, tick->t_ns, tick->t_ns, SP_COLOUR_RED, "alarm %s %s: %s; %s", alarm->code, alarm->subject,
			    alarm->text, alarm->cure);
		else
			say(telling, tick->t_ns, tick->t_ns, SP_COLOUR_GREEN, "alarm %s %s is over", alarm->code, alarm->subject);
	}
}

sp_status sp_telling_tick(sp_telling *telling, const sp_engine *engine, const sp_drive_answer *answer)
{
	const sp_tick *tick = answer->tick;

	SP_ASSERT(tick->n_families == telling->setup->n_families);
	tell_gpus(telling, engine, tick->t_ns);
	tell_pools(telling, engine, tick->t_ns);
	for (uint32_t i = 0; i < tick->n_families; i++)
		tell_decision(telling, engine, &tick->decisions[i]);
	tell_alarms(telling, tick);
	return telling->failed ? SP_E_MEMORY : SP_OK;
}

/* --- in print --- */

static int by_time(const void *a, const void *b)
{
	const telling_sentence *x = a, *y = b;

	if (x->from_ns != y->from_ns)
		return x->from_ns < y->from_ns ? -1 : 1;
	return x->order < y->order ? -1 : 1;
}

static void print_sentence(const telling_sentence *sentence, const sp_screen *screen, FILE *out)
{
	char from[SP_NUMBER_MAX], to[SP_NUMBER_MAX], time[2 * SP_NUMBER_MAX];

	if (sentence->from_ns == sentence->to_ns)
		snprintf(time, sizeof time, "%s", sp_number_clock(sentence->from_ns, from));
	else
		snprintf(time, sizeof time, "%s-%s", sp_number_clock(sentence->from_ns, from),
		         sp_number_clock(sentence->to_ns, to));
	fprintf(out, "%s%-*s%s", sp_screen_paint(screen, sentence->colour), TIME_COLUMNS, time,
	        sp_screen_paint(screen, SP_COLOUR_PLAIN));
	sp_wrap_line(out, screen, sentence->text, TIME_COLUMNS, TIME_COLUMNS);
}

void sp_telling_print(sp_telling *telling, const sp_screen *screen, FILE *out)
{
	char day[SP_NUMBER_MAX], last_day[SP_NUMBER_MAX] = "";

	for (uint32_t i = 0; i < telling->setup->n_families; i++)
		end_episode(telling, i);
	if (telling->n > 0)
		qsort(telling->said, telling->n, sizeof *telling->said, by_time);
	for (size_t i = 0; i < telling->n; i++) {
		if (strcmp(sp_number_day(telling->said[i].from_ns, day), last_day) != 0)
			fprintf(out, "%s%s%s\n", sp_screen_paint(screen, SP_COLOUR_BOLD), day,
			        sp_screen_paint(screen, SP_COLOUR_PLAIN));
		strcpy(last_day, day);
		print_sentence(&telling->said[i], screen, out);
	}
	if (telling->n == 0)
		fputs("nothing happened: no price moved\n", out);
}

/* --- life --- */

sp_telling *sp_telling_open(const sp_setup *setup)
{
	sp_telling *telling = calloc(1, sizeof *telling);

	if (!telling)
		return NULL;
	telling->setup = setup;
	telling->episodes = calloc(setup->n_families, sizeof *telling->episodes);
	telling->costs = calloc(setup->n_families, sizeof *telling->costs);
	telling->gpu_nano = calloc(setup->n_lots ? setup->n_lots : 1, sizeof *telling->gpu_nano);
	telling->full = calloc(setup->n_pools, sizeof *telling->full);
	if (!telling->episodes || !telling->costs || !telling->gpu_nano || !telling->full) {
		sp_telling_close(telling);
		return NULL;
	}
	for (uint32_t i = 0; i < setup->n_families; i++)
		telling->costs[i] = -1;
	return telling;
}

void sp_telling_close(sp_telling *telling)
{
	if (!telling)
		return;
	free(telling->said);
	free(telling->episodes);
	free(telling->costs);
	free(telling->gpu_nano);
	free(telling->full);
	free(telling);
}
