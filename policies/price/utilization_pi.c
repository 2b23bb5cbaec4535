/* utilization_pi.c - keeps a pool's utilization at its setpoint: an integral controller on log price that knows what is
 * still to come (a Smith predictor), asked every period, in velocity form.
 *
 * Buyers answer late. Acting again on what was already decided but not yet felt is what makes price loops swing. So the
 * law keeps a model of how much of the price buyers have felt, and steers the utilization that will be once they have
 * felt all of it. With x = log index, e = elasticity, s = setpoint, per period:
 *
 *     felt   the index in force, delay_periods late, through a first-order lag of response_lag
 *     y      log(load / capacity / s), held within +-ln 2: an idle night is no order to crash
 *     E(x)   y - e (x - felt), within +-ln 2: the error once x is felt; announced prices are part of what is told
 *     goal   told + share x E(told) / e; share is 1, and 1/2 while min_interval keeps the change waiting
 *     x     += gain / lambda x (goal - x)            unless |E(x)| <= tolerance
 *
 * The load's own smoothing is undone: raw = load + lag / dt x (load - load before), the proportional part of the PI, whose
 * zero cancels the estimator's pole (SIMC's Ti = tau); exact for an ewma with steady samples. Two filters in a row would ring;
 * noise is averaged by the loop itself, over about lambda periods.
 *
 * lambda [periods] = 2 + 2.6 D + 1.5 N, D = 1 + delay_periods (a price decided now shows next period at the
 * earliest), N = response_lag / period.
 *
 * Why these numbers. Let buyers' elasticity be r times the told one, g = 1/lambda, F and F0 the told and the true way from
 * a decided price to the load. The loop is z - 1 + g (1 + r z F0(z) - z F(z)) = 0.
 * - A delay that is told right, F0 = F = z^-D, r = 2: no oscillation iff g / (1 - g)^D <= (D - 1)^(D - 1) / D^D, that is
 *   g <= 0.500, 0.172, 0.106, 0.077 for D = 1..4; here g = 0.217, 0.139, 0.102, 0.081. Beyond D = 3 the utilization swings past
 *   the setpoint by at most 1.3 % of the step. Told right or too large (r <= 1) it never passes.
 * - A lag that is told right, r = 2: in slow time s^2 + (1 + k) s + 2 k, k = g N, with damping (1 + k) / sqrt(8 k) >= 0.707 at
 *   any gain: past by at most 4.8 %, back by 0.3 %. Without the predictor a lag of N periods allows g r <= 1 / (4 N). A higher
 *   k would answer no calmer question, but let the price run ahead of buyers who have not felt it: that is a guess.
 * - All wrong at once (elasticity and lag by 2 either way, delay by a period; D = 1..16, N = 0..100): past by at most 21 % of
 *   the step, then back by at most 4.1 %. The tests repeat these figures with the law itself.
 * - share: when the price can move only every min_interval, whole moves on an elasticity told at half its true value
 *   swing for ever; half a move then lands on the setpoint, and halves the error each time when told right.
 *
 * A full gauge is a lower bound of the load: never a reason to lower. */
#include "policies/price/law.h"

#include "base/assert.h"
#include "base/math.h"
#include "base/time.h"

#define PI_DELAY_MAX  15                 /* periods; the ring holds one more */
#define PI_RING       (PI_DELAY_MAX + 1) /* a power of two, so that the place wraps by a mask */
#define PI_SHARE_WAIT 0.5
#define PI_UNDO_MAX   4.0 /* undoing the smoothing changes the load by at most this factor */
#define PI_LAMBDA_0   2.0
#define PI_LAMBDA_D   2.6
#define PI_LAMBDA_N   1.5

typedef struct pi_params {
	double elasticity;
	int64_t response_lag_ns, delay_periods, gain_ppb, tolerance_ppb;
} pi_params;

typedef struct pi_state {
	double in_force[PI_RING]; /* log index in force, one a period; `place` is the newest */
	double felt;              /* log index */
	double load, raw;         /* the last reading, and with its smoothing undone [resource units/s] */
	int64_t place;
	int64_t asked_ns, observed_ns; /* SP_TIME_NEVER: not yet */
} pi_state;

_Static_assert(sizeof(pi_state) <= SP_LAW_STATE_MAX, "the state fits a slot");
_Static_assert((PI_RING & (PI_RING - 1)) == 0, "the ring's place wraps by a mask");

