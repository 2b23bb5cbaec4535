/* test_reference.c - docs/config.md and docs/config.schema.json are what the tables say, and the tables are sound.
 *
 * With SETPOINT_UPDATE=1 the two files are written anew. */
#include "tests/check/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controller/config/builtin.h"
#include "controller/config/shape.h"
#include "tests/config/given.h"

static char *generated(void (*write)(FILE *))
{
	char *text = NULL;
	size_t n = 0;
	FILE *out = open_memstream(&text, &n);

	write(out);
	fclose(out);
	return text;
}

static void check_current(const char *path, void (*write)(FILE *))
{
	const char *update = getenv("SETPOINT_UPDATE");
	char *fresh = generated(write), *committed;
	size_t n;
	FILE *file;

	if (update && strcmp(update, "1") == 0) {
		file = fopen(path, "w");
		check_true(file != NULL);
		fputs(fresh, file);
		fclose(file);
	}
	committed = given_text(path, &n);
	if (strcmp(committed, fresh) != 0)
		print_message("%s is not current: run this test with SETPOINT_UPDATE=1\n", path);
	check_true(strcmp(committed, fresh) == 0);
	free(committed);
	free(fresh);
}

static void the_reference_is_current(void **state)
{
	(void)state;
	check_current("docs/config.md", sp_config_reference);
}

static void the_schema_is_current(void **state)
{
	(void)state;
	check_current("docs/config.schema.json", sp_config_schema);
}

/* Every key of every table, and every law and estimator with its parameters, stands on the page. */
static void the_reference_names_every_key(void **state)
{
	static const sp_shape *const shapes[] = {
	    &sp_shape_top,        &sp_shape_pool,     &sp_shape_lot,      &sp_shape_clocks, &sp_shape_clock,
	    &sp_shape_estimators, &sp_shape_layer,    &sp_shape_defaults, &sp_shape_entry,  &sp_shape_guardrails,
	    &sp_shape_sku,        &sp_shape_blackout, &sp_shape_kind,     &sp_shape_source, &sp_shape_listen,
	    &sp_shape_feed,       &sp_shape_log};
	char *page = generated(sp_config_reference), key[200];
	sp_method method;

	(void)state;
	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		sp_rows rows = sp_shape_rows(shapes[i]);
		for (size_t k = 0; k < shapes[i]->n_keys + rows.n; k++) {
			snprintf(key, sizeof(key), "| `%s` | ",
			         k < shapes[i]->n_keys ? shapes[i]->keys[k].key : rows.list[k - shapes[i]->n_keys].key);
			check_contains(page, key);
		}
	}
	for (int kind = SP_METHOD_LAW; kind <= SP_METHOD_ESTIMATOR; kind++) {
		for (size_t i = 0; sp_method_at((sp_method_kind)kind, i, &method); i++) {
			snprintf(key, sizeof(key), "### `%s`", method.name);
			check_contains(page, key);
		}
	}
	check_contains(page, sp_builtin_text);
	free(page);
}

static void the_tables_of_rows_are_sound(void **state)
{
	sp_message message;

	(void)state;
	check_status(sp_params_check(sp_setup_params, sp_setup_n_params, sizeof(sp_setup), &message), SP_OK);
	check_status(sp_params_check(sp_pool_params, sp_pool_n_params, sizeof(sp_pool_setup), &message), SP_OK);
	check_status(sp_params_check(sp_lot_params, sp_lot_n_params, sizeof(sp_lot_setup), &message), SP_OK);
	check_status(sp_params_check(&sp_lot_price, 1, sizeof(sp_lot_setup), &message), SP_OK);
	check_status(sp_params_check(sp_clock_params, sp_clock_n_params, sizeof(sp_clock_setup), &message), SP_OK);
	check_status(sp_params_check(sp_family_params, sp_family_n_params, sizeof(sp_family_setup), &message), SP_OK);
	check_status(sp_params_check(sp_guardrail_params, sp_guardrail_n_params, sizeof(sp_guardrails), &message), SP_OK);
	check_status(sp_params_check(sp_kind_params, sp_kind_n_params, sizeof(sp_kind_setup), &message), SP_OK);
	check_status(sp_params_check(sp_sku_params, sp_sku_n_params, sizeof(sp_sku_setup), &message), SP_OK);
	check_status(sp_params_check(sp_source_params, sp_source_n_params, sizeof(sp_source_setup), &message), SP_OK);
	check_status(sp_params_check(sp_live_feed_params, sp_live_feed_n_params, sizeof(sp_live), &message), SP_OK);
	check_status(sp_params_check(sp_live_log_params, sp_live_log_n_params, sizeof(sp_live), &message), SP_OK);
	check_status(sp_params_check(sp_blackout_params, sp_blackout_n_params, sizeof(sp_blackout), &message), SP_OK);
}

/* No shape has a key twice, among its own and its rows' first parts. */
static void no_shape_has_a_key_twice(void **state)
{
	static const sp_shape *const shapes[] = {&sp_shape_top,   &sp_shape_pool, &sp_shape_lot,
	                                         &sp_shape_entry, &sp_shape_sku,  &sp_shape_source};

	(void)state;
	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		sp_rows rows = sp_shape_rows(shapes[i]);
		for (size_t k = 0; k < shapes[i]->n_keys; k++) {
			size_t at;
			const char *key = shapes[i]->keys[k].key;
			check_i64(sp_rows_find(&rows, "", key, strlen(key), &at), SP_ROW_NONE);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_reference_is_current),      cmocka_unit_test(the_schema_is_current),
	    cmocka_unit_test(the_reference_names_every_key), cmocka_unit_test(the_tables_of_rows_are_sound),
	    cmocka_unit_test(no_shape_has_a_key_twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
