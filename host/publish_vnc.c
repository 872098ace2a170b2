/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/publish.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rfb/rfb.h>
#include <rfb/rfbregion.h>

#include "protocol/base/clock.h"
#include "protocol/base/limits.h"
#include "protocol/rfb/encodings.h"

/* A foreign viewer: what the library does not keep by itself. */
struct stock {
	bool is_requested; /* an update request is unanswered */
	bool is_cursor_due;
};

struct sj_publish {
	rfbScreenInfoPtr screen;
	rfbClientPtr client;
	int waiting_fd; /* attached, nothing read from it yet */
	bool is_stock_allowed;
	struct sj_shadow *shadow;
	struct sj_publish_hooks hooks;
	struct sj_sender *sender;
	bool is_ours; /* the viewer takes the tile encoding */
	struct stock stock;
	struct sj_update_cursor cursor;
	/* The cursor as the library wants it; memory is in this struct. */
	struct rfbCursor stock_cursor;
	uint8_t stock_mask[SJ_LIMIT_CURSOR_PX * SJ_LIMIT_CURSOR_PX / 8];
	uint8_t stock_pixels[SJ_LIMIT_CURSOR_PX * SJ_LIMIT_CURSOR_PX * 4];
};

static struct sj_publish *publish_of(rfbClientPtr client)
{
	return client->screen->screenData;
}

static void ignore_log(const char *format, ...)
{
	/* Made of what a peer sends; what matters is told by results. */
	(void)format;
}

/* ---- hooks of the library ---- */

static void on_key(rfbBool down, rfbKeySym keysym, rfbClientPtr client)
{
	struct sj_publish *publish = publish_of(client);

	publish->hooks.key(publish->hooks.self, down != 0, keysym);
}

static void on_pointer(int buttons, int x, int y, rfbClientPtr client)
{
	struct sj_publish *publish = publish_of(client);
	struct sj_size size = sj_shadow_image(publish->shadow).size;

	if (x < 0)
		x = 0;
	if (y < 0)
		y = 0;
	if (x >= size.width_px)
		x = size.width_px - 1;
	if (y >= size.height_px)
		y = size.height_px - 1;
	publish->hooks.pointer(publish->hooks.self, (uint8_t)buttons,
		(uint16_t)x, (uint16_t)y);
}

/* Cut text never gets here past a gate: it is the end of this viewer. */
static void on_cut_text(char *text, int size, rfbClientPtr client)
{
	(void)text;
	(void)size;
	rfbCloseClient(client);
}

static int refuse_files(rfbClientPtr client)
{
	(void)client;
	return FALSE;
}

static int on_desktop_size(int width, int height, int count,
	struct rfbExtDesktopScreen *screens, rfbClientPtr client)
{
	struct sj_publish *publish = publish_of(client);
	struct sj_rfb_screen_size screen = {.cause = SJ_RFB_SIZE_BY_VIEWER};
	struct sj_size wish;
	uint16_t status = rfbExtDesktopSize_InvalidScreenLayout;

	(void)screens;
	wish = sj_shadow_image(publish->shadow).size;
	if (count == SJ_LIMIT_SCREENS && width >= SJ_LIMIT_WIDTH_MIN_PX &&
		width <= SJ_LIMIT_WIDTH_PX &&
		height >= SJ_LIMIT_HEIGHT_MIN_PX &&
		height <= SJ_LIMIT_HEIGHT_PX) {
		wish.width_px = (uint16_t)width;
		wish.height_px = (uint16_t)height;
		status = publish->hooks.resize(publish->hooks.self, &wish);
	}
	if (status != 0) {
		screen.status = status;
		screen.size = sj_shadow_image(publish->shadow).size;
		sj_sender_set_size(publish->sender, &screen);
	}
	return status;
}

static void on_request(
	rfbClientPtr client, rfbFramebufferUpdateRequestMsg *message)
{
	struct sj_publish *publish = publish_of(client);

	publish->stock.is_requested = true;
	if (!publish->is_ours)
		return;
	if (client->useExtDesktopSize)
		sj_sender_learn(publish->sender, SJ_SENDER_SIZE);
	if (client->useCopyRect)
		sj_sender_learn(publish->sender, SJ_SENDER_COPY);
	sj_sender_request(
		publish->sender, message->incremental == 0, sj_clock_us());
	/* Or the library would note that pixels are due. It never sends any
	 * to our viewers: only rfbUpdateClient would. */
	message->incremental = 1;
}

