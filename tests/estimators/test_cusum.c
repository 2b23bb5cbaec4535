/* test_cusum.c - changes of level: by hand, against a slow twin, on noise of both kinds, and on real prices. */
#include "tests/check/check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "tests/estimators/rough.h"
#include "tests/estimators/slot.h"

#define START ROUGH_START

static sp_knowledge change_of(const slot *s, sp_change *change)
{
	return s->ops->change(s->state, s->params, change).knowledge;
}

static int64_t changes_of(const slot *s)
{
	sp_change change;
	return change_of(s, &change) == SP_KNOWN ? change.count : 0;
}

/* --- by hand --- */

static void a_step_is_told_with_its_second_observation_where_nothing_confirms(void **state)
{
	(void)state;
	slot s;
	sp_change change;
	int64_t t_ns = START;
	slot_open(&s, "cusum", (const char *[]){"confirm", "0s", NULL});
	for (int i = 0; i < 20; i++)
		slot_see(&s, t_ns += SP_MIN, 10);
	slot_see(&s, t_ns += SP_MIN, 5.6);
	check_i64(changes_of(&s), 0);
	check_near(slot_at(&s, t_ns).value, 10, 0.02); /* a fortieth of a hundredth of it is all it moved */
	slot_see(&s, t_ns += SP_MIN, 5.6);
	check_true(change_of(&s, &change) == SP_KNOWN);
	check_i64(change.count, 1);
	check_i64(change.began_ns, t_ns - SP_MIN);
	check_i64(change.found_ns, t_ns);
	check_near(change.before, 10, 0.02);
	check_near(change.after, 5.6, 1e-12);
	check_near(slot_at(&s, t_ns + SP_HOUR).value, 5.6, 1e-12);
	check_near(slot_at(&s, t_ns).lag_s, 30, 1e-9);
	check_near(slot_at(&s, t_ns).count, 2, 0);
}

static void it_says_what_it_needs_before_it_can_tell(void **state)
{
	(void)state;
	slot s;
	sp_change change, before;
	memset(&change, 0xA5, sizeof change);
	before = change;
	slot_open(&s, "cusum", NULL);
	for (int i = 0; i < 8; i++) {
		sp_answer answer = s.ops->change(s.state, s.params, &change);
		check_true(answer.knowledge == SP_TOO_LITTLE);
		check_contains(answer.reason, "8 observations");
		slot_see(&s, START + i * SP_MIN, 3);
	}
	slot_see(&s, START + SP_HOUR, 3);
	check_text(s.ops->change(s.state, s.params, &change).reason, "no change yet");
	check_bytes(&change, &before, sizeof change);
}

/* Half an hour apart; the price falls, and is back after so many hours. */
static int64_t told_of_a_dip(int hours)
{
	slot s;
	int64_t t_ns = START;
	slot_open(&s, "cusum", (const char *[]){"step", "30m", NULL});
	for (int i = 0; i < 200; i++)
		slot_see(&s, t_ns += 30 * SP_MIN, 2 + 0.01 * (i % 3));
	for (int i = 0; i < 2 * hours; i++)
		slot_see(&s, t_ns += 30 * SP_MIN, 1.2 + 0.01 * (i % 3));
	for (int i = 0; i < 200; i++)
		slot_see(&s, t_ns += 30 * SP_MIN, 2 + 0.01 * (i % 3));
	return changes_of(&s);
}

static void what_reverses_before_it_is_confirmed_is_no_change(void **state)
{
	(void)state;
	check_i64(told_of_a_dip(1), 0);
	check_i64(told_of_a_dip(12), 0);
	check_i64(told_of_a_dip(24), 0);
	check_i64(told_of_a_dip(25), 2); /* and back again */
	check_i64(told_of_a_dip(60), 2);
}

static void one_wild_value_is_no_change_whatever_its_size(void **state)
{
	(void)state;
	static const double wild[] = {11, 100, -1e9, 1e100, 1e300};
	for (int w = 0; w < 5; w++) {
		slot s;
		int64_t t_ns = START;
		slot_open(&s, "cusum", (const char *[]){"confirm", "0s", NULL});
		for (int i = 0; i < 100; i++)
			slot_see(&s, t_ns += SP_MIN, i == 50 ? wild[w] : 10);
		check_i64(changes_of(&s), 0);
		check_near(slot_at(&s, t_ns).value, 10, 0.01);
	}
}

