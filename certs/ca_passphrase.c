/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "certs/ca_passphrase.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#define CHARACTERS_MIN 8

void sj_ca_passphrase_erase(struct sj_ca_passphrase *passphrase)
{
	OPENSSL_cleanse(passphrase, sizeof(*passphrase));
}

/* One line without its end, byte by byte: nothing beyond it is taken. */
static enum sj_err read_line(
	int fd, struct sj_ca_passphrase *passphrase, struct sj_pki_why *why)
{
	size_t size = 0;

	for (;;) {
		char byte;
		ssize_t got = read(fd, &byte, 1);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return sj_pki_fail(why, SJ_ERR_SYSTEM,
				"the passphrase cannot be read: %s",
				strerror(errno));
		if (got == 0 || byte == '\n')
			break;
		if (size == SJ_LIMIT_PASSPHRASE_BYTES)
			return sj_pki_fail(why, SJ_ERR_ARGUMENT,
				"a passphrase has at most %d bytes",
				SJ_LIMIT_PASSPHRASE_BYTES);
		passphrase->text[size++] = byte;
	}
	passphrase->text[size] = 0;
	if (size == 0)
		return sj_pki_fail(
			why, SJ_ERR_ARGUMENT, "the passphrase is empty");
	return SJ_OK;
}

enum sj_err sj_ca_passphrase_read(const char *path,
	struct sj_ca_passphrase *passphrase, struct sj_pki_why *why)
{
	enum sj_err err;
	int fd;

	if (strcmp(path, "-") == 0)
		return read_line(STDIN_FILENO, passphrase, why);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return sj_pki_fail(why, SJ_ERR_SYSTEM, "%s cannot be read: %s",
			path, strerror(errno));
	err = read_line(fd, passphrase, why);
	(void)close(fd);
	return err;
}

static bool say(int fd, const char *text)
{
	return write(fd, text, strlen(text)) == (ssize_t)strlen(text);
}

enum sj_err sj_ca_passphrase_ask(const char *what,
	struct sj_ca_passphrase *passphrase, struct sj_pki_why *why)
{
	struct termios shown;
	struct termios hidden;
	char prompt[128];
	enum sj_err err;
	int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);

	if (fd < 0 || tcgetattr(fd, &shown) != 0) {
		if (fd >= 0)
			(void)close(fd);
		return sj_pki_fail(why, SJ_ERR_ARGUMENT,
			"there is no terminal to ask for the %s; give it with "
			"--passphrase-file or --authority-passphrase-file",
			what);
	}
	hidden = shown;
	hidden.c_lflag &= ~(tcflag_t)ECHO;
	(void)snprintf(prompt, sizeof(prompt), "%s: ", what);
	if (tcsetattr(fd, TCSAFLUSH, &hidden) != 0 || !say(fd, prompt))
		err = sj_pki_fail(why, SJ_ERR_SYSTEM,
			"the terminal cannot be used: %s", strerror(errno));
	else
		err = read_line(fd, passphrase, why);
	(void)tcsetattr(fd, TCSAFLUSH, &shown);
	(void)say(fd, "\n");
	(void)close(fd);
	return err;
}

enum sj_err sj_ca_passphrase_choose(const char *path,
	struct sj_ca_passphrase *passphrase, struct sj_pki_why *why)
{
	struct sj_ca_passphrase again;
	enum sj_err err;

	if (path) {
		err = sj_ca_passphrase_read(path, passphrase, why);
	} else {
		err = sj_ca_passphrase_ask("new passphrase", passphrase, why);
		if (err == SJ_OK)
			err = sj_ca_passphrase_ask("once more", &again, why);
		if (err == SJ_OK && strcmp(passphrase->text, again.text) != 0)
			err = sj_pki_fail(why, SJ_ERR_ARGUMENT,
				"the two passphrases differ; nothing was made");
		sj_ca_passphrase_erase(&again);
	}
	if (err == SJ_OK && strlen(passphrase->text) < CHARACTERS_MIN)
		err = sj_pki_fail(why, SJ_ERR_ARGUMENT,
			"a passphrase has at least %d characters; nothing was "
			"made",
			CHARACTERS_MIN);
	return err;
}
