/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/host/publish_rig.h"

#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "protocol/base/bytes.h"
#include "protocol/base/limits.h"
#include "protocol/rfb/encodings.h"
#include "tests/support/suite.h"

static const struct sj_size size = {SJ_RIG_WIDTH, SJ_RIG_HEIGHT};
uint32_t sj_rig_live[SJ_RIG_WIDTH * SJ_RIG_HEIGHT];
uint32_t sj_rig_seen[SJ_RIG_WIDTH * SJ_RIG_HEIGHT];
struct sj_shadow *sj_rig_shadow;
struct sj_publish *sj_rig_publish;
static struct sj_tile_decoder *decoder;
int sj_rig_fd;

/* What arrived and is not parsed yet. */
uint8_t sj_rig_inbox[4 * 1024 * 1024];
size_t sj_rig_inbox_size;
size_t sj_rig_gulp_bytes;

struct sj_rig_told sj_rig_told;

static bool on_room(void *self)
{
	(void)self;
	return sj_rig_told.has_room != 0;
}

static void on_key(void *self, bool is_down, uint32_t keysym)
{
	(void)self;
	if (is_down && sj_rig_told.keys < 8)
		sj_rig_told.keysym[sj_rig_told.keys++] = keysym;
}

static void on_pointer(void *self, uint8_t buttons, uint16_t x, uint16_t y)
{
	(void)self;
	sj_rig_told.buttons = buttons;
	sj_rig_told.x_px = x;
	sj_rig_told.y_px = y;
}

static uint16_t on_resize(void *self, const struct sj_size *wish)
{
	(void)self;
	sj_rig_told.wish = *wish;
	if (sj_rig_told.status == 0) {
		ck_assert_int_eq(sj_shadow_resize(sj_rig_shadow, wish), SJ_OK);
		sj_publish_resized(sj_rig_publish, true);
	}
	return sj_rig_told.status;
}

void sj_rig_open_all(bool is_stock_allowed)
{
	const struct sj_publish_hooks hooks = {
		NULL, on_room, on_key, on_pointer, on_resize};
	const struct sj_publish_settings settings = {
		.is_stock_allowed = is_stock_allowed};

	memset(&sj_rig_told, 0, sizeof(sj_rig_told));
	sj_rig_told.has_room = 1;
	sj_rig_gulp_bytes = sizeof(sj_rig_inbox);
	for (size_t i = 0; i < SJ_RIG_WIDTH * SJ_RIG_HEIGHT; i++)
		sj_rig_live[i] = 0xff000000u | (uint32_t)(i * 77777);
	sj_rig_shadow = sj_shadow_create(&size);
	decoder = sj_tile_decoder_create();
	ck_assert_ptr_nonnull(sj_rig_shadow);
	ck_assert_ptr_nonnull(decoder);
	sj_rig_publish = sj_publish_create(sj_rig_shadow, &hooks, &settings);
	ck_assert_ptr_nonnull(sj_rig_publish);
	sj_rig_fd = -1;
}

void sj_rig_close_all(void)
{
	sj_publish_destroy(sj_rig_publish);
	sj_shadow_destroy(sj_rig_shadow);
	sj_tile_decoder_destroy(decoder);
	if (sj_rig_fd >= 0)
		close(sj_rig_fd);
}

/* Lets the server do what there is to do; false when it has no viewer. */
bool sj_rig_turn(void)
{
	struct sj_tile_image live = {(uint8_t *)sj_rig_live, SJ_RIG_WIDTH * 4,
		{SJ_RIG_WIDTH, SJ_RIG_HEIGHT}};
	struct pollfd server = {sj_publish_fd(sj_rig_publish), POLLIN, 0};
	size_t room;
	ssize_t got;

	if (server.fd < 0)
		return false;
	(void)poll(&server, 1, 1);
	if ((server.revents & (POLLIN | POLLHUP)) != 0 &&
		!sj_publish_readable(sj_rig_publish))
		return false;
	if (!sj_publish_frame(sj_rig_publish, &live))
		return false;
	room = sizeof(sj_rig_inbox) - sj_rig_inbox_size;
	got = recv(sj_rig_fd, sj_rig_inbox + sj_rig_inbox_size,
		room < sj_rig_gulp_bytes ? room : sj_rig_gulp_bytes,
		MSG_DONTWAIT);
	if (got > 0)
		sj_rig_inbox_size += (size_t)got;
	return true;
}

