/* test_told.c - the whole group of a family as the price book shows it: worked by hand, against a slow twin that folds decisions,
 * and always such that a frame takes it. */
#include <string.h>

#include "tests/engine/world.h"
#include "transport/wire/frame.h"

#define POINT (SP_NANO / 100)

static void check_frame(const world *w, const world_group *group, uint32_t family)
{
	sp_frame_group item = {w->families[family].id, group->prices, group->n};
	sp_frame frame = {
	    .kind = SP_FRAME_BOOK, .epoch = {.counter = 1}, .seq = 1, .lease_ns = 1, .groups = &item, .n_groups = 1};

	check_i64(sp_frame_check(&frame), SP_WIRE_ok);
}

/* --- by hand --- */

static void a_new_family_has_the_prices_of_the_sheet(void **state)
{
	world w;
	world_group group;

	(void)state;
	world_init(&w);
	world_add_family(&w, "g", 0);
	world_build(&w);
	group = world_told(&w, 1);
	check_u64(group.n, 2);
	for (uint32_t i = 0; i < 2; i++) {
		const sp_price *p = &group.prices[i];
		check_u64(p->sku, 2 + i);
		check_text(p->sku_id, i == 0 ? "g/input" : "g/output");
		check_text(p->unit, "1M tokens");
		check_u64(p->version + p->parent, 0);
		check_i64(p->before.nano, 0);
		check_i64(p->amount.nano, i == 0 ? 100000000 : 400000000);
		check_i64(p->fallback.nano, 0);
		check_i64(p->offer, SP_OFFER_OPEN);
		check_i64(p->not_before_ns, SP_TIME_MIN_NS);
		check_i64(p->not_before_existing_ns, SP_TIME_MIN_NS);
	}
	check_frame(&w, &group, 1);
	world_fini(&w);
}

typedef struct row {
	uint64_t version, parent;
	int64_t before, amount, date;
} row;

static void check_rows(const world *w, const row *rows, uint32_t n)
{
	world_group group = world_told(w, 0);

	check_u64(group.n, n);
	for (uint32_t i = 0; i < n; i++) {
		const sp_price *p = &group.prices[i];
		check_text(p->sku_id, i < n / 2 ? "f/input" : "f/output");
		check_u64(p->version, rows[i].version);
		check_u64(p->parent, rows[i].parent);
		check_i64(p->before.nano, rows[i].before);
		check_i64(p->amount.nano, rows[i].amount);
		check_i64(p->not_before_ns, rows[i].date);
		check_i64(p->not_before_existing_ns, rows[i].date);
	}
	check_frame(w, &group, 0);
}

/* Told at once, announced twice, in force by its date, lowered to what stood, cut at once. */
static void a_group_follows_what_is_told(void **state)
{
	const int64_t t = WORLD_START + SP_MIN, at_once = 4 * SP_SEC;
	world w;

	(void)state;
	world_init(&w);
	w.families[0].rails.notice_ns = SP_HOUR;
	w.setup.convergence_ns = 2 * SP_SEC;
	world_build(&w);
	world_push(&w, -2 * POINT);
	check_rows(&w, (row[]){{1, 0, 0, 98000000, t + at_once}, {1, 0, 0, 392000000, t + at_once}}, 2);
	world_push(&w, 2 * POINT);
	world_push(&w, 3 * POINT);
	check_rows(&w,
	           (row[]){{1, 0, 0, 98000000, t + at_once},
	                   {2, 1, 98000000, 100000000, t + SP_MIN + SP_HOUR},
	                   {3, 2, 100000000, 103000000, t + 2 * SP_MIN + SP_HOUR},
	                   {1, 0, 0, 392000000, t + at_once},
	                   {2, 1, 392000000, 400000000, t + SP_MIN + SP_HOUR},
	                   {3, 2, 400000000, 412000000, t + 2 * SP_MIN + SP_HOUR}},
	           6);
	world_push(&w, -3 * POINT);
	check_rows(&w,
	           (row[]){{1, 0, 0, 98000000, t + at_once},
	                   {4, 1, 98000000, 100000000, t + SP_MIN + SP_HOUR},
	                   {1, 0, 0, 392000000, t + at_once},
	                   {4, 1, 392000000, 400000000, t + SP_MIN + SP_HOUR}},
	           4);
	world_tick(&w, t + SP_MIN + SP_HOUR);
	check_rows(&w, (row[]){{4, 0, 0, 100000000, t + SP_MIN + SP_HOUR}, {4, 0, 0, 400000000, t + SP_MIN + SP_HOUR}}, 2);
	world_push(&w, POINT);
	world_push(&w, -POINT); /* withdrawn: the price stays, under another number */
	check_rows(&w, (row[]){{6, 0, 0, 100000000, w.now_ns + at_once}, {6, 0, 0, 400000000, w.now_ns + at_once}}, 2);
	world_fini(&w);
}

