/* bars.h - amounts one below the other, each from where the last one ended: aligned, and as floating bars where asked for. */
#ifndef SP_CLI_BARS_H
#define SP_CLI_BARS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "cli/screen.h"

typedef struct sp_bar {
	const char *name;
	int64_t from_nano, to_nano; /* shown: the difference */
	bool total;                 /* stands on 0, in bold: its from_nano is 0 */
} sp_bar;

/* sp_bars_draw - a line each: name, USD with nine places, and with `drawn` a bar. */
void sp_bars_draw(const sp_bar *bars, size_t n, bool drawn, const sp_screen *screen, FILE *out);

#endif
