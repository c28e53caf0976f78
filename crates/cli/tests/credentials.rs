//! What is printed where, and how variables count.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

fn birdhouse(command: &str, dir: &Path) -> Command {
    let mut birdhouse = Command::new(env!("CARGO_BIN_EXE_birdhouse"));
    birdhouse.arg(command).arg("--data-dir").arg(dir).current_dir(dir);
    birdhouse
}

#[test]
fn secrets_are_printed_on_request_only_and_empty_variables_are_unset() {
    let dir = tempfile::tempdir().expect("a directory");
    let mut serve = birdhouse("serve", dir.path());
    serve.args(["--listen", "127.0.0.1:0"]).env("BIRDHOUSE_LOG", "").env("BIRDHOUSE_TLS_DEV", "");
    let mut server =
        serve.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
    let log = BufReader::new(server.stderr.take().expect("a log"));
    let lines: Vec<String> = log
        .lines()
        .map(|line| line.expect("text"))
        .take_while(|line| !line.contains("listening on"))
        .collect();
    assert!(lines.iter().any(|line| line.contains("`birdhouse credentials` creates")), "{lines:?}");

    let sign = birdhouse("sign", dir.path())
        .args(["GET", "http://127.0.0.1/1.1/account/verify_credentials.json"])
        .output()
        .expect("it runs");
    assert!(!sign.status.success(), "it creates no user");
    let first = birdhouse("credentials", dir.path())
        .arg("--json")
        .env("BIRDHOUSE_PASSWORD", "")
        .output()
        .expect("it runs");
    let first: serde_json::Value = serde_json::from_slice(&first.stdout).expect("JSON");
    assert_eq!(first["password"].as_str().map(str::len), Some(16));
    let empty = birdhouse("credentials", dir.path()).args(["--password", ""]).output();
    assert!(!empty.expect("it runs").status.success(), "an empty password");

    let another = birdhouse("sign", dir.path())
        .args(["--user", "nobody", "GET", "http://127.0.0.1/1.1/account/verify_credentials.json"])
        .output()
        .expect("it runs");
    let said = String::from_utf8_lossy(&another.stderr).into_owned();
    assert!(said.contains("there is no user @nobody"), "{said}");

    // A reader that has read enough is no error.
    let mut unread = birdhouse("credentials", dir.path());
    let mut unread =
        unread.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
    drop(unread.stdout.take());
    let unread = unread.wait_with_output().expect("it ended");
    assert_eq!(String::from_utf8_lossy(&unread.stderr), "");

    server.kill().expect("it runs");
    let output = server.wait_with_output().expect("it ended");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "");
}
