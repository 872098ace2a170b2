/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/base/bytes.h"

#include <string.h>

struct sj_reader sj_reader_of(const void *data, size_t size)
{
	static const uint8_t nothing;

	/* No memory is as good as empty memory, but has no address. */
	return (struct sj_reader){
		.data = data ? data : &nothing, .size = data ? size : 0};
}

struct sj_writer sj_writer_of(void *data, size_t size)
{
	return (struct sj_writer){.data = data, .size = size, .at = 0};
}

size_t sj_reader_left(const struct sj_reader *reader)
{
	return reader->size - reader->at;
}

size_t sj_writer_room(const struct sj_writer *writer)
{
	return writer->size - writer->at;
}

bool sj_read_view(struct sj_reader *reader, const uint8_t **view, size_t size)
{
	if (sj_reader_left(reader) < size)
		return false;
	*view = reader->data + reader->at;
	reader->at += size;
	return true;
}

bool sj_read_skip(struct sj_reader *reader, size_t size)
{
	const uint8_t *unused;

	return sj_read_view(reader, &unused, size);
}

bool sj_read_bytes(struct sj_reader *reader, void *out, size_t size)
{
	const uint8_t *view;

	if (!sj_read_view(reader, &view, size))
		return false;
	if (size > 0)
		memcpy(out, view, size);
	return true;
}

bool sj_read_u8(struct sj_reader *reader, uint8_t *value)
{
	return sj_read_bytes(reader, value, 1);
}

bool sj_read_u16(struct sj_reader *reader, uint16_t *value)
{
	const uint8_t *b;

	if (!sj_read_view(reader, &b, 2))
		return false;
	*value = (uint16_t)((unsigned)b[0] << 8 | b[1]);
	return true;
}

bool sj_read_u32(struct sj_reader *reader, uint32_t *value)
{
	const uint8_t *b;

	if (!sj_read_view(reader, &b, 4))
		return false;
	*value = (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 |
		 (uint32_t)b[2] << 8 | b[3];
	return true;
}

bool sj_read_s32(struct sj_reader *reader, int32_t *value)
{
	uint32_t bits;

	if (!sj_read_u32(reader, &bits))
		return false;
	memcpy(value, &bits, sizeof(bits));
	return true;
}

bool sj_write_bytes(struct sj_writer *writer, const void *data, size_t size)
{
	if (sj_writer_room(writer) < size)
		return false;
	if (size > 0)
		memcpy(writer->data + writer->at, data, size);
	writer->at += size;
	return true;
}

bool sj_write_zeros(struct sj_writer *writer, size_t size)
{
	if (sj_writer_room(writer) < size)
		return false;
	if (size > 0)
		memset(writer->data + writer->at, 0, size);
	writer->at += size;
	return true;
}

bool sj_write_u8(struct sj_writer *writer, uint8_t value)
{
	return sj_write_bytes(writer, &value, 1);
}

bool sj_write_u16(struct sj_writer *writer, uint16_t value)
{
	const uint8_t b[2] = {(uint8_t)(value >> 8), (uint8_t)value};

	return sj_write_bytes(writer, b, sizeof(b));
}

bool sj_write_u32(struct sj_writer *writer, uint32_t value)
{
	const uint8_t b[4] = {(uint8_t)(value >> 24), (uint8_t)(value >> 16),
		(uint8_t)(value >> 8), (uint8_t)value};

	return sj_write_bytes(writer, b, sizeof(b));
}

bool sj_write_s32(struct sj_writer *writer, int32_t value)
{
	return sj_write_u32(writer, (uint32_t)value);
}

bool sj_mul_size(size_t a, size_t b, size_t *product)
{
	size_t result;

	if (__builtin_mul_overflow(a, b, &result))
		return false;
	*product = result;
	return true;
}

bool sj_add_size(size_t a, size_t b, size_t *sum)
{
	size_t result;

	if (__builtin_add_overflow(a, b, &result))
		return false;
	*sum = result;
	return true;
}