/* The world's own price overtakes two raises that wait: it stands below them, and they come after it in number, too. */
static void a_price_of_the_worlds_own_stands_below_what_is_announced(void **state)
{
	world w;
	int64_t first, second, charged;
	const sp_decision *d;

	(void)state;
	world_init(&w);
	w.families[0].mode = SP_MODE_PROPOSE;
	w.families[0].rails.notice_ns = SP_HOUR;
	world_build(&w);
	world_set_index(&w, 0, 105 * POINT);
	first = world_step(&w)->prices[0].not_before_ns;
	world_set_index(&w, 0, 110 * POINT);
	second = world_step(&w)->prices[0].not_before_ns;
	charged = w.now_ns + SP_SEC;
	world_send_at(&w, SP_KIND_list_price, "f/input", 0.107, charged);
	d = world_step(&w);
	check_u64(d->activated[0].version, 3);
	check_rows(&w,
	           (row[]){{3, 0, 0, 107000000, charged},
	                   {4, 3, 107000000, 105000000, first},
	                   {5, 4, 105000000, 110000000, second},
	                   {3, 0, 0, 428000000, charged},
	                   {4, 3, 428000000, 420000000, first},
	                   {5, 4, 420000000, 440000000, second}},
	           6);
	check_u64(world_tick(&w, first)->activated[0].version, 4);
	world_fini(&w);
}

/* Each price says for itself whether its index is outside the bounds. */
static void a_price_outside_its_bounds_is_restricted(void **state)
{
	world w, lower;
	world_group group;

	(void)state;
	world_init(&w);
	w.families[0].rails.notice_ns = SP_HOUR;
	world_build(&w);
	world_push(&w, 5 * POINT);
	world_push(&w, 5 * POINT);
	world_init(&lower);
	lower.families[0].rails.ceiling_ppb = 106 * POINT;
	lower.families[0].rails.notice_ns = SP_HOUR;
	world_build(&lower);
	check_status(world_carry(&lower, &w, false, NULL), SP_OK);
	group = world_told(&lower, 0);
	check_u64(group.n, 6);
	for (uint32_t i = 0; i < group.n; i++)
		check_i64(group.prices[i].offer, i % 3 == 2 ? SP_OFFER_RESTRICTED : SP_OFFER_OPEN);
	check_frame(&lower, &group, 0);
	world_fini(&w);
	world_fini(&lower);
}

/* What the world charges for one SKU may say an index at which another's price would be above 10^6 USD. */
static void no_price_is_above_the_largest_there_is(void **state)
{
	world w;
	world_group group;

	(void)state;
	world_init(&w);
	w.families[0].mode = SP_MODE_OBSERVE;
	w.skus[1].sheet.nano = SP_PRICE_MAX_NANO;
	w.skus[1].grid.nano = 7;
	world_build(&w);
	world_send(&w, SP_KIND_list_price, "f/input", 0.9);
	world_step(&w);
	group = world_told(&w, 0);
	check_i64(group.prices[0].amount.nano, 900000000);
	check_i64(group.prices[1].amount.nano, SP_PRICE_MAX_NANO / 7 * 7);
	check_frame(&w, &group, 0);
	world_fini(&w);
}

static void a_full_book_fills_the_room_that_is_asked_for(void **state)
{
	world w;
	world_group group;

	(void)state;
	world_init(&w);
	w.families[0].rails.notice_ns = SP_HOUR;
	world_build(&w);
	for (int i = 0; i <= SP_PENDING_MAX; i++)
		world_push(&w, POINT);
	check_true(world_alarmed(&w, "pending_full", "f"));
	group = world_told(&w, 0);
	check_u64(group.n, 2 * SP_TOLD_PER_SKU);
	check_i64(group.prices[SP_PENDING_MAX].amount.nano, 108000000);
	check_frame(&w, &group, 0);
	world_fini(&w);
}

