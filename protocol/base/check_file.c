/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protocol/base/check_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "protocol/base/config.h"
#include "protocol/base/limits.h"
#include "protocol/base/own_file.h"
#include "protocol/base/secret.h"

#define BEGIN "-----BEGIN "
#define END "-----END "
#define DASHES "-----"
#define LABEL_BYTES 64
#define UID_LAST 4294967293u /* the two above stand for nobody */
#define BASE64                                                                 \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="

/* The text of a file and what was found in it. */
struct pem {
	enum sj_check_kind kind;
	size_t blocks; /* of the kind */
	bool is_encrypted;
};

static bool is_wanted(const struct pem *pem, const char *label)
{
	const char *last = strstr(label, "PRIVATE KEY");

	if (pem->kind == SJ_CHECK_CERTIFICATES)
		return strcmp(label, "CERTIFICATE") == 0;
	if (pem->kind == SJ_CHECK_CRL)
		return strcmp(label, "X509 CRL") == 0;
	return last && strcmp(last, "PRIVATE KEY") == 0;
}

/* The label of a line such as `-----BEGIN X-----`; false: it is none. */
static bool take_label(const char *line, const char *start, char *label)
{
	size_t length;
	const char *end;

	if (strncmp(line, start, strlen(start)) != 0)
		return false;
	line += strlen(start);
	end = strstr(line, DASHES);
	if (!end || end[strlen(DASHES)] != '\0')
		return false;
	length = (size_t)(end - line);
	if (length >= LABEL_BYTES)
		return false;
	memcpy(label, line, length);
	label[length] = '\0';
	return true;
}

/* The next line of *text, cut out of it; NULL at the end. */
static char *next_line(char **text)
{
	char *line = *text;
	size_t length = strcspn(line, "\n");

	if (line[0] == '\0')
		return NULL;
	*text = line + length + (line[length] == '\n');
	line[length] = '\0';
	while (length > 0 && strchr(" \t\r", line[length - 1]))
		line[--length] = '\0';
	return line;
}

/* The lines of a block up to its end; NULL or what is wrong. */
static const char *read_block(struct pem *pem, char **text, const char *label)
{
	char end[LABEL_BYTES], *line;
	size_t letters = 0;

	while ((line = next_line(text)) != NULL) {
		if (take_label(line, END, end)) {
			if (strcmp(end, label) != 0)
				return "a PEM block ends as another than it "
				       "begins";
			if (letters == 0 || letters % 4 != 0)
				return "a PEM block is cut or empty";
			if (is_wanted(pem, label))
				pem->blocks++;
			return NULL;
		}
		/* Old keys have header lines. */
		if (strchr(line, ':')) {
			if (strstr(line, "ENCRYPTED"))
				pem->is_encrypted = true;
			continue;
		}
		if (line[strspn(line, BASE64)] != '\0')
			return "a PEM block holds something else than base64";
		letters += strlen(line);
	}
	return "a PEM block has no end";
}

static const char *read_pem(struct pem *pem, char *text)
{
	char label[LABEL_BYTES], *line;

	while ((line = next_line(&text)) != NULL) {
		const char *fault;

		if (!take_label(line, BEGIN, label))
			continue;
		if (strcmp(label, "ENCRYPTED PRIVATE KEY") == 0)
			pem->is_encrypted = true;
		fault = read_block(pem, &text, label);
		if (fault)
			return fault;
	}
	if (pem->kind == SJ_CHECK_OPEN_KEY && pem->is_encrypted)
		return "the key is encrypted; name the file of its password, "
		       "too";
	if (pem->blocks > 0)
		return NULL;
	if (pem->kind == SJ_CHECK_CERTIFICATES)
		return "holds no PEM block CERTIFICATE; name the certificate "
		       "that shoji-ca made";
	if (pem->kind == SJ_CHECK_CRL)
		return "holds no PEM block X509 CRL; name the revocation list "
		       "that shoji-ca made";
	return "holds no PEM block PRIVATE KEY; name the key that shoji-ca "
	       "made";
}

