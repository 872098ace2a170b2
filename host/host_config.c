/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/host_config.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "protocol/base/check_file.h"
#include "protocol/base/config_rows.h"
#include "protocol/base/confine.h"

#define SJ_CONFIG_STRUCT struct sj_host_config

static const char *const keymaps[] = {"us", "jp", NULL};
static const char *const antialiasings[] = {"grey", "lcd", NULL};
static const char *const captures[] = {"file", "shm", NULL};
static const char *const lossless[] = {"motion", "always", NULL};
static const char *const certificates[] = {"required", "optional", NULL};

static const struct sj_config_key keys[] = {
	TEXT_OF("listen", "address", address, "0.0.0.0", SJ_ALLOWED_ADDRESS,
		"address to listen on"),
	NUMBER("listen", "port", port, "5900", 0, 65535,
		"TCP port; 0: the kernel chooses"),
	TEXT("listen", "port_file", port_file, "",
		"file that the actual port is written to; empty: none"),
	NUMBER("listen", "connections_max", connections_max, "256", 1,
		SJ_LIMIT_CONNECTIONS,
		"connections at once; a newcomer beyond takes the place of "
		"one that has not logged in"),
	NUMBER("listen", "half_open_max", half_open_max, "32", 1,
		SJ_LIMIT_HALF_OPEN,
		"connections of one address that have not logged in"),
	TEXT("tls", "chain", chain, NULL, "PEM: certificate of this host"),
	TEXT("tls", "key", key, NULL, "PEM: private key of this host"),
	TEXT("tls", "authority", authority, NULL,
		"PEM: authority of the viewers"),
	TEXT("tls", "crl", crl, NULL,
		"PEM: revocation list of that authority, read again when it "
		"changes"),
	TEXT("tls", "key_password_file", key_password_file, "",
		"file whose first line opens the private key; empty: none"),
	BOOL("tls", "tls12", is_tls12, "no", "allow TLS 1.2 beside TLS 1.3"),
	TEXT_OF("tls", "zone", zone, "lgwan", SJ_ALLOWED_ZONE,
		"zone that viewers' certificates must state"),
	TEXT_OF("session", "command", command, "",
		"at most 15 words of 255 bytes, 1023 bytes in all, the first "
		"an absolute path; \"\" keep blanks together",
		"program and arguments of a session; empty: Chromium"),
	TEXT_OF("session", "start_url", start_url, "http://start.test/",
		"addresses that begin with http:// or https://, at most 1023 "
		"bytes",
		"page that a new browser shows"),
	CHOICE("session", "keymap", keymap, "jp", keymaps,
		"keyboard of the session"),
	CHOICE("session", "capture", capture, "file", captures,
		"how pixels are read: in place from the X server's file, or "
		"copied by it into shared memory"),
	NUMBER("session", "max", sessions_max, "8", 1, SJ_LIMIT_SESSIONS,
		"sessions at once; further users see a waiting picture"),
	NUMBER("session", "width_max", width_max, "2560", SJ_LIMIT_WIDTH_MIN_PX,
		SJ_LIMIT_WIDTH_PX, "widest screen in pixels"),
	NUMBER("session", "height_max", height_max, "1600",
		SJ_LIMIT_HEIGHT_MIN_PX, SJ_LIMIT_HEIGHT_PX,
		"highest screen in pixels"),
	NUMBER("session", "width", width, "1280", SJ_LIMIT_WIDTH_MIN_PX,
		SJ_LIMIT_WIDTH_PX,
		"width at the start in pixels, at most width_max"),
	NUMBER("session", "height", height, "800", SJ_LIMIT_HEIGHT_MIN_PX,
		SJ_LIMIT_HEIGHT_PX,
		"height at the start in pixels, at most height_max"),
	NUMBER("session", "resume_s", resume_s, "600", 1, 86400,
		"how long a session waits for its user, in seconds"),
	NUMBER("session", "idle_s", idle_s, "3600", 1, 86400,
		"a session without key or pointer ends after this, in seconds"),
	NUMBER("session", "lifetime_s", lifetime_s, "43200", 1, 604800,
		"longest life of a session, in seconds"),
	NUMBER("session", "home_max_mib", home_max_mib, "512", 16, 65536,
		"size of the home folder in memory, in MiB"),
	NUMBER("session", "memory_max_mib", memory_max_mib, "2048", 64, 1048576,
		"memory of a session in MiB (with root)"),
	NUMBER("session", "pids_max", pids_max, "512", 16, 32768,
		"processes and threads of a session (with root)"),
	NUMBER("session", "frames_per_second", frames_per_second, "60", 1, 120,
		"new pictures a second at most"),
	NUMBER("session", "bandwidth_kbit", bandwidth_kbit, "0", 0, 10000000,
		"kilobits a second of a session at most; 0: no bound"),
	CHOICE("session", "lossless", lossless, "motion", lossless,
		"motion: regions in motion are lossy until they rest; "
		"always: nothing is"),
	LIST_OF("session", "browser_flag", browser_flags, 8,
		"texts of at most 127 bytes that begin with --, at most 8 of "
		"them; with none of these in it, in small letters or "
		"capitals: sandbox, seccomp, debugging, web-security, proxy, "
		"extension, single-process, zygote, cmd-prefix, launcher",
		"further flag of Chromium"),
	LIST_OF("session", "bind", binds, 4,
		"absolute paths of at most 255 bytes, not /, without empty "
		"parts, . and .., at most 4 of them",
		"further path that the session can read"),
	TEXT("session", "policy_file", policy_file, "",
		"JSON: further managed policies of Chromium; empty: none"),
	BOOL("browser", "smooth_scrolling", is_smooth_scrolling, "no",
		"a turn of the wheel moves in many steps instead of one"),
	CHOICE("browser", "text_antialiasing", text_antialiasing, "grey",
		antialiasings, "edges of letters: grey, or colours for LCD"),
	BOOL("browser", "reduced_motion", is_reduced_motion, "yes",
		"ask pages to leave out animations"),
	BOOL("browser", "caret_blink", is_caret_blinking, "yes",
		"the text cursor blinks"),
	NUMBER("browser", "frame_rate", refresh_hz, "60", 5, 120,
		"how often a second the browser draws at most"),
	TEXT_OF("egress", "upstream", upstream, "",
		"ADDRESS:PORT and [ADDRESS]:PORT with a numeric address",
		"the proxy to the Internet; empty: no way out"),
	LIST_OF("egress", "port", ports, SJ_HOST_PORTS,
		"whole numbers from 1 to 65535, at most 16 of them",
		"TCP port that browsers may reach; none given: 80 and 443"),
	BOOL("viewers", "stock", is_stock, "no",
		"allow VNC viewers that are not shoji's"),
	CHOICE_OF("viewers", "certificate", certificate, "required",
		certificates, "required, optional; optional needs stock = yes",
		"whether a viewer has to present a certificate"),
	BOOL_OF("viewers", "x509none", is_x509none, "yes",
		"yes, no; no needs x509plain = yes",
		"allow VeNCrypt X509None: the certificate is enough"),
	BOOL_OF("viewers", "x509plain", is_x509plain, "no",
		"yes, no; yes needs password_file",
		"allow VeNCrypt X509Plain: user name and password"),
	BOOL("viewers", "guard", is_guard, "no",
		"allow guards, which state the user they speak for"),
	TEXT("viewers", "password_file", password_file, "",
		"file of users and passwords, made by shojid --passwd"),
	NUMBER("uids", "first", uid_first, "2000000000", 1000, 4294960000u,
		"first user id for sessions and gates (with root); the last "
		"of count is at most 4294967293"),
	NUMBER("uids", "count", uid_count, "4096", 4, 65536,
		"number of these user ids: a session takes 4, a connection 1 "
		"and, while it waits, 2, the ledger 1"),
	TEXT("paths", "state_dir", state_dir, "",
		"folder of the control socket; empty: /run/shoji, or without "
		"root $XDG_RUNTIME_DIR/shoji, else /tmp/shoji-UID"),
	TEXT("paths", "event_log", event_log, "",
		"file of the event log, JSON lines; empty: none"),
	TEXT("paths", "libexec", libexec, "",
		"folder of what shojid starts; empty: libexec/shoji as "
		"installed, in a build tree beside shojid"),
	LEDGER_ROWS(ledger_file, ledger_keys, ledger_heartbeat_s),
	LIST_OF("confine", "may_miss", may_miss, 3,
		"landlock, seccomp, cgroup, at most 3 of them",
		"layer that this machine may lack"),
	CHOICE("log", "level", log_level, "info", sj_config_log_levels,
		"least important lines that are written"),
};

