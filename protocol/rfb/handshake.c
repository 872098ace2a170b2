/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/rfb/handshake.h"

#include <assert.h>
#include <string.h>

#include "protocol/rfb/handshake_state.h"

const uint8_t sj_handshake_vencrypt[2] = {1, 19};
const uint8_t sj_handshake_none[2] = {1, 1};
const uint8_t sj_handshake_vencrypt_version[2] = {0, 2};
const uint8_t sj_handshake_ack[1] = {1};

bool sj_handshake_is_outer(const struct sj_handshake *handshake)
{
	return handshake->settings.role == SJ_HANDSHAKE_OUTER_SERVER ||
	       handshake->settings.role == SJ_HANDSHAKE_OUTER_CLIENT;
}

enum sj_step sj_handshake_refuse(
	struct sj_handshake *handshake, enum sj_reason why)
{
	handshake->state = SJ_HANDSHAKE_REFUSED;
	handshake->reason = why;
	sj_handshake_forget(handshake);
	return SJ_STEP_REFUSE;
}

/* Goes on to stage, or to a state that waits for the owner. */
enum sj_step sj_handshake_go(
	struct sj_handshake *handshake, enum sj_handshake_stage stage)
{
	handshake->stage = stage;
	return SJ_STEP_DONE;
}

enum sj_step sj_handshake_need(
	struct sj_handshake *handshake, enum sj_handshake_state state)
{
	handshake->state = state;
	return SJ_STEP_DONE;
}

/* sj_handshake_next has made sure of the room. */
void sj_handshake_put(struct sj_writer *out, const void *data, size_t size)
{
	const bool is_written = sj_write_bytes(out, data, size);

	assert(is_written);
}

void sj_handshake_put_u32(struct sj_writer *out, uint32_t value)
{
	const bool is_written = sj_write_u32(out, value);

	assert(is_written);
}

/* Takes exactly the bytes of wanted; the first other byte is refused. */
enum sj_step sj_handshake_expect(struct sj_handshake *handshake,
	struct sj_reader *in, const void *wanted, size_t size,
	enum sj_reason why)
{
	const size_t left = sj_reader_left(in);
	const size_t compared = left < size ? left : size;

	if (compared > 0 && memcmp(in->data + in->at, wanted, compared) != 0)
		return sj_handshake_refuse(handshake, why);
	return sj_read_skip(in, size) ? SJ_STEP_DONE : SJ_STEP_MORE;
}

/* The last bytes in clear: nothing may follow them before TLS. */
enum sj_step sj_handshake_enter_tls(
	struct sj_handshake *handshake, const struct sj_reader *in)
{
	if (sj_reader_left(in) > 0)
		return sj_handshake_refuse(handshake, SJ_REASON_CLEAR_BYTES);
	return sj_handshake_need(handshake, SJ_HANDSHAKE_NEED_TLS);
}

void sj_handshake_init(struct sj_handshake *handshake,
	const struct sj_handshake_settings *settings)
{
	memset(handshake, 0, sizeof(*handshake));
	handshake->settings = *settings;
	switch (settings->role) {
	case SJ_HANDSHAKE_OUTER_CLIENT:
		handshake->stage = CLIENT_VERSION_IN;
		break;
	case SJ_HANDSHAKE_INNER_CLIENT:
		/* LibVNCServer waits 100 ms for a WebSocket unless the version
		 * is there when it looks. */
		handshake->stage = CLIENT_VERSION_OUT;
		break;
	case SJ_HANDSHAKE_OUTER_SERVER:
	case SJ_HANDSHAKE_INNER_SERVER:
		handshake->stage = SERVER_VERSION_OUT;
		break;
	}
}

enum sj_step sj_handshake_next(struct sj_handshake *handshake,
	struct sj_reader *in, struct sj_writer *out)
{
	if (handshake->state == SJ_HANDSHAKE_REFUSED)
		return SJ_STEP_REFUSE;
	if (handshake->state != SJ_HANDSHAKE_RUNNING)
		return SJ_STEP_MORE;
	if (sj_writer_room(out) < SJ_HANDSHAKE_ROOM_BYTES)
		return SJ_STEP_FULL;
	return handshake->stage < CLIENT_VERSION_OUT
		       ? sj_handshake_server_next(handshake, in, out)
		       : sj_handshake_client_next(handshake, in, out);
}

enum sj_handshake_state sj_handshake_state(const struct sj_handshake *handshake)
{
	return handshake->state;
}

enum sj_reason sj_handshake_reason(const struct sj_handshake *handshake)
{
	return handshake->reason;
}

bool sj_handshake_is_by_peer(const struct sj_handshake *handshake)
{
	return handshake->settings.role == SJ_HANDSHAKE_OUTER_CLIENT &&
	       handshake->verdict != SJ_REASON_NONE;
}

void sj_handshake_tls_done(struct sj_handshake *handshake)
{
	const bool is_plain = handshake->subtype == SJ_RFB_X509_PLAIN;

	assert(handshake->state == SJ_HANDSHAKE_NEED_TLS);
	handshake->state = SJ_HANDSHAKE_RUNNING;
	if (handshake->settings.role == SJ_HANDSHAKE_OUTER_CLIENT)
		handshake->stage =
			is_plain ? CLIENT_PLAIN_OUT : CLIENT_RESULT_IN;
	else if (is_plain)
		handshake->stage = SERVER_PLAIN_IN;
	else
		handshake->state = SJ_HANDSHAKE_NEED_VERDICT;
}

uint32_t sj_handshake_subtype(const struct sj_handshake *handshake)
{
	return handshake->subtype;
}

const struct sj_handshake_login *sj_handshake_login(
	const struct sj_handshake *handshake)
{
	if (handshake->state != SJ_HANDSHAKE_NEED_VERDICT ||
		handshake->subtype != SJ_RFB_X509_PLAIN)
		return NULL;
	return &handshake->login;
}

void sj_handshake_verdict(
	struct sj_handshake *handshake, enum sj_reason verdict)
{
	assert(handshake->state == SJ_HANDSHAKE_NEED_VERDICT);
	sj_handshake_forget(handshake);
	handshake->verdict = verdict;
	handshake->stage = SERVER_RESULT_OUT;
	handshake->state = SJ_HANDSHAKE_RUNNING;
}

void sj_handshake_set_size(
	struct sj_handshake *handshake, const struct sj_size *size)
{
	assert(handshake->state == SJ_HANDSHAKE_NEED_SIZE);
	handshake->size = *size;
	handshake->stage = SERVER_INIT_OUT;
	handshake->state = SJ_HANDSHAKE_RUNNING;
}

struct sj_size sj_handshake_size(const struct sj_handshake *handshake)
{
	return handshake->size;
}

/* Member by member: a compiler may take the whole for its first member. */
static void wipe(struct sj_handshake_login *login)
{
	explicit_bzero(login->user, sizeof(login->user));
	explicit_bzero(login->password, sizeof(login->password));
}

void sj_handshake_forget(struct sj_handshake *handshake)
{
	wipe(&handshake->login);
	wipe(&handshake->settings.login);
}
