/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/base/err.h"

const char *sj_err_text(enum sj_err err)
{
	switch (err) {
	case SJ_OK:
		return "success";
	case SJ_ERR_ARGUMENT:
		return "senseless argument";
	case SJ_ERR_MEMORY:
		return "out of memory";
	case SJ_ERR_SYSTEM:
		return "system call failed";
	case SJ_ERR_CLOSED:
		return "the other end is gone";
	case SJ_ERR_FORMAT:
		return "malformed file or message";
	case SJ_ERR_LIMIT:
		return "limit reached";
	case SJ_ERR_TIMEOUT:
		return "deadline passed";
	case SJ_ERR_DENIED:
		return "permission denied";
	case SJ_ERR_MISSING:
		return "something needed is missing";
	case SJ_ERR_AGAIN:
		return "not ready yet";
	}
	return "unknown error";
}
