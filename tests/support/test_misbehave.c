/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test-misbehave: does what a confined process of ours must not do.
 *
 * As a library it is added to copies of the programs that ship (patchelf), so
 * that each of them confines itself as ever and then misbehaves: the filter is
 * the last layer, so the call that loads it is taken over here. Before it is
 * loaded, children try every deed twice, below the layers without the filter
 * and with it; what became of each goes to standard error. The program itself
 * then goes on as if nothing had happened. As a program it does all deeds
 * unconfined, which shows that they are deeds. Never installed.
 */
#include <asm/ioctls.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <linux/perf_event.h>
#include <linux/reboot.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define LINE_BYTES 400
#define TERMINAL_LETTER "x"

static struct sockaddr_in loopback = {.sin_family = AF_INET, .sin_port = 256};
static struct perf_event_attr counter = {
	.type = PERF_TYPE_SOFTWARE, .size = sizeof(counter)};
static struct msghdr no_message;
static char room[8192] __attribute__((aligned(4096)));
static struct iovec piece = {room, 8};
static char *const no_words[] = {NULL};

/* Another process than the child; getppid itself would be a deed. */
static pid_t parent;

static long own_code(void)
{
	void *at = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return syscall(SYS_mprotect, at, 4096L, PROT_READ | PROT_EXEC);
}

static long shared_segment(void)
{
	long made = syscall(SYS_shmget, IPC_PRIVATE, 4096L, IPC_CREAT | 0600L);

	if (made >= 0)
		(void)syscall(SYS_shmctl, made, IPC_RMID, NULL);
	return made;
}

static long new_process(void)
{
	long pid = syscall(SYS_clone, SIGCHLD, 0L, 0L, 0L, 0L);

	if (pid == 0)
		_exit(0);
	return pid;
}

/* getpid by the calls of a 32-bit program, which no rule is written for. */
static long other_machine(void)
{
#ifdef __x86_64__
	long result = 20;

	__asm__ volatile("int $0x80" : "+a"(result) : : "memory");
	return result;
#else
	return 0;
#endif
}

#ifdef SYS_open
#define OLD_OPEN syscall(SYS_open, "/etc/passwd", O_RDONLY)
#else
#define OLD_OPEN 0
#endif

