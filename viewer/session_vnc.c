/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "viewer/session_vnc.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <rfb/rfbclient.h>

#include "protocol/base/bytes.h"
#include "protocol/base/reason.h"
#include "protocol/motion/motion.h"
#include "protocol/rfb/encodings.h"
#include "protocol/tile/flat.h"
#include "protocol/tile/tile.h"
#include "viewer/shapes.h"

/* An update's head and that of its first rectangle. */
#define HEAD_BYTES 16
/* Where a session end has its number in there. */
#define HEAD_NUMBER 4
#define HEAD_WAIT_MS 1

struct sj_vnc {
	rfbClient *client;
	struct sj_tile_decoder *tiles;
	struct sj_motion_decoder *motion;
	struct sj_flat_decoder *flat;
	uint8_t *payload; /* of one tile or motion rectangle */
	size_t payload_bytes;
	struct sj_vnc_settings settings;
	struct sj_size size; /* layout of the frame; 0x0 before ServerInit */
	enum sj_vnc_end end;
	bool is_ours; /* the rectangle being read is reported already */
};

/* Its address is the key of rfbClientSetClientData. */
static char client_tag;

static unsigned log_count;

static SJ_PRINTF(1, 2) void count_log(const char *format, ...)
{
	/* The text is made of foreign bytes: only that there was one. */
	(void)format;
	log_count++;
}

unsigned sj_vnc_log_count(void)
{
	return log_count;
}

static struct sj_vnc *vnc_of(rfbClient *client)
{
	return rfbClientGetClientData(client, &client_tag);
}

/* Keeps the first cause; always FALSE, as the library's hooks want it. */
static rfbBool refuse(struct sj_vnc *vnc, enum sj_vnc_end end)
{
	if (vnc->end == SJ_VNC_RUNNING)
		vnc->end = end;
	return FALSE;
}

static bool report(struct sj_vnc *vnc, enum sj_viewer_damage_type type,
	uint32_t number, const struct sj_rect *rect)
{
	struct sj_viewer_damage damage;

	memset(&damage, 0, sizeof(damage));
	damage.type = (uint32_t)type;
	damage.number = number;
	damage.rect = *rect;
	if (vnc->settings.damage(vnc->settings.damage_self, &damage))
		return true;
	refuse(vnc, SJ_VNC_SINK);
	return false;
}

/*
 * Gives the frame the stride of its new width and keeps what both sizes
 * share, so that a resize shows no torn rows until the host has repainted.
 */
static void relayout(
	uint8_t *frame, const struct sj_size *was, const struct sj_size *is)
{
	size_t old_stride = (size_t)was->width_px * 4;
	size_t new_stride = (size_t)is->width_px * 4;
	size_t shared = old_stride < new_stride ? old_stride : new_stride;
	size_t rows =
		was->height_px < is->height_px ? was->height_px : is->height_px;
	size_t i;

	for (i = 0; i < rows; i++) {
		/* Wider: from the last row, or it would run over the next. */
		size_t row = new_stride > old_stride ? rows - 1 - i : i;

		memmove(frame + row * new_stride, frame + row * old_stride,
			shared);
		memset(frame + row * new_stride + shared, 0,
			new_stride - shared);
	}
	memset(frame + rows * new_stride, 0,
		(is->height_px - rows) * new_stride);
}

static rfbBool on_size(rfbClient *client)
{
	struct sj_vnc *vnc = vnc_of(client);
	struct sj_rect rect = {0, 0, 0, 0};
	struct sj_size size;

	if (client->width < SJ_LIMIT_WIDTH_MIN_PX ||
		client->width > SJ_LIMIT_WIDTH_PX ||
		client->height < SJ_LIMIT_HEIGHT_MIN_PX ||
		client->height > SJ_LIMIT_HEIGHT_PX)
		return refuse(vnc, SJ_VNC_SIZE);
	size.width_px = (uint16_t)client->width;
	size.height_px = (uint16_t)client->height;
	relayout(vnc->settings.frame, &vnc->size, &size);
	vnc->size = size;
	client->frameBuffer = vnc->settings.frame;
	rect.width_px = size.width_px;
	rect.height_px = size.height_px;
	return report(vnc, SJ_VIEWER_DAMAGE_SIZE, 0, &rect) ? TRUE : FALSE;
}

