//! Restrictions of the sandboxed worker.

use birdhouse_processing::ProcessError;
use birdhouse_processing::tool::{ToolLimits, read_all};
use birdhouse_processing::worker::{ToolRun, Worker};
use std::ffi::OsString;
use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

fn worker() -> Worker {
    Worker::new(env!("CARGO_BIN_EXE_birdhouse-worker").into())
}

/// Paths that a tool may use.
#[derive(Clone, Copy, Default)]
struct Files<'a> {
    readable: &'a [&'a Path],
    writable: Option<&'a Path>,
}

/// Whether the tool succeeded, and its output and errors.
fn run(
    program: &'static str,
    arguments: &[&str],
    files: Files<'_>,
    limits: ToolLimits,
) -> Result<(bool, String), ProcessError> {
    let arguments = arguments.iter().map(OsString::from).collect();
    let tool = ToolRun {
        program,
        arguments,
        readable: files.readable,
        writable: files.writable,
        limits,
        cancel: None,
    };
    let output = worker().run(tool, read_all(1 << 16))?;
    let text = String::from_utf8_lossy(&output.output).into_owned() + &output.stderr;
    match output.end {
        Ok(()) => Ok((true, text)),
        Err(ProcessError::Accident(why)) if !why.ends_with("in time") => Ok((false, text)),
        Err(ProcessError::Invalid(_)) => Ok((false, text)),
        Err(stopped) => Err(stopped),
    }
}

/// Whether any process was started with this argument.
fn is_running(argument: &str) -> bool {
    let processes = fs::read_dir("/proc").unwrap().map(|entry| entry.unwrap().path());
    let mut arguments = processes.filter_map(|path| fs::read(path.join("cmdline")).ok());
    arguments.any(|line| line.split(|byte| *byte == 0).any(|one| one == argument.as_bytes()))
}

#[test]
fn a_tool_reads_only_its_input_and_writes_only_to_its_directory() {
    let dir = tempfile::tempdir().unwrap();
    let (own, other) = (dir.path().join("own"), dir.path().join("other"));
    fs::write(&own, "mine").unwrap();
    fs::write(&other, "not mine").unwrap();
    let directory = dir.path().join("work");
    fs::create_dir(&directory).unwrap();
    let limits = ToolLimits { file_bytes: 1 << 20, ..ToolLimits::default() };
    let files = Files { readable: &[&own], writable: Some(&directory) };
    let cat = |path: &Path| run("cat", &[path.to_str().unwrap()], files, limits).unwrap();
    assert_eq!(cat(&own), (true, "mine".to_owned()));
    assert!(!cat(&other).0);
    assert!(!cat(Path::new("/etc/passwd")).0);
    let write = |path: &Path| {
        let out = format!("of={}", path.display());
        run("dd", &["if=/dev/urandom", &out, "count=1"], files, limits).unwrap().0
    };
    assert!(write(&directory.join("new")) && directory.join("new").exists());
    assert!(!write(&dir.path().join("outside")) && !dir.path().join("outside").exists());
}

#[test]
fn a_tool_has_no_network() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let (is_ok, output) =
        run("curl", &["-sS", &url], Files::default(), ToolLimits::default()).unwrap();
    assert!(!is_ok, "{output}");
    listener.set_nonblocking(true).unwrap();
    assert!(listener.accept().is_err(), "it connected");
}

#[test]
fn a_video_that_refers_to_other_files_opens_none() {
    let dir = tempfile::tempdir().unwrap();
    let list = dir.path().join("list.mp4");
    let secret = dir.path().join("secret.mp4");
    fs::write(&secret, "secret").unwrap();
    fs::write(&list, format!("ffconcat version 1.0\nfile '{}'\n", secret.display())).unwrap();
    let arguments = ["-v", "error", "-show_format", list.to_str().unwrap()];
    let outcome = run(
        "ffprobe",
        &arguments,
        Files { readable: &[&list], writable: None },
        ToolLimits::default(),
    );
    let (is_ok, said) = outcome.unwrap_or_else(|error| (false, error.to_string()));
    assert!(!is_ok && !said.contains("duration"), "{said}");
}

#[test]
fn a_tool_that_takes_too_long_or_writes_too_much_is_stopped() {
    let limits = ToolLimits { wall_time: Duration::from_millis(300), ..ToolLimits::default() };
    let outcome = run("sleep", &["61.25"], Files::default(), limits).unwrap_err();
    assert_eq!(outcome.to_string(), "sleep did not finish in time");
    assert!(!is_running("61.25"));
    assert!(!run("sh", &["-c", "sleep 61.5 & true; id"], Files::default(), limits).unwrap().0);
    assert!(!is_running("61.5"), "a tool has no children");

    let dir = tempfile::tempdir().unwrap();
    let out = format!("of={}", dir.path().join("out").display());
    let limits = ToolLimits { file_bytes: 1 << 20, ..ToolLimits::default() };
    let arguments = ["if=/dev/urandom", &out, "bs=1M", "count=50"];
    let outcome =
        run("dd", &arguments, Files { readable: &[], writable: Some(dir.path()) }, limits)
            .unwrap_err();
    assert_eq!(outcome.to_string(), "dd wrote more than it may");
    assert!(fs::metadata(dir.path().join("out")).unwrap().len() <= 1 << 20);
}

