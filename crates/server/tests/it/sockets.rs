//! Behavior of connections: idle timeouts, closing, graceful shutdown.

use crate::support::{Call, TestApp, UPLOAD};
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
    let call = Call::multipart(UPLOAD, &[]);
    let url = format!("http://x{UPLOAD}");
    let head = format!(
        "POST {UPLOAD} HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\nContent-Type: {}\r\n\
         Authorization: {}\r\n\r\n",
        call.body.len(),
        call.content_type.unwrap(),
        running.test.authorization(&running.test.alice, &url, &call)
    );
    let mut stream = send(&running, &head).await;
    wait_until_handled(&running).await;
    running.stop.send_replace(true);
    stream.write_all(&call.body).await.unwrap();
    let response = running.read_to_close(&mut stream).await;
    assert!(response.starts_with("HTTP/1.1 400"), "{response}");
    drop(stream);
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

#[tokio::test]
async fn a_client_that_is_refused_while_it_sends_reads_why() {
    let running = start_server().await;
    let head = "POST /1.1/media/upload.json HTTP/1.1\r\nHost: x\r\nContent-Length: 3000000\r\n\
                Content-Type: multipart/form-data; boundary=x\r\n\r\n";
    let mut stream = send(&running, head).await;
    for _ in 0..30 {
        // A connection that was closed instead is reset, and this fails.
        stream.write_all(&vec![b'x'; 100_000]).await.unwrap();
        pause().await;
    }
    let mut response = Vec::new();
    let read = stream.read_to_end(&mut response);
    tokio::select! {
        read = read => { read.unwrap(); }
        () = running.let_time_pass(Duration::from_mins(10)) => panic!("the connection stays open"),
    }
    assert!(response.starts_with(b"HTTP/1.1 400"), "{}", String::from_utf8_lossy(&response));
}

#[tokio::test]
async fn slow_clients_that_nobody_knows_take_no_place_of_others() {
    let running = start_server().await;
    let limits = &running.test.app.config.limits;
    let form = "POST /1.1/statuses/update.json HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\
                Content-Type: application/x-www-form-urlencoded\r\n\r\nstatus=";
    let page = "POST /oauth/authorize HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nhalf";
    let held = [send(&running, form).await, send(&running, page).await];
    for _ in 0..50 {
        pause().await;
    }
    assert_eq!(running.test.app.memory.permits.free_requests(), limits.requests);
    for mut stream in held {
        let response = running.read_to_close(&mut stream).await;
        assert!(response.starts_with("HTTP/1.1 4"), "{response}");
    }
}

#[tokio::test]
async fn a_client_that_reads_slowly_but_steadily_gets_everything() {
    let running = start_server().await;
    let bytes = crate::support::png(1200, 1200);
    let media = running.test.upload_chunked(&bytes, "image/png", None).await;
    let tweet = running.test.post_form("/1.1/statuses/update.json", &[("media_ids", &media)]).await;
    let url = &tweet.json()["extended_entities"]["media"][0]["media_url"];
    let path = url.as_str().unwrap().split_once("/media/").unwrap().1.to_owned();
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(8 * 1024).unwrap();
    let mut stream = socket.connect(running.address).await.unwrap();
    let again = format!("GET /media/{path} HTTP/1.1\r\nHost: x\r\n\r\n");
    let last = format!("GET /media/{path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    stream.write_all((again.repeat(2) + &last).as_bytes()).await.unwrap();
    let (mut read, mut piece) = (0, vec![0; 64 * 1024]);
    loop {
        // Less than half of what the server waits for, for each piece.
        running.test.app.clock.advance(100);
        pause().await;
        match stream.read(&mut piece).await.unwrap() {
            0 => break,
            more => read += more,
        }
    }
    assert!(read > 3 * bytes.len(), "{read} of three times {} bytes", bytes.len());
}

#[tokio::test]
async fn a_refused_client_that_goes_on_sending_is_cut_off() {
    let running = start_server().await;
    let head =
        "POST /1.1/media/upload.json HTTP/1.1\r\nHost: x\r\nContent-Length: 999999999\r\n\r\n";
    let mut fast = send(&running, head).await;
    let piece = vec![b'x'; 1 << 20];
    let mut count = 0;
    while fast.write_all(&piece).await.is_ok() {
        count += 1;
        assert!(count < 200, "the server reads without end");
    }
    assert!(count >= 64, "{count} MiB");
    let mut slow = send(&running, head).await;
    let mut halves = 0;
    while slow.write_all(b"x").await.is_ok() {
        running.let_time_pass(Duration::from_millis(500)).await;
        halves += 1;
        assert!(halves < 600, "the server waits without end");
    }
}
