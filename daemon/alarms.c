/* alarms.c - see alarms.h. */
#include "daemon/alarms.h"

#include <string.h>

#include "base/assert.h"

bool sp_driver_alarm_state(sp_driver_alarms *alarms, sp_alarm_code code, bool wrong, int64_t now_ns, const char *detail)
{
	sp_driver_alarm *alarm = &alarms->at[code];
	bool news = alarm->stands != wrong;

	SP_ASSERT(code >= SP_ALARM_commit && code < SP_ALARM_CODES);
	if (news)
		alarm->since_ns = now_ns;
	alarm->stands = wrong;
	if (wrong)
		(void)sp_message_set(&alarm->detail, SP_OK, "%s", detail);
	return news;
}

sp_alarm_code sp_driver_alarm_code(const char *name)
{
	static const char *const names[SP_ALARM_CODES] = {
#define X(name, owner, text, cure) [SP_ALARM_##name] = #name,
	    SP_ALARM_MAP(X)
#undef X
	};
	sp_alarm_code code = SP_ALARM_commit;

	while (code < SP_ALARM_CODES && strcmp(names[code], name) != 0)
		code++;
	return code;
}

void sp_driver_alarm_recall(sp_driver_alarms *alarms, const char *code)
{
	sp_alarm_code known = sp_driver_alarm_code(code);

	if (known < SP_ALARM_CODES)
		alarms->at[known].told = true;
}

bool sp_driver_alarm_next(sp_driver_alarms *alarms, sp_alarm_code *code, bool *raised)
{
	for (uint32_t i = SP_ALARM_commit; i < SP_ALARM_CODES; i++) {
		sp_driver_alarm *alarm = &alarms->at[i];
		if (alarm->stands == alarm->told)
			continue;
		alarm->told = alarm->stands;
		*code = (sp_alarm_code)i;
		*raised = alarm->stands;
		return true;
	}
	return false;
}
