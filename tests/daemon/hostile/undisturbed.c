/* undisturbed.c - a log lived again without some of its messages: does every tick decide the same?
 *
 *     undisturbed LOG   on stdin a line "SOURCE SEQ" for each message that is left out, "SOURCE 0" for all of a source
 *     {"ticks":N,"left_out":N,"kept":N,"moves":N,"differs":N,"first":TICK}
 *
 * kept: signals of all others; moves: decisions that changed a price; differs: ticks whose digest is not the log's. What the daemon did to
 * itself (commands, configurations) stays. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controller/drive/recording.h"

typedef struct message_name {
	char source[SP_ID_MAX + 1];
	int64_t seq;
} message_name;

typedef struct life {
	sp_log_file *log;
	sp_drive *drive;
	sp_config *config;
	message_name *left_out;
	size_t n_left_out, room;
	bool leaving_out; /* the message that the walk is in */
	int64_t ticks, met, kept, moves, differs, first;
} life;

static int by_name(const void *a, const void *b)
{
	const message_name *one = a, *two = b;
	int order = strcmp(one->source, two->source);

	return order != 0 ? order : (one->seq > two->seq) - (one->seq < two->seq);
}

static void read_left_out(life *l)
{
	message_name name;

	while (scanf("%128s %" SCNd64, name.source, &name.seq) == 2) {
		if (l->n_left_out == l->room) {
			l->room = l->room ? 2 * l->room : 1024;
			l->left_out = realloc(l->left_out, l->room * sizeof *l->left_out);
			if (!l->left_out)
				abort();
		}
		l->left_out[l->n_left_out++] = name;
	}
	if (l->n_left_out > 0)
		qsort(l->left_out, l->n_left_out, sizeof *l->left_out, by_name);
}

static bool is_named(const life *l, const char *source, int64_t seq)
{
	message_name name = {.seq = seq};

	snprintf(name.source, sizeof name.source, "%s", source);
	return bsearch(&name, l->left_out, l->n_left_out, sizeof name, by_name) != NULL;
}

static bool is_left_out(const life *l, const sp_input *message)
{
	return l->n_left_out > 0 && (is_named(l, message->source, message->seq) || is_named(l, message->source, 0));
}

static sp_status take_config(life *l, const uint8_t *hash, sp_message *message)
{
	sp_drive_options options = {.digest = true};
	sp_config *config;
	sp_status status = sp_recording_config(l->log, hash, &config, message);

	if (status != SP_OK)
		return status;
	status = l->drive ? sp_drive_reload(l->drive, config, true, message)
	                  : sp_drive_open(config, &options, &l->drive, message);
	if (status != SP_OK)
		return status;
	sp_config_close(l->config);
	l->config = config;
	return SP_OK;
}

static sp_status meet_input(void *context, const sp_input *input, sp_message *message)
{
	life *l = context;

	switch (input->kind) {
	case SP_INPUT_CONFIG:
		return take_config(l, input->config, message);
	case SP_INPUT_REFUSED: /* of messages that are none, and of others: a number says not whose */
		return SP_OK;
	case SP_INPUT_MESSAGE:
		l->leaving_out = is_left_out(l, input);
		l->met += l->leaving_out;
		return l->leaving_out ? SP_OK : sp_recording_apply(l->drive, input, message);
	case SP_INPUT_SIGNAL:
		l->kept += !l->leaving_out;
		return l->leaving_out ? SP_OK : sp_recording_apply(l->drive, input, message);
	default:
		return sp_recording_apply(l->drive, input, message);
	}
}

static sp_status meet_tick(void *context, const sp_log_tick_row *row, sp_message *message)
{
	life *l = context;
	sp_drive_answer answer;
	sp_status status = sp_drive_tick(l->drive, row->t_ns, &answer, message);

	if (status != SP_OK)
		return status;
	l->ticks++;
	for (uint32_t i = 0; i < answer.tick->n_families; i++)
		l->moves += answer.tick->decisions[i].index.ppb != answer.tick->decisions[i].before.ppb;
	if (memcmp(answer.digest, row->digest, SP_HASH_SIZE) != 0 && l->differs++ == 0)
		l->first = row->tick;
	return SP_OK;
}

int main(int argc, char **argv)
{
	sp_log_options options = {.read_only = true};
	life l = {0};
	sp_recording_visitor visitor = {&l, meet_input, meet_tick};
	sp_message message = {{0}};
	sp_status status;

	if (argc != 2) {
		fprintf(stderr, "usage: undisturbed LOG\n");
		return 64;
	}
	read_left_out(&l);
	status = sp_log_open(argv[1], &options, &l.log, &message);
	if (status == SP_OK)
		status = sp_recording_walk(l.log, 0, 0, &visitor, &message);
	if (status != SP_OK)
		fprintf(stderr, "%s\n", message.text);
	printf("{\"ticks\":%" PRId64 ",\"left_out\":%" PRId64 ",\"kept\":%" PRId64 ",\"moves\":%" PRId64
	       ",\"differs\":%" PRId64 ",\"first\":%" PRId64 "}\n",
	       l.ticks, l.met, l.kept, l.moves, l.differs, l.first);
	free(l.left_out);
	sp_drive_close(l.drive);
	sp_config_close(l.config);
	sp_log_close(l.log);
	return status == SP_OK ? 0 : 1;
}
