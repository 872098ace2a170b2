/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Mutated messages of a host at the parts of a guard's core: decoded into its
 * screen, sent on by its sender, as guard/core.c joins them. What goes out is
 * taken by the outer gate and unchanged, and a second decoder makes of it
 * exactly the picture that the core shows: nothing else can have been in it.
 * Every second session has seven-bit colours. No region is sent lossily.
 */
#include <string.h>

#include "guard/from_host.h"
#include "guard/shown.h"
#include "protocol/base/limits.h"
#include "protocol/motion/motion.h"
#include "protocol/rfb/msg_host.h"
#include "protocol/send/sender.h"
#include "tests/mutate/many.h"
#include "tests/support/gate_rig.h"
#include "tests/support/tile_rig.h"

enum {
	WIDTH = SJ_LIMIT_WIDTH_MIN_PX,
	HEIGHT = SJ_LIMIT_HEIGHT_MIN_PX,
	STREAMS = 16,
	MESSAGES = 12,
	STREAM_BYTES = 256 * 1024,
	STEP_US = 200000,
	TURNS = 400
};

/* Updates of a host, one behind the other. */
struct stream {
	uint8_t data[STREAM_BYTES];
	size_t at[MESSAGES + 1];
};

static struct stream streams[STREAMS];
static uint8_t in[2 * STREAM_BYTES];

/* The core, and behind it a gate and a decoder. */
static struct {
	struct sj_screen *screen;
	struct sj_shown *shown[2]; /* without and with seven bits */
	struct sj_shown *now_shown;
	struct sj_shadow *shadow;
	struct sj_sender *sender;
	struct sj_from_host *from;
	struct sj_screen *far_screen;
	struct sj_from_host *far;
	struct sj_gate *gate;
	struct sj_update_cursor cursor, far_cursor;
	struct sj_rect caret;
	uint64_t now_us;
	size_t in_at, in_size;
	bool is_midframe, is_over, is_seven_bit;
	enum sj_reason reason;
} core;

/* ---- what a host says ---- */

static struct sj_rect random_rect(struct sj_many *many, uint16_t most_px)
{
	struct sj_rect rect = {
		.width_px = (uint16_t)(1 + sj_many_pick(many, most_px)),
		.height_px = (uint16_t)(1 + sj_many_pick(many, most_px)),
	};

	rect.x_px = (uint16_t)sj_many_pick(many, WIDTH - rect.width_px + 1);
	rect.y_px = (uint16_t)sj_many_pick(many, HEIGHT - rect.height_px + 1);
	return rect;
}

/* The parts of rect in each tile of the screen. */
static void add_tiles(struct sj_update *update, struct sj_tile_rig *rig,
	const struct sj_rect *rect)
{
	const unsigned right = rect->x_px + rect->width_px;
	const unsigned below = rect->y_px + rect->height_px;
	unsigned next_x, next_y;

	for (unsigned y = rect->y_px; y < below; y = next_y) {
		next_y = (y / SJ_LIMIT_TILE_PX + 1) * SJ_LIMIT_TILE_PX;
		if (next_y > below)
			next_y = below;
		for (unsigned x = rect->x_px; x < right; x = next_x) {
			next_x = (x / SJ_LIMIT_TILE_PX + 1) * SJ_LIMIT_TILE_PX;
			if (next_x > right)
				next_x = right;
			const struct sj_rect part = {(uint16_t)x, (uint16_t)y,
				(uint16_t)(next_x - x), (uint16_t)(next_y - y)};

			if (sj_update_has_room(update, rig->encoder))
				sj_update_add_tile(update, rig->encoder,
					&rig->host, &part);
		}
	}
}

static void add_news(struct sj_many *many, struct sj_update *update)
{
	static struct sj_update_cursor cursor;
	const struct sj_rfb_screen_size size = {
		.cause = SJ_RFB_SIZE_BY_HOST, .size = {WIDTH + 16, HEIGHT + 8}};
	struct sj_rect rect = random_rect(many, 64);
	struct sj_move move = {.to = rect};

	switch (sj_many_pick(many, 8)) {
	case 0:
		memset(&cursor, 0, sizeof(cursor));
		cursor.size = (struct sj_size){9, 16};
		memset(cursor.pixels, (int)sj_many_pick(many, 256), 9 * 16 * 4);
		(void)!sj_update_add_cursor(update, &cursor);
		break;
	case 1:
	case 2:
		(void)!sj_update_add_caret(update, &rect);
		break;
	case 3:
	case 4:
		move.from_x_px = rect.x_px / 2;
		move.from_y_px = rect.y_px / 2;
		(void)!sj_update_add_copy(update, &move);
		break;
	case 5:
		(void)!sj_update_add_size(update, &size);
		break;
	default:
		break;
	}
}

