/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bpf: seccomp filters, written by us into memory that is there already.
 *
 * libseccomp 2.5 builds one from many small pieces of memory; when one of them
 * is refused it leaves rules out without an error, or never comes back. Here
 * nothing is allocated. Begin, add rules, load: an error of any of them is kept
 * and said by load, which then loads nothing. A system call that no rule names
 * has the fate of begin; one of another machine, or of x32, is a death.
 */
#ifndef SJ_PROTOCOL_BASE_BPF_H
#define SJ_PROTOCOL_BASE_BPF_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/base/attr.h"
#include "protocol/base/err.h"

#define SJ_BPF_ROOM 512

/* A filter that is being written; members are private. */
struct sj_bpf {
	struct sock_filter code[SJ_BPF_ROOM];
	size_t size;
	uint32_t otherwise;
	bool is_full;
};

/* True when argument & mask is value. */
struct sj_bpf_test {
	unsigned argument; /* 0 to 5 */
	uint64_t mask, value;
};

/* otherwise: a SECCOMP_RET of the kernel. */
void sj_bpf_begin(struct sj_bpf *bpf, uint32_t otherwise);

/* The system call has this fate, whatever its arguments are. */
void sj_bpf_add(struct sj_bpf *bpf, long call, uint32_t fate);

/*
 * The system call has this fate if all tests (count of them, at most 4) are
 * true. Several for the same call: one of them is enough.
 */
void sj_bpf_add_if(struct sj_bpf *bpf, long call, uint32_t fate,
	const struct sj_bpf_test *test, size_t count);

/*
 * Loads it for good; needs no_new_privs. SJ_ERR_LIMIT when it is larger than
 * there is room, SJ_ERR_SYSTEM with errno.
 */
SJ_MUST_USE enum sj_err sj_bpf_load(struct sj_bpf *bpf);

#endif /* SJ_PROTOCOL_BASE_BPF_H */
