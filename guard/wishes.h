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

/* True if that of the profile's pictures is among encodings: tiles, in strict
 * Zlib. */
SJ_MUST_USE bool sj_wishes_learn(struct sj_sender *sender,
	const struct sj_rfb_encodings *encodings, bool is_strict);

#endif /* SJ_GUARD_WISHES_H */
