//! One API request: read within limits, its asker proven, its parameters merged.

use super::body::Limited;
use crate::app::App;
use crate::auth::oauth1::{self, Signed, TokenKind, WELL_KNOWN_HOSTS};
use crate::auth::{self, Caller};
use crate::error::Result;
use crate::rate_limit::{Bucket, Counted};
use axum::body::Body;
use axum::extract::{OriginalUri, Request};
use axum::http::{HeaderMap, Method, header, request::Parts};
use birdhouse_domain::{Access, Fault};
use birdhouse_oauth::header as oauth_header;
use birdhouse_oauth::params::Params;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use tokio::sync::OwnedSemaphorePermit;

/// How the connection came in; put into every request by the listener.
#[derive(Clone, Copy, Debug)]
pub struct Peer {
    /// Who connected.
    pub address: SocketAddr,
    /// Whether the connection is encrypted.
    pub is_tls: bool,
}

/// What the Content-Type says about the body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// `application/x-www-form-urlencoded`: part of the signature, read whole.
    Form,
    /// `multipart/…` with this boundary.
    Multipart(String),
    /// Anything else, or nothing.
    Other,
}

/// A request whose asker is proven.
pub struct Call {
    /// Who asks.
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
    /// Last segment of the path, for `…/show/:id`.
    pub path_id: String,
    /// Where the asker stands in the rate windows that counted this call.
    pub counted: Arc<OnceLock<Counted>>,
    _memory: Option<OwnedSemaphorePermit>,
}

/// How much of an urlencoded body is read; the signature needs it whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FormLimit(pub usize);

impl Call {
    /// Reads and proves a request.
    pub async fn read(
        app: &App,
        request: Request,
        form_limit: FormLimit,
        counted: Arc<OnceLock<Counted>>,
    ) -> Result<Self> {
        let (parts, body) = request.into_parts();
        let content = content_of(&parts.headers);
        let uri = original_uri(&parts);
        let query = Params::parse(uri.query().unwrap_or_default().as_bytes());
        let credentials = Credentials::find(&parts.headers, &query)?;
        let header = match &credentials {
            Credentials::Header(oauth) => oauth.clone(),
            Credentials::Bearer(_) | Credentials::Query | Credentials::Form => Params::default(),
        };
        let waiting = Waiting { app, parts: &parts, query: &query, content: &content };
        let (caller, form, raw, memory, body) =
            waiting.prove(credentials, body, form_limit).await?;
        Ok(Self {
            caller,
            json_in_form: raw,
            header,
            form,
            content,
            body: Mutex::new(body),
            path_id: uri
                .path()
                .trim_end_matches(".json")
                .rsplit('/')
                .next()
                .unwrap_or_default()
                .to_owned(),
            method: parts.method,
            query,
            counted,
            _memory: memory,
        })
    }

    /// Hands out the body, once. (The lock is there because a body cannot be shared.)
    pub fn take_body(&self) -> Option<Body> {
        self.body.lock().unwrap_or_else(PoisonError::into_inner).take()
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
    pub fn count(&self, app: &App, bucket: Bucket) -> Result<()> {
        let counted = app.rates.count(self.caller.holder(), bucket, app.now().seconds());
        if bucket == Bucket::Update {
            // Recorded: this one sends no headers, and its refusal is not 429.
            return if counted.is_exceeded() { Err(Fault::UpdateLimited.into()) } else { Ok(()) };
        }
        // Only the first count of a call is told; there is one in each.
        let _first = self.counted.set(counted);
        if counted.is_exceeded() { Err(Fault::RateLimited.into()) } else { Ok(()) }
    }

    /// Refuses an asker who may only read.
    pub fn needs_write(&self) -> Result<()> {
        match self.caller.access() {
            Access::ReadWrite => Ok(()),
            Access::Read => Err(Fault::WriteAccessRequired.into()),
        }
    }
}

/// `true`, `t` and `1`, in any case.
pub fn is_true(value: &str) -> bool {
    ["true", "t", "1"].iter().any(|on| value.eq_ignore_ascii_case(on))
}

/// Memory of a form is reserved in pieces of so many bytes, as it arrives.
const RESERVED_BYTES: usize = 64 * 1024;
/// Copies of a form that checking its signature makes: raw, parsed, encoded, sorted and joined,
/// encoded again.
const FORM_COPIES: usize = 5;

/// Where a request proves its asker.
enum Credentials {
    Bearer(String),
    Header(Params),
    Query,
    Form,
}

impl Credentials {
    fn find(headers: &HeaderMap, query: &Params) -> Result<Self> {
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
}

/// A request whose head was read.
struct Waiting<'a> {
    app: &'a App,
    parts: &'a Parts,
    query: &'a Params,
    content: &'a Content,
}

type Proven = (Caller, Params, Option<Vec<u8>>, Option<OwnedSemaphorePermit>, Option<Body>);

impl Waiting<'_> {
    async fn prove(
        &self,
        credentials: Credentials,
        body: Body,
        limit: FormLimit,
    ) -> Result<Proven> {
        let none = Params::default();
        // What the head alone can refuse is refused before the body is read.
        let (early, header) = match &credentials {
            Credentials::Bearer(token) => {
                let caller = auth::bearer(self.app, token).await?;
                let (form, raw, memory, body) = self.read_form(body, limit).await?;
                return Ok((caller, form, raw, memory, body));
            }
            Credentials::Header(oauth) => {
                let keys = oauth1::find_keys(self.app, oauth, TokenKind::Access).await?;
                (Some(keys), oauth)
            }
            Credentials::Query => {
                let keys = oauth1::find_keys(self.app, self.query, TokenKind::Access).await?;
                (Some(keys), &none)
            }
            Credentials::Form if *self.content != Content::Form => {
                return Err(Fault::NotAuthenticated.into());
            }
            Credentials::Form => (None, &none),
        };
        let (form, raw, memory, body) = self.read_form(body, limit).await?;
        let keys = match early {
            Some(keys) => keys,
            None => oauth1::find_keys(self.app, &form, TokenKind::Access).await?,
        };
        let signed = Signed {
            method: self.parts.method.as_str(),
            path: original_uri(self.parts).path(),
            bases: bases(self.app, self.parts),
            header,
            query: self.query,
            form: &form,
            is_multipart: matches!(self.content, Content::Multipart(_)),
            is_json_in_form: raw.is_some(),
        };
        let caller = keys.verify(self.app, &signed)?;
        Ok((caller, form, raw, memory, body))
    }

