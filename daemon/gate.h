/* gate.h - between a commit and its publication: whoever freezes holds it shut, and from then on nothing gets through (P9, R18).
 *
 * The recorder takes the lock to publish; a freeze takes it to add its scope. So when a freeze has the lock, the tick in flight is
 * either published, or will be barred: its groups are left out, and the engine withdraws them. */
#ifndef SP_DAEMON_GATE_H
#define SP_DAEMON_GATE_H

#include <pthread.h>

#include "daemon/freeze.h"

typedef struct sp_gate {
	pthread_mutex_t lock;
	sp_freeze freeze; /* under the lock */
} sp_gate;

/* sp_gate_open - reads the FREEZE file. A file that cannot be read freezes all: that is no failure, and said in `doubt` ("" else). */
void sp_gate_open(sp_gate *gate, const char *path, int64_t now_ns, sp_message *doubt);
void sp_gate_close(sp_gate *gate);

/* sp_gate_freeze - shuts it for a scope: in memory first, then on the disk. From its return on nothing of the scope is published.
 * fails  as sp_freeze_add: then nothing changed, or all is frozen; as sp_freeze_write: it holds, until the daemon ends */
sp_status sp_gate_freeze(sp_gate *gate, const char *scope, const char *by, int64_t now_ns, sp_message *message);

/* sp_gate_thaw - opens it for a scope, on the disk first; publishes nothing by itself. fails as sp_freeze_thaw. */
sp_status sp_gate_thaw(sp_gate *gate, const char *scope, const char *by, sp_message *message);

/* sp_gate_poll - looks at the file. fails as sp_freeze_poll */
sp_status sp_gate_poll(sp_gate *gate, int64_t now_ns, sp_message *message);

/* sp_gate_begin - a tick is about to run (0: none is on its way any more). */
void sp_gate_begin(sp_gate *gate, int64_t tick_ns);

/* sp_gate_owes - as sp_freeze_owes. */
bool sp_gate_owes(sp_gate *gate);

/* sp_gate_next - what the engine is to be told; as sp_freeze_next. */
bool sp_gate_next(sp_gate *gate, sp_command *command, char subject[SP_ID_MAX + 1]);

#endif
