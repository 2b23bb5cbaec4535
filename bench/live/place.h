/* place.h - where a bench of the live loop may write: a directory on a disk, gone when the bench is, however that ends.
 *
 * Whoever calls sp_bench_place_run stays behind as the keeper of that directory, and the bench runs in a child of it. */
#ifndef SP_BENCH_LIVE_PLACE_H
#define SP_BENCH_LIVE_PLACE_H

#include <stdint.h>

#define SP_BENCH_PATH_MAX 80 /* short: below it there are sockets */

/* sp_bench_place_run - makes a directory in $TMPDIR or /var/tmp (refused on a tmpfs: nothing reaches a disk there), runs the bench,
 * removes the directory. Returns the bench's exit code. */
int sp_bench_place_run(int (*bench)(const char *place, char **arguments), char **arguments);

/* sp_bench_place_sub - a new directory in the place. */
void sp_bench_place_sub(const char *place, const char *name, char path[SP_BENCH_PATH_MAX]);

/* sp_bench_fail - says what went wrong, ends the bench. */
_Noreturn void sp_bench_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
