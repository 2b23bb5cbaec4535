/* view.h - a scene with all of its pools looked at. */
#ifndef SP_CLI_VIEW_H
#define SP_CLI_VIEW_H

#include "cli/stock.h"

typedef struct sp_view {
	sp_scene scene;
	sp_beliefs beliefs;
	sp_stock *stocks; /* owned; by pool */
	uint32_t n_stocks;
} sp_view;

/* sp_view_open - in  measured: a calibration's file, or NULL (beliefs.h). Complains on stderr; close it whatever the answer, and do not move
 * it meanwhile: its parts point to one another. */
sp_exit sp_view_open(const sp_scene_asked *asked, const char *measured, sp_view *view);
void sp_view_close(sp_view *view);

/* sp_view_stock - the pool of a pool, family or SKU, by its type and slot. */
const sp_stock *sp_view_stock(const sp_view *view, uint32_t type, uint32_t slot);

/* sp_view_find - a pool, family or SKU by its id; SP_EXIT_NEGATIVE with the nearest one on stderr. */
sp_exit sp_view_find(const sp_view *view, const char *id, sp_subject *subject);

#endif
