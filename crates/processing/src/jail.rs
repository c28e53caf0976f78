//! The jail of a process that reads untrusted bytes: Landlock limits files and TCP, seccomp the
//! system calls. The process itself enters it, and cannot leave it.

use landlock::{
    ABI, Access, AccessFs, AccessNet, CompatLevel, Compatible, PathBeneath, PathFd, Ruleset,
    RulesetAttr, RulesetCreatedAttr, RulesetStatus,
};
use seccompiler::{BpfProgram, SeccompAction, SeccompFilter, TargetArch};
use std::io;
use std::path::Path;

/// Access rights are those of this version; older kernels enforce what they know.
const RIGHTS: ABI = ABI::V5;

/// Files and folders that a jailed process may use.
#[derive(Clone, Copy, Debug, Default)]
pub struct FileAccess<'a> {
    /// Folders to read, and whose programs it may run.
    pub runnable: &'a [&'a Path],
    /// Files and folders to read.
    pub readable: &'a [&'a Path],
    /// Folders to read and write.
    pub writable: &'a [&'a Path],
}

/// How far the kernel enforces the jail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Enforcement {
    /// All of it.
    Full,
    /// An older kernel limits fewer kinds of access to files; system calls are limited all the
    /// same.
    Partial,
}

/// Jails the image decoder: no file, no network, no process, a few system calls.
pub fn enter_decoder() -> io::Result<Enforcement> {
    let enforcement = limit_files(&FileAccess::default())?;
    let allowed = DECODER_CALLS.iter().map(|call| (*call, Vec::new())).collect();
    // A call that is not listed fails; killing the process would lose images on an unknown libc.
    let otherwise = SeccompAction::Errno(libc::EPERM.unsigned_abs());
    apply(SeccompFilter::new(allowed, otherwise, SeccompAction::Allow, arch()?))?;
    Ok(enforcement)
}

/// Jails a tool such as ffmpeg: these files, no network, no access to other processes.
pub fn enter_tool(files: &FileAccess<'_>) -> io::Result<Enforcement> {
    let enforcement = limit_files(files)?;
    let denied = TOOL_DENIED.iter().map(|call| (*call, Vec::new())).collect();
    let refusal = SeccompAction::Errno(libc::EPERM.unsigned_abs());
    apply(SeccompFilter::new(denied, SeccompAction::Allow, refusal, arch()?))?;
    Ok(enforcement)
}

fn arch() -> io::Result<TargetArch> {
    std::env::consts::ARCH.try_into().map_err(io::Error::other)
}

fn apply(filter: Result<SeccompFilter, seccompiler::BackendError>) -> io::Result<()> {
    let program: BpfProgram = filter.and_then(TryInto::try_into).map_err(io::Error::other)?;
    seccompiler::apply_filter(&program).map_err(io::Error::other)
}

fn limit_files(files: &FileAccess<'_>) -> io::Result<Enforcement> {
    let all = AccessFs::from_all(RIGHTS);
    let read = AccessFs::ReadFile | AccessFs::ReadDir;
    let rules = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(all)
        .and_then(|rules| rules.handle_access(AccessNet::from_all(RIGHTS)))
        .and_then(Ruleset::create)
        .map_err(io::Error::other)?;
    let groups = [
        (files.runnable, read | AccessFs::Execute),
        (files.readable, read),
        (files.writable, all & !AccessFs::Execute),
    ];
    let mut rules = rules;
    for (paths, rights) in groups {
        // A path that does not exist on this system needs no rule.
        for path in paths.iter().filter_map(|path| Some((PathFd::new(path).ok()?, path.is_dir()))) {
            let (opened, is_dir) = path;
            let rights = if is_dir { rights } else { rights & AccessFs::from_file(RIGHTS) };
            rules = rules.add_rule(PathBeneath::new(opened, rights)).map_err(io::Error::other)?;
        }
    }
    let status = rules.restrict_self().map_err(io::Error::other)?;
    let is_full = status.ruleset == RulesetStatus::FullyEnforced;
    Ok(if is_full { Enforcement::Full } else { Enforcement::Partial })
}

/// Reading standard input, writing standard output, memory, and exiting.
const DECODER_CALLS: &[libc::c_long] = &[
    libc::SYS_read,
    libc::SYS_readv,
    libc::SYS_pread64,
    libc::SYS_write,
    libc::SYS_writev,
    libc::SYS_lseek,
    libc::SYS_close,
    libc::SYS_fstat,
    libc::SYS_newfstatat,
    libc::SYS_statx,
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
    libc::SYS_tgkill,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_sigaltstack,
    libc::SYS_fcntl,
    libc::SYS_ioctl,
    libc::SYS_prctl,
    libc::SYS_prlimit64,
    libc::SYS_exit,
    libc::SYS_exit_group,
];

/// The network, other processes, and the kernel's own surface.
const TOOL_DENIED: &[libc::c_long] = &[
    libc::SYS_socket,
    libc::SYS_socketpair,
    libc::SYS_connect,
    libc::SYS_bind,
    libc::SYS_listen,
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_pidfd_open,
    libc::SYS_pidfd_getfd,
    libc::SYS_kcmp,
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_unshare,
    libc::SYS_setns,
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    libc::SYS_io_uring_setup,
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_keyctl,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_kexec_load,
    libc::SYS_reboot,
    libc::SYS_swapon,
    libc::SYS_open_by_handle_at,
    libc::SYS_personality,
];
