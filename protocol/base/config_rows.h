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

/* What checks of the programs say beyond the types. */
#define SJ_ALLOWED_ADDRESS "numeric addresses, IPv4 or IPv6"
#define SJ_ALLOWED_ZONE                                                        \
	"1 to 15 of a-z 0-9 - that begin with a letter, and not mynumber, "    \
	"whose terminals are refused"

#define AT(member)                                                             \
	offsetof(SJ_CONFIG_STRUCT, member),                                    \
		sizeof(((SJ_CONFIG_STRUCT *)0)->member)
#define TEXT(section, key, member, standard, help)                             \
	TEXT_OF(section, key, member, standard, NULL, help)
#define NUMBER(section, key, member, standard, min, max, help)                 \
	{                                                                      \
		section, key, SJ_CONFIG_NUMBER, AT(member), standard, min,     \
			max, NULL, help, NULL                                  \
	}
#define BOOL(section, key, member, standard, help)                             \
	BOOL_OF(section, key, member, standard, NULL, help)
#define CHOICE(section, key, member, standard, choices, help)                  \
	CHOICE_OF(section, key, member, standard, choices, NULL, help)
#define LIST(section, key, member, max, help)                                  \
	LIST_OF(section, key, member, max, NULL, help)

/* The same where the type says too little of what is allowed. */
#define TEXT_OF(section, key, member, standard, allowed, help)                 \
	{                                                                      \
		section, key, SJ_CONFIG_TEXT, AT(member), standard, 0, 0,      \
			NULL, help, allowed                                    \
	}
#define BOOL_OF(section, key, member, standard, allowed, help)                 \
	{                                                                      \
		section, key, SJ_CONFIG_BOOL, AT(member), standard, 0, 0,      \
			NULL, help, allowed                                    \
	}
#define CHOICE_OF(section, key, member, standard, choices, allowed, help)      \
	{                                                                      \
		section, key, SJ_CONFIG_CHOICE, AT(member), standard, 0, 0,    \
			choices, help, allowed                                 \
	}
#define LIST_OF(section, key, member, max, allowed, help)                      \
	{                                                                      \
		section, key, SJ_CONFIG_LIST, AT(member), "", 0, max, NULL,    \
			help, allowed                                          \
	}

/* [ledger], the same wherever one is kept. */
#define LEDGER_ROWS(file, keys, heartbeat_s)                                   \
	TEXT("ledger", "file", file, "",                                       \
		"file of the ledger, needs keys; empty: none is kept"),        \
		TEXT("ledger", "keys", keys, "",                               \
			"path of the keys without .key and .state, made by "   \
			"shoji-verify keygen"),                                \
		NUMBER("ledger", "heartbeat_s", heartbeat_s, "10",             \
			SJ_LIMIT_LEDGER_HEARTBEAT_MIN_S,                       \
			SJ_LIMIT_LEDGER_HEARTBEAT_S,                           \
			"seconds between two heartbeats")

#endif /* SJ_PROTOCOL_BASE_CONFIG_ROWS_H */