void sj_rig_say(const void *data, size_t bytes)
{
	ck_assert_int_eq(
		send(sj_rig_fd, data, bytes, MSG_NOSIGNAL), (ssize_t)bytes);
}

void sj_rig_drop(size_t bytes)
{
	memmove(sj_rig_inbox, sj_rig_inbox + bytes, sj_rig_inbox_size - bytes);
	sj_rig_inbox_size -= bytes;
}

void sj_rig_expect_bytes(size_t bytes)
{
	for (int i = 0; i < SJ_RIG_TURNS && sj_rig_inbox_size < bytes; i++)
		ck_assert(sj_rig_turn());
	ck_assert_uint_ge(sj_rig_inbox_size, bytes);
}

/* Nothing more comes for a while. */
void sj_rig_expect_silence(void)
{
	for (int i = 0; i < 20; i++)
		ck_assert(sj_rig_turn());
	ck_assert_uint_eq(sj_rig_inbox_size, 0);
}

void sj_rig_expect_end(void)
{
	for (int i = 0; i < SJ_RIG_TURNS; i++)
		if (!sj_rig_turn()) {
			ck_assert_int_eq(sj_publish_fd(sj_rig_publish), -1);
			return;
		}
	ck_abort_msg("the viewer is still there");
}

void sj_rig_attach(void)
{
	int pair[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	sj_publish_attach(sj_rig_publish, pair[0]);
	sj_rig_fd = pair[1];
	sj_rig_inbox_size = 0;
	memset(sj_rig_seen, 0, sizeof(sj_rig_seen));
}

static void set_encodings(const int32_t *number, size_t count)
{
	uint8_t message[4 + 4 * 8];
	struct sj_writer out = sj_writer_of(message, sizeof(message));
	bool is_good = sj_write_u16(&out, 0x0200) &&
		       sj_write_u16(&out, (uint16_t)count);

	for (size_t i = 0; i < count; i++)
		is_good = is_good && sj_write_s32(&out, number[i]);
	ck_assert(is_good);
	sj_rig_say(message, out.at);
}

void sj_rig_request(int is_incremental)
{
	const uint8_t message[] = {3, (uint8_t)is_incremental, 0, 0, 0, 0,
		SJ_RIG_WIDTH >> 8, SJ_RIG_WIDTH & 0xff, SJ_RIG_HEIGHT >> 8,
		SJ_RIG_HEIGHT & 0xff};

	sj_rig_say(message, sizeof(message));
}

/* Handshake up to SetEncodings. */
void sj_rig_come_in(const int32_t *number, size_t count)
{
	static const uint8_t format[] = {
		32, 24, 0, 1, 0, 255, 0, 255, 0, 255, 16, 8, 0, 0, 0, 0};

	sj_rig_attach();
	sj_rig_say("RFB 003.008\n", 12);
	sj_rig_expect_bytes(12 + 2);
	ck_assert_mem_eq(sj_rig_inbox, "RFB 003.008\n\1\1", 14);
	sj_rig_drop(14);
	sj_rig_say("\1", 1);
	sj_rig_expect_bytes(4);
	sj_rig_drop(4);
	sj_rig_say("\0", 1);
	sj_rig_expect_bytes(24 + 5);
	ck_assert_mem_eq(sj_rig_inbox + 4, format, sizeof(format));
	ck_assert_mem_eq(sj_rig_inbox + 24, "shoji", 5);
	sj_rig_drop(29);
	set_encodings(number, count);
}

const int32_t sj_rig_ours[SJ_RIG_OURS] = {SJ_RFB_ENCODING_TILE,
	SJ_RFB_ENCODING_ALPHA_CURSOR, SJ_RFB_ENCODING_CARET,
	SJ_RFB_ENCODING_EXTENDED_DESKTOP_SIZE, SJ_RFB_ENCODING_RAW};
const int32_t sj_rig_stock[1] = {SJ_RFB_ENCODING_RAW};

static struct sj_rig_head read_head(struct sj_reader *in)
{
	struct sj_rig_head head = {0};

	ck_assert(sj_read_u16(in, &head.x) && sj_read_u16(in, &head.y) &&
		  sj_read_u16(in, &head.width) &&
		  sj_read_u16(in, &head.height) &&
		  sj_read_s32(in, &head.encoding));
	return head;
}

static void read_tile(struct sj_reader *in, const struct sj_rig_head *head)
{
	struct sj_tile_image image = {(uint8_t *)sj_rig_seen, SJ_RIG_WIDTH * 4,
		{SJ_RIG_WIDTH, SJ_RIG_HEIGHT}};
	const struct sj_rect rect = {
		head->x, head->y, head->width, head->height};
	const uint8_t *payload = NULL;
	uint32_t bytes = 0;

	ck_assert(sj_read_u32(in, &bytes) && sj_read_view(in, &payload, bytes));
	ck_assert_int_eq(sj_tile_decode(decoder, payload, bytes, &rect, &image),
		SJ_STEP_DONE);
}

/* Takes one update of tiles; returns its rectangles, the last in *last. */
size_t sj_rig_take_tiles(struct sj_rig_head *last)
{
	struct sj_reader in;
	uint16_t count = 0, type = 1;

	sj_rig_expect_bytes(4);
	in = sj_reader_of(sj_rig_inbox, sj_rig_inbox_size);
	ck_assert(sj_read_u16(&in, &type) && sj_read_u16(&in, &count));
	ck_assert_uint_eq(type, 0);
	for (size_t i = 0; i < count; i++) {
		*last = read_head(&in);
		ck_assert_int_eq(last->encoding, SJ_RFB_ENCODING_TILE);
		read_tile(&in, last);
	}
	ck_assert_uint_le(in.at, SJ_LIMIT_UPDATE_BYTES);
	sj_rig_drop(in.at);
	return count;
}

/* An update that holds one rectangle without payload. */
struct sj_rig_head sj_rig_take_head(int32_t encoding, size_t payload)
{
	struct sj_reader in;
	struct sj_rig_head head;

	sj_rig_expect_bytes(16 + payload);
	in = sj_reader_of(sj_rig_inbox, sj_rig_inbox_size);
	ck_assert(sj_read_skip(&in, 4));
	head = read_head(&in);
	ck_assert_int_eq(head.encoding, encoding);
	return head;
}

bool sj_rig_is_all_seen(void)
{
	for (size_t i = 0; i < SJ_RIG_WIDTH * SJ_RIG_HEIGHT; i++)
		if (sj_rig_seen[i] != (sj_rig_live[i] & 0xffffff))
			return false;
	return true;
}

void sj_rig_check_seen(void)
{
	for (size_t i = 0; i < SJ_RIG_WIDTH * SJ_RIG_HEIGHT; i++)
		if (sj_rig_seen[i] != (sj_rig_live[i] & 0xffffff))
			ck_abort_msg("pixel %zu differs", i);
}

/* As many updates of tiles as the whole picture takes, each asked for but the
 * first. */
void sj_rig_take_all(void)
{
	struct sj_rig_head head;

	(void)sj_rig_take_tiles(&head);
	for (int i = 1; i < 7 * 5 && !sj_rig_is_all_seen(); i++) {
		sj_rig_request(1);
		(void)sj_rig_take_tiles(&head);
	}
}

/* Our viewer, past the size, with the whole picture. */
void sj_rig_show_all(void)
{
	struct sj_rig_head head;

	sj_rig_come_in(sj_rig_ours, SJ_RIG_OURS);
	sj_rig_request(0);
	head = sj_rig_take_head(SJ_RFB_ENCODING_EXTENDED_DESKTOP_SIZE, 20);
	ck_assert_uint_eq(head.width, SJ_RIG_WIDTH);
	ck_assert_uint_eq(head.height, SJ_RIG_HEIGHT);
	sj_rig_drop(36);
	sj_rig_request(1);
	/* The pointer, which is none. */
	sj_rig_expect_bytes(4 + 12);
	ck_assert_uint_ge(sj_rig_inbox[3], 2);
	memmove(sj_rig_inbox + 4, sj_rig_inbox + 16, sj_rig_inbox_size - 16);
	sj_rig_inbox_size -= 12;
	sj_rig_inbox[3]--;
	sj_rig_take_all();
	sj_rig_check_seen();
}
