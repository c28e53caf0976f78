//! Signed requests to one server, which are tried again where that may help.

mod body;
mod pages;
mod retry;

pub use body::{Body, FilePart};

use crate::clock::{self, Clock};
use crate::error::{Error, Refusal, Result};
use crate::profile::{Credentials, Profile};
use crate::progress::{Progress, Unobserved};
use birdhouse_oauth::client::{self, UnsignedRequest};
use birdhouse_oauth::params::Params;
use birdhouse_oauth::signature;
use reqwest::header::{self, HeaderMap, HeaderName};
use retry::{Attempts, Outcome};
use serde_json::Value;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio::sync::Semaphore;

/// How long a connection may take to be made.
const CONNECT_LIMIT: Duration = Duration::from_secs(20);
/// How long a request may go without a byte that is sent, or an answer.
const SILENCE_LIMIT: Duration = Duration::from_secs(90);
/// The largest answer, in bytes.
const ANSWER_MAX: usize = 32 * 1024 * 1024;

/// A request, as often as it takes.
pub struct Request<'a> {
    /// HTTP method.
    pub method: &'a str,
    /// Path and query, encoded; begins with `/`.
    pub target: &'a str,
    /// The body.
    pub body: Body<'a>,
}

/// A successful answer.
#[derive(Debug)]
pub struct Answer {
    /// The body: JSON, or null if it is empty.
    pub json: Value,
    /// What the descriptions of Tweeted media lack: the header `birdhouse-alt-text`.
    pub reminder: Option<String>,
}

/// A server and who speaks to it. Cheap to clone; clones share the limit on requests at a time.
#[derive(Clone)]
pub struct Connection {
    http: reqwest::Client,
    profile: Arc<Profile>,
    clock: Clock,
    permits: Arc<Semaphore>,
    parallel: usize,
    /// Whether the server ever answered.
    is_known: Arc<AtomicBool>,
    /// Who is told of pauses where a request has no observer of its own.
    observer: Arc<RwLock<Arc<dyn Progress>>>,
}

