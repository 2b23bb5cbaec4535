/* decoder.h - the memory that decoding needs, taken once: a zone for msgpack-c, and room for the largest message of each kind.
 *
 * After sp_wire_open nothing is allocated any more: the structural check bounds what msgpack-c can ask of the zone, and the zone's
 * first chunk is that large. No message makes a decoder hold more than SP_WIRE_DECODER_MAX. What is decoded points into the
 * decoder and into the message's bytes, and lives until the next decode or until the bytes go. One thread at a time. */
#ifndef SP_WIRE_DECODER_H
#define SP_WIRE_DECODER_H

#define SP_WIRE_DECODER_MAX (1u << 20) /* [bytes] */

typedef struct sp_wire_decoder sp_wire_decoder; /* opaque */

sp_wire_decoder *sp_wire_open(void);          /* NULL when out of memory */
void sp_wire_close(sp_wire_decoder *decoder); /* NULL is accepted */

#endif
