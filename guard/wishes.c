/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "guard/wishes.h"

bool sj_wishes_learn(struct sj_sender *sender,
	const struct sj_rfb_encodings *encodings, bool is_strict)
{
	bool is_ours = false;

	for (uint16_t i = 0; i < encodings->count; i++) {
		switch (encodings->number[i]) {
		case SJ_RFB_ENCODING_TILE:
			is_ours |= !is_strict;
			break;
		case SJ_RFB_ENCODING_ZLIB:
			is_ours |= is_strict;
			break;
		case SJ_RFB_ENCODING_SHAPE:
			sj_sender_learn(sender, SJ_SENDER_SHAPE);
			break;
		case SJ_RFB_ENCODING_ALPHA_CURSOR:
			sj_sender_learn(sender, SJ_SENDER_ALPHA_CURSOR);
			break;
		case SJ_RFB_ENCODING_CARET:
			sj_sender_learn(sender, SJ_SENDER_CARET);
			break;
		case SJ_RFB_ENCODING_EXTENDED_DESKTOP_SIZE:
			sj_sender_learn(sender, SJ_SENDER_SIZE);
			break;
		case SJ_RFB_ENCODING_COPY_RECT:
			sj_sender_learn(sender, SJ_SENDER_COPY);
			break;
		case SJ_RFB_ENCODING_MOTION:
			sj_sender_learn(sender, SJ_SENDER_MOTION);
			break;
		default:
			break;
		}
	}
	return is_ours;
}
