//! `birdhouse serve`.

use crate::args::Serve;
use crate::output::print_line;
use anyhow::Context;
use birdhouse_core::actions::access::issue::{self, CredentialsRequest, IssuedCredentials};
use birdhouse_core::actions::{health, users};
use birdhouse_core::app::{App, Shared};
use birdhouse_core::config::{self, Config};
use birdhouse_core::error::Error;
use birdhouse_core::host::clock::Clock;
use birdhouse_core::host::{open_files, telemetry};
use birdhouse_server::http::tls_dev;
use birdhouse_server::{Listeners, Server};
use std::io::IsTerminal;
use std::process::ExitCode;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

/// Runs the server until SIGTERM or SIGINT.
pub(crate) async fn run(args: Serve) -> anyhow::Result<ExitCode> {
    let mut config = config::load(args.layer(), args.common.config.as_deref())?;
    crate::logs::start(&config)?;
    for sentence in crate::variables::unknown() {
        tracing::warn!("{sentence}");
    }
    fit_connections(&mut config)?;
    telemetry::start_metrics();
    let listeners = Listeners::bind(&mut config).await?;
    if config.is_reachable_by_local_url_only() {
        let url = &config.public_url;
        tracing::warn!(
            "URLs in responses begin with {url}, which works on this machine only: set `public_url` \
             to the URL that clients reach this server by"
        );
    }
    let app = App::open(config, Clock::system()).await?;
    let is_first_start = !users::any_exist(&app).await.map_err(Error::into_anyhow)?;
    let server = Server::new(app.clone(), listeners)?;
    let address = server.address()?;
    if is_first_start && !std::io::stdout().is_terminal() {
        // It is a journal or a file, which keeps and shows what it is given; and nobody would see the
        // password.
        tracing::info!("there is no user yet: `birdhouse credentials` creates one and an app");
    } else if is_first_start {
        let request = CredentialsRequest {
            user: "birdhouse".to_owned(),
            app: "first-app".to_owned(),
            ..CredentialsRequest::default()
        };
        let issued = issue::issue(&app, &request).await?;
        print_first_steps(&issued, &app.config);
    }
    tracing::info!(%address, data_dir = %app.config.data_dir.display(), "listening on {address}");
    if let Some(tls) = app.config.tls_listen {
        let ca = app.config.data_dir.join(tls_dev::DIR).join("ca.pem");
        tracing::info!(%tls, "HTTPS for hard-coded hosts on {tls}; authority: {}", ca.display());
    }
    // Requests are answered meanwhile; those that need a decoder wait for the same proof.
    tokio::spawn(report_processing(app));
    let (stop, stopped) = watch::channel(false);
    let mut terminate = signal(SignalKind::terminate()).context("cannot wait for SIGTERM")?;
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
        tracing::info!("stopping: running requests may finish, new ones are not accepted");
        stop.send_replace(true);
    });
    server.run(stopped).await?;
    tracing::info!("stopped");
    Ok(ExitCode::SUCCESS)
}

/// Allows no more connections than leave files for everything else: without any nothing works.
fn fit_connections(config: &mut Config) -> anyhow::Result<()> {
    let files = open_files::raise_limit().context("cannot raise the limit on open files")?;
    let (wanted, most) = (config.limits.connections, open_files::connections(files));
    if wanted > most {
        tracing::warn!(
            "this process may open {files} files, so that {most} connections are accepted, not \
             {wanted} (`limits.connections`): raise `ulimit -n`, or `LimitNOFILE` of systemd"
        );
        config.limits.connections = most;
    }
    Ok(())
}

/// Logs what keeps media from being processed, and how to repair it.
async fn report_processing(app: Shared) {
    let found = match health::processing(&app).await.map_err(Error::into_anyhow) {
        Ok(found) => found,
        Err(error) => {
            tracing::error!(error = format!("{error:#}"), "the sandbox could not be examined");
            return;
        }
    };
    match found.sandbox {
        None => tracing::info!("the sandbox is complete: every attempt to leave it failed"),
        Some(trouble) if app.config.allow_unsandboxed_processing => {
            tracing::warn!("media are processed without protection: {trouble}");
        }
        Some(trouble) => tracing::error!("media are not processed: {trouble}"),
    }
    if let Some(trouble) = found.tools {
        tracing::warn!("videos are not processed: {trouble}");
    }
}

fn print_first_steps(issued: &IssuedCredentials, config: &Config) {
    let data_dir = match config.data_dir.to_str() {
        None | Some("birdhouse-data") => String::new(),
        Some(other) => format!(" --data-dir {other}"),
    };
    // A first start without a terminal is as good a start.
    drop(print_line!(
        "\nBirdhouse runs at {url}. Keep the password: it is not printed again, but `birdhouse \
         credentials --password NEW{data_dir}` sets another. `birdhouse credentials{data_dir}` \
         prints the rest again.\n\n{lines}\n\nPaste this to try it:\n\n{snippet}\n",
        url = config.public_url,
        lines = crate::credentials::lines(issued),
        snippet = crate::credentials::snippet(issued, config),
    ));
}
