//! A server without a socket, and a client that signs requests.

mod call;
mod images;
mod receiver;

pub(crate) use call::{Call, FORM, MULTIPART};
pub(crate) use images::{gif, png};
pub(crate) use receiver::{Received, Receiver};

use axum::body::Body;
use axum::http::{HeaderMap, Request};
use birdhouse_catalog::Catalog;
use birdhouse_core::actions::access::issue::{
    self, CredentialsRequest, IssuedCredentials, signing_credentials,
};
use birdhouse_core::actions::access::oauth2;
use birdhouse_core::app::{App, Shared};
use birdhouse_core::config::{Fidelity, Layer, load};
use birdhouse_core::host::clock::Clock;
use birdhouse_core::jobs;
use birdhouse_domain::{JobKind, UserId};
use birdhouse_oauth::client;
use birdhouse_oauth::params::Params;
use birdhouse_oauth::signature::Method;
use birdhouse_processing::worker::Worker;
use birdhouse_server::http;
use birdhouse_server::http::read::hosts::Peer;
use http_body_util::BodyExt;
use serde_json::{Value, json};
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use tempfile::TempDir;
use tower::ServiceExt;

/// 2026-01-01T00:00:00Z: the initial time of a test's clock.
pub(crate) const START_MS: i64 = 1_767_225_600_000;
/// How long garbage is kept.
pub(crate) const GRACE_MS: i64 = 600_000;
pub(crate) const UPLOAD: &str = "/1.1/media/upload.json";
pub(crate) const METADATA: &str = "/1.1/media/metadata/create.json";
pub(crate) const VERIFY: &str = "/1.1/account/verify_credentials.json";
pub(crate) const UPDATE: &str = "/1.1/statuses/update.json";

static NONCE: AtomicU64 = AtomicU64::new(1);

pub(crate) struct TestApp {
    pub(crate) app: Shared,
    /// A second connection to the server's catalog.
    pub(crate) catalog: Catalog,
    pub(crate) alice: IssuedCredentials,
    dir: TempDir,
}

#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Response {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("{e}: {}", self.text()))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Status and body on one line.
    pub(crate) fn line(&self) -> String {
        format!("{} {}", self.status, self.text())
    }

    pub(crate) fn media_id(&self) -> String {
        assert!(self.status < 300, "{}", self.line());
        self.json()["media_id_string"].as_str().unwrap().to_owned()
    }
}

impl TestApp {
    pub(crate) async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    pub(crate) async fn start_strict() -> Self {
        Self::start_with(|layer| layer.fidelity = Some("strict".into())).await
    }

    pub(crate) async fn start_with(change: impl FnOnce(&mut Layer)) -> Self {
        let dir = TempDir::new().unwrap();
        let mut layer = Layer {
            data_dir: Some(dir.path().join("data")),
            database_url: database_url().await,
            ..Layer::default()
        };
        layer.worker = Some(Worker::new(env!("CARGO_BIN_EXE_birdhouse-worker").into()));
        change(&mut layer);
        let none = dir.path().join("none.toml");
        std::fs::write(&none, "").unwrap();
        let config = load(layer, Some(&none)).unwrap();
        let app = App::open(config, Clock::at(START_MS)).await.unwrap();
        let catalog = Catalog::open(&app.config.database_url).await.unwrap();
        let alice = issue(&app, "alice", false).await;
        Self { app, catalog, alice, dir }
    }

    pub(crate) async fn add_user(&self, name: &str) -> IssuedCredentials {
        issue(&self.app, name, false).await
    }

    pub(crate) async fn issue_read_only(&self) -> IssuedCredentials {
        issue(&self.app, "alice", true).await
    }

    pub(crate) fn is_strict(&self) -> bool {
        self.app.config.fidelity == Fidelity::Strict
    }

    /// A second server by mistake: with a copy of the data directory, the same database and the same blobs.
    pub(crate) async fn second_server(&self) -> Shared {
        let mut config = self.app.config.clone();
        let copy = self.dir.path().join("copy");
        std::fs::create_dir(&copy).unwrap();
        for name in ["installation", "secret.key"] {
            std::fs::copy(config.data_dir.join(name), copy.join(name)).unwrap();
        }
        config.data_dir = copy;
        App::open(config, self.app.clock.clone()).await.unwrap()
    }

    /// Sends a request unchanged.
    pub(crate) async fn send(&self, request: Request<Body>) -> Response {
        Self::send_to(&self.app, request).await
    }

