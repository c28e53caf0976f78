//! The command tree.

use crate::client::args::ClientCommand;
use birdhouse_core::config::Layer;
use clap::builder::Resettable;
use clap::{Args as ClapArgs, CommandFactory, FromArgMatches, Parser, Subcommand};
use std::net::SocketAddr;
use std::path::PathBuf;

/// A self-hosted media service with alt text, which any Twitter client can use unmodified.
#[derive(Debug, Parser)]
#[command(name = "birdhouse", version, about, after_help = AFTER_HELP)]
pub(crate) struct Args {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

const AFTER_HELP: &str = "\
Settings are taken from flags, then BIRDHOUSE_* variables, then birdhouse.toml, then defaults.

First steps:
  birdhouse serve                  run a server; the first start in a terminal prints credentials
  birdhouse credentials            create a user and an app, or print their credentials again
  birdhouse doctor                 find problems, and how to repair them

Credentials, token, sign, doctor and job work beside a running server; give them the same settings.

As a client of this server or another:
  birdhouse profile add NAME       store its URL and credentials
  birdhouse upload FILE...         upload, describe and Tweet files
  birdhouse describe MEDIA_ID      describe media, or print its descriptions";

/// The arguments of this process; ends it if they are wrong.
pub(crate) fn parse() -> Args {
    let matches = without_empty_variables(Args::command()).get_matches();
    Args::from_arg_matches(&matches).unwrap_or_else(|error| error.exit())
}

/// A variable that is empty is not set: scripts and service managers cannot always leave one out.
fn without_empty_variables(command: clap::Command) -> clap::Command {
    let is_empty = |arg: &clap::Arg| {
        arg.get_env().and_then(std::env::var_os).is_some_and(|value| value.is_empty())
    };
    command
        .mut_args(|arg| if is_empty(&arg) { arg.env(Resettable::Reset) } else { arg })
        .mut_subcommands(without_empty_variables)
}

/// Commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the server.
    ///
    /// The first start sets up the data directory and the database. In a terminal it also creates the
    /// user `birdhouse` and the app `first-app`, and prints their credentials; elsewhere, `birdhouse
    /// credentials` does. A start of a newer version updates the database. SIGTERM and SIGINT stop the
    /// server once running requests have ended. birdhouse.example.toml lists the settings that have no
    /// flag.
    Serve(Serve),
    /// Create a user and an app if they do not exist, and print their credentials.
    ///
    /// Prints what a client is configured with: consumer key and secret, access token and secret
    /// (OAuth 1.0a), bearer token (app-only), client id and secret (OAuth 2.0). Repeated, it prints the
    /// same again, but for the password, which is printed only when the user is created.
    Credentials(Credentials),
    /// Print what an OAuth 2.0 token permits; with --revoke, revoke it.
    ///
    /// Prints its user, app, scopes and expiry. Exits with 1 if the token is unknown, expired, used or
    /// revoked.
    Token(Token),
    /// Print an Authorization header (OAuth 1.0a) for curl.
    ///
    /// The header is valid for this method, URL and form, once, within a quarter of an hour. Query
    /// parameters are part of the URL. Parameters of a urlencoded form are also passed as NAME=VALUE;
    /// JSON and multipart bodies are not signed.
    ///
    /// Example:
    ///
    /// url=http://127.0.0.1:8080/1.1/statuses/update.json
    ///
    /// curl -H "Authorization: $(birdhouse sign POST $url status=Hello)" -d status=Hello $url
    Sign(Sign),
    /// Find problems of settings, stores, sandbox and ffmpeg; with --repair, repair.
    ///
    /// Prints a line for each check, and the cure where one failed; exits with 1 then.
    /// docs/operations.md explains each report.
    Doctor(Doctor),
    /// List background jobs, or retry those that were given up.
    #[command(subcommand)]
    Job(Job),
    /// Commands that speak to a server by its URL.
    #[command(flatten)]
    Client(ClientCommand),
    /// Print completions for a shell.
    ///
    /// Example, for bash:
    ///
    /// birdhouse completions bash > ~/.local/share/bash-completion/completions/birdhouse
    Completions(Completions),
    /// Write man pages, one for each command, into a directory.
    ///
    /// Example:
    ///
    /// birdhouse man ~/.local/share/man/man1
    Man(Man),
}

/// `birdhouse completions`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Completions {
    /// The shell
    pub(crate) shell: clap_complete::Shell,
}

/// `birdhouse man`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Man {
    /// The directory; it is made if it does not exist
    #[arg(value_name = "DIR")]
    pub(crate) directory: PathBuf,
}

