/* builtin.c - the built-in defaults and profiles (DESIGN, "Profiles"; R20, R23). What no line here says, a row's initial does.
 *
 * announced  at most 4 changes a quarter, of 92 days as the longest has; 23 days between them spread them. Raises with
 *            30 days' notice follow cost; load changes too fast for a list price, so no law that reads load.
 *            What that leaves of the margin comes back by half in 90 days; a cut is a proposal.
 * scheduled  a time-of-use table; its raises are told 4 hours before their hour, shorter than any night.
 * dynamic    goes to what is expected to earn most; buyers of spot and batch take prices as they come.
 *
 * How calm is calm: a day has a peak, or two, so up to five turns a day are the day's own; up and down again by 25 % is some 80 moves,
 * so more than one every quarter of an hour is flapping. A list price turns twice a quarter at most. */
#include "controller/config/builtin.h"

const char sp_builtin_text[] = "estimators:\n"
                               "  load: {use: ewma, half_life: 5m}\n"
                               "  cost: {use: ewma, half_life: 30m}\n"
                               "defaults:\n"
                               "  profile: announced\n"
                               "  policy: {use: fixed}\n"
                               "profiles:\n"
                               "  announced:\n"
                               "    cuts: propose\n"
                               "    policy: {use: cost_plus, pass_through: {up: 80%, down: 0%}, trim: 90d}\n"
                               "    guardrails:\n"
                               "      notice: 30d\n"
                               "      min_interval: 23d\n"
                               "      max_changes: 4\n"
                               "      max_step: 10%\n"
                               "      dead_band: 1%\n"
                               "    loop: {window: 92d, recovery: 92d, alternations: 2}\n"
                               "  scheduled:\n"
                               "    cuts: auto\n"
                               "    policy: {use: schedule, ahead: 4h}\n"
                               "    guardrails:\n"
                               "      notice: 4h\n"
                               "      min_interval: 30m\n"
                               "      max_step: 50%\n"
                               "      max_per_day: 100%\n"
                               "      dead_band: 0.5%\n"
                               "  dynamic:\n"
                               "    cuts: auto\n"
                               "    policy: {use: margin_curve}\n"
                               "    guardrails:\n"
                               "      notice: 0s\n"
                               "      min_interval: 15m\n"
                               "      max_step: 5%\n"
                               "      max_per_hour: 10%\n"
                               "      max_per_day: 25%\n"
                               "      dead_band: 0.5%\n"
                               "    loop: {flap_budget: 96}\n";
