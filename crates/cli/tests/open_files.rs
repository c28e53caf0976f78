//! `birdhouse serve` and `birdhouse doctor` where few files may be open.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

/// The hard limit here.
const FILES: usize = 300;

/// A command of a process that may open `FILES` files.
fn birdhouse(dir: &Path, command: &str) -> Command {
    let mut shell = Command::new("sh");
    let script = format!("ulimit -n {FILES}; exec \"$0\" \"$@\"");
    shell.args(["-c", &script, env!("CARGO_BIN_EXE_birdhouse"), command, "--data-dir"]);
    shell.arg(dir).current_dir(dir);
    shell
}

/// The answer to a request for `/readyz`, which starts processes.
fn ready(mut connection: TcpStream) -> String {
    let request = "GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    connection.write_all(request.as_bytes()).expect("it reads");
    let mut answer = String::new();
    connection.read_to_string(&mut answer).expect("it answers");
    answer
}

#[test]
fn idle_connections_leave_files_for_everything_else() {
    let dir = tempfile::tempdir().expect("a directory");
    let mut serve = birdhouse(dir.path(), "serve");
    // From a proxy, which may take all connections, and not half of them.
    serve.args(["--listen", "127.0.0.1:0"]).env("BIRDHOUSE_TRUSTED_PROXIES", "127.0.0.1");
    let mut server = serve.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("it starts");
    let log = BufReader::new(server.stderr.take().expect("a log"));
    let mut lines = log.lines().map_while(Result::ok);
    let warning = lines.find(|line| line.contains("connections are accepted, not"));
    assert!(warning.is_some_and(|line| line.contains("37 connections are accepted, not 4096")));
    let line = lines.find(|line| line.contains("listening on 127.0.0.1:")).expect("it listens");
    let address = line.rsplit("listening on ").next().and_then(|rest| rest.split(' ').next());
    let address = address.expect("an address");
    let log = std::thread::spawn(move || lines.collect::<Vec<_>>().join("\n"));

    let address: SocketAddr = address.parse().expect("an address");
    let first = TcpStream::connect(address).expect("it is accepted");
    // Those that are not accepted fill the queue of the kernel.
    let open = || TcpStream::connect_timeout(&address, Duration::from_millis(500)).ok();
    let idle: Vec<TcpStream> = (0..FILES + 100).map_while(|_| open()).collect();
    let meanwhile = ready(first);
    drop(idle);
    let afterwards = ready(TcpStream::connect(address).expect("it is accepted"));
    server.kill().and_then(|()| server.wait()).expect("it is killed");
    let log = log.join().expect("the log ends");
    for answer in [meanwhile, afterwards] {
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}\n{log}");
    }
    assert!(!log.contains("Too many open files"), "{log}");
}

#[test]
fn doctor_says_for_how_many_connections_files_may_be_open() {
    let dir = tempfile::tempdir().expect("a directory");
    let output = birdhouse(dir.path(), "doctor").arg("--json").output().expect("it runs");
    let all: Vec<serde_json::Value> = serde_json::from_slice(&output.stdout).expect("JSON");
    let found = all.iter().find(|one| one["check"] == "open files").expect("it is reported");
    assert_eq!(found["found"], "300, enough for 37 connections, not 4096");
    assert!(found["ok"] == false && found["cure"].to_string().contains("ulimit -n"), "{found}");
}
