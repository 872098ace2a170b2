/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/base/confine.h"

#include <cap-ng.h>
#include <dirent.h>
#include <errno.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "protocol/base/clock.h"
#include "protocol/base/confine_filter.h"
#include "protocol/base/confine_landlock.h"
#include "protocol/base/log.h"

#define KEEP_MAX 64

#ifdef SJ_SANITIZED
/*
 * The leak check at exit starts a thread that stops this one: calls that the
 * filter kills. A confined process goes without; others keep it.
 */
static int is_confined;

__attribute__((visibility("default"))) int __lsan_is_turned_off(void);

int __lsan_is_turned_off(void)
{
	return is_confined;
}
#endif
#define THREADS_MS 5000

/* Names the layer that failed; returns err for the caller to pass on. */
static enum sj_err refuse(
	char *why, size_t size, const char *layer, enum sj_err err)
{
	(void)snprintf(why, size, "%s: %s", layer, strerror(errno));
	return err;
}

static int close_between(int first, int last)
{
	if (first > last)
		return 0;
	return (int)syscall(
		SYS_close_range, (unsigned)first, (unsigned)last, 0u);
}

/* Sorts a few descriptors in place. */
static void sort_fds(int *fds, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		for (size_t j = i; j > 0 && fds[j - 1] > fds[j]; j--) {
			int fd = fds[j];

			fds[j] = fds[j - 1];
			fds[j - 1] = fd;
		}
	}
}

/* Closes all but 0, 1, 2 and the kept; gives the highest that is open. */
static bool close_others(const struct sj_confine *spec, int *highest)
{
	int kept[KEEP_MAX];
	int last = STDERR_FILENO;

	for (size_t i = 0; i < spec->keep_count; i++)
		kept[i] = spec->keep_fds[i];
	sort_fds(kept, spec->keep_count);
	for (size_t i = 0; i < spec->keep_count; i++) {
		if (kept[i] <= last)
			continue;
		if (close_between(last + 1, kept[i] - 1) != 0)
			return false;
		last = kept[i];
	}
	*highest = last;
	return syscall(SYS_close_range, (unsigned)last + 1, ~0u, 0u) == 0;
}

static bool drop_bounding_set(void)
{
	if (capng_get_caps_process() != 0)
		return false;
	/* Without CAP_SETPCAP nothing can be added by it: no_new_privs. */
	if (!capng_have_capability(CAPNG_EFFECTIVE, CAP_SETPCAP))
		return true;
	capng_clear(CAPNG_SELECT_BOUNDS);
	return capng_apply(CAPNG_SELECT_BOUNDS) == 0;
}

static bool drop_groups(const struct sj_confine *spec)
{
	if (getgroups(0, NULL) == 0)
		return true;
	if (setgroups(0, NULL) == 0)
		return true;
	/* Keeping our ids, we may be somebody who cannot drop groups. */
	return spec->gid == (gid_t)-1 && errno == EPERM;
}

static bool drop_ids(const struct sj_confine *spec)
{
	uid_t uid[3];
	gid_t gid[3];

	if (!drop_groups(spec))
		return false;
	if (spec->gid != (gid_t)-1 &&
		(setresgid(spec->gid, spec->gid, spec->gid) != 0 ||
			getresgid(&gid[0], &gid[1], &gid[2]) != 0 ||
			gid[0] != spec->gid || gid[1] != spec->gid ||
			gid[2] != spec->gid))
		return false;
	return spec->uid == (uid_t)-1 ||
	       (setresuid(spec->uid, spec->uid, spec->uid) == 0 &&
		       getresuid(&uid[0], &uid[1], &uid[2]) == 0 &&
		       uid[0] == spec->uid && uid[1] == spec->uid &&
		       uid[2] == spec->uid);
}

static bool drop_capabilities(void)
{
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0)
		return false;
	capng_clear(CAPNG_SELECT_CAPS);
	if (capng_apply(CAPNG_SELECT_CAPS) != 0 ||
		capng_get_caps_process() != 0)
		return false;
	return capng_have_capabilities(CAPNG_SELECT_CAPS) == CAPNG_NONE;
}

static bool set_process_flags(void)
{
	const struct rlimit none = {0, 0};
	struct sigaction ignore = {.sa_handler = SIG_IGN};

	return sigaction(SIGPIPE, &ignore, NULL) == 0 &&
	       prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	       setrlimit(RLIMIT_CORE, &none) == 0 &&
	       prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0;
}

