/* gain.h - the gain of a law that steers and for which none was given: the quickest, up to the law's own, whose loop is calm over
 * all of its bands (stability.h).
 *
 * The law's own value is tried first. Where its loop is not calm, the parameters that make the gain are slowed together by one
 * factor, within their rows' ranges: halved intervals of its logarithm, then the slower of the next round numbers. From IEEE
 * arithmetic alone, so that every machine chooses the same. */
#ifndef SP_CONFIG_GAIN_H
#define SP_CONFIG_GAIN_H

#include "controller/config/config.h"
#include "controller/engine/setup.h"

struct sp_family_origins;

typedef enum sp_gain {
	SP_GAIN_KEPT,  /* given, or calm as it is */
	SP_GAIN_CALM,  /* slowed until calm */
	SP_GAIN_LEAST, /* the slowest that there is, and not calm yet */
} sp_gain;

#define SP_GAIN_WORDS_MAX 200

#define SP_GAINS_KEPT 64 /* kinds of loops whose choice is remembered: an installation has a few */

/* What was chosen for a family like this one. */
typedef struct sp_kept_gain {
	sp_family_setup asked;
	uint8_t law_params[SP_LAW_PARAMS_MAX];
	sp_gain gain;
} sp_kept_gain;

/* sp_gain_slow - slows the law of a family, which steers, until its loop is calm; writes its law_params alone. */
sp_gain sp_gain_slow(const sp_setup *setup, sp_family_setup *family);

/* sp_gain_choose - the same for a family of the configuration, unless a layer gave one of the parameters; remembered by kind. */
void sp_gain_choose(sp_config *config, uint32_t family, const struct sp_family_origins *origins);

/* sp_gain_key - the i-th of the parameters that make a law's gain, or NULL. */
const sp_param *sp_gain_key(const sp_setup *setup, const sp_family_setup *family, size_t i);

/* sp_gain_chosen - which parameters were chosen (none where the gain was kept), and why, in words.
 * out    keys, NULL after the last; words */
void sp_gain_chosen(const sp_setup *setup, const sp_family_setup *family, sp_gain gain,
                    const char *keys[SP_LOOP_KEYS_MAX], char words[SP_GAIN_WORDS_MAX]);

#endif
