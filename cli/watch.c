/* watch.c - see watch.h. Of each family its last group is kept, copied; two groups in order are compared as two sorted lists are. */
#include "cli/watch.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/time.h"
#include "cli/number.h"
#include "sim/decide/line.h"

#define SOON SP_MIN /* a price that counts from within this is told as a change, a later one as announced */

/* A price as it was told; the names lie behind the prices of its group. */
typedef struct watch_price {
	sp_price price;
	bool announced; /* for later than when it was told last */
} watch_price;

typedef struct watch_group {
	watch_price *prices; /* one block with their texts */
	uint32_t n;
	uint32_t snapshot; /* the last one that held it */
} watch_group;

struct sp_watch {
	sp_watch_fn tell;
	void *context;
	sp_ids *families;
	watch_group *groups; /* by family */
	uint32_t n_groups, room;
	uint32_t snapshot; /* counts them */
	bool begun;        /* the first one is complete */
};

/* --- life --- */

sp_watch *sp_watch_open(sp_watch_fn tell, void *context)
{
	sp_watch *watch = calloc(1, sizeof *watch);

	if (watch && !(watch->families = sp_ids_open())) {
		free(watch);
		return NULL;
	}
	if (watch) {
		watch->tell = tell;
		watch->context = context;
	}
	return watch;
}

void sp_watch_close(sp_watch *watch)
{
	if (!watch)
		return;
	for (uint32_t i = 0; i < watch->n_groups; i++)
		free(watch->groups[i].prices);
	free(watch->groups);
	sp_ids_close(watch->families);
	free(watch);
}

static sp_status find_group(sp_watch *watch, const char *family, watch_group **group)
{
	uint32_t slot;
	sp_status status = sp_ids_add(watch->families, family, strlen(family), &slot);

	if (status != SP_OK)
		return status;
	if (slot >= watch->room) {
		uint32_t room = watch->room ? 2 * watch->room : 64;
		watch_group *groups = realloc(watch->groups, room * sizeof *groups);
		if (!groups)
			return SP_E_MEMORY;
		watch->groups = groups;
		watch->room = room;
	}
	if (slot >= watch->n_groups) {
		watch->groups[slot] = (watch_group){0};
		watch->n_groups = slot + 1;
	}
	*group = &watch->groups[slot];
	return SP_OK;
}

/* --- copies --- */

static char *put_text(char **at, const char *text)
{
	char *put = *at;

	strcpy(put, text);
	*at += strlen(text) + 1;
	return put;
}

static sp_status copy_group(const sp_frame_group *from, int64_t issued_ns, watch_group *to)
{
	size_t size = from->n_prices * sizeof *to->prices;
	char *at;

	for (uint32_t i = 0; i < from->n_prices; i++)
		size += strlen(from->prices[i].sku_id) + strlen(from->prices[i].unit) + 2;
	to->prices = malloc(size);
	if (!to->prices)
		return SP_E_MEMORY;
	to->n = from->n_prices;
	at = (char *)(to->prices + to->n);
	for (uint32_t i = 0; i < to->n; i++) {
		watch_price *copy = &to->prices[i];
		copy->price = from->prices[i];
		copy->price.sku_id = put_text(&at, from->prices[i].sku_id);
		copy->price.unit = put_text(&at, from->prices[i].unit);
		copy->announced = from->prices[i].not_before_ns > issued_ns + SOON;
	}
	SP_ASSERT((size_t)(at - (char *)to->prices) == size);
	return SP_OK;
}

/* --- comparing --- */

static int compare(const sp_price *a, const sp_price *b)
{
	int names = strcmp(a->sku_id, b->sku_id);

	if (names != 0)
		return names;
	return (a->version > b->version) - (a->version < b->version);
}

static bool same(const sp_price *a, const sp_price *b)
{
	return a->amount.nano == b->amount.nano && a->offer == b->offer && a->not_before_ns == b->not_before_ns &&
	       a->not_before_existing_ns == b->not_before_existing_ns && a->fallback.nano == b->fallback.nano;
}

/* The latest of a group's versions of a SKU before one; NULL: none. */
static const sp_price *version_before(const watch_group *group, const sp_price *price)
{
	const sp_price *found = NULL;

	for (uint32_t i = 0; i < group->n && compare(&group->prices[i].price, price) < 0; i++)
		if (strcmp(group->prices[i].price.sku_id, price->sku_id) == 0)
			found = &group->prices[i].price;
	return found;
}

/* One family's comparison. */
typedef struct watch_pair {
	const sp_watch *watch;
	const sp_frame *frame;
	const char *family;
	const watch_group *before, *now;
} watch_pair;

