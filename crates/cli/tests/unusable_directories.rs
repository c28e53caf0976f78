//! What commands say of a data directory that cannot be written, or whose path is not UTF-8.

use std::ffi::OsStr;
use std::fs::{self, Permissions};
use std::io::{BufRead, BufReader};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Somebody to whom permissions apply, as they do not to root.
const NOBODY: u32 = 65534;

fn birdhouse(command: &str, dir: &Path) -> Command {
    let mut birdhouse = Command::new(env!("CARGO_BIN_EXE_birdhouse"));
    birdhouse.arg(command).arg("--data-dir").arg(dir).current_dir("/");
    birdhouse
}

/// Sets up an installation by a server that is then killed, and so leaves the log of its database.
fn set_up(dir: &Path) {
    let mut serve = birdhouse("serve", dir);
    serve.args(["--listen", "127.0.0.1:0"]).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut server = serve.spawn().expect("it starts");
    let log = BufReader::new(server.stderr.take().expect("a log"));
    let is_up = log.lines().map_while(Result::ok).any(|line| line.contains("listening on"));
    server.kill().and_then(|()| server.wait()).expect("it is killed");
    assert!(is_up);
}

fn all_below(dir: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir).expect("a directory").map(|entry| entry.expect("it").path());
    let below = entries.flat_map(|path| if path.is_dir() { all_below(&path) } else { vec![path] });
    [dir.to_owned()].into_iter().chain(below).collect()
}

/// Takes away the right to write.
fn lock(path: &Path) {
    let mode = fs::metadata(path).expect("it is there").mode();
    fs::set_permissions(path, Permissions::from_mode(mode & 0o500)).expect("it is ours");
}

/// What doctor finds by a check, as somebody to whom permissions apply: whether it is in order, and the
/// rest.
fn findings(dir: &Path) -> Vec<(String, bool, String)> {
    let mut doctor = birdhouse("doctor", dir);
    if fs::metadata(dir).expect("it is there").uid() == 0 {
        for path in all_below(dir) {
            chown(path, Some(NOBODY), Some(NOBODY)).expect("root may");
        }
    }
    if fs::metadata("/proc/self").expect("it is there").uid() == 0 {
        doctor.uid(NOBODY).gid(NOBODY);
    }
    let output = doctor.arg("--json").output().expect("it runs");
    let all: Vec<serde_json::Value> = serde_json::from_slice(&output.stdout).expect("JSON");
    let text = |one: &serde_json::Value, key: &str| one[key].as_str().unwrap_or("").to_owned();
    let found = all.iter().map(|one| {
        (text(one, "check"), one["ok"] == true, text(one, "found") + ": " + &text(one, "cure"))
    });
    found.collect()
}

#[test]
fn doctor_tries_to_write_where_the_server_must() {
    let directory = tempfile::tempdir().expect("a directory");
    // The directory above must be reached by others.
    fs::set_permissions(directory.path(), Permissions::from_mode(0o711)).expect("it is ours");
    let dir = directory.path().join("data");
    set_up(&dir);
    let names = ["data directory", "blob directory", "database"];
    let failures = || {
        let all = findings(&dir);
        let failed = all.into_iter().filter(|(name, ok, _)| names.contains(&name.as_str()) && !ok);
        failed.map(|(name, _, text)| (name, text)).collect::<Vec<_>>()
    };
    assert_eq!(failures(), []);
    let failed = |steps: &[(&str, &str, &str)]| {
        for (path, name, word) in steps {
            lock(&dir.join(path));
            let failures = failures();
            let text = failures.iter().find(|(failed, _)| failed == name);
            let (_, text) = text.unwrap_or_else(|| panic!("{path}: {failures:?}"));
            assert!(text.contains(word) && text.contains("owner and permissions"), "{text}");
        }
    };
    failed(&[
        ("birdhouse.db", "database", "cannot be written"),
        ("blobs", "blob directory", "cannot write in"),
        ("", "data directory", "cannot write in"),
    ]);
    // So that they can be deleted.
    for dir in [&dir, &dir.join("blobs")] {
        fs::set_permissions(dir, Permissions::from_mode(0o700)).expect("it is ours");
    }
}

#[test]
fn doctor_names_what_belongs_to_somebody_else() {
    let directory = tempfile::tempdir().expect("a directory");
    fs::set_permissions(directory.path(), Permissions::from_mode(0o711)).expect("it is ours");
    let dir = directory.path().join("data");
    set_up(&dir);
    if fs::metadata(&dir).expect("it is there").uid() != 0 {
        println!("SKIPPED: only root can give files to others");
        return;
    }
    drop(findings(&dir));
    let doctor = || {
        let mut doctor = birdhouse("doctor", &dir);
        let output = doctor.uid(NOBODY).gid(NOBODY).output().expect("it runs");
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let key = dir.join("secret.key");
    chown(&key, Some(0), Some(0)).expect("root may");
    let said = doctor();
    assert!(said.contains("secret.key, the key that seals"), "{said}");
    assert!(said.contains("it must belong to the server's user"), "{said}");
    assert!(!said.contains("from a backup"), "{said}");
    chown(&key, Some(NOBODY), Some(NOBODY)).expect("root may");
    chown(&dir, Some(0), Some(NOBODY)).expect("root may");
    fs::set_permissions(&dir, Permissions::from_mode(0o770)).expect("root may");
    let said = doctor();
    assert!(said.contains("FAIL data directory"), "{said}");
    assert!(said.contains("only its owner can close it"), "{said}");
}

#[test]
fn a_path_that_is_not_utf8_is_named_as_the_cause() {
    let directory = tempfile::tempdir().expect("a directory");
    let dir = directory.path().join(OsStr::from_bytes(b"d\xffta"));
    for command in ["serve", "credentials", "doctor"] {
        let output = birdhouse(command, &dir).output().expect("it runs");
        assert!(!output.status.success());
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said);
        for word in ["data_dir", "is not UTF-8", "name a directory"] {
            assert!(said.contains(word), "{command}: {word}: {said}");
        }
    }
    assert!(!dir.exists());
}