static void on_rect(rfbClient *client, int x, int y, int width, int height)
{
	struct sj_vnc *vnc = vnc_of(client);
	struct sj_rect rect;

	if (vnc->is_ours) {
		vnc->is_ours = false;
		return;
	}
	/* The library has held these against its width and height. */
	rect.x_px = (uint16_t)x;
	rect.y_px = (uint16_t)y;
	rect.width_px = (uint16_t)width;
	rect.height_px = (uint16_t)height;
	if (sj_rect_fits(&rect, &vnc->size))
		(void)report(vnc, SJ_VIEWER_DAMAGE_RECT, 0, &rect);
}

static void on_update(rfbClient *client)
{
	static const struct sj_rect none;

	(void)report(vnc_of(client), SJ_VIEWER_DAMAGE_UPDATE, 0, &none);
}

/* A tile, motion or Zlib rectangle: U32 length and the payload. */
static bool read_picture(
	struct sj_vnc *vnc, const struct sj_rect *rect, int32_t encoding)
{
	struct sj_tile_image image = {
		vnc->settings.frame, (size_t)vnc->size.width_px * 4, vnc->size};
	struct sj_reader reader;
	uint8_t wire_head[4];
	uint32_t wire_size = 0;
	enum sj_step step;

	if (!sj_rect_fits(rect, &vnc->size))
		return refuse(vnc, SJ_VNC_TILE);
	if (!ReadFromRFBServer(
		    vnc->client, (char *)wire_head, sizeof(wire_head)))
		return refuse(vnc, SJ_VNC_MESSAGE);
	reader = sj_reader_of(wire_head, sizeof(wire_head));
	if (!sj_read_u32(&reader, &wire_size) || wire_size == 0 ||
		wire_size > vnc->payload_bytes)
		return refuse(vnc, SJ_VNC_TILE);
	if (!ReadFromRFBServer(vnc->client, (char *)vnc->payload, wire_size))
		return refuse(vnc, SJ_VNC_MESSAGE);
	if (encoding == SJ_RFB_ENCODING_MOTION)
		step = sj_motion_decode(
			vnc->motion, vnc->payload, wire_size, rect, &image);
	else if (encoding == SJ_RFB_ENCODING_INNER_ZLIB)
		step = sj_flat_decode(
			vnc->flat, vnc->payload, wire_size, rect, &image);
	else
		step = sj_tile_decode(
			vnc->tiles, vnc->payload, wire_size, rect, &image);
	if (step != SJ_STEP_DONE)
		return refuse(vnc, SJ_VNC_TILE);
	return report(vnc, SJ_VIEWER_DAMAGE_RECT, 0, rect);
}

static bool read_cursor(struct sj_vnc *vnc, const struct sj_rect *rect)
{
	size_t size = (size_t)rect->width_px * rect->height_px * 4;
	uint8_t *image = vnc->settings.frame + (size_t)SJ_VIEWER_CURSOR_OFFSET;

	if (rect->width_px > SJ_LIMIT_CURSOR_PX ||
		rect->height_px > SJ_LIMIT_CURSOR_PX ||
		(size != 0 && (rect->x_px >= rect->width_px ||
				      rect->y_px >= rect->height_px)))
		return refuse(vnc, SJ_VNC_CURSOR);
	if (size != 0 &&
		!ReadFromRFBServer(vnc->client, (char *)image, (unsigned)size))
		return refuse(vnc, SJ_VNC_MESSAGE);
	return report(vnc, SJ_VIEWER_DAMAGE_CURSOR, 0, rect);
}

/* The pointer as one of our own pictures. */
static bool take_shape(struct sj_vnc *vnc, const struct sj_rect *rect)
{
	struct sj_rect cursor;

	if (rect->x_px >= SJ_LIMIT_SHAPES)
		return refuse(vnc, SJ_VNC_CURSOR);
	sj_shapes_draw((enum sj_rfb_shape)rect->x_px,
		vnc->settings.frame + (size_t)SJ_VIEWER_CURSOR_OFFSET, &cursor);
	return report(vnc, SJ_VIEWER_DAMAGE_CURSOR, 0, &cursor);
}

/* No caret is no news: what the terminal shows stays where it is. */
static bool take_caret(struct sj_vnc *vnc, const struct sj_rect *rect)
{
	if (rect->x_px == 0 && rect->y_px == 0 && rect->width_px == 0 &&
		rect->height_px == 0)
		return true;
	if (!sj_rect_fits(rect, &vnc->size))
		return refuse(vnc, SJ_VNC_CARET);
	return report(vnc, SJ_VIEWER_DAMAGE_CARET, 0, rect);
}

