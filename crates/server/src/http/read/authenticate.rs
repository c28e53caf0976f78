//! Who makes a request: by a bearer token, or by a signature over the request, for which an
//! urlencoded body is read.

use super::body::Limited;
use super::content_type::{Content, content_of};
use super::hosts::{bases, original_uri};
use axum::body::Body;
use axum::http::{HeaderMap, header, request::Parts};
use birdhouse_core::app::App;
use birdhouse_core::auth::bearer;
use birdhouse_core::auth::oauth1::{self, SignedRequest, SignedWith};
use birdhouse_core::error::Result;
use birdhouse_domain::{Caller, Fault};
use birdhouse_oauth::header as oauth_header;
use birdhouse_oauth::params::Params;
use tokio::sync::OwnedSemaphorePermit;

/// Memory of a form is reserved in pieces of so many bytes, as it arrives.
const RESERVED_BYTES: usize = 64 * 1024;
/// Copies of a form that validating its signature makes: raw, parsed, encoded, sorted and joined,
/// encoded again.
const FORM_COPIES: usize = 5;

/// Where a request carries its credentials.
pub(super) enum Credentials {
    /// A bearer token.
    Bearer(String),
    /// OAuth parameters in the header.
    Header(Params),
    /// OAuth parameters in the query.
    Query,
    /// OAuth parameters in the body, if anywhere.
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

/// An urlencoded body, or any other that was not read.
pub(super) struct ReadForm {
    /// Its parameters.
    pub(super) params: Params,
    /// The body itself, if it is JSON in fact.
    pub(super) json: Option<Vec<u8>>,
    /// The memory that it takes.
    pub(super) memory: Option<OwnedSemaphorePermit>,
    /// A body that is not urlencoded.
    pub(super) body: Option<Body>,
}

/// A caller, and what had to be read to authenticate it.
pub(super) struct Authenticated {
    pub(super) caller: Caller,
    pub(super) form: ReadForm,
}

/// A request whose head was read.
#[derive(Clone, Copy)]
pub(super) struct Head<'a> {
    /// The server.
    pub(super) app: &'a App,
    /// The head.
    pub(super) parts: &'a Parts,
    /// Parameters of the query.
    pub(super) query: &'a Params,
}

/// Authenticates the caller. What the head alone can refuse is refused before the body is read.
pub(super) async fn authenticate(
    head: Head<'_>,
    credentials: Credentials,
    body: Body,
    form_bytes: usize,
) -> Result<Authenticated> {
    let Head { app, parts, query } = head;
    let content = content_of(&parts.headers);
    let oauth = match &credentials {
        Credentials::Bearer(token) => {
            let caller = bearer::authenticate(app, token).await?;
            let form = head.read_form(&content, body, form_bytes).await?;
            return Ok(Authenticated { caller, form });
        }
        Credentials::Header(oauth) => Some(oauth),
        Credentials::Query => Some(query),
        Credentials::Form if content != Content::Form => {
            return Err(Fault::NotAuthenticated.into());
        }
        Credentials::Form => None,
    };
    let early = match oauth {
        Some(oauth) => Some(oauth1::find_keys(app, oauth, SignedWith::AccessToken).await?),
        None => None,
    };
    let form = head.read_form(&content, body, form_bytes).await?;
    let keys = match early {
        Some(keys) => keys,
        None => oauth1::find_keys(app, &form.params, SignedWith::AccessToken).await?,
    };
    let none = Params::default();
    let signed = SignedRequest {
        method: parts.method.as_str(),
        path: original_uri(&parts.extensions, &parts.uri).path(),
        bases: bases(app, parts),
        header: credentials.header().unwrap_or(&none),
        query,
        form: &form.params,
        is_multipart: matches!(content, Content::Multipart(_)),
        is_json_in_form: form.json.is_some(),
    };
    Ok(Authenticated { caller: keys.verify(app, &signed)?, form })
}

impl Head<'_> {
    async fn read_form(&self, content: &Content, body: Body, limit: usize) -> Result<ReadForm> {
        if *content != Content::Form {
            let params = Params::default();
            return Ok(ReadForm { params, json: None, memory: None, body: Some(body) });
        }
        let mut body = Limited::new(self.app, body);
        let mut memory = self.reserve(1)?;
        let (mut raw, mut reserved) = (Vec::new(), 0);
        while let Some(bytes) = body.next().await? {
            if raw.len() + bytes.len() > limit {
                body.drain().await;
                return Err(Fault::BodyTooLarge { limit: limit as u64 }.into());
            }
            raw.extend_from_slice(&bytes);
            while reserved < raw.len() {
                memory.merge(self.reserve(RESERVED_BYTES)?);
                reserved += RESERVED_BYTES;
            }
        }
        let params = Params::parse(&raw);
        let json = raw.trim_ascii_start().starts_with(b"{").then_some(raw);
        Ok(ReadForm { params, json, memory: Some(memory), body: None })
    }

    /// Reserves memory for a piece of a form; without any left the server is overloaded.
    fn reserve(&self, bytes: usize) -> Result<OwnedSemaphorePermit> {
        let kibibytes = u32::try_from(bytes.div_ceil(1024) * FORM_COPIES).unwrap_or(u32::MAX);
        let memory = self.app.memory.permits.form_memory(kibibytes);
        memory.ok_or_else(|| Fault::Overloaded.into())
    }
}
