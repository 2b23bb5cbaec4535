/* assert.h - programmers' errors. On in release too: a controller that is wrong must stop, not price. */
#ifndef SP_BASE_ASSERT_H
#define SP_BASE_ASSERT_H

/* SP_ASSERT - stops the program with the condition, file and line. Never used for what the world can send. */
#define SP_ASSERT(condition) ((condition) ? (void)0 : sp_assert_failed(#condition, __FILE__, __LINE__))

_Noreturn void sp_assert_failed(const char *condition, const char *file, int line);

#endif
