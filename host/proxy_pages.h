/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * proxy_pages: the pages that shoji-proxy makes itself.
 */
#ifndef SJ_HOST_PROXY_PAGES_H
#define SJ_HOST_PROXY_PAGES_H

#include <stdbool.h>
#include <stddef.h>

#include "protocol/base/attr.h"

/*
 * Writes a whole HTTP answer for path of the start page's name to out (size
 * bytes): the page, or 404. Returns its bytes, 0 when it does not fit.
 */
SJ_MUST_USE size_t sj_proxy_start_answer(
	const char *path, size_t path_size, char *out, size_t size);

/* The same for an address that is no route: 403 in two languages. */
SJ_MUST_USE size_t sj_proxy_refusal(char *out, size_t size);

#endif /* SJ_HOST_PROXY_PAGES_H */
