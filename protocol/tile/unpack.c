/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/tile/unpack.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* For contexts in memory of our own, which never grow. */
#define ZSTD_STATIC_LINKING_ONLY
#include <zstd.h>

#include "protocol/tile/format.h"

#define BLOCK_HEAD_BYTES 3u

enum { CONTROL, INDEX, PHOTO, CONTEXTS };

struct context {
	ZSTD_DCtx *zstd;
	void *work;
	size_t work_bytes;
};

struct sj_unpacker {
	struct context context[CONTEXTS];
	/* One byte more: what does not fit is seen and refused. */
	uint8_t stream[2][SJ_TILE_STREAM_BYTES + 1];
	uint8_t plane[3][SJ_TILE_STREAM_BYTES];
};

static bool open_context(struct context *context, size_t window_bytes)
{
	context->work_bytes = ZSTD_estimateDStreamSize(window_bytes);
	context->work = malloc(context->work_bytes);
	if (!context->work)
		return false;
	context->zstd =
		ZSTD_initStaticDStream(context->work, context->work_bytes);
	return context->zstd &&
	       !ZSTD_isError(ZSTD_DCtx_setParameter(
		       context->zstd, ZSTD_d_windowLogMax, SJ_TILE_WINDOW_LOG));
}

struct sj_unpacker *sj_unpacker_create(void)
{
	struct sj_unpacker *unpacker = calloc(1, sizeof(*unpacker));
	const size_t window = (size_t)1 << SJ_TILE_WINDOW_LOG;

	if (!unpacker)
		return NULL;
	/* Planes are decompressed in one step, which needs no window. */
	if (!open_context(&unpacker->context[CONTROL], window) ||
		!open_context(&unpacker->context[INDEX], window) ||
		!open_context(&unpacker->context[PHOTO], 1024)) {
		sj_unpacker_destroy(unpacker);
		return NULL;
	}
	return unpacker;
}

void sj_unpacker_destroy(struct sj_unpacker *unpacker)
{
	if (!unpacker)
		return;
	for (int i = 0; i < CONTEXTS; i++) {
		struct context *context = &unpacker->context[i];

		if (context->work)
			explicit_bzero(context->work, context->work_bytes);
		free(context->work);
	}
	explicit_bzero(unpacker, sizeof(*unpacker));
	free(unpacker);
}

void sj_unpacker_reset(struct sj_unpacker *unpacker)
{
	for (int i = 0; i < CONTEXTS; i++) {
		size_t result = ZSTD_DCtx_reset(
			unpacker->context[i].zstd, ZSTD_reset_session_only);

		assert(!ZSTD_isError(result));
	}
}

bool sj_unpack_number(struct sj_reader *reader, size_t *number)
{
	size_t value = 0;
	uint8_t byte = 0;

	for (unsigned shift = 0; shift < 21; shift += 7) {
		if (!sj_read_u8(reader, &byte))
			return false;
		value |= (size_t)(byte & 127) << shift;
		if (byte < 128) {
			*number = value;
			return true;
		}
	}
	return false;
}

/* Makes exactly plain_bytes of all of packed, which is whole blocks; the frame
 * never ends. */
static bool unpack_block(struct sj_unpacker *unpacker, int which,
	const uint8_t *packed, size_t packed_bytes, size_t plain_bytes)
{
	ZSTD_inBuffer in = {packed, packed_bytes, 0};
	ZSTD_outBuffer out = {unpacker->stream[which], plain_bytes + 1, 0};
	size_t hint = 0;

	while (in.pos < in.size) {
		size_t was = in.pos + out.pos;

		hint = ZSTD_decompressStream(
			unpacker->context[which].zstd, &out, &in);

		if (ZSTD_isError(hint) || hint == 0 || in.pos + out.pos == was)
			return false;
	}
	/* It waits for the head of a block: the last one is whole. */
	return out.pos == plain_bytes && hint == BLOCK_HEAD_BYTES;
}

/* A number of bytes that a stream may have: not none. */
static bool read_size(struct sj_reader *reader, size_t *bytes)
{
	return sj_unpack_number(reader, bytes) && *bytes > 0 &&
	       *bytes <= SJ_TILE_STREAM_BYTES;
}

