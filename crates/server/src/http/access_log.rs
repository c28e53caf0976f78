//! One log line and one measurement per request, when its response has been sent or given up, or its
//! client left before there was one. Neither contains secrets, queries or bodies.

use super::read::client_address::client_address;
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::HeaderValue;
use axum::response::Response;
use birdhouse_core::app::App;
use birdhouse_core::error::Error;
use birdhouse_core::host::clock::Clock;
use birdhouse_core::host::random;
use birdhouse_core::host::telemetry::{REQUEST_SECONDS, REQUESTS};
use birdhouse_core::memory::shares::Share;
use birdhouse_domain::{AppId, Caller, UserId};
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use std::net::IpAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

/// What handlers know about a request and its access line reports; an extension of the response.
#[derive(Clone, Debug, Default)]
pub(super) struct AccessFacts {
    user: Option<UserId>,
    app: Option<AppId>,
    why: Option<String>,
}

impl AccessFacts {
    /// The caller of a request.
    pub(super) fn of_caller(caller: &Caller) -> Self {
        let (user, app) = match caller {
            Caller::User(user) => (Some(user.user), user.app),
            Caller::App(app) => (None, app.app),
        };
        Self { user, app: Some(app), why: None }
    }

    /// Adds why the request is refused: the name of the fault, without its data.
    pub(super) fn set_why(&mut self, error: &Error) {
        let name = match error {
            Error::Refused(fault) => format!("{fault:?}"),
            Error::Broken(_) => "Broken".to_owned(),
        };
        let end = name.find(|c: char| !c.is_alphanumeric()).unwrap_or(name.len());
        self.why = Some(name[..end].to_owned());
    }
}

/// Bytes of a response that are handed on at a time, so that the rest is known to be unsent.
const PIECE_BYTES: usize = 64 * 1024;
/// The status of a request whose client left before it was answered, as other servers log it.
const CLIENT_LEFT: u16 = 499;

/// Measures one request.
pub(super) struct RequestTimer(AccessLine);

impl RequestTimer {
    /// Starts measuring.
    pub(super) fn start(app: &App, request: &Request) -> Self {
        let method = match request.method().as_str() {
            "GET" => "GET",
            "POST" => "POST",
            "PUT" => "PUT",
            "HEAD" => "HEAD",
            "DELETE" => "DELETE",
            _ => "other",
        };
        let clock = app.clock.clone();
        let line = AccessLine {
            started: clock.monotonic(),
            clock,
            method,
            path: request.uri().path().to_owned(),
            address: client_address(app, request.extensions(), request.headers()),
            id: format!("{:016x}", u64::from_be_bytes(random::bytes())),
            facts: AccessFacts::default(),
            status: CLIENT_LEFT,
            bytes: 0,
        };
        let (path, id) = (line.path.as_str(), line.id.as_str());
        tracing::debug!(method, path, request.id = id, "{method} {path} begins");
        Self(line)
    }

    /// The address of its client.
    pub(super) fn address(&self) -> IpAddr {
        self.0.address
    }

    /// Names the request in the response; counts and logs it when the body ends, and gives `memory` back.
    pub(super) fn finish(self, mut response: Response, memory: Option<Share>) -> Response {
        let Self(mut line) = self;
        if let Ok(id) = HeaderValue::from_str(&line.id) {
            // The names that the real service uses.
            let is_v1 = line.path.starts_with("/1.1/");
            let name = if is_v1 { "x-transaction" } else { "x-transaction-id" };
            response.headers_mut().insert(name, id);
        }
        line.facts = response.extensions_mut().remove::<AccessFacts>().unwrap_or_default();
        line.status = response.status().as_u16();
        let rest = Bytes::new();
        response.map(|body| Body::new(MeasuredBody { body, rest, line, _memory: memory }))
    }
}

/// Counts and logs a request when it is dropped.
struct AccessLine {
    clock: Clock,
    started: Duration,
    method: &'static str,
    path: String,
    address: IpAddr,
    id: String,
    facts: AccessFacts,
    status: u16,
    bytes: u64,
}

impl Drop for AccessLine {
    fn drop(&mut self) {
        let (status, bytes, facts) = (self.status, self.bytes, &self.facts);
        let spent = self.clock.monotonic().saturating_sub(self.started);
        let outcome = match status {
            ..400 => "ok",
            CLIENT_LEFT => "abandoned",
            400..500 => "refused",
            _ => "broken",
        };
        let surface = surface(&self.path);
        let label = status.to_string();
        metrics::counter!(REQUESTS, "surface" => surface, "outcome" => outcome, "status" => label)
            .increment(1);
        metrics::histogram!(REQUEST_SECONDS, "surface" => surface).record(spent);
        let (method, path, id) = (self.method, self.path.as_str(), self.id.as_str());
        let ms = spent.as_millis();
        tracing::info!(
            target: "birdhouse::access",
            method,
            path,
            status,
            ms,
            bytes,
            why = facts.why.as_deref(),
            user.id = facts.user.map(tracing::field::display),
            app.id = facts.app.map(|app| app.0),
            client.address = %self.address,
            request.id = id,
            "{method} {path} {status}"
        );
    }
}

/// A body that counts its bytes and ends with an access line.
struct MeasuredBody {
    body: Body,
    /// What is not handed on yet of the last frame.
    rest: Bytes,
    line: AccessLine,
    _memory: Option<Share>,
}

impl HttpBody for MeasuredBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if self.rest.is_empty() {
            let Poll::Ready(polled) = Pin::new(&mut self.body).poll_frame(context) else {
                return Poll::Pending;
            };
            let Some(frame) = polled.transpose()? else { return Poll::Ready(None) };
            match frame.into_data() {
                Ok(data) => self.rest = data,
                Err(other) => return Poll::Ready(Some(Ok(other))),
            }
        }
        let count = self.rest.len().min(PIECE_BYTES);
        self.line.bytes += count as u64;
        Poll::Ready(Some(Ok(Frame::data(self.rest.split_to(count)))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let (mut hint, rest) = (self.body.size_hint(), self.rest.len() as u64);
        match hint.exact() {
            Some(bytes) => hint.set_exact(bytes + rest),
            None => hint.set_lower(hint.lower() + rest),
        }
        hint
    }
}

/// Adds what is known about a request to its access line.
pub(super) fn attach(response: &mut Response, facts: AccessFacts) {
    response.extensions_mut().insert(facts);
}

/// A small, fixed set of names, so that arbitrary paths do not become metric labels.
fn surface(path: &str) -> &'static str {
    let first_two = path.split('/').skip(1).take(2).collect::<Vec<_>>();
    match first_two.as_slice() {
        ["1.1", "media"] => "v1.1/media",
        ["1.1", "statuses"] => "v1.1/statuses",
        ["1.1", ..] => "v1.1/other",
        ["2" | "i", "oauth2"] | ["oauth" | "oauth2", ..] => "oauth",
        ["2", "media"] => "v2/media",
        ["2", "tweets"] => "v2/tweets",
        ["2", ..] => "v2/other",
        ["birdhouse", ..] => "birdhouse",
        ["media", ..] => "delivery",
        _ => "other",
    }
}