static void zeros_may_become_something(void **state)
{
	(void)state;
	sp_rng rng;
	sp_check_seed("zeros_may_become_something", &rng);
	slot s;
	int64_t t_ns = START;
	slot_open(&s, "cusum", NULL);
	for (int i = 0; i < 50; i++)
		slot_see(&s, t_ns += SP_MIN, 0);
	for (int i = 0; i < 5000; i++)
		slot_see(&s, t_ns += SP_MIN, 100 + 5 * sp_rng_normal(&rng));
	check_near(slot_at(&s, t_ns).value, 100, 1);
	check_i64(changes_of(&s), 1);
}

/* --- noise --- */

#define ACCEPTED 4.0  /* false alarms in 30 days */
#define STEPS    4320 /* of ten minutes in 30 days */

/* Changes told in 30 days of noise without any. */
static double told_on_noise(sp_rng *rng, const char *confirm, double phi)
{
	enum { WORLDS = 10, MONTHS = 10 };
	int64_t told = 0;
	for (int world = 0; world < WORLDS; world++) {
		slot s;
		double x = sp_rng_normal(rng);
		slot_open(&s, "cusum",
		          (const char *[]){"step", "10m", "false_alarms", "4", "confirm", confirm, "half_life", "30d",
		                           "least_noise", "0%", NULL});
		for (int64_t i = 0; i < MONTHS * STEPS; i++)
			slot_see(&s, START + i * 10 * SP_MIN, 100 + rough_ar1(rng, &x, phi));
		told += changes_of(&s);
	}
	return (double)told / (WORLDS * MONTHS);
}

/* Page's sums alone, mean and deviation known, h for independent noise: what autocorrelation does to them. */
static double told_by_bare_sums(sp_rng *rng, double phi)
{
	enum { MONTHS = 100 };
	double y = 1, up = 0, down = 0, x = sp_rng_normal(rng);
	int told = 0;
	for (int i = 0; i < 200; i++)
		y = log(1 + y + 4 * 0.25 * (STEPS / ACCEPTED));
	for (int i = 0; i < MONTHS * STEPS; i++) {
		double z = rough_ar1(rng, &x, phi);
		up = fmax(0, up + z - 0.5);
		down = fmax(0, down - z - 0.5);
		if (fmax(up, down) <= y - 1.166)
			continue;
		told++;
		up = down = 0;
	}
	return (double)told / MONTHS;
}

static void false_alarms_stay_below_those_accepted(void **state)
{
	(void)state;
	static const double phis[] = {0, 0.5, 0.9};
	sp_rng rng;
	sp_check_seed("false_alarms_stay_below_those_accepted", &rng);
	for (int i = 0; i < 3; i++) {
		double bare = told_by_bare_sums(&rng, phis[i]), at_once = told_on_noise(&rng, "0s", phis[i]);
		double confirmed = told_on_noise(&rng, "1d", phis[i]);
		printf("AR(1) with %.1f, false alarms in 30 days where %.0f are accepted: bare sums %.2f, here %.2f at once, "
		       "%.2f confirmed\n",
		       phis[i], ACCEPTED, bare, at_once, confirmed);
		check_true(at_once <= ACCEPTED && confirmed <= 0.3 * ACCEPTED);
		if (i == 0) { /* Siegmund's h does what it says, and the price of a learnt level is not too high */
			check_near(bare, ACCEPTED, 0.25 * ACCEPTED);
			check_true(at_once >= 0.25 * ACCEPTED);
		} else {
			check_true(bare > 5 * ACCEPTED);
		}
	}
}

