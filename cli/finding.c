/* finding.c - see finding.h. */
#include "cli/finding.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "cli/wrap.h"

#define LEVEL_COLUMNS 6
#define ABOUT_COLUMNS 15

static const char *const level_names[SP_FINDING_LEVELS] = {"ok", "warn", "bad"};

void sp_findings_fini(sp_findings *findings)
{
	for (size_t i = 0; i < findings->n; i++) {
		free(findings->list[i].text);
		free(findings->list[i].cure);
	}
	free(findings->list);
	*findings = (sp_findings){0};
}

static sp_finding *next_finding(sp_findings *findings)
{
	if (findings->n == findings->room) {
		size_t room = findings->room ? 2 * findings->room : 16;
		sp_finding *list = realloc(findings->list, room * sizeof *list);
		if (!list)
			return NULL;
		findings->list = list;
		findings->room = room;
	}
	return &findings->list[findings->n];
}

void sp_finding_add(sp_findings *findings, sp_finding_level level, const char *about, const char *cure,
                    const char *format, ...)
{
	sp_finding *finding = next_finding(findings), made = {.level = level, .about = about, .cure = strdup(cure)};
	va_list arguments;
	int written;

	SP_ASSERT(level < SP_FINDING_LEVELS && about && cure);
	va_start(arguments, format);
	written = vasprintf(&made.text, format, arguments);
	va_end(arguments);
	if (finding && made.cure && written >= 0) {
		*finding = made;
		findings->n++;
		return;
	}
	findings->failed = true;
	free(made.cure);
	if (written >= 0)
		free(made.text);
}

sp_finding_level sp_findings_worst(const sp_findings *findings)
{
	sp_finding_level worst = SP_FINDING_OK;

	for (size_t i = 0; i < findings->n; i++)
		worst = findings->list[i].level > worst ? findings->list[i].level : worst;
	return worst;
}

void sp_findings_words(const sp_findings *findings, const sp_screen *screen, FILE *out)
{
	static const sp_colour colours[SP_FINDING_LEVELS] = {SP_COLOUR_GREEN, SP_COLOUR_YELLOW, SP_COLOUR_RED};
	const int at = LEVEL_COLUMNS + ABOUT_COLUMNS;

	for (size_t i = 0; i < findings->n; i++) {
		const sp_finding *finding = &findings->list[i];
		fprintf(out, "%s%-*s%s%-*s", sp_screen_paint(screen, colours[finding->level]), LEVEL_COLUMNS,
		        level_names[finding->level], sp_screen_paint(screen, SP_COLOUR_PLAIN), ABOUT_COLUMNS, finding->about);
		sp_wrap_line(out, screen, finding->text, at, at);
		if (!finding->cure[0])
			continue;
		fprintf(out, "%*s%s ", at, "", sp_screen_pick(screen, "→", "->"));
		sp_wrap_line(out, screen, finding->cure, at + (screen->utf8 ? 2 : 3), at + (screen->utf8 ? 2 : 3));
	}
}

void sp_findings_json(const sp_findings *findings, FILE *out)
{
	json_t *list = json_array(), *whole;

	for (size_t i = 0; i < findings->n; i++) {
		const sp_finding *finding = &findings->list[i];
		json_array_append_new(list, json_pack("{s:s,s:s,s:s,s:s}", "level", level_names[finding->level], "about",
		                                      finding->about, "text", finding->text, "cure", finding->cure));
	}
	whole = json_pack("{s:s,s:s,s:o}", "schema", "setpoint.doctor/v1", "worst",
	                  level_names[sp_findings_worst(findings)], "findings", list);
	json_dumpf(whole, out, JSON_INDENT(2));
	putc('\n', out);
	json_decref(whole);
}
