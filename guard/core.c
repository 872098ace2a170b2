/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "guard/core.h"

#include <stdlib.h>
#include <string.h>

#include "guard/bound.h"
#include "guard/codes.h"
#include "guard/encoders.h"
#include "guard/from_host.h"
#include "guard/input.h"
#include "guard/screen.h"
#include "guard/shown.h"
#include "guard/wishes.h"
#include "protocol/base/clock.h"
#include "protocol/base/ipc.h"
#include "protocol/base/stream.h"
#include "protocol/gate/pump.h"
#include "protocol/rfb/handshake.h"
#include "protocol/rfb/msg_viewer.h"
#include "protocol/send/sender.h"

#define WATCH_CONTROL 0
#define WATCH_CODES 1
#define GOODBYE_MS 1000
#define REST_MS 100
#define RETRY_US 2000 /* the inner gate does not take input now */

struct sj_core {
	const struct sj_core_parts *parts;
	struct sj_core_policy policy;
	struct sj_pump *pump;
	struct sj_handshake viewer, host;
	struct sj_screen *screen;
	struct sj_shown *shown;
	struct sj_codes *codes; /* NULL: they are not covered */
	struct sj_from_host *from;
	struct sj_encoders *encoders;
	struct sj_shadow *shadow;
	struct sj_sender *sender;
	struct sj_input input;
	struct sj_core_counts counts;
	struct sj_bound bound;
	enum sj_reason reason;
	bool is_begun;    /* both handshakes are over */
	bool is_ours;     /* the viewer takes our pictures: tiles, or Zlib */
	bool is_midframe; /* inside an update of the host */
	bool is_size_due; /* the viewer is to hear of a size first */
	bool is_input_stuck;
	uint64_t rest_due_ms; /* 0: not */
	uint64_t release_us;  /* what waits to be sent may go then; 0: nothing
				 waits for the quantum */
};

/* ---- create ---- */

static bool create_codes(struct sj_core *core)
{
	const struct sj_codes_parts parts = {
		.screen = core->screen,
		.shown = core->shown,
		.fd = core->parts->codes_fd,
		.grey = core->parts->grey,
	};

	if (core->policy.masks_codes && core->shown)
		core->codes = sj_codes_create(&parts);
	return core->codes || !core->policy.masks_codes;
}

static bool create_parts(struct sj_core *core)
{
	static const struct sj_size max = {
		SJ_LIMIT_WIDTH_PX, SJ_LIMIT_HEIGHT_PX};
	const struct sj_shown_settings look = {
		.is_seven_bit =
			core->policy.is_seven_bit || core->policy.is_strict,
		.has_covers = core->policy.masks_codes,
		.mark = core->parts->mark,
		.opacity_percent = core->policy.mark_percent,
	};

	core->screen = sj_screen_create();
	core->shadow = sj_shadow_create(&max);
	core->encoders = sj_encoders_create(&core->policy);
	if (!core->screen || !core->shadow || !core->encoders)
		return false;
	core->shown = sj_shown_create(core->screen, &look);
	core->from = sj_from_host_create(core->screen);
	core->sender = sj_encoders_sender(core->encoders, core->shadow);
	return core->shown && core->from && core->sender && create_codes(core);
}

static void init_handshakes(struct sj_core *core)
{
	struct sj_handshake_settings settings = {
		.role = SJ_HANDSHAKE_INNER_CLIENT,
		.size_max = {SJ_LIMIT_WIDTH_PX, SJ_LIMIT_HEIGHT_PX},
	};

	sj_handshake_init(&core->host, &settings);
	settings.role = SJ_HANDSHAKE_INNER_SERVER;
	sj_handshake_init(&core->viewer, &settings);
}

void sj_core_destroy(struct sj_core *core)
{
	if (!core)
		return;
	sj_pump_destroy(core->pump);
	sj_sender_destroy(core->sender);
	sj_shadow_destroy(core->shadow);
	sj_encoders_destroy(core->encoders);
	sj_from_host_destroy(core->from);
	sj_codes_destroy(core->codes);
	sj_shown_destroy(core->shown);
	sj_screen_destroy(core->screen);
	free(core);
}

/* ---- handshakes ---- */

