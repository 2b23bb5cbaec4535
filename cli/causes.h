/* causes.h - why a unit costs something else in one scene than in another: each cause's USD, summing exactly to the change. */
#ifndef SP_CLI_CAUSES_H
#define SP_CLI_CAUSES_H

#include <jansson.h>

#include "cli/costing.h"
#include "cli/screen.h"
#include "controller/economics/cost_change.h"

/* One pool in two scenes. */
typedef struct sp_causes_pair {
	const sp_stock *from, *to;
} sp_causes_pair;

typedef struct sp_causes {
	const char *id;
	uint32_t type; /* sp_subject_type */
	char unit[SP_COSTING_UNIT_MAX];
	sp_answer answer;          /* known: what follows is */
	sp_money before, after;    /* sellable cost of the unit */
	sp_money parts[SP_CAUSES]; /* = after - before */
	bool mix_known;            /* else both sides are taken at one mix */
	bool beside_known;         /* on both sides */
	sp_money beside[SP_STEPS]; /* change of idle, credits, support and incidents, by their steps */
	sp_money booked;           /* after */
	bool sold_known;           /* after */
	double sold_per_day;
	const char **skus; /* owned; of a family: who shifted the mix */
	sp_money *shifts;  /* owned; = parts[mix]; none where no SKU can be named */
	uint32_t n_shifts;
	uint32_t lacks[2]; /* bits of sp_lack, of each side */
} sp_causes;

/* sp_causes_of - in  slots: of the same id in each scene, of the pair's pools
 * fails  SP_E_OVERFLOW, SP_E_MEMORY. Close it whatever the answer. */
sp_status sp_causes_of(const sp_causes_pair *pair, uint32_t type, const uint32_t slots[2], sp_causes *causes);
void sp_causes_close(sp_causes *causes);

/* In print: a row each with its largest cause; all of one, with bars where asked for; and as JSON, the caller's. SP_E_MEMORY. */
sp_status sp_causes_list(const sp_causes *list, size_t n, const sp_screen *screen, FILE *out);
sp_status sp_causes_one(const sp_causes *causes, bool drawn, const sp_screen *screen, FILE *out);
json_t *sp_causes_json(const sp_causes *causes);

#endif
