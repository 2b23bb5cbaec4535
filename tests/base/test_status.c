/* Statuses and messages. */
#include "tests/check/check.h"

#include <string.h>

static void every_status_has_its_name_and_words(void **state)
{
	(void)state;
	check_text(sp_status_name(SP_OK), "OK");
	check_text(sp_status_name(SP_E_RANGE), "E_RANGE");
	check_text(sp_status_text(SP_E_ABSENT), "not there");
#define X(name, number, text)                     \
	check_text(sp_status_name(SP_##name), #name); \
	check_text(sp_status_text(SP_##name), text);  \
	check_i64(SP_##name, number);
	SP_STATUS_MAP(X)
#undef X
}

static void a_number_that_is_no_status_has_a_question_mark(void **state)
{
	(void)state;
	check_text(sp_status_name((sp_status)99), "?");
	check_text(sp_status_text((sp_status)99), "?");
}

static void a_message_holds_text_and_hands_the_status_back(void **state)
{
	(void)state;
	sp_message message;
	check_status(sp_message_set(&message, SP_E_RANGE, "%d of %s", 3, "four"), SP_E_RANGE);
	check_text(message.text, "3 of four");
	check_status(sp_message_set(NULL, SP_E_FULL, "%s", "nobody reads this"), SP_E_FULL);
}

/* Fills a message so that `tail` begins `room` bytes before the end of what fits. */
static size_t message_length_after(const char *tail, size_t room)
{
	char text[SP_MESSAGE_MAX + 16];
	const size_t n = SP_MESSAGE_MAX - 1 - room;
	memset(text, 'a', n);
	strcpy(text + n, tail);
	sp_message message;
	sp_message_set(&message, SP_E_IO, "%s", text);
	check_true(strncmp(message.text, text, strlen(message.text)) == 0);
	return strlen(message.text) - n;
}

static void a_long_message_is_cut_at_a_character(void **state)
{
	(void)state;
	check_u64(message_length_after("xyz and more", 2), 2);
	/* 2, 3 and 4 bytes of UTF-8: whole or not at all */
	for (size_t length = 2; length <= 4; length++) {
		const char *tails[] = {"\xc3\xa9zzzzz", "\xe2\x82\xaczzzzz", "\xf0\x9f\x98\x80zzzzz"};
		for (size_t room = 1; room <= 6; room++) {
			const size_t kept = message_length_after(tails[length - 2], room);
			check_u64(kept, room < length ? 0 : room);
		}
	}
	/* a text of stray continuation bytes only is left as it is */
	char stray[2 * SP_MESSAGE_MAX];
	memset(stray, 0x80, sizeof stray - 1);
	stray[sizeof stray - 1] = '\0';
	sp_message message;
	sp_message_set(&message, SP_E_IO, "%s", stray);
	check_u64(strlen(message.text), SP_MESSAGE_MAX - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_status_has_its_name_and_words),
	    cmocka_unit_test(a_number_that_is_no_status_has_a_question_mark),
	    cmocka_unit_test(a_message_holds_text_and_hands_the_status_back),
	    cmocka_unit_test(a_long_message_is_cut_at_a_character),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
