/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * crl_judge: whether a new revocation list may replace the one in force, and
 * how long a list is valid.
 *
 * For a supervisor, once for each new file of the administrator, so that half
 * a copy does not end every session and an older list lets nobody in again.
 * Blocks for nothing.
 */
#ifndef SJ_CERTS_CRL_JUDGE_H
#define SJ_CERTS_CRL_JUDGE_H

#include <stdbool.h>
#include <stdint.h>

#include "protocol/base/attr.h"

/*
 * NULL if every list in the PEM of fresh_fd is whole and signed by one of
 * authority_fd, and none of held_fd that they signed, too, is without one of
 * the same issuer and an equal or higher number there. Else why not. The
 * descriptors are sealed memory and stay with the caller.
 */
const char *sj_crl_judge(int authority_fd, int held_fd, int fresh_fd);

/*
 * In *from_s and *until_s the time, in seconds since 1970, in which all lists
 * of the PEM of fd (sealed memory) are valid. False if they cannot be read, or
 * one says no end.
 */
SJ_MUST_USE bool sj_crl_span(int fd, int64_t *from_s, int64_t *until_s);

#endif /* SJ_CERTS_CRL_JUDGE_H */
