/* words.h - what a row or a key expects, in words: for the reference page. */
#ifndef SP_CONFIG_WORDS_H
#define SP_CONFIG_WORDS_H

#include "controller/config/shape.h"

#define SP_WORDS_MAX 512 /* [bytes] */

/* sp_row_words - "duration, 1s to 1d", "one of `owned`, `running`"; returns words. */
char *sp_row_words(const sp_param *row, char words[SP_WORDS_MAX]);

/* sp_row_bound - one bound of a row as it would be written ("5%", "1d"); "" for one that bounds nothing. */
char *sp_row_bound(const sp_param *row, double bound, char text[64]);

/* sp_key_words - what a key that is no row expects. */
const char *sp_key_words(sp_key_type type);

#endif
