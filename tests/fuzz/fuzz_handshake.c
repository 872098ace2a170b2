/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes at each of the four ends of the handshake (byte 0 chooses). */
#include <stdlib.h>
#include <string.h>

#include "protocol/rfb/handshake.h"
#include "tests/fuzz/target.h"

static void require(int is_true)
{
	if (!is_true)
		abort();
}

static void serve(struct sj_handshake *handshake, uint8_t choice)
{
	const struct sj_size size = {800, 600};
	const struct sj_handshake_login *login;

	if (sj_handshake_state(handshake) == SJ_HANDSHAKE_NEED_TLS)
		sj_handshake_tls_done(handshake);
	login = sj_handshake_login(handshake);
	if (login != NULL)
		require(strlen(login->user) <= SJ_LIMIT_USER_NAME_BYTES &&
			strlen(login->password) <= SJ_LIMIT_PASSWORD_BYTES);
	if (sj_handshake_state(handshake) == SJ_HANDSHAKE_NEED_VERDICT)
		sj_handshake_verdict(handshake,
			(choice & 0x20) != 0 ? SJ_REASON_REFUSED_LOGIN
					     : SJ_REASON_NONE);
	if (sj_handshake_state(handshake) == SJ_HANDSHAKE_NEED_SIZE)
		sj_handshake_set_size(handshake, &size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t said[4096];
	struct sj_handshake_settings settings = {
		.login = {"user", "words"}, .size_max = {1920, 1080}};
	struct sj_handshake handshake;
	struct sj_writer out = sj_writer_of(said, sizeof(said));
	size_t from = 1;

	if (size == 0)
		return 0;
	settings.role = (enum sj_handshake_role)(data[0] & 3);
	settings.has_x509_none = (data[0] & 8) == 0;
	settings.has_x509_plain = (data[0] & 16) != 0;
	sj_handshake_init(&handshake, &settings);
	/* The clear part comes whole, the rest in growing pieces. */
	for (size_t to = from; to <= size; to++) {
		struct sj_reader in = sj_reader_of(data + from, to - from);
		enum sj_step step;

		do {
			serve(&handshake, data[0]);
			step = sj_handshake_next(&handshake, &in, &out);
		} while (step == SJ_STEP_DONE);
		from += in.at;
	}
	require((sj_handshake_state(&handshake) == SJ_HANDSHAKE_REFUSED) ==
		(sj_handshake_reason(&handshake) != SJ_REASON_NONE));
	if (sj_handshake_state(&handshake) == SJ_HANDSHAKE_FINISHED)
		require(sj_handshake_size(&handshake).width_px <= 1920);
	require(out.at <= 512);
	return 0;
}
