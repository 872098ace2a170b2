/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "certs/ledger_mac.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <string.h>

#include "protocol/base/bytes.h"

#define STATE_MAGIC "SJLS"
#define STATE_HASHED_BYTES 96
#define JOIN_LABEL "shoji ledger join 1"
#define FIRST_FORMAT "shoji ledger 1\nid "
#define FIRST_KEY "\nkey "

bool sj_ledger_hash(
	const void *data, size_t size, uint8_t out[SJ_LEDGER_HASH_BYTES])
{
	return EVP_Digest(data, size, out, NULL, EVP_sha256(), NULL) == 1;
}

bool sj_ledger_join(
	const uint8_t exporter[32], uint8_t out[SJ_LEDGER_HASH_BYTES])
{
	uint8_t text[sizeof(JOIN_LABEL) - 1 + 32];
	bool is_made;

	memcpy(text, JOIN_LABEL, sizeof(JOIN_LABEL) - 1);
	memcpy(text + sizeof(JOIN_LABEL) - 1, exporter, 32);
	is_made = sj_ledger_hash(text, sizeof(text), out);
	OPENSSL_cleanse(text, sizeof(text));
	return is_made;
}

static bool hmac(const uint8_t *key, const void *data, size_t size,
	uint8_t out[SJ_LEDGER_HASH_BYTES])
{
	unsigned got = 0;

	return HMAC(EVP_sha256(), key, SJ_LEDGER_HASH_BYTES, data, size, out,
		       &got) != NULL &&
	       got == SJ_LEDGER_HASH_BYTES;
}

/* One block of HKDF-Expand (RFC 5869): info and a byte 1. */
static bool derive(
	const uint8_t *key, const char *info, uint8_t out[SJ_LEDGER_HASH_BYTES])
{
	uint8_t text[32];
	size_t size = strlen(info);

	memcpy(text, info, size);
	text[size] = 1;
	return hmac(key, text, size + 1, out);
}

bool sj_ledger_mac(const struct sj_ledger_state *state, const uint8_t *bytes,
	uint8_t out[SJ_LEDGER_HASH_BYTES])
{
	uint8_t key[SJ_LEDGER_HASH_BYTES];
	bool is_made = derive(state->key, "shoji ledger mac", key) &&
		       hmac(key, bytes, SJ_LEDGER_MAC_AT, out);

	OPENSSL_cleanse(key, sizeof(key));
	return is_made;
}

bool sj_ledger_next_key(struct sj_ledger_state *state)
{
	uint8_t next[SJ_LEDGER_HASH_BYTES];
	bool is_made = derive(state->key, "shoji ledger next", next);

	if (is_made)
		memcpy(state->key, next, sizeof(next));
	OPENSSL_cleanse(next, sizeof(next));
	return is_made;
}

bool sj_ledger_step(struct sj_ledger_state *state, const uint8_t *bytes)
{
	if (!sj_ledger_hash(bytes, SJ_LEDGER_RECORD_BYTES, state->prev) ||
		!sj_ledger_next_key(state))
		return false;
	state->seq++;
	return true;
}

bool sj_ledger_state_build(const struct sj_ledger_state *state, uint8_t *bytes)
{
	struct sj_writer out = sj_writer_of(bytes, SJ_LEDGER_STATE_BYTES);

	return sj_write_bytes(&out, STATE_MAGIC, 4) &&
	       sj_write_u16(&out, SJ_LEDGER_VERSION) && sj_write_u16(&out, 0) &&
	       sj_write_bytes(&out, state->id, sizeof(state->id)) &&
	       sj_write_u32(&out, (uint32_t)(state->seq >> 32)) &&
	       sj_write_u32(&out, (uint32_t)state->seq) &&
	       sj_write_bytes(&out, state->key, sizeof(state->key)) &&
	       sj_write_bytes(&out, state->prev, sizeof(state->prev)) &&
	       sj_ledger_hash(
		       bytes, STATE_HASHED_BYTES, bytes + STATE_HASHED_BYTES);
}

