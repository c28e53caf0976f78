//! Behavior of connections: limits, idle timeouts, closing, graceful shutdown.

mod closing;
pub(crate) mod running;
mod slow_readers;

use crate::support::{Call, TestApp, UPLOAD};
use running::{RunningServer, pause, send, send_from, start_server};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

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
    assert!(response.starts_with("HTTP/1.1 408"), "{response}");
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
async fn one_address_cannot_take_all_connections() {
    let running = start_server().await;
    // Two of three: a third would be more than are left.
    let held = [send_from(&running, 2, "").await, send_from(&running, 2, "").await];
    let request = "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    let mut refused = send_from(&running, 2, "").await;
    // No time passes, so that nobody is disconnected for being idle.
    assert_eq!(refused.read(&mut [0; 1]).await.unwrap_or(0), 0);
    let mut response = String::new();
    let mut other = send_from(&running, 3, request).await;
    other.read_to_string(&mut response).await.unwrap();
    assert!(response.starts_with("HTTP/1.1 200"), "{response}");
    drop(held);
}

#[tokio::test]
async fn a_stop_waits_for_no_idle_connection() {
    let running = start_server().await;
    let mut idle = send(&running, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").await;
    let mut head = [0; 15];
    idle.read_exact(&mut head).await.unwrap();
    assert_eq!(&head, b"HTTP/1.1 200 OK");
    running.stop.send_replace(true);
    // The clock stands still.
    running.server.await.unwrap().unwrap();
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
        assert!(response.starts_with("HTTP/1.1 408"), "{response}");
    }
}
