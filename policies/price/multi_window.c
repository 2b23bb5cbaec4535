/* multi_window.c - a backlog for each of several time scales, and a price that is the exponential of their sum: a short window
 * catches bursts, a long one holds the mean.
 *
 *     T_i    capacity x setpoint x target_i                              what window i is meant to carry [resource units/s]
 *     b_i    max(0, b_i + dt (load / T_i - 1))                           its backlog, in seconds of T_i
 *     index  least x exp(sum_i max(0, b_i - tolerance) / window_i)
 *
 * A backlog within the tolerance moves nothing. A short window has a higher target: it lets the load pass that the long one
 * prices.
 *
 * No wind-up: the sum is what the law's own index says. When a rail, a person or the market outside has set another index than
 * the law wished, the backlogs are scaled to it, or, where there are none, the long window takes all of it. So a floor above
 * `least` stops them from running down, and a ceiling from piling up.
 *
 * A full gauge is a lower bound of the load: it works no backlog off. Time without a load counts as time at the target. */
#include "policies/price/law.h"

#include "base/assert.h"
#include "base/math.h"
#include "base/time.h"

#define WINDOWS          3
#define WINDOWS_LOAD_MAX 1000.0 /* of a target; a load beyond counts as this */

typedef struct multi_window_params {
	int64_t least_ppb, tolerance_ns;
	struct {
		int64_t span_ns, target_ppb;
	} windows[WINDOWS]; /* from short to long */
} multi_window_params;

typedef struct multi_window_state {
	double backlog_s[WINDOWS];
	int64_t index_ppb; /* what the backlogs stand for; 0: nothing yet */
	int64_t asked_ns;  /* SP_TIME_NEVER: not yet */
} multi_window_state;

#define AT(field) offsetof(multi_window_params, field)
#define WINDOW(name, i, span, target)                                                                        \
	{name ".window",                                                                                         \
	 SP_PARAM_SPAN,                                                                                          \
	 "s",                                                                                                    \
	 AT(windows[i].span_ns),                                                                                 \
	 1,                                                                                                      \
	 365 * 86400.0,                                                                                          \
	 span,                                                                                                   \
	 NULL,                                                                                                   \
	 "This much backlog, in time of the target, multiplies the price by 2.718."},                            \
	{                                                                                                        \
		name ".target", SP_PARAM_RATIO, "of the setpoint", AT(windows[i].target_ppb), 0.1, 10, target, NULL, \
		    "Load beyond this piles up."                                                                     \
	}
static const sp_param multi_window_rows[] = {
    {"least", SP_PARAM_RATIO, "of the sheet", AT(least_ppb), 0.001, 100, "50%", NULL,
     "The price without any backlog; it never goes below."},
    {"tolerance", SP_PARAM_SPAN, "s", AT(tolerance_ns), 0, 86400, "10s", NULL,
     "A backlog smaller than this, in time of the target, moves nothing."},
    WINDOW("short", 0, "10m", "130%"),
    WINDOW("middle", 1, "2h", "110%"),
    WINDOW("long", 2, "1d", "100%"),
};
#undef WINDOW
#undef AT

static const sp_law_term multi_window_terms[] = {{"utilization", false, false, SP_CLOCK_DEMAND}};

enum { REASON_ABOVE, REASON_BELOW, REASON_AT, REASON_NO_LOAD, REASON_NO_CAPACITY };
static const char *const multi_window_reasons[] = {
    "above_target", "below_target", "at_target", "load_unknown", "capacity_unknown", NULL,
};

static void multi_window_init(void *state, const void *params)
{
	SP_ASSERT(state != NULL && params != NULL);
	*(multi_window_state *)state = (multi_window_state){.asked_ns = SP_TIME_NEVER};
}

static double seconds(int64_t span_ns)
{
	return (double)span_ns / 1e9;
}

/* What window i adds to the log of the index. */
static double multi_window_part(const multi_window_state *s, const multi_window_params *p, int i)
{
	double over = s->backlog_s[i] - seconds(p->tolerance_ns);
	return over > 0 ? over / seconds(p->windows[i].span_ns) : 0;
}

static double multi_window_sum(const multi_window_state *s, const multi_window_params *p)
{
	double sum = 0;
	for (int i = 0; i < WINDOWS; i++)
		sum += multi_window_part(s, p, i);
	return sum;
}

/* Brings the sum of the parts to x >= 0. */
static void multi_window_scale(multi_window_state *s, const multi_window_params *p, double x)
{
	double sum = multi_window_sum(s, p), tolerance = seconds(p->tolerance_ns);
	for (int i = 0; i < WINDOWS; i++) {
		double part = multi_window_part(s, p, i);
		if (part > 0)
			s->backlog_s[i] = tolerance + part * (x / sum) * seconds(p->windows[i].span_ns);
	}
	if (sum == 0 && x > 0)
		s->backlog_s[WINDOWS - 1] = tolerance + x * seconds(p->windows[WINDOWS - 1].span_ns);
}

static double multi_window_log(const multi_window_params *p, int64_t index_ppb)
{
	double ratio = (double)index_ppb / (double)p->least_ppb;
	return ratio > 1 ? sp_log(ratio) : 0;
}