static rfbBool on_pseudo_encoding(
	rfbClientPtr client, void **data, int encoding)
{
	struct sj_publish *publish = publish_of(client);

	(void)data;
	switch (encoding) {
	case SJ_RFB_ENCODING_TILE:
		publish->is_ours = true;
		break;
	case SJ_RFB_ENCODING_ALPHA_CURSOR:
		sj_sender_learn(publish->sender, SJ_SENDER_ALPHA_CURSOR);
		break;
	case SJ_RFB_ENCODING_MOTION:
		sj_sender_learn(publish->sender, SJ_SENDER_MOTION);
		break;
	case SJ_RFB_ENCODING_CARET:
		sj_sender_learn(publish->sender, SJ_SENDER_CARET);
		break;
	default:
		return FALSE;
	}
	return TRUE;
}

static enum rfbNewClientAction on_new_client(rfbClientPtr client)
{
	client->clientFramebufferUpdateRequestHook = on_request;
	return RFB_CLIENT_ACCEPT;
}

/* ---- set-up ---- */

/* The library keeps one list of extensions for the whole process. */
static void register_encodings(void)
{
	static int encodings[] = {SJ_RFB_ENCODING_TILE, SJ_RFB_ENCODING_MOTION,
		SJ_RFB_ENCODING_ALPHA_CURSOR, SJ_RFB_ENCODING_CARET, 0};
	static rfbProtocolExtension extension;

	if (extension.pseudoEncodings)
		return;
	extension.pseudoEncodings = encodings;
	extension.enablePseudoEncoding = on_pseudo_encoding;
	rfbRegisterProtocolExtension(&extension);
}

/* Everything that the library could do beside is off, also by default. */
static void switch_off(rfbScreenInfoPtr screen)
{
	screen->port = -1;
	screen->ipv6port = -1;
	screen->autoPort = FALSE;
	screen->udpPort = 0;
	screen->httpDir = NULL;
	screen->httpPort = 0;
	screen->http6Port = 0;
	screen->httpEnableProxyConnect = FALSE;
	screen->permitFileTransfer = FALSE;
	screen->getFileTransferPermission = refuse_files;
	screen->setTextChat = NULL;
	screen->setServerInput = NULL;
	screen->setSingleWindow = NULL;
	screen->xvpHook = NULL;
	screen->getKeyboardLedStateHook = NULL;
	screen->versionString = NULL;
	screen->authPasswdData = NULL;
	screen->sslkeyfile = NULL;
	screen->sslcertfile = NULL;
	screen->setXCutText = on_cut_text;
	screen->setXCutTextUTF8 = on_cut_text;
}

/* sj_rfb_pixel_format; the library starts with another one. */
static void set_format(rfbScreenInfoPtr screen)
{
	screen->serverFormat.depth = 24;
	/* The library writes its TRUE, which is -1. */
	screen->serverFormat.trueColour = 1;
	screen->serverFormat.redShift = 16;
	screen->serverFormat.greenShift = 8;
	screen->serverFormat.blueShift = 0;
}

static void set_up(struct sj_publish *publish, rfbScreenInfoPtr screen)
{
	switch_off(screen);
	screen->screenData = publish;
	screen->desktopName = "shoji";
	screen->neverShared = TRUE;
	screen->alwaysShared = FALSE;
	screen->dontDisconnect = TRUE;
	screen->cursor = NULL;
	screen->dontConvertRichCursorToXCursor = TRUE;
	screen->maxClientWait = SJ_LIMIT_MESSAGE_MS;
	screen->deferUpdateTime = 0;
	screen->deferPtrUpdateTime = 0;
	screen->kbdAddEvent = on_key;
	screen->ptrAddEvent = on_pointer;
	screen->newClientHook = on_new_client;
	screen->setDesktopSizeHook = on_desktop_size;
	set_format(screen);
}

