//! Restrictions of the jailed worker.

use birdhouse_processing::tool::{ToolError, ToolLimits, read_all};
use birdhouse_processing::worker::{ToolRun, Worker};
use std::ffi::OsString;
use std::fs;
use std::net::TcpListener;
use std::path::Path;
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
) -> Result<(bool, String), ToolError> {
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
    Ok((output.is_success, String::from_utf8_lossy(&output.output).into_owned() + &output.stderr))
}

/// Whether any process was started with this argument.
fn is_running(argument: &str) -> bool {
    let processes = fs::read_dir("/proc").unwrap().map(|entry| entry.unwrap().path());
    let mut arguments = processes.filter_map(|path| fs::read(path.join("cmdline")).ok());
    arguments.any(|line| line.split(|byte| *byte == 0).any(|one| one == argument.as_bytes()))
}

#[test]
fn a_tool_reads_only_its_input_and_writes_only_to_its_folder() {
    let dir = tempfile::tempdir().unwrap();
    let (own, other) = (dir.path().join("own"), dir.path().join("other"));
    fs::write(&own, "mine").unwrap();
    fs::write(&other, "not mine").unwrap();
    let folder = dir.path().join("work");
    fs::create_dir(&folder).unwrap();
    let limits = ToolLimits { file_bytes: 1 << 20, ..ToolLimits::default() };
    let files = Files { readable: &[&own], writable: Some(&folder) };
    let cat = |path: &Path| run("cat", &[path.to_str().unwrap()], files, limits).unwrap();
    assert_eq!(cat(&own), (true, "mine".to_owned()));
    assert!(!cat(&other).0);
    assert!(!cat(Path::new("/etc/passwd")).0);
    let touch = |path: &Path| run("touch", &[path.to_str().unwrap()], files, limits).unwrap().0;
    assert!(touch(&folder.join("new")));
    assert!(!touch(&dir.path().join("outside")) && !dir.path().join("outside").exists());
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
    let (is_ok, output) = run(
        "ffprobe",
        &arguments,
        Files { readable: &[&list], writable: None },
        ToolLimits::default(),
    )
    .unwrap();
    assert!(!is_ok && !output.contains("duration"), "{output}");
}

#[test]
fn a_tool_that_exceeds_its_limits_is_killed_with_its_children() {
    let limits = ToolLimits { wall_time: Duration::from_millis(300), ..ToolLimits::default() };
    let outcome = run("sh", &["-c", "sleep 61.25 & sleep 61.25"], Files::default(), limits);
    assert!(matches!(outcome, Err(ToolError::TimedOut(_))), "{outcome:?}");
    assert!(!is_running("61.25"), "its children are killed too");

    let dir = tempfile::tempdir().unwrap();
    let out = format!("of={}", dir.path().join("out").display());
    let limits = ToolLimits { file_bytes: 1 << 20, ..ToolLimits::default() };
    let arguments = ["if=/dev/urandom", &out, "bs=1M", "count=50"];
    let (is_ok, _) =
        run("dd", &arguments, Files { readable: &[], writable: Some(dir.path()) }, limits).unwrap();
    assert!(!is_ok && fs::metadata(dir.path().join("out")).unwrap().len() <= 1 << 20);
}
