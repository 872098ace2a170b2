/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Payloads that no encoder makes: refused, and nothing beyond is touched. */
#include <stdlib.h>
#include <string.h>

#include "tests/support/suite.h"
#include "tests/support/tile_rig.h"

enum { SIDE = 70, ROOM = 4096 };

static uint8_t frame[SIDE * SIDE * 4 + 64];

/* A payload, the size of its rectangle, and what the decoder has to say. */
struct sample {
	const char *bytes;
	size_t size;
	uint16_t width_px, height_px;
	enum sj_step step;
};

#define S(text) text, sizeof(text) - 1
#define GOOD SJ_STEP_DONE
#define BAD SJ_STEP_REFUSE

static const struct sample samples[] = {
	/* solid, a new colour: index ff B G R, control 02 */
	{S("\x28\4\xff\1\2\3\2"), 64, 64, GOOD},
	{S("\x28\4\xff\1\2\3\2"), 3, 1, GOOD},
	/* version, flags */
	{S(""), 1, 1, BAD},
	{S("\2"), 1, 1, BAD},
	{S("\x20"), 1, 1, BAD},
	{S("\x08\4\xff\1\2\3\2"), 1, 1, BAD},
	{S("\x18\4\xff\1\2\3\2"), 1, 1, BAD},
	{S("\x38\4\xff\1\2\3\2"), 1, 1, BAD},
	{S("\xa8\4\xff\1\2\3\2"), 1, 1, BAD},
	/* a byte too few; index and control bytes left */
	{S("\x28\4\xff\1\2\3"), 1, 1, BAD},
	{S("\x28\5\xff\1\2\3\0\2"), 1, 1, BAD},
	{S("\x28\4\xff\1\2\3\2\0"), 1, 1, BAD},
	/* lengths: beyond the payload, beyond the bound, too long a number, 0
	 */
	{S("\x28\x7f\xff\1\2\3\2"), 1, 1, BAD},
	{S("\x28\x81\x80\4\xff\1\2\3\2"), 1, 1, BAD},
	{S("\x28\x84\x80\x80\0\xff\1\2\3\2"), 1, 1, BAD},
	{S("\x28\0\2"), 1, 1, BAD},
	/* a colour that nobody has named, in one byte and in two */
	{S("\x28\1\0\2"), 1, 1, BAD},
	{S("\x28\2\xfe\xff\2"), 1, 1, BAD},
	{S("\x28\1\xf0\2"), 1, 1, BAD},
	/* tokens: one literal; a run above or left of nothing; type 3 */
	{S("\x28\4\xff\1\2\3\1\x80"), 1, 1, GOOD},
	{S("\x20\1\0"), 1, 1, BAD},
	{S("\x20\1\x40"), 1, 1, BAD},
	{S("\x28\4\xff\1\2\3\1\xc0"), 1, 1, BAD},
	/* a literal and a run to the left; one pixel too many, too few */
	{S("\x28\4\xff\1\2\3\1\x80\x40"), 2, 1, GOOD},
	{S("\x28\4\xff\1\2\3\1\x80\x41"), 2, 1, BAD},
	{S("\x28\4\xff\1\2\3\1\x80\x40"), 3, 1, BAD},
	/* above in the first row; in the second; a long run that fits */
	{S("\x28\4\xff\1\2\3\1\x80\0"), 2, 1, BAD},
	{S("\x28\4\xff\1\2\3\1\x80\0"), 1, 2, GOOD},
	{S("\x28\4\xff\1\2\3\1\x80\x7f\xbf\x1f"), 64, 64, GOOD},
	{S("\x28\4\xff\1\2\3\1\x80\x7f\xc0\x1f"), 64, 64, BAD},
	{S("\x28\4\xff\1\2\3\1\x80\x7f\xff"), 64, 64, BAD},
	/* keep: the whole; one cell too many, too few */
	{S("\x20\0\3"), SIDE, SIDE, GOOD},
	{S("\x20\0\4"), SIDE, SIDE, BAD},
	{S("\x20\0\2"), SIDE, SIDE, BAD},
	{S("\x20\0"), SIDE, SIDE, BAD},
	/* kept: all, in the next slots and from the last one on; one too many,
	 * a slot beyond, both flags, a box, cut off */
	{S("\x20\x20\3"), SIDE, SIDE, GOOD},
	{S("\x20\x40\7\xff\3"), SIDE, SIDE, GOOD},
	{S("\x20\x20\4"), SIDE, SIDE, BAD},
	{S("\x20\x40\7\xff\4"), SIDE, SIDE, BAD},
	{S("\x20\x40\x08\0\3"), SIDE, SIDE, BAD},
	{S("\x20\x60\3"), SIDE, SIDE, BAD},
	{S("\x20\x30\3"), SIDE, SIDE, BAD},
	{S("\x20\x20"), SIDE, SIDE, BAD},
	{S("\x20\x40\0\0"), SIDE, SIDE, BAD},
	/* kept, and drawn in a cell of another size */
	{S("\x20\x20\2\4\0\0"), SIDE, SIDE, BAD},
	/* a box at the edge of its cell, beyond it, cut off */
	{S("\x28\4\xff\1\2\3\x12\x0c\x30\0"), 4, 4, GOOD},
	{S("\x28\4\xff\1\2\3\x12\x10\x30\0"), 4, 4, BAD},
	{S("\x28\4\xff\1\2\3\x12\x0c\x30\1"), 4, 4, BAD},
	{S("\x28\4\xff\1\2\3\x12\xff\xff\xff"), 4, 4, BAD},
	{S("\x28\4\xff\1\2\3\x12\x0c\x30"), 4, 4, BAD},
	/* stores: the next slot, the last, one beyond, both, cut off */
	{S("\x28\4\xff\1\2\3\x22"), 4, 4, GOOD},
	{S("\x28\4\xff\1\2\3\x42\7\xff"), 4, 4, GOOD},
	{S("\x28\4\xff\1\2\3\x42\x08\0"), 4, 4, BAD},
	{S("\x28\4\xff\1\2\3\x62\0\0"), 4, 4, BAD},
	{S("\x28\4\xff\1\2\3\x42\0"), 4, 4, BAD},
	/* a slot where nothing was stored, with a flag; more than there are
	 * slots, than there are cells, with a number; cut off */
	{S("\x20\4\0\0"), 4, 4, BAD},
	{S("\x20\x14\0\0"), 4, 4, BAD},
	{S("\x20\4\x0f\xff"), SIDE, SIDE, BAD},
	{S("\x20\4\x08\0"), 4, 4, BAD},
	{S("\x20\4\xf8\0\0"), SIDE, SIDE, BAD},
	{S("\x20\4\xf8\0"), 4, 4, BAD},
	{S("\x20\4\0"), 4, 4, BAD},
	/* stored and drawn again in the next cell, which is smaller */
	{S("\x28\4\xff\1\2\3\x22\4\0\0"), SIDE, 1, BAD},
	/* a mode that does not exist, the highest bit */
	{S("\x28\4\xff\1\2\3\6"), 1, 1, BAD},
	{S("\x28\4\xff\1\2\3\x82"), 1, 1, BAD},
	/* a photo: its planes stored; none there; one too many; none used */
	{S("\x22\1\1\7\1\7\1\7\3"), 1, 1, GOOD},
	{S("\x20\3"), 1, 1, BAD},
	{S("\x22\1\1\7\1\7\1\3"), 1, 1, BAD},
	{S("\x22\0\3"), 1, 1, BAD},
	{S("\x22\2\2\7\7\2\7\7\2\7\7\3"), 1, 1, BAD},
	{S("\x2a\4\xff\1\2\3\1\1\7\1\7\1\7\2"), 1, 1, BAD},
	{S("\x22\1\2\7\7\2\7\7\2\7\7\3"), 1, 1, BAD},
	{S("\x22\x81\x80\4\1\7\1\7\1\7\3"), 1, 1, BAD},
	/* the model: one row as the one above it; no such bytes; none, too
	 * many, cut off; not one byte more is left out */
	{S("\x24\1\0\5"), 1, 1, GOOD},
	{S("\x20\5"), 1, 1, BAD},
	{S("\x24\0\5"), 1, 1, BAD},
	{S("\x24\2\0\0\5"), 1, 1, BAD},
	{S("\x24\1\0"), 1, 1, BAD},
	{S("\x24\3\0\5"), 1, 1, BAD},
	{S("\x24\1\0\5\5"), SIDE, 1, GOOD},
	{S("\x24\1\xff\5"), 4, 4, BAD},
	/* in a box; in one beyond its cell; stored; of a cell, another by 1 */
	{S("\x24\1\0\x15\x0c\x30\0"), 4, 4, GOOD},
	{S("\x24\1\0\x15\x10\x30\0"), 4, 4, BAD},
	{S("\x24\1\0\x25"), 4, 4, GOOD},
	{S("\x2c\4\xff\1\2\3\1\0\5\2"), SIDE, 1, GOOD},
	/* packed: what is no zstd */
	{S("\x29\4\4zstd\1zstd"), 1, 1, BAD},
	{S("\x29\4\0\1"), 1, 1, BAD},
	{S("\x21\1zstd"), 1, 1, BAD},
	{S("\x21\1"), 1, 1, BAD},
};

