/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/supervise/peer.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>

#include "protocol/base/attr.h"

/* In the kernel behind a socket, beyond what is on the line. */
#define NOT_SENT_BYTES (16 * 1024)
/* Of IPv6: a machine may have every address of such a network. */
#define NETWORK_BYTES 8

struct sj_peer sj_peer_of(const struct sockaddr_storage *address)
{
	struct sj_peer peer = {.text = ""};
	char text[INET6_ADDRSTRLEN] = "";
	struct sockaddr_in four;
	struct sockaddr_in6 six;

	memcpy(&four, address, sizeof(four));
	memcpy(&six, address, sizeof(six));
	if (address->ss_family == AF_INET) {
		(void)inet_ntop(AF_INET, &four.sin_addr, text, sizeof(text));
		peer.address[10] = peer.address[11] = 0xff;
		memcpy(peer.address + 12, &four.sin_addr, 4);
	} else {
		(void)inet_ntop(AF_INET6, &six.sin6_addr, text, sizeof(text));
		memcpy(peer.address, &six.sin6_addr, 16);
	}
	/* The port is at the same place in both families. */
	(void)snprintf(peer.text, sizeof(peer.text), "[%s]:%u", text,
		ntohs(four.sin_port));
	return peer;
}

/* True for an address of IPv4: as it is, or as a translator writes it. */
static bool is_of_four(const struct sj_peer *peer)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
	static const uint8_t translated[12] = {0x00, 0x64, 0xff, 0x9b};

	return memcmp(peer->address, mapped, sizeof(mapped)) == 0 ||
	       memcmp(peer->address, translated, sizeof(translated)) == 0;
}

bool sj_peer_is_same(const struct sj_peer *one, const struct sj_peer *other)
{
	return memcmp(one->address, other->address, sizeof(one->address)) == 0;
}

bool sj_peer_is_near(const struct sj_peer *one, const struct sj_peer *other)
{
	bool is_whole = is_of_four(one) || is_of_four(other);

	return memcmp(one->address, other->address,
		       is_whole ? sizeof(one->address) : NETWORK_BYTES) == 0;
}

void sj_peer_set_options(int socket_fd)
{
	static const struct {
		int level, name, value;
	} options[] = {{IPPROTO_TCP, TCP_NODELAY, 1},
		{IPPROTO_TCP, TCP_NOTSENT_LOWAT, NOT_SENT_BYTES},
		{SOL_SOCKET, SO_KEEPALIVE, 1}, {IPPROTO_TCP, TCP_KEEPIDLE, 20},
		{IPPROTO_TCP, TCP_KEEPINTVL, 10}, {IPPROTO_TCP, TCP_KEEPCNT, 4},
		{IPPROTO_TCP, TCP_USER_TIMEOUT, 60000}};

	for (size_t i = 0; i < SJ_COUNT(options); i++)
		(void)setsockopt(socket_fd, options[i].level, options[i].name,
			&options[i].value, sizeof(options[i].value));
}
