/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fonts_kept: for test programs that draw text. The leak checker asks here:
 * fontconfig keeps what it has once read.
 */
const char *__lsan_default_suppressions(void)
	__attribute__((visibility("default")));

const char *__lsan_default_suppressions(void)
{
	return "leak:libfontconfig\nleak:libpango\nleak:libglib\n";
}
