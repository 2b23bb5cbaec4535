/* sku.c - SKUs, from the sheet's rows and from entries, and the families that they name. */
#include <string.h>

#include "base/assert.h"
#include "controller/config/complaint.h"
#include "controller/config/reading.h"
#include "controller/config/unit.h"

/* --- families by name --- */

/* The family's subject slot, drafted at its first mention; SP_NO_SLOT after a complaint. */
static uint32_t family_draft(sp_config *config, const char *id, sp_place place, const char *key)
{
	sp_subject subject = {SP_SUBJECT_FAMILY, config->setup.n_families};
	uint32_t slot = sp_ids_find(config->names, id, strlen(id));

	if (slot != SP_NO_SLOT && config->subjects[slot].type == SP_SUBJECT_FAMILY)
		return slot;
	if (!sp_subject_claim(config, subject, id, place, key, &slot))
		return SP_NO_SLOT;
	config->drafts[config->setup.n_families++] = (sp_family_draft){sp_ids_name(config->names, slot), slot, SP_NO_SLOT};
	return slot;
}

/* --- one SKU --- */

/* The engine's word for none is 0. */
static void sku_without(sp_sku_setup *sku)
{
	sp_money *moneys[] = {&sku->variable_cost, &sku->floor, &sku->ceiling};

	for (size_t i = 0; i < sizeof(moneys) / sizeof(moneys[0]); i++)
		if (moneys[i]->nano == SP_PARAM_NONE)
			moneys[i]->nano = 0;
}

static bool sku_is_measured(const sp_sku_setup *sku)
{
	return sku->weight_low > 0 || sku->weight_high > 0;
}

/* Relations that no single row can say. */
static bool sku_check(sp_config *config, const sp_sku_setup *sku, sp_place place)
{
	char text[SP_DECIMAL_TEXT_MAX], other[SP_DECIMAL_TEXT_MAX];

	if (sku->grid.nano > sku->sheet.nano)
		sp_place_say(config, place, "grid_usd", "a grid of %s is coarser than the price of %s: write a finer one",
		             sp_decimal_format_short(sku->grid.nano, text), sp_decimal_format_short(sku->sheet.nano, other));
	else if (sku->sheet.nano % sku->grid.nano != 0)
		sp_place_say(config, place, "usd",
		             "%s is no multiple of the grid of %s: round the price, or write a finer grid",
		             sp_decimal_format_short(sku->sheet.nano, text), sp_decimal_format_short(sku->grid.nano, other));
	else if (sku->ceiling.nano > 0 && sku->floor.nano > sku->ceiling.nano)
		sp_place_say(config, place, "ceiling_usd", "the ceiling of %s lies below the floor of %s: swap or widen them",
		             sp_decimal_format_short(sku->ceiling.nano, text), sp_decimal_format_short(sku->floor.nano, other));
	else if (sku_is_measured(sku) && !(sku->weight_low <= sku->weight && sku->weight <= sku->weight_high))
		sp_place_say(config, place, "weight_high",
		             "the weight of %g is not between %g and %g: write both ends as calibrate gives them, or neither",
		             sku->weight, sku->weight_low, sku->weight_high);
	else
		return true;
	return false;
}

/* Claims the SKU's name and takes it in; `sku` has all but its slots. */
static void sku_take(sp_config *config, const sp_sku_setup *sku, uint32_t family, sp_place place)
{
	sp_sku_setup *taken = &config->skus[config->setup.n_skus];
	sp_subject subject = {SP_SUBJECT_SKU, config->setup.n_skus};
	uint32_t slot;

	if (!sp_subject_claim(config, subject, sku->id, place, "id", &slot))
		return;
	*taken = *sku;
	taken->id = sp_ids_name(config->names, slot);
	taken->subject = slot;
	taken->family = family; /* by subject, until families are sorted */
	config->setup.n_skus++;
}

/* --- from the sheet --- */

static bool cell_is_id(sp_config *config, const sp_sheet_row *row, uint32_t column)
{
	const sp_cell *cell = &row->cells[column];

	if (sp_id_check(cell->text, cell->n) == SP_OK)
		return true;
	if (cell->n == 0)
		sp_sheet_say(&config->sheet, row->line, sp_column_name(column), "empty: give it a name");
	else
		sp_sheet_say(&config->sheet, row->line, sp_column_name(column),
		             "\"%.*s\" is not a name: 1 to %d of A-Z a-z 0-9 . _ : / @ + -", SP_QUOTE(cell->n, cell->text),
		             SP_ID_MAX);
	return false;
}

static bool row_params(sp_config *config, const sp_sheet_row *row, sp_sku_setup *sku, uint32_t *given)
{
	bool good = true;
	sp_message message;

	sp_params_init(sp_sku_params, sp_sku_n_params, sku);
	for (uint32_t i = 0; i < sp_sku_n_params; i++) {
		const sp_cell *cell = &row->cells[SP_COLUMN_PARAMS + i];
		if (!cell->text || (cell->n == 0 && sp_sku_params[i].initial))
			continue;
		if (sp_param_parse(&sp_sku_params[i], cell->text, cell->n, sku, &message) != SP_OK) {
			sp_sheet_say(&config->sheet, row->line, sp_sku_params[i].key, "%s", message.text);
			good = false;
		}
		*given |= UINT32_C(1) << i;
	}
	sku_without(sku);
	return good;
}