/* A motion or a raw rectangle of the host's picture, alone. */
static bool build_alone(struct sj_many *many, struct sj_tile_rig *rig,
	struct sj_motion_encoder *motion, struct sj_writer *out)
{
	const struct sj_rfb_host_message head = {
		.type = SJ_RFB_UPDATE, .u.update.rects = 1};
	const bool is_raw = sj_many_pick(many, 2) == 0;
	const struct sj_rfb_rect_head place = {random_rect(many, 24),
		is_raw ? SJ_RFB_ENCODING_RAW : SJ_RFB_ENCODING_MOTION};

	if (!sj_rfb_host_build(out, &head) ||
		!sj_rfb_rect_head_build(out, &place))
		return false;
	if (!is_raw)
		return sj_motion_encode(motion, &rig->host, &place.rect, 60,
			       out) == SJ_STEP_DONE;
	for (uint32_t i = 0; i < sj_rect_area(&place.rect); i++)
		if (!sj_write_u32(out, (uint32_t)sj_many_random(many)))
			return false;
	return true;
}

/* Noise is slow and says little: seldom. */
static enum sj_tile_paint random_paint(struct sj_many *many)
{
	const size_t which = sj_many_pick(many, 16);

	if (which < SJ_TILE_PAINTS)
		return (enum sj_tile_paint)which;
	return which % 2 == 0 ? SJ_TILE_PAINT_LETTERS
			      : SJ_TILE_PAINT_ONE_COLOUR;
}

static void make_stream(struct sj_many *many, struct stream *stream)
{
	static struct sj_update update;
	static struct sj_tile_rig rig;
	struct sj_motion_encoder *motion = sj_motion_encoder_create();
	struct sj_writer out = sj_writer_of(stream->data, sizeof(stream->data));

	sj_many_require(many, motion != NULL, "short of memory");
	sj_tile_rig_open(&rig, WIDTH, HEIGHT);
	for (size_t i = 0; i < MESSAGES; i++) {
		struct sj_rect rect = random_rect(many, 40);
		const uint8_t *made = NULL;
		bool is_built = true;
		size_t size;

		sj_tile_rig_paint(&rig, &rect, random_paint(many));
		if (sj_many_pick(many, 6) == 0) {
			is_built = build_alone(many, &rig, motion, &out);
		} else {
			sj_update_begin(&update);
			add_news(many, &update);
			add_tiles(&update, &rig, &rect);
			size = sj_update_end(&update, rig.encoder, &made);
			is_built = sj_write_bytes(&out, made, size);
		}
		sj_many_require(many, is_built, "short of room");
		stream->at[i + 1] = out.at;
	}
	sj_tile_rig_close(&rig);
	sj_motion_encoder_destroy(motion);
}

/* ---- the core ---- */

static void open_core(struct sj_many *many)
{
	/* A larger wish ends the session, as in a core; it only costs time. */
	static const struct sj_size max = {640, 480};
	const struct sj_sender_settings settings = {0};

	core.screen = sj_screen_create();
	core.far_screen = sj_screen_create();
	core.shadow = sj_shadow_create(&max);
	sj_many_require(many, core.screen && core.far_screen && core.shadow,
		"short of memory");
	for (int i = 0; i < 2; i++) {
		const struct sj_shown_settings look = {.is_seven_bit = i != 0};

		core.shown[i] = sj_shown_create(core.screen, &look);
		sj_many_require(many, core.shown[i] != NULL, "short of memory");
	}
	core.from = sj_from_host_create(core.screen);
	core.far = sj_from_host_create(core.far_screen);
	core.sender = sj_sender_create(core.shadow, &settings);
	sj_many_require(
		many, core.from && core.far && core.sender, "short of memory");
}

static void close_core(void)
{
	sj_sender_destroy(core.sender);
	sj_from_host_destroy(core.far);
	sj_from_host_destroy(core.from);
	sj_shown_destroy(core.shown[0]);
	sj_shown_destroy(core.shown[1]);
	sj_shadow_destroy(core.shadow);
	sj_screen_destroy(core.far_screen);
	sj_screen_destroy(core.screen);
}

