/* digest.c - hashes that others compare: of a tick's decisions (R15), of a configuration's texts (R16), and their text.
 * All are BLAKE2b-256. */
#include <stdlib.h>

#include <sodium.h>

#include "base/assert.h"
#include "controller/log/store.h"

#define DIGEST_STACK 4096 /* a decision with a dozen prices fits */

/* A decision's bytes: in the stack's room, or in memory of its own that the caller frees. */
static sp_status digest_add(crypto_generichash_state *state, const sp_decision *decision)
{
	uint8_t stack[DIGEST_STACK];
	sp_writer writer = {.at = stack, .size = sizeof stack};
	uint8_t *large;

	sp_decision_encode(decision, &writer);
	if (writer.n <= sizeof stack) {
		crypto_generichash_update(state, stack, writer.n);
		return SP_OK;
	}
	large = malloc(writer.n);
	if (!large)
		return SP_E_MEMORY;
	writer = (sp_writer){.at = large, .size = writer.n};
	sp_decision_encode(decision, &writer);
	SP_ASSERT(writer.n <= writer.size);
	crypto_generichash_update(state, large, writer.n);
	free(large);
	return SP_OK;
}

sp_status sp_log_digest(const sp_decision *decisions, uint32_t n, uint8_t digest[SP_HASH_SIZE])
{
	crypto_generichash_state state;
	sp_status status = SP_OK;

	SP_ASSERT(decisions || n == 0);
	SP_ASSERT(sodium_init() >= 0);
	crypto_generichash_init(&state, NULL, 0, SP_HASH_SIZE);
	for (uint32_t i = 0; i < n && status == SP_OK; i++)
		status = digest_add(&state, &decisions[i]);
	if (status == SP_OK)
		crypto_generichash_final(&state, digest, SP_HASH_SIZE);
	return status;
}

static void digest_put(crypto_generichash_state *state, const void *bytes, size_t n)
{
	uint8_t length[8];

	for (int i = 0; i < 8; i++)
		length[i] = (uint8_t)((uint64_t)n >> (8 * i));
	crypto_generichash_update(state, length, sizeof length);
	if (n > 0)
		crypto_generichash_update(state, bytes, n);
}

void sp_log_hash(const void *a, size_t na, const void *b, size_t nb, uint8_t hash[SP_HASH_SIZE])
{
	crypto_generichash_state state;

	crypto_generichash_init(&state, NULL, 0, SP_HASH_SIZE);
	digest_put(&state, a, na);
	digest_put(&state, b, nb);
	crypto_generichash_final(&state, hash, SP_HASH_SIZE);
}

char *sp_hash_text(const uint8_t hash[SP_HASH_SIZE], char text[SP_HASH_TEXT_MAX])
{
	static const char digits[] = "0123456789abcdef";

	for (int i = 0; i < SP_HASH_SIZE; i++) {
		text[2 * i] = digits[hash[i] >> 4];
		text[2 * i + 1] = digits[hash[i] & 15];
	}
	text[2 * SP_HASH_SIZE] = 0;
	return text;
}

static int digest_nibble(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

sp_status sp_hash_parse(const char *text, uint8_t hash[SP_HASH_SIZE])
{
	uint8_t bytes[SP_HASH_SIZE];

	for (int i = 0; i < SP_HASH_SIZE; i++) {
		int high = digest_nibble(text[2 * i]);
		int low = high < 0 ? -1 : digest_nibble(text[2 * i + 1]);

		if (low < 0)
			return SP_E_SYNTAX;
		bytes[i] = (uint8_t)(high << 4 | low);
	}
	if (text[2 * SP_HASH_SIZE] != 0)
		return SP_E_SYNTAX;
	for (int i = 0; i < SP_HASH_SIZE; i++)
		hash[i] = bytes[i];
	return SP_OK;
}
