/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/scarce/talk.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

void sj_talk_begin(
	struct sj_talk *talk, int fd, bool is_server, struct sj_size size)
{
	const struct sj_handshake_settings settings = {
		.role = is_server ? SJ_HANDSHAKE_INNER_SERVER
				  : SJ_HANDSHAKE_INNER_CLIENT,
		.size_max = {SJ_LIMIT_WIDTH_PX, SJ_LIMIT_HEIGHT_PX}};

	talk->fd = fd;
	talk->size = size;
	talk->in_size = talk->got_size = talk->out_at = 0;
	talk->is_gone = false;
	sj_handshake_init(&talk->handshake, &settings);
}

bool sj_talk_is_open(const struct sj_talk *talk)
{
	return talk->fd >= 0 &&
	       sj_handshake_state(&talk->handshake) == SJ_HANDSHAKE_FINISHED;
}

static bool read_some(struct sj_talk *talk, void *bytes, size_t *size)
{
	ssize_t got = recv(talk->fd, bytes, *size, MSG_DONTWAIT);

	*size = got > 0 ? (size_t)got : 0;
	talk->is_gone |= got == 0 || (got < 0 && errno != EAGAIN);
	return got > 0;
}

static void shake(struct sj_talk *talk)
{
	uint8_t bytes[SJ_HANDSHAKE_ROOM_BYTES];
	enum sj_step step = SJ_STEP_DONE;

	while (!sj_talk_is_open(talk) && !talk->is_gone) {
		struct sj_reader in = sj_reader_of(talk->in, talk->in_size);
		struct sj_writer out = sj_writer_of(bytes, sizeof(bytes));
		size_t one = 1;

		if (sj_handshake_state(&talk->handshake) ==
			SJ_HANDSHAKE_NEED_SIZE)
			sj_handshake_set_size(&talk->handshake, &talk->size);
		step = sj_handshake_next(&talk->handshake, &in, &out);
		if (out.at > 0 && send(talk->fd, bytes, out.at, MSG_NOSIGNAL) !=
					  (ssize_t)out.at)
			talk->is_gone = true;
		memmove(talk->in, talk->in + in.at, talk->in_size - in.at);
		talk->in_size -= in.at;
		talk->is_gone |= step == SJ_STEP_REFUSE;
		if (step != SJ_STEP_MORE ||
			sj_handshake_state(&talk->handshake) !=
				SJ_HANDSHAKE_RUNNING)
			continue;
		if (talk->in_size == sizeof(talk->in) ||
			!read_some(talk, talk->in + talk->in_size, &one))
			return;
		talk->in_size++;
	}
}

static void talk_on(struct sj_talk *talk)
{
	size_t room = sizeof(talk->got) - talk->got_size;

	while (room > 0 && read_some(talk, talk->got + talk->got_size, &room)) {
		talk->got_size += room;
		room = sizeof(talk->got) - talk->got_size;
	}
	while (talk->out && talk->out_at < talk->out_size) {
		ssize_t sent = send(talk->fd, talk->out + talk->out_at,
			talk->out_size - talk->out_at,
			MSG_DONTWAIT | MSG_NOSIGNAL);

		if (sent <= 0)
			break;
		talk->out_at += (size_t)sent;
	}
}

void sj_talk_step(struct sj_talk *talk)
{
	if (talk->fd < 0 || talk->is_gone)
		return;
	if (!sj_talk_is_open(talk))
		shake(talk);
	if (sj_talk_is_open(talk))
		talk_on(talk);
}

void sj_talk_close(struct sj_talk *talk)
{
	if (talk->fd >= 0)
		close(talk->fd);
	talk->fd = -1;
}
