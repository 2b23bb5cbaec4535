/* test_cost_change.c - a cost's change by cause: each cause alone, all together against every order, to the last nano-USD. */
#include "tests/check/check.h"

#include "controller/economics/cost_change.h"

#define LOTS 3

/* One side of a change that can be turned. */
typedef struct side {
	sp_supply_lot lots[LOTS];
	sp_supply supply;
	double weights; /* resource units in the unit, beside the mix's factor */
	double mix;
} side;

static void side_init(side *s)
{
	*s = (side){.lots = {{.gpus = 10, .usd_per_gpu_h = {3600000000}, .counted = true, .priced = true},
	                     {.gpus = 5, .usd_per_gpu_h = {1800000000}, .counted = true, .priced = true},
	                     {.gpus = 0, .counted = false}},
	            .weights = 1e6,
	            .mix = 1};
	s->supply = (sp_supply){.n_lots = LOTS, .units_per_gpu_s = 1000, .redundancy = 1, .slo_headroom = 0};
	s->supply.lots = s->lots;
}

static void pair_init(side pair[2])
{
	for (int i = 0; i < 2; i++)
		side_init(&pair[i]);
}

static sp_cost_change change_of(side pair[2])
{
	sp_cost_change change = {.from = &pair[0].supply, .to = &pair[1].supply};
	for (int i = 0; i < 2; i++) {
		pair[i].supply.lots = pair[i].lots;
		for (int k = 0; k < 2; k++)
			change.units[i][k] = pair[i].weights * pair[k].mix;
	}
	return change;
}

static int64_t cost_of(const side *s)
{
	sp_sellable_cost cost;
	int64_t nano = 0;
	check_true(sp_supply_cost(&s->supply, &cost).knowledge == SP_KNOWN);
	check_status(sp_round_even(cost.usd.value * (s->weights * s->mix) * 1e9, &nano), SP_OK);
	return nano;
}

static void parts_of(side pair[2], sp_money parts[SP_CAUSES])
{
	sp_cost_change change = change_of(pair);
	sp_answer answer;
	check_status(sp_cost_change_of(&change, parts, &answer), SP_OK);
	check_true(answer.knowledge == SP_KNOWN);
}

/* All of the change is this one's. */
static void check_only(side pair[2], sp_cause cause, int64_t nano)
{
	sp_money parts[SP_CAUSES];
	parts_of(pair, parts);
	for (int i = 0; i < SP_CAUSES; i++)
		check_i64(parts[i].nano, i == (int)cause ? nano : 0);
	check_i64(nano, cost_of(&pair[1]) - cost_of(&pair[0]));
}

static void a_change_of_one_thing_is_all_its_own(void **state)
{
	(void)state;
	side pair[2];
	pair_init(pair); /* 45 USD/h over 54 million units an hour: 0.833333333 a million */
	pair[1].lots[0].usd_per_gpu_h.nano = 1800000000;
	check_only(pair, SP_CAUSE_gpu_price, -333333333);
	pair_init(pair);
	pair[1].lots[1].counted = false;
	check_only(pair, SP_CAUSE_lots, 166666667);
	pair_init(pair);
	pair[1].lots[2] = (sp_supply_lot){.gpus = 15, .usd_per_gpu_h = {6000000000}, .counted = true, .priced = true};
	check_only(pair, SP_CAUSE_lots, 416666667); /* a lot that came has no price of before: it is all the lots' */
	pair_init(pair);
	pair[1].supply.units_per_gpu_s = 2000;
	check_only(pair, SP_CAUSE_capacity, -416666666);
	pair_init(pair);
	pair[1].supply.redundancy = 1.2;
	check_only(pair, SP_CAUSE_redundancy, 166666667);
	pair_init(pair);
	pair[1].supply.slo_headroom = 0.5;
	check_only(pair, SP_CAUSE_headroom, 833333334);
	pair_init(pair);
	pair[1].weights = 3e6;
	check_only(pair, SP_CAUSE_weights, 1666666667);
	pair_init(pair);
	pair[1].mix = 1.2;
	check_only(pair, SP_CAUSE_mix, 166666667);
	pair_init(pair);
	check_only(pair, SP_CAUSE_mix, 0);
}

/* Each cause turned or not, all else as it was: what cost_change.c does, done by changing one side into the other. */
static int64_t cost_with(side pair[2], uint32_t changed)
{
	side s = pair[0];
	for (int i = 0; i < LOTS; i++) {
		const sp_supply_lot *size = &pair[changed >> SP_CAUSE_lots & 1].lots[i];
		const sp_supply_lot *price = &pair[changed >> SP_CAUSE_gpu_price & 1].lots[i];
		s.lots[i] = *size;
		if (price->counted && price->gpus > 0)
			s.lots[i].usd_per_gpu_h = price->usd_per_gpu_h;
	}
	s.supply.lots = s.lots;
	s.supply.units_per_gpu_s = pair[changed >> SP_CAUSE_capacity & 1].supply.units_per_gpu_s;
	s.supply.redundancy = pair[changed >> SP_CAUSE_redundancy & 1].supply.redundancy;
	s.supply.slo_headroom = pair[changed >> SP_CAUSE_headroom & 1].supply.slo_headroom;
	s.weights = pair[changed >> SP_CAUSE_weights & 1].weights;
	s.mix = pair[changed >> SP_CAUSE_mix & 1].mix;
	return cost_of(&s);
}

