/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "viewer/options.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "protocol/base/check_file.h"
#include "protocol/base/config_rows.h"
#include "viewer/number.h"
#include "viewer/typing.h"

#define SJ_CONFIG_STRUCT struct sj_viewer_options

static const char *const profiles[] = {"default", "strict", NULL};
static const char *const languages[] = {"auto", "ja", "en", NULL};
static const char *const layers[] = {"required", "optional", NULL};

static const struct sj_config_key keys[] = {
	TEXT("connection", "host", host, "",
		"name or address of the host, when the command line has none"),
	NUMBER("connection", "port", port, "5900", 1, 65535,
		"TCP port of the host"),
	TEXT_OF("connection", "zone", zone, "lgwan", SJ_ALLOWED_ZONE,
		"zone of this terminal, as in its certificate"),
	BOOL("connection", "allow_tls12", is_tls12_allowed, "no",
		"accept TLS 1.2 beside TLS 1.3"),
	BOOL("connection", "accept_guard", is_guard_accepted, "yes",
		"accept a peer of role guard beside role host"),
	CHOICE("connection", "profile", profile, "default", profiles,
		"strict: as a guard with this profile speaks"),
	TEXT("certificates", "certificate", cert, "",
		"certificate chain of this viewer, PEM"),
	TEXT("certificates", "key", key, "", "private key of this viewer, PEM"),
	TEXT("certificates", "authority", ca, "",
		"certificate of the authority, PEM"),
	TEXT("certificates", "crl", crl, "",
		"revocation list of the authority, PEM"),
	TEXT("certificates", "passphrase_file", passphrase_file, "",
		"file whose first line is the passphrase of the key"),
	TEXT("window", "zone_label", zone_label, "",
		"text of the strip above the picture"),
	TEXT_OF("window", "zone_color", zone_color_text, "#b5451b", "#RRGGBB",
		"colour of strip and frame"),
	TEXT("window", "contact", contact, "",
		"whom to call, shown with every problem"),
	NUMBER("window", "width", width_px, "1280", SJ_LIMIT_WIDTH_MIN_PX,
		SJ_LIMIT_WIDTH_PX, "width of the picture at the start, pixels"),
	NUMBER("window", "height", height_px, "800", SJ_LIMIT_HEIGHT_MIN_PX,
		SJ_LIMIT_HEIGHT_PX,
		"height of the picture at the start, pixels"),
	BOOL("window", "fullscreen", is_fullscreen, "no",
		"start with the whole screen"),
	CHOICE("window", "language", language, "auto", languages,
		"language of the messages"),
	LEDGER_ROWS(ledger_file, ledger_keys, ledger_heartbeat_s),
	CHOICE("process", "landlock", landlock, "required", layers,
		"whether a kernel without Landlock will do"),
	CHOICE("process", "log_level", log_level, "warning",
		sj_config_log_levels, "lowest level of the lines on stderr"),
};

enum option_id {
	OPT_CONFIG = 1000,
	OPT_CERT,
	OPT_KEY,
	OPT_CA,
	OPT_CRL,
	OPT_PASSPHRASE,
	OPT_PROFILE,
	OPT_ZONE_LABEL,
	OPT_ZONE_COLOR,
	OPT_CONTACT,
	OPT_FULLSCREEN,
	OPT_SIZE,
	OPT_LANG,
	OPT_HEADLESS,
	OPT_SCREENSHOT,
	OPT_DURATION,
	OPT_TIMEOUT,
	OPT_STATS,
	OPT_CHECK,
	OPT_PRINT,
	OPT_HELP,
	OPT_VERSION,
	/* The rest are script steps: OPT_STEP + enum sj_viewer_step. */
	OPT_STEP = 2000
};

/* argument NULL: the option has none. */
struct option_row {
	const char *name;
	int id;
	const char *argument;
	const char *help;
};

