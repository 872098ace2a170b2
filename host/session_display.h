/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * session_display: the X server of a session: its command lines and its
 * framebuffer file. Starts nothing by itself.
 */
#ifndef SJ_HOST_SESSION_DISPLAY_H
#define SJ_HOST_SESSION_DISPLAY_H

#include "host/host_ipc.h"
#include "protocol/base/attr.h"
#include "protocol/base/err.h"

/* Programs of the system. */
#define SJ_DISPLAY_SERVER "/usr/bin/Xvfb"
#define SJ_DISPLAY_KEYMAP "/usr/bin/setxkbmap"

#define SJ_DISPLAY_WORDS 32

struct sj_display_command {
	const char *word[SJ_DISPLAY_WORDS]; /* NULL-terminated */
	char screen[32];
};

/*
 * Fills *command for Xvfb on :0 at the maximum size, with a framebuffer file
 * if start->capture says so. It writes its display
 * number to descriptor 3 when clients can connect.
 */
void sj_display_server_command(struct sj_display_command *command,
	const struct sj_host_init_start *start);

/* Fills *command for the program that sets the keymap of start. */
void sj_display_keymap_command(struct sj_display_command *command,
	const struct sj_host_init_start *start);

/* Opens the framebuffer file for reading; -1 with errno on failure. */
int sj_display_open_framebuffer(void);

#endif /* SJ_HOST_SESSION_DISPLAY_H */