/* A gate to which a viewer of ours has said all it has to. */
static struct sj_gate *open_gate(struct sj_many *many)
{
	const struct sj_gate_settings settings = {
		.profile = SJ_GATE_DEFAULT,
		.size = {WIDTH, HEIGHT},
		.size_max = {SJ_LIMIT_WIDTH_PX, SJ_LIMIT_HEIGHT_PX},
		.is_requesting = true,
		.now_us = core.now_us,
	};
	struct sj_gate *gate = sj_gate_create(&settings);
	uint8_t data[1024];
	struct sj_reader none = sj_reader_of(data, 0);
	struct sj_writer out = sj_writer_of(data, sizeof(data));

	sj_many_require(many,
		gate && sj_gate_viewer_next(gate, &none, &out, core.now_us) ==
				SJ_STEP_DONE,
		"short of memory");
	return gate;
}

static void begin(struct sj_many *many)
{
	const struct sj_size size = {WIDTH, HEIGHT};
	const struct sj_rect all = {0, 0, WIDTH, HEIGHT};

	core.is_seven_bit = many->sessions % 2 != 0;
	core.now_shown = core.shown[core.is_seven_bit];
	core.now_us += 1000000;
	core.in_at = core.in_size = 0;
	core.is_midframe = core.is_over = false;
	core.reason = SJ_REASON_NONE;
	core.gate = open_gate(many);
	sj_from_host_begin(core.from);
	sj_from_host_begin(core.far);
	sj_screen_resize(core.screen, &size);
	sj_screen_resize(core.far_screen, &size);
	sj_screen_know(core.screen, &all);
	sj_shown_resize(core.now_shown);
	sj_many_require(
		many, sj_shadow_resize(core.shadow, &size) == SJ_OK, "a size");
	sj_sender_begin(core.sender, core.now_us);
	sj_sender_learn(core.sender, SJ_SENDER_ALPHA_CURSOR | SJ_SENDER_CARET |
					     SJ_SENDER_SIZE | SJ_SENDER_COPY);
	sj_sender_request(core.sender, true, core.now_us);
}

static bool take_size(const struct sj_rfb_screen_size *screen)
{
	const struct sj_size was = sj_shadow_image(core.shadow).size;

	if (screen->size.width_px != was.width_px ||
		screen->size.height_px != was.height_px) {
		if (sj_shadow_resize(core.shadow, &screen->size) != SJ_OK)
			return false;
		sj_shown_resize(core.now_shown);
	} else if (screen->cause == SJ_RFB_SIZE_BY_HOST) {
		return true;
	}
	sj_sender_set_size(core.sender, screen);
	return true;
}

static void take_news(const struct sj_news *news)
{
	switch (news->kind) {
	case SJ_NEWS_PIXELS:
		for (size_t i = 0; i < news->part_count; i++) {
			const struct sj_rect *part = &news->parts[i];

			sj_sender_told(core.sender, part, news->is_motion);
			sj_shown_draw(core.now_shown, part);
			sj_sender_damage(core.sender, part, core.now_us);
		}
		break;
	case SJ_NEWS_SIZE:
		core.is_over = !take_size(&news->size);
		break;
	case SJ_NEWS_CURSOR:
		core.cursor = *news->cursor;
		sj_shown_cursor(core.now_shown, &core.cursor);
		sj_sender_set_cursor(core.sender, &core.cursor);
		break;
	case SJ_NEWS_CARET:
		core.caret = news->rect;
		sj_sender_set_caret(core.sender, &core.caret);
		break;
	case SJ_NEWS_END:
		core.is_over = true;
		break;
	case SJ_NEWS_NONE:
	default:
		break;
	}
}

/* ---- what a viewer gets ---- */

/* The outer gate lets it through as it is. */
static void pass_gate(struct sj_many *many, const uint8_t *data, size_t size)
{
	static uint8_t passed[SJ_LIMIT_UPDATE_BYTES + 1024];
	struct sj_reader reader = sj_reader_of(data, size);
	struct sj_writer out = sj_writer_of(passed, sizeof(passed));
	enum sj_step step;

	do {
		step = sj_gate_host_next(core.gate, &reader, &out, core.now_us);
	} while (step == SJ_STEP_DONE);
	sj_many_require(many,
		step == SJ_STEP_MORE && out.at == size &&
			memcmp(passed, data, size) == 0,
		"what the outer gate lets through unchanged");
}

