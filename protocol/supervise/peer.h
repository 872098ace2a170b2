/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * peer: whom a TCP socket leads to, and what such a socket is set to.
 *
 * The address is the kernel's; nothing of the peer itself is read. Nothing
 * blocks or allocates.
 */
#ifndef SJ_PROTOCOL_SUPERVISE_PEER_H
#define SJ_PROTOCOL_SUPERVISE_PEER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

struct sj_peer {
	char text[64];       /* [address]:port, for logs */
	uint8_t address[16]; /* IPv6 form, for limits per address */
};

/* The peer at address, which is of IPv4 or IPv6. */
struct sj_peer sj_peer_of(const struct sockaddr_storage *address);

/* True if both have the same address; the ports may differ. */
bool sj_peer_is_same(const struct sj_peer *one, const struct sj_peer *other);

/* True if both may be one machine: of IPv6 the first 64 bits count, of IPv4 in
 * any form (also 64:ff9b::/96) all. */
bool sj_peer_is_near(const struct sj_peer *one, const struct sj_peer *other);

/* A peer that was switched off is noticed within a minute; what the line does
 * not take yet waits in the process that writes it. */
void sj_peer_set_options(int socket_fd);

#endif /* SJ_PROTOCOL_SUPERVISE_PEER_H */
