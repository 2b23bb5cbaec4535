/* quantile.h - two histograms of one quantity made one: what several machines saw, as if one had seen it. */
#ifndef SP_ESTIMATORS_QUANTILE_H
#define SP_ESTIMATORS_QUANTILE_H

/* sp_quantile_merge - adds what `from` has seen to `into`; both are states of `quantile` under these params.
 *
 * The cells of the union are those of one estimator that saw every observation of both, to the rounding of a sum, as long as no
 * late observation is among them (a late one weighs as much as the newest of its own histogram). How much
 * consecutive observations resemble each other is averaged: the pairs across the two are not known.
 *
 * in     from; params
 * out    into
 * cost   O(cells), allocates: no */
void sp_quantile_merge(void *into, const void *from, const void *params);

#endif
