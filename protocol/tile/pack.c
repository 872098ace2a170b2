/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/tile/pack.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* For contexts in memory of our own, which never grow. */
#define ZSTD_STATIC_LINKING_ONLY
#include <zstd.h>

#include "protocol/tile/format.h"

#define STREAM_LEVEL (-1)
#define STREAM_HASH_LOG 17
/* Residuals are noise: only their entropy counts, matches are not sought. */
#define PHOTO_LEVEL (-1000)
#define PHOTO_WINDOW_LOG 16

enum { CONTROL, INDEX, PHOTO, CONTEXTS };

struct context {
	ZSTD_CCtx *zstd;
	void *work;
	size_t work_bytes;
};

struct sj_packer {
	struct context context[CONTEXTS];
};

static bool set(ZSTD_CCtx_params *params, ZSTD_cParameter name, int value)
{
	return !ZSTD_isError(ZSTD_CCtxParams_setParameter(params, name, value));
}

static bool choose(ZSTD_CCtx_params *params, int level, int window_log)
{
	return !ZSTD_isError(ZSTD_CCtxParams_init(params, level)) &&
	       set(params, ZSTD_c_windowLog, window_log) &&
	       set(params, ZSTD_c_contentSizeFlag, 0) &&
	       set(params, ZSTD_c_checksumFlag, 0) &&
	       set(params, ZSTD_c_literalCompressionMode, ZSTD_ps_enable) &&
	       (level < -10 || set(params, ZSTD_c_hashLog, STREAM_HASH_LOG));
}

static bool open_context(struct context *context, int level, int window_log)
{
	ZSTD_CCtx_params *params = ZSTD_createCCtxParams();
	bool is_good = false;

	if (params && choose(params, level, window_log)) {
		context->work_bytes =
			ZSTD_estimateCStreamSize_usingCCtxParams(params);
		context->work = malloc(context->work_bytes);
	}
	if (context->work)
		context->zstd =
			ZSTD_initStaticCCtx(context->work, context->work_bytes);
	if (context->zstd)
		is_good = !ZSTD_isError(ZSTD_CCtx_setParametersUsingCCtxParams(
			context->zstd, params));
	ZSTD_freeCCtxParams(params);
	return is_good;
}

struct sj_packer *sj_packer_create(void)
{
	struct sj_packer *packer = calloc(1, sizeof(*packer));

	if (!packer)
		return NULL;
	if (!open_context(&packer->context[CONTROL], STREAM_LEVEL,
		    SJ_TILE_WINDOW_LOG) ||
		!open_context(&packer->context[INDEX], STREAM_LEVEL,
			SJ_TILE_WINDOW_LOG) ||
		!open_context(&packer->context[PHOTO], PHOTO_LEVEL,
			PHOTO_WINDOW_LOG)) {
		sj_packer_destroy(packer);
		return NULL;
	}
	return packer;
}

void sj_packer_destroy(struct sj_packer *packer)
{
	if (!packer)
		return;
	for (int i = 0; i < CONTEXTS; i++) {
		struct context *context = &packer->context[i];

		if (context->work)
			explicit_bzero(context->work, context->work_bytes);
		free(context->work);
	}
	free(packer);
}

void sj_packer_reset(struct sj_packer *packer)
{
	for (int i = 0; i < CONTEXTS; i++) {
		size_t result = ZSTD_CCtx_reset(
			packer->context[i].zstd, ZSTD_reset_session_only);

		assert(!ZSTD_isError(result));
	}
}

static void put(struct sj_writer *out, size_t byte)
{
	bool is_written = sj_write_u8(out, (uint8_t)byte);

	assert(is_written);
}

static void put_number(struct sj_writer *out, size_t number)
{
	while (number > 127) {
		put(out, (number & 127) | 128);
		number >>= 7;
	}
	put(out, number);
}

static void put_bytes(struct sj_writer *out, const uint8_t *data, size_t size)
{
	bool is_written = sj_write_bytes(out, data, size);

	assert(is_written);
}

/* Compresses size bytes to at on. Returns into how many. */
static size_t pack_block(struct sj_packer *packer, int which,
	const struct sj_writer *out, size_t at, const uint8_t *data,
	size_t size)
{
	ZSTD_outBuffer packed = {out->data + at, out->size - at, 0};
	ZSTD_inBuffer plain = {data, size, 0};
	size_t left = ZSTD_compressStream2(
		packer->context[which].zstd, &packed, &plain, ZSTD_e_flush);

	assert(left == 0 && plain.pos == size);
	return packed.pos;
}

static void put_index(struct sj_packer *packer, const struct sj_pack *pack,
	struct sj_writer *out)
{
	uint8_t *number;
	size_t bytes;

	put_number(out, pack->index_bytes);
	if (!pack->is_packed) {
		put_bytes(out, pack->index, pack->index_bytes);
		return;
	}
	/* Its length takes three bytes, as it is written afterwards. */
	number = out->data + out->at;
	bytes = pack_block(packer, INDEX, out, out->at + 3, pack->index,
		pack->index_bytes);
	number[0] = (uint8_t)((bytes & 127) | 128);
	number[1] = (uint8_t)((bytes >> 7 & 127) | 128);
	number[2] = (uint8_t)(bytes >> 14);
	out->at += 3 + bytes;
}

static void put_control(struct sj_packer *packer, const struct sj_pack *pack,
	struct sj_writer *out)
{
	if (!pack->is_packed) {
		put_bytes(out, pack->control, pack->control_bytes);
		return;
	}
	put_number(out, pack->control_bytes);
	out->at += pack_block(packer, CONTROL, out, out->at, pack->control,
		pack->control_bytes);
}

/* What does not shrink is stored: its length is then that of the plane. */
static void put_plane(struct sj_packer *packer, struct sj_writer *out,
	const uint8_t *data, size_t size)
{
	uint8_t packed[SJ_TILE_STREAM_BYTES];
	size_t bytes = ZSTD_compress2(
		packer->context[PHOTO].zstd, packed, size - 1, data, size);
	bool is_stored = ZSTD_isError(bytes);

	put_number(out, is_stored ? size : bytes);
	put_bytes(out, is_stored ? data : packed, is_stored ? size : bytes);
}

void sj_packer_write(struct sj_packer *packer, const struct sj_pack *pack,
	struct sj_writer *out)
{
	size_t begin = out->at;
	struct sj_writer length;
	bool is_written = sj_write_zeros(out, 4);

	put(out, SJ_TILE_VERSION |
			 (pack->is_packed ? SJ_TILE_FLAG_PACKED : 0u) |
			 (pack->photo_px > 0 ? SJ_TILE_FLAG_PHOTO : 0u) |
			 (pack->model_bytes > 0 ? SJ_TILE_FLAG_MODEL : 0u) |
			 (pack->index_bytes > 0 ? SJ_TILE_FLAG_INDEX : 0u));
	if (pack->index_bytes > 0)
		put_index(packer, pack, out);
	if (pack->photo_px > 0) {
		put_number(out, pack->photo_px);
		for (int i = 0; i < 3; i++)
			put_plane(packer, out, pack->plane[i], pack->photo_px);
	}
	if (pack->model_bytes > 0) {
		put_number(out, pack->model_bytes);
		put_bytes(out, pack->model, pack->model_bytes);
	}
	put_control(packer, pack, out);
	length = sj_writer_of(out->data + begin, 4);
	is_written = is_written &&
		     sj_write_u32(&length, (uint32_t)(out->at - begin - 4));
	assert(is_written);
}
