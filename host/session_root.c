/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/session_root.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "host/session_files.h"

#define OLD "/old"
#define PATH_BYTES 512

/* Steps of one build; the first failure is kept. */
struct build {
	const struct sj_host_init_start *start;
	const char *failed; /* NULL while all is well */
	int error;
};

static void fail(struct build *build, const char *step)
{
	if (build->failed)
		return;
	build->failed = step;
	build->error = errno;
}

/* Creates path and its parents; existing ones are fine. */
static void make_dir(struct build *build, const char *path, mode_t mode)
{
	char part[PATH_BYTES];
	size_t length = strlen(path);

	if (build->failed)
		return;
	if (length >= sizeof(part)) {
		errno = ENAMETOOLONG;
		fail(build, path);
		return;
	}
	for (size_t i = 1; i <= length; i++) {
		if (path[i] != '/' && path[i] != '\0')
			continue;
		memcpy(part, path, i);
		part[i] = '\0';
		if (mkdir(part, i == length ? mode : 0755) != 0 &&
			errno != EEXIST)
			fail(build, path);
	}
	/* The umask of whoever started us has no say here. */
	if (!build->failed && chmod(path, mode) != 0)
		fail(build, path);
}

static void make_file(struct build *build, const char *path)
{
	char folder[PATH_BYTES];
	char *slash;
	int fd;

	if (build->failed)
		return;
	(void)snprintf(folder, sizeof(folder), "%s", path);
	slash = strrchr(folder, '/');
	if (slash && slash != folder) {
		*slash = '\0';
		make_dir(build, folder, 0755);
	}
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0444);
	if (fd < 0)
		fail(build, path);
	else
		close(fd);
}

static void mount_tmpfs(
	struct build *build, const char *path, mode_t mode, uint32_t size_mib)
{
	char options[64];

	make_dir(build, path, mode);
	if (build->failed)
		return;
	(void)snprintf(options, sizeof(options), "mode=%o,size=%um",
		(unsigned)mode, size_mib);
	if (mount("tmpfs", path, "tmpfs", MS_NOSUID | MS_NODEV, options) != 0)
		fail(build, path);
}

/* Makes the mount at path and all below it read-only. */
static void protect(struct build *build, const char *path, uint64_t attributes)
{
	struct mount_attr attr = {.attr_set = attributes};

	if (!build->failed && syscall(SYS_mount_setattr, AT_FDCWD, path,
				      AT_RECURSIVE, &attr, sizeof(attr)) != 0)
		fail(build, path);
}

