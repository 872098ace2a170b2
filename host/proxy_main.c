/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * shoji-proxy: the upstream proxy of the demo and the tests.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/proxy.h"
#include "protocol/base/log.h"

static const char usage[] =
	"usage: shoji-proxy [--listen ADDRESS:PORT] [--port-file FILE]\n"
	"                   [--route HOST[:PORT]=ADDRESS:PORT]...\n"
	"Serves the start page at http://" SJ_PROXY_START_NAME "/ and reaches "
	"the routes,\nnothing else. For the demo and tests. Port 0 lets the "
	"kernel choose;\nthe port is then written to the port file.\n";

struct options {
	struct sj_proxy_settings settings;
	struct sj_proxy_route listen; /* its address is where to listen */
	const char *port_file;
};

static bool add_route(struct options *options, const char *text)
{
	struct sj_proxy_settings *settings = &options->settings;

	if (settings->route_count == SJ_PROXY_ROUTES ||
		sj_proxy_parse_route(text,
			&settings->routes[settings->route_count]) != SJ_OK) {
		fprintf(stderr,
			"shoji-proxy: --route %s: write "
			"HOST[:PORT]=ADDRESS:PORT, at most %d times\n",
			text, SJ_PROXY_ROUTES);
		return false;
	}
	settings->route_count++;
	return true;
}

/* ADDRESS:PORT, PORT may be 0. */
static bool set_listen(struct options *options, const char *text)
{
	struct sockaddr_in *address = &options->listen.address;
	char copy[64];
	char *colon, *end = NULL;
	unsigned long port = 0;

	snprintf(copy, sizeof(copy), "%s", text);
	colon = strrchr(copy, ':');
	if (colon) {
		*colon = 0;
		port = strtoul(colon + 1, &end, 10);
	}
	address->sin_family = AF_INET;
	address->sin_port = htons((uint16_t)port);
	if (colon && end != colon + 1 && *end == 0 && port <= 65535 &&
		inet_pton(AF_INET, copy, &address->sin_addr) == 1)
		return true;
	fprintf(stderr,
		"shoji-proxy: --listen %s: write ADDRESS:PORT, for example "
		"127.0.0.1:3129\n",
		text);
	return false;
}

static bool parse_options(int argc, char **argv, struct options *options)
{
	static const struct option table[] = {
		{"listen", required_argument, NULL, 'l'},
		{"port-file", required_argument, NULL, 'f'},
		{"route", required_argument, NULL, 'r'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	bool is_good = set_listen(options, "127.0.0.1:3129");
	int option;

	while (is_good &&
		(option = getopt_long(argc, argv, "", table, NULL)) != -1) {
		if (option == 'l') {
			is_good = set_listen(options, optarg);
		} else if (option == 'r') {
			is_good = add_route(options, optarg);
		} else if (option == 'f') {
			options->port_file = optarg;
		} else {
			fputs(usage, option == 'h' ? stdout : stderr);
			if (option == 'h')
				exit(SJ_EXIT_ENDED);
			is_good = false;
		}
	}
	return is_good && optind == argc;
}

/* Written beside and renamed, so that a reader never sees half of it. */
static bool write_port(const char *path, unsigned port)
{
	char beside[4096];
	FILE *file;
	bool is_good;

	snprintf(beside, sizeof(beside), "%s.new", path);
	file = fopen(beside, "we");
	if (!file)
		return false;
	is_good = fprintf(file, "%u\n", port) > 0;
	is_good = fclose(file) == 0 && is_good;
	return is_good && rename(beside, path) == 0;
}

static bool open_listener(struct options *options)
{
	struct sockaddr_in *address = &options->listen.address;
	socklen_t size = sizeof(*address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int on = 1;

	options->settings.listen_fd = fd;
	return fd >= 0 &&
	       setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 &&
	       bind(fd, (struct sockaddr *)address, size) == 0 &&
	       listen(fd, SOMAXCONN) == 0 &&
	       getsockname(fd, (struct sockaddr *)address, &size) == 0;
}

int main(int argc, char **argv)
{
	static struct options options;

	sj_log_open("proxy", SJ_LOG_INFO);
	if (!parse_options(argc, argv, &options))
		return SJ_EXIT_USAGE;
	if (!open_listener(&options)) {
		fprintf(stderr, "shoji-proxy: --listen: cannot listen: %s\n",
			strerror(errno));
		return SJ_EXIT_LOCAL;
	}
	if (options.port_file &&
		!write_port(options.port_file,
			ntohs(options.listen.address.sin_port))) {
		fprintf(stderr, "shoji-proxy: %s: %s\n", options.port_file,
			strerror(errno));
		return SJ_EXIT_LOCAL;
	}
	if (sj_proxy_run(&options.settings) != SJ_OK)
		fprintf(stderr, "shoji-proxy: %s\n", strerror(errno));
	return SJ_EXIT_LOCAL;
}
