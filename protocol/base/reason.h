/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * reason: why a connection or a session ended, as one number.
 *
 * The number is what crosses (reason string `E` + three digits, session-end
 * rectangle), what the event log holds and what the viewer turns into
 * a sentence. A change here changes docs/protocol.md in the same commit.
 *   1xx transport and certificates   2xx violation by the viewer side
 *   3xx violation by the host side   4xx ended, on purpose but for 408
 *   5xx refused by the host          6xx local failure
 */
#ifndef SJ_PROTOCOL_BASE_REASON_H
#define SJ_PROTOCOL_BASE_REASON_H

#include <stdbool.h>

/* clang-format off */
#define SJ_REASON_TABLE(row) \
	row(SJ_REASON_NONE, 0, "no reason") \
	row(SJ_REASON_CLOSED, 100, "connection closed by the peer") \
	row(SJ_REASON_IO, 101, "connection broke") \
	row(SJ_REASON_TLS, 102, "TLS handshake failed") \
	row(SJ_REASON_TLS_VERSION, 103, "TLS version not allowed") \
	row(SJ_REASON_CERT_MISSING, 110, "peer sent no certificate") \
	row(SJ_REASON_CERT_UNTRUSTED, 111, "certificate of another authority") \
	row(SJ_REASON_CERT_EXPIRED, 112, "certificate expired") \
	row(SJ_REASON_CERT_NOT_YET, 113, "certificate not yet valid") \
	row(SJ_REASON_CERT_REVOKED, 114, "certificate revoked") \
	row(SJ_REASON_CERT_NAME, 115, "certificate for another name") \
	row(SJ_REASON_CERT_ROLE, 116, "certificate for another role or zone") \
	row(SJ_REASON_CERT_PURPOSE, 117, "certificate for another purpose") \
	row(SJ_REASON_CERT_OTHER, 118, "certificate refused") \
	row(SJ_REASON_CRL_MISSING, 120, "revocation list missing") \
	row(SJ_REASON_CRL_EXPIRED, 121, "revocation list expired") \
	row(SJ_REASON_CERT_REFUSED_BY_PEER, 122, \
		"the peer refused our certificate") \
	row(SJ_REASON_CLEAR_BYTES, 130, "clear-text bytes before TLS") \
	row(SJ_REASON_TIMEOUT_HANDSHAKE, 140, "handshake took too long") \
	row(SJ_REASON_TIMEOUT_MESSAGE, 141, "message was not completed") \
	row(SJ_REASON_TIMEOUT_WRITE, 142, "peer does not read") \
	row(SJ_REASON_VIEWER_VERSION, 200, "viewer: RFB version") \
	row(SJ_REASON_VIEWER_SECURITY, 201, "viewer: security type") \
	row(SJ_REASON_VIEWER_INIT, 202, "viewer: ClientInit") \
	row(SJ_REASON_VIEWER_TYPE, 210, "viewer: message type") \
	row(SJ_REASON_VIEWER_FORMAT, 211, "viewer: pixel format") \
	row(SJ_REASON_VIEWER_ENCODINGS, 212, "viewer: encodings") \
	row(SJ_REASON_VIEWER_REQUEST, 213, "viewer: update request") \
	row(SJ_REASON_VIEWER_KEY, 214, "viewer: key event") \
	row(SJ_REASON_VIEWER_POINTER, 215, "viewer: pointer event") \
	row(SJ_REASON_VIEWER_FENCE, 216, "viewer: fence") \
	row(SJ_REASON_VIEWER_CONTINUOUS, 217, "viewer: continuous updates") \
	row(SJ_REASON_VIEWER_SIZE, 218, "viewer: desktop size") \
	row(SJ_REASON_VIEWER_CUT_TEXT, 219, "viewer: cut text") \
	row(SJ_REASON_VIEWER_STATE, 220, "viewer: message in wrong state") \
	row(SJ_REASON_HOST_VERSION, 300, "host: RFB version") \
	row(SJ_REASON_HOST_SECURITY, 301, "host: security type") \
	row(SJ_REASON_HOST_INIT, 302, "host: ServerInit") \
	row(SJ_REASON_HOST_RESULT, 303, "host: security result") \
	row(SJ_REASON_HOST_TYPE, 310, "host: message type") \
	row(SJ_REASON_HOST_UPDATE, 311, "host: framebuffer update") \
	row(SJ_REASON_HOST_RECT, 312, "host: rectangle outside the screen") \
	row(SJ_REASON_HOST_ENCODING, 313, "host: encoding") \
	row(SJ_REASON_HOST_LENGTH, 314, "host: payload length") \
	row(SJ_REASON_HOST_COPY, 315, "host: copy from outside the screen") \
	row(SJ_REASON_HOST_CURSOR, 316, "host: cursor") \
	row(SJ_REASON_HOST_SIZE, 317, "host: desktop size") \
	row(SJ_REASON_HOST_FENCE, 318, "host: fence") \
	row(SJ_REASON_HOST_END, 319, "host: session end") \
	row(SJ_REASON_HOST_CARET, 320, "host: caret hint") \
	row(SJ_REASON_HOST_PIXELS, 321, "host: pixels do not decode") \
	row(SJ_REASON_HOST_STATE, 322, "host: message in wrong state") \
	row(SJ_REASON_HOST_BUDGET, 323, "host: more pixels than allowed") \
	row(SJ_REASON_HOST_CUT_TEXT, 324, "host: cut text") \
	row(SJ_REASON_END_USER, 400, "ended by the user") \
	row(SJ_REASON_END_IDLE, 401, "ended after the idle time") \
	row(SJ_REASON_END_LIFETIME, 402, "ended after the longest time") \
	row(SJ_REASON_END_ADMIN, 403, "ended by an administrator") \
	row(SJ_REASON_END_TAKEN_OVER, 404, "taken over by another terminal") \
	row(SJ_REASON_END_BROWSER, 405, "the browser ended") \
	row(SJ_REASON_END_SHUTDOWN, 406, "the host is being shut down") \
	row(SJ_REASON_END_RESUME_TIME, 407, "not resumed in time") \
	row(SJ_REASON_END_BROKEN, 408, "the session broke") \
	row(SJ_REASON_REFUSED_FULL, 500, "no free session") \
	row(SJ_REASON_REFUSED_LOGIN, 501, "user name or password") \
	row(SJ_REASON_REFUSED_CONFIG, 502, "not allowed by configuration") \
	row(SJ_REASON_REFUSED_START, 503, "the session could not start") \
	row(SJ_REASON_REFUSED_RATE, 504, "too many connections") \
	row(SJ_REASON_REFUSED_LEDGER, 505, "the ledger cannot be written") \
	row(SJ_REASON_LOCAL, 600, "local failure") \
	row(SJ_REASON_UNREACHABLE, 601, "host unreachable") \
	row(SJ_REASON_UNRESOLVED, 602, "host name unknown") \
	row(SJ_REASON_AGENT_GONE, 603, "session process ended unexpectedly") \
	row(SJ_REASON_DECODER_GONE, 604, "decoder ended unexpectedly") \
	row(SJ_REASON_LEDGER, 605, "the ledger here cannot be written")
/* clang-format on */

enum sj_reason {
#define SJ_REASON_ROW(name, number, text) name = number,
	SJ_REASON_TABLE(SJ_REASON_ROW)
#undef SJ_REASON_ROW
};

/* English text of reason; "unknown reason" for a number not in the table. */
const char *sj_reason_text(enum sj_reason reason);

/* True if number is one of the table; then (enum sj_reason)number is valid. */
bool sj_reason_is_known(unsigned number);

/* True for 4xx: the peer said that the session is over, do not reconnect. */
bool sj_reason_is_purpose(enum sj_reason reason);

#endif /* SJ_PROTOCOL_BASE_REASON_H */
