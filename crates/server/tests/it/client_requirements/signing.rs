//! Hosts, certificates and signatures (R1 to R11).

use crate::support::{Call, FORM, TestApp, UPDATE, VERIFY};
use axum::body::Body;
use axum::http::Request;
use birdhouse_oauth::params::Params;
use birdhouse_server::http::tls_dev;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, ServerName};
use serde_json::json;
use std::sync::Arc;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

async fn status_for(test: &TestApp, scheme: &str, host: &str, headers: &[(&str, &str)]) -> u16 {
    let url = format!("{scheme}://{host}{VERIFY}");
    let header = test.authorization(&test.alice, &url, &Call::get(VERIFY));
    let mut request = Request::get(VERIFY).header("authorization", header);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    test.send(request.body(Body::empty()).unwrap()).await.status
}

#[tokio::test]
async fn r1_every_host_serves_every_path() {
    let test = TestApp::start().await;
    for host in ["api.twitter.com", "upload.twitter.com", "api.x.com", "upload.x.com"] {
        assert_eq!(status_for(&test, "https", host, &[("host", host)]).await, 200, "{host}");
    }
}

#[tokio::test]
async fn r2_the_certificate_has_every_host_that_clients_hard_code() {
    let directory = tempfile::tempdir().unwrap();
    let acceptor = tls_dev::acceptor(directory.path()).unwrap();
    let mut trusted = RootCertStore::empty();
    let authority = directory.path().join(tls_dev::DIR).join("ca.pem");
    trusted.add(CertificateDer::from_pem_file(authority).unwrap()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(trusted)
        .with_no_client_auth();
    let connector = TlsConnector::from(Arc::new(config));
    let hosts = ["api.twitter.com", "upload.twitter.com", "api.x.com", "upload.x.com", "localhost"];
    for (host, is_served) in hosts.map(|host| (host, true)).into_iter().chain([("a.test", false)]) {
        let (client, server) = tokio::io::duplex(64 * 1024);
        let name = ServerName::try_from(host).unwrap();
        let (connected, _) = tokio::join!(connector.connect(name, client), acceptor.accept(server));
        assert_eq!(connected.is_ok(), is_served, "{host}");
    }
}

#[tokio::test]
async fn r3_the_signature_is_verified_over_the_url_that_the_client_used() {
    let test =
        TestApp::start_with(|layer| layer.public_url = Some("https://bird.example".into())).await;
    let cases: [(&str, &str, &[(&str, &str)]); 6] = [
        ("http", "localhost:8080", &[("host", "localhost:8080")]),
        ("http", "LOCALHOST", &[("host", "localhost:80")]),
        (
            "https",
            "media.example",
            &[
                ("host", "10.0.0.1:8080"),
                ("x-forwarded-proto", "https"),
                ("x-forwarded-host", "media.example"),
            ],
        ),
        (
            "https",
            "media.example",
            &[("host", "x"), ("forwarded", "for=1.2.3.4;proto=https;host=media.example")],
        ),
        ("https", "bird.example", &[("host", "10.0.0.1:8080")]),
        ("https", "api.twitter.com", &[("host", "127.0.0.1:8080")]),
    ];
    for (scheme, host, headers) in cases {
        assert_eq!(status_for(&test, scheme, host, headers).await, 200, "{scheme} {host}");
    }
    assert_eq!(status_for(&test, "https", "evil.example", &[("host", "bird.example")]).await, 401);
}

#[tokio::test]
async fn r5_any_accept_header_is_accepted() {
    let test = TestApp::start().await;
    let accept = "text/html, image/gif, image/jpeg, */*; q=0.2";
    let headers = [("host", "birdhouse.test"), ("accept", accept)];
    assert_eq!(status_for(&test, "http", "birdhouse.test", &headers).await, 200);
}

#[tokio::test]
async fn r6_oauth_parameters_may_be_in_the_query_or_in_the_form() {
    let test = TestApp::start().await;
    let url = format!("http://birdhouse.test{VERIFY}");
    let header = test.authorization(&test.alice, &url, &Call::get(VERIFY));
    let oauth = birdhouse_oauth::header::parse(&header).unwrap();
    let path = format!("{VERIFY}?{}", oauth.print());
    let request = Request::get(&path).header("host", "birdhouse.test").body(Body::empty()).unwrap();
    assert_eq!(test.send(request).await.status, 200);

    let call = Call::form(UPDATE, &[("status", "from the form")]);
    let url = format!("http://birdhouse.test{UPDATE}");
    let header = test.authorization(&test.alice, &url, &call);
    let mut all = Params::parse(&call.body).unwrap();
    all.0.extend(birdhouse_oauth::header::parse(&header).unwrap().0);
    let request = Request::post(UPDATE)
        .header("host", "birdhouse.test")
        .header("content-type", FORM)
        .body(Body::from(all.print()))
        .unwrap();
    let response = test.send(request).await;
    assert_eq!(response.status, 200, "{}", response.line());
}

#[tokio::test]
async fn r8_unknown_oauth_parameters_are_signed_and_any_version_is_accepted() {
    use birdhouse_oauth::signature::{BaseString, Method, base_url, normalize, sign};
    let test = TestApp::start().await;
    let alice = &test.alice;
    let mut oauth = Params::default();
    for (name, value) in [
        ("oauth_consumer_key", alice.consumer_key.as_str()),
        ("oauth_token", &alice.access_token),
        ("oauth_nonce", "deadbeef"),
        ("oauth_timestamp", "1767225600"),
        ("oauth_signature_method", "HMAC-SHA1"),
        ("oauth_version", "1.0A"),
        ("oauth_body_hash", "2jmj7l5rSw0yVb/vlWAYkK/YBwk="),
    ] {
        oauth.push(name, value);
    }
    let url = base_url("http", "birdhouse.test", VERIFY);
    let parameters = normalize(&[&oauth]);
    let base = BaseString { method: "GET", url: &url, parameters: &parameters };
    let (consumer, token) = (&alice.consumer_secret, &alice.access_token_secret);
    let signature = sign(Method::HmacSha1, base, consumer, token);
    oauth.push("oauth_signature", signature);
    let header = birdhouse_oauth::header::print(&oauth);
    let request =
        Request::get(VERIFY).header("host", "birdhouse.test").header("authorization", header);
    assert_eq!(test.send(request.body(Body::empty()).unwrap()).await.status, 200);
}

#[tokio::test]
async fn r9_duplicates_blanks_and_pluses_are_signed_as_sent() {
    let test = TestApp::start().await;
    let media = test.upload_image().await;
    let path = format!("{UPDATE}?media_ids={media}");
    let body = format!("status=a+b%20c%2Bd&exclude_reply_user_ids=&media_ids={media}");
    let response = test
        .send_signed(
            &test.alice,
            Call::post(&path, Some("application/x-www-form-urlencoded; charset=UTF-8"), body),
        )
        .await;
    assert!(
        response.json()["text"].as_str().unwrap().starts_with("a b c+d https"),
        "{}",
        response.line()
    );
}

#[tokio::test]
async fn r10_secrets_are_alphanumeric_and_tokens_have_one_dash() {
    let test = TestApp::start().await;
    let alice = &test.alice;
    let is_alphanumeric = |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric());
    assert!(
        [&alice.consumer_key, &alice.consumer_secret, &alice.access_token_secret]
            .iter()
            .all(|t| is_alphanumeric(t))
    );
    let (user, rest) = alice.access_token.split_once('-').unwrap();
    assert!(user == alice.user_id && is_alphanumeric(rest));
}

#[tokio::test]
async fn r11_unknown_keys_are_89_and_wrong_signatures_32() {
    let test = TestApp::start().await;
    let mut unknown = test.alice.clone();
    unknown.consumer_key = "nobody".into();
    let mut wrong = test.alice.clone();
    wrong.access_token_secret = "wrong".into();
    for (credentials, code) in [(unknown, 89), (wrong, 32)] {
        let response = test.send_signed(&credentials, Call::get(VERIFY)).await;
        assert_eq!((response.status, &response.json()["errors"][0]["code"]), (401, &json!(code)));
    }
}