static enum sj_step decode(
	const uint8_t *data, size_t size, uint16_t width_px, uint16_t height_px)
{
	struct sj_tile_image image = {frame, SIDE * 4, {SIDE, SIDE}};
	const struct sj_rect rect = {0, 0, width_px, height_px};
	struct sj_tile_decoder *decoder = sj_tile_decoder_create();
	/* Of its own, so that a sanitiser sees a byte too much. */
	uint8_t *copy = malloc(size + 1);
	enum sj_step step;

	ck_assert_ptr_nonnull(decoder);
	ck_assert_ptr_nonnull(copy);
	memcpy(copy + 1, data, size);
	memset(frame, 0xee, sizeof(frame));
	step = sj_tile_decode(decoder, copy + 1, size, &rect, &image);
	if (step == SJ_STEP_REFUSE)
		ck_assert_int_eq(
			sj_tile_decode(decoder, (const uint8_t *)"\x20\0\0", 3,
				&(struct sj_rect){0, 0, 1, 1}, &image),
			SJ_STEP_REFUSE);
	for (size_t i = 0; i < sizeof(frame); i++)
		if (i / 4 % SIDE >= width_px || i / 4 / SIDE >= height_px)
			ck_assert_uint_eq(frame[i], 0xee);
	free(copy);
	sj_tile_decoder_destroy(decoder);
	return step;
}

