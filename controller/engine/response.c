/* response.c - how the load answered to our price; see response.h. */
#include "controller/engine/response.h"

#include "base/assert.h"
#include "base/math.h"
#include "base/time.h"

#define RESPONSE_LEAST   0.005 /* a smaller move drowns in any load's noise */
#define RESPONSE_MOVES   3
#define RESPONSE_ANSWERS 8
#define RESPONSE_LEFT    0.95 /* each new move weighs this much more than the one before: some twenty are remembered */
#define RESPONSE_SURE    2.0  /* errors */
#define RESPONSE_LAST    (SP_RESPONSE_AGES - 1)

void sp_response_init(sp_response *response)
{
	*response = (sp_response){.began_ns = SP_TIME_NEVER};
}

void sp_response_move(sp_response *response, int64_t now_ns, double z, double load, double index)
{
	SP_ASSERT(sp_finite(z) && index > 0);
	if (response->began_ns != SP_TIME_NEVER || sp_abs(z) < RESPONSE_LEAST || !(load > 0))
		return;
	response->began_ns = now_ns;
	response->z = z;
	response->y0 = sp_log(load);
	response->x0 = sp_log(index);
	response->age = 0;
}

void sp_response_answer(sp_response *response, double move, double error)
{
	SP_ASSERT(sp_finite(move) && sp_finite(error));
	response->answered = RESPONSE_LEFT * response->answered + move * error;
	response->erred = RESPONSE_LEFT * response->erred + error * error;
	response->n_answers += response->n_answers < UINT32_MAX;
}

static int64_t response_age_ns(int64_t window_ns, uint32_t age)
{
	SP_ASSERT(age < SP_RESPONSE_AGES);
	return window_ns >> (RESPONSE_LAST - age);
}

/* The watched move has reached its last age: what was seen of it counts. One that was not seen to the end leaves nothing behind. */
static void response_close(sp_response *r)
{
	const double left = RESPONSE_LEFT * RESPONSE_LEFT;
	double y = r->z_y[RESPONSE_LAST], x = r->z_x[RESPONSE_LAST];

	for (int age = 0; age < SP_RESPONSE_AGES; age++) {
		r->y[age] = RESPONSE_LEFT * r->y[age] + r->z_y[age];
		r->x[age] = RESPONSE_LEFT * r->x[age] + r->z_x[age];
	}
	r->yy = left * r->yy + y * y;
	r->xy = left * r->xy + x * y;
	r->xx = left * r->xx + x * x;
	r->n_moves += r->n_moves < UINT32_MAX;
	r->began_ns = SP_TIME_NEVER;
}

void sp_response_tick(sp_response *response, int64_t window_ns, int64_t now_ns, double load, double index)
{
	SP_ASSERT(window_ns > 0 && index > 0);
	if (response->began_ns == SP_TIME_NEVER)
		return;
	if (!(load > 0)) {
		response->began_ns = SP_TIME_NEVER;
		return;
	}
	while (response->began_ns != SP_TIME_NEVER &&
	       now_ns - response->began_ns >= response_age_ns(window_ns, response->age)) {
		response->z_y[response->age] = response->z * (sp_log(load) - response->y0);
		response->z_x[response->age] = response->z * (sp_log(index) - response->x0);
		if (response->age == RESPONSE_LAST)
			response_close(response);
		else
			response->age++;
	}
}

/* --- what it says --- */

static sp_measured response_unknown(sp_knowledge knowledge, const char *reason)
{
	return (sp_measured){.answer = {knowledge, reason}};
}

static sp_measured response_known(double value, double sd)
{
	return (sp_measured){.answer = {SP_KNOWN, NULL}, .value = value, .sd = sd};
}

static sp_measured response_elasticity(const sp_response *r)
{
	double x = r->x[RESPONSE_LAST];
	double e = x > 0 ? -r->y[RESPONSE_LAST] / x : 0;
	double rest = r->yy + 2 * e * r->xy + e * e * r->xx;
	double sd = x > 0 && rest > 0 ? sp_sqrt(rest) / x : 0;

	if (r->n_moves == 0)
		return response_unknown(SP_NOT_IDENTIFIED, "no told move came from cost: the loop's own moves say nothing");
	if (r->n_moves < RESPONSE_MOVES)
		return response_unknown(SP_NOT_IDENTIFIED, "fewer than three told moves came from cost");
	if (!(x > 0) || !(e > RESPONSE_SURE * sd))
		return response_unknown(SP_NOT_IDENTIFIED, "what the load did after moves by cost is lost in its noise");
	return response_known(e, sd);
}

static sp_measured response_delay(const sp_response *r, int64_t window_ns)
{
	double half = -r->y[RESPONSE_LAST] / 2;
	uint32_t age = 0;

	SP_ASSERT(half > 0);
	while (age < RESPONSE_LAST && -r->y[age] < half)
		age++;
	return response_known((double)response_age_ns(window_ns, age) / (double)SP_SEC, 0);
}

static sp_measured response_gain(const sp_response *r, const sp_measured *elasticity)
{
	double answer;

	if (r->n_answers < RESPONSE_ANSWERS || !(r->erred > 0))
		return response_unknown(SP_NOT_IDENTIFIED, "the law has answered too few errors of the load");
	answer = r->answered / r->erred;
	return response_known(answer * elasticity->value, sp_abs(answer) * elasticity->sd);
}

void sp_response_read(const sp_response *response, int64_t window_ns, sp_response_report *report)
{
	report->elasticity = response_elasticity(response);
	report->delay_s = report->gain = report->elasticity;
	if (report->elasticity.answer.knowledge != SP_KNOWN)
		return;
	report->delay_s = response_delay(response, window_ns);
	report->gain = response_gain(response, &report->elasticity);
}
