//! Clients that read slowly, too slowly, or not at all.

use super::running::{RunningServer, pause, start_server, start_with};
use crate::support::png;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Requests a large image three times on a connection that holds little of it; returns its bytes.
async fn request_image(running: &RunningServer) -> (TcpStream, usize) {
    let bytes = png(1200, 1200);
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
    (stream, bytes.len())
}

#[tokio::test]
async fn a_client_that_reads_slowly_but_steadily_gets_everything() {
    let running = start_server().await;
    let (mut stream, bytes) = request_image(&running).await;
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
    assert!(read > 3 * bytes, "{read} of three times {bytes} bytes");
}

#[tokio::test]
async fn a_client_that_reads_next_to_nothing_is_cut_off() {
    for (bytes_at_once, pause) in
        [(256, Duration::from_secs(2)), (64 * 1024, Duration::from_mins(2))]
    {
        let running = start_with(|_| {}).await;
        let (mut stream, bytes) = request_image(&running).await;
        let (mut read, mut buffer) = (0, vec![0; bytes_at_once]);
        running.let_time_pass(pause).await;
        // What is not sent yet is thrown away: it ends with a reset.
        while let Ok(more @ 1..) = stream.read(&mut buffer).await {
            read += more;
            assert!(read < bytes / 2, "{read} of three times {bytes} bytes");
            running.let_time_pass(pause).await;
        }
    }
}
