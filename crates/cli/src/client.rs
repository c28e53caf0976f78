//! Commands that speak to a server by its URL, as any client does: this installation or another.

pub(crate) mod args;
mod describe;
mod glob;
mod overview;
mod paths;
mod profile;
mod session;
mod speak;
mod suggestions;
mod terminal;
mod transfer;
mod upload;

use args::ClientCommand;
use birdhouse_client::error::Error;
use session::Usage;
use std::process::ExitCode;

/// Exits with this where the arguments or the profile are wrong, as clap does.
const USAGE: u8 = 2;

/// Runs a command. 0: all is done; 1: some or all of it failed; 2: nothing was tried.
pub(crate) async fn run(command: ClientCommand) -> anyhow::Result<ExitCode> {
    let outcome = match command {
        ClientCommand::Upload(args) => upload::run(args).await,
        ClientCommand::Describe(args) => describe::run(args).await,
        ClientCommand::Search(args) => overview::search(args).await,
        ClientCommand::Coverage(args) => overview::coverage(args).await,
        ClientCommand::Suggestions(args) => suggestions::run(args).await,
        ClientCommand::Export(args) => transfer::export(args).await,
        ClientCommand::Import(args) => transfer::import(args).await,
        ClientCommand::Profile(args) => profile::run(args).await,
    };
    let error = match outcome {
        Ok(code) => return Ok(code),
        Err(error) => error,
    };
    if let Some(Error::Profile(why)) = error.downcast_ref() {
        speak::say(why);
        return Ok(USAGE.into());
    }
    if let Some(Usage(why)) = error.downcast_ref() {
        speak::say(why);
        return Ok(USAGE.into());
    }
    let Some(ours) = error.downcast_ref::<Error>() else { return Err(error) };
    speak::say(&speak::with_remedy(ours));
    Ok(ExitCode::FAILURE)
}