#define NOTHING ((struct sj_config_fault){NULL, NULL, NULL, NULL})

bool sj_host_config_split(const char *text, char words[][256], size_t count)
{
	size_t used = 0;

	for (size_t i = 0; i < count; i++)
		words[i][0] = '\0';
	for (;;) {
		size_t length = 0;
		bool is_quoted = false;

		while (*text == ' ' || *text == '\t')
			text++;
		if (*text == '\0')
			return true;
		if (used + 1 >= count)
			return false;
		for (; *text && (is_quoted || (*text != ' ' && *text != '\t'));
			text++) {
			if (*text == '"') {
				is_quoted = !is_quoted;
				continue;
			}
			if (length + 1 >= sizeof(words[0]))
				return false;
			words[used][length++] = *text;
		}
		words[used][length] = '\0';
		if (is_quoted || length == 0)
			return false;
		used++;
	}
}

/* Empty: there is no way out. */
static bool split_upstream(struct sj_host_config *config)
{
	return config->upstream[0] == '\0' ||
	       sj_config_split_address(config->upstream,
		       config->upstream_address,
		       sizeof(config->upstream_address),
		       &config->upstream_port);
}

static bool parse_ports(struct sj_host_config *config)
{
	const struct sj_config_list *list = &config->ports;

	memset(config->port_list, 0, sizeof(config->port_list));
	if (list->count == 0) {
		config->port_list[0] = 80;
		config->port_list[1] = 443;
	}
	if (list->count > SJ_COUNT(config->port_list))
		return false;
	for (uint32_t i = 0; i < list->count; i++) {
		char *end;
		unsigned long port = strtoul(list->value[i], &end, 10);

		if (list->value[i][0] < '0' || list->value[i][0] > '9' ||
			*end || port < 1 || port > 65535)
			return false;
		config->port_list[i] = (uint16_t)port;
	}
	return true;
}