/* A publication came so late that a raise told next would come before it: dates rise all the same. */
static void r1_a_raise_comes_after_what_is_in_force(void **state)
{
	world w;
	int64_t in_force;

	(void)state;
	world_init(&w);
	w.families[0].rails.notice_ns = 10 * SP_SEC;
	w.setup.convergence_ns = 2 * SP_SEC;
	world_build(&w);
	world_push(&w, -POINT);
	in_force = w.now_ns + SP_HOUR + 2 * SP_SEC;
	world_published(&w, SP_HOUR);
	check_i64(world_push(&w, POINT)->prices[0].not_before_ns, in_force + 1);
	world_fini(&w);
}

/* 2200 is not far when notice is given: a date after the permitted times is none. */
static void a_date_after_the_permitted_times_is_none(void **state)
{
	world w;
	world_group group;

	(void)state;
	world_init(&w);
	w.families[0].rails.notice_ns = SP_HOUR;
	world_build(&w);
	world_says.push_ppb = POINT;
	world_tick(&w, SP_TIME_MAX_NS - SP_MIN);
	group = world_told(&w, 0);
	check_i64(group.prices[1].not_before_ns, SP_TIME_NEVER);
	check_frame(&w, &group, 0);
	world_fini(&w);
}

/* --- the slow twin: decisions, withdrawals and publications folded one after the other --- */

#define SKUS 3

typedef struct folded_version {
	uint64_t version;
	int64_t index, date, amounts[SKUS];
} folded_version;

typedef struct folded_book {
	folded_version stack[1 + SP_PENDING_MAX]; /* in force, then those announced */
	uint32_t n;
} folded_book;

typedef struct folded {
	folded_book now, former;
	int64_t told_ns;
	bool stood; /* the version told last took the place of one of the same index */
} folded;

static void fold_init(folded *f, const world *w)
{
	*f = (folded){.now = {.n = 1}, .told_ns = -1};
	f->now.stack[0].index = SP_NANO;
	for (int i = 0; i < SKUS; i++)
		f->now.stack[0].amounts[i] = w->skus[i].sheet.nano;
}

static void fold_publication(folded *f, const world *w, int64_t published_ns)
{
	folded_version *last = &f->now.stack[f->now.n - 1];

	if (f->told_ns == w->now_ns && last->date < published_ns + w->setup.convergence_ns)
		last->date = published_ns + w->setup.convergence_ns;
}

static void fold_activation(folded *f, const sp_decision *d)
{
	uint32_t due = 0, changed = 0;

	while (due + 1 < f->now.n && f->now.stack[due + 1].date <= d->t_ns)
		due++;
	for (int i = 0; i < SKUS; i++)
		changed += f->now.stack[due].amounts[i] != f->now.stack[0].amounts[i];
	check_u64(d->n_activated, changed);
	for (uint32_t i = 0; i < d->n_activated; i++) {
		check_u64(d->activated[i].version, f->now.stack[due].version);
		check_i64(d->activated[i].amount.nano, f->now.stack[due].amounts[d->activated[i].sku]);
	}
	memmove(f->now.stack, f->now.stack + due, (f->now.n - due) * sizeof f->now.stack[0]);
	f->now.n -= due;
}

static void fold_telling(folded *f, const sp_decision *d)
{
	folded_version told = f->now.stack[f->now.n - 1];

	f->former = f->now;
	f->told_ns = d->t_ns;
	check_i64(d->before.ppb, told.index);
	told.version = d->prices[0].version;
	told.index = d->index.ppb;
	told.date = d->prices[0].not_before_ns;
	for (uint32_t i = 0; i < d->n_prices; i++) {
		check_i64(d->prices[i].before.nano, told.amounts[d->prices[i].sku]);
		told.amounts[d->prices[i].sku] = d->prices[i].amount.nano;
	}
	while (f->now.n > 1 && f->now.stack[f->now.n - 1].version > d->prices[0].parent)
		f->now.n--;
	check_u64(f->now.stack[f->now.n - 1].version, d->prices[0].parent);
	f->stood = d->outcome == SP_OUTCOME_ANNOUNCED && f->now.stack[f->now.n - 1].index == told.index;
	if (d->outcome == SP_OUTCOME_PUBLISHED || f->stood) /* takes the place of the one that it stands on */
		f->now.n--;
	f->now.stack[f->now.n++] = told;
}

