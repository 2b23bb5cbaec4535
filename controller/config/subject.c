/* subject.c - names: who took one, where, and who may not take it again (R21). */
#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "controller/config/complaint.h"
#include "controller/config/reading.h"

char *sp_place_words(const sp_config *config, sp_place place, char words[160])
{
	if (place.row)
		snprintf(words, 160, "%.120s, row %u", config->sheet_name, place.row);
	else
		snprintf(words, 160, "line %u", sp_spot_line(place.spot));
	return words;
}

void sp_place_say(sp_config *config, sp_place place, const char *key, const char *format, ...)
{
	char text[SP_MESSAGE_MAX - 300];
	sp_spot at = key ? sp_spot_find(place.spot, key) : place.spot;
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (place.row)
		sp_sheet_say(&config->sheet, place.row, key && strcmp(key, "id") == 0 ? "sku" : key, "%s", text);
	else
		sp_say(sp_spot_there(at) ? at : place.spot, "%s", text);
}

static const char *subject_word(uint32_t type)
{
	static const char *const words[SP_SUBJECT_TYPES] = {"pool", "lot", "family", "SKU"};

	SP_ASSERT(type < SP_SUBJECT_TYPES);
	return words[type];
}

static void subject_say_taken(sp_config *config, uint32_t slot, sp_subject subject, sp_place place, const char *key)
{
	const char *name = sp_ids_name(config->names, slot);
	char words[160];

	sp_place_words(config, config->places[slot], words);
	if (config->subjects[slot].type == subject.type)
		sp_place_say(config, place, key, "%.*s is given twice, first at %s: keep one", SP_QUOTE(strlen(name), name),
		             words);
	else
		sp_place_say(
		    config, place, key,
		    "%.*s already names a %s, at %s: pools, lots (as pool:lot), families and SKUs share one set of names",
		    SP_QUOTE(strlen(name), name), subject_word(config->subjects[slot].type), words);
}

bool sp_subject_claim(sp_config *config, sp_subject subject, const char *name, sp_place place, const char *key,
                      uint32_t *slot)
{
	uint32_t known = sp_ids_count(config->names), got;
	sp_status status = sp_ids_add(config->names, name, strlen(name), &got);

	if (status != SP_OK) {
		SP_ASSERT(status == SP_E_MEMORY || status == SP_E_SYNTAX);
		config->no_memory = config->no_memory || status == SP_E_MEMORY;
		if (status == SP_E_SYNTAX)
			sp_place_say(config, place, key, "pool:lot is longer than %d bytes: shorten one of the two", SP_ID_MAX);
		return false;
	}
	if (got < known) {
		subject_say_taken(config, got, subject, place, key);
		return false;
	}
	config->subjects[got] = subject;
	config->places[got] = place;
	*slot = got;
	return true;
}
