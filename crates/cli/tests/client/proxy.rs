//! A proxy that loses connections, holds them up, or answers instead of the server.

use std::collections::VecDeque;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// What the proxy does.
#[derive(Default)]
pub(crate) struct Trouble {
    /// After so many bytes from the client, the connection that carried the last is cut.
    pub(crate) cuts: Mutex<VecDeque<u64>>,
    /// After so many bytes from the client nothing is forwarded any more; 0 is never.
    pub(crate) hold_after: AtomicU64,
    /// Answers to the first connections.
    pub(crate) answers: Mutex<VecDeque<&'static str>>,
    /// Bytes from the client that were forwarded.
    pub(crate) forwarded: AtomicU64,
    /// Connections that were cut.
    pub(crate) cut: AtomicUsize,
}

/// Starts a proxy before a server; returns its address.
pub(crate) fn start(server: &str, trouble: &Arc<Trouble>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    let (server, trouble) = (server.to_owned(), trouble.clone());
    std::thread::spawn(move || {
        for client in listener.incoming() {
            let (client, trouble) = (client.expect("a connection"), trouble.clone());
            let server = server.clone();
            std::thread::spawn(move || serve(client, &server, &trouble));
        }
    });
    address
}

fn serve(mut client: TcpStream, server: &str, trouble: &Arc<Trouble>) {
    let answer = trouble.answers.lock().expect("no panic").pop_front();
    if let Some(answer) = answer {
        // The head is enough for a request without a file.
        drop(client.read(&mut [0; 16 * 1024]));
        drop(client.write_all(answer.as_bytes()));
        return;
    }
    let up = TcpStream::connect(server).expect("the server listens");
    let (mut from, mut to) = (up.try_clone().expect("a copy"), client.try_clone().expect("a copy"));
    std::thread::spawn(move || {
        drop(std::io::copy(&mut from, &mut to));
        drop(to.shutdown(Shutdown::Both));
    });
    forward(&client, &up, trouble);
    drop(up.shutdown(Shutdown::Both));
    drop(client.shutdown(Shutdown::Both));
}

/// Forwards what the client sends, until it is cut.
fn forward(mut client: &TcpStream, mut up: &TcpStream, trouble: &Trouble) {
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let Ok(length @ 1..) = client.read(&mut buffer) else { return };
        let before = trouble.forwarded.fetch_add(length as u64, Ordering::SeqCst);
        let hold = trouble.hold_after.load(Ordering::SeqCst);
        if hold > 0 && before > hold {
            trouble.forwarded.fetch_sub(length as u64, Ordering::SeqCst);
            // Until the client is gone.
            while matches!(client.read(&mut buffer), Ok(1..)) {}
            return;
        }
        let mut cuts = trouble.cuts.lock().expect("no panic");
        if cuts.front().is_some_and(|at| before >= *at) {
            cuts.pop_front();
            trouble.cut.fetch_add(1, Ordering::SeqCst);
            return;
        }
        drop(cuts);
        if up.write_all(&buffer[..length]).is_err() {
            return;
        }
    }
}
