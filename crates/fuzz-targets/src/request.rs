//! Whole requests: a server without a socket, whose user signs a body of arbitrary bytes. The form,
//! JSON and multipart readers are all reached so, as a client reaches them.

use axum::body::{Body, Bytes};
use axum::http::Request;
use axum::response::Response;
use birdhouse_core::actions::access::issue::{self, CredentialsRequest};
use birdhouse_core::app::{App, Shared};
use birdhouse_core::config::{Layer, load};
use birdhouse_core::host::clock::Clock;
use birdhouse_oauth::client::{self, Credentials};
use birdhouse_oauth::params::Params;
use birdhouse_oauth::signature::Method;
use birdhouse_processing::worker::Worker;
use birdhouse_server::http;
use birdhouse_server::http::read::hosts::Peer;
use http_body_util::BodyExt;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::runtime::Runtime;
use tower::ServiceExt;

const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";
const MULTIPART: &str = "multipart/form-data; boundary=b";
/// The first byte of an input selects one of these; the rest is the body.
const ENDPOINTS: [(&str, &str); 8] = [
    ("/1.1/media/upload.json", MULTIPART),
    ("/1.1/media/upload.json", FORM),
    ("/1.1/media/metadata/create.json", JSON),
    ("/1.1/statuses/update.json", FORM),
    ("/2/media/upload", JSON),
    ("/2/media/upload", MULTIPART),
    ("/2/media/metadata", JSON),
    ("/2/tweets", JSON),
];
/// Between two requests, so that no rate window is used up.
const PAUSE_MS: i64 = 900_000;

struct Server {
    runtime: Runtime,
    app: Shared,
    credentials: Credentials,
    _data: tempfile::TempDir,
}

static SERVER: LazyLock<Server> = LazyLock::new(|| Server::start().expect("the server starts"));
static REQUESTS: AtomicU64 = AtomicU64::new(0);

impl Server {
    fn start() -> anyhow::Result<Self> {
        let data = tempfile::tempdir()?;
        let mut layer = Layer { data_dir: Some(data.path().join("data")), ..Layer::default() };
        layer.worker = Some(Worker::new("/bin/false".into()));
        let settings = data.path().join("settings.toml");
        std::fs::write(&settings, "")?;
        let runtime = Runtime::new()?;
        let config = load(layer, Some(&settings))?;
        let app = runtime.block_on(App::open(config, Clock::at(1_767_225_600_000)))?;
        let request = CredentialsRequest {
            user: "fuzz".to_owned(),
            app: "fuzz".to_owned(),
            password: Some("correct horse".to_owned()),
            ..CredentialsRequest::default()
        };
        let issued = runtime.block_on(issue::issue(&app, &request))?;
        let credentials = issue::signing_credentials(&issued);
        Ok(Self { runtime, app, credentials, _data: data })
    }

    fn request(&self, path: &str, content_type: &str, body: &[u8]) -> (Response<()>, Bytes) {
        self.app.clock.advance(PAUSE_MS);
        let form = (content_type == FORM).then(|| Params::parse(body).unwrap_or_default());
        let authorization = client::authorization_header(
            &self.credentials,
            &client::UnsignedRequest {
                method: "POST",
                url: &format!("http://birdhouse.test{path}"),
                form: form.as_ref(),
                nonce: &REQUESTS.fetch_add(1, Ordering::Relaxed).to_string(),
                timestamp: self.app.now().seconds(),
                signature_method: Method::HmacSha1,
            },
        );
        let mut request = Request::post(path)
            .header("host", "birdhouse.test")
            .header("content-type", content_type)
            .header("authorization", authorization)
            .body(Body::from(body.to_vec()))
            .expect("a valid request");
        let peer = Peer { address: ([127, 0, 0, 1], 50_000).into(), is_tls: false };
        request.extensions_mut().insert(peer);
        self.runtime.block_on(async {
            let Ok(response) = http::router(self.app.clone()).oneshot(request).await;
            let (parts, body) = response.into_parts();
            let body = body.collect().await.expect("a whole body").to_bytes();
            (Response::from_parts(parts, ()), body)
        })
    }
}

/// A signed request gets an answer in JSON, and is never the server's fault.
pub fn request(bytes: &[u8]) {
    let Some((first, body)) = bytes.split_first() else { return };
    let (path, content_type) = ENDPOINTS[usize::from(*first) % ENDPOINTS.len()];
    let (head, body) = SERVER.request(path, content_type, body);
    let text = String::from_utf8_lossy(&body);
    // 503 is what there is to say where the program cannot run itself as a worker.
    let status = head.status().as_u16();
    assert!(status < 500 || status == 503, "{path}: {status} {text}");
    assert_ne!(status, 401, "{path}: the signature was refused: {text}");
    if !body.is_empty() {
        let parsed = serde_json::from_slice::<serde_json::Value>(&body);
        assert!(parsed.is_ok(), "{path}: an answer that is not JSON: {text}");
    }
}
