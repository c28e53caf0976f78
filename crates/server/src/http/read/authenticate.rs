//! Authenticates the caller by a bearer token, or by an OAuth 1.0a signature, which covers an
//! urlencoded body.

use super::body::{LimitedBody, declared_length, read_unknown, without_slot};
use super::content_type::{ContentType, parse_content_type};
use super::hosts::{bases, original_uri};
use axum::body::Body;
use axum::http::{HeaderMap, header, request::Parts};
use birdhouse_core::app::App;
use birdhouse_core::auth::bearer;
use birdhouse_core::auth::oauth1::{self, Keys, SignedRequest, SignedWith};
use birdhouse_core::error::Result;
use birdhouse_core::memory::shares::Share;
use birdhouse_domain::{Caller, Fault, RateLimitKey};
use birdhouse_oauth::header as oauth_header;
use birdhouse_oauth::params::Params;
use std::time::Duration;
use tokio::runtime::{Handle, RuntimeFlavor};

/// Memory for a form without a Content-Length is reserved in pieces of this many bytes.
const RESERVED_BYTES: usize = 64 * 1024;
/// Copies of a form in memory: raw and parsed, and one while a buffer grows.
const FORM_COPIES: usize = 3;
/// Maximum bytes of a form that anybody may have sent, because it carries its credentials itself or
/// names an app only, whose key every copy of the app contains. Shorter ones wait for no memory.
const UNKNOWN_FORM_BYTES: usize = 16 * 1024;
/// The longest wait for the memory of a form.
const MEMORY_WAIT: Duration = Duration::from_secs(5);
/// A longer form is parsed, and its signature verified, where that holds up no other request.
const LARGE_FORM_BYTES: usize = 256 * 1024;
/// Minimum average speed of a large form whose signature is not verified yet: it keeps memory.
const LARGE_FORM_BYTES_PER_SECOND: u64 = 8 * 1024;

/// Where a request carries its credentials.
pub(super) enum Credentials {
    /// A bearer token.
    Bearer(String),
    /// OAuth parameters in the header.
    Header(Params),
    /// OAuth parameters in the query.
    Query,
    /// OAuth parameters in the body, or none at all.
    Form,
}

impl Credentials {
    pub(super) fn find(headers: &HeaderMap, query: &[u8]) -> Result<Self> {
        if let Some(value) = headers.get(header::AUTHORIZATION) {
            let value = value.to_str().map_err(|_| Fault::NotAuthenticated)?;
            let (scheme, rest) = value.trim().split_once(' ').unwrap_or((value, ""));
            if scheme.eq_ignore_ascii_case("bearer") {
                return Ok(Self::Bearer(rest.trim().to_owned()));
            }
            let oauth = oauth_header::parse(value).map_err(|_| Fault::NotAuthenticated)?;
            return Ok(Self::Header(oauth));
        }
        let is_in_query = Params::is_in(query, "oauth_consumer_key");
        Ok(if is_in_query { Self::Query } else { Self::Form })
    }

    /// The OAuth parameters of the header.
    pub(super) fn header(&self) -> Option<&Params> {
        match self {
            Self::Header(oauth) => Some(oauth),
            Self::Bearer(_) | Self::Query | Self::Form => None,
        }
    }
}

/// An urlencoded body, read; or any other body, not read.
pub(super) struct FormBody {
    /// Its parameters.
    pub(super) params: Params,
    /// The body itself, if it is in fact JSON.
    pub(super) json: Option<Vec<u8>>,
    /// Its length in bytes; 0 for one that is not read.
    pub(super) length: usize,
    /// The reservation of its memory.
    pub(super) memory: Option<Share>,
    /// A body that is not urlencoded.
    pub(super) body: Option<Body>,
}

impl FormBody {
    /// A body that is not urlencoded.
    fn unread(body: Body) -> Self {
        Self { params: Params::default(), json: None, length: 0, memory: None, body: Some(body) }
    }

    fn parse(raw: Vec<u8>, memory: Option<Share>) -> Result<Self> {
        if raw.len() > LARGE_FORM_BYTES {
            return run_blocking(|| Self::parse_here(raw, memory));
        }
        Self::parse_here(raw, memory)
    }

    fn parse_here(raw: Vec<u8>, memory: Option<Share>) -> Result<Self> {
        let params = Params::parse(&raw)?;
        let length = raw.len();
        let json = raw.trim_ascii_start().starts_with(b"{").then_some(raw);
        Ok(Self { params, json, length, memory, body: None })
    }
}

/// The caller, and the body as far as it was read to authenticate it.
pub(super) struct Authenticated {
    pub(super) caller: Caller,
    pub(super) form: FormBody,
    /// Parameters of the query.
    pub(super) query: Params,
    /// Whether parameters of the query are the caller's.
    pub(super) covers_query: bool,
}

/// The head of a request.
#[derive(Clone, Copy)]
pub(super) struct Head<'a> {
    /// The server.
    pub(super) app: &'a App,
    /// The head.
    pub(super) parts: &'a Parts,
    /// The query. It is parsed after a form is read: until then nothing is known of who sent it.
    pub(super) query: &'a [u8],
}