static void take_far(struct sj_many *many, const uint8_t *data, size_t size)
{
	struct sj_reader reader = sj_reader_of(data, size);
	struct sj_news news;
	enum sj_step step;

	while ((step = sj_from_host_next(core.far, &reader, &news)) ==
		SJ_STEP_DONE) {
		if (news.kind == SJ_NEWS_CURSOR)
			core.far_cursor = *news.cursor;
	}
	sj_many_require(many, step == SJ_STEP_MORE && reader.at == size,
		"what a decoder takes");
}

static void compare(struct sj_many *many)
{
	const struct sj_tile_image near = sj_shown_image(core.now_shown);
	const struct sj_tile_image far = sj_screen_image(core.far_screen);
	const size_t size = (size_t)far.size.width_px * far.size.height_px * 4;

	uint8_t low = 0;

	sj_many_require(many,
		near.size.width_px == far.size.width_px &&
			near.size.height_px == far.size.height_px,
		"of the same size at both ends");
	sj_many_require(many, memcmp(near.pixels, far.pixels, size) == 0,
		"the same picture at both ends");
	for (size_t i = 0; core.is_seven_bit && i < size; i++)
		low |= far.pixels[i];
	sj_many_require(many, (low & 1) == 0, "seven bits of colour");
	sj_many_require(many,
		memcmp(&core.cursor, &core.far_cursor, sizeof(core.cursor)) ==
			0,
		"the same pointer at both ends");
	many->pixels_exact++;
}

/* Sends all that may be sent, as time passes. */
static void send_all(struct sj_many *many)
{
	for (int turn = 0; turn < TURNS; turn++) {
		const struct sj_tile_image live =
			sj_shown_image(core.now_shown);
		const uint8_t *data = NULL;
		size_t size;

		core.now_us += STEP_US;
		sj_sender_request(core.sender, false, core.now_us);
		if (!sj_sender_wants(core.sender, core.now_us)) {
			if (sj_sender_wait_us(core.sender, core.now_us) ==
				UINT64_MAX)
				return;
			continue;
		}
		size = sj_sender_next(core.sender, &live, &data, core.now_us);
		if (size == 0)
			continue;
		many->updates_out++;
		many->bytes_out += size;
		pass_gate(many, data, size);
		take_far(many, data, size);
	}
	sj_many_require(many, false, "an end of what is sent");
}

/* Takes what has come as far as it goes. */
static void feed(struct sj_many *many)
{
	struct sj_reader reader = sj_reader_of(in, core.in_size);
	struct sj_news news;
	enum sj_step step = SJ_STEP_MORE;

	reader.at = core.in_at;
	while (!core.is_over) {
		step = sj_from_host_next(core.from, &reader, &news);
		if (step != SJ_STEP_DONE)
			break;
		core.is_midframe = !news.is_update_over;
		take_news(&news);
	}
	core.in_at = reader.at;
	core.reason = sj_from_host_reason(core.from);
	sj_many_require(many,
		(step == SJ_STEP_REFUSE) == (core.reason != SJ_REASON_NONE),
		"a reason with each refusal");
	if (step == SJ_STEP_REFUSE)
		core.is_over = true;
}

static void session(struct sj_many *many)
{
	const struct stream *stream = &streams[sj_many_pick(many, STREAMS)];
	const size_t first =
		sj_many_pick(many, 1 + sj_many_pick(many, MESSAGES));

	begin(many);
	for (size_t i = 0; i < MESSAGES && !core.is_over; i++) {
		const bool is_mutated =
			i >= first && many->messages < many->wanted;
		size_t size = stream->at[i + 1] - stream->at[i];

		memcpy(in + core.in_size, stream->data + stream->at[i], size);
		if (is_mutated && size > 0)
			size = sj_many_mutate(many, in + core.in_size, size,
				sizeof(in) - core.in_size);
		core.in_size += size;
		feed(many);
		sj_many_count(many, is_mutated, size, core.reason);
		/* All of it unchanged is all of it taken. */
		sj_many_require(many, is_mutated || i > first || !core.is_over,
			"a whole stream taken");
		if (core.is_over || core.is_midframe ||
			!sj_screen_is_known(core.screen) ||
			(i + 1 < MESSAGES && sj_many_pick(many, 3) != 0))
			continue;
		send_all(many);
		compare(many);
	}
	sj_gate_destroy(core.gate);
	many->sessions++;
}

void sj_many_guard(struct sj_many *many)
{
	for (size_t i = 0; i < STREAMS; i++)
		make_stream(many, &streams[i]);
	open_core(many);
	while (many->messages < many->wanted)
		session(many);
	close_core();
}
