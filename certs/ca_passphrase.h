/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ca_passphrase: passphrases from the terminal or a file.
 */
#ifndef SJ_CERTS_CA_PASSPHRASE_H
#define SJ_CERTS_CA_PASSPHRASE_H

#include "certs/pki_why.h"
#include "protocol/base/attr.h"
#include "protocol/base/err.h"
#include "protocol/base/limits.h"

/* Erase it after use. */
struct sj_ca_passphrase {
	char text[SJ_LIMIT_PASSPHRASE_BYTES + 1];
};

/* Reads the first line of path; "-" is standard input. */
SJ_MUST_USE enum sj_err sj_ca_passphrase_read(const char *path,
	struct sj_ca_passphrase *passphrase, struct sj_pki_why *why);

/* Asks on the terminal for what (words), without showing it; blocks. */
SJ_MUST_USE enum sj_err sj_ca_passphrase_ask(const char *what,
	struct sj_ca_passphrase *passphrase, struct sj_pki_why *why);

/*
 * A passphrase for a new key: from path, or asked for twice when path is
 * NULL. Refuses one of fewer than eight characters.
 */
SJ_MUST_USE enum sj_err sj_ca_passphrase_choose(const char *path,
	struct sj_ca_passphrase *passphrase, struct sj_pki_why *why);

/* Erases passphrase. */
void sj_ca_passphrase_erase(struct sj_ca_passphrase *passphrase);

#endif /* SJ_CERTS_CA_PASSPHRASE_H */
