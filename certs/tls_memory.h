/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tls_memory: memory of OpenSSL is wiped when it is given back.
 *
 * Reading a key from PEM leaves its bytes in memory that the library frees as
 * it is. Internal to certs/; for the whole process.
 */
#ifndef SJ_CERTS_TLS_MEMORY_H
#define SJ_CERTS_TLS_MEMORY_H

/* Has an effect only before the first use of OpenSSL in this process. */
void sj_tls_memory_wipe(void);

#endif /* SJ_CERTS_TLS_MEMORY_H */
