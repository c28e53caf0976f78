//! One API request, with its caller authenticated and its parameters merged.

use super::authenticate::{Credentials, Head, authenticate};
use super::body::declared_length;
use super::content_type::{ContentType, parse_content_type};
pub use super::hosts::original_uri;
use super::slot::Slot;
use axum::body::Body;
use axum::extract::Request;
use axum::http::Method;
use birdhouse_core::app::Shared;
use birdhouse_core::config::Fidelity;
use birdhouse_core::error::Result;
use birdhouse_core::memory::rates::RateStatus;
use birdhouse_core::memory::shares::Share;
use birdhouse_domain::{Bucket, Caller, Fault};
use birdhouse_oauth::params::Params;
use birdhouse_oauth::percent;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// An authenticated request.
pub struct Call {
    /// The server.
    pub app: Shared,
    /// The authenticated caller.
    pub caller: Caller,
    /// OAuth parameters of the header.
    header: Params,
    /// Parameters of the query.
    pub query: Params,
    /// Parameters of an urlencoded body.
    pub form: Params,
    /// A JSON body declared as urlencoded, as `curl -d` sends it without `-H`.
    pub json_in_form: Option<Vec<u8>>,
    /// The type of the body.
    pub content_type: ContentType,
    /// The body, unless it is urlencoded. The mutex makes `Call` `Sync`.
    body: Mutex<Option<Body>>,
    /// The length in bytes that the body was declared to have.
    pub declared_length: Option<u64>,
    /// The method.
    pub method: Method,
    /// Path segments after the prefix of the dialect, decoded, without its suffix.
    pub path: Vec<String>,
    rate: Arc<OnceLock<RateStatus>>,
    window: Option<Window>,
    /// The window that counted the call before its file was read.
    counted_early: OnceLock<(Bucket, RateStatus)>,
    _memory: Option<Share>,
}

/// The rate window of an endpoint.
#[derive(Clone, Copy, Debug)]
pub enum Window {
    /// This one; it counts before the handler runs.
    Of(Bucket),
    /// That of the `command`, or of none, as far as can be told before the file is read; the handler
    /// counts.
    OfCommand(fn(Option<&str>) -> Bucket),
}

/// Options of [`Call::read`].
#[derive(Clone, Debug, Default)]
pub struct CallOptions {
    /// Maximum bytes of an urlencoded body, which is read whole because the signature covers it.
    pub form_bytes: usize,
    /// Whether it is an upload: its files are not signed, and nor need its query be.
    pub is_upload: bool,
    /// The window that will count it.
    pub window: Option<Window>,
    /// Where to report the rate windows that count it.
    pub rate: Arc<OnceLock<RateStatus>>,
}

impl Call {
    /// Reads and authenticates a request.
    pub async fn read(app: &Shared, request: Request, options: CallOptions) -> Result<Self> {
        let (parts, body) = request.into_parts();
        let uri = original_uri(&parts.extensions, &parts.uri);
        let query = uri.query().unwrap_or_default().as_bytes();
        Params::check_count(query)?;
        let credentials = Credentials::find(&parts.headers, query)?;
        let header = credentials.header().cloned().unwrap_or_default();
        let content_type = parse_content_type(&parts.headers);
        let head = Head { app, parts: &parts, query };
        let read = authenticate(head, credentials, body, options.form_bytes).await?;
        if let Some(slot) = parts.extensions.get::<Slot>() {
            slot.identify(app, read.caller.rate_limit_key())?;
        }
        Ok(Self {
            app: app.clone(),
            caller: read.caller,
            header,
            form: read.form.params,
            json_in_form: read.form.json,
            content_type,
            body: Mutex::new(read.form.body),
            declared_length: declared_length(&parts.headers),
            path: parts.uri.path().split('/').skip(2).map(percent::decode).collect(),
            method: parts.method,
            query: if read.covers_query || options.is_upload {
                read.query
            } else {
                Params::default()
            },
            rate: options.rate,
            window: options.window,
            counted_early: OnceLock::new(),
            _memory: read.form.memory,
        })
    }

