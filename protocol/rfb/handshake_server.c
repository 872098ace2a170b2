/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The two roles that speak first: outer and inner server. */
#include <stdio.h>
#include <string.h>

#include "protocol/rfb/encodings.h"
#include "protocol/rfb/handshake_state.h"

static enum sj_step server_version_in(struct sj_handshake *handshake,
	struct sj_reader *in, struct sj_writer *out)
{
	const enum sj_step step =
		sj_handshake_expect(handshake, in, SJ_HANDSHAKE_VERSION,
			SJ_HANDSHAKE_VERSION_BYTES, SJ_REASON_VIEWER_VERSION);

	if (step != SJ_STEP_DONE)
		return step;
	sj_handshake_put(out,
		sj_handshake_is_outer(handshake) ? sj_handshake_vencrypt
						 : sj_handshake_none,
		2);
	return sj_handshake_go(handshake, SERVER_TYPE_IN);
}

static enum sj_step server_type_in(struct sj_handshake *handshake,
	struct sj_reader *in, struct sj_writer *out)
{
	const uint8_t *type = sj_handshake_is_outer(handshake)
				      ? &sj_handshake_vencrypt[1]
				      : &sj_handshake_none[1];
	const enum sj_step step = sj_handshake_expect(
		handshake, in, type, 1, SJ_REASON_VIEWER_SECURITY);

	if (step != SJ_STEP_DONE)
		return step;
	if (sj_handshake_is_outer(handshake)) {
		sj_handshake_put(out, sj_handshake_vencrypt_version,
			sizeof(sj_handshake_vencrypt_version));
		return sj_handshake_go(handshake, SERVER_VENCRYPT_IN);
	}
	sj_handshake_put_u32(out, 0);
	return sj_handshake_go(handshake, SERVER_INIT_IN);
}

static enum sj_step server_vencrypt_in(struct sj_handshake *handshake,
	struct sj_reader *in, struct sj_writer *out)
{
	const struct sj_handshake_settings *settings = &handshake->settings;
	const enum sj_step step = sj_handshake_expect(handshake, in,
		sj_handshake_vencrypt_version,
		sizeof(sj_handshake_vencrypt_version),
		SJ_REASON_VIEWER_SECURITY);
	uint8_t head[2] = {0, 0};

	if (step != SJ_STEP_DONE)
		return step;
	head[1] = (uint8_t)(settings->has_x509_none + settings->has_x509_plain);
	sj_handshake_put(out, head, sizeof(head));
	if (settings->has_x509_none)
		sj_handshake_put_u32(out, SJ_RFB_X509_NONE);
	if (settings->has_x509_plain)
		sj_handshake_put_u32(out, SJ_RFB_X509_PLAIN);
	return sj_handshake_go(handshake, SERVER_SUBTYPE_IN);
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
		return sj_handshake_refuse(
			handshake, SJ_REASON_VIEWER_SECURITY);
	handshake->subtype = wire_subtype;
	sj_handshake_put(out, sj_handshake_ack, sizeof(sj_handshake_ack));
	return sj_handshake_enter_tls(handshake, in);
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
		return sj_handshake_refuse(
			handshake, SJ_REASON_VIEWER_SECURITY);
	if (!sj_read_u32(&cursor, &wire_password))
		return SJ_STEP_MORE;
	if (wire_password > SJ_LIMIT_PASSWORD_BYTES)
		return sj_handshake_refuse(
			handshake, SJ_REASON_VIEWER_SECURITY);
	memset(login, 0, sizeof(*login));
	if (!sj_read_bytes(&cursor, login->user, wire_user) ||
		!sj_read_bytes(&cursor, login->password, wire_password))
		return SJ_STEP_MORE;
	/* A 0 byte inside would make two names one. */
	if (strlen(login->user) != wire_user ||
		strlen(login->password) != wire_password)
		return sj_handshake_refuse(
			handshake, SJ_REASON_VIEWER_SECURITY);
	*in = cursor;
	return sj_handshake_need(handshake, SJ_HANDSHAKE_NEED_VERDICT);
}

static enum sj_step server_result_out(
	struct sj_handshake *handshake, struct sj_writer *out)
{
	const enum sj_reason verdict = handshake->verdict;
	char text[5];

	if (verdict == SJ_REASON_NONE) {
		sj_handshake_put_u32(out, 0);
		return sj_handshake_go(handshake, SERVER_INIT_IN);
	}
	snprintf(text, sizeof(text), "E%03u", (unsigned)verdict % 1000u);
	sj_handshake_put_u32(out, 1);
	sj_handshake_put_u32(out, 4);
	sj_handshake_put(out, text, 4);
	return sj_handshake_refuse(handshake, verdict);
}

static enum sj_step server_init_in(
	struct sj_handshake *handshake, struct sj_reader *in)
{
	uint8_t wire_shared;

	if (!sj_read_u8(in, &wire_shared))
		return SJ_STEP_MORE;
	if (wire_shared > 1)
		return sj_handshake_refuse(handshake, SJ_REASON_VIEWER_INIT);
	return sj_handshake_need(handshake, SJ_HANDSHAKE_NEED_SIZE);
}

static enum sj_step server_init_out(
	struct sj_handshake *handshake, struct sj_writer *out)
{
	sj_handshake_put_u32(out, ((uint32_t)handshake->size.width_px << 16) |
					  handshake->size.height_px);
	sj_handshake_put(out, sj_rfb_pixel_format, SJ_RFB_PIXEL_FORMAT_BYTES);
	sj_handshake_put_u32(out, sizeof(SJ_RFB_DESKTOP_NAME) - 1);
	sj_handshake_put(
		out, SJ_RFB_DESKTOP_NAME, sizeof(SJ_RFB_DESKTOP_NAME) - 1);
	return sj_handshake_need(handshake, SJ_HANDSHAKE_FINISHED);
}

enum sj_step sj_handshake_server_next(struct sj_handshake *handshake,
	struct sj_reader *in, struct sj_writer *out)
{
	switch (handshake->stage) {
	case SERVER_VERSION_OUT:
		sj_handshake_put(
			out, SJ_HANDSHAKE_VERSION, SJ_HANDSHAKE_VERSION_BYTES);
		return sj_handshake_go(handshake, SERVER_VERSION_IN);
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
