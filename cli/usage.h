/* usage.h - a request to be rated, as one JSON object:
 *
 *     {"family":"llama-70b/us-east","t":"2026-11-24T09:00:00Z","usage":{"input":1200,"cached":800,"output":340},"id":"r-17"}
 *
 * A quantity is a whole JSON number, or a decimal in quotes with at most six places ("12.5" GPU-seconds): a number with a
 * point would have been a double on its way. Nothing has a default, for what is not said must not be free. */
#ifndef SP_CLI_USAGE_H
#define SP_CLI_USAGE_H

#include "base/ids.h"
#include "base/status.h"
#include "transport/client/rate.h"

#define SP_USAGE_METERS_MAX (SP_RATE_METERS_MAX + 1) /* one more, so that sp_rate says that they are too many */
#define SP_USAGE_BYTES_MAX  65536                    /* of one request; 33 meters with long names are 5 KB */

typedef struct sp_usage {
	char id[SP_ID_MAX + 1]; /* the gateway's own, handed back; "" where there is none */
	char family[SP_ID_MAX + 1];
	int64_t admission_ns;
	size_t n;
	char meters[SP_USAGE_METERS_MAX][SP_ID_MAX + 1];
	int64_t micro[SP_USAGE_METERS_MAX];
} sp_usage;

/* sp_usage_parse - out *usage; written only on SP_OK
 * fails  SP_E_SYNTAX, SP_E_RANGE, SP_E_OVERFLOW, SP_E_FULL, SP_E_MEMORY with a message */
sp_status sp_usage_parse(const char *text, size_t n, sp_usage *usage, sp_message *message);

/* sp_usage_request - the same for sp_rate; `list` holds SP_USAGE_METERS_MAX, and points into `usage`. */
sp_rate_request sp_usage_request(const sp_usage *usage, sp_rate_usage *list);

#endif