struct sj_publish *sj_publish_create(struct sj_shadow *shadow,
	const struct sj_publish_hooks *hooks,
	const struct sj_publish_settings *settings)
{
	static char name[] = "x";
	char *argv[] = {name, NULL};
	int argc = 1;
	struct sj_tile_image image = sj_shadow_image(shadow);
	struct sj_publish *publish = calloc(1, sizeof(*publish));

	if (!publish)
		return NULL;
	rfbLog = ignore_log;
	rfbErr = ignore_log;
	publish->waiting_fd = -1;
	publish->shadow = shadow;
	publish->hooks = *hooks;
	publish->is_stock_allowed = settings->is_stock_allowed;
	publish->sender = sj_sender_create(shadow, &settings->sender);
	publish->screen = rfbGetScreen(&argc, argv, image.size.width_px,
		image.size.height_px, 8, 3, 4);
	if (!publish->sender || !publish->screen) {
		sj_publish_destroy(publish);
		return NULL;
	}
	set_up(publish, publish->screen);
	publish->screen->frameBuffer = (char *)image.pixels;
	publish->screen->paddedWidthInBytes = (int)image.stride_bytes;
	register_encodings();
	return publish;
}

/* The library forgets what it keeps for an extension. */
static void free_extensions(rfbClientPtr client)
{
	rfbExtensionData *next;

	for (rfbExtensionData *data = client->extensions; data; data = next) {
		next = data->next;
		free(data);
	}
	client->extensions = NULL;
}

/* Forgets the viewer, who may have left already. */
static void drop(struct sj_publish *publish)
{
	if (publish->waiting_fd >= 0)
		close(publish->waiting_fd);
	publish->waiting_fd = -1;
	if (publish->client) {
		rfbCloseClient(publish->client);
		free_extensions(publish->client);
		rfbClientConnectionGone(publish->client);
	}
	publish->client = NULL;
	publish->is_ours = false;
	memset(&publish->stock, 0, sizeof(publish->stock));
}

void sj_publish_destroy(struct sj_publish *publish)
{
	if (!publish)
		return;
	if (publish->screen) {
		drop(publish);
		publish->screen->cursor = NULL;
		rfbScreenCleanup(publish->screen);
	}
	sj_sender_destroy(publish->sender);
	free(publish);
}

/* ---- the stream ---- */

void sj_publish_attach(struct sj_publish *publish, int fd)
{
	drop(publish);
	publish->waiting_fd = fd;
}

int sj_publish_fd(const struct sj_publish *publish)
{
	return publish->client ? publish->client->sock : publish->waiting_fd;
}

static bool is_ready(int fd, short events)
{
	struct pollfd entry = {.fd = fd, .events = events};

	return poll(&entry, 1, 0) == 1 && (entry.revents & events) != 0;
}

/*
 * The library looks for a WebSocket greeting for up to 100 ms in the calling
 * thread: it is started only when the gate's first bytes are there.
 */
static void greet(struct sj_publish *publish)
{
	int fd = publish->waiting_fd;

	publish->waiting_fd = -1;
	publish->is_ours = false;
	publish->stock = (struct stock){.is_cursor_due = true};
	sj_sender_begin(publish->sender, sj_clock_us());
	publish->client = rfbNewClient(publish->screen, fd);
}

/* False, everything forgotten, when the client has been closed. */
static bool is_alive(struct sj_publish *publish)
{
	if (publish->client && publish->client->sock >= 0)
		return true;
	drop(publish);
	return false;
}

bool sj_publish_readable(struct sj_publish *publish)
{
	if (publish->waiting_fd >= 0)
		greet(publish);
	while (is_alive(publish)) {
		if (!publish->hooks.has_room(publish->hooks.self) ||
			!is_ready(publish->client->sock,
				POLLIN | POLLHUP | POLLERR))
			return true;
		rfbProcessClientMessage(publish->client);
	}
	return false;
}

/* ---- what goes out ---- */

static bool is_serving(const struct sj_publish *publish)
{
	return publish->client && publish->client->state == RFB_NORMAL &&
	       (publish->is_ours || publish->is_stock_allowed);
}

bool sj_publish_wants_write(const struct sj_publish *publish)
{
	const struct stock *stock = &publish->stock;

	if (!is_serving(publish))
		return false;
	if (publish->is_ours)
		return sj_sender_wants(publish->sender, sj_clock_us());
	return stock->is_requested &&
	       (stock->is_cursor_due || FB_UPDATE_PENDING(publish->client) ||
		       sj_shadow_has_work(publish->shadow));
}

uint64_t sj_publish_wait_us(const struct sj_publish *publish)
{
	if (!is_serving(publish) || !publish->is_ours)
		return UINT64_MAX;
	return sj_sender_wait_us(publish->sender, sj_clock_us());
}

void sj_publish_damage(struct sj_publish *publish, const struct sj_rect *rect)
{
	sj_sender_damage(publish->sender, rect, sj_clock_us());
}

