/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ca_commands: the commands of shoji-ca.
 *
 * Each has the form of sj_ca_run_fn: it prints what it did to standard output
 * and returns an error with a sentence that says what to do.
 */
#ifndef SJ_CERTS_CA_COMMANDS_H
#define SJ_CERTS_CA_COMMANDS_H

#include "certs/ca_options.h"

/* Makes an authority in an empty folder. */
sj_ca_run_fn sj_ca_run_init;

/* Issue a certificate with a new key for the role of their name. */
sj_ca_run_fn sj_ca_run_host;
sj_ca_run_fn sj_ca_run_viewer;
sj_ca_run_fn sj_ca_run_guard;
sj_ca_run_fn sj_ca_run_admin;

/* Signs a request; role and names are the administrator's words alone. */
sj_ca_run_fn sj_ca_run_sign;

/* Makes a key and a request on a terminal; needs no authority. */
sj_ca_run_fn sj_ca_run_request;

/* Issues again what exists, with the same key or a new one. */
sj_ca_run_fn sj_ca_run_renew;

/* Revokes one certificate and writes the list. */
sj_ca_run_fn sj_ca_run_revoke;

/* Writes a new list; warns when the one before was about to run out. */
sj_ca_run_fn sj_ca_run_crl;

/* Lists what was issued, with the days left. */
sj_ca_run_fn sj_ca_run_list;

/* Says what is wrong with a file and what to do. */
sj_ca_run_fn sj_ca_run_check;

#endif /* SJ_CERTS_CA_COMMANDS_H */