static void resize_shown(struct sj_core *core)
{
	if (core->codes)
		sj_codes_resize(core->codes);
	else
		sj_shown_resize(core->shown);
}

static void begin(struct sj_core *core)
{
	struct sj_size size = sj_handshake_size(&core->host);
	uint64_t now_us = sj_clock_us();

	/* Within the largest size, as the handshake has judged. */
	sj_screen_resize(core->screen, &size);
	resize_shown(core);
	if (sj_shadow_resize(core->shadow, &size) != SJ_OK)
		core->reason = SJ_REASON_LOCAL;
	sj_input_init(&core->input, &core->policy, &core->counts, now_us);
	sj_bound_begin(&core->bound, core->policy.quantum_ms, now_us);
	sj_sender_begin(core->sender, now_us);
	core->is_size_due = true;
	core->is_begun = true;
}

static enum sj_step shake_hands(struct sj_core *core, enum sj_pump_side side,
	struct sj_reader *in, struct sj_writer *back)
{
	struct sj_handshake *mine =
		side == SJ_PUMP_OUTER ? &core->viewer : &core->host;
	struct sj_size size;
	enum sj_step step;

	if (sj_handshake_state(mine) == SJ_HANDSHAKE_FINISHED)
		return SJ_STEP_MORE;
	if (sj_handshake_state(&core->viewer) == SJ_HANDSHAKE_NEED_SIZE &&
		sj_handshake_state(&core->host) == SJ_HANDSHAKE_FINISHED) {
		size = sj_handshake_size(&core->host);
		sj_handshake_set_size(&core->viewer, &size);
	}
	step = sj_handshake_next(mine, in, back);
	if (step == SJ_STEP_REFUSE)
		core->reason = sj_handshake_reason(mine);
	if (sj_handshake_state(&core->viewer) == SJ_HANDSHAKE_FINISHED)
		begin(core);
	return step;
}

/* ---- from the host ---- */

static enum sj_step take_size(
	struct sj_core *core, const struct sj_rfb_screen_size *screen)
{
	struct sj_size was = sj_shadow_image(core->shadow).size;

	if (screen->size.width_px != was.width_px ||
		screen->size.height_px != was.height_px) {
		if (sj_shadow_resize(core->shadow, &screen->size) != SJ_OK) {
			core->reason = SJ_REASON_HOST_SIZE;
			return SJ_STEP_REFUSE;
		}
		resize_shown(core);
	} else if (screen->cause == SJ_RFB_SIZE_BY_HOST) {
		return SJ_STEP_DONE;
	}
	sj_sender_set_size(core->sender, screen);
	core->is_size_due = true;
	return SJ_STEP_DONE;
}

static void take_part(
	struct sj_core *core, const struct sj_rect *rect, uint64_t now_us)
{
	if (core->codes) {
		sj_codes_changed(core->codes, rect);
		return;
	}
	sj_shown_draw(core->shown, rect);
	sj_sender_damage(core->sender, rect, now_us);
}

static void take_pixels(
	struct sj_core *core, const struct sj_news *news, uint64_t now_us)
{
	core->counts.pixels_in += sj_rect_area(&news->rect);
	core->rest_due_ms = now_us / 1000 + REST_MS;
	if (news->is_moved)
		sj_sender_moved(core->sender);
	for (size_t i = 0; i < news->part_count; i++) {
		sj_sender_told(core->sender, &news->parts[i], news->is_motion);
		take_part(core, &news->parts[i], now_us);
	}
}

static void take_cursor(struct sj_core *core, const struct sj_news *news)
{
	struct sj_update_cursor cursor = *news->cursor;

	sj_shown_cursor(core->shown, &cursor);
	sj_sender_set_cursor(core->sender, &cursor);
}

static enum sj_step take_news(
	struct sj_core *core, const struct sj_news *news, uint64_t now_us)
{
	struct sj_rect caret;

	switch (news->kind) {
	case SJ_NEWS_PIXELS:
		take_pixels(core, news, now_us);
		break;
	case SJ_NEWS_SIZE:
		return take_size(core, &news->size);
	case SJ_NEWS_CURSOR:
		take_cursor(core, news);
		break;
	case SJ_NEWS_CARET:
		caret = sj_screen_round(
			core->screen, &news->rect, core->policy.caret_grid_px);
		sj_sender_set_caret(core->sender, &caret);
		break;
	case SJ_NEWS_END:
		/* The inner gate has heard it, too, and tells the supervisor,
		 * which lets the outer gate say it. */
		core->reason = news->reason;
		return SJ_STEP_REFUSE;
	case SJ_NEWS_NONE:
	default:
		break;
	}
	return SJ_STEP_DONE;
}