static void tell(const watch_pair *pair, sp_watch_event event, const sp_price *price)
{
	const sp_price *known = version_before(pair->now, price);
	sp_watch_news news = {event, pair->frame, pair->family, price, price->before};

	known = known ? known : version_before(pair->before, price);
	if (news.before.nano == 0 && known)
		news.before = known->amount;
	pair->watch->tell(pair->watch->context, &news);
}

/* A price that was known before, in the group that replaces it. */
static void tell_again(const watch_pair *pair, const watch_price *before, const watch_price *now)
{
	if (!same(&before->price, &now->price))
		tell(pair, SP_WATCH_CHANGE, &now->price);
	else if (before->announced && now->price.not_before_ns <= pair->frame->issued_ns)
		tell(pair, SP_WATCH_IN_FORCE, &now->price);
}

/* A price that was not known. One older than what is known of its SKU is no news: a snapshot keeps it until the next one's date. */
static void tell_new(const watch_pair *pair, const watch_price *after, const sp_price *price)
{
	if (after && strcmp(after->price.sku_id, price->sku_id) == 0)
		return;
	tell(pair, pair->watch->begun ? SP_WATCH_CHANGE : SP_WATCH_SNAPSHOT, price);
}

static void tell_gone(const watch_pair *pair, const sp_price *price)
{
	if (price->not_before_ns > pair->frame->issued_ns)
		tell(pair, SP_WATCH_WITHDRAWN, price);
}

static void tell_group(const watch_pair *pair)
{
	const watch_group *before = pair->before, *now = pair->now;
	uint32_t b = 0, n = 0;

	while (b < before->n || n < now->n) {
		int order = b == before->n ? 1 : n == now->n ? -1 : compare(&before->prices[b].price, &now->prices[n].price);
		if (order > 0)
			tell_new(pair, b < before->n ? &before->prices[b] : NULL, &now->prices[n++].price);
		else if (order < 0)
			tell_gone(pair, &before->prices[b++].price);
		else
			tell_again(pair, &before->prices[b++], &now->prices[n++]);
	}
}

static sp_status take_group(sp_watch *watch, const sp_frame *frame, const sp_frame_group *group)
{
	watch_group *kept, now;
	sp_status status = find_group(watch, group->family, &kept);

	if (status == SP_OK)
		status = copy_group(group, frame->issued_ns, &now);
	if (status != SP_OK)
		return status;
	tell_group(&(watch_pair){watch, frame, group->family, kept, &now});
	free(kept->prices);
	now.snapshot = watch->snapshot;
	*kept = now;
	return SP_OK;
}

/* A snapshot replaces all that was known: families that it does not hold are no more. */
static void end_snapshot(sp_watch *watch)
{
	watch->begun = true;
	for (uint32_t i = 0; i < watch->n_groups; i++) {
		watch_group *group = &watch->groups[i];
		if (group->snapshot == watch->snapshot)
			continue;
		free(group->prices);
		*group = (watch_group){0};
	}
}

sp_status sp_watch_take(sp_watch *watch, const sp_frame *frame)
{
	sp_status status = SP_OK;

	SP_ASSERT(frame->kind == SP_FRAME_BOOK || frame->kind == SP_FRAME_SNAPSHOT);
	if (frame->kind == SP_FRAME_SNAPSHOT && frame->chunk == 0)
		watch->snapshot++;
	for (uint32_t i = 0; status == SP_OK && i < frame->n_groups; i++)
		status = take_group(watch, frame, &frame->groups[i]);
	if (frame->kind == SP_FRAME_SNAPSHOT && frame->chunk + 1 == frame->chunks)
		end_snapshot(watch);
	return status;
}

sp_watch_counts sp_watch_count(const sp_watch *watch)
{
	sp_watch_counts counts = {0};

	for (uint32_t i = 0; i < watch->n_groups; i++) {
		const watch_group *group = &watch->groups[i];
		counts.families += group->n > 0;
		for (uint32_t k = 0; k < group->n; k++) {
			counts.announced += group->prices[k].announced;
			counts.skus += k == 0 || strcmp(group->prices[k].price.sku_id, group->prices[k - 1].price.sku_id) != 0;
		}
	}
	return counts;
}

/* --- in print --- */

static sp_colour news_colour(const sp_watch_news *news)
{
	const sp_price *price = news->price;

	if (news->event == SP_WATCH_WITHDRAWN)
		return SP_COLOUR_YELLOW;
	if (news->event == SP_WATCH_SNAPSHOT || price->amount.nano == news->before.nano)
		return SP_COLOUR_PLAIN;
	return price->amount.nano > news->before.nano ? SP_COLOUR_RED : SP_COLOUR_GREEN;
}

