//! `/readyz` and `birdhouse doctor` on a disk that is really full.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};

/// A disk of 48 MiB, for as long as this is held.
struct SmallDisk<'a>(&'a Path);

impl<'a> SmallDisk<'a> {
    /// `None` if nothing can be mounted here.
    fn mount(path: &'a Path) -> Option<Self> {
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=48m,mode=700", "tmpfs"]).arg(path);
        let is_mounted = mount.stderr(Stdio::null()).status().is_ok_and(|status| status.success());
        is_mounted.then_some(Self(path))
    }
}

impl Drop for SmallDisk<'_> {
    fn drop(&mut self) {
        let unmounted = Command::new("umount").arg("-l").arg(self.0).status();
        drop(unmounted);
    }
}

fn birdhouse(dir: &Path, command: &str) -> Command {
    let mut birdhouse = Command::new(env!("CARGO_BIN_EXE_birdhouse"));
    birdhouse.arg(command).arg("--data-dir").arg(dir).current_dir(dir);
    birdhouse
}

fn readyz(address: &str) -> String {
    let mut connection = TcpStream::connect(address).expect("it listens");
    let request = "GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    connection.write_all(request.as_bytes()).expect("it reads");
    let mut answer = String::new();
    connection.read_to_string(&mut answer).expect("it answers");
    answer
}

/// Whether doctor finds enough free space, and what it says.
fn disk_space(dir: &Path) -> (bool, String) {
    let output = birdhouse(dir, "doctor").arg("--json").output().expect("it runs");
    let all: Vec<serde_json::Value> = serde_json::from_slice(&output.stdout).expect("JSON");
    let found = all.iter().find(|one| one["check"] == "disk space").expect("it is reported");
    (found["ok"] == true, found.to_string())
}

#[test]
fn readyz_and_doctor_report_a_full_disk_and_its_cure() {
    let directory = tempfile::tempdir().expect("a directory");
    let Some(disk) = SmallDisk::mount(directory.path()) else {
        println!("SKIPPED: this process may not mount a small disk, so none can be filled");
        return;
    };
    let dir = directory.path().join("data");
    std::fs::create_dir(&dir).expect("there is room");
    let mut serve = birdhouse(&dir, "serve");
    serve.args(["--listen", "127.0.0.1:0"]).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut server = serve.spawn().expect("it starts");
    let log = BufReader::new(server.stderr.take().expect("a log"));
    let mut lines = log.lines().map_while(Result::ok);
    let line = lines.find(|line| line.contains("listening on 127.0.0.1:")).expect("it listens");
    let address = line.rsplit("listening on ").next().and_then(|rest| rest.split(' ').next());
    let address = address.expect("an address").to_owned();
    // The rest of the log, which must not fill the pipe.
    let drain = std::thread::spawn(move || lines.count());

    let before = readyz(&address);
    assert!(before.starts_with("HTTP/1.1 200 "), "{before}");

    let filler = dir.join("filler");
    let mut file = File::create(&filler).expect("there is room");
    let piece = vec![0; 65536];
    while file.write_all(&piece).is_ok() {}
    drop(file);
    let full = readyz(&address);
    assert!(full.starts_with("HTTP/1.1 503 "), "{full}");
    assert!(full.contains("is full: 0 MiB are free; free some space"), "{full}");
    let (is_enough, found) = disk_space(&dir);
    assert!(!is_enough && found.contains("0 of 48 MiB are free"), "{found}");
    assert!(found.contains("free some space"), "{found}");

    std::fs::remove_file(&filler).expect("it is removed");
    let after = readyz(&address);
    assert!(after.starts_with("HTTP/1.1 200 "), "{after}");
    server.kill().and_then(|()| server.wait()).expect("it is killed");
    drain.join().expect("the log ends");

    let mut file = File::create(&filler).expect("there is room");
    while file.write_all(&piece).is_ok() {}
    let started = birdhouse(&dir, "serve").args(["--listen", "127.0.0.1:0"]).output();
    let started = started.expect("it runs");
    let said = String::from_utf8_lossy(&started.stderr).into_owned();
    assert!(!started.status.success(), "{said}");
    let full = format!("the disk of {} is full: 0 MiB are free; free some space", dir.display());
    assert!(said.contains(&full), "{said}");
    drop(disk);
}
