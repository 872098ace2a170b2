/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "guard/guard_config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "protocol/base/check_file.h"
#include "protocol/base/config_rows.h"
#include "protocol/base/confine.h"

#define SJ_CONFIG_STRUCT struct sj_guard_config

#define NOTHING ((struct sj_config_fault){NULL, NULL, NULL, NULL})

static const char *const profiles[] = {"default", "strict", NULL};
static const char *const inputs[] = {"all", "read-only", NULL};
static const char *const number_modes[] = {"off", "exact", "sliding", NULL};
static const char *const quanta[] = {"off", "1", "10", "50", NULL};
static const uint32_t quantum_ms[] = {0, 1, 10, 50};
static const char *const lossless[] = {"motion", "always", NULL};

static const struct sj_config_key keys[] = {
	TEXT_OF("listen", "address", address, "0.0.0.0", SJ_ALLOWED_ADDRESS,
		"address to listen on"),
	NUMBER("listen", "port", port, "5900", 0, 65535,
		"TCP port; 0: the kernel chooses"),
	TEXT("listen", "port_file", port_file, "",
		"file that the actual port is written to; empty: none"),
	NUMBER("listen", "connections_max", connections_max, "128", 1,
		SJ_LIMIT_CONNECTIONS,
		"connections at once; a newcomer beyond takes the place of "
		"one that has not logged in"),
	NUMBER("listen", "half_open_max", half_open_max, "32", 1,
		SJ_LIMIT_HALF_OPEN,
		"connections of one address that have not logged in"),
	TEXT("viewers", "chain", viewers.chain, NULL,
		"PEM: certificate (role guard) that viewers see"),
	TEXT("viewers", "key", viewers.key, NULL, "PEM: its private key"),
	TEXT("viewers", "authority", viewers.authority, NULL,
		"PEM: authority of the viewers"),
	TEXT("viewers", "crl", viewers.crl, NULL,
		"PEM: revocation list of that authority, read again when it "
		"changes"),
	TEXT("viewers", "key_password_file", viewers.key_password_file, "",
		"file whose first line opens the private key; empty: none"),
	TEXT_OF("viewers", "zone", zone, "lgwan", SJ_ALLOWED_ZONE,
		"zone that viewers' certificates must state"),
	LIST_OF("host", "address", host_list, SJ_GUARD_HOSTS,
		"1 to 16 of ADDRESS:PORT and [ADDRESS]:PORT with a numeric "
		"address",
		"a render host; of several a user always gets the same one, "
		"while it can be reached and does not twice let that user "
		"down: then another for 10 s"),
	TEXT("host", "name", host_name, "",
		"name that the certificates of the hosts must hold; empty: "
		"the address"),
	TEXT("host", "chain", hosts.chain, NULL,
		"PEM: certificate (role guard) that hosts see"),
	TEXT("host", "key", hosts.key, NULL, "PEM: its private key"),
	TEXT("host", "authority", hosts.authority, NULL,
		"PEM: authority of the hosts"),
	TEXT("host", "crl", hosts.crl, NULL,
		"PEM: revocation list of that authority, read again when it "
		"changes"),
	TEXT("host", "key_password_file", hosts.key_password_file, "",
		"file whose first line opens the private key; empty: none"),
	CHOICE("policy", "profile", profile, "default", profiles,
		"strict: viewers get Raw, CopyRect and Zlib only, seven-bit "
		"colours, the pointer as one of 16 shapes; theirs has to be "
		"the same"),
	CHOICE("policy", "input", input, "all", inputs,
		"read-only: no key passes"),
	NUMBER("policy", "keys_per_second", keys_per_second, "0", 0, 1000,
		"key presses a second; more wait; 0: the protocol's bound"),
	NUMBER("policy", "pointer_per_second", pointer_per_second, "0", 0, 1000,
		"pointer events a second; more motion is joined; 0: the "
		"protocol's bound"),
	NUMBER("policy", "text_per_minute", text_per_minute, "0", 0, 60000,
		"characters a minute; more wait; 0: no bound"),
	NUMBER("policy", "sizes_per_minute", sizes_per_minute, "0", 0, 600,
		"sizes of the window that are passed on in a minute; of more "
		"the last one waits; 0: the protocol's bound"),
	CHOICE("policy", "my_number", my_number, "off", number_modes,
		"stop individual numbers that are typed: the first twelve "
		"digits of a run, or any twelve"),
	CHOICE("policy", "quantum_ms", quantum, "off", quanta,
		"input and updates leave at multiples of this time only"),
	BOOL("policy", "seven_bit", is_seven_bit, "no",
		"cut colours to seven bits a channel; nothing is lossy then"),
	BOOL("policy", "mask_codes", masks_codes, "no",
		"cover QR codes until the user clicks on them"),
	NUMBER("policy", "watermark_percent", mark_percent, "0", 0, 100,
		"opacity of a mark with user, address and time over all of "
		"the picture; 0: none"),
	NUMBER("policy", "caret_grid_px", caret_grid_px, "8", 1, 256,
		"the caret hint is rounded to multiples of this"),
	CHOICE("policy", "lossless", lossless, "motion", lossless,
		"motion: regions in motion are lossy until they rest; "
		"always: nothing is"),
	NUMBER("policy", "bandwidth_kbit", bandwidth_kbit, "0", 0, 10000000,
		"kilobits a second of a connection at most; 0: no bound"),
	NUMBER("uids", "first", uid_first, "2000100000", 1000, 4294960000u,
		"first user id for gates and cores (with root); the last of "
		"count is at most 4294967293"),
	NUMBER("uids", "count", uid_count, "4096", 3, 65536,
		"number of these user ids: a connection takes 3, with "
		"mask_codes 4, the ledger 1"),
	TEXT("paths", "libexec", libexec, "",
		"folder of what shoji-guard starts; empty: libexec/shoji as "
		"installed, in a build tree beside shoji-guard"),
	LEDGER_ROWS(ledger_file, ledger_keys, ledger_heartbeat_s),
	LIST_OF("confine", "may_miss", may_miss, 2,
		"landlock, seccomp, at most 2 of them",
		"layer that this kernel may lack"),
	CHOICE("log", "level", log_level, "info", sj_config_log_levels,
		"least important lines that are written"),
};

