/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/guard/guard_rig.h"

#include <arpa/inet.h>
#include <check.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "protocol/base/clock.h"
#include "protocol/base/log.h"

#define PATIENCE_MS 10000
#define MOMENT_MS 150
#define TURN_MS 5

struct rig rig;

static const char *const programs[] = {"shoji-host-gate", "shoji-viewer-gate",
	"shoji-guard-core", "shoji-guard-mark", "shoji-guard-codes",
	"shoji-ledger"};
static const char *const files[] = {"chain", "key", "authority", "crl", "port",
	"hand", "mute", "ledger", "keys.key", "keys.state", "password"};

#define FRAME(label)                                                           \
	"-----BEGIN " label "-----\nAAAA\n-----END " label "-----\n"
/* Of the first files: what is within is of no use to children that are none. */
static const char *const frames[] = {FRAME("CERTIFICATE"), FRAME("PRIVATE KEY"),
	FRAME("CERTIFICATE"), FRAME("X509 CRL")};

static void path_of(const char *name, char *path, size_t size)
{
	(void)snprintf(path, size, "%s/%s", rig.folder, name);
}

void rig_write(const char *name, const char *text)
{
	char path[256];
	FILE *file;

	path_of(name, path, sizeof(path));
	file = fopen(path, "we");
	ck_assert_ptr_nonnull(file);
	ck_assert_int_ge(fputs(text, file), 0);
	ck_assert_int_eq(fclose(file), 0);
}

static void open_hand(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	path_of("hand", address.sun_path, sizeof(address.sun_path));
	rig.hand_fd = socket(
		AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	ck_assert_int_eq(
		bind(rig.hand_fd, (struct sockaddr *)&address, sizeof(address)),
		0);
	ck_assert_int_eq(listen(rig.hand_fd, 16), 0);
}

/* A render host that takes connections, and its place in the configuration. */
static void open_host(void)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t size = sizeof(address);

	rig.host_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(
		bind(rig.host_fd, (struct sockaddr *)&address, size), 0);
	ck_assert_int_eq(listen(rig.host_fd, 16), 0);
	ck_assert_int_eq(
		getsockname(rig.host_fd, (struct sockaddr *)&address, &size),
		0);
	rig.config.host_count = 1;
	strcpy(rig.config.host[0].address, "127.0.0.1");
	rig.config.host[0].port = ntohs(address.sin_port);
}

static void fill_side(struct sj_guard_side *side)
{
	path_of("chain", side->chain, sizeof(side->chain));
	path_of("key", side->key, sizeof(side->key));
	path_of("authority", side->authority, sizeof(side->authority));
	path_of("crl", side->crl, sizeof(side->crl));
}

void rig_prepare(void)
{
	struct sj_guard_config *config = &rig.config;

	memset(&rig, 0, sizeof(rig));
	strcpy(rig.folder, "/tmp/shoji-guard-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(rig.folder));
	for (size_t i = 0; i < SJ_COUNT(programs); i++) {
		char path[256];

		path_of(programs[i], path, sizeof(path));
		ck_assert_int_eq(symlink(FAKE, path), 0);
	}
	for (size_t i = 0; i < SJ_COUNT(frames); i++)
		rig_write(files[i], frames[i]);
	open_hand();
	open_host();
	fill_side(&config->viewers);
	fill_side(&config->hosts);
	strcpy(config->address, "127.0.0.1");
	path_of("port", config->port_file, sizeof(config->port_file));
	strcpy(config->zone, "lgwan");
	(void)snprintf(
		config->libexec, sizeof(config->libexec), "%s", rig.folder);
	config->connections_max = 8;
	config->half_open_max = 4;
	config->uid_first = 61000;
	config->uid_count = 32;
	config->log_level = SJ_LOG_DEBUG;
	sj_log_open("shoji-guard", SJ_LOG_DEBUG);
}

enum sj_err rig_try_open(void)
{
	return sj_guard_open(
		&rig.guard, &rig.config, rig.message, sizeof(rig.message));
}

void rig_open(void)
{
	enum sj_err err = rig_try_open();

	ck_assert_msg(err == SJ_OK, "%s", rig.message);
}

void rig_close(void)
{
	char path[256];

	sj_guard_close(&rig.guard);
	close(rig.host_fd);
	close(rig.hand_fd);
	for (size_t i = 0; i < SJ_COUNT(programs); i++) {
		path_of(programs[i], path, sizeof(path));
		(void)unlink(path);
	}
	for (size_t i = 0; i < SJ_COUNT(files); i++) {
		path_of(files[i], path, sizeof(path));
		(void)unlink(path);
	}
	ck_assert_int_eq(rmdir(rig.folder), 0);
}

void rig_turn(void)
{
	ck_assert_int_eq(sj_loop_turn(rig.guard.loop, TURN_MS), SJ_OK);
}

int rig_call(void)
{
	return rig_call_from(1);
}

int rig_call_from(uint8_t last)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
		.sin_addr = {htonl((INADDR_LOOPBACK & ~0xffu) | last)}};
	socklen_t size = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, size), 0);
	ck_assert_int_eq(getsockname(rig.guard.listener.fd,
				 (struct sockaddr *)&address, &size),
		0);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&address, size), 0);
	rig_turn();
	return fd;
}

