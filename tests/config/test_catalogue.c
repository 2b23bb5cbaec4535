/* test_catalogue.c - a whole catalogue on one page of YAML (catalogue.yaml), and how long reading takes.
 *
 * The sheet is generated: 40 models x 4 regions x 3 tiers x 5 meters = 2,400 SKUs in 480 families; then one of 100,000 SKUs in
 * 10,000 families. */
#include "tests/check/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/config/given.h"

#define YAML_LINES_MAX 150
#define READ_S_MAX     20.0 /* with sanitizers on a slow machine; without them it is well below a second */

static const char *const meters[] = {"input", "output", "cached", "image", "gpu_s"};
static const char *const units[] = {"1M tokens", "1M tokens", "1M tokens", "1k images", "3600 GPU-seconds"};
static const char *const regions[] = {"us-east", "us-west", "eu-central", "ap-south"};
static const char *const tiers[] = {"", "/batch", "/spot"};

static void sku_row(FILE *out, int model, int place, int meter)
{
	char family[100];

	snprintf(family, sizeof(family), "model-%02d/%s%s", model, regions[place / 3], tiers[place % 3]);
	fprintf(out, "%s/%s,%s,%s,%s,%d.%02d,%d\n", family, meters[meter], family, meters[meter], units[meter],
	        1 + model % 7, 10 * meter + 5, 1 + 3 * (meter == 1));
}

static char *catalogue_sheet(void)
{
	char *text;
	size_t n;
	FILE *out = open_memstream(&text, &n);

	fputs("sku,family,meter,unit,usd,weight\n", out);
	for (int model = 0; model < 40; model++) {
		for (int place = 0; place < 12; place++) {
			for (int meter = 0; meter < 5; meter++)
				sku_row(out, model, place, meter);
		}
	}
	fclose(out);
	return text;
}

static void forty_models_in_four_regions_with_five_meters_and_three_tiers_fit_one_page(void **state)
{
	size_t n, lines = 0;
	char *yaml = given_text("tests/config/catalogue.yaml", &n), *sheet = catalogue_sheet();
	sp_config *config = given_config(yaml, sheet);
	const sp_setup *s = sp_config_setup(config);
	uint32_t spot = 0;

	(void)state;
	for (size_t i = 0; i < n; i++)
		lines += yaml[i] == '\n';
	check_true(lines <= YAML_LINES_MAX);
	check_u64(s->n_skus, 40 * 4 * 5 * 3);
	check_u64(s->n_families, 40 * 4 * 3);
	check_u64(s->n_pools, 4);
	for (uint32_t i = 0; i < s->n_families; i++) {
		check_u64(s->families[i].n_skus, 5);
		spot += strcmp(s->families[i].profile, "spot") == 0;
	}
	check_u64(spot, 160);
	check_text(given_family(config, "model-07/eu-central")->law->name, "fixed");
	check_text(given_family(config, "model-08/eu-central")->law->name, "cost_plus");
	check_u64(given_family(config, "model-03/us-west/spot")->mode, SP_MODE_PROPOSE);
	check_u64(given_family(config, "model-13/us-west/spot")->mode, SP_MODE_AUTO);
	check_text(s->pools[given_family(config, "model-39/ap-south/batch")->pool].id, "ap-south/l40s");
	check_u64(given_family(config, "model-13/eu-central")->blackouts, 3);
	check_u64(given_family(config, "model-13/us-west")->blackouts, 2);
	sp_config_close(config);
	free(yaml);
	free(sheet);
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void a_hundred_thousand_skus_in_ten_thousand_families_are_read_in_seconds(void **state)
{
	char *sheet, *yaml;
	size_t n;
	FILE *out = open_memstream(&sheet, &n);
	sp_config *config;
	double start;

	(void)state;
	fputs("sku,family,meter,unit,usd,weight\n", out);
	for (int i = 0; i < 100000; i++)
		fprintf(out, "family-%05d/us/meter-%d,family-%05d/us,meter-%d,1M tokens,1.%02d,%d\n", i / 10, i % 10, i / 10,
		        i % 10, i % 100, 1 + i % 9);
	fclose(out);
	out = open_memstream(&yaml, &n);
	fputs(GIVEN_POOL "price_sheet: prices.csv\ndefaults: {pool: p}\nfamilies:\n", out);
	for (int i = 0; i < 1000; i++) /* a hundred patterns that reach everywhere, and entries by id */
		fprintf(out, i % 10 ? "  - {id: family-%05d/us, mode: propose}\n" : "  - {match: \"*%d/us\", mode: auto}\n",
		        i % 10 ? i * 9 : i / 10);
	fclose(out);
	start = seconds();
	config = given_config(yaml, sheet);
	start = seconds() - start;
	print_message("100,000 SKUs, 10,000 families, 1,000 entries: %.2f s\n", start);
	check_u64(sp_config_setup(config)->n_skus, 100000);
	check_u64(sp_config_setup(config)->n_families, 10000);
	check_true(start < READ_S_MAX);
	sp_config_close(config);
	free(sheet);
	free(yaml);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(forty_models_in_four_regions_with_five_meters_and_three_tiers_fit_one_page),
	    cmocka_unit_test(a_hundred_thousand_skus_in_ten_thousand_families_are_read_in_seconds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
