/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * viewer_ipc: the fixed-size messages between the processes of one viewer.
 *
 * Control messages (struct sj_viewer_message; for the gate those of
 * protocol/gate/viewer_gate_ipc.h) run between the launcher and each
 * process on descriptor 3. Two one-way SOCK_SEQPACKET pairs beside them:
 * input (struct sj_viewer_input, window to gate) and damage
 * (struct sj_viewer_damage, decoder to window). Receivers judge all of
 * them as foreign.
 */
#ifndef SJ_VIEWER_VIEWER_IPC_H
#define SJ_VIEWER_VIEWER_IPC_H

#include <stdint.h>

#include "protocol/base/limits.h"
#include "protocol/base/rect.h"
#include "protocol/gate/viewer_gate_ipc.h"

/*
 * The frame memfd: width x height pixels BGRX, stride width x 4, of the current
 * size, from offset 0; the cursor image (at most 64x64 BGRA, straight alpha,
 * stride width x 4) from SJ_VIEWER_CURSOR_OFFSET.
 */
#define SJ_VIEWER_CURSOR_OFFSET SJ_LIMIT_FRAME_BYTES
#define SJ_VIEWER_CURSOR_BYTES (SJ_LIMIT_CURSOR_PX * SJ_LIMIT_CURSOR_PX * 4)
#define SJ_VIEWER_FRAME_FILE_BYTES                                             \
	(SJ_VIEWER_CURSOR_OFFSET + SJ_VIEWER_CURSOR_BYTES)

/*
 * unix(7): frames cannot be passed to the X server (ETOOMANYREFS) while more
 * descriptors than this are under way in all programs of the user. No lower
 * than other programs have it, or they stop this one.
 */
#define SJ_VIEWER_WINDOW_FDS 1024

enum sj_viewer_message_type {
	/* launcher to decoder. START: fds stream to the gate, frame memfd,
	 * damage to the window. */
	SJ_VIEWER_DECODER_START = 1,
	/* launcher to window or headless. START once: fd of a write-sealed
	 * memfd with script_count struct sj_viewer_script (none when 0). LINK
	 * for each connection: fds frame memfd (read-only), damage, input.
	 * STATUS. END. */
	SJ_VIEWER_WINDOW_START,
	SJ_VIEWER_WINDOW_LINK,
	SJ_VIEWER_WINDOW_STATUS,
	SJ_VIEWER_WINDOW_END,
	/* window to launcher. CLOSED: the user closed it or the script of
	 * --headless is done. RETRY: the user wants to reconnect now. SHOWN:
	 * the first whole update of a connection is presented (shown_us). SIZE:
	 * the picture has this much room now; for the next connection. FAILED:
	 * it is about to end by itself, and why. */
	SJ_VIEWER_WINDOW_CLOSED,
	SJ_VIEWER_WINDOW_RETRY,
	SJ_VIEWER_WINDOW_SHOWN,
	SJ_VIEWER_WINDOW_SIZE,
	SJ_VIEWER_WINDOW_FAILED
};

/* Why the window, or what stands for it headless, ends by itself. */
enum sj_viewer_failed {
	SJ_VIEWER_FAILED_NOTHING,
	SJ_VIEWER_FAILED_OTHER,
	SJ_VIEWER_FAILED_DISPLAY,      /* there was none from the start */
	SJ_VIEWER_FAILED_DISPLAY_LOST, /* it went away */
	SJ_VIEWER_FAILED_PASSING,      /* it is there and takes no frames */
	SJ_VIEWER_FAILED_FDS,          /* too few descriptors (ulimit -n) */
	SJ_VIEWER_FAILED_CONFINE,
	SJ_VIEWER_FAILED_SCREENSHOT, /* number: errno of the file */
	SJ_VIEWER_FAILED_TIMEOUT,
	SJ_VIEWER_FAILED_COUNT
};

struct sj_viewer_failure {
	uint32_t what;  /* enum sj_viewer_failed */
	int32_t number; /* errno, 0: none */
};

enum sj_viewer_state {
	SJ_VIEWER_CONNECTING,
	SJ_VIEWER_SHOWING,
	SJ_VIEWER_LOST, /* reconnects by itself after retry_ms */
	SJ_VIEWER_ENDED /* stays so; reason tells */
};

struct sj_viewer_decoder_start {
	uint32_t may_miss, log_level;
	uint32_t is_strict; /* profile strict: Raw, CopyRect, Zlib, shapes */
};

struct sj_viewer_window_start {
	uint32_t may_miss, log_level;
	struct sj_size size; /* of the pixels area */
	uint8_t is_fullscreen;
	uint8_t is_japanese; /* language of the messages */
	char host_name[256]; /* shown in messages */
	char zone_label[64]; /* UTF-8, in frame and title */
	uint32_t zone_color; /* 0x00RRGGBB of the frame */
	char contact[128];   /* whom to call, UTF-8 */
	/* --headless only */
	char screenshot[256]; /* "": none */
	uint32_t duration_ms; /* 0: until the script is done */
	uint32_t timeout_ms;  /* 0: none; the script has to be done */
	uint32_t script_count;
};

#define SJ_VIEWER_SCRIPT_STEPS 64

enum sj_viewer_step {
	SJ_VIEWER_STEP_TYPE,   /* text; a newline is Return, a tab is Tab */
	SJ_VIEWER_STEP_CLICK,  /* x_px, y_px; number is the button, 1 left */
	SJ_VIEWER_STEP_WAIT,   /* number in ms */
	SJ_VIEWER_STEP_KEY,    /* number is a keysym: pressed, released; x_px
				  holds modifiers: 1 shift, 2 control, 4 alt */
	SJ_VIEWER_STEP_WHEEL,  /* x_px, y_px; number of notches, as int32_t,
				  downwards positive */
	SJ_VIEWER_STEP_RESIZE, /* x_px by y_px is the wished size */
	SJ_VIEWER_STEP_QUIET   /* wait until number ms without an update */
};

/* One step of --headless, in the order of the command line. */
struct sj_viewer_script {
	uint32_t kind; /* enum sj_viewer_step */
	uint32_t x_px, y_px, number;
	char text[1024]; /* UTF-8 */
};

struct sj_viewer_status {
	uint32_t state;      /* enum sj_viewer_state */
	uint32_t reason;     /* enum sj_reason */
	uint32_t is_by_peer; /* as in sj_viewer_gate_closed */
	uint32_t retry_ms;
};

struct sj_viewer_message {
	uint32_t type; /* enum sj_viewer_message_type */
	union {
		struct sj_viewer_decoder_start decoder_start;
		struct sj_viewer_window_start window_start;
		struct sj_viewer_status status;
		uint64_t shown_us; /* CLOCK_MONOTONIC */
		struct sj_size size;
		struct sj_viewer_failure failure;
	} u;
};

enum sj_viewer_damage_type {
	SJ_VIEWER_DAMAGE_RECT = 1, /* rect has new pixels */
	SJ_VIEWER_DAMAGE_UPDATE,   /* one update is complete */
	SJ_VIEWER_DAMAGE_SIZE,     /* rect.width x height, new layout */
	SJ_VIEWER_DAMAGE_CURSOR,   /* rect: hot spot x, y; width x height */
	SJ_VIEWER_DAMAGE_CARET,    /* rect of the caret hint */
	SJ_VIEWER_DAMAGE_END       /* session-end rectangle: number */
};

struct sj_viewer_damage {
	uint32_t type;
	uint32_t number;
	struct sj_rect rect;
};

#endif /* SJ_VIEWER_VIEWER_IPC_H */
