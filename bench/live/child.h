/* child.h - this program once more, in a process of its own, and what it costs. It dies with its parent. */
#ifndef SP_BENCH_LIVE_CHILD_H
#define SP_BENCH_LIVE_CHILD_H

#include <sys/types.h>

typedef struct sp_bench_child {
	pid_t pid;
	int out; /* what it writes to stdout */
} sp_bench_child;

/* [s] of CPU since its start: of its threads, told apart by what they do. */
typedef struct sp_bench_cpu {
	double loop; /* the main thread */
	double nng;  /* nng's own */
	double rest; /* of a daemon: the recorder, and the little that control takes */
	double late; /* that the main thread could have used, while others had the cores */
} sp_bench_cpu;

/* sp_bench_child_start - arguments: without the program's name, ended by NULL. */
sp_bench_child sp_bench_child_start(const char *const arguments[]);
/* sp_bench_child_begin - the child's first act. The other form is for a fork. */
void sp_bench_child_begin(void);
void sp_bench_child_die_with_parent(void);
/* sp_bench_child_stop - asks it to end (SIGTERM), and waits. */
void sp_bench_child_stop(sp_bench_child *child);

sp_bench_cpu sp_bench_child_cpu(const sp_bench_child *child);
void sp_bench_cpu_add(sp_bench_cpu *to, sp_bench_cpu before, sp_bench_cpu after); /* what was used in between */
double sp_bench_cpu_sum(sp_bench_cpu cpu);
double sp_bench_child_memory(const sp_bench_child *child); /* resident [MB] */

#endif
