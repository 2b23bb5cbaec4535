/* calm.c - is the loop calm whatever buyers are like? Two laws through the real engine over the market's plant, on a grid of buyers.
 *
 *     cells    elasticity x what the law is told of it x delay x response lag x with and without lots to rent, each with several seeds
 *     world    a flat demand with 1 % of white noise, which rises or falls for good by up to 30 % after 14 days; 42 days in all
 *     turn     the price went back by more than 0.5 %; a run with more than two turns is not calm: there and back is two
 *
 * calm [--every N] [--noise PERCENT] FOLDER: writes calm.md and calm.svg there; every N-th cell only, other noise than 1 %. Over two processes, the same on any number. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/math.h"
#include "base/rng.h"
#include "sim/market/trial.h"
#include "sim/score/crew.h"

static const double elasticities[] = {0.3, 0.5, 0.8, 1.3, 2.2, 3.6, 6};
static const double told_as[] = {0.5, 1, 2};
static const int delays[] = {0, 1, 3};
static const int lags[] = {0, 6, 24, 72, 200}; /* in periods of 10 minutes */
static const char *const laws[] = {"margin_curve", "utilization_pi"};

#define N(list)    (sizeof(list) / sizeof *(list))
#define SEEDS      5
#define FIRST_SEED 9000
#define RENTS      2
#define CELLS      (N(elasticities) * N(told_as) * N(delays) * N(lags) * RENTS)
#define TURN       0.005
#define TURNS_CALM 2
#define PERIOD_MIN 10

static const char head[] = "help: \"Buyers of one cell of the grid.\"\n"
                           "group: reported\n"
                           "base: {shape: flat}\n"
                           "traits:\n"
                           "  load: 70%..95%\n"
                           "config: |\n"
                           "  version: 1\n"
                           "  period: 10m\n"
                           "  pools:\n"
                           "    - id: east/h100\n"
                           "      units_per_gpu_s: 1000\n"
                           "      utilization_setpoint: 70%\n"
                           "      overload: {rent_at: 80%, credits_from: 85%, credits_full: 100%, credit_share: 25%, "
                           "rejection_usd_per_1m_units: \"0.30\"}\n"
                           "      supply:\n"
                           "        - {id: base, term: reserved, gpus: 64, usd_per_gpu_h: \"2.00\"}\n";
static const char lot[] = "        - {id: burst, term: on_demand, gpus: 64, usd_per_gpu_h: signal, step_gpus: 8, "
                          "start_delay: 30m, min_hold: 4h}\n";
static const char tail[] =
    "  families:\n"
    "    - id: chat/east\n"
    "      pool: east/h100\n"
    "      profile: dynamic\n"
    "      mode: auto\n"
    "      policy: LAW\n"
    "      guardrails: {floor: 20%, ceiling: 500%, max_step: 5%, max_per_day: 60%, cost_max_per_day: 60%, "
    "min_interval: 4h, "
    "dead_band: 0%}\n"
    "      skus:\n"
    "        - {id: chat/east/input, meter: input, unit: 1M tokens, usd: \"0.80\", variable_usd: \"0.08\", weight: 1}\n"
    "        - {id: chat/east/output, meter: output, unit: 1M tokens, usd: \"5.60\", variable_usd: \"0.32\", weight: "
    "4}\n";

typedef struct calm_cell {
	double elasticity, told;
	int delay, lag;
	bool rents;
	size_t panel, row, column; /* in the picture */
} calm_cell;

typedef struct calm_run {
	uint32_t turns;
} calm_run;

typedef struct calm_work {
	calm_run *runs; /* [laws][cells][seeds] */
	uint32_t every, noise;
} calm_work;

static calm_cell cell_of(size_t i)
{
	calm_cell c;
	size_t e = i % N(elasticities), told = i / N(elasticities) % N(told_as);
	size_t rest = i / N(elasticities) / N(told_as);
	size_t lag = rest % N(lags), delay = rest / N(lags) % N(delays);

	c.elasticity = elasticities[e];
	c.told = sp_clamp(elasticities[e] * told_as[told], 0.3, 10); /* what a law may be told */
	c.lag = lags[lag];
	c.delay = delays[delay];
	c.rents = rest / N(lags) / N(delays) == 1;
	c.panel = (c.rents ? N(delays) : 0) + delay;
	c.row = lag;
	c.column = e;
	return c;
}

/* --- one run --- */

/* How often the price turned and went back by more than TURN. */
static calm_run count_turns(const sp_world *world, const double *path)
{
	double extreme = sp_log(path[0]);
	calm_run run = {0};
	int heading = 0;

	for (uint32_t t = 0; t < world->n_priced; t++) {
		double x = sp_log(path[t]);
		if (heading == 0 && sp_abs(x - extreme) > TURN)
			heading = x > extreme ? 1 : -1, extreme = x;
		else if (heading != 0 && (x - extreme) * heading > 0)
			extreme = x;
		else if (heading != 0 && (extreme - x) * heading > TURN)
			run.turns++, heading = -heading, extreme = x;
	}
	return run;
}