static bool row_unit(sp_config *config, const sp_sheet_row *row, sp_sku_setup *sku)
{
	const sp_cell *cell = &row->cells[SP_COLUMN_UNIT];
	sp_message message;

	if (sp_unit_parse(cell->text, cell->n, &sku->quantity, &message) == SP_OK)
		return true;
	sp_sheet_say(&config->sheet, row->line, "unit", "%s", message.text);
	return false;
}

static void sku_of_row(sp_config *config, const sp_sheet_row *row)
{
	sp_place place = {{config->file, 0}, row->line, 0};
	sp_sku_setup sku = {0};
	uint32_t family = SP_NO_SLOT;
	bool good = cell_is_id(config, row, SP_COLUMN_SKU);

	if (cell_is_id(config, row, SP_COLUMN_FAMILY))
		family = family_draft(config, row->cells[SP_COLUMN_FAMILY].text, place, "family");
	good = family != SP_NO_SLOT && good;
	good = cell_is_id(config, row, SP_COLUMN_METER) && good;
	good = row_unit(config, row, &sku) && good;
	good = row_params(config, row, &sku, &place.given) && good;
	if (!good) {
		config->sheet.whole = false;
		return;
	}
	sku.id = row->cells[SP_COLUMN_SKU].text;
	sku.meter = row->cells[SP_COLUMN_METER].text;
	sku.unit = row->cells[SP_COLUMN_UNIT].text;
	if (sku_check(config, &sku, place))
		sku_take(config, &sku, family, place);
}

static void skus_of_sheet(sp_config *config)
{
	sp_sheet_row row;

	while (!config->no_memory && sp_sheet_next(&config->sheet, &row))
		sku_of_row(config, &row);
}

/* --- from entries --- */

static void sku_of_spot(sp_config *config, uint32_t family, sp_spot spot)
{
	sp_sku_setup sku = {0};
	sp_rows rows = sp_shape_rows(&sp_shape_sku);
	sp_spot from[SP_ROWS_MAX] = {{NULL, 0}};
	sp_place place = {spot, 0, 0};
	sp_message message;
	size_t n;
	bool good;

	sku.unit = sp_spot_text(sp_spot_find(spot, "unit"), &n);
	good = sp_unit_parse(sku.unit, n, &sku.quantity, &message) == SP_OK;
	sku.meter = sp_spot_text(sp_spot_find(spot, "meter"), &n);
	good = sp_id_check(sku.meter, n) == SP_OK && good;
	sku.id = sp_spot_text(sp_spot_find(spot, "id"), &n);
	good = sp_id_check(sku.id, n) == SP_OK && good;
	sp_params_init(rows.list, rows.n, &sku);
	sp_rows_bind(&rows, spot, &sku, from);
	sku_without(&sku);
	for (size_t i = 0; i < rows.n; i++) {
		good = good && (rows.list[i].initial || sp_spot_there(from[i]));
		place.given |= sp_spot_there(from[i]) ? UINT32_C(1) << i : 0;
	}
	if (!good || sp_spot_said(spot)) /* the check of shapes has said why */
		return;
	if (sku_check(config, &sku, place))
		sku_take(config, &sku, family, place);
}

static void skus_of_entry(sp_config *config, const sp_entry *entry)
{
	sp_spot skus = sp_spot_find(entry->spot, "skus");
	uint32_t known = sp_ids_find(config->names, entry->id, strlen(entry->id)), family;
	char words[160];

	if (!sp_spot_is_list(skus))
		return;
	if (sp_spot_count(skus) == 0) {
		sp_say(skus, "no SKU: give at least one, with id, meter, unit, usd and weight");
		return;
	}
	if (known != SP_NO_SLOT && config->subjects[known].type == SP_SUBJECT_FAMILY) {
		sp_say(skus, "this family's SKUs are given already, at %s: keep them in one place",
		       sp_place_words(config, config->places[known], words));
		return;
	}
	family = family_draft(config, entry->id, (sp_place){entry->spot, 0, 0}, "id");
	for (size_t i = 0; family != SP_NO_SLOT && i < sp_spot_count(skus); i++)
		sku_of_spot(config, family, sp_spot_item(skus, i));
}

void sp_skus_read(sp_config *config)
{
	SP_ASSERT(config->setup.n_skus == 0 && config->setup.n_families == 0);
	if (config->sheet.cells)
		skus_of_sheet(config);
	for (uint32_t i = 0; i < config->n_entries; i++) {
		if (config->entries[i].id)
			skus_of_entry(config, &config->entries[i]);
	}
}
