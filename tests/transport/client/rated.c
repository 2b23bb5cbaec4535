/* rated.c - sp_rate over standard input, for tests that know the answer: vectors, and a twin in Python.
 *
 * A line {"prices":[{"sku","family","meter","per","usd"}, …]} sets the table; every other line is a request as `setpoint rate`
 * takes it, and is answered by one line: the total and the lines' "meter sku amount", or "unrated CODE METER". Amounts are
 * nano-USD, `per` is in millionths, `usd` in nano-USD: integers, so that nothing is read twice. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "cli/usage.h"
#include "transport/client/rate.h"

#define ROWS_MAX  256
#define LINE_SIZE (1u << 20)

static json_t *sheet; /* owns the texts of the rows */
static sp_rate_price rows[ROWS_MAX];
static const char *families[ROWS_MAX];
static size_t n_rows;

static void take_sheet(json_t *object)
{
	size_t i;
	json_t *row;

	json_decref(sheet);
	sheet = object;
	n_rows = 0;
	json_array_foreach(json_object_get(object, "prices"), i, row)
	{
		const char *meter = json_string_value(json_object_get(row, "meter"));
		sp_money usd = {json_integer_value(json_object_get(row, "usd"))};
		int64_t per = json_integer_value(json_object_get(row, "per"));
		SP_ASSERT(n_rows < ROWS_MAX);
		families[n_rows] = json_string_value(json_object_get(row, "family"));
		if (sp_rate_price_init(json_string_value(json_object_get(row, "sku")), meter, usd, per, &rows[n_rows]) != SP_OK)
			printf("refused %s\n", meter);
		else
			n_rows++;
	}
}

static void answer(const sp_usage *usage)
{
	sp_rate_price family[ROWS_MAX];
	sp_rate_usage list[SP_USAGE_METERS_MAX];
	sp_rate_request request = sp_usage_request(usage, list);
	sp_rate_table table = {family, 0};
	const char *refused = NULL;
	sp_rated rated;
	sp_rate_verdict verdict;

	for (size_t i = 0; i < n_rows; i++)
		if (strcmp(families[i], usage->family) == 0)
			family[table.n++] = rows[i];
	verdict = sp_rate(&request, &table, usage->admission_ns, &rated, &refused);
	if (verdict != SP_RATE_RATED) {
		printf("unrated %s %s\n", sp_rate_code(verdict), refused ? refused : "-");
		return;
	}
	printf("%lld", (long long)rated.total.nano);
	for (size_t i = 0; i < rated.n_lines; i++)
		printf(" %s %s %lld", rated.lines[i].meter, rated.lines[i].price->sku, (long long)rated.lines[i].amount.nano);
	putchar('\n');
}

static void take_line(const char *text, size_t n)
{
	sp_message message;
	sp_usage usage;
	json_t *object;

	if (strncmp(text, "{\"prices\"", 9) != 0) {
		if (sp_usage_parse(text, n, &usage, &message) == SP_OK)
			answer(&usage);
		else
			printf("malformed %s\n", message.text);
		return;
	}
	object = json_loadb(text, n, 0, NULL);
	SP_ASSERT(object != NULL);
	take_sheet(object);
}

int main(void)
{
	char *line = malloc(LINE_SIZE);

	SP_ASSERT(line != NULL);
	while (fgets(line, LINE_SIZE, stdin))
		take_line(line, strlen(line));
	json_decref(sheet);
	free(line);
	return 0;
}
