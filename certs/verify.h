/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * verify: what shoji-verify finds out about ledgers.
 *
 * Everything in a ledger is hostile: whoever was on the machine may have
 * written it. Findings are collected, not printed; verify_print.c says them.
 */
#ifndef SJ_CERTS_VERIFY_H
#define SJ_CERTS_VERIFY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "certs/ledger_mac.h"
#include "certs/ledger_sign.h"
#include "protocol/base/attr.h"
#include "protocol/base/err.h"
#include "protocol/ledger/record.h"

/* Findings that are kept of one ledger, and of all pairs; more are counted. */
#define SJ_VERIFY_FINDINGS 200
#define SJ_VERIFY_NO_PEER UINT16_MAX
#define SJ_VERIFY_LEDGERS 4096 /* fits an index; A to Z, AA to ZZ, AAA ... */
/* What a connection may have under way when it ends, in one direction. */
#define SJ_VERIFY_UNDER_WAY_BYTES ((uint64_t)4 << 20)
#define SJ_VERIFY_HANDSHAKE_BYTES ((uint64_t)256)

/*
 * What was found. Up to SJ_VERIFY_LAST_DAMAGE: somebody has changed
 * something, or the ends contradict each other. Up to SJ_VERIFY_LAST_GAP:
 * something cannot be known. Beyond: worth a line.
 */
enum sj_verify_what {
	SJ_VERIFY_RECORD,       /* is no record */
	SJ_VERIFY_SEQ,          /* removed, added or in another order */
	SJ_VERIFY_PREV,         /* does not follow the one before */
	SJ_VERIFY_MAC,          /* not written with the key of then */
	SJ_VERIFY_SIGNATURE,    /* checkpoint not signed by the key */
	SJ_VERIFY_KEYS,         /* START states another id or key */
	SJ_VERIFY_BEGINNING,    /* record where a START has to be */
	SJ_VERIFY_SESSION,      /* CLOSE or COUNTS without their session */
	SJ_VERIFY_SUMS,         /* of the day are not those of its sessions */
	SJ_VERIFY_CLOCK,        /* the machine's clock went back */
	SJ_VERIFY_CUT,          /* the state knows more records */
	SJ_VERIFY_WITNESS,      /* a witness saw another record */
	SJ_VERIFY_WITNESS_GONE, /* a witness saw one that is not there */
	SJ_VERIFY_MORE,         /* more arrived than was sent */
	SJ_VERIFY_UNCOUNTED,    /* bytes on the line in no message */
	SJ_VERIFY_LEFT_OUT,     /* the other end's ledger lacks the session */
	SJ_VERIFY_TWICE,        /* a join in more than two sessions */
	SJ_VERIFY_INVENTED,     /* a guard sent what no viewer had */
	SJ_VERIFY_OTHER_USER, /* a guard's viewer is another one at the host */
	SJ_VERIFY_FORKED,     /* two ledgers of one key, the same numbers */
	SJ_VERIFY_LAST_DAMAGE = SJ_VERIFY_FORKED,
	SJ_VERIFY_NO_FIRST,      /* macs were not checked: no first key */
	SJ_VERIFY_NO_PUBLIC,     /* signatures were not checked */
	SJ_VERIFY_BEFORE,        /* records before were not shown */
	SJ_VERIFY_NO_STOP,       /* ends without a stop */
	SJ_VERIFY_CRASH,         /* began again without a stop */
	SJ_VERIFY_TAIL,          /* records behind the last signature */
	SJ_VERIFY_PART,          /* a part of a record at the end */
	SJ_VERIFY_SILENCE,       /* longer than three heartbeats */
	SJ_VERIFY_OPEN,          /* a session was never closed */
	SJ_VERIFY_NO_COUNTS,     /* a session closed without counts */
	SJ_VERIFY_NO_OTHER,      /* nobody showed the other end's ledger */
	SJ_VERIFY_BEGINS_LATER,  /* the other end's begins behind it */
	SJ_VERIFY_ENDS_EARLIER,  /* the other end's ends before it */
	SJ_VERIFY_FAR_UNDER_WAY, /* more sent than can be under way */
	SJ_VERIFY_NOTHING,       /* no session was shown from both ends */
	SJ_VERIFY_UNLINKED,      /* a guard's, with no session of a viewer */
	SJ_VERIFY_PART_OF_DAY,   /* the ledger does not reach over the day */
	SJ_VERIFY_LAST_GAP = SJ_VERIFY_PART_OF_DAY,
	SJ_VERIFY_UNDER_WAY, /* sent, and not arrived when it ended */
	SJ_VERIFY_TORN,      /* a torn record was cut off */
	SJ_VERIFY_NEVER,     /* a connection that never became a session */
	SJ_VERIFY_WHAT_COUNT
};

/* How grave a finding is: the mark that its line begins with. */
enum sj_verify_mark {
	SJ_VERIFY_DAMAGE, /* !! */
	SJ_VERIFY_GAP,    /* ? */
	SJ_VERIFY_NOTE,   /* - */
	SJ_VERIFY_MARKS
};
enum sj_verify_mark sj_verify_mark_of(enum sj_verify_what what);

struct sj_verify_finding {
	enum sj_verify_what what;
	uint64_t seq;         /* of the record; of the OPEN of a session */
	uint64_t one, other;  /* two numbers that should fit; 0, 0: none */
	uint16_t ledger;      /* index; of the second end beside: peer */
	uint16_t peer;        /* SJ_VERIFY_NO_PEER: none */
	uint8_t table, index; /* counter; table 0: none */
};

