/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Any bytes as what a host sends to the core of a guard. What is taken is
 * within the screen, whole, and the same when it comes in two parts.
 */
#include <stdlib.h>
#include <string.h>

#include "guard/from_host.h"
#include "tests/fuzz/target.h"

enum { WIDTH = 352, HEIGHT = 224, PART = 61 };

static void check_news(struct sj_screen *screen, const struct sj_news *news)
{
	struct sj_size size = sj_screen_image(screen).size;
	struct sj_rect rect = news->rect;

	if (news->kind == SJ_NEWS_PIXELS && !sj_rect_fits(&rect, &size))
		abort();
	for (size_t i = 0; i < news->part_count; i++) {
		struct sj_rect both = sj_rect_join(&rect, &news->parts[i]);

		if (sj_rect_area(&both) != sj_rect_area(&rect))
			abort();
	}
	if (news->kind == SJ_NEWS_CARET && sj_rect_area(&rect) != 0 &&
		!sj_rect_fits(&rect, &size))
		abort();
	if (news->kind == SJ_NEWS_END &&
		(news->reason < 400 || news->reason >= 600))
		abort();
	if (news->kind == SJ_NEWS_CURSOR &&
		(news->cursor->size.width_px > SJ_LIMIT_CURSOR_PX ||
			news->cursor->size.height_px > SJ_LIMIT_CURSOR_PX))
		abort();
}

/* Feeds data; the first end of the reader's view is at first_size. */
static enum sj_step feed(const uint8_t *data, size_t size, size_t first_size)
{
	const struct sj_size start = {WIDTH, HEIGHT};
	static struct sj_screen *screen;
	static struct sj_from_host *from;
	struct sj_reader in = sj_reader_of(data, first_size);
	struct sj_news news;
	enum sj_step step = SJ_STEP_MORE;

	if (!screen)
		screen = sj_screen_create();
	if (screen && !from)
		from = sj_from_host_create(screen);
	if (!from)
		abort();
	sj_from_host_begin(from);
	sj_screen_resize(screen, &start);
	for (;;) {
		step = sj_from_host_next(from, &in, &news);
		if (step == SJ_STEP_DONE)
			check_news(screen, &news);
		else if (step == SJ_STEP_MORE && in.size < size)
			in.size = size;
		else
			break;
	}
	if ((step == SJ_STEP_REFUSE) !=
		(sj_from_host_reason(from) != SJ_REASON_NONE))
		abort();
	return step;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (feed(data, size, size) !=
		feed(data, size, size < PART ? size / 2 : PART))
		abort();
	return 0;
}