static bool set_limits(const struct sj_confine *spec, int highest)
{
	rlim_t fds = spec->fd_max ? spec->fd_max : (rlim_t)highest + 1;
	const struct rlimit files = {fds, fds};

	if (setrlimit(RLIMIT_NOFILE, &files) != 0)
		return false;
#ifndef SJ_SANITIZED
	/* The shadow memory of a sanitised build is larger than any limit. */
	if (spec->memory_max_bytes > 0) {
		const struct rlimit memory = {
			spec->memory_max_bytes, spec->memory_max_bytes};

		if (setrlimit(RLIMIT_AS, &memory) != 0)
			return false;
	}
#endif
	return true;
}

unsigned sj_confine_missing(void)
{
	return (sj_confine_landlock_is_there() ? 0u : SJ_CONFINE_LANDLOCK) |
	       (sj_confine_filter_is_there() ? 0u : SJ_CONFINE_SECCOMP);
}

static bool is_spec_sound(const struct sj_confine *spec)
{
	if (!spec->name || spec->keep_count > KEEP_MAX)
		return false;
	for (size_t i = 0; i < spec->keep_count; i++)
		if (spec->keep_fds[i] < 0)
			return false;
	return true;
}

/* A layer of the kernel: missing is forgiven when the configuration says so. */
static enum sj_err check_layer(const struct sj_confine *spec, enum sj_err err,
	enum sj_confine_layer layer, char *why, size_t size)
{
	bool is_landlock = layer == SJ_CONFINE_LANDLOCK;

	if (err == SJ_OK ||
		(err == SJ_ERR_MISSING && (spec->may_miss & layer) != 0))
		return SJ_OK;
	if (err == SJ_ERR_MISSING)
		(void)snprintf(why, size,
			"this kernel has no %s; [confine] may_miss = %s would "
			"accept that",
			is_landlock ? "Landlock" : "seccomp filter",
			is_landlock ? "landlock" : "seccomp");
	else
		(void)refuse(
			why, size, is_landlock ? "Landlock" : "seccomp", err);
	return err;
}

/* -1 when it cannot be told. */
static int count_threads(void)
{
	DIR *tasks = opendir("/proc/self/task");
	const struct dirent *entry;
	int count = 0;

	if (!tasks)
		return -1;
	while ((entry = readdir(tasks)))
		count += entry->d_name[0] != '.';
	(void)closedir(tasks);
	return count;
}

/*
 * Landlock and the filter bind the calling thread. Libraries such as pango end
 * their helper threads a moment after they were told to.
 */
static bool is_alone(void)
{
	uint64_t deadline_ms = sj_clock_ms() + THREADS_MS;
	int count;

	while ((count = count_threads()) != 1) {
		if (count < 0 || sj_clock_ms() >= deadline_ms)
			return false;
		(void)poll(NULL, 0, 1);
	}
	return true;
}

enum sj_err sj_confine(const struct sj_confine *spec, char *why, size_t size)
{
	enum sj_err err;
	int highest;

	if (size > 0)
		why[0] = '\0';
	/* The first gmtime_r opens the time zone file: that is now. */
	tzset();
	errno = EINVAL;
	if (!is_spec_sound(spec))
		return refuse(why, size, "arguments", SJ_ERR_ARGUMENT);
	errno = EBUSY;
	if (!is_alone())
		return refuse(why, size, "other threads", SJ_ERR_SYSTEM);
	if (prctl(PR_SET_NAME, spec->name, 0, 0, 0) != 0)
		return refuse(why, size, "thread name", SJ_ERR_SYSTEM);
	if (!close_others(spec, &highest))
		return refuse(why, size, "descriptors", SJ_ERR_SYSTEM);
	if (!drop_bounding_set())
		return refuse(why, size, "bounding set", SJ_ERR_SYSTEM);
	if (!drop_ids(spec))
		return refuse(why, size, "user and group", SJ_ERR_DENIED);
	if (!drop_capabilities())
		return refuse(why, size, "capabilities", SJ_ERR_SYSTEM);
	if (!set_process_flags())
		return refuse(why, size, "process flags", SJ_ERR_SYSTEM);
	err = sj_confine_landlock(spec->allow);
	err = check_layer(spec, err, SJ_CONFINE_LANDLOCK, why, size);
	if (err != SJ_OK)
		return err;
	if (!set_limits(spec, highest))
		return refuse(why, size, "limits", SJ_ERR_SYSTEM);
#ifdef SJ_SANITIZED
	is_confined = 1;
#endif
	err = sj_confine_filter(spec->allow);
	return check_layer(spec, err, SJ_CONFINE_SECCOMP, why, size);
}

enum sj_err sj_confine_or_log(const struct sj_confine *spec)
{
	char why[256];
	enum sj_err err = sj_confine(spec, why, sizeof(why));

	if (err != SJ_OK)
		sj_log(SJ_LOG_ERROR, "confine error=\"%s\"", why);
	return err;
}