impl Connection {
    /// Speaks to the profile's server with at most so many requests at a time.
    pub fn new(profile: Profile, clock: Clock, parallel: usize) -> Result<Self> {
        // One of ours may be installed already.
        drop(rustls::crypto::ring::default_provider().install_default());
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("birdhouse/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT_LIMIT)
            .pool_max_idle_per_host(parallel);
        if profile.url.starts_with("http://") {
            // Without TLS no authority is needed, and a machine may have none.
            builder = builder.tls_certs_only([]);
        }
        let http = builder.build().map_err(|error| {
            Error::Profile(format!(
                "no TLS: {}; install the package ca-certificates, or name a file of authorities in \
                 SSL_CERT_FILE",
                causes(&error)
            ))
        })?;
        let observer: Arc<dyn Progress> = Arc::new(Unobserved);
        Ok(Self {
            http,
            profile: Arc::new(profile),
            clock,
            permits: Arc::new(Semaphore::new(parallel)),
            parallel,
            is_known: Arc::default(),
            observer: Arc::new(RwLock::new(observer)),
        })
    }

    /// Tells this observer of pauses.
    pub fn observe(&self, observer: Arc<dyn Progress>) {
        *self.observer.write().unwrap_or_else(PoisonError::into_inner) = observer;
    }

    /// The profile.
    pub fn profile(&self) -> &Profile {
        &self.profile
    }

    /// The clock.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// How many requests may run at a time.
    pub fn parallel(&self) -> usize {
        self.parallel
    }

    /// Sends a GET.
    pub async fn get(&self, target: &str) -> Result<Value> {
        self.send(&Request { method: "GET", target, body: Body::None }).await.map(|a| a.json)
    }

    /// Sends a GET, and does not try again.
    pub async fn get_once(&self, target: &str) -> Result<Value> {
        let request = Request { method: "GET", target, body: Body::None };
        self.attempt(&request).await.map(|answer| answer.json)
    }

    /// Sends JSON.
    pub async fn send_json(&self, method: &str, target: &str, value: &Value) -> Result<Value> {
        let request = Request { method, target, body: Body::Json(value) };
        self.send(&request).await.map(|answer| answer.json)
    }

    /// Sends a urlencoded form.
    pub async fn send_form(&self, target: &str, form: &Params) -> Result<Value> {
        let request = Request { method: "POST", target, body: Body::Form(form) };
        self.send(&request).await.map(|answer| answer.json)
    }

    /// Sends a request until it is answered, refused, or tried often enough. It may arrive more than
    /// once.
    pub async fn send(&self, request: &Request<'_>) -> Result<Answer> {
        let mut attempts = Attempts::default();
        loop {
            let error = match self.attempt(request).await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            match attempts.next(error, self.is_known.load(Ordering::Relaxed)) {
                Outcome::GiveUp(error) => return Err(error),
                Outcome::Again(pause, duration) => {
                    self.told(&request.body).pauses(&pause, duration);
                    self.clock.pause(duration).await;
                }
            }
        }
    }

    fn told(&self, body: &Body<'_>) -> Arc<dyn Progress> {
        match body {
            Body::File(part) => part.progress.clone(),
            _ => self.observer.read().unwrap_or_else(PoisonError::into_inner).clone(),
        }
    }

    /// Sends a request once.
    pub async fn attempt(&self, request: &Request<'_>) -> Result<Answer> {
        let permit = self.permits.acquire().await;
        let sent = Arc::new(AtomicU64::new(0));
        let outcome = self.attempt_counted(request, &sent).await;
        drop(permit);
        if let (Err(_), Body::File(part)) = (&outcome, &request.body) {
            part.progress.lost(sent.load(Ordering::Relaxed));
        }
        outcome
    }

    async fn attempt_counted(
        &self,
        request: &Request<'_>,
        sent: &Arc<AtomicU64>,
    ) -> Result<Answer> {
        let url = format!("{}{}", self.profile.url, request.target);
        let method = reqwest::Method::from_bytes(request.method.as_bytes());
        let mut builder = self.http.request(method.unwrap_or_default(), &url);
        builder = builder.header(header::AUTHORIZATION, self.authorization(request, &url));
        if let Some((kind, length, body)) = request.body.render(sent) {
            builder = builder.header(header::CONTENT_TYPE, kind);
            builder = builder.header(header::CONTENT_LENGTH, length).body(body);
        } else if request.method != "GET" {
            builder = builder.header(header::CONTENT_LENGTH, 0);
        }
        let response = tokio::select! {
            response = builder.send() => response.map_err(|error| self.unreachable(&error))?,
            () = self.silence(sent) => return Err(self.silent()),
        };
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = tokio::select! {
            body = read(response) => body.map_err(|error| self.unreachable(&error))?,
            () = self.clock.watch(SILENCE_LIMIT) => return Err(self.silent()),
        };
        self.is_known.store(true, Ordering::Relaxed);
        self.understand(status, &headers, &body)
    }

    fn authorization(&self, request: &Request<'_>, url: &str) -> String {
        let keys = match &self.profile.credentials {
            Credentials::Bearer(token) => return format!("Bearer {token}"),
            Credentials::OAuth1(keys) => keys,
        };
        let unsigned = UnsignedRequest {
            method: request.method,
            url,
            form: match &request.body {
                Body::Form(form) => Some(form),
                _ => None,
            },
            nonce: &clock::nonce(),
            timestamp: self.clock.now(),
            signature_method: signature::Method::HmacSha1,
        };
        client::authorization_header(keys, &unsigned)
    }

    /// Ends when nothing was sent for a while.
    async fn silence(&self, sent: &AtomicU64) {
        loop {
            let before = sent.load(Ordering::Relaxed);
            self.clock.watch(SILENCE_LIMIT).await;
            if sent.load(Ordering::Relaxed) == before {
                return;
            }
        }
    }

    fn silent(&self) -> Error {
        let why = format!("it was silent for {} seconds", SILENCE_LIMIT.as_secs());
        Error::Unreachable { url: self.profile.url.clone(), why, is_sent: true }
    }

    fn unreachable(&self, error: &reqwest::Error) -> Error {
        let (url, why) = (self.profile.url.clone(), causes(error));
        if is_untrusted(error) {
            return Error::Untrusted { url, why };
        }
        let why = if why.contains("InvalidContentType") {
            "this server does not speak HTTPS at that port: try http://".to_owned()
        } else {
            why
        };
        Error::Unreachable { url, why, is_sent: !error.is_connect() }
    }

    fn understand(&self, status: u16, headers: &HeaderMap, body: &[u8]) -> Result<Answer> {
        let url = || self.profile.url.clone();
        match status {
            200..300 => {
                let json = match body {
                    [] => Ok(Value::Null),
                    body => serde_json::from_slice(body),
                };
                let reminder = HeaderName::from_static("birdhouse-alt-text");
                let reminder = text(headers, &reminder).map(str::to_owned);
                json.map(|json| Answer { json, reminder })
                    .map_err(|error| Error::Unintelligible { url: url(), what: error.to_string() })
            }
            300..400 => {
                let target = text(headers, &header::LOCATION).unwrap_or("elsewhere").to_owned();
                Err(Error::Redirected { url: url(), target })
            }
            _ => {
                let wait = wait(headers, status, self.clock.now());
                Err(Error::Refused(Refusal::read(status, body, wait)))
            }
        }
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// How long the server asks to wait: `Retry-After` in seconds, or until the end of the rate window.
fn wait(headers: &HeaderMap, status: u16, now: i64) -> Option<Duration> {
    let after = text(headers, &header::RETRY_AFTER).and_then(|text| text.parse().ok());
    let reset = || {
        let reset = text(headers, &HeaderName::from_static("x-rate-limit-reset"))?;
        // A second more: the window ends within it.
        u64::try_from(reset.parse::<i64>().ok()? - now + 1).ok().filter(|_| status == 429)
    };
    after.or_else(reset).map(Duration::from_secs)
}

async fn read(mut response: reqwest::Response) -> std::result::Result<Vec<u8>, reqwest::Error> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > ANSWER_MAX {
            break;
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// Whether the server's certificate is why a request failed.
fn is_untrusted(error: &(dyn std::error::Error + 'static)) -> bool {
    let of_tls = error.downcast_ref::<rustls::Error>();
    let inner = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
    matches!(of_tls, Some(rustls::Error::InvalidCertificate(_)))
        || inner.is_some_and(|inner| is_untrusted(inner))
        || error.source().is_some_and(is_untrusted)
}

/// An error with its causes, without URLs, whose query may have secrets.
fn causes(error: &reqwest::Error) -> String {
    let mut text = Vec::new();
    let mut cause: Option<&dyn std::error::Error> = std::error::Error::source(error);
    while let Some(one) = cause {
        let words = one.to_string();
        // The library's own words say nothing.
        if text.last() != Some(&words) && !words.starts_with("client error") {
            text.push(words);
        }
        cause = one.source();
    }
    if text.is_empty() { "no answer".to_owned() } else { text.join(": ") }
}
