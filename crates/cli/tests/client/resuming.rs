//! Lost connections, rate windows and kills.

use crate::proxy::{self, Trouble};
use crate::server::{Server, png, video, wait_until};
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::Ordering;

const MIB: usize = 1024 * 1024;

#[test]
fn a_video_arrives_whole_though_its_connections_are_cut() {
    let server = Server::start();
    let bytes = video(server.dir(), "v.mp4", 100 * MIB);
    let trouble = Arc::new(Trouble::default());
    trouble.cuts.lock().unwrap().extend([15 * MIB as u64 + 1000, 60 * MIB as u64]);
    let address = proxy::start(&server.address, &trouble);
    let ran = server.run_at(&address, &["upload", "v.mp4", "--tweet", "A video", "--json"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{ran:?}");
    assert_eq!(trouble.cut.load(Ordering::SeqCst), 2);
    assert!(server.has_stored(&bytes), "byte for byte");
    assert!(server.records().is_empty(), "nothing needs to be resumed");
}

#[test]
fn a_killed_upload_is_resumed_with_what_is_missing() {
    let server = Server::start();
    let bytes = video(server.dir(), "v.mp4", 24 * MIB);
    let trouble = Arc::new(Trouble::default());
    trouble.hold_after.store(15 * MIB as u64, Ordering::SeqCst);
    let address = proxy::start(&server.address, &trouble);
    let mut first = server.command_at(&address, &["upload", "v.mp4"]);
    let mut first = first.stdout(Stdio::null()).spawn().expect("it starts");
    let lines = || {
        let record = server.records().pop().map(std::fs::read_to_string);
        record.map_or(0, |text| text.unwrap_or_default().lines().count())
    };
    // INIT and three segments.
    wait_until(|| lines() >= 4 && trouble.forwarded.load(Ordering::SeqCst) > 14 * MIB as u64);
    first.kill().and_then(|()| first.wait()).expect("it is killed");
    let record = std::fs::read_to_string(&server.records()[0]).expect("a record");
    let begun = record.split(' ').next().expect("a media id").to_owned();
    let acknowledged = record.lines().count() as u64 - 1;

    trouble.hold_after.store(0, Ordering::SeqCst);
    trouble.forwarded.store(0, Ordering::SeqCst);
    // The same bytes, wherever they are.
    std::fs::rename(server.dir().join("v.mp4"), server.dir().join("renamed.mp4")).unwrap();
    let ran = server.run_at(&address, &["upload", "renamed.mp4", "--json"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(ran.json()[0]["media_id"], begun);
    let missing = 24 * MIB as u64 - acknowledged * 2 * MIB as u64;
    let forwarded = trouble.forwarded.load(Ordering::SeqCst);
    assert!((missing..missing + MIB as u64).contains(&forwarded), "{forwarded} of {missing}");
    assert!(server.has_stored(&bytes));
    assert!(server.records().is_empty());
}

#[test]
fn what_the_server_has_forgotten_begins_again() {
    let server = Server::start();
    let bytes = video(server.dir(), "v.mp4", 5 * MIB);
    let trouble = Arc::new(Trouble::default());
    trouble.hold_after.store(1, Ordering::SeqCst);
    let held = proxy::start(&server.address, &trouble);
    let mut first = server.command_at(&held, &["upload", "v.mp4"]);
    let mut first = first.stdout(Stdio::null()).spawn().expect("it starts");
    wait_until(|| server.records().len() == 1);
    first.kill().and_then(|()| first.wait()).expect("it is killed");
    // A media that nobody has begun, whose first segment is said to have arrived.
    std::fs::write(&server.records()[0], "5 2097152 99999999999\n0\n").expect("it is written");
    trouble.hold_after.store(0, Ordering::SeqCst);
    let ran = server.run_at(&held, &["upload", "v.mp4", "--json"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_ne!(ran.json()[0]["media_id"], "5");
    assert!(server.has_stored(&bytes));
}

#[test]
fn a_rate_window_and_an_overload_are_waited_for() {
    let server = Server::start();
    png(server.dir(), "a.png", 1);
    let trouble = Arc::new(Trouble::default());
    trouble.answers.lock().unwrap().extend([
        "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 1\r\nContent-Length: 0\r\n\
         Connection: close\r\n\r\n",
        "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
    ]);
    let address = proxy::start(&server.address, &trouble);
    let ran = server.run_at(&address, &["upload", "a.png", "--alt", "A square", "--tweet", "Hi"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{ran:?}");
    assert!(trouble.answers.lock().unwrap().is_empty());
}