static bool parse_layers(struct sj_host_config *config)
{
	config->may_miss_layers = 0;
	for (uint32_t i = 0; i < config->may_miss.count; i++) {
		if (strcmp(config->may_miss.value[i], "landlock") == 0)
			config->may_miss_layers |= SJ_CONFINE_LANDLOCK;
		else if (strcmp(config->may_miss.value[i], "seccomp") == 0)
			config->may_miss_layers |= SJ_CONFINE_SECCOMP;
		else if (strcmp(config->may_miss.value[i], "cgroup") == 0)
			config->may_miss_layers |= SJ_CONFINE_CGROUP;
		else
			return false;
	}
	return true;
}

static bool are_flags_sound(const struct sj_host_config *config)
{
	if (config->browser_flags.count > 8)
		return false;
	for (uint32_t i = 0; i < config->browser_flags.count; i++)
		if (strlen(config->browser_flags.value[i]) > 127 ||
			strncmp(config->browser_flags.value[i], "--", 2) != 0)
			return false;
	return true;
}

/* Absolute, and each part the name of something: `/` is in no form. */
static bool is_bind_sound(const char *path)
{
	if (path[0] != '/')
		return false;
	while (*path) {
		const char *part = path + 1;
		const size_t length = strcspn(part, "/");

		if (length == 0 || strncmp(part, ".", length) == 0 ||
			strncmp(part, "..", length) == 0)
			return false;
		path = part + length;
	}
	return true;
}

static bool are_binds_sound(const struct sj_host_config *config)
{
	if (config->binds.count > 4)
		return false;
	for (uint32_t i = 0; i < config->binds.count; i++)
		if (!is_bind_sound(config->binds.value[i]))
			return false;
	return true;
}

/* A flag that would take the browser's own walls away is no setting. */
static bool is_flag_dangerous(const char *flag)
{
	static const char *const dangerous[] = {"sandbox", "seccomp",
		"debugging", "web-security", "proxy", "extension",
		"single-process", "zygote", "cmd-prefix", "launcher"};

	for (size_t i = 0; i < SJ_COUNT(dangerous); i++)
		if (strcasestr(flag, dangerous[i]))
			return true;
	return false;
}

static const char *find_bad_flag(const struct sj_host_config *config)
{
	for (uint32_t i = 0; i < config->browser_flags.count; i++)
		if (is_flag_dangerous(config->browser_flags.value[i]))
			return config->browser_flags.value[i];
	return NULL;
}

/* The browser gets it as a word of its command line, behind our flags. */
static bool is_web_address(const char *url)
{
	return strncmp(url, "http://", 7) == 0 ||
	       strncmp(url, "https://", 8) == 0;
}