static void print_amount(FILE *out, const sp_screen *screen, const sp_watch_news *news)
{
	const sp_price *price = news->price;
	bool moved = news->before.nano > 0 && news->before.nano != price->amount.nano;
	char before[SP_DECIMAL_TEXT_MAX], amount[SP_DECIMAL_TEXT_MAX];

	fputs(sp_screen_paint(screen, news_colour(news)), out);
	if (moved)
		fprintf(out, "%s %s ", sp_decimal_format_short(news->before.nano, before), sp_screen_pick(screen, "→", "->"));
	fprintf(out, "%s USD a %s", sp_decimal_format_short(price->amount.nano, amount), price->unit);
	if (moved)
		fprintf(out, " (%+.1f %%)", 100 * ((double)price->amount.nano / (double)news->before.nano - 1));
	fputs(sp_screen_paint(screen, SP_COLOUR_PLAIN), out);
}

static void print_when(FILE *out, const sp_watch_news *news)
{
	int64_t t_ns = news->price->not_before_ns, issued_ns = news->frame->issued_ns;
	char moment[SP_NUMBER_MAX];

	if (news->event == SP_WATCH_WITHDRAWN)
		fprintf(out, ", announced for %s: withdrawn", sp_number_moment(t_ns, moment));
	else if (news->event == SP_WATCH_IN_FORCE)
		fputs(", announced before: in force", out);
	else if (t_ns > issued_ns + SOON)
		fprintf(out, ", announced for %s", sp_number_moment(t_ns, moment));
	else if (t_ns > issued_ns)
		fprintf(out, ", in force in %.1f s", (double)(t_ns - issued_ns) / SP_SEC);
	else
		fputs(", in force", out);
}

void sp_watch_words(FILE *out, const sp_screen *screen, const sp_watch_news *news)
{
	char t[SP_TIME_TEXT_MAX];

	sp_time_format(news->frame->issued_ns, t); /* to the second always, so that lines stand under one another */
	fprintf(out, "%.10s %.8s  %-24s  ", t, t + strlen("2026-11-24T"), news->price->sku_id);
	print_amount(out, screen, news);
	print_when(out, news);
	if (news->price->offer != SP_OFFER_OPEN)
		fprintf(out, ", offer %s", sp_offer_name(news->price->offer));
	putc('\n', out);
}

static void field_text(FILE *out, const char *key, const char *text)
{
	fprintf(out, ",\"%s\":", key);
	sp_line_text(out, text);
}

static void field_time(FILE *out, const char *key, int64_t t_ns)
{
	char text[SP_TIME_TEXT_MAX];

	if (t_ns == SP_TIME_NEVER)
		fprintf(out, ",\"%s\":null", key);
	else
		fprintf(out, ",\"%s\":\"%s\"", key, sp_time_format(t_ns, text));
}

/* None is null: no price is ever zero. */
static void field_money(FILE *out, const char *key, sp_money money)
{
	char text[SP_DECIMAL_TEXT_MAX];

	if (money.nano == 0)
		fprintf(out, ",\"%s\":null", key);
	else
		fprintf(out, ",\"%s\":\"%s\"", key, sp_decimal_format(money.nano, text));
}

static void field_hash(FILE *out, const char *key, const uint8_t hash[SP_FRAME_HASH_MAX])
{
	fprintf(out, ",\"%s\":\"", key);
	for (int i = 0; i < SP_FRAME_HASH_MAX; i++)
		fprintf(out, "%02x", hash[i]);
	putc('"', out);
}

void sp_watch_json(FILE *out, const sp_watch_news *news)
{
	static const char *const events[] = {"snapshot", "change", "in_force", "withdrawn"};
	const sp_price *price = news->price;
	const sp_frame *frame = news->frame;

	fprintf(out, "{\"schema\":\"setpoint.price/v1\",\"event\":\"%s\",\"epoch\":%llu,\"seq\":%llu", events[news->event],
	        (unsigned long long)frame->epoch.counter, (unsigned long long)frame->seq);
	field_time(out, "issued", frame->issued_ns);
	field_text(out, "family", news->family);
	field_text(out, "sku", price->sku_id);
	field_text(out, "unit", price->unit);
	fprintf(out, ",\"version\":%llu,\"parent\":%llu", (unsigned long long)price->version,
	        (unsigned long long)price->parent);
	field_money(out, "before_usd", news->before);
	field_money(out, "usd", price->amount);
	field_money(out, "fallback_usd", price->fallback);
	field_text(out, "offer", sp_offer_name(price->offer));
	field_time(out, "not_before", price->not_before_ns);
	field_time(out, "not_before_existing", price->not_before_existing_ns);
	field_hash(out, "config", frame->config);
	fputs("}\n", out);
}
