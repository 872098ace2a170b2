/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * shoji-guard: supervisor of a guard between render hosts and viewers.
 */
#include <getopt.h>
#include <stdio.h>

#include "guard/guard.h"
#include "guard/guard_config.h"
#include "protocol/base/err.h"
#include "protocol/base/log.h"
#include "protocol/base/secret.h"

#define DEFAULT_CONFIG "/etc/shoji/guard.ini"

static const char usage[] =
	"usage: shoji-guard [--config FILE] [--check-config]\n"
	"       shoji-guard --print-config\n"
	"       shoji-guard --version | --help\n"
	"\n"
	"  --config FILE        read FILE; default " DEFAULT_CONFIG "\n"
	"  --check-config       say what is wrong with it and with the files it\n"
	"                       names, start nothing; status 0 good, 1 wrong\n"
	"  --print-config       print every key, its default and meaning\n";

/* Our memory holds the keys of both sides while they are handed to gates. */
static void protect_self(void)
{
	if (!sj_secret_hide_memory())
		sj_log(SJ_LOG_WARNING, "self dumpable=yes");
}

static int serve(const char *path, const struct sj_guard_config *config)
{
	static struct sj_guard guard;
	char message[1024];
	enum sj_err err;
	bool is_sound;

	sj_log_open("shoji-guard", (enum sj_log_level)config->log_level);
	protect_self();
	err = sj_guard_open(&guard, config, message, sizeof(message));
	if (err != SJ_OK) {
		/* A check tells the place and what to do, where it finds it. */
		if (!message[0])
			(void)snprintf(message, sizeof(message), "%s",
				sj_err_text(err));
		is_sound = sj_guard_config_check(
			path, config, message, sizeof(message));
		(void)fprintf(stderr, "shoji-guard: %s\n", message);
		sj_guard_close(&guard);
		return is_sound ? SJ_EXIT_LOCAL : SJ_EXIT_USAGE;
	}
	err = sj_guard_run(&guard);
	sj_guard_close(&guard);
	sj_log(SJ_LOG_INFO, "stopped");
	return err == SJ_OK ? SJ_EXIT_ENDED : SJ_EXIT_LOCAL;
}

static int run(const char *path, bool is_check)
{
	static struct sj_guard_config config;
	char message[1024];

	if (sj_guard_config_read(path, &config, message, sizeof(message)) !=
		SJ_OK) {
		(void)fprintf(stderr, "shoji-guard: %s\n", message);
		return SJ_EXIT_USAGE;
	}
	if (is_check) {
		/* The keys are looked at. */
		protect_self();
		if (!sj_guard_config_check(
			    path, &config, message, sizeof(message))) {
			(void)fprintf(stderr, "shoji-guard: %s\n", message);
			return SJ_EXIT_USAGE;
		}
		(void)printf("%s: good\n", path);
		return SJ_EXIT_ENDED;
	}
	return serve(path, &config);
}

int main(int argc, char **argv)
{
	enum { CONFIG = 1, CHECK, PRINT, VERSION, HELP };
	static const struct option options[] = {
		{"config", required_argument, NULL, CONFIG},
		{"check-config", no_argument, NULL, CHECK},
		{"print-config", no_argument, NULL, PRINT},
		{"version", no_argument, NULL, VERSION},
		{"help", no_argument, NULL, HELP}, {NULL, 0, NULL, 0}};
	const char *path = DEFAULT_CONFIG;
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
			sj_guard_config_print();
			return SJ_EXIT_ENDED;
		case VERSION:
			(void)printf("shoji-guard " SJ_VERSION "\n");
			return SJ_EXIT_ENDED;
		case HELP:
			(void)fputs(usage, stdout);
			return SJ_EXIT_ENDED;
		default:
			(void)fputs(usage, stderr);
			return SJ_EXIT_USAGE;
		}
	}
	if (optind != argc) {
		(void)fputs(usage, stderr);
		return SJ_EXIT_USAGE;
	}
	return run(path, is_check);
}
