/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * certs_rig: authorities, certificates good and odd, and two sessions over one
 * socketpair.
 *
 * Every function fails the running test when something goes wrong. What is
 * made lives until the test's process ends.
 */
#ifndef SJ_TESTS_UNIT_CERTS_CERTS_RIG_H
#define SJ_TESTS_UNIT_CERTS_CERTS_RIG_H

#include <openssl/ssl.h>
#include <stdbool.h>

#include "certs/pki_file.h"
#include "certs/pki_issue.h"
#include "certs/pki_store.h"
#include "certs/tls.h"

/* An authority, what it issued and revoked, its list. */
struct rig_authority {
	struct sj_pki_authority pair;
	struct sj_pki_store store;
	struct sj_pki_bytes pem;
	struct sj_pki_bytes crl;
};

/* One side's certificate and key. */
struct rig_leaf {
	struct sj_pki_bytes pem;
	struct sj_pki_bytes key;
	char serial[SJ_PKI_SERIAL_BYTES];
};

/* A certificate that shoji-ca would not make. */
struct rig_odd {
	const char *san;     /* in OpenSSL's words; NULL: none */
	const char *purpose; /* the same; NULL: none */
	const char *common_name;
	int from_days, until_days; /* from now */
	bool is_authority;
	bool has_rsa_key;
};

/* Both sides of a connection. */
struct rig_pair {
	struct sj_tls_settings host_settings, viewer_settings;
	struct sj_tls *host, *viewer;
	int host_fd, viewer_fd;
	enum sj_io host_io, viewer_io; /* of the handshakes */
};

/* Makes the leak checker know memory that lives until the test ends. */
void *rig_keep(void *memory);

/* A fresh authority with an empty list of seven days. */
struct rig_authority *rig_authority(void);

/* Signs the list of authority anew, valid for days from now (negative: past).
 */
void rig_list(struct rig_authority *authority, int days);

/* A good certificate; names is "" or names with blanks between. */
struct rig_leaf rig_leaf(struct rig_authority *authority, enum sj_tls_role role,
	const char *zone, const char *name, const char *names);

/* The certificate that odd asks for. */
struct rig_leaf rig_odd(
	struct rig_authority *authority, const struct rig_odd *odd);

/* Revokes leaf and signs the list anew. */
void rig_revoke(struct rig_authority *authority, const struct rig_leaf *leaf);

/* Lends bytes as the sessions take them. */
struct sj_tls_pem rig_lend(const struct sj_pki_bytes *bytes);

/* A pair of sides of one authority, with good certificates, not started. */
struct rig_pair rig_pair(struct rig_authority *authority);

/* Gives one side another certificate. */
void rig_use(struct sj_tls_settings *settings, const struct rig_leaf *leaf);

/* Creates both sessions over a socketpair. */
void rig_start(struct rig_pair *pair);

/*
 * Drives both handshakes until neither waits for the other. A viewer that
 * does not know yet what the host thinks then reads once.
 */
void rig_shake(struct rig_pair *pair);

/* rig_start and rig_shake; both have to succeed. */
void rig_connect(struct rig_pair *pair);

/* Destroys the sessions and closes the sockets. */
void rig_end(struct rig_pair *pair);

/* A connected pair of non-blocking stream sockets. */
void rig_sockets(int fds[2]);

/*
 * A session of plain OpenSSL over fd, not started: the other end of ours
 * in tests of what ours would never send. Trusts anything.
 */
SSL *rig_raw(int fd, const struct rig_leaf *leaf, bool is_server, int version);

/* A new folder of the test under /tmp; its path is static. */
const char *rig_folder(void);

/* Removes path and all in it. */
void rig_remove(const char *path);

#endif /* SJ_TESTS_UNIT_CERTS_CERTS_RIG_H */