struct sj_verify_findings {
	struct sj_verify_finding of[SJ_VERIFY_FINDINGS]; /* as found */
	size_t count;
	size_t kept[SJ_VERIFY_MARKS];         /* of count */
	uint64_t more[SJ_VERIFY_MARKS];       /* left out */
	uint64_t times[SJ_VERIFY_WHAT_COUNT]; /* all of them */
};

/*
 * Adds finding (copied). When the list is full, a graver one takes the place of
 * the last of the mildest mark; what has no place is counted.
 */
void sj_verify_add(struct sj_verify_findings *findings,
	const struct sj_verify_finding *finding);

struct sj_verify_session {
	uint64_t seq; /* of the OPEN */
	uint64_t opened_us;
	uint64_t last_us; /* wall when it was over for certain; UINT64_MAX: it
			     may still be there */
	struct sj_ledger_open open;
	bool is_closed;
	struct sj_ledger_close close;
	struct sj_ledger_counts table[SJ_LEDGER_TABLES];
	/* joining: index of ledger and session, -1 none */
	int peer_ledger;
	size_t peer_session;
	bool is_broken_off; /* its run ended before it was closed */
	bool is_linked;     /* a guard's session with a host is of it */
	bool is_never;      /* it ended before the other end had begun it */
	/* selection: identity of the user, NULL nobody knows */
	const uint8_t *user;
	bool is_left_out; /* nobody asked about it */
};

struct sj_verify_witness {
	uint64_t seq;
	uint8_t hash[SJ_LEDGER_HASH_BYTES];
	bool is_seen;
};

struct sj_verify_ledger {
	const char *path; /* lent */
	uint16_t index;
	struct sj_verify_findings findings;
	bool has_first, has_public, has_state;
	size_t witnesses, witnesses_seen;
	uint8_t place; /* 0: no START was seen */
	uint8_t id[SJ_LEDGER_ID_BYTES];
	uint8_t public_sha256[SJ_LEDGER_HASH_BYTES]; /* as START states it */
	char version[SJ_LEDGER_VERSION_BYTES + 1];
	uint64_t records, first_seq, next_seq;
	uint64_t first_us, last_us; /* wall */
	uint64_t checkpoints, runs, refused;
	uint64_t trusted; /* records before the first damage */
	bool is_damaged, is_stopped;
	struct sj_verify_session *session; /* by seq */
	size_t sessions, session_room;
};

struct sj_verify_selection; /* verify_select.h */

/* What a ledger is judged with; NULL: not given. All lent. */
struct sj_verify_keys {
	const struct sj_ledger_signer *signer;
	const struct sj_ledger_state *first;
	const struct sj_ledger_state *state; /* the writer's present one */
	struct sj_verify_witness *witness;   /* marked when seen */
	size_t witnesses;
	/* Gaps in time that do not touch its day are no findings. */
	const struct sj_verify_selection *selection;
	uint64_t steps_max; /* of the key over records that were not shown; 0:
			       enough for 16 million */
};

/*
 * Reads and judges the ledger in file into *ledger (zeroed, with path and
 * index set). SJ_OK also for a ledger full of faults; SJ_ERR_SYSTEM,
 * SJ_ERR_MEMORY, SJ_ERR_LIMIT when it could not be judged.
 */
SJ_MUST_USE enum sj_err sj_verify_read(struct sj_verify_ledger *ledger,
	FILE *file, const struct sj_verify_keys *keys);

/* Frees what read has made. */
void sj_verify_free(struct sj_verify_ledger *ledger);

/*
 * Joins the sessions of ledgers (count of them) and compares their ends.
 * Findings go to *findings; sessions learn their peers. What selection leaves
 * out (verify_select.h) has no finding but damage; NULL: nothing.
 * SJ_ERR_MEMORY: nothing was compared.
 */
SJ_MUST_USE enum sj_err sj_verify_join(struct sj_verify_ledger *ledgers,
	size_t count, const struct sj_verify_selection *selection,
	struct sj_verify_findings *findings);

enum sj_verify_language {
	SJ_VERIFY_BOTH,
	SJ_VERIFY_JAPANESE,
	SJ_VERIFY_ENGLISH
};

struct sj_verify_print {
	const struct sj_verify_ledger *ledgers;
	size_t count;
	const struct sj_verify_findings *findings;   /* of the pairs */
	const struct sj_verify_selection *selection; /* NULL: all sessions */
	enum sj_verify_language language;
	bool is_redacted;
};

/* The verdict over everything: exit status of shoji-verify. */
enum sj_verify_verdict {
	SJ_VERIFY_AGREES = 0,
	SJ_VERIFY_DAMAGED = 3,
	SJ_VERIFY_INCOMPLETE = 5
};
enum sj_verify_verdict sj_verify_verdict(const struct sj_verify_ledger *ledgers,
	size_t count, const struct sj_verify_findings *findings);

/* Says everything on standard output. */
void sj_verify_print(const struct sj_verify_print *print);

/*
 * Japanese or English sentence for what was found. Static.
 */
const char *sj_verify_text(enum sj_verify_what what, bool is_japanese);

/*
 * The command keygen: makes BASE.key, .pub, .state and .first. id becomes the
 * fingerprint of the key; on failure why (size bytes) says what is wrong.
 */
SJ_MUST_USE enum sj_err sj_verify_keygen(const char *base,
	uint8_t id[SJ_LEDGER_HASH_BYTES], char *why, size_t size);

/* Writes the fingerprint of a key, SHA-256 of its 32 bytes, in hexadecimal
 * digits on standard output. */
void sj_verify_print_id(const uint8_t id[SJ_LEDGER_HASH_BYTES]);

#endif /* SJ_CERTS_VERIFY_H */