/// Settings that every command takes.
#[derive(Debug, ClapArgs)]
pub(crate) struct Common {
    /// Directory of the database, the blobs and the key [default: ./birdhouse-data]
    #[arg(long, env = "BIRDHOUSE_DATA_DIR", value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// Settings file [default: birdhouse.toml, if it exists]
    #[arg(long, env = "BIRDHOUSE_CONFIG", value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Database: sqlite:PATH or postgres://USER:PASSWORD@HOST/NAME [default: birdhouse.db in the
    /// data directory]
    #[arg(long, env = "BIRDHOUSE_DATABASE_URL", value_name = "URL", hide_env_values = true)]
    database_url: Option<String>,
    /// Directory of uploaded and derived files: file:PATH [default: blobs in the data directory]
    #[arg(long, env = "BIRDHOUSE_BLOB_URL", value_name = "URL")]
    blob_url: Option<String>,
    /// URL that clients reach the server by, without a path: URLs in responses begin with it, and
    /// requests may be signed for it [default: http:// and the listener's address]
    #[arg(long, env = "BIRDHOUSE_PUBLIC_URL", value_name = "URL")]
    public_url: Option<String>,
    /// Log filter: off, error, warn, info, debug or trace, also for one part, such as
    /// warn,birdhouse=debug [default: info]
    #[arg(long, env = "BIRDHOUSE_LOG", value_name = "FILTER")]
    log: Option<String>,
    /// Format of log lines: text or json [default: text]
    #[arg(long, env = "BIRDHOUSE_LOG_FORMAT", value_name = "FORMAT")]
    log_format: Option<String>,
}

/// `birdhouse serve`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Serve {
    /// Common settings.
    #[command(flatten)]
    pub(crate) common: Common,
    /// Address to listen on [default: 127.0.0.1:8080]
    #[arg(long, env = "BIRDHOUSE_LISTEN", value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// Serve HTTPS too, with certificates for api.twitter.com, upload.twitter.com, api.x.com and
    /// upload.x.com from an authority created on first use (tls-dev/ca.pem in the data directory):
    /// for clients with hard-coded hosts
    #[arg(long, env = "BIRDHOUSE_TLS_DEV")]
    tls_dev: bool,
    /// Address of the HTTPS listener [default: 127.0.0.1:8443]
    #[arg(long, env = "BIRDHOUSE_TLS_LISTEN", value_name = "ADDRESS")]
    tls_listen: Option<SocketAddr>,
    /// lenient accepts what known clients send and explains errors, strict responds exactly as the
    /// real service was recorded [default: lenient]
    #[arg(long, env = "BIRDHOUSE_FIDELITY", value_name = "MODE")]
    fidelity: Option<String>,
    /// Whether requests beyond a rate limit are refused; false only counts and reports them
    /// [default: true]
    #[arg(long, env = "BIRDHOUSE_RATE_LIMITS", value_name = "BOOL")]
    rate_limits: Option<bool>,
    /// Seconds until an upload expires that is not attached to a Tweet [default: 86400]
    #[arg(long, env = "BIRDHOUSE_MEDIA_LIFE_SECONDS", value_name = "SECONDS")]
    media_life_seconds: Option<i64>,
}

/// `birdhouse credentials`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Credentials {
    /// Common settings.
    #[command(flatten)]
    pub(crate) common: Common,
    /// Screen name of the user
    #[arg(long, default_value = "birdhouse")]
    pub(crate) user: String,
    /// Name of the app
    #[arg(long, default_value = "first-app")]
    pub(crate) app: String,
    /// Issue an access token that may read only
    #[arg(long)]
    pub(crate) read_only: bool,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Set the app's consumer key, for tests whose keys are fixed
    #[arg(long, requires = "consumer_secret")]
    pub(crate) consumer_key: Option<String>,
    /// Set the app's consumer secret
    #[arg(long, requires = "consumer_key")]
    pub(crate) consumer_secret: Option<String>,
    /// Set the access token
    #[arg(long, requires = "access_secret")]
    pub(crate) access_token: Option<String>,
    /// Set the access token's secret
    #[arg(long, requires = "access_token")]
    pub(crate) access_secret: Option<String>,
    /// Set the user's password for the consent page, at least 8 characters; ends the user's sessions
    /// [default: a random one for a new user]
    #[arg(long, env = "BIRDHOUSE_PASSWORD", hide_env_values = true)]
    pub(crate) password: Option<String>,
    /// First revoke all tokens and consents of the user, and end the user's sessions
    #[arg(long)]
    pub(crate) revoke_all: bool,
    /// Set the URLs that users may be sent back to after consent; a request must name one of them
    /// exactly, and OAuth 2.0 needs at least one. Can be repeated up to ten times
    #[arg(long = "callback", value_name = "URL")]
    pub(crate) callbacks: Vec<String>,
    /// Set the type of OAuth 2.0 client: confidential has a secret, public (an app on a phone or in a
    /// web page) has none [default: confidential]
    #[arg(long, value_name = "KIND")]
    pub(crate) client_type: Option<ClientType>,
}

