/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "viewer/window_start.h"

#include <string.h>
#include <unistd.h>

#include "protocol/base/confine.h"
#include "protocol/base/memfd.h"
#include "viewer/viewer_ipc.h"

#define ENVIRONMENT_MAX 16

static const char *const *window_environment(void)
{
	static const char *const names[] = {
		"DISPLAY=", "XAUTHORITY=", "HOME=", "LANG=", "LC_ALL=",
		"LC_CTYPE=", "LC_MESSAGES=", "XMODIFIERS=", "XDG_CONFIG_HOME=",
		"XDG_CACHE_HOME=", "XDG_DATA_HOME=", "FONTCONFIG_FILE=",
		"FONTCONFIG_PATH=", "XCURSOR_THEME=", "XCURSOR_SIZE="};
	static const char *envp[ENVIRONMENT_MAX];
	size_t count = 0;
	size_t i;
	char **at;

	for (at = environ; *at; at++) {
		for (i = 0; i < SJ_COUNT(names); i++) {
			if (strncmp(*at, names[i], strlen(names[i])) == 0 &&
				count + 1 < ENVIRONMENT_MAX)
				envp[count++] = *at;
		}
	}
	envp[count] = NULL;
	return envp;
}

enum sj_err sj_window_start(struct sj_child *window,
	const struct sj_viewer_options *options, bool is_japanese)
{
	struct sj_viewer_message message;
	struct sj_viewer_window_start *start = &message.u.window_start;
	struct sj_ipc_fds fds = {{-1}, 0};
	const struct sj_child_start first = {&message, sizeof(message), &fds};
	enum sj_err err = SJ_OK;

	memset(&message, 0, sizeof(message));
	message.type = SJ_VIEWER_WINDOW_START;
	start->may_miss = options->landlock ? SJ_CONFINE_LANDLOCK : 0;
	start->log_level = options->log_level;
	start->size.width_px = (uint16_t)options->width_px;
	start->size.height_px = (uint16_t)options->height_px;
	start->is_fullscreen = options->is_fullscreen;
	start->is_japanese = is_japanese;
	memcpy(start->host_name, options->host, sizeof(start->host_name));
	memcpy(start->zone_label, options->zone_label,
		sizeof(start->zone_label));
	start->zone_color = options->zone_color;
	memcpy(start->contact, options->contact, sizeof(start->contact));
	memcpy(start->screenshot, options->screenshot,
		sizeof(start->screenshot));
	start->duration_ms = options->duration_ms;
	start->timeout_ms = options->timeout_ms;
	start->script_count = options->script.count;
	if (start->script_count > 0) {
		err = sj_memfd_copy("shoji-script", options->script.step,
			options->script.count * sizeof(options->script.step[0]),
			&fds.fd[0]);
		fds.count = err == SJ_OK ? 1 : 0;
	}
	if (err == SJ_OK)
		err = sj_child_start(window,
			options->is_headless ? "shoji-viewer-headless"
					     : "shoji-viewer-window",
			window_environment(), &first);
	sj_ipc_close(&fds);
	return err;
}
