/* blend.h - the parameters of a blend: they hold those of its parts, so they are public for whoever reads a configuration. */
#ifndef SP_POLICIES_PRICE_BLEND_H
#define SP_POLICIES_PRICE_BLEND_H

#include <stddef.h>
#include <stdint.h>

#include "policies/price/law.h"

#define SP_BLEND_PARTS      3
#define SP_BLEND_PARAMS_MAX 152    /* [bytes] of a part: a schedule's */
#define SP_BLEND_STATE_MAX  1024   /* the same */
#define SP_BLEND_LAWS       "laws" /* the key of the list of parts in a configuration */

typedef enum sp_blend_how { SP_BLEND_WEIGHTS, SP_BLEND_MAX, SP_BLEND_MIN } sp_blend_how;

typedef struct sp_blend_part {
	uint32_t law; /* place in sp_laws, from 1; 0: none */
	uint32_t unused;
	int64_t weight_ppb;
	_Alignas(8) unsigned char params[SP_BLEND_PARAMS_MAX];
} sp_blend_part;

typedef struct sp_blend {
	uint32_t how, n;
	sp_blend_part parts[SP_BLEND_PARTS];
} sp_blend;

_Static_assert(sizeof(sp_blend) <= SP_LAW_PARAMS_MAX, "a blend fits a block of parameters");

/* What a part says of itself beside its law's own parameters: offsets in sp_blend_part. */
extern const sp_param sp_blend_part_params[];
extern const size_t sp_blend_part_n_params;

/* sp_blend_law - the law of a part. Its `law` is a place in sp_laws (asserted). */
const sp_law_ops *sp_blend_law(const sp_blend_part *part);

/* sp_blend_set - makes a part of a law, with its initial parameters and no weight.
 * fails  SP_E_RANGE where the law cannot be a part, with the reason */
sp_status sp_blend_set(sp_blend_part *part, const sp_law_ops *law, sp_message *message);

#endif