/* A step of so many deviations: how soon it is told, where it began, and whether before - after is within its error. */
static void steps_are_found_dated_and_measured(void **state)
{
	(void)state;
	enum { WORLDS = 200 };
	static const struct {
		double phi, size;
	} cases[] = {{0, 1}, {0, 2}, {0.5, 2}, {0.9, 2}};
	sp_rng rng;
	sp_check_seed("steps_are_found_dated_and_measured", &rng);
	for (int c = 0; c < 4; c++) {
		double delay = 0, dated = 0;
		int found = 0, held = 0;
		for (int world = 0; world < WORLDS; world++) {
			slot s;
			sp_change change = {0};
			double x = sp_rng_normal(&rng);
			slot_open(&s, "cusum", (const char *[]){"step", "10m", "confirm", "0s", "least_noise", "0%", NULL});
			for (int64_t i = 0; i < 2000 && change.began_ns < START + 1000 * 10 * SP_MIN - SP_DAY; i++) {
				double noise = rough_ar1(&rng, &x, cases[c].phi);
				slot_see(&s, START + i * 10 * SP_MIN, 50 + noise + (i < 1000 ? 0 : cases[c].size));
				if (change_of(&s, &change) != SP_KNOWN)
					change.began_ns = 0;
			}
			if (change.began_ns == 0)
				continue;
			found++;
			delay += (double)(change.found_ns - START) / (10.0 * SP_MIN) - 1000;
			dated += fabs((double)(change.began_ns - START) / (10.0 * SP_MIN) - 1000);
			held += fabs(change.after - change.before - cases[c].size) <= 2.5 * sqrt(change.variance);
		}
		printf(
		    "a step of %.0f deviations, AR(1) with %.1f: found %d of %d, told after %.1f observations, dated to %.1f, "
		    "size within its error %.0f%%\n",
		    cases[c].size, cases[c].phi, found, WORLDS, delay / found, dated / found, 100.0 * held / found);
		check_true(found >= 0.9 * WORLDS && held >= 0.85 * found);
	}
}

/* --- the twin --- */

#define TWIN_FIRST 8

typedef struct twin_side {
	double gain[ROUGH_MAX], x[ROUGH_MAX];
	int64_t t_ns[ROUGH_MAX];
	int n;
	int64_t back_n, back_ns;
} twin_side;

/* What was learnt since the level was last settled: nothing is kept as a sum. */
typedef struct twin {
	double drift, steps, half_life_s, least;
	int64_t confirm_ns;
	double first[TWIN_FIRST];
	int seen;
	double base, base_n, base_noise2, base_noise_n;
	int64_t clock_ns, base_clock_ns; /* of learning: it stands still under suspicion */
	double taken[ROUGH_MAX], squares[ROUGH_MAX];
	int64_t at_ns[ROUGH_MAX], sign_ns[ROUGH_MAX];
	int n;
	double sign[ROUGH_MAX];
	int n_signs;
	twin_side sides[2];
	double doubt[ROUGH_MAX];
	int n_doubt, suspect;
	double y;
	int64_t last_ns;
	sp_change change;
} twin;

static double twin_faded(const twin *w, int64_t since_ns)
{
	return pow(2, -(double)(w->clock_ns - since_ns) / 1e9 / w->half_life_s);
}

static double twin_level(const twin *w, double *n)
{
	double weight = w->base_n * twin_faded(w, w->base_clock_ns), sum = 0;
	double total = weight;
	for (int i = 0; i < w->n; i++)
		total += twin_faded(w, w->at_ns[i]);
	for (int i = 0; i < w->n; i++)
		sum += twin_faded(w, w->at_ns[i]) / total * (w->taken[i] - w->base);
	*n = total;
	return w->base + sum;
}

static double twin_noise2(const twin *w, double *n)
{
	double weight = w->base_noise_n * twin_faded(w, w->base_clock_ns), sum = weight * w->base_noise2;
	for (int i = 0; i < w->n; i++) {
		weight += twin_faded(w, w->at_ns[i]);
		sum += twin_faded(w, w->at_ns[i]) * w->squares[i];
	}
	*n = weight;
	return sum / weight;
}

static double twin_noise(const twin *w)
{
	double n;
	return fmax(fmax(sqrt(twin_noise2(w, &n)), w->least * fabs(twin_level(w, &n))), 1e-200);
}

