# SPDX-License-Identifier: GPL-3.0-or-later
"""shoji-probe: the security tester's programme.

Everything in this package is written from docs/protocol.md, with Python's own
TLS, and shares no code with what it judges (docs/decisions/0009).
"""