/// Whether an OAuth 2.0 client can keep a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum ClientType {
    Confidential,
    Public,
}

/// `birdhouse token`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Token {
    /// Common settings.
    #[command(flatten)]
    pub(crate) common: Common,
    /// The access token or refresh token
    #[arg(value_name = "TOKEN")]
    pub(crate) text: String,
    /// Revoke it, and all tokens from the same consent
    #[arg(long)]
    pub(crate) revoke: bool,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// `birdhouse sign`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Sign {
    /// Common settings.
    #[command(flatten)]
    pub(crate) common: Common,
    /// Screen name of the user to sign for
    #[arg(long, default_value = "birdhouse")]
    pub(crate) user: String,
    /// Name of the app to sign for
    #[arg(long, default_value = "first-app")]
    pub(crate) app: String,
    /// Method of the request, such as GET, POST or DELETE
    pub(crate) method: String,
    /// The whole URL with its query, as curl requests it
    pub(crate) url: String,
    /// Parameters of a urlencoded form, not yet encoded
    #[arg(value_name = "NAME=VALUE")]
    pub(crate) parameters: Vec<String>,
}

/// `birdhouse doctor`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Doctor {
    /// Common settings.
    #[command(flatten)]
    pub(crate) common: Common,
    /// Read every blob and compare its hash with the one in the database
    #[arg(long)]
    pub(crate) verify: bool,
    /// Verify, and repair: delete files without a row, correct reference counts, and derive damaged
    /// sizes and videos again. Moves damaged files to `damaged` in the blob directory. Safe
    /// beside a running server
    #[arg(long)]
    pub(crate) repair: bool,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// `birdhouse job`.
#[derive(Debug, Subcommand)]
pub(crate) enum Job {
    /// Print every job that waits, runs or was given up.
    ///
    /// A job derives the sizes of an image, processes a video, tells a webhook of an event, or has an
    /// image captioned. It is deleted when it is done.
    /// One that fails is retried for about eight hours, then it is given up: its state is `failed`
    /// until it is retried, or its media expires. SUSPICIONS counts failures that the file itself may
    /// have caused, such as a decoder that crashed: the third one gives the job up.
    List(JobList),
    /// Retry jobs that were given up, after their cause is repaired.
    ///
    /// A video that failed with its job is pending again. A running server takes the job within a second;
    /// otherwise it is taken at the next start.
    Retry(JobRetry),
}

/// `birdhouse job list`.
#[derive(Debug, ClapArgs)]
pub(crate) struct JobList {
    /// Common settings.
    #[command(flatten)]
    pub(crate) common: Common,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// `birdhouse job retry`.
#[derive(Debug, ClapArgs)]
pub(crate) struct JobRetry {
    /// Common settings.
    #[command(flatten)]
    pub(crate) common: Common,
    /// Id of the job, as `birdhouse job list` prints it
    #[arg(value_name = "ID", required_unless_present = "all_failed")]
    pub(crate) id: Option<i64>,
    /// Retry every job that was given up
    #[arg(long, conflicts_with = "id")]
    pub(crate) all_failed: bool,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

impl Common {
    /// The settings as a layer.
    pub(crate) fn layer(&self) -> Layer {
        Layer {
            data_dir: self.data_dir.clone(),
            database_url: self.database_url.clone(),
            blob_url: self.blob_url.clone(),
            public_url: self.public_url.clone(),
            log: self.log.clone(),
            log_format: self.log_format.clone(),
            ..Layer::default()
        }
    }
}

impl Serve {
    /// The settings as a layer.
    pub(crate) fn layer(&self) -> Layer {
        Layer {
            listen: self.listen,
            tls_dev: self.tls_dev.then_some(true),
            tls_listen: self.tls_listen,
            fidelity: self.fidelity.clone(),
            rate_limits: self.rate_limits,
            media_life_seconds: self.media_life_seconds,
            ..self.common.layer()
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_command_tree_is_valid() {
        <super::Args as clap::CommandFactory>::command().debug_assert();
    }
}
