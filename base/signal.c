/* signal.c - the table of kinds, and what every border checks of a value: form, finiteness, range. */
#include "base/signal.h"

#include <string.h>

#include "base/assert.h"
#include "base/math.h"
#include "base/money.h"
#include "base/real.h"

const sp_kind sp_kinds[SP_SIGNAL_KINDS] = {
#define X(name, subjects, money, min, max, jump, confirm, unit) {#name, subjects, money, min, max, jump, confirm, unit},
    SP_SIGNAL_KIND_MAP(X)
#undef X
};

static const char *const signal_refusal_names[SP_REFUSALS] = {
#define X(name, text) #name,
    SP_REFUSAL_MAP(X)
#undef X
};

static const char *const signal_refusal_texts[SP_REFUSALS] = {
#define X(name, text) text,
    SP_REFUSAL_MAP(X)
#undef X
};

const char *sp_refusal_name(sp_refusal refusal)
{
	SP_ASSERT((unsigned)refusal < SP_REFUSALS);
	return signal_refusal_names[refusal];
}

const char *sp_refusal_text(sp_refusal refusal)
{
	SP_ASSERT((unsigned)refusal < SP_REFUSALS);
	return signal_refusal_texts[refusal];
}

sp_signal_kind sp_kind_find(const char *text, size_t n)
{
	SP_ASSERT(text != NULL || n == 0);
	unsigned kind = 0;
	while (kind < SP_SIGNAL_KINDS && !(strlen(sp_kinds[kind].name) == n && memcmp(sp_kinds[kind].name, text, n) == 0)) {
		kind++;
	}
	return (sp_signal_kind)kind;
}

/* A bound of a money kind in nano-USD: the table's USD are short decimals, so the nearest integer is the exact one. */
static int64_t signal_bound(double usd)
{
	int64_t nano = 0;
	const sp_status status = sp_round_even(usd * (double)SP_NANO, &nano);
	SP_ASSERT(status == SP_OK);
	return nano;
}

sp_status sp_kind_check(sp_signal_kind kind, sp_value value)
{
	SP_ASSERT((unsigned)kind < SP_SIGNAL_KINDS);
	const sp_kind *k = &sp_kinds[kind];
	if (k->money) {
		return value.nano >= signal_bound(k->min) && value.nano <= signal_bound(k->max) ? SP_OK : SP_E_RANGE;
	}
	if (!sp_finite(value.real)) {
		return SP_E_NOT_FINITE;
	}
	return value.real >= k->min && value.real <= k->max ? SP_OK : SP_E_RANGE;
}

/* A money value: a decimal; what is none may still be a spelling of NaN or infinity, which has its own answer. */
static sp_status signal_parse_money(const char *text, size_t n, int64_t *nano)
{
	const sp_status status = sp_decimal_parse_rounded(text, n, nano);
	double ignored = 0;
	return status == SP_E_SYNTAX ? sp_real_parse(text, n, &ignored) : status;
}

sp_status sp_kind_parse(sp_signal_kind kind, const char *text, size_t n, sp_value *value)
{
	SP_ASSERT((unsigned)kind < SP_SIGNAL_KINDS);
	SP_ASSERT(value != NULL);
	sp_value parsed = {0};
	sp_status status =
	    sp_kinds[kind].money ? signal_parse_money(text, n, &parsed.nano) : sp_real_parse(text, n, &parsed.real);
	if (status == SP_OK) {
		status = sp_kind_check(kind, parsed);
	}
	if (status == SP_OK) {
		*value = parsed;
	}
	return status;
}

double sp_kind_real(sp_signal_kind kind, sp_value value)
{
	SP_ASSERT((unsigned)kind < SP_SIGNAL_KINDS);
	return sp_kinds[kind].money ? (double)value.nano / (double)SP_NANO : value.real;
}
