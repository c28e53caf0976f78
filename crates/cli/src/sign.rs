//! `birdhouse sign`: an Authorization header for curl.

use crate::args::Sign;
use anyhow::Context;
use birdhouse_oauth::client::{self, Request};
use birdhouse_oauth::params::Params;
use birdhouse_oauth::signature::Method;
use birdhouse_server::actions::accounts::{self, Wanted};
use birdhouse_server::app::App;
use birdhouse_server::clock::Clock;
use birdhouse_server::{config, random};
use std::process::ExitCode;

/// Prints the header's value.
#[expect(clippy::print_stdout, reason = "the header is this command's output")]
pub(crate) async fn run(args: Sign) -> anyhow::Result<ExitCode> {
    let config = config::load(args.common.layer(), args.common.config.as_deref())?;
    let app = App::open_beside(config, Clock::System).await?;
    let wanted = Wanted { user: args.user, app: args.app, ..Wanted::default() };
    let issued = accounts::issue(&app, &wanted).await?;
    let mut form = Params::default();
    for parameter in &args.parameters {
        let (name, value) = parameter
            .split_once('=')
            .with_context(|| format!("`{parameter}` is not NAME=VALUE"))?;
        form.push(name, value);
    }
    let request = Request {
        method: &args.method.to_ascii_uppercase(),
        url: &args.url,
        form: Some(&form),
        nonce: &random::alphanumeric(32),
        timestamp: app.now().seconds(),
        signature_method: Method::HmacSha256,
    };
    println!("{}", client::authorization(&accounts::client_credentials(&issued), &request));
    app.store.clone().close().await;
    Ok(ExitCode::SUCCESS)
}