static const struct option_row rows[] = {
	{"config", OPT_CONFIG, "FILE", "configuration file"},
	{"cert", OPT_CERT, "FILE", "certificate chain of this viewer, PEM"},
	{"key", OPT_KEY, "FILE", "private key of this viewer, PEM"},
	{"ca", OPT_CA, "FILE", "certificate of the authority, PEM"},
	{"crl", OPT_CRL, "FILE", "revocation list of the authority, PEM"},
	{"passphrase-file", OPT_PASSPHRASE, "FILE",
		"file with the passphrase of the key"},
	{"profile", OPT_PROFILE, "default|strict",
		"strict: as a guard with this profile speaks"},
	{"zone-label", OPT_ZONE_LABEL, "TEXT", "text of the zone strip"},
	{"zone-color", OPT_ZONE_COLOR, "#RRGGBB", "colour of strip and frame"},
	{"contact", OPT_CONTACT, "TEXT", "whom to call, shown with problems"},
	{"fullscreen", OPT_FULLSCREEN, NULL, "use the whole screen"},
	{"size", OPT_SIZE, "WxH", "size of the picture at the start"},
	{"lang", OPT_LANG, "ja|en", "language of the messages"},
	{"headless", OPT_HEADLESS, NULL, "no display; for scripts"},
	{"screenshot", OPT_SCREENSHOT, "FILE", "PNG of the last picture"},
	{"duration", OPT_DURATION, "S", "stay at least S seconds"},
	{"timeout", OPT_TIMEOUT, "S", "fail when not done after S seconds"},
	{"stats", OPT_STATS, "FILE", "write counters and times as JSON"},
	{"check-config", OPT_CHECK, NULL, "check the configuration and end"},
	{"print-config", OPT_PRINT, NULL, "print a configuration file"},
	{"help", OPT_HELP, NULL, "print this text"},
	{"version", OPT_VERSION, NULL, "print the version"},
	{"type", OPT_STEP + SJ_VIEWER_STEP_TYPE, "TEXT", "step: type text"},
	{"click", OPT_STEP + SJ_VIEWER_STEP_CLICK, "X,Y[,BUTTON]",
		"step: click"},
	{"press", OPT_STEP + SJ_VIEWER_STEP_KEY, "KEY",
		"step: press a key: Return, ctrl+l, 0xff0d"},
	{"wheel", OPT_STEP + SJ_VIEWER_STEP_WHEEL, "X,Y,N",
		"step: turn the wheel N notches, downwards positive"},
	{"resize", OPT_STEP + SJ_VIEWER_STEP_RESIZE, "WxH",
		"step: ask for another size"},
	{"wait", OPT_STEP + SJ_VIEWER_STEP_WAIT, "MS", "step: wait"},
	{"until-quiet", OPT_STEP + SJ_VIEWER_STEP_QUIET, "MS",
		"step: wait until no update came for so long"},
};

/* What the command line says, before the file is read. */
struct command_line {
	const char *config;
	const char *text[OPT_VERSION + 1 - OPT_CONFIG];
	bool is_set[OPT_VERSION + 1 - OPT_CONFIG];
	const char *target;
};

void sj_options_print_help(FILE *out)
{
	size_t i;

	fputs("Usage: shoji-viewer [OPTION]... HOST[:PORT]\n"
	      "Shows a screen of the Internet zone on this terminal.\n\n",
		out);
	for (i = 0; i < SJ_COUNT(rows); i++) {
		char left[40];

		(void)snprintf(left, sizeof(left), "--%s %s", rows[i].name,
			rows[i].argument ? rows[i].argument : "");
		fprintf(out, "  %-30s %s\n", left, rows[i].help);
	}
	fputs("\nSteps of --headless are played in the order given, after "
	      "the first picture.\n"
	      "Exit status: 0 ended, 1 usage, 2 local failure or host "
	      "unreachable, 3 refused, 4 not confined.\n",
		out);
}

void sj_options_print_config(void)
{
	sj_config_print(keys, SJ_COUNT(keys));
}

