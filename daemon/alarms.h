/* alarms.h - the driver's own alarms: shown at once from memory, and given to the engine as commands (R14).
 *
 * Those of pools and families are the engine's. The loop alone; others ask it. */
#ifndef SP_DAEMON_ALARMS_H
#define SP_DAEMON_ALARMS_H

#include <stdbool.h>

#include "base/status.h"
#include "controller/engine/alarms.h"

typedef struct sp_driver_alarm {
	bool stands, told; /* told: as the engine has it */
	int64_t since_ns;
	sp_message detail; /* what is wrong just now: "until 14:32", "/var/lib is full" */
} sp_driver_alarm;

typedef struct sp_driver_alarms {
	sp_driver_alarm at[SP_ALARM_CODES]; /* those of drivers are used */
} sp_driver_alarms;

/* sp_driver_alarm_code - the driver's alarm of that name; SP_ALARM_CODES: it is the engine's own affair. */
sp_alarm_code sp_driver_alarm_code(const char *name);

/* sp_driver_alarm_state - states a condition; true when that is news. The detail is kept while it stands. */
bool sp_driver_alarm_state(sp_driver_alarms *alarms, sp_alarm_code code, bool wrong, int64_t now_ns,
                           const char *detail);

/* sp_driver_alarm_recall - the engine says that this alarm stands, from before a restart: unless it is stated again, it will be
 * cleared. Codes that are no driver's are the engine's own affair. */
void sp_driver_alarm_recall(sp_driver_alarms *alarms, const char *code);

/* sp_driver_alarm_next - the next alarm that the engine does not know as it is; false: it knows all. Marks it told. */
bool sp_driver_alarm_next(sp_driver_alarms *alarms, sp_alarm_code *code, bool *raised);

#endif
