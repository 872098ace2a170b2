/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/support/samples.h"

#define V SJ_GATE_FROM_VIEWER
#define H SJ_GATE_FROM_HOST
#define DEFAULT SJ_GATE_DEFAULT
#define STRICT SJ_GATE_STRICT
#define STOCK SJ_GATE_STOCK

/* clang-format off */
static const struct sj_sample samples[] = {
	{"format_of_stock", V, STOCK,
		"00 ff*3 20 18 00 01 00ff 00ff 00ff 10 08 00 ff*3",
		"00 00*3 20 18 00 01 00ff 00ff 00ff 10 08 00 00*3"},
	{"format_red_first", V, STOCK,
		"00 00*3 20 18 00 01 00ff 00ff 00ff 00 08 10 00*3", 0},
	{"format_big_endian", V, STOCK,
		"00 00*3 20 18 01 01 00ff 00ff 00ff 08 10 18 00*3", 0},
	{"encodings_again", V, STOCK,
		"02 00 0004 00000007 00000010 ffffff21 00000000",
		"02 00 0003 00000007 00000010 00000000"},
	{"request", V, DEFAULT, "03 01 0000 0000 0320 0258", 0},
	{"request_of_a_part", V, DEFAULT, "03 01 0300 0200 0010 0010",
		"03 01 0000 0000 0320 0258"},
	{"request_beyond_screen", V, STOCK, "03 01 0300 0200 0320 0180",
		"03 01 0300 0200 0020 0058"},
	{"key_press", V, DEFAULT, "04 01 ffff 00000061", "04 01 0000 00000061"},
	{"key_press_release", V, DEFAULT,
		"04 01 0000 01004e0a 04 00 0000 01004e0a", 0},
	{"pointer_button", V, DEFAULT, "05 01 0010 0020", 0},
	{"pointer_motion", V, DEFAULT, "05 00 031f 0257", 0},
	{"pointer_beyond_screen", V, DEFAULT, "05 00 0400 0300",
		"05 00 031f 0257"},
	{"cut_text", V, STOCK, "06 000000 00000005 \"hello\"", ""},
	{"continuous", V, DEFAULT, "96 01 0000 0000 0320 0258", ""},
	{"fence", V, DEFAULT, "f8 000000 80000003 04 01020304", ""},
	{"desktop_size", V, DEFAULT,
		"fb 00 0400 0300 01 00 00000007 0000 0000 0400 0300 00000009",
		"fb 00 0400 0300 01 00 00000001 0000 0000 0400 0300 00000000"},

	{"raw", H, DEFAULT,
		"00 00 0001 0001 0002 0002 0001 00000000 01020304 05060708",
		"00 00 0001 0001 0002 0002 0001 00000000 01020300 05060700"},
	{"copy_rect", H, DEFAULT,
		"00 ff 0001 0000 0000 0010 0010 00000001 0020 0030",
		"00 00 0001 0000 0000 0010 0010 00000001 0020 0030"},
	{"zlib", H, STRICT,
		"00 00 0001 0000 0000 0010 0010 00000006 00000003 0a0b0c", 0},
	{"tight_fill", H, STOCK,
		"00 00 0001 0000 0000 0010 0010 00000007 80 010203", 0},
	{"tight_copy", H, STOCK,
		"00 00 0001 0000 0000 0010 0010 00000007 00 05 0102030405", 0},
	{"tight_short", H, STOCK,
		"00 00 0001 0000 0000 0001 0003 00000007 00 0102030405060708"
		"09", 0},
	{"tight_two_colours", H, STOCK,
		"00 00 0001 0000 0000 0010 0010 00000007 50 01 01 010203 040506"
		" 04 01020304", 0},
	{"tight_palette", H, STOCK,
		"00 00 0001 0000 0000 0010 0010 00000007 60 01 02 010203 040506"
		" 070809 8500 0102030405",
		"00 00 0001 0000 0000 0010 0010 00000007 60 01 02 010203 040506"
		" 070809 05 0102030405"},
	{"tight_gradient", H, STOCK,
		"00 00 0001 0000 0000 0040 0040 00000007 4f 02 8101 55*129", 0},
	{"zrle", H, STOCK,
		"00 00 0001 0000 0000 0010 0010 00000010 00000004 01020304", 0},
	{"cursor", H, DEFAULT,
		"00 00 0001 0001 0001 0009 0002 ffffff11 0a*72 ffff ffff",
		"00 00 0001 0001 0001 0009 0002 ffffff11"
		" 0a0a0a00 0a0a0a00 0a0a0a00 0a0a0a00 0a0a0a00 0a0a0a00"
		" 0a0a0a00 0a0a0a00 0a0a0a00 0a0a0a00 0a0a0a00 0a0a0a00"
		" 0a0a0a00 0a0a0a00 0a0a0a00 0a0a0a00 0a0a0a00 0a0a0a00"
		" ff80 ff80"},
	{"no_cursor", H, DEFAULT,
		"00 00 0001 0000 0000 0000 0000 ffffff11", 0},
	{"desktop_size_by_host", H, DEFAULT,
		"00 00 0001 0000 0000 0400 0300 fffffecc"
		" 01 000000 00000005 0000 0000 0400 0300 00000001",
		"00 00 0001 0000 0000 0400 0300 fffffecc"
		" 01 000000 00000001 0000 0000 0400 0300 00000000"},
	{"desktop_size_refused", H, DEFAULT,
		"00 00 0001 0001 0001 0320 0258 fffffecc"
		" 01 000000 00000001 0000 0000 0320 0258 00000000", 0},
	{"tile", H, DEFAULT,
		"00 00 0001 0040 0040 0040 0040 534a0000 00000005 0001020304",
		0},
	{"motion", H, DEFAULT,
		"00 00 0001 0040 0040 0040 0040 534a0004 00000005 ffd803ffd9",
		0},
	{"alpha_cursor", H, DEFAULT,
		"00 00 0001 0000 0000 0001 0002 534a0001 01020304 05060708", 0},
	{"caret", H, DEFAULT, "00 00 0001 0010 0020 0001 0012 534a0002", 0},
	{"no_caret", H, DEFAULT, "00 00 0001 0000 0000 0000 0000 534a0002", 0},
	{"cursor_shape", H, STRICT,
		"00 00 0001 000f 0000 0000 0000 534a0005", 0},
	{"session_end", H, DEFAULT,
		"00 00 0001 0193 0000 0000 0000 534a0003", 0},
	{"three_rectangles", H, DEFAULT,
		"00 00 0003 0000 0000 0001 0001 00000000 01020300"
		" 0002 0002 0001 0001 00000001 0000 0000"
		" 0010 0020 0001 0012 534a0002", 0},
	{"bell", H, STOCK, "02", ""},
	{"server_cut_text", H, STOCK, "03 000000 00000003 \"abc\"", ""},
	{"end_of_continuous", H, DEFAULT, "96", ""},
	{"server_fence", H, DEFAULT, "f8 000000 80000000 01 2a", ""},
};
/* clang-format on */

const struct sj_sample *sj_samples(size_t *count)
{
	*count = sizeof(samples) / sizeof(samples[0]);
	return samples;
}
