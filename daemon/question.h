/* question.h - what the control thread asks the loop, which alone knows: one at a time, answered at its next turn. */
#ifndef SP_DAEMON_QUESTION_H
#define SP_DAEMON_QUESTION_H

#include <pthread.h>
#include <stdbool.h>

#include "daemon/wake.h"
#include "transport/wire/control.h"

typedef struct sp_question {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	enum { SP_QUESTION_NONE, SP_QUESTION_ASKED, SP_QUESTION_TAKEN } state;
	const sp_control_request *request; /* the asker's, until it is answered */
	sp_control_answer *answer;
	sp_wake *wake;
} sp_question;

void sp_question_init(sp_question *question, sp_wake *wake);
void sp_question_fini(sp_question *question);

/* sp_question_ask - asks and waits; false: the loop did not come round within wait_ms, and *answer is as it was. */
bool sp_question_ask(sp_question *question, const sp_control_request *request, sp_control_answer *answer, int wait_ms);

/* sp_question_take - the loop: is something asked? Then answer it, and say so. */
bool sp_question_take(sp_question *question, const sp_control_request **request, sp_control_answer **answer);
void sp_question_answered(sp_question *question);

#endif
