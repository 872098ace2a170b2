/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * keysym: which X keysyms may cross.
 */
#ifndef SJ_PROTOCOL_RFB_KEYSYM_H
#define SJ_PROTOCOL_RFB_KEYSYM_H

#include <stdbool.h>
#include <stdint.h>

#include "protocol/base/attr.h"

/*
 * True if keysym is in the allow list of docs/protocol.md: printable Latin-1,
 * editing, cursor, keypad, function and modifier keys, the keys of
 * Japanese input, and Unicode text (0x01000100 to 0x0110FFFF without
 * surrogates). Everything else never crosses (XF86 keys, Terminate_Server).
 */
SJ_MUST_USE bool sj_rfb_keysym_is_allowed(uint32_t keysym);

#endif /* SJ_PROTOCOL_RFB_KEYSYM_H */
