/* gate.c - see gate.h. */
#include "daemon/gate.h"

#include "base/failpoint.h"

void sp_gate_open(sp_gate *gate, const char *path, int64_t now_ns, sp_message *doubt)
{
	pthread_mutex_init(&gate->lock, NULL);
	(void)sp_message_set(doubt, SP_OK, "%s", "");
	(void)sp_freeze_load(&gate->freeze, path, now_ns, doubt);
}

void sp_gate_close(sp_gate *gate)
{
	pthread_mutex_destroy(&gate->lock);
}

sp_status sp_gate_freeze(sp_gate *gate, const char *scope, const char *by, int64_t now_ns, sp_message *message)
{
	sp_status status, written;

	pthread_mutex_lock(&gate->lock);
	status = sp_freeze_add(&gate->freeze, scope, by, now_ns);
	pthread_mutex_unlock(&gate->lock);
	if (status == SP_E_SYNTAX)
		return sp_message_set(message, status, "\"%s\" is no scope: write " SP_FREEZE_FORMS, scope);
	SP_FAILPOINT(freeze_in_memory);
	pthread_mutex_lock(&gate->lock);
	written = sp_freeze_write(&gate->freeze, message);
	pthread_mutex_unlock(&gate->lock);
	if (status == SP_E_FULL)
		return sp_message_set(message, status, "more than %d scopes: all is frozen", SP_FREEZE_SCOPES_MAX);
	return written;
}

sp_status sp_gate_thaw(sp_gate *gate, const char *scope, const char *by, sp_message *message)
{
	sp_status status;

	pthread_mutex_lock(&gate->lock);
	status = sp_freeze_thaw(&gate->freeze, scope, by, message);
	pthread_mutex_unlock(&gate->lock);
	return status;
}

sp_status sp_gate_poll(sp_gate *gate, int64_t now_ns, sp_message *message)
{
	sp_status status, written = SP_OK;

	pthread_mutex_lock(&gate->lock);
	status = sp_freeze_poll(&gate->freeze, now_ns, message);
	if (status == SP_OK && gate->freeze.unfiled)
		written = sp_freeze_write(&gate->freeze, message);
	pthread_mutex_unlock(&gate->lock);
	return status == SP_OK ? written : status;
}

void sp_gate_begin(sp_gate *gate, int64_t tick_ns)
{
	pthread_mutex_lock(&gate->lock);
	sp_freeze_begin(&gate->freeze, tick_ns);
	pthread_mutex_unlock(&gate->lock);
}

bool sp_gate_owes(sp_gate *gate)
{
	bool owes;

	pthread_mutex_lock(&gate->lock);
	owes = sp_freeze_owes(&gate->freeze);
	pthread_mutex_unlock(&gate->lock);
	return owes;
}

bool sp_gate_next(sp_gate *gate, sp_command *command, char subject[SP_ID_MAX + 1])
{
	bool more;

	pthread_mutex_lock(&gate->lock);
	more = sp_freeze_next(&gate->freeze, command, subject);
	pthread_mutex_unlock(&gate->lock);
	return more;
}
