//! Authenticates the caller by a bearer token, or by an OAuth 1.0a signature, which covers an
//! urlencoded body.

use super::body::{LimitedBody, read_unknown};
use super::content_type::{ContentType, parse_content_type};
use super::hosts::{bases, original_uri};
use axum::body::Body;
use axum::http::{HeaderMap, header, request::Parts};
use birdhouse_core::app::App;
use birdhouse_core::auth::bearer;
use birdhouse_core::auth::oauth1::{self, SignedRequest, SignedWith};
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
/// Maximum bytes of a form that carries its credentials itself: until it is read, it is anybody's.
const UNKNOWN_FORM_BYTES: usize = 16 * 1024;
/// Maximum number of parameters of a form. Each takes far more memory than its bytes.
const FORM_PARAMETERS: usize = 1000;
/// The longest wait for the memory of a form.
const MEMORY_WAIT: Duration = Duration::from_secs(5);
/// The signature of a longer form is verified where it holds up no other request.
const LARGE_FORM_BYTES: usize = 256 * 1024;

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
    pub(super) fn find(headers: &HeaderMap, query: &Params) -> Result<Self> {
        if let Some(value) = headers.get(header::AUTHORIZATION) {
            let value = value.to_str().map_err(|_| Fault::NotAuthenticated)?;
            let (scheme, rest) = value.trim().split_once(' ').unwrap_or((value, ""));
            if scheme.eq_ignore_ascii_case("bearer") {
                return Ok(Self::Bearer(rest.trim().to_owned()));
            }
            let oauth = oauth_header::parse(value).map_err(|_| Fault::NotAuthenticated)?;
            return Ok(Self::Header(oauth));
        }
        if query.get("oauth_consumer_key").is_some() { Ok(Self::Query) } else { Ok(Self::Form) }
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
    fn parse(raw: Vec<u8>, memory: Option<Share>) -> Result<Self> {
        let params = Params::parse_at_most(&raw, FORM_PARAMETERS)
            .ok_or(Fault::BodyMalformed("it has more than 1000 parameters"))?;
        let length = raw.len();
        let json = raw.trim_ascii_start().starts_with(b"{").then_some(raw);
        Ok(Self { params, json, length, memory, body: None })
    }
}

/// The caller, and the body as far as it was read to authenticate it.
pub(super) struct Authenticated {
    pub(super) caller: Caller,
    pub(super) form: FormBody,
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
    /// Parameters of the query.
    pub(super) query: &'a Params,
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
    let oauth = match &credentials {
        Credentials::Bearer(token) => {
            let caller = bearer::authenticate(app, token).await?;
            let reader = FormReader { head, claimed: caller.rate_limit_key() };
            let form = reader.read(&content_type, body, form_bytes).await?;
            return Ok(Authenticated { caller, form, covers_query: true });
        }
        Credentials::Header(oauth) => Some(oauth),
        Credentials::Query => Some(query),
        Credentials::Form if content_type != ContentType::Form => {
            return Err(Fault::NotAuthenticated.into());
        }
        Credentials::Form => None,
    };
    let keys = match oauth {
        Some(oauth) => Some(oauth1::find_keys(app, oauth, SignedWith::AccessToken).await?),
        None => None,
    };
    let mut form = match &keys {
        Some(keys) => {
            let reader = FormReader { head, claimed: keys.claimed() };
            reader.read(&content_type, body, form_bytes).await?
        }
        None => head.read_unknown_form(body).await?,
    };
    let keys = match keys {
        Some(keys) => keys,
        None => oauth1::find_keys(app, &form.params, SignedWith::AccessToken).await?,
    };
    let no_params = Params::default();
    let signed = SignedRequest {
        method: parts.method.as_str(),
        path: original_uri(&parts.extensions, &parts.uri).path(),
        bases: bases(app, parts),
        header: credentials.header().unwrap_or(&no_params),
        query,
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
    Ok(Authenticated { caller, form, covers_query: covers.query })
}

impl Head<'_> {
    /// Reads a form that carries its credentials itself.
    async fn read_unknown_form(&self, body: Body) -> Result<FormBody> {
        let extensions = &self.parts.extensions;
        FormBody::parse(read_unknown(self.app, extensions, body, UNKNOWN_FORM_BYTES).await?, None)
    }
}

/// Reads a form of whom the request claims to be from.
struct FormReader<'a> {
    head: Head<'a>,
    claimed: RateLimitKey,
}

impl FormReader<'_> {
    async fn read(&self, content_type: &ContentType, body: Body, limit: usize) -> Result<FormBody> {
        if *content_type != ContentType::Form {
            let params = Params::default();
            let form = FormBody { params, json: None, length: 0, memory: None, body: Some(body) };
            return Ok(form);
        }
        let length = declared_length(&self.head.parts.headers).unwrap_or(1).min(limit);
        let mut body = LimitedBody::new(self.head.app, body);
        let mut memory = self.reserve(length).await?;
        let (mut raw, mut reserved) = (Vec::with_capacity(length), length);
        while let Some(bytes) = body.next().await? {
            if raw.len() + bytes.len() > limit {
                body.drain().await;
                return Err(Fault::BodyTooLarge { limit: limit as u64 }.into());
            }
            raw.extend_from_slice(&bytes);
            while reserved < raw.len() {
                memory.merge(self.reserve(RESERVED_BYTES).await?);
                reserved += RESERVED_BYTES;
            }
        }
        FormBody::parse(raw, Some(memory))
    }

    /// Reserves memory for a form or a piece of it; [`Fault::Overloaded`] if there is none for a while.
    async fn reserve(&self, bytes: usize) -> Result<Share> {
        let app = self.head.app;
        let kibibytes = bytes.div_ceil(1024) * FORM_COPIES;
        let memory = app.memory.permits.form_memory(self.claimed, kibibytes);
        let memory = app.clock.timeout(MEMORY_WAIT, memory).await.flatten();
        memory.ok_or_else(|| Fault::Overloaded.into())
    }
}

fn declared_length(headers: &HeaderMap) -> Option<usize> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// Runs long work without holding up other requests, as far as the runtime allows it.
fn run_blocking<T>(work: impl FnOnce() -> T) -> T {
    match Handle::current().runtime_flavor() {
        RuntimeFlavor::CurrentThread => work(),
        _ => tokio::task::block_in_place(work),
    }
}
