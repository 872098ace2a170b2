/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/session_display.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "host/session_root.h"

void sj_display_server_command(struct sj_display_command *command,
	const struct sj_host_init_start *start)
{
	/* Modes of RandR live until the server resets: never let it. */
	static const char *const file[] = {
		"-fbdir", SJ_SESSION_FRAMEBUFFER_DIR};
	const char *const words[] = {"Xvfb", ":0", "-screen", "0",
		command->screen, "-auth", SJ_SESSION_XAUTHORITY, "-noreset",
		"-r", "-nolisten", "tcp", "-nolisten", "local", "-nolisten",
		"inet", "-nolisten", "inet6", "-s", "0", "-dpms", "-displayfd",
		"3"};

	_Static_assert(SJ_COUNT(words) + SJ_COUNT(file) < SJ_DISPLAY_WORDS,
		"too many words");
	memset(command->word, 0, sizeof(command->word));
	(void)snprintf(command->screen, sizeof(command->screen), "%ux%ux24",
		(unsigned)start->size_max.width_px,
		(unsigned)start->size_max.height_px);
	memcpy(command->word, words, sizeof(words));
	if (start->capture == 0)
		memcpy(command->word + SJ_COUNT(words), file, sizeof(file));
}

void sj_display_keymap_command(struct sj_display_command *command,
	const struct sj_host_init_start *start)
{
	const char *model = start->keymap == 1 ? "jp106" : "pc105";
	const char *layout = start->keymap == 1 ? "jp" : "us";
	const char *const words[] = {"setxkbmap", "-display", ":0", "-rules",
		"evdev", "-model", model, "-layout", layout, "-option", "",
		NULL};

	memcpy(command->word, words, sizeof(words));
}

int sj_display_open_framebuffer(void)
{
	return open(SJ_SESSION_FRAMEBUFFER_DIR "/Xvfb_screen0",
		O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
}