/// What a worker with these arguments can do to a directory and to another process.
fn attempts(arguments: &[&str]) -> Vec<(String, bool)> {
    let dir = tempfile::tempdir().unwrap();
    let mut victim = Command::new("sleep").arg("60").stdin(Stdio::null()).spawn().unwrap();
    let out = Command::new(env!("CARGO_BIN_EXE_birdhouse-worker"))
        .arg("worker")
        .args(arguments)
        .arg(dir.path())
        .arg(victim.id().to_string())
        .output()
        .unwrap();
    victim.kill().unwrap();
    victim.wait().unwrap();
    assert!(out.status.success(), "{out:?}");
    let text = String::from_utf8(out.stdout).unwrap();
    let lines = text.lines().map(|line| line.split_once(": ").unwrap());
    lines.map(|(outcome, what)| (what.to_owned(), outcome == "refused")).collect()
}

#[test]
fn neither_sandbox_lets_anything_through_that_is_possible_outside() {
    let outside = attempts(&["attempt"]);
    for what in [
        "read files",
        "write files",
        "change permissions",
        "change owners",
        "signal processes",
        "signal threads",
        "signal through a file",
        "use limits of processes",
        "set its own limits",
        "fork",
        "fork by clone3",
        "enter a namespace",
        "use the network",
        "gain privileges",
    ] {
        assert!(outside.contains(&(what.to_owned(), false)), "{what}: the attempt proves nothing");
    }
    // An attempt that succeeds replaces the process that would report it.
    let executes = |all: &[(String, bool)]| all.iter().all(|(what, _)| what != "execute programs");
    assert!(executes(&outside), "the attempt to execute a program proves nothing");
    let tool = ["tool", "--", "/proc/self/exe", "worker", "attempt"];
    for sandboxed in [attempts(&["probe-image-sandbox"]), attempts(&tool)] {
        assert_eq!(sandboxed.len(), outside.len() + 1);
        assert_eq!(sandboxed.last(), Some(&("execute programs".to_owned(), true)));
        assert!(sandboxed.iter().all(|(_, is_refused)| *is_refused), "{sandboxed:?}");
    }
    assert_eq!(worker().prove_sandbox(), Ok(()));
    assert_eq!(worker().prove_tools(), Ok(()));
}

/// What the real ffmpeg can do in its sandbox, by a library that is preloaded into it; `None` without a C
/// compiler.
fn attempts_of_ffmpeg(outside: &Path, victim: u32) -> Option<Vec<(String, bool)>> {
    let dir = tempfile::tempdir().unwrap();
    let library = dir.path().join("attempts.so");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/sandbox_attempts.c");
    let mut compile = Command::new("cc");
    compile.args(["-shared", "-fPIC", "-o"]).arg(&library).arg(source);
    compile.status().ok()?.success().then_some(())?;
    let out = Command::new(env!("CARGO_BIN_EXE_birdhouse-worker"))
        .args(["worker", "tool", "--read"])
        .arg(&library)
        .args(["--", "/usr/bin/ffmpeg", "-version"])
        .env("LD_PRELOAD", &library)
        .env("ATTEMPT_FILE", outside)
        .env("ATTEMPT_PID", victim.to_string())
        .output()
        .unwrap();
    assert!(out.status.success(), "{out:?}");
    let text = String::from_utf8(out.stdout).unwrap();
    let lines = text.lines().map(|line| line.split_once(": ").unwrap());
    Some(lines.map(|(outcome, what)| (what.to_owned(), outcome == "refused")).collect())
}

#[test]
fn the_real_ffmpeg_can_do_nothing_that_it_must_not() {
    let dir = tempfile::tempdir().unwrap();
    // A program of ours that anybody may run.
    let outside = dir.path().join("program");
    fs::copy("/bin/true", &outside).unwrap();
    let mut victim = Command::new("sleep").arg("60").stdin(Stdio::null()).spawn().unwrap();
    let attempts = attempts_of_ffmpeg(&outside, victim.id());
    victim.kill().unwrap();
    victim.wait().unwrap();
    let Some(attempts) = attempts else {
        println!("SKIPPED: there is no C compiler to make what is preloaded into ffmpeg");
        return;
    };
    assert_eq!(attempts.len(), 22, "ffmpeg was replaced by a program: {attempts:?}");
    assert!(attempts.iter().all(|(_, is_refused)| *is_refused), "{attempts:?}");
    let programs = attempts.iter().filter(|(what, _)| what.starts_with('/'));
    assert_eq!(programs.count(), 4);
}
