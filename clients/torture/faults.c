/* faults.c: a library that is preloaded into the server and makes the n-th system call on a file of
 * its data folder, or the n-th start of a process, go wrong; and that moves its clocks.
 *
 * FAULTS_CONTROL is a file that is mapped as `struct control`; FAULTS_ROOT is the folder whose files
 * count. The program that arms a fault is torture.py.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum class { OPEN = 1, READ = 2, WRITE = 4, FLUSH = 8, RENAME = 16, UNLINK = 32, SPAWN = 64, MKDIR = 128 };
enum action { FAIL = 1, TEAR, SHORT, DELAY, KILL_BEFORE, KILL_AFTER, LIE, KILL_CHILD, TEAR_AND_KILL };

struct control {
	_Atomic int64_t countdown;   /* the fault is due when it falls from 1 to 0 */
	_Atomic int64_t length;      /* how many more calls of these classes go wrong after it */
	_Atomic uint32_t classes;    /* which calls count */
	_Atomic uint32_t action;
	_Atomic uint32_t parameter;  /* errno, or milliseconds */
	_Atomic uint32_t fired;      /* calls that went wrong */
	_Atomic uint32_t fired_class;
	_Atomic uint32_t padding;
	_Atomic int64_t wall_offset; /* milliseconds added to CLOCK_REALTIME */
	_Atomic int64_t timer_offset;/* milliseconds added to CLOCK_MONOTONIC */
};

static struct control *control;
static char root[4096];
static size_t root_length;
static _Atomic uint8_t is_tracked[1 << 16];

__attribute__((constructor)) static void start(void) {
	const char *path = getenv("FAULTS_CONTROL"), *folder = getenv("FAULTS_ROOT");
	if (!path || !folder || strlen(folder) >= sizeof root) return;
	strcpy(root, folder);
	root_length = strlen(root);
	int (*real_open)(const char *, int, ...) = dlsym(RTLD_NEXT, "open");
	int fd = real_open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0) return;
	void *mapped = mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (mapped != MAP_FAILED) control = mapped;
}

static int is_ours(const char *path) { return control && strncmp(path, root, root_length) == 0; }
static int has(int fd) { return control && fd >= 0 && fd < (1 << 16) && is_tracked[fd]; }

static int track(int fd, const char *path) {
	if (control && fd >= 0 && fd < (1 << 16)) is_tracked[fd] = is_ours(path);
	return fd;
}

static void die(void) {
	kill(getpid(), SIGKILL);
	for (;;) pause();
}

/* Whether this call goes wrong; the action, or 0. */
static int due(enum class class) {
	if (!(control->classes & class) || !control->action) return 0;
	int64_t left = atomic_fetch_sub(&control->countdown, 1);
	if (left > 1 || left <= -control->length) return 0;
	if (left <= 0 && control->length == 0) return 0;
	control->fired_class = class;
	int action = control->action;
	atomic_fetch_add(&control->fired, 1);
	if (action == KILL_BEFORE) die();
	if (action == DELAY) usleep(control->parameter * 1000);
	return action;
}

/* Runs a call whose failure is -1, with its fault. */
#define CALL(class, real) ({ \
	int action_ = due(class); \
	__typeof__(real) result_; \
	if (action_ == FAIL || action_ == TEAR || action_ == TEAR_AND_KILL) { \
		if (action_ == TEAR_AND_KILL) die(); \
		errno = control->parameter; result_ = -1; \
	} else { \
		result_ = (real); \
		if (action_ == KILL_AFTER) die(); \
		if (action_ == LIE) { errno = control->parameter; result_ = -1; } \
	} \
	result_; })

#define REAL(name) ({ static __typeof__(&name) real_; if (!real_) real_ = dlsym(RTLD_NEXT, #name); real_; })

static int open_with(int (*real)(const char *, int, ...), const char *path, int flags, mode_t mode) {
	if (!is_ours(path)) return track(real(path, flags, mode), path);
	int fd = CALL(OPEN, real(path, flags, mode));
	return track(fd, path);
}

#define OPEN_FUNCTION(name) \
	int name(const char *path, int flags, ...) { \
		__builtin_va_list rest; __builtin_va_start(rest, flags); \
		mode_t mode = __builtin_va_arg(rest, mode_t); __builtin_va_end(rest); \
		return open_with(REAL(name), path, flags, mode); \
	}
OPEN_FUNCTION(open)
OPEN_FUNCTION(open64)

#define OPENAT_FUNCTION(name) \
	int name(int dir, const char *path, int flags, ...) { \
		__builtin_va_list rest; __builtin_va_start(rest, flags); \
		mode_t mode = __builtin_va_arg(rest, mode_t); __builtin_va_end(rest); \
		__typeof__(&name) real = REAL(name); \
		if (!is_ours(path)) return track(real(dir, path, flags, mode), path); \
		return track(CALL(OPEN, real(dir, path, flags, mode)), path); \
	}
OPENAT_FUNCTION(openat)
OPENAT_FUNCTION(openat64)

int close(int fd) {
	if (fd >= 0 && fd < (1 << 16)) is_tracked[fd] = 0;
	return REAL(close)(fd);
}

static ssize_t transfer(enum class class, int action, size_t length, ssize_t (*real)(void *, size_t), void *call) {
	ssize_t result;
	switch (action) {
	case FAIL: errno = control->parameter; return -1;
	case SHORT: return real(call, length > 1 ? length / 2 : length);
	case TEAR:
	case TEAR_AND_KILL:
		if (class == WRITE && length > 1) real(call, length / 2);
		if (action == TEAR_AND_KILL) die();
		errno = control->parameter;
		return -1;
	}
	result = real(call, length);
	if (action == KILL_AFTER) die();
	if (action == LIE) { errno = control->parameter; return -1; }
	return result;
}

