//! Profiles.

use crate::server::{Ran, Server, png};
use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;

fn add(server: &Server, arguments: &[&str], input: &str) -> Ran {
    let mut command = server.anonymous(&[&["profile", "add"], arguments].concat());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut process = command.spawn().expect("it starts");
    process.stdin.take().expect("a pipe").write_all(input.as_bytes()).expect("it is read");
    Ran::of(process.wait_with_output().expect("it ends"))
}

#[test]
fn a_profile_is_stored_after_it_was_tried_and_used_by_its_name() {
    let server = Server::start();
    let url = format!("http://{}/", server.address);
    let ran = add(&server, &["work", "--url", &url], &server.keys());
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{ran:?}");
    assert!(ran.out.starts_with("profile work: @birdhouse at http://127.0.0.1:"), "{ran:?}");
    png(server.dir(), "a.png", 1);
    let run = |arguments: &[&str]| Ran::of(server.anonymous(arguments).output().expect("it runs"));
    assert_eq!(run(&["upload", "a.png", "--profile", "work"]).code, 0);
    let listed = run(&["profile", "list"]);
    assert!(listed.out.contains("work") && listed.out.contains("OAuth 1.0a"), "{listed:?}");
    let again = add(&server, &["work", "--url", &url], &server.keys());
    assert_eq!(again.code, 2, "{again:?}");
    let missing = run(&["upload", "a.png", "--profile", "wrok"]);
    assert_eq!(missing.code, 2, "{missing:?}");
    assert!(missing.err.contains("there are work"), "{missing:?}");

    let path = server.dir().join("home/config/birdhouse/profiles.toml");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("it is changed");
    let wide = run(&["upload", "a.png", "--profile", "work"]);
    assert!(wide.code != 0 && wide.err.contains("chmod 600"), "{wide:?}");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("it is changed");
    assert_eq!(run(&["profile", "remove", "work"]).code, 0);
    assert!(run(&["profile", "list", "--json"]).out.is_empty());
}

#[test]
fn a_profile_that_is_refused_is_not_stored() {
    let server = Server::start();
    let url = format!("http://{}", server.address);
    let wrong =
        "consumer_key = a\nconsumer_secret = b\naccess_token = c\naccess_token_secret = d\n";
    let ran = add(&server, &["default", "--url", &url], wrong);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(!server.dir().join("home/config/birdhouse/profiles.toml").exists());
    let incomplete = add(&server, &["default", "--url", &url], "consumer_key = a\n");
    assert_eq!(incomplete.code, 2, "{incomplete:?}");
    assert!(incomplete.err.contains("it has no consumer_secret"), "{incomplete:?}");
}

#[test]
fn a_server_with_an_authority_of_its_own_is_trusted_by_its_file() {
    let server = Server::start_with(&["--tls-dev", "--tls-listen", "127.0.0.1:0"]);
    let url = format!("https://{}", server.tls_address.as_deref().expect("TLS"));
    let refused = add(&server, &["default", "--url", &url], &server.keys());
    assert_eq!(refused.code, 1, "{refused:?}");
    assert!(refused.err.contains("SSL_CERT_FILE"), "{refused:?}");
    png(server.dir(), "a.png", 1);
    let mut upload = server.command_at(&server.address, &["upload", "a.png"]);
    upload.env("BIRDHOUSE_URL", &url).env("SSL_CERT_FILE", "data/tls-dev/ca.pem");
    let ran = Ran::of(upload.output().expect("it runs"));
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{ran:?}");
    let mut wrong = server.command_at(&server.address, &["upload", "a.png"]);
    wrong.env("BIRDHOUSE_URL", format!("https://{}", server.address));
    let ran = Ran::of(wrong.env("SSL_CERT_FILE", "data/tls-dev/ca.pem").output().expect("it runs"));
    assert!(ran.err.contains("does not speak HTTPS at that port: try http://"), "{ran:?}");
}
