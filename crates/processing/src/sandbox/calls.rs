//! seccomp: which system calls a process may make. What is not listed fails with ENOSYS, as if the
//! kernel did not have it, so that a C library falls back to what is listed; killing the process
//! would lose files on an unknown C library.

use libc::c_long;
use seccompiler::{
    BackendError, BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition,
    SeccompFilter, SeccompRule,
};
use std::collections::BTreeMap;
use std::io;

/// Rules for each call; none means that it is allowed with any arguments.
type Allowed = BTreeMap<c_long, Vec<SeccompRule>>;

/// Limits this process to what decoding an image from a pipe to a pipe needs.
pub(super) fn limit_to_decoding() -> io::Result<()> {
    apply(common().map_err(io::Error::other)?)
}

/// Limits this process, and the tool that it executes next, to files and threads.
pub(super) fn limit_to_a_tool() -> io::Result<()> {
    apply(tool().map_err(io::Error::other)?)
}

fn apply(allowed: Allowed) -> io::Result<()> {
    let arch = std::env::consts::ARCH.try_into().map_err(io::Error::other)?;
    let otherwise = SeccompAction::Errno(libc::ENOSYS.unsigned_abs());
    let filter = SeccompFilter::new(allowed, otherwise, SeccompAction::Allow, arch);
    let program: BpfProgram = filter.and_then(TryInto::try_into).map_err(io::Error::other)?;
    // It also sets `no_new_privs`: no program regains what was given up.
    seccompiler::apply_filter(&program)
        .map_err(|error| io::Error::other(format!("seccomp fails: {error}")))
}

/// Memory, time, open files, its own signals, and exiting.
fn common() -> Result<Allowed, BackendError> {
    let mut allowed: Allowed = COMMON.iter().map(|call| (*call, Vec::new())).collect();
    let own_pid = u64::from(std::process::id());
    // `abort` and `raise` signal a thread of the own process; the process id survives `exec`.
    allowed.insert(libc::SYS_tgkill, vec![rule(&[equal(0, own_pid)?])?]);
    // Reading its own limits, not setting any.
    allowed.insert(libc::SYS_prlimit64, vec![rule(&[equal(0, 0)?, null(2)?])?]);
    allowed.insert(libc::SYS_prctl, any_of(0, PRCTL)?);
    // Without F_SETOWN and F_SETSIG, by which a file sends signals to any process.
    allowed.insert(libc::SYS_fcntl, any_of(1, FCNTL)?);
    Ok(allowed)
}

fn tool() -> Result<Allowed, BackendError> {
    let mut allowed = common()?;
    allowed.extend(TOOL.iter().map(|call| (*call, Vec::new())));
    #[cfg(target_arch = "x86_64")]
    allowed.extend(TOOL_X86_64.iter().map(|call| (*call, Vec::new())));
    // Threads, but no processes and no namespaces. The flags of `clone3` are behind a pointer,
    // which a filter cannot follow; without it C libraries use `clone`.
    let (thread, others) = (libc::CLONE_THREAD, NAMESPACES.iter().fold(0, |all, one| all | one));
    let (thread, all) = (number(thread), number(thread | others));
    allowed.insert(
        libc::SYS_clone,
        vec![rule(&[condition(0, SeccompCmpOp::MaskedEq(all), thread)?])?],
    );
    allowed.insert(libc::SYS_ioctl, any_of(1, IOCTL)?);
    Ok(allowed)
}

fn rule(conditions: &[SeccompCondition]) -> Result<SeccompRule, BackendError> {
    SeccompRule::new(conditions.to_vec())
}

fn any_of(argument: u8, values: &[u64]) -> Result<Vec<SeccompRule>, BackendError> {
    values.iter().map(|value| rule(&[equal(argument, *value)?])).collect()
}

fn equal(argument: u8, value: u64) -> Result<SeccompCondition, BackendError> {
    condition(argument, SeccompCmpOp::Eq, value)
}

/// A pointer is all of a register, everything else here the lower half of one.
fn null(argument: u8) -> Result<SeccompCondition, BackendError> {
    SeccompCondition::new(argument, SeccompCmpArgLen::Qword, SeccompCmpOp::Eq, 0)
}

fn condition(argument: u8, op: SeccompCmpOp, value: u64) -> Result<SeccompCondition, BackendError> {
    SeccompCondition::new(argument, SeccompCmpArgLen::Dword, op, value)
}

/// Flags without their sign.
const fn number(flags: i32) -> u64 {
    flags.cast_unsigned() as u64
}