static void multi_window_follow(multi_window_state *s, const multi_window_params *p, int64_t own_ppb)
{
	if (own_ppb == s->index_ppb)
		return;
	multi_window_scale(s, p, multi_window_log(p, own_ppb));
	s->index_ppb = own_ppb;
}

/* Lets what was used since the law was last asked pile up. True when a backlog that counts changed. */
static bool multi_window_pile(multi_window_state *s, const multi_window_params *p, const sp_law_input *input)
{
	double load = sp_clamp(input->readings[SP_READING_LOAD].estimate.value, 0, 1e100);
	double target = input->capacity * input->setpoint, most = multi_window_log(p, SP_INDEX_MAX_PPB);
	double dt_s = s->asked_ns == SP_TIME_NEVER ? 0 : seconds(input->now_ns - s->asked_ns),
	       before = multi_window_sum(s, p);
	for (int i = 0; i < WINDOWS; i++) {
		double over = load / target * (double)SP_NANO / (double)p->windows[i].target_ppb - 1;
		over = sp_clamp(over, input->censored ? 0 : -1, WINDOWS_LOAD_MAX);
		s->backlog_s[i] = sp_clamp(s->backlog_s[i] + dt_s * over, 0, 1e15);
	}
	if (multi_window_sum(s, p) > most)
		multi_window_scale(s, p, most);
	return multi_window_sum(s, p) != before;
}

static int64_t multi_window_index(const multi_window_state *s, const multi_window_params *p)
{
	double index = (double)p->least_ppb * sp_exp(multi_window_sum(s, p));
	int64_t ppb = 0;
	sp_status status = sp_round_even(sp_clamp(index, (double)SP_INDEX_MIN_PPB, (double)SP_INDEX_MAX_PPB), &ppb);
	SP_ASSERT(status == SP_OK);
	return ppb;
}

static void multi_window_steer(multi_window_state *s, const multi_window_params *p, const sp_law_input *input,
                               sp_wish *wish)
{
	multi_window_follow(s, p, input->own.ppb);
	bool changed = multi_window_pile(s, p, input) || input->own.ppb < p->least_ppb;
	int64_t next = changed ? multi_window_index(s, p) : input->own.ppb, amount = next - input->own.ppb;
	s->index_ppb = next;
	wish->action = amount == 0 ? SP_LAW_HOLD : SP_LAW_MOVE;
	wish->reason = multi_window_reasons[amount > 0 ? REASON_ABOVE : amount < 0 ? REASON_BELOW : REASON_AT];
	wish->terms[0] = (sp_term_wish){.exact = true, .amount = {amount}};
}

static void multi_window_decide(const sp_law_input *input, void *state, const void *params, sp_wish *wish)
{
	multi_window_state *s = state;
	const sp_reading *load = &input->readings[SP_READING_LOAD];
	SP_ASSERT(input->setpoint > 0 && input->own.ppb > 0);
	if (load->answer.knowledge == SP_KNOWN && input->capacity * input->setpoint > 0) {
		SP_ASSERT(sp_finite(load->estimate.value));
		multi_window_steer(s, params, input, wish);
	} else {
		wish->action = SP_LAW_REFUSE;
		wish->reason = multi_window_reasons[load->answer.knowledge == SP_KNOWN ? REASON_NO_CAPACITY : REASON_NO_LOAD];
	}
	s->asked_ns = input->now_ns;
}

/* While every window has a backlog that counts. */
static void multi_window_steers(const void *params, int64_t period_ns, int64_t interval_ns, sp_law_loop *loop)
{
	const multi_window_params *p = params;
	static const char *const keys[] = {"short.window", "middle.window", "long.window"};
	loop->step_ns = interval_ns > period_ns ? interval_ns : period_ns;
	for (int i = 0; i < WINDOWS; i++)
		loop->gain += (double)loop->step_ns / (double)p->windows[i].span_ns;
	for (int i = 0; i < WINDOWS; i++)
		loop->keys[i] = keys[i];
	loop->inverse = true;
	loop->filtered = true;
}

extern const sp_law_ops sp_multi_window;
const sp_law_ops sp_multi_window = {
    .name = "multi_window",
    .version = 1,
    .formula =
        "index = least exp(sum_i max(0, backlog_i - tolerance) / window_i); backlog_i = max(0, backlog_i + dt (load / "
        "target_i - 1))",
    .source =
        "Arbitrum Nitro, gas pricing with several targets; differs in: backlogs follow the index that rails allow",
    .help = "Prices bursts by a short window and the mean by a long one: for machine buyers under bursty load.",
    .params = multi_window_rows,
    .n_params = sizeof multi_window_rows / sizeof *multi_window_rows,
    .params_size = sizeof(multi_window_params),
    .state_size = sizeof(multi_window_state),
    .needs = SP_NEEDS(LOAD),
    .terms = multi_window_terms,
    .n_terms = sizeof multi_window_terms / sizeof *multi_window_terms,
    .reasons = multi_window_reasons,
    .init = multi_window_init,
    .decide = multi_window_decide,
    .steers = multi_window_steers,
};