static void fold_decision(folded *f, const sp_decision *d)
{
	if (strcmp(d->reason, "withdrawn") == 0) {
		f->now = f->former;
		f->told_ns = -1;
	}
	fold_activation(f, d);
	if (d->outcome >= SP_OUTCOME_ANNOUNCED)
		fold_telling(f, d);
	check_i64(d->in_force.ppb, f->now.stack[0].index);
}

static world_group fold_group(const folded *f, const world *w)
{
	const sp_guardrails *rails = &w->families[0].rails;
	world_group group = {.n = 0};

	for (uint32_t sku = 0; sku < SKUS; sku++) {
		for (uint32_t i = 0; i < f->now.n; i++) {
			const folded_version *v = &f->now.stack[i];
			sp_price *p = &group.prices[group.n++];
			*p = (sp_price){.sku = sku, .sku_id = w->skus[sku].id, .unit = w->skus[sku].unit, .version = v->version};
			p->parent = i > 0 ? v[-1].version : 0;
			p->before.nano = i > 0 ? v[-1].amounts[sku] : 0;
			p->amount.nano = v->amounts[sku];
			p->offer =
			    v->index < rails->floor_ppb || v->index > rails->ceiling_ppb ? SP_OFFER_RESTRICTED : SP_OFFER_OPEN;
			p->not_before_ns = p->not_before_existing_ns = v->date;
		}
	}
	return group;
}

#define LIVES 40
#define TICKS 250

/* The bounds of the index are the percent bounds: grids of one nano-USD and sheets without bounds of their own. */
static void random_world(world *w, sp_rng *rng)
{
	static const int64_t notices[] = {0, 10 * SP_SEC, 90 * SP_SEC, 7 * SP_MIN, SP_HOUR};

	world_init(w);
	world_add_sku(w, "xcached", 7 * SP_NANO / 100, 2);
	w->families[0].rails.notice_ns = notices[sp_rng_below(rng, 5)];
	w->families[0].rails.floor_ppb = (80 + (int64_t)sp_rng_below(rng, 15)) * POINT;
	w->families[0].rails.ceiling_ppb = (105 + (int64_t)sp_rng_below(rng, 15)) * POINT;
	for (int i = 0; i < SKUS; i++)
		w->skus[i].grid.nano = (int64_t[]){1, 1000, 10000}[sp_rng_below(rng, 3)];
	world_build(w);
}

/* What happens between two ticks; the twin hears of publications only. */
static void random_acts(world *w, folded *f, sp_rng *rng)
{
	int64_t late_ns = (int64_t)sp_rng_below(rng, 4) == 0 ? (int64_t)sp_rng_below(rng, 20 * SP_MIN) : 2 * SP_SEC;

	if (sp_rng_below(rng, 8) > 0) {
		world_published(w, late_ns);
		fold_publication(f, w, w->now_ns + late_ns);
	}
	if (sp_rng_below(rng, 10) == 0)
		world_bar(w, (sp_scope)sp_rng_below(rng, 3), 0, w->now_ns - (sp_rng_below(rng, 4) == 0 ? SP_MIN : 0));
	for (sp_scope scope = SP_SCOPE_ALL; sp_rng_below(rng, 2) && scope <= SP_SCOPE_FAMILY; scope++)
		world_thaw(w, scope, 0);
	if (sp_rng_below(rng, 20) == 0)
		world_set_index(w, 0, (96 + (int64_t)sp_rng_below(rng, 9)) * POINT);
	world_says.push_ppb = ((int64_t)sp_rng_below(rng, 9) - 4) * POINT / 2;
	if (sp_rng_below(rng, 2) == 0)
		world_says.push_ppb = 0;
}

