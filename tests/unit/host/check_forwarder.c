/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/forwarder.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/suite.h"

#define WAIT_MS 5000
#define QUIET_MS 200 /* what is not there after this is taken as not coming */

static const uint16_t ports[] = {80, 443, 0};

/* A forwarder in a process of its own, between a browser and a proxy: us. */
struct rig {
	pid_t forwarder;
	int control_fd, proxy_listen_fd;
	int browser_fd, proxy_fd;
	struct sockaddr_in front;
};

static int listen_somewhere(struct sockaddr_in *address, int flags)
{
	socklen_t size = sizeof(*address);
	int fd = socket(AF_INET, SOCK_STREAM | flags, 0);

	*address = (struct sockaddr_in){.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)address, size), 0);
	ck_assert_int_eq(listen(fd, 8), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)address, &size), 0);
	return fd;
}

static void begin(struct rig *rig, bool has_upstream)
{
	struct sj_forwarder_settings settings = {.ports = ports};
	struct sockaddr_in upstream;
	int control[2];

	settings.listen_fd = listen_somewhere(&rig->front, SOCK_NONBLOCK);
	rig->proxy_listen_fd = listen_somewhere(&upstream, 0);
	if (has_upstream) {
		memcpy(&settings.upstream, &upstream, sizeof(upstream));
		settings.upstream_size = sizeof(upstream);
	}
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, control), 0);
	rig->forwarder = fork();
	ck_assert_int_ge(rig->forwarder, 0);
	if (rig->forwarder == 0) {
		close(control[0]);
		settings.control_fd = control[1];
		_exit(sj_forwarder_run(&settings) == SJ_OK ? 0 : 1);
	}
	close(control[1]);
	close(settings.listen_fd);
	rig->control_fd = control[0];
	rig->proxy_fd = -1;
	rig->browser_fd = socket(AF_INET, SOCK_STREAM, 0);
	ck_assert_int_eq(
		connect(rig->browser_fd, (struct sockaddr *)&rig->front,
			sizeof(rig->front)),
		0);
}

static void end(struct rig *rig)
{
	int status = -1;

	close(rig->control_fd);
	ck_assert_int_eq(waitpid(rig->forwarder, &status, 0), rig->forwarder);
	ck_assert_int_eq(status, 0);
	close(rig->browser_fd);
	close(rig->proxy_listen_fd);
	if (rig->proxy_fd >= 0)
		close(rig->proxy_fd);
}

static bool is_readable(int fd, int wait_ms)
{
	struct pollfd poll_fd = {.fd = fd, .events = POLLIN};

	return poll(&poll_fd, 1, wait_ms) == 1;
}

static void say(int fd, const char *text)
{
	ck_assert_int_eq(send(fd, text, strlen(text), MSG_NOSIGNAL),
		(ssize_t)strlen(text));
}

/* What comes until it ends with end, or until the end. */
static const char *hear(int fd, const char *end_text)
{
	static char text[32768];
	size_t used = 0, end_size = strlen(end_text);
	ssize_t n;

	for (;;) {
		ck_assert_msg(is_readable(fd, WAIT_MS), "nothing comes");
		n = recv(fd, text + used, sizeof(text) - 1 - used, 0);
		if (n <= 0)
			break;
		used += (size_t)n;
		if (end_size > 0 && used >= end_size &&
			memcmp(text + used - end_size, end_text, end_size) == 0)
			break;
	}
	text[used] = '\0';
	return text;
}

static void accept_proxy(struct rig *rig)
{
	ck_assert(is_readable(rig->proxy_listen_fd, WAIT_MS));
	rig->proxy_fd = accept(rig->proxy_listen_fd, NULL, NULL);
	ck_assert_int_ge(rig->proxy_fd, 0);
}

START_TEST(a_request_reaches_the_proxy_and_its_answer_the_browser)
{
	struct rig rig;

	begin(&rig, true);
	say(rig.browser_fd, "GET http://start.test/a HTTP/1.1\r\n"
			    "Host: start.test\r\nProxy-Connection: "
			    "keep-alive\r\nAccept: x\r\n\r\n");
	accept_proxy(&rig);
	ck_assert_str_eq(hear(rig.proxy_fd, "\r\n\r\n"),
		"GET http://start.test/a HTTP/1.1\r\nHost: start.test\r\n"
		"Accept: x\r\nConnection: close\r\n\r\n");
	say(rig.proxy_fd, "HTTP/1.1 200 OK\r\n\r\nhello");
	close(rig.proxy_fd);
	rig.proxy_fd = -1;
	ck_assert_str_eq(
		hear(rig.browser_fd, ""), "HTTP/1.1 200 OK\r\n\r\nhello");
	end(&rig);
}
END_TEST

START_TEST(nothing_follows_the_body_of_a_request)
{
	struct rig rig;

	begin(&rig, true);
	say(rig.browser_fd, "POST http://start.test/ HTTP/1.1\r\n"
			    "Host: start.test\r\nContent-Length: 4\r\n\r\n"
			    "bodyGET http://10.0.0.1/ HTTP/1.1\r\n\r\n");
	accept_proxy(&rig);
	ck_assert_ptr_nonnull(strstr(hear(rig.proxy_fd, "body"), "POST"));
	say(rig.browser_fd, "GET http://10.0.0.1/ HTTP/1.1\r\n\r\n");
	ck_assert(!is_readable(rig.proxy_fd, QUIET_MS));
	end(&rig);
}
END_TEST

