/* sandbox_attempts.c: a library that is preloaded into the real ffmpeg, where it tries what must fail, as
 * crates/processing/src/sandbox/attempts.rs does in place of it. ATTEMPT_FILE and ATTEMPT_PID are a file
 * and a process outside of the sandbox. Prints a line for each attempt.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static void report(const char *what, int is_refused) {
	printf("%s: %s\n", is_refused ? "refused" : "possible", what);
	fflush(stdout);
}

static int is_refusal(long outcome) {
	return outcome < 0 && (errno == ENOSYS || errno == EPERM || errno == EACCES);
}

#define TRY(what, ...) report(what, is_refusal(syscall(__VA_ARGS__)))

static void try_program(const char *program) {
	char *const arguments[] = { (char *)program, "--version", NULL }, *const none[] = { NULL };
	/* Returns only if it is refused. */
	report(program, is_refusal(execve(program, arguments, none)));
}

__attribute__((constructor)) static void attempt(void) {
	const char *file = getenv("ATTEMPT_FILE"), *pid_text = getenv("ATTEMPT_PID");
	/* It is preloaded into the worker too, which is not in the sandbox yet. */
	if (!file || !pid_text || prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1) return;
	int pid = atoi(pid_text);
	TRY("read files", SYS_openat, AT_FDCWD, file, O_RDONLY);
	TRY("write files", SYS_openat, AT_FDCWD, file, O_WRONLY);
	TRY("change permissions", SYS_fchmodat, AT_FDCWD, file, 0644, 0);
	TRY("change owners", SYS_fchownat, AT_FDCWD, file, -1, -1, 0);
	TRY("signal processes", SYS_kill, pid, 0);
	TRY("signal threads", SYS_tgkill, pid, pid, 0);
	TRY("use limits of processes", SYS_prlimit64, pid, 0, 0, 0);
	TRY("set its own limits", SYS_prlimit64, 0, 0, -1L, 0);
	TRY("trace processes", SYS_ptrace, -1L, pid, 0, 0);
	TRY("read memory", SYS_process_vm_readv, pid, 0, 0, 0, 0, 0);
	TRY("fork", SYS_clone, SIGCHLD, 0, 0, 0, 0);
	TRY("fork into a namespace", SYS_clone, SIGCHLD | CLONE_NEWUSER, 0, 0, 0, 0);
	TRY("leave a namespace", SYS_unshare, CLONE_NEWUSER);
	TRY("use the network", SYS_socket, AF_INET, SOCK_STREAM, 0);
	TRY("use local sockets", SYS_socket, AF_UNIX, SOCK_STREAM, 0);
	TRY("mount", SYS_mount, 0, 0, 0, 0, 0);
	TRY("use bpf", SYS_bpf, -1L, 0, 0);
	TRY("use io_uring", SYS_io_uring_setup, 0, 0);
	try_program("/bin/true");
	try_program("/usr/bin/env");
	try_program("/usr/bin/ffprobe");
	try_program(file);
	_exit(0);
}
