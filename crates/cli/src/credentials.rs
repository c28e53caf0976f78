//! `birdhouse credentials`.

use crate::args::{ClientType, Credentials};
use crate::output::print_line;
use birdhouse_core::actions::access::issue::{self, CredentialsRequest, IssuedCredentials};
use birdhouse_core::app::App;
use birdhouse_core::config::{self, Config};
use birdhouse_core::host::clock::Clock;
use std::process::ExitCode;

/// Issues credentials and prints them.
pub(crate) async fn run(args: Credentials) -> anyhow::Result<ExitCode> {
    let config = config::load(args.common.layer(), args.common.config.as_deref())?;
    let app = App::open_without_lock(config, Clock::system()).await?;
    let request = CredentialsRequest {
        user: args.user,
        app: args.app,
        is_read_only: args.read_only,
        consumer: args.consumer_key.zip(args.consumer_secret),
        access: args.access_token.zip(args.access_secret),
        password: args.password,
        revokes_all: args.revoke_all,
        callbacks: args.callbacks,
        is_public: args.client_type.map(|kind| kind == ClientType::Public),
    };
    let issued = issue::issue(&app, &request).await?;
    if args.json {
        print_line!("{}", serde_json::to_string_pretty(&issued)?)?;
    } else {
        print_line!("{}", lines(&issued))?;
    }
    app.close().await;
    Ok(ExitCode::SUCCESS)
}

/// One credential per line.
pub(crate) fn lines(issued: &IssuedCredentials) -> String {
    let mut all = vec![
        ("app", issued.app.as_str()),
        ("consumer_key", &issued.consumer_key),
        ("consumer_secret", &issued.consumer_secret),
        ("access_token", &issued.access_token),
        ("access_token_secret", &issued.access_token_secret),
        ("bearer_token", &issued.bearer_token),
        ("client_id", &issued.client_id),
        ("user_id", &issued.user_id),
        ("screen_name", &issued.screen_name),
    ];
    if let Some(secret) = &issued.client_secret {
        all.push(("client_secret", secret));
    }
    if let Some(password) = &issued.password {
        all.push(("password", password));
    }
    let lines: Vec<String> =
        all.iter().map(|(name, value)| format!("  {name:<20} {value}")).collect();
    lines.join("\n")
}

/// A first request to paste, in Python with requests-oauthlib.
pub(crate) fn snippet(issued: &IssuedCredentials, config: &Config) -> String {
    format!(
        "python3 -m venv /tmp/birdhouse-try && /tmp/birdhouse-try/bin/pip install -q \
         requests-oauthlib\n/tmp/birdhouse-try/bin/python - <<'END'\n\
         from requests_oauthlib import OAuth1Session\n\
         me = OAuth1Session('{}', '{}',\n                   '{}', '{}')\n\
         print(me.get('{}/1.1/account/verify_credentials.json').json()['screen_name'])\nEND",
        issued.consumer_key,
        issued.consumer_secret,
        issued.access_token,
        issued.access_token_secret,
        config.public_url,
    )
}