const NAMESPACES: [i32; 7] = [
    libc::CLONE_NEWNS,
    libc::CLONE_NEWUSER,
    libc::CLONE_NEWPID,
    libc::CLONE_NEWNET,
    libc::CLONE_NEWIPC,
    libc::CLONE_NEWUTS,
    libc::CLONE_NEWCGROUP,
];

/// Naming a thread or memory, and asking for privileges.
const PRCTL: &[u64] = &[
    number(libc::PR_SET_NAME),
    number(libc::PR_GET_NAME),
    number(libc::PR_SET_VMA),
    number(libc::PR_CAPBSET_READ),
    number(libc::PR_GET_NO_NEW_PRIVS),
];

const FCNTL: &[u64] = &[
    number(libc::F_DUPFD),
    number(libc::F_DUPFD_CLOEXEC),
    number(libc::F_GETFD),
    number(libc::F_SETFD),
    number(libc::F_GETFL),
    number(libc::F_SETFL),
];

/// Whether a file is a terminal.
#[expect(clippy::unnecessary_cast, reason = "the type is another one with musl")]
const IOCTL: &[u64] = &[libc::TCGETS as u64, libc::TIOCGWINSZ as u64];

const COMMON: &[c_long] = &[
    libc::SYS_read,
    libc::SYS_readv,
    libc::SYS_pread64,
    libc::SYS_write,
    libc::SYS_writev,
    libc::SYS_lseek,
    libc::SYS_close,
    libc::SYS_fstat,
    libc::SYS_mmap,
    libc::SYS_munmap,
    libc::SYS_mremap,
    libc::SYS_mprotect,
    libc::SYS_madvise,
    libc::SYS_brk,
    libc::SYS_futex,
    libc::SYS_getrandom,
    libc::SYS_clock_gettime,
    libc::SYS_sched_getaffinity,
    libc::SYS_sched_yield,
    libc::SYS_gettid,
    libc::SYS_getpid,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_sigaltstack,
    libc::SYS_exit,
    libc::SYS_exit_group,
    libc::SYS_restart_syscall,
];

/// Files, as far as Landlock allows them, threads, waiting, and facts about the own process.
const TOOL: &[c_long] = &[
    // Landlock allows only the tool itself and its loader.
    libc::SYS_execve,
    libc::SYS_openat,
    libc::SYS_newfstatat,
    libc::SYS_statx,
    libc::SYS_statfs,
    libc::SYS_fstatfs,
    libc::SYS_faccessat,
    libc::SYS_faccessat2,
    libc::SYS_readlinkat,
    libc::SYS_getdents64,
    libc::SYS_getcwd,
    libc::SYS_pwrite64,
    libc::SYS_preadv,
    libc::SYS_pwritev,
    libc::SYS_ftruncate,
    libc::SYS_fsync,
    libc::SYS_fdatasync,
    libc::SYS_fallocate,
    libc::SYS_fadvise64,
    libc::SYS_renameat,
    libc::SYS_renameat2,
    libc::SYS_unlinkat,
    libc::SYS_umask,
    libc::SYS_dup,
    libc::SYS_dup3,
    libc::SYS_pipe2,
    libc::SYS_ppoll,
    libc::SYS_pselect6,
    libc::SYS_set_robust_list,
    libc::SYS_get_robust_list,
    libc::SYS_set_tid_address,
    libc::SYS_rseq,
    libc::SYS_membarrier,
    libc::SYS_mlock,
    libc::SYS_get_mempolicy,
    // Of the calling thread.
    libc::SYS_set_mempolicy,
    libc::SYS_nanosleep,
    libc::SYS_clock_nanosleep,
    libc::SYS_clock_getres,
    libc::SYS_gettimeofday,
    libc::SYS_times,
    libc::SYS_getrusage,
    libc::SYS_uname,
    libc::SYS_sysinfo,
    libc::SYS_getcpu,
    libc::SYS_getppid,
    libc::SYS_getuid,
    libc::SYS_geteuid,
    libc::SYS_getgid,
    libc::SYS_getegid,
];

/// Older names, which this architecture still has.
#[cfg(target_arch = "x86_64")]
const TOOL_X86_64: &[c_long] = &[
    libc::SYS_arch_prctl,
    libc::SYS_open,
    libc::SYS_stat,
    libc::SYS_lstat,
    libc::SYS_access,
    libc::SYS_readlink,
    libc::SYS_rename,
    libc::SYS_unlink,
    libc::SYS_dup2,
    libc::SYS_pipe,
    libc::SYS_poll,
    libc::SYS_select,
    libc::SYS_time,
    libc::SYS_getrlimit,
];
