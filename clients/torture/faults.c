/* faults.c: a library that is preloaded into the server and makes the n-th system call on a file of
 * its data directory, the n-th start of a process or thread, or the n-th message to PostgreSQL go wrong;
 * that makes the n-th allocation of its decoders and tools fail; and that moves its clocks.
 *
 * FAULTS_CONTROL is a file that is mapped as `struct control`; FAULTS_ROOT is the directory whose files
 * count. The program that arms a fault is torture.py. While allocations are to fail, the processes
 * that the server starts are preloaded too: their sandbox opens no file, so library and control are
 * handed to them as open files.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <netinet/in.h>
#include <pthread.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum class { OPEN = 1, READ = 2, WRITE = 4, FLUSH = 8, RENAME = 16, UNLINK = 32, SPAWN = 64, MKDIR = 128,
             THREAD = 256, MAP = 512, ALLOCATE = 1024, MESSAGE = 2048 };
enum action { FAIL = 1, TEAR, SHORT, DELAY, KILL_BEFORE, KILL_AFTER, LIE, KILL_CHILD, TEAR_AND_KILL, REPEAT,
              LOSE_ANSWER };

/* Where a sandboxed process finds what it inherits: below its limit of 64 open files. */
enum { CONTROL_FD = 60, LIBRARY_FD = 61 };
/* The server itself maps so much only to find out whether there is memory for a tool. */
#define LARGE_MAP (128 << 20)

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

static struct control *control; /* in the server */
static struct control *inherited; /* in its decoders and tools */
static int control_fd = -1, library_fd = -1;
static int (*real_execvp)(const char *, char *const []);
static char root[4096];
static size_t root_length;
static _Atomic uint8_t is_tracked[1 << 16];

/* Connections to PostgreSQL, by the port that FAULTS_PORT names. */
static in_port_t database_port;
enum connection { OTHER, DATABASE, DATABASE_LOSES_ANSWER };
static _Atomic uint8_t connections[1 << 16];

#define REAL(name) ({ static __typeof__(&name) real_; if (!real_) real_ = dlsym(RTLD_NEXT, #name); real_; })

/* This library in memory, where every process may open it. */
static int copy_library(void) {
	const char *path = getenv("LD_PRELOAD");
	int from = path ? REAL(open)(path, O_RDONLY | O_CLOEXEC) : -1;
	int copy = memfd_create("faults", MFD_CLOEXEC);
	struct stat file;
	if (from < 0 || copy < 0 || fstat(from, &file) != 0) return -1;
	for (off_t left = file.st_size; left > 0;) {
		ssize_t done = sendfile(copy, from, NULL, left);
		if (done <= 0) return -1;
		left -= done;
	}
	REAL(close)(from);
	return copy;
}

static struct control *map_control(int fd) {
	void *mapped = REAL(mmap)(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	return mapped == MAP_FAILED ? NULL : mapped;
}

__attribute__((constructor)) static void start(void) {
	if (getenv("FAULTS_INHERITED")) {
		inherited = map_control(CONTROL_FD);
		return;
	}
	const char *path = getenv("FAULTS_CONTROL"), *directory = getenv("FAULTS_ROOT");
	if (!path || !directory || strlen(directory) >= sizeof root) return;
	strcpy(root, directory);
	root_length = strlen(root);
	const char *port = getenv("FAULTS_PORT");
	database_port = port ? htons(atoi(port)) : 0;
	control_fd = REAL(open)(path, O_RDWR | O_CLOEXEC);
	if (control_fd < 0) return;
	library_fd = copy_library();
	real_execvp = REAL(execvp);
	control = map_control(control_fd);
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
static int due_by(struct control *control, enum class class) {
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

static int due(enum class class) { return due_by(control, class); }

/* Runs a call whose failure is -1, with its fault. */
#define CALL(class, real) ({ \
	int action_ = due(class); \
	__typeof__(real) result_; \
	if (action_ == FAIL || action_ == TEAR || action_ == TEAR_AND_KILL) { \
		if (action_ == TEAR_AND_KILL) die(); \
		errno = control->parameter; result_ = -1; \
	} else { \
		result_ = (real); \
		if (action_ == REPEAT) result_ = (real); \
		if (action_ == KILL_AFTER) die(); \
		if (action_ == LIE) { errno = control->parameter; result_ = -1; } \
	} \
	result_; })

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
	if (fd >= 0 && fd < (1 << 16)) is_tracked[fd] = connections[fd] = 0;
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
int linkat(int a, const char *from, int b, const char *to, int flags) {
	return is_ours(to) ? CALL(RENAME, REAL(linkat)(a, from, b, to, flags)) : REAL(linkat)(a, from, b, to, flags);
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
		if (action == FAIL || action == TEAR || action == LIE) return control->parameter; \
		if (action == TEAR_AND_KILL) die(); \
		return spawned(action, REAL(name)(pid, path, actions, attributes, argv, envp), pid); \
	}
SPAWN_FUNCTION(posix_spawn)
SPAWN_FUNCTION(posix_spawnp)

pid_t fork(void) {
	int action = control ? due(SPAWN) : 0;
	if (action == FAIL || action == TEAR || action == LIE) { errno = control->parameter; return -1; }
	if (action == TEAR_AND_KILL) die();
	pid_t pid = REAL(fork)();
	if (pid > 0) spawned(action, 0, &pid);
	return pid;
}

/* Messages to PostgreSQL, and its answers. */
int connect(int fd, const struct sockaddr *address, socklen_t n) {
	const struct sockaddr_in *to = (const struct sockaddr_in *)address;
	if (control && database_port && fd >= 0 && fd < (1 << 16))
		connections[fd] = to->sin_family == AF_INET && to->sin_port == database_port ? DATABASE : OTHER;
	return REAL(connect)(fd, address, n);
}

static int is_to_database(int fd) { return control && fd >= 0 && fd < (1 << 16) && connections[fd]; }

static ssize_t cut(int fd) {
	shutdown(fd, SHUT_RDWR);
	errno = ECONNRESET;
	return -1;
}

#define MESSAGE_CALL(fd, real) ({ \
	int action_ = is_to_database(fd) ? due(MESSAGE) : 0; \
	if (action_ == LOSE_ANSWER) connections[fd] = DATABASE_LOSES_ANSWER; \
	ssize_t sent_ = action_ == FAIL ? cut(fd) : (real); \
	if (action_ == KILL_AFTER) die(); \
	sent_; })