START_TEST(an_agreed_tunnel_carries_both_directions)
{
	struct rig rig;

	begin(&rig, true);
	say(rig.browser_fd, "CONNECT example.com:443 HTTP/1.1\r\n"
			    "Host: example.com:443\r\n\r\n");
	accept_proxy(&rig);
	ck_assert_ptr_nonnull(strstr(hear(rig.proxy_fd, "\r\n\r\n"),
		"CONNECT example.com:443 HTTP/1.1\r\n"));
	say(rig.proxy_fd, "HTTP/1.1 2");
	say(rig.proxy_fd, "00 Connection established\r\n\r\n");
	ck_assert_ptr_nonnull(
		strstr(hear(rig.browser_fd, "\r\n\r\n"), " 200 "));
	say(rig.browser_fd, "up!");
	ck_assert_str_eq(hear(rig.proxy_fd, "up!"), "up!");
	say(rig.proxy_fd, "down!");
	ck_assert_str_eq(hear(rig.browser_fd, "down!"), "down!");
	end(&rig);
}
END_TEST

START_TEST(a_refused_tunnel_takes_nothing_more)
{
	struct rig rig;

	begin(&rig, true);
	say(rig.browser_fd, "CONNECT example.com:443 HTTP/1.1\r\n\r\n");
	accept_proxy(&rig);
	(void)hear(rig.proxy_fd, "\r\n\r\n");
	/* Before the answer and after it. */
	say(rig.browser_fd, "GET http://10.0.0.1/ HTTP/1.1\r\n\r\n");
	ck_assert(!is_readable(rig.proxy_fd, QUIET_MS));
	say(rig.proxy_fd, "HTTP/1.1 403 no\r\nContent-Length: 0\r\n\r\n");
	ck_assert_ptr_nonnull(
		strstr(hear(rig.browser_fd, "\r\n\r\n"), " 403 "));
	ck_assert(!is_readable(rig.proxy_fd, QUIET_MS));
	end(&rig);
}
END_TEST

START_TEST(speech_before_a_tunnel_is_refused)
{
	struct rig rig;

	begin(&rig, true);
	say(rig.browser_fd, "CONNECT example.com:443 HTTP/1.1\r\n\r\nearly");
	ck_assert_ptr_nonnull(strstr(hear(rig.browser_fd, ""), "HTTP/1.1 4"));
	ck_assert(!is_readable(rig.proxy_listen_fd, 0));
	end(&rig);
}
END_TEST

static const char *const private_places[] = {
	"GET http://127.0.0.1/ HTTP/1.1\r\n\r\n",
	"GET http://localhost/ HTTP/1.1\r\n\r\n",
	"GET http://10.1.2.3/ HTTP/1.1\r\n\r\n",
	"GET http://192.168.0.1/ HTTP/1.1\r\n\r\n",
	"GET http://169.254.169.254/ HTTP/1.1\r\n\r\n",
	"GET http://2130706433/ HTTP/1.1\r\n\r\n",
	"GET http://0x7f.1/ HTTP/1.1\r\n\r\n",
	"GET http://[::1]/ HTTP/1.1\r\n\r\n",
	"GET http://[::ffff:10.0.0.1]/ HTTP/1.1\r\n\r\n",
	"GET http://[fe80::1]/ HTTP/1.1\r\n\r\n",
	"CONNECT 172.16.0.1:443 HTTP/1.1\r\n\r\n",
	"CONNECT example.com:22 HTTP/1.1\r\n\r\n",
	"GET http://a.localhost/ HTTP/1.1\r\n\r\n",
	"GET http://localhost./ HTTP/1.1\r\n\r\n",
	"GET http://example.com:25/ HTTP/1.1\r\n\r\n",
};

START_TEST(private_places_are_refused_without_asking_the_proxy)
{
	struct rig rig;

	begin(&rig, true);
	say(rig.browser_fd, private_places[_i]);
	ck_assert_ptr_nonnull(
		strstr(hear(rig.browser_fd, ""), "HTTP/1.1 403 "));
	ck_assert(!is_readable(rig.proxy_listen_fd, 0));
	end(&rig);
}
END_TEST

START_TEST(without_an_upstream_everything_is_refused)
{
	struct rig rig;

	begin(&rig, false);
	say(rig.browser_fd, "GET http://start.test/ HTTP/1.1\r\n\r\n");
	ck_assert_ptr_nonnull(
		strstr(hear(rig.browser_fd, ""), "HTTP/1.1 502 "));
	end(&rig);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_request_reaches_the_proxy_and_its_answer_the_browser,
		nothing_follows_the_body_of_a_request,
		an_agreed_tunnel_carries_both_directions,
		a_refused_tunnel_takes_nothing_more,
		speech_before_a_tunnel_is_refused,
		without_an_upstream_everything_is_refused};
	const struct sj_suite_loop loops[] = {
		{private_places_are_refused_without_asking_the_proxy,
			SJ_COUNT(private_places)}};

	return sj_suite_run_loops("host_forwarder", tests, SJ_COUNT(tests),
		loops, SJ_COUNT(loops));
}
