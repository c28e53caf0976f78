//! What requests reach: public addresses and allowed ones, whatever a URL looks like.

#![expect(clippy::unwrap_used, reason = "an error fails the test")]

use birdhouse_outbound::{Answer, Failure, Message, Network, Outbound, Resolve, Sleep, Target};
use bytes::Bytes;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// Limits of time never pass.
fn never() -> Sleep {
    Arc::new(|_| Box::pin(std::future::pending()))
}

/// Limits of time pass at once.
fn at_once() -> Sleep {
    Arc::new(|_| Box::pin(std::future::ready(())))
}

fn allowing(networks: &[&str], sleep: Sleep) -> Outbound {
    let allowed: Vec<Network> = networks.iter().map(|one| one.parse().unwrap()).collect();
    Outbound::new(allowed, sleep)
}

/// Only connecting takes too long.
fn no_connection() -> Sleep {
    Arc::new(|time| match time.as_secs() {
        5 => Box::pin(std::future::ready(())),
        _ => Box::pin(std::future::pending()),
    })
}

/// A server on loopback that counts connections and answers each with `answer`.
async fn server(answer: Vec<u8>) -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, connections) = (listener.local_addr().unwrap(), Arc::<AtomicUsize>::default());
    let counted = connections.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            counted.fetch_add(1, Ordering::SeqCst);
            let answer = answer.clone();
            tokio::spawn(async move {
                let mut head = [0; 4096];
                let _read = stream.read(&mut head).await;
                let _written = stream.write_all(&answer).await;
            });
        }
    });
    (address, connections)
}

#[expect(
    clippy::disallowed_methods,
    reason = "sockets use real time; this only ends a test that hangs"
)]
async fn post(outbound: &Outbound, url: &str, answer_bytes: usize) -> Result<Answer, Failure> {
    let target = Target::parse(url).unwrap();
    let (headers, body) = (vec![("webhook-id", "1".to_owned())], Bytes::from_static(b"{}"));
    let time = Duration::from_secs(10);
    let message = Message { target: &target, headers, body, time, answer_bytes };
    tokio::time::timeout(Duration::from_mins(1), outbound.post(&message)).await.unwrap()
}

