/* crew.h - many pieces of work over several processes: each takes the next piece that nobody has, results lie in memory they share.
 *
 * What a piece makes depends on its number alone, so that the results are the same whoever made them and however many there were. */
#ifndef SP_SIM_SCORE_CREW_H
#define SP_SIM_SCORE_CREW_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

#define SP_CREW_MAX 256 /* processes: more than a machine has cores */

/* Memory that all processes of a crew see, zeroed; NULL when there is none. */
void *sp_crew_memory(size_t size);
void sp_crew_forget(void *memory, size_t size); /* NULL is accepted */

typedef struct sp_crew {
	uint32_t n_pieces, jobs; /* jobs: 1 to SP_CREW_MAX */
	/* One piece; results into memory of sp_crew_memory. Called in another process. */
	sp_status (*work)(void *context, uint32_t piece, sp_message *message);
	/* A few times a second, here; NULL: nobody looks. */
	void (*show)(void *context, uint32_t done);
	void *context;
} sp_crew;

/* sp_crew_run - all pieces. After a failure no further one is begun.
 * fails  what the failed piece of the lowest number says; SP_E_MEMORY; SP_E_IO a process could not be made, or died */
sp_status sp_crew_run(const sp_crew *crew, sp_message *message);

#endif
