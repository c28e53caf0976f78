//! An urlencoded body, which is read whole because a signature covers it: a small first part before
//! the caller is known, and the rest within the memory of the caller.

use super::body::LimitedBody;
use super::content_type::ContentType;
use axum::body::Body;
use birdhouse_core::app::App;
use birdhouse_core::error::Result;
use birdhouse_core::memory::form_memory::FormLease;
use birdhouse_domain::{Fault, RateLimitKey};
use birdhouse_oauth::params::Params;

/// Bytes that are read before the caller is known; keys that are in the body must be among them.
const FIRST_PART_BYTES: usize = 16 * 1024;
/// Maximum parameters of a form.
const MAX_PARAMS: usize = 1000;
/// Copies of a form in memory: as it was sent, and decoded.
const COPIES: usize = 2;

/// An urlencoded body, read; or any other body, not read.
#[derive(Default)]
pub(super) struct FormBody {
    /// Its parameters.
    pub(super) params: Params,
    /// The body itself, if it is in fact JSON.
    pub(super) json: Option<Vec<u8>>,
    /// The reservation of its memory.
    pub(super) memory: Option<FormLease>,
    /// A body that is not urlencoded.
    pub(super) body: Option<Body>,
}

/// An urlencoded body that is being read.
pub(super) struct FormReader {
    body: LimitedBody,
    raw: Vec<u8>,
    limit: usize,
    has_ended: bool,
}

impl FormReader {
    /// Reads nothing yet; the other body if it is not urlencoded.
    pub(super) fn new(
        app: &App,
        body: Body,
        content_type: &ContentType,
        limit: usize,
    ) -> std::result::Result<Self, Body> {
        if *content_type != ContentType::Form {
            return Err(body);
        }
        let body = LimitedBody::new(app, body);
        Ok(Self { body, raw: Vec::new(), limit, has_ended: false })
    }

    /// The parameters that are complete within the first part.
    pub(super) async fn first_part(&mut self) -> Result<Params> {
        while self.raw.len() < FIRST_PART_BYTES && self.read_more().await? {}
        if self.has_ended && self.raw.len() <= FIRST_PART_BYTES {
            return Ok(Params::parse(&self.raw));
        }
        let first = self.raw.get(..FIRST_PART_BYTES).unwrap_or(&self.raw);
        let end = first.iter().rposition(|byte| *byte == b'&').unwrap_or_default();
        Ok(Params::parse(first.get(..end).unwrap_or_default()))
    }

    /// Reads the rest, in memory that counts against `caller`.
    pub(super) async fn read(mut self, app: &App, caller: RateLimitKey) -> Result<FormBody> {
        let mut memory = app.memory.form_memory.lease(caller);
        memory.grow_to(self.raw.len() * COPIES)?;
        while self.read_more().await? {
            memory.grow_to(self.raw.len() * COPIES)?;
        }
        if self.raw.split(|byte| *byte == b'&').nth(MAX_PARAMS).is_some() {
            return Err(Fault::BodyMalformed("it has too many parameters").into());
        }
        let params = Params::parse(&self.raw);
        // What is not UTF-8 is longer decoded.
        memory.grow_to(self.raw.len() + params.bytes())?;
        let json = is_json(&self.raw).then_some(self.raw);
        Ok(FormBody { params, json, memory: Some(memory), body: None })
    }

    /// Reads a piece; `false` at the end.
    async fn read_more(&mut self) -> Result<bool> {
        let Some(bytes) = self.body.next().await? else {
            self.has_ended = true;
            return Ok(false);
        };
        if self.raw.len() + bytes.len() > self.limit {
            self.body.drain().await;
            return Err(Fault::BodyTooLarge { limit: self.limit as u64 }.into());
        }
        self.raw.extend_from_slice(&bytes);
        Ok(true)
    }
}

/// Whether a body is an object in JSON, maybe after a byte order mark.
fn is_json(raw: &[u8]) -> bool {
    raw.strip_prefix(b"\xef\xbb\xbf").unwrap_or(raw).trim_ascii_start().starts_with(b"{")
}
