/* reference.c - docs/config.md, from the tables that read a configuration. Nobody edits that page. */
#include <string.h>

#include "base/assert.h"
#include "base/signal.h"
#include "controller/config/builtin.h"
#include "controller/config/config.h"
#include "controller/config/live.h"
#include "controller/config/parts.h"
#include "controller/config/shape.h"
#include "controller/config/sheet.h"
#include "controller/config/tree.h"
#include "controller/config/words.h"
#include "controller/engine/setup.h"
#include "policies/price/blend.h"

static const char reference_head[] =
    "# Configuration\n"
    "\n"
    "Generated from the parameter rows: change those, then run the test `config_reference` with `SETPOINT_UPDATE=1`.\n"
    "A configuration is one YAML file and, for more than a few SKUs, one price sheet (CSV). `setpoint config check "
    "FILE`\n"
    "names every error at its line and column; `setpoint config show FILE` gives every value with where it came from.\n"
    "Editors complete and check by `docs/config.schema.json`.\n"
    "\n"
    "## How values are written\n"
    "\n"
    "- A **duration** has its unit: `500ms`, `30s`, `5m`, `1h30m`, `30d`, `2w`.\n"
    "- A **percentage** is `5%`, or the fraction `0.05`.\n"
    "- **Money** is a quoted decimal in USD, exact to 10^-9: `\"2.10\"`. An unquoted number is refused, because what "
    "wrote it may\n"
    "  have held a float. In the price sheet plain decimals are right.\n"
    "- A **date or time** is `2027-03-01` (midnight UTC) or `2027-03-01T12:00:00Z`, with `+02:00` for another zone.\n"
    "- A **name** has 1 to 128 of `A-Z a-z 0-9 . _ : / @ + -`. Pools, lots (as `pool:lot`), families and SKUs share "
    "one set of\n"
    "  names: no two may be equal.\n"
    "- In a **pattern** `*` stands for any run of characters, `/` included; it matches from the first to the last. "
    "Quote it.\n"
    "- A **unit** is `[number][k|M|G] noun`: `1M tokens`, `1k images`, `GPU-second`.\n"
    "- Unknown keys, keys given twice, anchors, aliases and tags are refused: every value stands in one place.\n"
    "\n"
    "## Which value wins\n"
    "\n"
    "For a family: built-in < built-in profile < `defaults` < the profile of that name under `profiles` < the entries "
    "of\n"
    "`families` that match it, in order. Its profile's name is settled first: the last that gives one. Mappings merge "
    "key by\n"
    "key, lists replace, and another `policy.use` drops the earlier law's parameters. For a pool: built-in < the top "
    "level's\n"
    "`clocks` and `estimators` < the pool's own.\n";

/* --- tables --- */

static void reference_table(FILE *out)
{
	fputs("\n| key | expects | unless given | |\n|---|---|---|---|\n", out);
}

/* " of capacity" or " (GPUs)"; a duration's unit is in its text, and 1 is none. */
static void reference_unit(const sp_param *row, FILE *out)
{
	bool silent = row->type == SP_PARAM_SPAN || row->unit[0] == '\0' || strcmp(row->unit, "1") == 0;

	if (!silent)
		fprintf(out, strncmp(row->unit, "of ", 3) == 0 ? " %s" : " (%s)", row->unit);
}

static void reference_row(const sp_param *row, FILE *out)
{
	char words[SP_WORDS_MAX];

	fprintf(out, "| `%s` | %s", row->key, sp_row_words(row, words));
	reference_unit(row, out);
	fprintf(out, row->initial ? " | `%s` | " : " | **%s** | ", row->initial ? row->initial : "required");
	fprintf(out, "%s |\n", row->help);
}

static void reference_rows(const sp_rows *rows, FILE *out)
{
	for (size_t i = 0; i < rows->n; i++)
		reference_row(&rows->list[i], out);
}

static void reference_key(const sp_key *key, FILE *out)
{
	bool code = key->initial && key->type != SP_KEY_LAW && key->type != SP_KEY_MAP;
	const char *initial = key->initial ? key->initial : key->required ? "**required**" : "";

	fprintf(out, "| `%s` | %s%s%s%s | %s%s%s | %s |\n", key->key, sp_key_words(key->type), key->example ? ": `" : "",
	        key->example ? key->example : "", key->example ? "`" : "", code ? "`" : "", initial, code ? "`" : "",
	        key->help);
}

static void reference_shape(const sp_shape *shape, FILE *out)
{
	sp_rows rows = sp_shape_rows(shape);

	fprintf(out, "\n## %s\n\n%s\n", shape->title, shape->help);
	reference_table(out);
	for (size_t i = 0; i < shape->n_keys; i++)
		reference_key(&shape->keys[i], out);
	reference_rows(&rows, out);
}

/* --- sections that are no shape --- */

static void reference_parts(FILE *out)
{
	const sp_rows own = {sp_blend_part_params, sp_blend_part_n_params};

	fprintf(out,
	        "| `%s` | a list of 2 to %d laws | **required** | The laws: each item has `use`, its parameters, and the "
	        "following. |\n",
	        SP_BLEND_LAWS, SP_BLEND_PARTS);
	reference_rows(&own, out);
}

static void reference_methods(sp_method_kind kind, FILE *out)
{
	sp_method method;

	for (size_t i = 0; sp_method_at(kind, i, &method); i++) {
		fprintf(out, "\n### `%s`\n\n%s\n\nSource: %s.\n", method.name, method.help, method.source);
		if (method.rows.n == 0)
			continue;
		reference_table(out);
		reference_rows(&method.rows, out);
		if (sp_parts_taken(&method))
			reference_parts(out);
	}
}