/* One unit of what the host has sent. */
static enum sj_step read_host(
	struct sj_core *core, struct sj_reader *in, uint64_t now_us)
{
	struct sj_news news;
	enum sj_step step = sj_from_host_next(core->from, in, &news);

	if (step == SJ_STEP_REFUSE)
		core->reason = sj_from_host_reason(core->from);
	if (step != SJ_STEP_DONE)
		return step;
	core->is_midframe = !news.is_update_over;
	if (news.is_update_over)
		core->counts.updates_in++;
	return take_news(core, &news, now_us);
}

/* What the host shows is shown when all of it is there: never half an update,
 * nor parts of a screen that has not come yet. */
static bool may_send(const struct sj_core *core)
{
	if (core->codes && sj_codes_is_busy(core->codes))
		return false;
	return core->is_ours &&
	       (core->is_size_due || (!core->is_midframe &&
					     sj_screen_is_known(core->screen)));
}

/* Updates begin to leave at multiples of the quantum: when the host drew is
 * told no more finely. */
static bool is_quantum_over(struct sj_core *core, uint64_t now_us)
{
	uint64_t quantum_us = (uint64_t)core->policy.quantum_ms * 1000;

	if (quantum_us == 0)
		return true;
	if (core->release_us == 0)
		core->release_us = (now_us / quantum_us + 1) * quantum_us;
	return now_us >= core->release_us;
}

static enum sj_step send_update(
	struct sj_core *core, struct sj_writer *out, uint64_t now_us)
{
	struct sj_tile_image live = sj_shown_image(core->shown);
	const uint8_t *data = NULL;
	size_t size;

	if (!may_send(core) || !sj_sender_wants(core->sender, now_us)) {
		core->release_us = 0;
		return SJ_STEP_MORE;
	}
	if (!is_quantum_over(core, now_us))
		return SJ_STEP_MORE;
	if (sj_writer_room(out) < (size_t)SJ_LIMIT_UPDATE_BYTES)
		return SJ_STEP_FULL;
	size = sj_sender_next(core->sender, &live, &data, now_us);
	core->is_size_due = false;
	if (size == 0)
		return SJ_STEP_MORE;
	core->counts.updates_out++;
	core->counts.update_bytes_out += size;
	sj_bound_update(&core->bound, size, now_us);
	return sj_write_bytes(out, data, size) ? SJ_STEP_DONE : SJ_STEP_FULL;
}

static void rest(struct sj_core *core, uint64_t now_us)
{
	if (core->rest_due_ms == 0 || now_us / 1000 < core->rest_due_ms)
		return;
	core->rest_due_ms = 0;
	sj_shadow_rest(core->shadow);
}

/* ---- from the viewer ---- */

static enum sj_step refuse_viewer(struct sj_core *core, enum sj_reason reason)
{
	core->reason = reason;
	return SJ_STEP_REFUSE;
}

static enum sj_step take_message(struct sj_core *core,
	const struct sj_rfb_viewer_message *message, uint64_t now_us)
{
	switch (message->type) {
	case SJ_RFB_SET_PIXEL_FORMAT:
		if (!message->u.format.is_constant)
			return refuse_viewer(core, SJ_REASON_VIEWER_FORMAT);
		break;
	case SJ_RFB_SET_ENCODINGS:
		if (sj_wishes_learn(core->sender, &message->u.encodings,
			    core->policy.is_strict))
			core->is_ours = true;
		break;
	case SJ_RFB_UPDATE_REQUEST:
		sj_sender_request(core->sender,
			!message->u.request.is_incremental, now_us);
		break;
	case SJ_RFB_POINTER_EVENT:
		if (!core->codes ||
			!sj_codes_point(core->codes, &message->u.pointer))
			sj_input_add(&core->input, message, now_us);
		break;
	case SJ_RFB_KEY_EVENT:
	case SJ_RFB_SET_DESKTOP_SIZE:
		sj_input_add(&core->input, message, now_us);
		break;
	/* The outer gate answers these itself. */
	case SJ_RFB_CLIENT_CUT_TEXT:
	case SJ_RFB_ENABLE_CONTINUOUS:
	case SJ_RFB_CLIENT_FENCE:
	default:
		return refuse_viewer(core, SJ_REASON_VIEWER_TYPE);
	}
	return SJ_STEP_DONE;
}