static bool parse_port(const char *text, uint32_t *port)
{
	uint32_t value;

	if (!sj_number_take(&text, 65535, &value) || *text != 0 || value == 0)
		return false;
	*port = value;
	return true;
}

bool sj_options_parse_target(
	struct sj_viewer_options *options, const char *text)
{
	const char *host = text;
	size_t size = strlen(text);
	const char *colon = strrchr(text, ':');
	uint32_t port = options->port;

	if (text[0] == '[') {
		const char *end = strchr(text, ']');

		if (!end || (end[1] != 0 && end[1] != ':'))
			return false;
		host = text + 1;
		size = (size_t)(end - host);
		if (end[1] == ':' && !parse_port(end + 2, &port))
			return false;
	} else if (colon && strchr(text, ':') == colon) {
		size = (size_t)(colon - text);
		if (!parse_port(colon + 1, &port))
			return false;
	}
	if (size == 0 || size >= sizeof(options->host))
		return false;
	memset(options->host, 0, sizeof(options->host));
	memcpy(options->host, host, size);
	options->port = port;
	return true;
}

static bool parse_size(struct sj_viewer_options *options, const char *text)
{
	uint32_t width;
	uint32_t height;

	if (!sj_number_parse_pair(text, 'x', &width, &height) ||
		width < SJ_LIMIT_WIDTH_MIN_PX || width > SJ_LIMIT_WIDTH_PX ||
		height < SJ_LIMIT_HEIGHT_MIN_PX || height > SJ_LIMIT_HEIGHT_PX)
		return false;
	options->width_px = width;
	options->height_px = height;
	return true;
}

static bool parse_seconds(const char *text, uint32_t *ms)
{
	char *end = NULL;
	double value = strtod(text, &end);

	if (end == text || *end != 0 || !(value >= 0 && value <= 1000000))
		return false;
	*ms = (uint32_t)(value * 1000);
	return true;
}

static bool parse_color(struct sj_viewer_options *options)
{
	const char *text = options->zone_color_text;
	size_t i;

	if (text[0] != '#' || strlen(text) != 7)
		return false;
	for (i = 1; i < 7; i++) {
		if (!strchr("0123456789abcdefABCDEF", text[i]))
			return false;
	}
	options->zone_color = (uint32_t)strtoul(text + 1, NULL, 16);
	return true;
}

static bool copy_text(char *out, size_t size, const char *text)
{
	if (strlen(text) >= size || !sj_typing_is_utf8(text))
		return false;
	(void)snprintf(out, size, "%s", text);
	return true;
}

/* The place of text among choices. */
static bool parse_choice(
	const char *const *choices, uint32_t *value, const char *text)
{
	uint32_t i;

	for (i = 0; choices[i]; i++) {
		if (strcmp(choices[i], text) == 0) {
			*value = i;
			return true;
		}
	}
	return false;
}

/* One option of the command line over what the file said. */
static bool apply_option(struct sj_viewer_options *o, int id, const char *text)
{
	switch (id) {
	case OPT_CERT:
		return copy_text(o->cert, sizeof(o->cert), text);
	case OPT_KEY:
		return copy_text(o->key, sizeof(o->key), text);
	case OPT_CA:
		return copy_text(o->ca, sizeof(o->ca), text);
	case OPT_CRL:
		return copy_text(o->crl, sizeof(o->crl), text);
	case OPT_PASSPHRASE:
		return copy_text(
			o->passphrase_file, sizeof(o->passphrase_file), text);
	case OPT_PROFILE:
		return parse_choice(profiles, &o->profile, text);
	case OPT_ZONE_LABEL:
		return copy_text(o->zone_label, sizeof(o->zone_label), text);
	case OPT_ZONE_COLOR:
		return copy_text(
			o->zone_color_text, sizeof(o->zone_color_text), text);
	case OPT_CONTACT:
		return copy_text(o->contact, sizeof(o->contact), text);
	case OPT_SCREENSHOT:
		return copy_text(o->screenshot, sizeof(o->screenshot), text);
	case OPT_STATS:
		return copy_text(o->stats, sizeof(o->stats), text);
	case OPT_SIZE:
		return parse_size(o, text);
	case OPT_LANG:
		return parse_choice(languages, &o->language, text);
	case OPT_DURATION:
		return parse_seconds(text, &o->duration_ms);
	case OPT_TIMEOUT:
		return parse_seconds(text, &o->timeout_ms);
	case OPT_FULLSCREEN:
		o->is_fullscreen = true;
		return true;
	case OPT_HEADLESS:
		o->is_headless = true;
		return true;
	case OPT_CHECK:
		o->is_check_only = true;
		return true;
	case OPT_HELP:
		o->is_help = true;
		return true;
	case OPT_VERSION:
		o->is_version = true;
		return true;
	default:
		return true;
	}
}