/* All of packed is a block of exactly plain_bytes. */
static bool open_block(struct sj_unpacker *unpacker, int which,
	struct sj_reader *packed, size_t plain_bytes, struct sj_reader *part)
{
	const uint8_t *view = NULL;
	size_t bytes = sj_reader_left(packed);

	if (!sj_read_view(packed, &view, bytes) ||
		!unpack_block(unpacker, which, view, bytes, plain_bytes))
		return false;
	*part = sj_reader_of(unpacker->stream[which], plain_bytes);
	return true;
}

static bool open_index(struct sj_unpacker *unpacker, bool is_packed,
	struct sj_reader *reader, struct sj_reader *part)
{
	const uint8_t *view = NULL;
	struct sj_reader packed;
	size_t plain, bytes;

	if (!read_size(reader, &plain))
		return false;
	bytes = plain;
	if (is_packed && !sj_unpack_number(reader, &bytes))
		return false;
	if (!sj_read_view(reader, &view, bytes))
		return false;
	*part = sj_reader_of(view, bytes);
	packed = *part;
	return !is_packed || open_block(unpacker, INDEX, &packed, plain, part);
}

/* The rest of the payload. */
static bool open_control(struct sj_unpacker *unpacker, bool is_packed,
	struct sj_reader *reader, struct sj_reader *part)
{
	const uint8_t *view = NULL;
	size_t bytes;

	if (is_packed)
		return read_size(reader, &bytes) &&
		       open_block(unpacker, CONTROL, reader, bytes, part);
	bytes = sj_reader_left(reader);
	if (bytes > SJ_TILE_STREAM_BYTES || !sj_read_view(reader, &view, bytes))
		return false;
	*part = sj_reader_of(view, bytes);
	return true;
}

/* One frame of exactly plain_bytes, or these bytes as they are. */
static bool open_plane(struct sj_unpacker *unpacker, struct sj_reader *reader,
	uint8_t *plain, size_t plain_bytes, const uint8_t **plane)
{
	const uint8_t *packed = NULL;
	size_t bytes, frame, got;

	if (!sj_unpack_number(reader, &bytes) || bytes > plain_bytes ||
		!sj_read_view(reader, &packed, bytes))
		return false;
	*plane = packed;
	if (bytes == plain_bytes)
		return true;
	*plane = plain;
	frame = ZSTD_findFrameCompressedSize(packed, bytes);
	if (ZSTD_isError(frame) || frame != bytes)
		return false;
	got = ZSTD_decompressDCtx(unpacker->context[PHOTO].zstd, plain,
		plain_bytes, packed, bytes);
	return !ZSTD_isError(got) && got == plain_bytes;
}

static bool open_photo(struct sj_unpacker *unpacker, struct sj_reader *reader,
	struct sj_parts *parts)
{
	if (!read_size(reader, &parts->photo_px))
		return false;
	for (int i = 0; i < 3; i++)
		if (!open_plane(unpacker, reader, unpacker->plane[i],
			    parts->photo_px, &parts->plane[i]))
			return false;
	return true;
}

static bool open_model(struct sj_reader *reader, struct sj_parts *parts)
{
	const uint8_t *view = NULL;
	size_t bytes;

	if (!read_size(reader, &bytes) || !sj_read_view(reader, &view, bytes))
		return false;
	parts->model = sj_reader_of(view, bytes);
	return true;
}

bool sj_unpacker_open(struct sj_unpacker *unpacker, const uint8_t *payload,
	size_t size, struct sj_parts *parts)
{
	struct sj_reader reader = sj_reader_of(payload, size);
	uint8_t head = 0;
	bool is_packed;

	memset(parts, 0, sizeof(*parts));
	if (!sj_read_u8(&reader, &head) ||
		(head & SJ_TILE_VERSION_MASK) != SJ_TILE_VERSION)
		return false;
	is_packed = (head & SJ_TILE_FLAG_PACKED) != 0;
	if ((head & SJ_TILE_FLAG_INDEX) != 0 &&
		!open_index(unpacker, is_packed, &reader, &parts->index))
		return false;
	if ((head & SJ_TILE_FLAG_PHOTO) != 0 &&
		!open_photo(unpacker, &reader, parts))
		return false;
	if ((head & SJ_TILE_FLAG_MODEL) != 0 && !open_model(&reader, parts))
		return false;
	return open_control(unpacker, is_packed, &reader, &parts->control);
}