static void reference_profiles(FILE *out)
{
	fputs("\n## Built-in profiles\n\nThey are read like a file, before it. What they leave out starts as the tables "
	      "here say.\n\n"
	      "```yaml\n",
	      out);
	fputs(sp_builtin_text, out);
	fputs("```\n\n`announced` is for list prices: raises with 30 days' notice, cuts as proposals, at most 4 changes a "
	      "quarter (23 days\n"
	      "between them), following cost and never load. `scheduled` is for prices "
	      "by\nthe hour, from a table, told 4 hours ahead. `dynamic` is for spot, batch and internal transfer prices, "
	      "which follow\n"
	      "load within minutes.\n",
	      out);
}

static void reference_sheet(FILE *out)
{
	fputs("\n## The price sheet\n\nA CSV with a header; columns are found by name, in any order. Empty cells of "
	      "optional columns "
	      "are as if the column\nwere not there. A byte order mark, CRLF, quotes and a missing last newline are "
	      "accepted. Errors "
	      "read `file:row: column: message`;\nthe header is row 1.\n\n| column | expects | unless given | "
	      "|\n|---|---|---|---|\n"
	      "| `sku` | a new name | **required** | The SKU. |\n"
	      "| `family` | a name | **required** | The family it belongs to: a loop moves all of its prices together. |\n"
	      "| `meter` | a name | **required** | What is counted: input, output, cached, image, gpu_s, … |\n"
	      "| `unit` | a unit | **required** | What one price buys. |\n",
	      out);
	for (size_t i = 0; i < sp_sku_n_params; i++)
		reference_row(&sp_sku_params[i], out);
}

static void reference_kinds(FILE *out)
{
	static const char *const subjects[SP_SUBJECT_TYPES] = {"pool", "lot", "family", "SKU"};

	fputs("\n### Kinds\n\n| kind | of a | unit | from | to | largest jump | confirmed by "
	      "|\n|---|---|---|---|---|---|---|\n",
	      out);
	for (size_t i = 0; i < SP_SIGNAL_KINDS; i++) {
		const sp_kind *kind = &sp_kinds[i];
		const char *comma = "";
		fprintf(out, "| `%s` | ", kind->name);
		for (unsigned t = 0; t < SP_SUBJECT_TYPES; t++) {
			if (!(kind->subjects >> t & 1))
				continue;
			fprintf(out, "%s%s", comma, subjects[t]);
			comma = ", ";
		}
		fprintf(out, " | %s | %g | %g |", kind->unit, kind->min, kind->max);
		if (kind->jump > 0)
			fprintf(out, " x %g | %u in a row |\n", kind->jump, kind->confirm);
		else
			fputs(" any | |\n", out);
	}
}

static void reference_limits(FILE *out)
{
	const sp_guardrails plain = {0}, announced = {.notice_ns = 1};

	fprintf(out,
	        "\n## Limits\n\nA YAML file of at most %u MiB, %d levels and %d keys and values; a sheet of at most %u MiB "
	        "and %d rows; %d "
	        "blackouts.\nPrices from 1 nano-USD to 10^6 USD a unit. The first %d errors of a file are listed, the "
	        "others counted.\nGateways get all of a family's prices in one frame of at most %d, those before and those "
	        "announced included: a\nfamily has at most %u SKUs, with `notice` %u.\n",
	        SP_CONFIG_BYTES_MAX >> 20, SP_TREE_DEPTH_MAX, SP_TREE_NODES_MAX, SP_SHEET_BYTES_MAX >> 20,
	        SP_SHEET_ROWS_MAX, SP_BLACKOUTS_MAX, SP_COMPLAINTS_MAX, SP_FEED_FAMILY_PRICES_MAX,
	        SP_FEED_FAMILY_PRICES_MAX / sp_live_sku_prices(&plain),
	        SP_FEED_FAMILY_PRICES_MAX / sp_live_sku_prices(&announced));
}

void sp_config_reference(FILE *out)
{
	SP_ASSERT(out);
	fputs(reference_head, out);
	reference_shape(&sp_shape_top, out);
	reference_shape(&sp_shape_pool, out);
	reference_shape(&sp_shape_lot, out);
	reference_shape(&sp_shape_clocks, out);
	reference_shape(&sp_shape_clock, out);
	reference_shape(&sp_shape_estimators, out);
	reference_methods(SP_METHOD_ESTIMATOR, out);
	reference_shape(&sp_shape_defaults, out);
	reference_shape(&sp_shape_layer, out);
	reference_profiles(out);
	reference_shape(&sp_shape_entry, out);
	reference_shape(&sp_shape_guardrails, out);
	reference_shape(&sp_shape_loop, out);
	reference_shape(&sp_shape_experiment, out);
	fputs("\n## Laws\n\nWhat `policy: {use: …}` may name.\n", out);
	reference_methods(SP_METHOD_LAW, out);
	reference_shape(&sp_shape_sku, out);
	reference_sheet(out);
	reference_shape(&sp_shape_blackout, out);
	reference_shape(&sp_shape_kind, out);
	reference_kinds(out);
	reference_shape(&sp_shape_source, out);
	reference_shape(&sp_shape_listen, out);
	reference_shape(&sp_shape_feed, out);
	reference_shape(&sp_shape_log, out);
	reference_limits(out);
}
