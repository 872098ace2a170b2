/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/bench/codec_client.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <rfb/rfbclient.h>

#include "tests/bench/codec.h"

struct sj_codec_client {
	rfbClient *vnc;
	struct sj_tile_image picture;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t news;
	/* Under lock. */
	bool is_ready;
	uint64_t updates;
	double decode_ms;
};

static char client_tag;

static void ignore_log(const char *format, ...)
{
	(void)format;
}

static rfbBool on_size(rfbClient *vnc)
{
	struct sj_codec_client *client =
		rfbClientGetClientData(vnc, &client_tag);
	const struct sj_size size = {
		(uint16_t)vnc->width, (uint16_t)vnc->height};

	free(client->picture.pixels);
	client->picture = sj_codec_picture(&size);
	vnc->frameBuffer = client->picture.pixels;
	return TRUE;
}

static void on_update(rfbClient *vnc)
{
	struct sj_codec_client *client =
		rfbClientGetClientData(vnc, &client_tag);

	pthread_mutex_lock(&client->lock);
	client->updates++;
	/* Reads that block cost no CPU time. */
	client->decode_ms = sj_codec_cpu_ms();
	pthread_cond_signal(&client->news);
	pthread_mutex_unlock(&client->lock);
}

static void *run(void *self)
{
	struct sj_codec_client *client = self;
	rfbClient *vnc = client->vnc;

	if (!InitialiseRFBConnection(vnc))
		sj_codec_fail("the client was not let in");
	vnc->width = vnc->si.framebufferWidth;
	vnc->height = vnc->si.framebufferHeight;
	vnc->updateRect.w = vnc->width;
	vnc->updateRect.h = vnc->height;
	if (!vnc->MallocFrameBuffer(vnc) || !SetFormatAndEncodings(vnc))
		sj_codec_fail("the client cannot begin");
	/* From now on the library believes that no message is understood, and
	 * so asks for nothing. */
	memset(&vnc->supportedMessages, 0, sizeof(vnc->supportedMessages));
	pthread_mutex_lock(&client->lock);
	client->is_ready = true;
	pthread_mutex_unlock(&client->lock);
	while (HandleRFBServerMessage(vnc))
		;
	return NULL;
}

struct sj_codec_client *sj_codec_client_create(
	int fd, const struct sj_codec_client_settings *settings)
{
	struct sj_codec_client *client = calloc(1, sizeof(*client));
	rfbClient *vnc = rfbGetClient(8, 3, 4);

	if (!client || !vnc)
		sj_codec_fail("memory");
	rfbClientLog = ignore_log;
	rfbClientErr = ignore_log;
	client->vnc = vnc;
	vnc->format.redShift = 16;
	vnc->format.greenShift = 8;
	vnc->format.blueShift = 0;
	vnc->appData.encodingsString = settings->encoding;
	vnc->appData.compressLevel = settings->compression_level;
	vnc->appData.enableJPEG = settings->quality >= 0 ? TRUE : FALSE;
	vnc->appData.qualityLevel = settings->quality;
	vnc->appData.useRemoteCursor = FALSE;
	vnc->canHandleNewFBSize = FALSE;
	vnc->MallocFrameBuffer = on_size;
	vnc->FinishedFrameBufferUpdate = on_update;
	vnc->sock = fd;
	rfbClientSetClientData(vnc, &client_tag, client);
	pthread_mutex_init(&client->lock, NULL);
	pthread_cond_init(&client->news, NULL);
	if (pthread_create(&client->thread, NULL, run, client) != 0)
		sj_codec_fail("thread");
	return client;
}

bool sj_codec_client_is_ready(struct sj_codec_client *client)
{
	bool is_ready;

	pthread_mutex_lock(&client->lock);
	is_ready = client->is_ready;
	pthread_mutex_unlock(&client->lock);
	return is_ready;
}

double sj_codec_client_wait(struct sj_codec_client *client, uint64_t updates)
{
	double decode_ms;

	pthread_mutex_lock(&client->lock);
	while (client->updates < updates)
		pthread_cond_wait(&client->news, &client->lock);
	decode_ms = client->decode_ms;
	pthread_mutex_unlock(&client->lock);
	return decode_ms;
}

const struct sj_tile_image *sj_codec_client_picture(
	const struct sj_codec_client *client)
{
	return &client->picture;
}

void sj_codec_client_destroy(struct sj_codec_client *client)
{
	pthread_join(client->thread, NULL);
	rfbClientCleanup(client->vnc);
	free(client->picture.pixels);
	pthread_mutex_destroy(&client->lock);
	pthread_cond_destroy(&client->news);
	free(client);
}
