/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/tile/unpack.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* For contexts in memory of our own, which never grow. */
#define ZSTD_STATIC_LINKING_ONLY
#include <zstd.h>

#include "protocol/tile/format.h"

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

/* Makes exactly plain_bytes of all of packed; the frame never ends. */
static bool unpack_block(struct sj_unpacker *unpacker, int which,
	const uint8_t *packed, size_t packed_bytes, size_t plain_bytes)
{
	ZSTD_inBuffer in = {packed, packed_bytes, 0};
	ZSTD_outBuffer out = {unpacker->stream[which], plain_bytes + 1, 0};

	while (in.pos < in.size) {
		size_t was = in.pos + out.pos;
		size_t hint = ZSTD_decompressStream(
			unpacker->context[which].zstd, &out, &in);

		if (ZSTD_isError(hint) || hint == 0 || in.pos + out.pos == was)
			return false;
	}
	return out.pos == plain_bytes;
}

static bool open_block(struct sj_unpacker *unpacker, int which,
	struct sj_reader *reader, size_t plain_bytes, struct sj_reader *part)
{
	const uint8_t *packed = NULL;
	size_t bytes;

	if (!sj_unpack_number(reader, &bytes) ||
		!sj_read_view(reader, &packed, bytes) ||
		!unpack_block(unpacker, which, packed, bytes, plain_bytes))
		return false;
	*part = sj_reader_of(unpacker->stream[which], plain_bytes);
	return true;
}

static bool open_streams(struct sj_unpacker *unpacker, bool is_packed,
	struct sj_reader *reader, struct sj_parts *parts)
{
	const uint8_t *view = NULL;
	size_t control, index;

	if (!sj_unpack_number(reader, &control) ||
		!sj_unpack_number(reader, &index) ||
		control > SJ_TILE_STREAM_BYTES || index > SJ_TILE_STREAM_BYTES)
		return false;
	if (is_packed)
		return open_block(unpacker, CONTROL, reader, control,
			       &parts->control) &&
		       open_block(
			       unpacker, INDEX, reader, index, &parts->index);
	if (!sj_read_view(reader, &view, control))
		return false;
	parts->control = sj_reader_of(view, control);
	if (!sj_read_view(reader, &view, index))
		return false;
	parts->index = sj_reader_of(view, index);
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
	if (!sj_unpack_number(reader, &parts->photo_px) ||
		parts->photo_px == 0 || parts->photo_px > SJ_TILE_STREAM_BYTES)
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

	if (!sj_unpack_number(reader, &bytes) || bytes == 0 ||
		bytes > SJ_TILE_STREAM_BYTES ||
		!sj_read_view(reader, &view, bytes))
		return false;
	parts->model = sj_reader_of(view, bytes);
	return true;
}

bool sj_unpacker_open(struct sj_unpacker *unpacker, const uint8_t *payload,
	size_t size, struct sj_parts *parts)
{
	struct sj_reader reader = sj_reader_of(payload, size);
	uint8_t version = 0, flags = 0;

	memset(parts, 0, sizeof(*parts));
	if (!sj_read_u8(&reader, &version) || version != SJ_TILE_VERSION ||
		!sj_read_u8(&reader, &flags) ||
		(flags & ~(SJ_TILE_FLAG_PACKED | SJ_TILE_FLAG_PHOTO |
				 SJ_TILE_FLAG_MODEL)) != 0)
		return false;
	if (!open_streams(unpacker, (flags & SJ_TILE_FLAG_PACKED) != 0, &reader,
		    parts))
		return false;
	if ((flags & SJ_TILE_FLAG_PHOTO) != 0 &&
		!open_photo(unpacker, &reader, parts))
		return false;
	if ((flags & SJ_TILE_FLAG_MODEL) != 0 && !open_model(&reader, parts))
		return false;
	return sj_reader_left(&reader) == 0;
}
