/* alarms.h - the alarms there are: one list gives codes, what is wrong and what to do.
 *
 * Those of pools and families are the engine's own; those of drivers enter as commands (R14), and their numbers are stored (inputs.c):
 * add one of a driver at the end. */
#ifndef SP_ENGINE_ALARMS_H
#define SP_ENGINE_ALARMS_H

#include <stdint.h>

#define SP_ALARM_MAP(X)                                                                                                \
	X(stale_cost, POOL, "no fresh GPU price: prices may not fall",                                                     \
	  "check the sender of usd_per_gpu_h, or declare the clock absent")                                                \
	X(stale_demand, POOL, "no fresh load: prices do not follow utilization",                                           \
	  "check the sender of utilization or demand")                                                                     \
	X(stale_reliability, POOL, "no fresh reliability signal: prices may not fall",                                     \
	  "check the sender of slo, incident or error_budget")                                                             \
	X(stale_market, POOL, "no fresh market price: its term may not grow", "check the sender of market_price")          \
	X(sources_disagree, POOL, "demand and utilization tell different loads: prices move only where both bear it out",  \
	  "find the wrong one: weights and units_per_gpu_s (`calibrate`), or a sender; or widen load_tolerance")           \
	X(outside_bounds, FAMILY, "the price is outside its floor or ceiling and moves back as fast as the limits allow",  \
	  "wait, or correct the bounds; see `config show`")                                                                \
	X(max_hold, FAMILY, "a clock has been stale for longer than max_hold: the price is held", "bring the signal back") \
	X(list_price_differs, FAMILY, "the world charges another price than the one in force",                             \
	  "find out who changed it; in auto Setpoint's price is the one in force")                                         \
	X(pending_full, FAMILY, "no room for another announced price",                                                     \
	  "wait until one takes effect, or lengthen min_interval")                                                         \
	X(last_check, FAMILY, "a price passed the guardrails and failed the last check: it is held",                       \
	  "report this: it is a defect")                                                                                   \
	X(below_cost, FAMILY, "the ceiling is below marginal cost and the least margin",                                   \
	  "raise the ceiling, or find cheaper capacity: each unit is sold at a loss")                                      \
	X(loop_unstable, FAMILY,                                                                                           \
	  "the price swings or moves too often: only a part of the law's wish counts until it is calm",                    \
	  "tell the law a larger elasticity and response_lag, or a smaller gain; see `loop status` and `config check`")    \
	X(commit, DRIVER, "the decision log cannot be written: prices hold",                                               \
	  "free disk space, or check the file's permissions")                                                              \
	X(clock, DRIVER, "the wall clock is off: ticks wait", "correct the machine's clock")                               \
	X(intake, DRIVER, "signals are held back", "see which source sends too much")                                      \
	X(reload, DRIVER, "the new configuration was refused: the old one holds",                                          \
	  "put it right as the text says (`config check`), then reload again")                                             \
	X(rerun_skipped, DRIVER, "inputs since the checkpoint were not re-run", "none: the engine's version changed")      \
	X(rerun_differs, DRIVER, "the re-run of the log gave other decisions", "keep the log, start frozen, report this")

typedef enum sp_alarm_code {
#define X(name, owner, text, cure) SP_ALARM_##name,
	SP_ALARM_MAP(X)
#undef X
	    SP_ALARM_CODES
} sp_alarm_code;

#endif
