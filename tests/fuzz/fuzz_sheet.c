/* fuzz_sheet.c - any bytes as a price sheet, under a small sound configuration. */
#include "fuzz.h"

#include "config_shown.h"

static const char yaml[] =
    "version: 1\n"
    "price_sheet: p.csv\n"
    "pools:\n"
    "  - {id: p, units_per_gpu_s: 1, supply: [{id: b, term: owned, gpus: 1, usd_per_gpu_h: \"1\"}]}\n"
    "defaults: {pool: p}\n"
    "families: [{match: \"*\", profile: dynamic}]\n";

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	config_try(yaml, strlen(yaml), (const char *)bytes, n);
	return 0;
}
