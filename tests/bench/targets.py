# SPDX-License-Identifier: GPL-3.0-or-later
"""What the benchmark is held against, and how its parts are called."""

# Ratios to TigerVNC lossless at the same final pixels, TLS on both. The video
# is held against TigerVNC's default, which is lossy, at equal or better PSNR.
TARGETS = {
    "typing": {"bytes": 0.5, "cpu": 0.5},
    "scroll_text": {"bytes": 0.06, "cpu": 0.3},
    "scroll_photo": {"bytes": 0.10, "cpu": 0.3},
    "tab_back": {"bytes": 0.05, "cpu": 0.3},
    "first_text": {"bytes": 0.60, "cpu": 0.4},
    "first_text_slow": {"bytes": 0.45, "cpu": 1.0},
    "first_photo": {"bytes": 0.60, "cpu": 0.4},
    "idle": {"bytes": 0.5, "cpu": 0.5},
    "video": {"bytes": 1.0, "cpu": 0.7},
}
TITLES = {
    "typing": "typing in a form",
    "scroll_text": "scrolling, text",
    "scroll_photo": "scrolling, photos",
    "tab_back": "back to a seen tab",
    "first_text": "first paint, text",
    "first_text_slow": "first paint, text, 10 Mbit/s",
    "first_photo": "first paint, photos",
    "idle": "blinking caret",
    "video": "video region",
}
LATENCY = {"small": "64x64", "full": "full window"}
# Parts of the best peer's time.
LATENCY_TARGETS = {"p50": 1 / 3, "p99": 1 / 2}
LINES_TARGET = 1 / 2  # p95 beside a playing video on a slow line
# A region in motion is exact again so long after it came to rest.
REST_LIMIT_MS = 300
# Most PSS at 1920x1080, of the server's workers and of the viewer.
MEMORY_MIB = {"pss_kib": 60, "viewer_pss_kib": 90}
SERVER_WORKERS = ("shoji-session-agent", "shoji-host-gate")