static enum sj_step read_viewer(
	struct sj_core *core, struct sj_reader *in, uint64_t now_us)
{
	struct sj_rfb_viewer_message message;
	enum sj_reason reason;
	enum sj_step step;

	if (!sj_input_has_room(&core->input))
		return SJ_STEP_FULL;
	step = sj_rfb_viewer_parse(in, &message, &reason);
	if (step == SJ_STEP_REFUSE)
		return refuse_viewer(core, reason);
	return step == SJ_STEP_DONE ? take_message(core, &message, now_us)
				    : step;
}

static void count_bits(struct sj_core *core,
	const struct sj_viewer_input *message, uint64_t now_us)
{
	struct sj_size size = sj_screen_image(core->screen).size;

	if (message->type == SJ_VIEWER_INPUT_KEY)
		sj_bound_key(&core->bound, now_us);
	else if (message->type == SJ_VIEWER_INPUT_POINTER)
		sj_bound_pointer(&core->bound, &size, now_us);
	else
		sj_bound_size(&core->bound, now_us);
}

/* Sends what may leave; false when the inner gate is gone. */
static bool send_input(struct sj_core *core, uint64_t now_us)
{
	const struct sj_viewer_input *message;
	enum sj_err err = SJ_OK;

	core->is_input_stuck = false;
	while ((message = sj_input_next(&core->input, now_us)) != NULL) {
		err = sj_ipc_send(
			core->parts->input_fd, message, sizeof(*message), NULL);
		if (err != SJ_OK)
			break;
		count_bits(core, message, now_us);
		sj_input_sent(&core->input, message, now_us);
	}
	core->is_input_stuck = err == SJ_ERR_AGAIN;
	return err == SJ_OK || err == SJ_ERR_AGAIN;
}

/* ---- the pump ---- */

static enum sj_step judge_viewer(
	struct sj_core *core, struct sj_reader *in, uint64_t now_us)
{
	enum sj_step step = read_viewer(core, in, now_us);

	if (step != SJ_STEP_REFUSE && !send_input(core, now_us)) {
		core->reason = SJ_REASON_AGENT_GONE;
		return SJ_STEP_REFUSE;
	}
	return step;
}

static bool may_search(const struct sj_core *core)
{
	return core->codes && !core->is_midframe &&
	       sj_screen_is_known(core->screen);
}

/* What has been sent by then is searched; then comes what is newer. */
static enum sj_step search_codes(struct sj_core *core, uint64_t now_us)
{
	if (!may_search(core))
		return SJ_STEP_MORE;
	if (!sj_codes_is_late(core->codes, now_us) &&
		sj_codes_search(core->codes, now_us) == SJ_OK)
		return SJ_STEP_MORE;
	core->reason = SJ_REASON_LOCAL;
	return SJ_STEP_REFUSE;
}

static enum sj_step judge_host(struct sj_core *core, struct sj_reader *in,
	struct sj_writer *other, uint64_t now_us)
{
	enum sj_step step = read_host(core, in, now_us);

	/* All that has come is taken before anything is made of it. */
	if (step != SJ_STEP_MORE)
		return step;
	rest(core, now_us);
	step = send_update(core, other, now_us);
	return step == SJ_STEP_MORE ? search_codes(core, now_us) : step;
}

static enum sj_step judge(void *self, enum sj_pump_side side,
	struct sj_reader *in, struct sj_writer *back, struct sj_writer *other)
{
	struct sj_core *core = self;
	uint64_t now_us = sj_clock_us();

	if (!core->is_begun)
		return shake_hands(core, side, in, back);
	return side == SJ_PUMP_OUTER ? judge_viewer(core, in, now_us)
				     : judge_host(core, in, other, now_us);
}

