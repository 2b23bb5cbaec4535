/* number.h - numbers as a person reads them. For the eye only: exact values are in --json. */
#ifndef SP_CLI_NUMBER_H
#define SP_CLI_NUMBER_H

#include <stdint.h>

#include "base/money.h"

#define SP_NUMBER_MAX 40

/* Each writes into text and returns it. */
char *sp_number_count(uint64_t n, char text[SP_NUMBER_MAX]);                        /* "19,366" */
char *sp_number_index(sp_index index, char text[SP_NUMBER_MAX]);                    /* "1.0500" */
char *sp_number_change(sp_index before, sp_index after, char text[SP_NUMBER_MAX]);  /* "+5.0 %" */
char *sp_number_share(double share, char text[SP_NUMBER_MAX]);                      /* "86 %" */
char *sp_number_plural(uint64_t n, const char *noun, char text[2 * SP_NUMBER_MAX]); /* "3 pools", "1 family" */
char *sp_number_day(int64_t t_ns, char text[SP_NUMBER_MAX]);                        /* "2026-11-24" */
char *sp_number_clock(int64_t t_ns, char text[SP_NUMBER_MAX]);                      /* "14:20" */
char *sp_number_moment(int64_t t_ns, char text[SP_NUMBER_MAX]); /* "2026-11-24 14:20", with seconds unless 0 */
char *sp_number_span(int64_t span_ns,
                     char text[SP_NUMBER_MAX]); /* "3 h 12 min", whole seconds; "0 s" where it is negative */

#endif
