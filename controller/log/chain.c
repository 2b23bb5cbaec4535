/* chain.c - a row's canonical bytes and the link they give.
 *
 * Numbers are eight bytes, little-endian; text and bytes have their length in front; each column begins with a byte for its
 * type, so that a value moved into another column, or stored as another type, gives another link. -0.0 counts as 0.0: SQLite
 * does not keep the sign. source  BLAKE2b: Aumasson et al. 2013, through libsodium's generichash. */
#include <string.h>

#include <sodium.h>

#include "base/assert.h"
#include "controller/log/store.h"

enum { CHAIN_INT = 1, CHAIN_REAL, CHAIN_TEXT, CHAIN_BYTES, CHAIN_NULL };

static void chain_number(sp_log_buffer *canon, uint8_t type, uint64_t x)
{
	/* One by one, so that the compiler makes two stores of them. */
	const uint8_t bytes[9] = {type,
	                          (uint8_t)x,
	                          (uint8_t)(x >> 8),
	                          (uint8_t)(x >> 16),
	                          (uint8_t)(x >> 24),
	                          (uint8_t)(x >> 32),
	                          (uint8_t)(x >> 40),
	                          (uint8_t)(x >> 48),
	                          (uint8_t)(x >> 56)};

	sp_log_buffer_put(canon, bytes, sizeof bytes);
}

void sp_chain_int(sp_log_buffer *canon, int64_t x)
{
	chain_number(canon, CHAIN_INT, (uint64_t)x);
}

void sp_chain_real(sp_log_buffer *canon, double x)
{
	uint64_t bits;

	if (x == 0)
		x = 0;
	memcpy(&bits, &x, sizeof bits);
	chain_number(canon, CHAIN_REAL, bits);
}

void sp_chain_text(sp_log_buffer *canon, const void *text, size_t n)
{
	chain_number(canon, CHAIN_TEXT, n);
	sp_log_buffer_put(canon, text, n);
}

void sp_chain_bytes(sp_log_buffer *canon, const void *bytes, size_t n)
{
	chain_number(canon, CHAIN_BYTES, n);
	sp_log_buffer_put(canon, bytes, n);
}

void sp_chain_begin(sp_log_buffer *canon, const uint8_t link[SP_HASH_SIZE], sp_log_table_id table)
{
	uint8_t tag = (uint8_t)table;

	SP_ASSERT(table < SP_TABLES);
	canon->n = 0;
	sp_log_buffer_put(canon, link, SP_HASH_SIZE);
	sp_log_buffer_put(canon, &tag, 1);
}

void sp_chain_link(const sp_log_buffer *canon, uint8_t link[SP_HASH_SIZE])
{
	SP_ASSERT(!canon->failed && canon->n > SP_HASH_SIZE);
	crypto_generichash(link, SP_HASH_SIZE, canon->at, canon->n, NULL, 0);
}

static void chain_column(sp_log_buffer *canon, sqlite3_stmt *select, int column)
{
	switch (sqlite3_column_type(select, column)) {
	case SQLITE_INTEGER:
		sp_chain_int(canon, sqlite3_column_int64(select, column));
		break;
	case SQLITE_FLOAT:
		sp_chain_real(canon, sqlite3_column_double(select, column));
		break;
	case SQLITE_TEXT:
		sp_chain_text(canon, sqlite3_column_blob(select, column), (size_t)sqlite3_column_bytes(select, column));
		break;
	case SQLITE_BLOB:
		sp_chain_bytes(canon, sqlite3_column_blob(select, column), (size_t)sqlite3_column_bytes(select, column));
		break;
	default:
		chain_number(canon, CHAIN_NULL, 0);
	}
}

sp_status sp_chain_of_row(sp_log_buffer *canon, const uint8_t link[SP_HASH_SIZE], sp_log_table_id table,
                          sqlite3_stmt *select, uint8_t out[SP_HASH_SIZE])
{
	sp_chain_begin(canon, link, table);
	for (int i = 0; i < sp_log_tables[table].n_hashed; i++)
		chain_column(canon, select, i);
	if (canon->failed)
		return SP_E_MEMORY;
	sp_chain_link(canon, out);
	return SP_OK;
}
