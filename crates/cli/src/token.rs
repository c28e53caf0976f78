//! `birdhouse token`: introspection for the operator.

use crate::args::Token;
use crate::output::print_line;
use birdhouse_core::actions::access::oauth2;
use birdhouse_core::app::App;
use birdhouse_core::config;
use birdhouse_core::error::Error;
use birdhouse_core::host::clock::Clock;
use serde_json::json;
use std::process::ExitCode;

/// Prints what a token permits; exits with 1 if it is not valid.
pub(crate) async fn run(args: Token) -> anyhow::Result<ExitCode> {
    let config = config::load(args.common.layer(), args.common.config.as_deref())?;
    let app = App::open_without_lock(config, Clock::system()).await?;
    let found = oauth2::introspect(&app, None, &args.text).await.map_err(Error::into_anyhow)?;
    let code = if found.is_some() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    let is_revoked = args.revoke && found.is_some();
    if is_revoked {
        oauth2::revoke_any(&app, &args.text).await.map_err(Error::into_anyhow)?;
    }
    match &found {
        None if args.json => print_line!("{}", json!({"active": false}))?,
        None => print_line!("This token is unknown, expired, used or revoked.")?,
        Some(facts) => {
            let seconds = facts.expires_at.since(app.now()) / 1000;
            if args.json {
                let all = json!({
                    "active": true, "kind": facts.kind.name(), "user": facts.screen_name,
                    "app": facts.app_name, "scope": facts.scopes.to_string(),
                    "expires_in": seconds,
                });
                print_line!("{all}")?;
            } else {
                print_line!(
                    "{} token of @{} for {}\nscopes: {}\nexpires in {seconds} seconds",
                    facts.kind.name(),
                    facts.screen_name,
                    facts.app_name,
                    facts.scopes
                )?;
            }
        }
    }
    if is_revoked && !args.json {
        print_line!("It is revoked, with all tokens of the same grant.")?;
    }
    app.close().await;
    Ok(code)
}