bool sj_ledger_state_parse(const uint8_t *bytes, struct sj_ledger_state *state)
{
	struct sj_reader in = sj_reader_of(bytes, SJ_LEDGER_STATE_BYTES);
	uint8_t magic[4], sum[SJ_LEDGER_HASH_BYTES];
	uint16_t version, zero;
	uint32_t high, low;

	if (!sj_read_bytes(&in, magic, 4) ||
		memcmp(magic, STATE_MAGIC, 4) != 0 ||
		!sj_read_u16(&in, &version) || version != SJ_LEDGER_VERSION ||
		!sj_read_u16(&in, &zero) || zero != 0 ||
		!sj_read_bytes(&in, state->id, sizeof(state->id)) ||
		!sj_read_u32(&in, &high) || !sj_read_u32(&in, &low) ||
		!sj_read_bytes(&in, state->key, sizeof(state->key)) ||
		!sj_read_bytes(&in, state->prev, sizeof(state->prev)) ||
		!sj_ledger_hash(bytes, STATE_HASHED_BYTES, sum))
		return false;
	state->seq = (uint64_t)high << 32 | low;
	return CRYPTO_memcmp(sum, bytes + STATE_HASHED_BYTES, sizeof(sum)) == 0;
}

bool sj_ledger_state_new(struct sj_ledger_state *state)
{
	memset(state, 0, sizeof(*state));
	return RAND_bytes(state->id, (int)sizeof(state->id)) == 1 &&
	       RAND_priv_bytes(state->key, (int)sizeof(state->key)) == 1;
}

static char *write_hex(char *at, const uint8_t *bytes, size_t size)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < size; i++) {
		*at++ = digits[bytes[i] >> 4];
		*at++ = digits[bytes[i] & 15];
	}
	return at;
}

bool sj_ledger_first_format(const struct sj_ledger_state *state, char *text)
{
	char *at = text;

	if (state->seq != 0)
		return false;
	memcpy(at, FIRST_FORMAT, sizeof(FIRST_FORMAT) - 1);
	at = write_hex(
		at + sizeof(FIRST_FORMAT) - 1, state->id, sizeof(state->id));
	memcpy(at, FIRST_KEY, sizeof(FIRST_KEY) - 1);
	at = write_hex(
		at + sizeof(FIRST_KEY) - 1, state->key, sizeof(state->key));
	memcpy(at, "\n", 2);
	return true;
}

static bool read_hex(const char **at, uint8_t *bytes, size_t size)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < 2 * size; i++) {
		const char *digit = memchr(digits, (*at)[i], 16);

		if (!digit)
			return false;
		bytes[i / 2] = (uint8_t)(bytes[i / 2] << 4 | (digit - digits));
	}
	*at += 2 * size;
	return true;
}

bool sj_ledger_first_parse(
	const char *text, size_t size, struct sj_ledger_state *state)
{
	char copy[SJ_LEDGER_FIRST_BYTES + 1] = "";
	const char *at = copy;
	bool is_read;

	memset(state, 0, sizeof(*state));
	if (size > SJ_LEDGER_FIRST_BYTES)
		return false;
	memcpy(copy, text, size);
	is_read = strncmp(at, FIRST_FORMAT, sizeof(FIRST_FORMAT) - 1) == 0;
	at += sizeof(FIRST_FORMAT) - 1;
	is_read = is_read && read_hex(&at, state->id, sizeof(state->id)) &&
		  strncmp(at, FIRST_KEY, sizeof(FIRST_KEY) - 1) == 0;
	at += sizeof(FIRST_KEY) - 1;
	is_read = is_read && read_hex(&at, state->key, sizeof(state->key)) &&
		  (strcmp(at, "\n") == 0 || *at == 0);
	OPENSSL_cleanse(copy, sizeof(copy));
	return is_read;
}

void sj_ledger_state_forget(struct sj_ledger_state *state)
{
	OPENSSL_cleanse(state, sizeof(*state));
}