/* The first layer that there is not; NULL: none. */
static const char *parse_layers(struct sj_guard_config *config)
{
	for (uint32_t i = 0; i < config->may_miss.count; i++) {
		if (strcmp(config->may_miss.value[i], "landlock") == 0)
			config->may_miss_layers |= SJ_CONFINE_LANDLOCK;
		else if (strcmp(config->may_miss.value[i], "seccomp") == 0)
			config->may_miss_layers |= SJ_CONFINE_SECCOMP;
		else
			return config->may_miss.value[i];
	}
	return NULL;
}

static struct sj_config_fault find_host_fault(struct sj_guard_config *config)
{
	const struct sj_config_list *list = &config->host_list;

	if (list->count == 0 || list->count > SJ_GUARD_HOSTS)
		return (struct sj_config_fault){
			"host", "address", "1 to 16 hosts are needed", NULL};
	for (uint32_t i = 0; i < list->count; i++)
		if (!sj_config_split_address(list->value[i],
			    config->host[i].address,
			    sizeof(config->host[i].address),
			    &config->host[i].port))
			return (struct sj_config_fault){"host", "address",
				"not a numeric address:port", list->value[i]};
	config->host_count = list->count;
	return NOTHING;
}

/* What is wrong beyond single values. */
static struct sj_config_fault find_fault(struct sj_guard_config *config)
{
	struct sj_config_fault fault = find_host_fault(config);
	const char *layer = parse_layers(config);