/* Name and system call of each deed; below zero means that it failed. */
#define DEEDS(D)                                                               \
	D(open_file, syscall(SYS_openat, AT_FDCWD, "/etc/passwd", O_RDONLY))   \
	D(open_old, OLD_OPEN)                                                  \
	D(list_folder, syscall(SYS_openat, AT_FDCWD, "/", O_DIRECTORY))        \
	D(make_file, syscall(SYS_openat, AT_FDCWD, "/tmp",                     \
			     O_TMPFILE | O_WRONLY, 0600))                      \
	D(make_folder, syscall(SYS_mkdirat, AT_FDCWD, "/tmp/none/none", 0700)) \
	D(look_at_file, syscall(SYS_newfstatat, AT_FDCWD, "/", room, 0))       \
	D(change_folder, syscall(SYS_chdir, "/"))                              \
	D(change_root, syscall(SYS_chroot, "/"))                               \
	D(watch_files, syscall(SYS_inotify_init1, 0))                          \
	D(socket_tcp, socket(AF_INET, SOCK_STREAM, 0))                         \
	D(socket_udp, socket(AF_INET, SOCK_DGRAM, 0))                          \
	D(socket_unix, socket(AF_UNIX, SOCK_STREAM, 0))                        \
	D(socket_netlink, socket(AF_NETLINK, SOCK_RAW, 0))                     \
	D(socket_packet, socket(AF_PACKET, SOCK_RAW, 0))                       \
	D(socket_pair, socketpair(AF_UNIX, SOCK_STREAM, 0, (int *)room))       \
	D(connect, connect(3, (struct sockaddr *)&loopback, sizeof(loopback))) \
	D(bind, bind(3, (struct sockaddr *)&loopback, sizeof(loopback)))       \
	D(listen, listen(3, 1))                                                \
	D(accept, accept4(-1, NULL, NULL, 0))                                  \
	D(send_elsewhere, sendto(-1, "x", 1, 0, (struct sockaddr *)&loopback,  \
				  sizeof(loopback)))                           \
	D(receive_message, recvmsg(-1, &no_message, 0))                        \
	D(send_message, sendmsg(-1, &no_message, 0))                           \
	D(shut_down, shutdown(-1, SHUT_WR))                                    \
	D(socket_option, getsockopt(-1, SOL_SOCKET, SO_TYPE, room, NULL))      \
	D(execute, syscall(SYS_execve, "/bin/true", no_words, no_words))       \
	D(new_process, new_process())                                          \
	D(new_process_3, syscall(SYS_clone3, NULL, 0L))                        \
	D(map_code, (long)mmap(NULL, 4096, PROT_READ | PROT_EXEC,              \
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))               \
	D(make_code, own_code())                                               \
	D(map_shared, (long)mmap(NULL, 4096, PROT_READ, MAP_SHARED, 3, 0))     \
	D(make_memfd, syscall(SYS_memfd_create, "x", 0))                       \
	D(shared_segment, shared_segment())                                    \
	D(trace_me, ptrace(PTRACE_TRACEME, 0, NULL, NULL))                     \
	D(trace_other, ptrace(PTRACE_SEIZE, parent, NULL, NULL))               \
	D(read_other, process_vm_readv(parent, &piece, 1, &piece, 1, 0))       \
	D(write_other, process_vm_writev(parent, &piece, 1, &piece, 1, 0))     \
	D(compare_other, syscall(SYS_kcmp, parent, getpid(), 0, 0, 0))         \
	D(kill_other, kill(parent, 0))                                         \
	D(kill_thread, syscall(SYS_tgkill, parent, parent, 0))                 \
	D(hold_other, syscall(SYS_pidfd_open, parent, 0))                      \
	D(wait_for_other, syscall(SYS_wait4, -1, NULL, WNOHANG, NULL))         \
	D(set_user, syscall(SYS_setuid, 54321))                                \
	D(set_group, syscall(SYS_setgid, 0))                                   \
	D(set_groups, syscall(SYS_setgroups, 0L, NULL))                        \
	D(set_capabilities, syscall(SYS_capset, room, room + 64))              \
	D(become_dumpable, prctl(PR_SET_DUMPABLE, 1, 0, 0, 0))                 \
	D(raise_limit, syscall(SYS_prlimit64, 0, 7, NULL, room))               \
	D(mount, syscall(SYS_mount, "x", "/tmp/none", "tmpfs", 0L, NULL))      \
	D(unmount, syscall(SYS_umount2, "/tmp/none", 0))                       \
	D(turn_root, syscall(SYS_pivot_root, "/tmp/none", "/tmp/none"))        \
	D(new_user_space, syscall(SYS_unshare, CLONE_NEWUSER))                 \
	D(new_network, syscall(SYS_unshare, CLONE_NEWNET))                     \
	D(enter_space, syscall(SYS_setns, 0, 0))                               \
	D(personality, syscall(SYS_personality, 0x0040000L))                   \
	D(io_uring, syscall(SYS_io_uring_setup, 1, room))                      \
	D(keyctl, syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID,                   \
			  KEY_SPEC_SESSION_KEYRING, 0))                        \
	D(add_key, syscall(SYS_add_key, "user", "x", "x", 1L, -3))             \
	D(bpf, syscall(SYS_bpf, 0, room, 48))                                  \
	D(perf_event, syscall(SYS_perf_event_open, &counter, 0, -1, -1, 0L))   \
	D(user_fault, syscall(SYS_userfaultfd, 1))                             \
	D(open_by_handle, syscall(SYS_open_by_handle_at, -1, room, 0))         \
	D(load_module, syscall(SYS_init_module, room, 0L, ""))                 \
	D(kernel_log, syscall(SYS_syslog, 10, NULL, 0))                        \
	D(restart_machine, syscall(SYS_reboot, 0, 0, 0, NULL))                 \
	D(set_clock, syscall(SYS_settimeofday, NULL, NULL))                    \
	D(terminal_input, syscall(SYS_ioctl, 0, TIOCSTI, TERMINAL_LETTER))     \
	D(copy_descriptor, syscall(SYS_fcntl, 0, F_DUPFD, 0))                  \
	D(second_descriptor, syscall(SYS_dup3, 0, 1, 0))                       \
	D(write_through, syscall(SYS_fdatasync, -1))                           \
	D(other_machine, other_machine())                                      \
	D(other_numbers, syscall(0x40000000 + SYS_getpid))

