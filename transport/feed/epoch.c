/* epoch.c - see epoch.h. */
#include "transport/feed/epoch.h"

#include <string.h>

bool sp_epoch_equal(const sp_epoch *a, const sp_epoch *b)
{
	return a->counter == b->counter && memcmp(a->random, b->random, sizeof a->random) == 0;
}