static double twin_correlation(const twin *w)
{
	double pairs = 4, agreement = 0;
	for (int i = 1; i < w->n_signs; i++) {
		pairs += twin_faded(w, w->sign_ns[i]) * fabs(w->sign[i] * w->sign[i - 1]);
		agreement += twin_faded(w, w->sign_ns[i]) * w->sign[i] * w->sign[i - 1];
	}
	double phi = fmin(sin(M_PI / 2 * fmax(0, agreement / pairs)), 0.98);
	return (1 + phi) / (1 - phi);
}

static double twin_sum(const double *terms, int n)
{
	double best = 0, sum = 0;
	for (int i = n - 1; i >= 0; i--) {
		sum += terms[i];
		best = fmax(best, sum);
	}
	return best;
}

static double twin_mean(const twin_side *side)
{
	double sum = 0;
	for (int i = 0; i < side->n; i++)
		sum += (side->x[i] - side->x[0]) / side->n;
	return side->n > 0 ? side->x[0] + sum : 0;
}

static bool twin_is_back(const twin *w, twin_side *side, double level, double x)
{
	double mean = twin_mean(side);
	bool nearer = mean > level ? x < (level + mean) / 2 : x > (level + mean) / 2;
	if (nearer && side->back_n == 0)
		side->back_ns = w->last_ns;
	side->back_n = nearer ? side->back_n + 1 : 0;
	return side->back_n >= 4 && w->confirm_ns > 0 && w->last_ns - side->back_ns >= w->confirm_ns / 12;
}

static void twin_add(const twin *w, twin_side *side, double gain, double x)
{
	side->gain[side->n] = gain;
	side->x[side->n] = x;
	side->t_ns[side->n++] = w->last_ns;
}

static void twin_look(twin *w, double h, double k, double z, double x)
{
	double n, level = twin_level(w, &n), most = 0.75 * h + k, held = fmax(fmin(z, most), -most);
	for (int i = 0; i < 2; i++) {
		twin_side *side = &w->sides[i];
		twin_add(w, side, (i == 0 ? held : -held) - k, x);
		double whole = 0; /* from the side's beginning: not yet at 0 on the way */
		for (int j = 0; j < side->n; j++)
			whole += side->gain[j];
		if (whole <= 0 || twin_is_back(w, side, level, x))
			*side = (twin_side){0};
	}
	for (int i = 0; i < 2 && w->suspect == 0; i++)
		w->suspect = twin_sum(w->sides[i].gain, w->sides[i].n) > h ? i + 1 : 0;
}

static void twin_forget(twin *w)
{
	w->sides[0] = w->sides[1] = (twin_side){0};
	w->suspect = w->n_doubt = 0;
}

static void twin_doubt(twin *w, double h, double k, double unit, double x)
{
	twin_side *side = &w->sides[w->suspect - 1];
	double n, level = twin_level(w, &n), z = fmax(fmin((x - level) / unit, 1e6), -1e6);
	double d = fmax(fmin((twin_mean(side) - level) / unit, 1e6), -1e6);
	w->doubt[w->n_doubt++] = d * (d / 2 - z);
	twin_add(w, side, 0, x);
	if (twin_sum(w->doubt, w->n_doubt) > 2 * k * h || twin_is_back(w, side, level, x))
		twin_forget(w);
}

static void twin_learn(twin *w, int64_t elapsed_ns, double x)
{
	double n, level = twin_level(w, &n), noise = twin_noise(w), away = x - level;
	double e = noise > 1e-200 ? fmax(fmin(away, 2.5 * noise), -2.5 * noise) : away;
	w->clock_ns += elapsed_ns;
	w->sign_ns[w->n_signs] = w->clock_ns;
	w->sign[w->n_signs++] = fabs(away) > 1e-9 * noise ? copysign(1, away) : 0;
	w->at_ns[w->n] = w->clock_ns;
	w->taken[w->n] = level + e;
	w->squares[w->n++] = e * e / 0.97756;
}