/* Each update goes out by one write: the library writes in pieces. */
static void send_ours(
	struct sj_publish *publish, const struct sj_tile_image *live)
{
	const uint8_t *data = NULL;
	size_t size =
		sj_sender_next(publish->sender, live, &data, sj_clock_us());

	if (size > 0 && rfbWriteExact(publish->client, (const char *)data,
				(int)size) < 0)
		rfbCloseClient(publish->client);
}

/*
 * A viewer that cannot draw the pointer gets none: the library would paint it
 * into the shadow.
 */
static void set_stock_cursor(struct sj_publish *publish)
{
	bool is_shown = publish->client->enableCursorShapeUpdates &&
			publish->cursor.size.width_px != 0;

	publish->screen->cursor = is_shown ? &publish->stock_cursor : NULL;
	if (publish->stock.is_cursor_due)
		publish->client->cursorWasChanged = TRUE;
	publish->stock.is_cursor_due = false;
}

static void send_stock(
	struct sj_publish *publish, const struct sj_tile_image *live)
{
	struct sj_rect rect;

	set_stock_cursor(publish);
	while (sj_shadow_next(publish->shadow, live, &rect))
		rfbMarkRectAsModified(publish->screen, rect.x_px, rect.y_px,
			rect.x_px + rect.width_px, rect.y_px + rect.height_px);
	if (rfbUpdateClient(publish->client))
		publish->stock.is_requested = false;
}

bool sj_publish_frame(
	struct sj_publish *publish, const struct sj_tile_image *live)
{
	if (!publish->client)
		return publish->waiting_fd >= 0;
	/* A queue counts as writable while it is at most a quarter full: one
	 * of our updates always fits, and more than two are never there. */
	if (sj_publish_wants_write(publish) &&
		is_ready(publish->client->sock, POLLOUT)) {
		if (publish->is_ours)
			send_ours(publish, live);
		else
			send_stock(publish, live);
	}
	return is_alive(publish);
}

void sj_publish_resized(struct sj_publish *publish, bool is_by_viewer)
{
	struct sj_tile_image image = sj_shadow_image(publish->shadow);
	const struct sj_rfb_screen_size screen = {
		.cause = is_by_viewer ? SJ_RFB_SIZE_BY_VIEWER
				      : SJ_RFB_SIZE_BY_HOST,
		.size = image.size,
	};

	rfbNewFramebuffer(publish->screen, (char *)image.pixels,
		image.size.width_px, image.size.height_px, 8, 3, 4);
	set_format(publish->screen);
	if (!publish->client)
		return;
	publish->screen->setTranslateFunction(publish->client);
	sj_sender_set_size(publish->sender, &screen);
}

/* A foreign viewer knows a pixel of the pointer only as there or not. */
static void make_stock_cursor(struct sj_publish *publish)
{
	const struct sj_update_cursor *cursor = &publish->cursor;
	struct rfbCursor *stock = &publish->stock_cursor;
	size_t mask_row = ((size_t)cursor->size.width_px + 7) / 8;

	memset(stock, 0, sizeof(*stock));
	memset(publish->stock_mask, 0, sizeof(publish->stock_mask));
	stock->width = cursor->size.width_px;
	stock->height = cursor->size.height_px;
	stock->xhot = cursor->hot_x_px;
	stock->yhot = cursor->hot_y_px;
	stock->mask = publish->stock_mask;
	stock->source = publish->stock_mask;
	stock->richSource = publish->stock_pixels;
	for (size_t i = 0; i < (size_t)stock->width * stock->height; i++) {
		const uint8_t *pixel = cursor->pixels + i * 4;
		size_t x = i % stock->width, y = i / stock->width;

		memcpy(publish->stock_pixels + i * 4, pixel, 3);
		publish->stock_pixels[i * 4 + 3] = 0;
		if (pixel[3] >= 0x80)
			publish->stock_mask[y * mask_row + x / 8] |=
				(uint8_t)(0x80 >> x % 8);
	}
}

void sj_publish_set_cursor(
	struct sj_publish *publish, const struct sj_update_cursor *cursor)
{
	publish->cursor = *cursor;
	sj_sender_set_cursor(publish->sender, cursor);
	make_stock_cursor(publish);
	publish->stock.is_cursor_due = true;
}

void sj_publish_set_caret(
	struct sj_publish *publish, const struct sj_rect *rect)
{
	sj_sender_set_caret(publish->sender, rect);
}
