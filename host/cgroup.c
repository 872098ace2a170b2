/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/cgroup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PREFIX "shoji-session-"
#define OWN_LEAF "shoji-supervisor"

static bool write_text(const char *folder, const char *file, const char *text)
{
	char path[SJ_CGROUP_PATH_BYTES * 2];
	size_t size = strlen(text);
	ssize_t n;
	int fd;

	(void)snprintf(path, sizeof(path), "%s/%s", folder, file);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	n = write(fd, text, size);
	close(fd);
	return n == (ssize_t)size;
}

static bool write_number(
	const char *folder, const char *file, unsigned long long number)
{
	char text[32];

	(void)snprintf(text, sizeof(text), "%llu", number);
	return write_text(folder, file, text);
}

/* True if list, words with commas or blanks between, holds word. */
static bool has_word(const char *list, const char *word)
{
	size_t length = strlen(word);

	while (*list) {
		size_t part = strcspn(list, ", \n");

		if (part == length && memcmp(list, word, part) == 0)
			return true;
		list += part;
		list += strspn(list, ", \n");
	}
	return false;
}

/*
 * The group of this process in the hierarchy with controller (NULL: v2), as a
 * path relative to its mount.
 */
static bool own_group(const char *controller, char *group, size_t size)
{
	FILE *file = fopen("/proc/self/cgroup", "re");
	char line[1024];
	bool is_found = false;

	while (file && !is_found && fgets(line, sizeof(line), file)) {
		char *names = strchr(line, ':');
		char *path = names ? strchr(names + 1, ':') : NULL;

		if (!path)
			continue;
		*path++ = '\0';
		path[strcspn(path, "\n")] = '\0';
		is_found = controller ? has_word(names + 1, controller)
				      : names[1] == '\0';
		if (is_found)
			(void)snprintf(group, size, "%s",
				strcmp(path, "/") == 0 ? "" : path);
	}
	if (file)
		(void)fclose(file);
	return is_found;
}

/* Where the hierarchy of controller (NULL: v2) is mounted. */
static bool find_mount(const char *controller, char *mount, size_t size)
{
	FILE *file = fopen("/proc/self/mounts", "re");
	char line[1024], point[512], type[32], options[256];
	bool is_found = false;

	while (file && !is_found && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%*s %511s %31s %255s", point, type,
			    options) != 3)
			continue;
		is_found = controller ? strcmp(type, "cgroup") == 0 &&
						has_word(options, controller)
				      : strcmp(type, "cgroup2") == 0;
		if (is_found)
			(void)snprintf(mount, size, "%s", point);
	}
	if (file)
		(void)fclose(file);
	return is_found;
}

static bool join(char *out, const char *mount, const char *group)
{
	int printed = snprintf(out, SJ_CGROUP_PATH_BYTES, "%s%s", mount, group);

	return printed > 0 && printed < SJ_CGROUP_PATH_BYTES;
}

static bool open_v1(struct sj_cgroup *cgroup)
{
	char mount[512], group[512];

	return find_mount("memory", mount, sizeof(mount)) &&
	       own_group("memory", group, sizeof(group)) &&
	       join(cgroup->memory, mount, group) &&
	       find_mount("pids", mount, sizeof(mount)) &&
	       own_group("pids", group, sizeof(group)) &&
	       join(cgroup->pids, mount, group) &&
	       access(cgroup->memory, W_OK) == 0 &&
	       access(cgroup->pids, W_OK) == 0;
}

static bool has_controllers(const char *folder)
{
	char path[SJ_CGROUP_PATH_BYTES + 32], text[512] = "";
	FILE *file;
	bool is_read;

	(void)snprintf(path, sizeof(path), "%s/cgroup.controllers", folder);
	file = fopen(path, "re");
	if (!file)
		return false;
	is_read = fgets(text, sizeof(text), file) != NULL;
	(void)fclose(file);
	return is_read && has_word(text, "memory") && has_word(text, "pids");
}

/*
 * In v2 a group with processes cannot hand controllers on: below the root this
 * process moves into a leaf of its own first.
 */
static bool open_v2(struct sj_cgroup *cgroup)
{
	char mount[512], group[512], leaf[SJ_CGROUP_PATH_BYTES];

	if (!find_mount(NULL, mount, sizeof(mount)) ||
		!own_group(NULL, group, sizeof(group)) ||
		!join(cgroup->memory, mount, group) ||
		!has_controllers(cgroup->memory) ||
		access(cgroup->memory, W_OK) != 0)
		return false;
	cgroup->is_v2 = true;
	if (group[0]) {
		if (snprintf(leaf, sizeof(leaf), "%s/" OWN_LEAF,
			    cgroup->memory) >= (int)sizeof(leaf) ||
			(mkdir(leaf, 0755) != 0 && errno != EEXIST) ||
			!write_text(leaf, "cgroup.procs", "0"))
			return false;
	}
	return write_text(
		cgroup->memory, "cgroup.subtree_control", "+memory +pids");
}

