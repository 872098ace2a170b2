/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Replays a corpus through a fuzz target with any compiler.
 *
 * Each argument is a file or a folder of files. Every file is given to the
 * target whole, and cut short at every length up to CUTS_MAX and at a few
 * beyond. One TAP line a file; a finding ends the program by signal.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/fuzz/target.h"

#define FILE_BYTES_MAX (8 * 1024 * 1024)
#define CUTS_MAX 256

static unsigned files_run;

/* A copy on the heap, so that one byte too far is seen. */
static void run_once(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);

	if (!copy)
		exit(EXIT_FAILURE);
	memcpy(copy, data, size);
	(void)LLVMFuzzerTestOneInput(copy, size);
	free(copy);
}

static void run_with_cuts(const uint8_t *data, size_t size)
{
	size_t step = size / CUTS_MAX + 1;

	run_once(data, size);
	for (size_t cut = 0; cut < size; cut += step)
		run_once(data, cut);
}

static int run_file(const char *path)
{
	uint8_t *data = malloc(FILE_BYTES_MAX);
	FILE *file = fopen(path, "rb");
	size_t size;

	if (!data || !file) {
		(void)printf("not ok %u - cannot read %s\n", ++files_run, path);
		free(data);
		return 1;
	}
	size = fread(data, 1, FILE_BYTES_MAX, file);
	(void)fclose(file);
	/* Told before, too: a finding ends the program here. */
	(void)fprintf(stderr, "# %s\n", path);
	run_with_cuts(data, size);
	(void)printf("ok %u - %s\n", ++files_run, path);
	free(data);
	return 0;
}

static int run_folder(const char *path)
{
	struct dirent **entries = NULL;
	int count = scandir(path, &entries, NULL, alphasort);
	int failed = 0;

	for (int i = 0; i < count; i++) {
		char inner[4096];

		(void)snprintf(inner, sizeof(inner), "%s/%s", path,
			entries[i]->d_name);
		if (entries[i]->d_name[0] != '.')
			failed += run_file(inner);
		free(entries[i]);
	}
	free(entries);
	return failed;
}

int main(int argc, char **argv)
{
	int failed = 0;

	for (int i = 1; i < argc; i++) {
		struct stat facts = {0}; /* for MSan, which misses stat() */

		if (stat(argv[i], &facts) == 0 && S_ISDIR(facts.st_mode))
			failed += run_folder(argv[i]);
		else
			failed += run_file(argv[i]);
	}
	if (files_run == 0)
		(void)printf("not ok 1 - the corpus is empty\n");
	return failed == 0 && files_run > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
