/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The two roles that visit: outer and inner client. */
#include <string.h>

#include "protocol/rfb/encodings.h"
#include "protocol/rfb/handshake_state.h"

#define FORMAT_BYTES 13u /* of the pixel format, without its padding */

static const uint8_t shared[] = {1};

static enum sj_step client_version_in(struct sj_handshake *handshake,
	struct sj_reader *in, struct sj_writer *out)
{
	const enum sj_step step =
		sj_handshake_expect(handshake, in, SJ_HANDSHAKE_VERSION,
			SJ_HANDSHAKE_VERSION_BYTES, SJ_REASON_HOST_VERSION);

	if (step != SJ_STEP_DONE)
		return step;
	if (sj_handshake_is_outer(handshake))
		sj_handshake_put(
			out, SJ_HANDSHAKE_VERSION, SJ_HANDSHAKE_VERSION_BYTES);
	return sj_handshake_go(handshake, CLIENT_TYPES_IN);
}

static enum sj_step client_types_in(struct sj_handshake *handshake,
	struct sj_reader *in, struct sj_writer *out)
{
	const uint8_t *types = sj_handshake_is_outer(handshake)
				       ? sj_handshake_vencrypt
				       : sj_handshake_none;
	const enum sj_step step = sj_handshake_expect(
		handshake, in, types, 2, SJ_REASON_HOST_SECURITY);

	if (step != SJ_STEP_DONE)
		return step;
	sj_handshake_put(out, types + 1, 1);
	return sj_handshake_go(handshake, sj_handshake_is_outer(handshake)
						  ? CLIENT_VENCRYPT_IN
						  : CLIENT_RESULT_IN);
}

static enum sj_step client_vencrypt_in(struct sj_handshake *handshake,
	struct sj_reader *in, struct sj_writer *out)
{
	const enum sj_step step = sj_handshake_expect(handshake, in,
		sj_handshake_vencrypt_version,
		sizeof(sj_handshake_vencrypt_version), SJ_REASON_HOST_SECURITY);

	if (step != SJ_STEP_DONE)
		return step;
	sj_handshake_put(out, sj_handshake_vencrypt_version,
		sizeof(sj_handshake_vencrypt_version));
	return sj_handshake_go(handshake, CLIENT_SUBTYPES_IN);
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
		return sj_handshake_refuse(handshake, SJ_REASON_HOST_SECURITY);
	if (!sj_read_u8(&cursor, &wire_count))
		return SJ_STEP_MORE;
	if (wire_count < 1 || wire_count > 2)
		return sj_handshake_refuse(handshake, SJ_REASON_HOST_SECURITY);
	for (unsigned i = 0; i < wire_count; i++) {
		uint32_t wire_subtype;

		if (!sj_read_u32(&cursor, &wire_subtype))
			return SJ_STEP_MORE;
		if (wire_subtype == SJ_RFB_X509_NONE && !has_none)
			has_none = true;
		else if (wire_subtype == SJ_RFB_X509_PLAIN && !has_plain)
			has_plain = true;
		else
			return sj_handshake_refuse(
				handshake, SJ_REASON_HOST_SECURITY);
	}
	if (has_plain && handshake->settings.has_x509_plain)
		handshake->subtype = SJ_RFB_X509_PLAIN;
	else if (has_none && handshake->settings.has_x509_none)
		handshake->subtype = SJ_RFB_X509_NONE;
	else
		return sj_handshake_refuse(handshake, SJ_REASON_HOST_SECURITY);
	*in = cursor;
	sj_handshake_put_u32(out, handshake->subtype);
	return sj_handshake_go(handshake, CLIENT_ACK_IN);
}

static enum sj_step client_ack_in(
	struct sj_handshake *handshake, struct sj_reader *in)
{
	const enum sj_step step =
		sj_handshake_expect(handshake, in, sj_handshake_ack,
			sizeof(sj_handshake_ack), SJ_REASON_HOST_SECURITY);

	if (step != SJ_STEP_DONE)
		return step;
	return sj_handshake_enter_tls(handshake, in);
}

static enum sj_step client_plain_out(
	struct sj_handshake *handshake, struct sj_writer *out)
{
	const struct sj_handshake_login *login = &handshake->settings.login;
	const size_t user = strnlen(login->user, SJ_LIMIT_USER_NAME_BYTES);
	const size_t password =
		strnlen(login->password, SJ_LIMIT_PASSWORD_BYTES);

	sj_handshake_put_u32(out, (uint32_t)user);
	sj_handshake_put_u32(out, (uint32_t)password);
	sj_handshake_put(out, login->user, user);
	sj_handshake_put(out, login->password, password);
	sj_handshake_forget(handshake);
	return sj_handshake_go(handshake, CLIENT_RESULT_IN);
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
		sj_handshake_put(out, shared, sizeof(shared));
		return sj_handshake_go(handshake, CLIENT_INIT_IN);
	}
	if (wire_result != 1 || !sj_handshake_is_outer(handshake))
		return sj_handshake_refuse(handshake, SJ_REASON_HOST_RESULT);
	if (!sj_read_u32(&cursor, &wire_length))
		return SJ_STEP_MORE;
	if (wire_length > SJ_LIMIT_REASON_BYTES)
		return sj_handshake_refuse(handshake, SJ_REASON_HOST_RESULT);
	if (!sj_read_view(&cursor, &wire_text, wire_length))
		return SJ_STEP_MORE;
	code = code_of(wire_text, wire_length);
	if (code == SJ_REASON_NONE)
		return sj_handshake_refuse(handshake, SJ_REASON_HOST_RESULT);
	handshake->verdict = code;
	return sj_handshake_refuse(handshake, code);
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
		return sj_handshake_refuse(handshake, SJ_REASON_HOST_INIT);
	if (!sj_read_bytes(&cursor, wire_format, sizeof(wire_format)))
		return SJ_STEP_MORE;
	if (memcmp(wire_format, sj_rfb_pixel_format, FORMAT_BYTES) != 0)
		return sj_handshake_refuse(handshake, SJ_REASON_HOST_INIT);
	if (!sj_read_u32(&cursor, &wire_name))
		return SJ_STEP_MORE;
	if (wire_name > SJ_LIMIT_NAME_BYTES)
		return sj_handshake_refuse(handshake, SJ_REASON_HOST_INIT);
	if (!sj_read_skip(&cursor, wire_name))
		return SJ_STEP_MORE;
	*in = cursor;
	handshake->size.width_px = wire_width;
	handshake->size.height_px = wire_height;
	return sj_handshake_need(handshake, SJ_HANDSHAKE_FINISHED);
}

enum sj_step sj_handshake_client_next(struct sj_handshake *handshake,
	struct sj_reader *in, struct sj_writer *out)
{
	switch (handshake->stage) {
	case CLIENT_VERSION_OUT:
		sj_handshake_put(
			out, SJ_HANDSHAKE_VERSION, SJ_HANDSHAKE_VERSION_BYTES);
		return sj_handshake_go(handshake, CLIENT_VERSION_IN);
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
