/* fuzz_yaml.c - any bytes as a configuration, beside a small sound price sheet. */
#include "fuzz.h"

#include "config_shown.h"

static const char sheet[] =
    "sku,family,meter,unit,usd,weight\nf/in,f,input,1M tokens,0.45,1\nf/out,f,output,1M tokens,1.80,4\n";

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	config_try((const char *)bytes, n, sheet, strlen(sheet));
	return 0;
}