    /// Takes the body; `None` if it is urlencoded or already taken.
    pub fn take_body(&self) -> Option<Body> {
        self.body.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// The path segment at this index; empty if there is none.
    pub fn segment(&self, index: usize) -> &str {
        self.path.get(index).map_or("", String::as_str)
    }

    /// The last path segment, for `…/show/:id`.
    pub fn last_segment(&self) -> &str {
        self.path.last().map_or("", String::as_str)
    }

    /// Whether responses are exactly as recorded, even where that is unhelpful.
    pub fn is_strict(&self) -> bool {
        self.app.config.fidelity == Fidelity::Strict
    }

    /// A parameter of body or query: the first value that is not empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        let values = || self.form.all(name).chain(self.query.all(name));
        values().find(|value| !value.is_empty()).or_else(|| values().next())
    }

    /// An OAuth parameter of header, body or query.
    pub fn oauth(&self, name: &str) -> Option<&str> {
        self.header.get(name).or_else(|| self.get(name))
    }

    /// Whether a switch is on: `true`, `t` or `1` in any case (documented).
    pub fn is_on(&self, name: &str) -> bool {
        self.get(name).is_some_and(is_true)
    }

    /// Whether a switch is on that defaults to on: off is `false`, `f` or `0`.
    pub fn is_not_off(&self, name: &str) -> bool {
        self.get(name).is_none_or(|value| {
            !["false", "f", "0"].iter().any(|off| value.eq_ignore_ascii_case(off))
        })
    }

    /// Counts a call whose window depends on its body, or refuses it, before its file is read;
    /// `command` as far as it is known. If it turns out to be another, [`Call::count`] corrects this.
    pub fn count_early(&self, command: Option<&str>) -> Result<()> {
        let Some(Window::OfCommand(window)) = self.window else { return Ok(()) };
        if self.counted_early.get().is_some() {
            return Ok(());
        }
        let bucket = window(command.or_else(|| self.get("command")));
        let status = self.count_in(bucket)?;
        let _is_first = self.counted_early.set((bucket, status));
        Ok(())
    }

    /// Counts this call in a rate window, or refuses it.
    pub fn count(&self, bucket: Bucket) -> Result<()> {
        let early = self.counted_early.get();
        let status = match early {
            Some((counted, status)) if *counted == bucket => *status,
            _ => self.count_in(bucket)?,
        };
        // A refused call stays counted where it was, so that reading its file was not for free.
        if let Some((counted, _)) = early.filter(|(counted, _)| *counted != bucket) {
            self.app.memory.rates.refund(self.caller.rate_limit_key(), *counted);
        }
        report(&self.rate, bucket, status);
        Ok(())
    }

    fn count_in(&self, bucket: Bucket) -> Result<RateStatus> {
        let now = self.app.now().seconds();
        let status = self.app.memory.rates.count(self.caller.rate_limit_key(), bucket, now);
        if status.is_exceeded() {
            report(&self.rate, bucket, status);
            return Err(refusal(bucket).into());
        }
        Ok(status)
    }
}

/// Sets the window that the response's headers report; the first stays.
fn report(rate: &OnceLock<RateStatus>, bucket: Bucket, status: RateStatus) {
    // Recorded: no rate limit headers on update.
    if bucket != Bucket::Update {
        let _is_first = rate.set(status);
    }
}

/// The fault for a call that exceeds its window.
fn refusal(bucket: Bucket) -> Fault {
    // Recorded: on update the error is not 429.
    if bucket == Bucket::Update { Fault::UpdateLimited } else { Fault::RateLimited }
}

/// Whether a value is `true`, `t` or `1`, in any case.
pub fn is_true(value: &str) -> bool {
    ["true", "t", "1"].iter().any(|on| value.eq_ignore_ascii_case(on))
}
