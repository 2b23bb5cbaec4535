/* view.c - see view.h. */
#include "cli/view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static sp_exit look(const char *measured, sp_view *view)
{
	sp_message message = {""};
	uint32_t n = view->scene.setup->n_pools;
	sp_status status = sp_beliefs_open(view->scene.setup, measured, &view->beliefs, &message);

	if (status != SP_OK)
		return sp_exit_with(status, &message);
	view->stocks = calloc((size_t)n + 1, sizeof *view->stocks);
	if (!view->stocks)
		return sp_exit_with(SP_E_MEMORY, NULL);
	for (; view->n_stocks < n && status == SP_OK; view->n_stocks++)
		status = sp_stock_open(&view->scene, &view->beliefs, view->n_stocks, &view->stocks[view->n_stocks]);
	return sp_exit_with(status, NULL);
}

sp_exit sp_view_open(const sp_scene_asked *asked, const char *measured, sp_view *view)
{
	sp_exit code;

	*view = (sp_view){0};
	code = sp_scene_open(asked, &view->scene);

	return code == SP_EXIT_OK ? look(measured, view) : code;
}

void sp_view_close(sp_view *view)
{
	for (uint32_t i = 0; i < view->n_stocks; i++)
		sp_stock_close(&view->stocks[i]);
	free(view->stocks);
	sp_beliefs_close(&view->beliefs);
	sp_scene_close(&view->scene);
	*view = (sp_view){0};
}

const sp_stock *sp_view_stock(const sp_view *view, uint32_t type, uint32_t slot)
{
	const sp_setup *setup = view->scene.setup;
	uint32_t family = type == SP_SUBJECT_SKU ? setup->skus[slot].family : slot;

	return &view->stocks[type == SP_SUBJECT_POOL ? slot : setup->families[family].pool];
}

sp_exit sp_view_find(const sp_view *view, const char *id, sp_subject *subject)
{
	const sp_setup *setup = view->scene.setup;
	uint32_t slot = sp_ids_find(setup->names, id, strlen(id));
	const char *nearest = slot == SP_NO_SLOT ? sp_ids_nearest(setup->names, id, strlen(id)) : NULL;

	if (slot != SP_NO_SLOT && setup->subjects[slot].type != SP_SUBJECT_LOT) {
		*subject = setup->subjects[slot];
		return SP_EXIT_OK;
	}
	fprintf(stderr, "setpoint: %s: no pool, family or SKU is called '%s'%s%s%s\n", view->scene.name, id,
	        nearest ? ": did you mean " : "", nearest ? nearest : "", nearest ? "?" : "");
	return SP_EXIT_NEGATIVE;
}
