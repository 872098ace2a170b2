/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "viewer/reaction.h"

#include <sys/wait.h>

#include "viewer/session_vnc.h"

bool sj_reaction_is_retry(enum sj_reason reason)
{
	return reason == SJ_REASON_CLOSED || reason == SJ_REASON_IO ||
	       reason == SJ_REASON_TIMEOUT_HANDSHAKE ||
	       reason == SJ_REASON_TIMEOUT_MESSAGE ||
	       reason == SJ_REASON_TIMEOUT_WRITE ||
	       reason == SJ_REASON_UNREACHABLE ||
	       reason == SJ_REASON_UNRESOLVED || reason == SJ_REASON_AGENT_GONE;
}

enum sj_exit sj_reaction_exit(enum sj_reason reason)
{
	if (reason == SJ_REASON_NONE || sj_reason_is_purpose(reason))
		return SJ_EXIT_ENDED;
	if (sj_reaction_is_retry(reason) || reason >= SJ_REASON_LOCAL)
		return SJ_EXIT_LOCAL;
	return SJ_EXIT_PEER;
}

static enum sj_reason decoder_reason(int status)
{
	if (WIFEXITED(status) && WEXITSTATUS(status) > SJ_VNC_EXIT_BASE)
		return SJ_REASON_HOST_PIXELS;
	if (WIFEXITED(status) && WEXITSTATUS(status) == SJ_EXIT_ENDED)
		return SJ_REASON_NONE;
	if (WIFEXITED(status))
		return SJ_REASON_LOCAL;
	return SJ_REASON_DECODER_GONE;
}

enum sj_reason sj_reaction_judge(enum sj_reason gate_reason, int decoder_status)
{
	enum sj_reason decoder = decoder_reason(decoder_status);

	if (decoder != SJ_REASON_NONE &&
		(gate_reason == SJ_REASON_NONE ||
			gate_reason == SJ_REASON_LOCAL ||
			gate_reason == SJ_REASON_DECODER_GONE))
		return decoder;
	return gate_reason == SJ_REASON_NONE ? SJ_REASON_LOCAL : gate_reason;
}

uint32_t sj_reaction_backoff_ms(uint32_t wait_ms)
{
	if (wait_ms < SJ_VIEWER_BACKOFF_MIN_MS)
		return SJ_VIEWER_BACKOFF_MIN_MS;
	if (wait_ms >= SJ_VIEWER_BACKOFF_MAX_MS / 2)
		return SJ_VIEWER_BACKOFF_MAX_MS;
	return wait_ms * 2;
}
