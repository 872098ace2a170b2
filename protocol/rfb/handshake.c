/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/rfb/handshake.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "protocol/rfb/encodings.h"

enum stage {
	/* outer and inner server */
	SERVER_VERSION_OUT,
	SERVER_VERSION_IN,
	SERVER_TYPE_IN,
	SERVER_VENCRYPT_IN,
	SERVER_SUBTYPE_IN,
	SERVER_PLAIN_IN,
	SERVER_RESULT_OUT,
	SERVER_INIT_IN,
	SERVER_INIT_OUT,
	/* outer and inner client */
	CLIENT_VERSION_OUT,
	CLIENT_VERSION_IN,
	CLIENT_TYPES_IN,
	CLIENT_VENCRYPT_IN,
	CLIENT_SUBTYPES_IN,
	CLIENT_ACK_IN,
	CLIENT_PLAIN_OUT,
	CLIENT_RESULT_IN,
	CLIENT_INIT_IN
};

#define VERSION "RFB 003.008\n"
#define VERSION_BYTES 12u
#define FORMAT_BYTES 13u /* of the pixel format, without its padding */

static const uint8_t types_vencrypt[] = {1, 19};
static const uint8_t types_none[] = {1, 1};
static const uint8_t vencrypt_version[] = {0, 2};
static const uint8_t shared[] = {1};
static const uint8_t ack[] = {1};

static bool is_outer(const struct sj_handshake *handshake)
{
	return handshake->settings.role == SJ_HANDSHAKE_OUTER_SERVER ||
	       handshake->settings.role == SJ_HANDSHAKE_OUTER_CLIENT;
}

static enum sj_step refuse(struct sj_handshake *handshake, enum sj_reason why)
{
	handshake->state = SJ_HANDSHAKE_REFUSED;
	handshake->reason = why;
	sj_handshake_forget(handshake);
	return SJ_STEP_REFUSE;
}

/* Goes on to stage, or to a state that waits for the owner. */
static enum sj_step go(struct sj_handshake *handshake, enum stage stage)
{
	handshake->stage = stage;
	return SJ_STEP_DONE;
}

static enum sj_step need(
	struct sj_handshake *handshake, enum sj_handshake_state state)
{
	handshake->state = state;
	return SJ_STEP_DONE;
}

/* sj_handshake_next has made sure of the room. */
static void put(struct sj_writer *out, const void *data, size_t size)
{
	const bool is_written = sj_write_bytes(out, data, size);

	assert(is_written);
}

static void put_u32(struct sj_writer *out, uint32_t value)
{
	const bool is_written = sj_write_u32(out, value);

	assert(is_written);
}

/* Takes exactly the bytes of wanted; the first other byte is refused. */
static enum sj_step expect(struct sj_handshake *handshake, struct sj_reader *in,
	const void *wanted, size_t size, enum sj_reason why)
{
	const size_t left = sj_reader_left(in);
	const size_t compared = left < size ? left : size;

	if (memcmp(in->data + in->at, wanted, compared) != 0)
		return refuse(handshake, why);
	return sj_read_skip(in, size) ? SJ_STEP_DONE : SJ_STEP_MORE;
}

static enum sj_step server_version_in(struct sj_handshake *handshake,
	struct sj_reader *in, struct sj_writer *out)
{
	const enum sj_step step = expect(handshake, in, VERSION, VERSION_BYTES,
		SJ_REASON_VIEWER_VERSION);

	if (step != SJ_STEP_DONE)
		return step;
	put(out, is_outer(handshake) ? types_vencrypt : types_none, 2);
	return go(handshake, SERVER_TYPE_IN);
}

static enum sj_step server_type_in(struct sj_handshake *handshake,
	struct sj_reader *in, struct sj_writer *out)
{
	const uint8_t *type =
		is_outer(handshake) ? &types_vencrypt[1] : &types_none[1];
	const enum sj_step step =
		expect(handshake, in, type, 1, SJ_REASON_VIEWER_SECURITY);

	if (step != SJ_STEP_DONE)
		return step;
	if (is_outer(handshake)) {
		put(out, vencrypt_version, sizeof(vencrypt_version));
		return go(handshake, SERVER_VENCRYPT_IN);
	}
	put_u32(out, 0);
	return go(handshake, SERVER_INIT_IN);
}

static enum sj_step server_vencrypt_in(struct sj_handshake *handshake,
	struct sj_reader *in, struct sj_writer *out)
{
	const struct sj_handshake_settings *settings = &handshake->settings;
	const enum sj_step step = expect(handshake, in, vencrypt_version,
		sizeof(vencrypt_version), SJ_REASON_VIEWER_SECURITY);
	uint8_t head[2] = {0, 0};

