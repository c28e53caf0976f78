//! A client that is refused while it sends reads why, and is not waited for without end.

use super::running::{RunningServer, pause, send, start_server, start_with};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto};
use tokio_rustls::{TlsConnector, TlsStream as AnyTlsStream};

const HEAD: &str = "POST /1.1/media/upload.json HTTP/1.1\r\nHost: x\r\nContent-Length: 3000000\r\n\
                    Content-Type: multipart/form-data; boundary=x\r\n\r\n";

/// Sends a body of three megabytes that is refused at once, with a pause in the middle.
async fn is_told_why(running: &RunningServer, stream: impl AsyncRead + AsyncWrite) {
    let mut stream = std::pin::pin!(stream);
    stream.write_all(HEAD.as_bytes()).await.unwrap();
    for piece in 0..30 {
        // A connection that was closed instead is reset, and this fails.
        stream.write_all(&vec![b'x'; 100_000]).await.unwrap();
        stream.flush().await.unwrap();
        let silence = if piece == 15 { 8 } else { 0 };
        running.let_time_pass(Duration::from_secs(silence)).await;
        pause().await;
    }
    let mut response = Vec::new();
    let read = stream.read_to_end(&mut response);
    tokio::select! {
        read = read => { read.unwrap(); }
        () = running.let_time_pass(Duration::from_mins(10)) => panic!("the connection stays open"),
    }
    let response = String::from_utf8_lossy(&response);
    assert!(response.starts_with("HTTP/1.1 400"), "{response}");
    assert!(response.ends_with('}'), "{response}");
}

async fn connect_by_tls(running: &RunningServer) -> TlsStream<TcpStream> {
    let authority = running.test.app.config.data_dir.join("tls-dev/ca.pem");
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(authority).unwrap()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = TcpStream::connect(running.tls.unwrap()).await.unwrap();
    let name = ServerName::try_from("api.twitter.com").unwrap();
    TlsConnector::from(Arc::new(config)).connect(name, stream).await.unwrap()
}

#[tokio::test]
async fn a_client_that_is_refused_while_it_sends_reads_why() {
    let running = start_with(|_| {}).await;
    is_told_why(&running, TcpStream::connect(running.address).await.unwrap()).await;
}

#[tokio::test]
async fn a_client_that_is_refused_while_it_sends_by_tls_reads_why() {
    let running = start_with(|layer| layer.tls_dev = Some(true)).await;
    is_told_why(&running, AnyTlsStream::from(connect_by_tls(&running).await)).await;
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