/*
 * The owner is in the name. One that lives may just have made an empty group;
 * one that is dead but not yet waited for has no program any more.
 */
static bool has_living_owner(const char *name)
{
	long pid = strtol(name + sizeof(PREFIX) - 1, NULL, 10);
	char path[64], program[8];

	if (pid == getpid())
		return false;
	(void)snprintf(path, sizeof(path), "/proc/%ld/exe", pid);
	return readlink(path, program, sizeof(program)) >= 0 || errno != ENOENT;
}

static void remove_leftovers(const char *folder)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;
	char path[SJ_CGROUP_PATH_BYTES + 300];

	while (dir && (entry = readdir(dir))) {
		if (strncmp(entry->d_name, PREFIX, sizeof(PREFIX) - 1) != 0 ||
			has_living_owner(entry->d_name))
			continue;
		(void)snprintf(
			path, sizeof(path), "%s/%s", folder, entry->d_name);
		/* The kernel refuses while a process is in it. */
		(void)rmdir(path);
	}
	if (dir)
		(void)closedir(dir);
}

void sj_cgroup_remove_leftovers(const struct sj_cgroup *cgroup)
{
	if (cgroup->memory[0])
		remove_leftovers(cgroup->memory);
	if (cgroup->pids[0])
		remove_leftovers(cgroup->pids);
}

enum sj_err sj_cgroup_open(struct sj_cgroup *cgroup)
{
	memset(cgroup, 0, sizeof(*cgroup));
	if (!open_v1(cgroup)) {
		memset(cgroup, 0, sizeof(*cgroup));
		if (!open_v2(cgroup)) {
			memset(cgroup, 0, sizeof(*cgroup));
			return SJ_ERR_MISSING;
		}
	}
	sj_cgroup_remove_leftovers(cgroup);
	return SJ_OK;
}

static void group_path(
	char *out, size_t size, const char *folder, uint32_t number)
{
	(void)snprintf(
		out, size, "%s/" PREFIX "%d-%u", folder, (int)getpid(), number);
}

static bool fill_memory(const char *path, bool is_v2, uint32_t memory_mib)
{
	unsigned long long bytes = (unsigned long long)memory_mib << 20;

	if (!is_v2)
		return write_number(path, "memory.limit_in_bytes", bytes);
	/* Without swap accounting there is no such file. */
	(void)write_text(path, "memory.swap.max", "0");
	return write_number(path, "memory.max", bytes);
}

enum sj_err sj_cgroup_add(const struct sj_cgroup *cgroup, uint32_t number,
	pid_t pid, uint32_t memory_mib, uint32_t pids_max)
{
	char memory[SJ_CGROUP_PATH_BYTES + 64];
	char pids[SJ_CGROUP_PATH_BYTES + 64];
	bool is_made;
	int saved;

	group_path(memory, sizeof(memory), cgroup->memory, number);
	group_path(pids, sizeof(pids),
		cgroup->is_v2 ? cgroup->memory : cgroup->pids, number);
	is_made =
		mkdir(memory, 0755) == 0 &&
		(cgroup->is_v2 || mkdir(pids, 0755) == 0) &&
		fill_memory(memory, cgroup->is_v2, memory_mib) &&
		write_number(pids, "pids.max", pids_max) &&
		write_number(memory, "cgroup.procs", (unsigned long long)pid) &&
		(cgroup->is_v2 || write_number(pids, "cgroup.procs",
					  (unsigned long long)pid));
	if (is_made)
		return SJ_OK;
	saved = errno;
	if (sj_cgroup_remove(cgroup, number) != SJ_OK) {
		/* The next start removes it. */
	}
	errno = saved;
	return SJ_ERR_SYSTEM;
}

enum sj_err sj_cgroup_remove(const struct sj_cgroup *cgroup, uint32_t number)
{
	const char *const folders[] = {cgroup->memory, cgroup->pids};
	char path[SJ_CGROUP_PATH_BYTES + 64];
	enum sj_err err = SJ_OK;

	for (size_t i = 0; i < SJ_COUNT(folders); i++) {
		if (!folders[i][0])
			continue;
		group_path(path, sizeof(path), folders[i], number);
		if (rmdir(path) != 0 && errno != ENOENT)
			err = errno == EBUSY ? SJ_ERR_AGAIN : SJ_ERR_SYSTEM;
	}
	return err;
}

void sj_cgroup_close(const struct sj_cgroup *cgroup)
{
	char leaf[SJ_CGROUP_PATH_BYTES + 32];

	if (!cgroup->is_v2)
		return;
	(void)snprintf(leaf, sizeof(leaf), "%s/" OWN_LEAF, cgroup->memory);
	if (access(leaf, F_OK) != 0)
		return;
	(void)write_text(
		cgroup->memory, "cgroup.subtree_control", "-memory -pids");
	if (write_text(cgroup->memory, "cgroup.procs", "0"))
		(void)rmdir(leaf);
}
