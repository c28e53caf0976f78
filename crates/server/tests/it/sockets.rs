//! Behavior of connections: idle timeouts, closing, graceful shutdown.

use crate::support::TestApp;
use birdhouse_core::config::LimitsLayer;
use birdhouse_server::{Listeners, Server};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task::JoinHandle;

struct RunningServer {
    test: TestApp,
    address: SocketAddr,
    stop: watch::Sender<bool>,
    server: JoinHandle<anyhow::Result<()>>,
}

async fn start_server() -> RunningServer {
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
    let listeners = Listeners::bind(&mut test.app.config.clone()).await.unwrap();
    let server = Server::new(test.app.clone(), listeners).unwrap();
    let address = server.address().unwrap();
    let (stop, stopped) = watch::channel(false);
    RunningServer { test, address, stop, server: tokio::spawn(server.run(stopped)) }
}

async fn send(running: &RunningServer, text: &str) -> TcpStream {
    let mut stream = TcpStream::connect(running.address).await.unwrap();
    stream.write_all(text.as_bytes()).await.unwrap();
    stream
}

impl RunningServer {
    /// Reads until the server closes, while the server's clock runs a hundred times as fast.
    async fn read_to_close(&self, stream: &mut TcpStream) -> String {
        let mut all = Vec::new();
        let read = stream.read_to_end(&mut all);
        tokio::select! {
            // A connection that is reset has been closed too.
            _ = read => {}
            () = self.let_time_pass(Duration::from_mins(10)) => panic!("the connection stays open"),
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
#[expect(clippy::disallowed_methods, reason = "sockets use real time")]
async fn pause() {
    tokio::time::sleep(Duration::from_millis(1)).await;
}

#[tokio::test]
async fn r4_r5_a_connection_is_closed_on_request_and_responses_have_a_date() {
    let running = start_server().await;
    let mut stream =
        send(&running, "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await;
    let response = running.read_to_close(&mut stream).await.to_ascii_lowercase();
    assert!(
        response.starts_with("http/1.1 200") && response.contains("connection: close"),
        "{response}"
    );
    assert!(response.contains("\r\ndate: "), "{response}");
}

#[tokio::test]
async fn an_idle_client_is_disconnected() {
    let running = start_server().await;
    let mut idle = send(&running, "").await;
    running.read_to_close(&mut idle).await;
    let mut half = send(&running, "GET /healthz HTTP/1.1\r\nHost: ").await;
    running.read_to_close(&mut half).await;
    let form = "POST /oauth/authorize HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nhalf";
    let mut body = send(&running, form).await;
    let response = running.read_to_close(&mut body).await;
    assert!(response.starts_with("HTTP/1.1 403"), "{response}");
}

#[tokio::test]
async fn connections_beyond_the_limit_wait() {
    let running = start_server().await;
    let held: Vec<TcpStream> =
        futures_util::future::join_all((0..3).map(|_| send(&running, ""))).await;
    let mut next =
        send(&running, "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await;
    // It is served once the idle ones are disconnected.
    assert!(running.read_to_close(&mut next).await.starts_with("HTTP/1.1 200"));
    drop(held);
}

#[tokio::test]
async fn a_stop_completes_running_requests_and_accepts_no_new_ones() {
    let running = start_server().await;
    let head = "POST /oauth/authorize HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n";
    let mut stream = send(&running, head).await;
    wait_until_handled(&running).await;
    running.stop.send_replace(true);
    stream.write_all(b"a=bc").await.unwrap();
    assert!(running.read_to_close(&mut stream).await.starts_with("HTTP/1.1 403"));
    running.server.await.unwrap().unwrap();
    assert!(TcpStream::connect(running.address).await.is_err());
    drop(running.test);
}

#[tokio::test]
async fn bytes_that_are_not_http_are_refused() {
    let running = start_server().await;
    for text in ["\0\0\0\0\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "\u{16}\u{3}\u{1}"] {
        let mut stream = send(&running, text).await;
        let response = running.read_to_close(&mut stream).await;
        assert!(response.is_empty() || response.starts_with("HTTP/1.1 4"), "{response}");
    }
    let mut stream =
        send(&running, "GET /readyz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await;
    assert!(running.read_to_close(&mut stream).await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn a_data_directory_has_one_server_at_a_time() {
    let first = TestApp::start().await;
    let again = birdhouse_core::app::App::open(
        first.app.config.clone(),
        birdhouse_core::host::clock::Clock::system(),
    );
    let refused = again.await.err().expect("the directory is taken").to_string();
    assert!(refused.contains("another server uses"), "{refused}");
}

/// Waits until the server has begun to handle the request.
async fn wait_until_handled(running: &RunningServer) {
    while running.test.app.memory.permits.free_requests() == running.test.app.config.limits.requests
    {
        pause().await;
    }
}