/* Those that have come and were not expected yet. */
static struct {
	struct rig_hello hello;
	struct rig_child child;
} waiting[16];
static size_t waiting_count;

static void take(void)
{
	struct sj_ipc_fds fds = {.count = 0};
	struct rig_hello *hello = &waiting[waiting_count].hello;
	struct rig_child *child = &waiting[waiting_count].child;

	child->life_fd = accept4(rig.hand_fd, NULL, NULL, SOCK_CLOEXEC);
	if (child->life_fd < 0)
		return;
	ck_assert_int_eq(
		sj_ipc_receive(child->life_fd, hello, sizeof(*hello), &fds),
		SJ_OK);
	ck_assert_uint_eq(fds.count, 1);
	child->control_fd = fds.fd[0];
	child->pid = hello->pid;
	ck_assert_uint_lt(++waiting_count, SJ_COUNT(waiting));
}

/* They start side by side, so that the order says nothing. */
struct rig_child rig_expect(const char *name)
{
	uint64_t deadline_ms = sj_clock_ms() + PATIENCE_MS;
	struct rig_child child;
	size_t at = 0;

	for (;;) {
		take();
		for (at = 0; at < waiting_count; at++)
			if (strcmp(waiting[at].hello.name, name) == 0)
				break;
		if (at < waiting_count)
			break;
		ck_assert_msg(sj_clock_ms() < deadline_ms, "no %s", name);
		rig_turn();
	}
	child = waiting[at].child;
	waiting[at] = waiting[--waiting_count];
	return child;
}

bool rig_is_started(void)
{
	uint64_t deadline_ms = sj_clock_ms() + MOMENT_MS;
	struct pollfd entry = {rig.hand_fd, POLLIN, 0};

	while (sj_clock_ms() < deadline_ms)
		rig_turn();
	return waiting_count > 0 || poll(&entry, 1, 0) == 1;
}

bool rig_hear(const struct rig_child *child, void *message, size_t size,
	struct sj_ipc_fds *fds)
{
	uint64_t deadline_ms = sj_clock_ms() + PATIENCE_MS;
	struct pollfd entry = {child->control_fd, POLLIN, 0};
	struct sj_ipc_fds mine = {.count = 0};
	enum sj_err err;

	while (poll(&entry, 1, 0) == 0) {
		ck_assert_msg(sj_clock_ms() < deadline_ms, "nothing is said");
		rig_turn();
	}
	err = sj_ipc_receive(
		child->control_fd, message, size, fds ? fds : &mine);
	sj_ipc_close(&mine);
	return err == SJ_OK;
}

void rig_say(const struct rig_child *child, const void *message, size_t size)
{
	ck_assert_int_eq(
		sj_ipc_send(child->control_fd, message, size, NULL), SJ_OK);
	rig_turn();
}

void rig_drop(struct rig_child *child)
{
	close(child->control_fd);
	close(child->life_fd);
	child->control_fd = child->life_fd = -1;
	rig_turn();
}

void rig_await_links(size_t count)
{
	uint64_t deadline_ms = sj_clock_ms() + PATIENCE_MS;

	while (rig.guard.link_count != count) {
		ck_assert_msg(sj_clock_ms() < deadline_ms,
			"%zu connections are left", rig.guard.link_count);
		rig_turn();
	}
}
