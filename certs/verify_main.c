/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * verify_main: shoji-verify, which judges ledgers and makes their keys.
 *
 * Reads files that somebody gives it, trusts none of them, writes nothing but
 * new keys. An ordinary program for an auditor's own machine.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "certs/pki_file.h"
#include "certs/verify_select.h"

#ifndef SJ_VERSION
#define SJ_VERSION "unknown"
#endif

#define ENDING ".ledger"
#define WITNESSES_MAX 1000000

/* One ledger of the command line and what it is judged with. */
struct item {
	const char *path, *base, *witness_path;
	struct sj_ledger_signer *signer;
	struct sj_ledger_state first, state;
	struct sj_verify_witness *witness;
	size_t witnesses;
};

struct options {
	struct item item[SJ_VERIFY_LEDGERS];
	size_t count;
	struct sj_verify_selection selection;
	enum sj_verify_language language;
	bool is_redacted;
};

static void print_help(void)
{
	(void)fputs(
		"Usage: shoji-verify ledger [OPTION]... LEDGER...\n"
		"       shoji-verify keygen BASE\n"
		"Judges ledgers of shoji and lays the ends of each connection "
		"beside each other.\n\n"
		"  --keys BASE      of the next LEDGER: BASE.pub, BASE.first, "
		"BASE.state, those that are\n"
		"                   there (else its own name without .ledger)\n"
		"  --witness FILE   of the next LEDGER: lines `head seq=N "
		"hash=HEX` that were kept elsewhere\n"
		"  --user NAME      only sessions of this user of zone lgwan; "
		"ZONE:NAME of another one\n"
		"  --day YYYY-MM-DD only sessions that were there on this day, "
		"by UTC; all that was shown\n"
		"                   is checked all the same\n"
		"  --redact         leaves out paths, keys, users, times of day "
		"(dates stay) and how long\n"
		"                   a machine has run\n"
		"  --lang ja|en     one language\n\n"
		"Exit status: 0 all agree; 1 usage; 2 a file cannot be read; "
		"3 tampering or contradiction;\n"
		"5 nothing wrong was found, but something could not be "
		"checked.\n",
		stdout);
}

/* ---- files ---- */

static int complain(const char *path, const char *what)
{
	fprintf(stderr, "shoji-verify: %s: %s\n", path, what);
	return SJ_EXIT_LOCAL;
}

static bool take_public(struct item *item, struct sj_verify_keys *keys,
	const struct sj_pki_bytes *bytes)
{
	item->signer = sj_ledger_signer_of_public(bytes->data, bytes->size);
	keys->signer = item->signer;
	return item->signer != NULL;
}

static bool take_first(struct item *item, struct sj_verify_keys *keys,
	const struct sj_pki_bytes *bytes)
{
	keys->first = &item->first;
	return sj_ledger_first_parse(
		(const char *)bytes->data, bytes->size, &item->first);
}

static bool take_state(struct item *item, struct sj_verify_keys *keys,
	const struct sj_pki_bytes *bytes)
{
	keys->state = &item->state;
	return bytes->size == SJ_LEDGER_STATE_BYTES &&
	       sj_ledger_state_parse(bytes->data, &item->state);
}

/* What stands beside a ledger. */
static const struct {
	const char *ending, *what;
	bool (*take)(struct item *item, struct sj_verify_keys *keys,
		const struct sj_pki_bytes *bytes);
} beside[] = {
	{"pub", "no public key of a ledger", take_public},
	{"first", "no first key of a ledger", take_first},
	{"state", "no state of a ledger's writer", take_state},
};

/*
 * Fills what the judge wants of item. What is there and cannot be read, or is
 * something else, is an error, which is said: without it the verdict would be
 * milder. So are keys that were named and are not there.
 */
static bool read_keys(
	struct item *item, const char *base, struct sj_verify_keys *keys)
{
	struct sj_pki_why why = {""};
	size_t found = 0;

	for (size_t i = 0; i < SJ_COUNT(beside); i++) {
		struct sj_pki_bytes bytes = {NULL, 0};
		char path[PATH_MAX + 8];
		struct stat info;
		bool is_taken;
		enum sj_err err;

		(void)snprintf(
			path, sizeof(path), "%s.%s", base, beside[i].ending);
		if (stat(path, &info) == 0 && !S_ISREG(info.st_mode)) {
			(void)complain(path, "no regular file");
			return false;
		}
		err = sj_pki_file_read(path, SJ_LIMIT_PEM_BYTES, &bytes, &why);
		if (err == SJ_ERR_MISSING)
			continue;
		if (err != SJ_OK) {
			fprintf(stderr, "shoji-verify: %s\n", why.text);
			return false;
		}
		is_taken = beside[i].take(item, keys, &bytes);
		sj_pki_bytes_free(&bytes);
		if (!is_taken) {
			(void)complain(path, beside[i].what);
			return false;
		}
		found++;
	}
	if (found > 0 || !item->base)
		return true;
	(void)complain(base, "there is no .pub, .first or .state of it");
	return false;
}