/* The kinds that are read; NULL or what is wrong. */
const char *sj_check_pem(char *text, size_t size, enum sj_check_kind kind)
{
	struct pem pem = {.kind = kind};

	return strlen(text) == size
		       ? read_pem(&pem, text)
		       : "is not a text but binary; convert it to PEM";
}

static const char *check_text(int fd, enum sj_check_kind kind)
{
	const size_t limit_bytes =
		kind == SJ_CHECK_CRL ? SJ_LIMIT_CRL_BYTES : SJ_LIMIT_PEM_BYTES;
	const char *fault = "is too large";
	char *text = malloc(limit_bytes + 1);
	size_t used = 0;
	ssize_t got = 1;

	if (!text)
		return "no memory to read it";
	while (got > 0 && used <= limit_bytes) {
		got = read(fd, text + used, limit_bytes + 1 - used);
		used += got > 0 ? (size_t)got : 0;
	}
	if (got < 0) {
		fault = strerror(errno);
	} else if (used <= limit_bytes) {
		text[used] = '\0';
		fault = sj_check_pem(text, used, kind);
	}
	explicit_bzero(text, used);
	free(text);
	return fault;
}

static bool is_secret(enum sj_check_kind kind)
{
	return kind == SJ_CHECK_KEY || kind == SJ_CHECK_OPEN_KEY ||
	       kind == SJ_CHECK_FIRST_LINE || kind == SJ_CHECK_SECRET ||
	       kind == SJ_CHECK_STATE;
}

static bool is_pem(enum sj_check_kind kind)
{
	return kind == SJ_CHECK_CERTIFICATES || kind == SJ_CHECK_KEY ||
	       kind == SJ_CHECK_OPEN_KEY || kind == SJ_CHECK_CRL;
}

static bool is_link(const char *path)
{
	struct stat info;

	return lstat(path, &info) == 0 && S_ISLNK(info.st_mode);
}

/* NULL, or who else can read or change a secret. */
static const char *check_owner(const struct stat *info)
{
	if (info->st_mode & S_IRWXO)
		return "is open to every user; chmod o= it";
	if (info->st_mode & S_IWGRP)
		return "can be written by its group; chmod g-w it";
	if (info->st_uid != 0 && info->st_uid != geteuid())
		return "belongs to another user; chown it to root, or to the "
		       "user who runs this";
	return NULL;
}

/* is_open: whose it is does not matter. */
static const char *check_plain(
	const char *path, enum sj_check_kind kind, bool is_open)
{
	char password[SJ_LIMIT_PASSWORD_BYTES];
	const char *fault = NULL;
	struct stat info;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	if (fd < 0)
		return strerror(errno);
	if (fstat(fd, &info) != 0)
		fault = strerror(errno);
	else if (!S_ISREG(info.st_mode))
		fault = "is not a file";
	else if (is_pem(kind))
		fault = check_text(fd, kind);
	if (!fault && is_secret(kind) && !is_open)
		fault = check_owner(&info);
	(void)close(fd);
	if (fault || kind != SJ_CHECK_FIRST_LINE)
		return fault;
	if (sj_secret_read_line(path, password, sizeof(password)) != SJ_OK)
		fault = "its first line is no password; write one";
	explicit_bzero(password, sizeof(password));
	return fault;
}

static const char *check_folder(const char *path)
{
	struct stat info;

	if (stat(path, &info) != 0)
		return strerror(errno);
	return S_ISDIR(info.st_mode) ? NULL : "is not a folder";
}

/* A file may come later; its folder has to be there. */
static const char *check_place(const char *path)
{
	char folder[1024];
	struct stat info;
	char *slash;

	if (check_folder(path) == NULL)
		return "is a folder; name a file in it";
	if (stat(path, &info) == 0 && !S_ISREG(info.st_mode))
		return "is not a file";
	(void)snprintf(folder, sizeof(folder), "%s", path);
	slash = strrchr(folder, '/');
	if (!slash)
		return NULL;
	slash[slash == folder] = '\0';
	return check_folder(folder) ? "there is no such folder; make it" : NULL;
}

