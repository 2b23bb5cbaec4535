/* family.h - what the steps of one family's turn in a tick share; private to the engine's files. */
#ifndef SP_ENGINE_FAMILY_H
#define SP_ENGINE_FAMILY_H

#include "controller/engine/state.h"

/* One family's turn: who, when, and what has become of it so far. */
typedef struct sp_turn {
	sp_engine *engine;
	uint32_t family;
	int64_t now_ns;
	const sp_family_setup *setup;
	const sp_family_fixed *fixed;
	sp_family_state *state;
	const sp_pool_scratch *pool;
	sp_law_input *input; /* the pool's, with this family's part filled in */
	sp_tick *tick;
	sp_decision *decision;
	sp_wish wish;
	sp_move move;
	sp_rails rails;
	bool by_hand;
	sp_clock_reading market; /* the family's own where its law reads the market (ask.c), else the pool's */
	sp_interval lasting;     /* bounds that last: floor and ceiling of sheet and configuration, and the relation */
	int64_t marginal_ppb;    /* marginal cost as a part of the sheet; 0: not known */
	bool related;            /* the ceiling is the relation's */
	bool below_cost;         /* the alarm of that name */
	bool due;                /* the minimum interval since the last move has passed */
	bool reset;              /* the own index goes back to the last told (R3) */
	bool pending_full;       /* the alarm of that name */
	bool withdrawn;          /* what was told last is withdrawn since the last tick */
	bool unsure;             /* the two sources of the load lead to different answers: held (sources.c) */
	double load;             /* as the law read it [resource units/s]; 0: not known (loop.c) */
	bool damped;             /* the loop swung: a part of the law's wish counts (health.h) */
	int64_t outside;         /* the term: what the world changed at this tick */
	int64_t experiment;      /* the term: what an experiment asks for beside the law */
	int64_t asked;      /* where the law's move, cut by the saturating rails, and the experiment's term lead together */
	bool homes;         /* the experiment's part goes home: no rail of the law's own pace holds it */
	bool homed;         /* the move is the way home alone */
	int64_t other_sign; /* where the draw's other sign would lead, as far as the saturating rails; 0: no draw */
	int64_t explores_nano; /* what the experiment may lose in the rest of its block */
} sp_turn;

/* family.c */

/* The first half of a turn: as far as the family's own rails. */
void sp_family_begin(sp_engine *engine, uint32_t family, sp_tick *tick, sp_turn *turn);
/* The second half: tells or holds, and fills in the decision. */
void sp_family_decide(sp_turn *turn);
/* What would become of the move. */
sp_outcome sp_family_outcome(const sp_turn *turn);
/* Does it lead anywhere? */
bool sp_turn_leads(const sp_turn *turn);

/* rails.c - the rails of one family, in their order. */

/* Makes floor and ceiling of this tick: marginal cost and the relation to another family move them. */
void sp_rails_bound(sp_turn *turn);
/* The told R and C are held in their windows; called every tick (time passes) and after every change. */
void sp_rails_hold_told(sp_turn *turn);
void sp_rails_apply(sp_turn *turn);
/* Makes the bounds anew before the last check, and holds what the other family's price no longer leaves room for. */
void sp_rails_relate(sp_turn *turn);
/* Cuts the law's own move to what the saturating rails leave it without the experiment's part, and makes them. */
void sp_rails_cut(sp_turn *turn);
/* Would the dead band or the grid hold a move to this index? Writes prices into the tick. */
bool sp_rails_is_small(sp_turn *turn, int64_t index_ppb);
/* Back to told, and the law's own index with it (R3). */
void sp_rails_hold(sp_turn *turn, sp_rail rail);
/* Does the move withdraw or lower a raise that waits, without touching what is in force? */
bool sp_rails_withdraws(const sp_turn *turn);
/* The change of this tick counts for max_changes. */
void sp_rails_count_change(sp_turn *turn);

/* allot.c - the portfolio's rails, over all families that are about to tell customers another price. */

