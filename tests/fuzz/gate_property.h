/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * gate_property: what has to hold for any bytes that a gate is given.
 */
#ifndef SJ_TESTS_FUZZ_GATE_PROPERTY_H
#define SJ_TESTS_FUZZ_GATE_PROPERTY_H

#include <stddef.h>
#include <stdint.h>

#include "protocol/gate/policy.h"

/*
 * Byte 0 of data chooses the profile and whether the session has begun; the
 * rest comes from the side that kind names, in two pieces. Aborts unless
 * what passes is canonical and the fault is that side's.
 */
void sj_gate_property(enum sj_gate_kind kind, const uint8_t *data, size_t size);

#endif /* SJ_TESTS_FUZZ_GATE_PROPERTY_H */