static uint64_t wait_us(void *self, uint64_t now_us)
{
	struct sj_core *core = self;
	uint64_t wait = SJ_PUMP_NO_WAIT;
	uint64_t rest_us = core->rest_due_ms * 1000;

	if (!core->is_begun)
		return wait;
	if (core->is_input_stuck)
		wait = RETRY_US;
	else
		wait = sj_input_wait_us(&core->input, now_us);
	if (may_search(core))
		wait = sj_sooner(wait, sj_codes_wait_us(core->codes, now_us));
	if (core->rest_due_ms != 0)
		wait = sj_sooner(wait, rest_us > now_us ? rest_us - now_us : 0);
	if (core->release_us != 0)
		wait = sj_sooner(wait, core->release_us > now_us
					       ? core->release_us - now_us
					       : 0);
	else if (may_send(core))
		wait = sj_sooner(wait, sj_sender_wait_us(core->sender, now_us));
	return wait;
}

/* The searched part may be sent now. */
static void hear_codes(struct sj_core *core)
{
	struct sj_codes_damage damage;
	enum sj_err err = sj_codes_hear(core->codes, &damage);

	for (size_t i = 0; i < damage.count; i++)
		sj_sender_damage(core->sender, &damage.rect[i], sj_clock_us());
	if (err == SJ_OK || err == SJ_ERR_AGAIN)
		return;
	core->reason = SJ_REASON_LOCAL;
	sj_pump_watch(core->pump, WATCH_CODES, -1);
	sj_pump_stop(core->pump);
}

static void watch_readable(void *self, size_t index)
{
	struct sj_core *core = self;

	if (index == WATCH_CODES) {
		hear_codes(core);
		return;
	}
	/* The supervisor has nothing to say but its end. */
	core->reason = SJ_REASON_END_USER;
	sj_pump_watch(core->pump, index, -1);
	sj_pump_stop(core->pump);
}

static void tell_alive(void *self)
{
	const struct sj_core_message alive = {.type = SJ_CORE_ALIVE};
	const struct sj_core *core = self;

	sj_ipc_mention(core->parts->control_fd, &alive, sizeof(alive));
}

static const struct sj_pump_ops ops = {
	.judge = judge,
	.wait_us = wait_us,
	.readable = watch_readable,
	.pulse = tell_alive,
};

struct sj_core *sj_core_create(const struct sj_core_parts *parts)
{
	struct sj_core *core = calloc(1, sizeof(*core));

	if (!core)
		return NULL;
	core->parts = parts;
	core->policy = parts->start->policy;
	core->pump = sj_pump_create(&ops, core);
	init_handshakes(core);
	if (core->pump && create_parts(core))
		return core;
	sj_core_destroy(core);
	return NULL;
}

static enum sj_reason reason_of_end(
	const struct sj_core *core, const struct sj_pump_result *result)
{
	if (core->reason != SJ_REASON_NONE)
		return core->reason;
	if (result->end != SJ_PUMP_STOPPED && result->side == SJ_PUMP_INNER)
		return SJ_REASON_AGENT_GONE;
	return result->reason;
}

enum sj_reason sj_core_run(struct sj_core *core, struct sj_core_closed *closed)
{
	struct sj_stream viewer = sj_stream_fd(core->parts->viewer_fd);
	struct sj_stream host = sj_stream_fd(core->parts->host_fd);
	struct sj_pump_result result;
	enum sj_reason reason;

	sj_pump_set_stream(core->pump, SJ_PUMP_OUTER, &viewer);
	sj_pump_set_stream(core->pump, SJ_PUMP_INNER, &host);
	sj_pump_watch(core->pump, WATCH_CONTROL, core->parts->control_fd);
	if (core->codes)
		sj_pump_watch(core->pump, WATCH_CODES, core->parts->codes_fd);
	result = sj_pump_run(core->pump, 0);
	reason = reason_of_end(core, &result);
	(void)sj_pump_finish(
		core->pump, SJ_PUMP_OUTER, sj_clock_ms() + GOODBYE_MS);
	if (core->is_begun)
		sj_bound_end(&core->bound, sj_clock_us());
	closed->reason = (uint32_t)reason;
	closed->counts = core->counts;
	closed->counts.to_host_bits = core->bound.to_host_bits;
	closed->counts.to_viewer_bits = core->bound.to_viewer_bits;
	return reason;
}
