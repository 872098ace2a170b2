/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * shojid: supervisor of a rendering host.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/cgroup.h"
#include "host/control_socket.h"
#include "host/host_config.h"
#include "host/password.h"
#include "host/password_store.h"
#include "host/supervisor.h"
#include "host/watcher.h"
#include "protocol/base/attr.h"
#include "protocol/base/err.h"
#include "protocol/base/log.h"
#include "protocol/base/plain_file.h"
#include "protocol/base/secret.h"
#include "protocol/supervise/port_file.h"

#define DEFAULT_CONFIG "/etc/shoji/shojid.ini"

static const char usage[] =
	"usage: shojid [--config FILE] [--check-config]\n"
	"       shojid --print-config\n"
	"       shojid --passwd FILE USER\n"
	"       shojid --version | --help\n"
	"\n"
	"  --config FILE        read FILE; default " DEFAULT_CONFIG "\n"
	"  --check-config       say what is wrong with it and with the files it\n"
	"                       names, start nothing; status 0 good, 1 wrong\n"
	"  --print-config       print every key, its default and meaning\n"
	"  --passwd FILE USER   read a password from standard input and store\n"
	"                       its hash for USER in FILE\n";

static int make_password(const char *path, const char *user)
{
	char password[SJ_LIMIT_PASSWORD_BYTES + 2];
	char line[SJ_PASSWORD_LINE_BYTES];
	const char *fault = sj_plain_file_fault(path);
	enum sj_err err;

	if (fault) {
		(void)fprintf(stderr, "shojid: %s: %s\n", path, fault);
		return SJ_EXIT_LOCAL;
	}
	/* A buffer of the library would keep the password. */
	(void)setvbuf(stdin, NULL, _IONBF, 0);
	if (!fgets(password, sizeof(password), stdin)) {
		(void)fprintf(stderr, "shojid: no password was given\n");
		return SJ_EXIT_USAGE;
	}
	password[strcspn(password, "\r\n")] = '\0';
	err = sj_password_line(user, password, line, sizeof(line));
	explicit_bzero(password, sizeof(password));
	if (err == SJ_ERR_ARGUMENT) {
		(void)fprintf(stderr,
			"shojid: a user is 1 to 32 of a-z 0-9 . _ -, a "
			"password 1 to 128 bytes\n");
		return SJ_EXIT_USAGE;
	}
	if (err == SJ_OK)
		err = sj_password_store(path, line);
	explicit_bzero(line, sizeof(line));
	if (err != SJ_OK) {
		(void)fprintf(stderr, "shojid: %s: %s (%s)\n", path,
			sj_err_text(err), strerror(errno));
		return SJ_EXIT_LOCAL;
	}
	return SJ_EXIT_ENDED;
}

/* Our memory holds the host's key while it is handed to gates. */
static void protect_self(void)
{
	if (!sj_secret_hide_memory())
		sj_log(SJ_LOG_WARNING, "self dumpable=yes");
}

/* What a killed shojid leaves: files and empty groups. */
static void clean_up(void *self, pid_t pid)
{
	const struct sj_host_config *config = self;
	struct sj_cgroup cgroup;

	(void)pid;
	if (geteuid() == 0 && sj_cgroup_open(&cgroup) != SJ_OK)
		sj_log(SJ_LOG_DEBUG, "cgroup none=yes");
	sj_control_socket_remove(config);
	sj_port_file_remove_left(config->port_file);
}

static int serve(const char *path, struct sj_host_config *config)
{
	static struct sj_supervisor supervisor;
	char message[1024];
	enum sj_err err;
	bool is_sound;

	sj_log_open("shojid", (enum sj_log_level)config->log_level);
	protect_self();
	if (!sj_watcher_start(clean_up, config))
		return SJ_EXIT_LOCAL;
	protect_self();
	err = sj_supervisor_open(&supervisor, config, message, sizeof(message));
	if (err != SJ_OK) {
		/* A check tells the place and what to do, where it finds it. */
		if (!message[0])
			(void)snprintf(message, sizeof(message), "%s",
				sj_err_text(err));
		is_sound = sj_host_config_check(
			path, config, message, sizeof(message));
		(void)fprintf(stderr, "shojid: %s\n", message);
		sj_supervisor_close(&supervisor);
		return is_sound ? SJ_EXIT_LOCAL : SJ_EXIT_USAGE;
	}
	err = sj_supervisor_run(&supervisor);
	sj_supervisor_close(&supervisor);
	sj_log(SJ_LOG_INFO, "stopped");
	return err == SJ_OK ? SJ_EXIT_ENDED : SJ_EXIT_LOCAL;
}

static int run(const char *path, bool is_check)
{
	static struct sj_host_config config;
	char message[1024];

	if (sj_host_config_read(path, &config, message, sizeof(message)) !=
		SJ_OK) {
		(void)fprintf(stderr, "shojid: %s\n", message);
		return SJ_EXIT_USAGE;
	}
	if (is_check) {
		/* The key is looked at. */
		protect_self();
		if (!sj_host_config_check(
			    path, &config, message, sizeof(message))) {
			(void)fprintf(stderr, "shojid: %s\n", message);
			return SJ_EXIT_USAGE;
		}
		(void)printf("%s: good\n", path);
		return SJ_EXIT_ENDED;
	}
	return serve(path, &config);
}

int main(int argc, char **argv)
{
	enum { CONFIG = 1, CHECK, PRINT, PASSWD, VERSION, HELP };
	static const struct option options[] = {
		{"config", required_argument, NULL, CONFIG},
		{"check-config", no_argument, NULL, CHECK},
		{"print-config", no_argument, NULL, PRINT},
		{"passwd", required_argument, NULL, PASSWD},
		{"version", no_argument, NULL, VERSION},
		{"help", no_argument, NULL, HELP}, {NULL, 0, NULL, 0}};
	const char *path = DEFAULT_CONFIG;
	const char *passwords = NULL;
	bool is_check = false;
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case CONFIG:
			path = optarg;
			break;
		case CHECK:
			is_check = true;
			break;
		case PRINT:
			sj_host_config_print();
			return SJ_EXIT_ENDED;
		case PASSWD:
			passwords = optarg;
			break;
		case VERSION:
			(void)printf("shojid " SJ_VERSION "\n");
			return SJ_EXIT_ENDED;
		case HELP:
			(void)fputs(usage, stdout);
			return SJ_EXIT_ENDED;
		default:
			(void)fputs(usage, stderr);
			return SJ_EXIT_USAGE;
		}
	}
	if (passwords && optind + 1 == argc)
		return make_password(passwords, argv[optind]);
	if (passwords || optind != argc) {
		(void)fputs(usage, stderr);
		return SJ_EXIT_USAGE;
	}
	return run(path, is_check);
}
