/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/bench/codec.h"

#include <poll.h>
#include <sys/socket.h>

#include <rfb/rfb.h>
#include <rfb/rfbregion.h>

#include "tests/bench/codec_client.h"

/* The server should not wait for the client while its time is taken. */
#define ROOM_BYTES (32 * 1024 * 1024)
#define HANDSHAKE_MS 20

struct vnc {
	rfbScreenInfoPtr screen;
	rfbClientPtr server;
	struct sj_codec_client *client;
	uint64_t updates;
	double decoded_ms;
};

static void ignore_log(const char *format, ...)
{
	(void)format;
}

/* Sends what is in region; the server takes its time for this alone. */
static void send_region(struct vnc *vnc, sraRegionPtr region)
{
	sraRegionPtr all =
		sraRgnCreateRect(0, 0, vnc->screen->width, vnc->screen->height);

	sraRgnOr(vnc->server->requestedRegion, all);
	sraRgnDestroy(all);
	if (!rfbSendFramebufferUpdate(vnc->server, region))
		sj_codec_fail("the library sends no update");
	vnc->updates++;
}

/* What the two say to each other once is not of the frames. */
static void greet(struct vnc *vnc)
{
	sraRegionPtr pixel;
	bool is_ready;

	do {
		struct pollfd fd = {vnc->server->sock, POLLIN, 0};

		is_ready = sj_codec_client_is_ready(vnc->client);
		if (poll(&fd, 1, HANDSHAKE_MS) > 0) {
			rfbProcessClientMessage(vnc->server);
			is_ready = false;
		}
		if (vnc->server->sock < 0)
			sj_codec_fail("the library hung up");
	} while (!is_ready);
	pixel = sraRgnCreateRect(0, 0, 1, 1);
	send_region(vnc, pixel);
	sraRgnDestroy(pixel);
	vnc->decoded_ms = sj_codec_client_wait(vnc->client, vnc->updates);
}

static void *create(const struct sj_size *size,
	const struct sj_codec_client_settings *settings)
{
	struct vnc *vnc = calloc(1, sizeof(*vnc));
	char name[] = "bench-codec";
	char *words[] = {name, NULL};
	int count = 1, room = ROOM_BYTES, pair[2];

	rfbLog = ignore_log;
	rfbErr = ignore_log;
	if (!vnc ||
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
		sj_codec_fail("memory");
	if (setsockopt(pair[0], SOL_SOCKET, SO_SNDBUFFORCE, &room,
		    sizeof(room)) != 0)
		(void)setsockopt(
			pair[0], SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
	vnc->screen = rfbGetScreen(
		&count, words, size->width_px, size->height_px, 8, 3, 4);
	if (!vnc->screen)
		sj_codec_fail("memory");
	vnc->screen->serverFormat.redShift = 16;
	vnc->screen->serverFormat.greenShift = 8;
	vnc->screen->serverFormat.blueShift = 0;
	vnc->screen->port = -1;
	vnc->screen->cursor = NULL;
	vnc->screen->frameBuffer = (char *)sj_codec_picture(size).pixels;
	vnc->client = sj_codec_client_create(pair[1], settings);
	vnc->server = rfbNewClient(vnc->screen, pair[0]);
	if (!vnc->server)
		sj_codec_fail("the library takes no client");
	greet(vnc);
	free(vnc->screen->frameBuffer);
	return vnc;
}

static void *create_tight(const struct sj_size *size)
{
	return create(size, &(struct sj_codec_client_settings){"tight", 2, -1});
}

static void *create_tight_q8(const struct sj_size *size)
{
	return create(size, &(struct sj_codec_client_settings){"tight", 2, 8});
}

static void *create_zrle(const struct sj_size *size)
{
	return create(size, &(struct sj_codec_client_settings){"zrle", 2, -1});
}

static void destroy(void *self)
{
	struct vnc *vnc = self;

	rfbCloseClient(vnc->server);
	rfbClientConnectionGone(vnc->server);
	sj_codec_client_destroy(vnc->client);
	vnc->screen->frameBuffer = NULL;
	rfbScreenCleanup(vnc->screen);
	free(vnc);
}

static const struct sj_tile_image *picture(const void *self)
{
	const struct vnc *vnc = self;

	return sj_codec_client_picture(vnc->client);
}

static void play(void *self, const struct sj_codec_frame *frame,
	struct sj_codec_cost *cost)
{
	struct vnc *vnc = self;
	sraRegionPtr region = sraRgnCreate();
	uint64_t before_bytes = (uint64_t)rfbStatGetSentBytes(vnc->server);
	double before_ms = vnc->decoded_ms, begin_ms;

	for (size_t i = 0; i < frame->cell_count; i++) {
		const struct sj_rect *cell = &frame->cells[i];
		sraRegionPtr part = sraRgnCreateRect(cell->x_px, cell->y_px,
			cell->x_px + cell->width_px,
			cell->y_px + cell->height_px);

		sraRgnOr(region, part);
		sraRgnDestroy(part);
	}
	vnc->screen->frameBuffer = (char *)frame->image->pixels;
	begin_ms = sj_codec_cpu_ms();
	send_region(vnc, region);
	cost->encode_ms += sj_codec_cpu_ms() - begin_ms;
	vnc->decoded_ms = sj_codec_client_wait(vnc->client, vnc->updates);
	cost->decode_ms += vnc->decoded_ms - before_ms;
	cost->bytes +=
		(uint64_t)rfbStatGetSentBytes(vnc->server) - before_bytes;
	cost->messages++;
	sraRgnDestroy(region);
}

const struct sj_codec sj_codec_tight = {
	"tight", false, create_tight, play, picture, destroy};
const struct sj_codec sj_codec_tight_q8 = {
	"tight_q8", true, create_tight_q8, play, picture, destroy};
const struct sj_codec sj_codec_zrle = {
	"zrle", false, create_zrle, play, picture, destroy};
