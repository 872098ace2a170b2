/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/session_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define POLICY_DIR "/etc/chromium/policies/managed"

/*
 * What a browser without a disk, a printer and a user's files cannot do is
 * switched off visibly, so that Chromium says so instead of failing. Pages of
 * the browser itself are closed but for the ones a person meets in daily use;
 * the one of an extension by its number is what shows PDF files.
 */
static const char policy[] =
	"{\n"
	"  \"DownloadRestrictions\": 3,\n"
	"  \"AllowFileSelectionDialogs\": false,\n"
	"  \"PrintingEnabled\": false,\n"
	"  \"DeveloperToolsAvailability\": 2,\n"
	"  \"RemoteDebuggingAllowed\": false,\n"
	"  \"IncognitoModeAvailability\": 1,\n"
	"  \"BrowserSignin\": 0,\n"
	"  \"SyncDisabled\": true,\n"
	"  \"BrowserAddPersonEnabled\": false,\n"
	"  \"BrowserGuestModeEnabled\": false,\n"
	"  \"PasswordManagerEnabled\": false,\n"
	"  \"AutofillAddressEnabled\": false,\n"
	"  \"AutofillCreditCardEnabled\": false,\n"
	"  \"TranslateEnabled\": false,\n"
	"  \"SpellcheckEnabled\": false,\n"
	"  \"SearchSuggestEnabled\": false,\n"
	"  \"MetricsReportingEnabled\": false,\n"
	"  \"UserFeedbackAllowed\": false,\n"
	"  \"NetworkPredictionOptions\": 2,\n"
	"  \"SafeBrowsingProtectionLevel\": 0,\n"
	"  \"ComponentUpdatesEnabled\": false,\n"
	"  \"BackgroundModeEnabled\": false,\n"
	"  \"DefaultBrowserSettingEnabled\": false,\n"
	"  \"PromotionsEnabled\": false,\n"
	"  \"QuicAllowed\": false,\n"
	"  \"DnsOverHttpsMode\": \"off\",\n"
	"  \"BuiltInDnsClientEnabled\": false,\n"
	"  \"WebRtcIPHandling\": \"disable_non_proxied_udp\",\n"
	"  \"AudioCaptureAllowed\": false,\n"
	"  \"VideoCaptureAllowed\": false,\n"
	"  \"ScreenCaptureAllowed\": false,\n"
	"  \"DefaultGeolocationSetting\": 2,\n"
	"  \"DefaultNotificationsSetting\": 2,\n"
	"  \"DefaultWebUsbGuardSetting\": 2,\n"
	"  \"DefaultWebBluetoothGuardSetting\": 2,\n"
	"  \"DefaultSerialGuardSetting\": 2,\n"
	"  \"DefaultWebHidGuardSetting\": 2,\n"
	"  \"DefaultFileSystemReadGuardSetting\": 2,\n"
	"  \"DefaultFileSystemWriteGuardSetting\": 2,\n"
	"  \"ExtensionInstallBlocklist\": [\"*\"],\n"
	"  \"TaskManagerEndProcessEnabled\": false,\n"
	"  \"NewTabPageLocation\": \"about:blank\",\n"
	"  \"URLBlocklist\": [\"file://*\", \"chrome://*\",\n"
	"    \"chrome-untrusted://*\", \"devtools://*\",\n"
	"    \"chrome-extension://*\", \"filesystem:*\",\n"
	"    \"view-source:*\", \"data:*\", \"ftp://*\"],\n"
	"  \"URLAllowlist\": [\"chrome://newtab\",\n"
	"    \"chrome://new-tab-page\", \"chrome://new-tab-page-third-party\",\n"
	"    \"chrome-extension://mhjfbmdgcfjbbpaeojofohoefgiehjai\"]\n"
	"}\n";

const char *sj_session_files_policy(void)
{
	return policy;
}

size_t sj_session_files_gtk(
	const struct sj_host_browser *browser, char *text, size_t size)
{
	int length = snprintf(text, size,
		"[Settings]\n"
		"gtk-cursor-blink=%d\n"
		"gtk-enable-animations=%d\n"
		"gtk-xft-antialias=1\n"
		"gtk-xft-rgba=%s\n",
		browser->is_caret_blinking != 0,
		browser->is_reduced_motion == 0,
		browser->text_antialiasing == 1 ? "rgb" : "none");

	return length > 0 && (size_t)length < size ? (size_t)length : 0;
}

static int write_file(const char *path, const char *text)
{
	size_t size = strlen(text);
	ssize_t n;
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444);

	if (fd < 0)
		return -1;
	n = write(fd, text, size);
	close(fd);
	return n == (ssize_t)size ? 0 : -1;
}

static int make_dirs(void)
{
	static const char *const folders[] = {"/etc/chromium",
		"/etc/chromium/policies", POLICY_DIR, "/etc/gtk-3.0"};

	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		if (mkdir(folders[i], 0755) != 0 && errno != EEXIST)
			return -1;
	return 0;
}

enum sj_err sj_session_files_write(const struct sj_host_init_start *start)
{
	char text[256];
	unsigned uid = start->jail_uid != UINT32_MAX ? start->jail_uid
						     : (unsigned)geteuid();
	unsigned gid = start->jail_gid != UINT32_MAX ? start->jail_gid
						     : (unsigned)getegid();

	if (make_dirs() != 0)
		return SJ_ERR_SYSTEM;
	(void)snprintf(text, sizeof(text),
		"root:x:0:0:root:/:/usr/sbin/nologin\n"
		"user:x:%u:%u:user:/home/user:/usr/sbin/nologin\n",
		uid, gid);
	if (write_file("/etc/passwd", text) != 0)
		return SJ_ERR_SYSTEM;
	(void)snprintf(text, sizeof(text), "root:x:0:\nuser:x:%u:\n", gid);
	if (write_file("/etc/group", text) != 0 ||
		write_file("/etc/hosts", "127.0.0.1 localhost\n") != 0 ||
		write_file("/etc/nsswitch.conf",
			"passwd: files\ngroup: files\nhosts: files\n") != 0 ||
		write_file(POLICY_DIR "/shoji.json", policy) != 0)
		return SJ_ERR_SYSTEM;
	if (sj_session_files_gtk(&start->browser, text, sizeof(text)) == 0 ||
		write_file("/etc/gtk-3.0/settings.ini", text) != 0)
		return SJ_ERR_SYSTEM;
	return SJ_OK;
}