	if (step != SJ_STEP_DONE)
		return step;
	head[1] = (uint8_t)(settings->has_x509_none + settings->has_x509_plain);
	put(out, head, sizeof(head));
	if (settings->has_x509_none)
		put_u32(out, SJ_RFB_X509_NONE);
	if (settings->has_x509_plain)
		put_u32(out, SJ_RFB_X509_PLAIN);
	return go(handshake, SERVER_SUBTYPE_IN);
}

/* The last bytes in clear: nothing may follow them before TLS. */
static enum sj_step enter_tls(
	struct sj_handshake *handshake, const struct sj_reader *in)
{
	if (sj_reader_left(in) > 0)
		return refuse(handshake, SJ_REASON_CLEAR_BYTES);
	return need(handshake, SJ_HANDSHAKE_NEED_TLS);
}

static bool is_offered(
	const struct sj_handshake *handshake, uint32_t wire_subtype)
{
	return (wire_subtype == SJ_RFB_X509_NONE &&
		       handshake->settings.has_x509_none) ||
	       (wire_subtype == SJ_RFB_X509_PLAIN &&
		       handshake->settings.has_x509_plain);
}

static enum sj_step server_subtype_in(struct sj_handshake *handshake,
	struct sj_reader *in, struct sj_writer *out)
{
	uint32_t wire_subtype;

	if (!sj_read_u32(in, &wire_subtype))
		return SJ_STEP_MORE;
	if (!is_offered(handshake, wire_subtype))
		return refuse(handshake, SJ_REASON_VIEWER_SECURITY);
	handshake->subtype = wire_subtype;
	put(out, ack, sizeof(ack));
	return enter_tls(handshake, in);
}

static enum sj_step server_plain_in(
	struct sj_handshake *handshake, struct sj_reader *in)
{
	struct sj_handshake_login *login = &handshake->login;
	struct sj_reader cursor = *in;
	uint32_t wire_user, wire_password;

	if (!sj_read_u32(&cursor, &wire_user))
		return SJ_STEP_MORE;
	if (wire_user == 0 || wire_user > SJ_LIMIT_USER_NAME_BYTES)
		return refuse(handshake, SJ_REASON_VIEWER_SECURITY);
	if (!sj_read_u32(&cursor, &wire_password))
		return SJ_STEP_MORE;
	if (wire_password > SJ_LIMIT_PASSWORD_BYTES)
		return refuse(handshake, SJ_REASON_VIEWER_SECURITY);
	memset(login, 0, sizeof(*login));
	if (!sj_read_bytes(&cursor, login->user, wire_user) ||
		!sj_read_bytes(&cursor, login->password, wire_password))
		return SJ_STEP_MORE;
	/* A 0 byte inside would make two names one. */
	if (strlen(login->user) != wire_user ||
		strlen(login->password) != wire_password)
		return refuse(handshake, SJ_REASON_VIEWER_SECURITY);
	*in = cursor;
	return need(handshake, SJ_HANDSHAKE_NEED_VERDICT);
}

static enum sj_step server_result_out(
	struct sj_handshake *handshake, struct sj_writer *out)
{
	const enum sj_reason verdict = handshake->verdict;
	char text[5];

	if (verdict == SJ_REASON_NONE) {
		put_u32(out, 0);
		return go(handshake, SERVER_INIT_IN);
	}
	snprintf(text, sizeof(text), "E%03u", (unsigned)verdict % 1000u);
	put_u32(out, 1);
	put_u32(out, 4);
	put(out, text, 4);
	return refuse(handshake, verdict);
}

static enum sj_step server_init_in(
	struct sj_handshake *handshake, struct sj_reader *in)
{
	uint8_t wire_shared;

	if (!sj_read_u8(in, &wire_shared))
		return SJ_STEP_MORE;
	if (wire_shared > 1)
		return refuse(handshake, SJ_REASON_VIEWER_INIT);
	return need(handshake, SJ_HANDSHAKE_NEED_SIZE);
}

static enum sj_step server_init_out(
	struct sj_handshake *handshake, struct sj_writer *out)
{
	put_u32(out, ((uint32_t)handshake->size.width_px << 16) |
			     handshake->size.height_px);
	put(out, sj_rfb_pixel_format, SJ_RFB_PIXEL_FORMAT_BYTES);
	put_u32(out, sizeof(SJ_RFB_DESKTOP_NAME) - 1);
	put(out, SJ_RFB_DESKTOP_NAME, sizeof(SJ_RFB_DESKTOP_NAME) - 1);
	return need(handshake, SJ_HANDSHAKE_FINISHED);
}

static enum sj_step client_version_in(struct sj_handshake *handshake,
	struct sj_reader *in, struct sj_writer *out)
{
	const enum sj_step step = expect(
		handshake, in, VERSION, VERSION_BYTES, SJ_REASON_HOST_VERSION);

