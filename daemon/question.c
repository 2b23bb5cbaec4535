/* question.c - see question.h. */
#include "daemon/question.h"

#include <errno.h>
#include <time.h>

#include "base/assert.h"
#include "base/time.h"

void sp_question_init(sp_question *question, sp_wake *wake)
{
	pthread_condattr_t attributes;

	*question = (sp_question){.wake = wake};
	pthread_mutex_init(&question->lock, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&question->changed, &attributes);
	pthread_condattr_destroy(&attributes);
}

void sp_question_fini(sp_question *question)
{
	pthread_mutex_destroy(&question->lock);
	pthread_cond_destroy(&question->changed);
}

static struct timespec after_ms(int ms)
{
	struct timespec t;
	int64_t ns;

	clock_gettime(CLOCK_MONOTONIC, &t);
	ns = t.tv_nsec + ms * SP_MS;
	t.tv_sec += (time_t)(ns / SP_SEC);
	t.tv_nsec = (long)(ns % SP_SEC);
	return t;
}

/* One that the loop has not taken yet can be taken back; one that it has is answered in a moment. */
bool sp_question_ask(sp_question *question, const sp_control_request *request, sp_control_answer *answer, int wait_ms)
{
	struct timespec until = after_ms(wait_ms);
	bool answered;

	pthread_mutex_lock(&question->lock);
	SP_ASSERT(question->state == SP_QUESTION_NONE);
	question->request = request;
	question->answer = answer;
	question->state = SP_QUESTION_ASKED;
	sp_wake_ring(question->wake);
	while (question->state == SP_QUESTION_ASKED &&
	       pthread_cond_timedwait(&question->changed, &question->lock, &until) != ETIMEDOUT)
		;
	answered = question->state != SP_QUESTION_ASKED;
	while (question->state == SP_QUESTION_TAKEN)
		pthread_cond_wait(&question->changed, &question->lock);
	question->state = SP_QUESTION_NONE;
	pthread_mutex_unlock(&question->lock);
	return answered;
}

bool sp_question_take(sp_question *question, const sp_control_request **request, sp_control_answer **answer)
{
	bool asked;

	pthread_mutex_lock(&question->lock);
	asked = question->state == SP_QUESTION_ASKED;
	if (asked) {
		question->state = SP_QUESTION_TAKEN;
		*request = question->request;
		*answer = question->answer;
	}
	pthread_mutex_unlock(&question->lock);
	return asked;
}

void sp_question_answered(sp_question *question)
{
	pthread_mutex_lock(&question->lock);
	SP_ASSERT(question->state == SP_QUESTION_TAKEN);
	question->state = SP_QUESTION_NONE;
	pthread_cond_broadcast(&question->changed);
	pthread_mutex_unlock(&question->lock);
}
