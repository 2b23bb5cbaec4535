/* buffer.c - bytes that grow and are used again: a tick's rows are built in three of them, so that a commit of many
 * decisions asks for no memory after the first ticks. A failed growth is sticky, tested once per row. */
#include <stdlib.h>

#include "base/assert.h"
#include "controller/log/store.h"

bool sp_log_buffer_reserve(sp_log_buffer *buffer, size_t room)
{
	size_t wanted = buffer->room ? buffer->room : 1024;
	uint8_t *grown;

	SP_ASSERT(buffer->n <= buffer->room);
	if (room <= buffer->room)
		return true;
	while (wanted < room)
		wanted *= 2;
	grown = realloc(buffer->at, wanted);
	if (!grown) {
		buffer->failed = true;
		return false;
	}
	buffer->at = grown;
	buffer->room = wanted;
	return true;
}

void sp_log_buffer_fini(sp_log_buffer *buffer)
{
	free(buffer->at);
	*buffer = (sp_log_buffer){0};
}