struct at { int fd; void *bytes; off64_t offset; };
static ssize_t do_read(void *c, size_t n) { struct at *a = c; return REAL(read)(a->fd, a->bytes, n); }
static ssize_t do_write(void *c, size_t n) { struct at *a = c; return REAL(write)(a->fd, a->bytes, n); }
static ssize_t do_pread(void *c, size_t n) { struct at *a = c; return REAL(pread64)(a->fd, a->bytes, n, a->offset); }
static ssize_t do_pwrite(void *c, size_t n) { struct at *a = c; return REAL(pwrite64)(a->fd, a->bytes, n, a->offset); }

static ssize_t at(enum class class, ssize_t (*real)(void *, size_t), int fd, const void *bytes, size_t length, off64_t offset) {
	struct at call = { fd, (void *)bytes, offset };
	if (!has(fd)) return real(&call, length);
	return transfer(class, due(class), length, real, &call);
}

ssize_t read(int fd, void *b, size_t n) { return at(READ, do_read, fd, b, n, 0); }
ssize_t write(int fd, const void *b, size_t n) { return at(WRITE, do_write, fd, b, n, 0); }
ssize_t pread(int fd, void *b, size_t n, off_t o) { return at(READ, do_pread, fd, b, n, o); }
ssize_t pread64(int fd, void *b, size_t n, off64_t o) { return at(READ, do_pread, fd, b, n, o); }
ssize_t pwrite(int fd, const void *b, size_t n, off_t o) { return at(WRITE, do_pwrite, fd, b, n, o); }
ssize_t pwrite64(int fd, const void *b, size_t n, off64_t o) { return at(WRITE, do_pwrite, fd, b, n, o); }

ssize_t copy_file_range(int in, off64_t *in_at, int out, off64_t *out_at, size_t n, unsigned flags) {
	if (!has(in) && !has(out)) return REAL(copy_file_range)(in, in_at, out, out_at, n, flags);
	return CALL(WRITE, REAL(copy_file_range)(in, in_at, out, out_at, n, flags));
}

int fsync(int fd) { return has(fd) ? CALL(FLUSH, REAL(fsync)(fd)) : REAL(fsync)(fd); }
int fdatasync(int fd) { return has(fd) ? CALL(FLUSH, REAL(fdatasync)(fd)) : REAL(fdatasync)(fd); }
int ftruncate(int fd, off_t n) { return has(fd) ? CALL(WRITE, REAL(ftruncate)(fd, n)) : REAL(ftruncate)(fd, n); }
int ftruncate64(int fd, off64_t n) { return has(fd) ? CALL(WRITE, REAL(ftruncate64)(fd, n)) : REAL(ftruncate64)(fd, n); }

int rename(const char *from, const char *to) {
	return is_ours(from) ? CALL(RENAME, REAL(rename)(from, to)) : REAL(rename)(from, to);
}
int renameat2(int a, const char *from, int b, const char *to, unsigned flags) {
	return is_ours(from) ? CALL(RENAME, REAL(renameat2)(a, from, b, to, flags)) : REAL(renameat2)(a, from, b, to, flags);
}
int link(const char *from, const char *to) {
	return is_ours(from) ? CALL(RENAME, REAL(link)(from, to)) : REAL(link)(from, to);
}
int unlink(const char *path) { return is_ours(path) ? CALL(UNLINK, REAL(unlink)(path)) : REAL(unlink)(path); }
int mkdir(const char *path, mode_t mode) {
	return is_ours(path) ? CALL(MKDIR, REAL(mkdir)(path, mode)) : REAL(mkdir)(path, mode);
}

/* The start of a process: the error is returned, not stored in errno. */
static int spawned(int action, int error, pid_t *pid) {
	if (action == KILL_AFTER) die();
	if (error == 0 && action == KILL_CHILD) kill(*pid, SIGKILL);
	return error;
}

#define SPAWN_FUNCTION(name) \
	int name(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions, \
	         const posix_spawnattr_t *attributes, char *const argv[], char *const envp[]) { \
		int action = control ? due(SPAWN) : 0; \
		if (action == FAIL || action == TEAR || action == LIE) return EAGAIN; \
		if (action == TEAR_AND_KILL) die(); \
		return spawned(action, REAL(name)(pid, path, actions, attributes, argv, envp), pid); \
	}
SPAWN_FUNCTION(posix_spawn)
SPAWN_FUNCTION(posix_spawnp)

pid_t fork(void) {
	int action = control ? due(SPAWN) : 0;
	if (action == FAIL || action == TEAR || action == LIE) { errno = EAGAIN; return -1; }
	if (action == TEAR_AND_KILL) die();
	pid_t pid = REAL(fork)();
	if (pid > 0) spawned(action, 0, &pid);
	return pid;
}

int clock_gettime(clockid_t clock, struct timespec *time) {
	int result = REAL(clock_gettime)(clock, time);
	if (result != 0 || !control) return result;
	int64_t offset = clock == CLOCK_REALTIME ? control->wall_offset
		: clock == CLOCK_MONOTONIC ? control->timer_offset : 0;
	if (offset == 0) return result;
	int64_t nanoseconds = time->tv_nsec + (offset % 1000) * 1000000;
	time->tv_sec += offset / 1000;
	if (nanoseconds < 0) { nanoseconds += 1000000000; time->tv_sec--; }
	if (nanoseconds >= 1000000000) { nanoseconds -= 1000000000; time->tv_sec++; }
	time->tv_nsec = nanoseconds;
	return result;
}
