/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * shoji-viewer: shows a screen of the Internet zone on this terminal.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "protocol/base/err.h"
#include "protocol/base/log.h"
#include "protocol/base/secret.h"
#include "viewer/files.h"
#include "viewer/launcher.h"
#include "viewer/messages.h"
#include "viewer/options.h"
#include "viewer/version_floor.h"
#include "viewer/viewer_ipc.h"

#define HEADLESS_FDS 64 /* of the launcher and each process below it */

#ifndef SJ_VERSION
#define SJ_VERSION "unknown"
#endif

static int check_library(void)
{
	char installed[128];

	switch (sj_version_floor_check(installed, sizeof(installed))) {
	case SJ_VERSION_FLOOR_MET:
		return SJ_EXIT_ENDED;
	case SJ_VERSION_FLOOR_UNKNOWN:
		sj_log(SJ_LOG_INFO, "library-version-unknown package=%s",
			SJ_VERSION_FLOOR_PACKAGE);
		return SJ_EXIT_ENDED;
	case SJ_VERSION_FLOOR_OLD:
		break;
	}
	fprintf(stderr, "shoji-viewer: %s %s is too old: at least %s\n",
		SJ_VERSION_FLOOR_PACKAGE, installed, SJ_VERSION_FLOOR);
	return SJ_EXIT_LOCAL;
}

/* What --check-config says beyond the syntax. */
static int check_files(const struct sj_viewer_options *options)
{
	char message[1100];

	if (!sj_files_check(options, message, sizeof(message))) {
		fprintf(stderr, "shoji-viewer: %s\n", message);
		return SJ_EXIT_USAGE;
	}
	puts("shoji-viewer: the configuration is good");
	return SJ_EXIT_ENDED;
}

/* What a shell has lowered nobody below it may raise. */
static bool has_descriptors(bool is_headless)
{
	const rlim_t least = is_headless ? HEADLESS_FDS : SJ_VIEWER_WINDOW_FDS;
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_max < least)
		return false;
	if (files.rlim_cur >= least)
		return true;
	files.rlim_cur = least;
	return setrlimit(RLIMIT_NOFILE, &files) == 0;
}

/* Made if it is not there, as the process that fills it would; false with
 * errno. A pipe is left to that process: its reader sees one writer only. */
static bool can_be_written(const char *path)
{
	struct stat info;
	int fd;

	if (stat(path, &info) == 0 && S_ISFIFO(info.st_mode))
		return true;
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0666);
	return fd >= 0 && close(fd) == 0;
}

/* What would fail later, with more words around it. */
static bool is_possible(const struct sj_viewer_options *options)
{
	struct sj_viewer_failure failure = {.what = SJ_VIEWER_FAILED_NOTHING};
	char line[1024];

	if (!has_descriptors(options->is_headless)) {
		failure.what = SJ_VIEWER_FAILED_FDS;
	} else if (options->screenshot[0] &&
		   !can_be_written(options->screenshot)) {
		failure.what = SJ_VIEWER_FAILED_SCREENSHOT;
		failure.number = errno;
	}
	if (failure.what == SJ_VIEWER_FAILED_NOTHING)
		return true;
	fprintf(stderr, "shoji-viewer: %s\n",
		sj_messages_failure(line, sizeof(line), &failure, options,
			sj_options_is_japanese(options)));
	return false;
}

/* Our memory holds the key and its passphrase while they are handed over. */
static void protect_self(void)
{
	if (!sj_secret_hide_memory())
		sj_log(SJ_LOG_WARNING, "self dumpable=yes");
}

int main(int argc, char **argv)
{
	static struct sj_viewer_options options;
	char message[512];
	int status;

	if (sj_options_read(&options, argc, argv, message, sizeof(message)) !=
		SJ_OK) {
		fprintf(stderr, "shoji-viewer: %s\n", message);
		return SJ_EXIT_USAGE;
	}
	if (options.is_help) {
		sj_options_print_help(stdout);
		return SJ_EXIT_ENDED;
	}
	if (options.is_print_config) {
		sj_options_print_config();
		return SJ_EXIT_ENDED;
	}
	if (options.is_version) {
		puts("shoji-viewer " SJ_VERSION);
		return SJ_EXIT_ENDED;
	}
	sj_log_open("viewer", (enum sj_log_level)options.log_level);
	protect_self();
	if (options.is_check_only)
		return check_files(&options);
	status = check_library();
	if (status != SJ_EXIT_ENDED)
		return status;
	if (!is_possible(&options))
		return SJ_EXIT_LOCAL;
	return sj_launcher_run(&options);
}