/* What a law is asked to do, and in which noise. */
typedef struct calm_task {
	size_t law;
	uint64_t seed;
	uint32_t noise; /* percent */
} calm_task;

static sp_status calm_live(const calm_cell *c, const calm_task *task, calm_run *run, sp_message *message)
{
	char text[4096], traits[5][48], policy[128];
	const sp_world_kind kind = {"calm grid", text};
	const char *settings[] = {traits[0],       traits[1], traits[2],     traits[3],    "fast_noise=0%",
	                          "slow_noise=0%", traits[4], "step_at=14d", "length=42d", "tail=1d"};
	const sp_world_options options = {.settings = settings, .n_settings = N(settings)};
	sp_trial_result result = {0};
	sp_config *config = NULL;
	sp_world *world = NULL;

	snprintf(text, sizeof text, "%s%s%s", head, c->rents ? lot : "", tail);
	snprintf(traits[0], sizeof traits[0], "elasticity=%.6f", c->elasticity);
	snprintf(traits[1], sizeof traits[1], "response_lag=%dm", c->lag * PERIOD_MIN);
	snprintf(traits[2], sizeof traits[2], "delay=%dm", c->delay * PERIOD_MIN);
	snprintf(traits[3], sizeof traits[3], "step=-30%%..30%%");
	snprintf(traits[4], sizeof traits[4], "white_noise=%u%%", task->noise);
	snprintf(policy, sizeof policy, "{use: %s, elasticity: %.6f, response_lag: %dm}", laws[task->law], c->told,
	         c->lag * PERIOD_MIN);
	sp_status status = sp_world_open(&kind, task->seed, &options, &world, message);
	if (status == SP_OK)
		status = sp_world_config(&kind, policy, &config, message);
	if (status == SP_OK)
		status = sp_trial_run(world, config, NULL, &result, message);
	if (status == SP_OK)
		*run = count_turns(world, result.path);
	sp_trial_close(&result);
	sp_config_close(config);
	sp_world_close(world);
	return status;
}

static sp_status calm_piece(void *context, uint32_t piece, sp_message *message)
{
	calm_work *work = context;
	const size_t i = (size_t)piece * work->every;
	const calm_cell c = cell_of(i);
	sp_status status = SP_OK;

	for (uint32_t n = 0; n < N(laws) * SEEDS && status == SP_OK; n++) {
		const calm_task task = {.law = n / SEEDS, .seed = FIRST_SEED + n % SEEDS, .noise = work->noise};
		status = calm_live(&c, &task, &work->runs[(task.law * CELLS + i) * SEEDS + n % SEEDS], message);
	}
	return status;
}

/* --- what came of it --- */

typedef struct calm_share {
	uint32_t runs, swung, cells, cells_swung, most;
} calm_share;

/* Of a law's runs in one field of the picture; any: all of them. A cell swings where most of its seeds do. */
static calm_share share_of(const calm_work *work, size_t law, size_t panel, size_t row, size_t column, bool any)
{
	calm_share share = {0};

	for (size_t i = 0; i < CELLS; i += work->every) {
		const calm_cell c = cell_of(i);
		uint32_t swung = 0;
		if (!any && (c.panel != panel || c.row != row || c.column != column))
			continue;
		for (size_t seed = 0; seed < SEEDS; seed++) {
			const calm_run *run = &work->runs[(law * CELLS + i) * SEEDS + seed];
			share.runs++;
			swung += run->turns > TURNS_CALM;
			share.most = run->turns > share.most ? run->turns : share.most;
		}
		share.swung += swung;
		share.cells++;
		share.cells_swung += 2 * swung > SEEDS;
	}
	return share;
}

static double percent(uint32_t part, uint32_t whole)
{
	return whole > 0 ? 100.0 * part / whole : 0;
}

static void draw_panel(FILE *out, const calm_work *work, size_t law, size_t panel)
{
	const size_t x0 = 60 + panel * 180, y0 = 60 + law * 190;

	fprintf(out, "<text x=\"%zu\" y=\"%zu\">delay %d, %s</text>\n", x0, y0 - 8, delays[panel % N(delays)],
	        panel >= N(delays) ? "lots to rent" : "no lots");
	for (size_t row = 0; row < N(lags); row++) {
		if (panel == 0)
			fprintf(out, "<text x=\"52\" y=\"%zu\" text-anchor=\"end\">%d</text>\n", y0 + row * 22 + 15, lags[row]);
		for (size_t column = 0; column < N(elasticities); column++) {
			calm_share s = share_of(work, law, panel, row, column, false);
			double p = percent(s.swung, s.runs);
			fprintf(out,
			        "<rect x=\"%zu\" y=\"%zu\" width=\"21\" height=\"21\" fill=\"rgb(%d,%d,%d)\"><title>%s, elasticity "
			        "%g, lag %d: "
			        "%u of %u runs swing</title></rect>\n",
			        x0 + column * 22, y0 + row * 22, (int)(226 - 0.1 * p), (int)(238 - 1.9 * p), (int)(229 - 1.9 * p),
			        laws[law], elasticities[column], lags[row], s.swung, s.runs);
			if (s.swung > 0)
				fprintf(out, "<text x=\"%zu\" y=\"%zu\" text-anchor=\"middle\">%.0f</text>\n", x0 + column * 22 + 10,
				        y0 + row * 22 + 15, p);
		}
	}
	for (size_t column = 0; column < N(elasticities); column++)
		fprintf(out, "<text x=\"%zu\" y=\"%zu\" text-anchor=\"middle\">%g</text>\n", x0 + column * 22 + 10,
		        y0 + N(lags) * 22 + 13, elasticities[column]);
}