/* at: `seq=N hash=HEX` of a line that the writer has logged. */
static bool parse_witness(const char *at, struct sj_verify_witness *witness)
{
	static const char digits[] = "0123456789abcdef";
	char *end;

	memset(witness, 0, sizeof(*witness));
	witness->seq = strtoull(at + 4, &end, 10);
	if (strncmp(end, " hash=", 6) != 0)
		return false;
	at = end + 6;
	for (size_t i = 0; i < 2 * sizeof(witness->hash); i++) {
		const char *digit = at[i] ? strchr(digits, at[i]) : NULL;

		if (!digit)
			return false;
		witness->hash[i / 2] =
			(uint8_t)(witness->hash[i / 2] << 4 | (digit - digits));
	}
	return true;
}

static const char *add_witness(struct item *item, const char *at)
{
	struct sj_verify_witness witness;
	void *more;

	if (!parse_witness(at, &witness))
		return "has a line `head seq=` that is not whole: N and 64 "
		       "digits, 0-9 and a-f, as they were logged";
	if (item->witnesses == WITNESSES_MAX)
		return "has too many lines";
	more = reallocarray(
		item->witness, item->witnesses + 1, sizeof(witness));
	if (!more)
		return strerror(ENOMEM);
	item->witness = more;
	item->witness[item->witnesses++] = witness;
	return NULL;
}

/* NULL, or what is wrong with the file. */
static const char *read_witnesses(struct item *item)
{
	FILE *file = NULL;
	const char *what = NULL, *at;
	struct stat info;
	char line[4096];

	/* What a program prints is welcome, too. */
	if (stat(item->witness_path, &info) == 0 && !S_ISREG(info.st_mode) &&
		!S_ISFIFO(info.st_mode))
		return "no regular file and no pipe";
	file = fopen(item->witness_path, "re");
	if (!file)
		return strerror(errno);
	while (!what && fgets(line, sizeof(line), file))
		if ((at = strstr(line, "head ")) != NULL &&
			(at = strstr(at, "seq=")) != NULL)
			what = add_witness(item, at);
	(void)fclose(file);
	if (!what && item->witnesses == 0)
		what = "has no line `head seq=N hash=HEX`: give the log of the "
		       "ledger's machine";
	return what;
}

/* The name that keys of path have by default. */
static void guess_base(const char *path, char *base, size_t size)
{
	size_t length = strlen(path);

	(void)snprintf(base, size, "%s", path);
	if (length > strlen(ENDING) && length < size &&
		strcmp(path + length - strlen(ENDING), ENDING) == 0)
		base[length - strlen(ENDING)] = '\0';
}

/*
 * True if none of its records begins like one: a ledger whose first record
 * alone was spoilt is still a ledger. Less than a record may be all that a
 * crash left, but it begins like one.
 */
static bool is_other(int fd, off_t bytes)
{
	const size_t size = strlen(SJ_LEDGER_MAGIC);
	char start[8] = "";

	for (off_t at = 0; at < bytes; at += SJ_LEDGER_RECORD_BYTES)
		if (pread(fd, start, size, at) == (ssize_t)size &&
			memcmp(start, SJ_LEDGER_MAGIC, size) == 0)
			return false;
	return true;
}

/*
 * Opens a ledger in *file; NULL or why it is none. Never waits for a writer.
 * An empty one is judged if its records are known of: they were cut off.
 */
static const char *open_ledger(const char *path, bool is_known, FILE **file)
{
	const char *what = NULL;
	struct stat info;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	if (fd < 0 || fstat(fd, &info) != 0)
		what = strerror(errno);
	else if (S_ISDIR(info.st_mode))
		what = "a folder and no ledger";
	else if (!S_ISREG(info.st_mode))
		what = "no regular file and so no ledger";
	else if (info.st_size == 0 && !is_known)
		what = "empty: no record";
	else if (!is_known && is_other(fd, info.st_size))
		what = "does not begin like a ledger";
	if (!what && (*file = fdopen(fd, "r")) != NULL)
		return NULL;
	if (!what)
		what = strerror(errno);
	if (fd >= 0)
		(void)close(fd);
	return what;
}

