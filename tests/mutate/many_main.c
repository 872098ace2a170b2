/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Very many mutated messages of one side: ./dev mutate COUNT. The last line
 * says what was done; a broken promise ends the program before it.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/mutate/many.h"
#include "tests/support/suite.h"

#define EDGE_BYTES 24 /* heads are here */

uint64_t sj_many_random(struct sj_many *many)
{
	/* xorshift64*: fast, and the same everywhere. */
	many->state ^= many->state >> 12;
	many->state ^= many->state << 25;
	many->state ^= many->state >> 27;
	return many->state * UINT64_C(2685821657736338717);
}

size_t sj_many_pick(struct sj_many *many, size_t count)
{
	return (size_t)((sj_many_random(many) >> 16) % count);
}

/* A place; every second time among the first bytes. */
static size_t place(struct sj_many *many, size_t size)
{
	size_t most = size;

	if (sj_many_pick(many, 2) == 0 && most > EDGE_BYTES)
		most = EDGE_BYTES;
	return sj_many_pick(many, most);
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Puts copies of up to 16 bytes from elsewhere in between. */
static size_t insert(
	struct sj_many *many, uint8_t *data, size_t size, size_t room)
{
	const size_t at = place(many, size), from = place(many, size);
	const size_t count = least(1 + sj_many_pick(many, 16), size - from);
	uint8_t copy[16];

	if (size + count > room)
		return size;
	memcpy(copy, data + from, count);
	memmove(data + at + count, data + at, size - at);
	memcpy(data + at, copy, count);
	return size + count;
}

static size_t erase(struct sj_many *many, uint8_t *data, size_t size)
{
	const size_t at = place(many, size);
	const size_t count = least(1 + sj_many_pick(many, 8), size - at);

	if (count == size)
		return size;
	memmove(data + at, data + at + count, size - at - count);
	return size - count;
}

static void set(struct sj_many *many, uint8_t *data, size_t size)
{
	static const uint8_t values[] = {
		0x00, 0x01, 0x7f, 0x80, 0xfe, 0xff, 0x20, 0x40};
	const size_t at = place(many, size);
	const size_t width = (size_t)1 << sj_many_pick(many, 3);

	memset(data + at, values[sj_many_pick(many, sizeof(values))],
		least(width, size - at));
}

size_t sj_many_mutate(
	struct sj_many *many, uint8_t *data, size_t size, size_t room)
{
	const size_t changes = 1 + sj_many_pick(many, 3);

	for (size_t i = 0; i < changes; i++) {
		const size_t at = place(many, size);

		switch (sj_many_pick(many, 8)) {
		case 0:
		case 1:
			data[at] ^= (uint8_t)(1u << sj_many_pick(many, 8));
			break;
		case 2:
			data[at] = (uint8_t)sj_many_random(many);
			break;
		case 3:
			data[at] = (uint8_t)(data[at] + 1 +
					     sj_many_pick(many, 4) * 0x55);
			break;
		case 4:
			set(many, data, size);
			break;
		case 5:
			size = insert(many, data, size, room);
			break;
		case 6:
			size = erase(many, data, size);
			break;
		default:
			size = sj_many_pick(many, 4) == 0
				       ? 1 + sj_many_pick(many, size)
				       : size;
			break;
		}
	}
	return size;
}

void sj_many_count(struct sj_many *many, bool is_mutated, size_t size,
	enum sj_reason reason)
{
	many->bytes_in += size;
	if (!is_mutated) {
		many->unchanged++;
		return;
	}
	many->messages++;
	if (reason == SJ_REASON_NONE)
		many->accepted++;
	else
		many->refused[(size_t)reason % SJ_MANY_REASONS]++;
}

void sj_many_require(const struct sj_many *many, bool is_true, const char *text)
{
	if (is_true)
		return;
	fprintf(stderr, "seed %" PRIu64 " message %" PRIu64 ": not %s\n",
		many->seed, many->messages, text);
	abort();
}

static bool read_number(const char *text, uint64_t *value)
{
	char *end = NULL;

	*value = strtoull(text, &end, 10);
	return end != text && *end == '\0';
}

static struct sj_many many = {.seed = 1, .wanted = 10000};
static const char *direction = "";

static void report(void)
{
	uint64_t refused = 0;

	for (size_t i = 0; i < SJ_MANY_REASONS; i++) {
		refused += many.refused[i];
		if (many.refused[i] != 0)
			printf("%zu %s: %" PRIu64 "\n", i,
				sj_reason_text((enum sj_reason)i),
				many.refused[i]);
	}
	printf("%s: seed %" PRIu64 ", %" PRIu64 " mutated messages (%" PRIu64
	       " unchanged between) in %" PRIu64 " sessions, %" PRIu64
	       " accepted, %" PRIu64 " refused, %" PRIu64 " bytes in, %" PRIu64
	       " out",
		direction, many.seed, many.messages, many.unchanged,
		many.sessions, many.accepted, refused, many.bytes_in,
		many.bytes_out);
	if (many.updates_out != 0)
		printf(", %" PRIu64 " updates made, %" PRIu64
		       " pictures compared",
			many.updates_out, many.pixels_exact);
	printf(", %.0f CPU s\n", (double)clock() / CLOCKS_PER_SEC);
}

/* The rigs report by libcheck, so it has to be running. */
START_TEST(keeps_every_promise)
{
	if (strcmp(direction, "guard") == 0)
		sj_many_guard(&many);
	else
		sj_many_gate(&many, strcmp(direction, "host") == 0
					    ? SJ_GATE_FROM_HOST
					    : SJ_GATE_FROM_VIEWER);
}
END_TEST

static int run(void)
{
	Suite *suite = suite_create("mutate_many");
	TCase *tests = tcase_create("all");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_test(tests, keeps_every_promise);
	suite_add_tcase(suite, tests);
	srunner_set_fork_status(runner, CK_NOFORK);
	srunner_run_all(runner, CK_MINIMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed;
}

static bool is_direction(const char *text)
{
	return strcmp(text, "host") == 0 || strcmp(text, "viewer") == 0 ||
	       strcmp(text, "guard") == 0;
}

int main(int argc, char **argv)
{

	for (int i = 1; i + 1 < argc; i += 2) {
		if (strcmp(argv[i], "--direction") == 0)
			direction = argv[i + 1];
		else if (strcmp(argv[i], "--seed") == 0 &&
			 read_number(argv[i + 1], &many.seed))
			continue;
		else if (strcmp(argv[i], "--count") != 0 ||
			 !read_number(argv[i + 1], &many.wanted))
			direction = "";
	}
	/* 0 would stay 0. */
	many.state = many.seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
	if (!is_direction(direction)) {
		fprintf(stderr, "usage: mutate_many --direction "
				"host|viewer|guard [--seed N] [--count N]\n");
		return 2;
	}
	if (run() != 0)
		return 1;
	report();
	return 0;
}