START_TEST(each_is_judged_as_it_should)
{
	const struct sample *sample = &samples[_i];

	ck_assert_int_eq(decode((const uint8_t *)sample->bytes, sample->size,
				 sample->width_px, sample->height_px),
		sample->step);
}
END_TEST

START_TEST(a_rectangle_beyond_the_picture_is_refused)
{
	static const char keep[] = "\x20\0\3";

	ck_assert_int_eq(
		decode((const uint8_t *)keep, 3, SIDE, SIDE), SJ_STEP_DONE);
	ck_assert_int_eq(decode((const uint8_t *)keep, 3, SIDE + 1, SIDE),
		SJ_STEP_REFUSE);
	ck_assert_int_eq(
		decode((const uint8_t *)keep, 3, 0, SIDE), SJ_STEP_REFUSE);
}
END_TEST

/* A payload with packed streams or the model, photo planes, a box and slots in
 * it. */
static size_t make(uint8_t *data, struct sj_rect *rect, bool is_slow)
{
	static uint8_t pixels[SIDE * SIDE * 4];
	struct sj_tile_image image = {pixels, SIDE * 4, {SIDE, SIDE}};
	static const struct sj_rect parts[] = {
		{0, 0, 64, 64}, {64, 0, 6, 64}, {3, 64, 20, 6}};
	struct sj_tile_encoder *encoder = sj_tile_encoder_create(1);
	struct sj_writer out = sj_writer_of(data, SJ_LIMIT_UPDATE_BYTES);
	uint32_t random = 1;

	ck_assert_ptr_nonnull(encoder);
	sj_tile_encoder_set_slow(encoder, is_slow);
	for (size_t i = 0; i < sizeof(pixels); i++) {
		random = random * 1103515245u + 12345u;
		pixels[i] = (uint8_t)(is_slow ? i / 4 % 11 / 4 * 90
				      : i / 4 % SIDE < 16 && i < SIDE * 96
					      ? random >> 24
					      : (random >> 16) % 3 * 40);
	}
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		sj_tile_add(encoder, &image, &parts[i]);
	ck_assert_int_eq(sj_tile_end(encoder, &out, rect), SJ_STEP_DONE);
	sj_tile_encoder_destroy(encoder);
	return out.at;
}

START_TEST(damaged_payloads_end_within_their_bounds)
{
	static uint8_t data[SJ_LIMIT_UPDATE_BYTES];
	struct sj_rect rect;
	size_t size = make(data, &rect, _i == 1) - 4;
	uint8_t *payload = data + 4;

	/* Packed, with planes or the model. */
	ck_assert_uint_eq(payload[0] & 7, _i == 0 ? 3 : 5);
	ck_assert_int_eq(decode(payload, size, rect.width_px, rect.height_px),
		SJ_STEP_DONE);
	for (size_t cut = 0; cut < size; cut += 1 + cut / 8)
		ck_assert_int_eq(
			decode(payload, cut, rect.width_px, rect.height_px),
			SJ_STEP_REFUSE);
	payload[size] = 0;
	ck_assert_int_eq(
		decode(payload, size + 1, rect.width_px, rect.height_px),
		SJ_STEP_REFUSE);
	for (size_t bit = 0; bit < size * 8; bit += 1 + bit / 25) {
		payload[bit / 8] ^= (uint8_t)(1 << bit % 8);
		/* Some other picture, or refused. */
		(void)decode(payload, size, rect.width_px, rect.height_px);
		payload[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_rectangle_beyond_the_picture_is_refused};
	const struct sj_suite_loop loops[] = {
		{each_is_judged_as_it_should,
			sizeof(samples) / sizeof(samples[0])},
		{damaged_payloads_end_within_their_bounds, 2}};

	return sj_suite_run_loops("protocol tile hostile", tests, 1, loops, 2);
}