/* The library asks for every number, also for one that is not registered. */
static bool is_of_profile(bool is_strict, int32_t encoding)
{
	return is_strict == (encoding == SJ_RFB_ENCODING_INNER_ZLIB ||
				    encoding == SJ_RFB_ENCODING_SHAPE);
}

/* The library has swapped the header; x, y, w, h are in host order. */
static rfbBool on_encoding(rfbClient *client, rfbFramebufferUpdateRectHeader *r)
{
	struct sj_vnc *vnc = vnc_of(client);
	struct sj_rect rect = {r->r.x, r->r.y, r->r.w, r->r.h};
	bool is_good;

	if (!is_of_profile(vnc->settings.is_strict, r->encoding))
		return refuse(vnc, SJ_VNC_ENCODING);
	vnc->is_ours = true;
	switch (r->encoding) {
	case SJ_RFB_ENCODING_TILE:
	case SJ_RFB_ENCODING_MOTION:
	case SJ_RFB_ENCODING_INNER_ZLIB:
		is_good = read_picture(vnc, &rect, r->encoding);
		break;
	case SJ_RFB_ENCODING_ALPHA_CURSOR:
		is_good = read_cursor(vnc, &rect);
		break;
	case SJ_RFB_ENCODING_SHAPE:
		is_good = take_shape(vnc, &rect);
		break;
	case SJ_RFB_ENCODING_CARET:
		is_good = take_caret(vnc, &rect);
		break;
	default:
		return refuse(vnc, SJ_VNC_ENCODING);
	}
	return is_good ? TRUE : FALSE;
}

static void ignore_text(rfbClient *client, const char *text, int size)
{
	(void)client;
	(void)text;
	(void)size;
}

static void ignore_bell(rfbClient *client)
{
	(void)client;
}

/* The library keeps one list of extensions for the whole process. */
static void register_encodings(bool is_strict)
{
	static int strict[] = {
		SJ_RFB_ENCODING_INNER_ZLIB, SJ_RFB_ENCODING_SHAPE, 0};
	static int encodings[] = {SJ_RFB_ENCODING_TILE, SJ_RFB_ENCODING_MOTION,
		SJ_RFB_ENCODING_ALPHA_CURSOR, SJ_RFB_ENCODING_CARET, 0};
	static rfbClientProtocolExtension extension;

	if (extension.handleEncoding)
		return;
	extension.encodings = is_strict ? strict : encodings;
	extension.handleEncoding = on_encoding;
	rfbClientRegisterExtension(&extension);
}

/* docs/threat-model.md lists what is off and why. */
static void set_up(struct sj_vnc *vnc)
{
	static uint32_t schemes[] = {rfbNoAuth, 0};
	rfbClient *client = vnc->client;

	client->format.redShift = 16;
	client->format.greenShift = 8;
	client->format.blueShift = 0;
	client->appData.encodingsString = "raw copyrect";
	client->appData.enableJPEG = FALSE;
	client->appData.compressLevel = -1;
	client->appData.qualityLevel = -1;
	client->appData.useRemoteCursor = FALSE;
	client->appData.shareDesktop = FALSE;
	client->canHandleNewFBSize = FALSE;
	client->listenSpecified = FALSE;
	/* The library counts pieces, not time: a message in fifty pieces would
	 * be "timed out" at once. The gate bounds the time and hangs up. */
	client->readTimeout = 0;
	client->MallocFrameBuffer = on_size;
	client->GotFrameBufferUpdate = on_rect;
	client->FinishedFrameBufferUpdate = on_update;
	client->GotXCutText = ignore_text;
	client->Bell = ignore_bell;
	client->HandleTextChat = NULL;
	client->HandleXvpMsg = NULL;
	client->HandleKeyboardLedState = NULL;
	client->GotCursorShape = NULL;
	client->GetPassword = NULL;
	client->GetCredential = NULL;
	client->GetUser = NULL;
	SetClientAuthSchemes(client, schemes, -1);
	rfbClientSetClientData(client, &client_tag, vnc);
}

