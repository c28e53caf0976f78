//! One API request: its caller authenticated, its parameters merged.

use super::authenticate::{Credentials, Head, authenticate};
use super::content_type::{Content, content_of};
pub use super::hosts::original_uri;
use axum::body::Body;
use axum::extract::Request;
use axum::http::Method;
use birdhouse_core::app::Shared;
use birdhouse_core::config::Fidelity;
use birdhouse_core::error::Result;
use birdhouse_core::memory::rates::RateStatus;
use birdhouse_domain::{Bucket, Caller, Fault};
use birdhouse_oauth::params::Params;
use birdhouse_oauth::percent;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use tokio::sync::OwnedSemaphorePermit;

/// A request whose caller is authenticated.
pub struct Call {
    /// The server.
    pub app: Shared,
    /// Who makes it.
    pub caller: Caller,
    /// OAuth parameters of the header.
    header: Params,
    /// Parameters of the query.
    pub query: Params,
    /// Parameters of an urlencoded body.
    pub form: Params,
    /// An urlencoded body that is JSON all the same, as `curl -d` without a type sends it.
    pub json_in_form: Option<Vec<u8>>,
    /// What the body is.
    pub content: Content,
    /// The body, unless it was an urlencoded one.
    body: Mutex<Option<Body>>,
    /// Method.
    pub method: Method,
    /// Segments of the path after the prefix of the dialect, decoded and without its suffix.
    pub path: Vec<String>,
    rate: Arc<OnceLock<RateStatus>>,
    _memory: Option<OwnedSemaphorePermit>,
}

/// How a request is read.
#[derive(Clone, Debug, Default)]
pub struct CallOptions {
    /// Bytes of an urlencoded body, which is read whole because its signature needs it.
    pub form_bytes: usize,
    /// Where to report the rate windows that count it.
    pub rate: Arc<OnceLock<RateStatus>>,
}

impl Call {
    /// Reads and authenticates a request.
    pub async fn read(app: &Shared, request: Request, options: CallOptions) -> Result<Self> {
        let (parts, body) = request.into_parts();
        let uri = original_uri(&parts.extensions, &parts.uri);
        let query = Params::parse(uri.query().unwrap_or_default().as_bytes());
        let credentials = Credentials::find(&parts.headers, &query)?;
        let header = credentials.header().cloned().unwrap_or_default();
        let content = content_of(&parts.headers);
        let head = Head { app, parts: &parts, query: &query };
        let read = authenticate(head, credentials, body, options.form_bytes).await?;
        Ok(Self {
            app: app.clone(),
            caller: read.caller,
            header,
            form: read.form.params,
            json_in_form: read.form.json,
            content,
            body: Mutex::new(read.form.body),
            path: parts.uri.path().split('/').skip(2).map(percent::decode).collect(),
            method: parts.method,
            query,
            rate: options.rate,
            _memory: read.form.memory,
        })
    }

    /// Hands out the body, once. (The lock is there because a body cannot be shared.)
    pub fn take_body(&self) -> Option<Body> {
        self.body.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// The segment of the path at this index.
    pub fn segment(&self, index: usize) -> &str {
        self.path.get(index).map_or("", String::as_str)
    }

    /// The last segment of the path, for `…/show/:id`.
    pub fn last_segment(&self) -> &str {
        self.path.last().map_or("", String::as_str)
    }

    /// Whether answers are as recorded, unkindness included.
    pub fn is_strict(&self) -> bool {
        self.app.config.fidelity == Fidelity::Strict
    }

    /// A parameter, wherever it stands. Of several the first that is not blank counts.
    pub fn get(&self, name: &str) -> Option<&str> {
        let found = || self.form.all(name).chain(self.query.all(name));
        found().find(|value| !value.is_empty()).or_else(|| found().next())
    }

    /// An OAuth parameter, wherever it stands.
    pub fn oauth(&self, name: &str) -> Option<&str> {
        self.header.get(name).or_else(|| self.get(name))
    }

    /// A switch: `true`, `t` and `1` in any case are on (documented), all else is off.
    pub fn is_on(&self, name: &str) -> bool {
        self.get(name).is_some_and(is_true)
    }

    /// A switch that is on unless it is switched off.
    pub fn is_on_unless_off(&self, name: &str) -> bool {
        self.get(name).is_none_or(|value| {
            !["false", "f", "0"].iter().any(|off| value.eq_ignore_ascii_case(off))
        })
    }

    /// Counts this call in a rate window, or refuses it.
    pub fn count(&self, bucket: Bucket) -> Result<()> {
        let now = self.app.now().seconds();
        let status = self.app.memory.rates.count(self.caller.rate_limit_key(), bucket, now);
        if bucket == Bucket::Update {
            // Recorded: this one sends no headers, and its refusal is not 429.
            return if status.is_exceeded() { Err(Fault::UpdateLimited.into()) } else { Ok(()) };
        }
        // Only the first count of a call is reported; there is one in each.
        let _first = self.rate.set(status);
        if status.is_exceeded() { Err(Fault::RateLimited.into()) } else { Ok(()) }
    }
}

/// `true`, `t` and `1`, in any case.
pub fn is_true(value: &str) -> bool {
    ["true", "t", "1"].iter().any(|on| value.eq_ignore_ascii_case(on))
}