    pub(crate) async fn send_to(app: &Shared, mut request: Request<Body>) -> Response {
        let peer = Peer { address: "127.0.0.1:50000".parse().unwrap(), is_tls: false };
        request.extensions_mut().insert(peer);
        let response = http::router(app.clone()).oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes().to_vec();
        Response { status: parts.status.as_u16(), headers: parts.headers, body }
    }

    /// Signs a request by OAuth 1.0a and sends it.
    pub(crate) async fn send_signed(
        &self,
        credentials: &IssuedCredentials,
        call: Call<'_>,
    ) -> Response {
        let url = format!("http://birdhouse.test{}", call.path);
        let header = self.authorization(credentials, &url, &call);
        let mut request = Request::builder()
            .method(call.method)
            .uri(call.path)
            .header("host", "birdhouse.test")
            .header("authorization", header);
        if let Some(kind) = call.content_type {
            request = request.header("content-type", kind);
        }
        self.send(request.body(Body::from(call.body)).unwrap()).await
    }

    pub(crate) fn authorization(
        &self,
        credentials: &IssuedCredentials,
        url: &str,
        call: &Call<'_>,
    ) -> String {
        let is_form =
            call.content_type.is_some_and(|t| t.starts_with("application/x-www-form-urlencoded"));
        let form = is_form.then(|| Params::parse(&call.body).unwrap());
        let request = client::UnsignedRequest {
            method: call.method,
            url,
            form: form.as_ref(),
            nonce: &NONCE.fetch_add(1, Ordering::Relaxed).to_string(),
            timestamp: self.app.now().seconds(),
            signature_method: Method::HmacSha1,
        };
        client::authorization_header(&signing_credentials(credentials), &request)
    }

    pub(crate) async fn get(&self, path: &str) -> Response {
        self.send_signed(&self.alice, Call::get(path)).await
    }

    pub(crate) async fn post_form(&self, path: &str, pairs: &[(&str, &str)]) -> Response {
        self.send_signed(&self.alice, Call::form(path, pairs)).await
    }

    pub(crate) async fn post_json(&self, path: &str, body: &str) -> Response {
        self.send_signed(&self.alice, Call::json(path, body)).await
    }

    pub(crate) async fn post_multipart(&self, path: &str, parts: &[(&str, &[u8])]) -> Response {
        self.send_signed(&self.alice, Call::multipart(path, parts)).await
    }

    /// Uploads a small image in one request; returns its id.
    pub(crate) async fn upload_image(&self) -> String {
        self.post_multipart(UPLOAD, &[("media", &png(8, 6))]).await.media_id()
    }

    pub(crate) async fn describe(&self, media: &str, text: &str) -> Response {
        let body = serde_json::json!({"media_id": media, "alt_text": {"text": text}});
        self.post_json(METADATA, &body.to_string()).await
    }

    pub(crate) async fn init(&self, bytes: usize, kind: &str, category: Option<&str>) -> Response {
        let total = bytes.to_string();
        let mut pairs = vec![("command", "INIT"), ("total_bytes", &total), ("media_type", kind)];
        pairs.extend(category.map(|category| ("media_category", category)));
        self.post_form(UPLOAD, &pairs).await
    }

    pub(crate) async fn append(&self, media: &str, index: &str, bytes: &[u8]) -> Response {
        let parts: [(&str, &[u8]); 4] = [
            ("command", b"APPEND"),
            ("media_id", media.as_bytes()),
            ("segment_index", index.as_bytes()),
            ("media", bytes),
        ];
        self.post_multipart(UPLOAD, &parts).await
    }

    pub(crate) async fn finalize(&self, media: &str) -> Response {
        self.post_form(UPLOAD, &[("command", "FINALIZE"), ("media_id", media)]).await
    }

    pub(crate) async fn upload_status(&self, media: &str) -> Response {
        self.get(&format!("{UPLOAD}?command=STATUS&media_id={media}")).await
    }

    /// Uploads in segments of 100,000 bytes; returns the id.
    pub(crate) async fn upload_chunked(
        &self,
        bytes: &[u8],
        kind: &str,
        category: Option<&str>,
    ) -> String {
        let media = self.init(bytes.len(), kind, category).await.media_id();
        for (index, piece) in bytes.chunks(100_000).enumerate() {
            assert_eq!(self.append(&media, &index.to_string(), piece).await.status, 204);
        }
        assert_eq!(self.finalize(&media).await.status, 201);
        media
    }

