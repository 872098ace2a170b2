/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * host_ipc: the fixed-size messages between the processes of one host.
 *
 * All are struct sj_host_message on a SOCK_SEQPACKET pair
 * (protocol/base/ipc.h), but those of gates (protocol/gate/host_gate_ipc.h).
 * Each row below says direction and descriptors. A receiver accepts only the
 * types meant for it, with exactly that number of descriptors, and ends itself
 * (child) or the child (supervisor) otherwise.
 */
#ifndef SJ_HOST_HOST_IPC_H
#define SJ_HOST_HOST_IPC_H

#include <stdbool.h>
#include <stdint.h>

#include "protocol/base/limits.h"
#include "protocol/base/rect.h"
#include "protocol/gate/host_gate_ipc.h"

enum sj_host_message_type {
	/* shojid to session init. START: fd the agent's end of its pair to
	 * shojid. END: stop everything. */
	SJ_HOST_INIT_START = 1,
	SJ_HOST_INIT_END,
	/* session init to shojid. LISTENER: fd, the listening socket in the
	 * session's network namespace. READY: the browser has been started.
	 * ENDED: which process ended first, then init exits. */
	SJ_HOST_INIT_LISTENER,
	SJ_HOST_INIT_READY,
	SJ_HOST_INIT_ENDED,
	/* shojid to agent, on a pair of its own that init only hands on.
	 * ATTACH: fd of the stream to a gate; the agent drops the one before.
	 */
	SJ_HOST_AGENT_ATTACH,
	/* agent to shojid. READY: the first pixels exist. DETACHED: the
	 * stream ended. */
	SJ_HOST_AGENT_READY,
	SJ_HOST_AGENT_DETACHED,
	/* init to agent. START: fds control pair to shojid, text pipe to XIM,
	 * acknowledgement pipe from XIM and, if there is one, the framebuffer
	 * file (read-only). The cookie is in the message, the display is :0.
	 */
	SJ_HOST_AGENT_START,
	/* agent to init on descriptor 3, once: the agent is the window manager
	 * now; the browser is started only then. */
	SJ_HOST_AGENT_MANAGING,
	/* init to XIM process. START: fds text pipe, acknowledgement pipe. */
	SJ_HOST_XIM_START,
	/* XIM process to init, once: the input method can be found by new
	 * programs; the browser is started only then. */
	SJ_HOST_XIM_READY,
	/* shojid to forwarder. START: fd the listening socket. */
	SJ_HOST_FORWARDER_START,
	/* shojid to message publisher. START: fd of the stream to a gate.
	 * PLACE: the waiting place has changed. */
	SJ_HOST_PUBLISHER_START,
	SJ_HOST_PUBLISHER_PLACE,
	/* agent to shojid, each SJ_LIMIT_PULSE_MS. */
	SJ_HOST_AGENT_ALIVE
};

#define SJ_HOST_COMMAND_ARGS 16

/* What makes the browser draw less; 0 or 1 unless said otherwise. */
struct sj_host_browser {
	uint32_t is_smooth_scrolling;
	uint32_t text_antialiasing; /* 0 grey, 1 LCD sub-pixels */
	uint32_t is_reduced_motion;
	uint32_t is_caret_blinking;
	uint32_t refresh_hz; /* that the screen claims to show */
};

struct sj_host_init_start {
	uint32_t init_uid, init_gid; /* UINT32_MAX: keep (no root) */
	uint32_t agent_uid, agent_gid;
	uint32_t jail_uid, jail_gid;
	uint32_t may_miss;
	uint32_t log_level;
	struct sj_size size_max; /* of Xvfb's screen */
	struct sj_size size_start;
	uint32_t keymap; /* 0 us, 1 jp */
	uint32_t home_max_mib;
	uint32_t
		is_stock_allowed; /* told to the agent, as the next three are */
	uint32_t frames_per_second;
	uint32_t bandwidth_kbit;
	uint32_t is_lossless;
	uint32_t capture; /* 0 framebuffer file, 1 MIT-SHM */
	struct sj_host_browser browser;
	uint32_t is_chromium; /* 0: command below is run instead */
	char command[SJ_HOST_COMMAND_ARGS][256]; /* "" ends */
	char binds[4][256];         /* extra read-only paths, "" ends */
	char url[1024];             /* start page */
	char browser_flags[8][128]; /* extra Chromium flags, "" ends */
	char libexec[256];          /* our programs, bound to /shoji/libexec */
	char policy_file[256];      /* more managed policies, "" none */
};

struct sj_host_agent_start {
	struct sj_host_confine_settings confine;
	struct sj_size size_max;
	struct sj_size size_start;
	uint32_t keymap;
	uint32_t is_stock_allowed;
	uint32_t refresh_hz;           /* that the screen claims to have */
	uint32_t frames_per_second;    /* at most */
	uint32_t bandwidth_kbit;       /* a second, at most; 0: no bound */
	uint32_t is_lossless;          /* regions in motion, too */
	uint32_t has_framebuffer_file; /* else MIT-SHM */
	uint8_t cookie[16];            /* MIT-MAGIC-COOKIE-1 of display :0 */
};

struct sj_host_xim_start {
	struct sj_host_confine_settings confine;
	uint8_t cookie[16];
};

struct sj_host_forwarder_start {
	struct sj_host_confine_settings confine;
	char upstream_address[64]; /* numeric; "": refuse everything */
	uint32_t upstream_port;
	uint16_t ports[16]; /* that may be reached; 0 ends */
};

struct sj_host_publisher_start {
	struct sj_host_confine_settings confine;
	struct sj_size size;
	uint32_t picture; /* 0 waiting */
	uint32_t place;   /* 1 is next */
};

struct sj_host_init_ended {
	char process[32];    /* "browser", "xvfb", "agent", "xim" */
	int32_t wait_status; /* as waitpid(2) gives it */
};

struct sj_host_message {
	uint32_t type; /* enum sj_host_message_type */
	union {
		uint32_t place; /* PUBLISHER_PLACE */
		struct sj_host_init_start init_start;
		struct sj_host_init_ended init_ended;
		struct sj_host_agent_start agent_start;
		struct sj_host_xim_start xim_start;
		struct sj_host_forwarder_start forwarder_start;
		struct sj_host_publisher_start publisher_start;
	} u;
};

/*
 * Between agent and XIM process: struct sj_host_text on one-way pairs.
 * Agent to XIM: COMMIT. XIM to agent: COMMITTED (the program has taken it) or
 * DROPPED for each commit, CARET, FOCUS. Keys never pass the XIM process.
 */
enum sj_host_text_type {
	SJ_HOST_TEXT_COMMIT = 1,
	SJ_HOST_TEXT_COMMITTED,
	SJ_HOST_TEXT_DROPPED, /* no focused field */
	SJ_HOST_TEXT_CARET,   /* rectangle in root coordinates */
	SJ_HOST_TEXT_FOCUS    /* number: 1 a field has the focus, 0 none */
};

struct sj_host_text {
	uint32_t type;
	uint32_t number; /* COMMIT: bytes of text; FOCUS: 0 or 1 */
	struct sj_rect caret;
	char text[SJ_LIMIT_COMMIT_BYTES]; /* UTF-8, not terminated */
};

#endif /* SJ_HOST_HOST_IPC_H */
