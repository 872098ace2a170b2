/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "guard/encoders.h"

#include <stdlib.h>

#include "protocol/motion/motion.h"
#include "protocol/tile/flat.h"

struct sj_encoders {
	struct sj_core_policy policy;
	struct sj_motion_encoder *motion; /* NULL: all is lossless */
	struct sj_flat_encoder *flat;     /* NULL but in strict */
};

static enum sj_step encode_motion(void *self, const struct sj_tile_image *image,
	const struct sj_rect *rect, int quality, struct sj_writer *out)
{
	return sj_motion_encode(self, image, rect, quality, out);
}

static void reset_motion(void *self)
{
	sj_motion_encoder_reset(self);
}

static enum sj_step encode_flat(void *self, const struct sj_tile_image *image,
	const struct sj_rect *rect, struct sj_writer *out)
{
	return sj_flat_encode(self, image, rect, out);
}

static void reset_flat(void *self)
{
	sj_flat_encoder_reset(self);
}

/* What is lossy has colours of its own making in all eight bits. */
static bool is_lossless(const struct sj_core_policy *policy)
{
	return policy->is_lossless || policy->is_seven_bit || policy->is_strict;
}

struct sj_encoders *sj_encoders_create(const struct sj_core_policy *policy)
{
	struct sj_encoders *encoders = calloc(1, sizeof(*encoders));

	if (!encoders)
		return NULL;
	encoders->policy = *policy;
	if (!is_lossless(policy))
		encoders->motion = sj_motion_encoder_create();
	if (policy->is_strict)
		encoders->flat = sj_flat_encoder_create();
	if ((encoders->motion || is_lossless(policy)) &&
		(encoders->flat || !policy->is_strict))
		return encoders;
	sj_encoders_destroy(encoders);
	return NULL;
}

void sj_encoders_destroy(struct sj_encoders *encoders)
{
	if (!encoders)
		return;
	sj_motion_encoder_destroy(encoders->motion);
	sj_flat_encoder_destroy(encoders->flat);
	free(encoders);
}

struct sj_sender *sj_encoders_sender(
	struct sj_encoders *encoders, struct sj_shadow *shadow)
{
	const struct sj_update_codec motion = {
		encoders->motion, encode_motion, reset_motion};
	const struct sj_update_flat flat = {
		encoders->flat, encode_flat, reset_flat};
	const struct sj_sender_settings settings = {
		.motion = encoders->motion ? &motion : NULL,
		.flat = encoders->flat ? &flat : NULL,
		.bandwidth_kbit = encoders->policy.bandwidth_kbit,
		/* What is searched first is damaged long after it was told. */
		.is_told_of_moves = !encoders->policy.masks_codes,
	};

	return sj_sender_create(shadow, &settings);
}
