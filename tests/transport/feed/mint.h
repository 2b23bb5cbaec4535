/* mint.h - makes up what an engine might tell of its families: prices in force and announced, changing at random.
 *
 * Each family's SKUs share its versions, as the engine's do. A price's amount says which index it was made of, so that a test can
 * see whether a whole family moved together. */
#ifndef SP_TESTS_FEED_MINT_H
#define SP_TESTS_FEED_MINT_H

#include "base/rng.h"
#include "transport/wire/frame.h"

#define MINT_PENDING_MAX 3

typedef struct mint_version {
	uint64_t version;
	int64_t index, not_before_ns;
} mint_version;

typedef struct mint_family {
	char name[16];
	mint_version in_force, pending[MINT_PENDING_MAX];
	uint32_t n_pending;
	uint64_t last_version;
} mint_family;

typedef struct mint {
	sp_rng rng;
	uint32_t n_families, n_skus; /* of each family */
	mint_family *families;
	char (*skus)[24];
	int64_t convergence_ns;

	/* the groups of the families that were asked for last */
	sp_frame_group *groups;
	sp_price *prices;
	uint32_t n_groups, n_prices;
} mint;

void mint_init(mint *m, uint64_t seed, uint32_t n_families, uint32_t n_skus, int64_t convergence_ns);
void mint_fini(mint *m);

/* mint_change - something happens to a family: a price is published, announced, withdrawn or comes into force. */
void mint_change(mint *m, uint32_t family, int64_t now_ns);
/* mint_publish - it gets this index, at once. */
void mint_publish(mint *m, uint32_t family, int64_t index, int64_t now_ns);

/* Groups are gathered in order of the families: clear → tell…; all at once: tell_all. */
void mint_clear(mint *m);
void mint_tell(mint *m, uint32_t family);
void mint_tell_all(mint *m);

/* The index that a price was made of. */
int64_t mint_index_of(const sp_price *price);

#endif