    async fn read_form(
        &self,
        body: Body,
        FormLimit(limit): FormLimit,
    ) -> Result<(Params, Option<Vec<u8>>, Option<OwnedSemaphorePermit>, Option<Body>)> {
        if *self.content != Content::Form {
            return Ok((Params::default(), None, None, Some(body)));
        }
        let mut body = Limited::new(body, super::idle_limit(self.app));
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
        let form = Params::parse(&raw);
        let is_json = raw.trim_ascii_start().starts_with(b"{");
        Ok((form, is_json.then_some(raw), Some(memory), None))
    }

    /// Reserves memory for a piece of a form; with none left the server has more to do than it can.
    fn reserve(&self, bytes: usize) -> Result<OwnedSemaphorePermit> {
        let kilobytes = u32::try_from(bytes.div_ceil(1024) * FORM_COPIES).unwrap_or(u32::MAX);
        let memory = self.app.form_memory.clone().try_acquire_many_owned(kilobytes);
        memory.map_err(|_| Fault::Overloaded.into())
    }
}

/// The URI as sent, before its suffix was taken off.
pub fn original_uri(parts: &Parts) -> &axum::http::Uri {
    parts.extensions.get::<OriginalUri>().map_or(&parts.uri, |original| &original.0)
}

/// Reads the Content-Type leniently: twurl puts a comma before a quoted boundary, others leave
/// out the space or put a charset in between.
pub fn content_of(headers: &HeaderMap) -> Content {
    let value = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let lower = value.to_ascii_lowercase();
    if lower.trim_start().starts_with("application/x-www-form-urlencoded") {
        return Content::Form;
    }
    if !lower.trim_start().starts_with("multipart/") {
        return Content::Other;
    }
    let Some(at) = lower.find("boundary=") else { return Content::Other };
    let rest = &value[at + "boundary=".len()..];
    let boundary = match rest.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next().unwrap_or_default(),
        None => rest.split([';', ',']).next().unwrap_or_default().trim(),
    };
    Content::Multipart(boundary.to_owned())
}

/// Bases that the client may have signed: what a trusted proxy says, what the connection says,
/// the public URL, and the hosts that clients cannot change.
pub fn bases(app: &App, parts: &Parts) -> Vec<(String, String)> {
    let text = |name: &str| parts.headers.get(name).and_then(|v| v.to_str().ok());
    let peer = parts.extensions.get::<Peer>();
    let host = original_uri(parts).authority().map(ToString::to_string);
    let host = host.or_else(|| text("host").map(str::to_owned)).unwrap_or_default();
    let is_tls = peer.is_some_and(|p| p.is_tls);
    let schemes = if is_tls { ["https", "http"] } else { ["http", "https"] };
    let mut all: Vec<(String, String)> = Vec::with_capacity(8);
    let is_trusted =
        peer.is_some_and(|p| app.config.trusted_proxies.contains(&p.address.ip().to_canonical()));
    if is_trusted {
        let (proto, forwarded_host) = forwarded(&parts.headers);
        if proto.is_some() || forwarded_host.is_some() {
            let scheme = proto.unwrap_or_else(|| schemes[0].to_owned());
            all.push((scheme, forwarded_host.unwrap_or_else(|| host.clone())));
        }
    }
    all.extend(schemes.map(|scheme| (scheme.to_owned(), host.clone())));
    if let Some((scheme, rest)) = app.config.public_url.split_once("://") {
        let authority = rest.split('/').next().unwrap_or(rest);
        all.push((scheme.to_owned(), authority.to_owned()));
    }
    all.extend(WELL_KNOWN_HOSTS.map(|host| ("https".to_owned(), host.to_owned())));
    let mut seen = Vec::with_capacity(all.len());
    all.retain(|base| {
        !seen.contains(base) && {
            seen.push(base.clone());
            true
        }
    });
    all
}

/// Scheme and host by RFC 7239 or the older `X-Forwarded-*`; of several proxies the first.
fn forwarded(headers: &HeaderMap) -> (Option<String>, Option<String>) {
    let text = |name: &str| headers.get(name).and_then(|v| v.to_str().ok());
    let first = |value: &str| value.split(',').next().unwrap_or_default().trim().to_owned();
    if let Some(value) = text("forwarded") {
        let element = first(value);
        let part = |name: &str| {
            let mut pairs = element.split(';').filter_map(|pair| pair.trim().split_once('='));
            let found = pairs.find(|(key, _)| key.eq_ignore_ascii_case(name));
            found.map(|(_, value)| value.trim_matches('"').to_ascii_lowercase())
        };
        return (part("proto"), part("host"));
    }
    (
        text("x-forwarded-proto").map(first).map(|p| p.to_ascii_lowercase()),
        text("x-forwarded-host").map(first),
    )
}
