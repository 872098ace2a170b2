/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "certs/pki_why.h"

#include <stdarg.h>
#include <stdio.h>

enum sj_err sj_pki_fail(
	struct sj_pki_why *why, enum sj_err err, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(why->text, sizeof(why->text), format, arguments);
	va_end(arguments);
	return err;
}
