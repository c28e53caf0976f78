//! `birdhouse sign`: an Authorization header for curl.

use crate::args::Sign;
use crate::output::print_line;
use anyhow::{Context, ensure};
use birdhouse_core::actions::access::issue::{self, CredentialsRequest};
use birdhouse_core::actions::users;
use birdhouse_core::app::App;
use birdhouse_core::config;
use birdhouse_core::error::Error;
use birdhouse_core::host::clock::Clock;
use birdhouse_core::host::random;
use birdhouse_oauth::client::{self, UnsignedRequest};
use birdhouse_oauth::params::Params;
use birdhouse_oauth::signature::Method;
use std::process::ExitCode;

/// Prints the header's value.
pub(crate) async fn run(args: Sign) -> anyhow::Result<ExitCode> {
    let config = config::load(args.common.layer(), args.common.config.as_deref())?;
    let app = App::open_without_lock(config, Clock::system()).await?;
    // Issuing credentials creates what does not exist; here nobody would be told the password.
    let name = &args.user;
    let user = users::by_name(&app, name).await.map_err(Error::into_anyhow)?;
    ensure!(
        user.is_some(),
        "there is no user @{name}: `birdhouse credentials --user {name}` creates one"
    );
    let credentials =
        CredentialsRequest { user: args.user, app: args.app, ..CredentialsRequest::default() };
    let issued = issue::issue(&app, &credentials).await?;
    ensure!(
        args.url.starts_with("http://") || args.url.starts_with("https://"),
        "`{}` is no URL; write all of it, as it is requested, such as \
         http://127.0.0.1:8080/1.1/account/verify_credentials.json",
        args.url
    );
    let mut form = Params::default();
    for parameter in &args.parameters {
        let (name, value) = parameter
            .split_once('=')
            .with_context(|| format!("`{parameter}` is not NAME=VALUE"))?;
        form.push(name, value);
    }
    let request = UnsignedRequest {
        method: &args.method.to_ascii_uppercase(),
        url: &args.url,
        form: Some(&form),
        nonce: &random::alphanumeric(32),
        timestamp: app.now().seconds(),
        signature_method: Method::HmacSha256,
    };
    print_line!(
        "{}",
        client::authorization_header(&issue::signing_credentials(&issued), &request)
    )?;
    app.close().await;
    Ok(ExitCode::SUCCESS)
}