static const sp_param pi_rows[] = {
    {"elasticity", SP_PARAM_REAL, "", offsetof(pi_params, elasticity), 0.05, 20, "1.5", NULL,
     "By how many percent demand falls when the price rises by one; told too large is calm, too small by over 2 "
     "swings."},
    {"response_lag", SP_PARAM_SPAN, "s", offsetof(pi_params, response_lag_ns), 0, 365 * 86400.0, "1d", NULL,
     "How long buyers take to answer a price: 63% of the answer is there after this time."},
    {"delay_periods", SP_PARAM_COUNT, "periods", offsetof(pi_params, delay_periods), 0, PI_DELAY_MAX, "1", NULL,
     "Whole periods before a price in force shows in the load at all."},
    {"gain", SP_PARAM_RATIO, "of the calm limit", offsetof(pi_params, gain_ppb), 0.01, 1, "100%", NULL,
     "How quick, as a share of the quickest gain that stays calm when elasticity and lag are wrong by a factor of "
     "two."},
    {"tolerance", SP_PARAM_RATIO, "of the setpoint", offsetof(pi_params, tolerance_ppb), 0, 0.1, "0.2%", NULL,
     "An error of utilization smaller than this moves nothing."},
};

static const sp_law_term pi_terms[] = {{"utilization", false, false, SP_CLOCK_DEMAND}};

enum { REASON_ABOVE, REASON_BELOW, REASON_AT, REASON_FULL, REASON_NO_LOAD, REASON_NO_CAPACITY };
static const char *const pi_reasons[] = {
    "above_setpoint", "below_setpoint", "at_setpoint", "gauge_full", "load_unknown", "capacity_unknown", NULL,
};

static void pi_init(void *state, const void *params)
{
	SP_ASSERT(state != NULL && params != NULL);
	*(pi_state *)state = (pi_state){.asked_ns = SP_TIME_NEVER, .observed_ns = SP_TIME_NEVER};
}

static double pi_log(sp_index index)
{
	SP_ASSERT(index.ppb > 0);
	return sp_log((double)index.ppb / (double)SP_NANO);
}

/* Periods since the law was last asked; those that were skipped count. */
static int64_t pi_elapsed(const pi_state *s, const sp_law_input *input)
{
	int64_t periods = (input->now_ns - s->asked_ns + input->period_ns / 2) / input->period_ns;
	return periods < 1 ? 1 : periods;
}

/* Lets buyers answer for a while to the price that reaches them. */
static void pi_respond(pi_state *s, const pi_params *p, double span_ns)
{
	double reached = s->in_force[(s->place - p->delay_periods) & (PI_RING - 1)];
	double left = p->response_lag_ns > 0 ? sp_exp(-span_ns / (double)p->response_lag_ns) : 0;
	s->felt = reached + left * (s->felt - reached);
}

static void pi_enforce(pi_state *s, double log_index)
{
	s->place = (s->place + 1) & (PI_RING - 1);
	s->in_force[s->place] = log_index;
}

/* Lets buyers feel what is in force, period by period; at the first time they know it already. */
static void pi_feel(pi_state *s, const pi_params *p, const sp_law_input *input)
{
	double now = pi_log(input->in_force);
	bool first = s->asked_ns == SP_TIME_NEVER;
	int64_t elapsed = first ? PI_RING : pi_elapsed(s, input);
	for (int64_t i = 0; i < elapsed && i < PI_RING; i++) {
		pi_enforce(s, now);
		pi_respond(s, p, (double)input->period_ns);
	}
	if (elapsed > PI_RING)
		pi_respond(s, p, (double)(elapsed - PI_RING) * (double)input->period_ns);
	s->felt = first ? now : s->felt;
	s->asked_ns = input->now_ns;
}

/* Undoes the estimator's smoothing when there is a new observation. */
static void pi_observe(pi_state *s, int64_t now_ns, const sp_estimate *load)
{
	int64_t observed_ns = now_ns - load->age_ns;
	double value = load->value > 0 ? load->value : 0;
	if (s->observed_ns == SP_TIME_NEVER) {
		s->raw = value;
	} else if (observed_ns > s->observed_ns) {
		double gap_s = (double)(observed_ns - s->observed_ns) / 1e9;
		s->raw = sp_clamp(value + load->lag_s / gap_s * (value - s->load), value / PI_UNDO_MAX, value * PI_UNDO_MAX);
	} else {
		return;
	}
	s->load = value;
	s->observed_ns = observed_ns;
}

/* y, the error now, as a log-ratio. */
static double pi_error(const pi_state *s, const sp_law_input *input)
{
	double ratio = s->raw / (input->capacity * input->setpoint);
	return sp_log(sp_clamp(ratio, 0.5, 2));
}

