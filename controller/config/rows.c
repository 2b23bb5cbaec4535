/* rows.c - binding by rows. There is no other reader of values in this room. */
#include "controller/config/rows.h"

#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "controller/config/complaint.h"

sp_row_match sp_rows_find(const sp_rows *rows, const char *prefix, const char *key, size_t n, size_t *at)
{
	size_t skip = strlen(prefix);

	for (size_t i = 0; i < rows->n; i++) {
		const char *row = rows->list[i].key;
		if (strncmp(row, prefix, skip) != 0 || strncmp(row + skip, key, n) != 0 || memchr(key, '.', n))
			continue;
		if (row[skip + n] == '\0' || row[skip + n] == '.') {
			*at = i;
			return row[skip + n] == '.' ? SP_ROW_GROUP : SP_ROW_EXACT;
		}
	}
	return SP_ROW_NONE;
}

bool sp_row_read(const sp_param *row, sp_spot value, void *record)
{
	sp_message message = {""};
	const char *text;
	bool none;
	size_t n;

	if (sp_spot_said(value))
		return false;
	if (!sp_spot_is_text(value)) {
		sp_say(value, "expected one value%s%s, not keys or a list", row->initial ? ", such as " : "",
		       row->initial ? row->initial : "");
		return false;
	}
	text = sp_spot_text(value, &n);
	none = row->initial && strcmp(row->initial, "none") == 0 && n == 4 && memcmp(text, "none", 4) == 0;
	if (row->type == SP_PARAM_MONEY && sp_spot_is_plain(value) && n > 0 && !none) {
		sp_say(value, "money is a quoted decimal: write \"%.*s\"", SP_QUOTE(n, text));
		return false;
	}
	if (sp_param_parse(row, text, n, record, &message) != SP_OK) {
		sp_say(value, "%s", message.text);
		return false;
	}
	return true;
}

static void rows_bind(const sp_rows *rows, const char *prefix, sp_spot map, void *record, sp_spot *from)
{
	char deeper[SP_PREFIX_MAX];
	size_t n, at;

	for (size_t i = 0; i < sp_spot_count(map); i++) {
		const char *key = sp_spot_text(sp_spot_key(map, i), &n);
		sp_spot value = sp_spot_value(map, i);
		switch (sp_rows_find(rows, prefix, key, n, &at)) {
		case SP_ROW_EXACT:
			if (sp_row_read(&rows->list[at], value, record) && from)
				from[at] = value;
			break;
		case SP_ROW_GROUP:
			snprintf(deeper, sizeof(deeper), "%s%.*s.", prefix, (int)n, key);
			if (sp_spot_is_map(value))
				rows_bind(rows, deeper, value, record, from);
			break;
		case SP_ROW_NONE:
			break;
		}
	}
}

void sp_rows_bind(const sp_rows *rows, sp_spot map, void *record, sp_spot *from)
{
	SP_ASSERT(rows->n <= SP_ROWS_MAX && record);
	if (sp_spot_is_map(map))
		rows_bind(rows, "", map, record, from);
}
