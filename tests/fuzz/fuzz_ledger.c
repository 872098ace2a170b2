/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as a ledger: its records, and all of it before the judge. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "certs/verify_select.h"
#include "tests/fuzz/target.h"

/* What was accepted is the one form that would be written again. */
static void check_record(const uint8_t *bytes)
{
	struct sj_ledger_record record;
	uint8_t again[SJ_LEDGER_RECORD_BYTES];
	const char *what = NULL;

	if (!sj_ledger_record_parse(bytes, &record, &what)) {
		if (!what)
			abort();
		return;
	}
	sj_ledger_record_build(&record, again);
	if (memcmp(bytes, again, sizeof(again)) != 0)
		abort();
}

static void check_ledger(const uint8_t *data, size_t size)
{
	static struct sj_verify_ledger ledgers[2];
	static struct sj_verify_findings findings;
	/* The corpus is written with these: K is 0. */
	const struct sj_ledger_state first = {.seq = 0};
	/* Half of all inputs: what nobody was, on the first day. */
	const struct sj_verify_selection asked = {
		.has_user = true, .has_day = true, .day_end_us = 86400000000};
	const struct sj_verify_selection *selection =
		data[size - 1] % 2 == 0 ? &asked : NULL;
	const struct sj_verify_keys keys = {
		.first = &first, .selection = selection, .steps_max = 4096};
	uint8_t *copy = malloc(size);

	if (!copy)
		abort();
	memcpy(copy, data, size);
	memset(ledgers, 0, sizeof(ledgers));
	memset(&findings, 0, sizeof(findings));
	for (uint8_t i = 0; i < 2; i++) {
		FILE *file = fmemopen(copy, size, "r");

		ledgers[i].index = i;
		if (!file || sj_verify_read(&ledgers[i], file, &keys) != SJ_OK)
			abort();
		(void)fclose(file);
	}
	if (sj_verify_join(ledgers, 2, selection, &findings) != SJ_OK)
		abort();
	if (sj_verify_verdict(ledgers, 2, &findings) == SJ_VERIFY_AGREES)
		abort(); /* no public key was given */
	for (size_t i = 0; i < 2; i++)
		sj_verify_free(&ledgers[i]);
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sj_ledger_state state;

	for (size_t at = 0; at + SJ_LEDGER_RECORD_BYTES <= size;
		at += SJ_LEDGER_RECORD_BYTES)
		check_record(data + at);
	if (size >= SJ_LEDGER_STATE_BYTES &&
		sj_ledger_state_parse(data, &state) && state.seq == UINT64_MAX)
		return 0;
	(void)!sj_ledger_first_parse((const char *)data, size, &state);
	if (size > 0)
		check_ledger(data, size);
	return 0;
}