static struct sj_config_fault find_session_fault(struct sj_host_config *config)
{
	if (!is_web_address(config->start_url))
		return (struct sj_config_fault){"session", "start_url",
			"allowed are addresses that begin with http:// or "
			"https://",
			NULL};
	if (!sj_host_config_split(
		    config->command, config->words, SJ_COUNT(config->words)))
		return (struct sj_config_fault){"session", "command",
			"allowed are at most 15 words of 255 bytes", NULL};
	if (config->words[0][0] && config->words[0][0] != '/')
		return (struct sj_config_fault){"session", "command",
			"the program needs an absolute path", NULL};
	if (config->width > config->width_max)
		return (struct sj_config_fault){"session", "width",
			"allowed are sizes up to width_max", NULL};
	if (config->height > config->height_max)
		return (struct sj_config_fault){"session", "height",
			"allowed are sizes up to height_max", NULL};
	if (!are_flags_sound(config))
		return (struct sj_config_fault){"session", "browser_flag",
			"allowed are at most 8 texts of 127 bytes that begin "
			"with --",
			NULL};
	if (find_bad_flag(config))
		return (struct sj_config_fault){"session", "browser_flag",
			"not allowed are flags that open the browser's "
			"sandbox, proxy or debugger, or start programs",
			NULL};
	if (!are_binds_sound(config))
		return (struct sj_config_fault){"session", "bind",
			"allowed are at most 4 absolute paths, not /, without "
			"empty parts, . and ..",
			NULL};
	return NOTHING;
}

static struct sj_config_fault find_viewers_fault(
	const struct sj_host_config *config)
{
	if (config->is_x509plain && !config->password_file[0])
		return (struct sj_config_fault){"viewers", "x509plain",
			"yes needs password_file", NULL};
	if (!config->is_x509plain && !config->is_x509none)
		return (struct sj_config_fault){"viewers", "x509none",
			"x509none or x509plain has to be yes", NULL};
	if (config->certificate == 1 && !config->is_stock)
		return (struct sj_config_fault){"viewers", "certificate",
			"optional needs stock = yes", NULL};
	return NOTHING;
}

static struct sj_config_fault find_fault(struct sj_host_config *config)
{
	struct sj_config_fault fault;

	if (!sj_config_is_address(config->address))
		return (struct sj_config_fault){"listen", "address",
			"allowed are " SJ_ALLOWED_ADDRESS, NULL};
	if (!split_upstream(config))
		return (struct sj_config_fault){"egress", "upstream",
			"allowed are ADDRESS:PORT and [ADDRESS]:PORT with a "
			"numeric address",
			NULL};
	if (!parse_ports(config))
		return (struct sj_config_fault){"egress", "port",
			"allowed are at most 16 numbers from 1 to 65535", NULL};
	if (!parse_layers(config))
		return (struct sj_config_fault){"confine", "may_miss",
			"allowed are landlock, seccomp, cgroup", NULL};
	if (config->ledger_file[0] && !config->ledger_keys[0])
		return (struct sj_config_fault){
			"ledger", "keys", "file needs keys", NULL};
	if (config->ledger_keys[0] && !config->ledger_file[0])
		return (struct sj_config_fault){
			"ledger", "file", "keys need a file", NULL};
	if (!sj_check_zone(config->zone))
		return (struct sj_config_fault){
			"tls", "zone", "allowed are " SJ_ALLOWED_ZONE, NULL};
	if (!sj_check_uids(config->uid_first, config->uid_count))
		return (struct sj_config_fault){"uids", "first",
			"the last of count ids would be beyond 4294967293",
			NULL};
	fault = find_session_fault(config);
	return fault.section ? fault : find_viewers_fault(config);
}

/* The first file that cannot be read. */
static struct sj_config_fault find_missing_file(
	const struct sj_host_config *config)
{
	const struct {
		const char *section, *key, *path;
	} files[] = {{"tls", "chain", config->chain},
		{"tls", "key", config->key},
		{"tls", "authority", config->authority},
		{"tls", "crl", config->crl},
		{"tls", "key_password_file", config->key_password_file},
		{"viewers", "password_file", config->password_file},
		{"session", "policy_file", config->policy_file}};
	struct stat info;

	for (size_t i = 0; i < SJ_COUNT(files); i++) {
		if (!files[i].path[0])
			continue;
		if (stat(files[i].path, &info) == 0 && !S_ISDIR(info.st_mode))
			continue;
		return (struct sj_config_fault){
			files[i].section, files[i].key, files[i].path, NULL};
	}
	return NOTHING;
}

