/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/base/bpf.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

/* What the kernel gives a filter to look at has the lower half first. */
#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "not written for this machine"
#endif

#if defined(__x86_64__)
#define MACHINE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define MACHINE AUDIT_ARCH_AARCH64
#else
/* cppcheck-suppress preprocessorErrorDirective */
#error "not written for this machine"
#endif

#define X32_BIT 0x40000000u
#define TESTS_MAX 4

#define LOAD (BPF_LD | BPF_W | BPF_ABS)
#define AND (BPF_ALU | BPF_AND | BPF_K)
#define EQUAL (BPF_JMP | BPF_JEQ | BPF_K)
#define LEAST (BPF_JMP | BPF_JGE | BPF_K)
#define RETURN (BPF_RET | BPF_K)

static void put(struct sj_bpf *bpf, uint16_t code, uint32_t value)
{
	if (bpf->size == SJ_BPF_ROOM)
		bpf->is_full = true;
	else
		bpf->code[bpf->size++] =
			(struct sock_filter){code, 0, 0, value};
}

/* Goes on where it is true, else leaves out so many. */
static void put_skip(
	struct sj_bpf *bpf, uint16_t code, uint32_t value, uint8_t skipped)
{
	size_t at = bpf->size;

	put(bpf, code, value);
	if (!bpf->is_full)
		bpf->code[at].jf = skipped;
}

static void put_load_call(struct sj_bpf *bpf)
{
	put(bpf, LOAD, offsetof(struct seccomp_data, nr));
}

void sj_bpf_begin(struct sj_bpf *bpf, uint32_t otherwise)
{
	bpf->size = 0;
	bpf->is_full = false;
	bpf->otherwise = otherwise;
	put(bpf, LOAD, offsetof(struct seccomp_data, arch));
	put_skip(bpf, EQUAL, MACHINE, 1);
	put_skip(bpf, BPF_JMP | BPF_JA, 1, 0);
	put(bpf, RETURN, SECCOMP_RET_KILL_PROCESS);
	put_load_call(bpf);
	put_skip(bpf, LEAST, X32_BIT, 1);
	put(bpf, RETURN, SECCOMP_RET_KILL_PROCESS);
}

/* With the number of the call at hand, before and behind. */
void sj_bpf_add(struct sj_bpf *bpf, long call, uint32_t fate)
{
	put_skip(bpf, EQUAL, (uint32_t)call, 1);
	put(bpf, RETURN, fate);
}

/* One half of an argument; left is what follows up to the fate. */
static void put_half(
	struct sj_bpf *bpf, size_t offset, uint64_t half[2], uint8_t left)
{
	put(bpf, LOAD, (uint32_t)offset);
	put(bpf, AND, (uint32_t)half[0]);
	put_skip(bpf, EQUAL, (uint32_t)half[1], left);
}

#define HALF_SIZE 3 /* instructions of put_half */

void sj_bpf_add_if(struct sj_bpf *bpf, long call, uint32_t fate,
	const struct sj_bpf_test *test, size_t count)
{
	size_t left = count * 2 * HALF_SIZE;

	if (count > TESTS_MAX) {
		bpf->is_full = true;
		return;
	}
	/* Past all halves and the fate, to where the call is loaded. */
	put_skip(bpf, EQUAL, (uint32_t)call, (uint8_t)(left + 1));
	for (size_t i = 0; i < count; i++) {
		size_t at = offsetof(struct seccomp_data, args) +
			    test[i].argument * sizeof(uint64_t);
		uint64_t low[] = {
			test[i].mask & UINT32_MAX, test[i].value & UINT32_MAX};
		uint64_t high[] = {test[i].mask >> 32, test[i].value >> 32};

		left -= HALF_SIZE;
		put_half(bpf, at, low, (uint8_t)(left + 1));
		left -= HALF_SIZE;
		put_half(bpf, at + 4, high, (uint8_t)(left + 1));
	}
	put(bpf, RETURN, fate);
	put_load_call(bpf);
}

enum sj_err sj_bpf_load(struct sj_bpf *bpf)
{
	struct sock_fprog program = {.filter = bpf->code};

	put(bpf, RETURN, bpf->otherwise);
	if (bpf->is_full)
		return SJ_ERR_LIMIT;
	program.len = (unsigned short)bpf->size;
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0
		       ? SJ_OK
		       : SJ_ERR_SYSTEM;
}
