/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * samples: one valid message of every kind and form, both directions.
 *
 * Each is accepted by a gate of its profile after sj_rig_start and
 * sj_rig_paint. Mutation sweeps start from them, and the seeds of the fuzzers
 * are written from them.
 */
#ifndef SJ_TESTS_SUPPORT_SAMPLES_H
#define SJ_TESTS_SUPPORT_SAMPLES_H

#include <stddef.h>

#include "protocol/gate/policy.h"

struct sj_sample {
	const char *name;
	enum sj_gate_kind kind; /* direction */
	enum sj_gate_profile profile;
	const char *text;      /* tests/support/hex.h */
	const char *canonical; /* what comes out; NULL: the same */
};

/* All samples; *count is their number. */
const struct sj_sample *sj_samples(size_t *count);

#endif /* SJ_TESTS_SUPPORT_SAMPLES_H */