static void groups_are_the_sum_of_decisions(void **state)
{
	static world w;
	static folded f;
	uint32_t withdrawn = 0, announced = 0, stood = 0;
	sp_rng rng;

	(void)state;
	sp_check_seed(__func__, &rng);
	for (int life = 0; life < LIVES; life++) {
		random_world(&w, &rng);
		fold_init(&f, &w);
		for (int i = 0; i < TICKS; i++) {
			world_group got, want;
			const sp_decision *d;
			random_acts(&w, &f, &rng);
			d = world_step(&w);
			fold_decision(&f, d);
			got = world_told(&w, 0);
			want = fold_group(&f, &w);
			world_check_group(&got, &want);
			check_frame(&w, &got, 0);
			check_i64(world_price(&w, 1), got.prices[got.n / SKUS].amount.nano);
			withdrawn += strcmp(d->reason, "withdrawn") == 0;
			announced += d->outcome == SP_OUTCOME_ANNOUNCED;
			stood += d->outcome == SP_OUTCOME_ANNOUNCED && f.stood;
		}
		world_fini(&w);
	}
	print_message("%u announced, %u of them what stood before; %u withdrawn\n", announced, stood, withdrawn);
	check_true(withdrawn > 100 && announced > 500 && stood > 20);
}

/* --- whatever the mode, the world and reloads: a frame takes it --- */

static void random_reload(world **w, world *other, sp_rng *rng)
{
	uint32_t mode = (uint32_t)sp_rng_below(rng, SP_MODES);

	random_world(other, rng);
	other->families[0].mode = mode;
	other->now_ns = (*w)->now_ns;
	check_status(world_carry(other, *w, false, NULL), SP_OK);
	world_fini(*w);
	*w = other;
}

/* The first of a SKU is what is in force; the others come later, each after the one before. */
static void check_shape(const world *w, const world_group *group)
{
	uint32_t each = group->n / SKUS;

	check_u64(group->n, each * SKUS);
	for (uint32_t i = 0; i < group->n; i++) {
		const sp_price *p = &group->prices[i];
		check_u64(p->sku, i / each);
		if (i % each == 0) {
			uint64_t version;
			check_money(p->amount, sp_engine_price(w->engine, p->sku, &version));
			check_u64(p->version, version);
		} else {
			check_u64(p->parent, p[-1].version);
			check_money(p->before, p[-1].amount);
			check_true(p->not_before_ns > w->now_ns && p->not_before_ns > p[-1].not_before_ns);
		}
	}
}

static void a_frame_takes_every_group(void **state)
{
	static world worlds[2];
	sp_rng rng;
	uint32_t longest = 0;

	(void)state;
	sp_check_seed(__func__, &rng);
	for (int life = 0; life < LIVES; life++) {
		world *w = &worlds[0];
		folded f;
		random_world(w, &rng);
		fold_init(&f, w);
		for (int i = 0; i < TICKS; i++) {
			world_group group;
			if (sp_rng_below(&rng, 15) == 0)
				random_reload(&w, w == worlds ? &worlds[1] : &worlds[0], &rng);
			if (sp_rng_below(&rng, 10) == 0)
				world_send(w, SP_KIND_list_price, "f/input", 0.1 + 0.004 * sp_rng_uniform(&rng));
			random_acts(w, &f, &rng);
			world_step(w);
			group = world_told(w, 0);
			check_frame(w, &group, 0);
			check_shape(w, &group);
			longest = group.n > longest ? group.n : longest;
		}
		world_fini(w);
	}
	check_true(longest > 4 * SKUS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_new_family_has_the_prices_of_the_sheet),
	    cmocka_unit_test(a_group_follows_what_is_told),
	    cmocka_unit_test(a_price_of_the_worlds_own_stands_below_what_is_announced),
	    cmocka_unit_test(a_price_outside_its_bounds_is_restricted),
	    cmocka_unit_test(no_price_is_above_the_largest_there_is),
	    cmocka_unit_test(a_full_book_fills_the_room_that_is_asked_for),
	    cmocka_unit_test(r1_a_raise_comes_after_what_is_in_force),
	    cmocka_unit_test(a_date_after_the_permitted_times_is_none),
	    cmocka_unit_test(groups_are_the_sum_of_decisions),
	    cmocka_unit_test(a_frame_takes_every_group),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
