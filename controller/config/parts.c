/* parts.c - see parts.h. */
#include "controller/config/parts.h"

#include <string.h>

#include "base/assert.h"
#include "controller/config/complaint.h"
#include "policies/price/blend.h"

bool sp_parts_taken(const sp_method *method)
{
	return method->law && method->law->params_size == sizeof(sp_blend) && strcmp(method->name, "blend") == 0;
}

static bool part_law(sp_spot item, sp_method *method)
{
	size_t n;
	const char *name = sp_spot_text(sp_spot_find(item, "use"), &n);

	return sp_method_find(SP_METHOD_LAW, name, n, method);
}

static void part_bind(sp_spot item, sp_blend *blend)
{
	const sp_rows own = {sp_blend_part_params, sp_blend_part_n_params};
	sp_blend_part *part = &blend->parts[blend->n];
	sp_message message = {""};
	sp_method method;

	if (!part_law(item, &method)) /* complained about by the check of shapes */
		return;
	if (sp_blend_set(part, method.law, &message) != SP_OK) {
		sp_say(sp_spot_find(item, "use"), "%s", message.text);
		return;
	}
	blend->n++;
	sp_params_init(own.list, own.n, part);
	sp_rows_bind(&own, item, part, NULL);
	sp_rows_bind(&method.rows, item, part->params, NULL);
}

void sp_parts_bind(sp_spot block, void *params)
{
	sp_spot list = sp_spot_find(block, SP_BLEND_LAWS);
	sp_blend *blend = params;

	SP_ASSERT(params);
	if (!sp_spot_is_list(list))
		return;
	memset(blend->parts, 0, sizeof blend->parts);
	blend->n = 0;
	for (size_t i = 0; i < sp_spot_count(list) && blend->n < SP_BLEND_PARTS; i++)
		part_bind(sp_spot_item(list, i), blend);
}

bool sp_parts_whole(sp_spot list, const void *params)
{
	const sp_blend *blend = params;

	return !sp_spot_there(list) || (!sp_spot_said(list) && blend->n == sp_spot_count(list));
}

void sp_part_rows_of(const sp_method *method, sp_part_rows *rows)
{
	rows->n = 0;
	for (size_t i = 0; i < sp_blend_part_n_params; i++)
		rows->list[rows->n++] = sp_blend_part_params[i];
	for (size_t i = 0; i < method->rows.n && rows->n < SP_ROWS_MAX; i++)
		rows->list[rows->n++] = method->rows.list[i];
}
