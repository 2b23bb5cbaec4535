/* method.h - laws and estimators with one face: what `use:` chooses, with the parameter rows that come along. */
#ifndef SP_CONFIG_METHOD_H
#define SP_CONFIG_METHOD_H

#include "controller/config/rows.h"
#include "controller/config/tree.h"
#include "estimators/estimator.h"
#include "policies/price/law.h"

typedef enum sp_method_kind { SP_METHOD_LAW, SP_METHOD_ESTIMATOR } sp_method_kind;

typedef struct sp_method {
	const char *name, *help, *source;
	sp_rows rows;
	sp_status (*check)(const void *params, sp_message *message);
	const sp_law_ops *law; /* one of the two */
	const sp_estimator_ops *estimator;
} sp_method;

/* sp_method_at - the i-th of a registry; false beyond the last. */
bool sp_method_at(sp_method_kind kind, size_t i, sp_method *method);
bool sp_method_find(sp_method_kind kind, const char *name, size_t n, sp_method *method);
const char *sp_method_word(sp_method_kind kind); /* "law", "estimator" */

/* A key that may stand beside any law's parameters; it is bound with the family. */
#define SP_EXPERIMENT_KEY "experiment"

/* What the layers have chosen so far. */
typedef struct sp_choice {
	sp_method_kind kind;
	sp_method method; /* name NULL: none yet */
	void *params;     /* the caller's block, SP_LAW_PARAMS_MAX or SP_ESTIMATOR_PARAMS_MAX bytes */
	sp_spot use;      /* where it was chosen */
	sp_spot last;     /* the last block that said something: where a relation is complained about */
	sp_spot parts;    /* the list of a blend's laws */
	sp_spot from[SP_ROWS_MAX];
} sp_choice;

/* sp_choice_apply - lays one more `{use: …, key: value, …}` over the choice: keys merge; another `use` drops the earlier
 * method's keys (R20). Nowhere changes nothing. */
void sp_choice_apply(sp_choice *choice, sp_spot block);

/* sp_choice_finish - is everything given, and does the method's own check agree? Complains; false when not. */
bool sp_choice_finish(sp_choice *choice, const char *owner);

#endif
