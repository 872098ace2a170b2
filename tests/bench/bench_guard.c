/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bench-guard MARK_PERCENT SEVEN_BIT TRACE...: what the core of a guard costs.
 *
 * Plays traces (trace.h) through the sender of a host, the decoder of a core
 * and the sender of that core, which sends each update on before the next one
 * comes; lines never fill. One line a trace: name,
 * frames, bytes to the guard, bytes from it, their ratio, then CPU ms a frame
 * to encode at the host, to decode, to draw (mark and seven bits) and to encode
 * at the guard; the last three together of a page, which is a frame that
 * changes at least half of the screen (how many, the median), and of the
 * dearest frame; how long after the host's last update of a page the guard's
 * last one is ready (the median), were each on a processor of its own and every
 * update passed on at once; at last the megapixels of change a second that one
 * core does.
 * MARK_PERCENT is the opacity of a watermark, 0 for none; SEVEN_BIT is 0, 1, or
 * 2 for the profile strict.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "guard/from_host.h"
#include "guard/screen.h"
#include "guard/shown.h"
#include "protocol/send/sender.h"
#include "protocol/tile/flat.h"
#include "tests/bench/trace.h"

#define STEP_US 1000
#define FRAME_US 50000
#define PAGES_MAX 256
/* No sizes: a trace may be smaller than any screen that a guard accepts. */
#define FEATURES (SJ_SENDER_ALPHA_CURSOR | SJ_SENDER_CARET | SJ_SENDER_COPY)

struct end {
	struct sj_shadow *shadow;
	struct sj_sender *sender;
};

struct bench {
	struct end host, guard;
	struct sj_screen *screen;
	struct sj_shown *shown;
	struct sj_from_host *from;
	uint64_t now_us;
	double encode_ms, decode_ms, draw_ms, again_ms, most_ms;
	double host_bytes, guard_bytes, pixels;
	double page_ms[PAGES_MAX], later_ms[PAGES_MAX];
	unsigned frames, pages;
};

static _Noreturn void fail(const char *what)
{
	fprintf(stderr, "bench-guard: %s\n", what);
	exit(1);
}

static double cpu_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* Of the guard's end when it is strict. */
static struct sj_update_flat flat;

static enum sj_step encode_flat(void *self, const struct sj_tile_image *image,
	const struct sj_rect *rect, struct sj_writer *out)
{
	return sj_flat_encode(self, image, rect, out);
}

static void reset_flat(void *self)
{
	sj_flat_encoder_reset(self);
}

static void begin_end(struct end *end, const struct sj_size *size,
	const struct sj_sender_settings *settings)
{

	end->shadow = sj_shadow_create(size);
	end->sender =
		end->shadow ? sj_sender_create(end->shadow, settings) : NULL;
	if (!end->sender)
		fail("memory");
	sj_sender_begin(end->sender, 0);
	sj_sender_learn(end->sender, FEATURES);
	for (int i = 0; i < SJ_LIMIT_REQUESTS; i++)
		sj_sender_request(end->sender, i == 0, 0);
}

static void begin(struct bench *bench, const struct sj_size *size,
	const struct sj_shown_settings *look)
{
	const struct sj_sender_settings host = {0};
	const struct sj_sender_settings guard = {
		.flat = flat.self ? &flat : NULL, .is_told_of_moves = true};

	memset(bench, 0, sizeof(*bench));
	begin_end(&bench->host, size, &host);
	begin_end(&bench->guard, size, &guard);
	bench->screen = sj_screen_create();
	bench->shown =
		bench->screen ? sj_shown_create(bench->screen, look) : NULL;
	bench->from = bench->screen ? sj_from_host_create(bench->screen) : NULL;
	if (!bench->shown || !bench->from)
		fail("memory");
	sj_screen_resize(bench->screen, size);
	sj_shown_resize(bench->shown);
}

static void end(struct bench *bench)
{
	sj_sender_destroy(bench->host.sender);
	sj_sender_destroy(bench->guard.sender);
	sj_shadow_destroy(bench->host.shadow);
	sj_shadow_destroy(bench->guard.shadow);
	sj_from_host_destroy(bench->from);
	sj_shown_destroy(bench->shown);
	sj_screen_destroy(bench->screen);
}

/* What a core does with the news of one step. */
static void take(struct bench *bench, const struct sj_news *news)
{
	double begin_ms = cpu_ms();

	if (news->kind != SJ_NEWS_PIXELS)
		return;
	for (size_t i = 0; i < news->part_count; i++)
		sj_shown_draw(bench->shown, &news->parts[i]);
	bench->draw_ms += cpu_ms() - begin_ms;
	bench->pixels += sj_rect_area(&news->rect);
	if (news->is_moved)
		sj_sender_moved(bench->guard.sender);
	for (size_t i = 0; i < news->part_count; i++) {
		sj_sender_told(
			bench->guard.sender, &news->parts[i], news->is_motion);
		sj_sender_damage(
			bench->guard.sender, &news->parts[i], bench->now_us);
	}
}

static void decode(struct bench *bench, const uint8_t *data, size_t size)
{
	struct sj_reader in = sj_reader_of(data, size);
	struct sj_news news;

	while (sj_reader_left(&in) > 0) {
		double begin_ms = cpu_ms();

		if (sj_from_host_next(bench->from, &in, &news) != SJ_STEP_DONE)
			fail("the host's update was refused");
		bench->decode_ms += cpu_ms() - begin_ms;
		take(bench, &news);
	}
}

/* All that one end has to send now; a receipt comes at once. */
static size_t send_next(struct bench *bench, struct end *end,
	const struct sj_tile_image *live, const uint8_t **data)
{
	size_t size = 0;

	if (sj_sender_wants(end->sender, bench->now_us))
		size = sj_sender_next(end->sender, live, data, bench->now_us);
	bench->now_us += STEP_US;
	if (size > 0)
		sj_sender_request(end->sender, false, bench->now_us);
	return size;
}

