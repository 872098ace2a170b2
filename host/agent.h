/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * agent: joins the parts of the session agent and runs its loop.
 *
 * Single-threaded. What comes from the display, the gate and the XIM process
 * is hostile; what comes from init and shojid is judged all the same.
 */
#ifndef SJ_HOST_AGENT_H
#define SJ_HOST_AGENT_H

#include <stdbool.h>

#include "host/display_xcb.h"
#include "host/host_ipc.h"
#include "host/input_queue.h"
#include "protocol/base/attr.h"
#include "protocol/base/err.h"
#include "protocol/send/shadow.h"

struct sj_capture;
struct sj_inject;
struct sj_motion_encoder;
struct sj_publish;
struct sj_wm;

/* Descriptors are filled by the caller, the rest by sj_agent_open. */
struct sj_agent {
	int init_fd;   /* its end: session init is gone */
	int shojid_fd; /* ATTACH in; READY, DETACHED out */
	int text_fd;   /* struct sj_host_text to the XIM process */
	int ack_fd;    /* struct sj_host_text from it */
	struct sj_display display;
	struct sj_capture *capture;
	struct sj_shadow *shadow;
	struct sj_inject *inject;
	struct sj_publish *publish;
	struct sj_motion_encoder *motion; /* NULL: nothing is lossy */
	struct sj_wm *wm;
	struct sj_input_queue queue;
	bool is_display_busy; /* events are left for the next turn */
	bool is_display_idle; /* nothing to read when last looked */
	uint64_t pulse_ms;    /* when ALIVE is told next */
	uint64_t rest_due_ms; /* the display rests then; 0: it does */
	uint64_t dropped;     /* texts without a field */
	uint8_t buttons;      /* that the viewer holds */
	struct sj_size size_max;
	uint32_t refresh_hz;
	const char *failed_part; /* of sj_agent_open, for the log */
};

/*
 * Opens display, framebuffer (file frame_fd, kept by the caller; not used if
 * start says that there is none) and all parts, as start says. Blocks. On
 * failure agent->failed_part names what failed; sj_agent_close is still to be
 * called.
 */
SJ_MUST_USE enum sj_err sj_agent_open(struct sj_agent *agent,
	const struct sj_host_agent_start *start, int frame_fd);

/* Runs until init, shojid or the display is gone, or something is violated. */
SJ_MUST_USE enum sj_exit sj_agent_run(struct sj_agent *agent);

/* Frees what open has made; a zeroed agent is ignored. */
void sj_agent_close(struct sj_agent *agent);

#endif /* SJ_HOST_AGENT_H */