static int read_ledger(struct item *item, struct sj_verify_ledger *ledger,
	const struct sj_verify_selection *selection)
{
	struct sj_verify_keys keys = {.selection = selection};
	char base[PATH_MAX];
	const char *what;
	enum sj_err err;
	FILE *file = NULL;

	guess_base(item->path, base, sizeof(base));
	/* The state first: a ledger that is being written only grows. */
	if (!read_keys(item, item->base ? item->base : base, &keys))
		return SJ_EXIT_LOCAL;
	what = item->witness_path ? read_witnesses(item) : NULL;
	if (what)
		return complain(item->witness_path, what);
	keys.witness = item->witness;
	keys.witnesses = item->witnesses;
	ledger->path = item->path;
	what = open_ledger(item->path,
		item->witnesses > 0 || (keys.state && keys.state->seq > 0),
		&file);
	if (what)
		return complain(item->path, what);
	err = sj_verify_read(ledger, file, &keys);
	(void)fclose(file);
	if (err != SJ_OK)
		return complain(item->path, err == SJ_ERR_SYSTEM
						    ? strerror(errno)
						    : sj_err_text(err));
	return SJ_EXIT_ENDED;
}

/* ---- commands ---- */

/* Each ledger is one end: the same twice would speak for both. */
static bool are_distinct(const struct options *options)
{
	static struct stat of[SJ_VERIFY_LEDGERS];

	for (size_t i = 0; i < options->count; i++) {
		/* What is not there is said by who reads it. */
		if (stat(options->item[i].path, &of[i]) != 0) {
			memset(&of[i], 0, sizeof(of[i]));
			continue;
		}
		for (size_t k = 0; k < i; k++) {
			if (of[i].st_dev != of[k].st_dev ||
				of[i].st_ino != of[k].st_ino)
				continue;
			fprintf(stderr,
				"shoji-verify: %s and %s are the same file; "
				"name each ledger once\n",
				options->item[k].path, options->item[i].path);
			return false;
		}
	}
	return true;
}

static int run_ledger(struct options *options)
{
	static struct sj_verify_ledger ledgers[SJ_VERIFY_LEDGERS];
	static struct sj_verify_findings findings;
	const struct sj_verify_print print = {.ledgers = ledgers,
		.count = options->count,
		.findings = &findings,
		.selection = &options->selection,
		.language = options->language,
		.is_redacted = options->is_redacted};
	int status = SJ_EXIT_ENDED;

	for (size_t i = 0; i < options->count && status == SJ_EXIT_ENDED; i++) {
		ledgers[i].index = (uint16_t)i;
		status = read_ledger(
			&options->item[i], &ledgers[i], &options->selection);
	}
	if (status == SJ_EXIT_ENDED &&
		sj_verify_join(ledgers, options->count, &options->selection,
			&findings) != SJ_OK)
		status = complain("ledger", sj_err_text(SJ_ERR_MEMORY));
	if (status == SJ_EXIT_ENDED) {
		sj_verify_print(&print);
		status = (int)sj_verify_verdict(
			ledgers, options->count, &findings);
		if (fflush(stdout) != 0)
			status = SJ_EXIT_LOCAL;
	}
	for (size_t i = 0; i < options->count; i++) {
		sj_verify_free(&ledgers[i]);
		sj_ledger_signer_free(options->item[i].signer);
		sj_ledger_state_forget(&options->item[i].first);
		sj_ledger_state_forget(&options->item[i].state);
		free(options->item[i].witness);
	}
	return status;
}

static int run_keygen(const char *base)
{
	uint8_t id[SJ_LEDGER_HASH_BYTES];
	char why[PATH_MAX + 128];

	if (sj_verify_keygen(base, id, why, sizeof(why)) != SJ_OK) {
		fprintf(stderr, "shoji-verify: %s\n", why);
		return SJ_EXIT_LOCAL;
	}
	(void)printf("%s.key    for the writer: [ledger] keys = %s\n"
		     "%s.state  for the writer: it changes with every record\n"
		     "%s.pub    for everybody who checks\n"
		     "%s.first  for the auditor alone: keep it off-line and "
		     "delete it here\n",
		base, base, base, base, base);
	(void)fputs("key ", stdout);
	sj_verify_print_id(id);
	(void)puts("  SHA-256; the reports of its ledger state the same");
	return fflush(stdout) == 0 ? SJ_EXIT_ENDED : SJ_EXIT_LOCAL;
}

/* ---- command line ---- */

static bool parse_language(const char *text, enum sj_verify_language *language)
{
	*language = strcmp(text, "ja") == 0   ? SJ_VERIFY_JAPANESE
		    : strcmp(text, "en") == 0 ? SJ_VERIFY_ENGLISH
					      : SJ_VERIFY_BOTH;
	return *language != SJ_VERIFY_BOTH;
}

/* The command line is wrong here. */
static bool refuse(const char *word, const char *what)
{
	fprintf(stderr, "shoji-verify: %s: %s\n", word, what);
	return false;
}

