/* damped.h - a trend that fades: of what it brings in a step, the share phi is left in the next.
 *
 * k steps bring S(k) = phi + phi^2 + ... + phi^k = phi (1 - phi^k) / (1 - phi) steps' worth of it, continued to real k, and k
 * itself for phi = 1 (Gardner and McKenzie 1985). All functions are total; phi, alpha, beta in [0, 1], alpha > 0, k >= 0. */
#ifndef SP_ESTIMATORS_DAMPED_H
#define SP_ESTIMATORS_DAMPED_H

/* sp_damped_power - x^k for x in [0, 1] and k >= 0; 0^0 = 1. */
double sp_damped_power(double x, double k);

/* sp_damped_lost - 1 - x^k, with all its digits when k is small: what a nanosecond takes from a trend of days. */
double sp_damped_lost(double x, double k);

/* sp_damped_reach - S(k): how many steps' worth of trend k steps bring. */
double sp_damped_reach(double phi, double k);

/* What k steps leave of a level, its trend, and what was known of both. */
typedef struct sp_damped_step {
	double reach;       /* S(k) of phi */
	double level_kept;  /* (1 - alpha)^k */
	double trend_taken; /* 1 - (1 - beta)^k */
	double trend_kept;  /* ((1 - beta) phi)^k */
} sp_damped_step;

/* sp_damped_over - the four at once, bit for bit the same as one by one. */
sp_damped_step sp_damped_over(double alpha, double beta, double phi, double k);

/* sp_damped_lag_s - how far behind a ramp a level trails [s] whose newest observation weighs alpha and whose trend is corrected
 * by beta: step (1 - alpha) / alpha x (1 - phi) / (1 - (1 - beta) phi). */
double sp_damped_lag_s(double alpha, double beta, double phi, double step_s);

#endif