struct sj_vnc *sj_vnc_create(const struct sj_vnc_settings *settings)
{
	struct sj_vnc *vnc = calloc(1, sizeof(*vnc));

	if (!vnc)
		return NULL;
	rfbClientLog = count_log;
	rfbClientErr = count_log;
	vnc->settings = *settings;
	vnc->payload_bytes = (size_t)SJ_LIMIT_UPDATE_BYTES;
	vnc->payload = malloc(vnc->payload_bytes);
	vnc->tiles = sj_tile_decoder_create();
	vnc->motion = sj_motion_decoder_create();
	vnc->flat = sj_flat_decoder_create();
	vnc->client = rfbGetClient(8, 3, 4);
	if (!vnc->payload || !vnc->tiles || !vnc->motion || !vnc->flat ||
		!vnc->client) {
		sj_vnc_destroy(vnc);
		return NULL;
	}
	sj_tile_decoder_warm(vnc->tiles);
	register_encodings(settings->is_strict);
	set_up(vnc);
	/* Without memory the library keeps nothing, and says nothing. */
	if (vnc_of(vnc->client) != vnc) {
		sj_vnc_destroy(vnc);
		return NULL;
	}
	vnc->client->sock = settings->stream_fd;
	return vnc;
}

void sj_vnc_destroy(struct sj_vnc *vnc)
{
	if (!vnc)
		return;
	if (vnc->client)
		rfbClientCleanup(vnc->client);
	sj_tile_decoder_destroy(vnc->tiles);
	sj_motion_decoder_destroy(vnc->motion);
	sj_flat_decoder_destroy(vnc->flat);
	free(vnc->payload);
	free(vnc);
}

/* The gate sends exactly this; anything else is not our gate. */
static bool is_format_ours(const rfbPixelFormat *format)
{
	return format->bitsPerPixel == 32 && format->depth == 24 &&
	       format->bigEndian == 0 && format->trueColour != 0 &&
	       format->redMax == 255 && format->greenMax == 255 &&
	       format->blueMax == 255 && format->redShift == 16 &&
	       format->greenShift == 8 && format->blueShift == 0;
}

/* True if the gate has closed the stream: it knows why, we do not. */
static bool is_gate_gone(const struct sj_vnc *vnc)
{
	uint8_t byte;

	return recv(vnc->client->sock, &byte, 1, MSG_PEEK) == 0;
}

enum sj_vnc_end sj_vnc_open(struct sj_vnc *vnc)
{
	rfbClient *client = vnc->client;

	if (!InitialiseRFBConnection(client) || client->major != 3 ||
		client->minor != 8 || client->authScheme != rfbNoAuth ||
		!is_format_ours(&client->si.format)) {
		refuse(vnc,
			is_gate_gone(vnc) ? SJ_VNC_CLOSED : SJ_VNC_HANDSHAKE);
		return vnc->end;
	}
	/* From here on the library believes that no message is understood by
	 * the other side, and so never writes: the gate asks for updates. */
	memset(&client->supportedMessages, 0,
		sizeof(client->supportedMessages));
	client->width = client->si.framebufferWidth;
	client->height = client->si.framebufferHeight;
	client->updateRect.x = 0;
	client->updateRect.y = 0;
	client->updateRect.w = client->width;
	client->updateRect.h = client->height;
	if (!client->MallocFrameBuffer(client))
		refuse(vnc, SJ_VNC_SIZE);
	/* What came right behind ServerInit waits in the library's buffer. */
	if (vnc->end == SJ_VNC_RUNNING && client->buffered > 0)
		return sj_vnc_step(vnc);
	return vnc->end;
}

/* Copies how the next message begins, at most HEAD_BYTES, without taking it;
 * is_over: nothing more will come. */
static size_t peek(
	const struct sj_vnc *vnc, uint8_t head[HEAD_BYTES], bool *is_over)
{
	const rfbClient *client = vnc->client;
	size_t held = (size_t)client->buffered;
	ssize_t got;

	if (held > HEAD_BYTES)
		held = HEAD_BYTES;
	memcpy(head, client->bufoutptr, held);
	if (held == HEAD_BYTES)
		return held;
	got = recv(client->sock, head + held, HEAD_BYTES - held, MSG_PEEK);
	*is_over = got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR);
	return got > 0 ? held + (size_t)got : held;
}