ssize_t send(int fd, const void *b, size_t n, int flags) { return MESSAGE_CALL(fd, REAL(send)(fd, b, n, flags)); }
ssize_t writev(int fd, const struct iovec *all, int n) { return MESSAGE_CALL(fd, REAL(writev)(fd, all, n)); }
ssize_t recv(int fd, void *b, size_t n, int flags) {
	ssize_t received = REAL(recv)(fd, b, n, flags);
	if (received <= 0 || !is_to_database(fd) || connections[fd] != DATABASE_LOSES_ANSWER) return received;
	connections[fd] = DATABASE;
	return cut(fd);
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *), void *with) {
	if (control && due(THREAD) == FAIL) return EAGAIN;
	return REAL(pthread_create)(thread, attributes, run, with);
}

void *mmap(void *at, size_t n, int protection, int flags, int fd, off_t offset) {
	int is_hit = has(fd) ? due(MAP) : control && fd < 0 && n >= LARGE_MAP ? due(ALLOCATE) : 0;
	if (is_hit) { errno = ENOMEM; return MAP_FAILED; }
	return REAL(mmap)(at, n, protection, flags, fd, offset);
}
void *mmap64(void *at, size_t n, int protection, int flags, int fd, off64_t offset) {
	return mmap(at, n, protection, flags, fd, offset);
}

/* Decoders give way to everything else, also to what runs beside this test. */
int setpriority(__priority_which_t which, id_t who, int priority) {
	return control ? 0 : REAL(setpriority)(which, who, priority);
}

/* In the child, after `fork`: no lock may be taken, no memory allocated. */
int execvp(const char *program, char *const arguments[]) {
	static char *with_faults[64] = { "FAULTS_INHERITED=1", "LD_PRELOAD=/proc/self/fd/61" };
	if (control && library_fd >= 0 && control->action && control->classes & ALLOCATE) {
		for (int n = 0; n < 60 && environ[n]; n++) with_faults[n + 2] = environ[n];
		dup2(control_fd, CONTROL_FD);
		dup2(library_fd, LIBRARY_FD);
		environ = with_faults;
	}
	return (real_execvp ? real_execvp : REAL(execvp))(program, arguments);
}

/* The memory of decoders and tools. */
void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t), *__libc_realloc(void *, size_t), *__libc_memalign(size_t, size_t);
static int is_out_of_memory(void) {
	if (!inherited || !due_by(inherited, ALLOCATE)) return 0;
	errno = ENOMEM;
	return 1;
}
void *malloc(size_t n) { return is_out_of_memory() ? NULL : __libc_malloc(n); }
void *calloc(size_t n, size_t size) { return is_out_of_memory() ? NULL : __libc_calloc(n, size); }
void *realloc(void *old, size_t n) { return is_out_of_memory() ? NULL : __libc_realloc(old, n); }
void *memalign(size_t by, size_t n) { return is_out_of_memory() ? NULL : __libc_memalign(by, n); }
void *aligned_alloc(size_t by, size_t n) { return memalign(by, n); }
int posix_memalign(void **found, size_t by, size_t n) {
	void *memory = memalign(by, n);
	if (!memory) return ENOMEM;
	*found = memory;
	return 0;
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