static const char *name_of(int id)
{
	size_t i;

	for (i = 0; i < SJ_COUNT(rows); i++) {
		if (rows[i].id == id)
			return rows[i].name;
	}
	return "?";
}

static enum sj_err bad_value(
	char *message, size_t size, int id, const char *text)
{
	(void)snprintf(
		message, size, "--%s: cannot use \"%.64s\"", name_of(id), text);
	return SJ_ERR_ARGUMENT;
}

/* First pass: splits argv, appends the steps in their order. */
static enum sj_err read_command_line(struct command_line *line,
	struct sj_script *script, int argc, char **argv, char *message,
	size_t size)
{
	struct option table[SJ_COUNT(rows) + 1];
	size_t i;
	int id;

	memset(table, 0, sizeof(table));
	for (i = 0; i < SJ_COUNT(rows); i++) {
		table[i].name = rows[i].name;
		table[i].has_arg =
			rows[i].argument ? required_argument : no_argument;
		table[i].val = rows[i].id;
	}
	optind = 0; /* start anew, as the tests call this often */
	opterr = 0;
	while ((id = getopt_long(argc, argv, "", table, NULL)) != -1) {
		if (id == '?' || id == ':') {
			(void)snprintf(message, size,
				"unknown or incomplete option %.64s (see "
				"--help)",
				argv[optind - 1]);
			return SJ_ERR_ARGUMENT;
		}
		if (id >= OPT_CONFIG && id <= OPT_VERSION) {
			line->is_set[id - OPT_CONFIG] = true;
			line->text[id - OPT_CONFIG] = optarg ? optarg : "";
		} else if (sj_script_add(script,
				   (enum sj_viewer_step)(id - OPT_STEP),
				   optarg) != SJ_OK) {
			return bad_value(message, size, id, optarg);
		}
	}
	if (argc - optind > 1) {
		(void)snprintf(message, size, "more than one host given");
		return SJ_ERR_ARGUMENT;
	}
	line->target = optind < argc ? argv[optind] : NULL;
	return SJ_OK;
}

/* The path that is to be read, or NULL; buffer is its home. */
static const char *find_config(char *buffer, size_t size)
{
	const char *base = getenv("XDG_CONFIG_HOME");
	const char *home = getenv("HOME");

	if (base && base[0] == '/')
		(void)snprintf(buffer, size, "%s/shoji/viewer.ini", base);
	else if (home)
		(void)snprintf(
			buffer, size, "%s/.config/shoji/viewer.ini", home);
	else
		buffer[0] = 0;
	if (buffer[0] && access(buffer, R_OK) == 0)
		return buffer;
	if (access(SJ_VIEWER_SYSTEM_CONFIG, R_OK) == 0)
		return SJ_VIEWER_SYSTEM_CONFIG;
	return NULL;
}

static enum sj_err check(
	struct sj_viewer_options *options, char *message, size_t size)
{
	const struct {
		const char *value;
		const char *what;
	} needed[] = {
		{options->host, "no host given; shoji-viewer --help says more"},
		{options->cert, "no certificate: --cert or [certificates] "
				"certificate"},
		{options->key, "no private key: --key or [certificates] "
			       "key"},
		{options->ca, "no authority: --ca or [certificates] authority"},
		{options->crl, "no revocation list: --crl or [certificates] "
			       "crl"},
	};
	size_t i;