/* True while size bytes of head are those of a session end as gates have it. */
static bool is_session_end(const uint8_t head[HEAD_BYTES], size_t size)
{
	static const uint8_t form[HEAD_BYTES] = {rfbFramebufferUpdate, 0, 0, 1,
		0, 0, 0, 0, 0, 0, 0, 0, SJ_RFB_ENCODING_SESSION_END >> 24,
		(SJ_RFB_ENCODING_SESSION_END >> 16) & 0xFF,
		(SJ_RFB_ENCODING_SESSION_END >> 8) & 0xFF,
		SJ_RFB_ENCODING_SESSION_END & 0xFF};
	size_t i;

	for (i = 0; i < size; i++) {
		if (head[i] != form[i] && i != HEAD_NUMBER &&
			i != HEAD_NUMBER + 1)
			return false;
	}
	return true;
}

/*
 * Looks at the next message without taking it: the library has handlers for
 * messages that must not reach it, and refuses a session end whose number is
 * beyond the width of the screen. Returns bytes in head, 0 at the end.
 */
static size_t look_ahead(struct sj_vnc *vnc, uint8_t head[HEAD_BYTES])
{
	bool is_over = false, is_cut = false;
	size_t size = peek(vnc, head, &is_over);

	/* Seldom: a message that may be a session end and is half there. */
	while (size > 0 && size < HEAD_BYTES && !is_cut &&
		is_session_end(head, size)) {
		struct pollfd gone = {vnc->client->sock, POLLRDHUP, 0};

		is_cut = poll(&gone, 1, HEAD_WAIT_MS) > 0;
		size = peek(vnc, head, &is_over);
	}
	if (size == 0 && is_over)
		refuse(vnc, SJ_VNC_CLOSED);
	return size;
}

/* The number is where other rectangles have their left edge. */
static bool take_session_end(struct sj_vnc *vnc)
{
	static const struct sj_rect none;
	uint8_t wire_head[HEAD_BYTES];
	uint32_t number;

	if (!ReadFromRFBServer(
		    vnc->client, (char *)wire_head, sizeof(wire_head)))
		return refuse(vnc, SJ_VNC_MESSAGE);
	number = (uint32_t)wire_head[HEAD_NUMBER] << 8 |
		 wire_head[HEAD_NUMBER + 1];
	if (!sj_reason_is_known(number))
		return refuse(vnc, SJ_VNC_END);
	return report(vnc, SJ_VIEWER_DAMAGE_END, number, &none) &&
	       report(vnc, SJ_VIEWER_DAMAGE_UPDATE, 0, &none);
}

enum sj_vnc_end sj_vnc_step(struct sj_vnc *vnc)
{
	rfbClient *client = vnc->client;

	do {
		uint8_t wire_head[HEAD_BYTES];
		size_t size = look_ahead(vnc, wire_head);

		if (vnc->end != SJ_VNC_RUNNING)
			break;
		if (size == HEAD_BYTES && is_session_end(wire_head, size))
			(void)take_session_end(vnc);
		else if (size > 0 && wire_head[0] != rfbFramebufferUpdate)
			refuse(vnc, SJ_VNC_TYPE);
		else if (!HandleRFBServerMessage(client))
			refuse(vnc, SJ_VNC_MESSAGE);
		/* 0.9.14 reports nothing to wait for while it still holds
		 * bytes: go on until its buffer is empty. */
	} while (vnc->end == SJ_VNC_RUNNING && client->buffered > 0);
	return vnc->end;
}

const char *sj_vnc_end_text(enum sj_vnc_end end)
{
	static const char *const text[] = {
		[SJ_VNC_RUNNING] = "running",
		[SJ_VNC_CLOSED] = "closed by the gate",
		[SJ_VNC_HANDSHAKE] = "handshake refused",
		[SJ_VNC_SIZE] = "size outside the limits",
		[SJ_VNC_TYPE] = "message type refused",
		[SJ_VNC_MESSAGE] = "message incomplete or refused",
		[SJ_VNC_ENCODING] = "encoding refused",
		[SJ_VNC_TILE] = "pixels do not decode",
		[SJ_VNC_CURSOR] = "cursor refused",
		[SJ_VNC_CARET] = "caret hint refused",
		[SJ_VNC_END] = "session end refused",
		[SJ_VNC_SINK] = "receiver of damage is gone",
	};

	if ((unsigned)end >= SJ_COUNT(text))
		return "unknown";
	return text[end];
}
