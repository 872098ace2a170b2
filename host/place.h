/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * place: where a window goes on the session's screen. Pure.
 */
#ifndef SJ_HOST_PLACE_H
#define SJ_HOST_PLACE_H

#include <stdbool.h>

#include "protocol/base/rect.h"

/*
 * The place of a window that wants wish (any numbers, its own choice of
 * position included) on screen: is_filling takes the whole screen. Another is
 * cut to the screen and centred; with is_placed it stays at its position as
 * far as it is then wholly visible. The result always fits screen.
 */
struct sj_rect sj_place(const struct sj_rect *wish,
	const struct sj_size *screen, bool is_filling, bool is_placed);

#endif /* SJ_HOST_PLACE_H */
