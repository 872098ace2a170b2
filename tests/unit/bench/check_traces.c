/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * check_traces FOLDER...: every trace of the folders through encoder and
 * decoder, frame by frame, with the state that they carry.
 *
 * A folder that is not there holds no trace; the first one has to.
 */
#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "tests/bench/codec.h"
#include "tests/bench/trace.h"
#include "tests/support/suite.h"

#define TRACES_MAX 64
#define PATH_BYTES 512
#define COLOUR 0x00ffffffu

static char paths[TRACES_MAX][PATH_BYTES];
static size_t path_count, committed;

static bool is_equal(
	const struct sj_tile_image *a, const struct sj_tile_image *b)
{
	const uint32_t *left = (const void *)a->pixels;
	const uint32_t *right = (const void *)b->pixels;
	size_t count = (size_t)a->size.width_px * a->size.height_px;
	uint32_t different = 0;

	for (size_t i = 0; i < count; i++)
		different |= left[i] ^ right[i];
	return (different & COLOUR) == 0;
}

START_TEST(every_frame_arrives_exact)
{
	struct sj_trace_reader *reader = NULL;
	struct sj_codec_cost cost = {0};
	struct sj_trace_frame frame;
	const struct sj_tile_image *image;
	enum sj_err err;
	uint32_t at = 0;
	void *ours;

	ck_assert_int_eq(sj_trace_reader_open(&reader, paths[_i]), SJ_OK);
	image = sj_trace_reader_image(reader);
	ours = sj_codec_ours.create(&image->size);
	for (; (err = sj_trace_reader_next(reader, &frame)) == SJ_OK; at++) {
		const struct sj_codec_frame now = {
			.image = image, .rect = frame.rect};

		sj_codec_ours.play(ours, &now, &cost);
		ck_assert_msg(is_equal(image, sj_codec_ours.picture(ours)),
			"%s: frame %u is not exact", paths[_i], at);
	}
	ck_assert_int_eq(err, SJ_ERR_MISSING);
	ck_assert_uint_eq(at, sj_trace_reader_frames(reader));
	ck_assert_uint_gt(cost.bytes, 0);
	sj_codec_ours.destroy(ours);
	sj_trace_reader_destroy(reader);
}
END_TEST

START_TEST(there_are_traces_of_every_kind_of_work)
{
	static const char *const kinds[] = {"typing", "scroll_text",
		"scroll_photo", "tab_back", "first_text", "first_photo", "idle",
		"video"};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		bool is_there = false;

		for (size_t k = 0; k < committed; k++)
			is_there = is_there ||
				   strncmp(strrchr(paths[k], '/') + 1, kinds[i],
					   strlen(kinds[i])) == 0;
		ck_assert_msg(is_there, "no trace of %s", kinds[i]);
	}
}
END_TEST

static void find_in(const char *folder)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		size_t length = strlen(entry->d_name);

		if (length < 6 ||
			strcmp(entry->d_name + length - 6, ".trace") != 0 ||
			path_count == TRACES_MAX)
			continue;
		if ((size_t)snprintf(paths[path_count], PATH_BYTES, "%s/%s",
			    folder, entry->d_name) < PATH_BYTES)
			path_count++;
	}
	if (dir)
		closedir(dir);
}

int main(int argc, char **argv)
{
	const TTest *const tests[] = {there_are_traces_of_every_kind_of_work};
	struct sj_suite_loop loop = {every_frame_arrives_exact, 0};

	for (int i = 1; i < argc; i++) {
		find_in(argv[i]);
		if (i == 1)
			committed = path_count;
	}
	loop.count = path_count;
	return sj_suite_run_loops("traces", tests, 1, &loop, 1);
}