static void play_guard(struct bench *bench)
{
	struct sj_tile_image live = sj_shown_image(bench->shown);
	const uint8_t *data;
	size_t size;

	do {
		double begin_ms = cpu_ms();

		size = send_next(bench, &bench->guard, &live, &data);
		bench->again_ms += cpu_ms() - begin_ms;
		bench->guard_bytes += (double)size;
	} while (size > 0);
}

static double core_ms(const struct bench *bench)
{
	return bench->decode_ms + bench->draw_ms + bench->again_ms;
}

static double larger(double a, double b)
{
	return a > b ? a : b;
}

/* Returns how long after the host's last update the guard's is ready. */
static double play_updates(
	struct bench *bench, const struct sj_tile_image *live)
{
	double host_ms = 0, guard_ms = 0, last_ms = 0, begin_ms;
	const uint8_t *data;
	size_t size;

	do {
		begin_ms = cpu_ms();
		size = send_next(bench, &bench->host, live, &data);
		host_ms += cpu_ms() - begin_ms;
		bench->host_bytes += (double)size;
		begin_ms = core_ms(bench);
		decode(bench, data, size);
		play_guard(bench);
		if (size > 0) {
			last_ms = host_ms;
			guard_ms = larger(guard_ms, host_ms) + core_ms(bench) -
				   begin_ms;
		}
	} while (size > 0);
	bench->encode_ms += host_ms;
	return guard_ms - last_ms;
}

static void play_frame(struct bench *bench, const struct sj_tile_image *live,
	const struct sj_rect *rect)
{
	double cost_ms = core_ms(bench), later_ms;

	bench->now_us += FRAME_US;
	sj_sender_damage(bench->host.sender, rect, bench->now_us);
	later_ms = play_updates(bench, live);
	bench->frames++;
	cost_ms = core_ms(bench) - cost_ms;
	bench->most_ms = larger(bench->most_ms, cost_ms);
	if ((size_t)sj_rect_area(rect) * 2 >=
			(size_t)live->size.width_px * live->size.height_px &&
		bench->pages < PAGES_MAX) {
		bench->later_ms[bench->pages] = later_ms;
		bench->page_ms[bench->pages++] = cost_ms;
	}
}

static int compare(const void *one, const void *other)
{
	const double *a = one, *b = other;

	return (*a > *b) - (*a < *b);
}

static double median(double *values, unsigned count)
{
	qsort(values, count, sizeof(*values), compare);
	return count > 0 ? values[count / 2] : 0;
}

static void print(struct bench *bench, const char *path)
{
	const char *name = strrchr(path, '/');
	double frames = bench->frames;
	printf("%-24s %5u %10.0f %10.0f %5.2f %7.2f %7.2f %7.2f %7.2f %5u "
	       "%7.2f %7.2f %7.2f %8.1f\n",
		name ? name + 1 : path, bench->frames, bench->host_bytes,
		bench->guard_bytes, bench->guard_bytes / bench->host_bytes,
		bench->encode_ms / frames, bench->decode_ms / frames,
		bench->draw_ms / frames, bench->again_ms / frames, bench->pages,
		median(bench->page_ms, bench->pages), bench->most_ms,
		median(bench->later_ms, bench->pages),
		bench->pixels / core_ms(bench) / 1000);
}

static void play(const char *path, const struct sj_shown_settings *look)
{
	struct sj_trace_reader *reader = NULL;
	struct sj_trace_frame frame;
	static struct bench bench;
	const struct sj_tile_image *live;
	enum sj_err err;

	if (sj_trace_reader_open(&reader, path) != SJ_OK)
		fail(path);
	live = sj_trace_reader_image(reader);
	begin(&bench, &live->size, look);
	while ((err = sj_trace_reader_next(reader, &frame)) == SJ_OK)
		play_frame(&bench, live, &frame.rect);
	if (err != SJ_ERR_MISSING)
		fail("the trace is cut");
	print(&bench, path);
	end(&bench);
	sj_trace_reader_destroy(reader);
}

/* Lines of a text, about as much of it as of one. */
static void make_mark(uint8_t *mark)
{
	for (size_t i = 0; i < SJ_MARK_BYTES; i++) {
		size_t x = i % SJ_MARK_WIDTH_PX, y = i / SJ_MARK_WIDTH_PX;
		bool is_inked = y % 24 < 14 && (y / 24) % 3 == 0 && x > 80 &&
				x < 400 && (x * 7 + y * 3) % 11 < 4;

		mark[i] = is_inked ? 255 : 0;
	}
}

int main(int argc, char **argv)
{
	static uint8_t mark[SJ_MARK_BYTES];
	struct sj_shown_settings look = {.is_seven_bit = false};

	if (argc < 4)
		fail("MARK_PERCENT SEVEN_BIT TRACE...");
	look.opacity_percent = (uint32_t)strtoul(argv[1], NULL, 10);
	look.is_seven_bit = argv[2][0] != '0';
	if (argv[2][0] == '2')
		flat = (struct sj_update_flat){
			sj_flat_encoder_create(), encode_flat, reset_flat};
	make_mark(mark);
	if (look.opacity_percent > 0)
		look.mark = mark;
	printf("%-24s %5s %10s %10s %5s %7s %7s %7s %7s %5s %7s %7s %7s %8s\n",
		"trace", "frames", "in B", "out B", "ratio", "host ms",
		"decode", "draw", "encode", "pages", "page", "dearest", "later",
		"Mpx/s");
	for (int i = 3; i < argc; i++)
		play(argv[i], &look);
	return 0;
}
