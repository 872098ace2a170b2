/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * handshake_state: what the files of the handshake share. Private to
 * protocol/rfb.
 */
#ifndef SJ_PROTOCOL_RFB_HANDSHAKE_STATE_H
#define SJ_PROTOCOL_RFB_HANDSHAKE_STATE_H

#include <stddef.h>
#include <stdint.h>

#include "protocol/base/attr.h"
#include "protocol/rfb/handshake.h"

/* What comes next; the servers' stages before the clients'. */
enum sj_handshake_stage {
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

#define SJ_HANDSHAKE_VERSION "RFB 003.008\n"
#define SJ_HANDSHAKE_VERSION_BYTES 12u

/* A list of one security type: its number, then the type. */
extern const uint8_t sj_handshake_vencrypt[2];
extern const uint8_t sj_handshake_none[2];

extern const uint8_t sj_handshake_vencrypt_version[2];

/* VeNCrypt's word for accepted. */
extern const uint8_t sj_handshake_ack[1];

/* True for the two roles that do VeNCrypt. */
bool sj_handshake_is_outer(const struct sj_handshake *handshake);

/* Enters REFUSED with why, wipes the login; gives REFUSE. */
enum sj_step sj_handshake_refuse(
	struct sj_handshake *handshake, enum sj_reason why);

/* Goes on to stage; gives DONE. */
enum sj_step sj_handshake_go(
	struct sj_handshake *handshake, enum sj_handshake_stage stage);

/* Enters a state that waits for the owner, or the last one; gives DONE. */
enum sj_step sj_handshake_need(
	struct sj_handshake *handshake, enum sj_handshake_state state);

/*
 * Appends to out, whose room sj_handshake_next has made sure of. The second
 * one a big-endian value.
 */
void sj_handshake_put(struct sj_writer *out, const void *data, size_t size);
void sj_handshake_put_u32(struct sj_writer *out, uint32_t value);

/*
 * Takes exactly the size bytes of wanted: DONE, MORE, or REFUSE with why as
 * soon as one byte differs.
 */
SJ_MUST_USE enum sj_step sj_handshake_expect(struct sj_handshake *handshake,
	struct sj_reader *in, const void *wanted, size_t size,
	enum sj_reason why);

/*
 * The last bytes in clear have passed: NEED_TLS, or REFUSE when more of them
 * are in in.
 */
SJ_MUST_USE enum sj_step sj_handshake_enter_tls(
	struct sj_handshake *handshake, const struct sj_reader *in);

/* One unit of a server, of a client, in state RUNNING. */
SJ_MUST_USE enum sj_step sj_handshake_server_next(
	struct sj_handshake *handshake, struct sj_reader *in,
	struct sj_writer *out);
SJ_MUST_USE enum sj_step sj_handshake_client_next(
	struct sj_handshake *handshake, struct sj_reader *in,
	struct sj_writer *out);

#endif /* SJ_PROTOCOL_RFB_HANDSHAKE_STATE_H */