/// Authenticates the caller. Unknown credentials are refused before the body is read.
pub(super) async fn authenticate(
    head: Head<'_>,
    credentials: Credentials,
    body: Body,
    form_bytes: usize,
) -> Result<Authenticated> {
    let Head { app, parts, query } = head;
    let content_type = parse_content_type(&parts.headers);
    let keys = match &credentials {
        Credentials::Bearer(token) => {
            let caller = bearer::authenticate(app, token).await?;
            let form = if content_type == ContentType::Form {
                let reader = FormReader { head, holder: caller.rate_limit_key() };
                reader.read(LimitedBody::new(app, body), form_bytes).await?
            } else {
                FormBody::unread(body)
            };
            let query = Params::parse(query)?;
            return Ok(Authenticated { caller, form, query, covers_query: true });
        }
        Credentials::Header(oauth) => Some(find_keys(app, oauth).await?),
        Credentials::Query => Some(find_keys(app, &Params::parse(query)?).await?),
        Credentials::Form if content_type != ContentType::Form => {
            return Err(Fault::NotAuthenticated.into());
        }
        Credentials::Form => None,
    };
    let mut form = if content_type == ContentType::Form {
        head.read_unproven_form(keys.as_ref(), body, form_bytes).await?
    } else {
        FormBody::unread(body)
    };
    let keys = match keys {
        Some(keys) => keys,
        None => find_keys(app, &form.params).await?,
    };
    let (query, no_params) = (Params::parse(query)?, Params::default());
    let signed = SignedRequest {
        method: parts.method.as_str(),
        path: original_uri(&parts.extensions, &parts.uri).path(),
        bases: bases(app, parts),
        header: credentials.header().unwrap_or(&no_params),
        query: &query,
        form: &form.params,
        is_multipart: matches!(content_type, ContentType::Multipart(_)),
        is_json_in_form: form.json.is_some(),
    };
    let verify = || keys.verify(app, &signed);
    let (caller, covers) =
        if form.length > LARGE_FORM_BYTES { run_blocking(verify)? } else { verify()? };
    if !covers.form {
        form.params = Params::default();
    }
    Ok(Authenticated { caller, form, query, covers_query: covers.query })
}

async fn find_keys(app: &App, oauth: &Params) -> Result<Keys> {
    oauth1::find_keys(app, oauth, SignedWith::AccessToken).await
}

impl Head<'_> {
    /// Reads a form whose signature can be verified only then. It takes no place of another request.
    async fn read_unproven_form(
        self,
        keys: Option<&Keys>,
        body: Body,
        limit: usize,
    ) -> Result<FormBody> {
        let (app, extensions) = (self.app, &self.parts.extensions);
        let Some(holder) = keys.and_then(Keys::claimed_user) else {
            let limit = limit.min(UNKNOWN_FORM_BYTES);
            return FormBody::parse(read_unknown(app, extensions, body, limit).await?, None);
        };
        let mut body = LimitedBody::new(app, body);
        if self.declared_length().is_none_or(|length| length > LARGE_FORM_BYTES) {
            body = body.at_least(LARGE_FORM_BYTES_PER_SECOND);
        }
        let reader = FormReader { head: self, holder };
        without_slot(app, extensions, reader.read(body, limit)).await
    }

    fn declared_length(&self) -> Option<usize> {
        declared_length(&self.parts.headers).and_then(|length| length.try_into().ok())
    }
}

/// Reads a form of whom the request is from, or claims to be from.
struct FormReader<'a> {
    head: Head<'a>,
    holder: RateLimitKey,
}

impl FormReader<'_> {
    async fn read(&self, mut body: LimitedBody, limit: usize) -> Result<FormBody> {
        let length = self.head.declared_length().unwrap_or_default().min(limit);
        let mut reserved = length.max(UNKNOWN_FORM_BYTES);
        let mut memory = None;
        if length > UNKNOWN_FORM_BYTES {
            memory = Some(self.reserve(length).await?);
        }
        let mut raw = Vec::with_capacity(length);
        while let Some(bytes) = body.next().await? {
            if raw.len() + bytes.len() > limit {
                body.drain().await;
                return Err(Fault::BodyTooLarge { limit: limit as u64 }.into());
            }
            raw.extend_from_slice(&bytes);
            while reserved < raw.len() {
                let more = self.reserve(RESERVED_BYTES).await?;
                match &mut memory {
                    Some(memory) => memory.merge(more),
                    None => memory = Some(more),
                }
                reserved += RESERVED_BYTES;
            }
        }
        FormBody::parse(raw, memory)
    }

    /// Reserves memory for a form or a piece of it; [`Fault::Overloaded`] if there is none for a while.
    async fn reserve(&self, bytes: usize) -> Result<Share> {
        let app = self.head.app;
        let kibibytes = bytes.div_ceil(1024) * FORM_COPIES;
        let memory = app.memory.permits.form_memory(self.holder, kibibytes);
        let memory = app.clock.timeout(MEMORY_WAIT, memory).await.flatten();
        memory.ok_or_else(|| Fault::Overloaded.into())
    }
}

/// Runs long work without holding up other requests, as far as the runtime allows it.
fn run_blocking<T>(work: impl FnOnce() -> T) -> T {
    match Handle::current().runtime_flavor() {
        RuntimeFlavor::CurrentThread => work(),
        _ => tokio::task::block_in_place(work),
    }
}
