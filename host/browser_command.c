/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/browser_command.h"

#include <sys/stat.h>

#include "host/session_root.h"

static enum sj_err add(struct sj_browser_command *command, const char *word)
{
	/* The last place belongs to the NULL. */
	if (command->count + 1 >= SJ_BROWSER_WORDS)
		return SJ_ERR_LIMIT;
	command->word[command->count++] = word;
	command->word[command->count] = NULL;
	return SJ_OK;
}

static enum sj_err add_all(struct sj_browser_command *command,
	const char *const *words, size_t count)
{
	enum sj_err err = SJ_OK;

	for (size_t i = 0; i < count && err == SJ_OK; i++)
		err = add(command, words[i]);
	return err;
}

/*
 * No --unshare-ipc: Chromium's shared memory has to be seen by the Xvfb of the
 * session, and the session has an ipc namespace of its own already.
 */
static enum sj_err add_jail(struct sj_browser_command *command)
{
	static const char *const words[] = {"bwrap", "--unshare-user",
		"--unshare-pid", "--die-with-parent", "--new-session",
		"--ro-bind", "/usr", "/usr", "--ro-bind", "/etc", "/etc",
		"--proc", "/proc", "--dev-bind", "/dev", "/dev", "--size",
		"67108864", "--tmpfs", "/tmp", "--bind", SJ_SESSION_X11_DIR,
		SJ_SESSION_X11_DIR, "--bind", SJ_SESSION_HOME, SJ_SESSION_HOME,
		"--ro-bind", SJ_SESSION_XAUTHORITY, SJ_SESSION_XAUTHORITY,
		"--chdir", SJ_SESSION_HOME};
	static const char *const try_binds[] = {"/bin", "/sbin", "/lib",
		"/lib32", "/lib64", "/var/cache/fontconfig"};
	enum sj_err err = add_all(command, words, SJ_COUNT(words));

	for (size_t i = 0; i < SJ_COUNT(try_binds) && err == SJ_OK; i++) {
		const char *const bind[] = {
			"--ro-bind-try", try_binds[i], try_binds[i]};

		err = add_all(command, bind, SJ_COUNT(bind));
	}
	return err;
}

static enum sj_err add_binds(struct sj_browser_command *command,
	const struct sj_host_init_start *start)
{
	enum sj_err err = SJ_OK;

	for (size_t i = 0; i < SJ_COUNT(start->binds) && err == SJ_OK; i++) {
		const char *const bind[] = {
			"--ro-bind", start->binds[i], start->binds[i]};

		if (start->binds[i][0])
			err = add_all(command, bind, SJ_COUNT(bind));
	}
	return err;
}

/* What has no flag is in the files of the session (host/session_files.c). */
static enum sj_err add_levers(struct sj_browser_command *command,
	const struct sj_host_browser *browser)
{
	enum sj_err err = add(command, browser->is_smooth_scrolling
					       ? "--enable-smooth-scrolling"
					       : "--disable-smooth-scrolling");

	if (err == SJ_OK)
		err = add(command, browser->text_antialiasing == 1
					   ? "--enable-lcd-text"
					   : "--disable-lcd-text");
	if (err == SJ_OK && browser->is_reduced_motion)
		err = add(command, "--force-prefers-reduced-motion");
	return err;
}

/*
 * The profile is below SJ_SESSION_HOME. Features that speak by themselves to
 * networks that are not there are off. No --window-size: Chromium would give
 * it to popups too.
 */
static enum sj_err add_chromium(struct sj_browser_command *command,
	const struct sj_host_init_start *start)
{
	static const char *const words[] = {SJ_BROWSER_PROGRAM,
		"--user-data-dir=/home/user/profile",
		"--proxy-server=http://127.0.0.1:3128",
		"--proxy-bypass-list=<-loopback>", "--no-first-run",
		"--no-default-browser-check", "--no-pings", "--disable-gpu",
		"--disable-background-networking", "--disable-component-update",
		"--disable-breakpad", "--disable-sync",
		"--disable-features=Translate,OptimizationHints,MediaRouter,DialMediaRouteProvider,WebRtcHideLocalIpsWithMdns,NetworkTimeServiceQuerying",
		"--force-color-profile=srgb", "--password-store=basic",
		"--ozone-platform=x11", "--lang=ja",
		"--accept-lang=ja,en-US,en"};
	enum sj_err err = add_all(command, words, SJ_COUNT(words));

	if (err == SJ_OK)
		err = add_levers(command, &start->browser);
	for (size_t i = 0; i < SJ_COUNT(start->browser_flags) && err == SJ_OK;
		i++)
		if (start->browser_flags[i][0])
			err = add(command, start->browser_flags[i]);
	if (err == SJ_OK && start->url[0])
		err = add(command, start->url);
	return err;
}

enum sj_err sj_browser_command_build(struct sj_browser_command *command,
	const struct sj_host_init_start *start)
{
	/* The root is bubblewrap's own tmpfs, without a size. */
	static const char *const last[] = {"--remount-ro", "/", "--"};
	enum sj_err err;

	command->count = 0;
	command->word[0] = NULL;
	err = add_jail(command);
	if (err == SJ_OK)
		err = add_binds(command, start);
	if (err == SJ_OK)
		err = add_all(command, last, SJ_COUNT(last));
	if (err != SJ_OK)
		return err;
	if (start->is_chromium)
		return add_chromium(command, start);
	for (size_t i = 0; i < SJ_COUNT(start->command) && err == SJ_OK &&
			   start->command[i][0];
		i++)
		err = add(command, start->command[i]);
	return err;
}

const char *const *sj_browser_command_environment(void)
{
	static const char *const environment[] = {"PATH=/usr/bin:/bin",
		"HOME=" SJ_SESSION_HOME, "USER=user", "LOGNAME=user",
		"LANG=C.UTF-8", "LANGUAGE=ja", "DISPLAY=:0",
		"XAUTHORITY=" SJ_SESSION_XAUTHORITY, "GTK_IM_MODULE=xim",
		"XMODIFIERS=@im=shoji", "TMPDIR=/tmp",
		"XDG_CONFIG_HOME=" SJ_SESSION_HOME "/.config",
		"XDG_CACHE_HOME=" SJ_SESSION_HOME "/.cache", "NO_AT_BRIDGE=1",
		"GDK_BACKEND=x11", NULL};

	return environment;
}
