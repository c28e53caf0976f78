//! Sends prepared requests over several connections, each as fast as responses arrive.

use anyhow::{Context, Result, ensure};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The bytes of a request.
pub(crate) type Prepared = Arc<Vec<u8>>;

/// Builds a request.
pub(crate) fn prepare(method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Prepared {
    let lines: Vec<String> =
        headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let out = format!(
        "{method} {path} HTTP/1.1\r\nHost: birdhouse.test\r\n{}Content-Length: {}\r\n\r\n",
        lines.concat(),
        body.len()
    );
    let mut out = out.into_bytes();
    out.extend_from_slice(body);
    Arc::new(out)
}

/// Sends all requests over this number of connections; returns requests a second. Every response
/// must be 2xx.
pub(crate) async fn rate(port: u16, connections: usize, requests: Vec<Prepared>) -> Result<f64> {
    Ok(measure(port, connections, requests).await?.0)
}

/// The same; returns the time of each request, too, in milliseconds, the shortest first.
pub(crate) async fn measure(
    port: u16,
    connections: usize,
    requests: Vec<Prepared>,
) -> Result<(f64, Vec<f64>)> {
    let count = requests.len();
    let (requests, next) = (Arc::new(requests), Arc::new(AtomicUsize::new(0)));
    let mut tasks = tokio::task::JoinSet::new();
    let mut streams = Vec::with_capacity(connections);
    for _ in 0..connections {
        let stream = TcpStream::connect(("127.0.0.1", port)).await?;
        stream.set_nodelay(true)?;
        streams.push(Connection { stream, buffer: Vec::with_capacity(16 * 1024) });
    }
    let started = Instant::now();
    for mut connection in streams {
        let (requests, next) = (requests.clone(), next.clone());
        tasks.spawn(async move {
            let mut times = Vec::new();
            while let Some(request) = requests.get(next.fetch_add(1, Ordering::Relaxed)) {
                let sent = Instant::now();
                let (status, body) = connection.send(request).await?;
                ensure!(status / 100 == 2, "{status}: {}", String::from_utf8_lossy(&body));
                times.push(sent.elapsed().as_secs_f64() * 1000.0);
            }
            anyhow::Ok(times)
        });
    }
    let mut times = Vec::with_capacity(count);
    while let Some(task) = tasks.join_next().await {
        times.extend(task??);
    }
    let seconds = started.elapsed().as_secs_f64();
    times.sort_by(f64::total_cmp);
    #[expect(clippy::cast_precision_loss, reason = "a rate needs no more than 52 bits")]
    Ok((count as f64 / seconds, times))
}

/// Sends one request over a new connection; returns the body of the response.
pub(crate) async fn once(port: u16, request: &[u8]) -> Result<Vec<u8>> {
    let stream = TcpStream::connect(("127.0.0.1", port)).await?;
    let mut connection = Connection { stream, buffer: Vec::new() };
    let (status, body) = connection.send(request).await?;
    ensure!(status / 100 == 2, "{status}: {}", String::from_utf8_lossy(&body));
    Ok(body)
}

struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    async fn send(&mut self, request: &[u8]) -> Result<(u16, Vec<u8>)> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        let head = loop {
            let read = self.stream.read_buf(&mut self.buffer).await?;
            ensure!(read > 0, "the connection was closed");
            if let Some(end) = self.buffer.windows(4).position(|four| four == b"\r\n\r\n") {
                break end + 4;
            }
        };
        let text = std::str::from_utf8(&self.buffer[..head])?.to_ascii_lowercase();
        let status = text.get(9..12).context("no status")?.parse()?;
        let length = text.lines().find_map(|line| line.strip_prefix("content-length:"));
        let length: usize = length.map_or(Ok(0), |value| value.trim().parse())?;
        while self.buffer.len() < head + length {
            ensure!(self.stream.read_buf(&mut self.buffer).await? > 0, "the body was cut short");
        }
        Ok((status, self.buffer[head..].to_vec()))
    }
}
