/* rng.c - xoshiro256** 1.0 (Blackman and Vigna 2018, prng.di.unimi.it), seeded by splitmix64 (Steele, Lea and Flood 2014)
 * as its authors advise: the state is never all zero, and near seeds give far streams. */
#include "base/rng.h"

#include "base/assert.h"
#include "base/math.h"

static uint64_t rng_rotate(uint64_t x, unsigned n)
{
	return x << n | x >> (64 - n);
}

static uint64_t rng_splitmix(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

void sp_rng_init(sp_rng *rng, uint64_t seed)
{
	for (unsigned i = 0; i < 4; i++) {
		rng->s[i] = rng_splitmix(&seed);
	}
}

uint64_t sp_rng_next(sp_rng *rng)
{
	uint64_t *s = rng->s;
	const uint64_t out = rng_rotate(s[1] * 5, 7) * 9;
	const uint64_t t = s[1] << 17;
	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = rng_rotate(s[3], 45);
	return out;
}

/* The high half of a 128-bit product; the few draws that would favour some answers are thrown away (Lemire 2019). */
uint64_t sp_rng_below(sp_rng *rng, uint64_t n)
{
	SP_ASSERT(n > 0);
	const uint64_t unfair = (0 - n) % n;
	unsigned __int128 product = 0;
	do {
		product = (unsigned __int128)sp_rng_next(rng) * n;
	} while ((uint64_t)product < unfair);
	return (uint64_t)(product >> 64);
}

double sp_rng_uniform(sp_rng *rng)
{
	return (double)(sp_rng_next(rng) >> 11) * 0x1p-53;
}

double sp_rng_normal(sp_rng *rng)
{
	double u = 0;
	double square = 0;
	do {
		u = 2 * sp_rng_uniform(rng) - 1;
		const double v = 2 * sp_rng_uniform(rng) - 1;
		square = u * u + v * v;
	} while (square >= 1 || square == 0);
	return u * sp_sqrt(-2 * sp_log(square) / square);
}
