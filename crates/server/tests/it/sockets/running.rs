//! A server with sockets, and what its tests have in common.

use crate::support::TestApp;
use birdhouse_core::config::{Layer, LimitsLayer};
use birdhouse_server::{Listeners, Server};
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

pub(crate) struct RunningServer {
    pub(crate) test: TestApp,
    pub(crate) address: SocketAddr,
    pub(crate) tls: Option<SocketAddr>,
    pub(crate) stop: watch::Sender<bool>,
    pub(crate) server: JoinHandle<anyhow::Result<()>>,
}

/// With limits so small that tests reach them.
pub(crate) async fn start_server() -> RunningServer {
    start_with(|layer| {
        let limits = LimitsLayer {
            idle_ms: Some(300),
            head_ms: Some(300),
            drain_ms: Some(3000),
            connections: Some(3),
            ..LimitsLayer::default()
        };
        layer.limits = Some(limits);
    })
    .await
}

pub(crate) async fn start_with(change: impl FnOnce(&mut Layer)) -> RunningServer {
    let test = TestApp::start_with(|layer| {
        layer.listen = Some("127.0.0.1:0".parse().unwrap());
        layer.tls_listen = layer.listen;
        change(layer);
    })
    .await;
    let mut config = test.app.config.clone();
    let listeners = Listeners::bind(&mut config).await.unwrap();
    let server = Server::new(test.app.clone(), listeners).unwrap();
    let address = server.address().unwrap();
    let (stop, stopped) = watch::channel(false);
    let server = tokio::spawn(server.run(stopped));
    RunningServer { test, address, tls: config.tls_listen, stop, server }
}

pub(crate) async fn send(running: &RunningServer, text: &str) -> TcpStream {
    let mut stream = TcpStream::connect(running.address).await.unwrap();
    stream.write_all(text.as_bytes()).await.unwrap();
    stream
}

/// The same from 127.0.0.`host`.
pub(crate) async fn send_from(running: &RunningServer, host: u8, text: &str) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind((Ipv4Addr::new(127, 0, 0, host), 0).into()).unwrap();
    let mut stream = socket.connect(running.address).await.unwrap();
    stream.write_all(text.as_bytes()).await.unwrap();
    stream
}

impl RunningServer {
    /// Reads until the server closes, while the server's clock runs a hundred times as fast.
    pub(crate) async fn read_to_close(&self, stream: &mut (impl AsyncRead + Unpin)) -> String {
        let mut all = Vec::new();
        let read = stream.read_to_end(&mut all);
        tokio::select! {
            // A connection that is reset has been closed too.
            _ = read => {}
            () = self.let_time_pass(Duration::from_mins(10)) => panic!("the connection stays open"),
        }
        String::from_utf8_lossy(&all).into_owned()
    }

    pub(crate) async fn let_time_pass(&self, duration: Duration) {
        for _ in 0..duration.as_millis() / 100 {
            pause().await;
            self.test.app.clock.advance(100);
        }
    }
}

/// Lets the kernel's sockets, threads and the server's tasks run.
#[expect(clippy::disallowed_methods, reason = "sockets and threads use real time")]
pub(crate) async fn pause() {
    tokio::time::sleep(Duration::from_millis(1)).await;
}
