//! What a person at a terminal is asked and shown.

use crate::server::{Server, png};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::process::Command;

/// Runs a command in a terminal. After each text of the script that appears its answer is typed; returns the
/// exit code and all that was shown.
fn run_in_terminal(mut command: Command, script: &[(&str, &str)]) -> (i32, String) {
    let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a terminal");
    grantpt(&terminal).and_then(|()| unlockpt(&terminal)).expect("it opens");
    let name = ptsname(&terminal, Vec::new()).expect("a name").into_string().expect("text");
    let side = || OpenOptions::new().read(true).write(true).open(&name).expect("it opens");
    command.stdin(side()).stdout(side()).stderr(side());
    let mut process = command.spawn().expect("it starts");
    // Else this process would keep the terminal open.
    drop(command);
    let mut terminal = File::from(terminal);
    let (mut shown, mut seen, mut buffer) = (String::new(), 0, [0; 4096]);
    let mut script = script.iter();
    let mut next = script.next();
    // The end is an error of a terminal.
    while let Ok(length @ 1..) = terminal.read(&mut buffer) {
        shown += &String::from_utf8_lossy(&buffer[..length]);
        while let Some((text, answer)) = next
            && let Some(at) = shown[seen..].find(text)
        {
            seen += at + text.len();
            terminal.write_all(answer.as_bytes()).expect("it is typed");
            next = script.next();
        }
    }
    (process.wait().expect("it ends").code().unwrap_or(-1), shown)
}

#[test]
fn a_person_is_asked_for_each_image_that_is_not_described() {
    let server = Server::start();
    for (name, gray) in [("a.png", 1), ("b.png", 2), ("c.png", 3)] {
        png(server.dir(), name, gray);
    }
    server.write("alt.csv", "file,alt_text\nb.png,A tile\n");
    let upload = ["upload", "a.png", "b.png", "c.png", "--alt-from", "alt.csv"];
    let command = server.command_at(&server.address, &upload);
    let script = [("a.png (1 of 2): ", "A square\n"), ("c.png (2 of 2): ", "\n")];
    let (code, shown) = run_in_terminal(command, &script);
    assert_eq!(code, 0, "{shown}");
    for text in [
        "c.png stays undescribed",
        "  a.png  \"A square\"\r\n",
        "  b.png  \"A tile\"\r\n",
        "  c.png  undescribed\r\n",
        // A bar.
        "0 B of ",
    ] {
        assert!(shown.contains(text), "{text}: {shown}");
    }
    let at = |text: &str| shown.find(text).expect("it is shown");
    assert!(at("  a.png  \"A square\"\r\n") < at("c.png (2 of 2)"), "at once: {shown}");
    for text in
        ["3 uploaded, 2 described", "No Tweet shows them: the server deletes them in about "]
    {
        assert!(shown.contains(text), "{text}: {shown}");
    }
    let command = server.command_at(&server.address, &["upload", "a.png", "--json"]);
    let (code, shown) = run_in_terminal(command, &[]);
    assert!(code == 0 && !shown.contains("a.png: "), "{shown}");
}

#[test]
fn a_secret_that_is_typed_is_not_shown() {
    let server = Server::start();
    let keys: serde_json::Value = serde_json::from_str(&server.keys()).expect("JSON");
    let key = |name: &str| format!("{}\n", keys[name].as_str().expect("a key"));
    let names = ["consumer_key", "consumer_secret", "access_token", "access_token_secret"];
    let questions = names.map(|name| (format!("{name} (not shown): "), key(name)));
    let script: Vec<_> = questions.iter().map(|(text, answer)| (&**text, &**answer)).collect();
    let url = format!("http://{}", server.address);
    let command = server.anonymous(&["profile", "add", "default", "--url", &url]);
    let (code, shown) = run_in_terminal(command, &script);
    assert_eq!(code, 0, "{shown}");
    assert!(shown.contains("profile default: @birdhouse at "), "{shown}");
    for name in names {
        assert!(!shown.contains(key(name).trim()), "{shown}");
    }
}

#[test]
fn a_person_is_told_that_nothing_was_found() {
    let server = Server::start();
    let command = server.command_at(&server.address, &["search", "nothing"]);
    let (code, shown) = run_in_terminal(command, &[]);
    assert!(code == 1 && shown.contains("Nothing was found."), "{shown}");
}
