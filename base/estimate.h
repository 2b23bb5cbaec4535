/* estimate.h - what an estimator knows of one quantity, or why it does not. */
#ifndef SP_BASE_ESTIMATE_H
#define SP_BASE_ESTIMATE_H

#include <stdint.h>

typedef enum sp_knowledge { SP_KNOWN = 0, SP_TOO_LITTLE = 1, SP_NOT_IDENTIFIED = 2 } sp_knowledge;

/* Answer of an estimator's `read`: a reason (static text) unless known. */
typedef struct sp_answer {
	sp_knowledge knowledge;
	const char *reason;
} sp_answer;

/* The next observation, if it came now, lies about `value` with the variance `variance` + `noise`: at 90 % within 1.645 times the
 * root of that. */
typedef struct sp_estimate {
	double value;    /* in the unit of the quantity; finite */
	double variance; /* of the value, >= 0; not of single observations */
	double noise;    /* variance of one observation about what the value estimates, >= 0; 0 where the kind knows none */
	double slope;    /* unit per second; 0 where the kind has none */
	double count;    /* effective number of observations, weights counted */
	double lag_s;    /* mean age of what the value is made of, beyond age_ns: how late a step shows */
	int64_t age_ns;  /* now - newest observation, >= 0 */
} sp_estimate;

#endif
