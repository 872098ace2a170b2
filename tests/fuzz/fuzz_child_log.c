/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as a line that a process of ours, taken over, wrote to its log. */
#include <stdlib.h>
#include <string.h>

#include "protocol/supervise/child_log.h"
#include "tests/fuzz/target.h"

/* Bytes of the character that begins here; 0: it is not one to be shown. */
static size_t character(const uint8_t *at, size_t left)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t size = at[0] < 0x80    ? 1
		      : at[0] >= 0xf0 ? 4
		      : at[0] >= 0xe0 ? 3
				      : 2;
	uint32_t code = size == 1 ? at[0] : at[0] & (0x7fu >> size);

	if (size > left || (at[0] >= 0x80 && at[0] < 0xc0) || at[0] >= 0xf8)
		return 0;
	for (size_t i = 1; i < size; i++) {
		if ((at[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (at[i] & 0x3f);
	}
	if (code < least[size] || code > 0x10ffff || code < 0x20 ||
		(code >= 0x7f && code < 0xa0) ||
		(code >= 0xd800 && code < 0xe000))
		return 0;
	return size;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *line = malloc(size ? size : 1);
	size_t taken;

	if (!line)
		abort();
	if (size > 0)
		memcpy(line, data, size);
	sj_child_log_clean(line, size);
	sj_child_log_disown(line, size);
	for (size_t at = 0; at < size; at += taken) {
		taken = character((const uint8_t *)line + at, size - at);
		if (taken == 0)
			abort();
	}
	free(line);
	return 0;
}
