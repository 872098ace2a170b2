/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "certs/pki_report.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void append(struct sj_pki_report *report, enum sj_pki_level level,
	const char *advice, const char *format, va_list arguments)
	__attribute__((format(printf, 4, 0)));

static void append(struct sj_pki_report *report, enum sj_pki_level level,
	const char *advice, const char *format, va_list arguments)
{
	struct sj_pki_finding *finding;

	if (report->count == SJ_PKI_FINDINGS)
		return;
	finding = &report->finding[report->count++];
	finding->level = level;
	(void)snprintf(finding->advice, sizeof(finding->advice), "%s", advice);
	(void)vsnprintf(
		finding->text, sizeof(finding->text), format, arguments);
}

void sj_pki_good(struct sj_pki_report *report, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	append(report, SJ_PKI_GOOD, "", format, arguments);
	va_end(arguments);
}

void sj_pki_warn(struct sj_pki_report *report, const char *advice,
	const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	append(report, SJ_PKI_WARNING, advice, format, arguments);
	va_end(arguments);
}

void sj_pki_bad(struct sj_pki_report *report, const char *advice,
	const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	append(report, SJ_PKI_BAD, advice, format, arguments);
	va_end(arguments);
}

enum sj_pki_level sj_pki_report_level(const struct sj_pki_report *report)
{
	enum sj_pki_level worst = SJ_PKI_GOOD;

	for (size_t i = 0; i < report->count; i++) {
		if (report->finding[i].level > worst)
			worst = report->finding[i].level;
	}
	return worst;
}

struct advice {
	enum sj_reason reason;
	bool is_found_before; /* the findings name it already */
	const char *text;
};

static const struct advice advices[] = {
	{SJ_REASON_CERT_EXPIRED, true, "renew it: shoji-ca renew FILE"},
	{SJ_REASON_CERT_NOT_YET, true, "check the clock, or wait"},
	{SJ_REASON_CERT_NAME, true, "issue it again with this name"},
	{SJ_REASON_CERT_ROLE, true, "issue it for the right role and zone"},
	{SJ_REASON_CERT_PURPOSE, true, "issue it again with shoji-ca"},
	{SJ_REASON_CERT_REVOKED, false,
		"issue another: shoji-ca ROLE NAME; find out why it was "
		"revoked"},
	{SJ_REASON_CERT_UNTRUSTED, false,
		"use a certificate of this authority, or name the right one "
		"with --authority (and --crl)"},
	{SJ_REASON_CRL_MISSING, false,
		"make the list: shoji-ca crl, and copy it; without it every "
		"connection is refused"},
	{SJ_REASON_CRL_EXPIRED, false,
		"make a new list: shoji-ca crl, and copy it; until then every "
		"connection is refused"},
};

void sj_pki_judge(struct sj_pki_report *report, enum sj_reason reason)
{
	const char *text = "issue it again with shoji-ca";

	if (reason == SJ_REASON_NONE) {
		/* A session that is looked at again goes on with less. */
		sj_pki_good(report,
			sj_pki_report_level(report) == SJ_PKI_BAD
				? "signed by this authority and not in its list"
				: "accepted by this authority and list");
		return;
	}
	for (size_t i = 0; i < SJ_COUNT(advices); i++) {
		if (advices[i].reason != reason)
			continue;
		if (advices[i].is_found_before &&
			sj_pki_report_level(report) == SJ_PKI_BAD)
			return;
		text = advices[i].text;
	}
	sj_pki_bad(report, text, "refused with code %d: %s", (int)reason,
		sj_reason_text(reason));
}