/* The causes in one order after another; 7! times each part. */
static void by_every_order(side pair[2], uint32_t changed, int left, int64_t ways, __int128 *sums)
{
	for (uint32_t i = 0; i < SP_CAUSES; i++) {
		if (changed >> i & 1)
			continue;
		/* `ways`: how many orders begin like this one and go on with i */
		sums[i] += (__int128)(cost_with(pair, changed | 1u << i) - cost_with(pair, changed)) * (ways / left);
		if (left > 1)
			by_every_order(pair, changed | 1u << i, left - 1, ways / left, sums);
	}
}

static void turn_any(sp_rng *rng, side *s)
{
	for (int i = 0; i < LOTS; i++) {
		s->lots[i] = (sp_supply_lot){.gpus = (int64_t)sp_rng_below(rng, 50), .priced = true};
		s->lots[i].counted = i == 0 || sp_rng_below(rng, 2);
		s->lots[i].usd_per_gpu_h.nano = (int64_t)sp_rng_below(rng, 9000000000);
	}
	s->lots[0].gpus++;
	s->supply.units_per_gpu_s = 100 + 5000 * sp_rng_uniform(rng);
	s->supply.redundancy = 1 + sp_rng_uniform(rng);
	s->supply.slo_headroom = 0.8 * sp_rng_uniform(rng);
	s->weights = 1e6 * (0.5 + sp_rng_uniform(rng));
	s->mix = 0.5 + sp_rng_uniform(rng);
}

static void every_order_agrees_and_the_parts_sum_to_the_change(void **state)
{
	(void)state;
	const int64_t orders = 5040;
	sp_rng rng;
	sp_check_seed("every_order_agrees_and_the_parts_sum_to_the_change", &rng);
	for (int round = 0; round < 12; round++) {
		side pair[2];
		sp_money parts[SP_CAUSES];
		__int128 sums[SP_CAUSES] = {0};
		int64_t sum = 0;
		pair_init(pair);
		turn_any(&rng, &pair[0]);
		turn_any(&rng, &pair[1]);
		parts_of(pair, parts);
		by_every_order(pair, 0, SP_CAUSES, orders, sums);
		for (int i = 0; i < SP_CAUSES; i++) {
			__int128 off = (__int128)parts[i].nano * orders - sums[i];
			check_true(off > -orders && off < orders);
			sum += parts[i].nano;
		}
		check_i64(sum, cost_of(&pair[1]) - cost_of(&pair[0]));
	}
}

static void the_way_back_undoes_the_way_there(void **state)
{
	(void)state;
	sp_rng rng;
	sp_check_seed("the_way_back_undoes_the_way_there", &rng);
	for (int round = 0; round < 300; round++) {
		side pair[2], back[2];
		sp_money parts[SP_CAUSES], returned[SP_CAUSES];
		pair_init(pair);
		turn_any(&rng, &pair[0]);
		turn_any(&rng, &pair[1]);
		back[0] = pair[1];
		back[1] = pair[0];
		parts_of(pair, parts);
		parts_of(back, returned);
		for (int i = 0; i < SP_CAUSES; i++) {
			int64_t off = parts[i].nano + returned[i].nano;
			check_true(off >= -1 && off <= 1);
		}
	}
}

static void a_side_whose_cost_is_not_known_has_no_change(void **state)
{
	(void)state;
	side pair[2];
	sp_money parts[SP_CAUSES] = {{7}};
	sp_answer answer;
	pair_init(pair);
	pair[1].lots[0].priced = false;
	sp_cost_change change = change_of(pair);
	check_status(sp_cost_change_of(&change, parts, &answer), SP_OK);
	check_true(answer.knowledge == SP_TOO_LITTLE);
	pair_init(pair);
	pair[0].weights = pair[1].weights = 1e300;
	change = change_of(pair);
	check_status(sp_cost_change_of(&change, parts, &answer), SP_E_OVERFLOW);
	check_i64(parts[0].nano, 7);
}

static void causes_have_names_and_words(void **state)
{
	(void)state;
	check_text(sp_cause_name(SP_CAUSE_gpu_price), "gpu_price");
	check_contains(sp_cause_words(SP_CAUSE_mix), "which SKUs were sold");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_change_of_one_thing_is_all_its_own),
	    cmocka_unit_test(every_order_agrees_and_the_parts_sum_to_the_change),
	    cmocka_unit_test(the_way_back_undoes_the_way_there),
	    cmocka_unit_test(a_side_whose_cost_is_not_known_has_no_change),
	    cmocka_unit_test(causes_have_names_and_words),
	};
	return cmocka_run_group_tests_name("economics: cost change", tests, NULL, NULL);
}
