//! What only a socket shows: silence, closing, stopping.

use crate::support::TestApp;
use birdhouse_core::config::LimitsLayer;
use birdhouse_server::Server;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task::JoinHandle;

struct Running {
    test: TestApp,
    address: SocketAddr,
    stop: watch::Sender<bool>,
    server: JoinHandle<()>,
}

async fn running() -> Running {
    let test = TestApp::start_with(|layer| {
        layer.listen = Some("127.0.0.1:0".parse().unwrap());
        let limits = LimitsLayer {
            idle_ms: Some(300),
            head_ms: Some(300),
            drain_ms: Some(3000),
            connections: Some(3),
            ..LimitsLayer::default()
        };
        layer.limits = Some(limits);
    })
    .await;
    let server = Server::bind(test.app.clone()).await.unwrap();
    let address = server.address().unwrap();
    let (stop, stopped) = watch::channel(false);
    Running { test, address, stop, server: tokio::spawn(server.run(stopped)) }
}

async fn send(running: &Running, text: &str) -> TcpStream {
    let mut stream = TcpStream::connect(running.address).await.unwrap();
    stream.write_all(text.as_bytes()).await.unwrap();
    stream
}

impl Running {
    /// Everything until the server closes, while the server's clock runs a hundred times as fast.
    async fn rest(&self, stream: &mut TcpStream) -> String {
        let mut all = Vec::new();
        let read = stream.read_to_end(&mut all);
        tokio::select! {
            // A connection that is reset has been closed too.
            _ = read => {}
            () = self.let_time_pass(Duration::from_mins(10)) => panic!("the server holds on"),
        }
        String::from_utf8_lossy(&all).into_owned()
    }

    async fn let_time_pass(&self, duration: Duration) {
        for _ in 0..duration.as_millis() / 100 {
            pause().await;
            self.test.app.clock.advance(100);
        }
    }
}

/// Lets the kernel's sockets and the server's tasks run.
#[expect(clippy::disallowed_methods, reason = "sockets go by real time")]
async fn pause() {
    tokio::time::sleep(Duration::from_millis(1)).await;
}

#[tokio::test]
async fn r4_r5_a_connection_is_closed_when_asked_and_answers_have_a_date() {
    let running = running().await;
    let mut stream =
        send(&running, "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await;
    let answer = running.rest(&mut stream).await.to_ascii_lowercase();
    assert!(answer.starts_with("http/1.1 200") && answer.contains("connection: close"), "{answer}");
    assert!(answer.contains("\r\ndate: "), "{answer}");
}

#[tokio::test]
async fn a_client_that_falls_silent_is_cut_off() {
    let running = running().await;
    let mut silent = send(&running, "").await;
    running.rest(&mut silent).await;
    let mut half = send(&running, "GET /healthz HTTP/1.1\r\nHost: ").await;
    running.rest(&mut half).await;
    let form = "POST /oauth/authorize HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nhalf";
    let mut body = send(&running, form).await;
    let answer = running.rest(&mut body).await;
    assert!(answer.starts_with("HTTP/1.1 403"), "{answer}");
}

#[tokio::test]
async fn connections_beyond_the_limit_wait_their_turn() {
    let running = running().await;
    let held: Vec<TcpStream> =
        futures_util::future::join_all((0..3).map(|_| send(&running, ""))).await;
    let mut next =
        send(&running, "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await;
    // The silent ones are cut off, and then the next is served.
    assert!(running.rest(&mut next).await.starts_with("HTTP/1.1 200"));
    drop(held);
}

#[tokio::test]
async fn a_stop_lets_a_running_request_end_and_takes_no_new_ones() {
    let running = running().await;
    let head = "POST /oauth/authorize HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n";
    let mut stream = send(&running, head).await;
    until_read(&running).await;
    running.stop.send_replace(true);
    stream.write_all(b"a=bc").await.unwrap();
    assert!(running.rest(&mut stream).await.starts_with("HTTP/1.1 403"));
    running.server.await.unwrap();
    assert!(TcpStream::connect(running.address).await.is_err());
    drop(running.test);
}

#[tokio::test]
async fn bytes_that_are_no_http_are_refused_and_harm_nothing() {
    let running = running().await;
    for text in ["\0\0\0\0\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "\u{16}\u{3}\u{1}"] {
        let mut stream = send(&running, text).await;
        let answer = running.rest(&mut stream).await;
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{answer}");
    }
    let mut stream =
        send(&running, "GET /readyz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await;
    assert!(running.rest(&mut stream).await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn one_data_directory_has_one_server() {
    let first = TestApp::start().await;
    let again = birdhouse_core::app::App::open(
        first.app.config.clone(),
        birdhouse_core::host::clock::Clock::system(),
    );
    let refused = again.await.err().expect("the directory is taken").to_string();
    assert!(refused.contains("another server uses"), "{refused}");
}

/// Waits until the server has taken the request in hand.
async fn until_read(running: &Running) {
    while running.test.app.memory.permits.free_requests() == running.test.app.config.limits.requests
    {
        pause().await;
    }
}
