//! `birdhouse token`: introspection for the operator.

use crate::args::Token;
use birdhouse_server::actions::oauth2;
use birdhouse_server::app::App;
use birdhouse_server::clock::Clock;
use birdhouse_server::config;
use serde_json::json;
use std::process::ExitCode;

/// Says what a token is good for; exits with 1 if it is good for nothing.
#[expect(clippy::print_stdout, reason = "what is known is this command's output")]
pub(crate) async fn run(args: Token) -> anyhow::Result<ExitCode> {
    let config = config::load(args.common.layer(), args.common.config.as_deref())?;
    let app = App::open_beside(config, Clock::System).await?;
    let found = oauth2::introspect(&app, None, &args.text).await.map_err(plain)?;
    let code = if found.is_some() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    match &found {
        None if args.json => println!("{}", json!({"active": false})),
        None => println!("This token is unknown, expired, used up or revoked."),
        Some(facts) => {
            let seconds = facts.expires_at.since(app.now()) / 1000;
            if args.json {
                let all = json!({
                    "active": true, "kind": facts.kind, "user": facts.screen_name,
                    "app": facts.app_name, "scope": facts.scopes.to_string(),
                    "expires_in": seconds,
                });
                println!("{all}");
            } else {
                println!(
                    "{} token of @{} for {}\nscopes: {}\nends in {seconds} seconds",
                    facts.kind, facts.screen_name, facts.app_name, facts.scopes
                );
            }
        }
    }
    if args.revoke && found.is_some() {
        oauth2::end_token(&app, &args.text).await.map_err(plain)?;
        if !args.json {
            println!("It is revoked, and all tokens of the same consent with it.");
        }
    }
    app.store.clone().close().await;
    Ok(code)
}

fn plain(error: birdhouse_server::error::Error) -> anyhow::Error {
    anyhow::anyhow!("{error:?}")
}
