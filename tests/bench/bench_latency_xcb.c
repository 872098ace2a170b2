/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bench-latency: from a key press to changed pixels, as a person has it.
 *
 * usage: bench-latency KEYCHAR COUNT PAUSE_MS FRAMEBUFFER WIDTHxHEIGHT X,Y...
 * Presses a key COUNT times by XTEST in the viewer's own display ($DISPLAY) and
 * looks at the pixels X,Y of that display until they have changed. FRAMEBUFFER
 * is the file in which its Xvfb keeps the pixels (-fbdir), so that looking
 * asks nothing of the server; between two looks it sleeps for 150 us, so that
 * it does not take a core away from what is measured. Prints a line for each
 * press: microseconds until the first pixel had changed, and until all had;
 * `timeout` where that took more than two seconds. The same method serves every
 * viewer, ours and foreign.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <xcb/xcb.h>
#include <xcb/xtest.h>

#include "host/xwd.h"

#define TIMEOUT_US 2000000
#define LOOK_NS 150000
#define POINTS_MAX 8
#define COLOUR 0xffffffu

struct probe {
	xcb_connection_t *conn;
	const uint8_t *pixels;
	size_t stride_bytes;
	unsigned points;
	unsigned at[POINTS_MAX][2];
};

static uint64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static bool open_screen(struct probe *probe, const char *path, const char *size)
{
	uint8_t head[SJ_XWD_HEAD_BYTES];
	unsigned width_px, height_px;
	struct stat info;
	struct sj_xwd xwd;
	const uint8_t *map;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || sscanf(size, "%ux%u", &width_px, &height_px) != 2 ||
		read(fd, head, sizeof(head)) != (ssize_t)sizeof(head) ||
		fstat(fd, &info) != 0 ||
		sj_xwd_parse(head, (uint64_t)info.st_size,
			&(struct sj_size){
				(uint16_t)width_px, (uint16_t)height_px},
			&xwd) != SJ_OK)
		return false;
	map = mmap(NULL, (size_t)info.st_size, PROT_READ, MAP_SHARED, fd, 0);
	close(fd);
	if (map == MAP_FAILED)
		return false;
	probe->pixels = map + xwd.offset_bytes;
	probe->stride_bytes = xwd.stride_bytes;
	return true;
}

static uint32_t read_pixel(const struct probe *probe, unsigned point)
{
	uint32_t value;

	memcpy(&value,
		probe->pixels + probe->at[point][1] * probe->stride_bytes +
			(size_t)probe->at[point][0] * 4,
		4);
	return value & COLOUR;
}

static xcb_keycode_t find_code(struct probe *probe, uint32_t symbol)
{
	const xcb_setup_t *setup = xcb_get_setup(probe->conn);
	xcb_get_keyboard_mapping_reply_t *keys = xcb_get_keyboard_mapping_reply(
		probe->conn,
		xcb_get_keyboard_mapping(probe->conn, setup->min_keycode,
			(uint8_t)(setup->max_keycode - setup->min_keycode + 1)),
		NULL);
	xcb_keycode_t code = 0;

	if (!keys)
		return 0;
	for (int i = 0; i < xcb_get_keyboard_mapping_keysyms_length(keys);
		i += keys->keysyms_per_keycode) {
		if (code == 0 &&
			xcb_get_keyboard_mapping_keysyms(keys)[i] == symbol)
			code = (xcb_keycode_t)(setup->min_keycode +
					       i / keys->keysyms_per_keycode);
	}
	free(keys);
	return code;
}

static void press(struct probe *probe, xcb_keycode_t code, uint8_t type)
{
	xcb_test_fake_input(
		probe->conn, type, code, XCB_CURRENT_TIME, XCB_NONE, 0, 0, 0);
	xcb_flush(probe->conn);
}

/* Microseconds until the first point differs, and all do; 0 on time-out. */
static void measure(
	struct probe *probe, xcb_keycode_t code, uint64_t taken_us[2])
{
	const struct timespec pause = {0, LOOK_NS};
	uint32_t before[POINTS_MAX];
	uint64_t start_us;
	unsigned changed = 0;

	taken_us[0] = taken_us[1] = 0;
	for (unsigned i = 0; i < probe->points; i++)
		before[i] = read_pixel(probe, i);
	start_us = now_us();
	press(probe, code, XCB_KEY_PRESS);
	while (now_us() - start_us < TIMEOUT_US) {
		uint64_t time_us = now_us() - start_us;

		if (taken_us[0] == 0 && read_pixel(probe, 0) != before[0])
			taken_us[0] = time_us;
		while (changed < probe->points &&
			read_pixel(probe, changed) != before[changed])
			changed++;
		if (changed == probe->points) {
			taken_us[1] = time_us;
			break;
		}
		nanosleep(&pause, NULL);
	}
	press(probe, code, XCB_KEY_RELEASE);
}

static bool parse(struct probe *probe, int argc, char **argv)
{
	for (int i = 6; i < argc && probe->points < POINTS_MAX; i++) {
		unsigned *at = probe->at[probe->points++];

		if (sscanf(argv[i], "%u,%u", &at[0], &at[1]) != 2)
			return false;
	}
	return probe->points > 0;
}

int main(int argc, char **argv)
{
	struct probe probe = {0};
	struct timespec pause = {0, 0};
	xcb_keycode_t code;

	if (!parse(&probe, argc, argv)) {
		fprintf(stderr, "usage: bench-latency KEYCHAR COUNT PAUSE_MS "
				"FRAMEBUFFER WIDTHxHEIGHT X,Y...\n");
		return 1;
	}
	probe.conn = xcb_connect(NULL, NULL);
	if (xcb_connection_has_error(probe.conn) ||
		!open_screen(&probe, argv[4], argv[5])) {
		fprintf(stderr, "bench-latency: no display\n");
		return 2;
	}
	prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0);
	code = find_code(&probe, (uint32_t)(unsigned char)argv[1][0]);
	for (int i = 0; code != 0 && i < atoi(argv[2]); i++) {
		uint64_t taken_us[2];

		measure(&probe, code, taken_us);
		if (taken_us[1] > 0)
			printf("%llu %llu\n", (unsigned long long)taken_us[0],
				(unsigned long long)taken_us[1]);
		else
			printf("timeout\n");
		fflush(stdout);
		/* Between two presses, not for a result: lets all come to
		 * rest, so that each press is a lone one. */
		pause.tv_nsec = (atoi(argv[3]) + i % 17) % 1000 * 1000000L;
		nanosleep(&pause, NULL);
	}
	xcb_disconnect(probe.conn);
	return code != 0 ? 0 : 2;
}