	if (step != SJ_STEP_DONE)
		return step;
	if (is_outer(handshake))
		put(out, VERSION, VERSION_BYTES);
	return go(handshake, CLIENT_TYPES_IN);
}

static enum sj_step client_types_in(struct sj_handshake *handshake,
	struct sj_reader *in, struct sj_writer *out)
{
	const uint8_t *types =
		is_outer(handshake) ? types_vencrypt : types_none;
	const enum sj_step step =
		expect(handshake, in, types, 2, SJ_REASON_HOST_SECURITY);

	if (step != SJ_STEP_DONE)
		return step;
	put(out, types + 1, 1);
	return go(handshake,
		is_outer(handshake) ? CLIENT_VENCRYPT_IN : CLIENT_RESULT_IN);
}

static enum sj_step client_vencrypt_in(struct sj_handshake *handshake,
	struct sj_reader *in, struct sj_writer *out)
{
	const enum sj_step step = expect(handshake, in, vencrypt_version,
		sizeof(vencrypt_version), SJ_REASON_HOST_SECURITY);

	if (step != SJ_STEP_DONE)
		return step;
	put(out, vencrypt_version, sizeof(vencrypt_version));
	return go(handshake, CLIENT_SUBTYPES_IN);
}

/* Status 0, one or two different subtypes that both exist here. */
static enum sj_step client_subtypes_in(struct sj_handshake *handshake,
	struct sj_reader *in, struct sj_writer *out)
{
	struct sj_reader cursor = *in;
	bool has_none = false, has_plain = false;
	uint8_t wire_status, wire_count;

	if (!sj_read_u8(&cursor, &wire_status))
		return SJ_STEP_MORE;
	if (wire_status != 0)
		return refuse(handshake, SJ_REASON_HOST_SECURITY);
	if (!sj_read_u8(&cursor, &wire_count))
		return SJ_STEP_MORE;
	if (wire_count < 1 || wire_count > 2)
		return refuse(handshake, SJ_REASON_HOST_SECURITY);
	for (unsigned i = 0; i < wire_count; i++) {
		uint32_t wire_subtype;

		if (!sj_read_u32(&cursor, &wire_subtype))
			return SJ_STEP_MORE;
		if (wire_subtype == SJ_RFB_X509_NONE && !has_none)
			has_none = true;
		else if (wire_subtype == SJ_RFB_X509_PLAIN && !has_plain)
			has_plain = true;
		else
			return refuse(handshake, SJ_REASON_HOST_SECURITY);
	}
	if (has_plain && handshake->settings.has_x509_plain)
		handshake->subtype = SJ_RFB_X509_PLAIN;
	else if (has_none && handshake->settings.has_x509_none)
		handshake->subtype = SJ_RFB_X509_NONE;
	else
		return refuse(handshake, SJ_REASON_HOST_SECURITY);
	*in = cursor;
	put_u32(out, handshake->subtype);
	return go(handshake, CLIENT_ACK_IN);
}

static enum sj_step client_ack_in(
	struct sj_handshake *handshake, struct sj_reader *in)
{
	const enum sj_step step = expect(
		handshake, in, ack, sizeof(ack), SJ_REASON_HOST_SECURITY);

	if (step != SJ_STEP_DONE)
		return step;
	return enter_tls(handshake, in);
}

static enum sj_step client_plain_out(
	struct sj_handshake *handshake, struct sj_writer *out)
{
	const struct sj_handshake_login *login = &handshake->settings.login;
	const size_t user = strnlen(login->user, SJ_LIMIT_USER_NAME_BYTES);
	const size_t password =
		strnlen(login->password, SJ_LIMIT_PASSWORD_BYTES);

	put_u32(out, (uint32_t)user);
	put_u32(out, (uint32_t)password);
	put(out, login->user, user);
	put(out, login->password, password);
	sj_handshake_forget(handshake);
	return go(handshake, CLIENT_RESULT_IN);
}

/* The code of `E` and three digits; NONE for any other text. */
static enum sj_reason code_of(const uint8_t *wire_text, size_t size)
{
	unsigned number = 0;

	if (size != 4 || wire_text[0] != 'E')
		return SJ_REASON_NONE;
	for (size_t i = 1; i < 4; i++) {
		if (wire_text[i] < '0' || wire_text[i] > '9')
			return SJ_REASON_NONE;
		number = number * 10 + (unsigned)(wire_text[i] - '0');
	}
	if (!sj_reason_is_known(number))
		return SJ_REASON_NONE;
	return (enum sj_reason)number;
}

static enum sj_step client_result_in(struct sj_handshake *handshake,
	struct sj_reader *in, struct sj_writer *out)
{
	struct sj_reader cursor = *in;
	uint32_t wire_result, wire_length;
	const uint8_t *wire_text;
	enum sj_reason code;

