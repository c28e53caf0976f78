//! What `birdhouse doctor` finds, and `birdhouse serve` on a kernel that does not enforce the sandbox.

use seccompiler::{BpfProgram, SeccompAction, SeccompFilter};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Output, Stdio};

fn birdhouse(command: &str, dir: &Path) -> Command {
    let mut birdhouse = Command::new(env!("CARGO_BIN_EXE_birdhouse"));
    birdhouse.arg(command).arg("--data-dir").arg(dir).current_dir(dir);
    birdhouse
}

fn finding(output: &Output, check: &str) -> serde_json::Value {
    let all: Vec<serde_json::Value> =
        serde_json::from_slice(&output.stdout).expect("doctor prints JSON");
    all.into_iter().find(|one| one["check"] == check).expect("the check is there")
}

/// Runs on a thread whose kernel seems to lack a system call; child processes inherit that.
fn without<T: Send + 'static>(call: libc::c_long, work: impl FnOnce() -> T + Send + 'static) -> T {
    let body = move || {
        let arch = std::env::consts::ARCH.try_into().expect("a known architecture");
        let rules = [(call, vec![])].into();
        let lacking = SeccompAction::Errno(libc::ENOSYS.unsigned_abs());
        let filter = SeccompFilter::new(rules, SeccompAction::Allow, lacking, arch);
        let program: BpfProgram = filter.and_then(TryInto::try_into).expect("a filter");
        seccompiler::apply_filter(&program).expect("seccomp works here");
        work()
    };
    std::thread::spawn(body).join().expect("no panic")
}

#[test]
fn doctor_proves_the_sandbox() {
    let dir = tempfile::tempdir().expect("a directory");
    let output = birdhouse("doctor", dir.path()).arg("--json").output().expect("it runs");
    assert_eq!(finding(&output, "sandbox")["ok"], true, "{output:?}");
    assert_eq!(finding(&output, "videos")["ok"], true, "{output:?}");
}

#[test]
fn without_landlock_doctor_and_serve_name_the_cure() {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().to_owned();
    let (output, line) = without(libc::SYS_landlock_create_ruleset, move || {
        let output = birdhouse("doctor", &path).arg("--json").output().expect("it runs");
        let mut serve = birdhouse("serve", &path)
            .args(["--listen", "127.0.0.1:0"])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it runs");
        let stderr = BufReader::new(serve.stderr.take().expect("it is piped"));
        let mut lines = stderr.lines().map_while(Result::ok);
        let line = lines.find(|line| line.contains("media are not processed"));
        serve.kill().and_then(|()| serve.wait()).expect("it is killed");
        (output, line.expect("serve reports it"))
    });
    assert!(!output.status.success());
    let finding = finding(&output, "sandbox");
    assert_eq!(finding["ok"], false);
    let text = format!("{} {}", finding["found"], finding["cure"]);
    for told in [text, line] {
        for word in ["does not enforce Landlock", "lsm=", "allow_unsandboxed_processing"] {
            assert!(told.contains(word), "{word}: {told}");
        }
    }
}

#[test]
fn without_seccomp_doctor_names_the_cure() {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().to_owned();
    let output = without(libc::SYS_seccomp, move || {
        birdhouse("doctor", &path).arg("--json").output().expect("it runs")
    });
    assert!(!output.status.success());
    let finding = finding(&output, "sandbox");
    assert_eq!(finding["ok"], false);
    let text = format!("{} {}", finding["found"], finding["cure"]);
    for word in ["seccomp", "allow_unsandboxed_processing"] {
        assert!(text.contains(word), "{word}: {text}");
    }
}

#[test]
fn doctor_names_the_cause_of_what_it_cannot_open() {
    let dir = tempfile::tempdir().expect("a directory");
    let run = |arguments: &[&str]| {
        let mut doctor = birdhouse("doctor", dir.path());
        doctor.arg("--json").args(arguments).output().expect("it runs")
    };
    let new = finding(&run(&[]), "stores");
    assert!(new["found"].to_string().contains("start `birdhouse serve` once"), "{new}");
    let stopped = finding(&run(&["--database-url", "postgres://127.0.0.1:1/none"]), "database");
    assert!(stopped["found"].to_string().contains("refused"), "{stopped}");
    assert!(stopped["cure"].to_string().contains("make sure that it is running"), "{stopped}");
    let unreadable = finding(&run(&["--config", "none.toml"]), "configuration");
    assert!(unreadable["found"].to_string().contains("No such file"), "{unreadable}");
    let credentials = birdhouse("credentials", dir.path()).output().expect("it runs");
    let said = String::from_utf8_lossy(&credentials.stderr).into_owned();
    assert!(said.contains("start `birdhouse serve` once"), "{said}");
}

#[test]
fn doctor_finds_files_of_the_database_that_are_not_the_servers_any_more() {
    let dir = tempfile::tempdir().expect("a directory");
    let mut serve = birdhouse("serve", dir.path());
    serve.args(["--listen", "127.0.0.1:0"]).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut server = serve.spawn().expect("it starts");
    let log = BufReader::new(server.stderr.take().expect("a log"));
    let mut lines = log.lines().map_while(Result::ok);
    assert!(lines.any(|line| line.contains("listening on")));
    let drain = std::thread::spawn(move || lines.count());
    let doctor = || birdhouse("doctor", dir.path()).output().expect("it runs").stdout;
    let before = String::from_utf8_lossy(&doctor()).into_owned();
    assert!(before.contains("ok   database"), "{before}");
    let index = dir.path().join("birdhouse.db-shm");
    let kept = dir.path().join("kept");
    std::fs::rename(&index, &kept).expect("it is there");
    std::fs::copy(&kept, &index).expect("there is room");
    let said = String::from_utf8_lossy(&doctor()).into_owned();
    assert!(said.contains("birdhouse.db-shm was deleted or replaced"), "{said}");
    assert!(!said.contains("--repair"), "{said}");
    std::fs::rename(&kept, &index).expect("it is there");
    let after = String::from_utf8_lossy(&doctor()).into_owned();
    assert!(after.contains("ok   database"), "{after}");
    server.kill().and_then(|()| server.wait()).expect("it is killed");
    drain.join().expect("the log ends");
}