/* Must this turn wait until all families were asked? Then it is kept, and decided by sp_allot_decide. */
bool sp_allot_keeps(const sp_turn *turn);
void sp_allot_decide(sp_engine *engine, sp_tick *tick);

/* book.c - the price book of one family. */

/* Brings announced versions whose date has come into force (the first act of the tick). */
void sp_book_activate(sp_turn *turn);

/* Follows the world's own prices in observe and propose (R2); the term `outside`. */
void sp_book_follow(sp_turn *turn);

/* Is a list price more than 0.1 % off the price in force? */
bool sp_book_differs(const sp_turn *turn);

/* Is an index outside the family's floor or ceiling? */
bool sp_book_outside(const sp_turn *turn, int64_t index_ppb);

/* What a price of this index does to the offer by itself. */
sp_offer sp_book_offer(const sp_turn *turn, int64_t index_ppb);

/* Writes the prices that `index` would give into the tick, where price or date differs from the last told; returns how many
 * prices differ. */
uint32_t sp_book_prices(sp_turn *turn, int64_t index_ppb);

/* Tells customers: a new version with the prices last written, announced or in force at once. */
void sp_book_tell(sp_turn *turn, int64_t index_ppb, int64_t cost_ppb);

/* When a raise or cut to this index would take effect; sets announced when that is after this tick's own publication. */
int64_t sp_book_not_before(const sp_turn *turn, int64_t index_ppb, bool *announced);

/* Room for another announced version? */
bool sp_book_has_room(const sp_turn *turn, int64_t index_ppb);

/* ledger.c - the law's own index and its terms since the last told (R3, R4). */

int64_t sp_ledger_own(const sp_family_state *state, const sp_law_ops *law);
/* Books the law's wish: increments add, levels replace; returns the wish as a move from the last told. */
void sp_ledger_book(sp_turn *turn);
/* Where the law's own index would be if its wish were booked. */
int64_t sp_ledger_would(const sp_turn *turn);
/* Remembers what saturating rails took from increments. */
void sp_ledger_keep(sp_turn *turn);
void sp_ledger_clear(sp_family_state *state);
/* Writes the terms into the decision: together they sum to index - before. */
void sp_ledger_write(sp_turn *turn);

/* experiment.c - moves that are made to learn, beside the law's. */

/* A family's; NULL: nobody asks how its buyers answer. */
sp_experiment *sp_experiment_of(const sp_engine *engine, uint32_t family);
/* Counts what was lost since the last tick, learns from demand, begins and ends. After the law was asked. */
void sp_experiment_see(sp_turn *turn);
/* What is known of the elasticity. */
sp_reading sp_experiment_elasticity(const sp_turn *turn);
/* Adds its term to the move. After the bounds were made. */
void sp_experiment_ask(sp_turn *turn);
/* How far its part goes home by itself, from the last told; 0: not. After the saturating rails. */
int64_t sp_experiment_home(const sp_turn *turn);
/* Writes block and propensity into the decision, after the rails. */
void sp_experiment_log(sp_turn *turn);
/* Its part of an index that is about to be told by the law. */
int64_t sp_experiment_told(const sp_turn *turn);
/* What the family is about to tell may be barred (publication.c): remembers what a price that is set changes, and brings it back. */
void sp_experiment_remember(const sp_turn *turn);
void sp_experiment_bar(const sp_engine *engine, uint32_t family);
/* A price was set by hand or outside. */
void sp_experiment_set(sp_turn *turn);

/* loop.c - the loop's health, and what it does to the wish (health.h, response.h). */

/* Damps the law's wish. */
void sp_loop_damp(sp_turn *turn);
/* The law's move is about to be told. */
void sp_loop_told(sp_turn *turn);
/* The turn is over. */
void sp_loop_tick(sp_turn *turn);

/* A change of the last told by any way: clears the ledger, restarts means and tells the law. */
void sp_family_told(sp_turn *turn, sp_told_by by, int64_t before_ppb, double cost_passed);

#endif