	if (!sj_read_u32(&cursor, &wire_result))
		return SJ_STEP_MORE;
	if (wire_result == 0) {
		*in = cursor;
		put(out, shared, sizeof(shared));
		return go(handshake, CLIENT_INIT_IN);
	}
	if (wire_result != 1 || !is_outer(handshake))
		return refuse(handshake, SJ_REASON_HOST_RESULT);
	if (!sj_read_u32(&cursor, &wire_length))
		return SJ_STEP_MORE;
	if (wire_length > SJ_LIMIT_REASON_BYTES)
		return refuse(handshake, SJ_REASON_HOST_RESULT);
	if (!sj_read_view(&cursor, &wire_text, wire_length))
		return SJ_STEP_MORE;
	code = code_of(wire_text, wire_length);
	if (code == SJ_REASON_NONE)
		return refuse(handshake, SJ_REASON_HOST_RESULT);
	handshake->verdict = code;
	return refuse(handshake, code);
}

static enum sj_step client_init_in(
	struct sj_handshake *handshake, struct sj_reader *in)
{
	const struct sj_size *max = &handshake->settings.size_max;
	struct sj_reader cursor = *in;
	uint16_t wire_width, wire_height;
	uint8_t wire_format[SJ_RFB_PIXEL_FORMAT_BYTES];
	uint32_t wire_name;

	if (!sj_read_u16(&cursor, &wire_width) ||
		!sj_read_u16(&cursor, &wire_height))
		return SJ_STEP_MORE;
	if (wire_width < SJ_LIMIT_WIDTH_MIN_PX || wire_width > max->width_px ||
		wire_height < SJ_LIMIT_HEIGHT_MIN_PX ||
		wire_height > max->height_px)
		return refuse(handshake, SJ_REASON_HOST_INIT);
	if (!sj_read_bytes(&cursor, wire_format, sizeof(wire_format)))
		return SJ_STEP_MORE;
	if (memcmp(wire_format, sj_rfb_pixel_format, FORMAT_BYTES) != 0)
		return refuse(handshake, SJ_REASON_HOST_INIT);
	if (!sj_read_u32(&cursor, &wire_name))
		return SJ_STEP_MORE;
	if (wire_name > SJ_LIMIT_NAME_BYTES)
		return refuse(handshake, SJ_REASON_HOST_INIT);
	if (!sj_read_skip(&cursor, wire_name))
		return SJ_STEP_MORE;
	*in = cursor;
	handshake->size.width_px = wire_width;
	handshake->size.height_px = wire_height;
	return need(handshake, SJ_HANDSHAKE_FINISHED);
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

static enum sj_step server_next(struct sj_handshake *handshake,
	struct sj_reader *in, struct sj_writer *out)
{
	switch (handshake->stage) {
	case SERVER_VERSION_OUT:
		put(out, VERSION, VERSION_BYTES);
		return go(handshake, SERVER_VERSION_IN);
	case SERVER_VERSION_IN:
		return server_version_in(handshake, in, out);
	case SERVER_TYPE_IN:
		return server_type_in(handshake, in, out);
	case SERVER_VENCRYPT_IN:
		return server_vencrypt_in(handshake, in, out);
	case SERVER_SUBTYPE_IN:
		return server_subtype_in(handshake, in, out);
	case SERVER_PLAIN_IN:
		return server_plain_in(handshake, in);
	case SERVER_RESULT_OUT:
		return server_result_out(handshake, out);
	case SERVER_INIT_IN:
		return server_init_in(handshake, in);
	default:
		return server_init_out(handshake, out);
	}
}

static enum sj_step client_next(struct sj_handshake *handshake,
	struct sj_reader *in, struct sj_writer *out)
{
	switch (handshake->stage) {
	case CLIENT_VERSION_OUT:
		put(out, VERSION, VERSION_BYTES);
		return go(handshake, CLIENT_VERSION_IN);
	case CLIENT_VERSION_IN:
		return client_version_in(handshake, in, out);
	case CLIENT_TYPES_IN:
		return client_types_in(handshake, in, out);
	case CLIENT_VENCRYPT_IN:
		return client_vencrypt_in(handshake, in, out);
	case CLIENT_SUBTYPES_IN:
		return client_subtypes_in(handshake, in, out);
	case CLIENT_ACK_IN:
		return client_ack_in(handshake, in);
	case CLIENT_PLAIN_OUT:
		return client_plain_out(handshake, out);
	case CLIENT_RESULT_IN:
		return client_result_in(handshake, in, out);
	default:
		return client_init_in(handshake, in);
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
		       ? server_next(handshake, in, out)
		       : client_next(handshake, in, out);
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
