/* reason.c - names and texts of the reasons, from their one list. */
#include "transport/wire/reason.h"

#include "base/assert.h"

static const char *const reason_names[SP_WIRE_REASONS] = {
#define X(name, text) #name,
    SP_WIRE_REASON_MAP(X)
#undef X
};

static const char *const reason_texts[SP_WIRE_REASONS] = {
#define X(name, text) text,
    SP_WIRE_REASON_MAP(X)
#undef X
};

const char *sp_wire_reason_name(sp_wire_reason reason)
{
	SP_ASSERT((unsigned)reason < SP_WIRE_REASONS);
	return reason_names[reason];
}

const char *sp_wire_reason_text(sp_wire_reason reason)
{
	SP_ASSERT((unsigned)reason < SP_WIRE_REASONS);
	return reason_texts[reason];
}
