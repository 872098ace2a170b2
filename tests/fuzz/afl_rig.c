/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/fuzz/afl_rig.h"

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "protocol/base/clock.h"
#include "protocol/rfb/msg_viewer.h"

enum { INPUT_BYTES = 65536, IDLE_MOST = 64, WAIT_MOST_MS = 3600000 };

struct sj_afl sj_afl;

static uint8_t input[INPUT_BYTES];
static uint64_t skew_ms;
static unsigned idle, closed;

/* ---- time ---- */

int __real_poll(struct pollfd *fds, nfds_t count, int timeout_ms);
int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout_ms);
uint64_t __real_sj_clock_ms(void);
uint64_t __wrap_sj_clock_ms(void);
uint64_t __real_sj_clock_us(void);
uint64_t __wrap_sj_clock_us(void);

uint64_t __wrap_sj_clock_ms(void)
{
	return __real_sj_clock_ms() + skew_ms;
}

uint64_t __wrap_sj_clock_us(void)
{
	return __real_sj_clock_us() + skew_ms * 1000;
}

static void swallow(int fd)
{
	static uint8_t dropped[65536];

	while (recv(fd, dropped, sizeof(dropped), MSG_DONTWAIT) > 0)
		;
}

static void close_next(void)
{
	const bool is_host_first = (sj_afl.flags & SJ_AFL_HOST_ENDS_FIRST) != 0;

	/* Both are closed and it still waits for ever: it hangs. */
	if (closed == 2)
		abort();
	shutdown((closed == 0) == is_host_first ? sj_afl.host_far
						: sj_afl.viewer_far,
		SHUT_WR);
	closed++;
}

int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout_ms)
{
	int ready;

	swallow(sj_afl.viewer_far);
	swallow(sj_afl.host_far);
	swallow(sj_afl.input_far);
	ready = __real_poll(fds, count, 0);
	if (ready != 0 || timeout_ms == 0)
		return ready;
	if (timeout_ms > 0) {
		skew_ms += (uint64_t)timeout_ms;
		if (skew_ms > WAIT_MOST_MS)
			abort();
	}
	if ((timeout_ms < 0 || ++idle > IDLE_MOST) && closed < 2)
		close_next();
	else if (timeout_ms < 0)
		abort();
	return timeout_ms < 0 ? __real_poll(fds, count, 0) : 0;
}

/* ---- pairs ---- */

static void make_pair(int *near, int *far, int type)
{
	const int room_bytes = 1 << 20;
	int pair[2];

	if (socketpair(AF_UNIX, type, 0, pair) != 0 ||
		fcntl(pair[0], F_SETFL, O_NONBLOCK) != 0)
		abort();
	*near = pair[0];
	*far = pair[1];
	(void)setsockopt(
		*far, SOL_SOCKET, SO_SNDBUF, &room_bytes, sizeof(room_bytes));
}

void sj_afl_open(void)
{
	make_pair(&sj_afl.viewer_near, &sj_afl.viewer_far, SOCK_STREAM);
	make_pair(&sj_afl.host_near, &sj_afl.host_far, SOCK_STREAM);
	make_pair(&sj_afl.control_near, &sj_afl.control_far, SOCK_SEQPACKET);
	make_pair(&sj_afl.input_near, &sj_afl.input_far, SOCK_SEQPACKET);
}

bool sj_afl_read(void)
{
	size_t size = 0;
	ssize_t got;

	while (size < sizeof(input) &&
		(got = read(0, input + size, sizeof(input) - size)) > 0)
		size += (size_t)got;
	if (size < 3)
		return false;
	sj_afl.flags = input[0];
	sj_afl.viewer = input + 3;
	sj_afl.viewer_size = (size_t)input[1] << 8 | input[2];
	if (sj_afl.viewer_size > size - 3)
		sj_afl.viewer_size = size - 3;
	sj_afl.host = sj_afl.viewer + sj_afl.viewer_size;
	sj_afl.host_size = size - 3 - sj_afl.viewer_size;
	return true;
}

void sj_afl_say(int fd, const void *data, size_t size)
{
	if (size > 0 && send(fd, data, size, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		return; /* the other end has ended */
}

void sj_afl_say_host(void)
{
	static const uint8_t start[] = "RFB 003.008\n\1\1\0\0\0\0\1\100\0\310";
	static const uint8_t name[] = "\0\0\0\5shoji";

	if ((sj_afl.flags & SJ_AFL_NO_HOST_START) == 0) {
		sj_afl_say(sj_afl.host_far, start, sizeof(start) - 1);
		sj_afl_say(sj_afl.host_far, sj_rfb_pixel_format,
			SJ_RFB_PIXEL_FORMAT_BYTES);
		sj_afl_say(sj_afl.host_far, name, sizeof(name) - 1);
	}
	sj_afl_say(sj_afl.host_far, sj_afl.host, sj_afl.host_size);
}

static void say_start(void)
{
	static const struct sj_rfb_encodings all = {
		.count = 8,
		.number = {SJ_RFB_ENCODING_TILE, SJ_RFB_ENCODING_MOTION,
			SJ_RFB_ENCODING_COPY_RECT, SJ_RFB_ENCODING_RAW,
			SJ_RFB_ENCODING_ALPHA_CURSOR, SJ_RFB_ENCODING_CARET,
			SJ_RFB_ENCODING_SESSION_END,
			SJ_RFB_ENCODING_EXTENDED_DESKTOP_SIZE},
	};
	static const struct sj_rfb_request request = {.rect = {0, 0, 320, 200}};
	struct sj_rfb_viewer_message message = {
		.type = SJ_RFB_SET_PIXEL_FORMAT};
	uint8_t data[512];
	struct sj_writer out = sj_writer_of(data, sizeof(data));
	bool is_built;

	for (size_t i = 0; i < SJ_RFB_PIXEL_FORMAT_BYTES; i++)
		message.u.format.bytes[i] = sj_rfb_pixel_format[i];
	is_built = sj_rfb_viewer_build(&out, &message);
	message.type = SJ_RFB_SET_ENCODINGS;
	message.u.encodings = all;
	is_built = is_built && sj_rfb_viewer_build(&out, &message);
	message.type = SJ_RFB_UPDATE_REQUEST;
	message.u.request = request;
	for (int i = 0; i < 8; i++) {
		is_built = is_built && sj_rfb_viewer_build(&out, &message);
		message.u.request.is_incremental = true;
	}
	if (!is_built)
		abort();
	sj_afl_say(sj_afl.viewer_far, data, out.at);
}

void sj_afl_say_viewer(void)
{
	if ((sj_afl.flags & SJ_AFL_NO_VIEWER_START) == 0)
		say_start();
	sj_afl_say(sj_afl.viewer_far, sj_afl.viewer, sj_afl.viewer_size);
}