/* What we write to: nothing else may be lost by it. */
static const char *check_own(const char *path, enum sj_own_file_kind kind)
{
	const char *fault = NULL;

	if (is_link(path))
		return SJ_CHECK_IS_LINK;
	fault = check_place(path);
	if (!fault && access(path, R_OK) != 0 && errno != ENOENT)
		fault = strerror(errno);
	if (!fault && !sj_own_file_is_at(path, kind))
		fault = SJ_OWN_FILE_FAULT;
	return fault;
}

static const char *check_program(const char *path)
{
	struct stat info;

	if (stat(path, &info) != 0 || access(path, X_OK) != 0)
		return strerror(errno);
	return S_ISREG(info.st_mode) ? NULL : "is not a program";
}

/* NULL, or what is wrong. */
static const char *check(
	const char *path, enum sj_check_kind kind, bool is_open)
{
	const char *fault = NULL;
	struct stat info;

	switch (kind) {
	case SJ_CHECK_FOLDER:
		fault = check_folder(path);
		break;
	case SJ_CHECK_PLACE:
		fault = check_place(path);
		break;
	case SJ_CHECK_PORT:
		fault = check_own(path, SJ_OWN_FILE_PORT);
		break;
	case SJ_CHECK_EVENTS:
		fault = check_own(path, SJ_OWN_FILE_EVENTS);
		break;
	case SJ_CHECK_LEDGER:
		fault = check_own(path, SJ_OWN_FILE_LEDGER);
		break;
	case SJ_CHECK_PROGRAM:
		fault = check_program(path);
		break;
	case SJ_CHECK_THERE:
		fault = stat(path, &info) == 0 ? NULL : strerror(errno);
		break;
	case SJ_CHECK_CERTIFICATES:
	case SJ_CHECK_KEY:
	case SJ_CHECK_OPEN_KEY:
	case SJ_CHECK_CRL:
	case SJ_CHECK_FILE:
	case SJ_CHECK_FIRST_LINE:
	case SJ_CHECK_SECRET:
		fault = check_plain(path, kind, is_open);
		break;
	case SJ_CHECK_STATE:
		fault = is_link(path) ? SJ_CHECK_IS_LINK
				      : check_plain(path, kind, is_open);
		break;
	}
	return fault;
}

static bool describe(
	const char *path, const char *fault, char *why, size_t size)
{
	if (!fault)
		return true;
	/* The system's words say what is wrong and not what to do. */
	(void)snprintf(why, size, "%s: %s%s", path, fault,
		strchr(fault, ';') ? "" : "; correct the path or the file");
	return false;
}

bool sj_check_path(
	const char *path, enum sj_check_kind kind, char *why, size_t size)
{
	return describe(path, check(path, kind, false), why, size);
}

bool sj_check_content(
	const char *path, enum sj_check_kind kind, char *why, size_t size)
{
	return describe(path, check(path, kind, true), why, size);
}

bool sj_check_rows(const char *config_path, const struct sj_check_row *rows,
	size_t count, char *message, size_t size)
{
	char why[700];

	for (size_t i = 0; i < count; i++) {
		struct sj_config_fault fault = {.section = rows[i].section,
			.key = rows[i].key,
			.text = why};

		if (!rows[i].path[0] || sj_check_path(rows[i].path,
						rows[i].kind, why, sizeof(why)))
			continue;
		sj_config_describe(config_path, &fault, message, size);
		return false;
	}
	return true;
}

bool sj_check_zone(const char *zone)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz";
	static const char others[] = "abcdefghijklmnopqrstuvwxyz0123456789-";

	return zone[0] && strchr(letters, zone[0]) &&
	       zone[strspn(zone, others)] == '\0' &&
	       strlen(zone) < SJ_LIMIT_ZONE_BYTES &&
	       strcmp(zone, "mynumber") != 0;
}

bool sj_check_uids(unsigned first, unsigned count)
{
	return (uint64_t)first + count - 1 <= UID_LAST;
}
