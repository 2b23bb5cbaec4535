/* presets.c - the table of presets: one line each. */
#include "sim/trace/preset.h"

const sp_trace_preset *const sp_trace_preset_table[] = {
    &sp_preset_azure_llm,         &sp_preset_gpu_spot, &sp_preset_gpu_list, &sp_preset_usage,
    &sp_preset_litellm_spendlogs, &sp_preset_signals,  &sp_preset_column,
};
const uint32_t sp_trace_n_presets = sizeof sp_trace_preset_table / sizeof sp_trace_preset_table[0];
