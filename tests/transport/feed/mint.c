/* mint.c - see mint.h. */
#include "tests/transport/feed/mint.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ids.h"
#include "base/time.h"
#include "tests/check/check.h"

#define MINT_PER_SKU (1 + MINT_PENDING_MAX)
#define MINT_NOTICE  (30 * SP_DAY)

void mint_init(mint *m, uint64_t seed, uint32_t n_families, uint32_t n_skus, int64_t convergence_ns)
{
	memset(m, 0, sizeof *m);
	sp_rng_init(&m->rng, seed);
	m->n_families = n_families;
	m->n_skus = n_skus;
	m->convergence_ns = convergence_ns;
	m->families = calloc(n_families, sizeof *m->families);
	m->skus = calloc((size_t)n_families * n_skus, sizeof *m->skus);
	m->groups = calloc(n_families, sizeof *m->groups);
	m->prices = calloc((size_t)n_families * n_skus * MINT_PER_SKU, sizeof *m->prices);
	for (uint32_t i = 0; i < n_families; i++) {
		snprintf(m->families[i].name, sizeof m->families[i].name, "f%05u", i);
		m->families[i].in_force.index = 1000;
		for (uint32_t k = 0; k < n_skus; k++)
			snprintf(m->skus[i * n_skus + k], sizeof *m->skus, "f%05u/s%03u", i, k);
	}
}

void mint_fini(mint *m)
{
	free(m->families);
	free(m->skus);
	free(m->groups);
	free(m->prices);
}

void mint_publish(mint *m, uint32_t family, int64_t index, int64_t now_ns)
{
	mint_family *f = &m->families[family];

	f->in_force = (mint_version){++f->last_version, index, now_ns + m->convergence_ns};
	f->n_pending = 0;
}

static void announce(mint *m, mint_family *f, int64_t now_ns)
{
	int64_t last_ns = f->n_pending > 0 ? f->pending[f->n_pending - 1].not_before_ns : now_ns;

	if (f->n_pending < MINT_PENDING_MAX)
		f->pending[f->n_pending++] =
		    (mint_version){++f->last_version, 1 + (int64_t)sp_rng_below(&m->rng, 100000),
		                   last_ns + 1 + (int64_t)sp_rng_below(&m->rng, (uint64_t)MINT_NOTICE)};
}

static void activate(mint_family *f)
{
	if (f->n_pending == 0)
		return;
	f->in_force = f->pending[0];
	memmove(f->pending, f->pending + 1, --f->n_pending * sizeof f->pending[0]);
}

void mint_change(mint *m, uint32_t family, int64_t now_ns)
{
	mint_family *f = &m->families[family];
	int64_t index = 1 + (int64_t)sp_rng_below(&m->rng, 100000);

	switch (sp_rng_below(&m->rng, 6)) {
	case 0: /* the world's own price: another amount of the version that is there, since a while ago */
		f->in_force.index = index;
		f->in_force.not_before_ns = now_ns - (int64_t)sp_rng_below(&m->rng, 5 * SP_SEC);
		break;
	case 1:
		announce(m, f, now_ns);
		break;
	case 2:
		f->n_pending = (uint32_t)sp_rng_below(&m->rng, f->n_pending + 1);
		break;
	case 3:
		activate(f);
		break;
	default:
		mint_publish(m, family, index, now_ns - (int64_t)sp_rng_below(&m->rng, 4 * SP_SEC)); /* its commit was late */
	}
}

void mint_clear(mint *m)
{
	m->n_groups = m->n_prices = 0;
}

static sp_price price_of(const mint *m, uint32_t sku, const mint_version *version)
{
	return (sp_price){.sku = sku,
	                  .sku_id = m->skus[sku],
	                  .unit = sku % 3 == 0 ? "1M tokens" : "1 image",
	                  .version = version->version,
	                  .amount = {version->index * 1000 + sku % 1000},
	                  .not_before_ns = version->not_before_ns,
	                  .not_before_existing_ns = version->not_before_ns};
}

void mint_tell(mint *m, uint32_t family)
{
	const mint_family *f = &m->families[family];
	sp_frame_group *group = &m->groups[m->n_groups++];

	group->family = f->name;
	group->prices = m->prices + m->n_prices;
	group->n_prices = m->n_skus * (1 + f->n_pending);
	for (uint32_t k = 0; k < m->n_skus; k++) {
		sp_price price = price_of(m, family * m->n_skus + k, &f->in_force);
		m->prices[m->n_prices++] = price;
		for (uint32_t i = 0; i < f->n_pending; i++) {
			sp_price next = price_of(m, family * m->n_skus + k, &f->pending[i]);
			next.parent = price.version;
			next.before = price.amount;
			m->prices[m->n_prices++] = price = next;
		}
	}
}

void mint_tell_all(mint *m)
{
	mint_clear(m);
	for (uint32_t i = 0; i < m->n_families; i++)
		mint_tell(m, i);
}

int64_t mint_index_of(const sp_price *price)
{
	return price->amount.nano / 1000;
}