fn ok(body: &str) -> Vec<u8> {
    format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

#[tokio::test]
async fn an_address_that_is_not_public_is_never_connected_to() {
    let (address, connections) = server(ok("secret")).await;
    let port = address.port();
    let outbound = allowing(&[], never());
    let hosts = [
        "127.0.0.1",
        "127.1.2.3",
        "0.0.0.0",
        "10.0.0.1",
        "100.64.0.1",
        "169.254.169.254",
        "172.16.0.1",
        "192.0.2.1",
        "192.168.0.1",
        "198.18.0.1",
        "203.0.113.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "[::]",
        "[::1]",
        "[::127.0.0.1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[64:ff9b::127.0.0.1]",
        "[64:ff9b:1::7f00:1]",
        "[2002:7f00:1::]",
        "[2001:0:7f00:1::1]",
        "[2001:db8::1]",
        "[fc00::1]",
        "[fd00:ec2::254]",
        "[fe80::1]",
        "[fec0::1]",
        "[ff02::1]",
        "localhost",
        "LOCALHOST.",
    ];
    for host in hosts {
        let answer = post(&outbound, &format!("http://{host}:{port}/"), 100).await;
        assert!(matches!(answer, Err(Failure::NoPublicAddress)), "{host}: {answer:?}");
        let target = Target::parse(&format!("http://{host}/")).unwrap();
        assert_eq!(outbound.refuses(&target), !host.to_lowercase().contains("localhost"), "{host}");
    }
    assert_eq!(connections.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_number_in_disguise_that_a_resolver_understands_is_never_connected_to() {
    let (address, connections) = server(ok("secret")).await;
    for host in ["2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "127.1", "017700000001"] {
        // Such URLs are refused; and the resolver's answer for them would be, too.
        assert!(Target::parse(&format!("http://{host}/")).is_err(), "{host}");
        let resolve: Resolve = Arc::new(|name, port| {
            use std::net::ToSocketAddrs;
            let number = name.trim_end_matches(".a").to_owned();
            (number.as_str(), port).to_socket_addrs().map(Iterator::collect)
        });
        let outbound = allowing(&[], never()).with_resolver(resolve);
        let url = format!("http://{host}.a:{}/", address.port());
        let answer = post(&outbound, &url, 100).await;
        assert!(matches!(answer, Err(Failure::NoPublicAddress)), "{host}: {answer:?}");
    }
    assert_eq!(connections.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_name_that_changes_its_answer_is_looked_up_once_and_never_reaches_inside() {
    let (address, connections) = server(ok("secret")).await;
    let lookups = Arc::<AtomicUsize>::default();
    let counted = lookups.clone();
    // Public to whoever checks first, loopback to whoever connects after that.
    let resolve: Resolve = Arc::new(move |_, port| {
        let first = counted.fetch_add(1, Ordering::SeqCst) == 0;
        let ip = if first { "192.0.2.1" } else { "127.0.0.1" };
        Ok(vec![SocketAddr::new(ip.parse().unwrap(), port)])
    });
    // What stands for a public address here, where nothing listens.
    let outbound = allowing(&["192.0.2.1/32"], no_connection()).with_resolver(resolve);
    let url = format!("http://rebinding.example:{}/", address.port());
    let first = post(&outbound, &url, 100).await;
    assert!(matches!(first, Err(Failure::Unconnected(_))), "{first:?}");
    assert_eq!(lookups.load(Ordering::SeqCst), 1);
    let second = post(&outbound, &url, 100).await;
    assert!(matches!(second, Err(Failure::NoPublicAddress)), "{second:?}");
    assert_eq!(connections.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn of_several_addresses_only_those_allowed_are_tried() {
    let (address, connections) = server(ok("fine")).await;
    let resolve: Resolve = Arc::new(|_, port| {
        let all = ["127.0.0.9", "10.0.0.1", "::1", "127.0.0.1"];
        Ok(all.iter().map(|ip| SocketAddr::new(ip.parse().unwrap(), port)).collect())
    });
    let outbound = allowing(&["127.0.0.1/32"], never()).with_resolver(resolve);
    let url = format!("http://mixed.example:{}/path?q", address.port());
    assert_eq!(&post(&outbound, &url, 100).await.unwrap().body[..], b"fine");
    assert_eq!(connections.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn an_address_that_the_operator_named_is_reached_and_no_name_beside_it() {
    let (address, connections) = server(ok("fine")).await;
    let outbound = allowing(&[], never());
    for (host, may_be_reached) in [("127.0.0.1", true), ("localhost", false)] {
        let target = Target::parse(&format!("http://{host}:{}/", address.port())).unwrap();
        let target = target.of_operator();
        let time = Duration::from_secs(10);
        let (headers, body) = (vec![], Bytes::new());
        let message = Message { target: &target, headers, body, time, answer_bytes: 100 };
        assert_eq!(outbound.post(&message).await.is_ok(), may_be_reached, "{host}");
    }
    assert_eq!(connections.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_redirect_is_a_failure_and_not_followed() {
    let (inside, connections) = server(ok("secret")).await;
    for status in [301, 302, 303, 307, 308] {
        let answer = format!(
            "HTTP/1.1 {status} Away\r\nLocation: http://{inside}/\r\nContent-Length: 0\r\n\r\n"
        );
        let (outside, _) = server(answer.into_bytes()).await;
        let outbound = allowing(&["127.0.0.1/32"], never());
        let answer = post(&outbound, &format!("http://{outside}/"), 100).await;
        assert!(matches!(answer, Err(Failure::Redirected(s)) if s == status), "{answer:?}");
    }
    assert_eq!(connections.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn no_answer_takes_more_memory_or_time_than_allowed() {
    let outbound = allowing(&["127.0.0.1/32"], never());
    let at = async |answer: Vec<u8>| format!("http://{}/", server(answer).await.0);
    // Just enough, and one byte more.
    let url = at(ok(&"x".repeat(100))).await;
    assert_eq!(post(&outbound, &url, 100).await.unwrap().body.len(), 100);
    let answer = post(&outbound, &url, 99).await;
    assert!(matches!(answer, Err(Failure::AnswerTooLarge { limit: 99 })), "{answer:?}");
    // Without a length.
    let endless = [b"HTTP/1.1 200 OK\r\n\r\n".as_slice(), &vec![b'x'; 100_000]].concat();
    let answer = post(&outbound, &at(endless).await, 1000).await;
    assert!(matches!(answer, Err(Failure::AnswerTooLarge { .. })), "{answer:?}");
    // A body that is not wanted is not read.
    let answer = post(&outbound, &at(ok(&"x".repeat(1_000_000))).await, 0).await;
    assert_eq!(answer.unwrap().body.len(), 0);
    // Heads.
    let long = format!("HTTP/1.1 200 OK\r\nX: {}\r\n\r\n", "x".repeat(1 << 20));
    let many = format!("HTTP/1.1 200 OK\r\n{}\r\n", "X: y\r\n".repeat(1000));
    for head in [long, many, "nonsense\r\n\r\n".to_owned(), String::new()] {
        let answer = post(&outbound, &at(head.into_bytes()).await, 100).await;
        assert!(matches!(answer, Err(Failure::Broken(_))), "{answer:?}");
    }
    // A receiver that says nothing.
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", silent.local_addr().unwrap());
    let answer = post(&allowing(&["127.0.0.1/32"], at_once()), &url, 100).await;
    assert!(matches!(answer, Err(Failure::TimedOut(_) | Failure::Unconnected(_))), "{answer:?}");
}

#[tokio::test]
async fn a_certificate_that_is_not_trusted_is_refused() {
    use tokio_rustls::rustls::pki_types::PrivateKeyDer;
    use tokio_rustls::rustls::{RootCertStore, ServerConfig, crypto::ring};
    let made =
        rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned(), "a.example".to_owned()])
            .unwrap();
    let key = PrivateKeyDer::Pkcs8(made.signing_key.serialize_der().into());
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            let mut head = [0; 4096];
            let _read = stream.read(&mut head).await;
            let _written = stream.write_all(&ok("sealed")).await;
            let _ended = stream.shutdown().await;
        }
    });
    let local: Resolve =
        Arc::new(|_, port| Ok(vec![SocketAddr::new("127.0.0.1".parse().unwrap(), port)]));
    let new = || allowing(&["127.0.0.1/32"], never()).with_resolver(local.clone());
    let mut roots = RootCertStore::empty();
    roots.add(made.cert.der().clone()).unwrap();
    let trusting = new().with_roots(roots).unwrap();
    for host in ["127.0.0.1", "a.example"] {
        let answer = post(&trusting, &format!("https://{host}:{port}/"), 100).await.unwrap();
        assert_eq!(&answer.body[..], b"sealed", "{host}");
    }
    let other_name = post(&trusting, &format!("https://b.example:{port}/"), 100).await;
    assert!(matches!(other_name, Err(Failure::Untrusted(_))), "{other_name:?}");
    let stranger = new().with_roots(RootCertStore::empty()).unwrap();
    let answer = post(&stranger, &format!("https://127.0.0.1:{port}/"), 100).await;
    assert!(matches!(answer, Err(Failure::Untrusted(_))), "{answer:?}");
}
