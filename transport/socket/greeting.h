/* greeting.h - inside the room: brings greeting.c into the program. */
#ifndef SP_SOCKET_GREETING_H
#define SP_SOCKET_GREETING_H

/* Does nothing; a static library's file is linked only where something of it is called. */
void sp_socket_greet(void);

#endif
