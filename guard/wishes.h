/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * wishes: what a viewer says that it takes, told to its sender.
 *
 * The message is a checked struct; numbers that are not known are ignored.
 * Pure.
 */
#ifndef SJ_GUARD_WISHES_H
#define SJ_GUARD_WISHES_H

#include <stdbool.h>

#include "protocol/base/attr.h"
#include "protocol/rfb/types.h"
#include "protocol/send/sender.h"

/* True if the tile encoding is among encodings. */
SJ_MUST_USE bool sj_wishes_learn(
	struct sj_sender *sender, const struct sj_rfb_encodings *encodings);

#endif /* SJ_GUARD_WISHES_H */
