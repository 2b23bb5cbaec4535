/* verb.h - a table of commands: what it is called, what it takes, what it does; from it come dispatch, help and "did you
 * mean". The same table form serves the nouns of `setpoint` and the verbs of a noun. */
#ifndef SP_CLI_VERB_H
#define SP_CLI_VERB_H

typedef struct sp_verb {
	const char *name; /* "replay" */
	const char *help; /* what it does, one line */
	/* argv[0] is the whole command so far: "setpoint log tail". Returns the exit code. */
	int (*run)(int argc, char **argv);
} sp_verb;

/* sp_verb_run - runs the verb that argv[1] names. `help` and `--help` list them; `help NAME` is `NAME --help`.
 *
 * in     verbs: ends with a name of NULL; about: one line above the list; examples: below it, "" for none
 * out    the verb's exit code, or SP_EXIT_USAGE with the nearest known name */
typedef struct sp_verbs {
	const sp_verb *list;
	const char *about, *examples;
} sp_verbs;

int sp_verb_run(const sp_verbs *verbs, int argc, char **argv);

/* The nouns, one file each. */
int sp_noun_alarm(int argc, char **argv);
int sp_noun_calibrate(int argc, char **argv);
int sp_noun_config(int argc, char **argv);
int sp_noun_cost(int argc, char **argv);
int sp_noun_decide(int argc, char **argv);
int sp_noun_doctor(int argc, char **argv);
int sp_noun_estimate(int argc, char **argv);
int sp_noun_freeze(int argc, char **argv);
int sp_noun_init(int argc, char **argv);
int sp_noun_law(int argc, char **argv);
int sp_noun_log(int argc, char **argv);
int sp_noun_loop(int argc, char **argv);
int sp_noun_margin(int argc, char **argv);
int sp_noun_price(int argc, char **argv);
int sp_noun_rate(int argc, char **argv);
int sp_noun_replay(int argc, char **argv);
int sp_noun_run(int argc, char **argv);
int sp_noun_signal(int argc, char **argv);
int sp_noun_sim(int argc, char **argv);
int sp_noun_score(int argc, char **argv);
int sp_noun_thaw(int argc, char **argv);

int sp_noun_version(int argc, char **argv);

#endif