/* What is asked about, each once: a second one would narrow it unseen. */
static bool parse_selection(struct sj_verify_selection *selection, char **words)
{
	bool is_user = strcmp(words[0], "--user") == 0;
	enum sj_err err;

	if (is_user ? selection->has_user : selection->has_day)
		return refuse(words[0], "is there twice; ask once for each");
	err = is_user ? sj_verify_select_user(selection, words[1])
		      : sj_verify_select_day(selection, words[1]);
	if (err == SJ_ERR_ARGUMENT)
		return refuse(words[1],
			is_user ? "no user of --user: NAME as in the "
				  "certificate, or ZONE:NAME"
				: "no day of --day: YYYY-MM-DD, such as "
				  "2026-11-26 (UTC)");
	return err == SJ_OK || refuse(words[0], sj_err_text(err));
}

/* An option with a value at words[0]; false when it has been refused. */
static bool parse_valued(struct options *options, char **words,
	const char **base, const char **witness)
{
	const char *word = words[0];

	if (!words[1])
		return refuse(word, "needs a value behind it");
	if (strcmp(word, "--keys") == 0)
		*base = words[1];
	else if (strcmp(word, "--witness") == 0)
		*witness = words[1];
	else if (strcmp(word, "--user") == 0 || strcmp(word, "--day") == 0)
		return parse_selection(&options->selection, words);
	else if (!parse_language(words[1], &options->language))
		return refuse(words[1], "no language of --lang: ja, en");
	return true;
}

static bool is_valued(const char *word)
{
	static const char *const valued[] = {
		"--keys", "--witness", "--user", "--day", "--lang"};

	for (size_t i = 0; i < SJ_COUNT(valued); i++)
		if (strcmp(word, valued[i]) == 0)
			return true;
	return false;
}

/* The words behind `ledger`. */
static bool parse_words(struct options *options, char **words)
{
	const char *base = NULL, *witness = NULL;

	for (; *words; words++) {
		const char *word = *words;

		if (strcmp(word, "--redact") == 0) {
			options->is_redacted = true;
		} else if (is_valued(word)) {
			if (!parse_valued(options, words, &base, &witness))
				return false;
			words++;
		} else if (word[0] == '-') {
			return refuse(word, "unknown option");
		} else if (options->count == SJ_VERIFY_LEDGERS) {
			return refuse(word, "more than 4096 ledgers");
		} else {
			options->item[options->count++] =
				(struct item){.path = word,
					.base = base,
					.witness_path = witness};
			base = witness = NULL;
		}
	}
	if (base)
		return refuse("--keys", "needs its LEDGER behind it");
	if (witness)
		return refuse("--witness", "needs its LEDGER behind it");
	return options->count > 0 || refuse("ledger", "needs a LEDGER");
}

/* What is not understood of the words behind the program's name. */
static int explain(int argc, char **argv)
{
	const bool is_keygen = argc > 1 && strcmp(argv[1], "keygen") == 0;

	if (argc < 2)
		(void)refuse("no command", "ledger or keygen is needed");
	else if (is_keygen)
		(void)refuse("keygen", "needs one BASE, a path of new keys");
	else if (strcmp(argv[1], "--version") == 0 ||
		 strcmp(argv[1], "--help") == 0)
		(void)refuse(argv[2], "too much");
	else
		(void)refuse(argv[1], "unknown command; ledger or keygen");
	(void)fputs("shoji-verify --help says how to use it\n", stderr);
	return SJ_EXIT_USAGE;
}

int main(int argc, char **argv)
{
	static struct options options;
	const struct rlimit no_core = {0, 0};

	(void)umask(077);
	if (setrlimit(RLIMIT_CORE, &no_core) != 0 ||
		OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL) != 1)
		return SJ_EXIT_LOCAL;
	if (argc == 2 && strcmp(argv[1], "--version") == 0) {
		puts("shoji-verify " SJ_VERSION);
		return SJ_EXIT_ENDED;
	}
	if ((argc == 2 && strcmp(argv[1], "--help") == 0) ||
		(argc == 3 && strcmp(argv[2], "--help") == 0 &&
			(strcmp(argv[1], "ledger") == 0 ||
				strcmp(argv[1], "keygen") == 0))) {
		print_help();
		return SJ_EXIT_ENDED;
	}
	if (argc == 3 && strcmp(argv[1], "keygen") == 0 && argv[2][0] != '-')
		return run_keygen(argv[2]);
	if (argc < 2 || strcmp(argv[1], "ledger") != 0)
		return explain(argc, argv);
	if (!parse_words(&options, argv + 2)) {
		(void)fputs("shoji-verify --help says how to use it\n", stderr);
		return SJ_EXIT_USAGE;
	}
	if (!are_distinct(&options))
		return SJ_EXIT_USAGE;
	return run_ledger(&options);
}
