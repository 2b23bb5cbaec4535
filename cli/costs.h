/* costs.h - costs of a scene for a person and as JSON: tables, the waterfall of one, and what is not known with what to do about it. */
#ifndef SP_CLI_COSTS_H
#define SP_CLI_COSTS_H

#include <jansson.h>

#include "cli/costing.h"
#include "cli/screen.h"
#include "cli/view.h"

#define SP_COSTS_TEXT_MAX 64

/* A cost for the eye: six places, nine where it is small, none for 0. */
char *sp_costs_usd(double usd, char text[SP_COSTS_TEXT_MAX]);

/* Of a scene that is a configuration alone; sp_costs_when says it where no word stands before. */
#define SP_COSTS_CONFIGURED "nothing is measured, all is as configured"

/* "as of 2026-11-25 00:00, from day.db; sold over the 1 d before", with a word before it. */
void sp_costs_when(const char *before, const sp_scene *scene, const sp_screen *screen, FILE *out);

/* sp_costs_list - a row each; what most have alike is said once below. SP_E_MEMORY */
sp_status sp_costs_list(const sp_costing *costings, size_t n, const sp_screen *screen, FILE *out);

/* sp_costs_one - its three costs with their bands, and its waterfall, drawn where asked for. SP_E_MEMORY */
sp_status sp_costs_one(const sp_stock *stock, const sp_costing *costing, bool drawn, const sp_screen *screen,
                       FILE *out);

/* sp_costs_lacks - what is not known, each once with its cure and the pools that it is of; nothing where all is known. lacks: by pool */
void sp_costs_lacks(const sp_view *view, const uint32_t *lacks, const sp_screen *screen, FILE *out);

/* The same as JSON: an object of a costing, a list of lacks, an amount; each the caller's. */
json_t *sp_costs_json(const sp_costing *costing);
json_t *sp_costs_lacks_json(const sp_stock *stock, uint32_t lacks);
json_t *sp_costs_money_json(int64_t nano);

#endif
