/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * agent_input: what the viewer does, in order, to the display and the input
 * method.
 */
#ifndef SJ_HOST_AGENT_INPUT_H
#define SJ_HOST_AGENT_INPUT_H

#include <stdbool.h>
#include <stdint.h>

#include "host/agent.h"
#include "protocol/base/attr.h"

/* Hooks of publish; self is the struct sj_agent. */
bool sj_agent_has_room(void *self);
void sj_agent_key(void *self, bool is_down, uint32_t keysym);
void sj_agent_pointer(
	void *self, uint8_t buttons, uint16_t x_px, uint16_t y_px);

/*
 * Does what may be done now. False when the XIM process is gone.
 */
SJ_MUST_USE bool sj_agent_input_run(struct sj_agent *agent);

/*
 * Reads what the XIM process says; call it when its pipe is readable. False
 * when it is gone or says nonsense.
 */
SJ_MUST_USE bool sj_agent_input_news(struct sj_agent *agent);

/* The viewer has left: nothing stays held, nothing waits. */
void sj_agent_input_release(struct sj_agent *agent);

#endif /* SJ_HOST_AGENT_INPUT_H */
