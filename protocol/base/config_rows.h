/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * config_rows: how the rows of a table of keys are written (config.h).
 *
 * Only for the file that holds such a table, and says whose members its rows
 * name: #define SJ_CONFIG_STRUCT struct sj_host_config.
 */
#ifndef SJ_PROTOCOL_BASE_CONFIG_ROWS_H
#define SJ_PROTOCOL_BASE_CONFIG_ROWS_H

#include "protocol/base/config.h"
#include "protocol/base/limits.h"

#define AT(member)                                                             \
	offsetof(SJ_CONFIG_STRUCT, member),                                    \
		sizeof(((SJ_CONFIG_STRUCT *)0)->member)
#define TEXT(section, key, member, standard, help)                             \
	{                                                                      \
		section, key, SJ_CONFIG_TEXT, AT(member), standard, 0, 0,      \
			NULL, help                                             \
	}
#define NUMBER(section, key, member, standard, min, max, help)                 \
	{                                                                      \
		section, key, SJ_CONFIG_NUMBER, AT(member), standard, min,     \
			max, NULL, help                                        \
	}
#define BOOL(section, key, member, standard, help)                             \
	{                                                                      \
		section, key, SJ_CONFIG_BOOL, AT(member), standard, 0, 0,      \
			NULL, help                                             \
	}
#define CHOICE(section, key, member, standard, choices, help)                  \
	{                                                                      \
		section, key, SJ_CONFIG_CHOICE, AT(member), standard, 0, 0,    \
			choices, help                                          \
	}
#define LIST(section, key, member, max, help)                                  \
	{                                                                      \
		section, key, SJ_CONFIG_LIST, AT(member), "", 0, max, NULL,    \
			help                                                   \
	}

/* [ledger], the same wherever one is kept. */
#define LEDGER_ROWS(file, keys, heartbeat_s)                                   \
	TEXT("ledger", "file", file, "",                                       \
		"file of the ledger; empty: none is kept"),                    \
		TEXT("ledger", "keys", keys, "",                               \
			"path of the keys without .key and .state, made by "   \
			"shoji-verify keygen"),                                \
		NUMBER("ledger", "heartbeat_s", heartbeat_s, "10",             \
			SJ_LIMIT_LEDGER_HEARTBEAT_MIN_S,                       \
			SJ_LIMIT_LEDGER_HEARTBEAT_S,                           \
			"seconds between two heartbeats")

#endif /* SJ_PROTOCOL_BASE_CONFIG_ROWS_H */
