/* rng.h - seeded random numbers for simulation and tests; the engine draws none.
 * source  xoshiro256** 1.0 (Blackman and Vigna 2018), seeded by splitmix64. */
#ifndef SP_BASE_RNG_H
#define SP_BASE_RNG_H

#include <stdint.h>

typedef struct sp_rng {
	uint64_t s[4];
} sp_rng;

void sp_rng_init(sp_rng *rng, uint64_t seed);
uint64_t sp_rng_next(sp_rng *rng);
uint64_t sp_rng_below(sp_rng *rng, uint64_t n); /* uniform in [0, n), unbiased; n > 0 */
double sp_rng_uniform(sp_rng *rng);             /* uniform in [0, 1), 53 bits */
double sp_rng_normal(sp_rng *rng);              /* mean 0, variance 1 (polar method, Marsaglia 1964) */

#endif