/* Opens path of the old root; links are followed as the old root sees them. */
static int open_old(const char *path, struct stat *info)
{
	struct open_how how = {
		.flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT};
	int root = open(OLD, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int fd = -1;

	if (root >= 0)
		fd = (int)syscall(SYS_openat2, root, path, &how, sizeof(how));
	if (root >= 0)
		close(root);
	if (fd >= 0 && fstat(fd, info) != 0) {
		close(fd);
		return -1;
	}
	return fd;
}

static bool attach_copy(int fd, const char *to)
{
	int tree = open_tree(fd, "",
		AT_EMPTY_PATH | AT_RECURSIVE | OPEN_TREE_CLONE |
			OPEN_TREE_CLOEXEC);
	bool is_attached = tree >= 0 && move_mount(tree, "", AT_FDCWD, to,
						MOVE_MOUNT_F_EMPTY_PATH) == 0;

	if (tree >= 0)
		close(tree);
	return is_attached;
}

/*
 * Binds the path from of the old root to the path to of the new one. A path
 * that the machine lacks is left out when it may_miss.
 */
static void bind_as(
	struct build *build, const char *from, const char *to, bool may_miss)
{
	struct stat info;
	int fd;

	if (build->failed)
		return;
	fd = open_old(from, &info);
	if (fd < 0) {
		if (!may_miss || errno != ENOENT)
			fail(build, from);
		return;
	}
	if (S_ISDIR(info.st_mode))
		make_dir(build, to, 0755);
	else
		make_file(build, to);
	if (!build->failed && !attach_copy(fd, to))
		fail(build, from);
	close(fd);
}

static void bind_read_only(struct build *build, const char *path, bool may_miss)
{
	struct stat info;

	bind_as(build, path, path, may_miss);
	if (!build->failed && lstat(path, &info) == 0)
		protect(build, path,
			MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID |
				MOUNT_ATTR_NODEV);
}

/* /bin and its like: links into /usr on Debian, folders elsewhere. */
static void copy_link_or_bind(struct build *build, const char *path)
{
	char source[PATH_BYTES];
	char target[PATH_BYTES];
	ssize_t n;

	if (build->failed)
		return;
	(void)snprintf(source, sizeof(source), OLD "%s", path);
	n = readlink(source, target, sizeof(target) - 1);
	if (n < 0) {
		bind_read_only(build, path, true);
		return;
	}
	target[n] = '\0';
	if (symlink(target, path) != 0)
		fail(build, path);
}

static void bind_system(struct build *build)
{
	static const char *const links[] = {
		"/bin", "/sbin", "/lib", "/lib32", "/lib64", "/etc/localtime"};
	static const char *const files[] = {"/etc/fonts", "/etc/ld.so.cache",
		"/etc/alternatives", "/var/cache/fontconfig"};

	bind_read_only(build, "/usr", false);
	make_dir(build, "/etc", 0755);
	for (size_t i = 0; i < SJ_COUNT(links); i++)
		copy_link_or_bind(build, links[i]);
	for (size_t i = 0; i < SJ_COUNT(files); i++)
		bind_read_only(build, files[i], true);
}

static void bind_devices(struct build *build)
{
	static const char *const devices[] = {"/dev/null", "/dev/zero",
		"/dev/full", "/dev/random", "/dev/urandom"};

	make_dir(build, "/dev", 0755);
	for (size_t i = 0; i < SJ_COUNT(devices); i++) {
		bind_as(build, devices[i], devices[i], false);
		protect(build, devices[i],
			MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);
	}
	mount_tmpfs(build, "/dev/shm", 01777, 512);
	if (!build->failed && symlink("/proc/self/fd", "/dev/fd") != 0)
		fail(build, "/dev/fd");
}

static void bind_own(struct build *build)
{
	static const char *const programs[] = {
		"shoji-session-agent", "shoji-session-xim"};
	const struct sj_host_init_start *start = build->start;
	char from[PATH_BYTES];
	char to[PATH_BYTES];

	make_dir(build, SJ_SESSION_LIBEXEC, 0755);
	for (size_t i = 0; i < SJ_COUNT(programs); i++) {
		(void)snprintf(from, sizeof(from), "%s/%s", start->libexec,
			programs[i]);
		(void)snprintf(
			to, sizeof(to), SJ_SESSION_LIBEXEC "/%s", programs[i]);
		bind_as(build, from, to, true);
		if (access(to, F_OK) == 0)
			protect(build, to,
				MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID |
					MOUNT_ATTR_NODEV);
	}
	for (size_t i = 0; i < SJ_COUNT(start->binds); i++)
		if (start->binds[i][0] == '/')
			bind_read_only(build, start->binds[i], false);
	if (start->policy_file[0]) {
		bind_as(build, start->policy_file, SJ_SESSION_EXTRA_POLICY,
			false);
		protect(build, SJ_SESSION_EXTRA_POLICY,
			MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID |
				MOUNT_ATTR_NODEV);
	}
}

static void give_to_jail(struct build *build, const char *path)
{
	const struct sj_host_init_start *start = build->start;

	if (!build->failed && start->jail_uid != UINT32_MAX &&
		chown(path, start->jail_uid, start->jail_gid) != 0)
		fail(build, path);
}

static void make_private_places(struct build *build)
{
	mount_tmpfs(build, "/tmp", 01777, 64);
	make_dir(build, SJ_SESSION_X11_DIR, 01777);
	make_dir(build, "/run/shoji", 0755);
	/* The largest screen at 4 bytes a pixel is 33 MiB. */
	mount_tmpfs(build, SJ_SESSION_FRAMEBUFFER_DIR, 0700, 40);
	give_to_jail(build, SJ_SESSION_FRAMEBUFFER_DIR);
	mount_tmpfs(build, SJ_SESSION_HOME, 0700, build->start->home_max_mib);
	give_to_jail(build, SJ_SESSION_HOME);
}

/* Puts a tmpfs below everything and the host's root at /old. */
static void turn_around(struct build *build)
{
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
		fail(build, "private mounts");
	if (!build->failed &&
		mount("tmpfs", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV,
			"mode=0755,size=8m") != 0)
		fail(build, "root tmpfs");
	if (!build->failed &&
		(mkdir("/tmp" OLD, 0700) != 0 ||
			syscall(SYS_pivot_root, "/tmp", "/tmp" OLD) != 0 ||
			chdir("/") != 0))
		fail(build, "pivot_root");
}

/* The kernel allows a new /proc only while a whole one can be seen. */
static void mount_proc(struct build *build)
{
	make_dir(build, "/proc", 0555);
	if (!build->failed &&
		mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC,
			NULL) != 0)
		fail(build, "/proc");
}

static void drop_old_root(struct build *build)
{
	if (!build->failed &&
		(umount2(OLD, MNT_DETACH) != 0 || rmdir(OLD) != 0))
		fail(build, "old root");
}

enum sj_err sj_session_root_enter(
	const struct sj_host_init_start *start, const char **step)
{
	struct build build = {.start = start};

	(void)umask(022);
	turn_around(&build);
	bind_system(&build);
	bind_devices(&build);
	mount_proc(&build);
	make_private_places(&build);
	/* After /tmp: a path of the configuration may be below it. */
	bind_own(&build);
	if (!build.failed && sj_session_files_write(start) != SJ_OK)
		fail(&build, "/etc");
	drop_old_root(&build);
	if (!build.failed)
		return SJ_OK;
	*step = build.failed;
	errno = build.error;
	return SJ_ERR_SYSTEM;
}

enum sj_err sj_session_root_write_cookie(const struct sj_host_init_start *start,
	const uint8_t cookie[SJ_SESSION_COOKIE_BYTES])
{
	/* One Xauthority entry: any host, any display. */
	static const char name[] = "MIT-MAGIC-COOKIE-1";
	const size_t name_bytes = sizeof(name) - 1;
	uint8_t entry[10 + sizeof(name) - 1 + SJ_SESSION_COOKIE_BYTES] = {
		0xff, 0xff};
	struct build build = {.start = start};
	size_t at = 6; /* family, empty address, empty display number */
	bool is_written;
	int fd;

	entry[at + 1] = (uint8_t)name_bytes;
	memcpy(entry + at + 2, name, name_bytes);
	at += 2 + name_bytes;
	entry[at + 1] = SJ_SESSION_COOKIE_BYTES;
	memcpy(entry + at + 2, cookie, SJ_SESSION_COOKIE_BYTES);
	fd = open(SJ_SESSION_XAUTHORITY,
		O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0400);
	if (fd < 0)
		return SJ_ERR_SYSTEM;
	is_written = write(fd, entry, sizeof(entry)) == (ssize_t)sizeof(entry);
	close(fd);
	give_to_jail(&build, SJ_SESSION_XAUTHORITY);
	return is_written && !build.failed ? SJ_OK : SJ_ERR_SYSTEM;
}