#define AS_FUNCTION(name, call)                                                \
	static long do_##name(void)                                            \
	{                                                                      \
		return call;                                                   \
	}
#define AS_ROW(name, call) {#name, do_##name},

DEEDS(AS_FUNCTION)

static const struct {
	const char *name;
	long (*act)(void);
} deeds[] = {DEEDS(AS_ROW)};

static long load_filter(const void *filter)
{
	return syscall(
		SYS_prctl, PR_SET_SECCOMP, SECCOMP_MODE_FILTER, filter, 0, 0);
}

/* The child: 0 when the deed was done, else its error as the exit status. */
static void misbehave(size_t index, const void *filter)
{
	/* Descriptors have a limit; the deeds need one. */
	close(STDIN_FILENO);
	if (filter && load_filter(filter) != 0)
		_exit(255);
	errno = 0;
	if (deeds[index].act() < 0)
		_exit(errno == 0 ? 254 : errno);
	_exit(0);
}

/* "name=done", "name=SIGSYS" or the error's name. */
static void print_fate(char *out, size_t size, size_t index, int status)
{
	const char *name = deeds[index].name;

	if (WIFSIGNALED(status))
		(void)snprintf(out, size, " %s=%s%s", name,
			WTERMSIG(status) == SIGSYS ? "" : "SIG",
			WTERMSIG(status) == SIGSYS
				? "SIGSYS"
				: sigabbrev_np(WTERMSIG(status)));
	else if (WEXITSTATUS(status) == 0)
		(void)snprintf(out, size, " %s=done", name);
	else
		(void)snprintf(out, size, " %s=%s", name,
			strerrorname_np(WEXITSTATUS(status))
				? strerrorname_np(WEXITSTATUS(status))
				: "unclear");
}

static void print_line(const char *who, const char *layer, const char *fates)
{
	char line[LINE_BYTES + 100];
	int size = snprintf(
		line, sizeof(line), "misbehave %s %s%s\n", who, layer, fates);

	if (size > 0 && write(STDERR_FILENO, line, (size_t)size) < 0) {
		/* Nobody is left to be told. */
	}
}

static void try_all(const char *who, const char *layer, const void *filter)
{
	char fates[LINE_BYTES] = "";
	char fate[64];

	parent = getpid();
	for (size_t i = 0; i < sizeof(deeds) / sizeof(deeds[0]); i++) {
		int status = 0;
		pid_t pid = fork();

		if (pid == 0)
			misbehave(i, filter);
		if (pid < 0 || waitpid(pid, &status, 0) != pid)
			status = 254 << 8;
		print_fate(fate, sizeof(fate), i, status);
		if (strlen(fates) + strlen(fate) + 1 > sizeof(fates)) {
			print_line(who, layer, fates);
			fates[0] = '\0';
		}
		(void)strncat(fates, fate, sizeof(fates) - strlen(fates) - 1);
	}
	print_line(who, layer, fates);
}

#ifdef SJ_MISBEHAVE_PROGRAM
int main(void)
{
	try_all("nobody", "free", NULL);
	return 0;
}
#else
/* The other calls go on to the kernel. */
__attribute__((visibility("default"))) int prctl(int option, ...)
{
	unsigned long word[4];
	char who[17] = "";
	va_list more;

	va_start(more, option);
	for (size_t i = 0; i < 4; i++)
		word[i] = va_arg(more, unsigned long);
	va_end(more);
	if (option != PR_SET_SECCOMP || word[0] != SECCOMP_MODE_FILTER)
		return (int)syscall(
			SYS_prctl, option, word[0], word[1], word[2], word[3]);
	(void)syscall(SYS_prctl, PR_GET_NAME, who, 0, 0, 0);
	/* A child of session init, pid 1, that becomes a program of others. */
	if (strcmp(who, "session-init") == 0 && getpid() != 1)
		memcpy(who, "foreign", sizeof("foreign"));
	try_all(who, "unfiltered", NULL);
	try_all(who, "filtered", (const void *)word[1]);
	return (int)load_filter((const void *)word[1]);
}
#endif