/* E, the error once the index `x` is felt. */
static double pi_predicted(const pi_state *s, const pi_params *p, double error, double x)
{
	return sp_clamp(error - p->elasticity * (x - s->felt), -SP_LN2, SP_LN2);
}

static double pi_gain(const pi_params *p, const sp_law_input *input)
{
	double lag = (double)p->response_lag_ns / (double)input->period_ns;
	double lambda = PI_LAMBDA_0 + PI_LAMBDA_D * (double)(1 + p->delay_periods) + PI_LAMBDA_N * lag;
	return (double)p->gain_ppb / (double)SP_NANO / lambda;
}

static void pi_answer(sp_wish *wish, sp_law_action action, unsigned reason)
{
	wish->action = action;
	wish->reason = pi_reasons[reason];
}

static void pi_steer(const pi_state *s, const pi_params *p, const sp_law_input *input, sp_wish *wish)
{
	double error = pi_error(s, input), own = pi_log(input->own), told = pi_log(input->told);
	double left = pi_predicted(s, p, error, own);
	if (sp_abs(left) * (double)SP_NANO <= (double)p->tolerance_ppb) {
		pi_answer(wish, SP_LAW_HOLD, REASON_AT);
		return;
	}
	double share = input->change_due ? 1 : PI_SHARE_WAIT;
	double due = pi_predicted(s, p, error, told);
	double step = pi_gain(p, input) * (told + share * due / p->elasticity - own);
	SP_ASSERT(sp_finite(step));
	if (input->censored && step < 0) {
		pi_answer(wish, SP_LAW_HOLD, REASON_FULL);
		return;
	}
	pi_answer(wish, SP_LAW_MOVE, left > 0 ? REASON_ABOVE : REASON_BELOW);
	wish->terms[0] = (sp_term_wish){.log_ratio = step};
}

static void pi_decide(const sp_law_input *input, void *state, const void *params, sp_wish *wish)
{
	pi_state *s = state;
	const sp_reading *load = &input->readings[SP_READING_LOAD];
	SP_ASSERT(input->period_ns > 0 && input->setpoint > 0);
	pi_feel(s, params, input);
	if (load->answer.knowledge != SP_KNOWN) {
		pi_answer(wish, SP_LAW_REFUSE, REASON_NO_LOAD);
		return;
	}
	SP_ASSERT(sp_finite(load->estimate.value) && load->estimate.age_ns >= 0);
	pi_observe(s, input->now_ns, &load->estimate);
	if (!(input->capacity > 0)) {
		pi_answer(wish, SP_LAW_REFUSE, REASON_NO_CAPACITY);
		return;
	}
	pi_steer(s, params, input, wish);
}

/* Between changes that wait, the own index comes as near to its goal as so many periods bring it; half of the way is told. */
static void pi_steers(const void *params, int64_t period_ns, int64_t interval_ns, sp_law_loop *loop)
{
	const pi_params *p = params;
	const sp_law_input input = {.period_ns = period_ns};
	double gain = pi_gain(p, &input), periods = (double)interval_ns / (double)period_ns;
	bool waits = interval_ns > period_ns;
	loop->gain = waits ? PI_SHARE_WAIT * (1 - sp_exp(-gain * periods)) : gain;
	loop->step_ns = waits ? interval_ns : period_ns;
	loop->predicts = true;
	loop->elasticity = p->elasticity;
	loop->response_lag_ns = p->response_lag_ns;
	loop->delay_ns = p->delay_periods * period_ns;
	loop->keys[0] = "gain";
}

extern const sp_law_ops sp_utilization_pi;
const sp_law_ops sp_utilization_pi = {
    .name = "utilization_pi",
    .version = 1,
    .formula =
        "log index += gain / lambda (told + share E(told) / e - own); E(x) = log(load / setpoint) - e (x - felt)",
    .source = "integral control of log price; Smith 1957 (predictor), Skogestad 2003 (SIMC tuning)",
    .help = "Keeps utilization at its setpoint: for prices that may move within hours.",
    .params = pi_rows,
    .n_params = sizeof pi_rows / sizeof *pi_rows,
    .params_size = sizeof(pi_params),
    .state_size = sizeof(pi_state),
    .needs = SP_NEEDS(LOAD),
    .terms = pi_terms,
    .n_terms = sizeof pi_terms / sizeof *pi_terms,
    .reasons = pi_reasons,
    .init = pi_init,
    .decide = pi_decide,
    .steers = pi_steers,
};