	if (!sj_config_is_address(config->address))
		return (struct sj_config_fault){"listen", "address",
			"allowed are " SJ_ALLOWED_ADDRESS, NULL};
	if (fault.section)
		return fault;
	if (!sj_check_zone(config->zone))
		return (struct sj_config_fault){"viewers", "zone",
			"allowed are " SJ_ALLOWED_ZONE, NULL};
	if (!sj_check_uids(config->uid_first, config->uid_count))
		return (struct sj_config_fault){"uids", "first",
			"the last of count ids would be beyond 4294967293",
			NULL};
	if (config->ledger_file[0] && !config->ledger_keys[0])
		return (struct sj_config_fault){
			"ledger", "keys", "file needs keys", NULL};
	if (config->ledger_keys[0] && !config->ledger_file[0])
		return (struct sj_config_fault){
			"ledger", "file", "keys need a file", NULL};
	if (layer)
		return (struct sj_config_fault){"confine", "may_miss",
			"allowed are landlock, seccomp", layer};
	return NOTHING;
}

enum sj_err sj_guard_config_read(const char *path,
	struct sj_guard_config *config, char *message, size_t size)
{
	struct sj_config_fault fault;
	enum sj_err err;

	memset(config, 0, sizeof(*config));
	err = sj_config_read(path, keys, SJ_COUNT(keys), config, message, size);
	if (err != SJ_OK)
		return err;
	fault = find_fault(config);
	if (!fault.section)
		return SJ_OK;
	sj_config_describe(path, &fault, message, size);
	return SJ_ERR_FORMAT;
}

static bool check_side(const char *path, const char *section,
	const struct sj_guard_side *side, char *message, size_t size)
{
	const bool has_password = side->key_password_file[0] != '\0';
	const struct sj_check_row rows[] = {
		{section, "chain", side->chain, SJ_CHECK_CERTIFICATES},
		{section, "key", side->key,
			has_password ? SJ_CHECK_KEY : SJ_CHECK_OPEN_KEY},
		{section, "authority", side->authority, SJ_CHECK_CERTIFICATES},
		{section, "crl", side->crl, SJ_CHECK_CRL},
		{section, "key_password_file", side->key_password_file,
			SJ_CHECK_FIRST_LINE},
	};

	return sj_check_rows(path, rows, SJ_COUNT(rows), message, size);
}

bool sj_guard_config_check(const char *path,
	const struct sj_guard_config *config, char *message, size_t size)
{
	char key[300] = "", state[300] = "";
	const struct sj_check_row rows[] = {
		{"listen", "port_file", config->port_file, SJ_CHECK_PORT},
		{"paths", "libexec", config->libexec, SJ_CHECK_FOLDER},
		{"ledger", "file", config->ledger_file, SJ_CHECK_LEDGER},
		{"ledger", "keys", key, SJ_CHECK_OPEN_KEY},
		{"ledger", "keys", state, SJ_CHECK_STATE},
	};

	if (config->ledger_file[0]) {
		(void)snprintf(key, sizeof(key), "%s.key", config->ledger_keys);
		(void)snprintf(
			state, sizeof(state), "%s.state", config->ledger_keys);
	}
	return check_side(path, "viewers", &config->viewers, message, size) &&
	       check_side(path, "host", &config->hosts, message, size) &&
	       sj_check_rows(path, rows, SJ_COUNT(rows), message, size);
}

struct sj_core_policy sj_guard_config_policy(
	const struct sj_guard_config *config)
{
	struct sj_core_policy policy = {
		.is_read_only = config->input == 1,
		.keys_per_second = config->keys_per_second,
		.pointer_per_second = config->pointer_per_second,
		.text_per_minute = config->text_per_minute,
		.sizes_per_minute = config->sizes_per_minute,
		.my_number = config->my_number,
		.quantum_ms = quantum_ms[config->quantum],
		.is_seven_bit = config->is_seven_bit,
		.mark_percent = config->mark_percent,
		.caret_grid_px = config->caret_grid_px,
		.is_lossless = config->lossless == 1,
		.bandwidth_kbit = config->bandwidth_kbit,
		.masks_codes = config->masks_codes,
		.is_strict = config->profile == 1,
	};

	return policy;
}

void sj_guard_config_print(void)
{
	sj_config_print(keys, SJ_COUNT(keys));
}