enum sj_err sj_host_config_read(const char *path, struct sj_host_config *config,
	char *message, size_t size)
{
	struct sj_config_fault fault;
	char text[512];
	enum sj_err err;

	memset(config, 0, sizeof(*config));
	err = sj_config_read(path, keys, SJ_COUNT(keys), config, message, size);
	if (err != SJ_OK)
		return err;
	fault = find_fault(config);
	if (fault.section) {
		sj_config_describe(path, &fault, message, size);
		return SJ_ERR_FORMAT;
	}
	errno = EISDIR;
	fault = find_missing_file(config);
	if (fault.section) {
		(void)snprintf(text, sizeof(text), "%s: %s", fault.text,
			strerror(errno));
		fault.text = text;
		sj_config_describe(path, &fault, message, size);
		return SJ_ERR_MISSING;
	}
	return SJ_OK;
}

/* Chromium leaves out a file that it cannot read, and says so nowhere. */
static bool is_policy_sound(
	const char *path, const char *file, char *message, size_t size)
{
	struct sj_config_fault fault = {
		.section = "session", .key = "policy_file"};
	json_error_t error;
	json_t *policy;
	bool is_object;
	char text[512];

	if (!file[0])
		return true;
	policy = json_load_file(file, JSON_REJECT_DUPLICATES, &error);
	is_object = json_is_object(policy);
	if (policy && !is_object)
		(void)snprintf(text, sizeof(text),
			"%s: is no JSON object; write {\"Policy\": value}",
			file);
	else if (!policy)
		(void)snprintf(text, sizeof(text),
			"%s: line %d: %s; correct the JSON", file, error.line,
			error.text);
	json_decref(policy);
	fault.text = text;
	if (!is_object)
		sj_config_describe(path, &fault, message, size);
	return is_object;
}

bool sj_host_config_check(const char *path, const struct sj_host_config *config,
	char *message, size_t size)
{
	const bool has_password = config->key_password_file[0] != '\0';
	char gate[300] = "", key[300] = "", state[300] = "";
	const struct sj_check_row rows[] = {
		{"tls", "chain", config->chain, SJ_CHECK_CERTIFICATES},
		{"tls", "key", config->key,
			has_password ? SJ_CHECK_KEY : SJ_CHECK_OPEN_KEY},
		{"tls", "authority", config->authority, SJ_CHECK_CERTIFICATES},
		{"tls", "crl", config->crl, SJ_CHECK_CRL},
		{"tls", "key_password_file", config->key_password_file,
			SJ_CHECK_FIRST_LINE},
		{"viewers", "password_file", config->password_file,
			SJ_CHECK_FILE},
		{"session", "policy_file", config->policy_file, SJ_CHECK_FILE},
		{"session", "command", config->words[0], SJ_CHECK_PROGRAM},
		{"listen", "port_file", config->port_file, SJ_CHECK_PORT},
		{"paths", "event_log", config->event_log, SJ_CHECK_EVENTS},
		{"paths", "libexec", config->libexec, SJ_CHECK_FOLDER},
		{"paths", "libexec", gate, SJ_CHECK_PROGRAM},
		{"ledger", "file", config->ledger_file, SJ_CHECK_LEDGER},
		{"ledger", "keys", key, SJ_CHECK_OPEN_KEY},
		{"ledger", "keys", state, SJ_CHECK_STATE},
	};
	const struct sj_config_list *binds = &config->binds;

	if (config->libexec[0])
		(void)snprintf(gate, sizeof(gate), "%s/shoji-host-gate",
			config->libexec);
	if (config->ledger_file[0]) {
		(void)snprintf(key, sizeof(key), "%s.key", config->ledger_keys);
		(void)snprintf(
			state, sizeof(state), "%s.state", config->ledger_keys);
	}
	if (!sj_check_rows(path, rows, SJ_COUNT(rows), message, size))
		return false;
	for (uint32_t i = 0; i < binds->count; i++) {
		const struct sj_check_row row = {
			"session", "bind", binds->value[i], SJ_CHECK_THERE};

		if (!sj_check_rows(path, &row, 1, message, size))
			return false;
	}
	return is_policy_sound(path, config->policy_file, message, size);
}

void sj_host_config_print(void)
{
	sj_config_print(keys, SJ_COUNT(keys));
}