static void draw(FILE *out, const calm_work *work)
{
	fprintf(out, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 1150 420\" font-family=\"sans-serif\" "
	             "font-size=\"11\">\n<rect width=\"1150\" height=\"420\" fill=\"white\"/>\n");
	for (size_t law = 0; law < N(laws); law++) {
		fprintf(
		    out,
		    "<text x=\"60\" y=\"%zu\" font-weight=\"bold\">%s: percent of runs that swing, by elasticity (across) and "
		    "response lag in periods (down)</text>\n",
		    30 + law * 190, laws[law]);
		for (size_t panel = 0; panel < RENTS * N(delays); panel++)
			draw_panel(out, work, law, panel);
	}
	fprintf(out, "</svg>\n");
}

static void tell(FILE *out, const calm_work *work)
{
	fprintf(out,
	        "# Is the loop calm?\n\nMade by `build/release/tests/sim/calm/calm docs`; not written by hand.\n\n"
	        "Two laws through the real engine over the market's plant: %zu cells of buyers with %d seeds each. True "
	        "elasticity "
	        "0.3 to 6, the law told half, all or twice of it (within what it may be told) and the true response lag; "
	        "delay 0 to 3 periods, lag 0 to 200 "
	        "periods of ten minutes; with and without lots to rent. Demand is flat with %u %% of white noise and steps "
	        "by up to 30 %% "
	        "after 14 of 42 days. A run swings where the price turned more than twice and went back by more than 0.5 "
	        "%% each "
	        "time; a cell where most of its seeds do. Loop health is on, with its defaults.\n\n"
	        "| law | runs | swing | of runs | of cells | most turns of a run |\n|---|---|---|---|---|---|\n",
	        (CELLS + work->every - 1) / work->every, SEEDS, work->noise);
	for (size_t law = 0; law < N(laws); law++) {
		calm_share s = share_of(work, law, 0, 0, 0, true);
		fprintf(out, "| `%s` | %u | %u | %.2f %% | %.2f %% | %u |\n", laws[law], s.runs, s.swung,
		        percent(s.swung, s.runs), percent(s.cells_swung, s.cells), s.most);
	}
	fprintf(out, "\n![share of runs that swing](calm.svg)\n");
}

static bool calm_write(const char *folder, const char *name, void (*write)(FILE *, const calm_work *),
                       const calm_work *work)
{
	char path[512];
	FILE *out;

	snprintf(path, sizeof path, "%s/%s", folder, name);
	out = fopen(path, "w");
	if (out == NULL)
		return false;
	write(out, work);
	return fclose(out) == 0;
}

static void calm_show(void *context, uint32_t done)
{
	static uint32_t shown;

	(void)context;
	if (done >= shown + 50) {
		shown = done;
		fprintf(stderr, "%u cells\n", done);
	}
}

int main(int argc, char **argv)
{
	calm_work work = {.every = 1, .noise = 1};
	const char *folder = argv[argc - 1];
	sp_message message = {""};

	for (int i = 1; i + 2 < argc; i += 2) {
		uint32_t *option = strcmp(argv[i], "--every") == 0   ? &work.every
		                   : strcmp(argv[i], "--noise") == 0 ? &work.noise
		                                                     : NULL;
		if (option != NULL)
			*option = (uint32_t)atoi(argv[i + 1]);
	}
	if (argc % 2 != 0 || work.every == 0 || work.noise > 50) {
		fprintf(stderr, "usage: calm [--every N] [--noise PERCENT] FOLDER\n");
		return 2;
	}
	work.runs = sp_crew_memory(N(laws) * CELLS * SEEDS * sizeof *work.runs);
	const sp_crew crew = {.n_pieces = (uint32_t)((CELLS + work.every - 1) / work.every),
	                      .jobs = 2,
	                      .work = calm_piece,
	                      .show = calm_show,
	                      .context = &work};
	if (work.runs == NULL || sp_crew_run(&crew, &message) != SP_OK) {
		fprintf(stderr, "calm: %s\n", message.text);
		return 1;
	}
	if (!calm_write(folder, "calm.md", tell, &work) || !calm_write(folder, "calm.svg", draw, &work)) {
		perror(folder);
		return 1;
	}
	tell(stdout, &work);
	return 0;
}