    /// Issues OAuth 2.0 tokens with these scopes, as after consent in a browser.
    pub(crate) async fn issue_token(
        &self,
        credentials: &IssuedCredentials,
        scopes: &str,
    ) -> oauth2::IssuedTokens {
        let client =
            oauth2::client_by_id(&self.app, &credentials.client_id).await.unwrap().unwrap();
        let request = oauth2::AuthorizationRequest {
            response_type: "code",
            redirect_uri: "https://app.example/done",
            scope: scopes,
            state: "",
            challenge: "a-plain-proof-key-of-43-to-128-characters-as-RFC-7636-has-it",
            challenge_method: "plain",
        };
        let valid = oauth2::validate(&request).unwrap();
        let user = credentials.user_id.parse().map(UserId).unwrap();
        let code = oauth2::allow(&self.app, client.id, user, &request, &valid).await.unwrap();
        let uri = request.redirect_uri;
        let tokens = oauth2::exchange(&self.app, &client, &code, uri, request.challenge).await;
        tokens.unwrap().unwrap()
    }

    /// Sends a request with a bearer token.
    pub(crate) async fn send_with_token(&self, token: &str, call: Call<'_>) -> Response {
        let mut request = Request::builder()
            .method(call.method)
            .uri(call.path)
            .header("host", "birdhouse.test")
            .header("authorization", format!("Bearer {token}"));
        if let Some(kind) = call.content_type {
            request = request.header("content-type", kind);
        }
        self.send(request.body(Body::from(call.body)).unwrap()).await
    }

    /// Posts a Tweet with a described image by v2; returns the ids of media and Tweet.
    pub(crate) async fn post_image_tweet(&self, text: &str) -> (String, String) {
        let media = self.upload_image().await;
        let body = json!({"id": media, "metadata": {"alt_text": {"text": "an image"}}});
        self.post_json("/2/media/metadata", &body.to_string()).await;
        let body = json!({"text": text, "media": {"media_ids": [media]}});
        let posted = self.post_json("/2/tweets", &body.to_string()).await;
        assert_eq!(posted.status, 201, "{}", posted.line());
        (media, posted.json()["data"]["id"].as_str().unwrap().to_owned())
    }

    /// Sweeps, and again once what was found to be garbage may be deleted.
    pub(crate) async fn sweep(&self) {
        jobs::sweep_once(&self.app).await.unwrap();
        self.app.clock.advance(GRACE_MS);
        jobs::sweep_once(&self.app).await.unwrap();
    }

    /// Every file of the blob store except the marker of the installation, locks, and second names of
    /// blobs.
    pub(crate) fn blob_files(&self) -> Vec<PathBuf> {
        let mut files = Vec::new();
        let incoming = self.app.config.blob_dir.join("incoming");
        let mut directories = vec![self.app.config.blob_dir.clone()];
        while let Some(directory) = directories.pop() {
            for entry in std::fs::read_dir(directory).unwrap().map(Result::unwrap) {
                let path = entry.path();
                if path.is_dir() {
                    directories.push(path);
                    continue;
                }
                // A mark is removed some time after its row was written.
                let is_mark = path.starts_with(&incoming)
                    && entry.metadata().map_or(true, |found| found.nlink() > 1);
                if !is_mark && entry.file_name() != "installation" && entry.file_name() != "lock" {
                    files.push(path);
                }
            }
        }
        files
    }

    /// Runs all waiting jobs.
    pub(crate) async fn run_jobs(&self) {
        for kind in JobKind::ALL {
            while jobs::work_once(&self.app, kind).await.unwrap() {}
        }
    }
}

async fn issue(app: &App, user: &str, is_read_only: bool) -> IssuedCredentials {
    let request = CredentialsRequest {
        user: user.to_owned(),
        app: "tests".to_owned(),
        is_read_only,
        password: Some("correct horse".to_owned()),
        ..CredentialsRequest::default()
    };
    issue::issue(app, &request).await.unwrap()
}

/// Creates a PostgreSQL database, if `TEST_DATABASE_URL` is set; returns its URL.
async fn database_url() -> Option<String> {
    let url = std::env::var("TEST_DATABASE_URL").ok()?;
    let name = format!("test_{}_{}", std::process::id(), NONCE.fetch_add(1, Ordering::Relaxed));
    let (client, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    client.batch_execute(&format!("CREATE DATABASE {name}")).await.unwrap();
    let (server, _) = url.rsplit_once('/').unwrap();
    Some(format!("{server}/{name}"))
}
