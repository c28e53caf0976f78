//! Authenticates the caller by a bearer token, or by an OAuth 1.0a signature, which covers an
//! urlencoded body.

use super::call::{CallOptions, Window, refusal, report};
use super::content_type::{ContentType, parse_content_type};
use super::form_body::{FormBody, FormReader};
use super::hosts::{bases, original_uri};
use axum::body::Body;
use axum::http::{HeaderMap, header, request::Parts};
use birdhouse_core::app::App;
use birdhouse_core::auth::bearer;
use birdhouse_core::auth::oauth1::{self, Keys, SignedRequest, SignedWith};
use birdhouse_core::error::Result;
use birdhouse_domain::{Caller, Fault, RateLimitKey};
use birdhouse_oauth::header as oauth_header;
use birdhouse_oauth::params::Params;

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

/// The caller, the query as far as the caller vouches for it, and the body as far as it was read.
pub(super) struct Authenticated {
    pub(super) caller: Caller,
    pub(super) query: Params,
    pub(super) form: FormBody,
}

/// The head of a request.
#[derive(Clone, Copy)]
pub(super) struct Head<'a> {
    /// The server.
    pub(super) app: &'a App,
    /// The head.
    pub(super) parts: &'a Parts,
    /// Options of the endpoint.
    pub(super) options: &'a CallOptions,
}

/// Authenticates the caller. Who is unknown, or has no calls left, is refused before the body is read
/// beyond its first part.
pub(super) async fn authenticate(
    head: Head<'_>,
    query: Params,
    credentials: Credentials,
    body: Body,
) -> Result<Authenticated> {
    let Head { app, parts, options } = head;
    let content_type = parse_content_type(&parts.headers);
    let reader = FormReader::new(app, body, &content_type, options.form_bytes);
    if let Credentials::Bearer(token) = &credentials {
        let caller = bearer::authenticate(app, token).await?;
        let form = head.read_form(reader, caller.rate_limit_key(), &query).await?;
        return Ok(Authenticated { caller, query, form });
    }
    let (keys, reader) = find_keys(app, &credentials, &query, reader).await?;
    let form = head.read_form(reader, keys.holder(), &query).await?;
    let signed = SignedRequest {
        method: parts.method.as_str().to_owned(),
        path: original_uri(&parts.extensions, &parts.uri).path().to_owned(),
        bases: bases(app, parts),
        header: credentials.header().cloned().unwrap_or_default(),
        query,
        form: form.params,
        is_multipart: matches!(content_type, ContentType::Multipart(_)),
        is_json_in_form: form.json.is_some(),
    };
    let verified = keys.verify(app, signed).await?;
    let form = FormBody { params: verified.form, ..form };
    Ok(Authenticated { caller: verified.caller, query: verified.query, form })
}

type Reader = std::result::Result<FormReader, Body>;

/// Finds the keys; of a body only the first part is read.
async fn find_keys(
    app: &App,
    credentials: &Credentials,
    query: &Params,
    mut reader: Reader,
) -> Result<(Keys, Reader)> {
    let with = SignedWith::AccessToken;
    let keys = match (credentials, &mut reader) {
        (Credentials::Header(oauth), _) => oauth1::find_keys(app, oauth, with).await?,
        (Credentials::Query, _) => oauth1::find_keys(app, query, with).await?,
        (_, Ok(reader)) => oauth1::find_keys(app, &reader.first_part().await?, with).await?,
        (_, Err(_)) => return Err(Fault::NotAuthenticated.into()),
    };
    Ok((keys, reader))
}

impl Head<'_> {
    /// Reads a form whole, if there are calls left in the window that will count it.
    async fn read_form(
        &self,
        reader: Reader,
        caller: RateLimitKey,
        query: &Params,
    ) -> Result<FormBody> {
        let mut reader = match reader {
            Ok(reader) => reader,
            Err(body) => return Ok(FormBody { body: Some(body), ..FormBody::default() }),
        };
        if let Some(window) = self.options.window {
            let first = reader.first_part().await?;
            let bucket = match window {
                Window::Of(bucket) => bucket,
                Window::OfCommand(window) => {
                    window(first.get("command").or_else(|| query.get("command")))
                }
            };
            let status = self.app.memory.rates.peek(caller, bucket, self.app.now().seconds());
            if status.is_exceeded() {
                report(&self.options.rate, bucket, status);
                return Err(refusal(bucket).into());
            }
        }
        reader.read(self.app, caller).await
    }
}
