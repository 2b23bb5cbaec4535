/* reason.h - why bytes from outside are no message: refused whole, counted under this name. */
#ifndef SP_WIRE_REASON_H
#define SP_WIRE_REASON_H

/* The first group is what the structural check says of any bytes, the second what the fields of a known message say. */
#define SP_WIRE_REASON_MAP(X)                                                     \
	X(ok, "well-formed")                                                          \
	X(too_long, "more bytes than such a message may have")                        \
	X(truncated, "ends before what it declares")                                  \
	X(trailing, "bytes after its end")                                            \
	X(too_deep, "arrays nested too deeply")                                       \
	X(too_many, "more elements than such a message may have")                     \
	X(type, "a map, an extension or a reserved byte")                             \
	X(not_canonical, "not the shortest spelling of its content")                  \
	X(shape, "not the array of fields that it should be")                         \
	X(version, "of a wire version not known here")                                \
	X(kind, "no such kind of message")                                            \
	X(name, "source, client, family or SKU: no name")                             \
	X(seq, "no sequence number")                                                  \
	X(records, "no list of at most 4096 records")                                 \
	X(key, "key id and signature: both or neither, of 8 and 64 bytes")            \
	X(epoch, "no epoch of a counter from 1 and 16 bytes")                         \
	X(time, "no time from 1970 to 2200")                                          \
	X(lease, "no lease of a nanosecond or more")                                  \
	X(hash, "no hash of 32 bytes")                                                \
	X(chunk, "no chunk of a snapshot")                                            \
	X(items, "not 1 to 500 prices, each family with its own, or of unknown kind") \
	X(price, "a field of a price is no such field")                               \
	X(order, "families, or SKUs and versions of one, not strictly rising")        \
	X(status, "no such answer")                                                   \
	X(verb, "no such question")                                                   \
	X(arguments, "no list of at most 4 arguments")                                \
	X(text, "a text that is too long, no UTF-8, or has control characters")       \
	X(rows, "not at most 500 rows of 1 to 16 cells, as many in each")

typedef enum sp_wire_reason {
#define X(name, text) SP_WIRE_##name,
	SP_WIRE_REASON_MAP(X)
#undef X
	    SP_WIRE_REASONS
} sp_wire_reason;

const char *sp_wire_reason_name(sp_wire_reason reason);
const char *sp_wire_reason_text(sp_wire_reason reason);

#endif
