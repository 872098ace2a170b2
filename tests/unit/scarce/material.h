/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * material: certificates for gates under test, made in a process of its own.
 *
 * So that the library is as fresh in the test as in a program that starts.
 */
#ifndef SJ_TESTS_UNIT_SCARCE_MATERIAL_H
#define SJ_TESTS_UNIT_SCARCE_MATERIAL_H

/* Sealed memfds. The guard's certificate is good for both of its sides. */
struct sj_scarce_material {
	int authority, crl;
	int host_chain, host_key;
	int viewer_chain, viewer_key;
	int guard_chain, guard_key;
};

/* Of zone lgwan, the user tanaka, hosts called localhost. */
struct sj_scarce_material sj_scarce_material(void);

#endif /* SJ_TESTS_UNIT_SCARCE_MATERIAL_H */
