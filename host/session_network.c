/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/session_network.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG 64

static bool bring_lo_up(int fd)
{
	struct ifreq request = {0};

	memcpy(request.ifr_name, "lo", sizeof("lo"));
	if (ioctl(fd, SIOCGIFFLAGS, &request) != 0)
		return false;
	request.ifr_flags |= IFF_UP;
	return ioctl(fd, SIOCSIFFLAGS, &request) == 0;
}

enum sj_err sj_session_network_up(int *fd)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
		.sin_port = htons(SJ_SESSION_PROXY_PORT),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int made =
		socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (made < 0)
		return SJ_ERR_SYSTEM;
	if (!bring_lo_up(made) ||
		bind(made, (struct sockaddr *)&address, sizeof(address)) != 0 ||
		listen(made, BACKLOG) != 0) {
		close(made);
		return SJ_ERR_SYSTEM;
	}
	*fd = made;
	return SJ_OK;
}