	if (!parse_color(options)) {
		(void)snprintf(message, size,
			"[window] zone_color = %.15s: allowed is #RRGGBB",
			options->zone_color_text);
		return SJ_ERR_FORMAT;
	}
	if (!sj_check_zone(options->zone)) {
		(void)snprintf(message, size,
			"[connection] zone = %s: allowed are " SJ_ALLOWED_ZONE,
			options->zone);
		return SJ_ERR_FORMAT;
	}
	/* A file alone may leave the host to the command line. */
	for (i = options->is_check_only ? 1 : 0; i < SJ_COUNT(needed); i++) {
		if (needed[i].value[0] == 0) {
			(void)snprintf(message, size, "%s", needed[i].what);
			return SJ_ERR_ARGUMENT;
		}
	}
	if (options->ledger_file[0] && !options->ledger_keys[0]) {
		(void)snprintf(message, size, "[ledger] file needs keys");
		return SJ_ERR_FORMAT;
	}
	if (options->ledger_keys[0] && !options->ledger_file[0]) {
		(void)snprintf(message, size, "[ledger] keys need a file");
		return SJ_ERR_FORMAT;
	}
	if (!options->is_headless &&
		(options->script.count > 0 || options->screenshot[0])) {
		(void)snprintf(message, size,
			"steps and --screenshot need --headless");
		return SJ_ERR_ARGUMENT;
	}
	return SJ_OK;
}

enum sj_err sj_options_read(struct sj_viewer_options *options, int argc,
	char **argv, char *message, size_t size)
{
	struct command_line line;
	struct sj_script script;
	char buffer[SJ_VIEWER_PATH_BYTES];
	const char *path;
	enum sj_err err;
	int id;

	memset(&line, 0, sizeof(line));
	memset(&script, 0, sizeof(script));
	memset(options, 0, sizeof(*options));
	err = read_command_line(&line, &script, argc, argv, message, size);
	if (err != SJ_OK)
		return err;
	options->is_print_config = line.is_set[OPT_PRINT - OPT_CONFIG];
	options->is_help = line.is_set[OPT_HELP - OPT_CONFIG];
	options->is_version = line.is_set[OPT_VERSION - OPT_CONFIG];
	if (options->is_help || options->is_version || options->is_print_config)
		return SJ_OK;
	path = line.is_set[0] ? line.text[0]
			      : find_config(buffer, sizeof(buffer));
	err = sj_config_read(
		path, keys, SJ_COUNT(keys), options, message, size);
	if (err != SJ_OK)
		return err;
	(void)snprintf(options->config, sizeof(options->config), "%s",
		path ? path : "");
	options->script = script;
	for (id = OPT_CONFIG + 1; id <= OPT_VERSION; id++) {
		const char *text = line.text[id - OPT_CONFIG];

		if (line.is_set[id - OPT_CONFIG] &&
			!apply_option(options, id, text))
			return bad_value(message, size, id, text);
		if (line.is_set[id - OPT_CONFIG] && id <= OPT_PASSPHRASE)
			options->named |= 1u << (id - OPT_CERT);
	}
	if (line.target && !sj_options_parse_target(options, line.target)) {
		(void)snprintf(message, size, "cannot use host \"%.64s\"",
			line.target);
		return SJ_ERR_ARGUMENT;
	}
	return check(options, message, size);
}

bool sj_options_is_japanese(const struct sj_viewer_options *options)
{
	static const char *const names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
	size_t i;

	if (options->language != SJ_VIEWER_LANGUAGE_AUTO)
		return options->language == SJ_VIEWER_LANGUAGE_JA;
	for (i = 0; i < SJ_COUNT(names); i++) {
		const char *value = getenv(names[i]);

		if (value && value[0])
			return strncmp(value, "ja", 2) == 0;
	}
	return false;
}