static void twin_adopt(twin *w, double unit)
{
	const twin_side *side = &w->sides[w->suspect - 1];
	double n, noise_n, level = twin_level(w, &n), noise2 = twin_noise2(w, &noise_n);
	w->change = (sp_change){
	    w->change.count + 1, side->t_ns[0], w->last_ns, level, twin_mean(side), unit * unit * (1 / n + 1.0 / side->n)};
	w->base = twin_mean(side);
	w->base_n = side->n;
	w->base_noise2 = noise2;
	w->base_noise_n = fmin(noise_n, TWIN_FIRST);
	w->base_clock_ns = w->clock_ns;
	w->n = 0;
	twin_forget(w);
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static double twin_middle(double *x, int n)
{
	qsort(x, (size_t)n, sizeof *x, by_value);
	return n % 2 == 1 ? x[n / 2] : (x[n / 2 - 1] + x[n / 2]) / 2;
}

static void twin_begin(twin *w, double x)
{
	static const double few[] = {1, 1, 1.196, 1.495, 1.363, 1.206, 1.200, 1.140, 1.129};
	double copy[TWIN_FIRST];
	int n = ++w->seen;
	w->first[n - 1] = x;
	memcpy(copy, w->first, sizeof copy);
	w->base = twin_middle(copy, n);
	for (int i = 0; i < n; i++)
		copy[i] = fabs(w->first[i] - w->base);
	double scale = 1.4826 * few[n] * twin_middle(copy, n);
	w->base_noise2 = scale * scale;
	w->base_n = w->base_noise_n = n;
}

static void twin_see(twin *w, int64_t t_ns, double x)
{
	int64_t elapsed_ns = w->seen > 0 ? t_ns - w->last_ns : 0;
	double n;
	w->last_ns = t_ns;
	if (w->seen < TWIN_FIRST) {
		twin_begin(w, x);
		return;
	}
	double c = twin_correlation(w), k = w->drift / sqrt(c), unit = sqrt(c) * twin_noise(w);
	w->y = log(1 + w->y + 4 * k * k * w->steps);
	double h = fmax(1, w->y / (2 * k) - 1.166 / sqrt(c));
	double z = fmax(fmin((x - twin_level(w, &n)) / unit, 1e6), -1e6);
	if (w->suspect != 0)
		twin_doubt(w, h, k, unit, x);
	else
		twin_look(w, h, k + 1 / sqrt(n), z, x);
	if (w->suspect == 0)
		twin_learn(w, elapsed_ns, x);
	else if (t_ns - w->sides[w->suspect - 1].t_ns[0] >= w->confirm_ns)
		twin_adopt(w, unit);
}

static void twin_open(twin *w, double drift, double steps, double half_life_s, double least, int64_t confirm_ns)
{
	*w = (twin){
	    .drift = drift, .steps = steps, .half_life_s = half_life_s, .least = least, .confirm_ns = confirm_ns, .y = 1};
	for (int i = 0; i < 150; i++)
		w->y = log(1 + w->y + 4 * drift * drift * steps);
}

static const struct twin_set {
	const char *drift, *false_alarms, *step, *confirm, *half_life, *least;
	double k, steps, half_life_s, noise;
	int64_t confirm_ns;
} twin_sets[] = {
    {"0.5", "1", "1m", "0s", "7d", "1%", 0.5, 43200, 604800, 0.01, 0},
    {"0.25", "100", "10m", "10m", "1h", "0.1%", 0.25, 43.2, 3600, 0.001, 10 * SP_MIN},
    {"1", "4", "30m", "1h", "1d", "5%", 1, 360, 86400, 0.05, SP_HOUR},
    {"0.5", "1", "1m", "1d", "30d", "0.1%", 0.5, 43200, 2592000, 0.001, SP_DAY},
};

static void it_agrees_with_everything_summed_anew(void **state)
{
	(void)state;
	sp_rng rng;
	sp_check_seed("it_agrees_with_everything_summed_anew", &rng);
	int64_t told = 0;
	int planted = 0;
	static twin slow, other;
	for (int round = 0; round < ROUGH_COUNT; round++) {
		const struct twin_set *set = &twin_sets[round % 4];
		rough one;
		slot s;
		rough_draw(&one, &rng, false); /* with all scales in one series, decisions hang on what rounding left */
		slot_open(&s, "cusum",
		          (const char *[]){"drift", set->drift, "false_alarms", set->false_alarms, "step", set->step, "confirm",
		                           set->confirm, "half_life", set->half_life, "least_noise", set->least, NULL});
		for (int i = 0; i < one.n; i++)
			slot_see(&s, one.t_ns[i], one.x[i]);
		rough_settle(&one);
		twin_open(&slow, set->k, set->steps, set->half_life_s, set->noise, set->confirm_ns);
		twin_open(&other, set->k, set->steps, 0.9 * set->half_life_s, set->noise, set->confirm_ns);
		for (int i = 0; i < one.n; i++) {
			twin_see(&slow, one.t_ns[i], one.x[i]);
			twin_see(&other, one.t_ns[i], one.x[i]);
		}
		double n, level = twin_level(&slow, &n);
		sp_change change = {0};
		change_of(&s, &change);
		check_i64(change.count, slow.change.count);
		check_i64(change.began_ns, slow.change.began_ns);
		check_i64(change.found_ns, slow.change.found_ns);
		check_near(change.after, slow.change.after, 1e-12 * one.largest);
		check_near(change.before, slow.change.before, 1e-12 * one.largest);
		check_near(slot_at(&s, one.t_ns[one.n - 1]).value, level, 1e-12 * one.largest);
		check_near(slot_at(&s, one.t_ns[one.n - 1]).count, n, 1e-12 * n);
		told += slow.change.count;
		planted += fabs(twin_level(&other, &n) - level) > 1e-12 * one.largest;
	}
	printf("%lld changes told in %d series\n", (long long)told, ROUGH_COUNT);
	check_true(told > ROUGH_COUNT / 10);
	check_true(planted > ROUGH_COUNT / 4); /* another half-life is found out */
}

/* --- real prices --- */

#define PRICES_MAX 1000

typedef struct prices {
	int64_t t_ns[PRICES_MAX];
	double usd[PRICES_MAX];
	int n;
} prices;

/* Rows whose second and third fields are these (NULL: any), and one column of them. */
static void read_prices(const char *path, const char *second, const char *third, int column, prices *read)
{
	char line[512], *fields[32];
	FILE *file = fopen(path, "r");
	assert_non_null(file);
	read->n = 0;
	while (fgets(line, sizeof line, file) != NULL) {
		int n = 0;
		for (char *rest = line, *field; n < 32 && (field = strsep(&rest, ",\r\n")) != NULL;)
			fields[n++] = field;
		if (n <= column || (second != NULL && strcmp(fields[1], second) != 0) ||
		    (third != NULL && strcmp(fields[2], third) != 0))
			continue;
		if (sp_time_parse(fields[0], strlen(fields[0]), &read->t_ns[read->n]) != SP_OK)
			continue; /* the header */
		assert_true(read->n < PRICES_MAX - 1);
		read->usd[read->n++] = strtod(fields[column], NULL);
	}
	fclose(file);
}

static void the_real_step_of_44_percent_is_found(void **state)
{
	(void)state;
	const char *path = sp_check_data("gpu_list/p5_48xlarge_us_east_1.csv");
	if (path == NULL)
		skip();
	prices p;
	read_prices(path, NULL, NULL, 3, &p);
	check_i64(p.n, 487);
	static const char *const confirm[] = {"0s", "1d"};
	for (int c = 0; c < 2; c++) {
		slot s;
		sp_change change;
		int64_t stepped_ns = 0;
		slot_open(&s, "cusum", (const char *[]){"step", "1d", "confirm", confirm[c], NULL});
		for (int i = 0; i < p.n; i++) {
			slot_see(&s, p.t_ns[i], p.usd[i]);
			if (stepped_ns == 0 && p.usd[i] < 7)
				stepped_ns = p.t_ns[i];
		}
		check_true(change_of(&s, &change) == SP_KNOWN);
		check_i64(change.count, 1);
		check_i64(change.began_ns, stepped_ns);
		check_near(change.after / change.before - 1, -0.44, 0.005);
		check_true(change.found_ns - stepped_ns <= (c == 0 ? 1 : 2) * SP_DAY + SP_HOUR);
		printf("p5.48xlarge: %.2f to %.2f USD per GPU and hour, %.1f %%; confirm %s: told %.1f h after its first "
		       "observation\n",
		       change.before, change.after, 100 * (change.after / change.before - 1), confirm[c],
		       (double)(change.found_ns - change.began_ns) / SP_HOUR);
	}
}

/* Did the price go back, three quarters of the way or more, and was it there in the last two of the 24 hours after it changed? */
static bool reversed(const prices *p, const sp_change *change)
{
	int back = 0, stayed = 0;
	for (int i = 0; i < p->n; i++) {
		if (p->t_ns[i] <= change->began_ns + SP_DAY - 2 * SP_HOUR || p->t_ns[i] > change->began_ns + SP_DAY)
			continue;
		if (fabs(p->usd[i] - change->before) <= 0.25 * fabs(change->after - change->before))
			back++;
		else
			stayed++;
	}
	return back > 0 && stayed == 0;
}

typedef struct tally {
	int told, reversed;
} tally;

static tally tally_prices(const prices *p, const char *confirm)
{
	slot s;
	tally all = {0};
	slot_open(&s, "cusum", (const char *[]){"step", "30m", "confirm", confirm, NULL});
	for (int i = 0; i < p->n; i++) {
		sp_change change;
		slot_see(&s, p->t_ns[i], p->usd[i]);
		if (change_of(&s, &change) != SP_KNOWN || change.found_ns != p->t_ns[i])
			continue;
		all.told++;
		all.reversed += reversed(p, &change);
	}
	return all;
}

/* Moves of 5 % that are undone within a day, by the same rule. */
static int count_dips(const prices *p)
{
	int dips = 0;
	for (int i = 1; i < p->n; i++) {
		sp_change move = {.began_ns = p->t_ns[i], .before = p->usd[i - 1], .after = p->usd[i]};
		dips += fabs(move.after / move.before - 1) >= 0.05 && reversed(p, &move);
	}
	return dips;
}

static void no_market_price_that_reverses_within_a_day_is_told(void **state)
{
	(void)state;
	static const char *const gpus[][2] = {{"H100_80GB", "PCIe"}, {"H100_80GB", "SXM5"}, {"A100_80GB", "PCIe"},
	                                      {"A100_80GB", "SXM4"}, {"H200_141GB", ""},    {"B200_180GB", ""},
	                                      {"GH200_96GB", ""}};
	static const int columns[] = {3, 5, 6, 7, 10}; /* min, p25, median, p75, mean */
	const char *path = sp_check_data("gpu_spot/prices_30min.csv");
	if (path == NULL)
		skip();
	tally confirmed = {0}, at_once = {0};
	int dips = 0;
	for (int g = 0; g < 7; g++) {
		for (int c = 0; c < 5; c++) {
			prices p;
			read_prices(path, gpus[g][0], gpus[g][1], columns[c], &p);
			check_true(p.n > 700);
			tally one = tally_prices(&p, "1d"), other = tally_prices(&p, "0s");
			confirmed.told += one.told;
			confirmed.reversed += one.reversed;
			at_once.told += other.told;
			at_once.reversed += other.reversed;
			dips += count_dips(&p);
		}
	}
	printf("35 series of market prices with %d moves of 5 %% that reverse within 24 h: told %d changes, %d of them "
	       "reversed; "
	       "unconfirmed %d and %d\n",
	       dips, confirmed.told, confirmed.reversed, at_once.told, at_once.reversed);
	check_i64(confirmed.reversed, 0);
	check_true(confirmed.told > 0 && dips > 100);
	check_true(at_once.reversed > 10); /* without confirmation many would be */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_step_is_told_with_its_second_observation_where_nothing_confirms),
	    cmocka_unit_test(it_says_what_it_needs_before_it_can_tell),
	    cmocka_unit_test(what_reverses_before_it_is_confirmed_is_no_change),
	    cmocka_unit_test(one_wild_value_is_no_change_whatever_its_size),
	    cmocka_unit_test(zeros_may_become_something),
	    cmocka_unit_test(false_alarms_stay_below_those_accepted),
	    cmocka_unit_test(steps_are_found_dated_and_measured),
	    cmocka_unit_test(it_agrees_with_everything_summed_anew),
	    cmocka_unit_test(the_real_step_of_44_percent_is_found),
	    cmocka_unit_test(no_market_price_that_reverses_within_a_day_is_told),
	};
	return cmocka_run_group_tests_name("estimators: cusum", tests, NULL, NULL);
}
