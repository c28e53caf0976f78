//! OAuth 2.0 bearer tokens: app-only ones, and those of users.

use crate::app::App;
use crate::error::Result;
use birdhouse_domain::{Access, AppCaller, Caller, Fault, TokenKind, UserCaller};
use birdhouse_oauth::secret;

/// The caller that a bearer token authenticates.
pub async fn authenticate(app: &App, token: &str) -> Result<Caller> {
    let hash = secret::hash_token(token);
    let (now, grants) = (app.now(), &app.memory.grants);
    if let Some((expires_at, caller)) = grants.get(&hash, now)
        && expires_at > now
    {
        return Ok(caller);
    }
    let lookup = grants.begin_lookup(now);
    if let Some(found) = app.catalog.app_by_bearer(&hash).await? {
        return Ok(Caller::App(AppCaller { app: found.id, consumer_key: found.consumer_key }));
    }
    let found = app.catalog.oauth2_token(&hash).await?;
    let valid = found.filter(|t| t.kind == TokenKind::Access && t.is_valid(now));
    let found = valid.ok_or(Fault::TokenInvalid)?;
    let caller = Caller::User(UserCaller {
        user: found.user,
        screen_name: found.screen_name,
        app: found.app,
        app_name: found.app_name,
        token: String::new(),
        access: if found.scopes.has("tweet.write") { Access::ReadWrite } else { Access::Read },
        scopes: Some(found.scopes),
    });
    grants.keep(hash, (found.expires_at, caller.clone()), lookup);
    Ok(caller)
}
